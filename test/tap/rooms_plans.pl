# The grammar's check of plans: what no planner of today makes, field by field, in a module that calls the check; and what
# a superuser's own objects make a planner do, in rooms. rooms_fields.pl does the same for the queries of releases.
use strict;
use warnings;
use PostgreSQL::Test::Utils;
use RoomsTest;
use Test::More;

my $node = new_server('rooms_plans', 'health_dp.executions_per_day = 0', 'health_dp.failures_per_day = 0', 'jit = off',
    'enable_hashjoin = off',
    'enable_nestloop = off', 'enable_seqscan = off');
prepare_rooms($node);
# An access method and an order that are not PostgreSQL's own, though PostgreSQL's functions are all there is to them.
super($node, <<'SQL');
CREATE ACCESS METHOD other TYPE INDEX HANDLER hashhandler;
CREATE OPERATOR CLASS public.other_hash DEFAULT FOR TYPE integer USING other AS OPERATOR 1 =, FUNCTION 1 hashint4(integer);
CREATE OPERATOR public.<<< (LEFTARG = integer, RIGHTARG = integer, FUNCTION = int4lt);
CREATE OPERATOR CLASS public.own_order FOR TYPE integer USING btree AS OPERATOR 1 public.<<<, OPERATOR 3 =,
    FUNCTION 1 btint4cmp(integer, integer);
CREATE TABLE care.thing (a integer, b integer, c text);
INSERT INTO care.thing SELECT n, n % 10, n FROM generate_series(1, 1000) n;
CREATE INDEX thing_a ON care.thing (a);
CREATE TABLE care.strange (a integer);
CREATE INDEX strange_a ON care.strange USING other (a);
CREATE TABLE care.part (a integer) PARTITION BY RANGE (a);
CREATE TABLE care.part_1 PARTITION OF care.part FOR VALUES FROM (1) TO (10);
CREATE TABLE care.part_2 PARTITION OF care.part FOR VALUES FROM (10) TO (20);
ANALYZE care.thing, care.part;
CREATE FUNCTION public.plan_check(query text, changes text DEFAULT '', number integer DEFAULT 0) RETURNS text LANGUAGE c STRICT AS
    '$libdir/plan_check';
