-- Tables whose columns nobody types, and the order of rows.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS health_dp;
RESET client_min_messages;
CREATE SCHEMA regress_columns;
SET search_path = regress_columns;
\getenv srcdir PG_ABS_SRCDIR
\set refusal :srcdir /sql/include/refusal.psql
\i :refusal
CREATE TABLE stay (region text, age integer, patients integer);
INSERT INTO stay VALUES ('north', 9, 20), ('north', 10, 50), ('north', 100, 10), ('south', 9, 8), ('south', 10, 19), ('south', 100, 22),
    ('west', 9, 17), ('west', 10, 32), ('west', 100, 12);

-- A view gives its columns, its types and its own order of them; whole numbers are sorted by their value, totals come last.
CREATE VIEW counted AS SELECT sum(patients) AS patients, region, age FROM stay GROUP BY CUBE (region, age);
SELECT * FROM health_dp.suppress_table(NULL::counted, '{region,age}', '{patients}', policy => 'pcornet');
SELECT * FROM health_dp.round_table(NULL::counted, '{region,age}', '{patients}', 5) WHERE region = 'south';
SELECT pg_typeof(patients) AS patients, pg_typeof(age) AS age
  FROM health_dp.suppress_table(NULL::counted, '{region,age}', '{patients}', policy => 'pcornet') LIMIT 1;
-- The same as by a query's text, which goes on as it was, and of a table, whose margins are built.
SELECT count(*) AS same FROM health_dp.suppress_table(NULL::counted, '{region,age}', '{patients}', policy => 'pcornet') a
  JOIN health_dp.suppress_table('counted', '{region,age}', '{patients}', policy => 'pcornet') AS b(region text, age int, patients int, hidden boolean)
    ON (a.region, a.age, a.patients) IS NOT DISTINCT FROM (b.region, b.age, b.patients);
SELECT count(*) AS same FROM health_dp.suppress_table(NULL::counted, '{region,age}', '{patients}', policy => 'pcornet') a
  JOIN health_dp.suppress_table(NULL::stay, '{region,age}', '{patients}', policy => 'pcornet', build_margins => true) b
    ON (a.region, a.age, a.patients) IS NOT DISTINCT FROM (b.region, b.age, b.patients);
-- A column hidden is filled in, and so are grouping columns; columns that were dropped do not matter.
CREATE TEMPORARY TABLE small AS SELECT grouping(region) AS g, true AS gone, region, sum(patients) AS patients, NULL::boolean AS hidden
    FROM stay WHERE age <> 10 GROUP BY ROLLUP (region);
UPDATE small SET patients = CASE WHEN g = 0 AND region = 'north' THEN 4 ELSE patients - 26 END WHERE region = 'north' OR g = 1;
ALTER TABLE small DROP COLUMN gone;
SELECT * FROM health_dp.suppress_table(NULL::small, '{region}', '{patients}', policy => 'pcornet', groupings => '{g}');
-- A parent comes behind its parts, NULL that is a code behind other codes, the total behind all.
CREATE TABLE zone (child text, parent text);
INSERT INTO zone VALUES ('b', 'x zone'), ('c', 'x zone'), ('a', 'y zone');
SELECT * FROM health_dp.round_table($$SELECT r, sum(n) AS n, grouping(r) AS g FROM (VALUES ('a', 1), ('b', 2), ('c', 3), (NULL, 4)) AS t(r, n)
    GROUP BY ROLLUP (r) UNION ALL VALUES ('x zone', 5, 0), ('y zone', 1, 0)$$, '{r}', '{n}', 1, hierarchies => '{zone}', groupings => '{g}') AS t(r text, n int);
-- Each table by its own dimensions, in the order in which it names them; verdicts likewise.
SELECT table_name, codes FROM health_dp.suppress_tables($${"policy": "pcornet", "dimensions": [{"name": "region"}, {"name": "age"}],
    "measures": [{"name": "patients"}], "tables": [
        {"name": "by age", "dimensions": ["age", "region"], "query": "SELECT * FROM counted WHERE region IS DISTINCT FROM 'west' AND region IS NOT NULL"},
        {"name": "ages", "dimensions": ["age"], "query": "SELECT age, sum(patients) AS patients FROM stay WHERE region <> 'west' GROUP BY ROLLUP (age)"}]}$$);
SELECT codes, safe FROM health_dp.audit_table('SELECT *, patients < 11 AS hidden FROM counted WHERE region IS NOT NULL', '{age,region}', '{patients}', policy => 'pcornet');

-- What is no such call, and what to type.
CREATE TYPE pair AS (region text, patients integer);
CREATE VIEW rated AS SELECT *, round(100.0 * patients / 190, 1) AS rate FROM counted;
SELECT statement, refusal(statement) FROM (VALUES
    ($$SELECT health_dp.suppress_table('counted', '{region,age}', '{patients}', policy => 'pcornet')$$),
    ($$SELECT health_dp.round_table('counted', '{region,age}', '{patients}', 5)$$),
    ($$SELECT health_dp.suppress_table(5, '{region,age}', '{patients}', policy => 'pcornet')$$),
    ($$SELECT * FROM health_dp.suppress_table(NULL::pair, '{region}', '{patients}', policy => 'pcornet')$$),
    ($$SELECT * FROM counted c, health_dp.suppress_table(c, '{region,age}', '{patients}', policy => 'pcornet')$$),
    ($$SELECT * FROM health_dp.suppress_table(NULL::counted, '{region}', '{patients}', policy => 'pcornet')$$),
    ($$SELECT * FROM health_dp.suppress_table(NULL::rated, '{region,age}', '{patients}', policy => 'pcornet')$$),
    ($$SELECT * FROM health_dp.suppress_table(NULL::counted, '{Region,age}', '{patients}', policy => 'pcornet')$$),
    ($$SELECT * FROM health_dp.round_table(NULL::counted, '{region,age}', '{persons}', 5)$$),
    ($$SELECT * FROM health_dp.suppress_table('counted', '{region,age}', '{patients}', policy => 'pcornet') AS t(region text, age int)$$)
) AS t(statement);
-- With the caller's privileges, and for those who prepare tables.
CREATE ROLE regress_columns_steward LOGIN IN ROLE health_dp_steward;
CREATE ROLE regress_columns_reader LOGIN;
GRANT USAGE ON SCHEMA regress_columns TO PUBLIC;
SET SESSION AUTHORIZATION regress_columns_steward;
SELECT refusal($$SELECT * FROM health_dp.suppress_table(NULL::counted, '{region,age}', '{patients}', policy => 'pcornet')$$);
SET SESSION AUTHORIZATION regress_columns_reader;
SELECT refusal($$SELECT * FROM health_dp.suppress_table(NULL::counted, '{region,age}', '{patients}', policy => 'pcornet')$$);
SELECT refusal($$SELECT * FROM health_dp.round_table(NULL::counted, '{region,age}', '{patients}', 5)$$);
RESET SESSION AUTHORIZATION;

SET client_min_messages = warning;
DROP SCHEMA regress_columns CASCADE;
DROP ROLE regress_columns_steward, regress_columns_reader;
