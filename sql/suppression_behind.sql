-- What is behind tables of the same patients: totals that lie several steps above their cells, and the cells that are in
-- no table and that several tables add up.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS health_dp;
RESET client_min_messages;
CREATE SCHEMA regress_behind;
SET search_path = regress_behind;
\getenv srcdir PG_ABS_SRCDIR
\set refusal :srcdir /sql/include/refusal.psql
\i :refusal

-- 100 - 40 - 25 - 30 is 5: a grand total binds cells two steps below it.
CREATE TABLE cell (region text, age text, n int);
INSERT INTO cell VALUES ('A', 'y', 5), ('A', 'o', 40), ('B', 'y', 30), ('B', 'o', 25);
CREATE VIEW cells AS SELECT region, age, sum(n)::bigint AS n FROM cell GROUP BY GROUPING SETS ((region, age), ());
SELECT * FROM health_dp.suppress_table('cells', '{region,age}', '{n}', policy => 'pcornet') AS t(region text, age text, n bigint, hidden boolean);
SELECT * FROM health_dp.audit_table('SELECT *, n < 11 AS hidden FROM cells', '{region,age}', '{n}', policy => 'pcornet');
SELECT * FROM health_dp.audit_table('SELECT region, age, n OPERATOR(health_dp.!<) 11 AS n, n < 11 AS hidden FROM cells', '{region,age}', '{n}', policy => 'pcornet');
SELECT *, sum(n) FILTER (WHERE region IS NOT NULL) OVER () = 100 AS adds_up
  FROM health_dp.round_table('cells', '{region,age}', '{n}', 10) AS t(region text, age text, n bigint);
-- A total that is not theirs.
SELECT statement, refusal('SELECT * FROM health_dp.' || statement) FROM (VALUES
    ($$suppress_table('SELECT region, age, n::bigint FROM cell UNION ALL SELECT NULL, NULL, 999', '{region,age}', '{n}', policy => 'pcornet') AS t(region text, age text, n bigint, hidden boolean)$$),
    ($$round_table('SELECT region, age, n::bigint FROM cell UNION ALL SELECT NULL, NULL, 999', '{region,age}', '{n}', 5) AS t(region text, age text, n bigint)$$),
    ($$audit_table('SELECT region, age, n::bigint, n < 11 AS hidden FROM cell UNION ALL SELECT NULL, NULL, 999, false', '{region,age}', '{n}', policy => 'pcornet')$$)
) AS t(statement);
-- Over a dimension that overlaps, the total is at most the sum, which says at least as much.
SELECT * FROM health_dp.suppress_table('cells', '{region,age}', '{n}', policy => 'pcornet', overlapping => '{age}') AS t(region text, age text, n bigint, hidden boolean);

-- Groups of regions by two dimensions that do not nest: 15 - 7 - 5 is what T has. In one table, and in two.
SELECT health_dp.create_suppression_policy('regress_k4', 'x', patients => 4);
CREATE TABLE lk (r text, county text, grp text, n int);
INSERT INTO lk VALUES ('P', 'c1', 'small', 2), ('Q', 'c1', 'small', 1), ('R', 'c1', 'small', 9), ('S', 'c1', 'small', 8),
    ('T', 'c2', 'small', 3), ('U', 'c2', 'big', 2), ('V', 'c2', 'big', 3), ('W', 'c2', 'small', 7);
CREATE VIEW grouped AS SELECT r, county, grp, sum(n)::bigint AS n FROM lk GROUP BY GROUPING SETS ((r, county, grp), (county), (grp), ());
CREATE TABLE lk_shown AS SELECT * FROM health_dp.suppress_table('grouped', '{r,county,grp}', '{n}', policy => 'regress_k4')
    AS t(r text, county text, grp text, n bigint, hidden boolean);
SELECT * FROM lk_shown ORDER BY county NULLS FIRST, grp NULLS FIRST, r;
SELECT codes, lowest, highest, safe FROM health_dp.audit_table(
    'SELECT g.*, s.hidden FROM grouped g JOIN lk_shown s ON (g.r, g.county, g.grp) IS NOT DISTINCT FROM (s.r, s.county, s.grp)',
    '{r,county,grp}', '{n}', policy => 'regress_k4');
SELECT table_name, codes, shown FROM health_dp.suppress_tables($${"policy": "regress_k4",
    "dimensions": [{"name": "r"}, {"name": "county"}, {"name": "grp"}], "measures": [{"name": "n"}], "tables": [
    {"name": "counties", "dimensions": ["county", "r"], "query": "SELECT county, r, sum(n)::bigint AS n FROM lk GROUP BY ROLLUP (county, r)"},
    {"name": "groups", "dimensions": ["grp", "r"], "query": "SELECT grp, r, sum(n)::bigint AS n FROM lk GROUP BY ROLLUP (grp, r)"}]}$$);
