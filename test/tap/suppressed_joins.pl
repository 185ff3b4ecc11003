# Exact tables that count rows: no join that they take multiplies rows by weights that who asks could choose. Random FROM
# clauses; for each that vetting takes, plain SQL says whether each joined row is another one of some protected table.
# HDP_JOINS: how many clauses (4000); HDP_JOINS_SEED: which.
use strict;
use warnings;
use PostgreSQL::Test::Utils;
use RoomsTest;
use Test::More;

my $clauses = $ENV{HDP_JOINS} // 4000;
my $seed = $ENV{HDP_JOINS_SEED} // 3;
srand $seed;

my $node = new_server('suppressed_joins', 'health_dp.executions_per_day = 0', 'health_dp.failures_per_day = 0',
    'health_dp.failure_limit = 0');
super($node, <<'SQL');
SET client_min_messages = error;
CREATE EXTENSION health_dp;
SELECT health_dp.create_key_store();
CREATE ROLE alice LOGIN;
CREATE SCHEMA care;
CREATE SCHEMA ref;
GRANT USAGE ON SCHEMA care, ref TO PUBLIC;
CREATE TABLE care.patient (patient_id integer PRIMARY KEY, region integer NOT NULL, age integer NOT NULL);
INSERT INTO care.patient SELECT i, i % 4, i % 7 FROM generate_series(1, 24) i;
CREATE TABLE care.stay (stay_id integer PRIMARY KEY, patient_id integer NOT NULL, region integer NOT NULL, nights integer NOT NULL,
    cost integer NOT NULL, word text NOT NULL);
INSERT INTO care.stay SELECT i, 1 + i % 20, i % 4, i % 5, i % 6, (ARRAY['a', 'a ', 'b', 'c'])[1 + i % 4] FROM generate_series(1, 60) i;
CREATE TABLE care.drug (drug_id integer PRIMARY KEY, stay_id integer NOT NULL, code integer NOT NULL);
INSERT INTO care.drug SELECT i, 1 + i % 50, i % 5 FROM generate_series(1, 80) i;
SELECT health_dp.protect('care.patient', 'patient_id'), health_dp.protect('care.stay', 'patient_id');
SELECT health_dp.protect_via('care.drug', 'stay_id', 'care.stay', 'stay_id');
CREATE TABLE ref.region (region integer PRIMARY KEY, zone integer NOT NULL);
INSERT INTO ref.region SELECT i, i % 2 FROM generate_series(0, 5) i;
CREATE TABLE ref.pair (a integer, b integer, zone integer NOT NULL, PRIMARY KEY (a, b));
INSERT INTO ref.pair SELECT i, j, (i + j) % 3 FROM generate_series(0, 4) i, generate_series(0, 4) j WHERE (i + j) % 2 = 0;
CREATE TABLE ref.spelled (word text PRIMARY KEY, zone integer NOT NULL);
INSERT INTO ref.spelled VALUES ('a', 0), ('a ', 1), ('a  ', 2), ('b', 1), ('c', 2), ('c ', 0);
CREATE TABLE ref.loose (zone integer, weight integer);
INSERT INTO ref.loose SELECT i % 3, i FROM generate_series(0, 7) i;
SELECT health_dp.declare_public(t) FROM unnest('{ref.region,ref.pair,ref.loose,ref.spelled}'::regclass[]) t;
GRANT SELECT ON ALL TABLES IN SCHEMA ref TO PUBLIC;
SELECT health_dp.create_project('emc2', title => 'Joined', legal_basis => 'CNIL 2023-146', valid => '[2020-01-01,2100-01-01)',
    epsilon => 1, delta => 1e-6, releases => '{suppressed}');
SELECT health_dp.add_member('emc2', 'alice');
SELECT health_dp.grant_table('emc2', t) FROM unnest('{care.patient,care.stay,care.drug}'::regclass[]) t;
SQL

