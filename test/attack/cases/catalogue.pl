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
SELECT DISTINCT pg_get_expr(polqual, polrelid) FROM pg_policy;
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
]
