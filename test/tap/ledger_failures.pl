# [C20] Executions that fail after their charge are counted and, at the limit, suspend the project. What a crash cuts off
# is nobody's failure.
use strict;
use warnings;
use LedgerTest;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes ();

my $node = new_server('failures', 'health_dp.failure_limit = 5');
prepare_database($node, 'postgres', 100);

# How many charges are settled, failed, interrupted, open.
sub outcomes {
    return $node->safe_psql('postgres', 'SELECT ' . join(', ', map { "count(*) FILTER (WHERE status = '$_')" }
              ('settled', 'failed', 'interrupted', 'open')) . ' FROM health_dp.charges');
}

sub outcomes_become {
    my ($expected, $what) = @_;
    wait_until(sub { outcomes() eq $expected }, "$expected ($what), not " . outcomes());
    is(outcomes(), $expected, $what);
    return;
}

sub is_suspended {
    return $node->safe_psql('postgres', 'SELECT suspended FROM health_dp.project') eq 't';
}

sub cancel { return cancel_release($node, @_); }

is(ask_code($node, $query), '', 'an answer');
outcomes_become('1|0|0|0', 'answered, also when no other charge follows');
is(end_ask(cancel(begin_ask($node, $long_query))), '57014', 'a cancel after the charge');
outcomes_become('1|1|0|0', 'failed');
is(end_ask(cancel(begin_ask($node, <<"SQL"))), '', 'cancelled and caught');
DO \$\$ BEGIN PERFORM * FROM ($long_query) q; EXCEPTION WHEN query_canceled THEN END \$\$;
SQL
outcomes_become('1|2|0|0', 'failed, although the error was caught');
is(ask_code($node, "BEGIN; SAVEPOINT s; $query; ROLLBACK TO s; COMMIT"), '', 'answered, then rolled back');
outcomes_become('2|2|0|0', 'the answer was given: no failure');

# A caught failure counts before the transaction ends: one long transaction hides nothing.
my $session = cancel(begin_ask($node, "BEGIN; SAVEPOINT s; $long_query; ROLLBACK TO s; SELECT pg_sleep(600)",
        on_error_stop => 0));
outcomes_become('2|3|0|0', 'a failure in a savepoint of an open transaction');
$node->safe_psql('postgres', "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE wait_event = 'PgSleep'");
end_ask($session);
is(end_ask(cancel(begin_ask($node, $long_query))), '57014', 'one failure more');
outcomes_become('2|4|0|0', 'failed');

# A query that runs on, and one that a crash cuts off, are no failures.
$session = begin_ask($node, $long_query);
outcomes_become('2|4|0|1', 'a query under way');
$node->stop('immediate');
$session->{run}->finish;
$node->start;
is(ask_code($node, $query), '', 'another answer');
outcomes_become('3|4|1|0', 'interrupted by a crash: no failure');
ok(!is_suspended(), 'not suspended below the limit');
is($node->safe_psql('postgres', 'SELECT failures FROM health_dp.ledger_total'), 4, 'the project has no failure more');
is($node->safe_psql('postgres', "SELECT failures FROM health_dp.ledger_day WHERE project_id = 0 AND login_role = 'alice'"), 4,
    'nor has the member');
is(end_ask(cancel(begin_ask($node, $long_query))), '57014', 'one failure more');
outcomes_become('3|5|1|0', 'failed');
ok(is_suspended(), 'suspended at the limit');
like($node->safe_psql('postgres', 'SELECT suspended_because FROM health_dp.project'), qr/^5 executions failed/, 'why');
is(ask_code($node, $query), 'ZD104', 'no further charge');

