# What the noise-free tests share. The oracle is plain SQL: the very text of a release, run by a superuser with a
# search_path where dp_count, dp_sum and dp_avg are ordinary aggregates that clamp, and where the tables are views that
# leave out rows without an owner. A release has to give the same rows in every way PostgreSQL may execute it.
#
# Releases are planned in rooms, which no setting of a session reaches: a way to execute is a matter of the server's
# settings, and of rooms that started after them. So cases are gathered first, each with the oracle's answer, and then
# asked together in one way after the other.
package Oracle;

use strict;
use warnings;
use Exporter 'import';
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

our @EXPORT = qw(new_oracle same same_as ask plain compare);

our $node;
my @cases;

# What every way changes, with what it is otherwise; the server's settings.
my %usual = (
    max_parallel_workers_per_gather => 2, parallel_leader_participation => 'on', 'health_dp.room_memory' => "'4MB'",
    enable_hashjoin => 'on', enable_hashagg => 'on');
# Each way: settings that differ, what the session does, and what plan_probe()'s plan in the room shows of it.
my @ways = (
    ['two workers',              {}, '',                                          qr/Workers Planned: 2\b/],
    ['generic plan',             {}, 'SET plan_cache_mode = force_generic_plan;', qr/Workers Planned: 2\b/],
    ['little memory, two workers', { 'health_dp.room_memory' => "'64kB'" }, '',   qr/Workers Planned: 2\b/],
    ['four workers, no leader',
        { max_parallel_workers_per_gather => 4, parallel_leader_participation => 'off' }, '', qr/Workers Planned: 4\b/],
    ['serial',        { max_parallel_workers_per_gather => 0 }, '', qr/\A(?!.*Gather).*Hash Join/s],
    ['little memory', { max_parallel_workers_per_gather => 0, 'health_dp.room_memory' => "'64kB'" }, '',
        qr/\A(?!.*Gather).*Hash Join/s],
    ['merge and nested loops', { max_parallel_workers_per_gather => 0, enable_hashjoin => 'off', enable_hashagg => 'off' }, '',
        qr/\A(?!.*(?:Gather|Hash)).*(?:Merge Join|Nested Loop)/s]);
my $plan_probe = 'SELECT p.sex, dp_count(*) FROM stay s JOIN patient p ON p.patient_id = s.patient_id GROUP BY p.sex';

# A server with the tables of setup.sql, the project "study" that sees all of them, the project "filtered" that sees
# part of the rows, both with the member analyst.
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
parallel_setup_cost = 0
parallel_tuple_cost = 0
min_parallel_table_scan_size = 0
min_parallel_index_scan_size = 0
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

# One statement for psql; with values, prepared and executed with them.
sub statement {
    my ($sql, %options) = @_;
    return "$sql;\n" unless defined $options{values};
    return "PREPARE q($options{types}) AS $sql;\nEXECUTE q($options{values});\n";
}

# The superuser's answer to plain SQL.
sub plain {
    my ($sql, %options) = @_;
    my $path = $options{plain} // 'plain, ref, own, public';
    my $set = $options{set} ? "SET health_dp.project = 'study'; $options{set}" : '';
    return $node->safe_psql('postgres', "$set SET max_parallel_workers_per_gather = 0; SET search_path = $path;\n" . statement($sql, %options));
}

