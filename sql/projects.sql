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
CREATE FUNCTION refusal(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE state text; message text; detail text; hint text;
BEGIN
    EXECUTE statement;
    RETURN 'accepted';
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL,
        hint = PG_EXCEPTION_HINT;
    RETURN concat_ws(E'\n', state || ': ' || message, 'DETAIL: ' || nullif(detail, ''), 'HINT: ' || nullif(hint, ''));
END
$$;
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
SELECT refusal($$SELECT * FROM health_dp.$$ || t) FROM (VALUES
    ('project'), ('project_member'), ('granted_table'), ('project_members'), ('granted_tables')) v(t);
SELECT refusal($$SELECT health_dp.$$ || call) FROM (VALUES
    ($$create_project('x', 't', 'b', '[2020-01-01,2999-01-01)', 1)$$), ($$extend_project('regress_emc2', '3000-01-01')$$),
    ($$suspend_project('regress_emc2', 'x')$$), ($$resume_project('regress_emc2')$$),
    ($$add_member('regress_emc2', 'regress_eve')$$), ($$remove_member('regress_emc2', 'regress_alice')$$),
    ($$grant_table('regress_emc2', 'stay')$$), ($$revoke_table('regress_emc2', 'stay')$$),
    ($$write_row_filter(1, 'stay'::regclass, NULL)$$), ($$drop_grant(1, 'stay')$$),
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
-- A record without its policy, or with one that somebody changed in kind, grants nothing; nor does a policy alone.
RESET SESSION AUTHORIZATION;
SELECT format('DROP POLICY %I ON stay', polname) AS drop_policy, format('CREATE POLICY %I ON stay', polname) AS create_policy
  FROM pg_policy WHERE polrelid = 'stay'::regclass AND polname LIKE 'health\_dp project%' \gset
:drop_policy;
SELECT project, in_force FROM health_dp.granted_tables WHERE relation = 'stay'::regclass;
SELECT split_part(refusal(format($$SELECT health_dp.filter_in_force(%s, 'stay'::regclass)$$, id)), E'\n', 1)
  FROM health_dp.project WHERE name = 'regress_emc2';
:create_policy FOR SELECT TO regress_alice USING (true);
SELECT project, in_force FROM health_dp.granted_tables WHERE relation = 'stay'::regclass;
:drop_policy;
:create_policy FOR SELECT USING (true);
SELECT project, in_force FROM health_dp.granted_tables WHERE relation = 'stay'::regclass;
:drop_policy;
:create_policy FOR SELECT USING (health_dp.gate() AND true);
SELECT project, in_force FROM health_dp.granted_tables WHERE relation = 'stay'::regclass;
DELETE FROM health_dp.granted_table WHERE relation = 'stay'::regclass;
SELECT health_dp.grant_in_force(id, 'stay'::regclass) FROM health_dp.project WHERE name = 'regress_emc2';
-- Granting again clears what was left.
SELECT health_dp.grant_table('regress_emc2', 'stay', 'stay_id > 0');
SELECT filter_in_force FROM health_dp.granted_tables WHERE relation = 'stay'::regclass;
-- Its policy is permissive: it must not stay behind when the gate goes with the extension.
BEGIN;
SET LOCAL client_min_messages = warning;
DROP EXTENSION health_dp CASCADE;
SELECT count(*) AS policies_left FROM pg_policy WHERE polrelid = 'stay'::regclass;
ROLLBACK;

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
