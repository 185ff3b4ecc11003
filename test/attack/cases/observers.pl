# What could watch a release from beside it: debugging output, statistics, counters, locks, settings.
use strict;
use warnings;

[
    { name => 'debug_print_plan with client_min_messages = log', clause => 'C19', refused => 'ZD006', errors => 3,
      sql => "SET client_min_messages = log; SET debug_print_plan = on; SELECT dp_count(*) FROM care.stay WHERE region = 'ARA'; SET debug_print_plan = off; SET debug_print_parse = on; SELECT dp_count(*) FROM care.stay; SET debug_print_parse = off; SET debug_print_rewritten = on; SELECT dp_count(*) FROM care.stay;" },
    { name => 'debug_print_plan switched on while planning', clause => 'C19', refused => 'ZD006', errors => 2,
      sql => <<'SQL' },
CREATE FUNCTION pg_temp.switch() RETURNS bigint LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN PERFORM set_config('debug_print_plan', 'on', false), set_config('client_min_messages', 'log', false); RETURN 0; END$$;
SELECT dp_count(*) + pg_temp.switch() FROM care.stay WHERE region = 'ARA';
RESET ALL; SET search_path = public, health_dp; SET health_dp.project = 'study';
SELECT dp_count(*) FROM care.stay WHERE nights > pg_temp.switch();
SQL
    { name => 'trace_sort', clause => 'C19', refused => 'ZD006', errors => 2,
      sql => 'SET trace_sort = on; SET client_min_messages = log; SELECT dp_count(*) FROM care.stay; SET enable_hashjoin = off; SELECT dp_count(*) FROM care.stay s JOIN care.visit v ON v.patient_id = s.patient_id;' },
    { name => 'client_min_messages below notice', clause => 'C19', refused => 'ZD006', errors => 2,
      sql => 'SET client_min_messages = log; SELECT dp_count(*) FROM care.stay; SET client_min_messages = debug5; SELECT dp_count(*) FROM care.stay;' },
    { name => 'settings that only superusers change', clause => 'C20', refused => '42501',
      sql => 'SET log_executor_stats = on; SET log_statement_stats = on; SET log_min_messages = debug5; SET log_temp_files = 0; SET temp_file_limit = 1; SET track_counts = on; SET max_stack_depth = 100; SET auto_explain.log_min_duration = 0; SET health_dp.charge_timeout = 100; SET session_replication_role = replica;' },
    { name => 'settings changed between DECLARE and FETCH', clause => 'C9', refused => 'ZD006', errors => 3,
      sql => <<'SQL' },
BEGIN; DECLARE c CURSOR FOR SELECT dp_count(*) FROM care.stay; SET client_min_messages = log; FETCH c; ROLLBACK;
BEGIN; DECLARE c CURSOR FOR SELECT dp_count(*) FROM care.stay; SET debug_print_plan = on; FETCH c; ROLLBACK;
BEGIN; DECLARE c CURSOR FOR SELECT dp_count(*) FROM care.stay; SET trace_sort = on; FETCH c; ROLLBACK;
SQL
    { name => 'epsilon raised in mid-query buys nothing', clause => 'C9', charged => 2,
      sql => <<'SQL' },
BEGIN; DECLARE c CURSOR FOR SELECT dp_count(*) IS NULL FROM care.stay; SET LOCAL health_dp.epsilon = 500; FETCH c; COMMIT;
CREATE FUNCTION pg_temp.raised() RETURNS boolean LANGUAGE plpgsql AS $$BEGIN PERFORM set_config('health_dp.epsilon', '500', true), set_config('health_dp.max_rows_per_patient', '1', true); RETURN true; END$$;
SELECT pg_temp.raised(), (SELECT dp_count(*) IS NULL FROM care.stay) FROM ref.number WHERE n = 1 AND pg_temp.raised();
SQL
    { name => 'messages of temporary files', clause => 'C19', charged => 1,
      prepare => 'ALTER ROLE alice SET log_temp_files = 0', cleanup => 'ALTER ROLE alice RESET log_temp_files',
      sql => <<'SQL', lines => qr/\A(?:t|f)\n\z/ },
SET work_mem = '64kB';
BEGIN;
DECLARE c CURSOR FOR SELECT dp_count(*) IS NULL FROM care.stay JOIN ref.number ON true WHERE patient_id < 50;
FETCH c;
SET client_min_messages = log;
CLOSE c;
COMMIT;
SQL
    { name => 'pg_stat_database: temporary bytes', clause => 'C19', charged => 1, twins => 1,
      sql => <<'SQL' },
SET work_mem = '64kB';
SELECT temp_files AS files, temp_bytes AS bytes FROM pg_stat_database WHERE datname = current_database() \gset
SELECT dp_count(*) FROM care.stay JOIN ref.number a ON true JOIN ref.number b ON b.n < 100 WHERE patient_id = :id;
SELECT FROM pg_stat_force_next_flush();
SELECT 'exact', temp_files - :files, temp_bytes - :bytes FROM pg_stat_database WHERE datname = current_database();
SQL
    { name => 'pg_stat_get_* counters of tables and indexes', clause => 'C19', charged => 4, twins => 1,
      prepare => 'SELECT pg_stat_reset()', # what loading the tables counted is no secret of theirs
      sql => <<'SQL' },
SELECT dp_count(*) FROM care.stay WHERE patient_id = :id;
SELECT FROM pg_stat_force_next_flush();
SELECT sum(seq_scan) AS a, sum(seq_tup_read) AS b, sum(idx_scan) AS c, sum(idx_tup_fetch) AS d FROM pg_stat_all_tables WHERE schemaname = 'care' \gset
SELECT sum(heap_blks_read + heap_blks_hit) AS e, sum(idx_blks_read + idx_blks_hit) AS f, sum(toast_blks_read + toast_blks_hit) AS g FROM pg_statio_all_tables WHERE schemaname = 'care' \gset
BEGIN;
SET LOCAL enable_seqscan = off;
SELECT dp_count(*) FROM care.stay WHERE patient_id = :id;
SELECT dp_count(*) FROM care.stay WHERE patient_id = :id AND note <> '';
SELECT 'exact', pg_stat_get_xact_numscans(c.oid), pg_stat_get_xact_tuples_returned(c.oid), pg_stat_get_xact_tuples_fetched(c.oid),
       pg_stat_get_xact_blocks_fetched(c.oid), pg_stat_get_xact_blocks_hit(c.oid) FROM pg_class c
 WHERE c.relname IN ('stay', 'stay_patient') ORDER BY relname;
COMMIT;
SELECT dp_count(*) FROM care.stay WHERE patient_id = :id;
SELECT FROM pg_stat_force_next_flush();
SELECT 'exact', sum(seq_scan) - :a, sum(seq_tup_read) - :b, sum(idx_scan) - :c, sum(idx_tup_fetch) - :d FROM pg_stat_all_tables WHERE schemaname = 'care';
SELECT 'exact', sum(heap_blks_read + heap_blks_hit) - :e, sum(idx_blks_read + idx_blks_hit) - :f, sum(toast_blks_read + toast_blks_hit) - :g FROM pg_statio_all_tables WHERE schemaname = 'care';
SQL
    { name => 'pg_stat_get_* counters with parallel workers', clause => 'C19', charged => 1, twins => 1,
      prepare => 'SELECT pg_stat_reset()',
      sql => <<'SQL' },
SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0; SET min_parallel_table_scan_size = 0; SET min_parallel_index_scan_size = 0; SET enable_seqscan = off;
SELECT sum(seq_tup_read) AS read, sum(idx_tup_fetch) AS fetched FROM pg_stat_all_tables WHERE schemaname = 'care' \gset
SELECT dp_count(*) FROM care.stay WHERE patient_id = :id;
SELECT FROM pg_stat_force_next_flush();
SELECT 'exact', sum(seq_tup_read) - :read, sum(idx_tup_fetch) - :fetched FROM pg_stat_all_tables WHERE schemaname = 'care';
SQL
    { name => 'pg_stat_user_functions: calls of the functions that a release admits', clause => 'C19', refused => 'ZD006', errors => 1, twins => 1,
      prepare => "ALTER ROLE alice SET track_functions = 'all'", cleanup => 'ALTER ROLE alice RESET track_functions',
      sql => <<'SQL' },
SELECT coalesce(sum(calls), 0) AS calls FROM pg_stat_user_functions WHERE schemaname = 'health_dp' AND funcname LIKE 'total%' \gset
SELECT dp_count(*) FROM care.stay WHERE patient_id = :id AND nights + 1 > 0;
SELECT FROM pg_stat_force_next_flush();
SELECT 'exact', coalesce(sum(calls), 0) - :calls FROM pg_stat_user_functions WHERE schemaname = 'health_dp' AND funcname LIKE 'total%';
SQL
    { name => 'counters of the TOAST table', clause => 'C19', charged => 1, twins => 1,
      sql => <<'SQL' },
SELECT indexrelid AS toast FROM pg_index WHERE indrelid = (SELECT reltoastrelid FROM pg_class WHERE oid = 'care.stay'::regclass) \gset
SELECT pg_stat_get_numscans(:toast) AS scans, pg_stat_get_tuples_returned(:toast) AS rows, pg_stat_get_blocks_fetched(:toast) AS blocks \gset
BEGIN;
SELECT dp_count(*) FROM care.stay WHERE patient_id = :id AND note LIKE '%x%';
SELECT 'exact', pg_stat_get_xact_numscans(:toast), pg_stat_get_xact_tuples_returned(:toast);
COMMIT;
SELECT FROM pg_stat_force_next_flush();
SELECT 'exact', pg_stat_get_numscans(:toast) - :scans, pg_stat_get_tuples_returned(:toast) - :rows, pg_stat_get_blocks_fetched(:toast) - :blocks;
SQL
    { name => 'predicate locks of a serializable transaction', clause => 'C19', refused => ['ZD006', '25P02'], errors => 3, twins => 1,
      sql => <<'SQL' },
BEGIN ISOLATION LEVEL SERIALIZABLE;
SELECT dp_count(*) FROM care.stay WHERE patient_id = :id;
SELECT 'exact', page, tuple FROM pg_locks WHERE mode = 'SIReadLock' AND relation = 'care.stay'::regclass;
ROLLBACK;
SET default_transaction_isolation = serializable;
SELECT dp_count(*) FROM care.stay WHERE patient_id = :id;
SQL
    { name => 'locks that a release holds', clause => 'C19', charged => 1, twins => 1,
      sql => "BEGIN; SELECT dp_count(*) FROM care.measure WHERE patient_id = :id; SELECT 'exact', relation::regclass, mode, fastpath FROM pg_locks WHERE pid = pg_backend_pid() AND locktype <> 'virtualxid' ORDER BY 2, 3; ROLLBACK;" },
    { name => 'pg_stat_statements: blocks of utility statements', clause => 'C19', charged => 6, twins => 1,
      sql => <<'SQL' },
SET enable_seqscan = off;
SELECT dp_count(*) FROM care.stay WHERE patient_id = :id;
CREATE TEMP TABLE warm AS SELECT dp_count(*) FROM care.stay WHERE patient_id BETWEEN :id - 4000 AND :id - 3900;
PREPARE p AS SELECT dp_count(*) IS NULL FROM care.stay WHERE patient_id = :id AND note <> '';
CREATE TEMP TABLE warm_again AS EXECUTE p;
CREATE TEMP TABLE watched AS SELECT dp_count(*) FROM care.stay WHERE patient_id = :id AND note <> '';
CREATE TEMP TABLE watched_again AS EXECUTE p;
DO $$ BEGIN PERFORM dp_count(*) FROM care.stay WHERE patient_id = :id AND note <> '' AND true; END $$;
SELECT 'exact', calls, rows, temp_blks_written, shared_blks_hit + shared_blks_read > 5000 FROM pg_stat_statements WHERE query LIKE '%:id AND note <> %' AND query LIKE 'CREATE%watched %';
SQL
    { name => 'pg_stat_statements: a release is not on record', clause => 'C19', charged => 2, lines => qr/\Af\nf\nexact\|0\n\z/,
      sql => <<'SQL' },
SELECT dp_count(*) IS NULL FROM care.stay WHERE nights = 17171;
SELECT dp_count(*) IS NULL FROM care.stay WHERE nights = 17171 AND note <> '';
SELECT 'exact', count(*) FROM pg_stat_statements WHERE query LIKE '%dp_count%nights = $%';
SQL
    { name => 'a statement timeout is no clock on protected rows', clause => 'C20', charged => 1,
      sql => "SET statement_timeout = '1s'; SET lock_timeout = 1; SET idle_in_transaction_session_timeout = 1; SELECT dp_count(*) IS NULL FROM care.stay;" },
    # The release takes seconds; the timeout ends the statement once it is done, never in its midst.
    { name => 'a statement timeout waits for a release that takes longer', clause => 'C20', charged => 1, refused => '57014', errors => 1,
      ledger => "SELECT settled_at IS NOT NULL AND failed_at IS NULL FROM health_dp.ledger_charge ORDER BY charge_id DESC LIMIT 1",
      sql => <<'SQL' },
SET statement_timeout = '300ms';
SELECT dp_count(*) IS NULL FROM care.stay JOIN ref.number ON true;
SQL
    { name => 'a failure past the charge is one constant message', clause => 'C18', charged => 1, refused => 'ZD007', errors => 1, twins => 1,
      prepare => "SELECT health_dp.limit_room('study', memory_mb => 1, temp_mb => 1)", cleanup => "SELECT health_dp.limit_room('study')",
      ledger => 'SELECT failed_at IS NOT NULL FROM health_dp.ledger_charge ORDER BY charge_id DESC LIMIT 1',
      sql => 'SELECT dp_count(*) FROM care.stay JOIN ref.number ON true WHERE patient_id < 200 OR patient_id = :id;' },
    { name => 'the administrator\'s time limit ends in the same message', clause => 'C18', charged => 1, refused => 'ZD007', errors => 1,
      prepare => "SELECT health_dp.limit_room('study', '100 milliseconds')", cleanup => "SELECT health_dp.limit_room('study')",
      ledger => 'SELECT failed_at IS NOT NULL FROM health_dp.ledger_charge ORDER BY charge_id DESC LIMIT 1',
      sql => 'SELECT dp_count(*) FROM care.stay JOIN ref.number ON true;' },
    { name => 'limits of the member\'s own end no release', clause => 'C20', charged => 1, twins => 1,
      prepare => "ALTER ROLE alice SET temp_file_limit = '64kB'", cleanup => 'ALTER ROLE alice RESET temp_file_limit',
      sql => <<'SQL' },
SET work_mem = '64kB';
SELECT dp_count(*) FROM care.stay JOIN ref.number ON true WHERE patient_id < 200 OR patient_id = :id;
SQL
    { name => 'row counts of commands', clause => 'C17', charged => 2, twins => 1,
      sql => <<'SQL' },
DO $$ DECLARE n bigint; BEGIN PERFORM dp_count(*) FROM care.stay WHERE patient_id = :id; GET DIAGNOSTICS n = ROW_COUNT; RAISE NOTICE 'exactly % rows', n; END $$;
DO $$ DECLARE n bigint; BEGIN PERFORM dx, dp_count(*) FROM care.stay WHERE patient_id = :id GROUP BY dx; GET DIAGNOSTICS n = ROW_COUNT; RAISE NOTICE 'exactly % rows', n; END $$;
SQL
    { name => 'memory, backends and sizes of others', clause => 'C19', refused => ['42501'],
      sql => 'SELECT * FROM pg_backend_memory_contexts; SELECT * FROM pg_shmem_allocations; SELECT pg_log_backend_memory_contexts(pg_backend_pid()); SELECT * FROM pg_hba_file_rules; SELECT pg_current_logfile();' },
    { name => 'pg_class and sizes do not move when somebody asks', clause => 'C19', charged => 1, twins => 1,
      sql => <<'SQL' },
CREATE TEMP TABLE before AS SELECT pg_relation_size(oid), relpages, reltuples, relallvisible FROM pg_class WHERE relname ~ '^stay';
SELECT dp_count(*) FROM care.stay WHERE patient_id = :id;
TABLE before EXCEPT SELECT pg_relation_size(oid), relpages, reltuples, relallvisible FROM pg_class WHERE relname ~ '^stay';
SQL
]
