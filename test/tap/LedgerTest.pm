# What the ledger's tests share: a server with a project and its members, and the query that charges.
package LedgerTest;

use strict;
use warnings;
use Exporter 'import';
use IPC::Run ();
use KeyStore;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes ();

our @EXPORT = qw($superuser $query $slow_query $failing_query $long_query new_server prepare_database ask ask_code begin_ask end_ask spent
  charges charges_are worker_pid room_pids wait_until requests_wait cancel_release judged_after);

# The role that initdb made.
our $superuser = getpwuid($<);

# One charge of epsilon 0.1: every session's settings say so.
our $query = 'SELECT health_dp.dp_count(*) FROM care.stay';

# Charges, has its answer at once, and does not give it before somebody ends it.
our $slow_query = 'SELECT health_dp.dp_count(*), pg_catalog.pg_sleep(600) FROM care.stay';

# Charges, and fails once the release has its answer.
our $failing_query = 'SELECT 1 / (health_dp.dp_count(*) * 0) FROM care.stay';

# Charges, and is busy for a minute with the rows of one patient, 20,000 times 20,000 pairs of which none remains.
our $long_query = 'SELECT health_dp.dp_count(*) FROM care.visit a'
  . ' JOIN care.visit b ON b.patient_id = a.patient_id AND b.number < a.zero';

sub new_server {
    my ($name, @settings) = @_;
    my $node = PostgreSQL::Test::Cluster->new($name);
    $node->init(allows_streaming => 1, extra => [ '--wal-segsize=1' ]);
    $node->append_conf('postgresql.conf', join("\n", "shared_preload_libraries = 'health_dp'",
        'restart_after_crash = on', 'max_connections = 60', 'autovacuum = off', 'health_dp.failures_per_day = 0',
        # Many sessions of one member at the same time, each with a room of its own.
        'health_dp.rooms = 16', 'health_dp.rooms_per_member = 0', 'max_worker_processes = 32',
        key_settings(PostgreSQL::Test::Utils::tempdir_short() . '/keys'), @settings, ''));
    $node->start;
    return $node;
}

# A project of this budget with the members alice and bob; mallory is nobody's member.
sub prepare_database {
    my ($node, $database, $epsilon) = @_;
    $node->safe_psql($database, <<"SQL");
CREATE EXTENSION health_dp;
DO \$\$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'alice') THEN
        CREATE ROLE alice LOGIN;
        CREATE ROLE bob LOGIN;
        CREATE ROLE mallory LOGIN;
    END IF;
END
\$\$;
SELECT health_dp.create_project('emc2', title => 'Bleeding', legal_basis => 'CNIL 2023-146',
    valid => '[2020-01-01,2100-01-01)', epsilon => $epsilon, delta => 1e-6);
SELECT health_dp.add_member('emc2', 'alice');
SELECT health_dp.add_member('emc2', 'bob');
CREATE SCHEMA care;
GRANT USAGE ON SCHEMA care TO PUBLIC;
CREATE TABLE care.stay (patient_id integer NOT NULL, ward text NOT NULL);
INSERT INTO care.stay SELECT n, 'ward ' || n % 3 FROM generate_series(1, 300) n;
CREATE TABLE care.visit (patient_id integer NOT NULL, number integer NOT NULL, zero integer NOT NULL);
INSERT INTO care.visit SELECT 1, n, 0 FROM generate_series(1, 20000) n;
SELECT health_dp.protect(name, 'patient_id'), health_dp.grant_table('emc2', name)
    FROM unnest('{care.stay,care.visit}'::regclass[]) AS name;
SQL
    return;
}

