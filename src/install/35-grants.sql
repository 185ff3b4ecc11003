-- Which tables, and which of their rows, a project may release from. The record of a grant is the whole of it: nothing is
-- written to the table itself, and nobody but stewards and auditors sees the row filter.
-- SECURITY DEFINER: stewards write authorisations on tables that others own. The owner agreed when the table was
-- protected, which needs the owner's rights; from then on a grant opens the table to releases only. The filter is parsed,
-- not run, and with the rights of the table's owner: see src/projects/filters.cpp for why its text cannot become anything
-- else than one immutable expression, for which nothing runs that a user wrote.

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
    -- What is left of a grant that is closed.
    DELETE FROM health_dp.granted_table g
     WHERE g.project_id = granted_project.id AND g.relation = grant_table.relation;
    INSERT INTO health_dp.granted_table (project_id, relation, row_filter, schema_name, table_name, condition, column_names,
                                         column_types)
        SELECT granted_project.id, grant_table.relation, grant_table.row_filter, r.schema_name, r.table_name, r.condition,
               r.column_names, r.column_types
          FROM health_dp.read_row_filter(relation, row_filter) r;
END
$$;
COMMENT ON FUNCTION health_dp.grant_table(name, regclass, text) IS
    'Lets a project release from a protected table: from all rows, or from those that meet the filter, one '
    'immutable boolean expression over the table''s columns.';
REVOKE EXECUTE ON FUNCTION health_dp.grant_table(name, regclass, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION health_dp.grant_table(name, regclass, text) TO health_dp_steward;

CREATE FUNCTION health_dp.revoke_table(project name, relation regclass) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    revoked_project health_dp.project := health_dp.lock_project(project);
BEGIN
    DELETE FROM health_dp.granted_table g
     WHERE g.project_id = revoked_project.id AND g.relation = revoke_table.relation;
    IF NOT FOUND THEN
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
