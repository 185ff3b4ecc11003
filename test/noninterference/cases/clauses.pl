# Part (b): every clause of a query and every kind of expression, refused ones as well, evaluated for the secret row alone.
use strict;
use warnings;
no warnings 'redefine'; # read once for each part

my @nested = map { "SET $_ = off" } qw(enable_hashjoin enable_mergejoin enable_material enable_memoize enable_hashagg);
my $guard = 's.cost > 400000';

# What LIMIT, OFFSET and the like may be given.
my @numbers = ('-1', '0', '1', 'NULL', '9223372036854775807', 'own.loud()', 'own.quiet(1)', '(SELECT own.loud())',
    '(SELECT region FROM ref.region)', '(SELECT own.quiet(min(region)) FROM ref.region)', q{nextval('own.seq')}, '1 / (SELECT 0)',
    'length(current_schema)');

sub bodies {
    my $plain = 'SELECT region FROM ref.region';
    my @bodies;
    for my $number (@numbers) {
        for my $clause ('LIMIT', 'OFFSET') {
            push @bodies, "$plain $clause $number";
            push @bodies, "$plain $_ SELECT 99 $clause $number" for 'UNION ALL', 'EXCEPT';
        }
        push @bodies, "$plain ORDER BY 1 FETCH FIRST ($number) ROWS WITH TIES";
    }
    push @bodies, map { "$plain $_ SELECT 99 LIMIT own.loud()" } 'UNION', 'INTERSECT', 'INTERSECT ALL', 'EXCEPT ALL';
    push @bodies, "($plain LIMIT own.loud()) UNION ALL SELECT 99", "$plain UNION ALL (SELECT 99 LIMIT -1)", "$plain UNION ALL SELECT own.loud()",
      "$plain UNION ALL VALUES (own.quiet(1)::int)", "$plain UNION ALL SELECT 99 ORDER BY 1 LIMIT -1";
    push @bodies, "$plain ORDER BY own.loud()", "$plain ORDER BY region USING <", "SELECT DISTINCT region FROM ref.region LIMIT -1",
      'SELECT DISTINCT ON (own.loud()) region FROM ref.region', "$plain GROUP BY region HAVING own.loud() > 0", "$plain GROUP BY region HAVING min(region) > 0",
      "$plain GROUP BY ROLLUP (region)", "$plain GROUP BY GROUPING SETS ((region), ())", "$plain WHERE own.loud() > 0", "$plain WHERE own.quiet(region) > 0",
      'SELECT rank() OVER (ORDER BY region)::int FROM ref.region', 'SELECT sum(region) OVER (ROWS own.loud() PRECEDING)::int FROM ref.region',
      'SELECT sum(region) OVER (ROWS -1 PRECEDING)::int FROM ref.region', 'SELECT max(region) FROM ref.region', 'SELECT string_agg(name, name)::int FROM ref.region',
      'SELECT region FROM ref.region TABLESAMPLE SYSTEM (100)', 'SELECT region FROM ref.region TABLESAMPLE BERNOULLI (-1)',
      'SELECT region FROM ref.region TABLESAMPLE SYSTEM (own.loud()) REPEATABLE (1)', "$plain FOR UPDATE", "$plain FOR SHARE NOWAIT", "$plain FOR KEY SHARE SKIP LOCKED",
      "WITH w AS ($plain LIMIT -1) SELECT region FROM w", "WITH w AS MATERIALIZED ($plain LIMIT own.loud()) SELECT region FROM w",
      'WITH RECURSIVE w(region) AS (SELECT 1 UNION ALL SELECT region + 1 FROM w WHERE region < 2147483647) SELECT region FROM w LIMIT 3',
      "WITH w AS (INSERT INTO own.hint VALUES (1) RETURNING a) SELECT a FROM w", 'SELECT generate_series(1, 3)', 'SELECT g FROM generate_series(1, own.loud()::int) g',
      'SELECT a FROM ROWS FROM (generate_series(1, 2), own.loud()) f(a, b)', 'SELECT own.loud()::int', q{SELECT nextval('own.seq')::int},
      'SELECT region FROM ONLY ref.region', 'SELECT region FROM ref.region WHERE ctid IS NOT NULL', 'SELECT region FROM ref.region r WHERE r IS NOT NULL',
      'SELECT r.region FROM ref.region r JOIN ref.number n USING (region)', 'SELECT region FROM ref.region NATURAL JOIN ref.number', 'VALUES (1), (own.loud()::int)', 'VALUES (1), (2)',
      'SELECT region FROM ref.region CROSS JOIN LATERAL (SELECT own.loud()) x', q{SELECT region FROM ref.region WHERE name LIKE '%\\'}, q{SELECT 1 FROM ref.region WHERE name COLLATE own.stale < 'x'},
      'SELECT region FROM ref.region WHERE region = ANY (ARRAY(SELECT own.loud()::int))', 'SELECT region FROM ref.region WHERE region = (SELECT own.loud())',
      'SELECT region FROM ref.region WHERE current_schema IS NULL', 'SELECT region FROM ref.region WHERE region IN (SELECT n FROM ref.number LIMIT -1)';
    return @bodies;
}