-- The same two tables, of other patients: W has 7 in one and 8 in the other.
SELECT refusal($$SELECT * FROM health_dp.round_tables('{"dimensions": [{"name": "r"}, {"name": "county"}, {"name": "grp"}], "measures": [{"name": "n"}], "tables": [
    {"name": "counties", "dimensions": ["county", "r"], "query": "SELECT county, r, n FROM lk"},
    {"name": "groups", "dimensions": ["grp", "r"], "query": "SELECT grp, r, n + (r = ''W'')::int AS n FROM lk"}]}', 5)$$);

-- Three tables of two dimensions, and the one of three dimensions behind them. North has women only, so that all of
-- south's women with flu are 25 - 21; a fifth woman is there, who must have what is left.
CREATE TABLE visit3 (site text, dx text, sex text, n int);
INSERT INTO visit3 VALUES ('north', 'flu', 'F', 21), ('north', 'rare', 'F', 1), ('north', 'other', 'F', 12), ('south', 'flu', 'F', 4),
    ('south', 'rare', 'F', 1), ('south', 'flu', 'M', 20), ('south', 'other', 'M', 16);
CREATE VIEW visits AS SELECT site, dx, sex, sum(n)::bigint AS n FROM visit3
    GROUP BY GROUPING SETS ((site, sex), (site, dx), (dx, sex), (site), (dx), (sex), ());
CREATE TABLE visits_shown AS SELECT * FROM health_dp.suppress_table('visits', '{site,dx,sex}', '{n}', policy => 'ohdsi')
    AS t(site text, dx text, sex text, n bigint, hidden boolean);
TABLE visits_shown;
SELECT codes, lowest, highest, safe FROM health_dp.audit_table(
    'SELECT v.*, s.hidden FROM visits v JOIN visits_shown s ON (v.site, v.dx, v.sex) IS NOT DISTINCT FROM (s.site, s.dx, s.sex)',
    '{site,dx,sex}', '{n}', policy => 'ohdsi') WHERE codes = '{south,rare,NULL}';
-- What hides enough for whoever looks at one table after the other: as an officer sees it, with the values and as a reader.
CREATE VIEW visits_masked AS SELECT *, (dx IN ('other', 'rare') AND sex IS DISTINCT FROM 'M') AS hidden FROM visits;
SELECT codes, lowest, highest, safe FROM health_dp.audit_table('SELECT site, dx, sex, n, coalesce(hidden, false) AS hidden FROM visits_masked',
    '{site,dx,sex}', '{n}', policy => 'ohdsi') WHERE codes = '{south,rare,NULL}';
SELECT codes, lowest, highest, safe FROM health_dp.audit_table('SELECT site, dx, sex, CASE WHEN hidden THEN NULL ELSE n END AS n, coalesce(hidden, false) AS hidden FROM visits_masked',
    '{site,dx,sex}', '{n}', policy => 'ohdsi') WHERE codes = '{south,rare,NULL}';
SELECT table_name, codes, shown FROM health_dp.suppress_tables($${"policy": "ohdsi",
    "dimensions": [{"name": "site"}, {"name": "dx"}, {"name": "sex"}], "measures": [{"name": "n"}], "tables": [
    {"name": "site_sex", "dimensions": ["site", "sex"], "query": "SELECT site, sex, sum(n)::bigint AS n FROM visit3 GROUP BY CUBE (site, sex)"},
    {"name": "site_dx", "dimensions": ["site", "dx"], "query": "SELECT site, dx, sum(n)::bigint AS n FROM visit3 GROUP BY CUBE (site, dx)"},
    {"name": "dx_sex", "dimensions": ["dx", "sex"], "query": "SELECT dx, sex, sum(n)::bigint AS n FROM visit3 GROUP BY CUBE (dx, sex)"}]}$$)
    WHERE shown = '{NULL}';
-- Where it is too large to be held, nothing is said to be safe.
CREATE VIEW wide AS SELECT a, b, c, count(*) AS n FROM generate_series(1, 40) a, generate_series(1, 40) b, generate_series(1, 40) c
    GROUP BY GROUPING SETS ((a, b), (b, c), (a, c));
SELECT refusal($$SELECT * FROM health_dp.audit_table('SELECT *, false AS hidden FROM wide', '{a,b,c}', '{n}', policy => 'ohdsi')$$);

SET client_min_messages = warning;
SELECT health_dp.drop_suppression_policy('regress_k4');
DROP SCHEMA regress_behind CASCADE;
