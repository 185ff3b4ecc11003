# What suppressed releases put on record survives crashes and dumps, and holds between sessions that ask at the same time.
use strict;
use warnings;
use IPC::Run ();
use KeyStore;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('suppressed');
$node->init;
$node->append_conf('postgresql.conf', join("\n", "shared_preload_libraries = 'health_dp'", 'restart_after_crash = on', 'autovacuum = off',
    'health_dp.failures_per_day = 0', key_settings(PostgreSQL::Test::Utils::tempdir_short() . '/keys'), ''));
$node->start;
$node->safe_psql('postgres', <<'SQL');
CREATE EXTENSION health_dp;
SELECT health_dp.create_key_store();
CREATE ROLE alice LOGIN;
CREATE SCHEMA care;
GRANT USAGE ON SCHEMA care TO PUBLIC;
CREATE TYPE care.sex AS ENUM ('f', 'm', 'x');
CREATE TABLE care.stay (gone integer, patient_id integer NOT NULL, gone_too text, ward text NOT NULL, sex care.sex, nights integer);
ALTER TABLE care.stay DROP COLUMN gone, DROP COLUMN gone_too;
INSERT INTO care.stay SELECT n, 'ward ' || n % 8, CASE WHEN n <= 4 THEN 'x' WHEN n % 3 = 0 THEN 'f' ELSE 'm' END::care.sex, n % 30 FROM generate_series(1, 800) n;
CREATE TABLE care.wing (ward text PRIMARY KEY, wing text);
INSERT INTO care.wing SELECT 'ward ' || n, CASE WHEN n < 4 THEN 'east' ELSE 'west' END FROM generate_series(0, 7) n;
GRANT SELECT ON care.wing TO PUBLIC;
SELECT health_dp.protect('care.stay', 'patient_id'), health_dp.declare_public('care.wing'), health_dp.declare_bounds('care.stay', 'nights', 0, 100);
SELECT health_dp.create_project(p, title => 'Exact', legal_basis => 'CNIL 2023-146', valid => '[2020-01-01,2100-01-01)',
    epsilon => 1, delta => 0.1, releases => '{suppressed}'), health_dp.grant_table(p, 'care.stay'), health_dp.add_member(p, 'alice')
  FROM unnest('{crash,race,dump,keys}'::name[]) p;
SQL

sub ask_as_alice {
    my ($database, $project, $sql) = @_;
    my ($code, $out, $err) = $node->psql($database, "SET health_dp.project = '$project'; $sql", extra_params => [ '-U', 'alice', '-v', 'VERBOSITY=verbose' ]);
    return $err =~ /^(?:psql:.*?)?ERROR:\s+(\w{5})/m ? $1 : $out;
}

my $wards = 'SELECT count(*), sum(n) FROM (SELECT ward, health_dp.sc_count(*) AS n FROM care.stay GROUP BY ward) r';
my $others = "SELECT health_dp.sc_count(*) FROM care.stay WHERE ward <> 'ward 0'";

is(ask_as_alice('postgres', 'crash', $wards), '8|800', 'answered');
$node->stop('immediate');
$node->start;
is(ask_as_alice('postgres', 'crash', $others), 'ZD722', 'after a crash the population is still known');
is(ask_as_alice('postgres', 'crash', $wards), '8|800', 'and the same question has the same answer');
is($node->safe_psql('postgres', 'SELECT count(*) FROM health_dp.suppressed_release'), 1, 'registered once');

# A population each, all at once: one of them is the project's, whoever was first.
my @sessions;
for my $ward (0 .. 7) {
    my ($out, $err) = ('', '');
    my $session = { out => \$out, err => \$err, in => \ "SET health_dp.project = 'race'; SELECT health_dp.sc_count(*) FROM care.stay WHERE ward <> 'ward $ward';" };
    $session->{run} = IPC::Run::start([ 'psql', '-XqAt', '-v', 'VERBOSITY=verbose', '-U', 'alice', '-d', $node->connstr('postgres') ],
        '<', $session->{in}, '>', $session->{out}, '2>', $session->{err}, IPC::Run::timeout($PostgreSQL::Test::Utils::timeout_default));
    push @sessions, $session;
}
IPC::Run::finish($_->{run}) for @sessions;
is(scalar(grep { ${ $_->{out} } eq "700\n" } @sessions), 1, 'one population was answered');
is(scalar(grep { ${ $_->{err} } =~ /ZD722/ } @sessions), 7, 'the others were refused');

