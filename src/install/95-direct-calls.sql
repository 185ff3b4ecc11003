-- What is done in somebody's name is done by them. A SECURITY DEFINER function sees who is connected and who owns it, but not
-- who called it: a custodian's own function, view or index expression could have a colleague, or the server's own autovacuum,
-- approve, permit or rotate for them. So the functions in which the name counts move to a schema that nobody may enter, and
-- what people call stands in front of them: it judges the caller first (src/sql_functions/direct_call.cpp).

CREATE SCHEMA health_dp_guarded;
COMMENT ON SCHEMA health_dp_guarded IS
    'health_dp: functions in which it counts who acts, behind those of the same names in health_dp. Nobody may enter.';
REVOKE ALL ON SCHEMA health_dp_guarded FROM PUBLIC;

DO $$
DECLARE
    guarded record;
    grantee text;
BEGIN
    FOR guarded IN
        SELECT p.oid, p.proname AS name, p.oid::regprocedure AS signature, p.proacl AS acl,
               pg_catalog.pg_get_function_arguments(p.oid) AS arguments,
               pg_catalog.pg_get_function_identity_arguments(p.oid) AS identity_arguments,
               pg_catalog.pg_get_function_result(p.oid) AS result,
               pg_catalog.obj_description(p.oid, 'pg_proc') AS comment, p.prorows AS rows, p.proretset AS is_set
          FROM pg_catalog.pg_proc p
         WHERE p.pronamespace = 'health_dp'::regnamespace AND p.prosecdef
           AND p.proname = ANY (ARRAY[
               'create_key_store', 'seal_suppressed_releases', 'create_key', 'rotate_key', 'destroy_key', 'renew_root', 'verify_key', 'enter_share',
               'open_key_slots', 'renew_key_slots', 'enter_contribution', 'withdraw_key_slots', 'adopt_keys',
               'permit_key_use', 'forbid_key_use', 'ask_reidentification', 'approve_reidentification', 'start_rotation',
               'continue_rotation', 'withdraw_rotation', 'open_linkage', 'add_linkage_source', 'add_to_linkage',
               'oppose_in_linkage', 'match_linkage', 'crosswalk', 'close_linkage', 'purge_linkages', 'certify_linkage'])
         ORDER BY p.oid
    LOOP
        EXECUTE pg_catalog.format('ALTER FUNCTION %s SET SCHEMA health_dp_guarded', guarded.signature);
        EXECUTE pg_catalog.format(
            'CREATE FUNCTION health_dp.%I(%s) RETURNS %s LANGUAGE c VOLATILE PARALLEL UNSAFE %s AS ''MODULE_PATHNAME'', '
            '''hdp_direct_call''', guarded.name, guarded.arguments, guarded.result,
            CASE WHEN guarded.is_set THEN 'ROWS ' || guarded.rows ELSE '' END);
        EXECUTE pg_catalog.format('COMMENT ON FUNCTION health_dp.%I(%s) IS %L', guarded.name, guarded.identity_arguments,
                                  guarded.comment);
        EXECUTE pg_catalog.format('REVOKE EXECUTE ON FUNCTION health_dp.%I(%s) FROM PUBLIC', guarded.name,
                                  guarded.identity_arguments);
        -- Whoever could call it, can; what has moved is for its owner alone. No list at all is PostgreSQL's way to say
        -- everybody.
        FOR grantee IN SELECT CASE WHEN a.grantee = 0 THEN 'PUBLIC' ELSE pg_catalog.quote_ident(a.grantee::regrole::text) END
                         FROM pg_catalog.aclexplode(guarded.acl) a
                         JOIN pg_catalog.pg_proc p ON p.oid = guarded.oid AND a.grantee <> p.proowner
                        UNION ALL SELECT 'PUBLIC' WHERE guarded.acl IS NULL
        LOOP
            EXECUTE pg_catalog.format('GRANT EXECUTE ON FUNCTION health_dp.%I(%s) TO %s', guarded.name,
                                      guarded.identity_arguments, grantee);
            EXECUTE pg_catalog.format('REVOKE EXECUTE ON FUNCTION health_dp_guarded.%I(%s) FROM %s', guarded.name,
                                      guarded.identity_arguments, grantee);
        END LOOP;
    END LOOP;
END
$$;
