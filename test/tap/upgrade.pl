# A database of version 0.1 under this version's library: closed until it is updated, and then as one that was made anew.
use strict;
use warnings;
use File::Basename;
use LedgerTest;
use PostgreSQL::Test::Utils;
use Test::More;

my $root = dirname(__FILE__) . '/../..';
my $script = 'health_dp--0.1.sql';
chomp(my $share = `pg_config --sharedir`);
my $installed = "$share/extension/$script";
unlink $installed;
{
    # Two of its functions are not in the library any more, which PostgreSQL would say in its own words: one that asks
    # for the version in their place.
    my $text = slurp_file("$root/test/upgrade/$script");
    $text =~ s/'hdp_projects_(?:is_granted|write_filter)'/'hdp_projects_filter'/g;
    append_to_file($installed, $text);
}
END { local $?; unlink $installed if defined $installed }

chomp(my ($version) = slurp_file("$root/health_dp.control") =~ /^default_version = '(.*)'/m);

# Days begin and end where they did when the charges below were made up.
sleep 1 while 86400 - time % 86400 < 120;

my $node = new_server('upgrade');
$node->safe_psql('postgres', 'CREATE DATABASE old');

sub old { return $node->safe_psql('old', @_) }

sub set_version { return "UPDATE pg_extension SET extversion = '$_[0]' WHERE extname = 'health_dp';" }

# Every fact of the catalogue, as a line.
sub catalogue {
    my ($database) = @_;
    my ($out, $err);
    my @command = ('psql', '-XqAt', '-v', 'ON_ERROR_STOP=1', '-d', $node->connstr($database), '-f',
        "$root/test/upgrade/catalogue.sql");
    IPC::Run::run(\@command, '>', \$out, '2>', \$err) or die "the catalogue of $database: $err";
    return split /\n/, $out;
}

# -- a database as 0.1 left it

old("CREATE EXTENSION health_dp VERSION '0.1'");
is($node->safe_psql('postgres', "SELECT count(*) FROM pg_roles WHERE rolname = 'health_dp_room'"), 0, 'no role for rooms');

# 0.1's functions, for which 0.1's library would not have asked what the version is.
old(set_version($version) . <<'SQL' . set_version('0.1'));
CREATE ROLE alice LOGIN;
CREATE ROLE bob LOGIN;
CREATE ROLE sophie LOGIN;
GRANT health_dp_steward TO sophie;
CREATE SCHEMA care;
GRANT USAGE ON SCHEMA care TO PUBLIC;
CREATE TABLE care.stay (patient_id integer NOT NULL, ward text NOT NULL);
INSERT INTO care.stay SELECT n, 'ward ' || n % 3 FROM generate_series(1, 300) n;
CREATE TABLE care.region (code text PRIMARY KEY);
CREATE TABLE care.visit (patient_id integer NOT NULL, number integer NOT NULL, zero integer NOT NULL);
INSERT INTO care.visit SELECT 1, n, 0 FROM generate_series(1, 20000) n;
SELECT health_dp.protect(name, 'patient_id') FROM unnest('{care.stay,care.visit}'::regclass[]) AS name;
SECURITY LABEL FOR health_dp ON TABLE care.region IS 'public';
SELECT health_dp.create_project(name, title => 'Bleeding', legal_basis => 'CNIL 2023-146',
        valid => '[2020-01-01,2100-01-01)', epsilon => epsilon, delta => 1e-6, releases => '{dp,suppressed}',
        default_epsilon => least, max_epsilon => most)
    FROM (VALUES ('emc2', 10, NULL, NULL), ('capped', 10, 0.00001, 0.0001), ('default', 100000, 1, 100),
                 ('digits', 0.000000000000000003, NULL, NULL)) p(name, epsilon, least, most);
SELECT health_dp.add_member('emc2', 'alice');
SET datestyle = 'SQL, DMY';
CREATE TYPE care.sort AS ENUM ('in', 'out');
ALTER TABLE care.stay ADD gone integer, ADD sort care.sort DEFAULT 'in', ADD entry date DEFAULT '01/02/2026';
ALTER TABLE care.stay DROP gone;
CREATE FUNCTION care.evil(integer) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN RAISE 'evil ran'; END $$;
CREATE TABLE care.claim (patient_id integer, year integer) PARTITION BY LIST (year);
SELECT health_dp.protect('care.claim', 'patient_id');
CREATE TABLE care.claim_late PARTITION OF care.claim DEFAULT;
GRANT SELECT ON care.claim_late TO alice;
INSERT INTO health_dp.granted_table (project_id, relation, row_filter)
    VALUES (1, 'care.stay', $$ward <> 'ward 9' AND sort = 'in' AND entry < '02/02/2026'$$), (1, 'care.visit', NULL),
           (2, 'care.visit', 'number > 1'), (3, 'care.visit', 'care.evil(number)'), (4, 'care.visit', 'zero = 0');
