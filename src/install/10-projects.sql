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
    min_epsilon numeric NOT NULL,
    executions_per_day integer,
    time_limit_ms integer,
    memory_kb integer,
    temp_limit_kb integer,
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
    CONSTRAINT project_min_epsilon_positive
        CHECK (min_epsilon > 0 AND min_epsilon <= epsilon AND scale(trim_scale(min_epsilon)) <= 18),
    CONSTRAINT project_min_epsilon_lowest CHECK (min_epsilon <= default_epsilon AND min_epsilon <= max_epsilon),
    CONSTRAINT project_executions_not_negative CHECK (executions_per_day >= 0),
    -- work_mem's least value is 64 kB.
    CONSTRAINT project_room_limits_positive CHECK (time_limit_ms > 0 AND memory_kb >= 64 AND temp_limit_kb > 0),
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
    ALTER COLUMN max_delta SET STORAGE PLAIN,
    ALTER COLUMN min_epsilon SET STORAGE PLAIN;
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
COMMENT ON COLUMN health_dp.project.min_epsilon IS
    'The least that one dp execution may cost: what is nearly free can be repeated until a bit of it is a number.';
COMMENT ON COLUMN health_dp.project.executions_per_day IS
    'Most executions of one login role in this project in a day (UTC), 0 for any number; null for '
    'health_dp.executions_per_day over all projects.';
COMMENT ON COLUMN health_dp.project.time_limit_ms IS
    'Milliseconds that one request may take, if that is less than health_dp.room_time_limit; null for that.';
COMMENT ON COLUMN health_dp.project.memory_kb IS
    'work_mem of its requests, if that is less than health_dp.room_memory; null for that.';
COMMENT ON COLUMN health_dp.project.temp_limit_kb IS
    'temp_file_limit of its requests, if that is less than health_dp.room_temp_limit; null for that.';
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
    condition text,
    schema_name name,
    table_name name,
    column_numbers smallint[],
    column_names name[],
    column_types regtype[],
    CONSTRAINT granted_table_pkey PRIMARY KEY (project_id, relation)
);
COMMENT ON TABLE health_dp.granted_table IS
    'Tables granted to projects. A grant is in force while the table is called as it was, and the columns that its row '
    'filter reads have the same numbers, names and types.';
COMMENT ON COLUMN health_dp.granted_table.row_filter IS
    'The filter as the steward typed it, for the record; condition is what counts. Null for all rows.';
COMMENT ON COLUMN health_dp.granted_table.condition IS
    'What releases apply, as PostgreSQL prints it under search_path = pg_catalog. Null for all rows.';
COMMENT ON COLUMN health_dp.granted_table.schema_name IS
    'The table''s schema when it was granted. Null where nobody knows: the grant is closed.';
COMMENT ON COLUMN health_dp.granted_table.table_name IS 'The table''s name when it was granted.';
COMMENT ON COLUMN health_dp.granted_table.column_numbers IS
    'Numbers of the columns that the condition reads. A restore gives the same columns new ones.';
COMMENT ON COLUMN health_dp.granted_table.column_names IS 'Their names.';
COMMENT ON COLUMN health_dp.granted_table.column_types IS 'Their types.';
REVOKE ALL ON TABLE health_dp.granted_table FROM PUBLIC;

-- Dumped with their contents, numbers of projects included: everything else of ours names them by it.
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

-- Where columns were dropped, a restored table numbers those after them anew. So the numbers are those of the moment at
-- which a record comes into the database, by grant or by restore; a name or type that is not there leaves them null, and
-- the grant closed.
CREATE FUNCTION health_dp.number_columns() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    NEW.column_numbers := (
        SELECT CASE WHEN count(*) = count(a.attnum) THEN coalesce(array_agg(a.attnum ORDER BY c.position), '{}') END
          FROM ROWS FROM (unnest(NEW.column_names), unnest(NEW.column_types)) WITH ORDINALITY c(name, type, position)
          LEFT JOIN pg_catalog.pg_attribute a ON a.attrelid = NEW.relation AND a.attname = c.name AND a.atttypid = c.type
                                             AND a.attnum > 0 AND NOT a.attisdropped);
    RETURN NEW;
END
$$;
COMMENT ON FUNCTION health_dp.number_columns() IS
    'Trigger: gives the columns that a row filter reads the numbers that they have here.';
REVOKE EXECUTE ON FUNCTION health_dp.number_columns() FROM PUBLIC;

-- ENABLE ALWAYS: session_replication_role would switch an ordinary trigger off.
CREATE TRIGGER numbered BEFORE INSERT ON health_dp.granted_table
    FOR EACH ROW EXECUTE FUNCTION health_dp.number_columns();
COMMENT ON TRIGGER numbered ON health_dp.granted_table IS 'Restores number columns anew.';
ALTER TABLE health_dp.granted_table ENABLE ALWAYS TRIGGER numbered;

