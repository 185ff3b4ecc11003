# What a release takes does not grow with the length of its grouping keys: they go to a file, serial and parallel.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

plan skip_all => 'peak memory is read from /proc' unless -r "/proc/$$/status";

my $node = PostgreSQL::Test::Cluster->new('memory');
$node->init;
$node->append_conf('postgresql.conf', <<'CONF');
shared_preload_libraries = 'health_dp'
shared_buffers = 16MB
max_worker_processes = 32
health_dp.room_memory = 64kB
parallel_setup_cost = 0
parallel_tuple_cost = 0
min_parallel_table_scan_size = 0
autovacuum = off
jit = off
CONF
$node->start;
$node->safe_psql('postgres', <<'SQL');
CREATE EXTENSION health_dp;
CREATE ROLE alice LOGIN;
CREATE SCHEMA care;
GRANT USAGE ON SCHEMA care TO alice;
CREATE TABLE care.stay (stay_id bigint, patient_id bigint NOT NULL);
INSERT INTO care.stay SELECT i, i % 2000 FROM generate_series(1, 8000) i;
ANALYZE;
SELECT health_dp.protect('care.stay', 'patient_id');
SELECT health_dp.create_project('study', title => 'Memory', legal_basis => 'CNIL 2023-146',
    valid => '[2020-01-01,2100-01-01)', epsilon => 1000, delta => 0.1, releases => '{dp}');
SELECT health_dp.grant_table('study', 'care.stay');
SELECT health_dp.add_member('study', 'alice');
SQL

sub rooms { return split /\n/, $node->safe_psql('postgres', "SELECT pid FROM pg_stat_activity WHERE backend_type = 'health_dp room'"); }

my $settings = "SET search_path = public, health_dp; SET health_dp.project = 'study'; SET health_dp.epsilon = 1; SET health_dp.delta = '1e-7';";

sub ask_as_alice {
    my ($query) = @_;
    my ($status, $output, $errors) = $node->psql('postgres', <<"SQL", extra_params => [ '-U', 'alice' ], on_error_stop => 1);
$settings
$query;
SQL
    is($status, 0, 'answered') or diag $errors;
    return;
}

# A process's peak beyond shared buffers, in kB.
sub peak {
    my ($pid) = @_;
    my $status = slurp_file("/proc/$pid/status");
    my ($most) = $status =~ /^VmHWM:\s+(\d+)/m;
    my ($shared) = $status =~ /^RssShmem:\s+(\d+)/m;
    return $most - $shared;
}

# By how many kB the room's peak grows while it runs the query. Its plan is parallel or not, as said.
sub growth {
    my ($workers, $query) = @_;
    my @before = rooms();
    $node->safe_psql('postgres', "ALTER SYSTEM SET max_parallel_workers_per_gather = $workers; SELECT pg_reload_conf()");
    my $list = join ', ', 0, @before;
    $node->poll_query_until('postgres', "SELECT NOT EXISTS (SELECT FROM pg_stat_activity WHERE pid IN ($list))") or die 'rooms have not left';
    my $plan = $node->safe_psql('postgres', "$settings SELECT explain_release(\$q\$$query\$q\$, 'alice')");
    is($plan =~ /Workers Planned: (\d)/ ? $1 : 0, $workers, "the room plans $workers workers");
    ask_as_alice('SELECT dp_count(*) IS NOT NULL FROM care.stay');
    my ($room, @others) = rooms();
    is(scalar @others, 0, 'one room');
    my $beginning = peak($room);
    ask_as_alice($query);
    is(join(',', rooms()), $room, 'the same one');
    return peak($room) - $beginning;
}

my $keys = 8000 * 20;    # kB in all
my $long = "SELECT count(*) >= 0 FROM (SELECT repeat('x', 20000) || stay_id AS k, dp_count(*) FROM care.stay GROUP BY 1) r";
ask_as_alice('SELECT dp_count(*) IS NOT NULL FROM care.stay');
foreach my $workers (0, 2) {
    my $grown = growth($workers, $long);
    cmp_ok($grown, '<', $keys / 4, "long keys, $workers workers: $grown kB for $keys kB of keys");
}

$node->stop;
done_testing();
