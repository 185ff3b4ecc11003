# [C20] [C28] What a statement costs at least, how many executions a login role has in a day, and how many of them may fail.
use strict;
use warnings;
use LedgerTest;
use PostgreSQL::Test::Utils;
use Test::More;

# A day must not end in the middle of its tests.
sleep 1 while 86400 - time % 86400 < 240;

my $node = new_server('days', 'health_dp.failure_limit = 0');
prepare_database($node, 'postgres', 100);
$node->safe_psql('postgres', 'SELECT health_dp.create_key_store()');
$node->safe_psql('postgres', <<"SQL");
SELECT health_dp.create_project(p, title => 'Other', legal_basis => 'CNIL 2023-146', valid => '[2020-01-01,2100-01-01)',
    epsilon => 100, delta => 1e-6, releases => '{dp,suppressed}'), health_dp.grant_table(p, 'care.stay'),
    health_dp.add_member(p, 'alice'), health_dp.add_member(p, 'bob') FROM unnest('{second,third}'::name[]) p;
SQL
my $exact_query = "SET health_dp.project = 'second'; SELECT health_dp.sc_count(*) FROM care.stay";
my $second_query = "SET health_dp.project = 'second'; $query";

# As a session that connects next finds it; the worker has it by its next charge.
sub set_server {
    my ($name, $value) = @_;
    $node->safe_psql('postgres', "ALTER SYSTEM SET health_dp.$name = $value");
    $node->restart;
    return;
}

# Executions and failures of a login role today, over all projects and in the first one.
sub day_of {
    my ($role) = @_;
    return $node->safe_psql('postgres', 'SELECT string_agg(executions || \' \' || failures, \', \' ORDER BY project_id)'
          . " FROM health_dp.ledger_day WHERE project_id < 2 AND login_role = '$role'"
          . " AND day = (now() AT TIME ZONE 'UTC')::date");
}

# -- a price

is(ask_code($node, $query, epsilon => '0.01'), '', 'the least epsilon');
is(ask_code($node, $query, epsilon => '0.009999999999999999'), 'ZD303', 'less than that');
is(judged_after($node, sub { $node->safe_psql('postgres', "SELECT health_dp.set_min_epsilon('emc2', 0.2)") }),
    'ZD303', 'the worker judges it again');
is(charges($node), 1, 'nothing was charged');
is(ask_code($node, $query, epsilon => '0.2'), '', 'the price of now');
is(ask_code($node, $exact_query), '', 'a suppressed release costs no epsilon');
$node->safe_psql('postgres', "SELECT health_dp.set_min_epsilon('emc2')");

# -- executions a day

