# Statements around a release: what they may do with its result, and that nothing else comes with it.
use strict;
use warnings;

my @wall = qw(42501 ZD002);

[
    { name => 'temporary tables, CREATE TABLE AS, SELECT INTO of protected rows', clause => 'C19', refused => \@wall,
      sql => 'CREATE TEMP TABLE own AS SELECT * FROM care.stay; SELECT * INTO TEMP own FROM care.stay; CREATE TEMP TABLE own AS SELECT note FROM care.stay WHERE false;' },
    { name => 'INSERT ... SELECT of protected rows', clause => 'C19', refused => \@wall, errors => 3,
      sql => 'CREATE TEMP TABLE own (t text); INSERT INTO own SELECT note FROM care.stay; INSERT INTO own VALUES ((SELECT max(note) FROM care.stay)); INSERT INTO own VALUES (1) RETURNING (SELECT max(note) FROM care.stay);' },
    { name => 'storing a release costs what it costs', clause => 'C12', charged => 5,
      sql => <<'SQL',
CREATE TEMP TABLE a AS SELECT dp_count(*) AS c FROM care.stay;
SELECT dp_count(*) AS c INTO TEMP b FROM care.stay;
INSERT INTO a SELECT dp_count(*) FROM care.stay RETURNING 'rows';
COPY (SELECT dp_count(*) FROM care.stay) TO '/dev/null';
COPY (SELECT 'copy', dp_count(*) IS NULL FROM care.stay) TO STDOUT;
CREATE TEMP TABLE d AS SELECT dp_count(*) AS c FROM care.stay WITH NO DATA;
DO $$ BEGIN PERFORM dp_count(*) FROM care.stay; END $$;
SQL
      refused => '42501', errors => 1, lines => qr/\Arows\ncopy\tf\n\z/ },
    { name => 'DO block and PL/pgSQL over raw rows', clause => 'C19', refused => \@wall,
      sql => <<'SQL' },
DO $$ DECLARE r record; BEGIN FOR r IN SELECT note FROM care.stay LOOP RAISE NOTICE '%', r; END LOOP; END $$;
DO $$ DECLARE t text; BEGIN EXECUTE 'SELECT max(note) FROM care.stay' INTO t; RAISE NOTICE '%', t; END $$;
DO $$ DECLARE c CURSOR FOR SELECT note FROM care.stay; t text; BEGIN OPEN c; FETCH c INTO t; RAISE NOTICE '%', t; END $$;
DO $$ DECLARE r care.stay%ROWTYPE; BEGIN SELECT * INTO r FROM care.stay WHERE patient_id = 4711; RAISE NOTICE '%', r; END $$;
SQL
    { name => 'catching errors in PL/pgSQL', clause => 'C18', twins => 1, charged => 1, lines => qr/\A\z/,
      sql => <<'SQL' },
DO $$
DECLARE query text; state text; message text; detail text; hint text; context text;
BEGIN
    FOREACH query IN ARRAY ARRAY['SELECT 1 FROM care.stay WHERE patient_id = :id', 'SELECT dp_count(*) FROM care.stay WHERE 1 / (patient_id - :id) > 5',
        'SELECT dp_count(*) FROM care.stay WHERE note::int = 1', 'EXPLAIN SELECT dp_count(*) FROM care.stay WHERE patient_id = :id'] LOOP
        BEGIN
            EXECUTE query;
            RAISE NOTICE 'went through';
        EXCEPTION WHEN OTHERS THEN
            GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT, context = PG_EXCEPTION_CONTEXT;
            RAISE NOTICE '% % % % %', state, message, detail, hint, context;
        END;
    END LOOP;
END $$;
SQL
    { name => 'prepared statements and cursors over raw rows', clause => 'C19', refused => [@wall, '26000', '34000'], errors => 4,
      sql => 'PREPARE p AS SELECT note FROM care.stay; EXECUTE p; BEGIN; DECLARE c CURSOR FOR SELECT note FROM care.stay; ROLLBACK; BEGIN; DECLARE c SCROLL CURSOR WITH HOLD FOR TABLE care.patient; COMMIT; FETCH c;' },
    { name => 'EXPLAIN in all its forms', clause => 'C19', refused => ['ZD006', 'ZD002', '42501'], errors => 15,
      prepare => 'CREATE TABLE public.own (n bigint); GRANT INSERT ON public.own TO alice', cleanup => 'DROP TABLE public.own',
      sql => <<'SQL' },
EXPLAIN SELECT dp_count(*) FROM care.stay WHERE patient_id = 4711;
EXPLAIN (VERBOSE, COSTS off) SELECT dp_count(*) FROM care.stay;
EXPLAIN ANALYZE SELECT dp_count(*) FROM care.stay;
EXPLAIN (ANALYZE, BUFFERS, WAL, TIMING off, FORMAT json) SELECT dp_count(*) FROM care.stay;
EXPLAIN SELECT note FROM care.stay;
EXPLAIN (SETTINGS, SUMMARY) SELECT 1 WHERE EXISTS (SELECT FROM care.stay);
EXPLAIN CREATE TABLE new AS SELECT dp_count(*) FROM care.stay;
EXPLAIN ANALYZE CREATE TABLE new AS SELECT dp_count(*) FROM care.stay;
EXPLAIN DECLARE c CURSOR FOR SELECT dp_count(*) FROM care.stay;
EXPLAIN CREATE MATERIALIZED VIEW new AS SELECT dp_count(*) FROM care.stay;
EXPLAIN INSERT INTO own SELECT dp_count(*) FROM care.stay;
PREPARE p AS SELECT dp_count(*) FROM care.stay WHERE patient_id = 4711;
EXPLAIN EXECUTE p;
EXPLAIN ANALYZE EXECUTE p;
DO $$ DECLARE t text; BEGIN FOR t IN EXECUTE 'EXPLAIN SELECT dp_count(*) FROM care.stay' LOOP RAISE NOTICE '%', t; END LOOP; END $$;
DO $$ DECLARE t text; BEGIN FOR t IN EXPLAIN SELECT dp_count(*) FROM care.stay LOOP RAISE NOTICE '%', t; END LOOP; END $$;
SQL
    { name => 'EXPLAIN of a plan that is cached already', clause => 'C19', refused => 'ZD006', errors => 5, charged => 7,
      sql => <<'SQL' },
PREPARE p AS SELECT dp_count(*) IS NULL FROM care.stay WHERE region = 'ARA';
EXECUTE p;
EXECUTE p; EXECUTE p; EXECUTE p; EXECUTE p; EXECUTE p;
EXPLAIN EXECUTE p;
EXPLAIN (ANALYZE, TIMING off) EXECUTE p;
SET plan_cache_mode = force_generic_plan;
PREPARE q AS SELECT dp_count(*) IS NULL FROM care.stay WHERE region = 'ARA';
EXECUTE q;
EXPLAIN EXECUTE q;
EXPLAIN CREATE TABLE own AS EXECUTE q;
DO $$ DECLARE t text; BEGIN FOR t IN EXECUTE 'EXPLAIN EXECUTE q' LOOP RAISE NOTICE '%', t; END LOOP; END $$;
SQL
    { name => 'EXPLAIN of a function that asks', clause => 'C19', refused => 'ZD006', errors => 2,
      sql => <<'SQL' },
CREATE FUNCTION pg_temp.ask() RETURNS bigint LANGUAGE plpgsql IMMUTABLE AS $$BEGIN RETURN (SELECT health_dp.dp_count(*) FROM care.stay); END$$;
CREATE FUNCTION pg_temp.ask_later() RETURNS bigint LANGUAGE plpgsql AS $$BEGIN RETURN (SELECT health_dp.dp_count(*) FROM care.stay); END$$;
EXPLAIN SELECT pg_temp.ask();
EXPLAIN ANALYZE SELECT pg_temp.ask_later();
SQL
    { name => 'writing what was released into a large object, a notification, an advisory lock', clause => 'C17', charged => 3,
      sql => <<'SQL' },
SELECT lo_from_bytea(0, dp_count(*)::text::bytea) IS NULL FROM care.stay;
SELECT pg_notify('own', dp_count(*)::text) FROM care.stay;
SELECT pg_try_advisory_lock(dp_count(*)) FROM care.stay;
SQL
    { name => 'two-phase commit, savepoints and ROLLBACK refund nothing', clause => 'C12', charged => 4,
      sql => <<'SQL' },
BEGIN; SELECT dp_count(*) IS NULL FROM care.stay; ROLLBACK;
BEGIN; SAVEPOINT s; SELECT dp_count(*) IS NULL FROM care.stay; ROLLBACK TO s; COMMIT;
BEGIN; CREATE TEMP TABLE own AS SELECT dp_count(*) FROM care.stay; ROLLBACK;
BEGIN; CREATE TABLE public.own_twophase AS SELECT dp_count(*) FROM care.stay; PREPARE TRANSACTION 'own'; ROLLBACK PREPARED 'own';
SQL
    { name => 'an error after the charge refunds nothing', clause => 'C12', charged => 3, refused => '22012',
      sql => 'SELECT 1 / (dp_count(*) * 0) FROM care.stay; SELECT dp_count(*), 1 / (length(current_user) - 5) FROM care.stay; DO $$ BEGIN PERFORM dp_count(*) FROM care.stay; PERFORM 1 / 0; END $$;' },
    { name => 'a query that is not executed costs nothing', clause => 'C12', charged => 0,
      sql => <<'SQL' },
PREPARE p AS SELECT dp_count(*) FROM care.stay;
BEGIN; DECLARE c CURSOR FOR SELECT dp_count(*) FROM care.stay; CLOSE c; COMMIT;
SELECT dp_count(*) FROM care.stay LIMIT 0;
SQL
    { name => 'a standby-like session', clause => 'C13', charged => 2,
      sql => 'BEGIN READ ONLY; SELECT dp_count(*) IS NULL FROM care.stay; ROLLBACK; SET default_transaction_read_only = on; SELECT dp_count(*) IS NULL FROM care.stay;' },
]
