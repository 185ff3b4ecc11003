# Everything that may stand in and around a release of one FROM clause, and subqueries, WITH queries and views below it.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use Oracle;
use Test::More;

new_oracle('queries');

# Where PostgreSQL gathers rows before they are bounded.
my %per_patient = (any_plan => 'rows of a patient come together first');
my %gathered    = (any_plan => 'rows of sub-selects come together first');
my %nothing     = (any_plan => 'there is nothing to bound');

# Conditions. Patients who are filtered out take no part.
same("WHERE $_", "SELECT region, dp_count(*), dp_count(DISTINCT patient_id) FROM stay WHERE $_ GROUP BY region")
  foreach 'nights > 5', 'nights BETWEEN 3 AND 9 OR cost < 0', 'region IS NOT NULL', "region IN ('R1', 'R2', 'R99')",
  "region LIKE 'R1%'", "NOT (hospital = ANY (ARRAY['H1', 'H2']))", "entry >= date '2024-03-01' AND entry < date '2024-06-01'",
  'nights IS DISTINCT FROM 7', 'b IS NOT TRUE', "mood = 'ill'", "coalesce(nights, -1) = -1", 'abs(nights) % 2 = 1',
  'patient_id > 0', "lower(hospital) = 'h3'", "u = '00000000-0000-0000-0000-000000000003'",
  "CASE WHEN nights > 5 THEN region = 'R1' ELSE b END", 'greatest(nights, 3) < 5', 'n = 1.0', "extract(month FROM entry) = 3",
  "region IN (SELECT code FROM region WHERE zone = 'Z1')", 'EXISTS (SELECT FROM atc WHERE level = 1)',
  "took = interval '1 mon'", "bp = 'a'", "n = 'NaN'", 'f = 0';
same('WHERE NOT IN',
    'SELECT region, dp_count(*), dp_count(DISTINCT patient_id) FROM stay WHERE region NOT IN (SELECT code FROM region WHERE weight > 4) GROUP BY region', %gathered);
same_as('WHERE false', 'SELECT dp_count(*), dp_sum(nights, 0, 9), dp_count(DISTINCT patient_id) FROM stay WHERE false', 'SELECT 0, 0, 0', %nothing);
same_as('WHERE false, mean', 'SELECT dp_avg(nights, 0, 9)::float8 FROM stay WHERE false', 'SELECT 4.5', %nothing);
same_as('WHERE false, grouped', 'SELECT region, dp_count(*) FROM stay WHERE false GROUP BY region', 'SELECT 1 WHERE false', empty => 1, %nothing);
same_as('WHERE null', 'SELECT dp_count(*) FROM stay WHERE NULL::boolean', 'SELECT 0', %nothing);
same_as('empty table', 'SELECT dp_count(*), dp_count(x), dp_count(DISTINCT patient_id), dp_sum(x, 1, 2) FROM care.empty', 'SELECT 0, 0, 0, 0', %nothing);
same_as('empty table, grouped', 'SELECT region, dp_count(*) FROM care.empty GROUP BY region', 'SELECT 1 WHERE false', empty => 1, %nothing);
same_as('rows that nobody owns', 'SELECT dp_count(*), dp_count(x), dp_count(DISTINCT patient_id), dp_sum(x, 1, 2) FROM nobody', 'SELECT 0, 0, 0, 0', %nothing);
same_as('rows that nobody owns, grouped', 'SELECT region, dp_count(*) FROM nobody GROUP BY region', 'SELECT 1 WHERE false', empty => 1, %nothing);

# Grouping expressions.
same("GROUP BY $_", "SELECT $_, dp_count(*), dp_sum(nights, 0, 30) FROM stay GROUP BY $_")
  foreach 'nights', 'nights / 7', 'nights % 3, hospital', 'nights > 5', 'region IS NULL', 'region, hospital, nights > 9',
  "CASE WHEN nights < 3 THEN 'short' WHEN nights < 10 THEN 'long' END", 'coalesce(region, hospital)', 'extract(month FROM entry)',
  "date_trunc('month', at)", 'left(hospital, 1)', 'upper(region) || hospital', 'entry - date \'2024-01-01\'', 'substr(region, 2)',
  'cost::int / 100', 'floor(w / 10)', 'round(cost)', 'nights::text', 'length(region)', 'least(nights, 5), greatest(s2, 0) / 1000',
  'nullif(nights, 3)', 'patient_id % 5', 'entry + 1', 'nights::smallint';