# Bodies that read what the member can look at from outside.
my @watched = ('SELECT a FROM own.pr', 'SELECT a FROM own.hint', q{SELECT r FROM ref.large WHERE a > 3000 AND filler <> 'q'}, 'SELECT a FROM own.pr UNION ALL SELECT 1', 'SELECT max(a) FROM own.pr',
    'SELECT a FROM own.pr ORDER BY a LIMIT 1');

my @places = (
    [ 'a joined subquery', "SELECT dp_count(*) FROM care.stay s LEFT JOIN (:body) r(region) ON r.region = s.region WHERE $guard" ],
    [ 'EXISTS', "SELECT dp_count(*) FROM care.stay s WHERE CASE WHEN $guard THEN EXISTS (:body) ELSE false END" ],
    [ 'IN', "SELECT dp_count(*) FROM care.stay s WHERE CASE WHEN $guard THEN s.region IN (:body) ELSE false END" ],
);

my @values = qw(current_date current_time current_time(0) current_timestamp current_timestamp(0) localtime localtime(0) localtimestamp localtimestamp(0)
    current_role current_user user session_user current_catalog current_schema);
my @collations = ('own.stale', 'own.fresh', '"C"', '"POSIX"', '"und-x-icu"', '"fr-x-icu"', '"default"', 'ucs_basic');
my @collated = (q{lower(s.dx COLLATE :c) = 'x'}, q{s.dx COLLATE :c < 'x'}, q{s.dx COLLATE :c = 'x'}, q{s.dx COLLATE :c LIKE 'x%'}, q{s.dx COLLATE :c ILIKE 'x%'},
    q{greatest(s.dx COLLATE :c, 'x') = 'x'}, q{s.dx COLLATE :c IN ('x', 'y')}, q{s.dx COLLATE :c = ANY (ARRAY[s.dx])}, q{nullif(s.dx COLLATE :c, 'x') IS NULL}, q{s.dx COLLATE :c IS DISTINCT FROM 'x'},
    q{s.code COLLATE :c < 'x'}, q{s.called COLLATE :c < 'x'});
