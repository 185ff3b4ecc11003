# Suppressed releases: exact numbers, so every attack is arithmetic on what is shown, and on what its absence tells. Patient
# 4711 alone has stays in region 'nowhere'; projects here hide cells of fewer than 11 patients.
use strict;
use warnings;

# Projects of one attack each: what one published would stand in the way of the next.
sub projects {
    return "SELECT health_dp.create_project(p, title => 'Exact', legal_basis => 'CNIL 2023-146', valid => '[2020-01-01,2100-01-01)', "
      . "epsilon => 1, delta => 0.1, releases => '{suppressed}'), health_dp.grant_table(p, 'care.stay'), "
      . "health_dp.grant_table(p, 'care.patient'), health_dp.add_member(p, 'alice') FROM unnest('{" . join(',', @_) . "}'::name[]) p";
}

# A superuser's act within a session.
sub superuser { my ($sql) = @_; return qq{\\! psql -Xq -d postgres -c "$sql" >/dev/null\n}; }

[
    { name => 'one text of an exact release, two meanings', clause => 'C26', refused => ['ZD725', 'ZD004'],
      prepare => 'CREATE SCHEMA meaning AUTHORIZATION alice;'
        . " SELECT health_dp.create_project('sc_meaning', title => 'Named', legal_basis => 'none', valid => '[2020-01-01,2100-01-01)', epsilon => 1, delta => 0.1, releases => '{suppressed}');"
        . " SELECT health_dp.grant_table('sc_meaning', 'care.stay'), health_dp.add_member('sc_meaning', 'alice')",
      cleanup => 'DROP SCHEMA meaning CASCADE', errors => 7, sql => <<'SQL' },
SET health_dp.project = 'sc_meaning';
CREATE TYPE meaning.mood AS ENUM ('a', 'b', 'm');
CREATE TABLE meaning.thing ();
SELECT sc_count(DISTINCT patient_id) FROM care.stay s WHERE greatest(CASE WHEN s.cost > 98000 THEN 'a'::meaning.mood ELSE 'b'::meaning.mood END, 'm'::meaning.mood) = 'm'::meaning.mood;
SELECT (CASE WHEN s.cost > 98000 THEN 'a'::meaning.mood ELSE 'b'::meaning.mood END) > 'a'::meaning.mood, sc_count(*) FROM care.stay s GROUP BY 1;
SELECT sc_count(*) FROM care.stay s WHERE CASE WHEN s.cost > 98000 THEN 'a' ELSE 'b' END = ANY (ARRAY['a', 'b']::meaning.mood[]::text[]);
SELECT sc_count(DISTINCT patient_id) FROM care.stay s WHERE (CASE WHEN s.cost > 98000 THEN 'meaning.thing'::regclass ELSE 'pg_class'::regclass END)::oid = ANY (ARRAY[1, 1259]::oid[]);
SELECT sc_count(*) FROM care.stay s WHERE CASE WHEN s.cost > 98000 THEN 'meaning'::regnamespace ELSE 'care'::regnamespace END <> 'public'::regnamespace;
SELECT sc_count(*) FROM care.stay s WHERE s.nights IN (SELECT n FROM ref.number LIMIT 2);
SELECT sc_count(*) FROM care.stay s WHERE s.nights IN (SELECT n FROM ref.number ORDER BY n OFFSET 1);
SQL
    # 'nowhere' and 'nowhere ' are two values as text, and one as bpchar: a row for each of them is no row found by its key.
    { name => 'suppressed: rows multiplied by what another type calls equal', clause => 'sc', prepare => projects('sc_spelled')
        . "; CREATE TABLE ref.spelled (code text PRIMARY KEY); INSERT INTO ref.spelled VALUES ('nowhere'), ('nowhere '), ('nowhere  ');"
        . " GRANT SELECT ON ref.spelled TO PUBLIC; SELECT health_dp.declare_public('ref.spelled')",
      cleanup => 'DROP TABLE ref.spelled', refused => 'ZD728', errors => 6, exact => 1, lines => qr{\At\n\z}, sql => <<'SQL' },
SET health_dp.project = 'sc_spelled';
SELECT sc_count(*) FROM care.stay s LEFT JOIN (VALUES ('nowhere'), ('nowhere '), ('nowhere  ')) v(c) ON v.c::bpchar = s.region::bpchar;
SELECT sc_count(*) FROM care.stay s JOIN (SELECT DISTINCT c FROM (VALUES ('nowhere'), ('nowhere ')) v(c)) w ON w.c::bpchar = s.region::bpchar;
SELECT sc_count(*) FROM care.stay s LEFT JOIN (SELECT c::bpchar AS c FROM (VALUES ('nowhere'), ('nowhere ')) v(c)) w ON w.c = s.region::bpchar;
SELECT sc_count(*) FROM care.stay s LEFT JOIN ref.spelled r ON r.code::bpchar = s.region::bpchar;
SELECT sc_count(*) FROM care.stay s LEFT JOIN (SELECT code::bpchar AS code FROM ref.spelled) r ON r.code = s.region::bpchar;
SELECT sc_count(*) FROM care.stay s JOIN (SELECT code::bpchar AS c FROM (SELECT DISTINCT code FROM ref.spelled) d) r ON r.c = s.region::bpchar;
-- As text they are three, and each is found once.
SELECT sc_count(*) > 0 FROM care.stay s LEFT JOIN ref.spelled r ON r.code::varchar = s.region::varchar;
SQL
    # The row of 'y' appears, so 11 patients have it: what it and 'z' have together must leave 'z' in doubt all the same.
    { name => 'suppressed: a code that appears has min_cell patients', clause => 'sc', exact => 1,
      prepare => q{CREATE TABLE care.coded (patient_id bigint NOT NULL, dx text); INSERT INTO care.coded SELECT i, CASE WHEN i <= 20 THEN 'x' WHEN i <= 31 THEN 'y' ELSE 'z' END FROM generate_series(1, 32) i;}
        . " SELECT health_dp.protect('care.coded', 'patient_id');" . projects('sc_appears') . "; SELECT health_dp.grant_table('sc_appears', 'care.coded')",
      cleanup => 'DROP TABLE care.coded', lines => qr/\At\nt\nt\n\z/, sql => <<'SQL' },
SET health_dp.project = 'sc_appears';
CREATE TEMP TABLE r AS SELECT dx, sc_count(*) AS n FROM care.coded GROUP BY ROLLUP (dx);
SELECT count(*) = 2 FROM r WHERE dx IN ('x', 'y');
SELECT count(*) = 0 FROM r WHERE dx = 'z';
-- Total less what is shown, less 11 for each hidden code that appears: how many 'z' has at most.
SELECT t.n IS NULL OR count(r.n) = 2 OR t.n - coalesce(sum(r.n), 0) - 11 * count(*) FILTER (WHERE r.n IS NULL) >= 10
  FROM (SELECT n FROM r WHERE dx IS NULL) t, r WHERE r.dx IS NOT NULL GROUP BY t.n;
SQL
    # Patient 77 alone has both codes: both codes' patients less the total are one.
    { name => 'suppressed: who has two codes', clause => 'sc', exact => 1,
      prepare => q{CREATE TABLE care.twice (patient_id bigint NOT NULL, dx text, sex integer); INSERT INTO care.twice SELECT i, CASE WHEN i % 2 = 0 THEN 'a' ELSE 'b' END, i % 4 / 2 FROM generate_series(1, 400) i UNION ALL SELECT 77, 'a', 0;}
        . " SELECT health_dp.protect('care.twice', 'patient_id');" . projects('sc_twice', 'sc_twice_2') . "; SELECT health_dp.grant_table(p, 'care.twice') FROM unnest('{sc_twice,sc_twice_2}'::name[]) p",
      cleanup => 'DROP TABLE care.twice', lines => qr/\At\nt\nt\n\z/, sql => <<'SQL' },
SET health_dp.project = 'sc_twice';
CREATE TEMP TABLE r AS SELECT dx, sc_count(DISTINCT patient_id) AS n FROM care.twice GROUP BY ROLLUP (dx);
SELECT count(n) < 3 FROM r;
SET health_dp.project = 'sc_twice_2';
CREATE TEMP TABLE s AS SELECT sex, dx, sc_count(DISTINCT patient_id) AS n FROM care.twice GROUP BY GROUPING SETS ((sex, dx), (sex));
SELECT count(n) < 3 FROM s WHERE sex = 0;
-- Nobody of the others has both, which is what everybody may take for known.
SELECT count(n) = 3 FROM s WHERE sex = 1;
SQL
    # W14.
    { name => 'suppressed: two columns of a patient looked up together', clause => 'sc', prepare => projects('sc_looked_up'), refused => 'ZD729', errors => 3,
      sql => <<'SQL' },
SET health_dp.project = 'sc_looked_up';
SELECT sc_count(*) FROM care.stay s JOIN (VALUES (1, 1), (1, 2), (2, 7)) p(a, b) ON p.a = s.nights AND p.b = length(s.region);
SELECT sc_count(*) FROM care.stay s JOIN (VALUES ('ARA', 1), ('IDF', 2)) p(a, b) ON p.a = s.region AND p.b = s.nights;
SELECT sc_count(*) FROM care.stay s JOIN ref.number n ON n.n = s.nights AND n.n = length(s.region);
SQL
    { name => 'suppressed: totals and margins of one table', clause => 'sc', exact => 1, prepare => projects('sc_margins'),
      sql => <<'SQL', lines => qr/\Af\nf\nt\n\z/ },
SET health_dp.project = 'sc_margins';
CREATE TEMP TABLE r AS SELECT region, nights < 15 AS short, grouping(region, nights < 15) AS g, sc_count(*) AS n, sc_count(DISTINCT patient_id) AS p
    FROM care.stay GROUP BY CUBE (region, nights < 15);
-- All regions but one, and their total.
SELECT count(n) = 3 FROM r WHERE g IN (1, 3);
SELECT count(p) = 3 FROM r WHERE g IN (1, 3);
SELECT bool_and((n IS NULL) = (p IS NULL)) FROM r;
SQL
    { name => 'suppressed: the total in a second release', clause => 'sc', exact => 1, prepare => projects('sc_second'),
      sql => <<'SQL', lines => qr/\Af\n\z/ },
SET health_dp.project = 'sc_second';
CREATE TEMP TABLE parts AS SELECT region, sc_count(*) AS n FROM care.stay GROUP BY region;
CREATE TEMP TABLE total AS SELECT sc_count(*) AS n FROM care.stay;
SELECT count(n) = 3 FROM (SELECT n FROM parts UNION ALL SELECT n FROM total) t;
SQL
    { name => 'suppressed: keys in other words', clause => 'sc', exact => 1, prepare => projects('sc_words', 'sc_words_2'),
      refused => 'ZD727', errors => 3, sql => <<'SQL', lines => qr/\A\n?t\nt\nf\n\z/ },
SET health_dp.project = 'sc_words';
SELECT FROM (SELECT region, sc_count(*) AS n FROM care.stay GROUP BY ROLLUP (region)) r LIMIT 1;
SELECT region || '', sc_count(*) FROM care.stay GROUP BY 1;
SELECT region COLLATE "C", sc_count(*) FROM care.stay GROUP BY 1;
SELECT CASE region WHEN 'IDF' THEN 'IDF' ELSE 'other' END, sc_count(*) FROM care.stay GROUP BY 1;
-- Together with the old key it is known what they have in common: no spelling shows what another one hides.
CREATE TEMP TABLE r AS SELECT coalesce(region, again) AS code, n FROM (SELECT region, region || '' AS again, sc_count(*) AS n
    FROM care.stay GROUP BY GROUPING SETS ((region), (region || ''), ())) s;
SELECT count(*) > 0 FROM r WHERE code IS NOT NULL AND n IS NOT NULL;
SELECT bool_and(hidden IN (0, 2)) FROM (SELECT count(*) FILTER (WHERE n IS NULL) AS hidden FROM r WHERE code IS NOT NULL GROUP BY code) c;
SET health_dp.project = 'sc_words_2';
CREATE TEMP TABLE b AS SELECT dx, band, grouping(dx, band) AS g, sc_count(*) AS n
    FROM (SELECT dx, CASE WHEN dx IN ('dx1', 'dx2') OR dx NOT LIKE 'dx%' THEN 'a' ELSE 'b' END AS band FROM care.stay) s GROUP BY GROUPING SETS ((dx), (band));
-- The rare diagnosis is the rest of its band.
SELECT (SELECT count(n) FROM b WHERE dx IN ('dx1', 'dx2')) = 2 AND (SELECT count(n) FROM b WHERE band = 'a') = 1;
SQL
    { name => 'suppressed: the total of a second table', clause => 'sc', exact => 1, prepare => projects('sc_split'),
      sql => <<'SQL', lines => qr/\Af\n\z/ },
SET health_dp.project = 'sc_split';
CREATE TEMP TABLE parts AS SELECT region, sc_count(*) AS n FROM care.stay GROUP BY region;
CREATE TEMP TABLE others AS SELECT nights < 15, sc_count(*) AS n FROM care.stay GROUP BY GROUPING SETS ((nights < 15), (region)) HAVING grouping(nights < 15) = 0;
SELECT (SELECT count(n) FROM parts) = 2 AND (SELECT count(n) FROM others) = 2;
SQL
    { name => 'suppressed: undone by ROLLBACK, by an error, in a savepoint', clause => 'sc', exact => 1, prepare => projects('sc_undone'),
      refused => '22012', errors => 1, sql => <<'SQL', lines => qr/\A\n?f\n\z/ },
SET health_dp.project = 'sc_undone';
BEGIN; SELECT FROM (SELECT region, sc_count(*) FROM care.stay GROUP BY region) r LIMIT 1; ROLLBACK;
BEGIN; SAVEPOINT a; SELECT 1 / 0 FROM (SELECT region, sc_count(*) AS n FROM care.stay GROUP BY region) r; ROLLBACK TO a; COMMIT;
SELECT sc_count(*) IS NOT NULL FROM care.stay;
SQL
    { name => 'suppressed: a condition that leaves out one patient', clause => 'sc', exact => 1, prepare => projects('sc_filter'),
      refused => ['ZD722', 'ZD726', 'ZD728'], errors => 7, sql => <<'SQL' },
SET health_dp.project = 'sc_filter';
SELECT FROM (SELECT region, sc_count(*) FROM care.stay GROUP BY region) r;
SELECT sc_count(*) FROM care.stay WHERE region <> 'nowhere';
SELECT region, sc_count(*) FROM care.stay WHERE dx LIKE 'dx%' GROUP BY region;
SELECT sc_count(*) FROM care.stay s JOIN care.patient p USING (patient_id);
SELECT sc_count(*) FROM (SELECT * FROM care.stay WHERE nights < 77) s;
SELECT sc_count(*) FROM (SELECT DISTINCT patient_id, region FROM care.stay) s;
SELECT sc_count(*) FROM care.stay WHERE patient_id NOT IN (4711);
SELECT sc_count(*) FROM care.stay JOIN ref.number ON n = nights;
SQL
    { name => 'suppressed: the same question before and after a change', clause => 'sc', exact => 1, prepare => projects('sc_time'),
      refused => 'ZD723', errors => 2, cleanup => "UPDATE care.stay SET region = 'IDF' WHERE stay_id = 28655",
      sql => "SET health_dp.project = 'sc_time'; SELECT FROM (SELECT region, sc_count(*) FROM care.stay GROUP BY region) r;\n"
        . superuser("UPDATE care.stay SET region = 'ARA' WHERE stay_id = 28655")
        . "SELECT region, sc_count(*) FROM care.stay GROUP BY region; SELECT region, nights < 15, sc_count(*) FROM care.stay GROUP BY 1, 2;\n" },
    # The room's snapshot is its own: there is no old one to compare with.
    { name => 'suppressed: an old snapshot after a new release', clause => 'sc', exact => 1, prepare => projects('sc_snapshot'),
      lines => qr/\A(ARA\|\d+\nIDF\|\d+\n)\1\z/, cleanup => "UPDATE care.stay SET region = 'IDF' WHERE stay_id = 28655",
      sql => "SET health_dp.project = 'sc_snapshot'; BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT FROM pg_class LIMIT 0;\n"
        . superuser("UPDATE care.stay SET region = 'ARA' WHERE stay_id = 28655")
        . qq{\\! psql -XqAt -U alice -d postgres -c "SET health_dp.project = 'sc_snapshot'; SELECT region, health_dp.sc_count(*) FROM care.stay GROUP BY region"\n}
        . "SELECT region, sc_count(*) FROM care.stay GROUP BY region; ROLLBACK;\n" },
    { name => 'suppressed: one patient by her identifier', clause => 'sc', exact => 1, twins => 1, refused => 'ZD726', errors => 7,
      prepare => projects('sc_one'), sql => <<'SQL' },
SET health_dp.project = 'sc_one';
SELECT sc_count(*) FROM care.stay WHERE patient_id = :id;
SELECT patient_id = :id, sc_count(*) FROM care.stay GROUP BY 1;
SELECT sc_count(*) FROM care.stay WHERE patient_id IN (SELECT n FROM ref.number);
SELECT v.id, sc_count(*) FROM (VALUES (:id)) v (id) LEFT JOIN care.stay s ON s.patient_id = v.id GROUP BY v.id;
SELECT mine, sc_count(*) FROM (SELECT s.*, CASE s.patient_id WHEN :id THEN 'mine' END AS mine FROM ref.region r JOIN care.stay s USING (region)) s GROUP BY mine;
WITH w AS (SELECT patient_id AS p, nights FROM care.stay) SELECT nights, sc_count(*) FROM w WHERE coalesce(p, 0) = :id GROUP BY nights;
SELECT sc_count(*) FROM care.stay s JOIN care.patient p ON p.patient_id = s.patient_id AND p.patient_id + 0 = :id;
SQL
    { name => 'suppressed: one patient by what leads to her', clause => 'sc', exact => 1, twins => 1, refused => 'ZD726', errors => 8,
      prepare => "CREATE TABLE care.act (act_id bigint PRIMARY KEY, patient_id bigint NOT NULL, kind text);"
        . " INSERT INTO care.act SELECT i, 4700 + i % 20, 'k' || i % 3 FROM generate_series(1, 400) i;"
        . " SELECT health_dp.protect_via('care.act', 'patient_id', 'care.patient', 'patient_id');"
        . projects('sc_link') . "; SELECT health_dp.grant_table('sc_link', 'care.act'), health_dp.grant_table('sc_link', 'care.drug')",
      cleanup => 'DROP TABLE care.act CASCADE', sql => <<'SQL' },
SET health_dp.project = 'sc_link';
SELECT sc_count(*) FROM care.act WHERE patient_id <> :id;
SELECT kind, sc_count(*) FROM care.act WHERE patient_id IN (4701, 4702, 4703, 4704, :id) AND kind = 'k1' GROUP BY ROLLUP (kind);
SELECT patient_id = :id AND kind = 'k1', sc_count(*), sc_hidden(*) FROM care.act GROUP BY ROLLUP (1);
SELECT sc_count(*) FROM care.act a JOIN (VALUES (4701), (:id)) v (i) ON v.i = a.patient_id;
SELECT sc_count(*) FROM (SELECT patient_id + 0 AS p, kind FROM care.act) a WHERE p = :id;
-- Rows by their own numbers, and by what they are linked by.
SELECT act_id IN (1, 21, 41) AND kind = 'k1', sc_count(*) FROM care.act GROUP BY ROLLUP (1);
SELECT stay_id % 7 = 3, sc_count(*) FROM care.stay GROUP BY 1;
SELECT sc_count(*) FROM care.drug WHERE stay_id <= 50;
SQL
    { name => 'suppressed: joins on the patient and along links are none of that', clause => 'sc', exact => 1,
      prepare => projects('sc_joined', 'sc_joined_2') . "; SELECT health_dp.grant_table('sc_joined_2', 'care.drug')",
      sql => <<'SQL', lines => qr/\At\nt\n\z/ },
SET health_dp.project = 'sc_joined';
SELECT sc_count(*) > 0 FROM care.stay s JOIN care.patient p ON p.patient_id = s.patient_id;
SET health_dp.project = 'sc_joined_2';
SELECT sc_count(*) IS NOT NULL FROM care.drug d JOIN care.stay s ON s.stay_id = d.stay_id;
SQL
    { name => 'suppressed: a code that nobody has and one that one patient has', clause => 'sc', exact => 1, prepare => projects('sc_codes'),
      sql => <<'SQL', same => 1 },
SET health_dp.project = 'sc_codes';
SELECT CASE WHEN v.region IN ('nowhere', 'elsewhere') THEN 'same' ELSE 'other' END || coalesce(n::text, ' none') || hidden
  FROM (SELECT v.region, sc_count(*) AS n, sc_hidden(*) AS hidden FROM (VALUES ('ARA'), ('IDF'), ('nowhere'), ('elsewhere')) v (region)
            LEFT JOIN care.stay s ON s.region = v.region GROUP BY v.region) v;
SQL
    { name => 'suppressed: spelling of codes', clause => 'sc', exact => 1, prepare => projects('sc_spelling', 'sc_spelling_2'),
      sql => <<'SQL', lines => qr/\A(dx\d+\n){50}\z/ },
SET health_dp.project = 'sc_spelling';
SELECT dx FROM care.stay GROUP BY dx HAVING sc_count(*) IS NULL OR sc_count(*) > 0;
SET health_dp.project = 'sc_spelling_2';
SELECT DISTINCT hidden FROM (SELECT weight, sc_hidden(*) AS hidden FROM care.stay GROUP BY ROLLUP (weight)) r WHERE hidden IS NULL;
SQL
    { name => 'suppressed: conditions, order and limits see published numbers', clause => 'sc', exact => 1, prepare => projects('sc_order'),
      sql => <<'SQL', lines => qr/\AARA\nIDF\n0\n0\nt\n\z/ },
SET health_dp.project = 'sc_order';
SELECT region FROM care.stay GROUP BY region HAVING sc_count(*) > 0 OR sc_hidden(*) ORDER BY region;
SELECT count(*) FROM (SELECT region, sc_count(*) AS n FROM care.stay GROUP BY region) r WHERE n < 11;
SELECT count(*) FROM (SELECT region FROM care.stay GROUP BY region HAVING sc_count(*) BETWEEN 1 AND 10) r;
SELECT (SELECT array_agg(region) FROM (SELECT region FROM care.stay GROUP BY region HAVING sc_count(*) > 0) a)
     = (SELECT array_agg(region) FROM (SELECT region FROM care.stay GROUP BY region HAVING sc_count(*) > 0) b);
SQL
    { name => 'suppressed: beside noise, with plain aggregates, with FILTER', clause => 'sc', exact => 1, prepare => projects('sc_beside'),
      refused => ['ZD720', 'ZD005', 'ZD106', 'ZD725', '42501'], errors => 10, sql => <<'SQL' },
SET health_dp.project = 'sc_beside';
SELECT dp_count(*), sc_count(*) FROM care.stay;
SELECT dp_count(*) FROM care.stay;
SELECT sc_count(*), max(nights) FROM care.stay;
SELECT sc_count(*) FILTER (WHERE nights = 77) FROM care.stay;
SELECT sc_count(nights) FROM care.stay;
SELECT sc_count(*) FROM care.stay WHERE nights < extract(epoch FROM now());
PREPARE p(integer) AS SELECT sc_count(*) FROM care.stay WHERE nights < $1;
EXECUTE p(77);
SELECT * FROM health_dp.suppressed_release;
SELECT * FROM health_dp.suppressed_releases;
SET health_dp.project = 'study';
SELECT sc_count(*) FROM care.stay;
SQL
    { name => 'suppressed: sums that count few', clause => 'sc', exact => 1,
      # Three of 900 died in the north, all but four of 600 were coded 2 in the south, one costs more than all others.
      prepare => "CREATE TABLE care.outcome (outcome_id bigint PRIMARY KEY, patient_id bigint NOT NULL, zone text, died integer NOT NULL, code integer NOT NULL, cost numeric NOT NULL);"
        . " INSERT INTO care.outcome SELECT i, i, CASE WHEN i <= 900 THEN 'north' WHEN i <= 1500 THEN 'south' ELSE 'west' END,"
        . " CASE WHEN i <= 900 THEN (i <= 3)::int ELSE i % 2 END, CASE WHEN i BETWEEN 901 AND 1500 THEN 2 - (i < 905)::int ELSE 1 + i % 2 END,"
        . " CASE i WHEN 1501 THEN 1000000 ELSE i % 100 END FROM generate_series(1, 2000) i;"
        . " SELECT health_dp.protect('care.outcome', 'patient_id'), health_dp.declare_bounds('care.outcome', 'died', 0, 1),"
        . " health_dp.declare_bounds('care.outcome', 'code', 0, 9), health_dp.declare_bounds('care.outcome', 'cost', 0, 2000000);"
        . projects('sc_sums', 'sc_sums_2', 'sc_sums_3')
        . "; SELECT health_dp.grant_table(p, 'care.outcome') FROM unnest('{sc_sums,sc_sums_2,sc_sums_3}'::name[]) p",
      cleanup => 'DROP TABLE care.outcome CASCADE', lines => qr/\At\nf\nt\nt\nf\nf\nt\nf\n\z/, sql => <<'SQL' },
SET health_dp.project = 'sc_sums';
CREATE TEMP TABLE r AS SELECT zone, sc_count(*) AS n, sc_sum(died) AS died, sc_sum(code) AS code, sc_avg(code) AS mean, sc_var(code) AS var, sc_sum(cost) AS cost
    FROM care.outcome GROUP BY zone;
-- The cells are large and shown; what counts few is not, and neither are mean and variance of it.
SELECT bool_and(n IS NOT NULL) FROM r;
SELECT bool_or(died IS NOT NULL) FROM r WHERE zone = 'north';
SELECT bool_and(code IS NULL AND mean IS NULL AND var IS NULL) FROM r WHERE zone = 'south';
SELECT bool_and(cost IS NULL) FROM r WHERE zone = 'west';
-- The total afterwards, and the parts after the total.
CREATE TEMP TABLE total AS SELECT sc_sum(died) AS died, sc_sum(code) AS code, sc_sum(cost) AS cost FROM care.outcome;
SELECT (SELECT died FROM total) IS NOT NULL AND (SELECT count(died) FROM r) = 2;
SET health_dp.project = 'sc_sums_2';
CREATE TEMP TABLE before AS SELECT sc_sum(died) AS died, sc_avg(code) AS mean FROM care.outcome;
CREATE TEMP TABLE after AS SELECT zone, sc_sum(died) AS died, sc_avg(code) AS mean FROM care.outcome GROUP BY zone;
SELECT count(died) = 2 OR count(mean) = 2 FROM after;
-- Counts without the sum first, then the sum: what is hidden of it tells no less of the counts.
SET health_dp.project = 'sc_sums_3';
CREATE TEMP TABLE counts AS SELECT zone, sc_count(*) AS n FROM care.outcome GROUP BY ROLLUP (zone);
SELECT count(n) = 4 FROM counts;
CREATE TEMP TABLE sums AS SELECT zone, sc_sum(died) AS died FROM care.outcome GROUP BY ROLLUP (zone);
SELECT count(died) = 3 FROM sums;
SQL
    { name => 'suppressed: a sum that a key spells out', clause => 'sc', exact => 1, refused => 'ZD730', errors => 4,
      prepare => "SELECT health_dp.declare_bounds('care.stay', 'nights', 0, 100), health_dp.declare_bounds('care.stay', 'weight', 0, 200);"
        . projects('sc_spelt', 'sc_spelt_2'),
      cleanup => "SELECT health_dp.undeclare_bounds('care.stay', 'nights'), health_dp.undeclare_bounds('care.stay', 'weight')",
      sql => <<'SQL', lines => qr/\At\nt\n\z/ },
SET health_dp.project = 'sc_spelt';
SELECT nights, sc_count(*), sc_sum(nights) FROM care.stay GROUP BY ROLLUP (nights);
SELECT sc_avg(nights) FROM care.stay WHERE nights BETWEEN 70 AND 80;
SELECT region, sc_avg(n) FROM (SELECT region, nights AS n, nights / 10 AS d FROM care.stay) s GROUP BY region, d;
SELECT sc_count(*) > 0 FROM care.stay;
SET health_dp.project = 'sc_spelt_2';
SELECT sc_avg(nights) > 0 FROM care.stay;
SELECT nights > 30, sc_count(*) FROM care.stay GROUP BY GROUPING SETS ((1), ());
SQL
    { name => 'suppressed: sums of what the query makes up', clause => 'sc', exact => 1, twins => 1, refused => ['ZD005', 'ZD302', 'ZD726'],
      errors => 9, prepare => "SELECT health_dp.declare_bounds('care.stay', 'nights', 0, 100);" . projects('sc_made_up'),
      cleanup => "SELECT health_dp.undeclare_bounds('care.stay', 'nights')", sql => <<'SQL' },
SET health_dp.project = 'sc_made_up';
SELECT sc_sum(CASE WHEN patient_id = :id THEN 1 ELSE 0 END) FROM care.stay;
SELECT sc_sum(nights * (patient_id = :id)::integer) FROM care.stay;
SELECT sc_avg(x) FROM (SELECT CASE region WHEN 'nowhere' THEN nights END AS x FROM care.stay) s;
SELECT sc_sum(patient_id) FROM care.stay;
SELECT sc_sum(stay_id) FROM care.stay;
SELECT sc_sum(nights) FILTER (WHERE patient_id = :id) FROM care.stay;
SELECT sc_sum(DISTINCT nights) FROM care.stay;
SELECT sc_var(cost) FROM care.stay;
SELECT sc_sum(a.nights) FROM care.stay a JOIN care.stay b ON a.patient_id = b.patient_id;
SQL
    { name => 'suppressed: rows less patients', clause => 'sc', exact => 1,
      # Each of 300 patients has one row, but three in the north have another one.
      prepare => "CREATE TABLE care.act (act_id bigint PRIMARY KEY, patient_id bigint NOT NULL, zone text, cost integer NOT NULL);"
        . " INSERT INTO care.act SELECT i, 1 + i % 300, CASE WHEN i % 300 < 100 THEN 'north' ELSE 'south' END, i % 20 FROM generate_series(0, 302) i;"
        . " SELECT health_dp.protect('care.act', 'patient_id'), health_dp.declare_bounds('care.act', 'cost', 0, 100);" . projects('sc_rows', 'sc_rows_2')
        . "; SELECT health_dp.grant_table(p, 'care.act') FROM unnest('{sc_rows,sc_rows_2}'::name[]) p",
      cleanup => 'DROP TABLE care.act CASCADE', lines => qr/\A0\n0\n0\nt\nt\n\z/, sql => <<'SQL' },
SET health_dp.project = 'sc_rows';
CREATE TEMP TABLE r AS SELECT zone, sc_count(DISTINCT patient_id) AS p, sc_count(*) AS n, sc_avg(cost) AS mean FROM care.act GROUP BY ROLLUP (zone);
SELECT count(n) FROM r WHERE zone = 'north' OR zone IS NULL;
-- A mean's denominator is the number of rows.
SELECT count(mean) FROM r WHERE n IS NULL;
SELECT count(*) FROM (SELECT zone, sc_count(*) AS n FROM care.act GROUP BY ROLLUP (zone)) again WHERE n IS NOT NULL AND zone = 'north';
SET health_dp.project = 'sc_rows_2';
CREATE TEMP TABLE n AS SELECT zone, sc_count(*) AS n FROM care.act GROUP BY ROLLUP (zone);
SELECT count(n) = 3 FROM n;
SELECT count(p) < 3 FROM (SELECT zone, sc_count(DISTINCT patient_id) AS p FROM care.act GROUP BY ROLLUP (zone)) r;
SQL
    { name => 'suppressed: weights of the analyst\'s own', clause => 'sc', exact => 1, prepare => projects('sc_weights'), refused => ['ZD728', 'ZD729'], errors => 7,
      sql => <<'SQL' },
SET health_dp.project = 'sc_weights';
-- Rows less patients are the stays in 'nowhere'.
SELECT sc_count(*) FROM care.stay s JOIN (VALUES ('ARA'), ('IDF'), ('nowhere'), ('nowhere')) v (r) ON v.r = s.region;
SELECT sc_count(*) FROM care.stay s JOIN ref.number n ON n.n = 1 OR s.region = 'nowhere' AND n.n = 2;
SELECT sc_count(*) FROM care.stay s JOIN care.stay t ON t.patient_id = s.patient_id AND t.region = 'nowhere';
SELECT sc_count(*) FROM (SELECT DISTINCT patient_id, CASE WHEN region = 'nowhere' THEN nights END FROM care.stay) s;
SELECT sc_count(*) FROM care.stay WHERE nights = 3 OR region = 'nowhere';
SELECT nights = 3 OR region = 'nowhere', sc_count(*) FROM care.stay GROUP BY 1;
SELECT sc_count(*) FROM care.stay s JOIN care.patient p USING (patient_id) WHERE CASE p.sex WHEN 1 THEN nights = 3 ELSE nights < 20 END;
SQL
    { name => 'suppressed: weights looked up by an outer join that stands beside them', clause => 'sc', exact => 1,
      refused => 'ZD728', errors => 5,
      prepare => "CREATE TABLE ref.weight (a double precision PRIMARY KEY, v double precision); INSERT INTO ref.weight VALUES (0.001, -1);"
        . " INSERT INTO ref.weight SELECT g + 0.0001, 400000 + g FROM generate_series(1, 300) g; GRANT SELECT ON ref.weight TO PUBLIC;"
        . " SELECT health_dp.declare_public('ref.weight');" . projects('sc_outer') . "; SELECT health_dp.grant_table('sc_outer', 'care.drug')",
      cleanup => 'DROP TABLE ref.weight', sql => <<'SQL' },
SET health_dp.project = 'sc_outer';
SELECT sc_count(*) FROM (care.stay s CROSS JOIN (VALUES (0.001::float8, false), (1.0001, true), (2.0001, true), (3.0001, true)) p (a, flag)) LEFT JOIN care.patient b ON b.patient_id = s.patient_id AND s.weight = p.a WHERE (s.cost > 400000) = p.flag;
SELECT sc_count(*) FROM (care.stay s CROSS JOIN ref.weight p) LEFT JOIN care.patient b ON b.patient_id = s.patient_id AND s.weight = p.a WHERE s.cost::float8 >= p.v;
SELECT sc_count(*), sc_count(DISTINCT s.patient_id) FROM care.patient b RIGHT JOIN (care.stay s CROSS JOIN ref.weight p) ON b.patient_id = s.patient_id AND s.weight = p.a WHERE s.cost::float8 >= p.v;
SELECT sc_count(*) FROM (care.drug d CROSS JOIN ref.number n) LEFT JOIN care.stay s ON s.stay_id = d.stay_id AND n.n = s.nights;
-- With the patient on the optional side, rows without him are stays all the same.
SELECT sc_count(*) FROM (care.patient p CROSS JOIN ref.number n) LEFT JOIN care.stay s ON s.patient_id = p.patient_id AND n.n = p.sex;
SQL
    # What a project may ask next follows from what it asked, whoever was found: nobody, or one.
    { name => 'suppressed: whether there is anybody, by what may be asked next', clause => 'sc', exact => 1, refused => 'ZD727', errors => 6,
      prepare => projects('sc_anybody', 'sc_nobody', 'sc_anybody_2', 'sc_nobody_2'), sql => <<'SQL', lines => qr/\A\n*\z/ },
SET health_dp.project = 'sc_anybody';
SELECT region, sc_hidden(*) FROM care.stay WHERE cost > 98000 GROUP BY region;
SELECT dx, sc_hidden(*) FROM care.stay WHERE cost > 98000 GROUP BY dx;
SELECT region, dx FROM (SELECT region, dx, sc_hidden(*) FROM care.stay WHERE cost > 98000 GROUP BY region, dx) s;
SELECT dx, sc_hidden(*) FROM care.stay WHERE cost > 98000 GROUP BY dx;
SELECT nights, sc_hidden(*) FROM care.stay WHERE cost > 98000 GROUP BY nights;
SET health_dp.project = 'sc_nobody';
SELECT region, sc_hidden(*) FROM care.stay WHERE cost > 99000 GROUP BY region;
SELECT dx, sc_hidden(*) FROM care.stay WHERE cost > 99000 GROUP BY dx;
SELECT region, dx FROM (SELECT region, dx, sc_hidden(*) FROM care.stay WHERE cost > 99000 GROUP BY region, dx) s;
SELECT dx, sc_hidden(*) FROM care.stay WHERE cost > 99000 GROUP BY dx;
SELECT nights, sc_hidden(*) FROM care.stay WHERE cost > 99000 GROUP BY nights;
-- A total first: it has no keys, and whatever comes next is registered, too.
SET health_dp.project = 'sc_anybody_2';
SELECT FROM (SELECT sc_count(*) FROM care.stay WHERE cost > 98000) s;
SELECT region, sc_hidden(*) FROM care.stay WHERE cost > 98000 GROUP BY region;
SELECT dx, sc_hidden(*) FROM care.stay WHERE cost > 98000 GROUP BY dx;
SET health_dp.project = 'sc_nobody_2';
SELECT FROM (SELECT sc_count(*) FROM care.stay WHERE cost > 99000) s;
SELECT region, sc_hidden(*) FROM care.stay WHERE cost > 99000 GROUP BY region;
SELECT dx, sc_hidden(*) FROM care.stay WHERE cost > 99000 GROUP BY dx;
SQL
    { name => 'suppressed: whether there is anybody, by too many combinations of a few', clause => 'sc', exact => 1,
      prepare => "SELECT health_dp.create_suppression_policy('sc_classes', description => 'x', no_class_disclosure => true, hides_zeros => true); "
        . projects('sc_combined', 'sc_combined_2') . "; SELECT health_dp.set_suppression_policy(p, 'sc_classes') FROM unnest('{sc_combined,sc_combined_2}'::name[]) p",
      sql => <<'SQL', lines => qr/\A\n*\z/ },
SET health_dp.project = 'sc_combined';
SELECT FROM (SELECT dx, nights, cost, weight, note, sc_hidden(*) FROM care.stay s JOIN care.patient p USING (patient_id) WHERE birth < date '1930-03-10' GROUP BY 1, 2, 3, 4, 5) s;
SET health_dp.project = 'sc_combined_2';
SELECT FROM (SELECT dx, nights, cost, weight, note, sc_hidden(*) FROM care.stay s JOIN care.patient p USING (patient_id) WHERE birth < date '1930-01-01' GROUP BY 1, 2, 3, 4, 5) s;
SQL
    { name => 'suppressed: everybody beside one, by a join that pads', clause => 'sc', exact => 1, refused => 'ZD728', errors => 4,
      prepare => projects('sc_pad'), sql => <<'SQL' },
SET health_dp.project = 'sc_pad';
SELECT p.sex, sc_count(*) FROM care.patient p LEFT JOIN care.stay s ON s.patient_id = p.patient_id AND s.nights = 77 GROUP BY GROUPING SETS ((), (p.sex));
SELECT sc_count(*) FROM (SELECT patient_id FROM care.stay WHERE nights = 77) s RIGHT JOIN care.patient p ON s.patient_id = p.patient_id;
SELECT sc_count(*) FROM care.patient p LEFT JOIN (care.stay s JOIN (VALUES (77)) v (n) ON v.n = s.nights) ON s.patient_id = p.patient_id;
SELECT sc_count(*) FROM (SELECT p.sex FROM care.patient p LEFT JOIN care.stay s ON s.patient_id = p.patient_id AND s.nights = 77) q;
SQL
    { name => 'suppressed: a condition over two columns, by a look-up', clause => 'sc', exact => 1, prepare => projects('sc_pairs'),
      refused => 'ZD729', errors => 4, sql => <<'SQL' },
SET health_dp.project = 'sc_pairs';
SELECT sc_count(*) FROM care.stay s JOIN (VALUES ('ARA', 1), ('ARA', 2), ('nowhere', 7)) p (a, b) ON p.a = s.region AND p.b = s.nights;
SELECT sc_count(*) FROM care.stay s JOIN care.patient b ON b.patient_id = s.patient_id AND b.sex = s.nights;
SELECT r.region, sc_count(*) FROM care.stay s LEFT JOIN ref.region r ON r.region = s.region AND s.nights > 70 GROUP BY r.region;
SELECT sc_count(*) FROM care.stay s LEFT JOIN care.patient b ON b.patient_id = s.patient_id AND s.region = 'nowhere' WHERE b.sex IS NULL;
SQL
    { name => 'suppressed: a public table that somebody changes between two questions', clause => 'sc', exact => 1,
      prepare => "CREATE TABLE ref.range (lo integer, hi integer, remark text); INSERT INTO ref.range VALUES (-1, 76, ''); GRANT SELECT ON ref.range TO PUBLIC;"
        . " SELECT health_dp.declare_public('ref.range');" . projects('sc_public'), cleanup => 'DROP TABLE ref.range',
      refused => 'ZD723', errors => 2, lines => qr/\At\nt\nt\n\z/, sql =>
        "SET health_dp.project = 'sc_public'; SELECT sc_count(DISTINCT s.patient_id) > 0 FROM care.stay s JOIN ref.range g ON s.nights BETWEEN g.lo AND g.hi;\n"
        . superuser("UPDATE ref.range SET hi = 77")
        . "SELECT sc_count(DISTINCT s.patient_id) > 0 FROM care.stay s JOIN ref.range g ON s.nights BETWEEN g.lo AND g.hi;\n"
        . superuser("UPDATE ref.range SET hi = 76, remark = 'x'")
        . "SELECT sc_count(DISTINCT s.patient_id) > 0 FROM care.stay s JOIN ref.range g ON s.nights BETWEEN g.lo AND g.hi;\n"
        . superuser("INSERT INTO ref.range VALUES (900, 901)")
        . "SELECT sc_count(DISTINCT s.patient_id) > 0 FROM care.stay s JOIN ref.range g ON s.nights BETWEEN g.lo AND g.hi;\n"
        . superuser("DELETE FROM ref.range WHERE lo = 900")
        . "SELECT sc_count(DISTINCT s.patient_id) > 0 FROM care.stay s JOIN ref.range g ON s.nights BETWEEN g.lo AND g.hi;\n" },
    { name => 'suppressed: a hierarchy that a public table gives', clause => 'sc', exact => 1,
      # 'nowhere', with one patient, is in one zone with IDF.
      prepare => "CREATE TABLE ref.zone (region text PRIMARY KEY, zone text); INSERT INTO ref.zone VALUES ('ARA', 'z1'), ('IDF', 'z2'), ('nowhere', 'z2');"
        . " GRANT SELECT ON ref.zone TO PUBLIC; SELECT health_dp.declare_public('ref.zone');" . projects('sc_zones', 'sc_zones_2', 'sc_zones_3'),
      cleanup => 'DROP TABLE ref.zone', refused => 'ZD727', errors => 1, lines => qr/\A\n?\n?f\nf\nf\nt\n\z/, sql => <<'SQL' },
-- All levels at once, the lower one first, the upper one first.
SET health_dp.project = 'sc_zones';
CREATE TEMP TABLE r AS SELECT z.zone, s.region, grouping(s.region) AS upper, sc_count(*) AS n FROM care.stay s JOIN ref.zone z ON z.region = s.region GROUP BY ROLLUP (z.zone, s.region);
SET health_dp.project = 'sc_zones_2';
CREATE TEMP TABLE lower AS SELECT s.region, sc_count(*) AS n FROM care.stay s JOIN ref.zone z ON z.region = s.region GROUP BY s.region;
SELECT z.zone, sc_count(*) FROM care.stay s JOIN ref.zone z ON z.region = s.region GROUP BY z.zone;
CREATE TEMP TABLE upper AS SELECT z.zone, sc_count(*) AS n FROM care.stay s JOIN ref.zone z ON z.region = s.region GROUP BY GROUPING SETS ((z.zone), (s.region)) HAVING grouping(z.zone) = 0;
SET health_dp.project = 'sc_zones_3';
CREATE TEMP TABLE "first" AS SELECT z.zone, sc_count(*) AS n FROM care.stay s JOIN ref.zone z ON z.region = s.region GROUP BY z.zone;
CREATE TEMP TABLE "then" AS SELECT s.region, sc_count(*) AS n FROM care.stay s JOIN ref.zone z ON z.region = s.region GROUP BY GROUPING SETS ((z.zone), (s.region)) HAVING grouping(s.region) = 0;
SELECT count(n) = 2 FROM r WHERE upper = 0 AND region IN ('IDF') OR upper = 1 AND zone = 'z2';
SELECT (SELECT count(n) FROM lower WHERE region = 'IDF') = 1 AND (SELECT count(n) FROM upper WHERE zone = 'z2') = 1;
SELECT (SELECT count(n) FROM "first" WHERE zone = 'z2') = 1 AND (SELECT count(n) FROM "then" WHERE region = 'IDF') = 1;
-- What is not needed for that is shown.
SELECT (SELECT count(n) FROM lower) = 2 AND (SELECT count(n) FROM "first") = 2;
SQL
]
