# [C13] Where a charge cannot be written, there is no answer: unknown means no. Every refusal comes within the timeout.
use strict;
use warnings;
use LedgerTest;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes ();

my $node = new_server('refusals', 'health_dp.charge_timeout = 3s', 'health_dp.room_wait = 3s', 'health_dp.failure_limit = 0');
prepare_database($node, 'postgres', 100);
is(ask_code($node, $query), '', 'a first charge');

my $expected = 1;

# Refused with this SQLSTATE, nothing charged, and in time.
sub refuses {
    my ($what, $code, %options) = @_;
    my $began = Time::HiRes::time();
    is(ask_code($options{node} // $node, $query, %options), $code, "$what: refused");
    cmp_ok(Time::HiRes::time() - $began, '<', 6, "$what: in time");
    charges_are($node, $expected, "$what: nothing charged") unless $options{elsewhere};
    return;
}

sub charges_again {
    my ($what) = @_;
    is(ask_code($node, $query), '', "$what is over: charged");
    charges_are($node, ++$expected, "$what is over");
    return;
}

# -- what the project says

my %changes = (
    'suspended' => [ 'ZD104', 'suspended = true', 'suspended = false' ],
    'expired' => [ 'ZD103', "valid = '[2020-01-01,2021-01-01)'", "valid = '[2020-01-01,2100-01-01)'" ],
    'not yet valid' => [ 'ZD103', "valid = '[2099-01-01,2100-01-01)'", "valid = '[2020-01-01,2100-01-01)'" ],
    'a lower budget' => [ 'ZD401', 'epsilon = 0.1', 'epsilon = 100' ]);
for my $what (sort keys %changes) {
    my ($code, $change, $back) = @{ $changes{$what} };
    is(judged_after($node, sub { $node->safe_psql('postgres', "UPDATE health_dp.project SET $change") }),
        $code, "$what while the request waits: refused");
    refuses($what, $code);
    $node->safe_psql('postgres', "UPDATE health_dp.project SET $back");
}
is( judged_after($node, sub { $node->safe_psql('postgres', "SELECT health_dp.remove_member('emc2', 'bob')") },
        user => 'bob'),
    'ZD102', 'no member any more: refused');
is(judged_after($node, sub { $node->safe_psql('postgres', 'ALTER ROLE alice RENAME TO alicia') }),
    'ZD102', 'another name, hence no member: refused');
$node->safe_psql('postgres', 'ALTER ROLE alicia RENAME TO alice');
is( judged_after($node, sub { $node->safe_psql('postgres', 'DROP ROLE bob') }),
    '', 'what happens to others matters to nobody else');
charges_are($node, ++$expected, 'what the project says');
refuses('no member', 'ZD102', user => 'mallory');

# Both roles must be members: on whose rights the query runs, and who is connected.
$node->safe_psql('postgres', 'ALTER ROLE mallory NOINHERIT; GRANT alice TO mallory');
is(ask_code($node, "SET ROLE alice; $query", user => 'mallory'), 'ZD102', 'SET ROLE does not make a member');
charges_are($node, $expected, 'SET ROLE');

# -- what stops the worker from writing

$node->safe_psql('postgres', <<'SQL');
CREATE FUNCTION public.fail() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'no space left on device'; END $$;
CREATE TRIGGER forced BEFORE INSERT ON health_dp.ledger_charge FOR EACH ROW EXECUTE FUNCTION public.fail();
SQL
refuses('a write error', 'ZD402');
$node->safe_psql('postgres', 'DROP TRIGGER forced ON health_dp.ledger_charge');
charges_again('a write error');

# An error that comes with the commit, when all requests have been judged.
$node->safe_psql('postgres', 'CREATE CONSTRAINT TRIGGER forced AFTER INSERT ON health_dp.ledger_charge'
      . ' DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION public.fail()');
refuses('an error of the commit', 'ZD402');
$node->safe_psql('postgres', 'DROP TRIGGER forced ON health_dp.ledger_charge');
charges_again('an error of the commit');

# The session reads projects and members itself: somebody locks them between that and the charge.
for my $table ('ledger_charge', 'ledger_total', 'ledger_day', 'project', 'project_member') {
    my ($holder, $holder_pid);
    my $code = judged_after(
        $node,
        sub {
            $holder = begin_ask($node,
                "BEGIN; LOCK TABLE health_dp.$table IN ACCESS EXCLUSIVE MODE; SELECT pg_sleep(600)",
                user => $superuser);
            wait_until(
                sub {
                    $holder_pid = $node->safe_psql('postgres', "SELECT l.pid FROM pg_locks l"
                          . " WHERE l.relation = 'health_dp.$table'::regclass AND l.mode = 'AccessExclusiveLock'"
                          . ' AND l.granted');
                },
                "a lock on $table");
        });
    is($code, 'ZD402', "a lock on $table: refused");
    # Counting would wait for the lock too: only afterwards.
    $node->safe_psql('postgres', "SELECT pg_terminate_backend($holder_pid)");
    end_ask($holder);
    charges_are($node, $expected, "a lock on $table: nothing charged");
}
charges_again('a lock');

# A row of the totals that somebody holds costs one lock timeout, not one for each waiting session.
my $holder = begin_ask($node, 'BEGIN; SELECT FROM health_dp.ledger_total FOR UPDATE; SELECT pg_sleep(600)',
    user => $superuser);
wait_until(sub { $node->safe_psql('postgres', "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep'") },
    'a row lock');
my @waiting = map { begin_ask($node, $query) } 1 .. 3;
is(end_ask($_), 'ZD402', 'a locked row: refused') for @waiting;
$node->safe_psql('postgres', "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE wait_event = 'PgSleep'");
end_ask($holder);
charges_again('a row lock');

# A full disk, as the worker sees it: files may not grow beyond a limit that the table reaches. (What a full disk does to
# the write-ahead log is PostgreSQL's own: it stops the server.)
$node->safe_psql('postgres', "SELECT pg_terminate_backend($_)") for worker_pid($node);
my $postmaster = (split /\n/, slurp_file($node->data_dir . '/postmaster.pid'))[0];
my $limit = 1024 * 1024 + 65536;
system_or_bail('prlimit', '--pid', $postmaster, "--fsize=$limit:unlimited");
my ($filled) = ask($node, <<'SQL', user => $superuser);
INSERT INTO health_dp.ledger_charge (project_id, charged_at, session_role, user_role, login_role, epsilon, delta, releases, query)
    SELECT 2, now(), 'filler', 'filler', 'filler', 0.1, 0, 1, repeat(md5(n::text), 30)
    FROM (SELECT generate_series(1, 100000) AS n) AS numbers;
SQL
isnt($filled, 0, 'the disk is full');
# What is left on the last page of the table is soon used up.
my $long_query = '/* ' . 'x' x 900 . " */ $query";
my $code = '';
for (1 .. 20) {
    last if ($code = ask_code($node, $long_query)) ne '';
    $expected++;
}
is($code, 'ZD402', 'a full disk: refused');
charges_are($node, $expected, 'a full disk: nothing charged');
system_or_bail('prlimit', '--pid', $postmaster, '--fsize=unlimited:unlimited');
$node->safe_psql('postgres', "SELECT pg_terminate_backend($_)") for worker_pid($node);
charges_again('a full disk');

# -- no worker

my $worker = worker_pid($node);
kill 'STOP', $worker;
is(ask_code($node, $query), 'ZD402', 'a worker that does not answer: refused within the timeout');
# Abandoned while nobody had seen it: never charged.
kill 'CONT', $worker;
charges_again('a stopped worker');

# More cancelled requests than the queue has places: each gives its place up, and nobody charges it afterwards.
$worker = worker_pid($node);
kill 'STOP', $worker;
my $impatient = begin_ask($node, "SET statement_timeout = '5ms';\n" . "$query;\n" x 300, on_error_stop => 0);
end_ask($impatient);
is(scalar(() = $impatient->{err} =~ /57014/g), 300, '300 requests cancelled while they waited');
kill 'CONT', $worker;
charges_again('an impatient session');

is(ask_code($node, 'SET health_dp.charge_timeout = 100'), '42501', 'members do not set the timeout');

# PostgreSQL takes one process for itself, and the key keeper one.
$node->append_conf('postgresql.conf', 'max_worker_processes = 2');
$node->restart;
refuses('no process for a room', 'ZD801');
$node->adjust_conf('postgresql.conf', 'max_worker_processes', 3);
$node->restart;
refuses('no process for a worker', 'ZD402');
$node->adjust_conf('postgresql.conf', 'max_worker_processes', 32);
$node->restart;
charges_again('no process for a worker');

# -- a standby, and the primary it becomes

$node->backup('copy');
my $standby = PostgreSQL::Test::Cluster->new('standby');
$standby->init_from_backup($node, 'copy', has_streaming => 1);
$standby->start;
refuses('a standby', 'ZD801', node => $standby);
$node->wait_for_catchup($standby);
$node->stop;
$standby->promote;
is(ask_code($standby, $query), '', 'a promoted standby charges');
charges_are($standby, $expected + 1, 'on what the primary had charged');
$standby->stop;
$node->start;

# -- not the extension's own

# Tables that only look like the ledger are perhaps somebody's trap for a superuser's worker.
for my $table ('ledger_charge', 'ledger_total', 'ledger_day', 'project', 'project_member') {
    $node->safe_psql('postgres', "ALTER EXTENSION health_dp DROP TABLE health_dp.$table");
    refuses("a $table that is not the extension's", 'ZD402');
    $node->safe_psql('postgres', "ALTER EXTENSION health_dp ADD TABLE health_dp.$table");
}
charges_again('a trap');

$node->stop;
done_testing();
