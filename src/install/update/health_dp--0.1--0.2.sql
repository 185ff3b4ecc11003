-- From 0.1 to 0.2. In the order of src/install, where each object's reasons stand; test/tap/upgrade.pl compares the result
-- with a database made anew.
-- A function that src/install/95-direct-calls.sql guards is replaced in health_dp_guarded, where its body is: CREATE OR
-- REPLACE FUNCTION health_dp.x would put the body in place of the guard.

-- 05-roles.sql

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

-- 10-projects.sql

ALTER TABLE health_dp.project
    ADD COLUMN min_epsilon numeric,
    ADD COLUMN executions_per_day integer,
    ADD COLUMN time_limit_ms integer,
    ADD COLUMN memory_kb integer,
    ADD COLUMN temp_limit_kb integer,
    ALTER COLUMN min_epsilon SET STORAGE PLAIN,
    ADD CONSTRAINT project_min_epsilon_positive
        CHECK (min_epsilon > 0 AND min_epsilon <= epsilon AND scale(trim_scale(min_epsilon)) <= 18),
    ADD CONSTRAINT project_min_epsilon_lowest CHECK (min_epsilon <= default_epsilon AND min_epsilon <= max_epsilon),
    ADD CONSTRAINT project_executions_not_negative CHECK (executions_per_day >= 0),
    ADD CONSTRAINT project_room_limits_positive CHECK (time_limit_ms > 0 AND memory_kb >= 64 AND temp_limit_kb > 0);
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

CREATE OR REPLACE VIEW health_dp.projects WITH (security_barrier) AS
    SELECT p.id, p.name, p.title, p.legal_basis, p.valid, p.epsilon, p.delta, p.min_cell, p.releases, p.suspended,
           p.suspended_because, p.default_epsilon, p.max_epsilon, p.default_delta, p.max_delta,
           p.default_groups_per_patient, p.max_groups_per_patient, p.default_rows_per_patient, p.max_rows_per_patient,
           p.created_at, p.created_by, p.min_epsilon, p.executions_per_day, p.time_limit_ms, p.memory_kb, p.temp_limit_kb
      FROM health_dp.project p
     WHERE pg_catalog.pg_has_role(current_user, 'health_dp_steward', 'USAGE')
        OR pg_catalog.pg_has_role(current_user, 'health_dp_auditor', 'USAGE')
        OR health_dp.is_member(p.id, (SELECT r.oid FROM pg_catalog.pg_roles r WHERE r.rolname = current_user));

ALTER TABLE health_dp.granted_table
    ADD COLUMN condition text,
    ADD COLUMN schema_name name,
    ADD COLUMN table_name name,
    ADD COLUMN column_numbers smallint[],
    ADD COLUMN column_names name[],
    ADD COLUMN column_types regtype[];
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

-- Until now a grant was a policy on the table, with the filter behind the gate in its condition. What stands becomes the
-- record; a record without its policy, in the form in which grant_table() wrote it, stays closed.
CREATE FUNCTION health_dp.adopt_policies() RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET datestyle = 'ISO, YMD' SET intervalstyle = 'postgres'
    SET timezone = 'UTC' SET extra_float_digits = 1 SET bytea_output = 'hex' SET xmlbinary = 'base64'
    SET quote_all_identifiers = off SET lc_monetary = 'C' AS $$
DECLARE
    policy record;
BEGIN
    UPDATE health_dp.granted_table g
       SET schema_name = t.nspname, table_name = t.relname, condition = nullif(t.filter, 'true'), column_numbers = t.numbers,
           column_names = t.names, column_types = t.types
      FROM (SELECT p.polname, p.polrelid, n.nspname, c.relname, f.parts[1] AS filter,
                   coalesce(array_agg(a.attnum ORDER BY a.attnum) FILTER (WHERE a.attnum > 0), '{}') AS numbers,
                   coalesce(array_agg(a.attname ORDER BY a.attnum) FILTER (WHERE a.attnum > 0), '{}') AS names,
                   coalesce(array_agg(a.atttypid::regtype ORDER BY a.attnum) FILTER (WHERE a.attnum > 0), '{}') AS types
              FROM pg_policy p JOIN pg_class c ON c.oid = p.polrelid JOIN pg_namespace n ON n.oid = c.relnamespace
             CROSS JOIN LATERAL regexp_match(pg_get_expr(p.polqual, p.polrelid), '^\(health_dp\.gate\(\) AND (.*)\)$') f(parts)
              LEFT JOIN (SELECT DISTINCT objid, refobjid, refobjsubid FROM pg_depend
                          WHERE classid = 'pg_policy'::regclass AND refclassid = 'pg_class'::regclass) d
                     ON d.objid = p.oid AND d.refobjid = p.polrelid
              LEFT JOIN pg_attribute a ON a.attrelid = p.polrelid AND a.attnum = d.refobjsubid
             WHERE p.polname ~ '^health_dp project [0-9]+$' AND p.polpermissive AND p.polcmd = 'r' AND p.polroles = '{0}'
               AND f.parts IS NOT NULL
             GROUP BY p.oid, p.polname, p.polrelid, n.nspname, c.relname, f.parts) t
     WHERE t.polrelid = g.relation AND t.polname = format('health_dp project %s', g.project_id);
    FOR policy IN SELECT polname AS name, polrelid::regclass AS relation FROM pg_policy
                   WHERE polname ~ '^health_dp project [0-9]+$'
    LOOP
        EXECUTE format('DROP POLICY %I ON %s', policy.name, policy.relation);
    END LOOP;
END
$$;
SELECT health_dp.adopt_policies();
DROP FUNCTION health_dp.adopt_policies();

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

COMMENT ON FUNCTION health_dp.is_member(integer, oid) IS
    'Whether the role is a member of the project, itself or by inheritance; superusers get no shortcut. Null for roles that '
    'you are not, unless you are a steward or an auditor.';

DROP VIEW health_dp.granted_tables;
DROP FUNCTION health_dp.write_row_filter(integer, oid, text);
ALTER FUNCTION health_dp.filter_in_force(integer, oid) PARALLEL UNSAFE;
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

CREATE OR REPLACE FUNCTION health_dp.grant_in_force(project_id integer, relation oid) RETURNS boolean
    LANGUAGE sql STRICT VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
    AS $$ SELECT health_dp.grant_closed_because(project_id, relation) IS NULL $$;
COMMENT ON FUNCTION health_dp.grant_in_force(integer, oid) IS
    'Whether the table is granted to the project: the grant is on record, and what the record rests on has not changed.';

CREATE FUNCTION health_dp.read_row_filter(
    relation oid, row_filter text, OUT schema_name name, OUT table_name name, OUT condition text,
    OUT column_names name[], OUT column_types regtype[])
    LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'hdp_projects_read_filter';
COMMENT ON FUNCTION health_dp.read_row_filter(oid, text) IS
    'Internal to grant_table(): what the record of a grant says of a row filter. Errors unless releases take it.';
REVOKE EXECUTE ON FUNCTION health_dp.read_row_filter(oid, text) FROM PUBLIC;

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

-- 15-authorisations.sql

-- Not below the last digit that exact decimals hold.
CREATE FUNCTION health_dp.least_epsilon(epsilon numeric, max_epsilon numeric) RETURNS numeric
    LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp
    AS $$ SELECT trim_scale(least(ceil(epsilon * 1e14) * 1e-18, max_epsilon)) $$;
COMMENT ON FUNCTION health_dp.least_epsilon(numeric, numeric) IS
    'Internal: what a dp execution costs at least where a steward says nothing: a ten-thousandth of the budget, or the '
    'ceiling of one execution if that is less.';
REVOKE EXECUTE ON FUNCTION health_dp.least_epsilon(numeric, numeric) FROM PUBLIC;

-- What create_project() would have taken, but no more than what an execution of the project costs where nobody says it:
-- create_project() asks the steward then, an upgrade has nobody to ask.
UPDATE health_dp.project p
   SET min_epsilon = least(health_dp.least_epsilon(p.epsilon, p.max_epsilon), trim_scale(p.default_epsilon));
ALTER TABLE health_dp.project ALTER COLUMN min_epsilon SET NOT NULL;

CREATE FUNCTION health_dp.check_min_epsilon(min_epsilon numeric, epsilon numeric, default_epsilon numeric,
        max_epsilon numeric) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    above text := CASE WHEN min_epsilon > epsilon THEN 'the project''s epsilon'
                       WHEN min_epsilon > max_epsilon THEN 'max_epsilon'
                       WHEN min_epsilon > default_epsilon THEN 'default_epsilon' END;
BEGIN
    PERFORM health_dp.check_epsilon('min_epsilon', min_epsilon);
    IF above IS NOT NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'ZD303', MESSAGE = format('min_epsilon, %s, is above %s', min_epsilon, above),
            HINT = 'It is the least that one execution costs. Lower it, or raise the other: where nobody says it, it is a '
                   'ten-thousandth of the budget.';
    END IF;
