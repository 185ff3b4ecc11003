-- Which tables were suppressed, by whom and under which rules, is on record.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS health_dp;
RESET client_min_messages;
CREATE SCHEMA regress_records;
SET search_path = regress_records;
\getenv srcdir PG_ABS_SRCDIR
\set refusal :srcdir /sql/include/refusal.psql
\i :refusal
CREATE TABLE stay (region text, age text, patients integer);
INSERT INTO stay VALUES ('north', 'old', 20), ('north', 'young', 50), ('north', 'very old', 10), ('south', 'old', 8), ('south', 'young', 19),
    ('south', 'very old', 22), ('west', 'old', 17), ('west', 'young', 32), ('west', 'very old', 12);
CREATE VIEW counted AS SELECT region, age, sum(patients) AS patients FROM stay GROUP BY CUBE (region, age);
CREATE ROLE regress_records_steward LOGIN IN ROLE health_dp_steward;
CREATE ROLE regress_records_auditor LOGIN IN ROLE health_dp_auditor;
CREATE ROLE regress_records_custodian LOGIN IN ROLE health_dp_custodian;
CREATE ROLE regress_records_reader LOGIN;
CREATE ROLE regress_records_team ROLE regress_records_steward;
GRANT health_dp_steward TO regress_records_team;
GRANT USAGE ON SCHEMA regress_records TO PUBLIC;
GRANT SELECT ON counted TO regress_records_steward, regress_records_team;
SELECT coalesce(max(record_id), 0) AS before FROM health_dp.suppression_record \gset
INSERT INTO health_dp.project (name, title, legal_basis, valid, epsilon, delta, min_cell, min_epsilon)
    VALUES ('regress_records', 't', 'b', '[2020-01-01,2999-01-01)', 1, 0, 9, 1);

SET SESSION AUTHORIZATION regress_records_steward;
SELECT count(*), count(patients) AS shown FROM health_dp.suppress_table(NULL::counted, '{region,age}', '{patients}', policy => 'pcornet');
SELECT health_dp.create_suppression_policy('regress_records', 'x', based_on => 'pcornet', patients => 9);
-- In somebody else's name; a project's own min_cell; and with rules that are others later.
SET ROLE regress_records_team;
SELECT count(*) FROM health_dp.suppress_table('counted', '{region,age}', '{patients}', policy => 'regress_records') AS t(r text, a text, n int, h boolean);
RESET ROLE;
SELECT health_dp.alter_suppression_policy('regress_records', patients => 20);
SELECT count(*) FROM health_dp.suppress_tables($${"project": "regress_records", "dimensions": [{"name": "region"}, {"name": "age"}], "measures": [{"name": "patients"}], "tables": [
    {"name": "all", "dimensions": ["region", "age"], "query": "SELECT * FROM counted"},
    {"name": "ages", "dimensions": ["age"], "query": "SELECT age, patients FROM counted WHERE region IS NULL"}]}$$);
SELECT count(*) FROM health_dp.round_table(NULL::counted, '{region,age}', '{patients}', 5);
-- What failed, what was taken back, and audits are not.
SELECT refusal($$SELECT * FROM health_dp.suppress_table(NULL::counted, '{region}', '{patients}', policy => 'pcornet')$$) IS NOT NULL AS failed;
BEGIN;
SELECT count(*) FROM health_dp.suppress_table(NULL::counted, '{region,age}', '{patients}', policy => 'pcornet');
ROLLBACK;
SELECT count(*) FROM health_dp.audit_table('SELECT *, patients < 11 AS hidden FROM counted', '{region,age}', '{patients}', policy => 'pcornet');
-- Where nothing can be written, the table is made all the same.
BEGIN READ ONLY;
SELECT count(*), count(patients) AS shown FROM health_dp.suppress_table(NULL::counted, '{region,age}', '{patients}', policy => 'pcornet');
COMMIT;
-- A caller's own functions and operators are not asked.
CREATE TEMPORARY TABLE suppression_record (n int);
SET search_path = pg_temp, regress_records;
SELECT count(*) FROM health_dp.round_table(NULL::counted, '{region,age}', '{patients}', 10);
SET search_path = regress_records;

SET SESSION AUTHORIZATION regress_records_auditor;
SELECT row_number() OVER (ORDER BY record_id) AS n, login_role, acting_role, action, project, policy, tables, dimensions, measures, cells,
       primary_cells AS by_rule, secondary_cells AS others, shown_cells AS shown
  FROM health_dp.suppressions WHERE record_id > :before ORDER BY record_id;
SELECT rules FROM health_dp.suppressions WHERE record_id > :before ORDER BY record_id;
SELECT digest = encode(sha256(convert_to('SELECT * FROM regress_records.counted', 'UTF8') || '\x000000'), 'hex') AS digest
  FROM health_dp.suppressions WHERE record_id = (SELECT min(record_id) FROM health_dp.suppressions WHERE record_id > :before);
SELECT bool_and(recorded_at BETWEEN now() - interval '1 hour' AND clock_timestamp()) AS recent FROM health_dp.suppressions WHERE record_id > :before;

-- Who may read, and that nobody changes it: not even the owner.
SET SESSION AUTHORIZATION regress_records_reader;
SELECT refusal('TABLE health_dp.suppressions');
SET SESSION AUTHORIZATION regress_records_custodian;
SELECT refusal('TABLE health_dp.suppressions');
SET SESSION AUTHORIZATION regress_records_steward;
SELECT count(*) FROM health_dp.suppressions WHERE record_id > :before;
SELECT statement, refusal(statement) FROM (VALUES ('TABLE health_dp.suppression_record'), ('DELETE FROM health_dp.suppressions'),
    ('INSERT INTO health_dp.suppression_record DEFAULT VALUES'), ('DELETE FROM health_dp.suppression_record')) AS t(statement);
RESET SESSION AUTHORIZATION;
SELECT statement, refusal(statement) FROM (VALUES ('UPDATE health_dp.suppression_record SET policy = NULL'), ('DELETE FROM health_dp.suppression_record'),
    ('TRUNCATE health_dp.suppression_record')) AS t(statement);

ALTER TABLE health_dp.suppression_record DISABLE TRIGGER kept;
DELETE FROM health_dp.suppression_record WHERE record_id > :before;
ALTER TABLE health_dp.suppression_record ENABLE ALWAYS TRIGGER kept;
SELECT health_dp.drop_suppression_policy('regress_records');
DELETE FROM health_dp.project WHERE name = 'regress_records';
SET client_min_messages = warning;
DROP SCHEMA regress_records CASCADE;
DROP TABLE pg_temp.suppression_record;
REVOKE health_dp_steward FROM regress_records_team;
DROP ROLE regress_records_steward, regress_records_auditor, regress_records_custodian, regress_records_reader, regress_records_team;
