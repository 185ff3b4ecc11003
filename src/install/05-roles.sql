-- Roles belong to the whole cluster, so several databases share them: they are made when missing, and they stay after
-- DROP EXTENSION. A DBA who wants them gone drops them when no database uses health_dp any more.
DO $$
DECLARE
    role_name text;
BEGIN
    FOREACH role_name IN ARRAY ARRAY['health_dp_steward', 'health_dp_custodian', 'health_dp_auditor'] LOOP
        IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = role_name) THEN
            EXECUTE pg_catalog.format('CREATE ROLE %I NOLOGIN', role_name);
        END IF;
    END LOOP;
END
$$;
-- Whoever asks for a release gets it from a process that is nobody: it owns nothing, may do nothing, belongs to nothing.
DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = 'health_dp_room') THEN
        CREATE ROLE health_dp_room NOLOGIN NOINHERIT;
    END IF;
END
$$;
COMMENT ON ROLE health_dp_room IS
    'health_dp: releases run as this role; it has no members, no memberships, no objects, no privileges. Stays after DROP EXTENSION.';
COMMENT ON ROLE health_dp_steward IS
    'health_dp: protects tables, writes projects, adds members; never releases anything. Stays after DROP EXTENSION.';
COMMENT ON ROLE health_dp_custodian IS
    'health_dp: unseals, makes, rotates and destroys keys; reads no data. Stays after DROP EXTENSION.';
COMMENT ON ROLE health_dp_auditor IS
    'health_dp: reads projects, ledger and reports; changes nothing. Stays after DROP EXTENSION.';

-- What each role may do in the schema is granted object by object, beside each object.
GRANT USAGE ON SCHEMA health_dp TO PUBLIC;

DO $$
BEGIN
    IF NOT 'health_dp' = ANY (pg_catalog.string_to_array(pg_catalog.regexp_replace(
           pg_catalog.current_setting('shared_preload_libraries'), '[\s"]', '', 'g'), ',')) THEN
        RAISE WARNING USING MESSAGE = 'health_dp is not in shared_preload_libraries: no question will be answered',
            HINT = 'Add it there and restart the server; protected tables stay closed until then.';
    END IF;
END
$$;
