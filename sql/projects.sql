-- Projects: what a steward writes, what is refused, and who may release from what.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS health_dp;
RESET client_min_messages;
CREATE SCHEMA regress_projects;
SET search_path = regress_projects;
CREATE ROLE regress_steward LOGIN IN ROLE health_dp_steward;
CREATE ROLE regress_auditor LOGIN IN ROLE health_dp_auditor;
CREATE ROLE regress_owner;
CREATE ROLE regress_team;
CREATE ROLE regress_alice LOGIN;
CREATE ROLE regress_bob LOGIN IN ROLE regress_team;
CREATE ROLE regress_carol LOGIN NOINHERIT IN ROLE regress_team;
CREATE ROLE regress_eve LOGIN;
GRANT USAGE ON SCHEMA regress_projects TO PUBLIC;
\getenv srcdir PG_ABS_SRCDIR
\set refusal :srcdir /sql/include/refusal.psql
\i :refusal
CREATE TABLE stay (stay_id integer PRIMARY KEY, patient_id bigint, hospital text, since timestamptz);
CREATE TABLE region (code text);
ALTER TABLE stay OWNER TO regress_owner;

SET SESSION AUTHORIZATION regress_steward;
SELECT health_dp.create_project('regress_emc2', title => 'GI bleeding', legal_basis => 'CNIL 2023-146',
    valid => '[2020-01-01,2999-01-01)', epsilon => 8, delta => 1e-6, min_cell => 11, releases => '{dp,suppressed}') > 0 AS ok;
SELECT health_dp.create_project('regress_all', 't', 'b', '[2020-01-01,2998-12-31]', 0.5, 0, 5, '{dp}', 0.1, 0.2, 0, 1e-9, 1, 2,
    3, 4) > 0 AS ok;
SELECT name, title, legal_basis, valid, epsilon, delta, min_cell, releases, suspended, default_epsilon, max_epsilon,
       default_delta, max_delta, default_groups_per_patient AS dg, max_groups_per_patient AS mg,
       default_rows_per_patient AS dr, max_rows_per_patient AS mr, created_by, min_epsilon, executions_per_day,
       time_limit_ms, memory_kb, temp_limit_kb
  FROM health_dp.projects WHERE name LIKE 'regress%' ORDER BY name \gx

