# Who asks, for which project, when: every execution is judged anew, cached plans as well. `\!` lets a steward act in
# the middle of the attacker's session.
use strict;
use warnings;

# A steward's act within a session; psql finds the same server through the environment.
sub steward { my ($sql) = @_; return qq{\\! psql -Xq -U steward -d postgres -c "$sql" >/dev/null\n}; }

[
    { name => 'no project, another\'s project, one that does not exist', clause => 'C15', refused => ['ZD101', 'ZD102'], errors => 3,
      sql => "SET health_dp.project = ''; SELECT dp_count(*) FROM care.stay; SET health_dp.project = 'other'; SELECT dp_count(*) FROM care.patient; SET health_dp.project = 'no such'; SELECT dp_count(*) FROM care.stay;" },
    { name => 'a release as a plain login role', clause => 'C15', as => 'bob', refused => 'ZD102', errors => 2,
      sql => 'SELECT dp_count(*) FROM care.stay; PREPARE p AS SELECT dp_count(*) FROM care.stay; SELECT region, dp_count(*) FROM care.stay GROUP BY region;' },
    { name => 'an outsider cannot tell projects apart that exist from those that do not', clause => 'C15', as => 'bob', refused => 'ZD102', errors => 2,
      sql => "SET health_dp.project = 'other'; SELECT dp_count(*) FROM care.stay; SET health_dp.project = 'never'; SELECT dp_count(*) FROM care.stay; SELECT count(*) FROM health_dp.projects; SELECT count(*) FROM health_dp.budget;",
      lines => qr/\A0\n0\n\z/ },
    { name => 'the owner of the table', clause => 'C15', as => 'owner_login', refused => ['42501', 'ZD002', 'ZD101', 'ZD102'], errors => 3,
      prepare => 'CREATE ROLE owner_login LOGIN IN ROLE custodian', cleanup => 'DROP ROLE owner_login',
      sql => "SET ROLE custodian; SELECT * FROM care.stay; SELECT count(*) FROM care.measure; SET health_dp.project = 'study'; SELECT health_dp.dp_count(*) FROM care.stay;" },
    { name => 'a role that was granted SELECT all the same', clause => 'C15', as => 'granted', refused => ['ZD002', 'ZD101', '42501'], errors => 11,
      prepare => 'CREATE ROLE granted LOGIN; GRANT SELECT ON care.stay, care.measure, care.measure_2025, care.visit_archive TO granted; GRANT UPDATE, DELETE ON care.stay TO granted',
      cleanup => 'DROP OWNED BY granted; DROP ROLE granted', sql => <<'SQL' },
SELECT note FROM care.stay;
SELECT 1 FROM care.stay WHERE patient_id = 4711;
SELECT 1 FROM care.stay WHERE patient_id = 4712;
SELECT * FROM care.measure_2025;
SELECT * FROM care.visit_archive;
EXPLAIN SELECT * FROM care.stay;
UPDATE care.stay SET nights = 0 WHERE patient_id = 4712;
DELETE FROM care.stay RETURNING note;
COPY care.stay TO STDOUT;
CREATE FUNCTION pg_temp.inlined() RETURNS SETOF care.stay LANGUAGE sql STABLE AS 'SELECT * FROM care.stay';
SELECT * FROM pg_temp.inlined();
SELECT health_dp.dp_count(*) FROM care.stay;
SQL
    { name => 'a member that was granted a privilege all the same', clause => 'C1', refused => 'ZD002',
      prepare => 'GRANT UPDATE ON care.visit TO alice', cleanup => 'REVOKE UPDATE ON care.visit FROM alice',
      sql => 'SELECT dp_count(*) FROM care.visit; SELECT ward FROM care.visit;' },
    { name => 'prepared statements across SET ROLE', clause => 'C15', as => 'double', refused => ['ZD102', 'ZD002', '42501'], errors => 1, charged => 2,
      prepare => 'CREATE ROLE double LOGIN; GRANT alice, bob TO double', cleanup => 'DROP OWNED BY double; DROP ROLE double',
      sql => <<'SQL', lines => qr/\A(f\n){2}\z/ },
SET health_dp.project = 'study';
SET plan_cache_mode = force_generic_plan;
PREPARE p AS SELECT dp_count(*) IS NULL FROM care.stay;
SET ROLE alice;
EXECUTE p;
RESET ROLE;
EXECUTE p;
SET ROLE bob;
EXECUTE p;
SQL
    { name => 'plan caches after the member was removed', clause => 'C15', refused => 'ZD102', errors => 2, charged => 2,
      cleanup => "SELECT health_dp.add_member('study', 'alice')",
      sql => "SET plan_cache_mode = force_generic_plan; PREPARE p AS SELECT dp_count(*) IS NULL FROM care.stay; EXECUTE p; EXECUTE p;\n"
        . steward("SELECT health_dp.remove_member('study', 'alice')") . "EXECUTE p; SELECT dp_count(*) FROM care.stay; SELECT count(*) FROM health_dp.projects;\n" },
    { name => 'a function\'s cached plan after the project was suspended', clause => 'C15', refused => 'ZD104', errors => 1, charged => 1,
      cleanup => "SELECT health_dp.resume_project('study')",
      sql => "CREATE FUNCTION pg_temp.ask() RETURNS bigint LANGUAGE plpgsql AS 'BEGIN RETURN (SELECT health_dp.dp_count(*) FROM care.stay); END'; SELECT pg_temp.ask() IS NULL;\n"
        . steward("SELECT health_dp.suspend_project('study', 'seen')") . "SELECT pg_temp.ask();\n" },
    { name => 'plan caches after the table was revoked', clause => 'C15', refused => 'ZD105', errors => 1, charged => 1,
      cleanup => "SELECT health_dp.grant_table('study', 'care.visit')",
      sql => "SET plan_cache_mode = force_generic_plan; PREPARE p AS SELECT dp_count(*) IS NULL FROM care.visit; EXECUTE p;\n"
        . steward("SELECT health_dp.revoke_table('study', 'care.visit')") . "EXECUTE p;\n" },
    { name => 'an open cursor after removal and suspension', clause => 'C15', refused => ['ZD102', 'ZD104'], errors => 2,
      cleanup => "SELECT health_dp.resume_project('study'), health_dp.add_member('study', 'alice')",
      sql => "BEGIN; DECLARE c CURSOR FOR SELECT dp_count(*) FROM care.stay;\n" . steward("SELECT health_dp.remove_member('study', 'alice')") . "FETCH c; ROLLBACK;\n"
        . steward("SELECT health_dp.add_member('study', 'alice')") . "BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT 1; DECLARE c CURSOR FOR SELECT dp_count(*) FROM care.stay;\n"
        . steward("SELECT health_dp.suspend_project('study', 'seen'), health_dp.remove_member('study', 'alice')") . "FETCH c; ROLLBACK;\n" },
    { name => 'a plan under another project', clause => 'C15', as => 'two', refused => ['ZD108', 'ZD105'], errors => 2, charged => 2,
      prepare => "CREATE ROLE two LOGIN; SELECT health_dp.add_member('study', 'two'), health_dp.add_member('other', 'two')",
      cleanup => "SELECT health_dp.remove_member('study', 'two'), health_dp.remove_member('other', 'two'); DROP ROLE two",
      sql => <<'SQL' },
SET plan_cache_mode = force_generic_plan;
SET health_dp.project = 'study';
PREPARE p AS SELECT dp_count(*) IS NULL FROM care.stay;
EXECUTE p;
SET health_dp.project = 'other';
EXECUTE p;
BEGIN; SET LOCAL health_dp.project = 'study'; EXECUTE p; ROLLBACK;
EXECUTE p;
SQL
    { name => 'the row filter stands on every path', clause => 'C15', as => 'narrow', charged => 4,
      prepare => <<'SQL', cleanup => "SELECT health_dp.revoke_table('narrow', 'care.stay'), health_dp.revoke_table('narrow', 'care.drug'), health_dp.remove_member('narrow', 'narrow'); DROP ROLE narrow",
CREATE ROLE narrow LOGIN;
SELECT health_dp.create_project('narrow', title => 'Narrow', legal_basis => 'none', valid => '[2020-01-01,2100-01-01)', epsilon => 1000, delta => 0.1, default_epsilon => 0.01, default_delta => 1e-9, min_epsilon => 0.01);
SELECT health_dp.grant_table('narrow', 'care.stay', $$region = 'nowhere at all'$$), health_dp.grant_table('narrow', 'care.drug');
SELECT health_dp.add_member('narrow', 'narrow');
SQL
      # 28,655 rows would be seen: the scale of the noise is 20 / 0.01 = 2,000, and no draw in 10^5 passes 24,000
      sql => <<'SQL', lines => qr/\A(t\n){4}\z/ },
SET health_dp.project = 'narrow';
SELECT abs(dp_count(*)) < 24000 FROM care.stay;
SELECT abs(dp_count(*)) < 24000 FROM (SELECT patient_id, count(*) FROM care.stay GROUP BY patient_id, stay_id) q;
SELECT abs(dp_count(*)) < 24000 FROM care.drug d JOIN care.stay s ON s.stay_id = d.stay_id;
WITH s AS (SELECT * FROM care.stay) SELECT abs(dp_count(*)) < 24000 FROM s;
SQL
    { name => 'a project that is over or has not begun', clause => 'C15', as => 'late', refused => 'ZD103', errors => 3,
      prepare => <<'SQL', cleanup => "SELECT health_dp.remove_member(p, 'late') FROM unnest('{past,future}'::name[]) p; DROP ROLE late",
CREATE ROLE late LOGIN;
SELECT health_dp.create_project('past', title => 'Past', legal_basis => 'none', valid => '[2020-01-01,2021-01-01)', epsilon => 1, default_epsilon => 0.01);
SELECT health_dp.create_project('future', title => 'Future', legal_basis => 'none', valid => '[2090-01-01,2091-01-01)', epsilon => 1, default_epsilon => 0.01);
SELECT health_dp.grant_table(p, 'care.patient'), health_dp.add_member(p, 'late') FROM unnest('{past,future}'::name[]) p;
SQL
      sql => "SET health_dp.project = 'past'; SELECT dp_count(*) FROM care.patient; SET TimeZone = '-167'; SELECT dp_count(*) FROM care.patient; SET health_dp.project = 'future'; SELECT dp_count(*) FROM care.patient;" },
    { name => 'walls taken down behind the label', clause => 'C15', refused => ['ZD201', 'ZD002', '42501'],
      prepare => 'ALTER TABLE care.visit NO FORCE ROW LEVEL SECURITY; ALTER TABLE care.patient DISABLE ROW LEVEL SECURITY', 
      cleanup => "SELECT health_dp.protect('care.visit', 'patient_id'), health_dp.protect('care.patient', 'patient_id')",
      sql => 'SELECT dp_count(*) FROM care.visit; SELECT dp_count(*) FROM care.patient; SELECT ward FROM care.visit; SELECT birth FROM care.patient;' },
    { name => 'a policy of the owner\'s is never passed over', clause => 'C15', refused => 'ZD201',
      prepare => 'CREATE POLICY secret ON care.visit AS RESTRICTIVE FOR SELECT USING (patient_id > 4711)', cleanup => 'DROP POLICY secret ON care.visit',
      sql => 'SELECT dp_count(*) FROM care.visit;' },
    { name => 'a partition that came after protect()', clause => 'C15', refused => ['42501', 'ZD002', 'ZD003'], as => 'granted_late',
      prepare => 'SET ROLE custodian; CREATE TABLE care.measure_2030 PARTITION OF care.measure FOR VALUES IN (2030); RESET ROLE; CREATE ROLE granted_late LOGIN',
      cleanup => 'DROP TABLE care.measure_2030; DROP ROLE granted_late',
      sql => 'SELECT * FROM care.measure_2030; SELECT * FROM care.measure;' },
    { name => 'an old name given to a new role', clause => 'C15', as => 'carol', refused => 'ZD102', errors => 1,
      prepare => 'ALTER ROLE carol RENAME TO carol_before; CREATE ROLE carol LOGIN', cleanup => 'DROP ROLE carol; ALTER ROLE carol_before RENAME TO carol',
      sql => "SET health_dp.project = 'other'; SELECT dp_count(*) FROM care.patient;" },
]
