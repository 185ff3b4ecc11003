# Values at the edges of their types, as keys, as summands, as owners, and in expressions.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use Oracle;
use Test::More;

my $node = new_oracle('values');

# What PostgreSQL writes for a list of values; undef is NULL.
sub literals {
    return join ', ', map { defined $_ ? "'" . s/'/''/gr . "'" : 'NULL' } @_;
}

# Columns: the type, the type below a domain, how equal values are spelt alike, and the values.
my @columns = (
    [bool => 'bool', 'bool', '%s', qw(true false), undef],
    [int2 => 'int2', 'int2', '%s', -32768, -32767, -1, 0, 1, 32767, undef],
    [int4 => 'int4', 'int4', '%s', -2147483648, -2147483647, -1, 0, 1, 65536, 2147483647, undef],
    # Some of them collide in PostgreSQL's own hash function.
    [int8 => 'int8', 'int8', '%s', '-9223372036854775808', '-9223372036854775807', -4294967297, -1, 0, 1, 4294967296, 4294967297,
        '9223372036854775807', undef],
    [num => 'numeric', 'numeric', 'trim_scale(%s)', qw(1.0 1.00 1 100 1e2 0.0 0 -0.0 -0.5 -0.50 NaN Infinity -Infinity 1e400 -1e400 1e-400
        0.1 0.10000000000000000000000000000001 2147483647.5 -32768.5 9223372036854775807.4 9223372036854775807.5 1e308 1e309 1e-323 1e-330
        1e1000 1e131071 -1e131071), '9' x 40 . '.' . '9' x 40, undef],
    [f4 => 'float4', 'float4', '%s + 0::real', qw(0 -0 NaN Infinity -Infinity 3.4028235e38 -3.4028235e38 1e-45 -1e-45 1.1754944e-38 16777217 0.1
        32767.5 1.5), undef],
    [f8 => 'float8', 'float8', '%s + 0', qw(0 -0 NaN Infinity -Infinity 1.7976931348623157e308 -1.7976931348623157e308 5e-324 -5e-324
        2.2250738585072014e-308 9007199254740993 2147483647.5 2147483646.5 -2147483648.5 9.223372036854775807e18 -9.223372036854775808e18 0.1
        3.4028236e38 1e-46 0.5 1.5 2.5), undef],
    [text => 'text', 'text', '%s', 'a', 'a ', ' a', 'A', '', "\xc3\xa9", "e\xcc\x81", "Stra\xc3\x9fe", 'STRASSE', "a\nb", "'", '\\', undef],
    [vc => 'varchar(9)', 'varchar', '%s', 'a', 'a ', '', '123456789', undef],
    [bp => 'char(6)', 'bpchar', 'rtrim(%s)', 'a', 'a  ', 'b', '', ' a', "a\t", undef],
    [nam => 'name', 'name', '%s', 'a', 'A', '', 'x' x 63, undef],
    [chr => '"char"', '"char"', '%s', 'a', 'b', '', undef],
    [by => 'bytea', 'bytea', '%s', '', '\\x00', '\\x0000', '\\xff', '\\x00ff', undef],
    [u => 'uuid', 'uuid', '%s', '00000000-0000-0000-0000-000000000000', 'ffffffff-ffff-ffff-ffff-ffffffffffff',
        '00000000-0000-0001-0000-000000000000', undef],
    [d => 'date', 'date', '%s', qw(infinity -infinity 9999-12-31 0001-01-01 1900-02-28 2000-02-29 2024-12-31 1999-12-31), '0001-12-31 BC', undef],
    [t => 'time', 'time', '%s', qw(00:00 24:00 23:59:59.999999 00:00:00.000001), undef],
    [ts => 'timestamp', 'timestamp', '%s', 'infinity', '-infinity', '9999-12-31 23:59:59.999999', '0001-01-01', '2024-02-29 24:00', '1999-12-31 23:59:59.999999',
        '2000-01-01', '0044-03-15 12:00 BC', undef],
    [tz => 'timestamptz', 'timestamptz', '%s', 'infinity', '-infinity', '9999-12-31 23:59:59.999999+00', '2024-03-31 02:30+01', '2024-03-31 01:30+00',
        '2024-10-27 00:30+00', '2024-10-27 01:30+00', '1883-11-18 12:03:58-04:56:02', undef],
    # 30 days to the month and 24 hours to the day, beyond what fits into months.
    [iv => 'interval', 'interval', '', '1 mon', '30 days', '720 hours', '1 day', '24 hours', '-1 day', '1 mon -31 days', '0', '1 mon -30 days',
        '178956970 years 7 mons 2147483647 days 2562047788 hours', '-178956970 years -8 mons -2147483648 days -2562047788 hours',
        '178956970 years 7 mons', '2147483647 days 2562047788:00:54.775807', '-0.000001 s', undef],
    [ip => 'inet', 'inet', '%s', qw(10.0.0.1 10.0.0.1/32 10.0.0.1/8 10.0.0.0/8 ::1 ::1/128 ::ffff:10.0.0.1), undef],
    [net => 'cidr', 'cidr', '%s', qw(10.0.0.0/8 10.0.0.0/9 10/8 ::/0 0.0.0.0/0), undef],
    [mac => 'macaddr', 'macaddr', '%s', qw(08:00:2b:01:02:03 08002b010203 ff:ff:ff:ff:ff:ff), undef],
    [mac8 => 'macaddr8', 'macaddr8', '%s', qw(08:00:2b:01:02:03:04:05 08002b0102030405), undef],
    [b3 => 'bit(3)', 'bit', '%s', qw(000 001 100 111), undef],
    [vb => 'varbit', 'varbit', '%s', qw(0 00 1 10 01), '', '1' x 33, undef],
    [o => 'oid', 'oid', '%s', 0, 1, 2147483648, 4294967295, undef],
    [mood => 'ref.mood', 'ref.mood', '%s', qw(fine so-so ill), undef],
    [exact => 'ref.exact', 'numeric', 'trim_scale(%s)', qw(1.0 1.00 1 -0.0 0 NaN), undef],
    [inexact => 'ref.inexact', 'float8', '%s + 0', qw(0 -0 NaN 1), undef],
    [padded => 'ref.padded', 'bpchar', 'rtrim(%s)', 'a', 'a  ', '', undef],
    [span => 'ref.span', 'interval', 'justify_interval(%s)', '1 mon', '30 days', '720:00', '-1 mon 29 days', '-24:00', '1 day', undef],
    [label => 'ref.label', 'varchar', '%s', 'a', 'a ', undef]);

# Every value belongs to several patients, and every patient has several values; some rows have no owner.
my $table = 'CREATE TABLE care.edge (i int PRIMARY KEY, patient_id bigint';
my $rows  = 'INSERT INTO care.edge SELECT i, nullif(i % 41, 0)';
foreach my $column (@columns) {
    my ($name, $type, $base, $canonical, @values) = @$column;
    $table .= ", $name $type";
    $rows  .= sprintf ', (ARRAY[%s]::%s[])[1 + i %% %d]::%s', literals(@values), $base, scalar @values, $type;
}
$node->safe_psql('postgres', <<"SQL");
CREATE DOMAIN ref.exact AS numeric;
CREATE DOMAIN ref.inexact AS float8;
CREATE DOMAIN ref.padded AS char(6);
CREATE DOMAIN ref.span AS interval;
CREATE DOMAIN ref.label AS varchar(9) CHECK (VALUE <> 'never');
$table);
$rows FROM generate_series(1, 400) i;
ANALYZE care.edge;
SELECT health_dp.protect('care.edge', 'patient_id');
SELECT health_dp.grant_table('study', 'care.edge');
CREATE VIEW plain.edge AS SELECT * FROM care.edge WHERE patient_id IS NOT NULL;
-- An expression over one row, as text; NULL where PostgreSQL raises an error.
CREATE FUNCTION plain.attempt(expression text, i int) RETURNS text LANGUAGE plpgsql AS \$\$
DECLARE result text;
BEGIN
    EXECUTE format('SELECT (%s)::text FROM plain.edge WHERE i = %s', expression, i) INTO result;
    RETURN result;
