# Uses of keys [C23]: nobody's by default, within a quota, on record before they are made, whatever happens afterwards.
use strict;
use warnings;
use IPC::Run ();
use KeysTest;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $root = new_root();
my $node = with_store('use', $root, 'max_connections = 40', 'shared_buffers = 64MB');
my $superuser = getpwuid($<);

sub as_superuser { my ($sql) = @_; return $node->safe_psql('postgres', $sql); }

# The SQLSTATE that a use of etl's (unless told) ends with.
sub ends { my ($sql, $user) = @_; return (as_code($node, $sql, $user // 'etl'))[0]; }

# Uses on record, those of running statements as reserved; once the worker has noted the ends.
sub recorded {
    my ($condition) = @_;
    return as_superuser('SELECT coalesce(sum(uses), 0) FROM health_dp.key_uses WHERE ' . ($condition // 'true'));
}

sub all_final {
    return wait_until(sub { as_superuser('SELECT bool_and(is_final) FROM health_dp.key_uses') eq 't' }, 'ends are noted');
}

sub begin {
    my ($sql, $user) = @_;
    my %session = (out => '', err => '');
    $session{run} = IPC::Run::start([ 'psql', '-XqAt', '-U', $user // 'etl', '-v', 'VERBOSITY=sqlstate', '-d',
            $node->connstr('postgres'), '-c', $sql ], '<', '/dev/null', '>', \$session{out}, '2>', \$session{err},
        IPC::Run::timeout($PostgreSQL::Test::Utils::timeout_default));
    return \%session;
}

sub finish {
    my ($session) = @_;
    $session->{run}->finish;
    return $session->{err} =~ /(?:ERROR|FATAL):\s+([0-9A-Z]{5})/ ? $1 : '';
}

as_superuser('CREATE ROLE etl LOGIN; CREATE ROLE team; CREATE ROLE erin LOGIN IN ROLE team; CREATE ROLE frank LOGIN IN ROLE team;'
      . ' CREATE ROLE sam LOGIN IN ROLE health_dp_steward; CREATE SCHEMA load; GRANT USAGE ON SCHEMA load TO PUBLIC; GRANT CREATE ON SCHEMA load TO etl');
my $use = q{SELECT health_dp.pseudonymise('Zq7sentinel', 'emc2')};

# -- nobody's by default

is(as_superuser(q{SELECT count(*) FROM pg_proc p, unnest(ARRAY['pseudonymise', 'seal', 'reidentify', 'pseudonymise_nir',
        'shift_date']) o, health_dp.functions_of(o) f WHERE p.oid = f AND has_function_privilege('public', p.oid, 'EXECUTE')}),
    0, 'no keyed function is for everybody');
is(as_superuser(q{SELECT count(*) FROM health_dp.functions_of('pseudonymise')}), 4, 'and there are such functions');
is(ends($use), '42501', 'nobody may by default');
is(ends($use, $superuser), 'ZD602', 'not even a superuser without a permission');
is(ends(q{SELECT health_dp.permit_key_use('emc2', 'pseudonymise', 'etl', 10)}, $_), '42501', "$_ permits nothing")
  for qw(etl sam);
is(recorded(), 0, 'a refusal is no use');

# -- permitted: so many a day

is(ends(q{SELECT health_dp.permit_key_use('emc2', 'pseudonymise', 'etl', 10)}, 'carol'), '', 'a custodian permits ten');
is(ends($use), '', 'one');
is(ends(q{SELECT health_dp.seal_identifier('x', 'emc2')}), '42501', 'one operation is permitted, another one is not');
is(ends(q{BEGIN; SELECT health_dp.pseudonymise('x', 'emc2'); ROLLBACK}), '', 'a second one, rolled back');
is(ends(q{BEGIN; SAVEPOINT a; SELECT health_dp.pseudonymise('x', 'emc2'); ROLLBACK TO a; COMMIT}), '', 'a third, likewise');
is(ends(q{SELECT 1 / length(health_dp.pseudonymise('x', 'emc2')::text) - 1 / 0}), '22012', 'a fourth, perhaps, in an error');
is(ends(q{SELECT health_dp.pseudonymise(repeat('x', 300), 'emc2')}), 'ZD601', 'a fifth, of what is no identifier');
all_final();
my $before = recorded();
cmp_ok($before, '>=', 4, 'all on record');
is(ends(q{SELECT health_dp.pseudonymise(n::text, 'emc2') FROM generate_series(1, 100) n}), 'ZD603', 'a hundred are too many');
all_final();
is(recorded(), 10, 'it got the rest of the day');
is(ends($use), 'ZD603', 'and nothing is left');
is(as_superuser('SELECT used_today FROM health_dp.key_permissions'), 10, 'the view says so');
is(as_superuser('SELECT count(*) FROM health_dp.key_uses WHERE session_role <> $$etl$$ OR version <> 1 OR domain <> $$emc2$$'
          . ' OR operation <> $$pseudonymise$$'), 0, 'who, which key, which version');
is(ends(q{DELETE FROM health_dp.key_use}, $superuser), 'ZD403', 'the record is final: nothing goes');
is(ends(q{UPDATE health_dp.key_use SET used = 0}, $superuser), 'ZD403', 'nothing changes');

# -- more than a thousand a day

is(ends(q{SELECT health_dp.permit_key_use('emc2', 'pseudonymise', 'etl', 1001)}, 'carol'), 'ZD602', 'bulk needs a project');
is(ends(q{SELECT health_dp.permit_key_use('emc2', 'pseudonymise', 'etl', 1001, 'emc2')}, 'carol'), 'ZD102', 'one that is there');
is(ends(q{SELECT health_dp.create_project('emc2', title => 'Bleeding', legal_basis => 'CNIL 2023-146',
    valid => '[2020-01-01,2100-01-01)', epsilon => 8, delta => 1e-6)}, 'sam'), '', 'a steward opens it');
is(ends(q{SELECT health_dp.permit_key_use('emc2', 'pseudonymise', 'etl', 10000000, 'emc2')}, 'carol'), '', 'then it is permitted');
is(ends($use), '', 'and goes on the same day');
is(ends(q{SELECT health_dp.suspend_project('emc2', 'an inquiry')}, 'sam'), '', 'suspended');
is(ends($use), 'ZD104', 'with its project');
is(as_superuser('SELECT in_force FROM health_dp.key_permissions'), 'f', 'the view says so');
is(ends(q{SELECT health_dp.resume_project('emc2')}, 'sam'), '', 'resumed');
is(ends(q{SELECT health_dp.pseudonymise('x', 'emc2')}), '', 'with its project');

# -- whole tables: a few commits, one entry a process

as_superuser(q{CREATE TABLE load.person AS SELECT n AS id, lpad(n::text, 15, '0') AS identifier FROM generate_series(1, 200000) n;
    ANALYZE load.person; GRANT SELECT ON load.person TO etl});
all_final();
$before = recorded();
my $serial = 'SET max_parallel_workers_per_gather = 0; ';
my $parallel = 'SET max_parallel_workers_per_gather = 2; SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0;'
  . ' SET min_parallel_table_scan_size = 0; ';
my $digest = q{SELECT md5(string_agg(p::text, ',' ORDER BY p)) FROM (SELECT health_dp.pseudonymise(identifier, 'emc2') AS p FROM load.person OFFSET 0) q};
my $plain = value($node, $serial . $digest, 'etl');
all_final();
is(recorded(), $before + 200000, 'each row of a table counts');
is(as_superuser('SELECT count(*) FROM health_dp.key_use WHERE used = 200000'), 1, 'in one entry');
like(value($node, "$parallel EXPLAIN $digest", 'etl'), qr/Gather/, 'a parallel plan');
is(value($node, $parallel . $digest, 'etl'), $plain, 'gives the same pseudonyms');
all_final();
is(recorded(), $before + 400000, 'and counts in every process');

# -- many at once never pass the quota

is(ends(q{SELECT health_dp.permit_key_use('emc2', 'shift_date', 'team', 100)}, 'carol'), '', 'a hundred for a team');
my @sessions = map { begin(q{SELECT health_dp.shift_date('2026-01-01', 'x', 'emc2', 30) FROM generate_series(1, 30)},
        $_ % 2 ? 'erin' : 'frank') } 1 .. 8;
my $refused = grep { finish($_) eq 'ZD603' } @sessions;
cmp_ok($refused, '>=', 5, 'no more than three of eight sessions got their thirty');
all_final();
is(recorded(q{operation = 'shift_date'}), as_superuser(q{SELECT used_today FROM health_dp.key_permissions WHERE operation = 'shift_date'}),
    'the quota counts what is on record');
cmp_ok(recorded(q{operation = 'shift_date'}), '<=', 100, 'a hundred at most');
is(as_superuser(q{SELECT string_agg(DISTINCT session_role, ',' ORDER BY session_role) FROM health_dp.key_uses WHERE operation = 'shift_date'}),
    'erin,frank', 'each by name');

# -- nobody's permission is lent

is(ends(q{CREATE FUNCTION load.lend(t text) RETURNS health_dp.pseudonym LANGUAGE sql SECURITY DEFINER AS
    $$SELECT health_dp.pseudonymise(t, 'emc2')$$; GRANT EXECUTE ON FUNCTION load.lend TO PUBLIC}), '',
    'a function that would lend it');
is(ends(q{SELECT load.lend('x')}, 'mallory'), 'ZD602', 'lends nothing');
is(ends(q{SELECT load.lend('x')}), '', 'and works for whoever may');
as_superuser('ALTER ROLE team RENAME TO gang; CREATE ROLE team; GRANT team TO mallory');
is(ends(q{SELECT health_dp.shift_date('2026-01-01', 'x', 'emc2', 30)}, 'erin'), 'ZD602', 'a role that was renamed may nothing');
is(ends(q{SELECT health_dp.shift_date('2026-01-01', 'x', 'emc2', 30)}, 'mallory'), '42501', 'nor may its new namesake');

# -- withdrawn

is(ends(qq{PREPARE use AS $use; EXECUTE use; EXECUTE use}), '', 'prepared statements count each execution');
is(ends(q{SELECT health_dp.forbid_key_use('emc2', 'pseudonymise', 'nobody')}, 'carol'), 'ZD602', 'there must be a permission');
# Asleep at its fiftieth row, in the middle of a block.
my $slow = q{SELECT count(health_dp.pseudonymise(n::text, 'emc2')) FROM generate_series(1, 100) n, LATERAL
    (SELECT CASE WHEN n = 50 THEN pg_sleep(4) END) s};
sub wait_for_sleep {
    return wait_until(sub { as_superuser(q{SELECT count(*) FROM pg_stat_activity WHERE usename = 'etl' AND wait_event = 'PgSleep'}) eq '1' }, 'the sleep');
}
my $session = begin($slow);
wait_for_sleep();
is(ends(q{SELECT health_dp.forbid_key_use('emc2', 'pseudonymise', 'etl')}, 'carol'), '', 'forbidden while it runs');
is(finish($session), 'ZD602', 'ends a running statement at its next block');
is(ends($use), '42501', 'and everything after it');
is(ends(q{SELECT health_dp.permit_key_use('emc2', 'pseudonymise', 'etl', 10000000, 'emc2')}, 'carol'), '', 'permitted again');

# -- on record before it is made

$session = begin('BEGIN; LOCK TABLE health_dp.key_use IN ACCESS EXCLUSIVE MODE; SELECT pg_sleep(600)', $superuser);
wait_until(sub { as_superuser(q{SELECT count(*) FROM pg_locks WHERE mode = 'AccessExclusiveLock' AND granted}) ne '0' }, 'the lock');
my (undef, $out) = as($node, $use, 'etl');
is($out, '', 'where nothing can be put on record, nothing is computed');
as_superuser(q{SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'BEGIN; LOCK%'});
finish($session);
is(ends($use), '', 'afterwards it is');

# -- a crash

all_final();
$before = recorded();
$session = begin(q{SELECT count(health_dp.pseudonymise(n::text, 'emc2')) FROM generate_series(1, 3000000) n});
wait_until(sub { recorded() > $before + 80000 }, 'a statement that has used some');
my $pid = as_superuser(q{SELECT pid FROM pg_stat_activity WHERE usename = 'etl' AND query LIKE '%generate_series%'});
kill 'KILL', $pid;
finish($session);
wait_for_state($node, 'open');
cmp_ok(recorded(), '>', $before + 80000, 'kill -9 leaves its uses on record');
is(as_superuser('SELECT count(*) FROM health_dp.key_uses WHERE NOT is_final'), 1, 'all that was reserved');
is(ends($use), '', 'and the next one is served');
$node->stop('immediate');
$node->start;
wait_for_state($node, 'open');
cmp_ok(recorded(), '>', $before + 80000, 'so does an immediate stop');

# -- a new day in the middle of a statement: another entry, another day's quota

$session = begin($slow);
wait_for_sleep();
as_superuser(q{ALTER TABLE health_dp.key_use DISABLE TRIGGER final;
    UPDATE health_dp.key_use SET day = day - 1 WHERE use_id = (SELECT max(use_id) FROM health_dp.key_use);
    INSERT INTO health_dp.key_use_day SELECT permission_id, day, reserved FROM health_dp.key_use WHERE use_id = (SELECT max(use_id) FROM health_dp.key_use);
    ALTER TABLE health_dp.key_use ENABLE ALWAYS TRIGGER final});
is(finish($session), '', 'goes on');
wait_until(sub { as_superuser('SELECT bool_and(used IS NOT NULL) FROM (SELECT used FROM health_dp.key_use ORDER BY use_id DESC LIMIT 2) u') eq 't' }, 'both ends');
is(as_superuser(q{SELECT string_agg(used::text, '+' ORDER BY use_id) FROM (SELECT * FROM health_dp.key_use ORDER BY use_id DESC LIMIT 2) u}),
    '85+15', 'yesterday\'s entry and today\'s');

# -- no identifier is on record anywhere

my $dump = "$directory/use.sql";
$node->command_ok([ 'pg_dump', '-f', $dump, $node->connstr('postgres') ], 'a dump');
my $text = PostgreSQL::Test::Utils::slurp_file($dump);
like($text, qr/COPY health_dp\.key_use /, 'has the record');
unlike($text, qr/Zq7sentinel/, 'and no identifier');

# -- restored elsewhere: permissions and the record come along, EXECUTE as well

$node->safe_psql('postgres', 'CREATE DATABASE restored');
$node->command_ok([ 'psql', '-XqAt', '-v', 'ON_ERROR_STOP=1', '-d', $node->connstr('restored'), '-f', $dump ], 'restored');
is($node->safe_psql('restored', 'SELECT count(*), sum(uses) FROM health_dp.key_uses'), as_superuser('SELECT count(*), sum(uses) FROM health_dp.key_uses'),
    'the record is the same');
is((as_code($node, $use, 'etl', 'restored'))[0], 'ZD516', 'a copy has quotas of its own: nobody uses keys there');
is(value($node, 'SELECT health_dp.adopt_keys()', 'carol', 'restored'), 2, 'before a custodian says so');
is((as_code($node, $use, 'etl', 'restored'))[0], '', 'then whoever might, may');
is((as_code($node, $use, 'mallory', 'restored'))[0], '42501', 'nobody else');

# -- a copy of the database would have every quota once more, and be gone with its record

$node->safe_psql('postgres', 'CREATE DATABASE copy TEMPLATE restored');
is((as_code($node, $use, 'etl', 'copy'))[0], 'ZD516', 'so it uses no keys');

# -- a standby cannot put anything on record

$node->backup('standby');
my $standby = PostgreSQL::Test::Cluster->new('use_standby');
$standby->init_from_backup($node, 'standby', has_streaming => 1);
mkdir "$directory/use_standby", 0700;
PostgreSQL::Test::Utils::append_to_file("$directory/use_standby/health_dp.keys", store_bytes('use'));
chmod 0600, "$directory/use_standby/health_dp.keys";
$standby->append_conf('postgresql.conf', "health_dp.key_store = '$directory/use_standby'");
$standby->start;
wait_for_state($standby, 'open');
is((as_code($standby, $use, 'etl'))[0], 'ZD402', 'so it computes nothing');
$standby->stop;
$node->stop;
done_testing();
