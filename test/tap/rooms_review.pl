# What an independent review of rooms found: channels and levers, each with what must hold instead.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use RoomsTest;
use Test::More;

my $node = new_server('rooms_review', 'max_worker_processes = 20', 'autovacuum = off', 'health_dp.rooms = 2',
    'health_dp.failures_per_day = 0', 'health_dp.executions_per_day = 0');
prepare_rooms($node);

# PostgreSQL reads the order of an enum's values at the first comparison that needs it. Reading prunes the page of pg_enum
# that holds dead rows of the member's own, and the place of his next row shows that. Whether a row asks for the
# comparison must make no difference [C26].
sub place_after {
    my ($name, $condition) = @_;
    say($node, <<SQL, user => 'alice');
SET client_min_messages = error;
CREATE TYPE own.z_$name AS ENUM ('z');
CREATE TYPE own.e_$name AS ENUM ('a', 'b');
ALTER TYPE own.e_$name ADD VALUE 'm' BEFORE 'b';
DO \$\$ DECLARE c tid; BEGIN
    FOR i IN 1..300 LOOP
        EXECUTE format('ALTER TYPE own.z_$name ADD VALUE %L', 'p' || i);
        SELECT ctid INTO c FROM pg_enum WHERE enumtypid = 'own.z_$name'::regtype AND enumlabel = 'p' || i;
        EXIT WHEN (c::text::point)[1] = 1 AND (c::text::point)[0] > 0;
    END LOOP;
END \$\$;
SQL
    say($node, <<SQL, user => 'alice');
SET client_min_messages = error;
DO \$\$ BEGIN
    EXECUTE 'CREATE TYPE own.d_$name AS ENUM (' || (SELECT string_agg(quote_literal('d' || g), ',') FROM generate_series(1, 50) g) || ')';
END \$\$;
DO \$\$ DECLARE c tid; BEGIN
    FOR i IN 1..300 LOOP
        EXECUTE format('ALTER TYPE own.e_$name ADD VALUE %L', 'v' || i);
        SELECT ctid INTO c FROM pg_enum WHERE enumtypid = 'own.e_$name'::regtype AND enumlabel = 'v' || i;
        EXIT WHEN (c::text::point)[1] >= 75;
    END LOOP;
END \$\$;
DROP TYPE own.d_$name;
SQL
    my $answer = say($node, <<SQL, user => 'alice');
SET search_path = own, health_dp, public;
SELECT dp_count(*) IS NOT NULL FROM care.stay s WHERE CASE WHEN $condition
    THEN greatest(CASE WHEN s.cost > 0 THEN 'm'::own.e_$name ELSE 'b'::own.e_$name END, 'a'::own.e_$name) = 'b'::own.e_$name ELSE false END;
SQL
    is($answer->{out}, 't', "$name: answered") or diag $answer->{err};
    say($node, "CREATE TYPE own.q_$name AS ENUM ('q')", user => 'alice');
    # Whoever looks into pg_enum earlier prunes as well.
    return super($node, "SELECT (SELECT (ctid::text::point)[0] FROM pg_enum WHERE enumtypid = 'own.q_$name'::regtype)"
          . " - (SELECT max((ctid::text::point)[0]) FROM pg_enum WHERE enumtypid = 'own.e_$name'::regtype)");
}
is(place_after('reached', 's.patient_id = 7'), place_after('missed', 's.patient_id = -7'),
    'whether a row compares enums leaves no trace among the member\'s own');

# A stranger grants what is his own.
super($node, 'CREATE SCHEMA strange AUTHORIZATION mallory; GRANT USAGE ON SCHEMA strange TO PUBLIC');
is(say($node, <<'SQL', user => 'mallory')->{err}, '', 'mallory grants to the rooms\' role what is his');
CREATE TABLE strange.t (a integer);
GRANT SELECT ON strange.t TO health_dp_room;
CREATE TEMP TABLE u (a integer);
CREATE POLICY p ON strange.t TO health_dp_room USING (true);
ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO health_dp_room;
SELECT lo_create(4711) \gset
GRANT SELECT ON LARGE OBJECT 4711 TO health_dp_room;
SQL
answers($node, $count, '300', 1, 'and stops nobody');
super($node, 'CREATE TABLE public.supers (a integer); GRANT SELECT ON public.supers TO health_dp_room');
refuses($node, $count, 'ZD803', qr/may not do anything, and it may/, 'what is a superuser\'s is another matter');
super($node, 'REVOKE SELECT ON public.supers FROM health_dp_room');

# Hash tables of sub-selects, which are made when a row asks for them, share one room's memory.
super($node, <<'SQL');
CREATE TABLE public.many AS SELECT n FROM generate_series(1, 300000) AS n;
GRANT SELECT ON public.many TO PUBLIC;
ANALYZE public.many;
SELECT health_dp.declare_public('public.many');
SQL
sub peak {
    my ($count, $value) = @_;
    super($node, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE backend_type = 'health_dp room'");
    wait_until(sub { room_pids($node) eq '' }, 'no room');
    my $sub_selects = join ' AND ', map { "(s.patient_id * -1 - $_) NOT IN (SELECT n - $_ FROM public.many)" } 1 .. $count;
    my $said = say($node, "SELECT health_dp.dp_count(*) IS NOT NULL FROM care.stay s WHERE CASE WHEN s.patient_id = $value THEN $sub_selects ELSE false END");
    is($said->{out}, 't', "$count sub-selects: answered") or diag $said->{err};
    my ($pid) = split /\s+/, room_pids($node);
    my ($peak, $shared) = (0, 0);
    open my $status, '<', "/proc/$pid/status" or die "no room: $!";
    while (<$status>) {
        $peak = $1 if /^VmHWM:\s+(\d+)/;
        $shared = $1 if /^RssShmem:\s+(\d+)/;
    }
    return ($peak - $shared) / 1024;
}
my ($one, $sixteen) = (peak(1, 7), peak(16, 7));
cmp_ok($sixteen, '<', $one + 150, "sixteen sub-selects take no more memory than a room may: $one, then $sixteen MB");

# A released row that fits no frame.
super($node, <<'SQL');
CREATE TABLE public.wide AS SELECT repeat(md5(n::text), 350000) AS t, n FROM generate_series(1, 2) AS n;
GRANT SELECT ON public.wide TO PUBLIC;
SELECT health_dp.declare_public('public.wide');
SQL
answers($node, <<'SQL', '11200000|2', 1, 'keys of 11 MB');
SELECT max(length(t)), count(*) FROM (SELECT w.t, health_dp.dp_count(s.patient_id) FROM public.wide w LEFT JOIN care.stay s ON s.patient_id = w.n GROUP BY w.t) r
SQL

# What stands for a release while a statement is planned answers nobody who writes it.
refuses($node, 'SELECT * FROM (SELECT health_dp.dp_count(*) AS n FROM care.stay) r, health_dp.release_rows(0) AS q(n bigint)', '42501',
    qr/permission denied for function release_rows/, 'release_rows()');
my $releases = join ', ', map { "(SELECT health_dp.dp_count(*) FROM care.stay WHERE patient_id = $_)" } 1 .. 1030;
refuses($node, "SELECT $releases", 'ZD005', qr/at most 1024/, 'too many releases');

$node->stop;
done_testing();