-- Definitions that make no sense.
SELECT arguments, refusal(format('SELECT health_dp.create_project(%s)', arguments)) FROM (VALUES
    ($$'', 't', 'b', '[2020-01-01,2999-01-01)', 1$$),
    ($$'x', '  ', 'b', '[2020-01-01,2999-01-01)', 1$$),
    ($$'x', 't', NULL, '[2020-01-01,2999-01-01)', 1$$),
    ($$'x', 't', 'b', NULL, 1$$),
    ($$'x', 't', 'b', 'empty', 1$$),
    ($$'x', 't', 'b', '[2020-01-01,)', 1$$),
    ($$'x', 't', 'b', '(,2020-01-01)', 1$$),
    ($$'x', 't', 'b', '[2020-01-01,infinity)', 1$$),
    ($$'x', 't', 'b', '[2999-01-01,2020-01-01)', 1$$),
    ($$'x', 't', 'b', '[2020-01-01,2999-01-01)', NULL$$),
    ($$'x', 't', 'b', '[2020-01-01,2999-01-01)', 0$$),
    ($$'x', 't', 'b', '[2020-01-01,2999-01-01)', -1$$),
    ($$'x', 't', 'b', '[2020-01-01,2999-01-01)', 'NaN'$$),
    ($$'x', 't', 'b', '[2020-01-01,2999-01-01)', 'Infinity'$$),
    ($$'x', 't', 'b', '[2020-01-01,2999-01-01)', 1e-19$$),
    ($$'x', 't', 'b', '[2020-01-01,2999-01-01)', 1, NULL$$),
    ($$'x', 't', 'b', '[2020-01-01,2999-01-01)', 1, -1e-9$$),
    ($$'x', 't', 'b', '[2020-01-01,2999-01-01)', 1, 1$$),
    ($$'x', 't', 'b', '[2020-01-01,2999-01-01)', 1, 'NaN'$$),
    ($$'x', 't', 'b', '[2020-01-01,2999-01-01)', 1, min_cell => 0$$),
    ($$'x', 't', 'b', '[2020-01-01,2999-01-01)', 1, releases => '{}'$$),
    ($$'x', 't', 'b', '[2020-01-01,2999-01-01)', 1, releases => '{dp,raw}'$$),
    ($$'x', 't', 'b', '[2020-01-01,2999-01-01)', 1, releases => '{dp,NULL}'$$),
    ($$'x', 't', 'b', '[2020-01-01,2999-01-01)', 1, default_epsilon => 2, max_epsilon => 1$$),
    ($$'x', 't', 'b', '[2020-01-01,2999-01-01)', 1, max_epsilon => 0$$),
    ($$'x', 't', 'b', '[2020-01-01,2999-01-01)', 1, default_delta => 0.2, max_delta => 0.1$$),
    ($$'x', 't', 'b', '[2020-01-01,2999-01-01)', 1, max_delta => 2$$),
    ($$'x', 't', 'b', '[2020-01-01,2999-01-01)', 1, default_groups_per_patient => 0$$),
    ($$'x', 't', 'b', '[2020-01-01,2999-01-01)', 1, default_rows_per_patient => 2000$$),
    ($$'x', 't', 'b', '[2020-01-01,2999-01-01)', 1, max_rows_per_patient => NULL$$),
    ($$'x', 't', 'b', '[2020-01-01,2999-01-01)', 1, min_epsilon => 0$$),
    ($$'x', 't', 'b', '[2020-01-01,2999-01-01)', 1, min_epsilon => 'NaN'$$),
    ($$'x', 't', 'b', '[2020-01-01,2999-01-01)', 1, min_epsilon => 1e-19$$),
    ($$'x', 't', 'b', '[2020-01-01,2999-01-01)', 1, min_epsilon => 1.1$$),
    ($$'x', 't', 'b', '[2020-01-01,2999-01-01)', 1, min_epsilon => 0.6, max_epsilon => 0.5$$),
    ($$'x', 't', 'b', '[2020-01-01,2999-01-01)', 1, min_epsilon => 0.4, default_epsilon => 0.3$$),
    ($$'x', 't', 'b', '[2020-01-01,2999-01-01)', 1, default_epsilon => 0.00009$$),
    ($$'x', 't', 'b', '[2020-01-01,2999-01-01)', 1, executions_per_day => -1$$),
    ($$'regress_emc2', 't', 'b', '[2020-01-01,2999-01-01)', 1$$)) t(arguments);

-- What one execution costs at least, how many a day has, what a room takes.
SELECT health_dp.set_min_epsilon('regress_emc2', 0.05), health_dp.limit_executions('regress_emc2', 20),
       health_dp.limit_room('regress_emc2', '90 seconds', 16, temp_mb => 1024);
SELECT min_epsilon, executions_per_day, time_limit_ms, memory_kb, temp_limit_kb FROM health_dp.projects WHERE name = 'regress_emc2';
SELECT project, min_epsilon FROM health_dp.budget WHERE project LIKE 'regress%' ORDER BY project;
SELECT call, refusal(format('SELECT health_dp.%s', call)) FROM (VALUES ($$set_min_epsilon('regress_emc2', 9)$$),
    ($$set_min_epsilon('regress_emc2', -1)$$), ($$set_min_epsilon('regress_all', 0.15)$$), ($$set_min_epsilon('regress_none', 1)$$),
    ($$limit_executions('regress_emc2', -1)$$), ($$limit_executions('regress_none', 1)$$),
    ($$limit_room('regress_emc2', '10 minutes 1 second')$$), ($$limit_room('regress_emc2', '0')$$),
    ($$limit_room('regress_emc2', '-1 day')$$), ($$limit_room('regress_emc2', '1 year')$$),
    ($$limit_room('regress_emc2', memory_mb => 65)$$), ($$limit_room('regress_emc2', memory_mb => 0)$$),
    ($$limit_room('regress_emc2', temp_mb => 10241)$$), ($$limit_room('regress_emc2', temp_mb => 2147483647)$$),
    ($$limit_room('regress_none', '1 second')$$)) c(call);
-- Left out, they are what nobody had said: a ten-thousandth of the budget but never above the ceiling, the server's settings.
SELECT health_dp.set_min_epsilon('regress_emc2'), health_dp.limit_executions('regress_emc2'), health_dp.limit_room('regress_emc2');
SELECT min_epsilon, executions_per_day, time_limit_ms, memory_kb, temp_limit_kb FROM health_dp.projects WHERE name = 'regress_emc2';
SELECT health_dp.create_project('regress_' || name, 't', 'b', '[2020-01-01,2999-01-01)', epsilon, max_epsilon => ceiling,
    executions_per_day => 0) > 0 AS ok FROM (VALUES ('tiny', 1e-18, NULL), ('low', 1000000, 0.5), ('odd', 1.00000000000001, NULL)) p(name, epsilon, ceiling);
