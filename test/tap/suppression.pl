# What a solver inside a backend must not do: outlast a cancel, or its time limit, or take the backend's signals from it. And
# that policies, what projects use, and records come back from a dump.
use strict;
use warnings;
use IPC::Run ();
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(time);

my $node = PostgreSQL::Test::Cluster->new('suppression');
$node->init(allows_streaming => 1);
$node->append_conf('postgresql.conf', "shared_preload_libraries = 'health_dp'\nautovacuum = off\n");
$node->start;

# 18,000 inner cells, a quarter of them small, along no pattern that a solver could use: far more than anybody waits for.
$node->safe_psql('postgres', <<'SQL');
CREATE EXTENSION health_dp;
CREATE TABLE large AS
    SELECT a, b, c, 1 + (a * 7919 + b * 104729 + c * 1299709) % 97 % 40 AS patients
      FROM generate_series(1, 30) a, generate_series(1, 30) b, generate_series(1, 20) c;
SQL
my $suppress = q{SELECT count(*) FROM health_dp.suppress_table('large', '{a,b,c}', '{patients}', policy => 'pcornet',
    build_margins => true) AS t(a text, b text, c text, patients bigint, hidden boolean)};
my $audit = q{SELECT count(*) FROM health_dp.audit_table('SELECT a, b, c, sum(patients) AS patients, sum(patients) < 11 OR
    grouping(a, b, c) = 0 AND (a + b) % 2 = 0 AS hidden FROM large GROUP BY CUBE (a, b, c)', '{a,b,c}', '{patients}', policy => 'pcornet')};

# Rows come in the order of the database's language, whatever the session's.
$node->safe_psql('postgres', "CREATE DATABASE french TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C' LOCALE_PROVIDER icu ICU_LOCALE 'fr-FR'");
is($node->safe_psql('french', <<'SQL'), "Bretagne\nÉlan\nétang\nÎle-de-France\nNormandie\n", 'in the order of the language, the total last');
SET client_min_messages = warning;
CREATE EXTENSION health_dp;
CREATE VIEW counted AS SELECT region, sum(n) AS n FROM (VALUES ('Normandie', 1), ('Île-de-France', 2), ('Bretagne', 3), ('étang', 4), ('Élan', 5)) AS t(region, n) GROUP BY ROLLUP (region);
SELECT region FROM health_dp.round_table(NULL::counted, '{region}', '{n}', 1);
SQL

# Both end soon after their time.
for my $case ([ 'suppression', $suppress ], [ 'audit', $audit ]) {
    my ($name, $sql) = @$case;
    my $started = time;
    my ($status, $output, $errors) = $node->psql('postgres', "SET statement_timeout = '1s'; $sql");
    my $took = time - $started;
    like($errors, qr/canceling statement due to statement timeout/, "$name: statement_timeout ends it");
    cmp_ok($took, '<', 6.0, "$name: in time");

    my ($in, $out, $err) = ('', '', '');
    my $psql = IPC::Run::start([ 'psql', '-XqAt', '-d', $node->connstr('postgres'), '-c', "SET application_name = 'solving'", '-c', $sql,
            '-c', "SELECT 'alive'" ], '<', \$in, '>', \$out, '2>', \$err);
    $node->poll_query_until('postgres', q{SELECT count(*) = 1 FROM pg_stat_activity WHERE application_name = 'solving'
        AND state = 'active' AND query_start < clock_timestamp() - interval '1.5 s'}) or die 'it did not run';
    $started = time;
    $node->safe_psql('postgres', q{SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE application_name = 'solving'});
    $psql->finish;
    $took = time - $started;
    like($err, qr/canceling statement due to user request/, "$name: a cancel ends it");
    cmp_ok($took, '<', 5.0, "$name: in time");
    like($out, qr/alive/, "$name: the session goes on");
}

# Out of time is an error, never a table that was not audited.
my $started = time;
my ($status, $output, $errors) = $node->psql('postgres', "SET health_dp.suppression_time_limit = 2; $suppress");
my $took = time - $started;
like($errors, qr/longer than its time limit/, 'the time limit ends it');
is($output, '', 'without a row');
cmp_ok($took, '<', 9.0, 'in time');

# A solver that had put handlers of its own in place of the backend's would be what a cancel meets next.
my ($out, $err) = ('', '');
my $psql = IPC::Run::start([ 'psql', '-XqAt', '-d', $node->connstr('postgres'), '-c', "SET application_name = 'after'",
        '-c', q{SELECT count(*) FROM health_dp.suppress_table('SELECT * FROM large WHERE a < 5 AND b < 5 AND c = 1', '{a,b}', '{patients}',
            policy => 'ohdsi', build_margins => true) AS t(a text, b text, patients bigint, hidden boolean)},
        '-c', 'SELECT pg_sleep(60)' ], '>', \$out, '2>', \$err);
$node->poll_query_until('postgres', q{SELECT count(*) = 1 FROM pg_stat_activity WHERE application_name = 'after'
    AND state = 'active' AND query LIKE '%pg_sleep(60)%'}) or die 'it does not sleep';
my ($handlers) = grep { /^SigCgt/ } split /\n/, slurp_file('/proc/' . $node->safe_psql('postgres',
        q{SELECT pid FROM pg_stat_activity WHERE application_name = 'after'}) . '/status');
my ($fresh) = grep { /^SigCgt/ } split /\n/, $node->safe_psql('postgres',
    q{SELECT pg_read_file('/proc/' || pg_backend_pid() || '/status')});
is($handlers, $fresh, 'the same signals are caught after it as before');
$started = time;
$node->safe_psql('postgres', q{SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE application_name = 'after'});
$psql->finish;
like($err, qr/canceling statement due to user request/, 'a cancel after a solver works as ever');
cmp_ok(time - $started, '<', 15.0, 'at once');
is($out, "25\n", 'and the solver had answered');

# Policies travel with a dump, presets with the extension.
$node->safe_psql('postgres', <<'SQL');
SELECT health_dp.create_project('study', title => 't', legal_basis => 'b', valid => '[2020-01-01,2100-01-01)', epsilon => 1, min_cell => 5);
SELECT health_dp.create_suppression_policy('ours', 'as CASD', based_on => 'casd_health', patients => 20, noise_deviation => 4, noise_variance => 2.5);
SELECT health_dp.set_suppression_policy('study', 'ours');
SQL
my $state = q{SELECT (SELECT string_agg(p::text, ';' ORDER BY name) FROM (SELECT name, patients, units, cost, noise_deviation, noise_variance,
        preset, description, changed_by FROM health_dp.suppression_policies) p), (SELECT string_agg(u::text, ';') FROM
        health_dp.project_suppression_policies u), (SELECT string_agg(s::text, ';' ORDER BY record_id) FROM health_dp.suppressions s)};
my $before = $node->safe_psql('postgres', $state);
my $dump = $node->basedir . '/dump.sql';
$node->command_ok([ 'pg_dump', '--exclude-table=large', '-f', $dump, $node->connstr('postgres') ], 'a dump');
$node->safe_psql('postgres', 'CREATE DATABASE restored');
$node->command_ok([ 'psql', '-XqAt', '-v', 'ON_ERROR_STOP=1', '-f', $dump, $node->connstr('restored') ], 'and its restore');
is($node->safe_psql('restored', $state), $before, 'bring back policies, what projects use, and which tables were made');
my $again = q{SELECT count(*) FROM health_dp.suppress_table('SELECT 1 AS a, 50 AS n', '{a}', '{n}', policy => 'ohdsi', build_margins => true) AS t(a int, n int, hidden boolean)};
$node->safe_psql('restored', $again);
is($node->safe_psql('restored', 'SELECT count(*), count(DISTINCT record_id) FROM health_dp.suppressions'), '2|2', 'and further ones go on record behind them');

# On a standby nothing can be written: the table is made, and a notice says that it is not on record.
$node->backup('copy');
my $standby = PostgreSQL::Test::Cluster->new('suppression_standby');
$standby->init_from_backup($node, 'copy', has_streaming => 1);
$standby->start;
($status, $output, $errors) = $standby->psql('restored', $again);
is($output, '2', 'a table on a standby');
like($errors, qr/NOTICE:  that this table was made is not on record/, 'which says that it is not on record');

done_testing();
