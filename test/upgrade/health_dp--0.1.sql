-- Version 0.1's install script as of eb455db: its src/install/*.sql, one after the other. A test upgrades it; nothing else reads it.
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
-- Projects: who may ask, about which tables and rows, from when to when, at which cost. The tables have no foreign
-- keys: a session that holds a key's row would block the ledger's worker without a deadlock that PostgreSQL could
-- see. Stewards change them through functions only. src/projects/tables.hpp knows their columns by number: upgrades
-- append columns.

CREATE TABLE health_dp.project (
    id integer GENERATED ALWAYS AS IDENTITY CONSTRAINT project_pkey PRIMARY KEY,
    name name NOT NULL CONSTRAINT project_name_key UNIQUE,
    title text NOT NULL,
    legal_basis text NOT NULL,
    valid daterange NOT NULL,
    epsilon numeric NOT NULL,
    delta numeric NOT NULL,
    min_cell integer NOT NULL DEFAULT 11,
    releases text[] NOT NULL DEFAULT '{dp}',
    suspended boolean NOT NULL DEFAULT false,
    suspended_because text,
    default_epsilon numeric,
    max_epsilon numeric,
    default_delta numeric,
    max_delta numeric,
    default_groups_per_patient integer NOT NULL DEFAULT 3,
    max_groups_per_patient integer NOT NULL DEFAULT 100,
    default_rows_per_patient integer NOT NULL DEFAULT 20,
    max_rows_per_patient integer NOT NULL DEFAULT 1000,
    created_at timestamptz NOT NULL DEFAULT pg_catalog.now(),
    created_by name NOT NULL DEFAULT SESSION_USER,
    CONSTRAINT project_name_said CHECK (name <> ''),
    CONSTRAINT project_valid_bounded
        CHECK (NOT isempty(valid) AND NOT lower_inf(valid) AND NOT upper_inf(valid)
               AND isfinite(lower(valid)) AND isfinite(upper(valid))),
    -- NaN sorts above every number, so the upper limits exclude it, and Infinity. 18 digits after the point are what
    -- core's exact decimals hold.
    CONSTRAINT project_epsilon_positive CHECK (epsilon > 0 AND epsilon <= 1000000 AND scale(trim_scale(epsilon)) <= 18),
    CONSTRAINT project_delta_small CHECK (delta >= 0 AND delta < 1 AND scale(trim_scale(delta)) <= 18),
    CONSTRAINT project_min_cell_positive CHECK (min_cell BETWEEN 1 AND 1000000),
    CONSTRAINT project_releases_known
        CHECK (cardinality(releases) > 0 AND releases <@ '{dp,suppressed,rows}'
               AND array_position(releases, NULL) IS NULL),
    CONSTRAINT project_default_epsilon_positive
        CHECK (default_epsilon > 0 AND default_epsilon <= 1000000 AND scale(trim_scale(default_epsilon)) <= 18),
    CONSTRAINT project_max_epsilon_positive
        CHECK (max_epsilon > 0 AND max_epsilon <= 1000000 AND scale(trim_scale(max_epsilon)) <= 18),
    CONSTRAINT project_default_delta_small
        CHECK (default_delta >= 0 AND default_delta < 1 AND scale(trim_scale(default_delta)) <= 18),
    CONSTRAINT project_max_delta_small
        CHECK (max_delta >= 0 AND max_delta < 1 AND scale(trim_scale(max_delta)) <= 18),
    CONSTRAINT project_defaults_below_ceilings CHECK (default_epsilon <= max_epsilon AND default_delta <= max_delta),
    CONSTRAINT project_groups_limited
        CHECK (1 <= default_groups_per_patient AND default_groups_per_patient <= max_groups_per_patient),
    CONSTRAINT project_rows_limited
        CHECK (1 <= default_rows_per_patient AND default_rows_per_patient <= max_rows_per_patient)
);
-- Direct readers of these columns cannot fetch out-of-line values: keep them in the row.
ALTER TABLE health_dp.project
    ALTER COLUMN valid SET STORAGE PLAIN,
    ALTER COLUMN releases SET STORAGE PLAIN,
    ALTER COLUMN default_epsilon SET STORAGE PLAIN,
    ALTER COLUMN max_epsilon SET STORAGE PLAIN,
    ALTER COLUMN default_delta SET STORAGE PLAIN,
    ALTER COLUMN max_delta SET STORAGE PLAIN;
COMMENT ON TABLE health_dp.project IS
    'One row per project. Written by the stewards'' functions only; read through the view health_dp.projects.';
COMMENT ON COLUMN health_dp.project.valid IS 'Days on which the project may release, midnight to midnight UTC.';
COMMENT ON COLUMN health_dp.project.epsilon IS 'Budget of the whole project, an exact decimal.';
COMMENT ON COLUMN health_dp.project.delta IS 'Budget of the whole project; 0 permits pure epsilon releases only.';
COMMENT ON COLUMN health_dp.project.min_cell IS 'Smallest number of patients behind a released group; 11 by practice.';
COMMENT ON COLUMN health_dp.project.releases IS
    'Permitted kinds of release: dp, suppressed, rows. Only dp carries a differential privacy guarantee.';
COMMENT ON COLUMN health_dp.project.default_epsilon IS
    'Epsilon of one execution when the session sets none; may be null.';
COMMENT ON COLUMN health_dp.project.max_epsilon IS 'Ceiling of epsilon of one execution; null for none but the budget.';
COMMENT ON COLUMN health_dp.project.default_delta IS 'Delta of one execution when the session sets none; may be null.';
COMMENT ON COLUMN health_dp.project.max_delta IS 'Ceiling of delta of one execution; null for none but the budget.';
COMMENT ON COLUMN health_dp.project.default_groups_per_patient IS
    'Groups that one patient reaches in a release (M) when the session sets none: 3, since noise grows with M.';
COMMENT ON COLUMN health_dp.project.max_groups_per_patient IS 'Ceiling of M.';
COMMENT ON COLUMN health_dp.project.default_rows_per_patient IS
    'Rows of one patient that count in each group (R) when the session sets none: 20.';
COMMENT ON COLUMN health_dp.project.max_rows_per_patient IS 'Ceiling of R.';
REVOKE ALL ON TABLE health_dp.project FROM PUBLIC;

CREATE TABLE health_dp.project_member (
    project_id integer NOT NULL,
    member regrole NOT NULL,
    member_name name NOT NULL,
    added_at timestamptz NOT NULL DEFAULT pg_catalog.now(),
    added_by name NOT NULL DEFAULT SESSION_USER,
    CONSTRAINT project_member_pkey PRIMARY KEY (project_id, member)
);
COMMENT ON TABLE health_dp.project_member IS
    'Members of projects: roles, whose own members belong to the project as well (as far as they inherit).';
COMMENT ON COLUMN health_dp.project_member.member_name IS
    'The role''s name when it was added. A role that was renamed, or dropped and replaced, is a member no more.';
REVOKE ALL ON TABLE health_dp.project_member FROM PUBLIC;

CREATE TABLE health_dp.granted_table (
    project_id integer NOT NULL,
    relation regclass NOT NULL,
    row_filter text,
    granted_at timestamptz NOT NULL DEFAULT pg_catalog.now(),
    granted_by name NOT NULL DEFAULT SESSION_USER,
    CONSTRAINT granted_table_pkey PRIMARY KEY (project_id, relation)
);
COMMENT ON TABLE health_dp.granted_table IS
    'Tables granted to projects. A grant is in force while the table''s policy "health_dp project <id>" stands as '
    'well.';
COMMENT ON COLUMN health_dp.granted_table.row_filter IS
    'The filter as the steward typed it, for the record; the policy is what counts. Null for all rows.';
REVOKE ALL ON TABLE health_dp.granted_table FROM PUBLIC;

-- Dumped with their contents, numbers of projects included: policies carry the number in their name.
SELECT pg_catalog.pg_extension_config_dump('health_dp.project', '');
SELECT pg_catalog.pg_extension_config_dump(pg_catalog.pg_get_serial_sequence('health_dp.project', 'id'), '');
SELECT pg_catalog.pg_extension_config_dump('health_dp.project_member', '');
SELECT pg_catalog.pg_extension_config_dump('health_dp.granted_table', '');

CREATE FUNCTION health_dp.projects_changed() RETURNS trigger
    LANGUAGE c AS 'MODULE_PATHNAME', 'hdp_projects_changed';
COMMENT ON FUNCTION health_dp.projects_changed() IS
    'Trigger: plans of releases are made anew after every change of a project, its members or its grants.';
REVOKE EXECUTE ON FUNCTION health_dp.projects_changed() FROM PUBLIC;

CREATE TRIGGER changed AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON health_dp.project
    FOR EACH STATEMENT EXECUTE FUNCTION health_dp.projects_changed();
CREATE TRIGGER changed AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON health_dp.project_member
    FOR EACH STATEMENT EXECUTE FUNCTION health_dp.projects_changed();
CREATE TRIGGER changed AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON health_dp.granted_table
    FOR EACH STATEMENT EXECUTE FUNCTION health_dp.projects_changed();

CREATE FUNCTION health_dp.check_project(project name) RETURNS void
    LANGUAGE c VOLATILE PARALLEL RESTRICTED AS 'MODULE_PATHNAME', 'hdp_projects_check';
COMMENT ON FUNCTION health_dp.check_project(name) IS
    'Errors unless you may release from the project now: member, valid today, not suspended. Costs nothing.';

CREATE FUNCTION health_dp.is_member(project_id integer, role oid) RETURNS boolean
    LANGUAGE c STRICT VOLATILE PARALLEL RESTRICTED AS 'MODULE_PATHNAME', 'hdp_projects_is_member';
COMMENT ON FUNCTION health_dp.is_member(integer, oid) IS
    'Whether the role is a member of the project, itself or by inheritance; superusers get no shortcut.';
-- PUBLIC keeps EXECUTE, because the view health_dp.projects calls it with its reader's privileges: who is a member of a
-- project is no secret within a database.

CREATE FUNCTION health_dp.grant_in_force(project_id integer, relation oid) RETURNS boolean
    LANGUAGE c STRICT VOLATILE PARALLEL RESTRICTED AS 'MODULE_PATHNAME', 'hdp_projects_is_granted';
COMMENT ON FUNCTION health_dp.grant_in_force(integer, oid) IS
    'Whether the table is granted to the project: the grant is on record and its policy stands.';
