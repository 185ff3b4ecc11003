# Releases in every way SQL can ask for them: each is answered by a room, once, and no statement sees the difference.
use strict;
use warnings;
use PostgreSQL::Test::Utils;
use RoomsTest;
use Test::More;

my $node = new_server('rooms_use', 'max_worker_processes = 20', 'health_dp.executions_per_day = 0');
prepare_rooms($node);
# From within a session's script, as superuser.
my $other = '\! psql -XqAt -v ON_ERROR_STOP=1 -d "' . $node->connstr('postgres') . '" -c';

# Prepared statements, with parameters of many types.
my %matching = (
    text => [ 'ward', "'ward 1'", '100' ],
    integer => [ 'patient_id', '7', '1' ],
    date => [ 'day', "'2024-02-01'", '300' ],
    numeric => [ 'cost', '12.5', '300' ],
    uuid => [ 'id', "'A0EEBC999C0B4EF8BB6D6BB9BD380A11'", '300' ],
    timestamptz => [ 'at', "'2024-02-02 00:30:00+01'", '300' ],
    float8 => [ 'weight', '1.5', '300' ],
    boolean => [ 'planned', 'true', '300' ],
    interval => [ 'lasted', "'26:00'", '300' ]);
for my $mode ('force_custom_plan', 'force_generic_plan') {
    my ($script, @expected) = ("SET plan_cache_mode = $mode;\n");
    for my $type (sort keys %matching) {
        my ($column, $value, $rows) = @{ $matching{$type} };
        $script .= "PREPARE by_$type($type) AS SELECT abs(round(health_dp.dp_count(*))) FROM care.stay"
          . " WHERE $column = \$1;\nEXECUTE by_$type($value);\nEXECUTE by_$type(NULL);\n";
        push @expected, $rows, 0;
    }
    answers($node, $script, join("\n", @expected), scalar @expected, "prepared statements, $mode");
}
answers($node, <<'SQL', "100\n200\n0", 3, 'an array parameter');
PREPARE q(text[]) AS SELECT abs(round(health_dp.dp_count(*))) FROM care.stay WHERE ward = ANY ($1);
EXECUTE q('{ward 1}'); EXECUTE q('{ward 1,ward 2}'); EXECUTE q(NULL);
SQL
answers($node, <<'SQL', "200\n100", 2, 'one parameter in several places, and beside the release');
PREPARE q(int) AS SELECT round(health_dp.dp_count(*)) * 2 / $1 FROM care.stay WHERE patient_id <= $1 * 100 AND $1 > 0;
EXECUTE q(1); SET plan_cache_mode = force_generic_plan; EXECUTE q(2) \g | sed s/200/100/
SQL

# Cursors: one charge, however it is read.
answers($node, <<'SQL', "ward 0 100\nward 1 100\nward 2 100\nward 0 100\nward 2 100\nward 0 100", 1, 'a cursor in parts, back and after COMMIT');
BEGIN;
DECLARE c SCROLL CURSOR WITH HOLD FOR SELECT ward || ' ' || round(health_dp.dp_count(*)) FROM care.stay GROUP BY ward ORDER BY 1;
FETCH c; FETCH 2 FROM c; FETCH FIRST FROM c; FETCH LAST FROM c;
COMMIT;
FETCH FIRST FROM c;
SQL
answers($node, "BEGIN; DECLARE c CURSOR FOR $count; COMMIT;", '', 0, 'a cursor that nobody reads');

# PL/pgSQL.
answers($node, <<'SQL', "300 100\nZD004", 3, 'PL/pgSQL: loops, EXECUTE, exceptions');
CREATE FUNCTION own.ask() RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
    total numeric := 0;
    row record;
    one numeric;
BEGIN
    FOR row IN SELECT ward, round(health_dp.dp_count(*)) AS n FROM care.stay GROUP BY ward LOOP
        total := total + row.n;
    END LOOP;
    EXECUTE 'SELECT round(health_dp.dp_count(*)) FROM care.stay WHERE ward = $1' INTO one USING 'ward 2';
    RETURN NEXT total || ' ' || one;
    BEGIN
        PERFORM health_dp.dp_count(*) FROM care.stay WHERE random() < 0.5;
    EXCEPTION WHEN OTHERS THEN
        RETURN NEXT sqlstate;
        PERFORM round(health_dp.dp_count(*)) FROM care.stay;
    END;
