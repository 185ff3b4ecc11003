# Part (b), second half: every way to ask for a release, and every kind of value that a session computes for one. The room gets values, never
# expressions, and is asked once for all releases of a statement: whether the secret row is there must change nothing of what the session does.
use strict;
use warnings;
no warnings 'redefine'; # read once for each part

my $guard = 's.cost > 400000';
my $count = "SELECT dp_count(*) FROM care.stay s WHERE $guard";

# What depends on no row. Some have effects, some fail, some depend on a release.
my @values = ('(SELECT 3)', '(SELECT max(region) FROM ref.region)', '(SELECT region FROM ref.region)', '(SELECT a FROM own.pr ORDER BY a LIMIT 1)', 'own.loud()::int', 'own.steady()::int',
    'own.quiet(1)::int', 'own.quiet((SELECT min(region) FROM ref.region))::int', '(SELECT own.loud()::int)', '(SELECT own.steady()::int FROM ref.region LIMIT 1)', q{nextval('own.seq')::int}, '1 / (SELECT 0)',
    q{(SELECT 'x'::text)::int}, q{length(current_schema)}, q{length(current_setting('a.b', true))}, '(SELECT count(*) FROM care.stay)::int', '((SELECT dp_count(*) FROM care.patient) IS NULL)::int',
    '(SELECT s.region)', '(SELECT own.quiet(s.region))::int', 'NULL::int', q{(SELECT length(repeat('x', 70000)))}, '(random() * 0)::int');

# Where they may stand.
my @places = (
    [ 'WHERE', "SELECT dp_count(*) FROM care.stay s WHERE CASE WHEN $guard THEN s.region < :value ELSE false END" ],
    [ 'WHERE, first', "SELECT dp_count(*) FROM care.stay s WHERE :value > 0 AND $guard" ],
    [ 'FILTER', "SELECT dp_count(*) FILTER (WHERE CASE WHEN $guard THEN s.region < :value ELSE false END) FROM care.stay s" ],
    [ 'a bound', "SELECT dp_sum(s.nights, 0, :value) FROM care.stay s WHERE $guard" ],
    [ 'a summand', "SELECT dp_sum(CASE WHEN $guard THEN :value ELSE 0 END, 0, 1) FROM care.stay s" ],
    [ 'GROUP BY', "SELECT dp_count(*) FROM care.stay s GROUP BY CASE WHEN $guard THEN :value END", 1 ],
    [ 'ON', "SELECT dp_count(*) FROM care.stay s LEFT JOIN ref.region r ON r.region = s.region AND CASE WHEN $guard THEN r.region < :value ELSE true END" ],
    [ 'a sub-select of a release', "SELECT dp_count(*) FROM care.stay s WHERE CASE WHEN $guard THEN EXISTS (SELECT 1 FROM ref.region r WHERE r.region < :value) ELSE false END" ],
    [ 'LIMIT in it', "SELECT dp_count(*) FROM care.stay s WHERE CASE WHEN $guard THEN EXISTS (SELECT 1 FROM ref.region r LIMIT :value) ELSE false END" ],
    [ 'HAVING', "$count HAVING :value > 0" ],
    [ 'the list', "SELECT :value, dp_count(*) FROM care.stay s WHERE $guard" ],
    [ 'LIMIT', "$count LIMIT :value" ],
);

# Values of parameters, by type; what is compared with them.
my %parameters = (
    int4 => [ 's.region', '3', '-1', undef ], int8 => [ 's.big', '5', undef ], text => [ 's.dx', 'dx3', '', 'x' x 60000, 'x' x 70000, undef ], numeric => [ 's.cost', '424242', 'NaN', '1e100', undef ],
    float8 => [ 's.weight', 'NaN', '1.5', '-0' ], date => [ 's.admitted', 'infinity', '2024-02-01', 'no date' ], timestamptz => [ 's.at', '2024-01-01 00:00+00', '-infinity' ], interval => [ 's.took', '2 hours' ],
    uuid => [ 's.id', '00000000-0000-0000-0000-000000000003' ], bool => [ 's.emergency', 'true', undef ], bytea => [ 's.raw', '\\x00' ], name => [ 's.called', 'name3' ], bpchar => [ 's.code', 'c3' ],
    'ref.mood' => [ 's.mood', 'fine' ], 'own.yes' => [ 's.nights', '3', '-1' ], 'int4[]' => [ 's.region', '{1,3}', '{}', '{NULL}', undef ], 'text[]' => [ 's.dx', '{dx3,dx4}' ]);