SELECT name, min_epsilon, executions_per_day FROM health_dp.projects WHERE name IN ('regress_tiny', 'regress_low', 'regress_odd') ORDER BY 1;

-- Members.
RESET SESSION AUTHORIZATION;
SELECT id AS emc2 FROM health_dp.project WHERE name = 'regress_emc2' \gset
SET SESSION AUTHORIZATION regress_steward;
SELECT health_dp.add_member('regress_emc2', 'regress_alice');
SELECT health_dp.add_member('regress_emc2', 'regress_team');
SELECT refusal($$SELECT health_dp.add_member('regress_emc2', 'regress_alice')$$);
SELECT refusal($$SELECT health_dp.add_member('regress_none', 'regress_alice')$$);
SELECT refusal($$SELECT health_dp.add_member(NULL, 'regress_alice')$$);
SELECT refusal($$SELECT health_dp.add_member('regress_emc2', NULL)$$);
SELECT refusal($$SELECT health_dp.add_member('regress_emc2', 'regress_nowhere')$$);
SELECT refusal($$SELECT health_dp.add_member('regress_emc2', 'pg_monitor')$$);
SELECT refusal($$SELECT health_dp.remove_member('regress_emc2', 'regress_eve')$$);
SELECT project, member, added_by, in_force FROM health_dp.project_members WHERE project = 'regress_emc2' ORDER BY member;

-- Who may release: the check that the planner, the executor and the ledger's worker make as well.
SET SESSION AUTHORIZATION regress_alice;
SELECT health_dp.check_project('regress_emc2');
SELECT refusal($$SELECT health_dp.check_project('regress_all')$$);
SELECT refusal($$SELECT health_dp.check_project('regress_none')$$);
SELECT refusal($$SELECT health_dp.check_project(NULL)$$);
SELECT name FROM health_dp.projects WHERE name LIKE 'regress%';
SET SESSION AUTHORIZATION regress_bob;
SELECT refusal($$SELECT health_dp.check_project('regress_emc2')$$) AS bob_inherits;
SET SESSION AUTHORIZATION regress_carol;
SELECT refusal($$SELECT health_dp.check_project('regress_emc2')$$) AS carol_does_not_inherit;
SET SESSION AUTHORIZATION regress_eve;
SELECT refusal($$SELECT health_dp.check_project('regress_emc2')$$) AS eve_is_nobody;
SELECT count(*) FROM health_dp.projects WHERE name LIKE 'regress%';
-- Nobody is told about others; a role's members are told about the role.
SELECT r.rolname, health_dp.is_member(:emc2, r.oid) FROM pg_roles r
 WHERE r.rolname IN ('regress_alice', 'regress_eve', 'regress_team', 'regress_bob') ORDER BY 1;
SET SESSION AUTHORIZATION regress_bob;
SELECT r.rolname, health_dp.is_member(:emc2, r.oid) FROM pg_roles r
 WHERE r.rolname IN ('regress_alice', 'regress_team', 'regress_bob') ORDER BY 1;
SET SESSION AUTHORIZATION regress_auditor;
SELECT r.rolname, health_dp.is_member(:emc2, r.oid) FROM pg_roles r
 WHERE r.rolname IN ('regress_alice', 'regress_team', 'regress_eve') ORDER BY 1;
SELECT health_dp.is_member(:emc2, 0), health_dp.is_member(-1, 'regress_alice'::regrole);
SET SESSION AUTHORIZATION regress_eve;
SELECT refusal($$SELECT * FROM health_dp.$$ || t) FROM (VALUES
    ('project'), ('project_member'), ('granted_table'), ('project_members'), ('granted_tables')) v(t);
