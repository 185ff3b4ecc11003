# The worker is a good guest: it leaves when it is idle or in the way, and the ledger moves with its database.
use strict;
use warnings;
use LedgerTest;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes ();

my $node = new_server('databases', 'health_dp.failure_limit = 0');

sub database_with_worker {
    my ($name) = @_;
    $node->safe_psql('postgres', "CREATE DATABASE $name");
    prepare_database($node, $name, 10);
    charge_in($name);
    return;
}

sub charge_in {
    my ($name) = @_;
    is(ask_code($node, $query, database => $name), '', "a charge in $name");
    isnt(worker_pid($node, $name), '', "a worker in $name");
    return;
}

sub runs_at_once {
    my ($sql) = @_;
    my $began = Time::HiRes::time();
    is(ask_code($node, $sql, user => $superuser), '', $sql);
    cmp_ok(Time::HiRes::time() - $began, '<', 5, "$sql: without waiting");
    return;
}

# -- statements that need a database without connections

database_with_worker('first');
my $worker = worker_pid($node, 'first');
isnt(ask_code($node, 'DROP DATABASE first', user => 'mallory'), '', 'others may not drop it');
isnt(ask_code($node, 'CREATE DATABASE copy TEMPLATE first', user => 'mallory'), '', 'nor copy it');
is(worker_pid($node, 'first'), $worker, 'and the worker does not move for them');

runs_at_once('CREATE DATABASE second TEMPLATE first');
charge_in('first');
charge_in('second');
charges_are($node, 2, 'a copied database has the charges made before, and its own', 'second');
runs_at_once('ALTER DATABASE second RENAME TO third');
charge_in('third');
my $directory = PostgreSQL::Test::Utils::tempdir();
$node->safe_psql('postgres', "CREATE TABLESPACE elsewhere LOCATION '$directory'");
runs_at_once('ALTER DATABASE third SET TABLESPACE elsewhere');
charge_in('third');
charges_are($node, 4, 'charges survive it all', 'third');
runs_at_once('DROP DATABASE third');
runs_at_once('DROP DATABASE first WITH (FORCE)');

# DROP DATABASE of another database asks every process to let go of its files: a worker that does not listen would hold
# it up.
database_with_worker('fourth');
$node->safe_psql('postgres', 'CREATE DATABASE bystander');
runs_at_once('DROP DATABASE bystander');

# -- DROP EXTENSION, and what a worker does that knew the tables from before

# Under load, when it meets the worker's locks in an order of its own, and more than once.
my $session;
for (1 .. 5) {
    $session = begin_ask($node, ("$query;\n" x 300), database => 'fourth', on_error_stop => 0);
    wait_until(sub { charges($node, 'fourth') > 5 }, 'charges');
    is(ask_code($node, 'DROP EXTENSION health_dp CASCADE', user => $superuser, database => 'fourth'), '',
        'DROP EXTENSION');
    end_ask($session);
    last if $_ == 5;
    $node->safe_psql('fourth', 'DROP SCHEMA care CASCADE');
    prepare_database($node, 'fourth', 10);
}
$node->safe_psql('fourth', 'DROP SCHEMA care CASCADE');
prepare_database($node, 'fourth', 10);
is(ask_code($node, $query, database => 'fourth'), '', 'the extension made anew, the worker still the old one');
charges_are($node, 1, 'a new ledger', 'fourth');

# -- idleness

$node->append_conf('postgresql.conf', "health_dp.worker_idle_timeout = '1s'");
$node->reload;
wait_until(sub { worker_pid($node, 'fourth') eq '' }, 'an idle worker leaves');
is(ask_code($node, $query, database => 'fourth'), '', 'and comes back with the next charge');
charges_are($node, 2, 'two workers, one ledger', 'fourth');
$node->append_conf('postgresql.conf', "health_dp.worker_idle_timeout = '1min'");
$node->reload;

