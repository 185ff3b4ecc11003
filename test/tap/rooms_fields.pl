# Each field of a tree that the grammar of releases checks, set to what no parser writes there: the room says why not.
# One case a check: rooms_fuzz.pl sees whether a process crashes, this whether a refusal has gone. scripts/mutate looks
# for checks that nobody would miss.
use strict;
use warnings;
use PostgreSQL::Test::Utils;
use RoomsTest;
use Test::More;

my $node = new_server('rooms_fields', 'health_dp.executions_per_day = 0', 'health_dp.failures_per_day = 0');
prepare_rooms($node);
super($node, <<'SQL');
CREATE FUNCTION public.room_ask(question text, session_name name, current_name name, how text DEFAULT '',
    number integer DEFAULT 0) RETURNS text LANGUAGE c STRICT AS '$libdir/room_request';
CREATE FUNCTION public.heard(question text, how text, number integer) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    RETURN public.room_ask(question, 'alice', 'alice', how, number);
EXCEPTION WHEN OTHERS THEN
    RETURN sqlerrm;
END $$;
SELECT health_dp.create_project('exact', title => 'Exact', legal_basis => 'none', valid => '[2020-01-01,2100-01-01)', epsilon => 1, delta => 0.1,
    releases => '{suppressed}'), health_dp.grant_table('exact', 'care.stay'), health_dp.add_member('exact', 'alice');
CREATE VIEW care.seen AS SELECT 1 AS x;
CREATE SEQUENCE care.counter;
GRANT SELECT ON care.seen, care.counter TO alice;
CREATE OPERATOR public.=== (LEFTARG = integer, RIGHTARG = integer, FUNCTION = int4eq, COMMUTATOR = OPERATOR(public.~==));
CREATE TYPE public.mine;
CREATE FUNCTION public.mine_in(cstring) RETURNS public.mine LANGUAGE internal IMMUTABLE STRICT AS 'uuid_in';
CREATE FUNCTION public.mine_out(public.mine) RETURNS cstring LANGUAGE internal IMMUTABLE STRICT AS 'uuid_out';
CREATE TYPE public.mine (INPUT = public.mine_in, OUTPUT = public.mine_out, INTERNALLENGTH = 16);
SQL