# What may stand in FROM: its text, its columns, and the number of its row where it is protected.
my %protected = (
    'care.stay' => [ [qw(stay_id patient_id region nights cost word)], 'stay_id' ],
    'care.patient' => [ [qw(patient_id region age)], 'patient_id' ],
    'care.drug' => [ [qw(drug_id stay_id code)], 'drug_id' ],
    '(SELECT patient_id, max(nights) AS most FROM care.stay GROUP BY patient_id)' => [ [qw(patient_id most)], 'patient_id' ],
    '(SELECT DISTINCT patient_id, region FROM care.stay)' => [ [qw(patient_id region)], "patient_id || '/' || %s.region" ],
    '(SELECT stay_id, patient_id, nights + 1 AS longer FROM care.stay WHERE cost > 1)' => [ [qw(stay_id patient_id longer)], 'stay_id' ],
);
my %public = (
    'ref.region' => [qw(region zone)],
    'ref.pair' => [qw(a b zone)],
    'ref.loose' => [qw(zone weight)],
    '(SELECT DISTINCT zone FROM ref.pair)' => ['zone'],
    '(SELECT a, max(b) AS b FROM ref.pair GROUP BY a)' => [qw(a b)],
    '(SELECT region, zone FROM ref.region UNION ALL SELECT 1, 1)' => [qw(region zone)],
    '(VALUES (0, 1), (1, 1), (2, 0))' => [qw(v w)],
    '(VALUES (1), (1), (3))' => ['v'],
    # Unlike as text, alike as bpchar.
    'ref.spelled' => [qw(word zone)],
    "(VALUES ('a'), ('a '), ('b'))" => ['word'],
    '(SELECT DISTINCT word FROM ref.spelled)' => ['word'],
    '(SELECT word::bpchar AS word, zone FROM ref.spelled)' => [qw(word zone)],
);

sub pick { return $_[ rand @_ ]; }

sub any_column {
    my (@entries) = @_;
    my $entry = pick(@entries);
    my @columns = @{ $entry->{columns} };
    # Whatever looks at who it is, is refused.
    @columns = grep { !/_id$/ } @columns if rand() < 0.97;
    return "$entry->{alias}." . pick(@columns);
}

# Text beside numbers is a number as well.
sub as_number { my ($column) = @_; return $column =~ /\.word$/ ? "length($column)" : $column; }

sub equal {
    my ($one, $other) = @_;
    return as_number($one) . ' = ' . as_number($other) if 2 > grep { /\.word$/ } $one, $other;
    my $type = pick('text', 'text', 'bpchar', 'bpchar', 'varchar', 'varchar::text', 'text::bpchar');
    return pick("$one = $other", "$one\::$type = $other\::$type");
}

# A condition over entries that can be seen there. On the patient, for most pairs would be refused otherwise.
sub condition {
    my ($left, $right) = @_;
    my @personal = map { my $side = $_; pick(grep { $_->{row} && grep { $_ eq 'patient_id' } @{ $_->{columns} } } @$side) } $left, $right;
    return "$personal[0]{alias}.patient_id = $personal[1]{alias}.patient_id" if 2 == grep { defined } @personal and rand() < 0.7;
    my @links = grep { $_->{text} eq 'care.drug' } @$left, @$right;
    my @stays = grep { $_->{text} eq 'care.stay' } @$left, @$right;
    return "$links[0]{alias}.stay_id = $stays[0]{alias}.stay_id" if @links and @stays and rand() < 0.6;
    my ($one, $other) = (any_column(@$left), any_column(@$right));
    # By what is unique, as look-ups are.
    $other = "$right->[-1]{alias}.$right->[-1]{columns}[0]" if !$right->[-1]{row} and rand() < 0.6;
    return equal($one, $other) if 2 == grep { /\.word$/ } $one, $other;
    ($one, $other) = map { as_number($_) } $one, $other;
    return pick("$one = $other", "$one = $other", "$one = $other", "$one = $other", "$one < $other", "$one = " . int(rand 4),
        "$one = $other AND " . equal(any_column(@$left, @$right), any_column(@$left, @$right)),
        "$one = $other + 1", "($one > 2) = ($other > 2)", "coalesce($one, 0) = $other", "$one = $other OR $one = 3");
}

my $aliases;