SELECT refusal($$SELECT health_dp.$$ || call) FROM (VALUES
    ($$create_project('x', 't', 'b', '[2020-01-01,2999-01-01)', 1)$$), ($$extend_project('regress_emc2', '3000-01-01')$$),
    ($$suspend_project('regress_emc2', 'x')$$), ($$resume_project('regress_emc2')$$),
    ($$add_member('regress_emc2', 'regress_eve')$$), ($$remove_member('regress_emc2', 'regress_alice')$$),
    ($$grant_table('regress_emc2', 'stay')$$), ($$revoke_table('regress_emc2', 'stay')$$),
    ($$read_row_filter('stay'::regclass, NULL)$$), ($$filter_in_force(1, 'stay'::regclass)$$),
    ($$grant_closed_because(1, 'stay'::regclass)$$),
    ($$set_min_epsilon('regress_emc2', 1)$$), ($$limit_executions('regress_emc2', 0)$$), ($$limit_room('regress_emc2')$$),
    ($$least_epsilon(1, 1)$$), ($$check_min_epsilon(1, 1, 1, 1)$$), ($$check_executions(1)$$),
    ($$check_room_limit('x', 1, 'x', 1)$$), ($$lock_project('regress_emc2')$$), ($$grant_in_force(1, 'stay'::regclass)$$)) v(call);
RESET SESSION AUTHORIZATION;
-- Superusers are members of nothing, and both users count: who logged in, and who is asking.
SELECT refusal($$SELECT health_dp.check_project('regress_emc2')$$) AS superuser;
SET ROLE regress_alice;
SELECT refusal($$SELECT health_dp.check_project('regress_emc2')$$) AS superuser_as_alice;
RESET ROLE;
GRANT regress_eve TO regress_alice;
SET SESSION AUTHORIZATION regress_alice;
SET ROLE regress_eve;
SELECT refusal($$SELECT health_dp.check_project('regress_emc2')$$) AS alice_as_eve;
RESET SESSION AUTHORIZATION;
REVOKE regress_eve FROM regress_alice;
CREATE FUNCTION lend() RETURNS text LANGUAGE sql SECURITY DEFINER SET search_path = regress_projects
    AS $$SELECT refusal($q$SELECT health_dp.check_project('regress_emc2')$q$)$$;
ALTER FUNCTION lend() OWNER TO regress_alice;
SET SESSION AUTHORIZATION regress_alice;
SELECT lend() AS alice_on_her_own_rights;
SET SESSION AUTHORIZATION regress_eve;
SELECT lend() AS eve_on_alices_rights;
RESET SESSION AUTHORIZATION;
-- A steward's function does not lend the stewards' rights either.
ALTER FUNCTION lend() OWNER TO regress_steward;
CREATE OR REPLACE FUNCTION lend() RETURNS text LANGUAGE sql SECURITY DEFINER SET search_path = regress_projects
    AS $$SELECT refusal($q$SELECT health_dp.suspend_project('regress_emc2', 'x')$q$)$$;
SET SESSION AUTHORIZATION regress_eve;
SELECT lend() AS eve_on_stewards_rights;
-- A member who becomes a steward stops being able to release.
RESET SESSION AUTHORIZATION;
GRANT health_dp_steward TO regress_alice;
SET SESSION AUTHORIZATION regress_alice;
SELECT refusal($$SELECT health_dp.check_project('regress_emc2')$$) AS member_and_steward;
RESET SESSION AUTHORIZATION;
REVOKE health_dp_steward FROM regress_alice;
-- A renamed role is a member no more, nor is whoever gets its old name.
ALTER ROLE regress_alice RENAME TO regress_alicia;
SELECT member, in_force FROM health_dp.project_members WHERE project = 'regress_emc2' ORDER BY member;
CREATE ROLE regress_alice;
SELECT health_dp.is_member(p.id, r.oid), r.rolname FROM health_dp.project p, pg_roles r
 WHERE p.name = 'regress_emc2' AND r.rolname IN ('regress_alice', 'regress_alicia') ORDER BY 2;
DROP ROLE regress_alice;
SELECT health_dp.add_member('regress_emc2', 'regress_alicia');
ALTER ROLE regress_alicia RENAME TO regress_alice;
SELECT health_dp.remove_member('regress_emc2', 'regress_alicia');
SELECT health_dp.add_member('regress_emc2', 'regress_alice');

-- Validity, suspension, kinds of release.
SET SESSION AUTHORIZATION regress_steward;
SELECT health_dp.create_project('regress_past', 't', 'b', '[2020-01-01,2021-01-01)', 1) > 0 AS ok;
SELECT health_dp.create_project('regress_future', 't', 'b', '[2998-01-01,2999-01-01)', 1) > 0 AS ok;
SELECT health_dp.create_project('regress_hidden', 't', 'b', '[2020-01-01,2999-01-01)', 1, releases => '{suppressed,rows}') > 0
    AS ok;
SELECT health_dp.add_member(name, 'regress_alice') FROM (VALUES ('regress_past'::name), ('regress_future'),
    ('regress_hidden')) p(name);
