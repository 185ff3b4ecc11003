# Grants, whose row filters are records: dumped and restored, whatever the numbers of columns and roles are there.
use strict;
use warnings;
use LedgerTest;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = new_server('grants');
my $dump = PostgreSQL::Test::Utils::tempdir() . '/dump';

sub here { return $node->safe_psql('postgres', @_) }
sub there { return $node->safe_psql('restored', @_) }

prepare_database($node, 'postgres', 100);
here(<<'SQL');
CREATE TYPE care.mood AS ENUM ('low', 'high');
CREATE TABLE care.record (gone integer, patient_id integer, mood care.mood, also_gone text, ward text);
INSERT INTO care.record SELECT 1, n, CASE WHEN n % 2 = 0 THEN 'low' ELSE 'high' END::care.mood, 'x', 'ward ' || n % 3
    FROM generate_series(1, 300) n;
CREATE TABLE care.left_out (patient_id integer, ward text);
CREATE TABLE care.renamed (patient_id integer, ward text);
CREATE TABLE care.changed (patient_id integer, ward text);
CREATE TABLE care.line (line integer PRIMARY KEY, gone integer, visit integer);
ALTER TABLE care.record DROP gone, DROP also_gone, ADD number integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY;
ALTER TABLE care.line DROP gone;
INSERT INTO care.line SELECT number, number FROM care.record;
SELECT health_dp.protect(t, 'patient_id') FROM unnest('{care.record,care.left_out,care.renamed,care.changed}'::regclass[]) t;
SELECT health_dp.protect_via('care.line', 'visit', 'care.record', 'number');
SELECT health_dp.grant_table('emc2', t, 'ward <> ''ward 1''')
    FROM unnest('{care.record,care.left_out,care.renamed,care.changed}'::regclass[]) t;
SELECT health_dp.revoke_table('emc2', 'care.record');
SELECT health_dp.grant_table('emc2', 'care.record', 'ward <> ''ward 1'' AND mood = ''high'''), health_dp.grant_table('emc2', 'care.line');
CREATE TABLE care.claim (patient_id integer, year integer) PARTITION BY LIST (year);
CREATE TABLE care.claim_1 PARTITION OF care.claim FOR VALUES IN (1);
CREATE TABLE care.above (patient_id integer);
CREATE TABLE care.below () INHERITS (care.above);
SELECT health_dp.protect(t, 'patient_id') FROM unnest('{care.claim,care.above}'::regclass[]) t;
CREATE TABLE care.claim_2 PARTITION OF care.claim FOR VALUES IN (2);
CREATE TABLE care.beneath () INHERITS (care.below);
GRANT SELECT ON care.claim_1, care.claim_2, care.below, care.beneath TO alice;
INSERT INTO care.claim VALUES (1, 1), (2, 2);
DROP TABLE care.left_out;
ALTER TABLE care.renamed RENAME TO other;
ALTER TABLE care.changed RENAME ward TO place;
SQL
my $visits = 'SELECT health_dp.dp_count(*) FROM care.record';
my $lines = 'SELECT health_dp.dp_count(*) FROM care.line';
my $force = "SELECT string_agg(CASE WHEN relation::text ~ '^[0-9]+\$' THEN 'gone' ELSE relation::text END || ' ' || in_force, ', '"
  . " ORDER BY 1) FROM health_dp.granted_tables WHERE project = 'emc2' AND relation::text NOT IN ('care.stay', 'care.visit')";
my $before = 'care.changed false, care.line true, care.other false, care.record true, gone false';
is(here("SELECT string_agg(f, ', ' ORDER BY f) FROM unnest(string_to_array(($force), ', ')) f"), $before, 'grants in force');
is(ask_code($node, $visits), '', 'a question');
is(ask_code($node, $lines), '', 'and along a link');
is(here('SELECT column_numbers FROM health_dp.granted_table WHERE relation = \'care.record\'::regclass'), '{3,5}', 'numbers');

$node->command_ok([ 'pg_dump', '-f', $dump, $node->connstr('postgres') ], 'a dump');
unlike(slurp_file($dump), qr/CREATE POLICY (?!"health_dp gate)/, 'with no row filter in a policy');
here('CREATE ROLE dumper LOGIN BYPASSRLS IN ROLE pg_read_all_data; CREATE ROLE backup LOGIN IN ROLE pg_read_all_data');
$node->command_ok([ 'pg_dump', '-U', 'dumper', '-f', "$dump.dumper", $node->connstr('postgres') ], 'a dump by a role for it');
my @lines = map { [ grep { !/restrict/ } split /\n/, slurp_file($_) ] } $dump, "$dump.dumper";
is(scalar @{ $lines[0] }, scalar @{ $lines[1] }, 'is the same');
$node->command_fails_like([ 'pg_dump', '-U', 'backup', '-f', "$dump.backup", $node->connstr('postgres') ],
    qr/row-level security policy/, 'pg_read_all_data alone is not enough');
here('CREATE DATABASE restored');
$node->command_ok([ 'psql', '-Xq', '-v', 'ON_ERROR_STOP=1', '-d', $node->connstr('restored'), '-f', $dump ], 'and its restore');

is(there('SELECT column_numbers FROM health_dp.granted_table WHERE relation = \'care.record\'::regclass'), '{2,3}', 'numbers anew');
is(there("SELECT string_agg(f, ', ' ORDER BY f) FROM unnest(string_to_array(($force), ', ')) f"), $before, 'the same are in force');
is(ask_code($node, $visits, database => 'restored'), '', 'a question');
is(ask_code($node, $lines, database => 'restored'), '', 'and along a link');
is(ask_code($node, 'SELECT health_dp.dp_count(*) FROM care.changed', database => 'restored'), 'ZD105', 'not of what was closed');
# Parts of protected tables, with the gate and without it.
my $closed = "SELECT string_agg(concat_ws(' ', relname, relforcerowsecurity::text, health_dp.has_walls(oid)::text), ', ' ORDER BY relname COLLATE \"C\")"
  . " FROM pg_class WHERE relname IN ('claim_1', 'claim_2', 'below', 'beneath')";
is(here($closed), 'below true true, beneath true false, claim_1 true true, claim_2 true false', 'closed parts');
is(there($closed), here($closed), 'are closed after the restore');
is(ask_code($node, "TABLE care.$_", database => 'restored'), 'ZD002', "to whom $_ was granted") for qw(claim_1 claim_2 below beneath);
is(there('SELECT string_agg(concat_ws(\' \', relation::regclass, side::regclass, name, number), \', \' ORDER BY relation::regclass::text, side::regclass::text)'
          . " FROM health_dp.label_column WHERE relation IN ('care.line'::regclass, 'care.record'::regclass)"),
    'care.line care.line visit 2, care.line care.record number 4, care.record care.record patient_id 1', 'labels know their columns anew');

there('ALTER TABLE care.record RENAME mood TO spirits; ALTER TABLE care.record ADD mood care.mood');
is(ask_code($node, $visits, database => 'restored'), 'ZD105', 'not of another column of the name');
there('ALTER TABLE care.record DROP mood; ALTER TABLE care.record RENAME spirits TO mood');
is(ask_code($node, $visits, database => 'restored'), '', 'until it is what it was');

$node->stop;
done_testing();
