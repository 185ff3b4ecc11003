# Part (c): random statements. A statement is a set of pieces, each of which may be left out: so that what is found can be
# shown with what it takes, and no more.
package Generator;

use strict;
use warnings;
use Time::HiRes ();

sub one { return $_[ int rand @_ ]; }

my $guard = 's.cost > 400000';
my @switches = qw(enable_hashjoin enable_mergejoin enable_nestloop enable_material enable_memoize enable_hashagg enable_sort enable_seqscan enable_indexscan enable_bitmapscan
    geqo exit_on_error debug_print_plan debug_pretty_print quote_all_identifiers row_security check_function_bodies array_nulls escape_string_warning);
my @others = ("search_path = pg_temp, public, health_dp", "search_path = own, public, health_dp", "work_mem = '64kB'", "client_min_messages = debug1", "client_min_messages = error", "plan_cache_mode = force_generic_plan",
    "max_parallel_workers_per_gather = 4", "force_parallel_mode = on", "constraint_exclusion = on", "DateStyle = 'SQL, DMY'", "extra_float_digits = -15", "TimeZone = 'Asia/Kathmandu'", "log_statement_stats = on", "default_statistics_target = 1");

# What the session computes and a room is given.
sub value { return one('PARAMETER', '3', '(SELECT 3)', '(SELECT max(region) FROM ref.region)', '(SELECT region FROM ref.region)', 'own.loud()::int', 'own.steady()::int', 'own.quiet(1)::int', '(SELECT own.loud()::int)', q{nextval('own.seq')::int}, 'length(current_user)'); }

sub number { return one(0, 1, -1, 'own.loud()', 'own.quiet(1)', '(SELECT min(region) FROM ref.region)', '(SELECT region FROM ref.region)', q{nextval('own.seq')}, 'NULL', 2147483647); }

# One for each statement: several at once are refused by the parser.
my $collation = '';
sub collation { return one('', $collation); }

sub text {
    my ($depth) = @_;
    return one('s.dx', 's.called::text', q{'dx1'}, 's.nights::text', 's.code::text', 'current_schema::text', 'current_user::text') . collation() if $depth <= 0;
    return one(sub { 'lower(' . text($depth - 1) . ')' }, sub { 'btrim(' . text($depth - 1) . ')' }, sub { 'left(' . text($depth - 1) . ', ' . whole($depth - 1) . ')' },
        sub { '(' . text($depth - 1) . ' || ' . text($depth - 1) . ')' }, sub { 'greatest(' . text($depth - 1) . ', ' . text($depth - 1) . ')' },
        sub { 'coalesce(' . text($depth - 1) . ', ' . text($depth - 1) . ')' }, sub { 'substr(' . text($depth - 1) . ', ' . whole($depth - 1) . ', 3)' })->();
}

sub whole {
    my ($depth) = @_;
    return one('s.nights', 's.region', 's.small', '1', '-1', '2147483647', '0', 's.cost::int', value(), value()) if $depth <= 0;
    return one(sub { '(' . whole($depth - 1) . one(' + ', ' - ', ' * ', ' / ', ' % ') . whole($depth - 1) . ')' }, sub { 'length(' . text($depth - 1) . ')' }, sub { 'abs(' . whole($depth - 1) . ')' },
        sub { 'CASE WHEN ' . condition($depth - 1) . ' THEN ' . whole($depth - 1) . ' END' })->();
}

sub condition {
    my ($depth) = @_;
    return one(sub { whole($depth - 1) . one(' = ', ' < ', ' >= ', ' <> ') . whole($depth - 1) }, sub { text($depth - 1) . one(' = ', ' < ', ' >= ', ' <> ') . text($depth - 1) },
        sub { text($depth - 1) . one(" LIKE 'd%'", " ILIKE '%x%'", " LIKE '%\\'") }, sub { 'NOT (' . condition($depth - 1) . ')' }, sub { whole($depth - 1) . ' IS NULL' },
        sub { text($depth - 1) . ' = ANY (ARRAY[' . text($depth - 1) . '])' }, sub { 'EXISTS (' . body($depth - 1) . ')' }, sub { whole($depth - 1) . ' IN (' . body($depth - 1) . ')' })->();
}

# A sub-select over what is public.
sub body {
    my ($depth) = @_;
    my $sql = one('SELECT region FROM ref.region', 'SELECT n FROM ref.number', 'SELECT a FROM own.pr', 'SELECT a FROM own.hint', 'VALUES (1), (2)', 'SELECT r FROM ref.large');
    $sql .= one('', '', ' TABLESAMPLE SYSTEM (50) REPEATABLE (1)') if $sql =~ /SELECT/;
    $sql .= one('', ' WHERE true', ' WHERE own.loud() > 0', ' WHERE current_schema IS NULL') if $sql =~ /SELECT/;
    $sql .= ' ' . one('UNION ALL', 'UNION', 'EXCEPT', 'INTERSECT') . ' ' . one('SELECT 99', 'SELECT region FROM ref.region', 'VALUES (1)') if rand() < 0.4;
    $sql .= ' ORDER BY 1' if rand() < 0.3;
    $sql .= ' ' . one('LIMIT ', 'OFFSET ') . number() if rand() < 0.5;
    return $sql;
}

