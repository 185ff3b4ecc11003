# How an attack is carried out and judged. What an attack says of itself stands in cases/*.pl:
#
#   name     what is tried, in a few words
#   clause   of the privacy contract
#   as       who tries: alice, member of project study (unless told otherwise); bob, a plain login role; carol, member of
#            project other, which may see care.patient only; or another role that prepare makes
#   sql      what psql is fed; each attack is a session of its own. With `twins`, :id is replaced.
#   refused  the SQLSTATE (or several) that every error must have. Without it, no error may come.
#   errors   how many of the statements must be refused; all of them unless told. What only leads up to an attack (SET, BEGIN, a
#            table of one's own) succeeds, and so the number says that each attack among them failed.
#   charged  executions that must be charged; 0 unless told
#   exact    1: rows may show exact counts, as suppressed releases do; errors, notices and the log may not
#   lines    a pattern the whole output must match
#   ledger   SQL of a superuser that must come to answer t: the worker notes ends a little later
#   twins    1: runs for a patient who exists and for one who does not; everything observable must be the same, except
#            for released numbers. Lines that begin with "exact" are compared as they are.
#   same     lines "same ..." of the output must all be equal
#   differ   lines "differ ..." must all be different
#   prepare, cleanup   SQL of a superuser around it
#
# Every attack is also searched for what only a look at protected rows can tell: values of patient 4711 and exact counts,
# in rows, errors, notices and in the server's log.
package Attack;

use strict;
use warnings;
use Exporter 'import';
use IPC::Run ();
use KeyStore;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

our @EXPORT = qw(new_server carry_out superuser_does);

# Values of patient 4711 (note, diagnosis, cost, birth, unit of measure), which no released row may ever hold: the patient
# is alone with them, and a group of one never passes the minimum cell.
my @values = qw(Zq7sentinel Vw9rare 98765.4321 1961-03-04 Xk3unit);
# Exact counts: rows of care.stay, its rows of region ARA, of the partitioned table, of the empty-looking condition.
# Searched where nothing was charged; where it was, a noisy count may hit them by chance.
my @counts = qw(28657 23371 5287);

my $present = 4711;
my $absent = 4712;

my $superuser = getpwuid($<);
my $log_read = 0;
my $spent;

sub new_server {
    my (@settings) = @_;
    my $node = PostgreSQL::Test::Cluster->new('attack');
    $node->init;
    # Nothing but messages in the log: a process number or a time could look like a count. Failures and executions are
    # not counted against project and member: the ledger's own tests show that they are.
    $node->append_conf('postgresql.conf', join("\n", 'autovacuum = off', 'max_prepared_transactions = 2',
        "log_line_prefix = ''", 'log_statement = none', 'log_connections = off', 'log_disconnections = off',
        'health_dp.failure_limit = 0', 'health_dp.failures_per_day = 0', 'health_dp.executions_per_day = 0',
        key_settings(PostgreSQL::Test::Utils::tempdir_short() . '/keys'), @settings, ''));
    $node->start;
    return $node;
}

sub superuser_does {
    my ($node, $sql) = @_;
    return $node->safe_psql('postgres', $sql);
}

# Executions charged so far; every one costs its project 0.01.
sub executions {
    my ($node) = @_;
    return superuser_does($node, 'SELECT coalesce(sum(epsilon_spent), 0) / 0.01 FROM health_dp.ledger_total') + 0;
}

sub logged {
    my ($node) = @_;
    my $log = PostgreSQL::Test::Utils::slurp_file($node->logfile, $log_read);
    $log_read += length $log;
    return $log;
}

sub in_session {
    my ($node, $role, $sql) = @_;
    my ($out, $err) = ('', '');
    my $record = PostgreSQL::Test::Utils::tempdir() . '/record';
    # For what psql starts itself.
    local @ENV{qw(PGHOST PGPORT)} = ($node->host, $node->port);
    IPC::Run::run([ 'psql', '-XqAt', '-L', $record, '-v', 'VERBOSITY=verbose', '-U', $role, '-d', $node->connstr('postgres') ],
        '<', \$sql, '>', \$out, '2>', \$err, IPC::Run::timeout($PostgreSQL::Test::Utils::timeout_default));
    $err =~ s/^psql:<stdin>:\d+: //mg;
    # psql's own record of what it sent, each statement below a heading.
    my $statements = () = PostgreSQL::Test::Utils::slurp_file($record) =~ m{^/?\*+ QUERY \*+/?$}mg;
    return ($out, $err, $statements);
}