CREATE FUNCTION public.checked(query text, changes text, number integer, settings text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE settings;
    RETURN public.plan_check(query, changes, number);
EXCEPTION WHEN OTHERS THEN
    RETURN sqlstate || ' ' || sqlerrm;
END $$;
SQL

my $scan = "SET LOCAL enable_seqscan = on";
my %plans = (
    seq    => [ 'SELECT a FROM care.thing WHERE b = 1', $scan ],
    index  => [ 'SELECT b FROM care.thing WHERE a = 1', 'SET LOCAL enable_bitmapscan = off' ],
    only   => [ 'SELECT a FROM care.thing WHERE a = 1', 'SET LOCAL enable_bitmapscan = off' ],
    bitmap => [ 'SELECT b FROM care.thing WHERE a = 1', 'SET LOCAL enable_indexscan = off; SET LOCAL enable_indexonlyscan = off' ],
    agg    => [ 'SELECT b, count(*) FROM care.thing GROUP BY b', $scan ],
    append => [ 'SELECT a FROM care.part', $scan ],
    sub    => [ 'SELECT a FROM care.thing WHERE b NOT IN (SELECT a FROM care.part)', $scan ],
);
my $other = super($node, "SELECT 'care.strange_a'::regclass::oid");

# The plan, what is set in which of its fields of this name, and what is wrong with that.
my $no_need = 'what a release has no need of';
my @cases = (
    (map { [ 'seq', "$_ true", 0, $no_need ] } qw(async_capable hasReturning hasModifyingCTE)),
    [ 'seq', 'jitFlags 1', 0, $no_need ],
    [ 'seq', 'resultRelations (i 1)', 0, $no_need ],
    [ 'seq', 'rowMarks (NODE)', 0, $no_need ],
    [ 'seq', 'utilityStmt NODE', 0, $no_need ],
    [ 'seq', 'commandType 2', 0, 'a change of rows' ],
    [ 'seq', 'scanrelid 9', 0, 'a table that does not exist' ],
    [ 'seq', 'qual (NODE)', 0, 'an expression without a rule' ],
    [ 'seq', 'planTree NODE', 0, 'a node without a rule' ],
    [ 'index', 'indexid OTHER', 0, "an index of a method that is not PostgreSQL's own" ],
    [ 'index', 'indexorderby (NODE)', 0, $no_need ],
    [ 'index', 'indexorderbyorig (NODE)', 0, $no_need ],
    [ 'index', 'indexorderbyops (o 96)', 0, $no_need ],
    [ 'only', 'indexid OTHER', 0, "an index of a method that is not PostgreSQL's own" ],
    [ 'only', 'indexorderby (NODE)', 0, $no_need ],
    [ 'bitmap', 'indexid OTHER', 0, "an index of a method that is not PostgreSQL's own" ],
    [ 'agg', 'groupingSets (NODE)', 0, $no_need ],
    [ 'agg', 'chain (NODE)', 0, $no_need ],
    [ 'append', 'nasyncplans 1', 0, $no_need ],
    [ 'sub', 'plan_id 9', 0, 'a sub-plan that does not exist' ],
);
$_->[1] =~ s/NODE/{ALIAS :aliasname x :colnames <>}/, $_->[1] =~ s/OTHER/$other/ for @cases;

sub checked {
    my ($plan, $changes, $number) = @_;
    my ($query, $settings) = @{ $plans{$plan} };
    return super($node, sprintf 'SELECT public.checked($q$%s$q$, $q$%s$q$, %d, $q$%s$q$)', $query, $changes, $number, $settings);
}
is(checked($_, '', 0), 'as it should be', "as it is: $_") for sort keys %plans;
is(checked($_->[0], ":$_->[1]", $_->[2]), "ZD004 the plan of a release holds $_->[3]", "$_->[0]: $_->[1]") for @cases;
is(checked('seq', 'own', 0), 'as it should be', 'a node of our own');
is(checked('seq', 'foreign', 0), "ZD004 the plan of a release holds another extension's node", "another extension's");
$plans{order} = [ 'SELECT b FROM care.thing ORDER BY b USING OPERATOR(public.<<<)', $scan ];
is(checked('order', '', 0), "ZD004 the plan of a release holds an operator that is not PostgreSQL's own", 'an order of its own');
# What it computes is looked at wherever it stands.
for my $place ('SELECT pg_sleep(a) FROM care.thing', 'SELECT a FROM care.thing WHERE pg_sleep(a) IS NULL') {
    $plans{sleep} = [ $place, $scan ];
    is(checked('sleep', $_, 0), 'ZD004 function pg_sleep(double precision) may not run on protected rows', "$place $_")
      for '', $place =~ /WHERE/ ? () : 'own';
}

# In rooms: a plan that is refused is a failure like any other, and superusers see why.
my $failure = "SELECT phase || ' ' || sqlstate || ' ' || routine FROM health_dp.room_failures() ORDER BY failed_at DESC LIMIT 1";
for my $case ([ 'USING other (number)', 'SELECT health_dp.dp_count(*) FROM care.visit WHERE number = 7' ],
    [ '(patient_id public.own_order)', 'SELECT health_dp.dp_count(*) FROM care.visit v JOIN care.stay s ON s.patient_id = v.patient_id' ]) {
    my ($index, $question) = @$case;
    is(say($node, $question)->{code}, '', "answered without the index $index");
    super($node, "CREATE INDEX odd ON care.visit $index; ANALYZE care.visit");
    is(say($node, $question)->{code}, 'ZD007', 'and not with it');
    is(super($node, $failure), 'planning ZD004 refuse_plan', 'for its plan is none of a release');
    super($node, 'DROP INDEX care.odd');
}

$node->stop;
done_testing();