my $n = 'health_dp.dp_count(*)';
my %questions = (
    plain => "SELECT $n FROM care.visit",
    where => "SELECT $n FROM care.visit WHERE number < 7 AND NOT number = 3",
    join  => "SELECT $n FROM care.visit a JOIN care.visit b ON a.patient_id = b.patient_id AND b.number < 1",
    using => "SELECT $n FROM care.visit a JOIN care.stay b USING (patient_id) WHERE number < 9",
    key   => "SELECT ward, $n FROM care.stay GROUP BY ward",
    sum   => 'SELECT health_dp.dp_count(DISTINCT patient_id) FROM care.stay',
    list  => "SELECT $n FROM care.visit WHERE number IN (1, 2)",
    in    => "SELECT $n FROM care.visit WHERE number IN (SELECT 1)",
    case  => "SELECT $n FROM care.visit WHERE CASE number WHEN 1 THEN true ELSE false END",
    text  => "SELECT $n FROM care.stay WHERE cost::text = '1'",
    some  => "SELECT $n FROM care.stay WHERE coalesce(ward, 'x') = greatest(ward, 'y') AND nullif(ward, 'x') IS DISTINCT FROM 'z'",
    casts => "SELECT $n FROM care.stay WHERE ward::varchar = 'x' AND ward COLLATE \"C\" < 'y' AND day < current_date"
      . " AND planned IS NOT UNKNOWN AND ward IS NULL AND cost::text = '1'",
    array => "SELECT $n FROM care.visit WHERE number = ANY (ARRAY[number, 1])",
    call  => "SELECT $n FROM care.visit WHERE health_dp.age_band(number, top => 100) > '0'",
    plus  => "SELECT $n FROM care.visit WHERE abs(number) = 1",
    now   => "SELECT $n FROM care.stay WHERE at < now()",
    three => "SELECT $n FROM care.visit a JOIN care.visit b ON a.patient_id = b.patient_id AND b.number < 1"
      . " JOIN care.visit c ON c.patient_id = a.patient_id AND c.number < 1",
    deep  => "SELECT $n FROM (SELECT DISTINCT patient_id, number FROM care.visit WHERE number < 5) v",
    group => "SELECT $n FROM (SELECT patient_id, max(number) AS m FROM care.visit GROUP BY patient_id HAVING max(number) > 0) v",
    limit => "SELECT $n FROM care.visit WHERE number IN (SELECT x FROM (VALUES (1), (2)) w (x) ORDER BY x LIMIT 1)",
    both  => "SELECT $n FROM care.visit JOIN (SELECT 1 AS x UNION SELECT 2) u ON number = x",
    rows  => "SELECT $n FROM care.visit JOIN (VALUES (1, 'a'), (2, 'b')) v (x, y) ON number = x",
    all   => "SELECT $n FROM care.visit JOIN (SELECT 1 AS x UNION ALL SELECT 2) u ON number = x",
    parts => "SELECT $n FROM care.visit, ((SELECT 1, 2 UNION ALL SELECT 3, 4) UNION ALL (SELECT 5, 6 UNION ALL SELECT 7, 8)) u",
    pairs => "SELECT $n FROM care.visit, (SELECT 1, 2 UNION ALL SELECT 3, 4) u",
    inner => "SELECT $n FROM (SELECT patient_id FROM care.visit, (SELECT 1 UNION ALL SELECT 2) u) v",
    fixed => "SELECT $n FROM care.stay WHERE ward = 'abcd' AND id = 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'",
    lower => "SELECT $n FROM care.stay WHERE lower(ward) = 'x'",
    twin  => "SELECT length(ward)::bigint, $n FROM care.stay GROUP BY 1",
    exact => 'SELECT ward, health_dp.sc_count(*) FROM care.stay GROUP BY ROLLUP (ward)',
);

