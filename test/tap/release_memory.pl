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
max_worker_processes = 16
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

# By how many kB the session's peak beyond shared buffers grows while it runs the query.
sub growth {
    my ($settings, $query) = @_;
    my $peak = q(\! awk '/VmHWM/ { h = $2 } /RssShmem/ { s = $2 } END { print h - s }' /proc/$PID/status);
    my ($status, $output, $errors) = $node->psql('postgres', <<"SQL", extra_params => [ '-U', 'alice' ], on_error_stop => 1);
SET search_path = public, health_dp; SET health_dp.project = 'study'; SET health_dp.epsilon = 1; SET health_dp.delta = '1e-7';
SET work_mem = '64kB'; SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0; SET min_parallel_table_scan_size = 0;
$settings
SELECT dp_count(*) IS NOT NULL FROM care.stay;
SELECT pg_backend_pid() AS pid \\gset
\\setenv PID :pid
$peak
$query;
$peak
SQL
    is($status, 0, 'answered') or diag $errors;
    my @lines = $output =~ /^(\d+)$/mg;
    return $lines[-1] - $lines[0];
}

my $keys = 8000 * 20;    # kB in all
my $long = "SELECT count(*) >= 0 FROM (SELECT repeat('x', 20000) || stay_id AS k, dp_count(*) FROM care.stay GROUP BY 1) r";
foreach my $workers (0, 2) {
    my $grown = growth("SET max_parallel_workers_per_gather = $workers;", $long);
    cmp_ok($grown, '<', $keys / 4, "long keys, $workers workers: $grown kB for $keys kB of keys");
}

$node->stop;
done_testing();