SELECT health_dp.suspend_project('regress_emc2', 'objection under review');
SELECT refusal($$SELECT health_dp.suspend_project('regress_emc2', ' ')$$);
SELECT refusal($$SELECT health_dp.suspend_project('regress_none', 'x')$$);
SET SESSION AUTHORIZATION regress_alice;
SELECT refusal(format('SELECT health_dp.check_project(%L)', name)) FROM (VALUES ('regress_past'), ('regress_future'),
    ('regress_hidden'), ('regress_emc2')) p(name);
SELECT suspended, suspended_because FROM health_dp.projects WHERE name = 'regress_emc2';
SET SESSION AUTHORIZATION regress_steward;
SELECT health_dp.resume_project('regress_emc2');
SELECT refusal($$SELECT health_dp.resume_project('regress_emc2')$$);
SELECT health_dp.extend_project('regress_past', '2999-01-01');
SELECT valid FROM health_dp.projects WHERE name = 'regress_past';
SELECT refusal($$SELECT health_dp.extend_project('regress_past', '2998-01-01')$$);
SELECT refusal($$SELECT health_dp.extend_project('regress_past', NULL)$$);
SELECT refusal($$SELECT health_dp.extend_project('regress_past', 'infinity')$$);
SET SESSION AUTHORIZATION regress_alice;
SELECT refusal($$SELECT health_dp.check_project('regress_past')$$) AS extended,
       refusal($$SELECT health_dp.check_project('regress_emc2')$$) AS resumed;
-- A change counts at once in its own transaction, also at REPEATABLE READ; one that was rolled back does not.
RESET SESSION AUTHORIZATION;
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT health_dp.suspend_project('regress_emc2', 'x');
SET LOCAL SESSION AUTHORIZATION regress_alice;
SELECT refusal($$SELECT health_dp.check_project('regress_emc2')$$);
ROLLBACK;
SET SESSION AUTHORIZATION regress_alice;
SELECT refusal($$SELECT health_dp.check_project('regress_emc2')$$);

-- Grants. The steward is not the table's owner; the owner agreed by protecting it.
RESET SESSION AUTHORIZATION;
SET SESSION AUTHORIZATION regress_steward;
SELECT refusal($$SELECT health_dp.grant_table('regress_emc2', 'stay')$$) AS not_protected;
RESET SESSION AUTHORIZATION;
SECURITY LABEL FOR health_dp ON TABLE stay IS 'protected(patient_id)';
SET SESSION AUTHORIZATION regress_steward;
SELECT refusal($$SELECT health_dp.grant_table('regress_emc2', 'stay')$$) AS label_without_walls;
SELECT refusal($$SELECT health_dp.protect('stay', 'patient_id')$$) AS not_the_owner;
RESET SESSION AUTHORIZATION;
GRANT regress_owner TO regress_steward;
SET SESSION AUTHORIZATION regress_steward;
SELECT health_dp.protect('stay', 'patient_id');
RESET SESSION AUTHORIZATION;
REVOKE regress_owner FROM regress_steward;
SELECT health_dp.declare_public('region');
SET SESSION AUTHORIZATION regress_steward;
SELECT refusal($$SELECT health_dp.grant_table('regress_emc2', 'region')$$);
SELECT refusal($$SELECT health_dp.grant_table('regress_emc2', NULL)$$);
SELECT refusal($$SELECT health_dp.grant_table('regress_none', 'stay')$$);
SELECT filter, refusal(format('SELECT health_dp.grant_table(''regress_emc2'', ''stay'', row_filter => %L)', filter)) FROM (VALUES
    (''), ('hospital'), ('missing = 1'), ('hospital = ''HCL'') OR (true'), ('true) FROM pg_class WHERE (true'), ('true), (true'),
    ('true) AS x --'), ('true) --'), ('true) /*'), ('true); DROP TABLE stay; SELECT (true'), ('true) UNION SELECT (true'),
    ('1) INTO x FROM (SELECT 1'), ('true) LIMIT (1'), ('hospital, true'), ('SELECT true'), 
    ('EXISTS (SELECT FROM regress_projects.region)'),
    ('hospital IN (SELECT code FROM regress_projects.region)'), ('hospital = current_user'), ('since > now()'), ('random() < 0.5'),
    ('ctid = ''(0,1)'''), ('tableoid = 1'), ('stay IS NOT NULL'), ('count(*) > 1'), ('$1'), ('NULL::text')) f(filter);
