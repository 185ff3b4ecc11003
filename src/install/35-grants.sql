-- Which tables, and which of their rows, a project may release from. A project's row filter is a policy on the table.
-- SECURITY DEFINER: stewards write authorisations on tables that others own. The owner agreed when the table was
-- protected, which needs the owner's rights; from then on a grant opens the table to releases only, and a policy of
-- ours gives nobody a row, because the gate stands before it. The filter is parsed, not run, with these rights: see
-- src/projects/grants.cpp for why its text cannot become anything else than one immutable expression.

CREATE FUNCTION health_dp.grant_table(project name, relation regclass, row_filter text DEFAULT NULL) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    granted_project health_dp.project := health_dp.lock_project(project);
BEGIN
    -- protection() first: a label that fits its table no more says so in its own words.
    IF relation IS NULL OR (health_dp.protection(relation) IN ('protected', 'protected via')) IS NOT TRUE
       OR NOT health_dp.has_walls(relation) THEN
        RAISE EXCEPTION USING ERRCODE = 'ZD202',
            MESSAGE = format('table %s is not protected', coalesce(relation::text, '(null)')),
            HINT = 'Protect it first: health_dp.protect(). Tables declared public need no grant to a project: GRANT '
                   'SELECT.';
    END IF;
    IF health_dp.grant_in_force(granted_project.id, relation) THEN
        RAISE EXCEPTION USING ERRCODE = 'ZD107',
            MESSAGE = format('table %s is granted to project %I already', relation, project),
            HINT = 'To change its row filter, health_dp.revoke_table() first.';
    END IF;
    -- What is left of a grant whose policy was dropped.
    PERFORM health_dp.drop_grant(granted_project.id, relation);
    PERFORM health_dp.write_row_filter(granted_project.id, relation, row_filter);
    INSERT INTO health_dp.granted_table (project_id, relation, row_filter)
        VALUES (granted_project.id, grant_table.relation, grant_table.row_filter);
END
$$;
COMMENT ON FUNCTION health_dp.grant_table(name, regclass, text) IS
    'Lets a project release from a protected table: from all rows, or from those that meet the filter, one '
    'immutable boolean expression over the table''s columns.';
REVOKE EXECUTE ON FUNCTION health_dp.grant_table(name, regclass, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION health_dp.grant_table(name, regclass, text) TO health_dp_steward;

CREATE FUNCTION health_dp.drop_grant(project_id integer, relation regclass) RETURNS boolean
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    policy name := format('health_dp project %s', project_id);
    on_record boolean;
BEGIN
    DELETE FROM health_dp.granted_table g WHERE g.project_id = drop_grant.project_id
       AND g.relation = drop_grant.relation;
    on_record := FOUND;
    IF EXISTS (SELECT FROM pg_catalog.pg_policy p WHERE p.polrelid = drop_grant.relation AND p.polname = policy) THEN
        EXECUTE format('DROP POLICY %I ON %s', policy, relation);
    END IF;
    RETURN on_record;
END
$$;
COMMENT ON FUNCTION health_dp.drop_grant(integer, regclass) IS
    'Internal: removes the record and the policy of a grant, whichever are there; true if it was on record.';
REVOKE EXECUTE ON FUNCTION health_dp.drop_grant(integer, regclass) FROM PUBLIC;

CREATE FUNCTION health_dp.revoke_table(project name, relation regclass) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    revoked_project health_dp.project := health_dp.lock_project(project);
BEGIN
    IF NOT health_dp.drop_grant(revoked_project.id, relation) THEN
        RAISE EXCEPTION USING ERRCODE = 'ZD105',
            MESSAGE = format('table %s is not granted to project %I', coalesce(relation::text, '(null)'), project),
            HINT = 'Grants: SELECT * FROM health_dp.granted_tables.';
    END IF;
END
$$;
COMMENT ON FUNCTION health_dp.revoke_table(name, regclass) IS
    'Takes a table from a project, from its next execution on, prepared plans included.';
REVOKE EXECUTE ON FUNCTION health_dp.revoke_table(name, regclass) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION health_dp.revoke_table(name, regclass) TO health_dp_steward;