CREATE FUNCTION health_dp.check_project(project name) RETURNS void
    LANGUAGE c VOLATILE PARALLEL RESTRICTED AS 'MODULE_PATHNAME', 'hdp_projects_check';
COMMENT ON FUNCTION health_dp.check_project(name) IS
    'Errors unless you may release from the project now: member, valid today, not suspended. Costs nothing.';

CREATE FUNCTION health_dp.is_member(project_id integer, role oid) RETURNS boolean
    LANGUAGE c STRICT VOLATILE PARALLEL RESTRICTED AS 'MODULE_PATHNAME', 'hdp_projects_is_member';
COMMENT ON FUNCTION health_dp.is_member(integer, oid) IS
    'Whether the role is a member of the project, itself or by inheritance; superusers get no shortcut. Null for roles that '
    'you are not, unless you are a steward or an auditor.';
-- PUBLIC keeps EXECUTE, because the view health_dp.projects calls it with its reader's privileges.

CREATE FUNCTION health_dp.filter_in_force(project_id integer, relation oid) RETURNS text
    LANGUAGE c STRICT VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'hdp_projects_filter';
COMMENT ON FUNCTION health_dp.filter_in_force(integer, oid) IS
    'The row filter that releases of the project apply to the table; null for all rows, an error where none is in '
    'force.';
REVOKE EXECUTE ON FUNCTION health_dp.filter_in_force(integer, oid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION health_dp.filter_in_force(integer, oid) TO health_dp_steward, health_dp_auditor;

CREATE FUNCTION health_dp.grant_closed_because(project_id integer, relation oid) RETURNS text
    LANGUAGE plpgsql STRICT VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM health_dp.filter_in_force(project_id, relation);
    RETURN NULL;
EXCEPTION WHEN OTHERS THEN
    RETURN SQLERRM;
END
$$;
COMMENT ON FUNCTION health_dp.grant_closed_because(integer, oid) IS
    'Why a project''s grant of a table is not in force: what a release is told. Null where it is.';
REVOKE EXECUTE ON FUNCTION health_dp.grant_closed_because(integer, oid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION health_dp.grant_closed_because(integer, oid) TO health_dp_steward, health_dp_auditor;

CREATE FUNCTION health_dp.grant_in_force(project_id integer, relation oid) RETURNS boolean
    LANGUAGE sql STRICT VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
    AS $$ SELECT health_dp.grant_closed_because(project_id, relation) IS NULL $$;
COMMENT ON FUNCTION health_dp.grant_in_force(integer, oid) IS
    'Whether the table is granted to the project: the grant is on record, and what the record rests on has not changed.';
REVOKE EXECUTE ON FUNCTION health_dp.grant_in_force(integer, oid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION health_dp.grant_in_force(integer, oid) TO health_dp_steward, health_dp_auditor;

CREATE FUNCTION health_dp.read_row_filter(
    relation oid, row_filter text, OUT schema_name name, OUT table_name name, OUT condition text,
    OUT column_names name[], OUT column_types regtype[])
    LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'hdp_projects_read_filter';
COMMENT ON FUNCTION health_dp.read_row_filter(oid, text) IS
    'Internal to grant_table(): what the record of a grant says of a row filter. Errors unless releases take it.';
REVOKE EXECUTE ON FUNCTION health_dp.read_row_filter(oid, text) FROM PUBLIC;

-- Each reader sees the projects it belongs to; stewards and auditors see all. The view runs with its owner's rights on
-- the table, which nobody else may read; security_barrier keeps conditions of the reader's away from other rows.
CREATE VIEW health_dp.projects WITH (security_barrier) AS
    SELECT p.id, p.name, p.title, p.legal_basis, p.valid, p.epsilon, p.delta, p.min_cell, p.releases, p.suspended,
           p.suspended_because, p.default_epsilon, p.max_epsilon, p.default_delta, p.max_delta,
           p.default_groups_per_patient, p.max_groups_per_patient, p.default_rows_per_patient, p.max_rows_per_patient,
           p.created_at, p.created_by, p.min_epsilon, p.executions_per_day, p.time_limit_ms, p.memory_kb, p.temp_limit_kb
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
    SELECT p.name AS project, g.relation, g.row_filter, g.granted_at, g.granted_by, c.closed_because IS NULL AS in_force,
           CASE WHEN c.closed_because IS NULL THEN g.condition END AS filter_in_force, c.closed_because
      FROM health_dp.granted_table g JOIN health_dp.project p ON p.id = g.project_id
     CROSS JOIN LATERAL (SELECT health_dp.grant_closed_because(g.project_id, g.relation) AS closed_because OFFSET 0) c;
COMMENT ON VIEW health_dp.granted_tables IS
    'Tables granted to every project, for stewards and auditors. in_force is false once the table was dropped or renamed, or '
    'what the row filter reads is not what it was: closed_because says which.';
REVOKE ALL ON TABLE health_dp.granted_tables FROM PUBLIC;
GRANT SELECT ON TABLE health_dp.granted_tables TO health_dp_steward, health_dp_auditor;
