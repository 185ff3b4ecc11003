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

-- Not below the last digit that exact decimals hold.
CREATE FUNCTION health_dp.least_epsilon(epsilon numeric, max_epsilon numeric) RETURNS numeric
    LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp
    AS $$ SELECT trim_scale(least(ceil(epsilon * 1e14) * 1e-18, max_epsilon)) $$;
COMMENT ON FUNCTION health_dp.least_epsilon(numeric, numeric) IS
    'Internal: what a dp execution costs at least where a steward says nothing: a ten-thousandth of the budget, or the '
    'ceiling of one execution if that is less.';
REVOKE EXECUTE ON FUNCTION health_dp.least_epsilon(numeric, numeric) FROM PUBLIC;

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
