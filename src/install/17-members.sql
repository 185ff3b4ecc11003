-- Members of projects. SECURITY DEFINER for the reason that stands at the top of 15-authorisations.sql.

-- A member, whoever can act as a member (downwards), and whatever role such a one can act as (upwards), holds nothing
-- that leads around the walls [C1], and is no steward.
CREATE FUNCTION health_dp.member_obstacles(candidate oid) RETURNS SETOF text
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    WITH RECURSIVE
    acting(role) AS (
        VALUES (candidate)
        UNION
        SELECT m.member FROM acting a JOIN pg_catalog.pg_auth_members m ON m.roleid = a.role
    ),
    reachable(role) AS (
        SELECT role FROM acting
        UNION
        SELECT m.roleid FROM reachable r JOIN pg_catalog.pg_auth_members m ON m.member = r.role
    ),
    roles AS (
        SELECT p.* FROM reachable r JOIN pg_catalog.pg_roles p ON p.oid = r.role
    ),
    walled(relation) AS (
        SELECT DISTINCT f FROM health_dp.protected_tables t CROSS JOIN LATERAL health_dp.family(t.relation) f
    )
    SELECT format('role %I is %s', r.rolname, a.what)
      FROM roles r
     CROSS JOIN LATERAL (VALUES
            (r.rolsuper, 'a superuser'),
            (NOT r.rolsuper AND r.rolbypassrls, 'above row-level security (BYPASSRLS)'),
            (NOT r.rolsuper AND r.rolcreaterole, 'able to make itself a member of other roles (CREATEROLE)'),
            (NOT r.rolsuper AND r.rolreplication, 'able to copy the whole cluster (REPLICATION)'),
            (r.rolname = 'health_dp_steward', 'the stewards'' role'),
            (r.rolname IN ('pg_read_server_files', 'pg_write_server_files', 'pg_execute_server_program'),
             'able to reach the server''s files')) a(applies, what)
     WHERE a.applies
    UNION ALL
    SELECT format('role %I owns protected table %s', r.rolname, c.oid::regclass)
      FROM roles r JOIN pg_catalog.pg_class c ON c.relowner = r.oid JOIN walled w ON w.relation = c.oid
     WHERE NOT r.rolsuper
    UNION ALL
    SELECT format('role %I holds %s on protected table %s', r.rolname, p.privilege, w.relation::regclass)
      FROM roles r
     CROSS JOIN walled w
      JOIN pg_catalog.pg_class c ON c.oid = w.relation AND c.relowner <> r.oid
     CROSS JOIN LATERAL unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'TRUNCATE', 'REFERENCES', 'TRIGGER'])
            p(privilege)
     WHERE NOT r.rolsuper
       AND (has_table_privilege(r.oid, w.relation, p.privilege)
            OR (p.privilege IN ('SELECT', 'INSERT', 'UPDATE', 'REFERENCES')
                AND has_any_column_privilege(r.oid, w.relation, p.privilege)))
$$;
COMMENT ON FUNCTION health_dp.member_obstacles(oid) IS
    'Why a role cannot be a member of a project: what it, its members, or roles they belong to can do around the '
    'walls of protected tables. No row: nothing in the way. Auditors look again later.';
REVOKE EXECUTE ON FUNCTION health_dp.member_obstacles(oid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION health_dp.member_obstacles(oid) TO health_dp_steward, health_dp_auditor;

CREATE FUNCTION health_dp.add_member(project name, member regrole) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    joined health_dp.project := health_dp.lock_project(project);
    role_name name := (SELECT r.rolname FROM pg_catalog.pg_roles r WHERE r.oid = member);
    obstacles text;
BEGIN
    -- A predefined role stands for whoever holds it now or later.
    IF role_name IS NULL OR role_name LIKE 'pg\_%' THEN
        RAISE EXCEPTION USING ERRCODE = 'ZD107',
            MESSAGE = CASE WHEN role_name IS NULL THEN 'no role is named'
                           ELSE format('predefined role %I cannot be a member of a project', role_name) END,
            HINT = 'Name a role of a person or of a team: add_member(''emc2'', ''alice'').';
    END IF;
    SELECT string_agg(o, E'\n' ORDER BY o COLLATE "C") INTO obstacles FROM health_dp.member_obstacles(member) o;
    IF obstacles IS NOT NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'ZD107',
            MESSAGE = format('role %I cannot be a member of a project', role_name),
            DETAIL = obstacles,
            HINT = 'Members reach protected data through releases only: revoke what the detail says, or add another '
                   'role.';
    END IF;
    -- An entry of a role that has been renamed, or dropped and replaced, since: it is no member, and is renewed here.
    DELETE FROM health_dp.project_member m
     WHERE m.project_id = joined.id AND m.member = add_member.member AND m.member_name <> role_name;
    INSERT INTO health_dp.project_member (project_id, member, member_name)
        VALUES (joined.id, add_member.member, role_name)
        ON CONFLICT ON CONSTRAINT project_member_pkey DO NOTHING;
    IF NOT FOUND THEN
        RAISE EXCEPTION USING ERRCODE = 'ZD107',
            MESSAGE = format('role %I is a member of project %I already', role_name, project),
            HINT = 'Members: SELECT * FROM health_dp.project_members.';
    END IF;
END
$$;
COMMENT ON FUNCTION health_dp.add_member(name, regrole) IS
    'Makes a role, and the roles that inherit from it, members of a project. Refuses roles that can reach protected '
    'tables otherwise, superusers, and stewards.';
REVOKE EXECUTE ON FUNCTION health_dp.add_member(name, regrole) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION health_dp.add_member(name, regrole) TO health_dp_steward;

CREATE FUNCTION health_dp.remove_member(project name, member name) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    left_project health_dp.project := health_dp.lock_project(project);
BEGIN
    -- By the name on record, so that roles that exist no more can be removed, too.
    DELETE FROM health_dp.project_member m WHERE m.project_id = left_project.id
       AND m.member_name = remove_member.member;
    IF NOT FOUND THEN
        RAISE EXCEPTION USING ERRCODE = 'ZD102',
            MESSAGE = format('role %s is not a member of project %I', coalesce(quote_ident(member), '(null)'), project),
            HINT = 'Members: SELECT * FROM health_dp.project_members. A role may belong to it through another one.';
    END IF;
END
$$;
COMMENT ON FUNCTION health_dp.remove_member(name, name) IS
    'Takes a role out of a project, from its next execution on. The name is the one health_dp.project_members shows.';
REVOKE EXECUTE ON FUNCTION health_dp.remove_member(name, name) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION health_dp.remove_member(name, name) TO health_dp_steward;
