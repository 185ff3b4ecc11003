# [C12] A charge is on disk before the answer, and nothing undoes it.
use strict;
use warnings;
use LedgerTest;
use PostgreSQL::Test::Utils;
use Test::More;

# The database asks for what would lose charges; the worker must not obey. Between commits of its own nobody writes the
# write-ahead log out for it.
my $node = new_server('durability', 'wal_writer_delay = 10s', 'health_dp.failure_limit = 0');
prepare_database($node, 'postgres', 1000);
$node->safe_psql('postgres', "ALTER DATABASE postgres SET $_")
  for 'synchronous_commit = off', 'search_path = nowhere', 'default_transaction_read_only = on';

my $expected = 0;

sub holds {
    my ($what) = @_;
    charges_are($node, ++$expected, $what);
    return;
}

# A query that was charged and now sleeps.
sub start_slow {
    my $session = begin_ask($node, $slow_query);
    wait_until(sub { charges($node) == $expected + 1 }, 'the charge of a slow query');
    return $session;
}

sub slow_pid {
    return $node->safe_psql('postgres',
        "SELECT pid FROM pg_stat_activity WHERE usename = 'alice' AND wait_event = 'PgSleep'");
}

sub wait_for_restart {
    wait_until(sub { $node->psql('postgres', 'SELECT 1') == 0 }, 'the server is back');
    return;
}

is(ask_code($node, $query), '', 'a charge');
holds('after an answer');

is(ask_code($node, "BEGIN; $query; ROLLBACK"), '', 'ROLLBACK');
holds('after ROLLBACK');

is(ask_code($node, "BEGIN; SAVEPOINT s; $query; ROLLBACK TO s; COMMIT"), '', 'savepoint');
holds('after ROLLBACK TO SAVEPOINT');

is(ask_code($node, $failing_query), '22012', 'an error after the charge');
holds('after an error');

is(ask_code($node, "DO \$\$ BEGIN PERFORM * FROM ($failing_query) q; EXCEPTION WHEN division_by_zero THEN END \$\$"),
    '', 'an error caught by PL/pgSQL');
holds('after a caught error');

is(ask_code($node, "SET statement_timeout = '1s'; $slow_query"), '57014', 'cancelled');
holds('after a cancel');

my $session = start_slow();
$node->safe_psql('postgres', 'SELECT pg_terminate_backend(' . slow_pid() . ')');
is(end_ask($session), '57P01', 'terminated');
holds('after pg_terminate_backend');

$session = start_slow();
$session->{run}->kill_kill(grace => 0);
holds('after the client was killed');
$node->safe_psql('postgres', 'SELECT pg_terminate_backend(' . slow_pid() . ')');

$session = start_slow();
kill 'KILL', slow_pid();
$session->{run}->finish;
wait_for_restart();
holds('after kill -9 of the backend');

is(ask_code($node, $query), '', 'the next charge after the crash');
holds('after the crash');

$session = start_slow();
kill 'KILL', worker_pid($node);
$session->{run}->finish;
wait_for_restart();
holds('after kill -9 of the worker');

is(ask_code($node, $query), '', 'a charge with a new worker');
holds('with a new worker');

# At once after the answer: nothing but the worker's own commit has flushed the charge.
is(ask_code($node, $query), '', 'a charge');
$expected++;
$session = start_slow();
$node->stop('immediate');
$session->{run}->finish;
$node->start;
holds('after an immediate stop between charge and answer');

is(ask_code($node, $query), '', 'the first charge after the restart');
holds('after the restart');

# A worker that is asked to end in an orderly way charges no less.
for (1 .. 3) {
    my $pid = worker_pid($node);
    $node->safe_psql('postgres', "SELECT pg_terminate_backend($pid)");
    is(ask_code($node, $query), '', 'a charge after the worker was terminated');
    holds('after the worker was terminated');
}

$node->stop;
done_testing();