# Workers that start slowly: the claim of the first lapses and a second one is called, yet only one of them serves.
$node->append_conf('postgresql.conf', "health_dp.charge_timeout = '30s'");
$node->reload;
$node->safe_psql('postgres', 'SELECT pg_terminate_backend(pid) FROM pg_stat_activity'
      . " WHERE backend_type = 'health_dp ledger'");
wait_until(sub { worker_pid($node, 'fourth') eq '' }, 'no worker');
$session = begin_ask($node, "SELECT pg_sleep(1); $query; SELECT pg_sleep(6); $query", database => 'fourth');
wait_until(sub { $node->safe_psql('postgres', "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep'") },
    'a session that is connected before connecting becomes slow');
$node->append_conf('postgresql.conf', "post_auth_delay = 6");
$node->reload;
is(end_ask($session), '', 'slow workers charge');
$node->append_conf('postgresql.conf', "post_auth_delay = 0");
$node->reload;
charges_are($node, 4, 'once each', 'fourth');
like(worker_pid($node, 'fourth'), qr/^\d+$/, 'one worker is left');

# -- dump and restore

my $dump = PostgreSQL::Test::Utils::tempdir() . '/dump';
$node->command_ok([ 'pg_dump', '-Fc', '-f', $dump, $node->connstr('fourth') ], 'pg_dump');
$node->safe_psql('postgres', 'CREATE DATABASE restored');
$node->command_ok([ 'pg_restore', '-e', '-d', $node->connstr('restored'), $dump ], 'pg_restore');
charges_are($node, 4, 'a restored ledger', 'restored');
is(ask_code($node, $query, database => 'restored'), '', 'goes on');
charges_are($node, 5, 'where the old one stopped', 'restored');
is($node->safe_psql('restored', 'SELECT count(DISTINCT charge_id) = 5 AND max(charge_id) > 4 FROM health_dp.ledger_charge'),
    't', 'with numbers of its own');
is(ask_code($node, $query, database => 'restored', epsilon => 9.6), 'ZD401', 'a restore is no new budget');
is($node->safe_psql('restored', 'SELECT epsilon_left FROM health_dp.budget'), '9.5', 'what is left');
is($node->safe_psql('restored', 'SELECT sum(executions) FROM health_dp.ledger_day WHERE project_id = 0'), 5,
    "a restored database knows its members' days");

# -- what is in the ledger stays

for my $sql (
    'DELETE FROM health_dp.ledger_charge',
    'TRUNCATE health_dp.ledger_charge',
    'UPDATE health_dp.ledger_charge SET epsilon = epsilon / 2',
    'UPDATE health_dp.ledger_charge SET project_id = 2',
    'DELETE FROM health_dp.ledger_total',
    'TRUNCATE health_dp.ledger_total',
    'UPDATE health_dp.ledger_total SET epsilon_spent = 0',
    'DELETE FROM health_dp.ledger_day',
    'TRUNCATE health_dp.ledger_day',
    'UPDATE health_dp.ledger_day SET executions = 0',
    "UPDATE health_dp.ledger_charge SET login_role = 'bob'",
    "SET session_replication_role = replica; DELETE FROM health_dp.ledger_charge")
{
    is(ask_code($node, $sql, user => $superuser, database => 'restored'), 'ZD403', "a superuser's mistake: $sql");
    is(ask_code($node, $sql, user => 'alice', database => 'restored'), '42501', 'others have no privilege to make it')
      unless $sql =~ /^SET/;
}
for my $relation ('ledger_charge', 'ledger_total', 'ledger_day', 'charges') {
    is(ask_code($node, "TABLE health_dp.$relation", database => 'restored'), '42501', "members do not read $relation");
}
my (undef, $seen) = ask($node, 'SELECT project, epsilon_spent FROM health_dp.budget', database => 'restored');
is($seen, 'emc2|0.5', 'members see their budget');
(undef, $seen) = ask($node, 'SELECT project FROM health_dp.budget', database => 'restored', user => 'mallory');
is($seen, '', 'others see none');
is($node->safe_psql('restored', 'SET ROLE health_dp_auditor; SELECT count(*) FROM health_dp.charges'), 5,
    'auditors read all');

$node->stop;
done_testing();
