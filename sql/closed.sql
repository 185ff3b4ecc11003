-- The extension's tables and views are closed to PostgreSQL's roles for everything, and open to those to whom they are granted.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS health_dp;
RESET client_min_messages;
CREATE SCHEMA regress_closed;
GRANT USAGE ON SCHEMA regress_closed TO PUBLIC;
SET search_path = regress_closed;
CREATE ROLE regress_backup IN ROLE pg_read_all_data;
CREATE ROLE regress_writer IN ROLE pg_write_all_data, pg_read_all_data;
CREATE ROLE regress_auditor IN ROLE health_dp_auditor;
CREATE ROLE regress_custodian IN ROLE health_dp_custodian;
CREATE ROLE regress_steward IN ROLE health_dp_steward;
CREATE ROLE regress_reader;
CREATE ROLE regress_dumper BYPASSRLS IN ROLE pg_read_all_data;
CREATE ROLE regress_member;
CREATE TABLE stay (patient_id bigint, ward text);
SELECT health_dp.protect('stay', 'patient_id');
SELECT health_dp.create_project('regress_closed', 't', 'b', '[2020-01-01,2999-01-01)', 1) > 0 AS ok;
SELECT health_dp.grant_table('regress_closed', 'stay', 'patient_id = 4711'), health_dp.add_member('regress_closed', 'regress_member');

CREATE VIEW own AS
    SELECT c.oid::regclass AS relation, format('%I.%I', n.nspname, c.relname) AS name, c.relkind AS kind, c.relrowsecurity,
           EXISTS (SELECT FROM aclexplode(c.relacl) a WHERE a.grantee = 0 AND a.privilege_type = 'SELECT') AS is_public
      FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
      JOIN pg_depend d ON d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e'
      JOIN pg_extension e ON e.oid = d.refobjid AND e.extname = 'health_dp'
     WHERE c.relkind IN ('r', 'v');
GRANT SELECT ON own TO PUBLIC;
CREATE FUNCTION outcome(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    n bigint;
BEGIN
    EXECUTE statement;
    GET DIAGNOSTICS n = ROW_COUNT;
    RETURN CASE WHEN n = 0 THEN 'nothing' ELSE n || ' rows' END;
EXCEPTION WHEN OTHERS THEN
    RETURN SQLSTATE || ': ' || SQLERRM;
END
$$;
SELECT kind, is_public, relrowsecurity, count(*) > 0 AS some FROM own GROUP BY 1, 2, 3 ORDER BY 1, 2, 3;

-- Nothing is read that is not public. (Names of permitted views are listed where they show something.)
SET ROLE regress_backup;
SELECT name, outcome('TABLE ' || name) FROM own WHERE NOT is_public AND outcome('TABLE ' || name) <> 'nothing' ORDER BY name COLLATE "C";
SELECT name FROM own WHERE is_public AND outcome('TABLE ' || name) ~ 'rows' AND name !~ '(labels|protected_tables)$' ORDER BY name COLLATE "C";
CREATE FUNCTION pg_temp.look(x text) RETURNS boolean LANGUAGE plpgsql COST 0.0001 AS $$ BEGIN RAISE NOTICE 'saw %', x; RETURN true; END $$;
SELECT count(*) FROM health_dp.granted_tables WHERE pg_temp.look(row_filter);
SELECT count(*) FROM health_dp.granted_table WHERE pg_temp.look(condition);
COPY health_dp.granted_table TO STDOUT;
RESET ROLE;

-- Nothing is written, through a view neither.
SET ROLE regress_writer;
SELECT name, operation, a FROM own, (VALUES ('DELETE FROM %s'), ('INSERT INTO %s DEFAULT VALUES')) o(operation), outcome(format(operation, name)) a
 WHERE a !~ '^(42501|55000|0A000)' ORDER BY name COLLATE "C", 2;
SELECT outcome($$UPDATE health_dp.project SET epsilon = 100000$$), outcome($$UPDATE health_dp.projects SET epsilon = 100000$$),
       outcome($$UPDATE health_dp.suppression_policy SET patients = 1$$), outcome($$UPDATE health_dp.region SET name = 'x'$$);
SELECT outcome($$INSERT INTO health_dp.project_member (project_id, member, member_name) VALUES (1, 'regress_writer'::regrole, 'regress_writer')$$);
SELECT outcome($$INSERT INTO health_dp.granted_table (project_id, relation) VALUES (1, 'stay')$$);
SET row_security = off;
SELECT outcome('TABLE health_dp.project'), outcome('UPDATE health_dp.project SET epsilon = 100000');
RESET row_security;
RESET ROLE;

-- Whoever was granted something reads it, and so does whoever bypasses row-level security.
GRANT SELECT ON health_dp.project, health_dp.granted_tables TO regress_reader;
SET ROLE regress_reader;
SELECT outcome('SELECT FROM health_dp.project WHERE name = ''regress_closed'''), outcome('TABLE health_dp.project_member');
RESET ROLE;
REVOKE ALL ON health_dp.project, health_dp.granted_tables FROM regress_reader;
SET ROLE regress_dumper;
SELECT outcome('SELECT FROM health_dp.project WHERE name = ''regress_closed'''), outcome('SELECT FROM health_dp.granted_table WHERE relation = ''regress_closed.stay''::regclass');
RESET ROLE;
SET ROLE regress_auditor;
SELECT project, member FROM health_dp.project_members WHERE project = 'regress_closed';
SELECT project, filter_in_force FROM health_dp.granted_tables WHERE project = 'regress_closed';
SELECT outcome('TABLE health_dp.ledger_charge') ~ '^(\d+ rows|nothing)$' AS ledger, count(*) > 0 AS suppression_policies FROM health_dp.suppression_policies;
SET ROLE regress_steward;
SELECT project, member FROM health_dp.project_members WHERE project = 'regress_closed';
SELECT outcome('TABLE health_dp.project');
SET ROLE regress_custodian;
SELECT outcome('TABLE health_dp.key_status'), outcome('TABLE health_dp.project_members');
RESET ROLE;

SET client_min_messages = warning;
DELETE FROM health_dp.granted_table g USING health_dp.project p WHERE p.id = g.project_id AND p.name LIKE 'regress\_%';
DELETE FROM health_dp.project_member m USING health_dp.project p WHERE p.id = m.project_id AND p.name LIKE 'regress\_%';
DELETE FROM health_dp.project WHERE name LIKE 'regress\_%';
DROP FUNCTION pg_temp.look;
DROP SCHEMA regress_closed CASCADE;
DROP ROLE regress_backup, regress_writer, regress_auditor, regress_custodian, regress_steward, regress_reader, regress_dumper, regress_member;