EXCEPTION WHEN OTHERS THEN
    RETURN NULL;
END
\$\$;
SQL

# Keys: which of the values a key equals, how it is spelt, and where it stands.
my @few = (only => 'serial, two workers');
foreach my $column (@columns) {
    my ($name, $type, $base, $canonical, @values) = @$column;
    my $which = sprintf 'array_position(ARRAY[%s]::%s[], %s::%s)', literals(@values), $base, $name, $base;
    same("keys of $type", "SELECT $which, dp_count(*), dp_count(DISTINCT patient_id), dp_count($name) FROM edge GROUP BY $name", @few);
    if ($canonical ne '') {
        my $spelt = sprintf $canonical, $name;
        same_as("keys of $type, spelling and order", "SELECT $name, dp_count(*) FROM edge GROUP BY $name",
            "SELECT $spelt, count(*) FROM edge GROUP BY $name ORDER BY $name", @few, ordered => 1);
    }
}

# Several keys at once, whose encodings must not run into each other.
sub which {
    my ($name) = @_;
    my ($column) = grep { $_->[0] eq $name } @columns;
    my ($type, $base, $canonical, @values) = @{$column}[1 .. $#$column];
    return sprintf 'array_position(ARRAY[%s]::%s[], %s::%s)', literals(@values), $base, $name, $base;
}
foreach my $keys ([qw(text vc nam)], [qw(by vb b3)], [qw(num f8 iv)], [qw(padded bp label)], [qw(f4 exact inexact span)], [qw(int2 int4 int8 bool chr)],
    [qw(d ts tz t)], [qw(ip net mac mac8 u o mood)]) {
    my $list = join ', ', @$keys;
    same("keys $list", 'SELECT ' . join(', ', map { which($_) } @$keys) . ", dp_count(*), dp_count(DISTINCT patient_id) FROM edge GROUP BY $list", @few);
}
same('text keys do not run together', 'SELECT a, b, dp_count(*) FROM (SELECT patient_id, left(text, i % 3) AS a, right(text, i % 4) AS b FROM edge) x GROUP BY a, b');
same('NULL is a key of its own beside empty text', "SELECT text IS NULL, vc, dp_count(*) FROM edge WHERE text IS NULL OR text = '' GROUP BY text, vc");

# Comparisons with each value.
foreach my $column (@columns) {
    my ($name, $type, $base, $canonical, @values) = @$column;
    next if $base =~ /^(inet|cidr|macaddr8?|bit|varbit)$/;
    foreach my $operator ('=', $base eq 'oid' || $base eq 'ref.mood' ? () : ('<', '>=')) {
        my @counts = map { "dp_count(*) FILTER (WHERE $name $operator '" . s/'/''/gr . "'::$base)" } grep { defined } @values;
        push @counts, "dp_count(*) FILTER (WHERE $name IS NULL)";
        same("$type $operator each value", 'SELECT ' . join(', ', @counts[0 .. ($#counts < 31 ? $#counts : 31)]) . ' FROM edge', @few);
    }
}

# Sums and means: every bound of a type, and values beyond both.
my %bounds = (
    int2 => [[-32768, 32767], [-32768, -32767], [32766, 32767], [0, 1], [-3, -2]],
    int4 => [[-2147483648, 2147483647], [-2147483648, -2147483647], [2147483646, 2147483647], [0, 1], [-70000, -2]],
    int8 => [['-9223372036854775808', '9223372036854775807'], ['-9223372036854775808', '-9223372036854775807'],
        ['9223372036854775806', '9223372036854775807'], [0, 4294967297], [-5, -4]],
    num => [[-1000, 1000], [-0.5, 0.1], [100, 1e6], [-1e12, -1]],
    f4 => [[-1024, 1024], [0.25, 0.5], [-2, -1]],
    f8 => [[-1024, 1024], [0.25, 0.5], [-2, -1]]);
foreach my $column (grep { $bounds{ $_->[0] } } @columns) {
    my ($name, $type) = @$column;
    foreach my $pair (@{ $bounds{$name} }) {
        my $arguments = join ', ', map { "'$_'::$type" } @$pair;
        my $digits = $type =~ /float/ ? 5 : 8;
        same("$type within $pair->[0] and $pair->[1]",
            "SELECT bool, round(dp_sum($name, $arguments)::numeric, $digits), round(dp_avg($name, $arguments)::numeric, $digits), dp_count($name) FROM edge GROUP BY bool");
    }
}
same('bounds of the whole type, a value below the middle', "SELECT dp_avg(x, '-9223372036854775808'::int8, 9223372036854775807) FROM (SELECT patient_id, int8 AS x FROM edge WHERE int8 < -4) e");
# Beyond what plain aggregates hold: compared in units of the bounds.
same_as('numeric of hundreds of digits', 'SELECT bool, round(dp_sum(num, -1e499, 1e499) / 1e499, 9), round(dp_avg(num, -1e499, 1e499) / 1e499, 9) FROM edge GROUP BY bool',
    'SELECT bool, round(dp_sum(num / 1e499, -1, 1), 9), round(dp_avg(num / 1e499, -1, 1), 9) FROM edge GROUP BY bool');
same_as('numeric of hundreds of decimals', 'SELECT round(dp_sum(num, 0, 2e-400) * 1e400, 9), round(dp_avg(num, 0, 2e-400) * 1e400, 9) FROM edge WHERE num BETWEEN 0 AND 1e-330',
    'SELECT round(dp_sum(num * 1e400, 0, 2), 9), round(dp_avg(num * 1e400, 0, 2), 9) FROM edge WHERE num BETWEEN 0 AND 1e-330');
same_as('numeric between tiny bounds', 'SELECT round(dp_sum(num, -1e-20, 3e-20) * 1e20, 9) FROM edge', 'SELECT round(dp_sum(num, -1e-20, 3e-20) * 1e20, 9) FROM edge');
my $largest = "'1.7976931348623157e308'::float8";
same_as('double precision over its whole range', "SELECT bool, round((dp_avg(f8, -$largest, $largest) / 1e300)::numeric, 2), dp_sum(f8, 0, $largest) = $largest FROM edge GROUP BY bool",
    "SELECT bool, round((dp_avg(CASE WHEN abs(f8) > 1e9 THEN f8 / 1e300 WHEN f8 IS NOT NULL THEN 0 END, -$largest / 1e300, $largest / 1e300))::numeric, 2), true
       FROM edge GROUP BY bool");
same_as('the mean of the largest doubles is a double', "SELECT dp_avg(f8, 0, $largest), dp_avg(-f8, -$largest, 0), dp_sum(f8, 0, $largest) FROM edge WHERE f8 = $largest",
    "SELECT $largest, -$largest, $largest");
same_as('denormal doubles', "SELECT dp_sum(f8, 0, '5e-324') / '5e-324'::float8 = dp_count(*), dp_avg(f8, 0, '5e-324') FROM edge WHERE f8 > 0 AND f8 < 'NaN'",
    "SELECT true, '5e-324'::float8");
same_as('real over its whole range', "SELECT dp_sum(f4, 0, '3.4028235e38'), dp_avg(f4, 0, '3.4028235e38')::real FROM edge WHERE f4 > 3e38 AND f4 < 'NaN'",
    "SELECT '3.4028235e38'::real, '3.4028235e38'::real");
same_as('denormal reals', "SELECT round(dp_avg(f4, 0, '1e-45') / '1e-45'::real) FROM edge WHERE f4 > 0 AND f4 < 'NaN'", 'SELECT 1');

# Owners of every type, by the equality of the type: one row of each patient counts, whoever spells them how.
my %owners = (
    int2 => ['int2', -32768, -1, 0, 1, 32767, undef], int4 => ['int4', -2147483648, -1, 0, 2147483647, undef],
    int8 => ['int8', '-9223372036854775808', -4294967297, -1, 0, 4294967296, 4294967297, '9223372036854775807', undef],
    uuid => ['uuid', '00000000-0000-0000-0000-000000000000', '00000000-0000-0001-0000-000000000000', 'ffffffff-ffff-ffff-ffff-ffffffffffff', undef],
    text => ['text', '', 'a', 'a ', ' a', 'A', "\xc3\xa9", "e\xcc\x81", 'x' x 9000, 'x' x 9001, undef], varchar => ['varchar(9)', '', 'a', 'a ', 'A', undef],
    bytea => ['bytea', '', '\\x00', '\\x0000', '\\xff', '\\x' . '00' x 9000, undef],
    numeric => ['numeric', qw(1 1.0 1.00 1e0 0 -0.0 0.000 -1 NaN Infinity -Infinity 1e1000 1e-1000 10000 1e4), undef]);
foreach my $name (sort keys %owners) {
    my ($type, @values) = @{ $owners{$name} };
    my $list = sprintf 'ARRAY[%s]::%s[]', literals(@values), $type;
    $node->safe_psql('postgres', sprintf <<'SQL', $name, $type, $list, scalar @values, $type);
CREATE TABLE care.own_%1$s (owner %2$s, k int, x int);
INSERT INTO care.own_%1$s SELECT (%3$s)[1 + i %% %4$d]::%2$s, i %% 3, i FROM generate_series(1, 300) i;
CREATE TABLE care.also_%1$s (owner %2$s);
INSERT INTO care.also_%1$s SELECT unnest(%3$s)::%2$s;
SELECT health_dp.protect(('care.' || t || '_%1$s')::regclass, 'owner') FROM unnest('{own,also}'::text[]) t;
SELECT health_dp.grant_table('study', ('care.' || t || '_%1$s')::regclass) FROM unnest('{own,also}'::text[]) t;
CREATE VIEW plain.own_%1$s AS SELECT * FROM care.own_%1$s WHERE owner IS NOT NULL;
CREATE VIEW plain.also_%1$s AS SELECT * FROM care.also_%1$s WHERE owner IS NOT NULL;
SQL
    same("owners of $type", "SELECT k, dp_count(*), dp_count(DISTINCT owner) FROM own_$name GROUP BY k");
    same("owners of $type joined", "SELECT k, dp_count(*), dp_count(DISTINCT a.owner) FROM own_$name o JOIN also_$name a ON a.owner = o.owner GROUP BY k");
    same("owners of $type gathered", "SELECT n, dp_count(*) FROM (SELECT owner, count(*) AS n FROM own_$name GROUP BY owner) s GROUP BY n",
        any_plan => 'rows of an owner come together first');
    same_as("owners of $type, a row each", "SELECT k, dp_count(*), dp_sum(x, 0, 1) FROM own_$name GROUP BY k",
        "SELECT k, count(DISTINCT owner), count(DISTINCT owner) FROM own_$name GROUP BY k", set => 'SET health_dp.max_rows_per_patient = 1;');
    same_as("owners of $type, a group each", "SELECT sum(n) FROM (SELECT k, dp_count(DISTINCT owner) AS n FROM own_$name GROUP BY k) s",
        "SELECT count(DISTINCT owner) FROM own_$name", set => 'SET health_dp.max_groups_per_patient = 1;');
}

# Expressions over every edge: NULL where PostgreSQL raises an error, the same value elsewhere. Since PostgreSQL 17 intervals
# can be infinite: what releases compute is NULL there as before.
my @expressions = (
    map { my $type = $_; (map { ("$type $_ $type", "$type $_ 1::$type", "$type $_ (-1)::$type", "$type $_ 2::$type", "$type $_ 0::$type") } '+', '-', '*', '/', '%'),
        "-$type", "abs($type)", "greatest($type, 0)", "${type}::numeric", "${type}::float8", "${type}::float4", "nullif($type, 1)" } qw(int2 int4 int8));
push @expressions, map { my $name = $_; (map { ("$name $_ $name", "$name $_ 1", "$name $_ 1e300", "$name $_ (-1e-300)", "$name $_ 0") } '+', '-', '*', '/'), "-$name", "abs($name)",
    "${name}::int2", "${name}::int4", "${name}::int8", "${name}::numeric::int8", "least($name, 0)", "greatest($name, 'NaN')" } qw(f4 f8);
@expressions = grep { !/^f[48]::numeric/ } @expressions;
push @expressions, 'f8::float4', 'f4::float8', map { "$_(f8)" } qw(round trunc ceil ceiling floor sign);
push @expressions, (map { ("num $_ 1", "num $_ 0", "num $_ 'NaN'", "num $_ 1e-400", "num $_ num") } '+', '-', '*', '/', '%'), '-num', 'abs(num)', 'sign(num)', 'num::int2', 'num::int4',
    'num::int8', 'num::float8', 'num::float4', (map { "$_(num)" } qw(round trunc ceil floor)), (map { ("round(num, $_)", "trunc(num, $_)") } -3, 0, 1, 999);
my $day = "date '2024-02-29'";
push @expressions, 'd + 1', 'd - 1', "d - $day", "$day - d", "d + interval '1 month'", "d - interval '1 month'", "d + interval '-1 day'", 'd::timestamp', 'd::timestamptz',
    "d::timestamp - timestamp '2024-02-29'", "d < timestamp '2024-02-29'", "d = tz", "d <= ts", "d > tz", 'd::text',
    "date_trunc('month', d)", (map { ("extract($_ FROM d)", "date_part('$_', d)") } qw(year quarter month week day decade century dow isodow doy isoyear epoch));
foreach my $name (qw(ts tz)) {
    my $type = $name eq 'ts' ? 'timestamp' : 'timestamptz';
    push @expressions, "$name + interval '1 month'", "$name - interval '1 month'", "$name + interval '25 hours'", "$name - $type '2024-02-29'", "$type '2024-02-29' - $name", "$name - $name",
        "${name}::date", "$name < '2024-02-29'", "${name}::" . ($name eq 'ts' ? 'timestamptz' : 'timestamp'), (map { "date_trunc('$_', $name)" } qw(year quarter month week day hour minute second decade century)),
        (map { ("extract($_ FROM $name)", "date_part('$_', $name)") } qw(year quarter month week day hour minute second decade century dow isodow doy isoyear epoch));
}
push @expressions, "date '2024-02-29' + int4", "date '2024-02-29' - int2", "ts + iv", "ts - iv", "tz + iv", "d + iv";
push @expressions, 'text || text', 'text || vc', "upper(text)", 'lower(text)', 'length(text)', 'left(text, int2)', 'right(text, int4)', 'left(text, -1)', 'substr(text, int4)', 'substr(text, int4, 2)',
    'btrim(text)', 'ltrim(text)', 'rtrim(text)', "text LIKE 'a%'", "text LIKE '_'", "text ILIKE 'A%'", "strpos(text, 'a')", "starts_with(text, '')", 'bp = vc', 'length(bp)', 'bp::text', 'length(by)',
    'num::text', 'u::text', 'bool::text', 'int8::text', 'bool::int', 'int4::bool';
push @expressions, (map { "health_dp.age_in_years($_)" } "d, date '2026-11-25'", "date '1961-03-04', d", 'd, d', 'ts::date, d'), 'health_dp.quarter(d)', 'health_dp.quarter_start(d)',
    (map { "health_dp.age_band($_)" } 'int4', 'int2', '40, int4', '40, 5, int4', 'int4, int4, int4', 'int4, 1, 150'), (map { "health_dp.department_of($_)" } 'text', 'vc', "text || '69123'", "left('69123', int4)");
foreach my $expression (@expressions) {
    my $spelt = "CASE WHEN pg_typeof(%1\$s)::text = 'numeric' THEN trim_scale((%1\$s)::text::numeric)::text WHEN pg_typeof(%1\$s)::text ~ 'real|double' THEN regexp_replace((%1\$s)::text, '^-0\$', '0')
        WHEN pg_typeof(%1\$s)::text = 'interval' THEN CASE WHEN isfinite((%1\$s)::text::interval) THEN justify_interval((%1\$s)::text::interval)::text END ELSE (%1\$s)::text END";
    $spelt = sprintf $spelt, "($expression)";
    # As many rows as every value needs to meet most values of any other column.
    same_as($expression, "SELECT $spelt, dp_count(*) FROM edge WHERE i <= 150 GROUP BY $expression",
        "SELECT plain.attempt(\$\$$spelt\$\$, i), count(*) FROM edge WHERE i <= 150 GROUP BY 1", @few);
}
# PostgreSQL 15 computes an age from infinity as if it were a date.
same('age', "SELECT age(ts, timestamp '2024-02-29'), dp_count(*) FROM edge WHERE ts > '-infinity' AND ts < 'infinity' GROUP BY 1");
same_as('age of infinity', "SELECT age(ts, timestamp '2024-02-29'), dp_count(*) FROM edge WHERE ts IN ('infinity', '-infinity') GROUP BY 1",
    "SELECT NULL, count(*) FROM edge WHERE ts IN ('infinity', '-infinity')");

# Time zones: the ends of what a timestamp holds are in no day of some zones.
$node->safe_psql('postgres', <<'SQL');
CREATE TABLE care.end_of_time (patient_id bigint, ts timestamp, tz timestamptz, d date);
INSERT INTO care.end_of_time SELECT i, x, x AT TIME ZONE 'UTC', d FROM generate_series(1, 5) i,
    (VALUES ('4714-11-24 00:00:00 BC'::timestamp, '4714-11-24 BC'::date), ('294276-12-31 23:59:59.999999', '294276-12-31'), ('2024-01-01', '5874897-12-31'),
        ('infinity', 'infinity')) v(x, d);
SELECT health_dp.protect('care.end_of_time', 'patient_id');
SELECT health_dp.grant_table('study', 'care.end_of_time');
CREATE VIEW plain.end_of_time AS SELECT * FROM care.end_of_time;
SQL
foreach my $zone ('UTC', 'Asia/Tokyo', 'America/New_York') {
    foreach my $expression ('tz::timestamp', 'ts::timestamptz', 'd::timestamp', 'd::timestamptz', 'ts::date', 'd + 1', 'd - 1', "ts + interval '1 day'", "tz - interval '1 day'", 'ts - ts', 'd - d',
        "date_trunc('year', tz)", 'extract(year FROM tz)', "date_part('epoch', d)") {
        my $answer = ask("SELECT dp_count($expression) IS NOT NULL, dp_count(*) FROM end_of_time", set => "SET timezone = '$zone';");
        is($answer, 't|20', "$expression at the end of time in $zone");
    }
}
compare();
done_testing();