END $$;
SELECT own.ask();
SQL
answers($node, <<"SQL", '300', 0 + 5, 'a variable of PL/pgSQL, five times');
DO \$\$
DECLARE low integer; one numeric; total numeric := 0;
BEGIN
    FOR low IN 1..5 LOOP
        SELECT round(health_dp.dp_count(*)) INTO one FROM care.stay WHERE patient_id BETWEEN low * 60 - 59 AND low * 60;
        total := total + one;
    END LOOP;
    PERFORM set_config('own.total', total::text, false);
END \$\$;
SELECT current_setting('own.total');
SQL

# Views and tables.
answers($node, <<'SQL', "300\n300\n200", 3, 'views');
CREATE VIEW own.v AS SELECT patient_id, ward FROM care.stay;
SELECT round(health_dp.dp_count(*)) FROM own.v;
CREATE VIEW own.w WITH (security_invoker) AS SELECT patient_id, ward FROM care.stay;
SELECT round(health_dp.dp_count(*)) FROM own.w;
CREATE VIEW own.released AS SELECT ward, round(health_dp.dp_count(*)) AS n FROM care.stay GROUP BY ward;
SELECT sum(n) FROM own.released WHERE ward <> 'ward 0';
SQL
answers($node, <<'SQL', "300\n600", 2, 'CREATE TABLE AS and INSERT');
CREATE TABLE own.kept AS SELECT ward, round(health_dp.dp_count(*)) AS n FROM care.stay GROUP BY ward;
SELECT sum(n) FROM own.kept;
INSERT INTO own.kept SELECT ward, round(health_dp.dp_count(*)) FROM care.stay GROUP BY ward;
SELECT sum(n) FROM own.kept;
SQL

# Several releases in a statement are one charge, wherever they stand.
answers($node, <<'SQL', '300|100|300|3', 1, 'CTE, InitPlan, SubPlan and join');
WITH c AS MATERIALIZED (SELECT round(health_dp.dp_count(*)) AS n FROM care.stay)
SELECT c.n, (SELECT round(health_dp.dp_count(*)) FROM care.stay WHERE ward = 'ward 1'),
       sum(g.n), count(g.ward) FILTER (WHERE g.ward IN (SELECT ward FROM care.stay GROUP BY ward HAVING health_dp.dp_count(*) > 5))
  FROM c, (SELECT ward, round(health_dp.dp_count(*)) AS n FROM care.stay GROUP BY ward) g GROUP BY c.n;
SQL
answers($node, <<'SQL', '200', 1, 'a union of two');
SELECT sum(n) FROM (SELECT round(health_dp.dp_count(*)) AS n FROM care.stay WHERE ward = 'ward 1'
              UNION ALL SELECT round(health_dp.dp_count(*)) FROM care.stay WHERE ward = 'ward 2') u;
SQL
answers($node, <<'SQL', "301\n302\n303", 1, 'below a nested loop it is read again, and asked once');
SELECT n + r.c FROM generate_series(1, 3) n, LATERAL (SELECT round(health_dp.dp_count(*)) AS c FROM care.stay) r ORDER BY 1;
SQL

# Beside a parallel plan over a plain table.
answers($node, <<'SQL', "t\n50000|300\n50000|300", 2, 'beside a parallel plan');
CREATE TABLE own.plain AS SELECT n, 'ward ' || n % 3 AS ward FROM generate_series(1, 50000) n;
ANALYZE own.plain;
SET min_parallel_table_scan_size = 0; SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0;
CREATE FUNCTION own.plan(query text) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE line text; found boolean := false;
BEGIN
    FOR line IN EXECUTE 'EXPLAIN ' || query LOOP found := found OR line LIKE '%Gather%'; END LOOP;
    RETURN found;
END $$;
SELECT own.plan('SELECT count(*) FROM own.plain');
SELECT count(*), (SELECT round(health_dp.dp_count(*)) FROM care.stay) FROM own.plain;
SELECT count(*), sum(DISTINCT r.n) * 3 FROM own.plain p
  JOIN (SELECT ward, round(health_dp.dp_count(*)) AS n FROM care.stay GROUP BY ward) r USING (ward);
SQL