CREATE POLICY "health_dp project 1" ON care.stay FOR SELECT
    USING (health_dp.gate() AND (ward <> 'ward 9' AND sort = 'in' AND entry < '02/02/2026'));
CREATE POLICY "health_dp project 1" ON care.visit FOR SELECT USING (health_dp.gate() AND true);
CREATE POLICY "health_dp project 3" ON care.visit FOR SELECT USING (health_dp.gate() AND care.evil(number));
CREATE POLICY "health_dp project 4" ON care.visit FOR SELECT USING (zero = 0);
RESET datestyle;
SELECT health_dp.create_suppression_policy('mine', description => 'Ours', based_on => 'casd_health', patients => 20);
INSERT INTO health_dp.ledger_charge (project_id, charged_at, session_role, user_role, epsilon, delta, releases, query,
        settled_at, failed_at, kind)
    VALUES (1, '2026-01-02 23:59:59.5+00', 'alice', 'alice', 0.5, 0, 1, 'one', '2026-01-03', NULL, 'dp'),
           (1, '2026-01-02 23:59:59.5+00', 'alice', 'bob', 0.5, 0, 1, 'two', NULL, '2026-01-03 00:00:01+00', 'dp'),
           (2, '2026-01-02 01:00:00+00', 'alice', 'alice', 0, 0, 1, 'three', '2026-01-02 01:00:01+00', NULL, 'suppressed'),
           (1, now(), 'bob', 'bob', 0.25, 0.00000001, 1, 'four', NULL, NULL, 'dp');
INSERT INTO health_dp.ledger_total (project_id, epsilon_spent, delta_spent, failures)
    SELECT project_id, sum(epsilon), sum(delta), count(failed_at) FROM health_dp.ledger_charge GROUP BY project_id;
INSERT INTO health_dp.suppressed_release (project_id, charge_id, population, cells, policy, patients)
    SELECT 2, 3, md5('care.stay'), 'what is hidden, in clear', 'ohdsi', 5;
SQL
my $facts = join ', ', map { "(SELECT jsonb_agg(to_jsonb(t) - '{condition,schema_name,table_name,column_numbers,column_names,column_types}'::text[]"
      . " ORDER BY to_jsonb(t)->'project_id', to_jsonb(t)->'relation', to_jsonb(t)->'name') FROM health_dp.$_ t)" } qw(project_member granted_table ledger_total suppression_policy);
my $kept = old("SELECT $facts");

# -- the new library

my $exact_query = 'SELECT health_dp.sc_count(*) FROM care.stay';
for my $sql ($query, $exact_query, 'TABLE health_dp.projects', 'TABLE health_dp.budget') {
    is(ask_code($node, $sql, database => 'old'), 'ZD008', "before the update: $sql");
}
for my $sql ("SELECT health_dp.create_project('next', title => 'n', legal_basis => 'n', valid => '[2020-01-01,2100-01-01)',"
      . ' epsilon => 1)', "SELECT health_dp.add_member('emc2', 'bob')", "SELECT health_dp.grant_table('capped', 'care.stay')",
    "SELECT health_dp.suspend_project('emc2', 'why')", "SELECT health_dp.revoke_table('emc2', 'care.stay')")
{
    is(ask_code($node, $sql, database => 'old', user => 'sophie'), 'ZD008', "before the update: $sql");
}
is(ask_code($node, 'TABLE care.stay', database => 'old', user => 'alice'), 'ZD002', 'protected tables are closed');
{
    local $ENV{PGOPTIONS} = '-c health_dp.project=emc2 -c health_dp.epsilon=0.1';
    my $errors = '';
    $node->psql('old', $query, stderr => \$errors, extra_params => [ '-U', 'alice' ]);
    like($errors, qr/the database has health_dp 0\.1, the server has \Q$version\E/, 'who is behind');
    like($errors, qr/HINT: .*ALTER EXTENSION health_dp UPDATE/, 'and what to do');
}
my $dump = PostgreSQL::Test::Utils::tempdir() . '/dump';
$node->command_ok([ 'pg_dump', '-f', $dump, $node->connstr('old') ], 'it can be dumped');
is(old('SELECT count(*) FROM health_dp.ledger_charge'), 4, 'nothing was charged');