REVOKE EXECUTE ON FUNCTION health_dp.grant_in_force(integer, oid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION health_dp.grant_in_force(integer, oid) TO health_dp_steward, health_dp_auditor;

CREATE FUNCTION health_dp.filter_in_force(project_id integer, relation oid) RETURNS text
    LANGUAGE c STRICT VOLATILE PARALLEL RESTRICTED AS 'MODULE_PATHNAME', 'hdp_projects_filter';
COMMENT ON FUNCTION health_dp.filter_in_force(integer, oid) IS
    'The row filter that releases of the project apply to the table; null for all rows, an error where none is in '
    'force.';
REVOKE EXECUTE ON FUNCTION health_dp.filter_in_force(integer, oid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION health_dp.filter_in_force(integer, oid) TO health_dp_steward, health_dp_auditor;

CREATE FUNCTION health_dp.write_row_filter(project_id integer, relation oid, row_filter text) RETURNS void
    LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'hdp_projects_write_filter';
COMMENT ON FUNCTION health_dp.write_row_filter(integer, oid, text) IS
    'Internal to grant_table(): creates the policy that carries a project''s row filter.';
REVOKE EXECUTE ON FUNCTION health_dp.write_row_filter(integer, oid, text) FROM PUBLIC;

-- Each reader sees the projects it belongs to; stewards and auditors see all. The view runs with its owner's rights on
-- the table, which nobody else may read; security_barrier keeps conditions of the reader's away from other rows.
CREATE VIEW health_dp.projects WITH (security_barrier) AS
    SELECT p.id, p.name, p.title, p.legal_basis, p.valid, p.epsilon, p.delta, p.min_cell, p.releases, p.suspended,
           p.suspended_because, p.default_epsilon, p.max_epsilon, p.default_delta, p.max_delta,
           p.default_groups_per_patient, p.max_groups_per_patient, p.default_rows_per_patient, p.max_rows_per_patient,
           p.created_at, p.created_by
      FROM health_dp.project p
     WHERE pg_catalog.pg_has_role(current_user, 'health_dp_steward', 'USAGE')
        OR pg_catalog.pg_has_role(current_user, 'health_dp_auditor', 'USAGE')
        OR health_dp.is_member(p.id, (SELECT r.oid FROM pg_catalog.pg_roles r WHERE r.rolname = current_user));
COMMENT ON VIEW health_dp.projects IS 'The projects you are a member of; all projects for stewards and auditors.';
REVOKE ALL ON TABLE health_dp.projects FROM PUBLIC;
GRANT SELECT ON TABLE health_dp.projects TO PUBLIC;

CREATE VIEW health_dp.project_members AS
    SELECT p.name AS project, m.member_name AS member, m.added_at, m.added_by,
           health_dp.is_member(m.project_id, m.member) AS in_force
      FROM health_dp.project_member m JOIN health_dp.project p ON p.id = m.project_id;
COMMENT ON VIEW health_dp.project_members IS
    'Members of every project, for stewards and auditors. in_force is false once the role was dropped or renamed.';
REVOKE ALL ON TABLE health_dp.project_members FROM PUBLIC;
GRANT SELECT ON TABLE health_dp.project_members TO health_dp_steward, health_dp_auditor;

CREATE VIEW health_dp.granted_tables AS
    SELECT p.name AS project, g.relation, g.row_filter, g.granted_at, g.granted_by,
           health_dp.grant_in_force(g.project_id, g.relation) AS in_force,
           CASE WHEN health_dp.grant_in_force(g.project_id, g.relation)
                THEN health_dp.filter_in_force(g.project_id, g.relation) END AS filter_in_force
      FROM health_dp.granted_table g JOIN health_dp.project p ON p.id = g.project_id;
COMMENT ON VIEW health_dp.granted_tables IS
    'Tables granted to every project, for stewards and auditors. in_force is false once table or policy was dropped.';
REVOKE ALL ON TABLE health_dp.granted_tables FROM PUBLIC;
GRANT SELECT ON TABLE health_dp.granted_tables TO health_dp_steward, health_dp_auditor;
-- What stewards do with projects. Every function here that is SECURITY DEFINER is so for one reason: it writes tables
-- of the extension that nobody may write directly (and grant_table, revoke_table a policy, see there). PostgreSQL has
-- checked that the current user may EXECUTE it, which only stewards may; require_steward() checks the session's user
-- as well, so that a steward's own SECURITY DEFINER function does not lend the right to its callers.

CREATE FUNCTION health_dp.require_steward() RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF NOT pg_has_role(session_user, 'health_dp_steward', 'MEMBER') THEN
        RAISE EXCEPTION USING ERRCODE = 'insufficient_privilege',
            MESSAGE = format('role %I is not a steward', session_user),
            HINT = 'Connect as a member of health_dp_steward.';
    END IF;
END
$$;
COMMENT ON FUNCTION health_dp.require_steward() IS 'Internal: errors unless the session''s user is a steward.';
REVOKE EXECUTE ON FUNCTION health_dp.require_steward() FROM PUBLIC;

CREATE FUNCTION health_dp.lock_project(project name) RETURNS health_dp.project
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    found_project health_dp.project;
BEGIN
    PERFORM health_dp.require_steward();
    SELECT * INTO found_project FROM health_dp.project p WHERE p.name = project FOR UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION USING ERRCODE = 'ZD102',
            MESSAGE = format('there is no project %s', coalesce(quote_ident(project), '(null)')),
            HINT = 'Projects: SELECT name FROM health_dp.projects.';
    END IF;
    RETURN found_project;
END
$$;
COMMENT ON FUNCTION health_dp.lock_project(name) IS
    'Internal: the project, locked until the transaction ends; an error for anybody but stewards.';
REVOKE EXECUTE ON FUNCTION health_dp.lock_project(name) FROM PUBLIC;

CREATE FUNCTION health_dp.check_epsilon(what text, epsilon numeric) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    -- NaN sorts above every number.
    IF epsilon <= 0 OR epsilon > 1000000 OR scale(trim_scale(epsilon)) > 18 THEN
        RAISE EXCEPTION USING ERRCODE = 'ZD303',
            MESSAGE = format('%s is %s', what, epsilon),
            HINT = 'Epsilon is a positive decimal up to 1000000 with at most 18 digits after the point, as in 8 or '
                   '0.5.';
    END IF;
END
$$;
COMMENT ON FUNCTION health_dp.check_epsilon(text, numeric) IS 'Internal: errors unless epsilon is one; null passes.';
REVOKE EXECUTE ON FUNCTION health_dp.check_epsilon(text, numeric) FROM PUBLIC;

CREATE FUNCTION health_dp.check_delta(what text, delta numeric) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF delta < 0 OR delta >= 1 OR scale(trim_scale(delta)) > 18 THEN
        RAISE EXCEPTION USING ERRCODE = 'ZD304',
            MESSAGE = format('%s is %s', what, delta),
            HINT = 'Delta is a decimal from 0 up to, and below, 1 with at most 18 digits after the point, as in 1e-6.';
    END IF;
END
$$;
COMMENT ON FUNCTION health_dp.check_delta(text, numeric) IS 'Internal: errors unless delta is one; null passes.';
REVOKE EXECUTE ON FUNCTION health_dp.check_delta(text, numeric) FROM PUBLIC;

CREATE FUNCTION health_dp.create_project(
    name name, title text, legal_basis text, valid daterange, epsilon numeric, delta numeric DEFAULT 0,
    min_cell integer DEFAULT 11, releases text[] DEFAULT '{dp}',
    default_epsilon numeric DEFAULT NULL, max_epsilon numeric DEFAULT NULL,
    default_delta numeric DEFAULT NULL, max_delta numeric DEFAULT NULL,
    default_groups_per_patient integer DEFAULT 3, max_groups_per_patient integer DEFAULT 100,
    default_rows_per_patient integer DEFAULT 20, max_rows_per_patient integer DEFAULT 1000) RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    problem text;
    new_id integer;
BEGIN
    PERFORM health_dp.require_steward();
    problem := CASE
        WHEN coalesce(name, '') = '' THEN 'it has no name'
        WHEN trim(coalesce(title, '')) = '' THEN 'it has no title'
        WHEN trim(coalesce(legal_basis, '')) = '' THEN 'it has no legal basis'
        WHEN valid IS NULL OR isempty(valid) OR lower_inf(valid) OR upper_inf(valid)
             OR NOT isfinite(lower(valid)) OR NOT isfinite(upper(valid))
            THEN 'it does not say from when to when it is valid'
        WHEN min_cell IS NULL OR min_cell NOT BETWEEN 1 AND 1000000
            THEN 'min_cell is not between 1 and 1000000 patients'
        WHEN coalesce(cardinality(releases), 0) = 0 OR array_position(releases, NULL) IS NOT NULL
             OR NOT releases <@ '{dp,suppressed,rows}'
            THEN 'its releases are not among dp, suppressed and rows'
    END;
    IF problem IS NOT NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'ZD107', MESSAGE = 'the project makes no sense: ' || problem,
            HINT = 'As in: create_project(''emc2'', title => ''...'', legal_basis => ''CNIL 2023-146'', valid => '
                   '''[2026-01-01,2029-01-01)'', epsilon => 8, delta => 1e-6).';
    END IF;
    IF epsilon IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'ZD303', MESSAGE = 'the project has no epsilon',
            HINT = 'Give it the budget that all its releases together may spend: epsilon => 8.';
    END IF;
    IF delta IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'ZD304', MESSAGE = 'the project''s delta is null',
            HINT = 'Say delta => 0 for a project without releases that need one.';
    END IF;
    PERFORM health_dp.check_epsilon('the project''s epsilon', epsilon);
    PERFORM health_dp.check_epsilon('default_epsilon', default_epsilon);
    PERFORM health_dp.check_epsilon('max_epsilon', max_epsilon);
    PERFORM health_dp.check_delta('the project''s delta', delta);
    PERFORM health_dp.check_delta('default_delta', default_delta);
    PERFORM health_dp.check_delta('max_delta', max_delta);
    IF default_epsilon > max_epsilon THEN
        RAISE EXCEPTION USING ERRCODE = 'ZD303', MESSAGE = 'default_epsilon is above max_epsilon',
            HINT = 'Lower the default or raise the ceiling.';
    END IF;
    IF default_delta > max_delta THEN
        RAISE EXCEPTION USING ERRCODE = 'ZD304', MESSAGE = 'default_delta is above max_delta',
            HINT = 'Lower the default or raise the ceiling.';
    END IF;
    IF (1 <= default_groups_per_patient AND default_groups_per_patient <= max_groups_per_patient
        AND 1 <= default_rows_per_patient AND default_rows_per_patient <= max_rows_per_patient) IS NOT TRUE THEN
        RAISE EXCEPTION USING ERRCODE = 'ZD305',
            MESSAGE = 'limits per patient must be at least 1, and a default no higher than its ceiling',
            HINT = 'Leave them out for 3 of at most 100 groups and 20 of at most 1000 rows.';
    END IF;
    INSERT INTO health_dp.project AS p (name, title, legal_basis, valid, epsilon, delta, min_cell, releases,
            default_epsilon, max_epsilon, default_delta, max_delta, default_groups_per_patient, max_groups_per_patient,
            default_rows_per_patient, max_rows_per_patient)
        VALUES (create_project.name, create_project.title, create_project.legal_basis, create_project.valid,
            create_project.epsilon, create_project.delta, create_project.min_cell, create_project.releases,
            create_project.default_epsilon, create_project.max_epsilon, create_project.default_delta,
            create_project.max_delta, create_project.default_groups_per_patient, create_project.max_groups_per_patient,
            create_project.default_rows_per_patient, create_project.max_rows_per_patient)
        ON CONFLICT ON CONSTRAINT project_name_key DO NOTHING
        RETURNING p.id INTO new_id;
    IF new_id IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'ZD107', MESSAGE = format('there is a project %I already', create_project.name),
            HINT = 'Names of projects are never used twice: choose another, or extend_project().';
    END IF;
    RETURN new_id;
END
$$;
COMMENT ON FUNCTION health_dp.create_project(name, text, text, daterange, numeric, numeric, integer, text[], numeric,
        numeric, numeric, numeric, integer, integer, integer, integer) IS
    'Opens a project: its legal basis, the days on which it is valid (UTC), its whole budget, and defaults and '
    'ceilings for one execution. Returns its number.';
REVOKE EXECUTE ON FUNCTION health_dp.create_project(name, text, text, daterange, numeric, numeric, integer, text[],
        numeric, numeric, numeric, numeric, integer, integer, integer, integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION health_dp.create_project(name, text, text, daterange, numeric, numeric, integer, text[],
        numeric, numeric, numeric, numeric, integer, integer, integer, integer) TO health_dp_steward;

CREATE FUNCTION health_dp.extend_project(project name, valid_until date) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    extended health_dp.project := health_dp.lock_project(project);
BEGIN
    IF valid_until IS NULL OR NOT isfinite(valid_until) OR valid_until <= upper(extended.valid) THEN
        RAISE EXCEPTION USING ERRCODE = 'ZD107',
            MESSAGE = format('project %I is valid until %s already', project,
                             to_char(upper(extended.valid), 'YYYY-MM-DD')),
            HINT = 'Name a later day, the first on which it is valid no more. To end it early: suspend_project().';
    END IF;
    UPDATE health_dp.project p SET valid = daterange(lower(p.valid), valid_until) WHERE p.id = extended.id;
END
$$;
COMMENT ON FUNCTION health_dp.extend_project(name, date) IS
    'Moves the end of a project''s validity: the first day on which it is valid no more.';
REVOKE EXECUTE ON FUNCTION health_dp.extend_project(name, date) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION health_dp.extend_project(name, date) TO health_dp_steward;

CREATE FUNCTION health_dp.suspend_project(project name, because text) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    suspended_project health_dp.project := health_dp.lock_project(project);
BEGIN
    IF trim(coalesce(because, '')) = '' THEN
        RAISE EXCEPTION USING ERRCODE = 'ZD107', MESSAGE = 'the suspension has no reason',
            HINT = 'Say why, for the record: suspend_project(''emc2'', ''objection under review'').';
    END IF;
    UPDATE health_dp.project p SET suspended = true, suspended_because = because WHERE p.id = suspended_project.id;
END
$$;
COMMENT ON FUNCTION health_dp.suspend_project(name, text) IS
    'Stops every release of a project from its next execution on, prepared plans included.';
REVOKE EXECUTE ON FUNCTION health_dp.suspend_project(name, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION health_dp.suspend_project(name, text) TO health_dp_steward;

CREATE FUNCTION health_dp.resume_project(project name) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    resumed health_dp.project := health_dp.lock_project(project);
BEGIN
    IF NOT resumed.suspended THEN
        RAISE EXCEPTION USING ERRCODE = 'ZD107', MESSAGE = format('project %I is not suspended', project),
            HINT = 'Projects and their state: SELECT * FROM health_dp.projects.';
    END IF;
    UPDATE health_dp.project p SET suspended = false, suspended_because = NULL WHERE p.id = resumed.id;
END
$$;
COMMENT ON FUNCTION health_dp.resume_project(name) IS 'Ends a suspension.';
REVOKE EXECUTE ON FUNCTION health_dp.resume_project(name) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION health_dp.resume_project(name) TO health_dp_steward;
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
-- Security labels: what a table and a column mean to health_dp. The functions write SECURITY LABELs, and an owner may
-- write them directly: SECURITY LABEL FOR health_dp ON TABLE ref.region IS 'public'. A label alone opens nothing.
-- All functions here run with their caller's rights: PostgreSQL lets only a table's owner label it.

CREATE FUNCTION health_dp.check_label(relation oid, label text) RETURNS void
    LANGUAGE c STRICT VOLATILE PARALLEL RESTRICTED AS 'MODULE_PATHNAME', 'hdp_labels_check';
COMMENT ON FUNCTION health_dp.check_label(oid, text) IS
    'Errors unless the label would hold on the table as it is now, the target of its link included. Writes nothing.';
REVOKE EXECUTE ON FUNCTION health_dp.check_label(oid, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION health_dp.check_label(oid, text) TO health_dp_steward;

CREATE FUNCTION health_dp.protection(relation oid) RETURNS text
    LANGUAGE c STRICT VOLATILE PARALLEL RESTRICTED AS 'MODULE_PATHNAME', 'hdp_labels_protection';
COMMENT ON FUNCTION health_dp.protection(oid) IS
    'What the table''s label says: protected, protected via, public, or null. Errors when the label fits its table '
    'no more.';
-- PUBLIC keeps EXECUTE: PostgreSQL shows every label to everybody (pg_seclabels).

CREATE FUNCTION health_dp.declared_bound(relation oid, attnum smallint, upper boolean) RETURNS numeric
    LANGUAGE c STRICT VOLATILE PARALLEL RESTRICTED AS 'MODULE_PATHNAME', 'hdp_labels_bound';
COMMENT ON FUNCTION health_dp.declared_bound(oid, smallint, boolean) IS
    'The upper (or else lower) bound that the column declares; null when it declares none.';
-- PUBLIC keeps EXECUTE: as above.

CREATE FUNCTION health_dp.declare_public(relation regclass) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF relation IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'ZD202',
            MESSAGE = 'no table is named',
            HINT = 'Name a table: declare_public(''ref.region'').';
    END IF;
    IF health_dp.has_walls(relation)
       OR EXISTS (SELECT FROM health_dp.protected_tables t WHERE t.relation = declare_public.relation) THEN
        RAISE EXCEPTION USING ERRCODE = 'ZD202',
            MESSAGE = format('table %s is protected', relation),
            HINT = 'Take its protection away first: health_dp.unprotect().';
    END IF;
    PERFORM health_dp.check_label(relation, 'public');
    EXECUTE format('SECURITY LABEL FOR health_dp ON TABLE %s IS %L', relation, 'public');
END
$$;
COMMENT ON FUNCTION health_dp.declare_public(regclass) IS
    'Declares a table free of personal data: code lists, calendars. Members read it with their own privileges.';
REVOKE EXECUTE ON FUNCTION health_dp.declare_public(regclass) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION health_dp.declare_public(regclass) TO health_dp_steward;

CREATE FUNCTION health_dp.undeclare_public(relation regclass) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF health_dp.protection(relation) IS DISTINCT FROM 'public' THEN
        RAISE EXCEPTION USING ERRCODE = 'ZD201',
            MESSAGE = format('table %s is not declared public', relation),
            HINT = 'Declared tables: SELECT * FROM health_dp.labels.';
    END IF;
    EXECUTE format('SECURITY LABEL FOR health_dp ON TABLE %s IS NULL', relation);
END
$$;
COMMENT ON FUNCTION health_dp.undeclare_public(regclass) IS
    'Takes the declaration back: releases refuse the table from then on.';
REVOKE EXECUTE ON FUNCTION health_dp.undeclare_public(regclass) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION health_dp.undeclare_public(regclass) TO health_dp_steward;

CREATE FUNCTION health_dp.require_column(relation regclass, column_name name) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_catalog.pg_attribute a
                    WHERE a.attrelid = relation AND a.attname = column_name
                      AND a.attnum > 0 AND NOT a.attisdropped) THEN
        RAISE EXCEPTION USING ERRCODE = 'undefined_column',
            MESSAGE = format('table %s has no column %I', relation, column_name),
            HINT = 'Name one of the table''s own columns.';
    END IF;
END
$$;
COMMENT ON FUNCTION health_dp.require_column(regclass, name) IS 'Internal: errors unless the table has the column.';
REVOKE EXECUTE ON FUNCTION health_dp.require_column(regclass, name) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION health_dp.require_column(regclass, name) TO health_dp_steward;

CREATE FUNCTION health_dp.declare_bounds(relation regclass, column_name name, lower numeric, upper numeric) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    problem text;
BEGIN
    PERFORM health_dp.require_column(relation, column_name);
    problem := CASE
        WHEN lower IS NULL OR upper IS NULL THEN 'a bound is null'
        WHEN lower IN ('NaN', 'Infinity', '-Infinity') OR upper IN ('NaN', 'Infinity', '-Infinity')
            THEN 'a bound is not a finite number'
        WHEN lower >= upper THEN 'the lower bound is not below the upper bound'
        WHEN length(lower::text) > 47 OR length(upper::text) > 47 THEN 'a bound has more than 47 characters'
    END;
    IF problem IS NOT NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'ZD301',
            MESSAGE = format('bounds of column %I: %s', column_name, problem),
            HINT = 'Say between which finite numbers its values lie: declare_bounds(''care.patient'', ''age'', 0, '
                   '120).';
    END IF;
    EXECUTE format('SECURITY LABEL FOR health_dp ON COLUMN %s.%I IS %L', relation, column_name,
                   format('bounds [%s, %s]', lower, upper));
END
$$;
COMMENT ON FUNCTION health_dp.declare_bounds(regclass, name, numeric, numeric) IS
    'Declares between which numbers a column''s values lie, for dp_sum and dp_avg without bounds. Take them from '
    'what the column means, never from the data: values outside are clamped.';
REVOKE EXECUTE ON FUNCTION health_dp.declare_bounds(regclass, name, numeric, numeric) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION health_dp.declare_bounds(regclass, name, numeric, numeric) TO health_dp_steward;

CREATE FUNCTION health_dp.undeclare_bounds(relation regclass, column_name name) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM health_dp.require_column(relation, column_name);
    IF NOT EXISTS (SELECT FROM pg_catalog.pg_seclabel s JOIN pg_catalog.pg_attribute a
                       ON a.attrelid = s.objoid AND a.attnum = s.objsubid
                    WHERE s.provider = 'health_dp' AND s.classoid = 'pg_catalog.pg_class'::regclass
                      AND s.objoid = relation AND a.attname = column_name AND s.label LIKE 'bounds%') THEN
        RAISE EXCEPTION USING ERRCODE = 'ZD302',
            MESSAGE = format('column %I of table %s declares no bounds', column_name, relation),
            HINT = 'Declared columns: SELECT * FROM health_dp.labels.';
    END IF;
    EXECUTE format('SECURITY LABEL FOR health_dp ON COLUMN %s.%I IS NULL', relation, column_name);
END
$$;
COMMENT ON FUNCTION health_dp.undeclare_bounds(regclass, name) IS 'Takes a column''s bounds back.';
REVOKE EXECUTE ON FUNCTION health_dp.undeclare_bounds(regclass, name) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION health_dp.undeclare_bounds(regclass, name) TO health_dp_steward;

CREATE VIEW health_dp.labels AS
    SELECT s.objoid::regclass AS relation, a.attname AS column_name, s.label
      FROM pg_catalog.pg_seclabel s
      LEFT JOIN pg_catalog.pg_attribute a ON a.attrelid = s.objoid AND a.attnum = s.objsubid AND s.objsubid <> 0
     WHERE s.provider = 'health_dp' AND s.classoid = 'pg_catalog.pg_class'::regclass;
COMMENT ON VIEW health_dp.labels IS
    'Every label of health_dp: on tables (column_name is null) and on columns.';
REVOKE ALL ON TABLE health_dp.labels FROM PUBLIC;
GRANT SELECT ON TABLE health_dp.labels TO PUBLIC;
-- Walls around protected tables, in PostgreSQL's own terms: nobody but the owner holds a privilege, row-level
-- security is on and forced, and a restrictive policy fails every query that the planner's side has not vetted. They
-- stand while the library is not loaded. The functions that change a table (protect, unprotect) run with their
-- caller's rights: the table's owner agrees by making the steward a member of the owner's role, or a superuser does
-- it. Those that only write projects run as the extension's owner and are below, with their reasons.

CREATE FUNCTION health_dp.gate() RETURNS boolean
    LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'hdp_gate_refuse';
COMMENT ON FUNCTION health_dp.gate() IS
    'Always errors. The condition of the policy around a protected table: immutable, so that it fails while the '
    'query is planned, whatever rows there are.';
-- PUBLIC keeps EXECUTE, because policies run with the reader's privileges and the reader should get gate()'s own
-- message.

CREATE FUNCTION health_dp.has_walls(relation oid) RETURNS boolean
    LANGUAGE c STRICT VOLATILE PARALLEL RESTRICTED AS 'MODULE_PATHNAME', 'hdp_protection_has_walls';
COMMENT ON FUNCTION health_dp.has_walls(oid) IS
    'Whether row-level security is on and forced for the table, and its gate stands.';
-- PUBLIC keeps EXECUTE: pg_class and pg_policy say the same to everybody.

-- The table itself and everything that inherits from it, partitions of partitions included.
CREATE FUNCTION health_dp.family(relation oid) RETURNS SETOF oid
    LANGUAGE sql STABLE STRICT SET search_path = pg_catalog, pg_temp AS $$
    WITH RECURSIVE family(member) AS (
        VALUES (relation)
        UNION
        SELECT i.inhrelid FROM family f JOIN pg_catalog.pg_inherits i ON i.inhparent = f.member
    )
    SELECT member FROM family
$$;
COMMENT ON FUNCTION health_dp.family(oid) IS 'A table, its partitions and its inheritance children, at every depth.';
-- PUBLIC keeps EXECUTE: pg_inherits says the same to everybody.

-- Roles that row-level security does not hold anyway: they load the data, and whoever made them so trusts them.
CREATE FUNCTION health_dp.bypasses(role oid) RETURNS boolean
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT EXISTS (SELECT FROM pg_catalog.pg_roles r WHERE r.oid = role AND (r.rolsuper OR r.rolbypassrls))
$$;
COMMENT ON FUNCTION health_dp.bypasses(oid) IS 'Whether the role is a superuser or has BYPASSRLS.';
REVOKE EXECUTE ON FUNCTION health_dp.bypasses(oid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION health_dp.bypasses(oid) TO health_dp_steward, health_dp_auditor;

CREATE FUNCTION health_dp.exposures(relation regclass) RETURNS TABLE (exposure text, remedy text)
    LANGUAGE sql STABLE STRICT SET search_path = pg_catalog, pg_temp AS $$
    WITH RECURSIVE
    family AS (
        SELECT c.oid, c.relowner, c.relacl FROM health_dp.family(relation) m JOIN pg_catalog.pg_class c ON c.oid = m
    ),
    -- Rewrite rules that read a relation: those of views, and those of other tables. Views upon views as well.
    readers(source, reader) AS (
        SELECT f.oid, r.ev_class
          FROM family f
          JOIN pg_catalog.pg_depend d ON d.refclassid = 'pg_catalog.pg_class'::regclass AND d.refobjid = f.oid
                                     AND d.classid = 'pg_catalog.pg_rewrite'::regclass
          JOIN pg_catalog.pg_rewrite r ON r.oid = d.objid
         WHERE r.ev_class NOT IN (SELECT oid FROM family)
        UNION
        SELECT v.reader, r.ev_class
          FROM readers v
          JOIN pg_catalog.pg_depend d ON d.refclassid = 'pg_catalog.pg_class'::regclass AND d.refobjid = v.reader
                                     AND d.classid = 'pg_catalog.pg_rewrite'::regclass
          JOIN pg_catalog.pg_rewrite r ON r.oid = d.objid
         WHERE r.ev_class <> v.reader
    ),
    grants(holder, what, on_what) AS (
        SELECT a.grantee, a.privilege_type, f.oid::regclass::text
          FROM family f CROSS JOIN LATERAL pg_catalog.aclexplode(f.relacl) a
         WHERE a.grantee <> f.relowner AND NOT health_dp.bypasses(a.grantee)
        UNION ALL
        SELECT a.grantee, a.privilege_type, format('%s (%I)', f.oid::regclass, t.attname)
          FROM family f JOIN pg_catalog.pg_attribute t ON t.attrelid = f.oid AND NOT t.attisdropped
         CROSS JOIN LATERAL pg_catalog.aclexplode(t.attacl) a
         WHERE a.grantee <> f.relowner AND NOT health_dp.bypasses(a.grantee)
    ),
    -- A row of the referencing side that is accepted, or one of the referenced side that cannot be deleted, tells that
    -- the key exists on the other side. Harmless where only the owner can try.
    foreign_keys(name, near, far, tried_with) AS (
        SELECT k.conname, k.confrelid, k.conrelid, 'INSERT, UPDATE'
          FROM pg_catalog.pg_constraint k JOIN family f ON f.oid = k.confrelid
         WHERE k.contype = 'f' AND k.conparentid = 0 AND k.conrelid NOT IN (SELECT oid FROM family)
        UNION ALL
        SELECT k.conname, k.conrelid, k.confrelid, 'DELETE, UPDATE'
          FROM pg_catalog.pg_constraint k JOIN family f ON f.oid = k.conrelid
         WHERE k.contype = 'f' AND k.conparentid = 0 AND k.confrelid NOT IN (SELECT oid FROM family)
    )
    SELECT format('%s holds %s on %s', CASE g.holder WHEN 0 THEN 'PUBLIC' ELSE 'role ' || g.holder::regrole END,
                  string_agg(DISTINCT g.what, ', ' ORDER BY g.what), g.on_what),
           'REVOKE it'
      FROM grants g GROUP BY g.holder, g.on_what
    UNION ALL
    SELECT DISTINCT
           format('%s %s reads it with %s', CASE c.relkind WHEN 'm' THEN 'materialized view' WHEN 'v' THEN 'view'
                                                           ELSE 'a rule of' END, c.oid::regclass,
                  CASE c.relkind WHEN 'm' THEN 'a copy of its rows' ELSE 'the rights of ' || c.relowner::regrole END),
           CASE c.relkind WHEN 'v' THEN 'drop it, or ALTER VIEW ... SET (security_invoker = true) from PostgreSQL 15 on'
                          ELSE 'drop it' END
      FROM readers v JOIN pg_catalog.pg_class c ON c.oid = v.reader
     WHERE c.relkind <> 'v'
        OR NOT EXISTS (SELECT FROM pg_catalog.pg_options_to_table(c.reloptions) o
                        WHERE o.option_name = 'security_invoker' AND o.option_value::boolean)
    UNION ALL
    SELECT format('partition or child %s is a foreign table', f.oid::regclass), 'detach it, and copy its rows here'
      FROM family f JOIN pg_catalog.pg_class c ON c.oid = f.oid AND c.relkind = 'f'
    UNION ALL
    SELECT format('rule %I on %s', r.rulename, r.ev_class::regclass), 'DROP RULE'
      FROM pg_catalog.pg_rewrite r JOIN family f ON f.oid = r.ev_class
    UNION ALL
    SELECT format('trigger %I on %s calls %s of role %s', t.tgname, f.oid::regclass, p.oid::regprocedure,
                  p.proowner::regrole),
           'DROP TRIGGER, or give the function to the table''s owner'
      FROM pg_catalog.pg_trigger t JOIN family f ON f.oid = t.tgrelid JOIN pg_catalog.pg_proc p ON p.oid = t.tgfoid
     WHERE NOT t.tgisinternal AND p.proowner <> f.relowner AND NOT health_dp.bypasses(p.proowner)
    UNION ALL
    SELECT format('foreign key %I between %s and %s lets others than the owner ask which keys exist', k.name,
                  k.near::regclass, k.far::regclass),
           format('revoke %s on %s from others, protect it, or drop the foreign key', k.tried_with, k.far::regclass)
      FROM foreign_keys k
      JOIN pg_catalog.pg_class near ON near.oid = k.near JOIN pg_catalog.pg_class far ON far.oid = k.far
     WHERE NOT health_dp.has_walls(k.far)
       AND (near.relowner <> far.relowner
            OR EXISTS (SELECT FROM pg_catalog.aclexplode(far.relacl) a
                        WHERE a.grantee <> far.relowner AND NOT health_dp.bypasses(a.grantee)
                          AND k.tried_with LIKE '%' || a.privilege_type || '%')
            OR EXISTS (SELECT FROM pg_catalog.pg_attribute t CROSS JOIN LATERAL pg_catalog.aclexplode(t.attacl) a
                        WHERE t.attrelid = k.far AND a.grantee <> far.relowner AND NOT health_dp.bypasses(a.grantee)
                          AND k.tried_with LIKE '%' || a.privilege_type || '%'))
    UNION ALL
    SELECT format('table %s reads it as its parent', i.inhparent::regclass), 'protect the parent instead, or NO INHERIT'
      FROM pg_catalog.pg_inherits i JOIN family f ON f.oid = i.inhrelid
     WHERE i.inhparent NOT IN (SELECT oid FROM family)
$$;
COMMENT ON FUNCTION health_dp.exposures(regclass) IS
    'Ways around the walls of a table that PostgreSQL knows of, and what to do about each: grants, views, rules, '
    'triggers, foreign keys, parents. protect() refuses a table that has any; auditors look again later.';
REVOKE EXECUTE ON FUNCTION health_dp.exposures(regclass) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION health_dp.exposures(regclass) TO health_dp_steward, health_dp_auditor;

CREATE FUNCTION health_dp.link_target(relation oid) RETURNS oid
    LANGUAGE c STRICT VOLATILE PARALLEL RESTRICTED AS 'MODULE_PATHNAME', 'hdp_labels_link_target';
COMMENT ON FUNCTION health_dp.link_target(oid) IS
    'The table that a table protected by a link leads to, as far as its label still names one; otherwise null.';
-- PUBLIC keeps EXECUTE: pg_seclabels says the same to everybody.

CREATE VIEW health_dp.protected_tables AS
    SELECT s.objoid::regclass AS relation, s.label AS protection, health_dp.link_target(s.objoid)::regclass AS links_to,
           (SELECT pg_catalog.bool_and(health_dp.has_walls(f)) FROM health_dp.family(s.objoid) f) AS walls
      FROM pg_catalog.pg_seclabel s
     WHERE s.provider = 'health_dp' AND s.classoid = 'pg_catalog.pg_class'::regclass AND s.objsubid = 0
       AND s.label ~ '^\s*protected';
COMMENT ON VIEW health_dp.protected_tables IS
    'Tables that hold patients: how their rows find their patient, and whether the walls around them and all their '
    'partitions and children stand. Where they do not, protect() again puts them up.';
REVOKE ALL ON TABLE health_dp.protected_tables FROM PUBLIC;
GRANT SELECT ON TABLE health_dp.protected_tables TO PUBLIC;

CREATE FUNCTION health_dp.drop_gate(relation regclass) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    policy name;
BEGIN
    FOR policy IN SELECT p.polname FROM pg_catalog.pg_policy p
                   WHERE p.polrelid = relation AND p.polname IN ('health_dp gate', 'health_dp gate, permissive') LOOP
        EXECUTE format('DROP POLICY %I ON %s', policy, relation);
    END LOOP;
END
$$;
COMMENT ON FUNCTION health_dp.drop_gate(regclass) IS 'Internal: drops the gate''s policies, those that are there.';
REVOKE EXECUTE ON FUNCTION health_dp.drop_gate(regclass) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION health_dp.drop_gate(regclass) TO health_dp_steward;

CREATE FUNCTION health_dp.raise_walls(relation regclass) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    member regclass;
    owner oid;
    kind "char";
    found_exposures text;
BEGIN
    FOR member, owner, kind IN SELECT c.oid, c.relowner, c.relkind
          FROM health_dp.family(relation) m JOIN pg_catalog.pg_class c ON c.oid = m
    LOOP
        IF NOT pg_has_role(current_user, owner, 'USAGE') THEN
            RAISE EXCEPTION USING ERRCODE = 'insufficient_privilege',
                MESSAGE = format('you are not the owner of table %s', member),
                HINT = format('Its owner has to agree: ask for membership in role %s while you protect it, or ask a '
                              'superuser.', owner::regrole);
        END IF;
        CONTINUE WHEN kind = 'f'; -- cannot be locked, and is refused below
        -- Before anything is looked at, so that nothing is granted or attached in between.
        EXECUTE format('LOCK TABLE ONLY %s IN ACCESS EXCLUSIVE MODE', member);
        EXECUTE format('REVOKE ALL ON TABLE %s FROM PUBLIC', member);
    END LOOP;
    SELECT string_agg(e.exposure || ': ' || e.remedy || '.', E'\n' ORDER BY e.exposure COLLATE "C")
      INTO found_exposures FROM health_dp.exposures(relation) e;
    IF found_exposures IS NOT NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'ZD202',
            MESSAGE = format('table %s cannot be protected: there are ways around its walls', relation),
            DETAIL = found_exposures,
            HINT = 'Do as the detail says and protect it again; health_dp.exposures() lists the same.';
    END IF;
    FOR member IN SELECT m FROM health_dp.family(relation) m LOOP
        EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY', member);
        IF health_dp.has_walls(member) THEN
            CONTINUE;
        END IF;
        PERFORM health_dp.drop_gate(member);
        EXECUTE format('CREATE POLICY "health_dp gate" ON %s AS RESTRICTIVE FOR ALL TO PUBLIC '
                       'USING (health_dp.gate()) WITH CHECK (health_dp.gate())', member);
        -- Where no permissive policy applies, PostgreSQL never looks at the restrictive ones and answers with no rows
        -- instead of an error. This one makes it look.
        EXECUTE format('CREATE POLICY "health_dp gate, permissive" ON %s AS PERMISSIVE FOR ALL TO PUBLIC '
                       'USING (health_dp.gate()) WITH CHECK (health_dp.gate())', member);
    END LOOP;
END
$$;
COMMENT ON FUNCTION health_dp.raise_walls(regclass) IS
    'Internal to protect() and protect_via(): takes PUBLIC''s privileges, refuses what exposes the table, forces '
    'row-level security on it, its partitions and children, and puts up the gate.';
REVOKE EXECUTE ON FUNCTION health_dp.raise_walls(regclass) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION health_dp.raise_walls(regclass) TO health_dp_steward;

CREATE FUNCTION health_dp.protect_as(relation regclass, label text) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF relation IS NULL OR label IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'ZD202', MESSAGE = 'a table or column is not named',
            HINT = 'Name both: protect(''care.patient'', ''patient_id'').';
    END IF;
    PERFORM health_dp.check_label(relation, label);
    PERFORM health_dp.raise_walls(relation);
    EXECUTE format('SECURITY LABEL FOR health_dp ON TABLE %s IS %L', relation, label);
END
$$;
COMMENT ON FUNCTION health_dp.protect_as(regclass, text) IS 'Internal to protect() and protect_via().';
REVOKE EXECUTE ON FUNCTION health_dp.protect_as(regclass, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION health_dp.protect_as(regclass, text) TO health_dp_steward;

CREATE FUNCTION health_dp.protect(relation regclass, owner_column name) RETURNS void
    LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$
    SELECT health_dp.protect_as(relation,
        CASE WHEN owner_column IS NOT NULL THEN format('protected(%I)', owner_column) END)
$$;
COMMENT ON FUNCTION health_dp.protect(regclass, name) IS
    'Protects a table whose column says to which patient each row belongs. From then on it answers inside releases '
    'only, also for its owner; superusers and roles with BYPASSRLS load the data (COPY, too). Again on a protected '
    'table: puts up walls around partitions that came since. Needs the rights of the table''s owner.';
REVOKE EXECUTE ON FUNCTION health_dp.protect(regclass, name) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION health_dp.protect(regclass, name) TO health_dp_steward;

CREATE FUNCTION health_dp.protect_via(relation regclass, columns text, target regclass, target_columns text)
    RETURNS void
    LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$
    -- Both lists go into the label as they are: the label's parser takes them apart, and refuses whatever is no list.
    SELECT health_dp.protect_as(relation,
        (SELECT format('protected via (%s) to %I.%I(%s)', columns, n.nspname, c.relname, target_columns)
           FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
          WHERE c.oid = target))
$$;
COMMENT ON FUNCTION health_dp.protect_via(regclass, text, regclass, text) IS
    'Protects a table whose rows belong to the patient of the one row they link to in a protected table. Columns '
    'are comma-separated SQL identifiers; the target''s need a unique index. See protect().';
REVOKE EXECUTE ON FUNCTION health_dp.protect_via(regclass, text, regclass, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION health_dp.protect_via(regclass, text, regclass, text) TO health_dp_steward;

CREATE FUNCTION health_dp.protect_via(relation regclass, columns name[], target regclass, target_columns name[])
    RETURNS void
    LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$
    SELECT health_dp.protect_via(relation, (SELECT string_agg(format('%I', c), ', ') FROM unnest(columns) c),
                                 target, (SELECT string_agg(format('%I', c), ', ') FROM unnest(target_columns) c))
$$;
COMMENT ON FUNCTION health_dp.protect_via(regclass, name[], regclass, name[]) IS
    'The same with arrays of column names, spelled as the catalogue has them.';
REVOKE EXECUTE ON FUNCTION health_dp.protect_via(regclass, name[], regclass, name[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION health_dp.protect_via(regclass, name[], regclass, name[]) TO health_dp_steward;

CREATE FUNCTION health_dp.unprotect(relation regclass) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    member regclass;
    still_used text;
BEGIN
    IF NOT EXISTS (SELECT FROM health_dp.protected_tables t WHERE t.relation = unprotect.relation) THEN
        RAISE EXCEPTION USING ERRCODE = 'ZD202',
            MESSAGE = format('table %s is not protected', coalesce(relation::text, '(null)')),
            HINT = 'Protected tables: SELECT * FROM health_dp.protected_tables.';
    END IF;
    SELECT string_agg(u.used_by, E'\n' ORDER BY u.used_by COLLATE "C") INTO still_used
      FROM (SELECT format('granted to project %s', g.project) FROM health_dp.granted_tables g
             WHERE g.relation = unprotect.relation
            UNION ALL
            SELECT format('table %s is protected by a link to it', t.relation) FROM health_dp.protected_tables t
             WHERE t.links_to = unprotect.relation) u(used_by);
    IF still_used IS NOT NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'ZD202',
            MESSAGE = format('the protection of table %s is still used', relation),
            DETAIL = still_used,
            HINT = 'First health_dp.revoke_table() and health_dp.unprotect() what the detail names.';
    END IF;
    EXECUTE format('SECURITY LABEL FOR health_dp ON TABLE %s IS NULL', relation);
    FOR member IN SELECT m FROM health_dp.family(relation) m LOOP
        PERFORM health_dp.drop_gate(member);
        EXECUTE format('ALTER TABLE %s NO FORCE ROW LEVEL SECURITY', member);
        -- Policies of the owner's own keep working.
        IF NOT EXISTS (SELECT FROM pg_catalog.pg_policy p WHERE p.polrelid = member) THEN
            EXECUTE format('ALTER TABLE %s DISABLE ROW LEVEL SECURITY', member);
        END IF;
    END LOOP;
    RAISE NOTICE USING MESSAGE = format('table %s answers its owner again; privileges that protect() revoked stay '
                                        'revoked',
                                        relation);
END
$$;
COMMENT ON FUNCTION health_dp.unprotect(regclass) IS
    'Takes label and walls away; refused while a project holds a grant on the table or another table links to it. '
    'Needs the rights of the table''s owner.';
REVOKE EXECUTE ON FUNCTION health_dp.unprotect(regclass) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION health_dp.unprotect(regclass) TO health_dp_steward;
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
-- The ledger: what every project has spent. The ledger's worker writes it, in transactions of its own, so that nothing a
-- session does undoes a charge. Nothing is ever refunded.
-- No foreign keys: a session that holds the row of a key would block the worker, without a deadlock that PostgreSQL could
-- see. No privileges for anybody but auditors, who read.

CREATE TABLE health_dp.ledger_charge (
    charge_id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT ledger_charge_pkey PRIMARY KEY,
    project_id integer NOT NULL,
    charged_at timestamptz NOT NULL,
    session_role name NOT NULL,
    user_role name NOT NULL,
    epsilon numeric NOT NULL,
    delta numeric NOT NULL,
    releases integer NOT NULL,
    query text NOT NULL,
    settled_at timestamptz,
    failed_at timestamptz,
    kind text NOT NULL DEFAULT 'dp',
    -- NaN sorts above every number, so that the upper limits exclude it as well.
    CONSTRAINT ledger_charge_kind_known CHECK (kind IN ('dp', 'suppressed')),
    CONSTRAINT ledger_charge_epsilon_positive
        CHECK (CASE kind WHEN 'dp' THEN epsilon > 0 AND epsilon < 'Infinity' ELSE epsilon = 0 AND delta = 0 END),
    CONSTRAINT ledger_charge_delta_small CHECK (delta >= 0 AND delta < 1),
    CONSTRAINT ledger_charge_releases_positive CHECK (releases > 0),
    CONSTRAINT ledger_charge_ends_once CHECK (settled_at IS NULL OR failed_at IS NULL)
    -- Room on each page for the row version that notes the end of an execution.
) WITH (fillfactor = 80);
COMMENT ON TABLE health_dp.ledger_charge IS
    'One row per charged execution, on disk before the execution read any protected row. Kept for good: nothing is refunded.';
COMMENT ON COLUMN health_dp.ledger_charge.charged_at IS 'By the clock of the server, at the charge.';
COMMENT ON COLUMN health_dp.ledger_charge.session_role IS 'Who was connected.';
COMMENT ON COLUMN health_dp.ledger_charge.user_role IS 'On whose rights the query ran: session_role, unless SET ROLE or a '
    'SECURITY DEFINER function changed it.';
COMMENT ON COLUMN health_dp.ledger_charge.releases IS 'How many releases the statement had.';
COMMENT ON COLUMN health_dp.ledger_charge.query IS 'Beginning of the statement, at most 1023 bytes.';
COMMENT ON COLUMN health_dp.ledger_charge.settled_at IS
    'When the execution was seen to have delivered its answer. May stay null after a crash, or for a query that runs on.';
COMMENT ON COLUMN health_dp.ledger_charge.failed_at IS
    'When the execution was seen to have failed after its charge. A crash leaves this null: it is not the project''s failure.';
COMMENT ON COLUMN health_dp.ledger_charge.kind IS
    'dp, or suppressed: exact numbers with small cells hidden, which cost no epsilon and have no guarantee of differential privacy.';
CREATE INDEX ledger_charge_project ON health_dp.ledger_charge (project_id);
COMMENT ON INDEX health_dp.ledger_charge_project IS 'For auditors, and to make a lost total again from the charges.';
REVOKE ALL ON TABLE health_dp.ledger_charge FROM PUBLIC;
GRANT SELECT ON TABLE health_dp.ledger_charge TO health_dp_auditor;

CREATE TABLE health_dp.ledger_total (
    project_id integer CONSTRAINT ledger_total_pkey PRIMARY KEY,
    epsilon_spent numeric NOT NULL,
    delta_spent numeric NOT NULL,
    failures integer NOT NULL DEFAULT 0,
    CONSTRAINT ledger_total_not_negative CHECK (epsilon_spent >= 0 AND delta_spent >= 0 AND failures >= 0)
    -- Every charge makes a new version of a project's row: keep them on the same page.
) WITH (fillfactor = 10);
COMMENT ON TABLE health_dp.ledger_total IS 'What each project has spent: the sums of its charges, written with them.';
COMMENT ON COLUMN health_dp.ledger_total.failures IS
    'Executions that failed after their charge, since the project was last suspended for them (health_dp.failure_limit).';
REVOKE ALL ON TABLE health_dp.ledger_total FROM PUBLIC;
GRANT SELECT ON TABLE health_dp.ledger_total TO health_dp_auditor;

-- Dumped with their contents: a restored database knows what was spent.
SELECT pg_catalog.pg_extension_config_dump('health_dp.ledger_charge', '');
SELECT pg_catalog.pg_extension_config_dump(
    pg_catalog.pg_get_serial_sequence('health_dp.ledger_charge', 'charge_id'), '');
SELECT pg_catalog.pg_extension_config_dump('health_dp.ledger_total', '');

-- Against mistakes of those whom privileges do not stop. A superuser can disable a trigger: then it is no mistake.
CREATE FUNCTION health_dp.refuse_ledger_change() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RAISE EXCEPTION USING
        ERRCODE = 'ZD403',
        MESSAGE = format('the ledger is final: %s of %s refused', lower(TG_OP), TG_TABLE_NAME),
        HINT = 'Charges are never refunded. When a budget is used up, a steward may open another project: '
               'health_dp.create_project().';
END
$$;
COMMENT ON FUNCTION health_dp.refuse_ledger_change() IS 'Trigger: what is in the ledger stays.';
REVOKE EXECUTE ON FUNCTION health_dp.refuse_ledger_change() FROM PUBLIC;

-- ENABLE ALWAYS: session_replication_role would switch ordinary triggers off.
CREATE TRIGGER final BEFORE UPDATE ON health_dp.ledger_charge FOR EACH ROW
    WHEN (OLD.settled_at IS NOT NULL OR OLD.failed_at IS NOT NULL
          OR (OLD.charge_id, OLD.project_id, OLD.charged_at, OLD.session_role, OLD.user_role, OLD.epsilon, OLD.delta,
              OLD.releases, OLD.query, OLD.kind)
             IS DISTINCT FROM
             (NEW.charge_id, NEW.project_id, NEW.charged_at, NEW.session_role, NEW.user_role, NEW.epsilon, NEW.delta,
              NEW.releases, NEW.query, NEW.kind))
    EXECUTE FUNCTION health_dp.refuse_ledger_change();
COMMENT ON TRIGGER final ON health_dp.ledger_charge IS 'Only the end of an execution may be added, once.';
CREATE TRIGGER kept BEFORE DELETE ON health_dp.ledger_charge FOR EACH ROW
    EXECUTE FUNCTION health_dp.refuse_ledger_change();
COMMENT ON TRIGGER kept ON health_dp.ledger_charge IS 'Charges are kept for good.';
CREATE TRIGGER kept_all BEFORE TRUNCATE ON health_dp.ledger_charge FOR EACH STATEMENT
    EXECUTE FUNCTION health_dp.refuse_ledger_change();
COMMENT ON TRIGGER kept_all ON health_dp.ledger_charge IS 'Charges are kept for good.';
ALTER TABLE health_dp.ledger_charge ENABLE ALWAYS TRIGGER final;
ALTER TABLE health_dp.ledger_charge ENABLE ALWAYS TRIGGER kept;
ALTER TABLE health_dp.ledger_charge ENABLE ALWAYS TRIGGER kept_all;

CREATE TRIGGER final BEFORE UPDATE ON health_dp.ledger_total FOR EACH ROW
    WHEN (NEW.project_id <> OLD.project_id OR NEW.epsilon_spent < OLD.epsilon_spent OR NEW.delta_spent < OLD.delta_spent)
    EXECUTE FUNCTION health_dp.refuse_ledger_change();
COMMENT ON TRIGGER final ON health_dp.ledger_total IS 'What was spent only grows.';
CREATE TRIGGER kept BEFORE DELETE ON health_dp.ledger_total FOR EACH ROW
    EXECUTE FUNCTION health_dp.refuse_ledger_change();
COMMENT ON TRIGGER kept ON health_dp.ledger_total IS 'Totals are kept for good.';
CREATE TRIGGER kept_all BEFORE TRUNCATE ON health_dp.ledger_total FOR EACH STATEMENT
    EXECUTE FUNCTION health_dp.refuse_ledger_change();
COMMENT ON TRIGGER kept_all ON health_dp.ledger_total IS 'Totals are kept for good.';
ALTER TABLE health_dp.ledger_total ENABLE ALWAYS TRIGGER final;
ALTER TABLE health_dp.ledger_total ENABLE ALWAYS TRIGGER kept;
ALTER TABLE health_dp.ledger_total ENABLE ALWAYS TRIGGER kept_all;

-- Runs on its owner's rights, because members have none on the ledger; health_dp.projects chooses the projects by the
-- user who asks (inside a view, current_user is that user). A security barrier, so that no condition of the user's
-- sees the rows of others first.
CREATE VIEW health_dp.budget WITH (security_barrier) AS
    SELECT p.name AS project,
           pg_catalog.trim_scale(p.epsilon) AS epsilon,
           pg_catalog.trim_scale(COALESCE(t.epsilon_spent, 0)) AS epsilon_spent,
           pg_catalog.trim_scale(p.epsilon - COALESCE(t.epsilon_spent, 0)) AS epsilon_left,
           pg_catalog.trim_scale(p.delta) AS delta,
           pg_catalog.trim_scale(COALESCE(t.delta_spent, 0)) AS delta_spent,
           pg_catalog.trim_scale(p.delta - COALESCE(t.delta_spent, 0)) AS delta_left,
           p.valid, p.suspended
      FROM health_dp.projects p LEFT JOIN health_dp.ledger_total t ON t.project_id = p.id;
COMMENT ON VIEW health_dp.budget IS
    'Budget, spent and left, of the projects you are a member of; of all projects for stewards and auditors.';
REVOKE ALL ON TABLE health_dp.budget FROM PUBLIC;
GRANT SELECT ON TABLE health_dp.budget TO PUBLIC;

CREATE VIEW health_dp.charges AS
    SELECT c.charge_id, p.name AS project, c.charged_at, c.session_role, c.user_role, c.epsilon, c.delta, c.releases,
           c.query, c.kind,
           CASE WHEN c.settled_at IS NOT NULL THEN 'answered'
                WHEN c.failed_at IS NOT NULL THEN 'failed'
                WHEN c.charged_at > pg_catalog.clock_timestamp() - interval '1 minute' THEN 'running'
                ELSE 'unknown' END AS outcome
      FROM health_dp.ledger_charge c LEFT JOIN health_dp.project p ON p.id = c.project_id;
COMMENT ON VIEW health_dp.charges IS
    'The ledger for auditors. Outcome: answered; failed (error, cancel or lost connection after the charge); running; or '
    'unknown (more than a minute old: a long query, or one that a crash ended). Only failed ones count towards '
    'health_dp.failure_limit.';
REVOKE ALL ON TABLE health_dp.charges FROM PUBLIC;
GRANT SELECT ON TABLE health_dp.charges TO health_dp_auditor;
-- What projects have published in suppressed releases: later ones are judged by it. Written by the ledger's worker, in
-- transactions of its own, before a release hands out its first row.

CREATE TABLE health_dp.suppressed_release (
    release_id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT suppressed_release_pkey PRIMARY KEY,
    project_id integer NOT NULL,
    charge_id bigint NOT NULL,
    released_at timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
    population text NOT NULL,
    cells bytea NOT NULL,
    policy name NOT NULL,
    patients bigint NOT NULL,
    CONSTRAINT suppressed_release_population CHECK (population ~ '^[0-9a-f]{32}$')
);
COMMENT ON TABLE health_dp.suppressed_release IS
    'One row per suppressed release that published something new, on disk before its first row was handed out. Nobody may read the cells: hidden numbers are among them.';
COMMENT ON COLUMN health_dp.suppressed_release.population IS
    'Digest of the tables, joins and conditions that the release ranges over, row filters included.';
COMMENT ON COLUMN health_dp.suppressed_release.cells IS
    'All cells that the project has published up to here, with what is hidden: a state, patients and rows for each.';
COMMENT ON COLUMN health_dp.suppressed_release.policy IS
    'The suppression policy that held; empty where the project had none, and its min_cell alone did.';
COMMENT ON COLUMN health_dp.suppressed_release.patients IS
    'So many patients a shown cell had at least: the policy''s number, or the project''s min_cell where that is larger.';
CREATE INDEX suppressed_release_project ON health_dp.suppressed_release (project_id, release_id);
COMMENT ON INDEX health_dp.suppressed_release_project IS 'Finds a project''s latest release.';
REVOKE ALL ON TABLE health_dp.suppressed_release FROM PUBLIC;

-- Dumped with their contents: a restored database knows what was published.
SELECT pg_catalog.pg_extension_config_dump('health_dp.suppressed_release', '');
SELECT pg_catalog.pg_extension_config_dump(
    pg_catalog.pg_get_serial_sequence('health_dp.suppressed_release', 'release_id'), '');

CREATE TRIGGER kept BEFORE UPDATE OR DELETE ON health_dp.suppressed_release FOR EACH ROW
    EXECUTE FUNCTION health_dp.refuse_ledger_change();
COMMENT ON TRIGGER kept ON health_dp.suppressed_release IS 'What was published stays published.';
CREATE TRIGGER kept_all BEFORE TRUNCATE ON health_dp.suppressed_release FOR EACH STATEMENT
    EXECUTE FUNCTION health_dp.refuse_ledger_change();
COMMENT ON TRIGGER kept_all ON health_dp.suppressed_release IS 'What was published stays published.';
ALTER TABLE health_dp.suppressed_release ENABLE ALWAYS TRIGGER kept;
ALTER TABLE health_dp.suppressed_release ENABLE ALWAYS TRIGGER kept_all;

CREATE VIEW health_dp.suppressed_releases AS
    SELECT s.release_id, p.name AS project, s.released_at, s.charge_id, s.population,
           s.policy, s.patients, pg_catalog.octet_length(s.cells) AS bytes
      FROM health_dp.suppressed_release s LEFT JOIN health_dp.project p ON p.id = s.project_id;
COMMENT ON VIEW health_dp.suppressed_releases IS
    'Suppressed releases for auditors, without their cells. A release that published nothing new is in the ledger only.';
REVOKE ALL ON TABLE health_dp.suppressed_releases FROM PUBLIC;
GRANT SELECT ON TABLE health_dp.suppressed_releases TO health_dp_auditor;
-- Keys: which domain has which versions, and what became of them. No key is ever in the database [C21]: the catalogue has
-- names, states and check values, the key keeper has the rest. Making and destroying a key changes the key store first
-- and the catalogue after it; a crash in between leaves a key that nobody used, or a destruction that is not yet on record,
-- and the same call made again finishes it.
-- Custodians alone may do any of it: whoever decides what a project may see (the steward) makes no keys, and whoever
-- makes keys reads no data.
-- src/keys/catalogue.cpp knows the columns by number: upgrades append columns.

CREATE FUNCTION health_dp.own_database() RETURNS oid
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT d.oid FROM pg_database d WHERE d.datname = current_database()
$$;
COMMENT ON FUNCTION health_dp.own_database() IS 'Internal: the number of this database.';
REVOKE EXECUTE ON FUNCTION health_dp.own_database() FROM PUBLIC;

CREATE TABLE health_dp.key_domain (
    domain text COLLATE "C" CONSTRAINT key_domain_pkey PRIMARY KEY,
    key_id uuid NOT NULL CONSTRAINT key_domain_key_id_key UNIQUE,
    created_at timestamptz NOT NULL DEFAULT pg_catalog.now(),
    created_by name NOT NULL DEFAULT SESSION_USER,
    form text NOT NULL DEFAULT 'text',
    database oid NOT NULL DEFAULT health_dp.own_database(),
    CONSTRAINT key_domain_form_known CHECK (form IN ('text', 'nir', 'holder'))
);
COMMENT ON TABLE health_dp.key_domain IS
    'One row per domain: who shares its pseudonyms, a project or a source. A domain stays when its keys are destroyed, so '
    'that its name never comes to mean another key.';
COMMENT ON COLUMN health_dp.key_domain.key_id IS
    'Names its keys in the key store; random, so that the same domain in another database has other keys.';
COMMENT ON COLUMN health_dp.key_domain.database IS
    'The database that may use its keys. A copy of it has another number, and its own, empty record of uses: until a '
    'custodian calls health_dp.adopt_keys() there, nobody uses them.';
COMMENT ON COLUMN health_dp.key_domain.form IS
    'What identifies a person in this domain: text, as it stands; nir, a French registration number in any spelling; holder, '
    'a policy-holder''s number, birth date, sex and rank among twins, separated by |. Different spellings of one identifier '
    'have one pseudonym because they have one canonical form.';
REVOKE ALL ON TABLE health_dp.key_domain FROM PUBLIC;

CREATE TABLE health_dp.key_version (
    domain text COLLATE "C" NOT NULL,
    version integer NOT NULL,
    state text NOT NULL,
    check_value text,
    created_at timestamptz NOT NULL DEFAULT pg_catalog.now(),
    created_by name NOT NULL DEFAULT SESSION_USER,
    retired_at timestamptz,
    destroyed_at timestamptz,
    CONSTRAINT key_version_pkey PRIMARY KEY (domain, version),
    CONSTRAINT key_version_one_byte CHECK (version BETWEEN 1 AND 255),
    CONSTRAINT key_version_state_known CHECK (state IN ('pending', 'current', 'readable', 'destroyed')),
    -- A version that was withdrawn while it was pending never had a key to check.
    CONSTRAINT key_version_checked CHECK ((check_value IS NOT NULL) = (state <> 'pending') OR state = 'destroyed'),
    CONSTRAINT key_version_times CHECK ((destroyed_at IS NOT NULL) = (state = 'destroyed')
                                        AND (retired_at IS NOT NULL OR state <> 'readable'))
);
CREATE UNIQUE INDEX key_version_current ON health_dp.key_version (domain) WHERE state = 'current';
COMMENT ON INDEX health_dp.key_version_current IS 'One version makes new pseudonyms.';
COMMENT ON TABLE health_dp.key_version IS
    'One row per key version. current makes new pseudonyms; readable is for those made before; destroyed is for nothing; '
    'pending waits for contributions.';
COMMENT ON COLUMN health_dp.key_version.check_value IS
    'Tells keys apart and tells nothing about them: two that differ are different keys.';
REVOKE ALL ON TABLE health_dp.key_version FROM PUBLIC;

CREATE TABLE health_dp.key_certificate (
    certificate_id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT key_certificate_pkey PRIMARY KEY,
    domain text COLLATE "C" NOT NULL,
    key_id uuid NOT NULL,
    versions integer[] NOT NULL,
    check_values text[] NOT NULL,
    destroyed_at timestamptz[] NOT NULL,
    epoch bigint NOT NULL,
    old_root text,
    new_root text,
    session_role name NOT NULL,
    user_role name NOT NULL,
    certified_at timestamptz NOT NULL
);
COMMENT ON TABLE health_dp.key_certificate IS
    'What was destroyed, for good: no backup of data and key store brings it back, once the old root key is gone as well.';
COMMENT ON COLUMN health_dp.key_certificate.destroyed_at IS
    'When the key store lost each version, by the clock of the server.';
COMMENT ON COLUMN health_dp.key_certificate.epoch IS 'Of the key store, afterwards.';
COMMENT ON COLUMN health_dp.key_certificate.old_root IS
    'Check value of the root key that opens older copies of the key store, and has to be destroyed where it is kept. '
    'Null for a certificate made up after an interruption.';
COMMENT ON COLUMN health_dp.key_certificate.new_root IS 'Check value of the root key that the key store is under since.';
COMMENT ON COLUMN health_dp.key_certificate.session_role IS 'Who was connected.';
REVOKE ALL ON TABLE health_dp.key_certificate FROM PUBLIC;
GRANT SELECT ON TABLE health_dp.key_certificate TO health_dp_custodian, health_dp_steward, health_dp_auditor;

-- Dumped with their contents: without the identifiers, no key of the store would be found again.
SELECT pg_catalog.pg_extension_config_dump('health_dp.key_domain', '');
SELECT pg_catalog.pg_extension_config_dump('health_dp.key_version', '');
SELECT pg_catalog.pg_extension_config_dump('health_dp.key_certificate', '');
SELECT pg_catalog.pg_extension_config_dump(
    pg_catalog.pg_get_serial_sequence('health_dp.key_certificate', 'certificate_id'), '');

-- What the functions below ask of the keeper. None of these judges who may: nobody but the owner may call them.

CREATE FUNCTION health_dp.keeper_status(
    OUT provider text, OUT state text, OUT problem text, OUT shares_in integer, OUT shares_needed integer,
    OUT root text, OUT has_new_root boolean, OUT epoch bigint, OUT keys bigint)
    LANGUAGE c STRICT VOLATILE PARALLEL RESTRICTED AS 'MODULE_PATHNAME', 'hdp_keys_status';
COMMENT ON FUNCTION health_dp.keeper_status() IS 'Internal to the view key_status.';
REVOKE EXECUTE ON FUNCTION health_dp.keeper_status() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION health_dp.keeper_status() TO health_dp_custodian, health_dp_steward, health_dp_auditor;

CREATE FUNCTION health_dp.make_store() RETURNS void
    LANGUAGE c STRICT VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'hdp_keys_make_store';
COMMENT ON FUNCTION health_dp.make_store() IS 'Internal to create_key_store().';
REVOKE EXECUTE ON FUNCTION health_dp.make_store() FROM PUBLIC;

CREATE FUNCTION health_dp.store_key(key_id uuid, domain text, version integer) RETURNS text
    LANGUAGE c STRICT VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'hdp_keys_store';
COMMENT ON FUNCTION health_dp.store_key(uuid, text, integer) IS
    'Internal to create_key() and rotate_key(): makes the key unless the store has it, and returns its check value.';
REVOKE EXECUTE ON FUNCTION health_dp.store_key(uuid, text, integer) FROM PUBLIC;

CREATE FUNCTION health_dp.stored_key(
    key_id uuid, domain text, version integer,
    OUT state text, OUT check_value text, OUT epoch bigint, OUT destroyed_at timestamptz)
    LANGUAGE c STRICT VOLATILE PARALLEL RESTRICTED AS 'MODULE_PATHNAME', 'hdp_keys_stored';
COMMENT ON FUNCTION health_dp.stored_key(uuid, text, integer) IS
    'Internal to destroy_key(): what the key store says about a version; null when it never had it.';
REVOKE EXECUTE ON FUNCTION health_dp.stored_key(uuid, text, integer) FROM PUBLIC;

CREATE FUNCTION health_dp.erase_keys(
    key_id uuid, domain text, versions integer[], OUT epoch bigint, OUT old_root text, OUT new_root text)
    LANGUAGE c STRICT VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'hdp_keys_erase';
COMMENT ON FUNCTION health_dp.erase_keys(uuid, text, integer[]) IS
    'Internal to destroy_key(): takes versions out of the key store, which moves to the next root key.';
REVOKE EXECUTE ON FUNCTION health_dp.erase_keys(uuid, text, integer[]) FROM PUBLIC;

CREATE FUNCTION health_dp.move_root(OUT epoch bigint, OUT old_root text, OUT new_root text)
    LANGUAGE c STRICT VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'hdp_keys_move_root';
COMMENT ON FUNCTION health_dp.move_root() IS 'Internal to renew_root().';
REVOKE EXECUTE ON FUNCTION health_dp.move_root() FROM PUBLIC;

CREATE FUNCTION health_dp.check_of_key(domain text, version integer) RETURNS text
    LANGUAGE c STRICT VOLATILE PARALLEL RESTRICTED AS 'MODULE_PATHNAME', 'hdp_keys_check';
COMMENT ON FUNCTION health_dp.check_of_key(text, integer) IS
    'Internal to verify_key(): the check value of the key as this session gets it from the keeper.';
REVOKE EXECUTE ON FUNCTION health_dp.check_of_key(text, integer) FROM PUBLIC;

CREATE FUNCTION health_dp.give_share(share text) RETURNS void
    LANGUAGE c STRICT VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'hdp_keys_give_share';
COMMENT ON FUNCTION health_dp.give_share(text) IS 'Internal to enter_share().';
REVOKE EXECUTE ON FUNCTION health_dp.give_share(text) FROM PUBLIC;

-- What custodians do. SECURITY DEFINER, because they have no privileges on the tables and functions above; PostgreSQL has
-- checked that the current user may EXECUTE, and require_custodian() checks the session's user as well, so that a
-- custodian's own SECURITY DEFINER function does not lend the right to its callers.

CREATE FUNCTION health_dp.require_custodian() RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF NOT pg_has_role(session_user, 'health_dp_custodian', 'MEMBER') THEN
        RAISE EXCEPTION USING ERRCODE = 'insufficient_privilege',
            MESSAGE = format('role %I is not a custodian', session_user),
            HINT = 'Connect as a member of health_dp_custodian.';
    END IF;
END
$$;
COMMENT ON FUNCTION health_dp.require_custodian() IS 'Internal: errors unless the session''s user is a custodian.';
REVOKE EXECUTE ON FUNCTION health_dp.require_custodian() FROM PUBLIC;

CREATE FUNCTION health_dp.lock_domain(domain text) RETURNS uuid
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    found_id uuid;
BEGIN
    PERFORM health_dp.require_custodian();
    SELECT d.key_id INTO found_id FROM health_dp.key_domain d WHERE d.domain = lock_domain.domain FOR UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION USING ERRCODE = 'ZD507',
            MESSAGE = format('there is no domain %s', coalesce('"' || domain || '"', '(null)')),
            HINT = 'Domains: SELECT DISTINCT domain FROM health_dp.key_versions.';
    END IF;
    RETURN found_id;
END
$$;
COMMENT ON FUNCTION health_dp.lock_domain(text) IS
    'Internal: the identifier of a domain, locked until the transaction ends; an error for anybody but custodians.';
REVOKE EXECUTE ON FUNCTION health_dp.lock_domain(text) FROM PUBLIC;

CREATE FUNCTION health_dp.create_key_store() RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM health_dp.require_custodian();
    PERFORM health_dp.make_store();
END
$$;
COMMENT ON FUNCTION health_dp.create_key_store() IS
    'Makes the server''s key store, once, in the directory health_dp.key_store and under the root key. Not undone by '
    'ROLLBACK.';
REVOKE EXECUTE ON FUNCTION health_dp.create_key_store() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION health_dp.create_key_store() TO health_dp_custodian;

CREATE FUNCTION health_dp.create_key(domain text, form text DEFAULT 'text') RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    new_id uuid := gen_random_uuid();
BEGIN
    PERFORM health_dp.require_custodian();
    IF domain IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'ZD511',
            MESSAGE = 'no domain is named',
            HINT = 'For example the project''s name: health_dp.create_key(''emc2'').';
    END IF;
    IF form IS NULL OR form NOT IN ('text', 'nir', 'holder') THEN
        RAISE EXCEPTION USING ERRCODE = 'ZD511',
            MESSAGE = 'there is no such form of an identifier',
            HINT = 'Forms: text, nir, holder. The form of a domain is declared once.';
    END IF;
    INSERT INTO health_dp.key_domain (domain, key_id, form) VALUES (domain, new_id, form) ON CONFLICT DO NOTHING;
    IF NOT FOUND THEN
        RAISE EXCEPTION USING ERRCODE = 'ZD511',
            MESSAGE = format('domain "%s" has or had a key', domain),
            HINT = 'A new version of its key: health_dp.rotate_key(). After its destruction, another name.';
    END IF;
    INSERT INTO health_dp.key_version (domain, version, state, check_value)
        VALUES (domain, 1, 'current', health_dp.store_key(new_id, domain, 1));
    RETURN 1;
END
$$;
COMMENT ON FUNCTION health_dp.create_key(text, text) IS
    'Makes the first key of a domain, random and like no other, and returns its version, 1. The form says what identifies a '
    'person there, for good: text, nir or holder.';
REVOKE EXECUTE ON FUNCTION health_dp.create_key(text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION health_dp.create_key(text, text) TO health_dp_custodian;

CREATE FUNCTION health_dp.rotate_key(domain text) RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    domain_id uuid := health_dp.lock_domain(domain);
    new_version integer;
BEGIN
    PERFORM health_dp.refuse_slots(domain);
    UPDATE health_dp.key_version v SET state = 'readable', retired_at = now()
     WHERE v.domain = rotate_key.domain AND v.state = 'current';
    IF NOT FOUND THEN
        RAISE EXCEPTION USING ERRCODE = 'ZD508',
            MESSAGE = format('the keys of domain "%s" were destroyed', domain),
            HINT = 'Make a key for another domain: health_dp.create_key().';
    END IF;
    SELECT max(v.version) + 1 INTO new_version FROM health_dp.key_version v WHERE v.domain = rotate_key.domain;
    IF new_version > 255 THEN
        RAISE EXCEPTION USING ERRCODE = 'ZD511',
            MESSAGE = format('domain "%s" has had all its 255 key versions', domain),
            HINT = 'Make a key for another domain: health_dp.create_key().';
    END IF;
    INSERT INTO health_dp.key_version (domain, version, state, check_value)
        VALUES (domain, new_version, 'current', health_dp.store_key(domain_id, domain, new_version));
    RETURN new_version;
END
$$;
COMMENT ON FUNCTION health_dp.rotate_key(text) IS
    'Makes the next version of a domain''s key and returns it. New pseudonyms carry it; those made before stay readable '
    'until destroy_key() of their version.';
REVOKE EXECUTE ON FUNCTION health_dp.rotate_key(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION health_dp.rotate_key(text) TO health_dp_custodian;

CREATE FUNCTION health_dp.destroy_key(domain text, version integer DEFAULT NULL) RETURNS health_dp.key_certificate
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    domain_id uuid := health_dp.lock_domain(domain);
    doomed integer[];
    change record;
    certificate health_dp.key_certificate;
BEGIN
    PERFORM health_dp.refuse_pending(domain, version);
    SELECT array_agg(v.version ORDER BY v.version) INTO doomed
      FROM health_dp.key_version v
     WHERE v.domain = destroy_key.domain AND v.state <> 'destroyed'
       AND (destroy_key.version IS NULL OR v.version = destroy_key.version);
    IF doomed IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'ZD507',
            MESSAGE = format('domain "%s" has no such key left', domain),
            HINT = 'Versions: SELECT * FROM health_dp.key_versions. Certificates: SELECT * FROM '
                   'health_dp.key_certificate.';
    END IF;
    IF version IS NOT NULL AND EXISTS (SELECT FROM health_dp.key_version v
                                        WHERE v.domain = destroy_key.domain AND v.version = destroy_key.version
                                          AND v.state = 'current') THEN
        RAISE EXCEPTION USING ERRCODE = 'ZD511',
            MESSAGE = format('version %s is the current key of domain "%s"', version, domain),
            HINT = 'Make the next one first, health_dp.rotate_key(), or destroy them all: leave the version out.';
    END IF;
    SELECT * INTO change FROM health_dp.erase_keys(domain_id, domain, doomed);
    INSERT INTO health_dp.key_certificate (domain, key_id, versions, check_values, destroyed_at, epoch, old_root,
                                           new_root, session_role, user_role, certified_at)
        SELECT destroy_key.domain, domain_id, doomed, array_agg(v.check_value ORDER BY v.version),
               array_agg(k.destroyed_at ORDER BY v.version), change.epoch, change.old_root, change.new_root,
               session_user, coalesce(nullif(current_setting('role'), 'none'), session_user), clock_timestamp()
          FROM health_dp.key_version v, health_dp.stored_key(domain_id, v.domain, v.version) k
         WHERE v.domain = destroy_key.domain AND v.version = ANY (doomed)
           AND k.state = 'destroyed' AND k.check_value = v.check_value
        HAVING count(*) = cardinality(doomed)
        RETURNING * INTO certificate;
    IF NOT FOUND THEN
        RAISE EXCEPTION USING ERRCODE = 'ZD506',
            MESSAGE = format('the key store does not know the keys of domain "%s" as the catalogue does', domain),
            HINT = 'It is another server''s, or its backup is older than the database''s: nothing is certified.';
    END IF;
    UPDATE health_dp.key_version v SET state = 'destroyed', destroyed_at = k.destroyed_at
      FROM health_dp.stored_key(domain_id, destroy_key.domain, doomed[1]) k
     WHERE v.domain = destroy_key.domain AND v.version = ANY (doomed);
    RETURN certificate;
END
$$;
COMMENT ON FUNCTION health_dp.destroy_key(text, integer) IS
    'Destroys a version of a domain''s key, or all of them, and returns the certificate. Takes a new root key, under which '
    'the rest of the key store goes on. Not undone by ROLLBACK.';
REVOKE EXECUTE ON FUNCTION health_dp.destroy_key(text, integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION health_dp.destroy_key(text, integer) TO health_dp_custodian;

CREATE FUNCTION health_dp.adopt_keys() RETURNS bigint
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    adopted bigint;
BEGIN
    PERFORM health_dp.require_custodian();
    UPDATE health_dp.key_domain d SET database = health_dp.own_database()
     WHERE d.database <> health_dp.own_database();
    GET DIAGNOSTICS adopted = ROW_COUNT;
    RETURN adopted;
END
$$;
COMMENT ON FUNCTION health_dp.adopt_keys() IS
    'After a restore, or in a copy that is meant to be one: this database may use the keys of the one it was made from. '
    'Returns how many domains that is. Uses are counted apart from then on: adopt where the original is gone, or trusted alike.';
REVOKE EXECUTE ON FUNCTION health_dp.adopt_keys() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION health_dp.adopt_keys() TO health_dp_custodian;

CREATE FUNCTION health_dp.renew_root(OUT epoch bigint, OUT old_root text, OUT new_root text)
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM health_dp.require_custodian();
    SELECT * INTO epoch, old_root, new_root FROM health_dp.move_root();
END
$$;
COMMENT ON FUNCTION health_dp.renew_root() IS
    'Moves the key store to the new root key that the provider gives beside the old one, or that custodians entered. '
    'Domains keep their keys. Not undone by ROLLBACK.';
REVOKE EXECUTE ON FUNCTION health_dp.renew_root() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION health_dp.renew_root() TO health_dp_custodian;

CREATE FUNCTION health_dp.verify_key(domain text, version integer) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM health_dp.require_custodian();
    RETURN health_dp.check_of_key(domain, version)
         = (SELECT v.check_value FROM health_dp.key_version v
             WHERE v.domain = verify_key.domain AND v.version = verify_key.version);
END
$$;
COMMENT ON FUNCTION health_dp.verify_key(text, integer) IS
    'Whether the key that a session gets from the keeper is the one that the catalogue knows. Errors say why there is none.';
REVOKE EXECUTE ON FUNCTION health_dp.verify_key(text, integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION health_dp.verify_key(text, integer) TO health_dp_custodian;

CREATE FUNCTION health_dp.unsealing_key() RETURNS text
    LANGUAGE c STRICT VOLATILE PARALLEL RESTRICTED AS 'MODULE_PATHNAME', 'hdp_keys_unsealing_key';
COMMENT ON FUNCTION health_dp.unsealing_key() IS
    'The public key to which custodians seal shares and contributions with health_dp_keys; another one after every start.';
REVOKE EXECUTE ON FUNCTION health_dp.unsealing_key() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION health_dp.unsealing_key() TO health_dp_custodian;

CREATE FUNCTION health_dp.enter_share(share text) RETURNS text
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    status record;
BEGIN
    PERFORM health_dp.require_custodian();
    PERFORM health_dp.give_share(share);
    SELECT * INTO status FROM health_dp.keeper_status();
    RETURN CASE WHEN status.shares_in > 0
                THEN format('%s: %s of %s shares are in', status.state, status.shares_in, status.shares_needed)
                WHEN status.has_new_root THEN format('%s: a new root key is in', status.state)
                ELSE status.state END;
END
$$;
COMMENT ON FUNCTION health_dp.enter_share(text) IS
    'A custodian''s share of the root key, sealed by health_dp_keys, so that no statement ever holds one in the clear. '
    'Returns what is still missing.';
REVOKE EXECUTE ON FUNCTION health_dp.enter_share(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION health_dp.enter_share(text) TO health_dp_custodian;

CREATE VIEW health_dp.key_status AS
    SELECT s.provider, s.state, s.problem, s.shares_in, s.shares_needed, s.root, s.has_new_root, s.epoch, s.keys
      FROM health_dp.keeper_status() s;
COMMENT ON VIEW health_dp.key_status IS
    'The key keeper now: its provider; open, sealed, no key store, starting, ended or unavailable, and then why; shares '
    'that are in; check value of the root key, and whether a new one is there; epoch of the key store and live keys in it, '
    'each slot''s counted.';
REVOKE ALL ON TABLE health_dp.key_status FROM PUBLIC;
GRANT SELECT ON TABLE health_dp.key_status TO health_dp_custodian, health_dp_steward, health_dp_auditor;

CREATE VIEW health_dp.key_versions AS
    SELECT v.domain, v.version, v.state, v.check_value, v.created_at, v.created_by, v.retired_at, v.destroyed_at
      FROM health_dp.key_version v;
COMMENT ON VIEW health_dp.key_versions IS 'The keys of every domain, for custodians, stewards and auditors.';
REVOKE ALL ON TABLE health_dp.key_versions FROM PUBLIC;
GRANT SELECT ON TABLE health_dp.key_versions TO health_dp_custodian, health_dp_steward, health_dp_auditor;
-- Keys that no organisation makes alone: a version of such a domain has two slots, and two organisations make the key of
-- each (src/core/keys/slots.hpp says how, and why neither of them knows it). Contributions are sealed before they come
-- near the database; it holds who entered what when, and check values [C21]. As with all keys, the key store changes
-- first and the catalogue after it, and the same call made again finishes what was interrupted.

CREATE TABLE health_dp.key_slot (
    domain text COLLATE "C" NOT NULL,
    version integer NOT NULL,
    slot integer NOT NULL,
    made_in integer NOT NULL,
    check_value text,
    CONSTRAINT key_slot_pkey PRIMARY KEY (domain, version, slot),
    CONSTRAINT key_slot_one_or_two CHECK (slot IN (1, 2)),
    CONSTRAINT key_slot_made CHECK (made_in <= version)
);
COMMENT ON TABLE health_dp.key_slot IS 'Two rows per version of a domain whose keys are made of two slots.';
COMMENT ON COLUMN health_dp.key_slot.made_in IS
    'The version whose contributions made the slot''s key: an earlier one where this version took it over.';
COMMENT ON COLUMN health_dp.key_slot.check_value IS 'Of the slot''s key; null until it is made.';
REVOKE ALL ON TABLE health_dp.key_slot FROM PUBLIC;

-- src/keys/catalogue.cpp knows the columns by number: upgrades append columns.
CREATE TABLE health_dp.key_contribution (
    domain text COLLATE "C" NOT NULL,
    version integer NOT NULL,
    slot integer NOT NULL,
    party integer NOT NULL,
    organisation text COLLATE "C" NOT NULL,
    entered_at timestamptz,
    entered_by name,
    check_value text,
    CONSTRAINT key_contribution_pkey PRIMARY KEY (domain, version, slot, party),
    CONSTRAINT key_contribution_two_organisations UNIQUE (domain, version, slot, organisation),
    CONSTRAINT key_contribution_two_of_two CHECK (slot IN (1, 2) AND party IN (1, 2)),
    CONSTRAINT key_contribution_entered CHECK ((entered_at IS NULL) = (entered_by IS NULL)
                                               AND (entered_at IS NULL) = (check_value IS NULL))
);
COMMENT ON TABLE health_dp.key_contribution IS
    'Which organisations make the key of a slot, and which of them have contributed.';
COMMENT ON COLUMN health_dp.key_contribution.check_value IS
    'Of the contribution, as its maker''s receipt has it: another one means that somebody else entered another.';
REVOKE ALL ON TABLE health_dp.key_contribution FROM PUBLIC;

SELECT pg_catalog.pg_extension_config_dump('health_dp.key_slot', '');
SELECT pg_catalog.pg_extension_config_dump('health_dp.key_contribution', '');

CREATE VIEW health_dp.key_slots AS
    SELECT s.domain, s.version, v.state, s.slot, s.check_value, s.made_in, c.organisation, c.entered_at, c.entered_by,
           c.check_value AS contribution
      FROM health_dp.key_slot s
      JOIN health_dp.key_version v ON v.domain = s.domain AND v.version = s.version
      JOIN health_dp.key_contribution c ON c.domain = s.domain AND c.version = s.made_in AND c.slot = s.slot;
COMMENT ON VIEW health_dp.key_slots IS
    'Versions made of two slots: two rows for each slot, one for each organisation, with who entered its contribution when. '
    'Check values of the slot''s key and of the contribution; made_in is the version that the slot''s key was made for.';
REVOKE ALL ON TABLE health_dp.key_slots FROM PUBLIC;
GRANT SELECT ON TABLE health_dp.key_slots TO health_dp_custodian, health_dp_steward, health_dp_auditor;

-- What the functions below ask of the keeper. None of these judges who may: nobody but the owner may call them.

CREATE FUNCTION health_dp.give_contribution(
    key_id uuid, domain text, version integer, slot integer, party integer, organisation text, is_last boolean,
    new_1 boolean, new_2 boolean, version_before integer, sealed text,
    OUT contribution text, OUT check_value text, OUT slot_1 text, OUT slot_2 text)
    LANGUAGE c STRICT VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'hdp_keys_give_contribution';
COMMENT ON FUNCTION health_dp.give_contribution(uuid, text, integer, integer, integer, text, boolean, boolean, boolean,
                                                integer, text) IS
    'Internal to enter_contribution(): check value of the contribution; once the version is made, of it and its slots.';
REVOKE EXECUTE ON FUNCTION health_dp.give_contribution(uuid, text, integer, integer, integer, text, boolean, boolean,
                                                       boolean, integer, text) FROM PUBLIC;

CREATE FUNCTION health_dp.drop_contributions(key_id uuid, domain text, version integer) RETURNS void
    LANGUAGE c STRICT VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'hdp_keys_drop_contributions';
COMMENT ON FUNCTION health_dp.drop_contributions(uuid, text, integer) IS
    'Internal to withdraw_key_slots(): takes the contributions to a version out of the key store.';
REVOKE EXECUTE ON FUNCTION health_dp.drop_contributions(uuid, text, integer) FROM PUBLIC;

CREATE FUNCTION health_dp.missing_contributions(domain text, version integer) RETURNS text
    LANGUAGE c STRICT VOLATILE PARALLEL RESTRICTED AS 'MODULE_PATHNAME', 'hdp_keys_missing';
COMMENT ON FUNCTION health_dp.missing_contributions(text, integer) IS
    'Internal to messages: the slots and organisations that a pending version waits for.';
REVOKE EXECUTE ON FUNCTION health_dp.missing_contributions(text, integer) FROM PUBLIC;

-- Which calls fit a domain.

CREATE FUNCTION health_dp.refuse_slots(domain text) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT FROM health_dp.key_slot s WHERE s.domain = refuse_slots.domain) THEN
        RAISE EXCEPTION USING ERRCODE = 'ZD515',
            MESSAGE = format('the keys of domain "%s" are made of two slots', domain),
            HINT = 'Organisations make its next version together: health_dp.renew_key_slots().';
    END IF;
END
$$;
COMMENT ON FUNCTION health_dp.refuse_slots(text) IS
    'Internal to rotate_key(): nobody alone makes the next version of what two organisations made.';
REVOKE EXECUTE ON FUNCTION health_dp.refuse_slots(text) FROM PUBLIC;

CREATE FUNCTION health_dp.refuse_pending(domain text, version integer) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    pending integer;
BEGIN
    SELECT v.version INTO pending FROM health_dp.key_version v
     WHERE v.domain = refuse_pending.domain AND v.state = 'pending'
       AND (refuse_pending.version IS NULL OR v.version = refuse_pending.version);
    IF FOUND THEN
        RAISE EXCEPTION USING ERRCODE = 'ZD512',
            MESSAGE = format('key version %s of domain "%s" is pending', pending, domain),
            DETAIL = format('Missing contributions: %s.', health_dp.missing_contributions(domain, pending)),
            HINT = 'Have them entered, health_dp.enter_contribution(), or give the version up: '
                   'health_dp.withdraw_key_slots().';
    END IF;
END
$$;
COMMENT ON FUNCTION health_dp.refuse_pending(text, integer) IS
    'Internal: errors while this version, or any where it is null, is pending.';
REVOKE EXECUTE ON FUNCTION health_dp.refuse_pending(text, integer) FROM PUBLIC;

CREATE FUNCTION health_dp.plan_slot(domain text, version integer, slot integer, organisations text[]) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    -- Names as the keeper takes them: without control characters, and without a space at either end that nobody sees.
    IF array_ndims(organisations) IS DISTINCT FROM 1 OR cardinality(organisations) <> 2
        OR (SELECT count(DISTINCT o) FROM unnest(organisations) o
             WHERE octet_length(o) BETWEEN 1 AND 127 AND o = btrim(o) AND o COLLATE "C" !~ '[[:cntrl:]]') <> 2 THEN
        RAISE EXCEPTION USING ERRCODE = 'ZD515',
            MESSAGE = format('slot %s needs the names of two organisations', slot),
            HINT = 'Two different names of 1 to 127 bytes: slot_1 => ARRAY[''Hospices civils de Lyon'', ''Cnam''].';
    END IF;
    INSERT INTO health_dp.key_slot (domain, version, slot, made_in) VALUES (domain, version, slot, version);
    INSERT INTO health_dp.key_contribution (domain, version, slot, party, organisation)
        SELECT plan_slot.domain, plan_slot.version, plan_slot.slot, o.party, o.organisation
          FROM unnest(organisations) WITH ORDINALITY o(organisation, party);
END
$$;
COMMENT ON FUNCTION health_dp.plan_slot(text, integer, integer, text[]) IS
    'Internal: a slot of a pending version, and who is to contribute.';
REVOKE EXECUTE ON FUNCTION health_dp.plan_slot(text, integer, integer, text[]) FROM PUBLIC;

-- What custodians do. SECURITY DEFINER, because they have no privileges on the tables and functions above; as in
-- 50-keys.sql, require_custodian() checks the session's user as well.

CREATE FUNCTION health_dp.open_key_slots(
    domain text, slot_1 text[], slot_2 text[], form text DEFAULT 'text') RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    new_id uuid := gen_random_uuid();
BEGIN
    PERFORM health_dp.require_custodian();
    IF domain IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'ZD511',
            MESSAGE = 'no domain is named',
            HINT = 'For example the source''s name: health_dp.open_key_slots(''snds'', ...).';
    END IF;
    IF form IS NULL OR form NOT IN ('text', 'nir', 'holder') THEN
        RAISE EXCEPTION USING ERRCODE = 'ZD511',
            MESSAGE = 'there is no such form of an identifier',
            HINT = 'Forms: text, nir, holder. The form of a domain is declared once.';
    END IF;
    -- Refuses what is no name of a domain, and every state of the keeper in which nothing could be entered.
    PERFORM health_dp.stored_key(new_id, domain, 1);
    INSERT INTO health_dp.key_domain (domain, key_id, form) VALUES (domain, new_id, form) ON CONFLICT DO NOTHING;
    IF NOT FOUND THEN
        RAISE EXCEPTION USING ERRCODE = 'ZD511',
            MESSAGE = format('domain "%s" has or had a key', domain),
            HINT = 'A new version of it: health_dp.renew_key_slots(). Otherwise, another name.';
    END IF;
    INSERT INTO health_dp.key_version (domain, version, state) VALUES (domain, 1, 'pending');
    PERFORM health_dp.plan_slot(domain, 1, 1, slot_1);
    PERFORM health_dp.plan_slot(domain, 1, 2, slot_2);
    RETURN 1;
END
$$;
COMMENT ON FUNCTION health_dp.open_key_slots(text, text[], text[], text) IS
    'Makes a domain whose keys have two slots, each made by the two organisations that are named, and returns the version '
    'that waits for their contributions, 1. The form is as for create_key().';
REVOKE EXECUTE ON FUNCTION health_dp.open_key_slots(text, text[], text[], text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION health_dp.open_key_slots(text, text[], text[], text) TO health_dp_custodian;

CREATE FUNCTION health_dp.renew_key_slots(
    domain text, slot_1 text[] DEFAULT NULL, slot_2 text[] DEFAULT NULL) RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    domain_id uuid := health_dp.lock_domain(domain);
    before integer;
    new_version integer;
BEGIN
    IF NOT EXISTS (SELECT FROM health_dp.key_slot s WHERE s.domain = renew_key_slots.domain) THEN
        RAISE EXCEPTION USING ERRCODE = 'ZD515',
            MESSAGE = format('the keys of domain "%s" are not made of slots', domain),
            HINT = 'The key keeper makes its next version: health_dp.rotate_key().';
    END IF;
    PERFORM health_dp.refuse_pending(domain, NULL);
    SELECT v.version INTO before FROM health_dp.key_version v
     WHERE v.domain = renew_key_slots.domain AND v.state = 'current';
    IF before IS NULL AND EXISTS (SELECT FROM health_dp.key_version v
                                   WHERE v.domain = renew_key_slots.domain AND v.check_value IS NOT NULL) THEN
        RAISE EXCEPTION USING ERRCODE = 'ZD508',
            MESSAGE = format('the keys of domain "%s" were destroyed', domain),
            HINT = 'Make keys for another domain: health_dp.open_key_slots().';
    END IF;
    IF (slot_1 IS NULL AND slot_2 IS NULL) OR (before IS NULL AND (slot_1 IS NULL OR slot_2 IS NULL)) THEN
        RAISE EXCEPTION USING ERRCODE = 'ZD515',
            MESSAGE = format('domain "%s" needs a new key in %s', domain,
                             CASE WHEN before IS NULL THEN 'both slots' ELSE 'a slot' END),
            HINT = 'Name the two organisations of each slot that is renewed: slot_1 => ARRAY[...], slot_2 => ARRAY[...].';
    END IF;
    SELECT max(v.version) + 1 INTO new_version FROM health_dp.key_version v WHERE v.domain = renew_key_slots.domain;
    -- A catalogue that a backup has set back gives no version out that the key store has: others made its key.
    WHILE new_version <= 255
          AND (SELECT k.state FROM health_dp.stored_key(domain_id, domain, new_version) k) IS NOT NULL LOOP
        new_version := new_version + 1;
    END LOOP;
    IF new_version > 255 THEN
        RAISE EXCEPTION USING ERRCODE = 'ZD511',
            MESSAGE = format('domain "%s" has had all its 255 key versions', domain),
            HINT = 'Make keys for another domain: health_dp.open_key_slots().';
    END IF;
    INSERT INTO health_dp.key_version (domain, version, state) VALUES (domain, new_version, 'pending');
    INSERT INTO health_dp.key_slot (domain, version, slot, made_in, check_value)
        SELECT s.domain, new_version, s.slot, s.made_in, s.check_value
          FROM health_dp.key_slot s
         WHERE s.domain = renew_key_slots.domain AND s.version = before
           AND CASE s.slot WHEN 1 THEN slot_1 ELSE slot_2 END IS NULL;
    IF slot_1 IS NOT NULL THEN
        PERFORM health_dp.plan_slot(domain, new_version, 1, slot_1);
    END IF;
    IF slot_2 IS NOT NULL THEN
        PERFORM health_dp.plan_slot(domain, new_version, 2, slot_2);
    END IF;
    RETURN new_version;
END
$$;
COMMENT ON FUNCTION health_dp.renew_key_slots(text, text[], text[]) IS
    'Begins the next version of a domain whose keys have two slots, and returns it. Slots whose organisations are named get '
    'a new key of them, a slot that is null takes its key over. Until all have contributed, the current version stays.';
REVOKE EXECUTE ON FUNCTION health_dp.renew_key_slots(text, text[], text[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION health_dp.renew_key_slots(text, text[], text[]) TO health_dp_custodian;

CREATE FUNCTION health_dp.enter_contribution(domain text, slot integer, organisation text, sealed text) RETURNS text
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    domain_id uuid := health_dp.lock_domain(domain);
    pending integer;
    current_version integer;
    mine health_dp.key_contribution;
    given record;
BEGIN
    SELECT v.version INTO pending FROM health_dp.key_version v
     WHERE v.domain = enter_contribution.domain AND v.state = 'pending';
    IF NOT FOUND THEN
        RAISE EXCEPTION USING ERRCODE = 'ZD513',
            MESSAGE = format('no key version of domain "%s" waits for contributions', domain),
            HINT = 'A custodian begins one: health_dp.open_key_slots() or health_dp.renew_key_slots().';
    END IF;
    SELECT * INTO mine FROM health_dp.key_contribution c
     WHERE c.domain = enter_contribution.domain AND c.version = pending AND c.slot = enter_contribution.slot
       AND c.organisation = enter_contribution.organisation;
    IF NOT FOUND THEN
        RAISE EXCEPTION USING ERRCODE = 'ZD514',
            MESSAGE = format('version %s of domain "%s" expects nothing of this organisation in this slot', pending, domain),
            HINT = format('Missing contributions: %s.', health_dp.missing_contributions(domain, pending));
    END IF;
    IF mine.entered_at IS NOT NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'ZD513',
            MESSAGE = format('the contribution of "%s" to slot %s is in already', organisation, slot),
            DETAIL = format('Entered by %I, check value %s.', mine.entered_by, mine.check_value),
            HINT = 'If its check value is not that of your receipt, give the version up: health_dp.withdraw_key_slots().';
    END IF;
    -- One person does not stand for two organisations: that two make a key together is all there is to it.
    IF EXISTS (SELECT FROM health_dp.key_contribution c
                WHERE c.domain = enter_contribution.domain AND c.version = pending AND c.entered_by = session_user
                  AND c.organisation <> enter_contribution.organisation) THEN
        RAISE EXCEPTION USING ERRCODE = 'ZD514',
            MESSAGE = format('role %I has contributed for another organisation', session_user),
            HINT = 'Each organisation enters its contribution through a custodian of its own.';
    END IF;
    SELECT v.version INTO current_version FROM health_dp.key_version v
     WHERE v.domain = enter_contribution.domain AND v.state = 'current';
    SELECT * INTO given FROM health_dp.give_contribution(
        domain_id, domain, pending, slot, mine.party, organisation,
        NOT EXISTS (SELECT FROM health_dp.key_contribution c
                     WHERE c.domain = enter_contribution.domain AND c.version = pending AND c.entered_at IS NULL
                       AND (c.slot, c.party) <> (mine.slot, mine.party)),
        (SELECT s.made_in = pending FROM health_dp.key_slot s
          WHERE s.domain = enter_contribution.domain AND s.version = pending AND s.slot = 1),
        (SELECT s.made_in = pending FROM health_dp.key_slot s
          WHERE s.domain = enter_contribution.domain AND s.version = pending AND s.slot = 2),
        coalesce(current_version, 0), coalesce(sealed, ''));
    UPDATE health_dp.key_contribution c
       SET entered_at = clock_timestamp(), entered_by = session_user, check_value = given.contribution
     WHERE c.domain = enter_contribution.domain AND c.version = pending AND (c.slot, c.party) = (mine.slot, mine.party);
    -- Made already, but not all on record: the catalogue is older than the key store, and they enter once more.
    IF given.check_value IS NULL OR EXISTS (SELECT FROM health_dp.key_contribution c
                                             WHERE c.domain = enter_contribution.domain AND c.version = pending
                                               AND c.entered_at IS NULL) THEN
        RETURN format('version %s is pending; missing: %s', pending, health_dp.missing_contributions(domain, pending));
    END IF;
    UPDATE health_dp.key_version v SET state = 'readable', retired_at = now()
     WHERE v.domain = enter_contribution.domain AND v.version = current_version;
    UPDATE health_dp.key_version v SET state = 'current', check_value = given.check_value
     WHERE v.domain = enter_contribution.domain AND v.version = pending;
    UPDATE health_dp.key_slot s SET check_value = CASE s.slot WHEN 1 THEN given.slot_1 ELSE given.slot_2 END
     WHERE s.domain = enter_contribution.domain AND s.version = pending;
    RETURN format('version %s is current', pending);
END
$$;
COMMENT ON FUNCTION health_dp.enter_contribution(text, integer, text, text) IS
    'An organisation''s contribution to the key of a slot, sealed by health_dp_keys, so that no statement ever holds one in '
    'the clear. Returns what is still missing. The last one makes the keys, not undone by ROLLBACK.';
REVOKE EXECUTE ON FUNCTION health_dp.enter_contribution(text, integer, text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION health_dp.enter_contribution(text, integer, text, text) TO health_dp_custodian;

CREATE FUNCTION health_dp.withdraw_key_slots(domain text) RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    domain_id uuid := health_dp.lock_domain(domain);
    pending integer;
BEGIN
    SELECT v.version INTO pending FROM health_dp.key_version v
     WHERE v.domain = withdraw_key_slots.domain AND v.state = 'pending';
    IF NOT FOUND THEN
        RAISE EXCEPTION USING ERRCODE = 'ZD513',
            MESSAGE = format('no key version of domain "%s" waits for contributions', domain),
            HINT = 'A version that is complete is destroyed: health_dp.destroy_key().';
    END IF;
    PERFORM health_dp.drop_contributions(domain_id, domain, pending);
    UPDATE health_dp.key_version v SET state = 'destroyed', destroyed_at = clock_timestamp()
     WHERE v.domain = withdraw_key_slots.domain AND v.version = pending;
    RETURN pending;
END
$$;
COMMENT ON FUNCTION health_dp.withdraw_key_slots(text) IS
    'Gives up the version that waits for contributions, with those that are in, and returns it. The current version stays. '
    'Its number is not given out again. Not undone by ROLLBACK.';
REVOKE EXECUTE ON FUNCTION health_dp.withdraw_key_slots(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION health_dp.withdraw_key_slots(text) TO health_dp_custodian;
-- Who may use which key, how often, and the record of every use [C23]. A pseudonymisation function is an oracle: all French
-- registration numbers are a few hours of one core. So nobody may call one by default; a custodian permits one operation
-- with one domain's key to one role, so many times a day; beyond a thousand a day it takes a project that a steward opened
-- and that is valid and not suspended. The ledger's worker judges and records each use before it is made, in transactions
-- of its own, so that ROLLBACK undoes neither the record nor the quota.
-- No foreign keys, as in the ledger (40-ledger.sql).

CREATE TABLE health_dp.key_permission (
    permission_id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT key_permission_pkey PRIMARY KEY,
    domain text COLLATE "C" NOT NULL,
    operation text COLLATE "C" NOT NULL,
    member regrole NOT NULL,
    member_name name NOT NULL,
    per_day bigint NOT NULL,
    project_id integer,
    permitted_at timestamptz NOT NULL DEFAULT pg_catalog.now(),
    permitted_by name NOT NULL DEFAULT SESSION_USER,
    CONSTRAINT key_permission_once UNIQUE (domain, operation, member),
    CONSTRAINT key_permission_per_day_positive CHECK (per_day > 0),
    CONSTRAINT key_permission_bulk_has_project CHECK (per_day <= 1000 OR project_id IS NOT NULL),
    CONSTRAINT key_permission_operation_known CHECK (operation IN (
        'pseudonymise', 'seal', 'reidentify', 'pseudonymise_nir', 'shift_date', 'blind', 'evaluate', 'finalise', 'link',
        'rotate', 'record_key'))
);
COMMENT ON TABLE health_dp.key_permission IS
    'Which role may do what with a domain''s key, how often a day. Written by custodians'' functions only.';
COMMENT ON COLUMN health_dp.key_permission.member IS
    'The role, and whoever has its privileges: they share its quota.';
COMMENT ON COLUMN health_dp.key_permission.member_name IS
    'The role''s name when it was permitted. A role that was renamed, or dropped and replaced, may nothing any more.';
COMMENT ON COLUMN health_dp.key_permission.project_id IS
    'The authorisation behind it: the permission ends and rests with that project. Needed for more than 1,000 uses a day.';
REVOKE ALL ON TABLE health_dp.key_permission FROM PUBLIC;

CREATE TABLE health_dp.key_use (
    use_id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT key_use_pkey PRIMARY KEY,
    day date NOT NULL,
    used_at timestamptz NOT NULL,
    session_role name NOT NULL,
    user_role name NOT NULL,
    domain text COLLATE "C" NOT NULL,
    version integer NOT NULL,
    operation text COLLATE "C" NOT NULL,
    permission_id bigint NOT NULL,
    project_id integer,
    order_id bigint,
    reserved bigint NOT NULL,
    used bigint,
    finished_at timestamptz,
    CONSTRAINT key_use_reserved_positive CHECK (reserved > 0),
    CONSTRAINT key_use_within_reserved CHECK (used BETWEEN 0 AND reserved AND (used IS NULL) = (finished_at IS NULL))
) WITH (fillfactor = 70);
COMMENT ON TABLE health_dp.key_use IS
    'One row per statement, process and key that computed with it, on disk before it did. Kept for good. The statement is '
    'not on record: identifiers may stand in it.';
COMMENT ON COLUMN health_dp.key_use.reserved IS 'Uses the statement was granted; it takes more as it goes.';
COMMENT ON COLUMN health_dp.key_use.used IS
    'Uses it made, noted at its end. Null while it runs, and after a crash: then all that was reserved counts.';
COMMENT ON COLUMN health_dp.key_use.order_id IS 'The approved order of a reidentification, with its motive.';
CREATE INDEX key_use_domain ON health_dp.key_use (domain, used_at);
COMMENT ON INDEX health_dp.key_use_domain IS 'For auditors: what was done with a domain''s key, in order.';
REVOKE ALL ON TABLE health_dp.key_use FROM PUBLIC;
GRANT SELECT ON TABLE health_dp.key_use TO health_dp_auditor;

CREATE TABLE health_dp.key_use_day (
    permission_id bigint NOT NULL,
    day date NOT NULL,
    used bigint NOT NULL,
    CONSTRAINT key_use_day_pkey PRIMARY KEY (permission_id, day),
    CONSTRAINT key_use_day_not_negative CHECK (used >= 0)
) WITH (fillfactor = 10);
COMMENT ON TABLE health_dp.key_use_day IS 'What each permission has used of its quota, by day (UTC).';
REVOKE ALL ON TABLE health_dp.key_use_day FROM PUBLIC;
GRANT SELECT ON TABLE health_dp.key_use_day TO health_dp_auditor;

CREATE TABLE health_dp.reidentification_order (
    order_id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT reidentification_order_pkey PRIMARY KEY,
    domain text COLLATE "C" NOT NULL,
    motive text NOT NULL,
    at_most bigint NOT NULL,
    opened bigint NOT NULL DEFAULT 0,
    requested_by name NOT NULL,
    requester oid NOT NULL,
    requested_at timestamptz NOT NULL,
    approved_by name,
    approved_at timestamptz,
    approver oid,
    expires_at timestamptz,
    CONSTRAINT reidentification_order_motive_said CHECK (octet_length(motive) BETWEEN 10 AND 255),
    CONSTRAINT reidentification_order_within CHECK (at_most > 0 AND opened BETWEEN 0 AND at_most),
    CONSTRAINT reidentification_order_two_people CHECK (approved_by <> requested_by AND approver <> requester),
    CONSTRAINT reidentification_order_approval
        CHECK ((approved_by IS NULL) = (approved_at IS NULL) AND (approved_by IS NULL) = (expires_at IS NULL))
);
COMMENT ON COLUMN health_dp.reidentification_order.requester IS
    'Number of the role: neither a namesake of one that was dropped nor the same person under another name is somebody else.';
COMMENT ON TABLE health_dp.reidentification_order IS
    'Orders to open sealed identifiers: one person asks and says why, another one, a custodian, approves.';
CREATE INDEX reidentification_order_asked ON health_dp.reidentification_order (domain, requested_by);
COMMENT ON INDEX health_dp.reidentification_order_asked IS 'For the worker, which looks for the order behind a use.';
REVOKE ALL ON TABLE health_dp.reidentification_order FROM PUBLIC;

SELECT pg_catalog.pg_extension_config_dump('health_dp.key_permission', '');
SELECT pg_catalog.pg_extension_config_dump(
    pg_catalog.pg_get_serial_sequence('health_dp.key_permission', 'permission_id'), '');
SELECT pg_catalog.pg_extension_config_dump('health_dp.key_use', '');
SELECT pg_catalog.pg_extension_config_dump(pg_catalog.pg_get_serial_sequence('health_dp.key_use', 'use_id'), '');
SELECT pg_catalog.pg_extension_config_dump('health_dp.key_use_day', '');
SELECT pg_catalog.pg_extension_config_dump('health_dp.reidentification_order', '');
SELECT pg_catalog.pg_extension_config_dump(
    pg_catalog.pg_get_serial_sequence('health_dp.reidentification_order', 'order_id'), '');

-- Against mistakes of those whom privileges do not stop, as for the ledger.
CREATE TRIGGER final BEFORE UPDATE ON health_dp.key_use FOR EACH ROW
    WHEN (OLD.used IS NOT NULL OR NEW.reserved < OLD.reserved
          OR (OLD.use_id, OLD.day, OLD.used_at, OLD.session_role, OLD.user_role, OLD.domain, OLD.version, OLD.operation,
              OLD.permission_id, OLD.project_id, OLD.order_id)
             IS DISTINCT FROM
             (NEW.use_id, NEW.day, NEW.used_at, NEW.session_role, NEW.user_role, NEW.domain, NEW.version, NEW.operation,
              NEW.permission_id, NEW.project_id, NEW.order_id))
    EXECUTE FUNCTION health_dp.refuse_ledger_change();
COMMENT ON TRIGGER final ON health_dp.key_use IS 'An entry grows until its end is noted, once.';
CREATE TRIGGER kept BEFORE DELETE ON health_dp.key_use FOR EACH ROW
    EXECUTE FUNCTION health_dp.refuse_ledger_change();
COMMENT ON TRIGGER kept ON health_dp.key_use IS 'Uses are kept for good.';
CREATE TRIGGER kept_all BEFORE TRUNCATE ON health_dp.key_use FOR EACH STATEMENT
    EXECUTE FUNCTION health_dp.refuse_ledger_change();
COMMENT ON TRIGGER kept_all ON health_dp.key_use IS 'Uses are kept for good.';
ALTER TABLE health_dp.key_use ENABLE ALWAYS TRIGGER final;
ALTER TABLE health_dp.key_use ENABLE ALWAYS TRIGGER kept;
ALTER TABLE health_dp.key_use ENABLE ALWAYS TRIGGER kept_all;

-- The SQL functions that an operation stands for.
CREATE FUNCTION health_dp.functions_of(operation text) RETURNS SETOF regprocedure
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT p.oid::regprocedure
      FROM pg_catalog.pg_proc p
     WHERE p.pronamespace = 'health_dp'::regnamespace
       AND p.proname = ANY (CASE functions_of.operation
                            WHEN 'seal' THEN '{seal_identifier}'
                            WHEN 'reidentify' THEN '{reidentify,reidentify_nir,ask_reidentification}'
                            WHEN 'blind' THEN '{blind,is_identifier}'
                            WHEN 'link' THEN '{}'
                            WHEN 'rotate' THEN '{renew_sealed,renew_pseudonym,start_rotation,continue_rotation,withdraw_rotation}'
                            ELSE ARRAY[functions_of.operation] END::name[])
$$;
COMMENT ON FUNCTION health_dp.functions_of(text) IS 'Internal: the functions that permit_key_use() of an operation opens.';
REVOKE EXECUTE ON FUNCTION health_dp.functions_of(text) FROM PUBLIC;

-- SECURITY DEFINER, as in 50-keys.sql: custodians have no privileges on the tables, nor may they grant EXECUTE themselves.
CREATE FUNCTION health_dp.permit_key_use(
    domain text, operation text, member regrole, per_day bigint, project name DEFAULT NULL) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    behind integer;
    role_name name := (SELECT r.rolname FROM pg_catalog.pg_roles r WHERE r.oid = member);
    opened regprocedure;
BEGIN
    PERFORM health_dp.lock_domain(domain);
    IF operation IS NULL OR operation NOT IN ('pseudonymise', 'seal', 'reidentify', 'pseudonymise_nir', 'shift_date',
                                              'blind', 'evaluate', 'finalise', 'link', 'rotate', 'record_key') THEN
        RAISE EXCEPTION USING ERRCODE = 'ZD602', MESSAGE = 'there is no such operation with a key',
            HINT = 'Operations: pseudonymise, seal, reidentify, pseudonymise_nir, shift_date, blind, evaluate, finalise, '
                   'link, rotate, record_key.';
    END IF;
    IF role_name IS NULL OR role_name LIKE 'pg\_%' THEN
        RAISE EXCEPTION USING ERRCODE = 'ZD602',
            MESSAGE = CASE WHEN role_name IS NULL THEN 'no role is named'
                           ELSE format('predefined role %I cannot be permitted to use a key', role_name) END,
            HINT = 'Name the role of a person, a team or a load job.';
    END IF;
    IF per_day IS NULL OR per_day < 1 THEN
        RAISE EXCEPTION USING ERRCODE = 'ZD602', MESSAGE = 'uses a day are a number from 1 on',
            HINT = 'To end a permission: health_dp.forbid_key_use().';
    END IF;
    IF project IS NOT NULL THEN
        SELECT p.id INTO behind FROM health_dp.project p WHERE p.name = permit_key_use.project;
        IF behind IS NULL THEN
            RAISE EXCEPTION USING ERRCODE = 'ZD102', MESSAGE = format('there is no project %I', project),
                HINT = 'A steward opens one: health_dp.create_project().';
        END IF;
    ELSIF per_day > 1000 THEN
        RAISE EXCEPTION USING ERRCODE = 'ZD602', MESSAGE = 'more than 1,000 uses a day need a project',
            HINT = 'Name the authorisation behind it: permit_key_use(..., project => ''emc2'').';
    END IF;
    INSERT INTO health_dp.key_permission AS k (domain, operation, member, member_name, per_day, project_id)
        VALUES (permit_key_use.domain, permit_key_use.operation, permit_key_use.member, role_name, permit_key_use.per_day,
                behind)
        ON CONFLICT ON CONSTRAINT key_permission_once DO UPDATE
        SET member_name = EXCLUDED.member_name, per_day = EXCLUDED.per_day, project_id = EXCLUDED.project_id,
            permitted_at = now(), permitted_by = session_user;
    FOR opened IN SELECT f FROM health_dp.functions_of(operation) f LOOP
        EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO %I', opened, role_name);
    END LOOP;
END
$$;
COMMENT ON FUNCTION health_dp.permit_key_use(text, text, regrole, bigint, name) IS
    'Permits a role an operation with a domain''s key, so many times a day, or changes what it was permitted. More than 1,000 '
    'a day need a project, whose end or suspension ends the permission.';
REVOKE EXECUTE ON FUNCTION health_dp.permit_key_use(text, text, regrole, bigint, name) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION health_dp.permit_key_use(text, text, regrole, bigint, name) TO health_dp_custodian;

CREATE FUNCTION health_dp.forbid_key_use(domain text, operation text, member name) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    closed regprocedure;
BEGIN
    PERFORM health_dp.lock_domain(domain);
    DELETE FROM health_dp.key_permission k
     WHERE k.domain = forbid_key_use.domain AND k.operation = forbid_key_use.operation
       AND k.member_name = forbid_key_use.member;
    IF NOT FOUND THEN
        RAISE EXCEPTION USING ERRCODE = 'ZD602', MESSAGE = 'there is no such permission',
            HINT = 'Permissions: SELECT * FROM health_dp.key_permissions.';
    END IF;
    IF NOT EXISTS (SELECT FROM health_dp.key_permission k
                    WHERE k.operation = forbid_key_use.operation AND k.member_name = forbid_key_use.member)
       AND EXISTS (SELECT FROM pg_catalog.pg_roles r WHERE r.rolname = forbid_key_use.member) THEN
        FOR closed IN SELECT f FROM health_dp.functions_of(operation) f LOOP
            EXECUTE format('REVOKE EXECUTE ON FUNCTION %s FROM %I', closed, member);
        END LOOP;
    END IF;
END
$$;
COMMENT ON FUNCTION health_dp.forbid_key_use(text, text, name) IS
    'Ends a permission, from the next use on. The name is the one health_dp.key_permissions shows.';
REVOKE EXECUTE ON FUNCTION health_dp.forbid_key_use(text, text, name) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION health_dp.forbid_key_use(text, text, name) TO health_dp_custodian;

CREATE VIEW health_dp.key_permissions AS
    SELECT k.domain, k.operation, k.member_name AS member, k.per_day,
           COALESCE((SELECT d.used FROM health_dp.key_use_day d
                      WHERE d.permission_id = k.permission_id
                        AND d.day = (pg_catalog.clock_timestamp() AT TIME ZONE 'UTC')::date), 0) AS used_today,
           p.name AS project, k.permitted_at, k.permitted_by,
           EXISTS (SELECT FROM pg_catalog.pg_roles r WHERE r.oid = k.member AND r.rolname = k.member_name)
           AND (p.id IS NULL OR (NOT p.suspended AND (pg_catalog.clock_timestamp() AT TIME ZONE 'UTC')::date <@ p.valid))
           AND (k.project_id IS NULL OR p.id IS NOT NULL) AS in_force,
           ARRAY(SELECT r.rolname FROM pg_catalog.pg_roles r
                  WHERE NOT r.rolsuper AND r.oid <> k.member AND pg_catalog.pg_has_role(r.oid, k.member, 'USAGE')
                  ORDER BY r.rolname) AS stands_for
      FROM health_dp.key_permission k LEFT JOIN health_dp.project p ON p.id = k.project_id;
COMMENT ON VIEW health_dp.key_permissions IS
    'Who may do what with which key, how often a day, and how often they did today. stands_for: further roles that have the '
    'member''s privileges and share its quota. in_force is false once the role was dropped or renamed, or the project is '
    'over or suspended.';
REVOKE ALL ON TABLE health_dp.key_permissions FROM PUBLIC;
GRANT SELECT ON TABLE health_dp.key_permissions TO health_dp_custodian, health_dp_steward, health_dp_auditor;

CREATE VIEW health_dp.key_uses AS
    SELECT u.use_id, u.used_at, u.session_role, u.user_role, u.domain, u.version, u.operation,
           COALESCE(u.used, u.reserved) AS uses, u.used IS NOT NULL AS is_final, p.name AS project, o.motive
      FROM health_dp.key_use u
      LEFT JOIN health_dp.project p ON p.id = u.project_id
      LEFT JOIN health_dp.reidentification_order o ON o.order_id = u.order_id;
COMMENT ON VIEW health_dp.key_uses IS
    'The record of key uses: who, which key and version, how many, when. Where is_final is false, the statement still runs, '
    'or its end was lost in a crash, and uses are all that it had reserved.';
REVOKE ALL ON TABLE health_dp.key_uses FROM PUBLIC;
GRANT SELECT ON TABLE health_dp.key_uses TO health_dp_custodian, health_dp_auditor;

-- Reidentification takes two people and a motive. SECURITY DEFINER: whoever asks has no privilege on the table, nor has
-- whoever approves.
CREATE FUNCTION health_dp.ask_reidentification(domain text, motive text, at_most bigint) RETURNS bigint
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    new_order bigint;
BEGIN
    IF NOT EXISTS (SELECT FROM health_dp.key_domain d WHERE d.domain = ask_reidentification.domain) THEN
        RAISE EXCEPTION USING ERRCODE = 'ZD507', MESSAGE = 'there is no such domain',
            HINT = 'Ask a custodian: SELECT DISTINCT domain FROM health_dp.key_versions.';
    END IF;
    IF motive IS NULL OR octet_length(motive) NOT BETWEEN 10 AND 255 OR at_most IS NULL OR at_most < 1 THEN
        RAISE EXCEPTION USING ERRCODE = 'ZD604', MESSAGE = 'an order needs a motive of 10 to 255 bytes and a number from 1 on',
            HINT = 'For example: ask_reidentification(''emc2'', ''batch recall: inform the treating doctors'', 20).';
    END IF;
    INSERT INTO health_dp.reidentification_order (domain, motive, at_most, requested_by, requester, requested_at)
        VALUES (domain, motive, at_most, session_user, (SELECT r.oid FROM pg_catalog.pg_roles r WHERE r.rolname = session_user), clock_timestamp()) RETURNING order_id INTO new_order;
    RETURN new_order;
END
$$;
COMMENT ON FUNCTION health_dp.ask_reidentification(text, text, bigint) IS
    'Asks to open at most so many sealed identifiers of a domain, and says why. Returns the number of the order, which a '
    'custodian other than you approves.';
REVOKE EXECUTE ON FUNCTION health_dp.ask_reidentification(text, text, bigint) FROM PUBLIC;

CREATE FUNCTION health_dp.approve_reidentification(order_id bigint, valid_for interval DEFAULT '7 days') RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    asked health_dp.reidentification_order;
BEGIN
    PERFORM health_dp.require_custodian();
    SELECT * INTO asked FROM health_dp.reidentification_order o
     WHERE o.order_id = approve_reidentification.order_id FOR UPDATE;
    IF NOT FOUND OR asked.approved_at IS NOT NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'ZD604', MESSAGE = 'there is no such order that waits for approval',
            HINT = 'Orders: SELECT * FROM health_dp.reidentification_orders.';
    END IF;
    IF asked.requested_by = session_user OR asked.requester = (SELECT r.oid FROM pg_catalog.pg_roles r WHERE r.rolname = session_user) THEN
        RAISE EXCEPTION USING ERRCODE = 'ZD604', MESSAGE = 'nobody approves an order of their own',
            HINT = 'Another custodian approves it.';
    END IF;
    IF valid_for IS NULL OR valid_for <= interval '0' OR clock_timestamp() + valid_for > clock_timestamp() + interval '90 days' THEN
        RAISE EXCEPTION USING ERRCODE = 'ZD604', MESSAGE = 'an approval holds for some time, at most 90 days',
            HINT = 'For example: approve_reidentification(1, ''7 days'').';
    END IF;
    UPDATE health_dp.reidentification_order o
       SET approved_by = session_user, approver = (SELECT r.oid FROM pg_catalog.pg_roles r WHERE r.rolname = session_user), approved_at = clock_timestamp(),
           expires_at = clock_timestamp() + valid_for
     WHERE o.order_id = asked.order_id;
END
$$;
COMMENT ON FUNCTION health_dp.approve_reidentification(bigint, interval) IS
    'A custodian approves an order of somebody else. Until it expires, that person opens as many identifiers as it says.';
REVOKE EXECUTE ON FUNCTION health_dp.approve_reidentification(bigint, interval) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION health_dp.approve_reidentification(bigint, interval) TO health_dp_custodian;

-- Runs on its owner's rights; whoever asked sees their own orders, in a security barrier.
CREATE VIEW health_dp.reidentification_orders WITH (security_barrier) AS
    SELECT o.order_id, o.domain, o.motive, o.at_most, o.opened, o.requested_by, o.requested_at, o.approved_by, o.approved_at,
           o.expires_at
      FROM health_dp.reidentification_order o
     WHERE o.requested_by = SESSION_USER
        OR pg_catalog.pg_has_role(current_user, 'health_dp_custodian', 'USAGE')
        OR pg_catalog.pg_has_role(current_user, 'health_dp_auditor', 'USAGE');
COMMENT ON VIEW health_dp.reidentification_orders IS
    'Orders to reidentify: your own; all for custodians and auditors. Motive, how many, who asked and who approved.';
REVOKE ALL ON TABLE health_dp.reidentification_orders FROM PUBLIC;
GRANT SELECT ON TABLE health_dp.reidentification_orders TO PUBLIC;
-- The differentially private aggregates. The planner replaces them; what stands here as their transition function only
-- says that it did not, so a query that slips past the library fails closed.

CREATE FUNCTION health_dp.refuse_transition(internal) RETURNS internal
    LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'hdp_release_refuse';
COMMENT ON FUNCTION health_dp.refuse_transition(internal) IS 'internal: refuses a dp aggregate that the planner has not vetted';
CREATE FUNCTION health_dp.refuse_transition(internal, "any") RETURNS internal
    LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'hdp_release_refuse';
COMMENT ON FUNCTION health_dp.refuse_transition(internal, "any") IS 'internal: refuses a dp aggregate that the planner has not vetted';
CREATE FUNCTION health_dp.refuse_transition(internal, "any", "any", "any") RETURNS internal
    LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'hdp_release_refuse';
COMMENT ON FUNCTION health_dp.refuse_transition(internal, "any", "any", "any") IS 'internal: refuses a dp aggregate that the planner has not vetted';
CREATE FUNCTION health_dp.refuse_transition(internal, "any", text) RETURNS internal
    LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'hdp_release_refuse';
COMMENT ON FUNCTION health_dp.refuse_transition(internal, "any", text) IS 'internal: refuses a dp aggregate that the planner has not vetted';

CREATE FUNCTION health_dp.refuse_bigint(internal) RETURNS bigint
    LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'hdp_release_refuse';
COMMENT ON FUNCTION health_dp.refuse_bigint(internal) IS 'internal: refuses a dp aggregate that the planner has not vetted';
CREATE FUNCTION health_dp.refuse_numeric(internal) RETURNS numeric
    LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'hdp_release_refuse';
COMMENT ON FUNCTION health_dp.refuse_numeric(internal) IS 'internal: refuses a dp aggregate that the planner has not vetted';
CREATE FUNCTION health_dp.refuse_real(internal) RETURNS real
    LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'hdp_release_refuse';
COMMENT ON FUNCTION health_dp.refuse_real(internal) IS 'internal: refuses a dp aggregate that the planner has not vetted';
CREATE FUNCTION health_dp.refuse_double(internal) RETURNS double precision
    LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'hdp_release_refuse';
COMMENT ON FUNCTION health_dp.refuse_double(internal) IS 'internal: refuses a dp aggregate that the planner has not vetted';
CREATE FUNCTION health_dp.refuse_bytea(internal) RETURNS bytea
    LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'hdp_release_refuse';
COMMENT ON FUNCTION health_dp.refuse_bytea(internal) IS 'internal: refuses a dp aggregate that the planner has not vetted';

CREATE AGGREGATE health_dp.release_marker("any", text) (
    sfunc = health_dp.refuse_transition, stype = internal, finalfunc = health_dp.refuse_bytea, parallel = safe);
COMMENT ON AGGREGATE health_dp.release_marker("any", text) IS 'internal: marks a vetted release between planner and executor';

CREATE AGGREGATE health_dp.dp_count(*) (
    sfunc = health_dp.refuse_transition, stype = internal, finalfunc = health_dp.refuse_bigint, parallel = safe);
COMMENT ON AGGREGATE health_dp.dp_count(*) IS 'number of rows, with noise; at most R rows of each patient and group count';
CREATE AGGREGATE health_dp.dp_count("any") (
    sfunc = health_dp.refuse_transition, stype = internal, finalfunc = health_dp.refuse_bigint, parallel = safe);
COMMENT ON AGGREGATE health_dp.dp_count("any") IS 'number of rows where the argument is not null, with noise; dp_count(DISTINCT patient) counts patients';

CREATE AGGREGATE health_dp.dp_sum(smallint) (
    sfunc = health_dp.refuse_transition, stype = internal, finalfunc = health_dp.refuse_bigint, parallel = safe);
COMMENT ON AGGREGATE health_dp.dp_sum(smallint) IS 'sum within the bounds the column declares, with noise';
CREATE AGGREGATE health_dp.dp_sum(integer) (
    sfunc = health_dp.refuse_transition, stype = internal, finalfunc = health_dp.refuse_bigint, parallel = safe);
COMMENT ON AGGREGATE health_dp.dp_sum(integer) IS 'sum within the bounds the column declares, with noise';
CREATE AGGREGATE health_dp.dp_sum(bigint) (
    sfunc = health_dp.refuse_transition, stype = internal, finalfunc = health_dp.refuse_numeric, parallel = safe);
COMMENT ON AGGREGATE health_dp.dp_sum(bigint) IS 'sum within the bounds the column declares, with noise';
CREATE AGGREGATE health_dp.dp_sum(numeric) (
    sfunc = health_dp.refuse_transition, stype = internal, finalfunc = health_dp.refuse_numeric, parallel = safe);
COMMENT ON AGGREGATE health_dp.dp_sum(numeric) IS 'sum within the bounds the column declares, with noise';
CREATE AGGREGATE health_dp.dp_sum(real) (
    sfunc = health_dp.refuse_transition, stype = internal, finalfunc = health_dp.refuse_real, parallel = safe);
COMMENT ON AGGREGATE health_dp.dp_sum(real) IS 'sum within the bounds the column declares, with noise';
CREATE AGGREGATE health_dp.dp_sum(double precision) (
    sfunc = health_dp.refuse_transition, stype = internal, finalfunc = health_dp.refuse_double, parallel = safe);
COMMENT ON AGGREGATE health_dp.dp_sum(double precision) IS 'sum within the bounds the column declares, with noise';

CREATE AGGREGATE health_dp.dp_sum(smallint, lower smallint, upper smallint) (
    sfunc = health_dp.refuse_transition, stype = internal, finalfunc = health_dp.refuse_bigint, parallel = safe);
COMMENT ON AGGREGATE health_dp.dp_sum(smallint, smallint, smallint) IS 'sum of values clamped to [lower, upper], with noise';
CREATE AGGREGATE health_dp.dp_sum(integer, lower integer, upper integer) (
    sfunc = health_dp.refuse_transition, stype = internal, finalfunc = health_dp.refuse_bigint, parallel = safe);
COMMENT ON AGGREGATE health_dp.dp_sum(integer, integer, integer) IS 'sum of values clamped to [lower, upper], with noise';
CREATE AGGREGATE health_dp.dp_sum(bigint, lower bigint, upper bigint) (
    sfunc = health_dp.refuse_transition, stype = internal, finalfunc = health_dp.refuse_numeric, parallel = safe);
COMMENT ON AGGREGATE health_dp.dp_sum(bigint, bigint, bigint) IS 'sum of values clamped to [lower, upper], with noise';
CREATE AGGREGATE health_dp.dp_sum(numeric, lower numeric, upper numeric) (
    sfunc = health_dp.refuse_transition, stype = internal, finalfunc = health_dp.refuse_numeric, parallel = safe);
COMMENT ON AGGREGATE health_dp.dp_sum(numeric, numeric, numeric) IS 'sum of values clamped to [lower, upper], with noise';
CREATE AGGREGATE health_dp.dp_sum(real, lower real, upper real) (
    sfunc = health_dp.refuse_transition, stype = internal, finalfunc = health_dp.refuse_real, parallel = safe);
COMMENT ON AGGREGATE health_dp.dp_sum(real, real, real) IS 'sum of values clamped to [lower, upper], with noise';
CREATE AGGREGATE health_dp.dp_sum(double precision, lower double precision, upper double precision) (
    sfunc = health_dp.refuse_transition, stype = internal, finalfunc = health_dp.refuse_double, parallel = safe);
COMMENT ON AGGREGATE health_dp.dp_sum(double precision, double precision, double precision) IS 'sum of values clamped to [lower, upper], with noise';

CREATE AGGREGATE health_dp.dp_avg(smallint) (
    sfunc = health_dp.refuse_transition, stype = internal, finalfunc = health_dp.refuse_numeric, parallel = safe);
COMMENT ON AGGREGATE health_dp.dp_avg(smallint) IS 'mean within the bounds the column declares, with noise; two measurements';
CREATE AGGREGATE health_dp.dp_avg(integer) (
    sfunc = health_dp.refuse_transition, stype = internal, finalfunc = health_dp.refuse_numeric, parallel = safe);
COMMENT ON AGGREGATE health_dp.dp_avg(integer) IS 'mean within the bounds the column declares, with noise; two measurements';
CREATE AGGREGATE health_dp.dp_avg(bigint) (
    sfunc = health_dp.refuse_transition, stype = internal, finalfunc = health_dp.refuse_numeric, parallel = safe);
COMMENT ON AGGREGATE health_dp.dp_avg(bigint) IS 'mean within the bounds the column declares, with noise; two measurements';
CREATE AGGREGATE health_dp.dp_avg(numeric) (
    sfunc = health_dp.refuse_transition, stype = internal, finalfunc = health_dp.refuse_numeric, parallel = safe);
COMMENT ON AGGREGATE health_dp.dp_avg(numeric) IS 'mean within the bounds the column declares, with noise; two measurements';
CREATE AGGREGATE health_dp.dp_avg(real) (
    sfunc = health_dp.refuse_transition, stype = internal, finalfunc = health_dp.refuse_double, parallel = safe);
COMMENT ON AGGREGATE health_dp.dp_avg(real) IS 'mean within the bounds the column declares, with noise; two measurements';
CREATE AGGREGATE health_dp.dp_avg(double precision) (
    sfunc = health_dp.refuse_transition, stype = internal, finalfunc = health_dp.refuse_double, parallel = safe);
COMMENT ON AGGREGATE health_dp.dp_avg(double precision) IS 'mean within the bounds the column declares, with noise; two measurements';

CREATE AGGREGATE health_dp.dp_avg(smallint, lower smallint, upper smallint) (
    sfunc = health_dp.refuse_transition, stype = internal, finalfunc = health_dp.refuse_numeric, parallel = safe);
COMMENT ON AGGREGATE health_dp.dp_avg(smallint, smallint, smallint) IS 'mean of values clamped to [lower, upper], with noise; two measurements';
CREATE AGGREGATE health_dp.dp_avg(integer, lower integer, upper integer) (
    sfunc = health_dp.refuse_transition, stype = internal, finalfunc = health_dp.refuse_numeric, parallel = safe);
COMMENT ON AGGREGATE health_dp.dp_avg(integer, integer, integer) IS 'mean of values clamped to [lower, upper], with noise; two measurements';
CREATE AGGREGATE health_dp.dp_avg(bigint, lower bigint, upper bigint) (
    sfunc = health_dp.refuse_transition, stype = internal, finalfunc = health_dp.refuse_numeric, parallel = safe);
COMMENT ON AGGREGATE health_dp.dp_avg(bigint, bigint, bigint) IS 'mean of values clamped to [lower, upper], with noise; two measurements';
CREATE AGGREGATE health_dp.dp_avg(numeric, lower numeric, upper numeric) (
    sfunc = health_dp.refuse_transition, stype = internal, finalfunc = health_dp.refuse_numeric, parallel = safe);
COMMENT ON AGGREGATE health_dp.dp_avg(numeric, numeric, numeric) IS 'mean of values clamped to [lower, upper], with noise; two measurements';
CREATE AGGREGATE health_dp.dp_avg(real, lower real, upper real) (
    sfunc = health_dp.refuse_transition, stype = internal, finalfunc = health_dp.refuse_double, parallel = safe);
COMMENT ON AGGREGATE health_dp.dp_avg(real, real, real) IS 'mean of values clamped to [lower, upper], with noise; two measurements';
CREATE AGGREGATE health_dp.dp_avg(double precision, lower double precision, upper double precision) (
    sfunc = health_dp.refuse_transition, stype = internal, finalfunc = health_dp.refuse_double, parallel = safe);
COMMENT ON AGGREGATE health_dp.dp_avg(double precision, double precision, double precision) IS 'mean of values clamped to [lower, upper], with noise; two measurements';
-- Aggregates of suppressed releases: exact, small cells hidden. As with the dp aggregates, the planner replaces them.

CREATE FUNCTION health_dp.refuse_boolean(internal) RETURNS boolean
    LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'hdp_release_refuse';
COMMENT ON FUNCTION health_dp.refuse_boolean(internal) IS 'internal: refuses an aggregate of a suppressed release that the planner has not vetted';

CREATE AGGREGATE health_dp.sc_count(*) (
    sfunc = health_dp.refuse_transition, stype = internal, finalfunc = health_dp.refuse_bigint, parallel = safe);
COMMENT ON AGGREGATE health_dp.sc_count(*) IS 'number of rows, exact; null where the cell is hidden';
CREATE AGGREGATE health_dp.sc_count("any") (
    sfunc = health_dp.refuse_transition, stype = internal, finalfunc = health_dp.refuse_bigint, parallel = safe);
COMMENT ON AGGREGATE health_dp.sc_count("any") IS 'sc_count(DISTINCT patient): number of patients, exact; null where the cell is hidden';
CREATE AGGREGATE health_dp.sc_hidden(*) (
    sfunc = health_dp.refuse_transition, stype = internal, finalfunc = health_dp.refuse_boolean, parallel = safe);
COMMENT ON AGGREGATE health_dp.sc_hidden(*) IS 'whether the cell is hidden, by a rule or to protect another one: which of the two is not said';

CREATE AGGREGATE health_dp.sc_sum(smallint) (
    sfunc = health_dp.refuse_transition, stype = internal, finalfunc = health_dp.refuse_bigint, parallel = safe);
COMMENT ON AGGREGATE health_dp.sc_sum(smallint) IS 'sum of a column with declared bounds, exact; null where it is hidden';
CREATE AGGREGATE health_dp.sc_sum(integer) (
    sfunc = health_dp.refuse_transition, stype = internal, finalfunc = health_dp.refuse_bigint, parallel = safe);
COMMENT ON AGGREGATE health_dp.sc_sum(integer) IS 'sum of a column with declared bounds, exact; null where it is hidden';
CREATE AGGREGATE health_dp.sc_sum(bigint) (
    sfunc = health_dp.refuse_transition, stype = internal, finalfunc = health_dp.refuse_numeric, parallel = safe);
COMMENT ON AGGREGATE health_dp.sc_sum(bigint) IS 'sum of a column with declared bounds, exact; null where it is hidden';
CREATE AGGREGATE health_dp.sc_sum(numeric) (
    sfunc = health_dp.refuse_transition, stype = internal, finalfunc = health_dp.refuse_numeric, parallel = safe);
COMMENT ON AGGREGATE health_dp.sc_sum(numeric) IS 'sum of a column with declared bounds, exact; null where it is hidden';
CREATE AGGREGATE health_dp.sc_sum(real) (
    sfunc = health_dp.refuse_transition, stype = internal, finalfunc = health_dp.refuse_real, parallel = safe);
COMMENT ON AGGREGATE health_dp.sc_sum(real) IS 'sum of a column with declared bounds, exact; null where it is hidden';
CREATE AGGREGATE health_dp.sc_sum(double precision) (
    sfunc = health_dp.refuse_transition, stype = internal, finalfunc = health_dp.refuse_double, parallel = safe);
COMMENT ON AGGREGATE health_dp.sc_sum(double precision) IS 'sum of a column with declared bounds, exact; null where it is hidden';

CREATE AGGREGATE health_dp.sc_avg(smallint) (
    sfunc = health_dp.refuse_transition, stype = internal, finalfunc = health_dp.refuse_numeric, parallel = safe);
COMMENT ON AGGREGATE health_dp.sc_avg(smallint) IS 'mean of a column with declared bounds, exact; null where it is hidden';
CREATE AGGREGATE health_dp.sc_avg(integer) (
    sfunc = health_dp.refuse_transition, stype = internal, finalfunc = health_dp.refuse_numeric, parallel = safe);
COMMENT ON AGGREGATE health_dp.sc_avg(integer) IS 'mean of a column with declared bounds, exact; null where it is hidden';
CREATE AGGREGATE health_dp.sc_avg(bigint) (
    sfunc = health_dp.refuse_transition, stype = internal, finalfunc = health_dp.refuse_numeric, parallel = safe);
COMMENT ON AGGREGATE health_dp.sc_avg(bigint) IS 'mean of a column with declared bounds, exact; null where it is hidden';
CREATE AGGREGATE health_dp.sc_avg(numeric) (
    sfunc = health_dp.refuse_transition, stype = internal, finalfunc = health_dp.refuse_numeric, parallel = safe);
COMMENT ON AGGREGATE health_dp.sc_avg(numeric) IS 'mean of a column with declared bounds, exact; null where it is hidden';
CREATE AGGREGATE health_dp.sc_avg(real) (
    sfunc = health_dp.refuse_transition, stype = internal, finalfunc = health_dp.refuse_double, parallel = safe);
COMMENT ON AGGREGATE health_dp.sc_avg(real) IS 'mean of a column with declared bounds, exact; null where it is hidden';
CREATE AGGREGATE health_dp.sc_avg(double precision) (
    sfunc = health_dp.refuse_transition, stype = internal, finalfunc = health_dp.refuse_double, parallel = safe);
COMMENT ON AGGREGATE health_dp.sc_avg(double precision) IS 'mean of a column with declared bounds, exact; null where it is hidden';

CREATE AGGREGATE health_dp.sc_var(smallint) (
    sfunc = health_dp.refuse_transition, stype = internal, finalfunc = health_dp.refuse_numeric, parallel = safe);
COMMENT ON AGGREGATE health_dp.sc_var(smallint) IS 'variance of a column with declared bounds, as var_samp, exact; null where it is hidden';
CREATE AGGREGATE health_dp.sc_var(integer) (
    sfunc = health_dp.refuse_transition, stype = internal, finalfunc = health_dp.refuse_numeric, parallel = safe);
COMMENT ON AGGREGATE health_dp.sc_var(integer) IS 'variance of a column with declared bounds, as var_samp, exact; null where it is hidden';
CREATE AGGREGATE health_dp.sc_var(bigint) (
    sfunc = health_dp.refuse_transition, stype = internal, finalfunc = health_dp.refuse_numeric, parallel = safe);
COMMENT ON AGGREGATE health_dp.sc_var(bigint) IS 'variance of a column with declared bounds, as var_samp, exact; null where it is hidden';
CREATE AGGREGATE health_dp.sc_var(numeric) (
    sfunc = health_dp.refuse_transition, stype = internal, finalfunc = health_dp.refuse_numeric, parallel = safe);
COMMENT ON AGGREGATE health_dp.sc_var(numeric) IS 'variance of a column with declared bounds, as var_samp, exact; null where it is hidden';
CREATE AGGREGATE health_dp.sc_var(real) (
    sfunc = health_dp.refuse_transition, stype = internal, finalfunc = health_dp.refuse_double, parallel = safe);
COMMENT ON AGGREGATE health_dp.sc_var(real) IS 'variance of a column with declared bounds, as var_samp, exact; null where it is hidden';
CREATE AGGREGATE health_dp.sc_var(double precision) (
    sfunc = health_dp.refuse_transition, stype = internal, finalfunc = health_dp.refuse_double, parallel = safe);
COMMENT ON AGGREGATE health_dp.sc_var(double precision) IS 'variance of a column with declared bounds, as var_samp, exact; null where it is hidden';

CREATE FUNCTION health_dp.release_set() RETURNS integer
    LANGUAGE c STABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'hdp_release_set';
COMMENT ON FUNCTION health_dp.release_set() IS 'internal: stands for the grouping set in a suppressed release, which puts it in';
-- Total versions of PostgreSQL's functions for expressions inside releases: NULL where the original raises an error,
-- because an error would tell that a row with a certain value exists. The planner puts them in; anybody may call them.

CREATE FUNCTION health_dp.total_add(int2, int2) RETURNS int2
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'hdp_total_add_int2';
COMMENT ON FUNCTION health_dp.total_add(int2, int2) IS 'sum, NULL where there is none';
CREATE FUNCTION health_dp.total_add(int4, int4) RETURNS int4
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'hdp_total_add_int4';
COMMENT ON FUNCTION health_dp.total_add(int4, int4) IS 'sum, NULL where there is none';
CREATE FUNCTION health_dp.total_add(int8, int8) RETURNS int8
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'hdp_total_add_int8';
COMMENT ON FUNCTION health_dp.total_add(int8, int8) IS 'sum, NULL where there is none';
CREATE FUNCTION health_dp.total_add(float4, float4) RETURNS float4
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'hdp_total_add_float4';
COMMENT ON FUNCTION health_dp.total_add(float4, float4) IS 'sum, NULL where there is none';
CREATE FUNCTION health_dp.total_add(float8, float8) RETURNS float8
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'hdp_total_add_float8';
COMMENT ON FUNCTION health_dp.total_add(float8, float8) IS 'sum, NULL where there is none';
CREATE FUNCTION health_dp.total_add(numeric, numeric) RETURNS numeric
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'hdp_total_add_numeric';
COMMENT ON FUNCTION health_dp.total_add(numeric, numeric) IS 'sum, NULL where there is none';
CREATE FUNCTION health_dp.total_subtract(int2, int2) RETURNS int2
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'hdp_total_subtract_int2';
COMMENT ON FUNCTION health_dp.total_subtract(int2, int2) IS 'difference, NULL where there is none';
CREATE FUNCTION health_dp.total_subtract(int4, int4) RETURNS int4
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'hdp_total_subtract_int4';
COMMENT ON FUNCTION health_dp.total_subtract(int4, int4) IS 'difference, NULL where there is none';
CREATE FUNCTION health_dp.total_subtract(int8, int8) RETURNS int8
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'hdp_total_subtract_int8';
COMMENT ON FUNCTION health_dp.total_subtract(int8, int8) IS 'difference, NULL where there is none';
CREATE FUNCTION health_dp.total_subtract(float4, float4) RETURNS float4
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'hdp_total_subtract_float4';
COMMENT ON FUNCTION health_dp.total_subtract(float4, float4) IS 'difference, NULL where there is none';
CREATE FUNCTION health_dp.total_subtract(float8, float8) RETURNS float8
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'hdp_total_subtract_float8';
COMMENT ON FUNCTION health_dp.total_subtract(float8, float8) IS 'difference, NULL where there is none';
CREATE FUNCTION health_dp.total_subtract(numeric, numeric) RETURNS numeric
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'hdp_total_subtract_numeric';
COMMENT ON FUNCTION health_dp.total_subtract(numeric, numeric) IS 'difference, NULL where there is none';
CREATE FUNCTION health_dp.total_multiply(int2, int2) RETURNS int2
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'hdp_total_multiply_int2';
COMMENT ON FUNCTION health_dp.total_multiply(int2, int2) IS 'product, NULL where there is none';
CREATE FUNCTION health_dp.total_multiply(int4, int4) RETURNS int4
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'hdp_total_multiply_int4';
COMMENT ON FUNCTION health_dp.total_multiply(int4, int4) IS 'product, NULL where there is none';
CREATE FUNCTION health_dp.total_multiply(int8, int8) RETURNS int8
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'hdp_total_multiply_int8';
COMMENT ON FUNCTION health_dp.total_multiply(int8, int8) IS 'product, NULL where there is none';
CREATE FUNCTION health_dp.total_multiply(float4, float4) RETURNS float4
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'hdp_total_multiply_float4';
COMMENT ON FUNCTION health_dp.total_multiply(float4, float4) IS 'product, NULL where there is none';
CREATE FUNCTION health_dp.total_multiply(float8, float8) RETURNS float8
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'hdp_total_multiply_float8';
COMMENT ON FUNCTION health_dp.total_multiply(float8, float8) IS 'product, NULL where there is none';
CREATE FUNCTION health_dp.total_multiply(numeric, numeric) RETURNS numeric
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'hdp_total_multiply_numeric';
COMMENT ON FUNCTION health_dp.total_multiply(numeric, numeric) IS 'product, NULL where there is none';
CREATE FUNCTION health_dp.total_divide(int2, int2) RETURNS int2
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'hdp_total_divide_int2';
COMMENT ON FUNCTION health_dp.total_divide(int2, int2) IS 'quotient, NULL where there is none';
CREATE FUNCTION health_dp.total_divide(int4, int4) RETURNS int4
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'hdp_total_divide_int4';
COMMENT ON FUNCTION health_dp.total_divide(int4, int4) IS 'quotient, NULL where there is none';
CREATE FUNCTION health_dp.total_divide(int8, int8) RETURNS int8
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'hdp_total_divide_int8';
COMMENT ON FUNCTION health_dp.total_divide(int8, int8) IS 'quotient, NULL where there is none';
CREATE FUNCTION health_dp.total_divide(float4, float4) RETURNS float4
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'hdp_total_divide_float4';
COMMENT ON FUNCTION health_dp.total_divide(float4, float4) IS 'quotient, NULL where there is none';
CREATE FUNCTION health_dp.total_divide(float8, float8) RETURNS float8
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'hdp_total_divide_float8';
COMMENT ON FUNCTION health_dp.total_divide(float8, float8) IS 'quotient, NULL where there is none';
CREATE FUNCTION health_dp.total_divide(numeric, numeric) RETURNS numeric
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'hdp_total_divide_numeric';
COMMENT ON FUNCTION health_dp.total_divide(numeric, numeric) IS 'quotient, NULL where there is none';
CREATE FUNCTION health_dp.total_modulo(int2, int2) RETURNS int2
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'hdp_total_modulo_int2';
COMMENT ON FUNCTION health_dp.total_modulo(int2, int2) IS 'remainder, NULL where there is none';
CREATE FUNCTION health_dp.total_modulo(int4, int4) RETURNS int4
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'hdp_total_modulo_int4';
COMMENT ON FUNCTION health_dp.total_modulo(int4, int4) IS 'remainder, NULL where there is none';
CREATE FUNCTION health_dp.total_modulo(int8, int8) RETURNS int8
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'hdp_total_modulo_int8';
COMMENT ON FUNCTION health_dp.total_modulo(int8, int8) IS 'remainder, NULL where there is none';
CREATE FUNCTION health_dp.total_modulo(numeric, numeric) RETURNS numeric
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'hdp_total_modulo_numeric';
COMMENT ON FUNCTION health_dp.total_modulo(numeric, numeric) IS 'remainder, NULL where there is none';
CREATE FUNCTION health_dp.total_negate(int2) RETURNS int2
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'hdp_total_negate_int2';
COMMENT ON FUNCTION health_dp.total_negate(int2) IS 'negative, NULL where there is none';
CREATE FUNCTION health_dp.total_negate(int4) RETURNS int4
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'hdp_total_negate_int4';
COMMENT ON FUNCTION health_dp.total_negate(int4) IS 'negative, NULL where there is none';
CREATE FUNCTION health_dp.total_negate(int8) RETURNS int8
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'hdp_total_negate_int8';
COMMENT ON FUNCTION health_dp.total_negate(int8) IS 'negative, NULL where there is none';
CREATE FUNCTION health_dp.total_abs(int2) RETURNS int2
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'hdp_total_abs_int2';
COMMENT ON FUNCTION health_dp.total_abs(int2) IS 'absolute value, NULL where there is none';
CREATE FUNCTION health_dp.total_abs(int4) RETURNS int4
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'hdp_total_abs_int4';
COMMENT ON FUNCTION health_dp.total_abs(int4) IS 'absolute value, NULL where there is none';
CREATE FUNCTION health_dp.total_abs(int8) RETURNS int8
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'hdp_total_abs_int8';
COMMENT ON FUNCTION health_dp.total_abs(int8) IS 'absolute value, NULL where there is none';
CREATE FUNCTION health_dp.total_int2(int8) RETURNS int2
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'hdp_total_int2_from_int8';
COMMENT ON FUNCTION health_dp.total_int2(int8) IS 'conversion, NULL where the value does not fit';
CREATE FUNCTION health_dp.total_int2(float8) RETURNS int2
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'hdp_total_int2_from_float8';
COMMENT ON FUNCTION health_dp.total_int2(float8) IS 'conversion, NULL where the value does not fit';
CREATE FUNCTION health_dp.total_int2(numeric) RETURNS int2
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'hdp_total_int2_from_numeric';
COMMENT ON FUNCTION health_dp.total_int2(numeric) IS 'conversion, NULL where the value does not fit';
CREATE FUNCTION health_dp.total_int4(int8) RETURNS int4
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'hdp_total_int4_from_int8';
COMMENT ON FUNCTION health_dp.total_int4(int8) IS 'conversion, NULL where the value does not fit';
CREATE FUNCTION health_dp.total_int4(float8) RETURNS int4
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'hdp_total_int4_from_float8';
COMMENT ON FUNCTION health_dp.total_int4(float8) IS 'conversion, NULL where the value does not fit';
CREATE FUNCTION health_dp.total_int4(numeric) RETURNS int4
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'hdp_total_int4_from_numeric';
COMMENT ON FUNCTION health_dp.total_int4(numeric) IS 'conversion, NULL where the value does not fit';
CREATE FUNCTION health_dp.total_int8(float8) RETURNS int8
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'hdp_total_int8_from_float8';
COMMENT ON FUNCTION health_dp.total_int8(float8) IS 'conversion, NULL where the value does not fit';
CREATE FUNCTION health_dp.total_int8(numeric) RETURNS int8
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'hdp_total_int8_from_numeric';
COMMENT ON FUNCTION health_dp.total_int8(numeric) IS 'conversion, NULL where the value does not fit';
CREATE FUNCTION health_dp.total_float4(float8) RETURNS float4
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'hdp_total_float4_from_float8';
COMMENT ON FUNCTION health_dp.total_float4(float8) IS 'conversion, NULL where the value does not fit';
CREATE FUNCTION health_dp.total_float4(numeric) RETURNS float4
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'hdp_total_float4_from_numeric';
COMMENT ON FUNCTION health_dp.total_float4(numeric) IS 'conversion, NULL where the value does not fit';
CREATE FUNCTION health_dp.total_float8(numeric) RETURNS float8
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'hdp_total_float8_from_numeric';
COMMENT ON FUNCTION health_dp.total_float8(numeric) IS 'conversion, NULL where the value does not fit';
CREATE FUNCTION health_dp.total_round(numeric, int4) RETURNS numeric
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'hdp_total_round_numeric';
COMMENT ON FUNCTION health_dp.total_round(numeric, int4) IS 'rounds to at most 1000 digits before or after the point, NULL beyond 10^131071';
CREATE FUNCTION health_dp.total_concat(text, text) RETURNS text
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'hdp_total_concat';
COMMENT ON FUNCTION health_dp.total_concat(text, text) IS 'concatenation, NULL beyond 64 kB';
CREATE FUNCTION health_dp.total_add(date, int4) RETURNS date
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'hdp_total_add_date_days';
COMMENT ON FUNCTION health_dp.total_add(date, int4) IS 'date some days later, NULL where finite and outside 4000 BC to AD 198000';
CREATE FUNCTION health_dp.total_subtract(date, int4) RETURNS date
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'hdp_total_subtract_date_days';
COMMENT ON FUNCTION health_dp.total_subtract(date, int4) IS 'date some days earlier, NULL where finite and outside 4000 BC to AD 198000';
CREATE FUNCTION health_dp.total_subtract(date, date) RETURNS int4
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'hdp_total_subtract_dates';
COMMENT ON FUNCTION health_dp.total_subtract(date, date) IS 'days between two dates, NULL outside 4000 BC to AD 198000';
CREATE FUNCTION health_dp.total_add(date, interval) RETURNS timestamp
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'hdp_total_add_date_interval';
COMMENT ON FUNCTION health_dp.total_add(date, interval) IS 'date plus an interval, NULL where finite and outside 4000 BC to AD 198000';
CREATE FUNCTION health_dp.total_subtract(date, interval) RETURNS timestamp
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'hdp_total_subtract_date_interval';
COMMENT ON FUNCTION health_dp.total_subtract(date, interval) IS 'date minus an interval, NULL where finite and outside 4000 BC to AD 198000';
CREATE FUNCTION health_dp.total_add(timestamp, interval) RETURNS timestamp
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'hdp_total_add_timestamp_interval';
COMMENT ON FUNCTION health_dp.total_add(timestamp, interval) IS 'timestamp plus an interval, NULL where finite and outside 4000 BC to AD 198000';
CREATE FUNCTION health_dp.total_subtract(timestamp, interval) RETURNS timestamp
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'hdp_total_subtract_timestamp_interval';
COMMENT ON FUNCTION health_dp.total_subtract(timestamp, interval) IS 'timestamp minus an interval, NULL where finite and outside 4000 BC to AD 198000';
CREATE FUNCTION health_dp.total_subtract(timestamp, timestamp) RETURNS interval
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'hdp_total_subtract_timestamps';
COMMENT ON FUNCTION health_dp.total_subtract(timestamp, timestamp) IS 'time between two timestamps, NULL outside 4000 BC to AD 198000';
CREATE FUNCTION health_dp.total_age(timestamp, timestamp) RETURNS interval
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'hdp_total_age';
COMMENT ON FUNCTION health_dp.total_age(timestamp, timestamp) IS 'age in years, months and days, NULL outside 4000 BC to AD 198000';
CREATE FUNCTION health_dp.total_timestamp(date) RETURNS timestamp
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'hdp_total_timestamp_from_date';
COMMENT ON FUNCTION health_dp.total_timestamp(date) IS 'midnight of a date, NULL where finite and outside 4000 BC to AD 198000';
CREATE FUNCTION health_dp.total_extract(text, date) RETURNS numeric
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'hdp_total_extract_date';
COMMENT ON FUNCTION health_dp.total_extract(text, date) IS 'a field of a date, NULL where finite and outside 4000 BC to AD 198000';
CREATE FUNCTION health_dp.total_extract(text, timestamp) RETURNS numeric
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'hdp_total_extract_timestamp';
COMMENT ON FUNCTION health_dp.total_extract(text, timestamp) IS 'a field of a timestamp, NULL where finite and outside 4000 BC to AD 198000';
CREATE FUNCTION health_dp.total_date_part(text, date) RETURNS float8
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'hdp_total_date_part_date';
COMMENT ON FUNCTION health_dp.total_date_part(text, date) IS 'a field of a date, NULL where finite and outside 4000 BC to AD 198000';
CREATE FUNCTION health_dp.total_date_part(text, timestamp) RETURNS float8
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'hdp_total_date_part_timestamp';
COMMENT ON FUNCTION health_dp.total_date_part(text, timestamp) IS 'a field of a timestamp, NULL where finite and outside 4000 BC to AD 198000';
CREATE FUNCTION health_dp.total_date_trunc(text, timestamp) RETURNS timestamp
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'hdp_total_date_trunc_timestamp';
COMMENT ON FUNCTION health_dp.total_date_trunc(text, timestamp) IS 'start of a period, NULL where finite and outside 4000 BC to AD 198000';

-- With time zones: stable, because they depend on the session's time zone.

CREATE FUNCTION health_dp.total_timestamptz(date) RETURNS timestamptz
    LANGUAGE c STABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'hdp_total_timestamptz_from_date';
COMMENT ON FUNCTION health_dp.total_timestamptz(date) IS 'midnight of a date, NULL where finite and outside 4000 BC to AD 198000';
CREATE FUNCTION health_dp.total_timestamptz(timestamp) RETURNS timestamptz
    LANGUAGE c STABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'hdp_total_timestamptz_from_timestamp';
COMMENT ON FUNCTION health_dp.total_timestamptz(timestamp) IS 'the point in time of a local timestamp, NULL where finite and outside 4000 BC to AD 198000';
CREATE FUNCTION health_dp.total_timestamp(timestamptz) RETURNS timestamp
    LANGUAGE c STABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'hdp_total_timestamp_from_timestamptz';
COMMENT ON FUNCTION health_dp.total_timestamp(timestamptz) IS 'the local timestamp of a point in time, NULL where finite and outside 4000 BC to AD 198000';
CREATE FUNCTION health_dp.total_add(timestamptz, interval) RETURNS timestamptz
    LANGUAGE c STABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'hdp_total_add_timestamptz_interval';
COMMENT ON FUNCTION health_dp.total_add(timestamptz, interval) IS 'timestamp plus an interval, NULL where finite and outside 4000 BC to AD 198000';
CREATE FUNCTION health_dp.total_subtract(timestamptz, interval) RETURNS timestamptz
    LANGUAGE c STABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'hdp_total_subtract_timestamptz_interval';
COMMENT ON FUNCTION health_dp.total_subtract(timestamptz, interval) IS 'timestamp minus an interval, NULL where finite and outside 4000 BC to AD 198000';
CREATE FUNCTION health_dp.total_subtract(timestamptz, timestamptz) RETURNS interval
    LANGUAGE c STABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'hdp_total_subtract_timestamps';
COMMENT ON FUNCTION health_dp.total_subtract(timestamptz, timestamptz) IS 'time between two timestamps, NULL outside 4000 BC to AD 198000';
CREATE FUNCTION health_dp.total_extract(text, timestamptz) RETURNS numeric
    LANGUAGE c STABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'hdp_total_extract_timestamptz';
COMMENT ON FUNCTION health_dp.total_extract(text, timestamptz) IS 'a field of a timestamp, NULL where finite and outside 4000 BC to AD 198000';
CREATE FUNCTION health_dp.total_date_part(text, timestamptz) RETURNS float8
    LANGUAGE c STABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'hdp_total_date_part_timestamptz';
COMMENT ON FUNCTION health_dp.total_date_part(text, timestamptz) IS 'a field of a timestamp, NULL where finite and outside 4000 BC to AD 198000';
CREATE FUNCTION health_dp.total_date_trunc(text, timestamptz) RETURNS timestamptz
    LANGUAGE c STABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'hdp_total_date_trunc_timestamptz';
COMMENT ON FUNCTION health_dp.total_date_trunc(text, timestamptz) IS 'start of a period, NULL where finite and outside 4000 BC to AD 198000';

CREATE FUNCTION health_dp.total_moderate(numeric) RETURNS numeric
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'hdp_total_moderate';
COMMENT ON FUNCTION health_dp.total_moderate(numeric) IS 'the value, NULL beyond 10^1000';

CREATE FUNCTION health_dp.total_ceil(numeric) RETURNS numeric
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'hdp_total_ceil_numeric';
COMMENT ON FUNCTION health_dp.total_ceil(numeric) IS 'smallest whole number not below, NULL beyond 10^131071';

CREATE FUNCTION health_dp.total_floor(numeric) RETURNS numeric
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'hdp_total_floor_numeric';
COMMENT ON FUNCTION health_dp.total_floor(numeric) IS 'largest whole number not above, NULL beyond 10^131071';

CREATE FUNCTION health_dp.total_trunc(numeric) RETURNS numeric
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'hdp_total_trunc_whole';
COMMENT ON FUNCTION health_dp.total_trunc(numeric) IS 'whole part';
CREATE FUNCTION health_dp.total_trunc(numeric, int4) RETURNS numeric
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'hdp_total_trunc_numeric';
COMMENT ON FUNCTION health_dp.total_trunc(numeric, int4) IS 'cut to a number of digits';

CREATE FUNCTION health_dp.total_round(numeric) RETURNS numeric
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'hdp_total_round_whole';
COMMENT ON FUNCTION health_dp.total_round(numeric) IS 'nearest whole number, NULL beyond 10^131071';
-- The type of pseudonyms. Everybody may hold, compare and write them; making one takes a key.

CREATE TYPE health_dp.pseudonym;

CREATE FUNCTION health_dp.pseudonym_in(cstring) RETURNS health_dp.pseudonym
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'hdp_pseudonym_in';
COMMENT ON FUNCTION health_dp.pseudonym_in(cstring) IS 'internal: reads a pseudonym';

CREATE FUNCTION health_dp.pseudonym_out(health_dp.pseudonym) RETURNS cstring
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'hdp_pseudonym_out';
COMMENT ON FUNCTION health_dp.pseudonym_out(health_dp.pseudonym) IS 'internal: writes a pseudonym';

CREATE FUNCTION health_dp.pseudonym_recv(internal) RETURNS health_dp.pseudonym
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'hdp_pseudonym_recv';
COMMENT ON FUNCTION health_dp.pseudonym_recv(internal) IS 'internal: receives a pseudonym';

CREATE FUNCTION health_dp.pseudonym_send(health_dp.pseudonym) RETURNS bytea
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'hdp_pseudonym_send';
COMMENT ON FUNCTION health_dp.pseudonym_send(health_dp.pseudonym) IS 'internal: sends a pseudonym';

CREATE TYPE health_dp.pseudonym (
    input = health_dp.pseudonym_in, output = health_dp.pseudonym_out, receive = health_dp.pseudonym_recv, send = health_dp.pseudonym_send,
    internallength = 17, alignment = char, storage = plain);
COMMENT ON TYPE health_dp.pseudonym IS
    'What stands for a person: the version of a key and 16 bytes that only its holder can compute; written in ten groups whose last symbol checks the others.';

CREATE FUNCTION health_dp.pseudonym_eq(health_dp.pseudonym, health_dp.pseudonym) RETURNS boolean
    LANGUAGE c IMMUTABLE STRICT LEAKPROOF PARALLEL SAFE AS 'MODULE_PATHNAME', 'hdp_pseudonym_eq';
COMMENT ON FUNCTION health_dp.pseudonym_eq(health_dp.pseudonym, health_dp.pseudonym) IS 'implementation of = operator';

CREATE FUNCTION health_dp.pseudonym_ne(health_dp.pseudonym, health_dp.pseudonym) RETURNS boolean
    LANGUAGE c IMMUTABLE STRICT LEAKPROOF PARALLEL SAFE AS 'MODULE_PATHNAME', 'hdp_pseudonym_ne';
COMMENT ON FUNCTION health_dp.pseudonym_ne(health_dp.pseudonym, health_dp.pseudonym) IS 'implementation of <> operator';

CREATE FUNCTION health_dp.pseudonym_lt(health_dp.pseudonym, health_dp.pseudonym) RETURNS boolean
    LANGUAGE c IMMUTABLE STRICT LEAKPROOF PARALLEL SAFE AS 'MODULE_PATHNAME', 'hdp_pseudonym_lt';
COMMENT ON FUNCTION health_dp.pseudonym_lt(health_dp.pseudonym, health_dp.pseudonym) IS 'implementation of < operator';

CREATE FUNCTION health_dp.pseudonym_le(health_dp.pseudonym, health_dp.pseudonym) RETURNS boolean
    LANGUAGE c IMMUTABLE STRICT LEAKPROOF PARALLEL SAFE AS 'MODULE_PATHNAME', 'hdp_pseudonym_le';
COMMENT ON FUNCTION health_dp.pseudonym_le(health_dp.pseudonym, health_dp.pseudonym) IS 'implementation of <= operator';

CREATE FUNCTION health_dp.pseudonym_gt(health_dp.pseudonym, health_dp.pseudonym) RETURNS boolean
    LANGUAGE c IMMUTABLE STRICT LEAKPROOF PARALLEL SAFE AS 'MODULE_PATHNAME', 'hdp_pseudonym_gt';
COMMENT ON FUNCTION health_dp.pseudonym_gt(health_dp.pseudonym, health_dp.pseudonym) IS 'implementation of > operator';

CREATE FUNCTION health_dp.pseudonym_ge(health_dp.pseudonym, health_dp.pseudonym) RETURNS boolean
    LANGUAGE c IMMUTABLE STRICT LEAKPROOF PARALLEL SAFE AS 'MODULE_PATHNAME', 'hdp_pseudonym_ge';
COMMENT ON FUNCTION health_dp.pseudonym_ge(health_dp.pseudonym, health_dp.pseudonym) IS 'implementation of >= operator';

CREATE OPERATOR health_dp.= (
    leftarg = health_dp.pseudonym, rightarg = health_dp.pseudonym, function = health_dp.pseudonym_eq,
    commutator = OPERATOR(health_dp.=), negator = OPERATOR(health_dp.<>),
    restrict = eqsel, join = eqjoinsel, hashes, merges);
COMMENT ON OPERATOR health_dp.= (health_dp.pseudonym, health_dp.pseudonym) IS 'equal';

CREATE OPERATOR health_dp.<> (
    leftarg = health_dp.pseudonym, rightarg = health_dp.pseudonym, function = health_dp.pseudonym_ne,
    commutator = OPERATOR(health_dp.<>), negator = OPERATOR(health_dp.=),
    restrict = neqsel, join = neqjoinsel);
COMMENT ON OPERATOR health_dp.<> (health_dp.pseudonym, health_dp.pseudonym) IS 'different';

CREATE OPERATOR health_dp.< (
    leftarg = health_dp.pseudonym, rightarg = health_dp.pseudonym, function = health_dp.pseudonym_lt,
    commutator = OPERATOR(health_dp.>), negator = OPERATOR(health_dp.>=),
    restrict = scalarltsel, join = scalarltjoinsel);
COMMENT ON OPERATOR health_dp.< (health_dp.pseudonym, health_dp.pseudonym) IS 'before';

CREATE OPERATOR health_dp.<= (
    leftarg = health_dp.pseudonym, rightarg = health_dp.pseudonym, function = health_dp.pseudonym_le,
    commutator = OPERATOR(health_dp.>=), negator = OPERATOR(health_dp.>),
    restrict = scalarlesel, join = scalarlejoinsel);
COMMENT ON OPERATOR health_dp.<= (health_dp.pseudonym, health_dp.pseudonym) IS 'before or equal';

CREATE OPERATOR health_dp.> (
    leftarg = health_dp.pseudonym, rightarg = health_dp.pseudonym, function = health_dp.pseudonym_gt,
    commutator = OPERATOR(health_dp.<), negator = OPERATOR(health_dp.<=),
    restrict = scalargtsel, join = scalargtjoinsel);
COMMENT ON OPERATOR health_dp.> (health_dp.pseudonym, health_dp.pseudonym) IS 'after';

CREATE OPERATOR health_dp.>= (
    leftarg = health_dp.pseudonym, rightarg = health_dp.pseudonym, function = health_dp.pseudonym_ge,
    commutator = OPERATOR(health_dp.<=), negator = OPERATOR(health_dp.<),
    restrict = scalargesel, join = scalargejoinsel);
COMMENT ON OPERATOR health_dp.>= (health_dp.pseudonym, health_dp.pseudonym) IS 'after or equal';

CREATE FUNCTION health_dp.pseudonym_cmp(health_dp.pseudonym, health_dp.pseudonym) RETURNS integer
    LANGUAGE c IMMUTABLE STRICT LEAKPROOF PARALLEL SAFE AS 'MODULE_PATHNAME', 'hdp_pseudonym_cmp';
COMMENT ON FUNCTION health_dp.pseudonym_cmp(health_dp.pseudonym, health_dp.pseudonym) IS 'internal: less than, equal to or greater than zero, for btree indexes';

CREATE FUNCTION health_dp.pseudonym_hash(health_dp.pseudonym) RETURNS integer
    LANGUAGE c IMMUTABLE STRICT LEAKPROOF PARALLEL SAFE AS 'MODULE_PATHNAME', 'hdp_pseudonym_hash';
COMMENT ON FUNCTION health_dp.pseudonym_hash(health_dp.pseudonym) IS 'internal: hash, for hash indexes and joins';

CREATE FUNCTION health_dp.pseudonym_hash_extended(health_dp.pseudonym, bigint) RETURNS bigint
    LANGUAGE c IMMUTABLE STRICT LEAKPROOF PARALLEL SAFE AS 'MODULE_PATHNAME', 'hdp_pseudonym_hash_extended';
COMMENT ON FUNCTION health_dp.pseudonym_hash_extended(health_dp.pseudonym, bigint) IS 'internal: hash with a seed, for hash partitioning';

CREATE OPERATOR CLASS health_dp.pseudonym_ops DEFAULT FOR TYPE health_dp.pseudonym USING btree AS
    OPERATOR 1 health_dp.<, OPERATOR 2 health_dp.<=, OPERATOR 3 health_dp.=, OPERATOR 4 health_dp.>=,
    OPERATOR 5 health_dp.>, FUNCTION 1 health_dp.pseudonym_cmp(health_dp.pseudonym, health_dp.pseudonym);

CREATE OPERATOR CLASS health_dp.pseudonym_hash_ops DEFAULT FOR TYPE health_dp.pseudonym USING hash AS
    OPERATOR 1 health_dp.=, FUNCTION 1 health_dp.pseudonym_hash(health_dp.pseudonym),
    FUNCTION 2 health_dp.pseudonym_hash_extended(health_dp.pseudonym, bigint);

CREATE FUNCTION health_dp.pseudonym(bytea) RETURNS health_dp.pseudonym
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'hdp_pseudonym_from_bytea';
COMMENT ON FUNCTION health_dp.pseudonym(bytea) IS 'The pseudonym of these 17 bytes, as another system sent them.';
CREATE CAST (bytea AS health_dp.pseudonym) WITH FUNCTION health_dp.pseudonym(bytea);
CREATE CAST (health_dp.pseudonym AS bytea) WITH FUNCTION health_dp.pseudonym_send(health_dp.pseudonym);
CREATE CAST (health_dp.pseudonym AS text) WITH INOUT AS ASSIGNMENT;
CREATE CAST (text AS health_dp.pseudonym) WITH INOUT;

CREATE FUNCTION health_dp.key_version(health_dp.pseudonym) RETURNS smallint
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'hdp_pseudonym_version';
COMMENT ON FUNCTION health_dp.key_version(health_dp.pseudonym) IS 'The version of the key that made a pseudonym.';
-- The type of French registration numbers: what it accepts is well-formed and has a key that fits.

CREATE TYPE health_dp.nir;

CREATE FUNCTION health_dp.nir_in(cstring) RETURNS health_dp.nir
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'hdp_nir_in';
COMMENT ON FUNCTION health_dp.nir_in(cstring) IS 'internal: reads a nir';

CREATE FUNCTION health_dp.nir_out(health_dp.nir) RETURNS cstring
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'hdp_nir_out';
COMMENT ON FUNCTION health_dp.nir_out(health_dp.nir) IS 'internal: writes a nir';

CREATE FUNCTION health_dp.nir_recv(internal) RETURNS health_dp.nir
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'hdp_nir_recv';
COMMENT ON FUNCTION health_dp.nir_recv(internal) IS 'internal: receives a nir';

CREATE FUNCTION health_dp.nir_send(health_dp.nir) RETURNS bytea
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'hdp_nir_send';
COMMENT ON FUNCTION health_dp.nir_send(health_dp.nir) IS 'internal: sends a nir';

CREATE TYPE health_dp.nir (
    input = health_dp.nir_in, output = health_dp.nir_out, receive = health_dp.nir_recv, send = health_dp.nir_send,
    internallength = 15, alignment = char, storage = plain);
COMMENT ON TYPE health_dp.nir IS
    'A French registration number of a natural person (NIR): 13 characters with Corsica''s 2A and 2B kept, and a key that is right, or 98 or 99, which no real number has and which mark one as made up.';

CREATE FUNCTION health_dp.nir_eq(health_dp.nir, health_dp.nir) RETURNS boolean
    LANGUAGE c IMMUTABLE STRICT LEAKPROOF PARALLEL SAFE AS 'MODULE_PATHNAME', 'hdp_nir_eq';
COMMENT ON FUNCTION health_dp.nir_eq(health_dp.nir, health_dp.nir) IS 'implementation of = operator';

CREATE FUNCTION health_dp.nir_ne(health_dp.nir, health_dp.nir) RETURNS boolean
    LANGUAGE c IMMUTABLE STRICT LEAKPROOF PARALLEL SAFE AS 'MODULE_PATHNAME', 'hdp_nir_ne';
COMMENT ON FUNCTION health_dp.nir_ne(health_dp.nir, health_dp.nir) IS 'implementation of <> operator';

CREATE FUNCTION health_dp.nir_lt(health_dp.nir, health_dp.nir) RETURNS boolean
    LANGUAGE c IMMUTABLE STRICT LEAKPROOF PARALLEL SAFE AS 'MODULE_PATHNAME', 'hdp_nir_lt';
COMMENT ON FUNCTION health_dp.nir_lt(health_dp.nir, health_dp.nir) IS 'implementation of < operator';

CREATE FUNCTION health_dp.nir_le(health_dp.nir, health_dp.nir) RETURNS boolean
    LANGUAGE c IMMUTABLE STRICT LEAKPROOF PARALLEL SAFE AS 'MODULE_PATHNAME', 'hdp_nir_le';
COMMENT ON FUNCTION health_dp.nir_le(health_dp.nir, health_dp.nir) IS 'implementation of <= operator';

CREATE FUNCTION health_dp.nir_gt(health_dp.nir, health_dp.nir) RETURNS boolean
    LANGUAGE c IMMUTABLE STRICT LEAKPROOF PARALLEL SAFE AS 'MODULE_PATHNAME', 'hdp_nir_gt';
COMMENT ON FUNCTION health_dp.nir_gt(health_dp.nir, health_dp.nir) IS 'implementation of > operator';

CREATE FUNCTION health_dp.nir_ge(health_dp.nir, health_dp.nir) RETURNS boolean
    LANGUAGE c IMMUTABLE STRICT LEAKPROOF PARALLEL SAFE AS 'MODULE_PATHNAME', 'hdp_nir_ge';
COMMENT ON FUNCTION health_dp.nir_ge(health_dp.nir, health_dp.nir) IS 'implementation of >= operator';

CREATE OPERATOR health_dp.= (
    leftarg = health_dp.nir, rightarg = health_dp.nir, function = health_dp.nir_eq,
    commutator = OPERATOR(health_dp.=), negator = OPERATOR(health_dp.<>),
    restrict = eqsel, join = eqjoinsel, hashes, merges);
COMMENT ON OPERATOR health_dp.= (health_dp.nir, health_dp.nir) IS 'equal';

CREATE OPERATOR health_dp.<> (
    leftarg = health_dp.nir, rightarg = health_dp.nir, function = health_dp.nir_ne,
    commutator = OPERATOR(health_dp.<>), negator = OPERATOR(health_dp.=),
    restrict = neqsel, join = neqjoinsel);
COMMENT ON OPERATOR health_dp.<> (health_dp.nir, health_dp.nir) IS 'different';

CREATE OPERATOR health_dp.< (
    leftarg = health_dp.nir, rightarg = health_dp.nir, function = health_dp.nir_lt,
    commutator = OPERATOR(health_dp.>), negator = OPERATOR(health_dp.>=),
    restrict = scalarltsel, join = scalarltjoinsel);
COMMENT ON OPERATOR health_dp.< (health_dp.nir, health_dp.nir) IS 'before';

CREATE OPERATOR health_dp.<= (
    leftarg = health_dp.nir, rightarg = health_dp.nir, function = health_dp.nir_le,
    commutator = OPERATOR(health_dp.>=), negator = OPERATOR(health_dp.>),
    restrict = scalarlesel, join = scalarlejoinsel);
COMMENT ON OPERATOR health_dp.<= (health_dp.nir, health_dp.nir) IS 'before or equal';

CREATE OPERATOR health_dp.> (
    leftarg = health_dp.nir, rightarg = health_dp.nir, function = health_dp.nir_gt,
    commutator = OPERATOR(health_dp.<), negator = OPERATOR(health_dp.<=),
    restrict = scalargtsel, join = scalargtjoinsel);
COMMENT ON OPERATOR health_dp.> (health_dp.nir, health_dp.nir) IS 'after';

CREATE OPERATOR health_dp.>= (
    leftarg = health_dp.nir, rightarg = health_dp.nir, function = health_dp.nir_ge,
    commutator = OPERATOR(health_dp.<=), negator = OPERATOR(health_dp.<),
    restrict = scalargesel, join = scalargejoinsel);
COMMENT ON OPERATOR health_dp.>= (health_dp.nir, health_dp.nir) IS 'after or equal';

CREATE FUNCTION health_dp.nir_cmp(health_dp.nir, health_dp.nir) RETURNS integer
    LANGUAGE c IMMUTABLE STRICT LEAKPROOF PARALLEL SAFE AS 'MODULE_PATHNAME', 'hdp_nir_cmp';
COMMENT ON FUNCTION health_dp.nir_cmp(health_dp.nir, health_dp.nir) IS 'internal: less than, equal to or greater than zero, for btree indexes';

CREATE FUNCTION health_dp.nir_hash(health_dp.nir) RETURNS integer
    LANGUAGE c IMMUTABLE STRICT LEAKPROOF PARALLEL SAFE AS 'MODULE_PATHNAME', 'hdp_nir_hash';
COMMENT ON FUNCTION health_dp.nir_hash(health_dp.nir) IS 'internal: hash, for hash indexes and joins';

CREATE FUNCTION health_dp.nir_hash_extended(health_dp.nir, bigint) RETURNS bigint
    LANGUAGE c IMMUTABLE STRICT LEAKPROOF PARALLEL SAFE AS 'MODULE_PATHNAME', 'hdp_nir_hash_extended';
COMMENT ON FUNCTION health_dp.nir_hash_extended(health_dp.nir, bigint) IS 'internal: hash with a seed, for hash partitioning';

CREATE OPERATOR CLASS health_dp.nir_ops DEFAULT FOR TYPE health_dp.nir USING btree AS
    OPERATOR 1 health_dp.<, OPERATOR 2 health_dp.<=, OPERATOR 3 health_dp.=, OPERATOR 4 health_dp.>=,
    OPERATOR 5 health_dp.>, FUNCTION 1 health_dp.nir_cmp(health_dp.nir, health_dp.nir);

CREATE OPERATOR CLASS health_dp.nir_hash_ops DEFAULT FOR TYPE health_dp.nir USING hash AS
    OPERATOR 1 health_dp.=, FUNCTION 1 health_dp.nir_hash(health_dp.nir),
    FUNCTION 2 health_dp.nir_hash_extended(health_dp.nir, bigint);

CREATE CAST (health_dp.nir AS text) WITH INOUT AS ASSIGNMENT;
CREATE CAST (text AS health_dp.nir) WITH INOUT;

CREATE FUNCTION health_dp.is_made_up(health_dp.nir) RETURNS boolean
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'hdp_nir_is_made_up';
COMMENT ON FUNCTION health_dp.is_made_up(health_dp.nir) IS
    'Whether a number is marked as nobody''s, by the key 98 or 99.';
-- Generalisation: coarser values for views and extracts, where a name for a group of values says enough. The functions
-- of values are total: NULL for what has no coarser value, never an error, so that releases admit them as well [C18].
-- PUBLIC keeps EXECUTE on all of them: they read nothing but their arguments, or what the caller may read anyway.

CREATE FUNCTION health_dp.age_in_years(birth date, on_day date) RETURNS integer
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'hdp_generalisation_age_in_years';
COMMENT ON FUNCTION health_dp.age_in_years(date, date) IS
    'Whole years from birth to a day; who is born on 29 February is a year older on 1 March. NULL when the day lies '
    'before the birth, or a date outside the years 1 to 9999. Inside releases as well.';

CREATE FUNCTION health_dp.age_band(age integer, width integer DEFAULT 5, top integer DEFAULT 85) RETURNS text
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'hdp_generalisation_age_band';
COMMENT ON FUNCTION health_dp.age_band(integer, integer, integer) IS
    'The band of an age, as in 60-64; from top on all ages are one, as in 85+. NULL for ages below 0 and above 150, and '
    'for bands that cannot be: 1 <= width <= top <= 150, with top a multiple of width. Inside releases as well.';

CREATE FUNCTION health_dp.quarter(day date) RETURNS text
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'hdp_generalisation_quarter';
COMMENT ON FUNCTION health_dp.quarter(date) IS
    'The quarter of a date, as in 2026-Q4; NULL outside the years 1 to 9999. Inside releases as well.';

CREATE FUNCTION health_dp.quarter_start(day date) RETURNS date
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'hdp_generalisation_quarter_start';
COMMENT ON FUNCTION health_dp.quarter_start(date) IS
    'The first day of a date''s quarter; NULL outside the years 1 to 9999. Inside releases as well.';

CREATE FUNCTION health_dp.department_of(commune text) RETURNS text
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'hdp_generalisation_department_of';
COMMENT ON FUNCTION health_dp.department_of(text) IS
    'The code of the French department, or overseas collectivity, of a commune''s INSEE code of five characters: 2A of '
    '2A004, 971 of 97105. NULL for what is no such code, and for codes of places abroad. A postal code cannot be told '
    'from one. Inside releases as well.';

-- From INSEE, Code officiel géographique (open licence 2.0): 18 regions and 101 departments.

CREATE TABLE health_dp.region (
    code text PRIMARY KEY,
    name text NOT NULL);
COMMENT ON TABLE health_dp.region IS 'The regions of France: INSEE, Code officiel géographique. Public.';
COMMENT ON COLUMN health_dp.region.code IS 'INSEE''s code';
COMMENT ON COLUMN health_dp.region.name IS 'name';
REVOKE ALL ON TABLE health_dp.region FROM PUBLIC;
GRANT SELECT ON TABLE health_dp.region TO PUBLIC;

INSERT INTO health_dp.region (code, name) VALUES
    ('01', 'Guadeloupe'), ('02', 'Martinique'), ('03', 'Guyane'), ('04', 'La Réunion'), ('06', 'Mayotte'),
    ('11', 'Île-de-France'), ('24', 'Centre-Val de Loire'), ('27', 'Bourgogne-Franche-Comté'), ('28', 'Normandie'),
    ('32', 'Hauts-de-France'), ('44', 'Grand Est'), ('52', 'Pays de la Loire'), ('53', 'Bretagne'),
    ('75', 'Nouvelle-Aquitaine'), ('76', 'Occitanie'), ('84', 'Auvergne-Rhône-Alpes'),
    ('93', 'Provence-Alpes-Côte d''Azur'), ('94', 'Corse');

CREATE TABLE health_dp.department (
    code text PRIMARY KEY,
    name text NOT NULL,
    region text NOT NULL REFERENCES health_dp.region);
COMMENT ON TABLE health_dp.department IS 'The departments of France: INSEE, Code officiel géographique. Public.';
COMMENT ON COLUMN health_dp.department.code IS 'INSEE''s code, as of department_of()';
COMMENT ON COLUMN health_dp.department.name IS 'name';
COMMENT ON COLUMN health_dp.department.region IS 'code of its region; codes of regions and departments overlap';
REVOKE ALL ON TABLE health_dp.department FROM PUBLIC;
GRANT SELECT ON TABLE health_dp.department TO PUBLIC;

INSERT INTO health_dp.department (code, name, region) VALUES
    ('01', 'Ain', '84'), ('02', 'Aisne', '32'), ('03', 'Allier', '84'), ('04', 'Alpes-de-Haute-Provence', '93'),
    ('05', 'Hautes-Alpes', '93'), ('06', 'Alpes-Maritimes', '93'), ('07', 'Ardèche', '84'), ('08', 'Ardennes', '44'),
    ('09', 'Ariège', '76'), ('10', 'Aube', '44'), ('11', 'Aude', '76'), ('12', 'Aveyron', '76'),
    ('13', 'Bouches-du-Rhône', '93'), ('14', 'Calvados', '28'), ('15', 'Cantal', '84'), ('16', 'Charente', '75'),
    ('17', 'Charente-Maritime', '75'), ('18', 'Cher', '24'), ('19', 'Corrèze', '75'), ('21', 'Côte-d''Or', '27'),
    ('22', 'Côtes-d''Armor', '53'), ('23', 'Creuse', '75'), ('24', 'Dordogne', '75'), ('25', 'Doubs', '27'),
    ('26', 'Drôme', '84'), ('27', 'Eure', '28'), ('28', 'Eure-et-Loir', '24'), ('29', 'Finistère', '53'),
    ('2A', 'Corse-du-Sud', '94'), ('2B', 'Haute-Corse', '94'), ('30', 'Gard', '76'), ('31', 'Haute-Garonne', '76'),
    ('32', 'Gers', '76'), ('33', 'Gironde', '75'), ('34', 'Hérault', '76'), ('35', 'Ille-et-Vilaine', '53'),
    ('36', 'Indre', '24'), ('37', 'Indre-et-Loire', '24'), ('38', 'Isère', '84'), ('39', 'Jura', '27'),
    ('40', 'Landes', '75'), ('41', 'Loir-et-Cher', '24'), ('42', 'Loire', '84'), ('43', 'Haute-Loire', '84'),
    ('44', 'Loire-Atlantique', '52'), ('45', 'Loiret', '24'), ('46', 'Lot', '76'), ('47', 'Lot-et-Garonne', '75'),
    ('48', 'Lozère', '76'), ('49', 'Maine-et-Loire', '52'), ('50', 'Manche', '28'), ('51', 'Marne', '44'),
    ('52', 'Haute-Marne', '44'), ('53', 'Mayenne', '52'), ('54', 'Meurthe-et-Moselle', '44'), ('55', 'Meuse', '44'),
    ('56', 'Morbihan', '53'), ('57', 'Moselle', '44'), ('58', 'Nièvre', '27'), ('59', 'Nord', '32'),
    ('60', 'Oise', '32'), ('61', 'Orne', '28'), ('62', 'Pas-de-Calais', '32'), ('63', 'Puy-de-Dôme', '84'),
    ('64', 'Pyrénées-Atlantiques', '75'), ('65', 'Hautes-Pyrénées', '76'), ('66', 'Pyrénées-Orientales', '76'),
    ('67', 'Bas-Rhin', '44'), ('68', 'Haut-Rhin', '44'), ('69', 'Rhône', '84'), ('70', 'Haute-Saône', '27'),
    ('71', 'Saône-et-Loire', '27'), ('72', 'Sarthe', '52'), ('73', 'Savoie', '84'), ('74', 'Haute-Savoie', '84'),
    ('75', 'Paris', '11'), ('76', 'Seine-Maritime', '28'), ('77', 'Seine-et-Marne', '11'), ('78', 'Yvelines', '11'),
    ('79', 'Deux-Sèvres', '75'), ('80', 'Somme', '32'), ('81', 'Tarn', '76'), ('82', 'Tarn-et-Garonne', '76'),
    ('83', 'Var', '93'), ('84', 'Vaucluse', '93'), ('85', 'Vendée', '52'), ('86', 'Vienne', '75'),
    ('87', 'Haute-Vienne', '75'), ('88', 'Vosges', '44'), ('89', 'Yonne', '27'),
    ('90', 'Territoire de Belfort', '27'), ('91', 'Essonne', '11'), ('92', 'Hauts-de-Seine', '11'),
    ('93', 'Seine-Saint-Denis', '11'), ('94', 'Val-de-Marne', '11'), ('95', 'Val-d''Oise', '11'),
    ('971', 'Guadeloupe', '01'), ('972', 'Martinique', '02'), ('973', 'Guyane', '03'), ('974', 'La Réunion', '04'),
    ('976', 'Mayotte', '06');

-- The label's provider is there: the functions above have loaded the library.
SELECT health_dp.declare_public('health_dp.region'), health_dp.declare_public('health_dp.department');

CREATE FUNCTION health_dp.generalise(code text, hierarchy regclass, levels integer DEFAULT 1, parent name DEFAULT 'parent')
    RETURNS text
    LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    reached text := code;
    above text;
    found bigint;
BEGIN
    IF levels NOT BETWEEN 1 AND 100 THEN
        RAISE EXCEPTION USING ERRCODE = 'ZD640',
            MESSAGE = format('a code cannot be generalised by %s levels', levels),
            HINT = 'Give 1 to 100 levels.';
    END IF;
    FOR level IN 1 .. levels LOOP
        -- Compared as text: a hierarchy may hold numbers.
        EXECUTE format('SELECT count(*), min(h.%I::text) FROM %s h WHERE h.code::text = $1', parent, hierarchy)
            INTO found, above USING reached;
        IF found > 1 THEN
            -- Never the code: it may be a patient's.
            RAISE EXCEPTION USING ERRCODE = 'ZD641',
                MESSAGE = format('a code of table %s has several rows', hierarchy),
                HINT = 'Give every code one: ALTER TABLE ... ADD PRIMARY KEY (code).';
        END IF;
        IF found = 0 THEN
            RETURN NULL;
        END IF;
        EXIT WHEN above IS NULL;
        reached := above;
    END LOOP;
    RETURN reached;
END
$$;
COMMENT ON FUNCTION health_dp.generalise(text, regclass, integer, name) IS
    'The code some levels above in a table with columns code and parent, or another column that is named: '
    'generalise(''69'', ''health_dp.department'', parent => ''region''). The topmost code, whose parent is null, stays what '
    'it is; unknown codes give NULL. More than one level needs parents that are codes of the same table. Not inside '
    'releases: join the table there.';
-- Policies of small-cell suppression: each rule is a column, and each column may be overridden in a policy of one's own.
-- src/suppression/policy.cpp knows the columns by number: upgrades append columns.

CREATE TABLE health_dp.suppression_policy (
    name name NOT NULL CONSTRAINT suppression_policy_pkey PRIMARY KEY,
    patients integer NOT NULL DEFAULT 0,
    units integer NOT NULL DEFAULT 0,
    dominance_contributors integer NOT NULL DEFAULT 0,
    dominance_percent integer NOT NULL DEFAULT 100,
    p_percent integer NOT NULL DEFAULT 0,
    hides_zeros boolean NOT NULL DEFAULT false,
    no_class_disclosure boolean NOT NULL DEFAULT false,
    virtual_sums boolean NOT NULL DEFAULT true,
    singletons boolean NOT NULL DEFAULT true,
    interval_lowest integer NOT NULL DEFAULT 1,
    other_percent integer NOT NULL DEFAULT 10,
    cost text NOT NULL DEFAULT 'values',
    rounding_base integer NOT NULL DEFAULT 0,
    noise_deviation integer NOT NULL DEFAULT 0,
    noise_variance double precision NOT NULL DEFAULT 0,
    preset boolean NOT NULL DEFAULT false,
    description text NOT NULL,
    changed_at timestamptz NOT NULL DEFAULT pg_catalog.now(),
    changed_by name NOT NULL DEFAULT SESSION_USER,
    CONSTRAINT suppression_policy_name CHECK (name <> ''),
    CONSTRAINT suppression_policy_patients CHECK (patients BETWEEN 0 AND 1000000 AND units BETWEEN 0 AND 1000000),
    CONSTRAINT suppression_policy_dominance
        CHECK (dominance_contributors BETWEEN 0 AND 1000 AND dominance_percent BETWEEN 1 AND 100),
    CONSTRAINT suppression_policy_p_percent CHECK (p_percent BETWEEN 0 AND 100),
    CONSTRAINT suppression_policy_interval CHECK (interval_lowest BETWEEN 0 AND 1),
    CONSTRAINT suppression_policy_other CHECK (other_percent BETWEEN 0 AND 100),
    CONSTRAINT suppression_policy_cost CHECK (cost IN ('values', 'cells', 'logarithms')),
    CONSTRAINT suppression_policy_rounding CHECK (rounding_base BETWEEN 0 AND 1000),
    -- A count of 1 can fall by 1 only; with mean 0 its variance stays below the deviation. NaN sorts above all numbers.
    CONSTRAINT suppression_policy_noise
        CHECK (noise_deviation = 0 AND noise_variance = 0
               OR noise_deviation BETWEEN 1 AND 100 AND noise_variance > 0 AND noise_variance < noise_deviation),
    CONSTRAINT suppression_policy_description CHECK (pg_catalog.btrim(description) <> '')
);
COMMENT ON TABLE health_dp.suppression_policy IS
    'One row per policy of small-cell suppression. Presets are where institutions start from; none is law. Written by the stewards'' functions only; read through the view health_dp.suppression_policies.';
COMMENT ON COLUMN health_dp.suppression_policy.patients IS 'A shown cell has at least so many patients, or none; 0 for no such rule.';
COMMENT ON COLUMN health_dp.suppression_policy.units IS 'And so many of each further unit (stays, establishments); 0 for no such rule.';
COMMENT ON COLUMN health_dp.suppression_policy.dominance_contributors IS 'n of the (n,k) rule: a cell is hidden whose n largest contributors make more than k percent of it; 0 for no such rule.';
COMMENT ON COLUMN health_dp.suppression_policy.dominance_percent IS 'k of the (n,k) rule.';
COMMENT ON COLUMN health_dp.suppression_policy.p_percent IS 'A cell is hidden from which its second contributor could learn the first one''s value to within p percent; 0 for no such rule.';
COMMENT ON COLUMN health_dp.suppression_policy.hides_zeros IS 'Whether cells of no patient are hidden. Where they are shown, everybody knows that a hidden cell has 1 patient or more.';
COMMENT ON COLUMN health_dp.suppression_policy.no_class_disclosure IS 'Along revealing dimensions neither 0 nor 100 percent is shown: that everybody in a group has a disease tells it of each.';
COMMENT ON COLUMN health_dp.suppression_policy.virtual_sums IS 'The cells that a line hides by rule stay unknown together as well, not only each alone.';
COMMENT ON COLUMN health_dp.suppression_policy.singletons IS 'Whoever is the only patient of a cell knows it, and must not learn another cell from it.';
COMMENT ON COLUMN health_dp.suppression_policy.interval_lowest IS 'A hidden count cannot be told from any other from here (0 or 1) up to the threshold minus 1.';
COMMENT ON COLUMN health_dp.suppression_policy.other_percent IS 'Other measures of a hidden cell stay unknown by so many percent of their value.';
COMMENT ON COLUMN health_dp.suppression_policy.cost IS 'What hiding beyond the rules avoids: values (many patients), cells, or logarithms (between the two).';
COMMENT ON COLUMN health_dp.suppression_policy.rounding_base IS 'Counts that are shown are rounded to multiples of it; 0 for none.';
COMMENT ON COLUMN health_dp.suppression_policy.noise_deviation IS 'Cell-key perturbation: the largest deviation; 0 for a policy without noise.';
COMMENT ON COLUMN health_dp.suppression_policy.noise_variance IS 'Cell-key perturbation: the variance of the noise.';
COMMENT ON COLUMN health_dp.suppression_policy.preset IS 'Comes with the extension, and is not to be changed: base your own on it.';
COMMENT ON CONSTRAINT suppression_policy_name ON health_dp.suppression_policy IS 'it has no name';
COMMENT ON CONSTRAINT suppression_policy_patients ON health_dp.suppression_policy IS 'patients and units are numbers from 0 to 1000000';
COMMENT ON CONSTRAINT suppression_policy_dominance ON health_dp.suppression_policy IS 'dominance_contributors is from 0 to 1000, dominance_percent from 1 to 100';
COMMENT ON CONSTRAINT suppression_policy_p_percent ON health_dp.suppression_policy IS 'p_percent is from 0 to 100';
COMMENT ON CONSTRAINT suppression_policy_interval ON health_dp.suppression_policy IS 'interval_lowest is 0 or 1';
COMMENT ON CONSTRAINT suppression_policy_other ON health_dp.suppression_policy IS 'other_percent is from 0 to 100';
COMMENT ON CONSTRAINT suppression_policy_cost ON health_dp.suppression_policy IS 'cost is values, cells or logarithms';
COMMENT ON CONSTRAINT suppression_policy_rounding ON health_dp.suppression_policy IS 'rounding_base is from 0 to 1000';
COMMENT ON CONSTRAINT suppression_policy_noise ON health_dp.suppression_policy IS 'noise_deviation is from 1 to 100 and noise_variance above 0 and below it, or both are 0';
COMMENT ON CONSTRAINT suppression_policy_description ON health_dp.suppression_policy IS 'it has no description';
REVOKE ALL ON TABLE health_dp.suppression_policy FROM PUBLIC;

CREATE TABLE health_dp.project_suppression (
    project_id integer NOT NULL CONSTRAINT project_suppression_pkey PRIMARY KEY,
    policy name NOT NULL,
    set_at timestamptz NOT NULL DEFAULT pg_catalog.now(),
    set_by name NOT NULL DEFAULT SESSION_USER
);
COMMENT ON TABLE health_dp.project_suppression IS
    'Which policy of suppression a project uses. A project without a row uses its min_cell as the one threshold.';
REVOKE ALL ON TABLE health_dp.project_suppression FROM PUBLIC;

-- Presets come with the extension, so that a dump that held them as well would not restore.
SELECT pg_catalog.pg_extension_config_dump('health_dp.suppression_policy', 'WHERE NOT preset');
SELECT pg_catalog.pg_extension_config_dump('health_dp.project_suppression', '');

CREATE FUNCTION health_dp.suppression_presets() RETURNS TABLE (
        name name, patients integer, units integer, dominance_contributors integer, dominance_percent integer,
        p_percent integer, hides_zeros boolean, no_class_disclosure boolean, virtual_sums boolean, singletons boolean,
        interval_lowest integer, other_percent integer, cost text, rounding_base integer)
    LANGUAGE c STRICT VOLATILE AS 'MODULE_PATHNAME', 'hdp_suppression_presets';
COMMENT ON FUNCTION health_dp.suppression_presets() IS 'Internal: the presets as the library knows them.';
REVOKE EXECUTE ON FUNCTION health_dp.suppression_presets() FROM PUBLIC;

INSERT INTO health_dp.suppression_policy (name, patients, units, dominance_contributors, dominance_percent, p_percent,
        hides_zeros, no_class_disclosure, virtual_sums, singletons, interval_lowest, other_percent, cost, rounding_base,
        preset, description)
    SELECT p.*, true, d.description
      FROM health_dp.suppression_presets() p
      LEFT JOIN (VALUES
          ('casd_health'::name, 'Secure access to health data in France: 11 patients and 11 stays, neither 0 nor 100 percent. Practice, not law.'),
          ('insee', 'French business statistics: 3 contributors, none above 85 percent. Practice, not law.'),
          ('pcornet', 'PCORnet and the programmes of CMS: counts from 1 to 10 are not shown. Practice, not law.'),
          ('nhs', 'Hospital statistics of the NHS: counts from 1 to 7 are not shown, others rounded to 5. Practice, not law.'),
          ('ohdsi', 'The default smallest cell of OHDSI''s tools: 5. Practice, not law.')
      ) AS d(name, description) ON d.name = p.name;

CREATE VIEW health_dp.suppression_policies AS
    SELECT p.name, p.patients, p.units, p.dominance_contributors, p.dominance_percent, p.p_percent, p.hides_zeros,
           p.no_class_disclosure, p.virtual_sums, p.singletons, p.interval_lowest, p.other_percent, p.cost,
           p.rounding_base, p.noise_deviation, p.noise_variance, p.preset, p.description, p.changed_at, p.changed_by
      FROM health_dp.suppression_policy p;
COMMENT ON VIEW health_dp.suppression_policies IS
    'Policies of small-cell suppression, presets and your institution''s own. No secret: protection holds against readers who know the policy.';
REVOKE ALL ON TABLE health_dp.suppression_policies FROM PUBLIC;
GRANT SELECT ON TABLE health_dp.suppression_policies TO PUBLIC;

-- Through the view projects, which shows each reader his own.
CREATE VIEW health_dp.project_suppression_policies WITH (security_barrier) AS
    SELECT p.name AS project, s.policy, greatest(p.min_cell, y.patients) AS patients, s.set_at, s.set_by
      FROM health_dp.projects p
      LEFT JOIN health_dp.project_suppression s ON s.project_id = p.id
      LEFT JOIN health_dp.suppression_policy y ON y.name = s.policy;
COMMENT ON VIEW health_dp.project_suppression_policies IS
    'The policy of suppression of your projects, and the smallest cell that follows: the larger of the policy''s and of the project''s own. Policy is null where min_cell is the only rule.';
REVOKE ALL ON TABLE health_dp.project_suppression_policies FROM PUBLIC;
GRANT SELECT ON TABLE health_dp.project_suppression_policies TO PUBLIC;

-- What stewards do with policies. SECURITY DEFINER as for projects: they write tables that nobody may write directly.

CREATE FUNCTION health_dp.refuse_suppression_policy(policy name, because text) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RAISE EXCEPTION USING ERRCODE = 'ZD702', MESSAGE = format('suppression policy %s makes no sense: %s',
            coalesce(quote_ident(policy), '(null)'), because),
        HINT = 'As in: create_suppression_policy(''ours'', based_on => ''casd_health'', description => ''...'', patients => 20).';
END
$$;
COMMENT ON FUNCTION health_dp.refuse_suppression_policy(name, text) IS 'Internal: says what is wrong with a policy.';
REVOKE EXECUTE ON FUNCTION health_dp.refuse_suppression_policy(name, text) FROM PUBLIC;

CREATE FUNCTION health_dp.lock_suppression_policy(policy name) RETURNS health_dp.suppression_policy
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    found_policy health_dp.suppression_policy;
BEGIN
    SELECT * INTO found_policy FROM health_dp.suppression_policy p WHERE p.name = policy FOR UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION USING ERRCODE = 'ZD701',
            MESSAGE = format('there is no suppression policy %s', coalesce(quote_ident(policy), '(null)')),
            HINT = 'Policies: SELECT name FROM health_dp.suppression_policies.';
    END IF;
    RETURN found_policy;
END
$$;
COMMENT ON FUNCTION health_dp.lock_suppression_policy(name) IS
    'Internal: the policy, locked until the transaction ends.';
REVOKE EXECUTE ON FUNCTION health_dp.lock_suppression_policy(name) FROM PUBLIC;

CREATE FUNCTION health_dp.create_suppression_policy(name name, description text, based_on name DEFAULT NULL,
    patients integer DEFAULT NULL, units integer DEFAULT NULL, dominance_contributors integer DEFAULT NULL,
    dominance_percent integer DEFAULT NULL, p_percent integer DEFAULT NULL, hides_zeros boolean DEFAULT NULL,
    no_class_disclosure boolean DEFAULT NULL, virtual_sums boolean DEFAULT NULL, singletons boolean DEFAULT NULL,
    interval_lowest integer DEFAULT NULL, other_percent integer DEFAULT NULL, cost text DEFAULT NULL,
    rounding_base integer DEFAULT NULL, noise_deviation integer DEFAULT NULL,
    noise_variance double precision DEFAULT NULL) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    base health_dp.suppression_policy;
    broken text;
BEGIN
    PERFORM health_dp.require_steward();
    IF based_on IS NOT NULL THEN
        base := health_dp.lock_suppression_policy(based_on);
    END IF;
    INSERT INTO health_dp.suppression_policy AS p (name, description, patients, units, dominance_contributors,
            dominance_percent, p_percent, hides_zeros, no_class_disclosure, virtual_sums, singletons, interval_lowest,
            other_percent, cost, rounding_base, noise_deviation, noise_variance)
        VALUES (coalesce(create_suppression_policy.name, ''), coalesce(create_suppression_policy.description, ''),
            coalesce(create_suppression_policy.patients, base.patients, 0),
            coalesce(create_suppression_policy.units, base.units, 0),
            coalesce(create_suppression_policy.dominance_contributors, base.dominance_contributors, 0),
            coalesce(create_suppression_policy.dominance_percent, base.dominance_percent, 100),
            coalesce(create_suppression_policy.p_percent, base.p_percent, 0),
            coalesce(create_suppression_policy.hides_zeros, base.hides_zeros, false),
            coalesce(create_suppression_policy.no_class_disclosure, base.no_class_disclosure, false),
            coalesce(create_suppression_policy.virtual_sums, base.virtual_sums, true),
            coalesce(create_suppression_policy.singletons, base.singletons, true),
            coalesce(create_suppression_policy.interval_lowest, base.interval_lowest, 1),
            coalesce(create_suppression_policy.other_percent, base.other_percent, 10),
            coalesce(create_suppression_policy.cost, base.cost, 'values'),
            coalesce(create_suppression_policy.rounding_base, base.rounding_base, 0),
            coalesce(create_suppression_policy.noise_deviation, base.noise_deviation, 0),
            coalesce(create_suppression_policy.noise_variance, base.noise_variance, 0))
        ON CONFLICT ON CONSTRAINT suppression_policy_pkey DO NOTHING;
    IF NOT FOUND THEN
        PERFORM health_dp.refuse_suppression_policy(create_suppression_policy.name, 'there is one of this name already');
    END IF;
EXCEPTION WHEN check_violation THEN
    GET STACKED DIAGNOSTICS broken = CONSTRAINT_NAME;
    PERFORM health_dp.refuse_suppression_policy(create_suppression_policy.name, obj_description(c.oid, 'pg_constraint'))
       FROM pg_constraint c WHERE c.conrelid = 'health_dp.suppression_policy'::regclass AND c.conname = broken;
END
$$;
COMMENT ON FUNCTION health_dp.create_suppression_policy IS
    'Makes a policy of small-cell suppression from another one, each rule of which may be overridden; without based_on, from no rule at all.';
REVOKE EXECUTE ON FUNCTION health_dp.create_suppression_policy FROM PUBLIC;
GRANT EXECUTE ON FUNCTION health_dp.create_suppression_policy TO health_dp_steward;

CREATE FUNCTION health_dp.alter_suppression_policy(name name, description text DEFAULT NULL,
    patients integer DEFAULT NULL, units integer DEFAULT NULL, dominance_contributors integer DEFAULT NULL,
    dominance_percent integer DEFAULT NULL, p_percent integer DEFAULT NULL, hides_zeros boolean DEFAULT NULL,
    no_class_disclosure boolean DEFAULT NULL, virtual_sums boolean DEFAULT NULL, singletons boolean DEFAULT NULL,
    interval_lowest integer DEFAULT NULL, other_percent integer DEFAULT NULL, cost text DEFAULT NULL,
    rounding_base integer DEFAULT NULL, noise_deviation integer DEFAULT NULL,
    noise_variance double precision DEFAULT NULL) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    altered health_dp.suppression_policy;
    broken text;
BEGIN
    PERFORM health_dp.require_steward();
    altered := health_dp.lock_suppression_policy(alter_suppression_policy.name);
    IF altered.preset THEN
        PERFORM health_dp.refuse_suppression_policy(altered.name, 'presets stay as they are, base your own on it');
    END IF;
    UPDATE health_dp.suppression_policy p
       SET description = coalesce(alter_suppression_policy.description, p.description),
           patients = coalesce(alter_suppression_policy.patients, p.patients),
           units = coalesce(alter_suppression_policy.units, p.units),
           dominance_contributors = coalesce(alter_suppression_policy.dominance_contributors, p.dominance_contributors),
           dominance_percent = coalesce(alter_suppression_policy.dominance_percent, p.dominance_percent),
           p_percent = coalesce(alter_suppression_policy.p_percent, p.p_percent),
           hides_zeros = coalesce(alter_suppression_policy.hides_zeros, p.hides_zeros),
           no_class_disclosure = coalesce(alter_suppression_policy.no_class_disclosure, p.no_class_disclosure),
           virtual_sums = coalesce(alter_suppression_policy.virtual_sums, p.virtual_sums),
           singletons = coalesce(alter_suppression_policy.singletons, p.singletons),
           interval_lowest = coalesce(alter_suppression_policy.interval_lowest, p.interval_lowest),
           other_percent = coalesce(alter_suppression_policy.other_percent, p.other_percent),
           cost = coalesce(alter_suppression_policy.cost, p.cost),
           rounding_base = coalesce(alter_suppression_policy.rounding_base, p.rounding_base),
           noise_deviation = coalesce(alter_suppression_policy.noise_deviation, p.noise_deviation),
           noise_variance = coalesce(alter_suppression_policy.noise_variance, p.noise_variance),
           changed_at = now(), changed_by = session_user
     WHERE p.name = altered.name;
EXCEPTION WHEN check_violation THEN
    GET STACKED DIAGNOSTICS broken = CONSTRAINT_NAME;
    PERFORM health_dp.refuse_suppression_policy(alter_suppression_policy.name, obj_description(c.oid, 'pg_constraint'))
       FROM pg_constraint c WHERE c.conrelid = 'health_dp.suppression_policy'::regclass AND c.conname = broken;
END
$$;
COMMENT ON FUNCTION health_dp.alter_suppression_policy IS
    'Overrides rules of a policy that is no preset, from the next suppression on; what is left out stays.';
REVOKE EXECUTE ON FUNCTION health_dp.alter_suppression_policy FROM PUBLIC;
GRANT EXECUTE ON FUNCTION health_dp.alter_suppression_policy TO health_dp_steward;

CREATE FUNCTION health_dp.drop_suppression_policy(name name) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    dropped health_dp.suppression_policy;
BEGIN
    PERFORM health_dp.require_steward();
    dropped := health_dp.lock_suppression_policy(drop_suppression_policy.name);
    IF dropped.preset THEN
        PERFORM health_dp.refuse_suppression_policy(dropped.name, 'presets stay');
    END IF;
    IF EXISTS (SELECT FROM health_dp.project_suppression s WHERE s.policy = dropped.name) THEN
        RAISE EXCEPTION USING ERRCODE = 'ZD702', MESSAGE = format('projects use suppression policy %I', dropped.name),
            HINT = 'Which ones: SELECT * FROM health_dp.project_suppression_policies. Give them another one: set_suppression_policy().';
    END IF;
    DELETE FROM health_dp.suppression_policy p WHERE p.name = dropped.name;
END
$$;
COMMENT ON FUNCTION health_dp.drop_suppression_policy(name) IS
    'Drops a policy that no project uses and that is no preset.';
REVOKE EXECUTE ON FUNCTION health_dp.drop_suppression_policy(name) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION health_dp.drop_suppression_policy(name) TO health_dp_steward;

CREATE FUNCTION health_dp.set_suppression_policy(project name, policy name) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    changed health_dp.project := health_dp.lock_project(project);
    chosen health_dp.suppression_policy;
BEGIN
    DELETE FROM health_dp.project_suppression s WHERE s.project_id = changed.id;
    IF policy IS NOT NULL THEN
        -- Locked, so that it cannot be dropped at the same time.
        chosen := health_dp.lock_suppression_policy(policy);
        INSERT INTO health_dp.project_suppression (project_id, policy) VALUES (changed.id, chosen.name);
    END IF;
END
$$;
COMMENT ON FUNCTION health_dp.set_suppression_policy(name, name) IS
    'Says which policy of suppression a project uses; null: its min_cell alone. The project''s min_cell holds beside any policy: the larger threshold counts.';
REVOKE EXECUTE ON FUNCTION health_dp.set_suppression_policy(name, name) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION health_dp.set_suppression_policy(name, name) TO health_dp_steward;
-- What computes with a domain's key. Nobody may call any of it by default: health_dp.permit_key_use() opens it to one role,
-- and the ledger's worker puts every use on record before it is made [C23]. STABLE: within a statement, the same identifier
-- gives the same result, and indexes on pseudonyms can be asked; PARALLEL SAFE: each process counts what it does itself.

CREATE FUNCTION health_dp.pseudonymise(identifier text, domain text) RETURNS health_dp.pseudonym
    LANGUAGE c STABLE STRICT PARALLEL SAFE COST 5 AS 'MODULE_PATHNAME', 'hdp_pseudonymise_text';
COMMENT ON FUNCTION health_dp.pseudonymise(text, text) IS
    'What stands for a person in this domain: keyed, irreversible, the same for every spelling of the identifier. Made with '
    'the current version of the domain''s key, which the pseudonym carries. Counted as pseudonymise.';
REVOKE EXECUTE ON FUNCTION health_dp.pseudonymise(text, text) FROM PUBLIC;

CREATE FUNCTION health_dp.pseudonymise(identifier text, domain text, version integer) RETURNS health_dp.pseudonym
    LANGUAGE c STABLE STRICT PARALLEL SAFE COST 5 AS 'MODULE_PATHNAME', 'hdp_pseudonymise_text_version';
COMMENT ON FUNCTION health_dp.pseudonymise(text, text, integer) IS
    'The same with an older version of the key, to find what was made with it; 0 is the current one.';
REVOKE EXECUTE ON FUNCTION health_dp.pseudonymise(text, text, integer) FROM PUBLIC;

CREATE FUNCTION health_dp.pseudonymise(identifier health_dp.nir, domain text) RETURNS health_dp.pseudonym
    LANGUAGE c STABLE STRICT PARALLEL SAFE COST 5 AS 'MODULE_PATHNAME', 'hdp_pseudonymise_nir';
COMMENT ON FUNCTION health_dp.pseudonymise(health_dp.nir, text) IS
    'The pseudonym of a registration number, in a domain that identifies persons by theirs.';
REVOKE EXECUTE ON FUNCTION health_dp.pseudonymise(health_dp.nir, text) FROM PUBLIC;

CREATE FUNCTION health_dp.pseudonymise(identifier health_dp.nir, domain text, version integer)
    RETURNS health_dp.pseudonym
    LANGUAGE c STABLE STRICT PARALLEL SAFE COST 5 AS 'MODULE_PATHNAME', 'hdp_pseudonymise_nir_version';
COMMENT ON FUNCTION health_dp.pseudonymise(health_dp.nir, text, integer) IS
    'The same with an older version of the key; 0 is the current one.';
REVOKE EXECUTE ON FUNCTION health_dp.pseudonymise(health_dp.nir, text, integer) FROM PUBLIC;

CREATE OPERATOR health_dp.|> (leftarg = text, rightarg = text, function = health_dp.pseudonymise);
COMMENT ON OPERATOR health_dp.|> (text, text) IS 'identifier |> domain: health_dp.pseudonymise(identifier, domain)';
CREATE OPERATOR health_dp.|> (leftarg = health_dp.nir, rightarg = text, function = health_dp.pseudonymise);
COMMENT ON OPERATOR health_dp.|> (health_dp.nir, text) IS 'number |> domain: health_dp.pseudonymise(number, domain)';

CREATE TYPE health_dp.sealed;

CREATE FUNCTION health_dp.sealed_in(cstring) RETURNS health_dp.sealed
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'hdp_sealed_in';
COMMENT ON FUNCTION health_dp.sealed_in(cstring) IS 'internal: reads a sealed identifier';

CREATE FUNCTION health_dp.sealed_out(health_dp.sealed) RETURNS cstring
    LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE AS 'byteaout';
COMMENT ON FUNCTION health_dp.sealed_out(health_dp.sealed) IS 'internal: writes a sealed identifier';

CREATE FUNCTION health_dp.sealed_recv(internal) RETURNS health_dp.sealed
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'hdp_sealed_recv';
COMMENT ON FUNCTION health_dp.sealed_recv(internal) IS 'internal: receives a sealed identifier';

CREATE FUNCTION health_dp.sealed_send(health_dp.sealed) RETURNS bytea
    LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE AS 'byteasend';
COMMENT ON FUNCTION health_dp.sealed_send(health_dp.sealed) IS 'internal: sends a sealed identifier';

CREATE TYPE health_dp.sealed (
    input = health_dp.sealed_in, output = health_dp.sealed_out, receive = health_dp.sealed_recv,
    send = health_dp.sealed_send, like = bytea);
COMMENT ON TYPE health_dp.sealed IS
    'An identifier that whoever holds the key can open again: the version of the key, a tag, and as many bytes as the '
    'identifier has. The same identifier in the same column looks the same, so that sealed columns join; nothing else shows.';

CREATE CAST (health_dp.sealed AS bytea) WITHOUT FUNCTION AS IMPLICIT;
COMMENT ON CAST (health_dp.sealed AS bytea) IS 'Comparison, indexes and joins of sealed identifiers are those of bytes.';
CREATE FUNCTION health_dp.sealed(bytea) RETURNS health_dp.sealed
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'hdp_sealed_from_bytea';
COMMENT ON FUNCTION health_dp.sealed(bytea) IS 'The sealed identifier of these bytes, as another system sent them.';
CREATE CAST (bytea AS health_dp.sealed) WITH FUNCTION health_dp.sealed(bytea);

CREATE FUNCTION health_dp.key_version(health_dp.sealed) RETURNS smallint
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'hdp_sealed_version';
COMMENT ON FUNCTION health_dp.key_version(health_dp.sealed) IS 'The version of the key that sealed an identifier.';

CREATE FUNCTION health_dp.seal_identifier(identifier text, domain text, column_name text DEFAULT 'identifier')
    RETURNS health_dp.sealed
    LANGUAGE c STABLE STRICT PARALLEL SAFE COST 80 AS 'MODULE_PATHNAME', 'hdp_sealed_seal';
COMMENT ON FUNCTION health_dp.seal_identifier(text, text, text) IS
    'Seals an identifier (AES-256-SIV) for a domain and a column, whose name is part of it: copied elsewhere it opens no '
    'more. Counted as seal.';
REVOKE EXECUTE ON FUNCTION health_dp.seal_identifier(text, text, text) FROM PUBLIC;

CREATE FUNCTION health_dp.reidentify(
    sealed health_dp.sealed, domain text, motive text, column_name text DEFAULT 'identifier') RETURNS text
    LANGUAGE c STABLE STRICT PARALLEL RESTRICTED COST 80 AS 'MODULE_PATHNAME', 'hdp_sealed_open';
COMMENT ON FUNCTION health_dp.reidentify(health_dp.sealed, text, text, text) IS
    'Opens a sealed identifier, under an order that you asked for with this motive (ask_reidentification) and that a '
    'custodian approved. Counted as reidentify, with the motive on record.';
REVOKE EXECUTE ON FUNCTION health_dp.reidentify(health_dp.sealed, text, text, text) FROM PUBLIC;

CREATE FUNCTION health_dp.pseudonymise_nir(identifier health_dp.nir, domain text, check_key text DEFAULT '98')
    RETURNS health_dp.nir
    LANGUAGE c STABLE STRICT PARALLEL SAFE COST 15 AS 'MODULE_PATHNAME', 'hdp_pseudonymise_to_nir';
COMMENT ON FUNCTION health_dp.pseudonymise_nir(health_dp.nir, text, text) IS
    'Another well-formed NIR for each NIR (FF1), for software that takes nothing else. check_key: 98 or 99, which no person '
    'has, or right, which may make it another person''s number. Counted as pseudonymise_nir.';
REVOKE EXECUTE ON FUNCTION health_dp.pseudonymise_nir(health_dp.nir, text, text) FROM PUBLIC;

CREATE FUNCTION health_dp.reidentify_nir(
    pseudonymised health_dp.nir, domain text, motive text, version integer DEFAULT 0) RETURNS health_dp.nir
    LANGUAGE c STABLE STRICT PARALLEL RESTRICTED COST 15 AS 'MODULE_PATHNAME', 'hdp_pseudonymise_from_nir';
COMMENT ON FUNCTION health_dp.reidentify_nir(health_dp.nir, text, text, integer) IS
    'The number that pseudonymise_nir() made this one from, under an approved order. A NIR does not carry its key''s version: '
    '0 is the current one. Counted as reidentify.';
REVOKE EXECUTE ON FUNCTION health_dp.reidentify_nir(health_dp.nir, text, text, integer) FROM PUBLIC;

CREATE FUNCTION health_dp.shift_date(day date, patient text, domain text, window_days integer) RETURNS date
    LANGUAGE c STABLE STRICT PARALLEL SAFE COST 5 AS 'MODULE_PATHNAME', 'hdp_pseudonymise_date';
COMMENT ON FUNCTION health_dp.shift_date(date, text, text, integer) IS
    'The day moved by a secret number of days, -window to +window, one for each patient, domain and window: intervals within '
    'a patient stay true. Counted as shift_date.';
REVOKE EXECUTE ON FUNCTION health_dp.shift_date(date, text, text, integer) FROM PUBLIC;

CREATE FUNCTION health_dp.shift_date(day date, patient health_dp.pseudonym, domain text, window_days integer)
    RETURNS date
    LANGUAGE c STABLE STRICT PARALLEL SAFE COST 5 AS 'MODULE_PATHNAME', 'hdp_pseudonymise_date_of';
COMMENT ON FUNCTION health_dp.shift_date(date, health_dp.pseudonym, text, integer) IS
    'The same where the patient is known by a pseudonym, which gives other shifts than the identifier does.';
REVOKE EXECUTE ON FUNCTION health_dp.shift_date(date, health_dp.pseudonym, text, integer) FROM PUBLIC;
-- Blind pseudonymisation (RFC 9497, VOPRF, ristretto255-SHA512): a source gets its persons' linkage identifiers without
-- showing an identity to the holder of the key, or getting the key [C21, C22]. One call takes a whole batch; batches may go
-- to parallel workers. health_dp.permit_key_use() opens blind, evaluate and finalise, and each identifier counts as one use
-- of the key, on record before it is made [C23].
-- COST is that of some hundred identifiers, about 50 microseconds each: enough for a table of batches to go parallel.

CREATE FUNCTION health_dp.is_identifier(identifier text, domain text) RETURNS boolean
    LANGUAGE c STABLE STRICT PARALLEL SAFE COST 100 AS 'MODULE_PATHNAME', 'hdp_voprf_is_identifier';
COMMENT ON FUNCTION health_dp.is_identifier(text, text) IS
    'Whether the text can be an identifier in this domain, whose form says what one looks like. For leaving out what blind() '
    'would refuse. Uses no key; comes with the permission to blind.';
REVOKE EXECUTE ON FUNCTION health_dp.is_identifier(text, text) FROM PUBLIC;

CREATE FUNCTION health_dp.blind(identifiers text[], domain text, batch uuid) RETURNS bytea
    LANGUAGE c STABLE STRICT PARALLEL SAFE COST 200000 AS 'MODULE_PATHNAME', 'hdp_voprf_blind';
COMMENT ON FUNCTION health_dp.blind(text[], text, uuid) IS
    'At a source: the request for up to 65,535 identifiers, which tells nobody anything about them. domain is the source''s '
    'own and gives the secret that hides them. batch is new for each batch, gen_random_uuid(), and kept until finalise(): '
    'were it used again, the holder of the key could see that a request came twice.';
REVOKE EXECUTE ON FUNCTION health_dp.blind(text[], text, uuid) FROM PUBLIC;

CREATE FUNCTION health_dp.evaluate(request bytea, domain text) RETURNS bytea
    LANGUAGE c STABLE STRICT PARALLEL SAFE COST 200000 AS 'MODULE_PATHNAME', 'hdp_voprf_evaluate';
COMMENT ON FUNCTION health_dp.evaluate(bytea, text) IS
    'At the holder of the linkage key: the response to a request, with the proof that the key behind public_key() made it.';
REVOKE EXECUTE ON FUNCTION health_dp.evaluate(bytea, text) FROM PUBLIC;

CREATE FUNCTION health_dp.public_key(domain text) RETURNS text
    LANGUAGE c STABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'hdp_voprf_public_key';
COMMENT ON FUNCTION health_dp.public_key(text) IS
    'At the holder of the linkage key: what sources check its responses against. Published once, the same for all sources: '
    'whoever gave each source another one could tell their persons apart, and they would not match.';
REVOKE EXECUTE ON FUNCTION health_dp.public_key(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION health_dp.public_key(text) TO health_dp_custodian;

CREATE FUNCTION health_dp.public_key_version(public_key text) RETURNS smallint
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'hdp_voprf_public_key_version';
COMMENT ON FUNCTION health_dp.public_key_version(text) IS
    'The version of the linkage key that a public key belongs to, which its linkage identifiers carry.';

CREATE FUNCTION health_dp.finalise(
    identifiers text[], request bytea, response bytea, public_key text, domain text, batch uuid)
    RETURNS health_dp.pseudonym[]
    LANGUAGE c STABLE STRICT PARALLEL SAFE COST 200000 AS 'MODULE_PATHNAME', 'hdp_voprf_finalise';
COMMENT ON FUNCTION health_dp.finalise(text[], bytea, bytea, text, text, uuid) IS
    'At a source: the linkage identifiers, in the order of the identifiers, which is the one that blind() had. Refuses a '
    'response that another key made or that was changed, and a request that was not made of these identifiers.';
REVOKE EXECUTE ON FUNCTION health_dp.finalise(text[], bytea, bytea, text, text, uuid) FROM PUBLIC;
-- Linkage: records of several sources that belong to one person get one pseudonym, and afterwards nobody can repeat it.
-- Sources deliver linkage identifiers (86-voprf.sql) with record numbers of their own. What is stored is the identifier's
-- pseudonym in a domain that belongs to this linkage alone; a person's pseudonym in the warehouse follows from that one, in
-- the project's domain. When the linkage's key is destroyed, rows in backups and in the write-ahead log are worth nothing
-- [C22]. Nobody but the owner reads the tables.
-- Why a pseudonym and not a random number: the same person delivered later gets the same one without a table that says so,
-- it carries the version of its key, and it becomes unlinkable for good when the project's key is destroyed. A random
-- number has none of the three.
-- No foreign keys, as in 10-projects.sql.

CREATE TABLE health_dp.linkage (
    linkage_id integer GENERATED ALWAYS AS IDENTITY CONSTRAINT linkage_pkey PRIMARY KEY,
    name name NOT NULL CONSTRAINT linkage_name_key UNIQUE,
    project_id integer NOT NULL,
    domain text COLLATE "C" NOT NULL CONSTRAINT linkage_domain_key UNIQUE,
    key_version integer NOT NULL,
    pseudonym_domain text COLLATE "C" NOT NULL,
    pseudonym_version integer NOT NULL,
    public_key text COLLATE "C" NOT NULL CONSTRAINT linkage_public_key_key UNIQUE,
    key_check text COLLATE "C" NOT NULL,
    reader regrole NOT NULL,
    reader_name name NOT NULL,
    opened_at timestamptz NOT NULL DEFAULT pg_catalog.now(),
    opened_by name NOT NULL DEFAULT SESSION_USER,
    expires_at timestamptz NOT NULL,
    changes bigint NOT NULL DEFAULT 0,
    matched_at timestamptz,
    closed_at timestamptz,
    closed_by name,
    records_deleted bigint,
    CONSTRAINT linkage_name_said CHECK (name <> ''),
    CONSTRAINT linkage_domains_differ CHECK (domain <> pseudonym_domain),
    CONSTRAINT linkage_is_temporary CHECK (expires_at > opened_at AND expires_at <= opened_at + interval '1 year'),
    CONSTRAINT linkage_closed CHECK ((closed_at IS NULL) = (closed_by IS NULL))
);
COMMENT ON TABLE health_dp.linkage IS
    'One row per linkage; stays after its end, with what it was done under. Read through the view health_dp.linkages.';
COMMENT ON COLUMN health_dp.linkage.project_id IS 'The authorisation to link.';
COMMENT ON COLUMN health_dp.linkage.domain IS
    'The domain of this linkage alone, here: its key hides the linkage identifiers, and is destroyed at the end.';
COMMENT ON COLUMN health_dp.linkage.pseudonym_domain IS 'The domain of the pseudonyms that persons get.';
COMMENT ON COLUMN health_dp.linkage.public_key IS
    'Of the third party, for this linkage alone; sources check responses against it.';
COMMENT ON COLUMN health_dp.linkage.key_check IS
    'Check value of the third party''s key, from its key_versions: its certificate of destruction has to name it.';
COMMENT ON COLUMN health_dp.linkage.reader IS 'The role that reads the crosswalk.';
COMMENT ON COLUMN health_dp.linkage.changes IS
    'Counts what must not pass by concurrent deliveries: a transaction with an older snapshot fails instead.';
COMMENT ON COLUMN health_dp.linkage.records_deleted IS 'To the nearest ten, null below 11.';
REVOKE ALL ON TABLE health_dp.linkage FROM PUBLIC;

CREATE TABLE health_dp.linkage_source (
    linkage_id integer NOT NULL,
    source text COLLATE "C" NOT NULL,
    role regrole NOT NULL,
    role_name name NOT NULL,
    added_at timestamptz NOT NULL DEFAULT pg_catalog.now(),
    added_by name NOT NULL DEFAULT SESSION_USER,
    CONSTRAINT linkage_source_pkey PRIMARY KEY (linkage_id, source),
    CONSTRAINT linkage_source_said CHECK (source <> '')
);
COMMENT ON TABLE health_dp.linkage_source IS 'Who delivers what to a linkage.';
COMMENT ON COLUMN health_dp.linkage_source.role_name IS
    'The role''s name when it was added. A role that was renamed, or dropped and replaced, delivers nothing any more.';
REVOKE ALL ON TABLE health_dp.linkage_source FROM PUBLIC;

CREATE TABLE health_dp.linked_record (
    linkage_id integer NOT NULL,
    source text COLLATE "C" NOT NULL,
    local_reference text COLLATE "C" NOT NULL,
    person health_dp.pseudonym NOT NULL,
    pseudonym health_dp.pseudonym,
    CONSTRAINT linked_record_pkey PRIMARY KEY (linkage_id, source, local_reference, person)
);
CREATE INDEX linked_record_person ON health_dp.linked_record (linkage_id, person);
COMMENT ON INDEX health_dp.linked_record_person IS 'For matching, a slice of the persons at a time.';
COMMENT ON TABLE health_dp.linked_record IS
    'Records of open linkages, those of opposed persons included, which nothing shows: were they not written, the counters of '
    'pg_stat_user_tables would tell a source who is opposed elsewhere. person is never a linkage identifier, but its '
    'pseudonym under the linkage''s own key.';
COMMENT ON COLUMN health_dp.linked_record.pseudonym IS 'Of the person in the warehouse; null until matched.';
REVOKE ALL ON TABLE health_dp.linked_record FROM PUBLIC;

CREATE TABLE health_dp.linkage_opposition (
    linkage_id integer NOT NULL,
    source text COLLATE "C" NOT NULL,
    person health_dp.pseudonym NOT NULL,
    CONSTRAINT linkage_opposition_pkey PRIMARY KEY (linkage_id, person, source)
);
COMMENT ON TABLE health_dp.linkage_opposition IS
    'Persons who are opposed, by the source that said so: no record of theirs, from any source, leaves the linkage.';
REVOKE ALL ON TABLE health_dp.linkage_opposition FROM PUBLIC;

CREATE TABLE health_dp.linkage_quality (
    linkage_id integer NOT NULL,
    source text COLLATE "C" NOT NULL,
    records bigint,
    persons bigint,
    matched bigint,
    unmatched bigint,
    repeated bigint,
    ambiguous bigint,
    opposed bigint,
    CONSTRAINT linkage_quality_pkey PRIMARY KEY (linkage_id, source)
);
COMMENT ON TABLE health_dp.linkage_quality IS
    'What the last match_linkage() found, already to the nearest ten: the exact numbers are kept nowhere.';
REVOKE ALL ON TABLE health_dp.linkage_quality FROM PUBLIC;

CREATE TABLE health_dp.linkage_certificate (
    certificate_id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT linkage_certificate_pkey PRIMARY KEY,
    linkage_id integer NOT NULL CONSTRAINT linkage_certificate_once UNIQUE,
    linkage name NOT NULL,
    records_deleted_at timestamptz NOT NULL,
    records_deleted bigint,
    key_certificate_id bigint NOT NULL,
    key_destroyed_at timestamptz NOT NULL,
    third_party_certificate jsonb NOT NULL,
    session_role name NOT NULL,
    user_role name NOT NULL,
    certified_at timestamptz NOT NULL
);
COMMENT ON TABLE health_dp.linkage_certificate IS
    'That a linkage cannot be repeated. Deleted rows are still in backups and in the write-ahead log until those are gone; '
    'what makes them worthless is that both keys are destroyed.';
COMMENT ON COLUMN health_dp.linkage_certificate.records_deleted IS 'To the nearest ten, null below 11.';
COMMENT ON COLUMN health_dp.linkage_certificate.key_certificate_id IS
    'Of the linkage''s own key, in health_dp.key_certificate: it holds once the old root key named there is destroyed.';
COMMENT ON COLUMN health_dp.linkage_certificate.third_party_certificate IS
    'Of the key behind the linkage identifiers, as the third party gave it. This server saw that it names that key, and '
    'nothing more.';
REVOKE ALL ON TABLE health_dp.linkage_certificate FROM PUBLIC;
GRANT SELECT ON TABLE health_dp.linkage_certificate TO health_dp_custodian, health_dp_steward, health_dp_auditor;

SELECT pg_catalog.pg_extension_config_dump('health_dp.linkage', '');
SELECT pg_catalog.pg_extension_config_dump(pg_catalog.pg_get_serial_sequence('health_dp.linkage', 'linkage_id'), '');
SELECT pg_catalog.pg_extension_config_dump('health_dp.linkage_source', '');
SELECT pg_catalog.pg_extension_config_dump('health_dp.linked_record', '');
SELECT pg_catalog.pg_extension_config_dump('health_dp.linkage_opposition', '');
SELECT pg_catalog.pg_extension_config_dump('health_dp.linkage_quality', '');
SELECT pg_catalog.pg_extension_config_dump('health_dp.linkage_certificate', '');
SELECT pg_catalog.pg_extension_config_dump(
    pg_catalog.pg_get_serial_sequence('health_dp.linkage_certificate', 'certificate_id'), '');

-- Internal.

CREATE FUNCTION health_dp.relink(pseudonyms health_dp.pseudonym[], domain text, version integer)
    RETURNS health_dp.pseudonym[]
    LANGUAGE c STABLE STRICT PARALLEL RESTRICTED COST 100000 AS 'MODULE_PATHNAME', 'hdp_linkage_relink';
COMMENT ON FUNCTION health_dp.relink(health_dp.pseudonym[], text, integer) IS
    'Internal: the pseudonym of each pseudonym in a further domain. Counted as link, for whoever called the function of '
    'linkage.';
REVOKE EXECUTE ON FUNCTION health_dp.relink(health_dp.pseudonym[], text, integer) FROM PUBLIC;

CREATE FUNCTION health_dp.rounded_count(exact bigint) RETURNS bigint
    LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT CASE WHEN exact >= 11 THEN ((exact + 5) / 10) * 10 END
$$;
COMMENT ON FUNCTION health_dp.rounded_count(bigint) IS
    'Internal: a number of persons as it may be shown, to the nearest ten, and null from 0 to 10. Each number of a report is '
    'rounded by itself, so that a total does not give back what is missing from its parts.';
REVOKE EXECUTE ON FUNCTION health_dp.rounded_count(bigint) FROM PUBLIC;

CREATE FUNCTION health_dp.looks_like_nir(value text) RETURNS boolean
    LANGUAGE sql IMMUTABLE STRICT SET search_path = pg_catalog, pg_temp AS $$
    SELECT CASE WHEN n.number ~ '^[1-478][0-9]{4}([0-9]{2}|2[AB])[0-9]{8}$'
                THEN 97 - left(replace(replace(n.number, '2A', '19'), '2B', '18'), 13)::bigint % 97
                     = right(n.number, 2)::integer
                ELSE false END
      FROM (SELECT upper(regexp_replace(value, '[[:space:].]', '', 'g'))) n(number)
$$;
COMMENT ON FUNCTION health_dp.looks_like_nir(text) IS
    'Internal: whether a text is a French registration number with the key that fits, in any spelling.';
REVOKE EXECUTE ON FUNCTION health_dp.looks_like_nir(text) FROM PUBLIC;

CREATE FUNCTION health_dp.check_linkage_open(linkage health_dp.linkage) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF linkage.closed_at IS NOT NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'ZD632',
            MESSAGE = format('linkage "%s" was closed on %s', linkage.name, linkage.closed_at::date),
            HINT = 'What was deleted does not come back; another linkage: health_dp.open_linkage().';
    END IF;
    IF clock_timestamp() >= linkage.expires_at THEN
        RAISE EXCEPTION USING ERRCODE = 'ZD631',
            MESSAGE = format('linkage "%s" expired on %s', linkage.name, linkage.expires_at::date),
            HINT = 'A steward deletes what it holds: health_dp.purge_linkages(). Another linkage: '
                   'health_dp.open_linkage().';
    END IF;
END
$$;
COMMENT ON FUNCTION health_dp.check_linkage_open(health_dp.linkage) IS
    'Internal: errors once a linkage is closed or expired.';
REVOKE EXECUTE ON FUNCTION health_dp.check_linkage_open(health_dp.linkage) FROM PUBLIC;

CREATE FUNCTION health_dp.lock_linkage(linkage name) RETURNS health_dp.linkage
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    found_linkage health_dp.linkage;
BEGIN
    PERFORM health_dp.require_steward();
    UPDATE health_dp.linkage l SET changes = l.changes + 1 WHERE l.name = linkage RETURNING * INTO found_linkage;
    IF NOT FOUND THEN
        RAISE EXCEPTION USING ERRCODE = 'ZD630',
            MESSAGE = format('there is no linkage %s', coalesce('"' || linkage || '"', '(null)')),
            HINT = 'Linkages: SELECT name FROM health_dp.linkages.';
    END IF;
    RETURN found_linkage;
END
$$;
COMMENT ON FUNCTION health_dp.lock_linkage(name) IS
    'Internal: the linkage, locked until the transaction ends; an error for anybody but stewards.';
REVOKE EXECUTE ON FUNCTION health_dp.lock_linkage(name) FROM PUBLIC;

-- The same error whether there is no such linkage, no such source or another role's: a source learns nothing of others.
CREATE FUNCTION health_dp.linkage_of_source(linkage name, source text) RETURNS health_dp.linkage
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    found_linkage health_dp.linkage;
BEGIN
    SELECT l.* INTO found_linkage
      FROM health_dp.linkage l
      JOIN health_dp.linkage_source s USING (linkage_id)
      JOIN pg_roles r ON r.oid = s.role AND r.rolname = s.role_name
     WHERE l.name = linkage_of_source.linkage AND s.source = linkage_of_source.source
       AND pg_has_role(session_user, s.role, 'MEMBER')
       FOR SHARE OF l;
    IF NOT FOUND THEN
        RAISE EXCEPTION USING ERRCODE = 'ZD633',
            MESSAGE = format('role %I delivers nothing as that source to a linkage of that name', session_user),
            HINT = 'Ask a steward for health_dp.add_linkage_source(), and connect as the role it names.';
    END IF;
    PERFORM health_dp.check_linkage_open(found_linkage);
    RETURN found_linkage;
END
$$;
COMMENT ON FUNCTION health_dp.linkage_of_source(name, text) IS
    'Internal: the open linkage, for the role registered for the source only.';
REVOKE EXECUTE ON FUNCTION health_dp.linkage_of_source(name, text) FROM PUBLIC;

CREATE FUNCTION health_dp.check_linkage_identifiers(
    linkage health_dp.linkage, linkage_identifiers health_dp.pseudonym[]) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    needed smallint := health_dp.public_key_version(linkage.public_key);
BEGIN
    IF array_ndims(linkage_identifiers) > 1 OR array_position(linkage_identifiers, NULL::health_dp.pseudonym) IS NOT NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'ZD635',
            MESSAGE = 'a linkage identifier is NULL, or the array has several dimensions',
            HINT = 'Leave out records without one: WHERE linkage_identifier IS NOT NULL.';
    END IF;
    IF EXISTS (SELECT FROM unnest(linkage_identifiers) i WHERE health_dp.key_version(i) <> needed) THEN
        RAISE EXCEPTION USING ERRCODE = 'ZD636',
            MESSAGE = 'a linkage identifier was made with another version of the third party''s key than this linkage''s',
            HINT = 'Have the batch evaluated and finalised with the public key that health_dp.linkages shows.';
    END IF;
END
$$;
COMMENT ON FUNCTION health_dp.check_linkage_identifiers(health_dp.linkage, health_dp.pseudonym[]) IS
    'Internal: errors on identifiers that cannot be this linkage''s.';
REVOKE EXECUTE ON FUNCTION health_dp.check_linkage_identifiers(health_dp.linkage, health_dp.pseudonym[]) FROM PUBLIC;

-- Internal to match_linkage() and crosswalk(); nobody but the owner reads it.
CREATE VIEW health_dp.sure_record AS
    SELECT r.linkage_id, r.source, r.local_reference, r.person, r.pseudonym
      FROM (SELECT d.*, pg_catalog.count(*) OVER (PARTITION BY d.linkage_id, d.source, d.local_reference) AS persons
              FROM health_dp.linked_record d) r
     WHERE r.persons = 1
       AND NOT EXISTS (SELECT FROM health_dp.linkage_opposition o
                        WHERE o.linkage_id = r.linkage_id AND o.person OPERATOR(health_dp.=) r.person);
COMMENT ON VIEW health_dp.sure_record IS
    'Internal: records without those of opposed persons, and without references that a source gave for several persons.';
REVOKE ALL ON TABLE health_dp.sure_record FROM PUBLIC;

-- Sources and readers see the linkages they have a part in, and the public key with it. The view runs with its owner's
-- rights on the tables; security_barrier keeps conditions of the reader's away from other rows.
CREATE VIEW health_dp.linkages WITH (security_barrier) AS
    SELECT l.name, p.name AS project, s.state, l.opened_at, l.expires_at, l.matched_at, l.closed_at, l.public_key,
           l.domain, l.pseudonym_domain, l.reader_name AS reader,
           CASE s.state
           WHEN 'expired' THEN 'overdue: a steward deletes its records, health_dp.purge_linkages()'
           WHEN 'closed' THEN
               CASE WHEN EXISTS (SELECT FROM health_dp.key_version v WHERE v.domain = l.domain AND v.state <> 'destroyed')
                    THEN 'a custodian destroys its key here, health_dp.destroy_key()'
                    ELSE 'the third party destroys its key and certifies it; then health_dp.certify_linkage()' END
           WHEN 'matched' THEN 'the reader reads health_dp.crosswalk(), then health_dp.close_linkage()'
           WHEN 'open' THEN 'sources deliver, health_dp.add_to_linkage(); then health_dp.match_linkage()'
           END AS next_step
      FROM health_dp.linkage l
      LEFT JOIN health_dp.project p ON p.id = l.project_id
     CROSS JOIN LATERAL (SELECT CASE
            WHEN EXISTS (SELECT FROM health_dp.linkage_certificate c WHERE c.linkage_id = l.linkage_id) THEN 'certified'
            WHEN l.closed_at IS NOT NULL THEN 'closed'
            WHEN l.expires_at <= pg_catalog.clock_timestamp() THEN 'expired'
            WHEN l.matched_at IS NOT NULL THEN 'matched'
            ELSE 'open' END) s (state)
     WHERE pg_catalog.pg_has_role(current_user, 'health_dp_steward', 'USAGE')
        OR pg_catalog.pg_has_role(current_user, 'health_dp_custodian', 'USAGE')
        OR pg_catalog.pg_has_role(current_user, 'health_dp_auditor', 'USAGE')
        OR EXISTS (SELECT FROM health_dp.linkage_source t JOIN pg_catalog.pg_roles r ON r.oid = t.role
                    WHERE t.linkage_id = l.linkage_id AND r.rolname = t.role_name
                      AND pg_catalog.pg_has_role(current_user, r.oid, 'USAGE'))
        OR EXISTS (SELECT FROM pg_catalog.pg_roles r WHERE r.oid = l.reader AND r.rolname = l.reader_name
                      AND pg_catalog.pg_has_role(current_user, r.oid, 'USAGE'));
COMMENT ON VIEW health_dp.linkages IS
    'The linkages you have a part in; all for stewards, custodians and auditors: state (open, matched, expired, closed, '
    'certified), until when, the public key that sources use, and what comes next.';
REVOKE ALL ON TABLE health_dp.linkages FROM PUBLIC;
GRANT SELECT ON TABLE health_dp.linkages TO PUBLIC;

CREATE VIEW health_dp.linkage_sources AS
    SELECT l.name AS linkage, s.source, s.role_name AS role, s.added_at, s.added_by,
           EXISTS (SELECT FROM pg_catalog.pg_roles r WHERE r.oid = s.role AND r.rolname = s.role_name) AS in_force
      FROM health_dp.linkage_source s JOIN health_dp.linkage l USING (linkage_id);
COMMENT ON VIEW health_dp.linkage_sources IS
    'The sources of every linkage and who delivers for them. in_force is false once the role was dropped or renamed.';
REVOKE ALL ON TABLE health_dp.linkage_sources FROM PUBLIC;
GRANT SELECT ON TABLE health_dp.linkage_sources TO health_dp_steward, health_dp_auditor;

CREATE VIEW health_dp.linkage_report AS
    SELECT l.name AS linkage, q.source, q.records, q.persons, q.matched, q.unmatched, q.repeated, q.ambiguous, q.opposed,
           l.matched_at
      FROM health_dp.linkage_quality q JOIN health_dp.linkage l USING (linkage_id);
COMMENT ON VIEW health_dp.linkage_report IS
    'How well each source was matched, at the last match_linkage(): records in the crosswalk, persons behind them, persons that '
    'other sources have as well or do not have, persons with several records, references left out because they were given '
    'for several persons, and persons the source said are opposed. To the nearest ten; null is anything from 0 to 10.';
REVOKE ALL ON TABLE health_dp.linkage_report FROM PUBLIC;
GRANT SELECT ON TABLE health_dp.linkage_report TO health_dp_steward, health_dp_auditor;
-- What stewards, sources and readers do with linkages (87-linkage.sql).

-- What stewards do. SECURITY DEFINER for the reason that stands at the top of 15-authorisations.sql.

CREATE FUNCTION health_dp.open_linkage(
    linkage name, project name, domain text, pseudonym_domain text, public_key text, key_check text, lifetime interval,
    reader regrole) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    behind health_dp.project := health_dp.lock_project(project);
    reader_name name := (SELECT r.rolname FROM pg_roles r WHERE r.oid = reader);
    own_version integer;
    project_version integer;
    problem text;
BEGIN
    SELECT v.version INTO own_version FROM health_dp.key_version v
     WHERE v.domain = open_linkage.domain AND v.state = 'current';
    SELECT v.version INTO project_version FROM health_dp.key_version v
     WHERE v.domain = open_linkage.pseudonym_domain AND v.state = 'current';
    PERFORM health_dp.public_key_version(public_key);
    problem := CASE
        WHEN coalesce(linkage, '') = '' THEN 'it has no name'
        WHEN own_version IS NULL THEN 'its own domain has no key'
        WHEN project_version IS NULL THEN 'the domain of its pseudonyms has no key'
        WHEN domain = pseudonym_domain THEN 'its own key is destroyed at the end, so pseudonyms cannot be under it'
        WHEN public_key IS NULL THEN 'the third party''s public key is missing'
        WHEN coalesce(key_check, '') !~ '^[0-9a-f]{16}$' THEN 'the third party''s check value is not 16 digits from 0 to f'
        WHEN lifetime IS NULL OR lifetime <= interval '0' OR lifetime > interval '1 year'
            THEN 'its lifetime is not between nothing and a year'
        WHEN reader_name IS NULL THEN 'nobody is named who reads the crosswalk'
        WHEN EXISTS (SELECT FROM health_dp.linkage l WHERE l.name = linkage) THEN 'there is or was one of that name'
        WHEN EXISTS (SELECT FROM health_dp.linkage l
                      WHERE open_linkage.domain IN (l.domain, l.pseudonym_domain)
                         OR l.domain = open_linkage.pseudonym_domain)
            THEN 'its own domain is not its own: another linkage uses or used it'
        WHEN EXISTS (SELECT FROM health_dp.linkage l WHERE l.public_key = open_linkage.public_key)
            THEN 'another linkage has or had this public key, and persons would be the same in both'
    END;
    IF problem IS NOT NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'ZD634', MESSAGE = 'this linkage cannot be opened: ' || problem,
            HINT = 'A custodian makes a key for each linkage here, and the third party one there: health_dp.create_key().';
    END IF;
    INSERT INTO health_dp.linkage (name, project_id, domain, key_version, pseudonym_domain, pseudonym_version, public_key,
                                   key_check, reader, reader_name, expires_at)
        VALUES (linkage, behind.id, domain, own_version, pseudonym_domain, project_version, public_key, key_check, reader,
                reader_name, now() + lifetime);
END
$$;
COMMENT ON FUNCTION health_dp.open_linkage(name, name, text, text, text, text, interval, regrole) IS
    'Opens a linkage for a project: with a domain of its own, the domain of the pseudonyms, the third party''s public key and '
    'the check value of that key, how long it may take, and who reads the crosswalk.';
REVOKE EXECUTE ON FUNCTION health_dp.open_linkage(name, name, text, text, text, text, interval, regrole) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION health_dp.open_linkage(name, name, text, text, text, text, interval, regrole) TO health_dp_steward;

CREATE FUNCTION health_dp.add_linkage_source(linkage name, source text, role regrole) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    target health_dp.linkage := health_dp.lock_linkage(linkage);
    new_name name := (SELECT r.rolname FROM pg_roles r WHERE r.oid = role);
BEGIN
    PERFORM health_dp.check_linkage_open(target);
    IF coalesce(source, '') = '' OR new_name IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'ZD634', MESSAGE = 'a source has a name and a role',
            HINT = 'For example: health_dp.add_linkage_source(''emc2'', ''hcl'', ''hcl_loader'').';
    END IF;
    INSERT INTO health_dp.linkage_source (linkage_id, source, role, role_name)
        VALUES (target.linkage_id, source, role, new_name)
        ON CONFLICT ON CONSTRAINT linkage_source_pkey DO UPDATE
        SET role = EXCLUDED.role, role_name = EXCLUDED.role_name, added_at = now(), added_by = session_user;
END
$$;
COMMENT ON FUNCTION health_dp.add_linkage_source(name, text, regrole) IS
    'Lets a role deliver as a source, or gives the source to another role.';
REVOKE EXECUTE ON FUNCTION health_dp.add_linkage_source(name, text, regrole) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION health_dp.add_linkage_source(name, text, regrole) TO health_dp_steward;

-- What sources do. SECURITY DEFINER: a source has no privileges on the tables, neither on its own rows nor on others'.
-- PUBLIC keeps EXECUTE: linkage_of_source() looks up which role may, for the session's user, so that nobody's own SECURITY
-- DEFINER function lends it; the key's permission is asked for as well. What they return says nothing of the other sources.

CREATE FUNCTION health_dp.add_to_linkage(
    linkage name, source text, linkage_identifiers health_dp.pseudonym[], local_references text[]) RETURNS bigint
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    target health_dp.linkage := health_dp.linkage_of_source(linkage, source);
    place bigint;
BEGIN
    PERFORM health_dp.check_linkage_identifiers(target, linkage_identifiers);
    IF cardinality(local_references) IS DISTINCT FROM cardinality(linkage_identifiers)
       OR array_ndims(local_references) > 1 THEN
        RAISE EXCEPTION USING ERRCODE = 'ZD635', MESSAGE = 'there are not as many local references as linkage identifiers',
            HINT = 'Give both as arrays of one order, as docs/link.md shows.';
    END IF;
    SELECT r.place INTO place FROM unnest(local_references) WITH ORDINALITY AS r (value, place)
     WHERE r.value IS NULL OR r.value = '' OR octet_length(r.value) > 200
        OR (octet_length(r.value) >= 15 AND health_dp.looks_like_nir(r.value)) LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION USING ERRCODE = 'ZD635',
            MESSAGE = format('local reference %s is missing, longer than 200 bytes, or a French registration number', place),
            HINT = 'A local reference is the source''s own number of the record. Identities never enter the warehouse; a '
                   'record number that only looks like one needs a letter before it.';
    END IF;
    INSERT INTO health_dp.linked_record (linkage_id, source, local_reference, person)
        SELECT target.linkage_id, add_to_linkage.source, d.local_reference, d.person
          FROM ROWS FROM (unnest(local_references),
                          unnest(health_dp.relink(linkage_identifiers, target.domain, target.key_version)))
               AS d (local_reference, person)
        ON CONFLICT ON CONSTRAINT linked_record_pkey DO NOTHING;
    RETURN coalesce(cardinality(local_references), 0);
END
$$;
COMMENT ON FUNCTION health_dp.add_to_linkage(name, text, health_dp.pseudonym[], text[]) IS
    'At the warehouse, by a source: its linkage identifiers, each with the source''s own number of the record. Returns how many '
    'it was given; what was there already, or belongs to somebody opposed, is taken without a word. Counted as link, in '
    'the linkage''s domain.';

CREATE FUNCTION health_dp.oppose_in_linkage(linkage name, source text, linkage_identifiers health_dp.pseudonym[])
    RETURNS bigint
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    target health_dp.linkage := health_dp.linkage_of_source(linkage, source);
BEGIN
    PERFORM health_dp.check_linkage_identifiers(target, linkage_identifiers);
    INSERT INTO health_dp.linkage_opposition (linkage_id, source, person)
        SELECT target.linkage_id, oppose_in_linkage.source, o
          FROM unnest(health_dp.relink(linkage_identifiers, target.domain, target.key_version)) o
        ON CONFLICT ON CONSTRAINT linkage_opposition_pkey DO NOTHING;
    RETURN coalesce(cardinality(linkage_identifiers), 0);
END
$$;
COMMENT ON FUNCTION health_dp.oppose_in_linkage(name, text, health_dp.pseudonym[]) IS
    'At the warehouse, by a source: linkage identifiers of persons who are opposed. From now on they are in no crosswalk and '
    'no report, whatever source delivered them or will. Counted as link, in the linkage''s domain.';

-- Matching, its result and its end, by stewards and the reader.

CREATE FUNCTION health_dp.match_linkage(linkage name) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    target health_dp.linkage := health_dp.lock_linkage(linkage);
    persons health_dp.pseudonym[];
    last health_dp.pseudonym;
BEGIN
    PERFORM health_dp.check_linkage_open(target);
    -- In slices, since an array holds so much and no more. Opposed persons too, whom nothing shows (see linked_record).
    LOOP
        SELECT array_agg(s.person ORDER BY s.person) INTO persons
          FROM (SELECT DISTINCT r.person FROM health_dp.linked_record r
                 WHERE r.linkage_id = target.linkage_id AND r.pseudonym IS NULL
                   AND (last IS NULL OR r.person OPERATOR(health_dp.>) last)
                 ORDER BY r.person LIMIT 100000) s;
        EXIT WHEN persons IS NULL;
        last := persons[cardinality(persons)];
        UPDATE health_dp.linked_record r SET pseudonym = p.pseudonym
          FROM ROWS FROM (unnest(persons),
                          unnest(health_dp.relink(persons, target.pseudonym_domain, target.pseudonym_version)))
               AS p (person, pseudonym)
         WHERE r.linkage_id = target.linkage_id AND r.person OPERATOR(health_dp.=) p.person AND r.pseudonym IS NULL;
    END LOOP;
    DELETE FROM health_dp.linkage_quality q WHERE q.linkage_id = target.linkage_id;
    WITH sure AS (
        SELECT r.person, r.source, count(*) AS records, count(*) OVER (PARTITION BY r.person) AS sources
          FROM health_dp.sure_record r WHERE r.linkage_id = target.linkage_id GROUP BY r.person, r.source
    ), persons_of AS (
        SELECT s.source, sum(s.records)::bigint AS records, count(*) AS persons,
               count(*) FILTER (WHERE s.sources > 1) AS matched, count(*) FILTER (WHERE s.sources = 1) AS unmatched,
               count(*) FILTER (WHERE s.records > 1) AS repeated
          FROM sure s GROUP BY s.source
    ), ambiguous_of AS (
        SELECT g.source, count(*) AS ambiguous
          FROM (SELECT r.source FROM health_dp.linked_record r WHERE r.linkage_id = target.linkage_id
                 GROUP BY r.source, r.local_reference HAVING count(*) > 1) g
         GROUP BY g.source
    ), opposed_of AS (
        SELECT o.source, count(*) AS opposed FROM health_dp.linkage_opposition o
         WHERE o.linkage_id = target.linkage_id GROUP BY o.source
    )
    INSERT INTO health_dp.linkage_quality (linkage_id, source, records, persons, matched, unmatched, repeated, ambiguous,
                                           opposed)
        SELECT target.linkage_id, s.source, health_dp.rounded_count(p.records), health_dp.rounded_count(p.persons),
               health_dp.rounded_count(p.matched), health_dp.rounded_count(p.unmatched),
               health_dp.rounded_count(p.repeated), health_dp.rounded_count(a.ambiguous),
               health_dp.rounded_count(o.opposed)
          FROM health_dp.linkage_source s
          LEFT JOIN persons_of p USING (source)
          LEFT JOIN ambiguous_of a USING (source)
          LEFT JOIN opposed_of o USING (source)
         WHERE s.linkage_id = target.linkage_id;
    UPDATE health_dp.linkage l SET matched_at = clock_timestamp() WHERE l.linkage_id = target.linkage_id;
END
$$;
COMMENT ON FUNCTION health_dp.match_linkage(name) IS
    'Gives each person of a linkage the pseudonym of the project, the same in every source and at every call; call it again '
    'after later deliveries. Counted as link, in the domain of the pseudonyms.';
REVOKE EXECUTE ON FUNCTION health_dp.match_linkage(name) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION health_dp.match_linkage(name) TO health_dp_steward;

-- SECURITY DEFINER and PUBLIC for the reasons above: the reader is named in the table.
CREATE FUNCTION health_dp.crosswalk(linkage name)
    RETURNS TABLE (source text, local_reference text, pseudonym health_dp.pseudonym)
    LANGUAGE plpgsql SECURITY DEFINER ROWS 100000 SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    target health_dp.linkage;
BEGIN
    SELECT l.* INTO target FROM health_dp.linkage l JOIN pg_roles r ON r.oid = l.reader AND r.rolname = l.reader_name
     WHERE l.name = crosswalk.linkage AND pg_has_role(session_user, l.reader, 'MEMBER') FOR SHARE OF l;
    IF NOT FOUND THEN
        RAISE EXCEPTION USING ERRCODE = 'ZD633',
            MESSAGE = format('role %I reads the crosswalk of no linkage of that name', session_user),
            HINT = 'health_dp.open_linkage() names the role that does.';
    END IF;
    PERFORM health_dp.check_linkage_open(target);
    RETURN QUERY
        SELECT r.source, r.local_reference, r.pseudonym FROM health_dp.sure_record r
         WHERE r.linkage_id = target.linkage_id AND r.pseudonym IS NOT NULL;
END
$$;
COMMENT ON FUNCTION health_dp.crosswalk(name) IS
    'For the reader of a linkage: which record of which source belongs to which pseudonym, as of the last match_linkage(), '
    'without persons who are opposed by now and references given for several persons. Gone when the linkage is closed.';

CREATE FUNCTION health_dp.end_linkage(target health_dp.linkage) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    deleted bigint;
BEGIN
    DELETE FROM health_dp.linkage_opposition o WHERE o.linkage_id = target.linkage_id;
    DELETE FROM health_dp.linked_record r WHERE r.linkage_id = target.linkage_id;
    GET DIAGNOSTICS deleted = ROW_COUNT;
    UPDATE health_dp.linkage l
       SET closed_at = clock_timestamp(), closed_by = session_user, records_deleted = health_dp.rounded_count(deleted)
     WHERE l.linkage_id = target.linkage_id;
END
$$;
COMMENT ON FUNCTION health_dp.end_linkage(health_dp.linkage) IS
    'Internal: deletes records and oppositions, and nothing is taken any more.';
REVOKE EXECUTE ON FUNCTION health_dp.end_linkage(health_dp.linkage) FROM PUBLIC;

CREATE FUNCTION health_dp.close_linkage(linkage name) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    target health_dp.linkage := health_dp.lock_linkage(linkage);
BEGIN
    IF target.closed_at IS NOT NULL THEN
        PERFORM health_dp.check_linkage_open(target);
    END IF;
    PERFORM health_dp.end_linkage(target);
END
$$;
COMMENT ON FUNCTION health_dp.close_linkage(name) IS
    'Ends a linkage, expired or not: its records, its oppositions and its crosswalk are deleted. Then both keys are to be '
    'destroyed: the linkage''s own, and the third party''s.';
REVOKE EXECUTE ON FUNCTION health_dp.close_linkage(name) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION health_dp.close_linkage(name) TO health_dp_steward;

CREATE FUNCTION health_dp.purge_linkages() RETURNS SETOF name
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    target health_dp.linkage;
BEGIN
    PERFORM health_dp.require_steward();
    FOR target IN SELECT * FROM health_dp.linkage l
                   WHERE l.closed_at IS NULL AND l.expires_at <= clock_timestamp() ORDER BY l.linkage_id FOR UPDATE LOOP
        PERFORM health_dp.end_linkage(target);
        RETURN NEXT target.name;
    END LOOP;
END
$$;
COMMENT ON FUNCTION health_dp.purge_linkages() IS
    'Closes every linkage that has expired and returns their names; for a daily job.';
REVOKE EXECUTE ON FUNCTION health_dp.purge_linkages() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION health_dp.purge_linkages() TO health_dp_steward;

CREATE FUNCTION health_dp.certify_linkage(linkage name, third_party_certificate jsonb)
    RETURNS health_dp.linkage_certificate
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    target health_dp.linkage := health_dp.lock_linkage(linkage);
    own_id bigint;
    own_destroyed_at timestamptz;
    problem text;
    hint text;
    certificate health_dp.linkage_certificate;
BEGIN
    SELECT c.certificate_id, c.destroyed_at[array_position(c.versions, target.key_version)]
      INTO own_id, own_destroyed_at
      FROM health_dp.key_certificate c
     WHERE c.domain = target.domain AND target.key_version = ANY (c.versions)
     ORDER BY c.certificate_id DESC LIMIT 1;
    IF target.closed_at IS NULL THEN
        problem := 'its records are not deleted';
        hint := 'A steward deletes them: health_dp.close_linkage().';
    ELSIF EXISTS (SELECT FROM health_dp.linkage_certificate c WHERE c.linkage_id = target.linkage_id) THEN
        problem := 'it is certified already';
        hint := 'SELECT * FROM health_dp.linkage_certificate.';
    ELSIF own_id IS NULL OR EXISTS (SELECT FROM health_dp.key_version v
                                     WHERE v.domain = target.domain AND v.state <> 'destroyed') THEN
        problem := 'its own key is not destroyed';
        hint := format('A custodian destroys it here: health_dp.destroy_key(%L).', target.domain);
    ELSIF third_party_certificate IS NULL
          OR NOT coalesce((jsonb_typeof(third_party_certificate->'check_values') = 'array'
                           AND third_party_certificate->'check_values' ? target.key_check
                           AND jsonb_typeof(third_party_certificate->'destroyed_at') = 'array'
                           AND jsonb_array_length(third_party_certificate->'destroyed_at') > 0), false) THEN
        problem := format('there is no certificate of the third party for the key with check value %s', target.key_check);
        hint := 'The third party destroys its key on its server and sends what SELECT to_jsonb(c) FROM '
                'health_dp.key_certificate c says.';
    END IF;
    IF problem IS NOT NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'ZD637',
            MESSAGE = format('linkage "%s" cannot be certified: %s', target.name, problem), HINT = hint;
    END IF;
    INSERT INTO health_dp.linkage_certificate (linkage_id, linkage, records_deleted_at, records_deleted, key_certificate_id,
                                               key_destroyed_at, third_party_certificate, session_role, user_role,
                                               certified_at)
        VALUES (target.linkage_id, target.name, target.closed_at, target.records_deleted, own_id, own_destroyed_at,
                third_party_certificate, session_user,
                coalesce(nullif(current_setting('role'), 'none'), session_user), clock_timestamp())
        RETURNING * INTO certificate;
    RETURN certificate;
END
$$;
COMMENT ON FUNCTION health_dp.certify_linkage(name, jsonb) IS
    'Certifies that a linkage cannot be repeated: its records are deleted, its own key is destroyed on this server, and so is '
    'the third party''s, by the certificate that it gave (key_certificate of its server, as jsonb).';
REVOKE EXECUTE ON FUNCTION health_dp.certify_linkage(name, jsonb) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION health_dp.certify_linkage(name, jsonb) TO health_dp_steward;
-- Measures of an extract: how far its patients hide among one another. For people who may read the table anyway: all of this
-- runs with the caller's rights, and a protected table answers here what it answers everywhere outside a release. PUBLIC
-- keeps EXECUTE for that reason. A measure says nothing of other tables that an attacker may have, and is no release.
--
-- An equivalence class is the set of rows that agree in all quasi-identifiers. NULL is a value like any other: it agrees with
-- NULL only. With `patient`, a class is as large as it has patients, and a value as frequent as it has patients; all rows
-- whose patient is NULL count as one patient's.

CREATE FUNCTION health_dp.measured_columns(relation regclass, columns text[]) RETURNS text
    LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    problem text := CASE WHEN relation IS NULL THEN 'no table is named'
                         WHEN coalesce(cardinality(columns), 0) = 0 THEN 'no quasi-identifier is named'
                         WHEN array_position(columns, NULL) IS NOT NULL THEN 'the name of a column is null' END;
    missing text;
BEGIN
    IF problem IS NOT NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'ZD642',
            MESSAGE = problem,
            HINT = 'Name a table or view and its columns: k_anonymity(''extract.stay'', ''{age_band,department}'').';
    END IF;
    SELECT c INTO missing FROM unnest(columns) WITH ORDINALITY AS u(c, place)
     WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_attribute a
                        WHERE a.attrelid = relation AND a.attname::text = c AND a.attnum > 0 AND NOT a.attisdropped)
     ORDER BY place LIMIT 1;
    IF missing IS NOT NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'undefined_column',
            MESSAGE = format('table %s has no column %I', relation, missing),
            HINT = 'Name one of the table''s own columns.';
    END IF;
    RETURN (SELECT string_agg(format('r.%I', c), ', ' ORDER BY place) FROM unnest(columns) WITH ORDINALITY AS u(c, place));
END
$$;
COMMENT ON FUNCTION health_dp.measured_columns(regclass, text[]) IS
    'Internal: the columns as an expression list over r; errors unless the table has them.';

CREATE FUNCTION health_dp.measured_weight(relation regclass, patient text) RETURNS text
    LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF patient IS NULL THEN
        RETURN 'count(*)';
    END IF;
    RETURN format('count(DISTINCT %1$s) + CASE WHEN count(*) > count(%1$s) THEN 1 ELSE 0 END',
                  health_dp.measured_columns(relation, ARRAY[patient]));
END
$$;
COMMENT ON FUNCTION health_dp.measured_weight(regclass, text) IS
    'Internal: how much a group of rows r counts, as an expression: its rows, or its patients.';

CREATE FUNCTION health_dp.k_anonymity(relation regclass, quasi_identifiers text[], threshold integer DEFAULT 11,
                                      patient text DEFAULT NULL)
    RETURNS TABLE (k bigint, classes bigint, rows bigint, classes_below bigint, rows_below bigint)
    LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF threshold IS NULL OR threshold < 1 THEN
        RAISE EXCEPTION USING ERRCODE = 'ZD642',
            MESSAGE = 'the threshold of k-anonymity is not a positive number',
            HINT = 'Leave it out: 11 is usual.';
    END IF;
    RETURN QUERY EXECUTE format(
        'SELECT min(size), count(*), coalesce(sum(n), 0)::bigint,
                count(*) FILTER (WHERE size < $1), coalesce(sum(n) FILTER (WHERE size < $1), 0)::bigint
           FROM (SELECT %s AS size, count(*) AS n FROM %s r GROUP BY %s) c',
        health_dp.measured_weight(relation, patient), relation, health_dp.measured_columns(relation, quasi_identifiers))
        USING threshold;
END
$$;
COMMENT ON FUNCTION health_dp.k_anonymity(regclass, text[], integer, text) IS
    'k-anonymity (Samarati 2001, Sweeney 2002) of a table or view: k, the size of the smallest equivalence class (null '
    'without rows), the number of classes and rows, and how many classes below the threshold there are, with how many '
    'rows. With the column that holds the patient, sizes count patients.';

CREATE FUNCTION health_dp.l_diversity(relation regclass, quasi_identifiers text[], sensitive text, c numeric DEFAULT 3,
                                      patient text DEFAULT NULL)
    RETURNS TABLE (distinct_l bigint, entropy_l double precision, recursive_l bigint)
    LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF c IS NULL OR NOT c > 0 OR c IN ('NaN', 'Infinity') THEN
        RAISE EXCEPTION USING ERRCODE = 'ZD642',
            MESSAGE = 'c of recursive (c, l)-diversity is not a positive number',
            HINT = 'Leave c out: 3 is usual.';
    END IF;
    -- The frequencies of a class in descending order: `below` adds a value's up with those of all rarer ones.
    RETURN QUERY EXECUTE format(
        'WITH cell AS (
             SELECT dense_rank() OVER (ORDER BY %1$s) AS class, %3$s AS n FROM %4$s r GROUP BY %1$s, %2$s),
         ranked AS (
             SELECT class, n, sum(n) OVER (PARTITION BY class) AS total, max(n) OVER (PARTITION BY class) AS most,
                    sum(n) OVER (PARTITION BY class ORDER BY n DESC
                                 ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING) AS below
               FROM cell),
         measured AS (
             SELECT count(*) AS different, -sum(n / total * ln(n / total))::double precision AS entropy,
                    count(*) FILTER (WHERE most < $1 * below) AS recursive
               FROM ranked GROUP BY class)
         SELECT min(different), exp(min(entropy)), greatest(min(recursive), CASE WHEN count(*) > 0 THEN 1 END) FROM measured',
        health_dp.measured_columns(relation, quasi_identifiers), health_dp.measured_columns(relation, ARRAY[sensitive]),
        health_dp.measured_weight(relation, patient), relation)
        USING c;
END
$$;
COMMENT ON FUNCTION health_dp.l_diversity(regclass, text[], text, numeric, text) IS
    'l-diversity (Machanavajjhala et al. 2007) of a table or view, each as of its worst equivalence class: the number of '
    'distinct sensitive values; the largest l of entropy l-diversity; the largest l of recursive (c, l)-diversity, which '
    'asks that the most frequent value be less than c times as frequent as the l-th most frequent and all rarer ones '
    'together. With the column that holds the patient, frequencies count patients: one patient''s several values are still '
    'several, so look at k_anonymity() by patient first. Null without rows.';

CREATE FUNCTION health_dp.t_closeness(relation regclass, quasi_identifiers text[], sensitive text,
                                      ordered boolean DEFAULT NULL, patient text DEFAULT NULL)
    RETURNS double precision
    LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    quasi text := health_dp.measured_columns(relation, quasi_identifiers);
    value text := health_dp.measured_columns(relation, ARRAY[sensitive]);
    weight text := health_dp.measured_weight(relation, patient);
    query text := format(
        'WITH cell AS (
             SELECT dense_rank() OVER (ORDER BY %1$s) AS class, dense_rank() OVER (ORDER BY %2$s) AS place,
                    (%3$s)::double precision AS n
               FROM %4$s r GROUP BY %1$s, %2$s),
         overall AS (
             SELECT place, n / sum(n) OVER () AS q
               FROM (SELECT dense_rank() OVER (ORDER BY %2$s) AS place, (%3$s)::double precision AS n
                       FROM %4$s r GROUP BY %2$s) v),
         class AS (SELECT class, sum(n) AS total FROM cell GROUP BY class) ', quasi, value, weight, relation);
    t double precision;
BEGIN
    IF ordered IS NULL THEN
        SELECT ty.typcategory = 'N' INTO ordered FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_type ty ON ty.oid = a.atttypid
         WHERE a.attrelid = relation AND a.attname::text = sensitive AND a.attnum > 0;
    END IF;
    IF ordered THEN
        -- How much has to be carried past each value, over one less than the number of values.
        EXECUTE query || '
            SELECT max(distance) FROM (
                SELECT coalesce(sum(abs(carried)) / nullif(count(*) - 1, 0), 0) AS distance FROM (
                    SELECT class, sum(coalesce(cell.n, 0) / total - q) OVER (PARTITION BY class ORDER BY place) AS carried
                      FROM class CROSS JOIN overall LEFT JOIN cell USING (class, place)) d
                 GROUP BY class) e' INTO t;
    ELSE
        -- What a class has too much of is what it lacks elsewhere: half the sum of all differences.
        EXECUTE query || '
            SELECT max(distance) FROM (
                SELECT sum(greatest(n / total - q, 0)) AS distance
                  FROM cell JOIN class USING (class) JOIN overall USING (place) GROUP BY class) e' INTO t;
    END IF;
    RETURN t;
END
$$;
COMMENT ON FUNCTION health_dp.t_closeness(regclass, text[], text, boolean, text) IS
    't-closeness (Li, Li and Venkatasubramanian 2007) of a table or view: the largest earth mover''s distance, 0 to 1, '
    'between the sensitive values of an equivalence class and those of the whole table. Numbers are at the ordered '
    'distance (values next to each other are near; NULL stands behind the largest), everything else at the equal one '
    '(total variation), unless told by ordered. With the column that holds the patient, frequencies count patients. Null '
    'without rows. The ordered distance takes time in proportion to classes times distinct values.';
-- Small-cell suppression of any query's result, and the audit of what others suppressed. SECURITY INVOKER: the query runs
-- with the caller's own privileges, so that nobody reads through these what he could not read without them. For stewards
-- and auditors, who prepare and check tables; members of projects get theirs from releases.

CREATE FUNCTION health_dp.suppress_table(query text, dimensions text[], measures text[], policy name DEFAULT NULL,
    project name DEFAULT NULL, hierarchies text[] DEFAULT NULL, totals text[] DEFAULT NULL, groupings text[] DEFAULT NULL,
    overlapping text[] DEFAULT NULL, revealing text[] DEFAULT NULL, units text[] DEFAULT NULL,
    build_margins boolean DEFAULT false) RETURNS SETOF record
    LANGUAGE c VOLATILE AS 'MODULE_PATHNAME', 'hdp_suppression_table';
COMMENT ON FUNCTION health_dp.suppress_table(text, text[], text[], name, name, text[], text[], text[], text[], text[], text[], boolean) IS
    'The cells of a query''s result (or of a table or view, by name), with NULL for every measure of a hidden one: dimensions, measures, hidden, as your column definition list names them, in the order of their codes. The first measure counts distinct patients. Guarantees: no cell the policy hides is shown, and nobody who sees the result, its totals and the policy can narrow a hidden cell down further than the policy allows, nor can whoever is alone in a cell; proved by an audit of the joint system, or else an error and no row. Does not guarantee: differential privacy; anything against readers who know more, or who see other tables of the same patients.';
REVOKE EXECUTE ON FUNCTION health_dp.suppress_table(text, text[], text[], name, name, text[], text[], text[], text[], text[], text[], boolean) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION health_dp.suppress_table(text, text[], text[], name, name, text[], text[], text[], text[], text[], text[], boolean) TO health_dp_steward, health_dp_auditor;

CREATE FUNCTION health_dp.suppress_tables(definition jsonb)
    RETURNS TABLE (table_name text, codes text[], totals boolean[], shown numeric[], hidden boolean)
    LANGUAGE c STRICT VOLATILE AS 'MODULE_PATHNAME', 'hdp_suppression_tables';
COMMENT ON FUNCTION health_dp.suppress_tables(jsonb) IS
    'Several tables over common dimensions, protected together: what each shows says nothing about what another hides. Cells by their codes, and whether each code is the total; measures in the definition''s order, null where hidden. Guarantees, over all of these tables together, what suppress_table() does over one. The definition is checked strictly; docs/suppress.md has its grammar.';
REVOKE EXECUTE ON FUNCTION health_dp.suppress_tables(jsonb) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION health_dp.suppress_tables(jsonb) TO health_dp_steward, health_dp_auditor;

CREATE FUNCTION health_dp.audit_table(query text, dimensions text[], measures text[], policy name DEFAULT NULL,
    project name DEFAULT NULL, hierarchies text[] DEFAULT NULL, totals text[] DEFAULT NULL, groupings text[] DEFAULT NULL,
    overlapping text[] DEFAULT NULL, revealing text[] DEFAULT NULL, units text[] DEFAULT NULL, hidden name DEFAULT 'hidden')
    RETURNS TABLE (codes text[], measure text, lowest numeric, highest numeric, safe boolean, why text)
    LANGUAGE c VOLATILE AS 'MODULE_PATHNAME', 'hdp_suppression_audit_table';
COMMENT ON FUNCTION health_dp.audit_table(text, text[], text[], name, name, text[], text[], text[], text[], text[], text[], name) IS
    'What readers of a table can find out that others suppressed: for each hidden cell, and each that should be, the least and the most it can be for somebody who sees the rest, and whether the policy is content with that. The query gives a boolean column that says what is hidden, and either all true values (then every rule is checked, also against whoever is alone in a cell) or null where they are not known (then only what an outsider sees, and a hidden count that may be below the threshold must be able to be any other). Safe only where proved. Not for readers of the table: why tells of hidden values.';
REVOKE EXECUTE ON FUNCTION health_dp.audit_table(text, text[], text[], name, name, text[], text[], text[], text[], text[], text[], name) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION health_dp.audit_table(text, text[], text[], name, name, text[], text[], text[], text[], text[], text[], name) TO health_dp_steward, health_dp_auditor;

CREATE FUNCTION health_dp.audit_tables(definition jsonb)
    RETURNS TABLE (table_name text, codes text[], measure text, lowest numeric, highest numeric, safe boolean, why text)
    LANGUAGE c STRICT VOLATILE AS 'MODULE_PATHNAME', 'hdp_suppression_audit_tables';
COMMENT ON FUNCTION health_dp.audit_tables(jsonb) IS
    'Several tables that others suppressed, audited together, as audit_table() audits one: a cell that any of them shows is known. Takes what suppress_tables() takes, with "hidden" naming each table''s boolean column.';
REVOKE EXECUTE ON FUNCTION health_dp.audit_tables(jsonb) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION health_dp.audit_tables(jsonb) TO health_dp_steward, health_dp_auditor;

CREATE FUNCTION health_dp.round_table(query text, dimensions text[], measures text[], base bigint, hierarchies text[] DEFAULT NULL,
    totals text[] DEFAULT NULL, groupings text[] DEFAULT NULL, overlapping text[] DEFAULT NULL, build_margins boolean DEFAULT false)
    RETURNS SETOF record
    LANGUAGE c VOLATILE AS 'MODULE_PATHNAME', 'hdp_suppression_round_table';
COMMENT ON FUNCTION health_dp.round_table(text, text[], text[], bigint, text[], text[], text[], text[], boolean) IS
    'Controlled rounding: the cells of a query''s result, every measure a multiple of base, and all totals those of their parts. Multiples of base stay and other numbers go to one of their two neighbours, as near to the true ones as is found; where no table of that kind adds up, numbers may move by one base more, but zeros stay. Dimensions and measures, as your column definition list names them, in the order of their codes. The same table gives the same result. Guarantees: an error, or else a table that adds up, each number less than base (or twice base) away from the true one. Does not guarantee: that a small number is hidden beyond that distance, that it is right on average, nor anything against readers of another rounding of the same data.';
REVOKE EXECUTE ON FUNCTION health_dp.round_table(text, text[], text[], bigint, text[], text[], text[], text[], boolean) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION health_dp.round_table(text, text[], text[], bigint, text[], text[], text[], text[], boolean) TO health_dp_steward, health_dp_auditor;

CREATE FUNCTION health_dp.round_tables(definition jsonb, base bigint)
    RETURNS TABLE (table_name text, codes text[], totals boolean[], rounded numeric[])
    LANGUAGE c STRICT VOLATILE AS 'MODULE_PATHNAME', 'hdp_suppression_round_tables';
COMMENT ON FUNCTION health_dp.round_tables(jsonb, bigint) IS
    'Several tables over common dimensions, rounded together as round_table() rounds one: what two of them share is rounded alike. Takes what suppress_tables() takes, without a policy.';
REVOKE EXECUTE ON FUNCTION health_dp.round_tables(jsonb, bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION health_dp.round_tables(jsonb, bigint) TO health_dp_steward, health_dp_auditor;

-- For one number at a time. Everybody may: they compute with what the caller has already. Parsed when made, so that no
-- search_path matters and queries take them in.
CREATE FUNCTION health_dp.at_least(n bigint, smallest bigint) RETURNS bigint
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE RETURN CASE WHEN n >= smallest THEN n END;
COMMENT ON FUNCTION health_dp.at_least(bigint, bigint) IS
    'n, or null when it is smaller than smallest. Masks one number and guarantees nothing about a table: a total minus the other cells gives it back. suppress_table() protects tables.';
CREATE FUNCTION health_dp.at_least(n integer, smallest integer) RETURNS integer
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE RETURN CASE WHEN n >= smallest THEN n END;
COMMENT ON FUNCTION health_dp.at_least(integer, integer) IS
    'n, or null when it is smaller than smallest. Masks one number and guarantees nothing about a table.';
CREATE FUNCTION health_dp.at_least(n numeric, smallest numeric) RETURNS numeric
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE RETURN CASE WHEN n >= smallest THEN n END;
COMMENT ON FUNCTION health_dp.at_least(numeric, numeric) IS
    'n, or null when it is smaller than smallest. Masks one number and guarantees nothing about a table.';
CREATE OPERATOR health_dp.!< (leftarg = bigint, rightarg = bigint, function = health_dp.at_least);
COMMENT ON OPERATOR health_dp.!< (bigint, bigint) IS 'n !< 11: n, or null when n < 11; masks one number, protects no table';
CREATE OPERATOR health_dp.!< (leftarg = integer, rightarg = integer, function = health_dp.at_least);
COMMENT ON OPERATOR health_dp.!< (integer, integer) IS 'n !< 11: n, or null when n < 11; masks one number, protects no table';
CREATE OPERATOR health_dp.!< (leftarg = numeric, rightarg = numeric, function = health_dp.at_least);
COMMENT ON OPERATOR health_dp.!< (numeric, numeric) IS 'n !< 11: n, or null when n < 11; masks one number, protects no table';
-- Columns brought to the current version of a domain's key, in the background: batch by batch, each a transaction of its
-- own, with both versions readable meanwhile. A crash loses the batch under way; health_dp.continue_rotation() goes on.
-- Identifiers are opened and made anew inside one call and never come back to SQL, so that it takes no order to reidentify.

CREATE FUNCTION health_dp.renew_sealed(sealed health_dp.sealed, domain text, column_name text DEFAULT 'identifier')
    RETURNS health_dp.sealed
    LANGUAGE c STABLE STRICT PARALLEL SAFE COST 160 AS 'MODULE_PATHNAME', 'hdp_rotation_renew_sealed';
COMMENT ON FUNCTION health_dp.renew_sealed(health_dp.sealed, text, text) IS
    'The same identifier sealed with the current version of the domain''s key. Counted as rotate.';
REVOKE EXECUTE ON FUNCTION health_dp.renew_sealed(health_dp.sealed, text, text) FROM PUBLIC;

CREATE FUNCTION health_dp.renew_pseudonym(
    pseudonym health_dp.pseudonym, sealed health_dp.sealed, domain text, column_name text DEFAULT 'identifier')
    RETURNS health_dp.pseudonym
    LANGUAGE c STABLE STRICT PARALLEL SAFE COST 90 AS 'MODULE_PATHNAME', 'hdp_rotation_renew_pseudonym';
COMMENT ON FUNCTION health_dp.renew_pseudonym(health_dp.pseudonym, health_dp.sealed, text, text) IS
    'The pseudonym of the same person with the current version of the domain''s key; the one given, where what is sealed is '
    'not its person. Counted as rotate.';
REVOKE EXECUTE ON FUNCTION health_dp.renew_pseudonym(health_dp.pseudonym, health_dp.sealed, text, text) FROM PUBLIC;

CREATE TABLE health_dp.key_rotation (
    rotation_id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT key_rotation_pkey PRIMARY KEY,
    domain text COLLATE "C" NOT NULL,
    relation regclass NOT NULL,
    column_name name NOT NULL,
    sealed_as text NOT NULL,
    sealed_column name,
    sealed_in regclass,
    sealed_key name,
    target_version integer NOT NULL,
    batch_pages integer NOT NULL,
    next_page bigint NOT NULL DEFAULT 0,
    changed_in_pass bigint NOT NULL DEFAULT 0,
    changed bigint NOT NULL DEFAULT 0,
    left_over bigint,
    started_by name NOT NULL DEFAULT SESSION_USER,
    started_at timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
    last_batch_at timestamptz,
    finished_at timestamptz,
    problem text,
    CONSTRAINT key_rotation_batch_sized CHECK (batch_pages BETWEEN 1 AND 1000000)
);
COMMENT ON TABLE health_dp.key_rotation IS 'Rotations of columns: what is done, and where they go on after a crash.';
COMMENT ON COLUMN health_dp.key_rotation.problem IS 'SQLSTATE that ended the last attempt.';
COMMENT ON COLUMN health_dp.key_rotation.left_over IS
    'Rows that kept an older version, for want of the person''s sealed identifier, at the end.';
REVOKE ALL ON TABLE health_dp.key_rotation FROM PUBLIC;
SELECT pg_catalog.pg_extension_config_dump('health_dp.key_rotation', '');
SELECT pg_catalog.pg_extension_config_dump(pg_catalog.pg_get_serial_sequence('health_dp.key_rotation', 'rotation_id'), '');

CREATE VIEW health_dp.key_rotations AS
    SELECT r.rotation_id, r.domain, r.relation, r.column_name, r.target_version, r.changed, r.left_over, r.started_by,
           r.started_at, r.last_batch_at, r.finished_at, r.problem
      FROM health_dp.key_rotation r;
COMMENT ON VIEW health_dp.key_rotations IS
    'Rotations of columns for custodians, stewards and auditors: rows changed so far; finished, or the SQLSTATE of the problem.';
REVOKE ALL ON TABLE health_dp.key_rotations FROM PUBLIC;
GRANT SELECT ON TABLE health_dp.key_rotations TO health_dp_custodian, health_dp_steward, health_dp_auditor;

CREATE FUNCTION health_dp.rotation_under_way(rotation_id bigint) RETURNS health_dp.key_rotation
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    job health_dp.key_rotation;
BEGIN
    SELECT * INTO job FROM health_dp.key_rotation r WHERE r.rotation_id = rotation_under_way.rotation_id
       AND r.started_by = session_user FOR UPDATE;
    RETURN job;
END
$$;
COMMENT ON FUNCTION health_dp.rotation_under_way(bigint) IS
    'Internal: a rotation of the session''s user, locked until the transaction ends; null where there is none.';
REVOKE EXECUTE ON FUNCTION health_dp.rotation_under_way(bigint) FROM PUBLIC;

-- What the background worker asks of the owner (src/keys/rotation.cpp), and nobody else: the next batch's statement, which it
-- runs with the privileges of whoever started the rotation, and what became of it.
-- Pages in order, so that the whole costs one look at each; rows that change move to other pages and are not looked at twice,
-- since they have the new version. A statement that was under way when the key rotated may still add an old one behind:
-- passes go on until one finds nothing to change.
CREATE FUNCTION health_dp.rotation_batch(
    rotation_id bigint, OUT change text, OUT rest text, OUT until bigint, OUT ends_pass boolean, OUT is_idle boolean)
    RETURNS SETOF record
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    job health_dp.key_rotation := health_dp.rotation_under_way(rotation_id);
    made text;
    source text := '';
    old text;
BEGIN
    IF job.rotation_id IS NULL OR job.finished_at IS NOT NULL THEN
        RETURN;
    END IF;
    until := least(job.next_page + job.batch_pages, 4294967294);
    ends_pass := until >= pg_relation_size(job.relation) / current_setting('block_size')::bigint;
    is_idle := job.changed_in_pass = 0;
    old := format('health_dp.key_version(t.%I) <> %s', job.column_name, job.target_version);
    IF job.sealed_column IS NULL THEN
        made := format('health_dp.renew_sealed(t.%I, %L, %L)', job.column_name, job.domain, job.sealed_as);
    ELSIF job.sealed_in IS NULL THEN
        made := format('health_dp.renew_pseudonym(t.%I, t.%I, %L, %L)', job.column_name, job.sealed_column, job.domain,
                       job.sealed_as);
    ELSE
        made := format('health_dp.renew_pseudonym(t.%I, s.%I, %L, %L)', job.column_name, job.sealed_column, job.domain,
                       job.sealed_as);
        source := format(' JOIN %s s ON s.%I OPERATOR(health_dp.=) t.%I', job.sealed_in, job.sealed_key, job.column_name);
    END IF;
    -- ONLY: places are those of one table. What is made is looked at once more: what did not change stays untouched, and
    -- counts as left over.
    change := format(
        'WITH made AS MATERIALIZED (SELECT t.ctid AS place, %s AS value FROM ONLY %s t%s'
        ' WHERE t.ctid >= ''(%s,0)'' AND t.ctid < ''(%s,0)'' AND %s)'
        ' UPDATE ONLY %s t SET %I = m.value FROM made m WHERE t.ctid = m.place AND health_dp.key_version(m.value) = %s',
        made, job.relation, source, job.next_page, until, old, job.relation, job.column_name, job.target_version);
    rest := format('SELECT pg_catalog.count(*) FROM ONLY %s t WHERE %s', job.relation, old);
    RETURN NEXT;
END
$$;
COMMENT ON FUNCTION health_dp.rotation_batch(bigint) IS
    'Internal to the background worker: the next batch of a rotation as SQL; no row when there is nothing left to do.';
REVOKE EXECUTE ON FUNCTION health_dp.rotation_batch(bigint) FROM PUBLIC;

CREATE FUNCTION health_dp.note_rotation(rotation_id bigint, until bigint, rows bigint, ends_pass boolean, rest bigint)
    RETURNS void
    LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$
    UPDATE health_dp.key_rotation r
       SET next_page = CASE WHEN ends_pass THEN 0 ELSE until END, changed = r.changed + rows,
           changed_in_pass = CASE WHEN ends_pass THEN 0 ELSE r.changed_in_pass + rows END,
           last_batch_at = clock_timestamp(), problem = NULL,
           finished_at = CASE WHEN rest IS NOT NULL THEN clock_timestamp() END, left_over = rest
     WHERE r.rotation_id = note_rotation.rotation_id
$$;
COMMENT ON FUNCTION health_dp.note_rotation(bigint, bigint, bigint, boolean, bigint) IS
    'Internal to the background worker: a batch is done; with the number of rows left over, it was the last one.';
REVOKE EXECUTE ON FUNCTION health_dp.note_rotation(bigint, bigint, bigint, boolean, bigint) FROM PUBLIC;

CREATE FUNCTION health_dp.note_rotation_problem(rotation_id bigint, problem text) RETURNS void
    LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$
    UPDATE health_dp.key_rotation r SET problem = note_rotation_problem.problem
     WHERE r.rotation_id = note_rotation_problem.rotation_id AND r.finished_at IS NULL
$$;
COMMENT ON FUNCTION health_dp.note_rotation_problem(bigint, text) IS
    'Internal to the background worker: what ended an attempt.';
REVOKE EXECUTE ON FUNCTION health_dp.note_rotation_problem(bigint, text) FROM PUBLIC;

CREATE FUNCTION health_dp.launch_rotation(rotation_id bigint) RETURNS void
    LANGUAGE c STRICT VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'hdp_rotation_launch';
COMMENT ON FUNCTION health_dp.launch_rotation(bigint) IS
    'Internal: starts a background worker that runs the rotation as the session''s user, once this transaction has committed.';
REVOKE EXECUTE ON FUNCTION health_dp.launch_rotation(bigint) FROM PUBLIC;

-- SECURITY DEFINER: it writes the table. What is done to the user's table is done later, with the user's own privileges.
CREATE FUNCTION health_dp.start_rotation(
    relation regclass, column_name name, domain text, sealed_as text DEFAULT 'identifier',
    sealed_column name DEFAULT NULL, sealed_in regclass DEFAULT NULL, sealed_key name DEFAULT NULL,
    batch_pages integer DEFAULT 256) RETURNS bigint
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    target integer;
    new_rotation bigint;
    type_of CONSTANT text := 'SELECT a.atttypid FROM pg_catalog.pg_attribute a WHERE a.attrelid = $1 AND a.attname = $2'
                             ' AND NOT a.attisdropped AND a.attnum > 0';
    column_type oid;
    sealed_type oid;
    key_type oid;
BEGIN
    SELECT v.version INTO target FROM health_dp.key_version v
     WHERE v.domain = start_rotation.domain AND v.state = 'current';
    IF target IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'ZD507', MESSAGE = 'there is no such domain, or it has no current key',
            HINT = 'Ask a custodian: SELECT * FROM health_dp.key_versions.';
    END IF;
    EXECUTE type_of INTO column_type USING relation, column_name;
    EXECUTE type_of INTO sealed_type USING coalesce(sealed_in, relation), sealed_column;
    EXECUTE type_of INTO key_type USING sealed_in, sealed_key;
    -- What the worker will need; it asks again.
    IF NOT has_table_privilege(session_user, relation, 'SELECT')
       OR (column_type IS NOT NULL AND NOT has_column_privilege(session_user, relation, column_name::text, 'UPDATE'))
       OR NOT has_table_privilege(session_user, coalesce(sealed_in, relation), 'SELECT') THEN
        RAISE EXCEPTION USING ERRCODE = 'insufficient_privilege',
            MESSAGE = 'rotating takes SELECT and UPDATE on the table, and SELECT on the one with the sealed identifiers',
            HINT = 'Ask the owner of the tables.';
    END IF;
    IF (SELECT count(*) FROM pg_stat_activity a WHERE a.backend_type = 'health_dp rotation') >= 4 THEN
        RAISE EXCEPTION USING ERRCODE = 'ZD607', MESSAGE = 'four rotations are running already',
            HINT = 'Try again when one has finished: SELECT * FROM health_dp.key_rotations.';
    END IF;
    IF NOT EXISTS (SELECT FROM pg_catalog.pg_class c WHERE c.oid = relation AND c.relkind = 'r') THEN
        RAISE EXCEPTION USING ERRCODE = 'ZD607', MESSAGE = 'only tables with rows of their own are rotated',
            HINT = 'Of a partitioned table, rotate each partition.';
    END IF;
    IF (CASE column_type
       WHEN 'health_dp.sealed'::regtype THEN sealed_column IS NULL AND sealed_in IS NULL
       WHEN 'health_dp.pseudonym'::regtype THEN
            sealed_type = 'health_dp.sealed'::regtype
            AND (sealed_in IS NULL OR key_type = 'health_dp.pseudonym'::regtype)
        END) IS NOT TRUE THEN
        RAISE EXCEPTION USING ERRCODE = 'ZD607', MESSAGE = 'this column cannot be rotated like that',
            HINT = 'A column of type sealed by itself; a column of type pseudonym with sealed_column, the persons'' sealed '
                   'identifiers, in the same table or in sealed_in, where sealed_key has the pseudonyms.';
    END IF;
    -- Their rows would no longer find their person here.
    IF EXISTS (SELECT FROM health_dp.key_rotation r
                WHERE r.sealed_in = start_rotation.relation AND r.sealed_key = start_rotation.column_name
                  AND r.finished_at IS NULL) THEN
        RAISE EXCEPTION USING ERRCODE = 'ZD607', MESSAGE = 'another column is being rotated by means of this one',
            HINT = 'Let it finish first: SELECT * FROM health_dp.key_rotations.';
    END IF;
    INSERT INTO health_dp.key_rotation (domain, relation, column_name, sealed_as, sealed_column, sealed_in, sealed_key,
                                        target_version, batch_pages)
        VALUES (domain, relation, column_name, sealed_as, sealed_column, sealed_in, sealed_key, target, batch_pages)
        RETURNING rotation_id INTO new_rotation;
    PERFORM health_dp.launch_rotation(new_rotation);
    RETURN new_rotation;
END
$$;
COMMENT ON FUNCTION health_dp.start_rotation(regclass, name, text, text, name, regclass, name, integer) IS
    'Brings a column to the current version of a domain''s key, in the background and with your privileges on the table. '
    'sealed_as: the column name that identifiers were sealed with. Returns its number in health_dp.key_rotations.';
REVOKE EXECUTE ON FUNCTION health_dp.start_rotation(regclass, name, text, text, name, regclass, name, integer) FROM PUBLIC;

CREATE FUNCTION health_dp.continue_rotation(rotation_id bigint) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    job health_dp.key_rotation := health_dp.rotation_under_way(rotation_id);
BEGIN
    IF job.rotation_id IS NULL OR job.finished_at IS NOT NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'ZD607', MESSAGE = 'there is no such unfinished rotation of yours',
            HINT = 'Ask a custodian: SELECT * FROM health_dp.key_rotations.';
    END IF;
    PERFORM health_dp.launch_rotation(rotation_id);
END
$$;
COMMENT ON FUNCTION health_dp.continue_rotation(bigint) IS
    'Goes on with a rotation of yours that a crash, a restart or a problem ended. Harmless while it runs.';
REVOKE EXECUTE ON FUNCTION health_dp.continue_rotation(bigint) FROM PUBLIC;

CREATE FUNCTION health_dp.withdraw_rotation(rotation_id bigint) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    UPDATE health_dp.key_rotation r SET finished_at = clock_timestamp(), problem = 'withdrawn'
     WHERE r.rotation_id = withdraw_rotation.rotation_id AND r.finished_at IS NULL
       AND (r.started_by = session_user OR pg_has_role(session_user, 'health_dp_custodian', 'MEMBER'));
    IF NOT FOUND THEN
        RAISE EXCEPTION USING ERRCODE = 'ZD607', MESSAGE = 'there is no such unfinished rotation of yours',
            HINT = 'Custodians withdraw anybody''s: SELECT * FROM health_dp.key_rotations.';
    END IF;
END
$$;
COMMENT ON FUNCTION health_dp.withdraw_rotation(bigint) IS
    'Ends a rotation where it is, your own or, for custodians, anybody''s. Rows that it changed stay changed.';
REVOKE EXECUTE ON FUNCTION health_dp.withdraw_rotation(bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION health_dp.withdraw_rotation(bigint) TO health_dp_custodian;
-- Cell-key perturbation (Fraser and Wooton 2005): the other way out of small cells. Each patient has a secret key, a cell has
-- the sum of its patients' keys, and the sum chooses the cell's noise, so that the same cell has the same noise in every
-- query and no repetition averages it away.

CREATE FUNCTION health_dp.record_key(patient text, domain text) RETURNS bigint
    LANGUAGE c STABLE STRICT PARALLEL SAFE COST 5 AS 'MODULE_PATHNAME', 'hdp_perturbation_record_key';
COMMENT ON FUNCTION health_dp.record_key(text, text) IS
    'A patient''s secret key for perturbation: 64 bits of an HMAC under a key of this domain, the same for every spelling of the identifier. Changes when the domain''s key is rotated, and all noise with it. Whoever knows record keys can undo the noise: keep them out of results. Counted as record_key.';
REVOKE EXECUTE ON FUNCTION health_dp.record_key(text, text) FROM PUBLIC;

CREATE FUNCTION health_dp.record_key(patient health_dp.pseudonym, domain text) RETURNS bigint
    LANGUAGE c STABLE STRICT PARALLEL SAFE COST 5 AS 'MODULE_PATHNAME', 'hdp_perturbation_record_key_of';
COMMENT ON FUNCTION health_dp.record_key(health_dp.pseudonym, text) IS
    'The same for patients who are known by pseudonyms.';
REVOKE EXECUTE ON FUNCTION health_dp.record_key(health_dp.pseudonym, text) FROM PUBLIC;

CREATE FUNCTION health_dp.add_record_key(state bigint, record_key bigint) RETURNS bigint
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'hdp_perturbation_add';
COMMENT ON FUNCTION health_dp.add_record_key(bigint, bigint) IS 'internal: a sum modulo 2^64';

CREATE AGGREGATE health_dp.cell_key(bigint) (
    sfunc = health_dp.add_record_key, stype = bigint, initcond = '0', combinefunc = health_dp.add_record_key,
    parallel = safe);
COMMENT ON AGGREGATE health_dp.cell_key(bigint) IS
    'A cell''s key: the sum of its patients'' record keys modulo 2^64. cell_key(DISTINCT record_key(...)) where a patient may have several rows.';

CREATE FUNCTION health_dp.perturb_count(count bigint, cell_key bigint, policy name) RETURNS bigint
    LANGUAGE c STABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'hdp_perturbation_count';
COMMENT ON FUNCTION health_dp.perturb_count(bigint, bigint, name) IS
    'The count with the noise that its cell''s key chooses: mean 0, the variance and largest deviation of the policy, never below 0; a count of 0 stays 0. The same patients give the same noise. Guarantees no more than that: no differential privacy, no interval; perturbed cells do not add up to perturbed totals, and two cells that differ by one patient tell roughly of that one.';

CREATE FUNCTION health_dp.round_count(count bigint, cell_key bigint, base bigint) RETURNS bigint
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'hdp_perturbation_round';
COMMENT ON FUNCTION health_dp.round_count(bigint, bigint, bigint) IS
    'The count rounded at random to one of the two multiples of base beside it, as its cell''s key chooses: right on average, multiples stay, the same patients round the same way in every query. Publish one base only: two narrow the count down. Rounded cells do not add up to rounded totals: round_table() rounds a whole table so that they do.';
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
               'create_key_store', 'create_key', 'rotate_key', 'destroy_key', 'renew_root', 'verify_key', 'enter_share',
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