my @expressions = (q{greatest(x, y) IS NULL}, q{least(x, y) IS NULL}, q{x = ANY (ARRAY[y])}, q{x < ALL (ARRAY[y, x])}, q{x = y}, q{x IN (y, x)}, q{nullif(x, y) IS NULL}, q{x IS DISTINCT FROM y},
    q{x || y IS NULL}, q{coalesce(x, y) IS NULL}, q{(x, 1) < (y, 2)}, q{(x, 1) = (y, 2)}, q{CASE x WHEN y THEN true ELSE false END}, q{ARRAY[x] = ARRAY[y]}, q{starts_with(x, y)}, q{strpos(x, y) > 0},
    q{x LIKE y}, q{x ~ y}, q{(ARRAY[x, y])[nights] IS NULL}, q{ROW(x, y) IS NULL}, q{s IS NULL}, q{nights::own.yes > 0}, q{nextval('own.seq') > 0}, q{own.loud() > 0}, q{own.quiet(nights) > 0},
    q{x::int > 0}, q{x::date IS NULL}, q{nights::text::int > 0}, q{1 / (nights - nights) > 0}, q{nights::text::xml IS DOCUMENT}, q{xmlelement(name a, x) IS NULL}, q{to_jsonb(x) IS NULL}, q{grouping(x) > 0},
    q{nights = (SELECT region FROM ref.region)}, q{nights = (SELECT 1)}, q{nights = ALL (SELECT region FROM ref.region)}, q{ARRAY(SELECT region FROM ref.region) IS NULL}, q{substr(x, nights, -1) IS NULL},
    q{substring(x, 1, nights - 1000) IS NULL}, q{repeat(x, 10) IS NULL}, q{lpad(x, 10) IS NULL}, q{current_setting('a.b') IS NULL}, q{pg_sleep(0) IS NULL}, q{set_config('a.b', x, false) IS NULL},
    q{x COLLATE own.stale < y COLLATE own.stale}, q{ctid IS NULL}, q{s.tableoid > 0}, q{x IS NORMALIZED}, q{x SIMILAR TO y}, q{x::name = y::name}, q{nights::"char" = 'a'}, q{x::bpchar = y::bpchar},
    q{ARRAY[[x], [y]] IS NULL}, q{ARRAY[ARRAY[x], ARRAY[x, y]] IS NULL}, q{random() > 2}, q{now() IS NULL}, q{clock_timestamp() IS NULL}, q{x::regclass IS NULL}, q{has_table_privilege('own.pr', x)});

sub settings {
    my ($judge) = @_;
    my $session = $judge->{twins}->connect('ana');
    # Every switch that a session may turn, each of its positions. Those that say how values are written change the text alone.
    my ($rows) = $session->rows(q{SELECT name, v FROM pg_settings, unnest(CASE vartype WHEN 'bool' THEN ARRAY['on', 'off'] ELSE enumvals END) v
        WHERE context = 'user' AND vartype IN ('bool', 'enum') AND v <> setting AND name !~ '^default_transaction|^transaction' ORDER BY 1, 2});
    my $failing = 'SELECT dp_count(*) FROM care.stay s WHERE CASE WHEN s.cost > 380000 THEN EXISTS (SELECT 1 FROM ref.region LIMIT -1) ELSE false END';
    $session->close;
    my @trials;
    for (@$rows) {
        my ($name, $value) = @$_;
        # Whatever is set, an error is one of ours, or one before any charge: of a LIMIT below 0, which the session computes, or of row_security = off.
        push @trials, { name => "(b) a failing release under $name = $value", before => ["SET $name = '$value'"], sql => $failing, never => qr/^Error (?!.*\bC=(?:ZD|2201W|42501))/m },
          { name => "(b) a release under $name = $value", before => ["SET $name = '$value'"], sql => "SELECT dp_count(*) FROM care.stay s WHERE $guard" };
    }
    # An error whose text holds a value, on both: only the switches of errors, for it takes long.
    push @trials, map { { name => "(b) an error that knows a value, under $_ = on", before => ["SET $_ = on"],
        sql => q{SELECT dp_count(*) FROM care.stay s WHERE s.cost > 380000 AND btrim(left(repeat('x', 141000000), 140000000 + s.cost::int)) = 'b'} } }
      grep { /error|abort/ } map { $_->[0] } grep { $_->[1] eq 'on' } @$rows;
    return @trials;
}

