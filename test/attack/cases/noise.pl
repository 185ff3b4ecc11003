# Noise that is not paid for: the same execution read again gives the same noise; two executions are charged twice and share
# nothing.
use strict;
use warnings;

[
    { name => 'two executions', clause => 'C8', charged => 2, differ => 1,
      sql => "SELECT 'differ', dp_count(*) FROM care.stay; SELECT 'differ', dp_count(*) FROM care.stay;" },
    { name => 'the same aggregate written twice', clause => 'C17', charged => 1, same => 1,
      sql => <<'SQL' },
SELECT dp_count(*) AS a, dp_count(*) AS b, dp_count(*) + 0 AS c FROM care.stay HAVING dp_count(*) IS NOT NULL ORDER BY dp_count(*) \gset
\echo same :a
\echo same :b
\echo same :c
SQL
    { name => 'setseed', clause => 'C7', charged => 2, differ => 1,
      sql => "SELECT setseed(0.5) \\gset\nSELECT 'differ', dp_count(*) FROM care.stay; SELECT setseed(0.5) \\gset\nSELECT 'differ', dp_count(*) FROM care.stay;" },
    { name => 'rescans in a nested loop', clause => 'C8', charged => 1, same => 1,
      sql => <<'SQL' },
SET enable_material = off; SET enable_hashjoin = off; SET enable_mergejoin = off; SET enable_memoize = off;
SELECT 'same', c FROM ref.number LEFT JOIN (SELECT dp_count(*) AS c FROM care.stay) q ON c IS NOT NULL AND n >= 0 WHERE n < 50;
SQL
    { name => 'rescans of groups', clause => 'C8', charged => 100, same => 1,
      sql => <<'SQL' },
SET health_dp.epsilon = 1;
SET enable_material = off; SET enable_hashjoin = off; SET enable_mergejoin = off; SET enable_memoize = off;
SELECT 'same', string_agg(region || c, ',' ORDER BY region) FROM ref.number
  LEFT JOIN (SELECT region, dp_count(*) AS c FROM care.stay GROUP BY region) q ON c + n > -1e9 WHERE n < 9 GROUP BY n;
SQL
    { name => 'correlated sub-select around a release', clause => 'C8', charged => 1, same => 1,
      sql => "SELECT 'same', (SELECT max(c) FROM (SELECT dp_count(*) AS c FROM care.stay) q WHERE n > 0) FROM ref.number WHERE n < 30;" },
    { name => 'LATERAL around a release', clause => 'C8', charged => 1, same => 1,
      sql => "SELECT 'same', c FROM ref.number, LATERAL (SELECT c FROM (SELECT dp_count(*) AS c FROM care.stay) q WHERE n > 0) l WHERE n < 30;" },
    { name => 'a sub-select that the planner copies', clause => 'C8', charged => 2, same => 1,
      sql => <<'SQL' },
\pset fieldsep ' '
SELECT q.x AS a, q.x AS b, q.x + 0 AS c FROM (SELECT (SELECT dp_count(*) FROM care.stay) AS x) q WHERE q.x IS NOT NULL ORDER BY q.x \gset
\echo same 0
SELECT 'same', :a - :b;
SELECT 'same', :a - :c;
CREATE TEMP VIEW v AS SELECT (SELECT dp_count(*) FROM care.stay) AS x;
SELECT 'same', x - x FROM v WHERE x IS NOT NULL;
SQL
    { name => 'copies through UNION ALL and joins', clause => 'C8', charged => 2, same => 1,
      sql => <<'SQL' },
SELECT 'same 0' FROM ref.number WHERE n < 2;
SELECT 'same ' || (x - y) FROM (SELECT x, x AS y FROM (SELECT (SELECT dp_count(*) FROM care.stay) AS x UNION ALL SELECT 5) u) q;
SELECT 'same ' || (x - y) FROM (SELECT q.x, q.x AS y FROM ref.number LEFT JOIN (SELECT (SELECT dp_count(*) FROM care.stay) AS x, n FROM ref.number) q USING (n) WHERE n < 3) z;
SQL
    { name => 'inlined SQL functions that use an argument twice', clause => 'C8', charged => 2, same => 1,
      sql => <<'SQL' },
CREATE FUNCTION pg_temp.twice(bigint) RETURNS text LANGUAGE sql IMMUTABLE AS $$SELECT 'same ' || ($1 - $1)$$;
SELECT pg_temp.twice((SELECT dp_count(*) FROM care.stay));
SELECT pg_temp.twice(dp_count(*)) FROM care.stay;
SQL
    { name => 'CTEs: referenced twice, NOT MATERIALIZED, through another CTE', clause => 'C8', charged => 4, same => 1,
      sql => <<'SQL' },
WITH c AS (SELECT dp_count(*) AS x FROM care.stay) SELECT 'same', a.x - b.x FROM c a, c b;
WITH c AS NOT MATERIALIZED (SELECT dp_count(*) AS x FROM care.stay) SELECT 'same', a.x - b.x FROM c a, c b;
WITH d AS NOT MATERIALIZED (SELECT dp_count(*) AS x FROM care.stay), c AS NOT MATERIALIZED (SELECT x FROM d) SELECT 'same', a.x - b.x FROM c a, c b;
WITH c AS NOT MATERIALIZED (SELECT (SELECT dp_count(*) FROM care.stay) AS x) SELECT 'same', a.x - b.x FROM c a, c b;
SQL
    { name => 'recursive CTE that reads a release in every round', clause => 'C8', charged => 1, same => 1,
      sql => "WITH RECURSIVE r(i, c) AS (SELECT 0, 0::bigint UNION ALL SELECT i + 1, (SELECT dp_count(*) FROM care.stay) FROM r WHERE i < 20) SELECT 'same', c FROM r WHERE i > 0;" },
    { name => 'cursors moved back', clause => 'C8', charged => 200, same => 1,
      sql => <<'SQL' },
SET health_dp.epsilon = 1;
BEGIN;
DECLARE c SCROLL CURSOR FOR SELECT 'same ' || string_agg(region || n, ',') FROM (SELECT region, dp_count(*) AS n FROM care.stay GROUP BY region) q;
FETCH ALL c; MOVE BACKWARD ALL c; FETCH ALL c; FETCH FIRST c; FETCH ABSOLUTE 1 c; FETCH RELATIVE 0 c;
COMMIT;
BEGIN;
DECLARE d SCROLL CURSOR FOR SELECT dp_count(*) FROM care.stay;
FETCH d \gset a
MOVE BACKWARD ALL d;
FETCH d \gset b
SELECT :adp_count = :bdp_count;
COMMIT;
SQL
    { name => 'cursor WITH HOLD', clause => 'C12', charged => 1, same => 1,
      sql => "BEGIN; DECLARE c SCROLL CURSOR WITH HOLD FOR SELECT 'same', dp_count(*) FROM care.stay; COMMIT; FETCH c; FETCH FIRST c; FETCH ABSOLUTE 1 c; CLOSE c;" },
    { name => 'prepared statements: every execution', clause => 'C12', charged => 8, differ => 1,
      sql => "PREPARE p(int) AS SELECT 'differ', dp_count(*) FROM care.stay WHERE nights <> \$1; EXECUTE p(100); EXECUTE p(100); EXECUTE p(100); EXECUTE p(100); EXECUTE p(100); EXECUTE p(100); EXECUTE p(100); SET plan_cache_mode = force_generic_plan; EXECUTE p(100);" },
    { name => 'PL/pgSQL loop: every execution', clause => 'C12', charged => 5,
      sql => 'DO $$ DECLARE c bigint; BEGIN FOR i IN 1 .. 5 LOOP c := (SELECT dp_count(*) FROM care.stay); END LOOP; END $$;' },
    { name => 'volatile and immutable functions that ask', clause => 'C12', charged => 5, differ => 1,
      sql => <<'SQL' },
CREATE FUNCTION pg_temp.volatile() RETURNS bigint LANGUAGE plpgsql VOLATILE AS $$BEGIN RETURN (SELECT health_dp.dp_count(*) FROM care.stay); END$$;
CREATE FUNCTION pg_temp.immutable() RETURNS bigint LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$BEGIN RETURN (SELECT health_dp.dp_count(*) FROM care.stay); END$$;
SELECT 'differ', pg_temp.volatile() FROM ref.number WHERE n < 4;
SELECT 'differ', pg_temp.immutable();
SELECT 'differ', pg_temp.immutable();
SQL
    { name => 'several releases in one statement share the charge and no noise', clause => 'C14', charged => 1, differ => 1,
      sql => <<'SQL' },
SELECT (SELECT dp_count(*) FROM care.stay) AS a, (SELECT dp_count(*) FROM care.stay) AS b, (SELECT dp_count(*) FROM care.stay) AS c \gset
\echo differ :a
\echo differ :b
\echo differ :c
SQL
    { name => 'UNION ALL of releases', clause => 'C14', charged => 1, differ => 1,
      sql => "SELECT 'differ', dp_count(*) FROM care.stay UNION ALL SELECT 'differ', dp_count(*) FROM care.stay UNION ALL SELECT 'differ', dp_count(*) FROM care.stay;" },
    { name => 'the same release in two sessions, two savepoints, a rolled back transaction', clause => 'C8', charged => 3, differ => 1,
      sql => "BEGIN; SAVEPOINT s; SELECT 'differ', dp_count(*) FROM care.stay; ROLLBACK TO s; SELECT 'differ', dp_count(*) FROM care.stay; ROLLBACK;\n\\c\nSET search_path = health_dp;\nSELECT 'differ', dp_count(*) FROM care.stay;" },
    { name => 'forced parallel mode', clause => 'C8', charged => 2, same => 1,
      sql => <<'SQL' },
SELECT CASE WHEN :SERVER_VERSION_NUM >= 160000 THEN 'debug_parallel_query' ELSE 'force_parallel_mode' END AS forced \gset
SET :"forced" = on; SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0; SET min_parallel_table_scan_size = 0;
SELECT 'same', (SELECT dp_count(*) FROM care.stay) FROM ref.number WHERE n < 5;
SELECT 'same' WHERE (SELECT dp_count(*) FROM care.stay) IS NULL;
SQL
    # The same statistic twice. Counts are hardly ever equal by chance at a scale of 10^5, once in 400,000 runs; floating
    # values lie on a grid far finer than their noise. A mean needs a larger epsilon, to stay inside its bounds.
    { name => 'the noise of a count is noise', clause => 'C7', charged => 2, differ => 1,
      sql => "SET health_dp.max_rows_per_patient = 1000; SELECT 'differ', dp_count(*) FROM care.stay; SELECT 'differ', dp_count(*) FROM care.stay;" },
    { name => 'the noise of a sum is noise', clause => 'C7', charged => 2, differ => 1,
      sql => "SELECT 'differ', dp_sum(weight, 0, 100) FROM care.stay; SELECT 'differ', dp_sum(weight, 0, 100) FROM care.stay;" },
    { name => 'the noise of a mean is noise', clause => 'C7', charged => 200, differ => 1,
      sql => "SET health_dp.epsilon = 1; SELECT 'differ', dp_avg(weight, 0, 100) FROM care.stay; SELECT 'differ', dp_avg(weight, 0, 100) FROM care.stay;" },
]