SELECT count(*) FROM pg_policy WHERE polrelid = 'stay'::regclass AND polname LIKE 'health\_dp project%';
SELECT health_dp.grant_table('regress_emc2', 'stay', row_filter => $$hospital IN ('HCL', 'CLB') -- Lyon$$);
SELECT refusal($$SELECT health_dp.grant_table('regress_emc2', 'stay')$$);
SELECT health_dp.grant_table('regress_all', 'stay');
SELECT health_dp.grant_table('regress_past', 'stay', row_filter => 'NULL');
SELECT project, relation, row_filter, granted_by, in_force, filter_in_force FROM health_dp.granted_tables
 WHERE relation = 'stay'::regclass ORDER BY project;
SELECT refusal($$SELECT health_dp.revoke_table('regress_future', 'stay')$$);
SELECT refusal($$SELECT health_dp.revoke_table('regress_none', 'stay')$$);
SELECT refusal($$SELECT health_dp.revoke_table('regress_emc2', NULL)$$);
SELECT health_dp.revoke_table('regress_all', 'stay');
SELECT health_dp.revoke_table('regress_past', 'stay');
SET SESSION AUTHORIZATION regress_auditor;
SELECT project, filter_in_force FROM health_dp.granted_tables WHERE relation = 'stay'::regclass;
SELECT refusal($$SELECT health_dp.revoke_table('regress_emc2', 'stay')$$);
-- Nobody else sees it: the table itself shows its gate and no more, and was not changed.
RESET SESSION AUTHORIZATION;
SELECT polname FROM pg_policy WHERE polrelid = 'stay'::regclass ORDER BY polname;
SELECT schema_name, table_name, condition, column_numbers, column_names, column_types FROM health_dp.granted_table
 WHERE relation = 'stay'::regclass;
-- Whatever the record rests on closes the grant when it changes.
CREATE FUNCTION after(change text) RETURNS TABLE (in_force boolean, filter_in_force text, closed_because text)
    LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE change;
    SELECT g.in_force, g.filter_in_force, g.closed_because INTO in_force, filter_in_force, closed_because
      FROM health_dp.granted_tables g WHERE g.project = 'regress_emc2';
    RAISE EXCEPTION USING ERRCODE = 'P0001', MESSAGE = 'back';
EXCEPTION WHEN raise_exception THEN
    RETURN NEXT;
END
$$;
SELECT change, a.* FROM (VALUES ('SELECT 1'),
    ('ALTER TABLE stay RENAME hospital TO clinic'),
    ('ALTER TABLE stay DROP hospital'),
    ('ALTER TABLE stay DROP hospital; ALTER TABLE stay ADD hospital text'),
    ('ALTER TABLE stay RENAME hospital TO clinic; ALTER TABLE stay ADD hospital text'),
    ('ALTER TABLE stay ALTER hospital TYPE varchar(20)'),
    ('ALTER TABLE stay RENAME TO visit'),
    ('ALTER TABLE stay RENAME TO visit; CREATE TABLE stay (LIKE visit)'),
    ('ALTER TABLE stay SET SCHEMA public'),
    ('ALTER SCHEMA regress_projects RENAME TO regress_moved'),
    ('DROP TABLE stay'),
    ('UPDATE health_dp.granted_table SET schema_name = NULL'),
    ('UPDATE health_dp.granted_table SET column_names = NULL'),
    ('UPDATE health_dp.granted_table SET column_numbers = ''{}'''),
    ('UPDATE health_dp.granted_table SET column_numbers = ''{4}'''),
    ('UPDATE health_dp.granted_table SET column_numbers = ''{NULL}'''),
    ('UPDATE health_dp.granted_table SET column_types = ''{int}'''),
    ('UPDATE health_dp.granted_table SET column_names = ''{}'', column_numbers = ''{}'', column_types = ''{}'''),
    ('UPDATE health_dp.granted_table SET condition = ''patient_id = 4711'''),
    ('UPDATE health_dp.granted_table SET condition = ''hospital = '''),
    ('UPDATE health_dp.granted_table SET condition = ''hospital IN (SELECT ''''a'''')'''),
    ('UPDATE health_dp.granted_table SET condition = ''hospital::integer = 1'''),
    ('ALTER TABLE stay DROP since; ALTER TABLE stay ADD doctor text'),
    ('ALTER TABLE stay RENAME since TO until')) c(change) CROSS JOIN LATERAL after(change) a;
