# Reading a protected table by other means than a release: nothing may come back, and nothing is charged.
use strict;
use warnings;

# Members hold no privilege (42501) where the query says nothing of releases; where the planner's side sees the table
# first, it says so (ZD002).
my @wall = qw(42501 ZD002);

[
    { name => 'raw SELECT', clause => 'C15', sql => 'SELECT * FROM care.stay;', refused => \@wall },
    { name => 'raw SELECT as an outsider', clause => 'C15', as => 'bob', sql => 'SELECT note FROM care.stay;', refused => \@wall },
    { name => 'exact count', clause => 'C15', sql => 'SELECT count(*) FROM care.stay;', refused => \@wall },
    { name => 'SELECT that returns no row', clause => 'C15', twins => 1,
      sql => 'SELECT 1 FROM care.stay WHERE patient_id = :id AND false; SELECT 1 FROM care.patient WHERE patient_id = :id LIMIT 0;',
      refused => \@wall },
    { name => 'EXISTS over a protected table', clause => 'C15', twins => 1,
      sql => 'SELECT EXISTS (SELECT FROM care.stay WHERE patient_id = :id);', refused => \@wall },
    { name => 'subquery in FROM', clause => 'C15', sql => 'SELECT max(note) FROM (SELECT note FROM care.stay OFFSET 0) q;', refused => \@wall },
    { name => 'scalar subquery', clause => 'C15', sql => 'SELECT (SELECT max(cost) FROM care.stay);', refused => \@wall },
    { name => 'IN subquery over a protected table from a public one', clause => 'C15',
      sql => 'SELECT n FROM ref.number WHERE n IN (SELECT nights FROM care.stay);', refused => \@wall },
    { name => 'CTE', clause => 'C15', sql => 'WITH c AS (SELECT * FROM care.stay) SELECT count(*) FROM c;', refused => \@wall },
    { name => 'CTE that nobody reads', clause => 'C15', sql => 'WITH c AS MATERIALIZED (SELECT * FROM care.stay) SELECT 1;', refused => \@wall },
    { name => 'CTE NOT MATERIALIZED', clause => 'C15',
      sql => 'WITH c AS NOT MATERIALIZED (SELECT * FROM care.stay) SELECT note FROM c WHERE stay_id = 1;', refused => \@wall },
    { name => 'recursive CTE', clause => 'C15', refused => \@wall,
      sql => 'WITH RECURSIVE r AS (SELECT patient_id, 1 AS i FROM care.stay UNION ALL SELECT s.patient_id, i + 1 FROM r JOIN care.stay s USING (patient_id) WHERE i < 2) SELECT count(*) FROM r;' },
    { name => 'data-modifying CTE', clause => 'C15', sql => 'WITH d AS (DELETE FROM care.stay RETURNING note) SELECT * FROM d;', refused => \@wall },
    { name => 'UNION, INTERSECT, EXCEPT', clause => 'C15', refused => \@wall,
      sql => 'SELECT note FROM care.stay UNION SELECT NULL; SELECT note FROM care.stay INTERSECT SELECT NULL; SELECT NULL EXCEPT ALL SELECT note FROM care.stay;' },
    { name => 'LATERAL', clause => 'C15', refused => \@wall,
      sql => 'SELECT * FROM ref.region r, LATERAL (SELECT count(*) FROM care.stay s WHERE s.region = r.region) q;' },
    { name => 'TABLE command and whole row', clause => 'C15', sql => 'TABLE care.patient; SELECT s FROM care.stay s;', refused => \@wall },
    { name => 'a release beside a raw read', clause => 'C17', refused => \@wall,
      sql => 'SELECT (SELECT dp_count(*) FROM care.stay), (SELECT count(*) FROM care.patient); SELECT dp_count(*) FROM care.stay UNION ALL SELECT count(*) FROM care.stay;' },
    { name => 'a release beside a raw read in WHERE, HAVING, LIMIT, ORDER BY', clause => 'C17', refused => [@wall, 'ZD003', 'ZD004', 'ZD005'],
      sql => <<'SQL' },
SELECT dp_count(*) FROM care.stay HAVING (SELECT count(*) FROM care.patient) > 1;
SELECT dp_count(*) FROM care.stay LIMIT (SELECT count(*) FROM care.patient);
SELECT dp_count(*) FROM care.stay ORDER BY (SELECT count(*) FROM care.patient);
SELECT dp_count(*) FROM care.stay WHERE EXISTS (SELECT FROM care.patient);
SELECT c FROM (SELECT dp_count(*) c FROM care.stay) q WHERE EXISTS (SELECT FROM care.patient);
SQL
    { name => 'a partition directly', clause => 'C19', sql => 'SELECT * FROM care.measure_2025; SELECT count(*) FROM ONLY care.measure;', refused => \@wall },
    { name => 'an inheritance child directly', clause => 'C19', sql => 'SELECT * FROM care.visit_archive; SELECT * FROM ONLY care.visit;', refused => \@wall },
    { name => 'a release over a partition or child directly', clause => 'C19', refused => 'ZD003',
      sql => 'SELECT dp_count(*) FROM care.measure_2025; SELECT dp_count(*) FROM care.visit_archive;' },
    { name => 'TABLESAMPLE', clause => 'C19', refused => [@wall, 'ZD005'],
      sql => 'SELECT * FROM care.stay TABLESAMPLE SYSTEM (100); SELECT dp_count(*) FROM care.stay TABLESAMPLE BERNOULLI (1) REPEATABLE (1);' },
    { name => 'ctid and other system columns', clause => 'C19', refused => [@wall, 'ZD004'],
      sql => <<'SQL' },
SELECT ctid, xmin FROM care.stay;
SELECT dp_count(*) FROM care.stay WHERE ctid = '(0,1)';
SELECT dp_count(*) FROM care.stay WHERE tableoid = 'care.stay'::regclass;
SELECT dp_count(*) FROM care.stay WHERE xmin::text = '1';
SELECT dp_count(xmax) FROM care.stay;
SELECT tableoid, dp_count(*) FROM care.visit GROUP BY tableoid;
SELECT dp_count(*) FROM (SELECT patient_id, ctid AS c FROM care.stay) q;
SQL
    { name => 'a whole row inside a release', clause => 'C18', refused => ['ZD004', '42883'],
      sql => 'SELECT dp_count(*) FROM care.stay s WHERE s IS NOT NULL; SELECT dp_count(s) FROM care.stay s; SELECT dp_count(*) FROM care.stay s WHERE s::text LIKE \'%a%\';' },
    { name => 'COPY of the table, of a query, to a program', clause => 'C19', refused => [@wall, '0A000'],
      sql => "COPY care.stay TO STDOUT;\nCOPY (SELECT note FROM care.stay) TO STDOUT;\nCOPY care.stay (note) TO PROGRAM 'cat';\nCOPY care.measure TO STDOUT;\n" },
    { name => 'functions that run queries from text', clause => 'C19', refused => \@wall, errors => 4,
      sql => <<'SQL' },
SELECT table_to_xml('care.patient', true, true, '');
SELECT query_to_xml('SELECT * FROM care.stay LIMIT 1', true, true, '');
SELECT * FROM ts_stat('SELECT to_tsvector(note) FROM care.stay');
SELECT schema_to_xml('care', true, true, '');
SELECT currtid2('care.stay', '(0,1)');
SQL
    { name => 'measures of an extract over protected tables', clause => 'C15', refused => [@wall, 'ZD004'],
      sql => <<'SQL' },
SELECT * FROM health_dp.k_anonymity('care.stay', '{region}', patient => 'patient_id');
SELECT * FROM health_dp.l_diversity('care.stay', '{region}', 'dx');
SELECT health_dp.t_closeness('care.measure', '{year}', 'value');
SELECT dp_count(*) FROM care.stay s JOIN health_dp.k_anonymity('care.stay', '{region}') k ON k.k < s.nights;
SQL
    { name => 'row locks', clause => 'C19', refused => [@wall, 'ZD005', '0A000'],
      sql => <<'SQL' },
SELECT 1 FROM care.stay FOR UPDATE;
SELECT 1 FROM care.stay FOR KEY SHARE SKIP LOCKED;
SELECT dp_count(*) FROM care.stay FOR UPDATE;
SELECT dp_count(*) FROM (SELECT patient_id FROM care.stay FOR SHARE) q;
SELECT c FROM (SELECT dp_count(*) AS c FROM care.stay) q, ref.number FOR SHARE OF number;
SQL
    { name => 'table locks', clause => 'C19', sql => 'BEGIN; LOCK TABLE care.stay; ROLLBACK; BEGIN; LOCK TABLE care.stay IN ACCESS SHARE MODE NOWAIT; ROLLBACK;', refused => '42501', errors => 2 },
    { name => 'writing: INSERT, UPDATE, DELETE, MERGE, TRUNCATE with RETURNING', clause => 'C1', refused => [@wall, '0A000'],
      sql => <<'SQL' },
INSERT INTO care.patient VALUES (4712, 1, NULL) ON CONFLICT DO NOTHING RETURNING *;
INSERT INTO care.patient VALUES (4711, 1, NULL) ON CONFLICT (patient_id) DO UPDATE SET sex = 3 RETURNING patient.birth;
UPDATE care.stay SET nights = nights RETURNING note;
DELETE FROM care.stay WHERE patient_id = 4711 RETURNING *;
MERGE INTO care.patient p USING (VALUES (4711)) v(id) ON p.patient_id = v.id WHEN MATCHED THEN DELETE;
TRUNCATE care.stay;
SQL
    { name => 'UPDATE and DELETE of an own table joined to a protected one', clause => 'C15', refused => \@wall, errors => 2,
      sql => 'CREATE TEMP TABLE own (n bigint); UPDATE own SET n = s.nights FROM care.stay s; DELETE FROM own USING care.stay s WHERE s.nights = n;' },
    { name => 'a release inside UPDATE, DELETE, MERGE and data-modifying CTE', clause => 'C8', refused => 'ZD005', errors => 4,
      sql => <<'SQL' },
CREATE TEMP TABLE own (n bigint);
UPDATE own SET n = (SELECT dp_count(*) FROM care.stay);
DELETE FROM own WHERE n = (SELECT dp_count(*) FROM care.stay);
MERGE INTO own USING (SELECT dp_count(*) AS c FROM care.stay) q ON n = c WHEN NOT MATCHED THEN INSERT VALUES (c);
WITH w AS (INSERT INTO own SELECT dp_count(*) FROM care.stay RETURNING n) SELECT * FROM w;
SQL
    { name => 'statistics views', clause => 'C19', lines => qr/\Aexact 0 0 0 0\n\z/,
      sql => <<'SQL' },
SELECT 'exact', (SELECT count(*) FROM pg_stats WHERE schemaname = 'care'), (SELECT count(*) FROM pg_stats_ext WHERE schemaname = 'care'),
       (SELECT count(*) FROM pg_stats_ext_exprs WHERE schemaname = 'care'), (SELECT count(*) FROM pg_sequences WHERE last_value IS NOT NULL AND schemaname = 'care')
\g (format=unaligned fieldsep=' ')
SQL
    { name => 'pg_statistic itself', clause => 'C19', refused => '42501',
      sql => "SELECT stavalues1 FROM pg_statistic; SELECT * FROM pg_statistic_ext_data; SELECT last_value FROM care.stay_stay_id_seq; SELECT pg_sequence_last_value('care.stay_stay_id_seq'::regclass);" },
    { name => 'server files and large objects', clause => 'C19', refused => '42501',
      sql => "SELECT pg_read_binary_file(pg_relation_filepath('care.stay')); SELECT lo_import('PG_VERSION'); SELECT lo_export(1, '/tmp/x'); SELECT pg_ls_dir('base'); SELECT * FROM pg_ls_tmpdir();" },
    { name => 'taking the table over', clause => 'C15', refused => ['42501', '42P17'],
      sql => <<'SQL' },
ALTER TABLE care.stay DISABLE ROW LEVEL SECURITY;
ALTER TABLE care.stay OWNER TO alice;
DROP POLICY "health_dp gate" ON care.stay;
CREATE POLICY mine ON care.stay USING (true);
GRANT SELECT ON care.stay TO alice;
SECURITY LABEL FOR health_dp ON TABLE care.stay IS 'public';
SECURITY LABEL FOR health_dp ON TABLE care.stay IS NULL;
SELECT health_dp.declare_public('care.stay');
SELECT health_dp.unprotect('care.stay');
CREATE INDEX ON care.stay ((1 / nights));
CREATE STATISTICS mine ON region, dx FROM care.stay;
CREATE PUBLICATION mine FOR TABLE care.stay;
CREATE TABLE mine () INHERITS (care.stay);
CREATE TABLE mine (LIKE care.stay INCLUDING ALL);
CREATE TABLE mine PARTITION OF care.measure FOR VALUES IN (2030);
CREATE TABLE mine (patient_id bigint REFERENCES care.patient);
SET SESSION AUTHORIZATION custodian;
SET ROLE health_dp_steward;
SQL
    { name => 'ANALYZE, VACUUM, CLUSTER, REINDEX', clause => 'C19', refused => '42501', errors => 3,
      sql => "ANALYZE VERBOSE care.stay;\nVACUUM (VERBOSE) care.patient;\nCLUSTER care.stay USING stay_patient;\nREINDEX TABLE care.stay;\nREINDEX INDEX care.stay_patient;\n" },
    { name => 'row_security off', clause => 'C15', refused => [@wall], errors => 2,
      sql => 'SET row_security = off; SELECT * FROM care.stay; SELECT dp_count(*) FROM care.stay;' },
    { name => 'the ledger and the projects\' tables', clause => 'C12', refused => ['42501', 'ZD403'],
      sql => <<'SQL' },
SELECT * FROM health_dp.ledger_charge;
UPDATE health_dp.ledger_total SET epsilon_spent = 0;
DELETE FROM health_dp.ledger_charge;
INSERT INTO health_dp.project_member VALUES (1, 'bob', 'bob');
UPDATE health_dp.project SET epsilon = 1e6;
SELECT health_dp.add_member('other', 'alice');
SELECT health_dp.grant_table('other', 'care.stay');
SELECT * FROM health_dp.charges;
SELECT * FROM health_dp.ledger_day;
UPDATE health_dp.ledger_day SET executions = 0;
SQL
]
