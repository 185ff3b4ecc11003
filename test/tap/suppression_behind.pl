# Random tables of one population, by random grouping sets with hierarchies, up to three at a time, against somebody who
# knows nothing of the product: he tries populations, cell by cell, until one fits all that is shown. Where a small cell
# cannot have every value that it could have with everything hidden, it was given away. HDP_TABLES=n: so many rounds.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $rounds = $ENV{HDP_TABLES} // 60;
my $threshold = 4;
my $limit = 60_000;    # populations begun; beyond it nothing is claimed
my $seed = $ENV{HDP_SEED} // 20_261_130;
srand($seed);

my $node = PostgreSQL::Test::Cluster->new('behind');
$node->init;
$node->append_conf('postgresql.conf', "shared_preload_libraries = 'health_dp'\nautovacuum = off\n");
$node->start;
$node->safe_psql('postgres', <<"SQL");
CREATE EXTENSION health_dp;
SELECT health_dp.create_suppression_policy('few', 'x', patients => $threshold, singletons => false);
CREATE TABLE zone (child text, parent text);
INSERT INTO zone VALUES ('a1', 'z1'), ('a2', 'z1'), ('a3', 'z2');
SQL

my %zone = (a1 => 'z1', a2 => 'z1', a3 => 'z2');
my @names = qw(a b c);

sub any { return $_[int(rand(@_))] }

# Every combination of the innermost codes, with how many patients it has.
sub population {
    my ($sizes) = @_;
    my @cells = ([]);
    for my $i (0 .. 2) {
        @cells = map { my $cell = $_; map { [ @$cell, "$names[$i]$_" ] } 1 .. $sizes->[$i] } @cells;
    }
    return map { { codes => $_, n => rand() < 0.3 ? 0 : rand() < 0.2 ? 10 + int(rand(20)) : 1 + int(rand(7)) } } @cells;
}

# Of a cell in a grouping set: for each dimension the total, the zone, or the code itself.
sub key_of {
    my ($codes, $set) = @_;
    return join ' ', map { $set->[$_] eq 'total' ? '-' : $set->[$_] eq 'zone' ? $zone{ $codes->[$_] } : $codes->[$_] } 0 .. 2;
}

sub random_tables {
    my ($sizes) = @_;
    my %seen;
    return map {
        my %sets;
        for (0 .. 1 + int(rand(4))) {
            my @set = map { rand() < 0.4 ? 'total' : $_ == 0 && $sizes->[0] == 3 && rand() < 0.4 ? 'zone' : 'code' } 0 .. 2;
            $sets{"@set"} = \@set;
        }
        [ map { $sets{$_} } sort keys %sets ];
    } 0 .. int(rand(3));
}

# What GROUP BY gives: no rows of nobody, but for the total of all.
sub rows_of {
    my ($cells, $sets) = @_;
    my %rows;
    for my $set (@$sets) {
        my %of_set;
        $of_set{ key_of($_->{codes}, $set) } += $_->{n} for @$cells;
        $rows{$_} = $of_set{$_} for grep { $of_set{$_} > 0 || $_ eq '- - -' } keys %of_set;
    }
    return \%rows;
}