SELECT closed_because FROM after('DELETE FROM health_dp.granted_table');
-- A number of a table that is gone opens no other table; a record of columns that are not there comes in closed.
BEGIN;
DELETE FROM health_dp.granted_table WHERE relation = 'stay'::regclass;
INSERT INTO health_dp.granted_table (project_id, relation, schema_name, table_name, condition, column_names, column_types)
    VALUES (:emc2, 'stay', 'regress_projects', 'visit', NULL, '{}', '{}'),
           (:emc2, 'region', 'regress_projects', 'region', 'town = 1', '{town}', '{integer}');
SELECT relation, column_numbers FROM health_dp.granted_table WHERE project_id = :emc2 ORDER BY 1;
SELECT relation, in_force, closed_because FROM health_dp.granted_tables WHERE project = 'regress_emc2' ORDER BY 1;
-- What is closed is granted again, without anything to revoke.
SELECT health_dp.grant_table('regress_emc2', 'stay', 'stay_id > 0');
SELECT relation, in_force, filter_in_force FROM health_dp.granted_tables WHERE relation = 'stay'::regclass;
ROLLBACK;

-- Settings do not change what a filter says; names in other schemas are qualified.
CREATE TYPE mood AS ENUM ('low', 'high');
CREATE TABLE visit (patient_id bigint, mood mood, day date, at timestamptz, long interval, size float8, code bytea,
    hospital varchar(9));
ALTER TABLE visit OWNER TO regress_owner;
GRANT USAGE ON SCHEMA regress_projects TO regress_owner;
SELECT health_dp.protect('visit', 'patient_id');
SET datestyle = 'SQL, DMY'; SET timezone = 'Europe/Paris'; SET intervalstyle = 'iso_8601'; SET extra_float_digits = -3;
SELECT health_dp.grant_table('regress_emc2', 'visit', row_filter => $$mood = 'high' AND day > '02/03/2024'
    AND at < '01/02/2024 00:00' AND size < 0.30000000000000004 AND hospital LIKE 'a%' AND hospital <> E'\\'$$);
RESET datestyle; RESET timezone; RESET intervalstyle; RESET extra_float_digits;
SELECT condition, column_names, column_types FROM health_dp.granted_table WHERE relation = 'visit'::regclass;
SET datestyle = 'SQL, DMY'; SET timezone = 'Asia/Tokyo'; SET standard_conforming_strings = off; SET quote_all_identifiers = on;
SET search_path = regress_projects, pg_catalog;
SELECT in_force FROM health_dp.granted_tables WHERE relation = 'visit'::regclass;
RESET datestyle; RESET timezone; RESET standard_conforming_strings; RESET quote_all_identifiers;
SET search_path = regress_projects;
-- PostgreSQL would say the value.
BEGIN;
ALTER TYPE mood RENAME VALUE 'high' TO 'up';
SELECT in_force, filter_in_force, closed_because FROM health_dp.granted_tables WHERE relation = 'visit'::regclass;
SELECT refusal(format($$SELECT health_dp.filter_in_force(%s, 'visit'::regclass)$$, :emc2));
SELECT refusal(format($$SELECT health_dp.filter_in_force(%s, 'region'::regclass)$$, :emc2));
SELECT refusal('SELECT health_dp.read_row_filter(4000000000, NULL)');
ROLLBACK;

-- Nothing that a user wrote runs for a filter, neither when it is granted nor later.
CREATE FUNCTION evil(anyelement) RETURNS boolean LANGUAGE plpgsql IMMUTABLE
    AS $$ BEGIN RAISE NOTICE 'evil ran as %', current_user; RETURN true; END $$;
