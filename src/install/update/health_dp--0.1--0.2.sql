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

CREATE TRIGGER final BEFORE UPDATE ON health_dp.ledger_day FOR EACH ROW
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

ALTER TABLE health_dp.suppressed_release ADD COLUMN public_contents text;
COMMENT ON COLUMN health_dp.suppressed_release.public_contents IS
    'What the public tables held that the project''s releases looked at: a digest for each table and set of columns; null in releases of 0.1.';

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
    EXECUTE FUNCTION health_dp.refuse_ledger_change();
COMMENT ON TRIGGER kept ON health_dp.public_change IS 'What was accepted stays on record.';
CREATE TRIGGER kept_all BEFORE TRUNCATE ON health_dp.public_change FOR EACH STATEMENT
    EXECUTE FUNCTION health_dp.refuse_ledger_change();
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
