# That the noise of real releases has the scale it is calibrated to [C7, C14]: how often it is as large as its calibrated
# median, whose count is binomial. Each comparison accepts what has a probability of all but 10^-8, both tails together;
# a scale that is wrong by a factor of 3/2, like a forgotten group, row or part, is as good as always found.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('noise');
$node->init;
$node->append_conf('postgresql.conf', "shared_preload_libraries = 'health_dp'\nautovacuum = off\n");
$node->start;

my $keys = 1000;     # groups of the public table, all of them empty: what they show is noise
my $members = 60;    # patients of each of the other groups, far beyond what selection could refuse
$node->safe_psql('postgres', <<"SQL");
CREATE EXTENSION health_dp;
CREATE ROLE alice LOGIN;
CREATE SCHEMA care;
CREATE SCHEMA ref;
GRANT USAGE ON SCHEMA care, ref TO alice;
CREATE TABLE care.empty (patient_id bigint, k integer, x integer);
CREATE TABLE care.full (patient_id bigint, k integer, x integer);
INSERT INTO care.full SELECT i, i % $keys, 0 FROM generate_series(1, $keys * $members) i;
CREATE TABLE ref.key (k integer PRIMARY KEY);
INSERT INTO ref.key SELECT generate_series(1, $keys);
GRANT SELECT ON ref.key TO alice;
SELECT health_dp.protect(t, 'patient_id') FROM unnest('{care.empty,care.full}'::regclass[]) t;
SELECT health_dp.declare_public('ref.key');
SELECT health_dp.create_project('study', title => 'Noise', legal_basis => 'none', valid => '[2020-01-01,2100-01-01)',
    epsilon => 100000, delta => 0.5, default_delta => 1e-6, max_groups_per_patient => 100, max_rows_per_patient => 100,
    min_epsilon => 0.01, executions_per_day => 0);
SELECT health_dp.grant_table('study', t) FROM unnest('{care.empty,care.full}'::regclass[]) t;
SELECT health_dp.add_member('study', 'alice');
ALTER ROLE alice SET search_path = health_dp;
ALTER ROLE alice SET health_dp.project = 'study';
SQL

# Rows of numbers.
sub ask {
    my ($epsilon, $groups, $rows, $sql) = @_;
    my ($status, $output, $errors) = $node->psql('postgres',
        "SET health_dp.epsilon = '$epsilon'; SET health_dp.max_groups_per_patient = $groups;"
          . " SET health_dp.max_rows_per_patient = $rows;\n$sql",
        extra_params => [ '-U', 'alice' ], on_error_stop => 1);
    is($status, 0, 'answered') or diag "$sql\n$errors";
    return map { [ split /\|/ ] } split /\n/, $output;
}

# The bounds that a binomial count of $n and $p leaves with probability below 10^-8, from its exact terms.
sub acceptance {
    my ($n, $p) = @_;
    my ($log, @terms) = ($n * log(1 - $p));
    foreach my $k (0 .. $n) {
        push @terms, exp($log);
        $log += log(($n - $k) / ($k + 1)) + log($p / (1 - $p)) if $k < $n;
    }
    my ($low, $high, $below, $above) = (0, $n, $terms[0], $terms[$n]);
    $below += $terms[ ++$low ] while $below + $terms[ $low + 1 ] < 5e-9;
    $above += $terms[ --$high ] while $above + $terms[ $high - 1 ] < 5e-9;
    return ($low + 1, $high - 1);
}

# Noise of discrete Laplace distribution: |noise| >= t has the probability 2·r^t / (1 + r), r = exp(-1/scale).
sub has_scale {
    my ($name, $scale, @noise) = @_;
    my $r = exp(-1 / $scale);
    my $median = int($scale * log(2)) + 1;
    my $p = 2 * $r**$median / (1 + $r);
    my ($low, $high) = acceptance(scalar @noise, $p);
    my $seen = grep { abs($_) >= $median } @noise;
    cmp_ok(scalar @noise, '==', $keys, "$name: as much noise as asked for");
    cmp_ok($seen, '>=', $low, "$name: large enough for a scale of $scale");
    cmp_ok($seen, '<=', $high, "$name: no larger than a scale of $scale");
    my ($fewest, $most) = acceptance(scalar @noise, $r / (1 + $r));
    my $positive = grep { $_ > 0 } @noise;
    ok($positive >= $fewest && $positive <= $most, "$name: as often above as below");
    return;
}

sub column { my ($column, @rows) = @_; return map { $_->[$column] } @rows; }

my $public = 'FROM ref.key LEFT JOIN care.empty USING (k) GROUP BY k';
my @rows;

@rows = ask('0.2', 1, 5, "SELECT k, dp_count(patient_id) $public;");
has_scale('a count', 25, column(1, @rows));

# Two parts of 1/5 each; M = 3 of the groups, R = 4 rows.
@rows = ask('0.4', 3, 4, "SELECT k, dp_count(DISTINCT patient_id), dp_sum(x, -10, 7) $public;");
has_scale('patients, M = 3 groups, beside a sum', 15, column(1, @rows));
has_scale('a sum, M = 3 groups, R = 4 rows, beside a count', 600, column(2, @rows));

# A mean is two measurements: three parts, of which the count has one.
@rows = ask('0.3', 1, 2, "SELECT k, dp_count(patient_id), dp_avg(x, 0, 9) $public;");
has_scale('a count beside a mean', 20, column(1, @rows));

# Selection takes a part. Every patient has one row, in one group.
@rows = ask('4', 1, 20, 'SELECT k, dp_count(*) FROM care.full GROUP BY k;');
has_scale('a count of selected groups', 10, map { $_ - $members } column(1, @rows));

# All releases of a statement share its charge.
@rows = ask('0.4', 1, 5, "SELECT k, dp_count(patient_id) $public UNION ALL SELECT NULL, dp_count(*) FROM care.empty;");
has_scale('a count beside another release', 25, column(1, grep { $_->[0] ne '' } @rows));

# Executions one by one: each has noise of its own, and none of it is a group's M.
@rows = ask('0.2', 7, 4, <<"SQL");
CREATE FUNCTION pg_temp.each() RETURNS SETOF bigint LANGUAGE plpgsql AS
    'BEGIN FOR i IN 1 .. $keys LOOP RETURN NEXT (SELECT dp_count(*) FROM care.empty); END LOOP; END';
SELECT * FROM pg_temp.each();
SQL
has_scale('executions', 20, column(0, @rows));

$node->stop;
done_testing;