sub sqlstates { return $_[0] =~ /^(?:ERROR|FATAL|PANIC):\s+([0-9A-Z]{5})/mg; }

sub in_list { my ($wanted, @list) = @_; return scalar grep { $_ eq $wanted } @list; }

sub carry_out {
    my ($node, $case) = @_;
    my $name = $case->{name};
    my @refusals = ref $case->{refused} ? @{ $case->{refused} } : $case->{refused} // ();
    my $role = $case->{as} // 'alice';
    superuser_does($node, $case->{prepare}) if $case->{prepare};
    $spent //= executions($node);
    logged($node);

    subtest "[$case->{clause}] $name" => sub {
        my @transcripts;
        for my $id ($case->{twins} ? ($present, $absent) : ($present)) {
            (my $sql = $case->{sql}) =~ s/(?<![:\w]):id\b/$id/g;
            die "$name gives away what is looked for" if grep { index($sql, $_) >= 0 } @values, @counts;
            my ($out, $err, $statements) = in_session($node, $role, $sql);
            my $log = logged($node);
            my $now = executions($node);
            my $charged = $now - $spent;
            $spent = $now;
            my $shown = "-- output\n$out-- errors\n$err";

            my @states = sqlstates($err);
            if (@refusals) {
                my @others = grep { !in_list($_, @refusals) } @states;
                is("@others", '', "refused with @refusals") or diag $shown;
                is(scalar @states, $case->{errors} // $statements, "as many refusals as attacks among $statements statements")
                  or diag $shown;
            } else {
                is("@states", '', 'answered') or diag $shown;
            }
            is($charged, $case->{charged} // 0, 'charged as it should be') or diag $shown;
            my @seen = grep { index($out . $err . $log, $_) >= 0 } @values;
            # What was released may stand in a later statement of his own, which auto_explain prints as he wrote it.
            (my $reported = $log) =~ s/^\tQuery Text: .*//mg;
            push @seen, grep { ($charged || $case->{exact} ? "$err$reported" : "$out$err$log") =~ /\b$_\b/ } @counts;
            is("@seen", '', 'shows nothing') or diag $shown . "-- log\n" . join "\n", grep { my $line = $_; grep { $line =~ /\b\Q$_\E\b/ } @seen } split /\n/, $log;
            like($out, $case->{lines}, 'output as expected') if $case->{lines};
            ok($node->poll_query_until('postgres', $case->{ledger}), 'on record as expected') if $case->{ledger};
            agree($out, $case);
            $err =~ s/\b$id\b/:id/g;
            $err =~ s/\bpg_temp_\d+\b/pg_temp/g; # the number of a free place, which another session may have taken
            (my $rows = $out) =~ s/^(?!exact).*/released($&)/gme;
            push @transcripts, "$rows$err";
        }
        is($transcripts[0], $transcripts[1], 'the same, whether the patient is there or not') if $case->{twins};
    };
    superuser_does($node, $case->{cleanup}) if $case->{cleanup};
    return;
}

# A released row without its numbers.
sub released { my ($row) = @_; $row =~ s/-?\d+(?:\.\d+)?(?:e[+-]?\d+)?/#/g; return $row; }

sub agree {
    my ($out, $case) = @_;
    for my $kind ('same', 'differ') {
        next unless $case->{$kind};
        my @lines = $out =~ /^$kind\b(.*)$/mg;
        my %different = map { $_ => 1 } @lines;
        cmp_ok(scalar @lines, '>', 1, 'there is something to compare') or diag $out;
        is(scalar keys %different, $kind eq 'same' ? 1 : scalar @lines, $kind eq 'same' ? 'the same noise' : 'different noise')
          or diag $out;
    }
    return;
}

1;