same('GROUP BY nights::numeric / 4, trimmed', 'SELECT trim_scale(nights::numeric / 4), dp_count(*) FROM stay GROUP BY nights::numeric / 4');
# Keys that memory does not hold, beside short ones; they come back from the file whole.
same('GROUP BY long keys', <<'SQL');
SELECT md5(k), length(k), n, s
  FROM (SELECT CASE WHEN nights > 3 THEN repeat('x', 9000) || hospital ELSE hospital END || nights AS k,
               dp_count(*) AS n, dp_sum(nights, 0, 30) AS s FROM stay GROUP BY 1) r
SQL
same('GROUP BY two long keys', <<'SQL');
SELECT length(k), length(l), sum(n)
  FROM (SELECT repeat('x', 9000) || hospital AS k, repeat('y', 5000) || nights AS l, dp_count(*) AS n
          FROM stay GROUP BY 1, 2) r GROUP BY 1, 2
SQL
same('GROUP BY position and name', 'SELECT nights / 7 AS week, dp_count(*) FROM stay GROUP BY 1');
same('GROUP BY an output name', "SELECT region || '-' AS label, dp_count(*) FROM stay GROUP BY label");
same('GROUP BY a constant', "SELECT 'all' AS label, dp_count(*) FROM stay GROUP BY label");
same_as('GROUP BY a constant of nothing', "SELECT 'all', dp_count(*) FROM care.empty GROUP BY 'all'::text", 'SELECT 1 WHERE false', empty => 1, %nothing);
same('GROUP BY without the key in the list', 'SELECT dp_count(*) FROM stay GROUP BY region');
same('GROUP BY the same twice', 'SELECT region, region, dp_count(*) FROM stay GROUP BY region, region');
same('expression over keys', "SELECT region || ':' || hospital, dp_count(*) FROM stay GROUP BY region, hospital");
same('GROUP BY, only aggregates of a part', 'SELECT region, dp_count(*) FILTER (WHERE nights > 25) FROM stay GROUP BY region');