# The question, what is set in which of its fields of this name, and why that is refused.
my $cases = <<'CASES';
where | varattno 0 | 0 | a whole row
where | varattno -1 | 0 | a system column
where | varattno 99 | 0 | a column that does not exist
where | varno 0 | 0 | a column of no table
where | varno 2 | 0 | a column of no table
where | varcollid 77 | 0 | a collation that does not exist
where | varcollid 100 | 0 | a column of another type than its table's
where | vartype 25 | 0 | a column of another type than its table's
where | vartypmod 7 | 0 | a column of another type than its table's
where | varlevelsup 1 | 0 | a column of a query around it
where | constcollid 77 | 0 | a collation that does not exist
where | constcollid 100 | 0 | a collation of a type that has none
where | consttype 25 | 0 | a constant of another type than it says
where | constlen 8 | 0 | a constant of another type than it says
where | boolop not | 0 | a condition of nothing
where | args <> | 0 | a condition of nothing
where | opno 0 | 0 | an operator that does not exist
where | opno 77 | 0 | an operator that does not exist
where | opresulttype 25 | 0 | a call of another type than its function's
where | opretset true | 0 | a set-returning function
where | opcollid 77 | 0 | a collation that does not exist
where | opcollid 100 | 0 | a collation of a type that has none
where | inputcollid 77 | 0 | a collation that does not exist
case | casetype 77 | 0 | a type that does not exist
case | casetype 2249 | 0 | a type of no value
case | casecollid 77 | 0 | a collation that does not exist
case | args <> | 0 | a CASE without a branch
case | typeId 25 | 0 | a CASE that compares nothing
case | collation 77 | 0 | a collation that does not exist
case | arg <> | 0 | a CASE that compares nothing
case | defresult <> | 0 | an expression that is missing
case | arg NODE | 0 | this expression
some | coalescetype 77 | 0 | a type that does not exist
some | coalescetype 23 | 0 | alternatives of several types
some | coalescecollid 77 | 0 | a collation that does not exist
some | args <> | 2 | COALESCE of nothing
some | minmaxtype 77 | 0 | a type that does not exist
some | minmaxtype 23 | 0 | alternatives of several types
some | minmaxcollid 77 | 0 | a collation that does not exist
some | inputcollid 77 | 0 | a collation that does not exist
some | inputcollid 77 | 1 | a collation that does not exist
some | op 9 | 0 | an enumeration without that value
some | opresulttype 23 | 1 | IS DISTINCT FROM of another type than boolean
some | opretset true | 1 | a set-returning function
some | opcollid 77 | 1 | a collation that does not exist
some | opno 77 | 1 | an operator that does not exist
some | opretset true | 2 | a set-returning function
some | opcollid 77 | 2 | a collation that does not exist
some | inputcollid 77 | 2 | a collation that does not exist
some | opresulttype 23 | 2 | NULLIF of another type than its first argument
some | inputcollid 77 | 3 | a collation that does not exist
some | opresulttype 16 | 2 | NULLIF of another type than its first argument
array | array_typeid 77 | 0 | a type that does not exist
array | array_typeid 1009 | 0 | an array of another type than its elements'
array | array_collid 77 | 0 | a collation that does not exist
array | element_typeid 77 | 0 | a type that does not exist
array | element_typeid 25 | 0 | alternatives of several types
array | multidims true | 0 | an array of arrays
casts | resulttype 77 | 0 | a type that does not exist
casts | resulttype 23 | 0 | a collation of a type that has none
casts | resultcollid 77 | 0 | a collation that does not exist
casts | relabelformat 9 | 0 | an enumeration without that value
casts | coerceformat 9 | 0 | an enumeration without that value
casts | collOid 77 | 0 | a collation that does not exist
casts | op 99 | 0 | a name that the session gives
casts | type 25 | 0 | a clock of another type
casts | nulltesttype 9 | 0 | an enumeration without that value
casts | argisrow true | 0 | a row value
casts | booltesttype 9 | 0 | an enumeration without that value
casts | resulttype 77 | 1 | a type that does not exist
casts | resulttype 77 | 2 | a type that does not exist
in | subLinkType 0 | 0 | a sub-select without its comparison
in | subLinkType 3 | 0 | a scalar sub-select that depends on rows or reads protected ones
in | subLinkType 9 | 0 | a scalar sub-select that depends on rows or reads protected ones
in | subLinkId 1 | 0 | a field that is set and has no meaning there
in | testexpr <> | 0 | a sub-select without its comparison
in | paramkind 3 | 0 | this parameter
in | paramid 2 | 0 | a column that a sub-select does not have
in | paramid 0 | 0 | a column that a sub-select does not have
in | paramtype 25 | 0 | a column that a sub-select does not have
in | paramcollid 77 | 0 | a collation that does not exist
in | paramcollid 100 | 0 | a collation of a type that has none
in | subselect <> | 0 | a node of another kind than Query
in | jointree <> | 1 | a node of another kind than FromExpr
list | opno 77 | 0 | an operator that does not exist
list | inputcollid 77 | 0 | a collation that does not exist
list | args <> | 0 | a comparison with an array that is none
list | opno 2803 | 0 | an operator that does not exist
list | opno 1209 | 0 | arguments of other types than their function's
plain | aggfnoid 77 | 0 | function int4("char") may not run on protected rows
plain | aggfnoid 2147 | 0 | a call with other arguments than its function's
plain | aggtype 25 | 0 | a call of another type than its function's
plain | aggcollid 77 | 0 | a collation that does not exist
plain | aggcollid 100 | 0 | a collation of a type that has none
plain | inputcollid 77 | 0 | a collation that does not exist
plain | aggdirectargs (NODE) | 0 | WITHIN GROUP
plain | aggorder (NODE) | 0 | ORDER BY in an aggregate
plain | aggvariadic true | 0 | VARIADIC
plain | aggkind o | 0 | an aggregate that stands or looks otherwise than written
plain | agglevelsup 1 | 0 | an aggregate of a query around it
plain | aggsplit 1 | 0 | a field that is set and has no meaning there
plain | relid 77 | 0 | a table that does not exist
plain | relkind v | 0 | a table that is another, or locked
plain | rellockmode 8 | 0 | a table that is another, or locked
plain | aliasname <> | 0 | a name that is missing
plain | tablesample NODE | 0 | TABLESAMPLE
plain | lateral true | 0 | LATERAL
plain | requiredPerms 6 | 0 | a table that is locked or changed
plain | insertedCols (b 9) | 0 | a table that is changed
plain | updatedCols (b 9) | 0 | a table that is changed
plain | extraUpdatedCols (b 9) | 0 | a table that is changed
plain | securityQuals ({BOOLEXPR :boolop and :args <> :location -1}) | 0 | table "visit" has row-level policies that are not health_dp's
plain | eref <> | 0 | a node of another kind than Alias
plain | relid 1 | 0 | a table that does not exist
sum | aggstar true | 0 | an aggregate that stands or looks otherwise than written
sum | aggargtypes (o 25) | 0 | an aggregate that stands or looks otherwise than written
sum | resjunk true | 0 | an aggregate with a hidden argument
sum | aggfilter NODE | 0 | this expression
sum | args <> | 0 | a call with other arguments than its function's
sum | eqop 98 | 0 | keys that are not compared by their type's equality
sum | aggdistinct (NODE) | 0 | a node of another kind than SortGroupClause
call | funcid 77 | 0 | function int4("char") may not run on protected rows
call | funcid 2626 | 0 | function pg_sleep(double precision) may not run on protected rows
call | funcid 2108 | 0 | a call with other arguments than its function's
call | funcresulttype 23 | 0 | a call of another type than its function's
call | funcretset true | 0 | a set-returning function
call | funcvariadic true | 0 | VARIADIC
call | funcformat 9 | 0 | a conversion of nothing
call | funccollid 77 | 0 | a collation that does not exist
call | inputcollid 77 | 0 | a collation that does not exist
call | inputcollid 77 | 1 | a collation that does not exist
call | argnumber 9 | 0 | a call with other arguments than its function's
call | argnumber 0 | 0 | a call with other arguments than its function's
call | argnumber -1 | 0 | a call with other arguments than its function's
call | name <> | 0 | a name that is missing
call | args <> | 0 | a call with other arguments than its function's
call | args <> | 1 | a call with other arguments than its function's
plus | args <> | 1 | a call with other arguments than its function's
join | jointype 2 | 0 | a join that is another's
join | jointype 9 | 0 | an enumeration without that value
join | rtindex 2 | 0 | an entry of FROM that does not exist, or exists twice
join | rtindex 9 | 0 | an entry of FROM that does not exist, or exists twice
join | rtindex 1 | 2 | an entry of FROM that does not exist, or exists twice
join | joinmergedcols 1 | 0 | a join whose columns are not its tables'
join | joinmergedcols -1 | 0 | a join whose columns are not its tables'
join | joinleftcols (i 1 2 99) | 0 | a join whose columns are not its tables'
join | joinrightcols (i 1) | 0 | a join whose columns are not its tables'
join | quals NODE | 0 | this expression
join | rtable <> | 0 | an entry of FROM that does not exist, or exists twice
join | joinaliasvars <> | 0 | a join whose columns are not its tables'
join | joinaliasvars (<>) | 0 | an expression that is missing
join | jointree NODE | 0 | a node of another kind than FromExpr
join | fromlist <> | 0 | a join that is not in FROM
join | larg <> | 0 | a node of another kind than RangeTblRef
join | rtindex 3 | 0 | an entry of FROM that is another
using | joinmergedcols 0 | 0 | a join whose columns are not its tables'
using | usingClause <> | 0 | a join whose columns are not its tables'
using | usingClause ("x" "y") | 0 | a join whose columns are not its tables'
using | joinrightcols (i 77) | 0 | a join whose columns are not its tables'
using | joinleftcols (i 77) | 0 | a join whose columns are not its tables'
key | tleSortGroupRef 0 | 0 | a key that is not selected
key | tleSortGroupRef 7 | 0 | a key that is not selected
key | eqop 96 | 0 | keys that are not compared by their type's equality
key | eqop 0 | 0 | an operator that does not exist
key | sortop 97 | 0 | keys that are not ordered by their type's order
key | resno 5 | 0 | columns out of order
key | resjunk true | 0 | columns out of order
key | resname <> | 0 | columns out of order
key | ressortgroupref 0 | 0 | a key that is not selected
key | ressortgroupref 1 | 1 | keys that are not compared by their type's equality
key | groupClause (NODE) | 0 | a node of another kind than SortGroupClause
key | groupClause (i 1) | 0 | a list of another kind
key | colnames (i 1) | 0 | a list of another kind
key | colnames (NODE) | 0 | a name that is none
both | op 9 | 0 | an enumeration without that value
both | colTypes (o 25) | 0 | keys that are not compared by their type's equality
both | colTypes (o 23 23) | 0 | a combination of queries with other columns
both | colTypmods <> | 0 | a combination of queries with other columns
both | colCollations <> | 0 | a combination of queries with other columns
both | colCollations (o 100) | 0 | a collation of a type that has none
both | colCollations (o 77) | 0 | a collation that does not exist
both | groupClauses <> | 0 | a combination of queries with other columns
both | eqop 98 | 0 | keys that are not compared by their type's equality
both | setOperations NODE | 0 | a node of another kind than SetOperationStmt
both | rtindex 9 | 0 | an entry of FROM that does not exist, or exists twice
both | rtindex 1 | 1 | an entry of FROM that does not exist, or exists twice
both | resno 3 | 0 | columns out of order
both | resjunk true | 0 | a combination of queries with other columns
both | resjunk true | 1 | a combination of queries with other columns
rows | coltypes (o 25 25) | 0 | VALUES with columns of several types
rows | coltypes <> | 0 | VALUES without columns or rows
rows | coltypes (o 23) | 0 | VALUES without columns or rows
rows | coltypmods <> | 0 | VALUES without columns or rows
rows | colcollations <> | 0 | VALUES without columns or rows
rows | colcollations (o 77 0) | 0 | a collation that does not exist
rows | values_lists <> | 0 | VALUES without columns or rows
deep | commandType 2 | 1 | a query inside it that locks or changes rows
deep | resultRelation 1 | 1 | a field that is set and has no meaning there
deep | utilityStmt NODE | 1 | a field that is set and has no meaning there
deep | hasWindowFuncs true | 1 | a window function
deep | hasTargetSRFs true | 1 | a set-returning function
deep | hasDistinctOn true | 1 | DISTINCT ON
deep | hasModifyingCTE true | 1 | a query inside it that locks or changes rows
deep | hasForUpdate true | 1 | FOR UPDATE or FOR SHARE
deep | isReturn true | 1 | a field that is set and has no meaning there
deep | override 1 | 0 | a field that is set and has no meaning there
deep | mergeActionList (NODE) | 0 | a field that is set and has no meaning there
deep | mergeUseOuterJoin true | 0 | a field that is set and has no meaning there
deep | onConflict NODE | 0 | a field that is set and has no meaning there
deep | returningList (NODE) | 0 | a field that is set and has no meaning there
deep | windowClause (NODE) | 0 | WINDOW
deep | rowMarks (NODE) | 0 | FOR UPDATE or FOR SHARE
deep | withCheckOptions (NODE) | 0 | a field that is set and has no meaning there
deep | limitOption 7 | 0 | an enumeration without that value
deep | limitOption 1 | 0 | WITH TIES without ORDER BY
deep | targetList <> | 0 | a key that is not selected
deep | setOperations NODE | 0 | a node of another kind than SetOperationStmt
limit | limitOption 1 | 0 | WITH TIES without ORDER BY
limit | limitCount {BOOLEXPR :boolop not :args <> :location -1} | 0 | a condition of nothing
limit | limitCount NULL | 0 | a LIMIT or OFFSET that is no number
limit | eqop 98 | 0 | keys that are not compared by their type's equality
group | havingQual NODE | 0 | this expression
group | tleSortGroupRef 9 | 0 | a key that is not selected
group | aggfnoid 2147 | 0 | a call of another type than its function's
group | aggfnoid 2803 | 0 | a call with other arguments than its function's
text | resulttype 1082 | 0 | a collation of a type that has none
text | resulttype 19 | 0 | a conversion from numeric to name
group | quals @havingQual | 0 | an aggregate that stands or looks otherwise than written
group | aggfilter @havingQual | 0 | an aggregate that stands or looks otherwise than written
call | funcformat -1 | 0 | a conversion of nothing
now | funcformat 1 | 0 | a conversion of nothing
where | opfuncid 77 | 0 | an operator with another's function
some | args 25 | 3 | a list of another kind
some | args @args | 1 | arguments of other types than their function's
some | args @args | 3 | alternatives of several types
some | args @args | 5 | NULLIF of another type than its first argument
some | consttype 3802 | 0 | a constant whose bytes are no value of its type
some | consttype 1700 | 0 | a constant whose bytes are no value of its type
rows | varattno 3 | 0 | a column that does not exist
rows | varattno 3 | 1 | a column that does not exist
both | varattno 3 | 0 | a column that does not exist
join | varattno 9 | 0 | a column that does not exist
using | varattno 19 | 0 | a column that does not exist
deep | rellockmode 7 | 0 | a table that is another, or locked
three | varno 4 | 15 | a column of a table that is not in FROM there
in | resjunk true | 0 | a column that a sub-select does not have
casts | resulttype 19 | 0 | a value read as of another type
join | rtindex 0 | 1 | an entry of FROM that does not exist, or exists twice
join | joinleftcols (i 0 2 3) | 0 | a join whose columns are not its tables'
some | args <> | 3 | GREATEST or LEAST of nothing
some | args <> | 4 | IS DISTINCT FROM of another type than boolean
some | args <> | 5 | NULLIF of another type than its first argument
some | opno 77 | 2 | an operator that does not exist
sum | aggdistinct TWICE | 0 | an aggregate that stands or looks otherwise than written
fixed | constbyval true | 0 | a constant of another type than it says
fixed | constvalue 0 [ ] | 0 | a constant whose bytes are no value of its type
fixed | consttype MINE | 1 | a constant whose bytes are no value of its type
in | testexpr NULL | 0 | a condition that is not boolean
in | testexpr TRUTH | 0 | a sub-select that is compared in another way
all | colTypes (o 16) | 0 | a combination of queries with columns of other types
both | colTypes (i 23) | 0 | a list of another kind
both | colTypmods (o 23) | 0 | a list of another kind
both | quals TRUTH | 2 | a combination of queries with clauses of its own
parts | colTypes (o 23); :colTypmods (i -1); :colCollations (o 0) | 2 | a combination of queries with other columns
pairs | colTypes (o 23); :colTypmods (i -1); :colCollations (o 0) | 0 | a combination of queries with other columns
pairs | colTypes (o 23 23 23); :colTypmods (i -1 -1 -1); :colCollations (o 0 0 0) | 0 | a combination of queries with other columns
inner | fromlist <>; :setOperations @setOperations#2 | 3 | a combination of what is no query
three | rtindex 5 | 2 | a join that is another's
twin | ressortgroupref#0 0; :ressortgroupref#1 1 | 0 | an aggregate as a key
using | joinleftcols (i 1 1 1 1 1 1 1 1 1 1 1 1); :joinrightcols <> | 0 | a join whose columns are not its tables'
using | joinleftcols <>; :joinrightcols (i 1 1 1 1 1 1 1 1 1 1 1 1) | 0 | a join whose columns are not its tables'
rows | values_lists ((NULL STRING) (NULL)) | 0 | VALUES with rows of several lengths
key | colnames (<>) | 0 | a name that is none
lower | funcid DEBUG; :funcresulttype 2249 | 0 | a call with other arguments than its function's
where | opno SHELL | 0 | an operator without a function
list | opno 551 | 0 | a comparison with an array that is none
list | args @elements | 0 | a comparison with an array that is none
in | paramtype 77 | 0 | a type that does not exist
text | resultcollid 77 | 0 | a collation that does not exist
join | jointype 9 | 1 | an enumeration without that value
join | colnames ("x") | 4 | a join whose columns are not its tables'
call | funcid 4000000000 | 0 | a function that does not exist
plus | funcid 2108; :funcresulttype 20 | 0 | a call with other arguments than its function's
rows | coltypes <>; :coltypmods <>; :colcollations <>; :values_lists (<>) | 0 | VALUES without columns or rows
CASES
my %values = (NODE => '{ALIAS :aliasname x :colnames <>}',
    TRUTH  => '{CONST :consttype 16 :consttypmod -1 :constcollid 0 :constlen 1 :constbyval true :constisnull true :location -1 :constvalue <>}',
    STRING => '{CONST :consttype 25 :consttypmod -1 :constcollid 100 :constlen -1 :constbyval false :constisnull true :location -1 :constvalue <>}',
    MINE   => super($node, "SELECT 'public.mine'::regtype::oid"),
    DEBUG  => super($node, "SELECT 'ts_debug(text)'::regprocedure::oid"),
    SHELL  => super($node, "SELECT oid FROM pg_operator WHERE oprname = '~=='"),
    NULL => '{CONST :consttype 23 :consttypmod -1 :constcollid 0 :constlen 4 :constbyval true :constisnull true :location -1 :constvalue <>}');