# So it is when a session is killed, which makes the server begin anew.
$node->safe_psql('postgres', "SELECT health_dp.resume_project('emc2')");
$session = begin_ask($node, $long_query);
outcomes_become('3|5|1|1', 'a query under way');
kill 'KILL', $node->safe_psql('postgres', "SELECT pid FROM pg_stat_activity WHERE usename = 'alice' AND state = 'active'");
$session->{run}->finish;
wait_until(sub { $node->psql('postgres', 'SELECT 1') == 0 }, 'the server is back');
is(ask_code($node, $query), '', 'an answer after kill -9');
outcomes_become('4|5|2|0', 'interrupted by kill -9');
is($node->safe_psql('postgres', 'SELECT failures FROM health_dp.ledger_total'), 0, 'no failure');

# Another worker of the same server knows what may still run.
$session = begin_ask($node, $long_query);
outcomes_become('4|5|2|1', 'one under way');
$node->safe_psql('postgres', "SELECT pg_terminate_backend($_)") for worker_pid($node);
is(ask_code($node, $query), '', 'another worker');
sleep 2;
is(outcomes(), '5|5|2|1', 'does not call interrupted what runs');
is(end_ask(cancel($session)), '57014', 'until it fails');
outcomes_become('5|6|2|0', 'failed');

# Resumed, it has its whole limit again.
is(end_ask(cancel(begin_ask($node, $long_query))), '57014', "failure $_ after resuming") for 2 .. 4;
outcomes_become('5|9|2|0', 'failed');
ok(!is_suspended(), 'not suspended before the limit');

# Failures that come in a row, without a pause for the worker's notes: the sixth charge finds the project suspended.
is(end_ask(cancel(begin_ask($node, $long_query))), '57014', 'the fifth failure');
is(ask_code($node, $query), 'ZD104', 'noted before the next charge is judged');

# What goes wrong above the release comes after its answer.
$node->safe_psql('postgres', "SELECT health_dp.resume_project('emc2')");
is(ask_code($node, $failing_query), '22012', 'an error above the release');
outcomes_become('6|10|2|0', 'the answer was given to the statement: no failure');

# A room that ends without a word has failed, and so has its execution.
$session = begin_ask($node, $long_query);
outcomes_become('6|10|2|1', 'a query under way');
$node->safe_psql('postgres', "SELECT pg_terminate_backend($_)") for room_pids($node);
is(end_ask($session), 'ZD802', 'a room that is terminated');
outcomes_become('6|11|2|0', 'failed');

# One that is killed takes the server with it.
$session = begin_ask($node, $long_query);
outcomes_become('6|11|2|1', 'a query under way');
kill 'KILL', room_pids($node);
$session->{run}->finish;
wait_until(sub { $node->psql('postgres', 'SELECT 1') == 0 }, 'the server is back');
is(ask_code($node, $query), '', 'an answer after kill -9 of the room');
outcomes_become('7|11|3|0', 'interrupted by kill -9 of the room');

# The administrator's limit ends a release in its midst, and not once it is done.
$node->safe_psql('postgres', "SELECT health_dp.limit_room('emc2', '300 milliseconds')");
my $began = Time::HiRes::time();
is(ask_code($node, $long_query), 'ZD007', 'a release that takes longer than a room may work');
cmp_ok(Time::HiRes::time() - $began, '<', 15, 'ended in its midst');
outcomes_become('7|12|3|0', 'failed');
$node->safe_psql('postgres', "SELECT health_dp.limit_room('emc2')");

# The timeout passed, yet the charge was made: nobody waits for its answer, so its execution has failed.
$node->append_conf('postgresql.conf', "health_dp.charge_timeout = '300ms'");
$node->reload;
$node->safe_psql('postgres', <<'SQL');
CREATE FUNCTION public.linger() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(2); RETURN NEW; END $$;
CREATE TRIGGER slow BEFORE INSERT ON health_dp.ledger_charge FOR EACH ROW EXECUTE FUNCTION public.linger();
SQL
is(ask_code($node, $query), 'ZD402', 'a charge that comes too late');
outcomes_become('7|13|3|0', 'charged and failed');

$node->stop;
done_testing();
