-- What PostgreSQL shows to everybody of a server on which releases run, beside their answers. health_dp.tightness says what
-- is open here, harden() closes what can be taken from PUBLIC.

-- By patterns, not by name: PostgreSQL adds some of the kind each year.
CREATE FUNCTION health_dp.telling_functions(
    OUT function regprocedure, OUT channel text, OUT open_to_all boolean)
    RETURNS SETOF record LANGUAGE sql STABLE PARALLEL SAFE SET search_path = pg_catalog
BEGIN ATOMIC
    SELECT p.oid::regprocedure,
           CASE WHEN p.proname = 'pg_lock_status' THEN 'locks'
                WHEN p.proname ~ '^pg_(current_wal_|stat_get_wal|stat_get_backend_wal)' THEN 'write-ahead log'
                WHEN p.proname ~ '^pg_stat_get_(buf_|bgwriter|checkpointer|io$|backend_io$|slru)' THEN 'pages and caches'
                WHEN p.proname ~ '^pg_stat_get_db_' THEN 'transactions and workers'
                WHEN p.proname ~ '^pg_stat_get_(activity|backend_|progress_)' THEN 'processes'
                WHEN p.proname = 'pg_tablespace_size' THEN 'temporary files'
                ELSE 'rows of tables' END,
           has_function_privilege('public', p.oid, 'EXECUTE')
    FROM pg_proc p
    WHERE p.pronamespace = 'pg_catalog'::regnamespace AND p.prokind = 'f'
      AND (p.proname ~ '^pg_stat_get_' OR p.proname ~ '^pg_current_wal_' OR p.proname IN ('pg_lock_status', 'pg_tablespace_size'));
END;
COMMENT ON FUNCTION health_dp.telling_functions() IS
    'Internal to harden() and tightness: the functions by which PostgreSQL shows everybody what a server is doing.';
REVOKE EXECUTE ON FUNCTION health_dp.telling_functions() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION health_dp.telling_functions() TO health_dp_steward, health_dp_auditor;

-- Whether the files that a release writes while it works lie where nobody may ask for their size.
CREATE FUNCTION health_dp.room_tablespace_problem() RETURNS text
    LANGUAGE sql STABLE PARALLEL SAFE SET search_path = pg_catalog
BEGIN ATOMIC
    SELECT CASE WHEN s.name = '' THEN 'rooms write them into the default tablespace'
                WHEN t.oid IS NULL THEN format('tablespace "%s" does not exist', s.name)
                WHEN has_tablespace_privilege('public', t.oid, 'CREATE')
                THEN format('everybody has CREATE on tablespace "%s"', s.name) END
    FROM (SELECT current_setting('health_dp.room_tablespace')) AS s(name)
    LEFT JOIN pg_tablespace t ON t.spcname = s.name;
END;
COMMENT ON FUNCTION health_dp.room_tablespace_problem() IS
    'Internal to tightness: why everybody can ask how much a release has written to temporary files; null where nobody can.';
REVOKE EXECUTE ON FUNCTION health_dp.room_tablespace_problem() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION health_dp.room_tablespace_problem() TO health_dp_steward, health_dp_auditor;

