# What the noise-free tests share. The oracle is plain SQL: the very text of a release, run by a superuser with a
# search_path where dp_count, dp_sum and dp_avg are ordinary aggregates that clamp, and where the tables are views that
# leave out rows without an owner. A release has to give the same rows in every way PostgreSQL may execute it.
package Oracle;

use strict;
use warnings;
use Exporter 'import';
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

our @EXPORT = qw(new_oracle same same_as ask plain plan_of parallel_plans);

our $node;
my $parallel_plans = 0;

my %modes = (
    'serial'      => 'SET max_parallel_workers_per_gather = 0;',
    'two workers' => 'SET max_parallel_workers_per_gather = 2;',
    'four workers, no leader' =>
      'SET max_parallel_workers_per_gather = 4; SET parallel_leader_participation = off;',
    'little memory'              => "SET max_parallel_workers_per_gather = 0; SET work_mem = '64kB';",
    'little memory, two workers' => "SET max_parallel_workers_per_gather = 2; SET work_mem = '64kB';",
    'merge and nested loops'     =>
      'SET max_parallel_workers_per_gather = 0; SET enable_hashjoin = off; SET enable_hashagg = off;',
    'generic plan' => 'SET plan_cache_mode = force_generic_plan;',
);
my $session = <<'SQL';
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
SET min_parallel_index_scan_size = 0;
SQL

# A server with the tables of setup.sql, the project "study" that sees all of them, the project "filtered" that sees
# part of the rows, both with the member analyst. watcher is a member, too, and may EXPLAIN.
sub new_oracle {
    my ($name, @scripts) = @_;
    $node = PostgreSQL::Test::Cluster->new($name);
    $node->init(extra => ['--locale=C.UTF-8', '--encoding=UTF8']);
    $node->append_conf('postgresql.conf', <<'CONF');
shared_preload_libraries = 'health_dp'
health_dp.failure_limit = 0
health_dp.failures_per_day = 0
health_dp.executions_per_day = 0
max_worker_processes = 32
max_parallel_workers = 16
autovacuum = off
jit = off
CONF
    $node->start;
    my $directory = $0 =~ s{[^/]*$}{}r;
    $node->safe_psql('postgres', plain_aggregates());
    $node->psql('postgres', "\\i ${directory}$_", on_error_die => 1) foreach 'setup.sql', @scripts;
    return $node;
}

# dp_sum and dp_avg of one type as plain aggregates; the mean of nothing is the middle of its bounds.
sub plain_of_type {
    my ($type, $state, $sum, $average) = @_;
    return <<"SQL";
CREATE FUNCTION plain.clamp(x $type, low $type, high $type) RETURNS $type LANGUAGE sql IMMUTABLE AS
    'SELECT CASE WHEN x::text = ''NaN'' OR x <= low THEN low WHEN x >= high THEN high ELSE x END';
CREATE FUNCTION plain.add(s $state, x $type, low $type, high $type) RETURNS $state LANGUAGE sql IMMUTABLE AS
    'SELECT CASE WHEN x IS NULL THEN s ELSE s + plain.clamp(x, low, high)::$state END';
CREATE FUNCTION plain.sum_$type(s $state) RETURNS $sum LANGUAGE sql IMMUTABLE AS 'SELECT s::$sum';
CREATE AGGREGATE plain.dp_sum($type, $type, $type) (
    sfunc = plain.add, stype = $state, initcond = '0', finalfunc = plain.sum_$type);
CREATE FUNCTION plain.gather(s $state\[], x $type, low $type, high $type) RETURNS $state\[] LANGUAGE sql IMMUTABLE AS
    'SELECT CASE WHEN x IS NULL THEN ARRAY[s[1], s[2], (low::$state + high::$state) / 2]
                 ELSE ARRAY[s[1] + plain.clamp(x, low, high)::$state, s[2] + 1, s[3]] END';
CREATE FUNCTION plain.average_$type(s $state\[]) RETURNS $average LANGUAGE sql IMMUTABLE AS
    'SELECT (CASE WHEN s[2] = 0 THEN s[3] ELSE s[1] / s[2] END)::$average';
CREATE AGGREGATE plain.dp_avg($type, $type, $type) (
    sfunc = plain.gather, stype = $state\[], initcond = '{0,0,0}', finalfunc = plain.average_$type);
SQL
}