is(day_of('alice'), '3 0, 2 0', 'suppressed ones count, refusals do not');
set_server('executions_per_day', 5);
is(ask_code($node, "$query; $second_query"), '', 'the fourth and the fifth');
my ($code, $out, $err) = ask($node, $query);
like($err, qr/ZD404/, 'the sixth is refused');
my $errors = '';
{
    local $ENV{PGOPTIONS} = '-c health_dp.project=emc2 -c health_dp.epsilon=0.1';
    $node->psql('postgres', $query, stderr => \$errors, extra_params => [ '-U', 'alice' ]);
}
my $tomorrow = $node->safe_psql('postgres', "SELECT (now() AT TIME ZONE 'UTC')::date + 1");
like($errors, qr/role "alice" has used up today's executions: 5\n.*beginning of $tomorrow, at midnight UTC/, 'by name, and until when');
is(ask_code($node, $second_query), 'ZD404', 'in every project');
is(ask_code($node, $exact_query), 'ZD404', 'of every kind');
is(ask_code($node, "SET TimeZone = 'Pacific/Kiritimati'; $query"), 'ZD404', 'whatever the session calls today');
is(ask_code($node, $query, user => 'bob'), '', 'others have their own');
is(charges($node), 6, 'nothing was charged');
is(day_of('alice'), '5 0, 3 0', 'and nothing counted');

# Who logged in counts, whoever that then says to be.
is(ask_code($node, "SET SESSION AUTHORIZATION alice; $query", user => $superuser), '', 'a superuser as alice');
is(day_of($superuser), '1 0, 1 0', 'is a superuser');
is($node->safe_psql('postgres', 'SELECT login_role, session_role, user_role, query, executed ~ $$^\s*SELECT .*dp_count\(.*FROM care\.stay\s*$$ FROM health_dp.ledger_charge'
          . ' ORDER BY charge_id DESC LIMIT 1'), "$superuser|alice|alice|$query|t", 'on record');

# A project's own number: what is asked there counts for the others as well, but is judged by that number alone.
$node->safe_psql('postgres', "SELECT health_dp.limit_executions('second', 4)");
is(ask_code($node, "$second_query; $query"), '', 'two more in a project with a number of its own');
is(ask_code($node, $second_query), 'ZD404', 'and no third');
$node->safe_psql('postgres', "SELECT health_dp.limit_executions('second', 0)");
is(ask_code($node, $second_query), '', 'any number');
$node->safe_psql('postgres', "SELECT health_dp.limit_executions('second')");
is(ask_code($node, $second_query), 'ZD404', "the server's again");

# The last execution of a day: sessions whose requests wait at the same time, judged in one transaction; and many that
# come as they come.
$node->safe_psql('postgres', "SELECT health_dp.limit_executions('third', 1)");
my $third_query = "SET health_dp.project = 'third'; $query";
my $worker = worker_pid($node);
kill 'STOP', $worker;
my @sessions = map { begin_ask($node, $third_query) } 1 .. 2;
wait_until(sub { requests_wait($node) == 2 }, 'two waiting requests');
kill 'CONT', $worker;
is(join(',', sort map { end_ask($_) } @sessions), ',ZD404', 'one of two gets the last execution');
$node->safe_psql('postgres', "SELECT health_dp.limit_executions('third', 41)");
@sessions = map { begin_ask($node, "SET health_dp.project = 'third';\n" . "$query;\n" x 10, on_error_stop => 0) } 1 .. 8;
end_ask($_) for @sessions;
is(scalar(map { $_->{out} =~ /^-?\d+$/mg } @sessions), 40, 'forty of eighty get theirs');
is(scalar(map { $_->{err} =~ /ZD404/g } @sessions), 40, 'the others are told');
is($node->safe_psql('postgres', 'SELECT count(*) FROM health_dp.ledger_charge c JOIN health_dp.project p ON p.id = c.project_id'
          . " WHERE p.name = 'third'"), 41, 'no more is charged');

# -- failures a day

set_server('executions_per_day', 0);
is(ask_code($node, $query), '', 'without limit');
my $charges = charges($node);

# An execution that is cancelled while it reads.
sub cancelled {
    my ($user, $sql) = @_;
    return end_ask(cancel_release($node, begin_ask($node, $sql, user => $user), $user));
}

set_server('failures_per_day', 2);
is(cancelled('alice', $long_query), '57014', 'a failure');
is(ask_code($node, $query), '', 'may be bad luck');
is(cancelled('alice', $long_query), '57014', 'another one');
is(ask_code($node, $query), 'ZD405', 'noted before the next charge is judged');
is(ask_code($node, $second_query), 'ZD405', 'in every project');
is(ask_code($node, $exact_query), 'ZD405', 'of every kind');
{
    local $ENV{PGOPTIONS} = '-c health_dp.project=emc2 -c health_dp.epsilon=0.1';
    $node->psql('postgres', $query, stderr => \$errors, extra_params => [ '-U', 'alice' ]);
}
like($errors, qr/role "alice" has no further release today: 2 executions failed.*\n.*beginning of $tomorrow, at midnight UTC/,
    'by name, and until when');
is(charges($node), $charges + 3, 'nothing was charged');
is($node->safe_psql('postgres', 'SELECT bool_or(suspended) FROM health_dp.project'), 'f', 'no project is suspended');
is(ask_code($node, $query, user => 'bob'), '', 'others go on');
like(day_of('alice'), qr/^\d+ 2, \d+ 2$/, 'counted over all projects, and in this one');

# Yesterday's failures are yesterday's.
$node->safe_psql('postgres', <<'SQL');
ALTER TABLE health_dp.ledger_day DISABLE TRIGGER final;
UPDATE health_dp.ledger_day SET day = day - 1;
ALTER TABLE health_dp.ledger_day ENABLE ALWAYS TRIGGER final;
SQL
is(ask_code($node, $query), '', 'a new day');
is(day_of('alice'), '1 0, 1 0', 'begins with nothing');

$node->stop;
done_testing();
