# What PostgreSQL's catalogue and the extension's say to those whom it does not concern, and what becomes of a question when
# the catalogue is changed under it.
use strict;
use warnings;

my $filter = q{SELECT health_dp.revoke_table('study', 'care.visit'), health_dp.grant_table('study', 'care.visit', 'patient_id = ANY (ARRAY[815, 4713])')};
my $no_filter = q{SELECT health_dp.revoke_table('study', 'care.visit'), health_dp.grant_table('study', 'care.visit')};

[
    { name => 'row filters in the catalogue', clause => 'C15', as => 'bob', prepare => $filter, cleanup => $no_filter,
      lines => qr/\A0\ngate\(\)\n\z/, sql => <<'SQL' },
SELECT count(*) FROM pg_policies WHERE concat(policyname, qual, with_check) LIKE '%815%';
SELECT DISTINCT pg_get_expr(polqual, polrelid) FROM pg_policy WHERE polrelid::regclass::text LIKE 'care.%';
SQL
    { name => 'row filters in the extension\'s tables', clause => 'C15', prepare => $filter, cleanup => $no_filter, refused => '42501', sql => <<'SQL' },
TABLE health_dp.granted_table;
TABLE health_dp.granted_tables;
COPY health_dp.granted_table TO STDOUT;
SELECT health_dp.filter_in_force(1, 'care.visit'::regclass);
SELECT health_dp.grant_closed_because(1, 'care.visit'::regclass);
SELECT health_dp.read_row_filter('care.visit'::regclass, 'patient_id > 4711');
SQL
    { name => 'who is in which project', clause => 'C15', as => 'bob', lines => qr/\A0\n\z/, sql => <<'SQL' },
SELECT count(health_dp.is_member(p, r.oid)) FROM generate_series(-1, 10) p, pg_roles r WHERE NOT pg_has_role(r.oid, 'USAGE');
SQL
    { name => 'another column under the name that a row filter reads', clause => 'C15', as => 'carol', refused => 'ZD105', errors => 2, charged => 1,
      prepare => q{SELECT health_dp.revoke_table('other', 'care.patient'), health_dp.grant_table('other', 'care.patient', 'sex = 1')},
      cleanup => q{ALTER TABLE care.patient DROP sex; ALTER TABLE care.patient RENAME gender TO sex; SELECT health_dp.revoke_table('other', 'care.patient'), health_dp.grant_table('other', 'care.patient')},
      sql => <<'SQL' },
PREPARE p AS SELECT abs(dp_count(*)) < 1500 FROM care.patient;
EXECUTE p;
\! psql -Xq -d postgres -c "ALTER TABLE care.patient RENAME sex TO gender; ALTER TABLE care.patient ADD sex integer DEFAULT 1" >/dev/null
EXECUTE p;
SELECT dp_count(*) FROM care.patient;
SQL
    { name => 'another column under the name of the patient\'s', clause => 'C15', refused => 'ZD201', errors => 3, charged => 1,
      cleanup => 'ALTER TABLE care.visit DROP patient_id; ALTER TABLE care.visit RENAME person TO patient_id',
      sql => <<'SQL' },
PREPARE p AS SELECT abs(dp_count(*)) < 6000 FROM care.visit;
EXECUTE p;
\! psql -Xq -d postgres -c "ALTER TABLE care.visit RENAME patient_id TO person; ALTER TABLE care.visit ADD patient_id bigint DEFAULT 1" >/dev/null
EXECUTE p;
SELECT dp_count(*) FROM care.visit;
SELECT * FROM care.visit;
SQL
    { name => 'parts of protected tables that came later, granted and declared public', clause => 'C15', refused => ['ZD002', 'ZD003', 'ZD202', '42501'],
      prepare => <<'SQL',
SET ROLE custodian;
ALTER DEFAULT PRIVILEGES FOR ROLE custodian GRANT SELECT ON TABLES TO alice;
CREATE TABLE care.measure_2031 PARTITION OF care.measure FOR VALUES IN (2031);
CREATE TABLE care.visit_later () INHERITS (care.visit);
ALTER DEFAULT PRIVILEGES FOR ROLE custodian REVOKE SELECT ON TABLES FROM alice;
RESET ROLE;
INSERT INTO care.measure VALUES (4711, 2031, 'Xk3unit', 98765.4321);
INSERT INTO care.visit_later VALUES (4711, 'Xk3unit');
SQL
      cleanup => 'DROP TABLE care.measure_2031, care.visit_later', sql => <<'SQL' },
SELECT * FROM care.measure_2031;
SELECT count(*) FROM care.visit_later;
COPY care.measure_2031 TO STDOUT;
COPY (SELECT * FROM care.visit_later) TO STDOUT;
SELECT dp_count(*) FROM care.measure_2031;
SELECT dp_count(*) FROM care.visit v JOIN care.visit_later l ON l.patient_id = v.patient_id;
SELECT health_dp.declare_public('care.measure_2031');
SECURITY LABEL FOR health_dp ON TABLE care.visit_later IS 'public';
SQL
    { name => 'the same where event triggers are off', clause => 'C15', refused => ['ZD002', 'ZD003'],
      prepare => <<'SQL',
ALTER EVENT TRIGGER health_dp_close_parts DISABLE;
CREATE TABLE care.measure_2031 PARTITION OF care.measure FOR VALUES IN (2031);
CREATE TABLE care.visit_later () INHERITS (care.visit);
GRANT SELECT ON care.measure_2031, care.visit_later TO alice;
INSERT INTO care.measure VALUES (4711, 2031, 'Xk3unit', 98765.4321);
INSERT INTO care.visit_later VALUES (4711, 'Xk3unit');
SQL
      cleanup => 'DROP TABLE care.measure_2031, care.visit_later; ALTER EVENT TRIGGER health_dp_close_parts ENABLE ALWAYS', sql => <<'SQL' },
SELECT * FROM care.measure_2031;
COPY care.measure_2031 TO STDOUT;
COPY (SELECT * FROM care.visit_later) TO STDOUT;
DECLARE c CURSOR WITH HOLD FOR SELECT * FROM care.visit_later;
CREATE TABLE copy AS TABLE care.visit_later;
SELECT dp_count(*) FROM care.visit v JOIN care.visit_later l ON l.patient_id = v.patient_id;
SQL
    { name => 'a protected table that became a part of a public one', clause => 'C16', refused => ['ZD002', 'ZD003'],
      prepare => <<'SQL',
ALTER EVENT TRIGGER health_dp_close_parts DISABLE;
CREATE TABLE ref.ward (patient_id bigint, ward text);
GRANT SELECT ON ref.ward TO PUBLIC;
SELECT health_dp.declare_public('ref.ward');
ALTER TABLE care.visit INHERIT ref.ward;
SQL
      cleanup => 'ALTER TABLE care.visit NO INHERIT ref.ward; DROP TABLE ref.ward; ALTER EVENT TRIGGER health_dp_close_parts ENABLE ALWAYS', sql => <<'SQL' },
SELECT * FROM ref.ward;
COPY (TABLE ref.ward) TO STDOUT;
SELECT ward, dp_count(*) FROM ref.ward JOIN care.nobody USING (ward) GROUP BY ward;
SELECT dp_count(*) FROM care.stay WHERE patient_id IN (SELECT patient_id FROM ref.ward);
SQL
    { name => 'reading what the extension knows with pg_read_all_data', clause => 'C15', as => 'backup', refused => '42501', errors => 5,
      prepare => 'CREATE ROLE backup LOGIN IN ROLE pg_read_all_data', cleanup => 'DROP ROLE backup', lines => qr/\A0\n0\n0\n0\n\z/, sql => <<'SQL' },
SELECT count(*) FROM health_dp.suppressed_release;
SELECT count(*) FROM health_dp.granted_table;
SELECT count(*) FROM health_dp.ledger_charge;
SELECT count(*) FROM health_dp.charges;
COPY health_dp.suppressed_release TO STDOUT;
TABLE health_dp.granted_tables;
SET row_security = off;
TABLE health_dp.suppressed_release;
TABLE health_dp.project_member;
TABLE health_dp.ledger_charge;
COPY health_dp.ledger_charge TO STDOUT;
SQL
    { name => 'writing what the extension knows with pg_write_all_data', clause => 'C15', as => 'writer', refused => ['42501', '55000'],
      prepare => 'CREATE ROLE writer LOGIN IN ROLE pg_write_all_data', cleanup => 'DROP ROLE writer', sql => <<'SQL' },
UPDATE health_dp.project SET epsilon = 100000;
UPDATE health_dp.projects SET epsilon = 100000;
INSERT INTO health_dp.project_member (project_id, member, member_name) VALUES (1, 'bob'::regrole, 'bob');
INSERT INTO health_dp.granted_table (project_id, relation) VALUES (2, 'care.stay');
UPDATE health_dp.reidentification_order SET approved_by = 'carla', at_most = 1000000;
UPDATE health_dp.suppression_policy SET patients = 1;
UPDATE health_dp.suppression_policies SET patients = 1;
DELETE FROM health_dp.label_column;
DELETE FROM health_dp.ledger_day;
DELETE FROM health_dp.protected_tables;
DELETE FROM health_dp.labels;
UPDATE health_dp.region SET name = 'elsewhere';
SQL
]
