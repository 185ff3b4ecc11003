# How a visit to a room may end, and what everybody has of it then: the member, the ledger, the room, the server.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use RoomsTest;
use Test::More;
use Time::HiRes ();

my $node = new_server('rooms_ends', 'max_worker_processes = 20', 'health_dp.executions_per_day = 0',
    'health_dp.failure_limit = 1000', 'health_dp.rooms = 3', 'health_dp.rooms_per_member = 2', 'health_dp.room_wait = 1s',
    'deadlock_timeout = 300ms');
prepare_rooms($node);
super($node, <<'SQL');
CREATE TABLE care.event (patient_id integer NOT NULL, kind integer NOT NULL, code text NOT NULL) PARTITION BY LIST (kind);
CREATE TABLE care.event_1 PARTITION OF care.event FOR VALUES IN (1);
INSERT INTO care.event SELECT n, 1, 'A' FROM generate_series(1, 300) n;
CREATE TABLE care.wide (patient_id integer NOT NULL, code text NOT NULL);
INSERT INTO care.wide SELECT n % 5000, repeat('code', 20) || n FROM generate_series(1, 50000) n;
SELECT health_dp.protect(name, 'patient_id'), health_dp.grant_table('emc2', name)
    FROM unnest('{care.event,care.wide}'::regclass[]) AS name;
ANALYZE care.wide;
SQL
my $event = 'SELECT round(health_dp.dp_count(*)) FROM care.event';

# What the ledger has once it has noted how everything ended, to compare with.
sub noted {
    wait_until(sub { outcomes($node) =~ /\|0$/ }, 'nothing under way');
    return outcomes($node);
}

sub more {
    my ($settled, $failed, $interrupted, $what, $before) = @_;
    my @was = split /\|/, $before;
    outcomes_become($node, join('|', $was[0] + $settled, $was[1] + $failed, $was[2] + $interrupted, 0), "$what: in the ledger");
    return;
}