# A restored database knows what was published: everything goes on as before.
is(ask_as_alice('postgres', 'dump', $wards), '8|800', 'answered');
my $from = 'FROM care.stay s JOIN care.wing w ON w.ward = s.ward WHERE sex IS NOT NULL AND w.wing IN (\'east\', \'west\')';
my $sexes = "SELECT sex, health_dp.sc_count(*), health_dp.sc_sum(nights) $from GROUP BY sex ORDER BY sex";
my $answer = ask_as_alice('postgres', 'keys', $sexes);
like($answer, qr/^f\|265\|\d+\nm\|531\|\d+\z/, 'answered by sex');
my $dump = PostgreSQL::Test::Utils::tempdir() . '/dump';
$node->command_ok([ 'pg_dump', '-Fc', '-f', $dump, $node->connstr('postgres') ], 'dumped');
$node->safe_psql('postgres', 'CREATE DATABASE restored');
$node->command_ok([ 'pg_restore', '-d', $node->connstr('restored'), $dump ], 'restored');
is($node->safe_psql('restored', 'SELECT count(*) FROM health_dp.suppressed_release'), 4, 'with the register');
is(ask_as_alice('restored', 'dump', $wards), 'ZD516', 'sealed, until a custodian says that it may be read here');
$node->safe_psql('restored', 'SELECT health_dp.adopt_keys()');
is(ask_as_alice('restored', 'dump', $wards), '8|800', 'the same question has the same answer');
is(ask_as_alice('restored', 'keys', $sexes), $answer, 'also with an enum, sums and a public table');
is(ask_as_alice('restored', 'keys', $sexes =~ s/care.wing w/care.wing x/r =~ s/w\.w/x.w/gr), $answer, 'whatever the query calls it');
is($node->safe_psql('restored', 'SELECT count(*) FROM health_dp.suppressed_release'), 4, 'nothing new was published');
# The total would give away the four of sex x.
is(ask_as_alice('restored', 'keys', "SELECT health_dp.sc_count(*) IS NULL $from"), 't', 'and more is protected with what was published before the dump');
is(ask_as_alice('restored', 'keys', "SELECT count(n) FROM (SELECT wing, health_dp.sc_count(*) AS n $from GROUP BY GROUPING SETS ((wing), (sex))) r WHERE wing IS NOT NULL"),
    '1', 'a new key as well');
is(ask_as_alice('restored', 'keys', $sexes =~ s/'west'/'west', 'south'/r), 'ZD722', 'another condition is another population');
is(ask_as_alice('restored', 'dump', $others), 'ZD722', 'another population is refused there as well');

# Charged, computed, and then the register cannot be written: nothing is handed out.
$node->safe_psql('postgres', <<'SQL');
CREATE FUNCTION public.no_room() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION $$no room$$; END';
CREATE TRIGGER no_room BEFORE INSERT ON health_dp.suppressed_release FOR EACH ROW EXECUTE FUNCTION public.no_room();
SQL
my $more = 'SELECT ward, health_dp.sc_count(*) FROM care.stay GROUP BY ROLLUP (ward)';
is(ask_as_alice('postgres', 'crash', $more), 'ZD007', 'what cannot be registered is not handed out');
is(ask_as_alice('postgres', 'crash', $wards), '8|800', 'what is registered already is');
$node->safe_psql('postgres', 'DROP TRIGGER no_room ON health_dp.suppressed_release');
like(ask_as_alice('postgres', 'crash', $more), qr/^ward 0\|100$/m, 'and then again');
$node->stop;
done_testing;