# Pieces: [where it goes, text].
sub pieces {
    $collation = one('', '', ' COLLATE "C"', ' COLLATE own.stale', ' COLLATE own.fresh', ' COLLATE "POSIX"', ' COLLATE "fr-x-icu"');
    my @pieces;
    push @pieces, [ setting => one("$switches[ rand @switches ] = " . one('on', 'off'), one(@others)) ] for 1 .. int rand 4;
    # Nested loops show most.
    push @pieces, map { [ setting => "$_ = off" ] } qw(enable_hashjoin enable_mergejoin enable_material) if rand() < 0.5;
    push @pieces, [ join => one('LEFT JOIN', 'JOIN') . ' (' . body(1) . ') r' . (++$_) . "(k) ON r$_.k = " . one('s.region', 's.nights') . one('', '', " AND CASE WHEN $guard THEN " . condition(1) . ' ELSE true END') ] for map { $_ } 0 .. int(rand 2) - 1;
    push @pieces, [ where => "CASE WHEN $guard THEN " . condition(2) . ' ELSE false END' ] for 0 .. int rand 2;
    push @pieces, [ where => $guard ] if rand() < 0.3;
    push @pieces, [ group => one("CASE WHEN $guard THEN " . whole(1) . ' END', 's.region', "CASE WHEN $guard THEN " . text(1) . ' END') ] if rand() < 0.2;
    push @pieces, [ limit => one('LIMIT ', 'OFFSET ') . number() ] if rand() < 0.1;
    push @pieces, [ exact => 1 ] if rand() < 0.2;
    push @pieces, [ way => one(qw(prepared generic extended cursor held twice parts)) ] if rand() < 0.5;
    return @pieces;
}

sub assemble {
    my (@pieces) = @_;
    my %by;
    push @{ $by{ $_->[0] } }, $_->[1] for @pieces;
    my $aggregate = $by{exact} ? 'health_dp.sc_count(*)' : 'health_dp.dp_count(*)';
    my $sql = 'SELECT ' . ($by{group} ? "$by{group}[0], " : '') . "$aggregate FROM care.stay s";
    $sql .= " $_" for @{ $by{join} // [] };
    $sql .= ' WHERE ' . join ' AND ', @{ $by{where} } if $by{where};
    $sql .= ' GROUP BY 1' if $by{group};
    $sql .= " $by{limit}[0]" if $by{limit};
    my $way = $by{way}[0] // '';
    # One value for all: a parameter where the way has some, a sub-select elsewhere.
    my $parameter = $way =~ /prepared|generic|extended|parts/ && $sql =~ /PARAMETER/;
    $sql =~ s/PARAMETER/$parameter ? '$1::int' : '(SELECT 3)'/ge;
    push @{ $by{setting} }, 'plan_cache_mode = force_generic_plan' if $way eq 'generic';
    # What an exact count may differ by is not known of joins that multiply.
    return (sql => asked($way, $sql, $parameter, $by{group}), before => [ map { "SET $_" } @{ $by{setting} // [] } ], keys => $by{group} ? 1 : 0, $by{exact} && !$by{join} ? (exact => 1) : (),
        canary => $sql =~ /own\.(pr|hint)|ref\.large/ ? 1 : 0);
}

# A statement in one of the ways to ask it. What reads in parts would count released groups.
sub asked {
    my ($way, $sql, $parameter, $keys) = @_;
    my @given = $parameter ? 3 : ();
    return [ 'PREPARE p' . ($parameter ? '(int)' : '') . " AS $sql", ('EXECUTE p' . ($parameter ? '(3)' : '')) x 6 ] if $way =~ /prepared|generic/;
    return [ [ [ parse => 'p', $sql ], [ describe => 'p' ], [ bind => 'p', @given ], ['execute'], 'sync' ] ] if $way eq 'extended' || $way eq 'parts' && $keys;
    return [ [ [ parse => '', $sql ], [ bind => '', @given ], [ execute => 1 ], [ execute => 1 ], 'sync' ] ] if $way eq 'parts';
    return [ 'BEGIN', "DECLARE c CURSOR FOR $sql", 'FETCH ALL FROM c', 'SAVEPOINT a', 'FETCH BACKWARD ALL FROM c', 'ROLLBACK TO a', 'ROLLBACK' ] if $way eq 'cursor';
    return [ 'BEGIN', "DECLARE c CURSOR WITH HOLD FOR $sql", 'COMMIT', 'FETCH ALL FROM c', 'CLOSE c' ] if $way eq 'held';
    return "($sql) UNION ALL ($sql)" if $way eq 'twice';
    return $sql;
}

# Leaves out what is not needed for something to differ.
sub least {
    my ($judge, @pieces) = @_;
    for (my $i = 0; $i < @pieces;) {
        my @fewer = @pieces[ grep { $_ != $i } 0 .. $#pieces ];
        if ($judge->trial(assemble(@fewer), name => '', silent => 1)) { @pieces = @fewer; }
        else { ++$i; }
    }
    return @pieces;
}

sub run {
    my ($judge, $seed, $until) = @_;
    srand $seed;
    my ($count, $found, %states) = (0, 0);
    while (Time::HiRes::time() < $until) {
        my @pieces = pieces();
        ++$count;
        my @found = $judge->trial(assemble(@pieces), name => "(c) statement $count", silent => 1);
        $states{ $judge->{states}[-1] // '' }++;
        next unless @found;
        # The first ones are made small; the others only counted, for it takes time.
        my @small = ++$found <= 4 ? least($judge, @pieces) : @pieces;
        my %small = assemble(@small);
        my $request = [ @{ $small{before} }, $small{sql} ];
        my $what = Judge::is_exact($small{sql}) ? 'exact statement' : 'statement';
        $judge->finding("(c) $what $count of seed $seed", $request, @$_) for @found;
    }
    main::diag("seed $seed: $count statements: " . join ', ', map { ($_ eq '' ? 'answered' : $_) . " $states{$_}" } sort keys %states);
    return;
}

1;