# -- the update

is(ask_code($node, 'ALTER EXTENSION health_dp UPDATE', database => 'old', user => 'sophie'), '42501', 'not a steward');
is(ask_code($node, 'ALTER EXTENSION health_dp UPDATE', database => 'old', user => $superuser), '', 'the update');
is(old("SELECT extversion FROM pg_extension WHERE extname = 'health_dp'"), $version, "is one to $version");
my $role = "SELECT to_jsonb(r) - 'oid' || jsonb_build_object('comment', shobj_description(oid, 'pg_authid'))"
  . " FROM pg_roles r WHERE rolname = 'health_dp_room'";
my $room_role = $node->safe_psql('postgres', "$role");

# -- as one made anew

$node->safe_psql('postgres', "$_;") for 'DROP ROLE health_dp_room', 'CREATE DATABASE fresh';
$node->safe_psql('fresh', 'CREATE EXTENSION health_dp');
isnt($room_role, '', 'a role for rooms');
is($node->safe_psql('postgres', $role), $room_role, 'like that of a new server');
my %fresh = map { $_ => 1 } catalogue('fresh');
my %updated = map { $_ => 1 } catalogue('old');
cmp_ok(scalar(keys %fresh), '>', 1000, 'there is much to compare');
is(join("\n", grep { !$fresh{$_} } sort keys %updated), '', 'nothing that a new database has not');
is(join("\n", grep { !$updated{$_} } sort keys %fresh), '', 'everything that a new database has');

# -- what was there

is(old("SELECT $facts"), $kept, 'members, grants, totals and policies are what they were');
is(old('SELECT string_agg(polrelid::regclass || \' \' || polname, \', \' ORDER BY polrelid::regclass::text, polname) FROM pg_policy'
          . ' WHERE polrelid::regclass::text NOT LIKE \'health_dp.%\''),
    'care.claim health_dp gate, care.claim health_dp gate, permissive, care.stay health_dp gate, care.stay health_dp gate, permissive, care.visit health_dp gate,'
      . ' care.visit health_dp gate, permissive', 'row filters are policies no more');
is(ask_code($node, 'TABLE care.claim_late', database => 'old', user => 'alice'), 'ZD002', 'a partition without walls');
is(old("SELECT relrowsecurity AND relforcerowsecurity FROM pg_class WHERE oid = 'care.claim_late'::regclass"), 't', 'is closed');
is(old("SELECT string_agg(concat_ws(' ', relation::regclass, side::regclass, name, number), ', ' ORDER BY relation::regclass::text)"
          . ' FROM health_dp.label_column'),
    'care.claim care.claim patient_id 1, care.stay care.stay patient_id 1, care.visit care.visit patient_id 1', 'labels know their columns');
is(old("SELECT string_agg(concat_ws(' ', project, relation, in_force, filter_in_force), '; ' ORDER BY project, relation::text)"
          . ' FROM health_dp.granted_tables'),
    'capped care.visit f; default care.visit f; digits care.visit f;'
      . " emc2 care.stay t ((ward <> 'ward 9'::text) AND (sort = 'in'::care.sort) AND (entry < '2026-02-02'::date));"
      . ' emc2 care.visit t', 'but records: of grants that were in force, as far as no function of a user is in them');
is(old("SELECT string_agg(closed_because, '; ' ORDER BY project) FROM health_dp.granted_tables WHERE NOT in_force"),
    join('; ', 'the grant of table "visit" to the project is closed: its record does not say what it rests on',
        'the grant of table "visit" to the project is closed: its row filter cannot be read any more',
        'the grant of table "visit" to the project is closed: its record does not say what it rests on'), 'and why');
is(old("SELECT concat_ws(' ', column_numbers, column_names, column_types) FROM health_dp.granted_table WHERE column_names <> '{}'"
          . " AND project_id = 1"), '{2,4,5} {ward,sort,entry} {text,care.sort,date}', 'with their columns');