my @cases = map { [ split / *\| */, $_ ] } split /\n/, $cases;
my $value = join '|', keys %values;
$_->[1] =~ s/\b($value)\b/$values{$1}/g for @cases;

sub heard {
    my @asked = map { sprintf 'SELECT public.heard($q$%s$q$, $q$%s$q$, %d);', @$_ } @_;
    my $said = say($node, join("\n", @asked), user => 'alice');
    is($said->{err}, '', 'the session stays');
    return split /\n/, $said->{out};
}

my @names = sort keys %questions;
my @answers = heard(map { [ $questions{$_}, $_ eq 'exact' ? 'suppressed' : '', 0 ] } @names);
is(shift @answers, 'done 1', "answered as it is: $_") for @names;

my $charges = charges($node);
@answers = heard(map { [ $questions{ $_->[0] }, ":$_->[1]", $_->[2] ] } @cases);
for my $case (@cases) {
    my ($name, $field, $number, $why) = @$case;
    my $answer = shift @answers;
  SKIP: {
        skip "no $field in this version", 1 if $node->pg_version >= 16 && $answer =~ /has no such field/;
        like($answer, qr/^refused ZD00[45] .*\Q$why\E/, "$name: $field, $number");
    }
}
# Whole trees that no session sends: [question, how, why it is refused].
my @whole = (
    [ "SELECT $n FROM care.visit, care.seen", '', 'an entry of FROM that is another' ],
    [ "SELECT $n FROM care.visit, care.counter", '', 'what is neither a table nor a view' ],
    [ "SELECT $n FROM care.visit, generate_series(1, 2)", '', 'a function in FROM' ],
    [ "SELECT $n FROM care.visit, XMLTABLE('/a' PASSING '<a/>' COLUMNS x text)", '', 'a function in FROM' ],
    [ "WITH w AS (SELECT 1) SELECT $n FROM care.visit, w", '', 'a request to a room is malformed' ],
    [ "SELECT $n FROM (WITH w AS (SELECT 1) SELECT patient_id FROM care.visit, w) v", '', 'a recursive WITH query' ],
    [ $questions{plain}, 'transition', 'this entry of FROM' ],
    [ "SELECT $n FROM (SELECT patient_id FROM care.visit GROUP BY ROLLUP (patient_id)) v", ':kind 9', 'an enumeration without that value' ],
);
@answers = heard(map { [ @$_[ 0, 1 ], 0 ] } @whole);
like(shift @answers, qr/^refused \w{5} .*\Q$_->[2]\E$/, "$_->[2]: $_->[0]") for @whole;
is(charges($node), $charges, 'nothing is charged');

$node->stop;
done_testing();