# Begins a release that runs for a minute, and returns once it is charged.
sub begin_busy {
    my (%options) = @_;
    my $charges = charges($node);
    my $session = begin_say($node, $options{sql} // $busy, %options);
    wait_until(sub { charges($node) > $charges }, 'a charged release');
    return $session;
}

sub works {
    my ($what) = @_;
    my $said = say($node, $count);
    is($said->{out}, '300', "$what: the next question is answered") or diag($said->{err});
    return;
}

sub becomes_idle {
    my ($what) = @_;
    my $began = Time::HiRes::time();
    wait_until(sub { rooms_are_idle($node) }, 'idle rooms');
    cmp_ok(Time::HiRes::time() - $began, '<', 15, "$what: the room is free within seconds");
    return;
}

sub configure {
    my (@settings) = @_;
    super($node, "ALTER SYSTEM SET $_") for @settings;
    $node->reload;
    return;
}

my $sessions_of = "FROM pg_stat_activity WHERE backend_type = 'client backend' AND state = 'active' AND usename";

# Before the charge: in the room's phase of locks, behind somebody who has a partition for himself.
my $holder = begin_say($node, 'BEGIN; LOCK care.event_1 IN ACCESS EXCLUSIVE MODE; SELECT pg_sleep(600)', user => super($node, 'SELECT current_user'));
wait_until(sub { super($node, "SELECT count(*) FROM pg_locks WHERE mode = 'AccessExclusiveLock' AND relation = 'care.event_1'::regclass") > 0 }, 'a lock');
my $said = refuses($node, "SET lock_timeout = '300ms'; $event", '55P03', qr/lock timeout/, 'lock_timeout');
cmp_ok($said->{took}, '<', 9, 'in time');
my $before = noted();
my $waiting = begin_say($node, $event);
wait_until(sub { super($node, "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 'care.event_1'::regclass") > 0 }, 'a room that waits');
super($node, "SELECT pg_cancel_backend(pid) $sessions_of = 'alice'");
is(end_say($waiting)->{code}, '57014', 'cancelled before the charge');
becomes_idle('cancelled before the charge');
is(outcomes($node), $before, 'cancelled before the charge: costs nothing');
super($node, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(600)%' AND pid <> pg_backend_pid()");
end_say($holder);

# Somebody queues for the table between the session, which has a lock on it, and its room.
my $super = super($node, 'SELECT current_user');
my $third = '\! psql -XqAt -d "' . $node->connstr('postgres') . '" -c "BEGIN; LOCK care.event IN ACCESS EXCLUSIVE MODE; COMMIT" >/dev/null 2>&1 &';
$said = say($node, "BEGIN;\n$event;\n$third\nSELECT pg_sleep(1);\n$event;\nCOMMIT;");
is($said->{out}, "300\n\n300", 'no deadlock with a third session') or diag($said->{err});
cmp_ok($said->{took}, '<', 15, 'no deadlock: in time');

# After the charge.
$before = noted();
my $session = begin_busy();
super($node, "SELECT pg_cancel_backend(pid) $sessions_of = 'alice'");
is(end_say($session)->{code}, '57014', 'cancelled');
becomes_idle('cancelled');
more(0, 1, 0, 'cancelled', $before);

$before = noted();
$session = begin_busy();
super($node, "SELECT pg_terminate_backend(pid) $sessions_of = 'alice'");
is(end_say($session)->{code}, '57P01', 'terminated');
becomes_idle('terminated');
more(0, 1, 0, 'terminated', $before);

# The session's own clock waits until the room has answered: it would be a clock on protected rows [C20].
$before = noted();
$said = say($node, "SET statement_timeout = '300ms'; $busy AND a.number <= 3000");
is($said->{code}, '57014', 'statement_timeout');
cmp_ok($said->{took}, '>', 0.6, 'statement_timeout: after the answer');
becomes_idle('statement_timeout');
more(1, 0, 0, 'statement_timeout', $before);

$before = noted();
$session = begin_busy();
$session->{run}->signal('KILL');
eval { $session->{run}->finish };
becomes_idle('the client has gone');
more(0, 1, 0, 'the client has gone', $before);
works('after all that');

# What a superuser does to a room.
$before = noted();
$session = begin_busy();
super($node, "SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE backend_type = 'health_dp room' AND state = 'active'");
is(end_say($session)->{code}, 'ZD007', 'a room cancelled: the constant message');
more(0, 1, 0, 'a room cancelled', $before);
works('a room cancelled');
$before = noted();
$session = begin_busy();
super($node, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE backend_type = 'health_dp room' AND state = 'active'");
is(end_say($session)->{code}, 'ZD802', 'a room terminated');
more(0, 1, 0, 'a room terminated', $before);
works('a room terminated');
$before = noted();
$session = begin_busy();
kill 'KILL', super($node, "SELECT pid FROM pg_stat_activity WHERE backend_type = 'health_dp room' AND state = 'active'");
end_say($session);
wait_until(sub { $node->psql('postgres', 'SELECT 1') == 0 }, 'the server is back');
works('a room killed');
more(1, 0, 1, 'a room killed: interrupted', $before);
is(super($node, 'SELECT suspended FROM health_dp.project'), 'f', 'a room killed: not suspended');

# Limits, and what a failure tells: one message to the member, nothing to the log, where it happened to superusers.
sub fails_alike {
    my ($sql, $what, $sqlstate) = @_;
    my $was = noted();
    my $log = -s $node->logfile;
    my $failed = say($node, $sql);
    is($failed->{code}, 'ZD007', $what) or diag("$failed->{out}$failed->{err}");
    like($failed->{err}, qr/^psql:\S+ ERROR:  ZD007: the release failed after its charge\nHINT:  The charge stays\. Ask the DBA to check memory and temporary disk space, then ask again\.\nLOCATION:  raise_constant_failure, \S+\n$/,
        "$what: the constant message");
    cmp_ok($failed->{took}, '<', 10, "$what: in time");
    more(0, 1, 0, $what, $was);
    my $written = substr slurp_file($node->logfile), $log;
    unlike($written, qr/codecode|temporary file|statement timeout|temp_file_limit/, "$what: nothing in the log");
    like(super($node, 'SELECT phase, sqlstate, routine FROM health_dp.room_failures() LIMIT 1'), $sqlstate, "$what: for superusers");
    return;
}
configure("health_dp.room_time_limit = '500ms'");
fails_alike($busy, 'the server\'s time limit', qr/^running\|57014\|ProcessInterrupts$/);
configure("health_dp.room_time_limit = '10min'");
super($node, "SELECT health_dp.limit_room('emc2', time_limit => '500ms')");
fails_alike($busy, 'the project\'s time limit', qr/^running\|57014\|ProcessInterrupts$/);
super($node, "SELECT health_dp.limit_room('emc2', memory_mb => 1, temp_mb => 1)");
fails_alike('SELECT health_dp.dp_count(*) FROM care.wide a JOIN care.wide b USING (patient_id, code)', 'the limit of temporary files',
    qr/^running\|53400\|/);
super($node, "SELECT health_dp.limit_room('emc2')");
works('without limits');
refuses($node, 'SELECT * FROM health_dp.room_failures()', '42501', qr/permission denied/, 'failures are for superusers');

# Plans are for superusers, whoever they say they are.
my $asks = "health_dp.explain_release('$busy', 'alice')";
my $set = "SET health_dp.project = 'emc2'; SET health_dp.epsilon = 1000;";
$before = charges($node);
like(super($node, "$set SELECT $asks"), qr/Join|Nested Loop/, 'a superuser sees a plan');
is(charges($node), $before, 'and charges nothing');
super($node, 'GRANT EXECUTE ON FUNCTION health_dp.explain_release(text, name) TO PUBLIC; GRANT EXECUTE ON FUNCTION health_dp.room_failures() TO PUBLIC');
super($node, "CREATE FUNCTION public.explained() RETURNS text LANGUAGE sql SECURITY DEFINER AS \$\$ SELECT $asks \$\$");
refuses($node, 'SELECT * FROM health_dp.room_failures()', '42501', qr/only superusers/, 'failures, granted');
refuses($node, "SELECT $asks", '42501', qr/only superusers/, 'a member sees none');
refuses($node, 'SELECT public.explained()', '42501', qr/only superusers/, 'nor in the function of a superuser');
refuses($node, "SET ROLE alice; SELECT $asks", '42501', qr/only superusers/, 'nor a superuser as a member', user => $super);
refuses($node, "SET SESSION AUTHORIZATION alice; RESET ROLE; SELECT $asks", '42501', qr/only superusers/, 'nor in his session', user => $super);

# Who the room is.
for my $gift (
    [ 'ALTER ROLE health_dp_room RENAME TO away', 'ALTER ROLE away RENAME TO health_dp_room', qr/does not exist/ ],
    [ 'ALTER ROLE health_dp_room LOGIN', 'ALTER ROLE health_dp_room NOLOGIN' ],
    [ 'ALTER ROLE health_dp_room BYPASSRLS', 'ALTER ROLE health_dp_room NOBYPASSRLS' ],
    [ 'GRANT SELECT ON care.stay TO health_dp_room', 'REVOKE SELECT ON care.stay FROM health_dp_room' ],
    [ 'GRANT pg_read_all_data TO health_dp_room', 'REVOKE pg_read_all_data FROM health_dp_room' ],
    [ 'GRANT health_dp_room TO mallory', 'REVOKE health_dp_room FROM mallory' ],
    [ 'CREATE SCHEMA AUTHORIZATION health_dp_room', 'DROP SCHEMA health_dp_room' ]) {
    super($node, $gift->[0]);
    refuses($node, $count, 'ZD803', $gift->[2] // qr/may not do anything, and it may/, $gift->[0]);
    super($node, $gift->[1]);
}
works('nobody again');

# Who may connect is no matter of rooms, nor how long they stay.
configure("health_dp.room_idle_timeout = '1s'");
wait_until(sub { room_pids($node) eq '' }, 'rooms that leave when nobody asks');
configure("health_dp.room_idle_timeout = '5min'");
my $bootstrap = super($node, 'SELECT rolname FROM pg_authid WHERE oid = 10');
super($node, 'CREATE ROLE another SUPERUSER LOGIN; REVOKE CONNECT ON DATABASE postgres FROM PUBLIC;'
      . " GRANT CONNECT ON DATABASE postgres TO alice, bob; ALTER ROLE \"$bootstrap\" NOLOGIN");
$said = say($node, $count);
is($said->{out}, '300', 'a new room where PUBLIC may not connect and its first user may not log in') or diag($said->{err});
is(say($node, "ALTER ROLE \"$bootstrap\" LOGIN; GRANT CONNECT ON DATABASE postgres TO PUBLIC", user => 'another')->{err}, '', 'as before');

# No room is free: a bounded wait, nothing charged; each member has a share.
my @held = map { begin_busy() } 1 .. 2;
$said = refuses($node, $count, 'ZD801', qr/no room for a release became free within 1000 ms/, 'a member at its ceiling');
cmp_ok($said->{took}, '>', 0.9, 'which has waited');
cmp_ok($said->{took}, '<', 9, 'and not for long');
answers($node, $count, '300', 1, 'another member has the third room', user => 'bob');
push @held, begin_busy(user => 'bob');
refuses($node, $count, 'ZD801', qr/no room/, 'all rooms are taken', user => 'bob');
configure("health_dp.room_wait = '60s'");
my @queue;
for my $n (1 .. 3) {
    push @queue, begin_say($node, "SELECT $n, round(health_dp.dp_count(*)) FROM care.stay", user => 'bob');
    wait_until(sub { super($node, "SELECT count(*) $sessions_of = 'bob'") == 1 + $n }, 'one more in the queue');
    Time::HiRes::sleep(0.2);
}
super($node, "SELECT pg_cancel_backend(pid) $sessions_of = 'alice'");
is(end_say($queue[$_ - 1])->{out}, "$_|300", "the queue: $_") for 1 .. 3;
is(super($node, "SELECT string_agg(substr(query, 8, 1), '' ORDER BY charge_id) FROM (SELECT * FROM health_dp.ledger_charge ORDER BY charge_id DESC LIMIT 3) l"),
    '123', 'who came first went first');
super($node, "SELECT pg_cancel_backend(pid) $sessions_of = 'bob'");
end_say($_) for @held;
becomes_idle('all have left');
configure("health_dp.room_wait = '3s'");

# Rooms are in nobody's way.
super($node, 'CREATE DATABASE other');
prepare_rooms($node, 'other');
sub quick {
    my ($sql, $database) = @_;
    answers($node, $count, '300', 1, "a room of $database", database => $database);
    my $began = Time::HiRes::time();
    super($node, $sql);
    cmp_ok(Time::HiRes::time() - $began, '<', 9, "$sql beside an idle room");
    return;
}
quick('CREATE DATABASE copy TEMPLATE other', 'other');
quick('ALTER DATABASE other RENAME TO another', 'other');
quick('DROP DATABASE another', 'another');
answers($node, $count, '300', 1, 'an idle room of this database');
$session = begin_busy();
my $began = Time::HiRes::time();
$node->restart; # fast
cmp_ok(Time::HiRes::time() - $began, '<', 20, 'a fast restart beside rooms at work and idle');
is(end_say($session)->{code}, '57P01', 'the session is told');
works('after a fast restart');
$began = Time::HiRes::time();
$node->stop('smart');
cmp_ok(Time::HiRes::time() - $began, '<', 15, 'a smart stop beside an idle room');

# One room for all: idle ones give way, also to another database.
$node->append_conf('postgresql.conf', 'health_dp.rooms = 1');
$node->start;
works('one room');
super($node, 'CREATE DATABASE second TEMPLATE template0');
prepare_rooms($node, 'second');
$said = answers($node, $count, '300', 1, 'the room of another database gives way', database => 'second');
cmp_ok($said->{took}, '<', 9, 'at once');
my $standby = PostgreSQL::Test::Cluster->new('rooms_standby');
$node->backup('of_primary');
$standby->init_from_backup($node, 'of_primary', has_streaming => 1);
$standby->start;
$node->wait_for_catchup($standby, 'replay', $node->lsn('insert'));
$said = say($standby, $count);
like($said->{code}, qr/^(ZD801|ZD402)$/, 'a standby refuses');
like($said->{err}, qr/standby/, 'by name') or diag($said->{err});
$standby->stop;

# Memory: as much after thousands of requests as after some.
sub anonymous_kb { return slurp_file('/proc/' . room_pids($node) . '/status') =~ /RssAnon:\s+(\d+) kB/ ? $1 : die 'no memory' }
my $loop = 'SET health_dp.epsilon = 100; DO $$ BEGIN FOR n IN 1..%d LOOP PERFORM health_dp.dp_count(*) FROM care.stay WHERE patient_id > n; END LOOP; END $$';
say($node, sprintf $loop, 300);
my $some = anonymous_kb();
$said = say($node, sprintf $loop, 2000);
is($said->{err}, '', '2,000 requests');
cmp_ok(anonymous_kb(), '<', $some + 1024, "memory stays near $some kB");

# No room at all, and no process for one.
$node->append_conf('postgresql.conf', 'health_dp.rooms = 0');
$node->restart;
refuses($node, $count, 'ZD801', qr/this server has no rooms for releases/, 'no rooms');
$node->append_conf('postgresql.conf', "health_dp.rooms = 3\nhealth_dp.room_wait = 500ms\nmax_worker_processes = 2\nmax_parallel_workers = 0\nmax_logical_replication_workers = 0");
$node->restart;
refuses($node, $count, 'ZD402', qr/raise max_worker_processes/, 'two processes: the key keeper and the room have them, the ledger has none');
$node->append_conf('postgresql.conf', 'max_worker_processes = 3');
$node->restart;
$session = begin_busy();
refuses($node, $count, 'ZD801', qr/no process is free for a release/, 'three processes: none for a second room');
super($node, "SELECT pg_cancel_backend(pid) $sessions_of = 'alice'");
end_say($session);
works('three processes, one room');

$node->stop;
done_testing();
