# What the tests of rooms share: a project whose releases are all but exact, so that an answer can be told from another,
# and what a statement said, cost and took.
package RoomsTest;

use strict;
use warnings;
use Exporter 'import';
use IPC::Run ();
use LedgerTest qw(new_server charges wait_until);
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes ();

our @EXPORT = qw(new_server prepare_rooms charges wait_until say begin_say end_say answers refuses room_pids super
  outcomes outcomes_become rooms_are_idle $count $busy);

our $count = 'SELECT round(health_dp.dp_count(*)) FROM care.stay';

# Busy for the better part of a minute with the rows of one patient, 50,000 times 50,000 pairs of which none remains.
our $busy = 'SELECT health_dp.dp_count(*) FROM care.crowd a'
  . ' JOIN care.crowd b ON b.patient_id = a.patient_id AND b.number < a.zero';

# The members alice and bob of one project, and mallory, who is none; alice has a schema of her own.
sub prepare_rooms {
    my ($node, $database) = @_;
    $node->safe_psql($database // 'postgres', <<'SQL');
SET client_min_messages = error;
CREATE EXTENSION health_dp;
DO $$
BEGIN
    IF (SELECT state FROM health_dp.key_status) = 'no key store' THEN
        PERFORM health_dp.create_key_store();
    ELSE
        PERFORM health_dp.seal_suppressed_releases();
    END IF;
END
$$;
DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'alice') THEN
        CREATE ROLE alice LOGIN;
        CREATE ROLE bob LOGIN;
        CREATE ROLE mallory LOGIN;
    END IF;
END
$$;
SELECT health_dp.create_project('emc2', title => 'Bleeding', legal_basis => 'CNIL 2023-146',
    valid => '[2020-01-01,2100-01-01)', epsilon => 1000000, delta => 1e-6);
SELECT health_dp.add_member('emc2', name) FROM unnest('{alice,bob}'::regrole[]) AS name;
CREATE SCHEMA own AUTHORIZATION alice;
CREATE SCHEMA care;
GRANT USAGE ON SCHEMA own, care TO PUBLIC;
CREATE TABLE care.stay (patient_id integer NOT NULL, ward text NOT NULL, day date NOT NULL, cost numeric NOT NULL,
    id uuid NOT NULL, at timestamptz NOT NULL, weight float8 NOT NULL, planned boolean NOT NULL, lasted interval NOT NULL);
INSERT INTO care.stay SELECT n, 'ward ' || n % 3, '2024-02-01', 12.50, 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11',
    '2024-02-01 23:30:00+00', 1.5, true, '1 day 02:00' FROM generate_series(1, 300) n;
CREATE TABLE care.visit (patient_id integer NOT NULL, number integer NOT NULL, zero integer NOT NULL);
INSERT INTO care.visit SELECT 1, n, 0 FROM generate_series(1, 20000) n;
CREATE TABLE care.crowd AS SELECT 1 AS patient_id, n AS number, 0 AS zero FROM generate_series(1, 50000) n;
SELECT health_dp.protect(name, 'patient_id'), health_dp.grant_table('emc2', name)
    FROM unnest('{care.stay,care.visit,care.crowd}'::regclass[]) AS name;
ANALYZE care.stay, care.visit, care.crowd;
SQL
    return;
}

sub super {
    my ($node, $sql, $database) = @_;
    return $node->safe_psql($database // 'postgres', $sql);
}

sub command {
    my ($node, %options) = @_;
    my %settings = (project => 'emc2', epsilon => 1000, delta => '0.0000001', max_rows_per_patient => 1,
        max_groups_per_patient => 1, %{ $options{settings} // {} });
    $ENV{PGOPTIONS} = join ' ', map { "-c health_dp.$_=$settings{$_}" } sort keys %settings;
    return ('psql', '-XqAt', '-U', $options{user} // 'alice', '-v', 'VERBOSITY=verbose', '-v', 'SHOW_CONTEXT=never',
        '-v', 'ON_ERROR_STOP=' . ($options{stop} // 1), '-d', $node->connstr($options{database} // 'postgres'));
}

# What the statements print, what they say, and how many seconds they take.
sub say {
    my ($node, $sql, %options) = @_;
    return end_say(begin_say($node, $sql, %options));
}

# The SQL travels in a file: what is piped in would wait for somebody to pump it.
my $scripts = 0;

sub begin_say {
    my ($node, $sql, %options) = @_;
    my $script = PostgreSQL::Test::Utils::tempdir_short() . '/' . ++$scripts . '.sql';
    PostgreSQL::Test::Utils::append_to_file($script, $sql);
    local $ENV{PGOPTIONS};
    my %session = (out => '', err => '', began => Time::HiRes::time());
    my @command = command($node, %options);
    $session{run} = IPC::Run::start([ @command, '-f', $script ], '<', '/dev/null', '>', \$session{out}, '2>',
        \$session{err}, IPC::Run::timeout($PostgreSQL::Test::Utils::timeout_default));
    return \%session;
}

sub end_say {
    my ($session) = @_;
    $session->{run}->finish;
    $session->{took} = Time::HiRes::time() - $session->{began};
    chomp $session->{out};
    $session->{code} = $session->{err} =~ /(?:ERROR|FATAL):\s+([0-9A-Z]{5})/ ? $1 : '';
    return $session;
}

# Answers with this, and costs so many charges.
sub answers {
    my ($node, $sql, $expected, $cost, $what, %options) = @_;
    my $before = charges($node, $options{database});
    my $said = say($node, $sql, %options);
    is($said->{out}, $expected, $what) or diag($said->{err});
    is($said->{err}, '', "$what: without an error");
    is(charges($node, $options{database}) - $before, $cost, "$what: charges");
    return $said;
}

# Refuses with this SQLSTATE, in words that match, and charges nothing.
sub refuses {
    my ($node, $sql, $code, $words, $what, %options) = @_;
    my $before = charges($node, $options{database});
    my $said = say($node, $sql, %options);
    is($said->{code}, $code, $what) or diag("$said->{out}\n$said->{err}");
    like($said->{err}, $words, "$what: in words");
    is(charges($node, $options{database}), $before, "$what: nothing is charged");
    return $said;
}

sub room_pids {
    my ($node) = @_;
    return super($node, "SELECT pid FROM pg_stat_activity WHERE backend_type = 'health_dp room' ORDER BY pid");
}

# Every room has finished with what it was asked.
sub rooms_are_idle {
    my ($node) = @_;
    return super($node,
        "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'health_dp room' AND state <> 'idle'") == 0;
}

# How many charges are settled, failed, interrupted, open.
sub outcomes {
    my ($node) = @_;
    return super($node, 'SELECT ' . join(', ', map { "count(*) FILTER (WHERE status = '$_')" }
              ('settled', 'failed', 'interrupted', 'open')) . ' FROM health_dp.charges');
}

sub outcomes_become {
    my ($node, $expected, $what) = @_;
    wait_until(sub { outcomes($node) eq $expected }, "$expected ($what), not " . outcomes($node));
    is(outcomes($node), $expected, $what);
    return;
}

1;