sub plain_aggregates {
    return join(
        '',
        "CREATE SCHEMA plain;\n",
        "CREATE AGGREGATE plain.dp_count(*) (sfunc = int8inc, stype = bigint, initcond = '0');\n",
        "CREATE AGGREGATE plain.dp_count(\"any\") (sfunc = int8inc_any, stype = bigint, initcond = '0');\n",
        plain_of_type('int2',    'numeric', 'bigint',  'numeric'),
        plain_of_type('int4',    'numeric', 'bigint',  'numeric'),
        plain_of_type('int8',    'numeric', 'numeric', 'numeric'),
        plain_of_type('numeric', 'numeric', 'numeric', 'numeric'),
        plain_of_type('float4',  'float8',  'real',    'float8'),
        plain_of_type('float8',  'float8',  'float8',  'float8'));
}

sub lines {
    my ($output, $ordered) = @_;
    my @lines = split /\n/, $output, -1;
    @lines = sort @lines unless $ordered;
    return join "\n", @lines;
}

# The superuser's answer to plain SQL.
sub plain {
    my ($sql, %options) = @_;
    my $path = $options{plain} // 'plain, ref, public';
    return $node->safe_psql('postgres', "SET search_path = $path;\n$sql");
}

# A member's session; dies when a statement fails.
sub ask {
    my ($sql, %options) = @_;
    my $project = $options{project} // 'study';
    my ($status, $output, $errors) = $node->psql(
        'postgres',
        "SET client_min_messages = error; SET health_dp.project = '$project';\n" . ($options{set} // '') . "\n$sql",
        extra_params => [ '-U', $options{user} // 'analyst' ],
        on_error_stop => 1);
    return $output if $status == 0;
    return "failed: $errors";
}

sub plan_of {
    my ($sql, %options) = @_;
    return ask("$session\nEXPLAIN (COSTS OFF) $sql", %options, user => 'watcher');
}

sub parallel_plans { return $parallel_plans }

# The release gives the expected lines, whichever way it is executed. Options: ordered (the order of rows counts), set
# (settings of the member's session), project, only (names of modes), types (of parameters, for the generic plan).
sub expect_everywhere {
    my ($name, $sql, $expected, %options) = @_;
    local $Test::Builder::Level = $Test::Builder::Level + 2;
    my @modes = grep { !$options{only} || $options{only} =~ /\b\Q$_\E\b/ } sort keys %modes;
    my $script = $session;
    foreach my $mode (@modes) {
        $script .= "$modes{$mode}\n\\echo =mode=\n";
        $script .= $mode eq 'generic plan' ? "PREPARE q AS $sql;\nEXECUTE q;\n\\echo =mode=\nEXECUTE q;\n" : "$sql;\n";
        $script .= "RESET max_parallel_workers_per_gather; RESET parallel_leader_participation; RESET work_mem;"
          . " RESET enable_hashjoin; RESET enable_hashagg; RESET plan_cache_mode;\n";
    }
    my $output = ask($script, %options);
    my (undef, @answers) = split /^=mode=\n?/m, $output . "\n", -1;
    push @modes, 'generic plan again' if grep { $_ eq 'generic plan' } @modes;
    @modes = map { $_ eq 'generic plan' ? ($_, 'generic plan again') : $_ eq 'generic plan again' ? () : $_ } @modes;
    my %wrong;
    foreach my $mode (@modes) {
        my $answer = lines((shift(@answers) // 'nothing') =~ s/\n\z//r, $options{ordered});
        $wrong{$mode} = $answer if $answer ne $expected;
    }
    %wrong = ('every way' => $output) if $output =~ /^failed: /;
    ++$parallel_plans if plan_of($sql, %options) =~ /Gather\n.*Workers.*\n.*health_dp bound/;
    ok(!%wrong, $name) or do {
        my ($mode) = sort keys %wrong;
        diag("$sql\nwrong: ", join(', ', sort keys %wrong), "\nexpected:\n$expected\ngot ($mode):\n$wrong{$mode}");
    };
    return;
}

# Compares with the same text as plain SQL.
sub same {
    my ($name, $sql, %options) = @_;
    return same_as($name, $sql, $sql, %options);
}

# Compares with other SQL, where the release says it differently on purpose.
sub same_as {
    my ($name, $sql, $oracle, %options) = @_;
    my $expected = plain($oracle, %options);
    isnt($expected, '', "$name: the oracle has something to say") unless $options{empty};
    return expect_everywhere($name, $sql, lines($expected, $options{ordered}), %options);
}

1;