is(old('SELECT string_agg(name || \' \' || min_epsilon, \', \' ORDER BY id) FROM health_dp.project'),
    'emc2 0.001, capped 0.00001, default 1, digits 0.000000000000000001', 'least epsilons');
is(old('SELECT count(*) FROM health_dp.project WHERE num_nonnulls(executions_per_day, time_limit_ms, memory_kb,'
          . ' temp_limit_kb) > 0'), 0, 'no limits of its own');
is(old('SELECT string_agg(query || \' \' || login_role || \' \' || status, \', \' ORDER BY charge_id)'
          . ' FROM health_dp.charges'),
    'one alice settled, two alice failed, three alice settled, four bob open', 'charges');
is(old('SELECT string_agg(concat_ws(\' \', login_role, nullif(day, (now() AT TIME ZONE \'UTC\')::date), project_id,'
          . ' executions, failures), \', \' ORDER BY login_role, day, project_id) FROM health_dp.ledger_day'),
    'alice 2026-01-02 0 3 0, alice 2026-01-02 1 2 0, alice 2026-01-02 2 1 0, alice 2026-01-03 0 0 1,'
      . ' alice 2026-01-03 1 0 1, bob 0 1 0, bob 1 1 0', 'days');
for my $sql ('UPDATE health_dp.ledger_charge SET epsilon = 0.1', "UPDATE health_dp.ledger_charge SET login_role = 'bob'",
    'DELETE FROM health_dp.ledger_charge', 'DELETE FROM health_dp.ledger_day')
{
    is(ask_code($node, $sql, database => 'old', user => $superuser), 'ZD403', "the ledger stays closed: $sql");
}

# -- and works

is(ask_code($node, $query, database => 'old'), '', 'a question');
is(ask_code($node, $query, database => 'old', epsilon => '0.0009'), 'ZD303', 'below the least epsilon');
is(ask_code($node, $exact_query, database => 'old'), 'ZD507', 'suppressed releases wait for a key');
old('SELECT health_dp.create_key_store()');
is(old("SELECT project_id, charge_id, population = md5('care.stay'), policy, patients, key_version,"
          . " position('hidden'::bytea IN cells), octet_length(cells) FROM health_dp.suppressed_release"),
    '2|3|t|ohdsi|5|1|0|40', 'under which what 0.1 had published is sealed');
is(ask_code($node, $exact_query, database => 'old'), '', 'a suppressed release');
is(ask_code($node, "SELECT health_dp.add_member('emc2', 'bob')", database => 'old', user => 'sophie'), '', 'a member');
wait_until(sub { old("SELECT count(*) FROM health_dp.charges WHERE query = 'four' AND status = 'interrupted'") },
    'what was open is interrupted');
is(old('SELECT epsilon_left FROM health_dp.budget WHERE project = \'emc2\''), '8.65', 'one budget');

# -- who looks behind the session's back

my $worker = worker_pid($node, 'old');
kill 'STOP', $worker;
my $session = begin_ask($node, $exact_query, database => 'old');
# Neither it nor its room gets further without the worker.
wait_until(sub { $node->safe_psql('postgres', "SELECT count(*) FROM pg_stat_activity WHERE usename = 'alice' AND state = 'active'"
          . " AND query_start < pg_catalog.clock_timestamp() - interval '1 s'") == 1 }, 'a room that has judged for itself');
old(set_version('0.1'));
kill 'CONT', $worker;
is(end_ask($session), 'ZD008', "the ledger's worker");
is(ask_code($node, 'BEGIN; ' . set_version($version) . " SET SESSION AUTHORIZATION alice; $query", database => 'old',
        user => $superuser), 'ZD008', 'the room');
old(set_version($version));
is(ask_code($node, $query, database => 'old'), '', 'and neither of them keeps to it');

# Notes on how executions ended belong into tables of this version as well.
my $last = 'SELECT status FROM health_dp.charges ORDER BY charge_id DESC LIMIT 1';
my $charged = charges($node, 'old');
$session = begin_ask($node, $long_query, database => 'old');
wait_until(sub { charges($node, 'old') > $charged }, 'a charge');
old(set_version('0.1'));
$node->safe_psql('postgres', "SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE state = 'active' AND usename = 'alice'");
is(end_ask($session), '57014', 'a cancel after the charge');
sleep 3;
is(old($last), 'open', 'is not noted');
old(set_version($version));
wait_until(sub { old($last) eq 'failed' }, 'a note that was kept');

$node->stop;
done_testing();