# FILTER: groups and patients are counted before it.
same('FILTER', 'SELECT region, dp_count(*) FILTER (WHERE nights > 5), dp_count(*), dp_sum(nights, 0, 30) FILTER (WHERE cost > 0),
       dp_count(DISTINCT patient_id) FILTER (WHERE b), round(dp_avg(nights, 0, 30) FILTER (WHERE b IS NULL), 8) FROM stay GROUP BY region');
same('FILTER without groups', "SELECT dp_count(*) FILTER (WHERE region = 'R1'), dp_count(nights) FILTER (WHERE NOT b), dp_count(*) FROM stay");
same_as('FILTER that nothing passes', 'SELECT region, dp_count(*) FILTER (WHERE false), dp_sum(nights, 2, 9) FILTER (WHERE nights > 99) FROM stay GROUP BY region',
    'SELECT DISTINCT region, 0, 0 FROM stay');
same('FILTER with a public sub-select', 'SELECT dp_count(*) FILTER (WHERE region IN (SELECT code FROM region WHERE weight > 6)) FROM stay', %gathered);

# Above the fence.
same('arithmetic', 'SELECT region, dp_count(*) + 1, dp_sum(nights, 0, 30) * 2.5 / dp_count(*), sqrt(dp_count(*)) > 20, -dp_count(nights) FROM stay GROUP BY region');
same('the same aggregate twice', 'SELECT dp_count(*), dp_count(*), dp_count(*) - dp_count(*), dp_sum(nights, 0, 9) = dp_sum(nights, 0, 9) FROM stay');
same('HAVING', 'SELECT region, dp_count(*) FROM stay GROUP BY region HAVING dp_count(*) > 440');
same('HAVING on a key and on other aggregates', "SELECT region FROM stay GROUP BY region HAVING region > 'R3' AND dp_sum(nights, 0, 9) < dp_count(*) * 6.75");
same('HAVING without groups', 'SELECT dp_count(*) FROM stay HAVING dp_count(*) > 3');
same_as('HAVING that refuses the only row', 'SELECT dp_count(*) FROM stay HAVING dp_count(*) < 3', 'SELECT 1 WHERE false', empty => 1);
same('ORDER BY an aggregate', 'SELECT region, dp_count(*) FROM stay GROUP BY region ORDER BY dp_count(*) DESC, region', ordered => 1);
same('ORDER BY what is not shown', 'SELECT region FROM stay GROUP BY region ORDER BY dp_sum(nights, 0, 30), 1', ordered => 1);
same('ORDER BY and LIMIT', 'SELECT region, dp_count(*) AS n FROM stay GROUP BY region ORDER BY n DESC, region LIMIT 3 OFFSET 1', ordered => 1);
same('ORDER BY NULLS FIRST', 'SELECT region, dp_count(*) FROM stay GROUP BY region ORDER BY region DESC NULLS FIRST', ordered => 1);
same('canonical order', 'SELECT nights, dp_count(*) FROM stay GROUP BY nights ORDER BY nights', ordered => 1);
same('DISTINCT', 'SELECT DISTINCT dp_count(*) / 1000 FROM stay GROUP BY region');
same('CASE', "SELECT region, CASE WHEN dp_count(*) > 440 THEN 'many' ELSE 'few' END FROM stay GROUP BY region");
same('window function', 'SELECT region, dp_count(*), rank() OVER (ORDER BY dp_count(*) DESC), sum(dp_count(*)) OVER () FROM stay GROUP BY region');
same('coalesce and casts', "SELECT coalesce(region, 'none'), dp_count(*)::text || ' stays', (dp_count(*) * 1.0)::float8 FROM stay GROUP BY region");
same('outer aggregation', 'SELECT count(*), sum(n), max(n) FROM (SELECT region, dp_count(*) AS n FROM stay GROUP BY region) r');
same('outer grouping', "SELECT n / 100, count(*) FROM (SELECT region, dp_count(*) AS n FROM stay GROUP BY region) r GROUP BY 1");
same('outer condition', "SELECT * FROM (SELECT region, dp_count(*) AS n FROM stay GROUP BY region) r WHERE n > 440 AND region <> 'R1'");
same('outer join of releases', 'SELECT a.region, a.n, b.n FROM (SELECT region, dp_count(*) AS n FROM stay GROUP BY region) a
       LEFT JOIN (SELECT region, dp_count(*) AS n FROM patient GROUP BY region) b ON b.region = a.region');
same('release beside a public table', 'SELECT r.zone, sum(s.n) FROM region r JOIN (SELECT region, dp_count(*) AS n FROM stay GROUP BY region) s ON s.region = r.code GROUP BY r.zone');
same('UNION ALL of releases', "SELECT 'stays', dp_count(*) FROM stay UNION ALL SELECT 'patients', dp_count(*) FROM patient");
same('EXCEPT of releases', 'SELECT region FROM stay GROUP BY region HAVING dp_count(*) > 0 EXCEPT SELECT region FROM patient GROUP BY region HAVING dp_count(*) > 20');
same('scalar releases', 'SELECT (SELECT dp_count(*) FROM stay), (SELECT dp_count(*) FROM patient) + 1');
same('a release in a condition', 'SELECT code FROM region WHERE code IN (SELECT region FROM stay GROUP BY region HAVING dp_count(*) > 440)');
same('a release above a release', 'SELECT region, dp_count(*) * 100 / (SELECT dp_count(*) FROM stay) FROM stay GROUP BY region');
same('nested outer queries', 'SELECT max(m) FROM (SELECT hospital, max(n) AS m FROM (SELECT hospital, region, dp_count(*) AS n FROM stay GROUP BY 1, 2) a GROUP BY hospital) b');
same('a column nobody reads', 'SELECT n FROM (SELECT region, dp_count(*) AS n, dp_sum(nights, 0, 9) AS unread FROM stay GROUP BY region) r');
same('no column read at all', 'SELECT count(*) FROM (SELECT region, dp_count(*) FROM stay GROUP BY region) r');
same('VALUES beside', 'SELECT v.x * s.n FROM (VALUES (1), (2)) v(x), (SELECT dp_count(*) AS n FROM stay) s');

# Declared bounds.
same_as('declared bounds', 'SELECT region, dp_sum(nights), round(dp_avg(nights), 8), dp_sum(cost) FROM stay GROUP BY region',
    'SELECT region, dp_sum(nights, 0, 30), round(dp_avg(nights, 0, 30), 8), dp_sum(cost, -100.5, 900) FROM stay GROUP BY region');
same_as('declared bounds through a subquery', 'SELECT dp_sum(x), dp_avg(nights, 0, 30) = dp_avg(y) FROM (SELECT nights AS x, nights AS y, nights FROM stay) s',
    'SELECT dp_sum(nights, 0, 30), true FROM stay');

# Subqueries below the fence: one row derives from one patient.
same('subquery', 'SELECT s.r, dp_count(*) FROM (SELECT region AS r, nights FROM stay WHERE nights > 3) s GROUP BY s.r');
same('subquery with computed columns', "SELECT k, dp_sum(v, 0, 60) FROM (SELECT nights % 4 AS k, nights * 2 AS v FROM stay) s GROUP BY k");
same('subquery per patient', 'SELECT n, dp_count(*) FROM (SELECT patient_id, count(*) AS n FROM stay GROUP BY patient_id) s GROUP BY n', %per_patient);
same('subquery per patient, without its column', 'SELECT n, dp_count(*), dp_sum(m, 0, 40) FROM (SELECT count(*) AS n, max(nights) AS m FROM stay GROUP BY patient_id) s GROUP BY n', %per_patient);
same('subquery per patient and more', 'SELECT region, dp_count(*), dp_sum(t, 0, 100) FROM (SELECT region, patient_id, sum(nights) AS t FROM stay GROUP BY patient_id, region) s GROUP BY region', %per_patient);
same('subquery per patient, HAVING', 'SELECT dp_count(*) FROM (SELECT patient_id FROM stay GROUP BY patient_id HAVING count(*) > 10 AND min(nights) < 0) s', %per_patient);
same('subquery per patient, conditions of aggregates', 'SELECT dp_count(*) FROM (SELECT patient_id, count(*) FILTER (WHERE b) AS n, bool_or(nights > 30) AS x FROM stay GROUP BY patient_id) s WHERE n > 3 AND x', %per_patient);
same('subquery per patient, counts of distinct values', 'SELECT n, dp_count(*) FROM (SELECT patient_id, count(DISTINCT hospital) AS n FROM stay GROUP BY patient_id) s GROUP BY n', %per_patient);
same('DISTINCT with the patient', 'SELECT region, dp_count(*) FROM (SELECT DISTINCT patient_id, region FROM stay) s GROUP BY region', %per_patient);
same('subquery joined to a table', 'SELECT p.sex, dp_count(*), dp_sum(s.n, 0, 100) FROM patient p JOIN (SELECT patient_id, count(*) AS n FROM stay GROUP BY patient_id) s ON s.patient_id = p.patient_id GROUP BY p.sex', %per_patient);
same('subquery left joined to a table', 'SELECT p.sex, coalesce(s.n, 0) > 5, dp_count(*) FROM patient p LEFT JOIN (SELECT patient_id, count(*) AS n FROM stay WHERE nights > 9 GROUP BY 1) s USING (patient_id) GROUP BY 1, 2', %per_patient);
same('two subqueries joined', 'SELECT a.n > b.n, dp_count(*) FROM (SELECT patient_id, count(*) AS n FROM stay GROUP BY 1) a JOIN (SELECT patient_id, count(*) AS n FROM visit GROUP BY 1) b USING (patient_id) GROUP BY 1', %per_patient);
same('nested subqueries', 'SELECT k, dp_count(*) FROM (SELECT x % 3 AS k, who FROM (SELECT nights AS x, patient_id AS who FROM (SELECT * FROM stay WHERE nights >= 0) a) b) c GROUP BY k');
same('patients of a nested subquery', 'SELECT dp_count(DISTINCT who) FROM (SELECT who FROM (SELECT patient_id AS who FROM stay WHERE nights > 30) a) b');
same('subquery with a join inside', 'SELECT sex, dp_count(*) FROM (SELECT p.sex, s.nights FROM patient p JOIN stay s USING (patient_id)) x WHERE nights > 5 GROUP BY sex');
same('subquery of a linked table', 'SELECT n, dp_count(*) FROM (SELECT s.patient_id, count(*) AS n FROM drug d JOIN stay s USING (stay_id) GROUP BY s.patient_id) x GROUP BY n', %per_patient);
same('subquery over public tables', 'SELECT z.zone, dp_count(*) FROM stay s JOIN (SELECT zone, max(code) AS code FROM region GROUP BY zone) z ON z.code = s.region GROUP BY z.zone', %gathered);
same('subquery over public tables with LIMIT', 'SELECT z.zone, dp_count(*) FROM stay s JOIN (SELECT zone, code FROM region ORDER BY weight DESC LIMIT 5) z ON z.code = s.region GROUP BY z.zone', %gathered);
same('UNION of public tables', "SELECT u.code, dp_count(*) FROM stay s JOIN (SELECT code FROM region WHERE weight < 4 UNION SELECT 'R9') u ON u.code = s.region GROUP BY u.code", %gathered);
same('ORDER BY in a subquery', 'SELECT region, dp_count(*) FROM (SELECT region FROM stay ORDER BY nights) s GROUP BY region');

# WITH.
same('WITH', 'WITH f AS (SELECT patient_id, region FROM stay WHERE nights > 3) SELECT region, dp_count(*) FROM f GROUP BY region');
same('WITH ... MATERIALIZED', 'WITH f AS MATERIALIZED (SELECT patient_id, region FROM stay WHERE nights > 3) SELECT region, dp_count(*) FROM f GROUP BY region');
same('WITH NOT MATERIALIZED', 'WITH f AS NOT MATERIALIZED (SELECT patient_id, region FROM stay) SELECT region, dp_count(*) FROM f GROUP BY region');
same('WITH, referenced twice', 'WITH f AS (SELECT patient_id, min(nights) AS n FROM stay GROUP BY patient_id) SELECT a.n, dp_count(*) FROM f a JOIN f b ON a.patient_id = b.patient_id AND b.n = a.n GROUP BY a.n', %per_patient);
same('WITH of a WITH', 'WITH a AS (SELECT patient_id, nights FROM stay), b AS (SELECT patient_id, max(nights) AS m FROM a GROUP BY 1) SELECT m, dp_count(*) FROM b GROUP BY m', %per_patient);
same('WITH, a shadowed name', 'WITH f AS (SELECT patient_id, 1 AS x FROM stay) SELECT y.x, dp_count(*) FROM (WITH f AS (SELECT patient_id, sex AS x FROM patient) SELECT x, patient_id FROM f) y JOIN f ON f.patient_id = y.patient_id GROUP BY y.x');
same('WITH inside a subquery', 'SELECT k, dp_count(*) FROM (WITH z AS (SELECT nights % 2 AS k, patient_id FROM stay) SELECT * FROM z) s GROUP BY k');
same('WITH of an outer level', 'WITH z AS (SELECT patient_id, nights FROM stay) SELECT * FROM (SELECT nights % 2 AS k, dp_count(*) FROM z GROUP BY 1) r');
same('WITH that releases', 'WITH r AS (SELECT region, dp_count(*) AS n FROM stay GROUP BY region) SELECT a.region, a.n - b.n FROM r a JOIN r b ON b.region = a.region');
same('WITH that releases, and one below it', 'WITH f AS (SELECT patient_id, region FROM stay WHERE nights > 2), r AS (SELECT region, dp_count(*) AS n FROM f GROUP BY region) SELECT sum(n), count(*) FROM r');
same('WITH in a condition', "WITH z AS (SELECT code FROM region WHERE zone = 'Z1') SELECT region, dp_count(*) FROM stay WHERE region IN (SELECT code FROM z) GROUP BY region");
same('WITH over public tables, in a release and above it',
    'WITH z AS (SELECT code, zone FROM region WHERE weight < 9) SELECT z.zone, x.n FROM (SELECT s.region, dp_count(*) AS n FROM stay s JOIN z ON z.code = s.region GROUP BY 1) x JOIN z ON z.code = x.region');
same('WITH of a WITH over public tables, in a release and above it',
    'WITH a AS (SELECT code, zone FROM region WHERE weight < 9), b AS (SELECT * FROM a) SELECT b.zone, x.n FROM (SELECT s.region, dp_count(*) AS n FROM stay s JOIN b ON b.code = s.region GROUP BY 1) x JOIN b ON b.code = x.region');
same('WITH that nobody reads', 'WITH unread AS (SELECT * FROM region), f AS (SELECT patient_id FROM stay) SELECT dp_count(*) FROM f');
same('WITH of two releases over one table of the way', 'WITH f AS (SELECT patient_id, nights, region FROM stay WHERE nights > 2) SELECT (SELECT dp_count(*) FROM f), (SELECT dp_sum(nights, 0, 9) FROM f)');

# Views that run with the rights of who asks.
same('view', 'SELECT region, dp_count(*), dp_sum(nights, 0, 30) FROM long_stay GROUP BY region');
same('view per patient', 'SELECT stays, dp_count(*) FROM per_patient GROUP BY stays', %per_patient);
same('patients of a view', 'SELECT dp_count(DISTINCT person) FROM long_stay');
same('view joined to a table', 'SELECT p.sex, dp_count(*) FROM long_stay l JOIN patient p ON p.patient_id = l.person GROUP BY p.sex');
same('views joined', 'SELECT longest > 20, dp_count(*) FROM per_patient v JOIN long_stay l ON l.person = v.patient_id GROUP BY 1', %per_patient);
same('view in WITH', 'WITH v AS (SELECT * FROM per_patient WHERE stays > 4) SELECT longest, dp_count(*) FROM v GROUP BY longest', %per_patient);

compare();
done_testing();