END
$$;
COMMENT ON FUNCTION health_dp.check_min_epsilon(numeric, numeric, numeric, numeric) IS
    'Internal: errors unless a project can have this least epsilon beside its other ones.';
REVOKE EXECUTE ON FUNCTION health_dp.check_min_epsilon(numeric, numeric, numeric, numeric) FROM PUBLIC;

CREATE FUNCTION health_dp.check_executions(executions_per_day integer) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF executions_per_day < 0 THEN
        RAISE EXCEPTION USING ERRCODE = 'ZD107', MESSAGE = format('executions_per_day is %s', executions_per_day),
            HINT = 'Say how many executions a login role may have in the project in a day, 0 for any number, or NULL for '
                   'the server''s (health_dp.executions_per_day).';
    END IF;
END
$$;
COMMENT ON FUNCTION health_dp.check_executions(integer) IS
    'Internal: errors unless this is a number of executions a day; null passes.';
REVOKE EXECUTE ON FUNCTION health_dp.check_executions(integer) FROM PUBLIC;

DROP FUNCTION health_dp.create_project(name, text, text, daterange, numeric, numeric, integer, text[], numeric,
    numeric, numeric, numeric, integer, integer, integer, integer);
CREATE FUNCTION health_dp.create_project(
    name name, title text, legal_basis text, valid daterange, epsilon numeric, delta numeric DEFAULT 0,
    min_cell integer DEFAULT 11, releases text[] DEFAULT '{dp}',
    default_epsilon numeric DEFAULT NULL, max_epsilon numeric DEFAULT NULL,
    default_delta numeric DEFAULT NULL, max_delta numeric DEFAULT NULL,
    default_groups_per_patient integer DEFAULT 3, max_groups_per_patient integer DEFAULT 100,
    default_rows_per_patient integer DEFAULT 20, max_rows_per_patient integer DEFAULT 1000,
    min_epsilon numeric DEFAULT NULL, executions_per_day integer DEFAULT NULL) RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    problem text;
    new_id integer;
    least numeric;
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
    least := coalesce(min_epsilon, health_dp.least_epsilon(epsilon, max_epsilon));
    PERFORM health_dp.check_min_epsilon(least, epsilon, default_epsilon, max_epsilon);
    PERFORM health_dp.check_executions(executions_per_day);
    INSERT INTO health_dp.project AS p (name, title, legal_basis, valid, epsilon, delta, min_cell, releases,
            default_epsilon, max_epsilon, default_delta, max_delta, default_groups_per_patient, max_groups_per_patient,
            default_rows_per_patient, max_rows_per_patient, min_epsilon, executions_per_day)
        VALUES (create_project.name, create_project.title, create_project.legal_basis, create_project.valid,
            create_project.epsilon, create_project.delta, create_project.min_cell, create_project.releases,
            create_project.default_epsilon, create_project.max_epsilon, create_project.default_delta,
            create_project.max_delta, create_project.default_groups_per_patient, create_project.max_groups_per_patient,
            create_project.default_rows_per_patient, create_project.max_rows_per_patient, least,
            create_project.executions_per_day)
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
        numeric, numeric, numeric, integer, integer, integer, integer, numeric, integer) IS
    'Opens a project: its legal basis, the days on which it is valid (UTC), its whole budget, and defaults, '
    'ceilings and the least cost for one execution. Returns its number.';