sub entry {
    my ($text) = @_;
    my $alias = 't' . ++$aliases;
    my $known = $protected{$text};
    my @columns = $known ? @{ $known->[0] } : @{ $public{$text} };
    my $row;
    if ($known) {
        ($row = $known->[1]) =~ s/%s/$alias/;
        $row = "$alias.$row";
    }
    my $names = $text =~ /^\(VALUES/ ? '(' . join(', ', @columns) . ')' : '';
    return { sql => "$text $alias$names", text => $text, alias => $alias, columns => \@columns, row => $row };
}

# A tree of joins over these entries, and what can be seen of it.
sub join_tree {
    my (@entries) = @_;
    return ($entries[0]{sql}, @entries) if @entries == 1;
    my $at = 1 + int rand(@entries - 1);
    my ($left, @left) = join_tree(@entries[ 0 .. $at - 1 ]);
    my ($right, @right) = join_tree(@entries[ $at .. $#entries ]);
    my $kind = pick('JOIN', 'JOIN', 'LEFT JOIN', 'LEFT JOIN', 'RIGHT JOIN', 'CROSS JOIN');
    return ("($left CROSS JOIN $right)", @left, @right) if $kind eq 'CROSS JOIN';
    my @on = map { condition(\@left, \@right) } 1 .. pick(1, 1, 1, 2);
    # Conditions that look at one side alone hold for the rows that find a partner, and keep no others away.
    push @on, equal(any_column(@left), any_column(@left)) if @left > 1 and rand() < 0.6;
    push @on, equal(any_column(@right), any_column(@right)) if @right > 1 and rand() < 0.4;
    return ("($left $kind $right ON " . join(' AND ', @on) . ')', @left, @right);
}

sub clause {
    $aliases = 0;
    my @texts = (pick('care.stay', 'care.stay', sort keys %protected));
    push @texts, rand() < 0.4 ? pick(sort keys %protected) : pick(sort keys %public) for 1 .. pick(1, 1, 2, 2, 3);
    my @entries = map { entry($_) } sort { rand() <=> 0.5 } @texts;
    my ($from) = join_tree(@entries);
    my @where = map { condition(\@entries, \@entries) } 1 .. pick(0, 0, 0, 1, 1, 2);
    return { sql => "FROM $from" . (@where ? ' WHERE ' . join ' AND ', @where : ''), rows => [ grep { defined } map { $_->{row} } @entries ] };
}

# Whether each joined row is another row of one protected table, or of the others where that has none.
sub oracle {
    my ($clause) = @_;
    my @rows = @{ $clause->{rows} };
    my $any = join ' OR ', map { "$_ IS NOT NULL" } @rows;
    my $all = join ', ', @rows;
    my @ways = map { my $row = $_;
        "count(*) FILTER (WHERE $row IS NOT NULL) = count(DISTINCT $row)"
          . " AND count(*) FILTER (WHERE $row IS NULL AND ($any)) = count(DISTINCT ($all)) FILTER (WHERE $row IS NULL AND ($any))" } @rows;
    return 'SELECT ' . join(' OR ', map { "($_)" } @ways) . " $clause->{sql}";
}

my @clauses = map { clause() } 1 .. $clauses;
# Accepted is what comes as far as to what the project has published.
my $asked = say($node, join('', map { "SELECT health_dp.sc_count(*) $_->{sql} \\g /dev/null\n\\echo :LAST_ERROR_SQLSTATE\n" } @clauses), stop => 0,
    settings => { epsilon => 1 });
my @states = split /\n/, $asked->{out};
is(scalar @states, $clauses, "$clauses clauses, seed $seed") or diag(substr $asked->{err}, 0, 2000);
my %accepted = map { $_ => 1 } qw(00000 ZD722 ZD723 ZD724 ZD727);
my @accepted = map { $clauses[$_] } grep { $accepted{ $states[$_] } } 0 .. $#states;
my %seen;
$seen{$_}++ for @states;
note join ', ', map { "$_: $seen{$_}" } sort keys %seen;
cmp_ok(scalar @accepted, '>', $clauses / 20, 'some are taken: ' . @accepted);
cmp_ok($seen{ZD728} // 0, '>', $clauses / 20, 'some are refused because rows multiply');
my $judged = $node->safe_psql('postgres', join '', map { oracle($_) . ";\n" } @accepted);
my @verdicts = split /\n/, $judged;
is(scalar @verdicts, scalar @accepted, 'all of them judged');
my @multiplied = map { $accepted[$_]{sql} } grep { $verdicts[$_] ne 't' } 0 .. $#verdicts;
is(scalar @multiplied, 0, 'none multiplies rows') or diag(join "\n", @multiplied[ 0 .. ($#multiplied < 9 ? $#multiplied : 9) ]);
# The oracle itself: it sees weights.
is($node->safe_psql('postgres', oracle({ sql => 'FROM care.stay s CROSS JOIN (VALUES (1), (2)) v(n)', rows => ['s.stay_id'] })), 'f',
    'the oracle sees rows that multiply');
$node->stop;
done_testing();
