# What a room is from inside, its parallel workers included, should vetting have let something through; and what it makes
# of requests that no session of ours would send. test/modules/room_request asks and looks.
use strict;
use warnings;
use PostgreSQL::Test::Utils;
use RoomsTest;
use Test::More;

my $node = new_server('rooms_inside', 'max_worker_processes = 20', 'health_dp.executions_per_day = 0',
    'min_parallel_table_scan_size = 0', 'parallel_setup_cost = 0', 'parallel_tuple_cost = 0');
prepare_rooms($node);
super($node, <<'SQL');
CREATE FUNCTION public.harmless() RETURNS integer LANGUAGE sql AS 'SELECT 1';
CREATE FUNCTION public.room_ask(question text, session_name name, current_name name, how text DEFAULT '',
    number integer DEFAULT 0) RETURNS text LANGUAGE c STRICT AS '$libdir/room_request';
CREATE FUNCTION public.heard(question text, session_name name, current_name name, how text DEFAULT '',
    number integer DEFAULT 0) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    RETURN public.room_ask(question, session_name, current_name, how, number);
EXCEPTION WHEN OTHERS OR query_canceled THEN
    RETURN 'error ' || sqlstate;
END $$;
CREATE TABLE care.secret (patient_id integer, x integer);
INSERT INTO care.secret VALUES (1, 1);
SELECT health_dp.protect('care.secret', 'patient_id');
SELECT health_dp.create_project('exact', title => 'Exact', legal_basis => 'none', valid => '[2020-01-01,2100-01-01)', epsilon => 1, delta => 0.1,
    releases => '{suppressed}'), health_dp.grant_table('exact', 'care.stay'), health_dp.add_member('exact', 'alice');
CREATE TABLE own.plain (patient_id integer);
CREATE TABLE care.calendar (day date); SELECT health_dp.declare_public('care.calendar');
SQL

# What reaches a room of settings: the server's, never a database's or a role's.
super($node, 'ALTER DATABASE postgres SET search_path = own');
super($node, "ALTER DATABASE postgres SET $_")
  for 'work_mem = 77', 'exit_on_error = on', 'enable_seqscan = off', 'log_min_messages = log', "TimeZone = 'Asia/Tokyo'",
  'track_counts = on', 'jit = on', 'client_min_messages = warning', 'default_transaction_read_only = off';
my $bootstrap = super($node, 'SELECT rolname FROM pg_authid WHERE oid = 10');
super($node, "ALTER ROLE $_ SET enable_seqscan = off; ALTER ROLE $_ SET work_mem = 78; ALTER ROLE $_ SET exit_on_error = on")
  for qq{"$bootstrap"}, 'health_dp_room', 'ALL';