REVOKE EXECUTE ON FUNCTION health_dp.create_project(name, text, text, daterange, numeric, numeric, integer, text[],
        numeric, numeric, numeric, numeric, integer, integer, integer, integer, numeric, integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION health_dp.create_project(name, text, text, daterange, numeric, numeric, integer, text[],
        numeric, numeric, numeric, numeric, integer, integer, integer, integer, numeric, integer) TO health_dp_steward;

CREATE FUNCTION health_dp.set_min_epsilon(project name, min_epsilon numeric DEFAULT NULL) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    priced health_dp.project := health_dp.lock_project(project);
    least numeric := coalesce(min_epsilon, health_dp.least_epsilon(priced.epsilon, priced.max_epsilon));
BEGIN
    PERFORM health_dp.check_min_epsilon(least, priced.epsilon, priced.default_epsilon, priced.max_epsilon);
    UPDATE health_dp.project p SET min_epsilon = least WHERE p.id = priced.id;
END
$$;
COMMENT ON FUNCTION health_dp.set_min_epsilon(name, numeric) IS
    'Sets what a dp execution of the project costs at least, from the next one on; without a number, a ten-thousandth of '
    'its budget, or its ceiling if that is less.';
REVOKE EXECUTE ON FUNCTION health_dp.set_min_epsilon(name, numeric) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION health_dp.set_min_epsilon(name, numeric) TO health_dp_steward;

CREATE FUNCTION health_dp.limit_executions(project name, executions_per_day integer DEFAULT NULL) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    limited health_dp.project := health_dp.lock_project(project);
BEGIN
    PERFORM health_dp.check_executions(executions_per_day);
    UPDATE health_dp.project p SET executions_per_day = limit_executions.executions_per_day WHERE p.id = limited.id;
END
$$;
COMMENT ON FUNCTION health_dp.limit_executions(name, integer) IS
    'Sets how many executions a login role may have in the project in a day (UTC), 0 for any number; without a number, the '
    'server''s health_dp.executions_per_day holds, which counts over all projects.';
REVOKE EXECUTE ON FUNCTION health_dp.limit_executions(name, integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION health_dp.limit_executions(name, integer) TO health_dp_steward;

-- The server's resources are its administrator's, whose settings are the ceiling: a steward takes less of them, not more.
-- That is said here, where somebody reads it; the room takes the smaller number at every request, whatever was set when.
CREATE FUNCTION health_dp.check_room_limit(what text, wanted bigint, setting text, unlimited bigint) RETURNS integer
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    servers bigint := (SELECT s.setting::bigint FROM pg_settings s WHERE s.name = check_room_limit.setting);
    ceiling bigint := coalesce(nullif(servers, unlimited), 2147483647);
BEGIN
    IF wanted < 1 OR wanted > ceiling THEN
        RAISE EXCEPTION USING ERRCODE = 'ZD107', MESSAGE = format('%s of a room is out of range', what),
            HINT = format('Say more than nothing and at most what the server gives (SHOW %s), or leave it out for that.',
                          setting);
    END IF;
    RETURN wanted;
END
$$;
COMMENT ON FUNCTION health_dp.check_room_limit(text, bigint, text, bigint) IS
    'Internal: the limit, in the setting''s unit; errors where the server gives less. Null passes.';
REVOKE EXECUTE ON FUNCTION health_dp.check_room_limit(text, bigint, text, bigint) FROM PUBLIC;

CREATE FUNCTION health_dp.limit_room(project name, time_limit interval DEFAULT NULL, memory_mb integer DEFAULT NULL,
        temp_mb integer DEFAULT NULL) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    limited health_dp.project := health_dp.lock_project(project);
BEGIN
    UPDATE health_dp.project p SET
        time_limit_ms = health_dp.check_room_limit('time_limit', floor(extract(epoch FROM time_limit) * 1000)::bigint,
                                                   'health_dp.room_time_limit', 0),
        memory_kb = health_dp.check_room_limit('memory_mb', memory_mb * 1024::bigint, 'health_dp.room_memory', NULL),
        temp_limit_kb = health_dp.check_room_limit('temp_mb', temp_mb * 1024::bigint, 'health_dp.room_temp_limit', -1)
     WHERE p.id = limited.id;
END
$$;
COMMENT ON FUNCTION health_dp.limit_room(name, interval, integer, integer) IS
    'Sets what one request of the project may take of the server, which is never more than the server''s settings say '
    '(health_dp.room_time_limit, room_memory, room_temp_limit). What is left out is the server''s.';
REVOKE EXECUTE ON FUNCTION health_dp.limit_room(name, interval, integer, integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION health_dp.limit_room(name, interval, integer, integer) TO health_dp_steward;

-- 20-labels.sql

-- What the names in labels stood for when they were given. Not dumped: a restore gives the labels anew, and so fills this.
-- src/projects/label_columns.cpp writes it from the hook of SECURITY LABEL.
CREATE TABLE health_dp.label_column (
    relation oid NOT NULL,
    side oid NOT NULL,
    name name NOT NULL,
    number smallint NOT NULL,
    CONSTRAINT label_column_pkey PRIMARY KEY (relation, side, name)
);
COMMENT ON TABLE health_dp.label_column IS
    'Columns that labels of tables name, by number. A label whose columns have other numbers now closes its table.';
COMMENT ON COLUMN health_dp.label_column.relation IS 'The table that the label is on.';
COMMENT ON COLUMN health_dp.label_column.side IS
    'The table whose column it is: the same, or the target of its link; 0 where the target is still to come.';
REVOKE ALL ON TABLE health_dp.label_column FROM PUBLIC;

CREATE FUNCTION health_dp.record_label(relation oid) RETURNS void
    LANGUAGE c STRICT VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'hdp_labels_record';
COMMENT ON FUNCTION health_dp.record_label(oid) IS
    'Internal to updates: notes which columns the label of a table names now.';
REVOKE EXECUTE ON FUNCTION health_dp.record_label(oid) FROM PUBLIC;

-- As they are now.
SELECT health_dp.record_label(s.objoid) FROM pg_catalog.pg_seclabel s
 WHERE s.provider = 'health_dp' AND s.classoid = 'pg_catalog.pg_class'::pg_catalog.regclass AND s.objsubid = 0;

-- 30-protection.sql

CREATE FUNCTION health_dp.protected_ancestor(relation oid) RETURNS oid
    LANGUAGE c STRICT VOLATILE PARALLEL RESTRICTED AS 'MODULE_PATHNAME', 'hdp_labels_ancestor';
COMMENT ON FUNCTION health_dp.protected_ancestor(oid) IS
    'A protected table that this one is a partition or an inheritance child of, at any depth; otherwise null.';
-- PUBLIC keeps EXECUTE: pg_inherits and pg_seclabels say the same to everybody.

CREATE OR REPLACE VIEW health_dp.protected_tables AS
    SELECT s.objoid::regclass AS relation, s.label AS protection, health_dp.link_target(s.objoid)::regclass AS links_to,
           (SELECT pg_catalog.bool_and(health_dp.has_walls(f)) FROM health_dp.family(s.objoid) f) AS walls
      FROM pg_catalog.pg_seclabel s
     WHERE s.provider = 'health_dp' AND s.classoid = 'pg_catalog.pg_class'::regclass AND s.objsubid = 0
       AND s.label ~ '^\s*protected'
    OFFSET 0;

-- Partitions and children that come after protect(). With the rights of who made them, who owns them. Without the gate,
-- whose policies a restore brings with it, after the partitions: a table with forced row-level security and no policy
-- shows no row and takes none. Where event triggers are off, the planner's side refuses such tables all the same.
CREATE FUNCTION health_dp.close_parts() RETURNS event_trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    part regclass;
    kind "char";
    whole regclass;
BEGIN
    -- The other way round: PostgreSQL would hand a protected table's rows out by the privileges of the one above it.
    SELECT f, i.inhparent INTO part, whole
      FROM pg_catalog.pg_event_trigger_ddl_commands() d
     CROSS JOIN LATERAL health_dp.family(d.objid) f
      JOIN pg_catalog.pg_inherits i ON i.inhrelid = f
      JOIN pg_catalog.pg_seclabel s ON s.objoid = f
     WHERE d.classid = 'pg_catalog.pg_class'::regclass AND s.provider = 'health_dp'
       AND s.classoid = 'pg_catalog.pg_class'::regclass AND s.objsubid = 0 AND s.label ~ '^\s*protected'
       AND health_dp.protected_ancestor(f) IS NULL
     LIMIT 1;
    IF whole IS NOT NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'ZD202',
            MESSAGE = format('protected table %s cannot be a part of table %s, which is not protected', part, whole),
            HINT = 'Protect the other one instead: unprotect() this one first.';
    END IF;
    FOR part, kind IN
        SELECT DISTINCT c.oid, c.relkind
          FROM pg_catalog.pg_event_trigger_ddl_commands() d
         CROSS JOIN LATERAL health_dp.family(d.objid) f
          JOIN pg_catalog.pg_class c ON c.oid = f
         WHERE d.classid = 'pg_catalog.pg_class'::regclass AND c.relkind IN ('r', 'p', 'f')
           AND NOT (c.relrowsecurity AND c.relforcerowsecurity)
           -- The library is asked about parts only: without it, other tables can still be made.
           AND CASE WHEN EXISTS (SELECT FROM pg_catalog.pg_inherits i WHERE i.inhrelid = c.oid)
                    THEN health_dp.protected_ancestor(c.oid) IS NOT NULL END
    LOOP
        IF kind = 'f' THEN
            RAISE EXCEPTION USING ERRCODE = 'ZD202',
                MESSAGE = format('foreign table %s cannot be a part of protected table %s', part,
                                 health_dp.protected_ancestor(part)::regclass),
                HINT = 'Copy its rows here.';
        END IF;
        EXECUTE format('REVOKE ALL ON TABLE %s FROM PUBLIC', part);
        EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY', part);
    END LOOP;
END
$$;
COMMENT ON FUNCTION health_dp.close_parts() IS
    'Event trigger: closes partitions and inheritance children of protected tables as soon as they are such.';
REVOKE EXECUTE ON FUNCTION health_dp.close_parts() FROM PUBLIC;

-- CREATE SCHEMA may create tables.
CREATE EVENT TRIGGER health_dp_close_parts ON ddl_command_end
    WHEN TAG IN ('CREATE TABLE', 'ALTER TABLE', 'CREATE SCHEMA', 'CREATE FOREIGN TABLE', 'ALTER FOREIGN TABLE')
    EXECUTE FUNCTION health_dp.close_parts();
COMMENT ON EVENT TRIGGER health_dp_close_parts IS
    'Partitions and inheritance children of protected tables are closed from their first moment.';
ALTER EVENT TRIGGER health_dp_close_parts ENABLE ALWAYS;

DROP FUNCTION health_dp.exposures(regclass);
-- A view that is no security_invoker reads with its owner's rights, through invoker views below it as well; so does a
-- rule of a table.
CREATE FUNCTION health_dp.readers(relation regclass) RETURNS TABLE (reader regclass, kind text, reads_as regrole)
    LANGUAGE sql STABLE STRICT SET search_path = pg_catalog, pg_temp AS $$
    WITH RECURSIVE family AS (
        SELECT m AS oid FROM health_dp.family(relation) m
    ),
    rule(source, reader, kind, owner) AS (
        SELECT d.refobjid, c.oid, c.relkind,
               CASE WHEN NOT EXISTS (SELECT FROM pg_catalog.pg_options_to_table(c.reloptions) o
                                      WHERE o.option_name = 'security_invoker' AND o.option_value::boolean)
                    THEN c.relowner END
          FROM pg_catalog.pg_depend d
          JOIN pg_catalog.pg_rewrite r ON r.oid = d.objid
          JOIN pg_catalog.pg_class c ON c.oid = r.ev_class
         WHERE d.classid = 'pg_catalog.pg_rewrite'::regclass AND d.refclassid = 'pg_catalog.pg_class'::regclass
           AND r.ev_class <> d.refobjid
    ),
    readers(reader, kind, reads_as) AS (
        SELECT r.reader, r.kind, r.owner
          FROM rule r
         WHERE r.source IN (SELECT oid FROM family) AND r.reader NOT IN (SELECT oid FROM family)
        UNION
        SELECT r.reader, r.kind, coalesce(v.reads_as, r.owner)
          FROM readers v JOIN rule r ON r.source = v.reader
         WHERE v.kind = 'v'
    )
    SELECT r.reader::regclass, CASE r.kind WHEN 'm' THEN 'materialized view' WHEN 'v' THEN 'view' ELSE 'a rule of' END,
           r.reads_as::regrole
      FROM readers r
$$;
COMMENT ON FUNCTION health_dp.readers(regclass) IS
    'Views, materialized views and rules of other tables that read a table, at every depth, and with whose rights; null '
    'where whoever asks reads with his own.';
REVOKE EXECUTE ON FUNCTION health_dp.readers(regclass) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION health_dp.readers(regclass) TO health_dp_steward, health_dp_auditor;

-- Whoever could read the table could make any number of views over it, and copies. Neither blocks protect(), which only
-- its owner, or a superuser, might then unblock: behind the walls such a view reads nothing, and a materialized view is
-- no more of a copy than a table that nobody sees. What does block is in the hands of whoever protects the table, or of
-- those who are trusted with every row.
CREATE FUNCTION health_dp.exposures(relation regclass) RETURNS TABLE (exposure text, remedy text, blocks boolean)
    LANGUAGE sql STABLE STRICT SET search_path = pg_catalog, pg_temp AS $$
    WITH family AS (
        SELECT c.oid, c.relowner, c.relacl FROM health_dp.family(relation) m JOIN pg_catalog.pg_class c ON c.oid = m
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
    foreign_keys(name, near, far, tried_with, key) AS (
        SELECT k.conname, k.confrelid, k.conrelid, 'INSERT, UPDATE', k.conindid
          FROM pg_catalog.pg_constraint k JOIN family f ON f.oid = k.confrelid
         WHERE k.contype = 'f' AND k.conparentid = 0 AND k.conrelid NOT IN (SELECT oid FROM family)
        UNION ALL
        SELECT k.conname, k.conrelid, k.confrelid, 'DELETE, UPDATE', NULL
          FROM pg_catalog.pg_constraint k JOIN family f ON f.oid = k.conrelid
         WHERE k.contype = 'f' AND k.conparentid = 0 AND k.confrelid NOT IN (SELECT oid FROM family)
    )
    SELECT format('%s holds %s on %s', CASE g.holder WHEN 0 THEN 'PUBLIC' ELSE 'role ' || g.holder::regrole END,
                  string_agg(DISTINCT g.what, ', ' ORDER BY g.what), g.on_what),
           'REVOKE it', true
      FROM grants g GROUP BY g.holder, g.on_what
    UNION ALL
    SELECT format('%s %s reads it with the rights of %s, whom row-level security does not hold', r.kind, r.reader,
                  r.reads_as),
           CASE r.kind WHEN 'view' THEN 'DROP VIEW, or ALTER VIEW ... SET (security_invoker = true) from PostgreSQL 15 on'
                       ELSE 'DROP RULE' END, true
      FROM health_dp.readers(relation) r JOIN pg_catalog.pg_class c ON c.oid = r.reader
     WHERE r.kind <> 'materialized view' AND c.relowner = r.reads_as AND health_dp.bypasses(r.reads_as)
    UNION ALL
    SELECT format('materialized view %s of role %s is a copy of its rows', c.oid::regclass, c.relowner::regrole),
           'DROP MATERIALIZED VIEW, by its owner or a superuser',
           health_dp.bypasses(c.relowner) OR (SELECT bool_or(pg_has_role(f.relowner, c.relowner, 'USAGE')) FROM family f)
      FROM pg_catalog.pg_class c
     WHERE c.relkind = 'm' AND c.oid IN (SELECT r.reader FROM health_dp.readers(relation) r)
    UNION ALL
    SELECT format('partition or child %s is a foreign table', f.oid::regclass), 'detach it, and copy its rows here', true
      FROM family f JOIN pg_catalog.pg_class c ON c.oid = f.oid AND c.relkind = 'f'
    UNION ALL
    SELECT format('rule %I on %s', r.rulename, r.ev_class::regclass), 'DROP RULE', true
      FROM pg_catalog.pg_rewrite r JOIN family f ON f.oid = r.ev_class
    UNION ALL
    SELECT format('trigger %I on %s calls %s of role %s', t.tgname, f.oid::regclass, p.oid::regprocedure,
                  p.proowner::regrole),
           'DROP TRIGGER, or give the function to the table''s owner', true
      FROM pg_catalog.pg_trigger t JOIN family f ON f.oid = t.tgrelid JOIN pg_catalog.pg_proc p ON p.oid = t.tgfoid
     WHERE NOT t.tgisinternal AND p.proowner <> f.relowner AND NOT health_dp.bypasses(p.proowner)
    UNION ALL
    SELECT format('foreign key %I between %s and %s lets others than the owner ask which keys exist', k.name,
                  k.near::regclass, k.far::regclass),
           format('revoke %s on %s from others, protect it, or drop the foreign key', k.tried_with, k.far::regclass) ||
           -- Whose table refers to it need not agree.
           coalesce('; dropping ' || k.key::regclass::text || ' with CASCADE, and making it anew, drops it too', ''),
           true
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
    SELECT format('table %s reads it as its parent', i.inhparent::regclass), 'protect the parent instead, or NO INHERIT',
           true
      FROM pg_catalog.pg_inherits i JOIN family f ON f.oid = i.inhrelid
     WHERE i.inhparent NOT IN (SELECT oid FROM family)
$$;
COMMENT ON FUNCTION health_dp.exposures(regclass) IS
    'Ways around the walls of a table that PostgreSQL knows of, and what to do about each: grants, views, rules, '
    'triggers, foreign keys, parents. protect() refuses a table that has one that blocks, and warns of others, which are '
    'copies in the hands of roles that could read the table; auditors look again later.';
REVOKE EXECUTE ON FUNCTION health_dp.exposures(regclass) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION health_dp.exposures(regclass) TO health_dp_steward, health_dp_auditor;

CREATE OR REPLACE FUNCTION health_dp.raise_walls(relation regclass) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    member regclass;
    owner oid;
    kind "char";
    found text;
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
      INTO found FROM health_dp.exposures(relation) e WHERE e.blocks;
    IF found IS NOT NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'ZD202',
            MESSAGE = format('table %s cannot be protected: there are ways around its walls', relation),
            DETAIL = found,
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
    SELECT string_agg(e.exposure || ': ' || e.remedy || '.', E'\n' ORDER BY e.exposure COLLATE "C")
      INTO found FROM health_dp.exposures(relation) e WHERE NOT e.blocks;
    IF found IS NOT NULL THEN
        RAISE WARNING USING
            MESSAGE = format('rows of table %s are also where its walls do not reach', relation), DETAIL = found,
            HINT = 'Whoever could read the table until now may have kept rows, in tables too. Have the copies dropped '
                   'before you grant it to a project; health_dp.exposures() lists those that PostgreSQL knows of.';
    END IF;
    SELECT string_agg(DISTINCT format('%s %s, with the rights of %s', r.kind, r.reader, r.reads_as), E'\n')
      INTO found FROM health_dp.readers(relation) r
     WHERE r.kind <> 'materialized view' AND r.reads_as IS NOT NULL AND NOT health_dp.bypasses(r.reads_as);
    IF found IS NOT NULL THEN
        RAISE NOTICE USING
            MESSAGE = format('what read table %s by the rights of others reads it no more', relation), DETAIL = found,
            HINT = 'It may stay: the walls hold for its owner. DROP VIEW or DROP RULE takes it away.';
    END IF;
END
$$;
COMMENT ON FUNCTION health_dp.raise_walls(regclass) IS
    'Internal to protect() and protect_via(): takes PUBLIC''s privileges, refuses what exposes the table, forces '
    'row-level security on it, its partitions and children, puts up the gate, and says who is behind it now.';

-- Those that came since protect() and before now.
DO $$
DECLARE
    part regclass;
BEGIN
    FOR part IN SELECT c.oid FROM pg_catalog.pg_class c
                 WHERE c.relkind IN ('r', 'p') AND NOT (c.relrowsecurity AND c.relforcerowsecurity)
                   AND health_dp.protected_ancestor(c.oid) IS NOT NULL
    LOOP
        EXECUTE format('REVOKE ALL ON TABLE %s FROM PUBLIC', part);
        EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY', part);
    END LOOP;
END
$$;

-- 35-grants.sql

CREATE OR REPLACE FUNCTION health_dp.grant_table(project name, relation regclass, row_filter text DEFAULT NULL) RETURNS void
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
CREATE OR REPLACE FUNCTION health_dp.revoke_table(project name, relation regclass) RETURNS void
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
DROP FUNCTION health_dp.drop_grant(integer, regclass);

-- 40-ledger.sql

-- Filled in with the column's type, and not by UPDATE, which the ledger refuses. 0.1 knew the session's user only.
DROP TRIGGER final ON health_dp.ledger_charge;
ALTER TABLE health_dp.ledger_charge
    ADD COLUMN login_role name,
    ADD COLUMN executed text,
    ADD COLUMN interrupted_at timestamptz,
    DROP CONSTRAINT ledger_charge_ends_once,
    ADD CONSTRAINT ledger_charge_ends_once CHECK (pg_catalog.num_nonnulls(settled_at, failed_at, interrupted_at) <= 1);
ALTER TABLE health_dp.ledger_charge
    ALTER COLUMN login_role TYPE name USING session_role,
    ALTER COLUMN login_role SET NOT NULL;
CREATE TRIGGER final BEFORE UPDATE ON health_dp.ledger_charge FOR EACH ROW
    WHEN (OLD.settled_at IS NOT NULL OR OLD.failed_at IS NOT NULL OR OLD.interrupted_at IS NOT NULL
          OR (OLD.charge_id, OLD.project_id, OLD.charged_at, OLD.session_role, OLD.user_role, OLD.epsilon, OLD.delta,
              OLD.releases, OLD.query, OLD.kind, OLD.login_role, OLD.executed)
             IS DISTINCT FROM
             (NEW.charge_id, NEW.project_id, NEW.charged_at, NEW.session_role, NEW.user_role, NEW.epsilon, NEW.delta,
              NEW.releases, NEW.query, NEW.kind, NEW.login_role, NEW.executed))
    EXECUTE FUNCTION health_dp.refuse_ledger_change();
COMMENT ON TRIGGER final ON health_dp.ledger_charge IS 'Only the end of an execution may be added, once.';
ALTER TABLE health_dp.ledger_charge ENABLE ALWAYS TRIGGER final;
COMMENT ON COLUMN health_dp.ledger_charge.session_role IS
    'The session''s user: login_role, unless a superuser''s SET SESSION AUTHORIZATION changed it.';
COMMENT ON COLUMN health_dp.ledger_charge.query IS
    'Beginning of the statement as the session claims to have typed it, at most 1023 bytes.';
COMMENT ON COLUMN health_dp.ledger_charge.settled_at IS
    'When the execution was seen to have delivered its answer.';
COMMENT ON COLUMN health_dp.ledger_charge.failed_at IS
    'When the execution was seen to have failed after its charge.';
COMMENT ON COLUMN health_dp.ledger_charge.login_role IS
    'Who logged in; whose executions and failures of the day are counted.';
COMMENT ON COLUMN health_dp.ledger_charge.executed IS
    'Beginning of what ran, said by who ran it, at most 1023 bytes; null where only the session''s word is known.';
COMMENT ON COLUMN health_dp.ledger_charge.interrupted_at IS
    'When the execution was seen to have been cut off by the end of the server: nobody''s failure.';
CREATE INDEX ledger_charge_open ON health_dp.ledger_charge (charged_at)
    WHERE settled_at IS NULL AND failed_at IS NULL AND interrupted_at IS NULL;
COMMENT ON INDEX health_dp.ledger_charge_open IS 'Finds what the end of a server has cut off.';

-- Of this day and of days gone by: nobody's work on a day is undone by the next.
CREATE TABLE health_dp.ledger_day (
    login_role name NOT NULL,
    day date NOT NULL,
    project_id integer NOT NULL,
    executions integer NOT NULL DEFAULT 0,
    failures integer NOT NULL DEFAULT 0,
    CONSTRAINT ledger_day_pkey PRIMARY KEY (login_role, day, project_id),
    CONSTRAINT ledger_day_not_negative CHECK (executions >= 0 AND failures >= 0)
) WITH (fillfactor = 50);
COMMENT ON TABLE health_dp.ledger_day IS
    'Executions and failures of each login role and day (UTC), counted with the charges and judged by the next charge.';
COMMENT ON COLUMN health_dp.ledger_day.project_id IS 'The project; 0 in the row of all projects together.';
COMMENT ON COLUMN health_dp.ledger_day.executions IS
    'Charged on the day (health_dp.executions_per_day), of every kind, whatever became of them.';
COMMENT ON COLUMN health_dp.ledger_day.failures IS
    'Seen on the day to have failed after their charge (health_dp.failures_per_day).';
REVOKE ALL ON TABLE health_dp.ledger_day FROM PUBLIC;
GRANT SELECT ON TABLE health_dp.ledger_day TO health_dp_auditor;
SELECT pg_catalog.pg_extension_config_dump('health_dp.ledger_day', '');

-- A day on which a database is upgraded is no longer than others.
INSERT INTO health_dp.ledger_day (login_role, day, project_id, executions, failures)
    SELECT e.login_role, e.day, COALESCE(e.project_id, 0), pg_catalog.sum(e.executions), pg_catalog.sum(e.failures)
      FROM (SELECT login_role, (charged_at AT TIME ZONE 'UTC')::date AS day, project_id, 1 AS executions, 0 AS failures
              FROM health_dp.ledger_charge
            UNION ALL
            SELECT login_role, (failed_at AT TIME ZONE 'UTC')::date, project_id, 0, 1
              FROM health_dp.ledger_charge WHERE failed_at IS NOT NULL) e
     GROUP BY GROUPING SETS ((e.login_role, e.day), (e.login_role, e.day, e.project_id));

DROP TRIGGER final ON health_dp.ledger_total;
CREATE TRIGGER final AFTER UPDATE ON health_dp.ledger_total FOR EACH ROW
    WHEN (NEW.project_id <> OLD.project_id OR NEW.epsilon_spent < OLD.epsilon_spent OR NEW.delta_spent < OLD.delta_spent)
    EXECUTE FUNCTION health_dp.refuse_ledger_change();
COMMENT ON TRIGGER final ON health_dp.ledger_total IS 'What was spent only grows.';
ALTER TABLE health_dp.ledger_total ENABLE ALWAYS TRIGGER final;

CREATE TRIGGER final AFTER UPDATE ON health_dp.ledger_day FOR EACH ROW
    WHEN ((NEW.login_role, NEW.day, NEW.project_id) IS DISTINCT FROM (OLD.login_role, OLD.day, OLD.project_id)
          OR NEW.executions < OLD.executions OR NEW.failures < OLD.failures)
    EXECUTE FUNCTION health_dp.refuse_ledger_change();
COMMENT ON TRIGGER final ON health_dp.ledger_day IS 'What was counted only grows.';
CREATE TRIGGER kept BEFORE DELETE ON health_dp.ledger_day FOR EACH ROW
    EXECUTE FUNCTION health_dp.refuse_ledger_change();
COMMENT ON TRIGGER kept ON health_dp.ledger_day IS 'Days are kept for good.';
CREATE TRIGGER kept_all BEFORE TRUNCATE ON health_dp.ledger_day FOR EACH STATEMENT
    EXECUTE FUNCTION health_dp.refuse_ledger_change();
COMMENT ON TRIGGER kept_all ON health_dp.ledger_day IS 'Days are kept for good.';
ALTER TABLE health_dp.ledger_day ENABLE ALWAYS TRIGGER final;
ALTER TABLE health_dp.ledger_day ENABLE ALWAYS TRIGGER kept;
ALTER TABLE health_dp.ledger_day ENABLE ALWAYS TRIGGER kept_all;

CREATE OR REPLACE VIEW health_dp.budget WITH (security_barrier) AS
    SELECT p.name AS project,
           pg_catalog.trim_scale(p.epsilon) AS epsilon,
           pg_catalog.trim_scale(COALESCE(t.epsilon_spent, 0)) AS epsilon_spent,
           pg_catalog.trim_scale(p.epsilon - COALESCE(t.epsilon_spent, 0)) AS epsilon_left,
           pg_catalog.trim_scale(p.delta) AS delta,
           pg_catalog.trim_scale(COALESCE(t.delta_spent, 0)) AS delta_spent,
           pg_catalog.trim_scale(p.delta - COALESCE(t.delta_spent, 0)) AS delta_left,
           p.valid, p.suspended, pg_catalog.trim_scale(p.min_epsilon) AS min_epsilon
      FROM health_dp.projects p LEFT JOIN health_dp.ledger_total t ON t.project_id = p.id;
COMMENT ON VIEW health_dp.budget IS
    'Budget, spent and left, and the least that an execution costs, of the projects you are a member of; of all projects '
    'for stewards and auditors.';

DROP VIEW health_dp.charges;
CREATE VIEW health_dp.charges AS
    SELECT c.charge_id, p.name AS project, c.charged_at, c.session_role, c.user_role, c.epsilon, c.delta, c.releases,
           c.query, c.kind, c.login_role, c.executed,
           CASE WHEN c.settled_at IS NOT NULL THEN 'settled'
                WHEN c.failed_at IS NOT NULL THEN 'failed'
                WHEN c.interrupted_at IS NOT NULL THEN 'interrupted'
                ELSE 'open' END AS status
      FROM health_dp.ledger_charge c LEFT JOIN health_dp.project p ON p.id = c.project_id;
COMMENT ON VIEW health_dp.charges IS
    'The ledger for auditors. Status: settled (the answer was given); failed (error, cancel or lost connection after the '
    'charge); interrupted (cut off by the end of the server); or open (under way, or never read to its end). Only failed '
    'ones count towards health_dp.failures_per_day and health_dp.failure_limit.';
REVOKE ALL ON TABLE health_dp.charges FROM PUBLIC;
GRANT SELECT ON TABLE health_dp.charges TO health_dp_auditor;

-- 42-suppressed-releases.sql

ALTER TABLE health_dp.suppressed_release
    ADD COLUMN public_contents text,
    ADD COLUMN padding bytea NOT NULL DEFAULT '',
    ADD COLUMN key_version smallint,
    ALTER COLUMN padding SET STORAGE EXTERNAL;
COMMENT ON COLUMN health_dp.suppressed_release.public_contents IS
    'What the public tables held that the project''s releases looked at: a digest for each table and set of columns; null in releases of 0.1.';
COMMENT ON COLUMN health_dp.suppressed_release.padding IS
    'Random bytes of a random length: everybody may ask for the size of the table, and hidden cells are among what is written. Empty in releases of 0.1.';
COMMENT ON TABLE health_dp.suppressed_release IS
    'One row per suppressed release that asked or published something new, on disk before its first row was handed out. Nobody may read the cells: hidden numbers are among them, sealed.';
COMMENT ON COLUMN health_dp.suppressed_release.cells IS
    'What the project has asked up to here, and all cells that it has published, with what is hidden: a state, patients and rows for each. Sealed under a key of the key keeper.';
COMMENT ON COLUMN health_dp.suppressed_release.key_version IS
    'The version of the key of domain health_dp.suppressed_release that the cells are sealed under; null in releases of 0.1 until seal_suppressed_releases().';
CREATE FUNCTION health_dp.refuse_register_change() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RAISE EXCEPTION USING
        ERRCODE = 'ZD403',
        MESSAGE = format('what was published stays on record: %s of %s refused', lower(TG_OP), TG_TABLE_NAME),
        HINT = 'Another state of the data, or another population, takes another project. To seal what is there under a new key: '
               'health_dp.seal_suppressed_releases().';
END
$$;
COMMENT ON FUNCTION health_dp.refuse_register_change() IS 'Trigger: what suppressed releases have published stays on record.';
REVOKE EXECUTE ON FUNCTION health_dp.refuse_register_change() FROM PUBLIC;

DROP TRIGGER kept ON health_dp.suppressed_release;
CREATE TRIGGER kept BEFORE DELETE ON health_dp.suppressed_release FOR EACH ROW
    EXECUTE FUNCTION health_dp.refuse_register_change();
COMMENT ON TRIGGER kept ON health_dp.suppressed_release IS 'What was published stays published.';
CREATE TRIGGER kept_as_it_is BEFORE UPDATE ON health_dp.suppressed_release FOR EACH ROW
    WHEN (OLD.key_version IS NOT DISTINCT FROM NEW.key_version OR NEW.key_version IS NULL
          OR (OLD.release_id, OLD.project_id, OLD.charge_id, OLD.released_at, OLD.population, OLD.policy, OLD.patients,
              OLD.public_contents, OLD.padding)
             IS DISTINCT FROM (NEW.release_id, NEW.project_id, NEW.charge_id, NEW.released_at, NEW.population, NEW.policy,
                               NEW.patients, NEW.public_contents, NEW.padding))
    EXECUTE FUNCTION health_dp.refuse_register_change();
COMMENT ON TRIGGER kept_as_it_is ON health_dp.suppressed_release IS
    'What was published stays as it is; it may be sealed under another key version, and nothing else.';
ALTER TABLE health_dp.suppressed_release ENABLE ALWAYS TRIGGER kept;
ALTER TABLE health_dp.suppressed_release ENABLE ALWAYS TRIGGER kept_as_it_is;
DROP TRIGGER kept_all ON health_dp.suppressed_release;
CREATE TRIGGER kept_all BEFORE TRUNCATE ON health_dp.suppressed_release FOR EACH STATEMENT
    EXECUTE FUNCTION health_dp.refuse_register_change();
COMMENT ON TRIGGER kept_all ON health_dp.suppressed_release IS 'What was published stays published.';
ALTER TABLE health_dp.suppressed_release ENABLE ALWAYS TRIGGER kept_all;
CREATE OR REPLACE VIEW health_dp.suppressed_releases AS
    SELECT s.release_id, p.name AS project, s.released_at, s.charge_id, s.population,
           s.policy, s.patients, pg_catalog.octet_length(s.cells) AS bytes,
           pg_catalog.row_number() OVER (PARTITION BY s.project_id ORDER BY s.release_id) AS number
      FROM health_dp.suppressed_release s LEFT JOIN health_dp.project p ON p.id = s.project_id;
COMMENT ON VIEW health_dp.suppressed_releases IS
    'Suppressed releases for auditors, without their cells. A release that asked and published nothing new is in the ledger only.';
COMMENT ON COLUMN health_dp.suppressed_releases.number IS
    'Which of its project''s it is, as messages to members say: release_id would tell them how many other projects have.';

CREATE TABLE health_dp.public_change (
    project_id integer NOT NULL,
    release_id bigint NOT NULL,
    table_name text NOT NULL,
    accepted_at timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
    accepted_by name NOT NULL DEFAULT session_user,
    CONSTRAINT public_change_pkey PRIMARY KEY (project_id, release_id, table_name)
);
COMMENT ON TABLE health_dp.public_change IS
    'Which changes of public tables stewards have accepted, after which suppressed release of a project.';
REVOKE ALL ON TABLE health_dp.public_change FROM PUBLIC;
GRANT SELECT ON TABLE health_dp.public_change TO health_dp_auditor;
SELECT pg_catalog.pg_extension_config_dump('health_dp.public_change', '');
CREATE TRIGGER kept BEFORE UPDATE OR DELETE ON health_dp.public_change FOR EACH ROW
    EXECUTE FUNCTION health_dp.refuse_register_change();
COMMENT ON TRIGGER kept ON health_dp.public_change IS 'What was accepted stays on record.';
CREATE TRIGGER kept_all BEFORE TRUNCATE ON health_dp.public_change FOR EACH STATEMENT
    EXECUTE FUNCTION health_dp.refuse_register_change();
COMMENT ON TRIGGER kept_all ON health_dp.public_change IS 'What was accepted stays on record.';
ALTER TABLE health_dp.public_change ENABLE ALWAYS TRIGGER kept;
ALTER TABLE health_dp.public_change ENABLE ALWAYS TRIGGER kept_all;

-- A steward's, who answers for what he accepts: counts before and after a change tell of whom it adds or leaves out.
CREATE FUNCTION health_dp.accept_public_change(project name, public_table regclass) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    changed health_dp.project := health_dp.lock_project(project);
    latest bigint := (SELECT max(s.release_id) FROM health_dp.suppressed_release s WHERE s.project_id = changed.id);
BEGIN
    IF latest IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'ZD107', MESSAGE = format('project "%s" has no suppressed release yet', project),
            HINT = 'Its first release takes public tables as they are.';
    END IF;
    INSERT INTO health_dp.public_change (project_id, release_id, table_name)
        SELECT changed.id, latest, format('%I.%I', n.nspname, c.relname)
          FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = public_table
        ON CONFLICT DO NOTHING;
END
$$;
COMMENT ON FUNCTION health_dp.accept_public_change(name, regclass) IS
    'Lets suppressed releases of a project go on after a public table that they look at has changed, until it changes again after the next one. Numbers that are others than before are refused all the same.';
REVOKE EXECUTE ON FUNCTION health_dp.accept_public_change(name, regclass) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION health_dp.accept_public_change(name, regclass) TO health_dp_steward;

-- 50-keys.sql

CREATE OR REPLACE FUNCTION health_dp_guarded.create_key_store() RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM health_dp.require_custodian();
    PERFORM health_dp.make_store();
    PERFORM health_dp_guarded.seal_suppressed_releases();
END
$$;
COMMENT ON FUNCTION health_dp_guarded.create_key_store() IS
    'Makes the server''s key store, once, in the directory health_dp.key_store and under the root key, and in it the key '
    'that suppressed releases are kept under. Not undone by ROLLBACK.';
COMMENT ON FUNCTION health_dp.create_key_store() IS
    'Makes the server''s key store, once, in the directory health_dp.key_store and under the root key, and in it the key '
    'that suppressed releases are kept under. Not undone by ROLLBACK.';

-- 57-sealed-releases.sql

CREATE FUNCTION health_dp.reseal_cells(project_id integer, charge_id bigint, population text, cells bytea,
                                       key_version integer, OUT cells_now bytea, OUT version_now smallint)
    LANGUAGE c STRICT VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'hdp_reseal_cells';
COMMENT ON FUNCTION health_dp.reseal_cells(integer, bigint, text, bytea, integer) IS
    'Internal to seal_suppressed_releases(): cells that are sealed under a version, or not at all where that is 0, sealed under the current one.';
REVOKE EXECUTE ON FUNCTION health_dp.reseal_cells(integer, bigint, text, bytea, integer) FROM PUBLIC;

CREATE FUNCTION health_dp_guarded.seal_suppressed_releases() RETURNS bigint
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    sealed bigint;
BEGIN
    PERFORM health_dp.require_custodian();
    IF NOT EXISTS (SELECT FROM health_dp.key_domain d WHERE d.domain = 'health_dp.suppressed_release') THEN
        PERFORM health_dp_guarded.create_key('health_dp.suppressed_release');
    END IF;
    LOCK TABLE health_dp.suppressed_release IN SHARE ROW EXCLUSIVE MODE;
    UPDATE health_dp.suppressed_release s SET (cells, key_version) =
           (SELECT r.cells_now, r.version_now
              FROM health_dp.reseal_cells(s.project_id, s.charge_id, s.population, s.cells, coalesce(s.key_version, 0)) r)
     WHERE s.key_version IS DISTINCT FROM (SELECT v.version FROM health_dp.key_version v
                                            WHERE v.domain = 'health_dp.suppressed_release' AND v.state = 'current');
    GET DIAGNOSTICS sealed = ROW_COUNT;
    RETURN sealed;
END
$$;
COMMENT ON FUNCTION health_dp_guarded.seal_suppressed_releases() IS
    'Makes the key that suppressed releases are kept under, unless there is one, and seals all of them under its current version: after an update from 0.1, and after rotate_key(). Returns how many that were. create_key_store() calls it.';
REVOKE EXECUTE ON FUNCTION health_dp_guarded.seal_suppressed_releases() FROM PUBLIC;
CREATE FUNCTION health_dp.seal_suppressed_releases() RETURNS bigint LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'hdp_direct_call';
COMMENT ON FUNCTION health_dp.seal_suppressed_releases() IS
    'Makes the key that suppressed releases are kept under, unless there is one, and seals all of them under its current version: after an update from 0.1, and after rotate_key(). Returns how many that were. create_key_store() calls it.';
REVOKE EXECUTE ON FUNCTION health_dp.seal_suppressed_releases() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION health_dp.seal_suppressed_releases() TO health_dp_custodian;

-- 60-aggregates.sql

CREATE FUNCTION health_dp.release_rows(integer) RETURNS SETOF record
    LANGUAGE c VOLATILE PARALLEL RESTRICTED COST 10000 ROWS 100 AS 'MODULE_PATHNAME', 'hdp_release_rows';
COMMENT ON FUNCTION health_dp.release_rows(integer) IS 'internal: the planner''s own, stands for a release''s rows while a statement is planned';
REVOKE EXECUTE ON FUNCTION health_dp.release_rows(integer) FROM PUBLIC;

-- 64-rooms.sql

CREATE FUNCTION health_dp.explain_release(question text, member name) RETURNS text
    LANGUAGE c VOLATILE STRICT PARALLEL RESTRICTED AS 'MODULE_PATHNAME', 'hdp_release_explain';
COMMENT ON FUNCTION health_dp.explain_release(text, name) IS
    'the plans that a room makes for a member''s question, without running it or charging anything, under the session''s health_dp settings; for superusers';
REVOKE EXECUTE ON FUNCTION health_dp.explain_release(text, name) FROM PUBLIC;

CREATE FUNCTION health_dp.room_failures(
    OUT failed_at timestamptz, OUT database name, OUT project_id integer, OUT charge_id bigint, OUT phase text,
    OUT sqlstate text, OUT routine text)
    RETURNS SETOF record LANGUAGE c VOLATILE STRICT PARALLEL RESTRICTED AS 'MODULE_PATHNAME', 'hdp_room_failures';
COMMENT ON FUNCTION health_dp.room_failures() IS
    'the last 64 releases of the server that failed after their charge: how far they came, and where they stopped; never a message or a value; for superusers';
REVOKE EXECUTE ON FUNCTION health_dp.room_failures() FROM PUBLIC;

-- 66-hardening.sql

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

-- 70-total.sql

CREATE FUNCTION health_dp.total_lower(text) RETURNS text
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'hdp_total_lower';
COMMENT ON FUNCTION health_dp.total_lower(text) IS 'lower case, NULL beyond 64 kB';
CREATE FUNCTION health_dp.total_upper(text) RETURNS text
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'hdp_total_upper';
COMMENT ON FUNCTION health_dp.total_upper(text) IS 'upper case, NULL beyond 64 kB';
CREATE FUNCTION health_dp.total_btrim(text) RETURNS text
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'hdp_total_btrim';
COMMENT ON FUNCTION health_dp.total_btrim(text) IS 'text without spaces around it, NULL beyond 64 kB';
CREATE FUNCTION health_dp.total_ltrim(text) RETURNS text
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'hdp_total_ltrim';
COMMENT ON FUNCTION health_dp.total_ltrim(text) IS 'text without spaces before it, NULL beyond 64 kB';
CREATE FUNCTION health_dp.total_rtrim(text) RETURNS text
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'hdp_total_rtrim';
COMMENT ON FUNCTION health_dp.total_rtrim(text) IS 'text without spaces after it, NULL beyond 64 kB';
CREATE FUNCTION health_dp.total_ilike(text, text) RETURNS boolean
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'hdp_total_ilike';
COMMENT ON FUNCTION health_dp.total_ilike(text, text) IS 'whether text matches a pattern in any case, NULL beyond 64 kB';
CREATE FUNCTION health_dp.total_not_ilike(text, text) RETURNS boolean
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'hdp_total_not_ilike';
COMMENT ON FUNCTION health_dp.total_not_ilike(text, text) IS 'whether text does not match a pattern in any case, NULL beyond 64 kB';

CREATE FUNCTION health_dp.total_spelling(float4) RETURNS float4
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'hdp_total_spelling_float4';
COMMENT ON FUNCTION health_dp.total_spelling(float4) IS 'the value with one zero and one NaN';
CREATE FUNCTION health_dp.total_spelling(float8) RETURNS float8
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'hdp_total_spelling_float8';
COMMENT ON FUNCTION health_dp.total_spelling(float8) IS 'the value with one zero and one NaN';
CREATE FUNCTION health_dp.total_spelling(numeric) RETURNS numeric
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'hdp_total_spelling_numeric';
COMMENT ON FUNCTION health_dp.total_spelling(numeric) IS 'the value without trailing zeros';
CREATE FUNCTION health_dp.total_spelling(bpchar) RETURNS bpchar
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'hdp_total_spelling_bpchar';
COMMENT ON FUNCTION health_dp.total_spelling(bpchar) IS 'the value without trailing blanks';
CREATE FUNCTION health_dp.total_spelling(interval) RETURNS interval
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'hdp_total_spelling_interval';
COMMENT ON FUNCTION health_dp.total_spelling(interval) IS 'the value in months and days as far as they go, of 30 days and 24 hours';

-- 84-suppression-policies.sql

ALTER TABLE health_dp.suppression_policy ADD CONSTRAINT suppression_policy_rule
        CHECK (patients > 0 OR units > 0 OR dominance_contributors > 0 OR p_percent > 0 OR hides_zeros OR no_class_disclosure
               OR rounding_base > 1 OR noise_deviation > 0) NOT VALID;
COMMENT ON CONSTRAINT suppression_policy_rule ON health_dp.suppression_policy IS 'it has no rule: give it one, such as patients => 11, or base it on another policy';
-- A policy without any rule stays as it is until it is altered.
DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM health_dp.suppression_policy p
                    WHERE NOT (p.patients > 0 OR p.units > 0 OR p.dominance_contributors > 0 OR p.p_percent > 0 OR p.hides_zeros
                               OR p.no_class_disclosure OR p.rounding_base > 1 OR p.noise_deviation > 0)) THEN
        ALTER TABLE health_dp.suppression_policy VALIDATE CONSTRAINT suppression_policy_rule;
    END IF;
END
$$;
COMMENT ON FUNCTION health_dp.create_suppression_policy IS
    'Makes a policy of small-cell suppression from another one, each rule of which may be overridden; without based_on, it has the rules that are named, one at least.';

-- 90-suppression.sql

-- The columns of a table or view, so that nobody types them: PostgreSQL knows the row type of NULL::counted before it runs
-- anything, and of a query's text it does not (docs/decisions/0003-columns-from-a-row-type.md).
CREATE FUNCTION health_dp.suppress_table(source anyelement, dimensions text[], measures text[], policy name DEFAULT NULL,
    project name DEFAULT NULL, hierarchies text[] DEFAULT NULL, totals text[] DEFAULT NULL, groupings text[] DEFAULT NULL,
    overlapping text[] DEFAULT NULL, revealing text[] DEFAULT NULL, units text[] DEFAULT NULL,
    build_margins boolean DEFAULT false) RETURNS SETOF anyelement
    LANGUAGE c VOLATILE AS 'MODULE_PATHNAME', 'hdp_suppression_table_of';
COMMENT ON FUNCTION health_dp.suppress_table(anyelement, text[], text[], name, name, text[], text[], text[], text[], text[], text[], boolean) IS
    'The cells of a table or view, given as NULL::counted, in its own columns: SELECT * FROM health_dp.suppress_table(NULL::counted, ''{region,age}'', ''{patients}'', policy => ''pcornet''). Measures of hidden cells are null; a boolean column hidden of the table or view is filled in. Columns that are neither are refused. Guarantees and does not guarantee what suppress_table() of a query does.';
REVOKE EXECUTE ON FUNCTION health_dp.suppress_table(anyelement, text[], text[], name, name, text[], text[], text[], text[], text[], text[], boolean) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION health_dp.suppress_table(anyelement, text[], text[], name, name, text[], text[], text[], text[], text[], text[], boolean) TO health_dp_steward, health_dp_auditor;

CREATE FUNCTION health_dp.round_table(source anyelement, dimensions text[], measures text[], base bigint, hierarchies text[] DEFAULT NULL,
    totals text[] DEFAULT NULL, groupings text[] DEFAULT NULL, overlapping text[] DEFAULT NULL, build_margins boolean DEFAULT false)
    RETURNS SETOF anyelement LANGUAGE c VOLATILE AS 'MODULE_PATHNAME', 'hdp_suppression_round_table_of';
COMMENT ON FUNCTION health_dp.round_table(anyelement, text[], text[], bigint, text[], text[], text[], text[], boolean) IS
    'The cells of a table or view, given as NULL::counted, rounded, in its own columns. Guarantees and does not guarantee what round_table() of a query does.';
REVOKE EXECUTE ON FUNCTION health_dp.round_table(anyelement, text[], text[], bigint, text[], text[], text[], text[], boolean) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION health_dp.round_table(anyelement, text[], text[], bigint, text[], text[], text[], text[], boolean) TO health_dp_steward, health_dp_auditor;

-- 92-suppression-records.sql

CREATE TABLE health_dp.suppression_record (
    record_id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT suppression_record_pkey PRIMARY KEY,
    recorded_at timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
    login_role name NOT NULL DEFAULT SESSION_USER,
    acting_role name NOT NULL,
    action text NOT NULL,
    project name,
    policy name,
    rules jsonb NOT NULL,
    tables text[] NOT NULL,
    dimensions text[] NOT NULL,
    measures text[] NOT NULL,
    digest text NOT NULL,
    cells bigint NOT NULL,
    primary_cells bigint NOT NULL,
    secondary_cells bigint NOT NULL,
    CONSTRAINT suppression_record_digest CHECK (digest ~ '^[0-9a-f]{64}$'),
    CONSTRAINT suppression_record_cells CHECK (primary_cells >= 0 AND secondary_cells >= 0 AND primary_cells + secondary_cells <= cells)
);
COMMENT ON TABLE health_dp.suppression_record IS
    'One row per table, or tables together, that suppress_table(), suppress_tables(), round_table() or round_tables() gave in a transaction that committed. Read through the view health_dp.suppressions.';
REVOKE ALL ON TABLE health_dp.suppression_record FROM PUBLIC;
SELECT pg_catalog.pg_extension_config_dump('health_dp.suppression_record', '');
SELECT pg_catalog.pg_extension_config_dump(
    pg_catalog.pg_get_serial_sequence('health_dp.suppression_record', 'record_id'), '');

CREATE FUNCTION health_dp.refuse_record_change() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RAISE EXCEPTION USING
        ERRCODE = 'ZD403',
        MESSAGE = format('which tables were suppressed stays on record: %s of %s refused', lower(TG_OP), TG_TABLE_NAME),
        HINT = 'A table that was suppressed again has a row of its own; which one was published is for your file to say.';
END
$$;
COMMENT ON FUNCTION health_dp.refuse_record_change() IS 'Trigger: which tables were suppressed stays on record.';
REVOKE EXECUTE ON FUNCTION health_dp.refuse_record_change() FROM PUBLIC;
CREATE TRIGGER kept BEFORE UPDATE OR DELETE ON health_dp.suppression_record FOR EACH ROW
    EXECUTE FUNCTION health_dp.refuse_record_change();
COMMENT ON TRIGGER kept ON health_dp.suppression_record IS 'What is on record stays.';
CREATE TRIGGER kept_all BEFORE TRUNCATE ON health_dp.suppression_record FOR EACH STATEMENT
    EXECUTE FUNCTION health_dp.refuse_record_change();
COMMENT ON TRIGGER kept_all ON health_dp.suppression_record IS 'What is on record stays.';
ALTER TABLE health_dp.suppression_record ENABLE ALWAYS TRIGGER kept;
ALTER TABLE health_dp.suppression_record ENABLE ALWAYS TRIGGER kept_all;

CREATE VIEW health_dp.suppressions AS
    SELECT r.record_id, r.recorded_at, r.login_role, r.acting_role, r.action, r.project, r.policy, r.rules, r.tables, r.dimensions,
           r.measures, r.digest, r.cells, r.primary_cells, r.secondary_cells,
           r.cells - r.primary_cells - r.secondary_cells AS shown_cells
      FROM health_dp.suppression_record r;
COMMENT ON VIEW health_dp.suppressions IS
    'Which tables were suppressed or rounded, when, by whom and under which rules. For officers and auditors, not for readers of the tables: how many cells a policy hid is more than these are told.';
COMMENT ON COLUMN health_dp.suppressions.login_role IS 'Who was connected.';
COMMENT ON COLUMN health_dp.suppressions.acting_role IS 'As whom: after SET ROLE, or inside a SECURITY DEFINER function, another one.';
COMMENT ON COLUMN health_dp.suppressions.policy IS 'The policy''s name; null where a project''s min_cell was the only rule, and where tables were rounded.';
COMMENT ON COLUMN health_dp.suppressions.rules IS
    'The policy''s rules as they were then, a project''s min_cell among them; of tables that were rounded, the base.';
COMMENT ON COLUMN health_dp.suppressions.digest IS
    'SHA-256 of what the cells came from: of each table its query''s text, as it was given (SELECT * FROM its name for a table or view), and of each dimension its hierarchies'', each with a zero byte behind it, and a zero byte behind each dimension.';
COMMENT ON COLUMN health_dp.suppressions.cells IS 'How many cells the tables have, those that they share counted once.';
COMMENT ON COLUMN health_dp.suppressions.primary_cells IS 'Hidden by a rule of the policy.';
COMMENT ON COLUMN health_dp.suppressions.secondary_cells IS 'Hidden to protect others, or because a table published before hides them.';
REVOKE ALL ON TABLE health_dp.suppressions FROM PUBLIC;
GRANT SELECT ON TABLE health_dp.suppressions TO health_dp_steward, health_dp_auditor;

-- 93-closed.sql

CREATE FUNCTION health_dp.is_granted_to_reader(relation text) RETURNS boolean
    LANGUAGE sql STABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
    SELECT EXISTS (SELECT FROM pg_catalog.pg_class c
                    CROSS JOIN LATERAL pg_catalog.aclexplode(coalesce(c.relacl, pg_catalog.acldefault('r', c.relowner))) a
                    WHERE c.oid = pg_catalog.to_regclass(relation) AND a.privilege_type = 'SELECT'
                      AND (a.grantee = 0 OR pg_catalog.pg_has_role(current_user, a.grantee, 'USAGE')))
$$;
COMMENT ON FUNCTION health_dp.is_granted_to_reader(text) IS
    'Internal: whether somebody granted SELECT on it to you, or to a role whose privileges you have.';
-- PUBLIC keeps EXECUTE: policies and views call it with their reader's privileges; pg_class says the same to everybody.

CREATE FUNCTION health_dp.refuse_write() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF NOT pg_has_role(current_user, (SELECT relowner FROM pg_catalog.pg_class WHERE oid = TG_RELID), 'USAGE') THEN
        RAISE EXCEPTION USING ERRCODE = 'insufficient_privilege',
            MESSAGE = format('permission denied for table %s', TG_TABLE_NAME),
            HINT = 'What health_dp knows is changed by its functions only.';
    END IF;
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION health_dp.refuse_write() IS
    'Trigger: nobody but the owner writes, through a view neither.';
REVOKE EXECUTE ON FUNCTION health_dp.refuse_write() FROM PUBLIC;

DO $$
DECLARE
    own record;
BEGIN
    FOR own IN
        SELECT c.oid::regclass AS relation, pg_catalog.format('%I.%I', n.nspname, c.relname) AS name, c.relkind AS kind,
               pg_catalog.pg_get_viewdef(c.oid) AS definition,
               EXISTS (SELECT FROM pg_catalog.aclexplode(c.relacl) a
                        WHERE a.grantee = 0 AND a.privilege_type = 'SELECT') AS is_public
          FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
          JOIN pg_catalog.pg_depend d ON d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid = c.oid
                                     AND d.deptype = 'e'
          JOIN pg_catalog.pg_extension e ON d.refclassid = 'pg_catalog.pg_extension'::pg_catalog.regclass
                                        AND e.oid = d.refobjid AND e.extname = 'health_dp'
         WHERE c.relkind IN ('r', 'v')
         ORDER BY c.oid
    LOOP
        IF own.kind = 'v' THEN
            CONTINUE WHEN own.is_public; -- chooses its rows by who reads
            -- A security barrier, so that no condition of the reader's sees a row first.
            EXECUTE pg_catalog.format('CREATE OR REPLACE VIEW %s WITH (security_barrier = true) AS SELECT v.* FROM (%s) v '
                'WHERE health_dp.is_granted_to_reader(%L)', own.name, pg_catalog.rtrim(own.definition, ';'), own.name);
            CONTINUE;
        END IF;
        -- Tables that are public are joined in releases, which take no policies.
        IF NOT own.is_public THEN
            EXECUTE pg_catalog.format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', own.name);
            EXECUTE pg_catalog.format('CREATE POLICY granted ON %s FOR SELECT USING (health_dp.is_granted_to_reader(%L))',
                                      own.name, own.name);
        END IF;
        -- Through a view that PostgreSQL can write through, the table's owner writes.
        EXECUTE pg_catalog.format('CREATE TRIGGER closed BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE ON %s '
            'FOR EACH STATEMENT %s EXECUTE FUNCTION health_dp.refuse_write()', own.name,
            CASE WHEN NOT own.is_public THEN pg_catalog.format('WHEN (pg_catalog.row_security_active(%L::text))', own.name) END);
        EXECUTE pg_catalog.format('COMMENT ON TRIGGER closed ON %s IS ''Nobody but the owner writes.''', own.name);
        EXECUTE pg_catalog.format('ALTER TABLE %s ENABLE ALWAYS TRIGGER closed', own.name);
    END LOOP;
END
$$;
