# [C13] [C14] Concurrent sessions spend a budget to the last decimal and not beyond, whatever happens to the worker.
use strict;
use warnings;
use LedgerTest;
use PostgreSQL::Test::Utils;
use Test::More;

my $sessions = 32;
my $each = 10;
my $node = new_server('races', 'health_dp.failure_limit = 0', 'track_commit_timestamp = on');
prepare_database($node, 'postgres', 10);

sub run_sessions {
    my (%options) = @_;
    my $script = "$query;\n" x ($options{each} // $each);
    return map { begin_ask($node, $script, on_error_stop => 0, %options) } 1 .. $sessions;
}

# Answers and errors of sessions that have ended.
sub count_results {
    my (@ended) = @_;
    my (@answers, %errors);
    for my $session (@ended) {
        end_ask($session);
        push @answers, grep { /^-?\d+$/ } split /\n/, $session->{out};
        $errors{$_}++ for $session->{err} =~ /(?:ERROR|FATAL):\s+([0-9A-Z]{5})/g;
    }
    return (\@answers, \%errors);
}

# A budget for exactly 100 charges, 320 attempts, and a worker that has yet to be called.
my ($answers, $errors) = count_results(run_sessions());
is(scalar @$answers, 100, 'exactly 100 sessions got an answer');
is_deeply($errors, { ZD401 => $sessions * $each - 100 }, 'all others were told that the budget is exhausted');
charges_are($node, 100, '100 charges of 0.1 fit a budget of 10');
is(spent($node), '10', 'spent to the last decimal');
is($node->safe_psql('postgres', 'SELECT epsilon_left, epsilon_spent FROM health_dp.budget'), '0|10', 'shown as spent');
is(ask_code($node, $query), 'ZD401', 'the hundred and first does not fit');

# The total is only a sum: one that was lost is made again from the charges, and opens nothing.
$node->safe_psql('postgres', 'ALTER TABLE health_dp.ledger_total DISABLE TRIGGER ALL; DELETE FROM health_dp.ledger_total;'
      . ' ALTER TABLE health_dp.ledger_total ENABLE ALWAYS TRIGGER kept');
is(ask_code($node, $query), 'ZD401', 'a lost total is no new budget');

# Again, while workers are ended as fast as they come. Whoever is refused has perhaps been charged, whoever has an answer
# has been charged for certain.
$node->safe_psql('postgres', 'CREATE DATABASE rough');
prepare_database($node, 'rough', 40);
my $killer = begin_ask($node, <<'SQL', user => $superuser);
DO $$
BEGIN
    FOR i IN 1 .. 400 LOOP
        PERFORM pg_stat_clear_snapshot();
        PERFORM pg_terminate_backend(pid) FROM pg_stat_activity
          WHERE backend_type = 'health_dp ledger' AND datname = 'rough';
        PERFORM pg_sleep(0.005);
    END LOOP;
END
$$;
SQL
($answers, $errors) = count_results(run_sessions(database => 'rough', each => 40));
is(end_ask($killer), '', 'workers were ended all the while');
my $ended = () = PostgreSQL::Test::Utils::slurp_file($node->logfile) =~ /terminating background worker/g;
cmp_ok($ended, '>', 10, "workers were ended ($ended)");
my $charged = charges($node, 'rough');
cmp_ok($charged, '<=', 400, "no more than the budget was charged ($charged)");
cmp_ok(scalar @$answers, '<=', $charged, 'and no answer without a charge (' . scalar(@$answers) . ')');
is(join(',', sort grep { !/^ZD40[12]$/ } keys %$errors),
    '', 'errors are refusals: ' . join(', ', map { "$_ $errors->{$_}" } sort keys %$errors));
charges_are($node, $charged, 'with workers ended', 'rough');
# One transaction for all that wait: a stopped worker lets them gather. One request that must be refused does not spoil
# the others of its batch.
$node->safe_psql('postgres', 'CREATE DATABASE batch');
prepare_database($node, 'batch', 1);
$node->safe_psql('batch', "CREATE ROLE carol LOGIN; SELECT health_dp.add_member('emc2', 'carol')");
is(ask_code($node, $query, database => 'batch'), '', 'a worker for the batch');
my $worker = worker_pid($node, 'batch');
kill 'STOP', $worker;
my @good = map { begin_ask($node, $query, database => 'batch', user => $_) } ('alice', 'bob', 'alice');
my $stranger = begin_ask($node, $query, database => 'batch', user => 'carol');
my $greedy = begin_ask($node, $query, database => 'batch', epsilon => 1);
my $unsafe_delta = begin_ask($node, 'SELECT ward, health_dp.dp_count(*) FROM care.stay GROUP BY ward',
    database => 'batch', delta => '0.000002');
wait_until(sub { requests_wait($node) == 6 }, 'six waiting sessions');
$node->safe_psql('batch', "SELECT health_dp.remove_member('emc2', 'carol')");
kill 'CONT', $worker;
is(end_ask($_), '', 'a good request') for @good;
is(end_ask($stranger), 'ZD102', 'somebody who is no member any more is refused');
is(end_ask($greedy), 'ZD401', 'a charge above the rest is refused');
is(end_ask($unsafe_delta), 'ZD401', 'delta has a budget as well');
charges_are($node, 4, 'the good ones of the batch', 'batch');
is($node->safe_psql('batch', 'SELECT count(DISTINCT pg_xact_commit_timestamp(xmin)) FROM health_dp.ledger_charge'
          . ' WHERE charge_id > 1'), 1, 'three charges had one commit');

# A worker plans its statements when the ledger is empty and keeps them while it grows: no charge may read what was
# charged before.
$node->safe_psql('postgres', 'CREATE DATABASE growing');
prepare_database($node, 'growing', 100);
is(end_ask(begin_ask($node, "$query;\n" x 50, database => 'growing')), '', 'fifty charges by one worker');
$node->safe_psql('growing', 'ANALYZE health_dp.ledger_charge');
is(end_ask(begin_ask($node, "$query;\n" x 50, database => 'growing')), '', 'fifty more, with plans for few rows');
$node->safe_psql('growing', 'SELECT pg_stat_reset()');
is(end_ask(begin_ask($node, "$query;\n" x 50, database => 'growing')), '', 'and fifty');
my $scans = sub {
    my ($how) = @_;
    return $node->safe_psql('growing',
        "SELECT coalesce(sum($how), 0) FROM pg_stat_all_tables WHERE relid = 'health_dp.ledger_charge'::regclass");
};
wait_until(sub { ask_code($node, $query, database => 'growing'); sleep 1; $scans->('idx_scan') > 0 }, 'counters');
is($scans->('seq_scan'), 0, 'charges are found by the index');

$node->stop;
done_testing();