# The session's own is another matter: it would be refused with it.
super($node, 'ALTER ROLE alice IN DATABASE postgres SET exit_on_error = off');
super($node, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE backend_type = 'health_dp room'");

# A hole in vetting: a function that it lets pass is another one. This one looks around.
my $probe = 'SELECT round(health_dp.dp_count(*)) FROM care.visit WHERE health_dp.age_band(number % 100) IS NOT NULL';
my $plant = "UPDATE pg_proc SET (prolang, prosrc, probin) = (SELECT oid, %s FROM pg_language WHERE lanname = '%s')"
  . " WHERE oid = 'health_dp.age_band(integer,integer,integer)'::regprocedure";
super($node, sprintf $plant, q{'room_probe', '$libdir/room_request'}, 'c');
my ($said, @lines, @workers);
# Workers may come too late to be given any row.
for (1 .. 20) {
    $said = say($node, "SET TimeZone = 'Pacific/Auckland'; $probe");
    @lines = split /\n/, slurp_file($node->data_dir . '/room_probe');
    @workers = grep { /^worker / } @lines;
    last if @workers;
}
is($said->{code}, '', 'the planted function runs');
cmp_ok(scalar(grep { /^room / } @lines), '>', 0, 'it has looked around in the room');
cmp_ok(scalar(@workers), '>', 0, 'and in parallel workers of it');
for my $line (@lines) {
    my ($who) = $line =~ /^(\w+)/;
    like($line, qr/session_user=health_dp_room current_user=health_dp_room superuser=0/, "$who: nobody");
    like($line, qr/ security=3 /, "$who: a restricted operation that changes no user");
    like($line, qr/ health_dp.in_room=on /, "$who: knows that it is a room");
    like($line, qr/ search_path=pg_catalog log_min_messages=panic track_counts=off exit_on_error=off jit=off /, "$who: pinned settings");
    like($line, qr/ work_mem=65536 TimeZone=Pacific\/Auckland default_transaction_read_only=on client_min_messages=error enable_seqscan=on /,
        "$who: the server's settings, or the session's where they are SQL's meaning");
    like($line, qr/ foreign_hooks=0 /, "$who: no hooks of others");
    like($line, qr/ users_function=ZD805 volatile_function=ZD805 utility=ZD805 /, "$who: the fences stand");
    like($line, qr/ become_superuser=(42501|25000) take_role=(42501|25000)$/, "$who: it stays nobody");
}

# The planted function is a user's in one of the other languages: no plan calls it, nor contains it.
super($node, 'CREATE TABLE public.seen (x integer); GRANT ALL ON public.seen TO PUBLIC');
for my $hole ([ 'plpgsql', q{'BEGIN INSERT INTO public.seen VALUES (1); RETURN 1; END', NULL} ],
    [ 'sql', q{'SELECT $1::text', NULL} ]) {
    my ($language, $body) = @$hole;
    super($node, sprintf $plant, $body, $language);
    $said = say($node, $probe);
    is($said->{code}, 'ZD007', "a planted function in $language: the constant message") or diag($said->{out});
    unlike($said->{err}, qr/age_band|fence|available/, "$language: which says nothing");
    is(super($node, 'SELECT sqlstate FROM health_dp.room_failures() LIMIT 1'), 'ZD805', "$language: the fence");
}
is(super($node, 'SELECT count(*) FROM public.seen'), 0, 'nothing was done');
super($node, sprintf $plant, q{'hdp_generalisation_age_band', '$libdir/health_dp'}, 'c');
my $rooms;
my $charges;

# Asks by hand, as somebody; the room stays the same one, and nothing is charged.
sub hears {
    my ($who, $arguments, $expected, $what) = @_;
    my $heard = say($node, "SELECT public.heard($arguments)", user => $who);
    like($heard->{out}, $expected, $what) or diag($heard->{err});
    return;
}

my $visit = 'SELECT health_dp.dp_count(*) FROM care.visit';
my $as_alice = q{'alice', 'alice'};
hears('alice', "'$visit', $as_alice", qr/^done 1$/, 'what is asked by hand is answered');
$rooms = room_pids($node);
$charges = charges($node);
for my $byte (0 .. 39) {
    hears('alice', "'$visit', $as_alice, 'header', $byte", qr/^(refused ZD804|error 57014$)/, "byte $byte of the header is another");
}
hears('alice', "'$visit', $as_alice, 'kind', $_", qr/^(error ZD802|refused XX000 a room was not asked anything)$/, "a frame of kind $_")
  for 0, 2, 3, 4, 5, 6, 7, 255;
hears('alice', "'$visit', $as_alice, 'truncated', $_", qr/^refused 08P01 /, "a request of $_ bytes") for 0, 1, 4, 12, 17, 100, 500;
hears('alice', "'$visit', $as_alice, 'longer', $_", qr/^refused 08P01 /, "a request with $_ bytes more") for 1, 100000;
hears('alice', "'$visit', $as_alice, 'version', $_", qr/^refused 08P01 /, "a request of version 1 + $_") for 1, -1;
hears('alice', "'$visit', $as_alice, 'nothing'", qr/^refused XX000 a request without a release/, 'a request of nothing');
hears('alice', "'$visit', $as_alice, 'setting', 0", qr/^refused 22023 /, 'a setting that is none');
hears('alice', "'$visit', $as_alice, 'project'", qr/^refused ZD102 /, 'an unknown project');

# Whom it claims to be.
hears('alice', "'$visit', 'bob', 'bob'", qr/^refused ZD102 the session does not act for/, 'another member');
hears('alice', "'$visit', 'bob', 'alice'", qr/^refused ZD102 the session does not act for/, 'another session user');
hears('alice', "'$visit', 'alice', 'mallory'", qr/^refused ZD102 project "emc2" does not exist/, 'another current user');
hears('alice', "'$visit', 'alice', '$bootstrap'", qr/^refused ZD102 /, 'the superuser as current user');
hears('mallory', "'$visit', 'mallory', 'mallory'", qr/^refused ZD102 project "emc2" does not exist/, 'no member');
hears('mallory', "'$visit', 'alice', 'alice'", qr/^refused ZD102 the session does not act for/, 'no member, as one');
hears('alice', "'$visit', $as_alice, 'plan'", qr/^refused 42501 only superusers/, 'a plan');

# What it asks.
hears('alice', "'$visit', $as_alice, 'quals'", qr/^refused ZD005 .*policies that are not/, "conditions of a policy, of the session's making");
hears('alice', "'$_->[0]', $as_alice", $_->[1], $_->[0])
  for [ 'SELECT health_dp.dp_count(*) FROM care.secret', qr/^refused ZD105 / ],
  [ 'SELECT health_dp.dp_count(*) FROM own.plain', qr/^refused ZD003 / ],
  [ 'SELECT health_dp.dp_count(*) FROM pg_catalog.pg_authid', qr/^refused (ZD003|42501) / ],
  [ 'SELECT health_dp.dp_count(*) FROM care.visit JOIN pg_catalog.pg_authid ON number = 1', qr/^refused ZD003 / ],
  [ 'SELECT health_dp.dp_count(*) FROM care.visit JOIN care.calendar ON number = 1', qr/^refused 42501 / ],
  [ 'SELECT health_dp.dp_count(*) FROM care.visit WHERE public.harmless() = 1', qr/^refused ZD004 / ],
  [ 'SELECT health_dp.dp_count(*) FROM care.visit WHERE pg_sleep(1) IS NOT NULL', qr/^refused ZD004 / ],
  [ 'SELECT health_dp.dp_count(*) FROM care.visit WHERE pg_read_file(number::text) IS NULL', qr/^refused (ZD004|42501) / ],
  [ 'SELECT health_dp.dp_count(*) FROM care.visit WHERE greatest(ARRAY[number], ARRAY[1]) IS NOT NULL', qr/^refused ZD005 .*integer\[\]$/ ],
  [ 'SELECT * FROM care.visit', qr/^refused 08P01 / ],
  [ 'SELECT number, count(*) FROM care.visit GROUP BY number', qr/^refused 08P01 / ],
  [ 'SELECT health_dp.sc_count(*) FROM care.visit', qr/^refused 08P01 / ],
  [ 'SELECT health_dp.dp_count(*) + 1 FROM care.visit', qr/^refused 08P01 / ],
  [ 'SELECT health_dp.dp_count(*), number FROM care.visit GROUP BY number', qr/^refused 08P01 / ],
  [ 'SELECT number FROM care.visit GROUP BY number', qr/^refused 08P01 / ],
  [ 'INSERT INTO public.seen VALUES (1)', qr/^refused XX000 a request without a query/ ],
  [ 'DELETE FROM care.visit', qr/^refused XX000 a request without a query/ ],
  [ 'SELECT health_dp.dp_count(*) FROM care.visit, (VALUES (1), (2)) v(n) WHERE n = number AND (SELECT count(*) FROM care.secret) > 0', qr/^refused ZD/ ],
  map { [ "SELECT health_dp.dp_count(*) FROM care.visit $_", qr/^refused 08P01 / ] }
  ('LIMIT public.harmless()', 'OFFSET 0', 'ORDER BY 1', 'HAVING public.harmless() = 1', 'GROUP BY ()',
    'GROUP BY ROLLUP (number)', 'UNION ALL SELECT 1', 'WINDOW w AS (ORDER BY 1)');
hears('alice', "'$_', $as_alice", qr/^refused 08P01 /, $_)
  for 'SELECT DISTINCT health_dp.dp_count(*) FROM care.visit',
  'WITH c AS (SELECT public.harmless()) SELECT health_dp.dp_count(*) FROM care.visit';
hears('alice', "'$_', $as_alice, 'tree'", qr/^refused /, "a tree: $_") for '', '{}', '{NONSENSE}', '(i 1 2)', '"', '{';
hears('alice', "'$visit', $as_alice, 'value', $_->[0]", $_->[1], "a value of type $_->[0]")
  for [ 23, qr/^done/ ], [ 2249, qr/^refused/ ], [ 0, qr/^refused/ ], [ 2275, qr/^refused/ ], [ 20, qr/^refused/ ];
$charges += 1;
hears('alice', "'SELECT health_dp.dp_count(*) FROM care.visit JOIN care.calendar ON number = 1', $as_alice, 'reader', 10", qr/^refused/,
    'tables read with privileges that no view gives');

# Trees that no parser makes, which crashed whoever printed the query; rooms_fuzz.pl looks for more.
my $join = 'SELECT health_dp.dp_count(*) FROM care.visit a JOIN care.visit b ON a.patient_id = b.patient_id AND b.number < 1';
hears('alice', "'$join', $as_alice, 'orphan'", qr/^refused ZD004 /, 'a join that FROM does not name');
hears('alice', "'$join', $as_alice, 'alias'", qr/^done/, 'a join under another name: its own counts');
hears('alice', "'$visit WHERE number IN (SELECT 1)', $as_alice, 'comparison'", qr/^refused ZD004 /, 'a sub-select that nothing is compared with');
$charges += 1;
# Exact releases: the other kind of aggregates, and grouping sets.
my $wards = 'SELECT ward, health_dp.sc_count(*) FROM care.stay GROUP BY';
hears('alice', "'$wards $_', $as_alice, 'suppressed'", qr/^done 1$/, "exact: $_")
  for 'ward', 'ROLLUP (ward)', 'GROUPING SETS ((ward), ())', 'CUBE (ward)', 'DISTINCT GROUPING SETS (ward, ward, ())';
$charges += 5;
hears('alice', "'$_->[0]', $as_alice, 'suppressed'", $_->[1], "exact: $_->[0]")
  for [ 'SELECT health_dp.dp_count(*) FROM care.stay', qr/^refused 08P01 / ],
  [ 'SELECT health_dp.dp_count(*), health_dp.sc_count(*) FROM care.stay', qr/^refused 08P01 / ],
  [ 'SELECT health_dp.sc_count(*) FROM care.visit', qr/^refused ZD105 / ],
  map { [ "$wards $_", qr/^refused 08P01 / ] }
  ('ward LIMIT public.harmless()', 'ROLLUP (ward) HAVING public.harmless() = 1', 'ward ORDER BY 1', 'ROLLUP (ward) OFFSET 0');
hears('alice', "'$wards ROLLUP (ward)', $as_alice, 'sets', $_->[0]", $_->[1], "grouping sets with $_->[0]")
  for [ 1, qr/^done 1$/ ], [ -3, qr/^done 1$/ ], [ 0, qr/^refused 08P01 / ], [ 2, qr/^refused 08P01 / ],
  [ 1000000, qr/^refused 08P01 / ], [ -1, qr/^refused 08P01 / ], [ -77, qr/^refused 08P01 / ];
$charges += 2;

is(room_pids($node), $rooms, 'the same room has seen it all');
is(charges($node), $charges, 'nothing was charged');
$said = say($node, $count);
is($said->{out}, '300', 'and answers the next question');

$node->stop;
done_testing();
