-- What everybody sees of a server beside the answers: which channels are open, and how they are closed. Rolled back, for a
-- database keeps what is taken from PUBLIC.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS health_dp;
BEGIN;
CREATE ROLE regress_tight_steward NOLOGIN IN ROLE health_dp_steward;
CREATE ROLE regress_tight_analyst NOLOGIN;
CREATE ROLE regress_tight_watcher NOLOGIN IN ROLE pg_monitor;
CREATE FUNCTION pg_temp.attempt(statement text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE statement;
    RETURN 'works';
EXCEPTION WHEN OTHERS THEN
    RETURN format('%s: %s', SQLSTATE, SQLERRM);
END $$;

SET ROLE regress_tight_steward;
SELECT channel, tight, because IS NULL AS closed FROM health_dp.tightness WHERE channel <> 'other databases' ORDER BY channel;
SELECT because, remedy FROM health_dp.tightness WHERE channel = 'locks';
SELECT * FROM health_dp.harden() WHERE statement LIKE '%pg_lock_status%';
SELECT pg_temp.attempt('SELECT health_dp.harden(true)');

SET ROLE regress_tight_analyst;
SELECT pg_temp.attempt('SELECT * FROM health_dp.tightness');
SELECT pg_temp.attempt('SELECT * FROM health_dp.harden()');
SELECT pg_temp.attempt('SELECT FROM pg_locks'), pg_temp.attempt('SELECT pg_tablespace_size(''pg_default'')');
RESET ROLE;

-- Shown is what is done, nothing else and nothing twice.
CREATE TEMPORARY TABLE shown AS SELECT statement FROM health_dp.harden();
SELECT count(*) > 50 AS many, count(DISTINCT statement) = count(*) AS once FROM shown;
SELECT bool_and(done) AS all_done, bool_and(h.statement = s.statement) AS as_shown
FROM health_dp.harden(true) WITH ORDINALITY h(statement, done, n)
FULL JOIN (SELECT statement, row_number() OVER () AS n FROM shown) s USING (n);
SELECT count(*) FROM health_dp.harden();
SELECT channel, tight, because, remedy FROM health_dp.tightness WHERE channel <> 'other databases' ORDER BY channel;
SET ROLE regress_tight_analyst;
SELECT pg_temp.attempt('SELECT FROM pg_locks'), pg_temp.attempt('SELECT pg_tablespace_size(''pg_default'')');
SELECT left(pg_temp.attempt('SELECT * FROM pg_stat_bgwriter'), 5), left(pg_temp.attempt('SELECT FROM pg_stat_activity'), 5);
SELECT pg_temp.attempt('SELECT pg_current_wal_lsn()');
SET ROLE regress_tight_watcher;
SELECT pg_temp.attempt('SELECT FROM pg_locks'), left(pg_temp.attempt('SELECT FROM pg_stat_activity'), 5);
RESET ROLE;

-- What an upgrade of PostgreSQL, or somebody, opens again shows.
GRANT EXECUTE ON FUNCTION pg_lock_status() TO PUBLIC;
SELECT because FROM health_dp.tightness WHERE channel = 'locks';
SELECT statement FROM health_dp.harden();

-- Members who see through other doors.
SELECT FROM health_dp.create_project('regress_tight', title => 't', legal_basis => 'none', valid => '[2020-01-01,2100-01-01)',
                                epsilon => 1, delta => 0.0001, min_cell => 11, releases => '{dp}');
SELECT health_dp.add_member('regress_tight', 'regress_tight_analyst');
GRANT pg_read_all_stats TO regress_tight_analyst;
SELECT tight, because, remedy FROM health_dp.tightness WHERE channel LIKE 'members%';

-- Other databases have functions of their own.
SELECT tight, because LIKE '%everybody may connect to%' AS why FROM health_dp.tightness WHERE channel = 'other databases';
ROLLBACK;
SELECT count(*) > 50 AS open_again FROM health_dp.harden();