sub definition {
    my ($tables, $policy) = @_;
    my @dimensions = map { qq({"name": "$_") . ($_ eq 'a' ? ', "hierarchy": "zone"}' : '}') } @names;
    my @tables;
    for my $i (0 .. $#$tables) {
        my $rows = join ', ', map { my $key = $_; '(' . join(', ', map { $_ eq '-' ? 'NULL' : "'$_'" } split / /, $key) . ", $tables->[$i]{$key})" }
            sort keys %{ $tables->[$i] };
        push @tables, qq({"name": "t$i", "dimensions": ["a", "b", "c"], "query": "SELECT a::text, b::text, c::text, n FROM (VALUES $rows) AS t(a, b, c, n)"});
    }
    return qq({$policy"dimensions": [@{[join ', ', @dimensions]}], "measures": [{"name": "n"}], "tables": [@{[join ', ', @tables]}]});
}

# Rows as key => number, or nothing where it is hidden; and the error.
sub ask {
    my ($function, $column, $definition, $argument) = @_;
    my ($status, $out, $errors) = $node->psql('postgres', "SET client_min_messages = error;
        \\set VERBOSITY sqlstate
        SELECT array_to_string(codes, ' ', '-') || '=' || coalesce(${column}[1]::text, '') FROM health_dp.$function('$definition'$argument)"
            =~ s/VALUES .*?\) AS t/$& =~ s{'}{''}gr/gser, on_error_stop => 1);
    my %rows = map { /^(.*)=(.*)$/ ? ($1 => $2 eq '' ? undef : $2) : () } split /\n/, $out;
    return (\%rows, $errors =~ /(ZD\d+|[0-9A-Z]{5})\s*$/m ? $1 : $errors);
}

# Whether some population has each of these sums between its bounds. 1, 0, or nothing where the search was given up.
sub exists_population {
    my ($cells, $sums) = @_;
    my @of_cell = map { [] } @$cells;
    my @left = (0) x @$sums;
    my @reached = (0) x @$sums;
    for my $i (0 .. $#$sums) {
        for (@{ $sums->[$i]{cells} }) {
            push @{ $of_cell[$_] }, $i;
            $left[$i]++;
        }
        return 0 if $left[$i] == 0 && $sums->[$i]{lowest} > 0;
    }
    my $begun = 0;
    my $try;
    $try = sub {
        my ($cell) = @_;
        return 1 if $cell == @$cells;
        return undef if ++$begun > $limit;
        my ($low, $high) = (0, $cells->[$cell]{n} + 2 * $threshold);
        for (@{ $of_cell[$cell] }) {
            my $sum = $sums->[$_];
            $high = $sum->{highest} - $reached[$_] if defined $sum->{highest} && $sum->{highest} - $reached[$_] < $high;
            $low = $sum->{lowest} - $reached[$_] if $left[$_] == 1 && $sum->{lowest} - $reached[$_] > $low;
        }
        return 0 if $low > $high;
        # Near the true number first: where one population fits, it is soon found.
        my $true = $cells->[$cell]{n};
        for my $n (sort { abs($a - $true) <=> abs($b - $true) } $low .. $high) {
            for (@{ $of_cell[$cell] }) { $reached[$_] += $n; $left[$_]-- }
            my $found = $try->($cell + 1);
            for (@{ $of_cell[$cell] }) { $reached[$_] -= $n; $left[$_]++ }
            return $found if !defined $found || $found;
        }
        return 0;
    };
    my $found = $try->(0);
    undef $try;
    return $found;
}

my ($tried, $given_up) = (0, 0);

# Small hidden cells that are given away. `given`: key => number or nothing, of all keys that have a row; `sets`: those asked for.
sub given_away {
    my ($cells, $sets, $given, $true) = @_;
    my %parts;
    for my $set (@$sets) {
        for my $i (0 .. $#$cells) {
            my $key = key_of($cells->[$i]{codes}, $set);
            push @{ $parts{$key} }, $i unless grep { $_ == $i } @{ $parts{$key} // [] };
        }
    }
    # What has no row is nobody; what has one and is hidden is somebody.
    my (@shown, @public);
    for my $key (sort keys %parts) {
        my $number = exists $given->{$key} ? $given->{$key} : 0;
        push @shown, { cells => $parts{$key}, lowest => $number // 1, highest => $number };
        push @public, { cells => $parts{$key}, lowest => exists $given->{$key} ? 1 : 0, highest => exists $given->{$key} ? undef : 0 };
    }
    my @away;
    for my $key (grep { exists $given->{$_} && !defined $given->{$_} && $true->{$_} < $threshold } sort keys %parts) {
        for my $target (1, $threshold - 1) {
            my $wanted = { cells => $parts{$key}, lowest => $target, highest => $target };
            my $fits = exists_population($cells, [ $wanted, @shown ]);
            $tried++;
            $given_up++ if !defined $fits;
            next if !defined $fits || $fits;
            my $could = exists_population($cells, [ $wanted, @public ]);
            push @away, "$key is not $target" if $could;
        }
    }
    return @away;
}

my (%ends, @found, @apart, @unrounded);
for my $round (1 .. $rounds) {
    my $sizes = [ any(2, 3), any(2, 2, 3), 2 ];
    my @cells = population($sizes);
    next if !grep { $_->{n} > 0 } @cells;
    my @tables = random_tables($sizes);
    my @sets = map { @$_ } @tables;
    my @rows = map { rows_of(\@cells, $_) } @tables;
    my %true = map { %$_ } @rows;
    my ($rows, $error) = ask('suppress_tables', 'shown', definition(\@rows, '"policy": "few", '), '');
    $ends{ $error || 'protected' }++;
    diag("round $round: $error, seed $seed") if $error && $error ne 'ZD706';
    push @found, map { "round $round: $_" } given_away(\@cells, \@sets, $rows, \%true) if !$error;

    # Each by itself, as if it were the only one.
    my %apart;
    for my $table (@rows) {
        my ($own, $failed) = ask('suppress_tables', 'shown', definition([$table], '"policy": "few", '), '');
        $apart{$_} //= $own->{$_} for keys %$own;
    }
    push @apart, $round if !$error && @rows > 1 && keys %apart == keys %true && given_away(\@cells, \@sets, \%apart, \%true);

    # Rounded, whatever can be added up from what is shown is what the total shows.
    my ($rounded, $failed) = ask('round_tables', 'rounded', definition(\@rows, ''), ', 5');
    $ends{"rounding: $failed"}++ if $failed;
    next if $failed;
    for my $above (@sets) {
        for my $below (@sets) {
            next if grep { $above->[$_] ne $below->[$_] && $above->[$_] ne 'total' && !($above->[$_] eq 'zone' && $below->[$_] eq 'code') } 0 .. 2;
            my (%sum, %added);
            for (@cells) {
                my ($total, $part) = (key_of($_->{codes}, $above), key_of($_->{codes}, $below));
                $sum{$total} += $rounded->{$part} // 0 if !$added{$part}++;
            }
            push @unrounded, "round $round: $_" for grep { $sum{$_} != ($rounded->{$_} // 0) } keys %sum;
        }
    }
}
diag(join ', ', map { "$_: $ends{$_}" } sort keys %ends);
is(join("\n", @found), '', 'no small cell is given away');
is(join("\n", @unrounded), '', 'rounded tables add up');
is(join(' ', grep { !/^(protected|ZD706|rounding: ZD706)$/ } sort keys %ends), '', 'nothing else is wrong with tables of one population');
cmp_ok(scalar(@apart), '>', 0, 'who looks is somebody who finds: tables that were protected one by one');
cmp_ok($ends{protected} // 0, '>', $rounds / 4, 'and tables were protected');
cmp_ok($given_up, '<', $tried / 20, 'and he seldom gave up');
diag(scalar(@found) . ' cells given away, ' . scalar(@apart) . ' rounds with tables apart, ' . scalar(@unrounded) . " sums; $given_up of $tried searches given up");
$node->stop;
done_testing();