sub parameters {
    my @trials;
    for my $type (sort keys %parameters) {
        my ($column, @given) = @{ $parameters{$type} };
        my $compared = $type =~ /\[\]/ ? "= ANY (\$1::$type)" : "= \$1::$type";
        for my $value (@given) {
            my $shown = substr $value // 'null', 0, 20;
            push @trials, map { { name => "(b) a parameter of $type, $shown, $_ plan", before => ["SET plan_cache_mode = force_${_}_plan"],
                sql => [ [ [ parse => 'p', "SELECT dp_count(*) FROM care.stay s WHERE CASE WHEN $guard THEN $column $compared ELSE false END" ], [ describe => 'p' ], [ bind => 'p', $value ], ['execute'], 'sync',
                    [ bind => 'p', $value ], ['execute'], 'sync' ] ] } } qw(custom generic);
        }
    }
    return @trials;
}

# How statements with releases may look, and be asked.
sub ways {
    my $other = 'SELECT dp_sum(s.nights, 0, 30) FROM care.stay s WHERE CASE WHEN s.cost > 400000 THEN s.region = 3 ELSE false END';
    my @execute = ('EXECUTE p(3)') x 7;
    my $prepare = "PREPARE p(int) AS SELECT dp_count(*) FROM care.stay s WHERE CASE WHEN $guard THEN s.region = \$1 ELSE false END";
    my @ways = (
        [ 'two releases, UNION ALL', "$count UNION ALL $other" ], [ 'two releases in the list', "SELECT ($count), ($other)" ], [ 'the same one twice', "SELECT ($count), ($count)" ],
        [ 'two releases joined', "SELECT a.c IS NULL, b.d IS NULL FROM ($count) a(c) CROSS JOIN ($other) b(d)" ],
        [ 'two releases and a value that is loud', "SELECT ($count), ($other), own.loud()" ], [ 'a release of another\'s answer', "SELECT dp_count(*) FROM care.stay s WHERE $guard AND s.nights < ($other)" ],
        [ 'a release for each row', "SELECT r.region, x.c IS NULL FROM ref.region r CROSS JOIN LATERAL ($count) x(c)" ], [ 'a release for each row, of it', "SELECT r.region, (SELECT dp_count(*) IS NULL FROM care.stay s WHERE $guard AND s.region = r.region) FROM ref.region r" ],
        [ 'EXISTS', "SELECT EXISTS ($count)" ], [ 'IN', "SELECT NULL IN ($count)" ], [ 'a WITH query, twice', "WITH w AS ($count) SELECT a.dp_count IS NULL FROM w a, w b" ], [ 'WITH MATERIALIZED', "WITH w AS MATERIALIZED ($count) SELECT dp_count IS NULL FROM w" ],
        [ 'a condition that asks nothing', "SELECT CASE WHEN own.loud() < 0 THEN ($count) END" ], [ 'LIMIT 0', "$count LIMIT 0" ], [ 'an error afterwards', "SELECT 1 / (($count) IS NULL)::int" ], [ 'an error before', "SELECT 1 / (SELECT 0), ($count)" ],
        [ 'INSERT', "INSERT INTO own.note SELECT left(dp_count(*)::text, 0) FROM care.stay s WHERE $guard" ], [ 'UPDATE', "UPDATE own.pr SET a = a WHERE ($count) IS NOT NULL" ], [ 'DELETE', "DELETE FROM own.hint WHERE ($count) IS NULL" ],
        [ 'CREATE TABLE AS', "CREATE TABLE own.made AS SELECT ($count) IS NULL AS a" ], [ 'SELECT INTO', "SELECT ($count) IS NULL AS a INTO TEMP made" ], [ 'COPY', "COPY (SELECT ($count) IS NULL) TO STDOUT" ],
        [ 'a view', [ 'CREATE VIEW own.v AS SELECT health_dp.dp_count(*) FROM care.stay s WHERE s.cost > 400000', 'SELECT dp_count IS NULL FROM own.v' ] ], [ 'EXPLAIN', "EXPLAIN $count" ], [ 'EXPLAIN ANALYZE', "EXPLAIN (ANALYZE, BUFFERS, WAL) $count" ],
        [ 'SQL\'s PREPARE', [ $prepare, @execute ] ], [ 'EXPLAIN EXECUTE', [ $prepare, 'EXPLAIN EXECUTE p(3)', 'EXPLAIN (ANALYZE) EXECUTE p(3)' ] ], [ 'PREPARE with values', [ 'PREPARE p AS ' . $count . ' AND s.region < own.steady() AND s.region < own.quiet(1)', ('EXECUTE p') x 7 ] ],
        [ 'a cursor in parts', [ 'BEGIN', "DECLARE c SCROLL CURSOR FOR $count UNION ALL $other", 'FETCH 1 FROM c', 'SAVEPOINT a', 'FETCH 1 FROM c', 'ROLLBACK TO a', 'FETCH BACKWARD ALL FROM c', 'FETCH ALL FROM c', 'COMMIT' ] ],
        [ 'a cursor after COMMIT', [ 'BEGIN', "DECLARE c CURSOR WITH HOLD FOR $count", 'COMMIT', 'FETCH ALL FROM c', 'CLOSE c' ] ], [ 'a cursor first read in a savepoint', [ 'BEGIN', "DECLARE c CURSOR FOR $count", 'SAVEPOINT a', 'FETCH 1 FROM c', 'ROLLBACK TO a', 'FETCH 1 FROM c', 'COMMIT' ] ],
        [ 'a cursor that nobody reads', [ 'BEGIN', "DECLARE c CURSOR FOR $count", 'COMMIT' ] ], [ 'a portal in parts', [ [ [ parse => '', "$count UNION ALL $other" ], [ bind => '' ], [ execute => 1 ], [ execute => 1 ], [ execute => 1 ], 'sync' ] ] ],
        [ 'a pipeline', [ [ [ parse => '', $count ], [ bind => '' ], ['execute'], [ parse => '', $other ], [ bind => '' ], ['execute'], 'sync' ] ] ], [ 'many in one message', "$count; $other; SELECT own.loud(); $count" ],
        [ 'PL/pgSQL', q{DO $$ DECLARE n numeric; v int := 3; BEGIN FOR i IN 1..7 LOOP SELECT dp_count(*) INTO n FROM care.stay s WHERE CASE WHEN s.cost > 400000 THEN s.region = v ELSE false END; END LOOP;
            BEGIN EXECUTE 'SELECT dp_count(*) FROM care.stay s WHERE s.cost > 400000 AND s.region = (SELECT region FROM ref.region)' INTO n; EXCEPTION WHEN OTHERS THEN RAISE NOTICE '% %', SQLSTATE, SQLERRM; END; END $$} ],
        [ 'a function in SQL', [ q{CREATE FUNCTION pg_temp.f(int) RETURNS boolean LANGUAGE sql VOLATILE AS $$SELECT health_dp.dp_count(*) IS NULL FROM care.stay s WHERE CASE WHEN s.cost > 400000 THEN s.region = $1 ELSE false END$$}, 'SELECT pg_temp.f(region) FROM ref.region LIMIT 3' ] ],
        [ 'a trigger', [ q{CREATE FUNCTION pg_temp.t() RETURNS trigger LANGUAGE plpgsql AS $$DECLARE n numeric; BEGIN SELECT health_dp.dp_count(*) INTO n FROM care.stay s WHERE s.cost > 400000; RETURN new; END$$},
            'CREATE TRIGGER t BEFORE INSERT ON own.note FOR EACH ROW EXECUTE FUNCTION pg_temp.t()', q{INSERT INTO own.note VALUES ('')}, 'DROP TRIGGER t ON own.note' ] ],
        map({ [ "isolation $_", [ "BEGIN ISOLATION LEVEL $_", 'SELECT 1 FROM ref.region', $count, 'COMMIT' ] ] } 'READ UNCOMMITTED', 'REPEATABLE READ', 'SERIALIZABLE', 'REPEATABLE READ READ ONLY'),
        [ 'after changes of one\'s own', [ 'BEGIN', 'DELETE FROM own.pr', $count, 'ROLLBACK' ] ], [ 'under a lock', [ 'BEGIN', 'LOCK TABLE ref.region IN ACCESS SHARE MODE', $count, 'ROLLBACK' ] ], [ 'after an error', [ 'BEGIN', 'SELECT 1 / 0', $count, 'ROLLBACK', $count ] ],
    );
    return map { { name => "(b) $_->[0]", sql => $_->[1], transaction => 1, fresh => $_->[0] =~ /view|CREATE TABLE/ ? 1 : 0 } } @ways;
}

sub {
    my @trials;
    for my $place (@places) {
        push @trials, map { { name => "(b) a value in $place->[0]: $_", keys => $place->[2], sql => $place->[1] =~ s/:value/$_/r, canary => /own\.pr/ ? 1 : 0 } } @values;
    }
    return (@trials, parameters(), ways());
};