# Runs SQL as a user (alice unless told): exit code, output, errors with SQLSTATE only.
sub ask {
    my ($node, $sql, %options) = @_;
    my ($out, $err) = ('', '');
    local $ENV{PGOPTIONS} = options(%options);
    my $code = $node->psql($options{database} // 'postgres', $sql, stdout => \$out, stderr => \$err,
        extra_params => [ '-U', $options{user} // 'alice', '-v', 'VERBOSITY=sqlstate' ],
        on_error_stop => $options{on_error_stop} // 1);
    return ($code, $out, $err);
}

# What a session asks for, unless told otherwise.
sub options {
    my (%options) = @_;
    return join ' ', map { "-c health_dp.$_" } 'project=emc2', 'epsilon=' . ($options{epsilon} // '0.1'),
      'delta=' . ($options{delta} // '0.0000001');
}

# Warnings are no failure; a failure without a SQLSTATE is shown as psql told it.
sub sqlstate {
    my ($code, $err) = @_;
    return $1 if $err =~ /(?:ERROR|FATAL):\s+([0-9A-Z]{5})/;
    return $code == 0 ? '' : "exit code $code: $err";
}

# The SQLSTATE the SQL ended with, or '' when it succeeded.
sub ask_code {
    my ($code, undef, $err) = ask(@_);
    return sqlstate($code, $err);
}

# The same in the background. The SQL travels in a file: what is piped in would wait for somebody to pump it.
my $scripts = 0;

sub begin_ask {
    my ($node, $sql, %options) = @_;
    my $script = PostgreSQL::Test::Utils::tempdir_short() . '/' . ++$scripts . '.sql';
    PostgreSQL::Test::Utils::append_to_file($script, $sql);
    my %session = (out => '', err => '');
    local $ENV{PGOPTIONS} = options(%options);
    my @command = ('psql', '-XqAt', '-U', $options{user} // 'alice', '-v', 'VERBOSITY=sqlstate',
        '-v', 'ON_ERROR_STOP=' . ($options{on_error_stop} // 1), '-d',
        $node->connstr($options{database} // 'postgres'), '-f', $script);
    $session{run} = IPC::Run::start(\@command, '<', '/dev/null', '>', \$session{out}, '2>', \$session{err},
        IPC::Run::timeout($PostgreSQL::Test::Utils::timeout_default));
    return \%session;
}

sub end_ask {
    my ($session) = @_;
    $session->{run}->finish;
    return sqlstate($session->{run}->result(0), $session->{err});
}

sub charges {
    my ($node, $database) = @_;
    return $node->safe_psql($database // 'postgres', 'SELECT count(*) FROM health_dp.ledger_charge');
}

sub spent {
    my ($node, $database) = @_;
    return $node->safe_psql($database // 'postgres',
        'SELECT trim_scale(epsilon_spent) FROM health_dp.ledger_total WHERE project_id = 1');
}

# The number of charges, and that the total is exactly theirs.
sub charges_are {
    my ($node, $expected, $what, $database) = @_;
    is(charges($node, $database), $expected, $what);
    is($node->safe_psql($database // 'postgres',
            'SELECT (SELECT sum(epsilon) FROM health_dp.ledger_charge) = epsilon_spent'
              . " AND epsilon_spent = $expected * 0.1 FROM health_dp.ledger_total WHERE project_id = 1"),
        't', "$what: the total is exact");
    return;
}

sub worker_pid {
    my ($node, $database) = @_;
    return $node->safe_psql('postgres', "SELECT pid FROM pg_stat_activity WHERE backend_type = 'health_dp ledger'"
          . " AND datname = '" . ($database // 'postgres') . "'");
}

# The SQLSTATE of a query whose request waits while something happens: the session has judged by what was before, the
# worker judges by what is then.
sub judged_after {
    my ($node, $happens, %options) = @_;
    my $worker = worker_pid($node, $options{database});
    kill 'STOP', $worker;
    my $session = begin_ask($node, $query, %options);
    wait_until(sub { requests_wait($node) == 1 }, 'a waiting request');
    $happens->();
    kill 'CONT', $worker;
    return end_ask($session);
}

sub room_pids {
    my ($node) = @_;
    return split /\n/, $node->safe_psql('postgres', "SELECT pid FROM pg_stat_activity WHERE backend_type = 'health_dp room' AND state = 'active'");
}

# How many rooms wait for their charge right now.
sub requests_wait {
    my ($node) = @_;
    return $node->safe_psql('postgres', "SELECT count(*) FROM pg_stat_activity"
          . " WHERE backend_type = 'health_dp room' AND state = 'active' AND wait_event = 'Extension'");
}

# Cancels the session once its release is charged and its room busy (whose time members cannot limit themselves).
sub cancel_release {
    my ($node, $session, $user) = @_;
    $user //= 'alice';
    wait_until(
        sub {
            $node->safe_psql('postgres', "SELECT count(pg_cancel_backend(a.pid)) FROM pg_stat_activity a WHERE a.usename = '$user' AND a.state = 'active'"
                  . " AND EXISTS (SELECT FROM health_dp.ledger_charge c WHERE c.login_role = '$user' AND c.charged_at >= a.query_start"
                  . " AND num_nonnulls(c.settled_at, c.failed_at, c.interrupted_at) = 0)");
        },
        'a release to cancel');
    return $session;
}

sub wait_until {
    my ($condition, $what) = @_;
    for (1 .. 10 * $PostgreSQL::Test::Utils::timeout_default) {
        return 1 if $condition->();
        Time::HiRes::sleep(0.1);
    }
    die "timed out waiting for: $what";
}

1;