# A member's session; dies when a statement fails.
sub ask {
    my ($sql, %options) = @_;
    my ($status, $output, $errors) = $node->psql(
        'postgres', beginning(%options) . $sql,
        extra_params => [ '-U', $options{user} // 'analyst' ],
        on_error_stop => 1);
    return $output if $status == 0;
    return "failed: $errors";
}

sub beginning {
    my (%options) = @_;
    my $project = $options{project} // 'study';
    return "SET client_min_messages = error; SET health_dp.project = '$project';\n" . ($options{set} // '') . "\n";
}

# The room's plans for analyst's questions, in their order; a line for each that cannot be had.
sub plans_of {
    my ($questions, %options) = @_;
    my $script = beginning(%options) . "SET search_path = care, ref, own, health_dp, public;\n" . join '',
      map { "\\echo =plan=\nSELECT health_dp.explain_release(\$question\$$_\$question\$, 'analyst');\n" } @$questions;
    my ($status, $output) = $node->psql('postgres', $script, on_error_stop => 0);
    my (undef, @plans) = split /^=plan=\n?/m, $output, -1;
    return @plans;
}

sub rooms {
    return split /\n/, $node->safe_psql('postgres', "SELECT pid FROM pg_stat_activity WHERE backend_type = 'health_dp room'");
}

# The server's settings of one way, and only rooms that started with them. A room that has seen the change leaves, and the
# postmaster, who starts the next one, has read the settings before it tells anybody.
sub set_out {
    my ($name, $differing, undef, $shown) = @_;
    ask("$plan_probe;");
    my @before = rooms();
    ok(@before > 0, "$name: a room is there that has to leave");
    my %settings = (%usual, %$differing);
    $node->safe_psql('postgres', join "\n", (map { "ALTER SYSTEM SET $_ = $settings{$_};" } sort keys %settings), 'SELECT pg_reload_conf();');
    my $list = join ', ', @before;
    $node->poll_query_until('postgres', "SELECT NOT EXISTS (SELECT FROM pg_stat_activity WHERE pid IN ($list))")
      or die "the rooms $list have not left";
    my ($plan) = plans_of([$plan_probe]);
    like($plan, $shown, "$name: the room plans as it was told");
    return;
}

# All of them in one way: the answers, in the order of cases. Cases of the same beginning share a session.
sub answers {
    my ($name, undef, $set) = @_;
    my %sessions;
    push @{ $sessions{ beginning(%{ $_->{options} }) } }, $_ foreach grep { !$_->{options}{only} || $_->{options}{only} =~ /\b\Q$name\E(?:,|$)/ } @cases;
    foreach my $beginning (sort keys %sessions) {
        my $script = "$beginning\n$set\n";
        foreach my $case (@{ $sessions{$beginning} }) {
            my $failed = "\\if :ERROR\n\\echo failed: :SQLSTATE :LAST_ERROR_MESSAGE\n\\endif\n";
            my %options = %{ $case->{options} };
            # What is planned once for all values is executed twice.
            $script .= "\\echo =case=\n";
            if (defined $options{values} || $name eq 'generic plan') {
                my ($types, $values) = defined $options{values} ? ("($options{types})", "($options{values})") : ('', '');
                $script .= "PREPARE q$types AS $case->{sql};\n${failed}EXECUTE q$values;\n$failed\\echo =again=\nEXECUTE q$values;\n${failed}DEALLOCATE q;\n";
            } else {
                $script .= "$case->{sql};\n$failed";
            }
        }
        my ($status, $output) = $node->psql('postgres', $script, extra_params => [ '-U', 'analyst' ], on_error_stop => 0);
        my (undef, @answers) = split /^=case=\n?/m, "$output\n", -1;
        die "$name: " . @answers . ' answers to ' . @{ $sessions{$beginning} } . " questions" if @answers != @{ $sessions{$beginning} };
        foreach my $case (@{ $sessions{$beginning} }) {
            my %options = %{ $case->{options} };
            my @given = split /^=again=\n?/m, shift(@answers), -1;
            foreach my $given (@given) {
                my $answer = lines($given =~ s/\n\z//r, $options{ordered});
                $case->{wrong}{$name} = $answer if $answer ne $case->{expected};
            }
            ++$case->{asked};
        }
    }
    return;
}

# Asks all that were gathered, in every way. A case's options: ordered (the order of rows counts), set (settings of the
# member's session), project, only (names of ways), types and values (of parameters), any_plan (why PostgreSQL need not
# bound it in parallel).
sub compare {
    foreach my $way (@ways) {
        set_out(@$way);
        answers(@$way);
        next if $way->[0] ne 'two workers';
        my %sessions;
        push @{ $sessions{ beginning(%{ $_->{options} }) } }, $_ foreach grep { !defined $_->{options}{values} } @cases;
        foreach my $together (values %sessions) {
            my @plans = plans_of([ map { $_->{sql} } @$together ], %{ $together->[0]{options} });
            $_->{plan} = shift @plans foreach @$together;
        }
    }
    foreach my $case (@cases) {
        my %wrong = %{ $case->{wrong} };
        my ($way) = sort keys %wrong;
        ok(!%wrong && $case->{asked}, $case->{name})
          or diag("$case->{sql}\nwrong: ", join(', ', sort keys %wrong), "\nexpected:\n$case->{expected}\ngot ($way):\n$wrong{$way}");
        next if !defined $case->{plan} || $case->{options}{any_plan};
        my $parallel = $case->{plan} =~ /Gather\b.*\n(?: +Output: .*\n)? +Workers Planned: \d+\n +->  (?:Parallel )?Custom Scan \(health_dp bound\)/;
        # One process compares enums: each would read their order for itself. What only hands them on may be parallel.
        next if "$case->{name} $case->{sql}" =~ /\bmood\b/;
        ok($parallel, "$case->{name}: bounded in parallel") or diag($case->{plan});
    }
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
    push @cases, { name => $name, sql => $sql, expected => lines($expected, $options{ordered}), options => \%options, wrong => {} };
    return;
}

1;