CREATE VIEW health_dp.tightness AS
    WITH functions AS (
        SELECT f.channel, array_agg(f.function::text ORDER BY f.function::text) FILTER (WHERE f.open_to_all) AS open
        FROM health_dp.telling_functions() f
        WHERE f.channel <> 'temporary files'
        GROUP BY f.channel
    ), files AS (
        SELECT health_dp.room_tablespace_problem() AS problem,
               array_agg(f.function::text ORDER BY f.function::text) FILTER (WHERE f.open_to_all) AS open
        FROM health_dp.telling_functions() f
        WHERE f.channel = 'temporary files'
    ), databases AS (
        SELECT array_agg(quote_ident(d.datname) ORDER BY d.datname) AS open
        FROM pg_catalog.pg_database d
        WHERE d.datallowconn AND d.datname <> pg_catalog.current_database()
          AND pg_catalog.has_database_privilege('public', d.oid, 'CONNECT')
    ), watchers AS (
        SELECT array_agg(DISTINCT r.rolname::text ORDER BY r.rolname::text) AS roles
        FROM health_dp.project_member m
        JOIN pg_catalog.pg_roles r ON NOT r.rolsuper AND pg_catalog.pg_has_role(r.oid, m.member, 'USAGE')
        WHERE pg_catalog.pg_has_role(r.oid, 'pg_read_all_stats', 'USAGE')
           OR pg_catalog.pg_has_role(r.oid, 'pg_monitor', 'USAGE')
    )
    SELECT f.channel, f.open IS NULL AS tight,
           'everybody may call ' || array_to_string(f.open, ', ') AS because,
           CASE WHEN f.open IS NOT NULL THEN 'SELECT * FROM health_dp.harden(true)' END AS remedy
    FROM functions f
    UNION ALL
    SELECT 'temporary files', f.problem IS NULL OR f.open IS NULL,
           CASE WHEN f.open IS NOT NULL THEN f.problem || ', and everybody may call ' || array_to_string(f.open, ', ') END,
           CASE WHEN f.open IS NOT NULL AND f.problem IS NOT NULL
                THEN 'give rooms a tablespace of their own (health_dp.room_tablespace), or SELECT * FROM health_dp.harden(true)' END
    FROM files f
    UNION ALL
    SELECT 'other databases', d.open IS NULL,
           'everybody may connect to ' || array_to_string(d.open, ', ') || ', where the same functions may be open',
           CASE WHEN d.open IS NOT NULL
                THEN 'REVOKE CONNECT ON DATABASE ' || d.open[1] || ' FROM PUBLIC, or close the functions there as harden() shows' END
    FROM databases d
    UNION ALL
    SELECT 'members who watch the server', w.roles IS NULL,
           'members of projects may read all statistics: ' || array_to_string(w.roles, ', '),
           CASE WHEN w.roles IS NOT NULL THEN 'take pg_monitor and pg_read_all_stats from them, or let others ask' END
    FROM watchers w;
COMMENT ON VIEW health_dp.tightness IS
    'What everybody can see of a release''s work beside its answer: one line for each channel, tight or not, because of what, and what to do. docs/limits.md says what stays.';
COMMENT ON COLUMN health_dp.tightness.channel IS 'What would be seen.';
COMMENT ON COLUMN health_dp.tightness.tight IS 'Whether nobody without more privileges sees it, in this database.';
COMMENT ON COLUMN health_dp.tightness.because IS 'What is open; null where it is tight.';
COMMENT ON COLUMN health_dp.tightness.remedy IS 'What to do about it.';
REVOKE ALL ON TABLE health_dp.tightness FROM PUBLIC;
GRANT SELECT ON TABLE health_dp.tightness TO health_dp_steward, health_dp_auditor;

CREATE FUNCTION health_dp.harden(apply boolean DEFAULT false, OUT statement text, OUT done boolean)
    RETURNS SETOF record LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog AS $$
DECLARE
    telling record;
BEGIN
    IF apply AND NOT (SELECT r.rolsuper FROM pg_catalog.pg_roles r WHERE r.rolname = current_user) THEN
        RAISE EXCEPTION USING ERRCODE = 'insufficient_privilege',
            MESSAGE = 'only superusers can close PostgreSQL''s own functions',
            HINT = 'SELECT * FROM health_dp.harden() shows the statements: ask your database administrator.';
    END IF;
    FOR telling IN SELECT f.function FROM health_dp.telling_functions() f
                   WHERE f.open_to_all
                     AND (f.channel <> 'temporary files' OR health_dp.room_tablespace_problem() IS NOT NULL)
                   ORDER BY f.channel, f.function::text
    LOOP
        FOREACH statement IN ARRAY ARRAY[
            format('GRANT EXECUTE ON FUNCTION %s TO pg_monitor', telling.function),
            format('REVOKE EXECUTE ON FUNCTION %s FROM PUBLIC', telling.function)]
        LOOP
            IF apply THEN
                EXECUTE statement;
            END IF;
            done := coalesce(apply, false);
            RETURN NEXT;
        END LOOP;
    END LOOP;
END
$$;
COMMENT ON FUNCTION health_dp.harden(boolean) IS
    'Shows the statements that take from PUBLIC, in this database, the functions by which everybody sees what the server is doing, and leave them to pg_monitor; with true carries them out (superusers). Again after an upgrade of PostgreSQL, which may bring more.';
REVOKE EXECUTE ON FUNCTION health_dp.harden(boolean) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION health_dp.harden(boolean) TO health_dp_steward, health_dp_auditor;