CREATE FUNCTION evil() RETURNS boolean LANGUAGE sql IMMUTABLE AS $$ SELECT regress_projects.evil(1) $$;
CREATE DOMAIN sly AS text CHECK (regress_projects.evil(VALUE));
CREATE TYPE pair AS (part sly);
CREATE OPERATOR === (FUNCTION = evil, RIGHTARG = anyelement);
ALTER TABLE stay ADD sly sly, ADD slies sly[], ADD pair pair;
SET SESSION AUTHORIZATION regress_steward;
CREATE TEMPORARY TABLE passing (n integer);
SELECT filter, split_part(refusal(format('SELECT health_dp.grant_table(''regress_all'', ''stay'', row_filter => %L)', filter)),
                          E'\n', 1)
  FROM (VALUES ('regress_projects.evil()'), ('regress_projects.evil(hospital)'), ('regress_projects.evil(1)'),
    ('OPERATOR(regress_projects.===) 1'), ('hospital = ''x''::regress_projects.sly'),
    ('''{x}''::regress_projects.sly[] IS NULL'), ('''(x)''::regress_projects.pair IS NULL'),
    ('regress_projects._sly(''{x}'') IS NULL'), ('regress_projects.pair(''(x)'') IS NULL'), ('slies = ''{x}'''),
    ('pair = ''(x)'''), ('coalesce(stay, ''(1,2,a,,x,,)'') IS NULL'), ('coalesce(stay.*, ''(1,2,a,,x,,)'') IS NULL'),
    ('(pair).part = ''x'''), ('''(1)''::pg_temp.passing IS NULL'), ('hospital::integer = 1'),
    ('md5(hospital) = ''a'''), ('hospital ~ ''a'''), ('1/0 = 1')) f(filter);
SELECT health_dp.grant_table('regress_all', 'stay', 'regress_projects.stay.hospital = ''a'' AND sly = ''x''');
SELECT filter_in_force FROM health_dp.granted_tables WHERE project = 'regress_all';
DROP TABLE passing;
RESET SESSION AUTHORIZATION;
-- However it got into the record.
SELECT condition, a.closed_because
  FROM (VALUES ('regress_projects.evil()'), ('''{x}''::regress_projects.sly[] IS NULL'),
    ('hospital = ''a'' OR regress_projects.evil(hospital)')) c(condition)
 CROSS JOIN LATERAL after(format('UPDATE health_dp.granted_table SET condition = %L WHERE relation = ''stay''::regclass;
    DELETE FROM health_dp.granted_table WHERE relation = ''visit''::regclass', condition)) a;
-- No lock that keeps others from reading or loading.
BEGIN;
SELECT health_dp.revoke_table('regress_all', 'stay');
SELECT health_dp.grant_table('regress_all', 'stay', 'stay_id > 0');
SELECT DISTINCT mode FROM pg_locks WHERE relation = 'stay'::regclass AND pid = pg_backend_pid() ORDER BY 1;
ROLLBACK;
SELECT health_dp.revoke_table('regress_emc2', 'visit');

-- Who cannot be a member: whoever gets around the walls, directly or through another role.
CREATE ROLE regress_super SUPERUSER;
CREATE ROLE regress_loader BYPASSRLS;
CREATE ROLE regress_maker CREATEROLE;
CREATE ROLE regress_copier REPLICATION;
CREATE ROLE regress_indirect NOINHERIT IN ROLE regress_loader;
CREATE ROLE regress_group;
GRANT regress_group TO regress_maker;
CREATE ROLE regress_reader IN ROLE pg_read_all_data;
CREATE ROLE regress_files IN ROLE pg_read_server_files;
CREATE ROLE regress_granted;
GRANT TRIGGER ON stay TO regress_granted;
CREATE ROLE regress_column;
GRANT SELECT (hospital), REFERENCES (stay_id) ON stay TO regress_column;
SET SESSION AUTHORIZATION regress_steward;
SELECT refusal(format('SELECT health_dp.add_member(''regress_all'', %L)', member)) FROM (VALUES ('regress_super'),
    ('regress_loader'), ('regress_maker'), ('regress_copier'), ('regress_indirect'), ('regress_group'), ('regress_reader'),
    ('regress_files'), ('regress_granted'), ('regress_column'), ('regress_owner'), ('regress_steward'),
    ('health_dp_steward')) m(member);

RESET SESSION AUTHORIZATION;
SET client_min_messages = warning;
DROP SCHEMA regress_projects CASCADE;
-- The table is gone: its grant stays on record, and is not in force.
SELECT project, in_force FROM health_dp.granted_tables WHERE project = 'regress_emc2';
DELETE FROM health_dp.granted_table g USING health_dp.project p WHERE p.id = g.project_id AND p.name LIKE 'regress\_%';
DELETE FROM health_dp.project_member m USING health_dp.project p WHERE p.id = m.project_id AND p.name LIKE 'regress\_%';
DELETE FROM health_dp.project WHERE name LIKE 'regress\_%';
DROP ROLE regress_steward, regress_auditor, regress_owner, regress_team, regress_alice, regress_bob, regress_carol, regress_eve,
    regress_super, regress_loader, regress_maker, regress_copier, regress_indirect, regress_group, regress_reader, regress_files,
    regress_granted, regress_column;