# The room has a snapshot of its own: what is committed when the answer is made.
answers($node, <<"SQL", "300\n400\n300", 3, 'REPEATABLE READ does not hold a room back');
BEGIN ISOLATION LEVEL REPEATABLE READ;
$count;
$other "INSERT INTO care.stay SELECT n, 'ward 9', day, cost, id, at, weight, planned, lasted FROM care.stay, generate_series(1001, 1100) n WHERE patient_id = 1"
$count;
COMMIT;
$other "DELETE FROM care.stay WHERE ward = 'ward 9'"
$count;
SQL

# Transactions.
answers($node, "BEGIN; SAVEPOINT a; $count; ROLLBACK TO a; $count; ROLLBACK; $count;", "300\n300\n300", 3,
    'what was rolled back was charged');

# What the room could not see is refused before anything waits.
super($node, "CREATE ROLE carol LOGIN; SELECT health_dp.add_member('emc2', 'carol'); ALTER ROLE carol SUPERUSER");
my $waited = refuses($node, "SET deadlock_timeout = '60s'; BEGIN; LOCK care.stay IN ACCESS EXCLUSIVE MODE; $count;",
    'ZD005', qr/"stay", which this transaction has made, altered or locked/, 'a table of the own transaction', user => 'carol');
cmp_ok($waited->{took}, '<', 15, 'at once');
refuses($node, <<"SQL", 'ZD005', qr/"calendar", which this transaction/, 'a public table of the own transaction', user => 'carol');
BEGIN;
CREATE TABLE care.calendar (day date); SELECT health_dp.declare_public('care.calendar');
SELECT round(health_dp.dp_count(*)) FROM care.stay JOIN care.calendar USING (day);
SQL
refuses($node, <<'SQL', 'ZD003', qr/table "t" is neither protected nor public/, 'a temporary table');
CREATE TEMP TABLE t (patient_id integer);
SELECT health_dp.dp_count(*) FROM care.stay JOIN t USING (patient_id);
SQL
answers($node, <<"SQL", "300\n300", 2, 'own rows that are not committed are not there', user => 'carol');
BEGIN; INSERT INTO care.stay SELECT patient_id + 5000, ward, day, cost, id, at, weight, planned, lasted FROM care.stay;
$count;
ROLLBACK;
$count;
SQL

# What a release may not depend on.
refuses($node, 'SELECT health_dp.dp_count(*) FROM care.stay WHERE patient_id > (SELECT health_dp.dp_count(*) FROM care.visit)',
    'ZD004', qr/another release.s answer/, 'on another release');
refuses($node, 'WITH c AS (SELECT health_dp.dp_count(*) AS n FROM care.visit)'
      . ' SELECT health_dp.dp_count(*) FROM care.stay, c WHERE patient_id > n', 'ZD005', qr/another release below it/, 'on a CTE');
refuses($node, 'SELECT n, (SELECT health_dp.dp_count(*) FROM care.stay WHERE patient_id > n) FROM'
      . ' (SELECT health_dp.dp_count(*) AS n FROM care.visit) v', 'ZD003', qr/a row outside it/, 'on the row beside it');
refuses($node, "SELECT health_dp.dp_count(*) FROM care.stay WHERE $_", 'ZD004', qr/may not run on protected rows/, "volatile: $_")
  for 'random() < 0.5', "clock_timestamp() > '2024-01-01'", "pg_advisory_lock(1) IS NULL", "set_config('a.b', 'c', false) = 'c'";
refuses($node, <<'SQL', 'ZD004', qr/function volatile\(\)|function own.volatile\(\)/, 'a volatile function of the own');
CREATE FUNCTION own.volatile() RETURNS integer LANGUAGE plpgsql AS 'BEGIN RETURN 1; END';
SELECT health_dp.dp_count(*) FROM care.stay WHERE patient_id = own.volatile();
SQL

# Sizes.
refuses($node, <<'SQL', 'ZD005', qr/a value of 65537 bytes is too large/, 'a value of more than 64 kB');
PREPARE q(text) AS SELECT health_dp.dp_count(*) FROM care.stay WHERE ward <> $1;
SELECT repeat('x', 65537) AS long \gset
EXECUTE q(:'long');
SQL
answers($node, <<'SQL', '300', 1, 'a value of 64 kB with its length');
PREPARE q(text) AS SELECT round(health_dp.dp_count(*)) FROM care.stay WHERE ward <> $1;
SELECT repeat('x', 65532) AS long \gset
EXECUTE q(:'long');
SQL
my $long = 'SELECT round(health_dp.dp_count(*)) FROM care.stay WHERE ward NOT IN ('
  . join(', ', map { "'" . 'x' x 60000 . "$_'" } 1 .. 60) . ')';