sub {
    my ($judge) = @_;
    my @trials;
    for my $place (@places) {
        for my $body (bodies()) {
            push @trials, { name => "(b) $place->[0]: $body", before => \@nested, sql => $place->[1] =~ s/:body/$body/r };
        }
        for my $body (@watched) {
            push @trials, { name => "(b) $place->[0]: $body", before => \@nested, canary => 1, sql => $place->[1] =~ s/:body/$body/r };
        }
    }
    # The member's own schema for temporary objects does not exist yet.
    push @trials, map { { name => "(b) $_", before => ['SET search_path = pg_temp, public, health_dp'],
        sql => "SELECT health_dp.dp_count(*) FROM care.stay s WHERE CASE WHEN $guard THEN $_ IS NULL ELSE false END" } } @values;
    for my $collation (@collations) {
        push @trials, map { my $expression = s/:c/$collation/r; { name => "(b) $expression",
            sql => "SELECT dp_count(*) FROM care.stay s WHERE CASE WHEN $guard THEN $expression ELSE false END" } } @collated;
        push @trials, { name => "(b) min() under $collation", sql => "SELECT dp_count(*) FROM (SELECT patient_id, min(CASE WHEN $guard THEN dx END COLLATE $collation) AS m FROM care.stay s GROUP BY patient_id) x WHERE m = 'x'" },
          { name => "(b) GROUP BY under $collation", keys => 1, sql => "SELECT CASE WHEN $guard THEN dx END COLLATE $collation, dp_count(*) FROM care.stay s GROUP BY 1" },
          { name => "(b) ORDER BY under $collation", keys => 1, sql => "SELECT dp_count(*) FROM care.stay s WHERE CASE WHEN $guard THEN EXISTS (SELECT 1 FROM ref.region ORDER BY name COLLATE $collation LIMIT 1) ELSE false END" };
    }
    push @trials, map { { name => "(b) $_", sql => "SELECT dp_count(*) FROM (SELECT patient_id, cost, nights, dx COLLATE \"C\" AS x, called::text COLLATE \"POSIX\" AS y FROM care.stay) s WHERE CASE WHEN $guard THEN $_ ELSE false END" } } @expressions;
    # The same through the extended protocol, with parameters.
    push @trials, map { { name => "(b) extended protocol, parameter " . ($_ // 'null'), sql => [ [ [ parse => 'p', "SELECT dp_count(*) FROM care.stay s WHERE CASE WHEN $guard THEN s.region IN (SELECT region FROM ref.region LIMIT \$1::bigint) ELSE false END" ],
        [ bind => 'p', $_ ], ['execute'], 'sync' ] ] } } -1, 0, undef;
    # Clauses of the release itself.
    push @trials, map { { name => "(b) release with $_->[0]", keys => 1, before => \@nested, sql => $_->[1] } }
      [ 'LIMIT', "SELECT dp_count(*) FROM care.stay s WHERE $guard LIMIT own.loud()" ], [ 'OFFSET', "SELECT dp_count(*) FROM care.stay s WHERE $guard OFFSET -1" ],
      [ 'ORDER BY', "SELECT region, dp_count(*) FROM care.stay s WHERE $guard GROUP BY region ORDER BY own.loud()" ], [ 'HAVING', "SELECT region, dp_count(*) FROM care.stay s WHERE $guard GROUP BY region HAVING own.loud() > 0" ],
      [ 'a window', "SELECT dp_count(*) OVER () FROM care.stay s WHERE $guard" ], [ 'DISTINCT ON', "SELECT DISTINCT ON (own.loud()) dp_count(*) FROM care.stay s WHERE $guard" ],
      [ 'FOR UPDATE', "SELECT dp_count(*) FROM care.stay s WHERE $guard FOR UPDATE" ], [ 'TABLESAMPLE', "SELECT dp_count(*) FROM care.stay s TABLESAMPLE SYSTEM (100) WHERE $guard" ],
      [ 'GROUPING SETS', "SELECT region, dp_count(*) FROM care.stay s WHERE $guard GROUP BY CUBE (region)" ], [ 'SELECT list function', "SELECT own.loud(), dp_count(*) FROM care.stay s WHERE $guard" ],
      [ 'FILTER function', "SELECT dp_count(*) FILTER (WHERE own.loud() > 0) FROM care.stay s WHERE $guard" ], [ 'INTO a table', "CREATE TEMP TABLE t AS SELECT dp_count(*) FROM care.stay s WHERE $guard" ],
      [ 'UNION ALL', "SELECT dp_count(*) FROM care.stay s WHERE $guard UNION ALL SELECT own.loud()" ], [ 'a cursor', "BEGIN; DECLARE c CURSOR WITH HOLD FOR SELECT dp_count(*) FROM care.stay s WHERE $guard; COMMIT; FETCH 1 FROM c" ];
    push @trials, settings($judge);
    return @trials;
};