refuses($node, $long, 'ZD005', qr/the question is too large: \d+ bytes/, 'a question of more than 8 MB');

# What changes between PREPARE and EXECUTE.
my %changes = (
    'who is no member any more' => [ "SELECT health_dp.remove_member('emc2', 'alice')", "SELECT health_dp.add_member('emc2', 'alice')", 'ZD102' ],
    'a suspended project' => [ "SELECT health_dp.suspend_project('emc2', 'a test')", "SELECT health_dp.resume_project('emc2')", 'ZD104' ],
    'a table that was taken back' => [ "SELECT health_dp.revoke_table('emc2', 'care.stay')", "SELECT health_dp.grant_table('emc2', 'care.stay')", 'ZD105' ],
    'another name of the owner column' => [ 'ALTER TABLE care.stay RENAME patient_id TO person', 'ALTER TABLE care.stay RENAME person TO patient_id', 'ZD201' ],
    'a dropped table' => [ 'ALTER TABLE care.stay RENAME TO gone', 'ALTER TABLE care.gone RENAME TO stay', '42P01' ]);
for my $mode ('force_custom_plan', 'force_generic_plan') {
    for my $what (sort keys %changes) {
        my ($change, $back, $code) = @{ $changes{$what} };
        my $before = charges($node);
        my $said = say($node, "SET plan_cache_mode = $mode; PREPARE q AS $count; EXECUTE q;\n$other \"$change\"\nEXECUTE q;\n");
        is($said->{code}, $code, "$what, $mode") or diag("$said->{out}\n$said->{err}");
        is(charges($node) - $before, 1, "$what, $mode: nothing is charged any more");
        super($node, $back);
    }
}
answers($node, $count, '300', 1, 'all is as before');

# Who acts: session and current user must both be members.
super($node, <<'SQL');
CREATE FUNCTION public.by_mallory() RETURNS numeric LANGUAGE sql SECURITY DEFINER AS 'SELECT round(health_dp.dp_count(*)) FROM care.stay';
CREATE FUNCTION public.by_bob() RETURNS numeric LANGUAGE sql SECURITY DEFINER AS 'SELECT round(health_dp.dp_count(*)) FROM care.stay';
ALTER FUNCTION public.by_mallory() OWNER TO mallory;
ALTER FUNCTION public.by_bob() OWNER TO bob;
ALTER ROLE mallory NOINHERIT;
GRANT mallory, bob TO alice; GRANT bob TO mallory;
SQL
refuses($node, "SET ROLE mallory; $count", 'ZD102', qr/emc2/, 'a member who becomes somebody else');
answers($node, "SET ROLE bob; $count", '300', 1, 'a member who becomes another');
refuses($node, "SET ROLE bob; $count", 'ZD102', qr/emc2/, 'who becomes a member', user => 'mallory');
refuses($node, 'SELECT by_mallory()', 'ZD102', qr/emc2/, 'in the function of a stranger');
refuses($node, 'SELECT by_bob()', 'ZD102', qr/emc2/, 'a stranger in the function of a member', user => 'mallory');
answers($node, 'SELECT by_bob()', '300', 1, 'a member in the function of another');
is(super($node, 'SELECT login_role, session_role, user_role FROM health_dp.ledger_charge ORDER BY charge_id DESC LIMIT 1'),
    'alice|alice|bob', 'the ledger has all three');

# Settings that decide what SQL means.
answers($node, <<'SQL', "300\n0\n300", 3, 'TimeZone');
SET TimeZone = 'UTC'; PREPARE q AS SELECT abs(round(health_dp.dp_count(*))) FROM care.stay WHERE at::date = '2024-02-01'; EXECUTE q;
SET TimeZone = 'Europe/Paris'; EXECUTE q;
SELECT abs(round(health_dp.dp_count(*))) FROM care.stay WHERE at::date = '2024-02-02';
SQL
answers($node, <<'SQL', "300\n0", 2, 'DateStyle');
SET DateStyle = 'ISO, DMY'; PREPARE q(text) AS SELECT abs(round(health_dp.dp_count(*))) FROM care.stay WHERE day = $1::date; EXECUTE q('01/02/2024');
SET DateStyle = 'ISO, MDY'; EXECUTE q('01/02/2024');
SQL

$node->stop;
done_testing();
