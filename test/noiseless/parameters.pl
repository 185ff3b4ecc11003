# Values that a release takes from its session: parameters wherever an expression may stand, and what depends on no row of
# the release. They are computed once in the session and travel to the room; the oracle computes them where they stand.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use Oracle;
use Test::More;

my $node = new_oracle('parameters');
$node->safe_psql('postgres', <<'SQL');
SET search_path = own, public;
-- The analyst's own: a table, and functions whose value does not change while a statement runs.
CREATE DOMAIN ref.code AS text CHECK (VALUE ~ '^R');
CREATE TYPE ref.span AS RANGE (subtype = int4);
CREATE TABLE own.choice (code text, least_nights int, at timestamptz, note text);
INSERT INTO own.choice VALUES ('R1', 3, '2024-01-05', 'first'), ('R2', 5, '2024-01-09', 'second'), ('R7', 9, NULL, NULL);
CREATE TABLE own.nothing (code text, n int);
CREATE FUNCTION own.chosen() RETURNS text[] LANGUAGE sql STABLE AS 'SELECT array_agg(code) FROM own.choice';
CREATE FUNCTION own.threshold(plus int) RETURNS int LANGUAGE plpgsql STABLE AS
    'BEGIN RETURN plus + (SELECT min(least_nights) FROM own.choice); END';
CREATE FUNCTION own.label_of(n int) RETURNS text LANGUAGE sql IMMUTABLE AS $$SELECT 'label ' || n$$;
ALTER TABLE own.choice OWNER TO analyst;
ALTER TABLE own.nothing OWNER TO analyst;
ALTER FUNCTION own.chosen() OWNER TO analyst;
ALTER FUNCTION own.threshold(int) OWNER TO analyst;
ALTER FUNCTION own.label_of(int) OWNER TO analyst;
ALTER ROLE analyst SET search_path = care, ref, own, health_dp, public;
SQL

# A release with a parameter, prepared and executed with one plan for each value and with one for all.
sub with_values {
    my ($name, $types, $values, $sql, %options) = @_;
    return same($name, $sql, types => $types, values => $values, %options);
}

# Every place of an expression.
with_values('parameter in WHERE', 'int', '7', 'SELECT region, dp_count(*) FROM stay WHERE nights > $1 GROUP BY region');
with_values('parameters in WHERE', 'int, text, boolean', "3, 'H1', true",
    'SELECT region, dp_count(*) FROM stay WHERE nights > $1 AND hospital <> $2 AND (b = $3 OR b IS NULL) GROUP BY region');
with_values('the same parameter twice', 'int', '5', 'SELECT dp_count(*), dp_count(*) FILTER (WHERE nights = $1) FROM stay WHERE nights >= $1');
with_values('parameter in FILTER', 'text', "'R3'", 'SELECT hospital, dp_count(*) FILTER (WHERE region = $1) FROM stay GROUP BY hospital');
with_values('parameters as bounds', 'int, int', '2, 12', 'SELECT region, dp_sum(nights, $1, $2), round(dp_avg(nights, $1, $2), 8) FROM stay GROUP BY region');
with_values('parameter in an argument', 'int', '3', 'SELECT region, dp_sum(nights * $1, 0, 90) FROM stay GROUP BY region');
with_values('parameter in a key', 'int', '7', 'SELECT nights / $1, dp_count(*) FROM stay GROUP BY 1');
with_values('parameter as a key', 'text', "'all'", 'SELECT $1 AS label, dp_count(*) FROM stay GROUP BY label');
with_values('parameter in a key of CASE', 'int, text', "10, 'long'", "SELECT CASE WHEN nights > \$1 THEN \$2 ELSE 'short' END, dp_count(*) FROM stay GROUP BY 1");
with_values('parameter in ON', 'int', '10', 'SELECT p.sex, dp_count(*), dp_count(s.stay_id) FROM patient p LEFT JOIN stay s ON s.patient_id = p.patient_id AND s.nights > $1 GROUP BY p.sex');
with_values('parameter in ON of a public table', 'int', '5', 'SELECT r.zone, dp_count(*) FROM stay s JOIN region r ON r.code = s.region AND r.weight > $1 GROUP BY r.zone');
with_values('parameter in VALUES', 'text, text', "'R1', 'one'", 'SELECT v.l, dp_count(*) FROM stay s JOIN (VALUES ($1, $2), (\'R2\', \'two\')) v(c, l) ON v.c = s.region GROUP BY v.l');
with_values('parameter in a subquery', 'int', '9', 'SELECT n, dp_count(*) FROM (SELECT patient_id, count(*) AS n FROM stay WHERE nights > $1 GROUP BY patient_id) s GROUP BY n');
with_values('parameter in HAVING of a subquery', 'int', '10', 'SELECT dp_count(*) FROM (SELECT patient_id FROM stay GROUP BY patient_id HAVING count(*) > $1) s');
with_values('parameter in WITH', 'int', '3', 'WITH f AS (SELECT patient_id, region FROM stay WHERE nights > $1) SELECT region, dp_count(*) FROM f GROUP BY region');
with_values('parameter in a public sub-select', 'text', "'Z1'", 'SELECT region, dp_count(*) FROM stay WHERE region IN (SELECT code FROM region WHERE zone = $1) GROUP BY region');
with_values('parameter in CASE', 'int', '5', "SELECT dp_count(*) FROM stay WHERE CASE WHEN nights > \$1 THEN region = 'R1' ELSE b END");
with_values('parameter in coalesce and greatest', 'int', '4', 'SELECT dp_sum(coalesce(nights, $1), 0, 30), dp_sum(greatest(nights, $1), 0, 30) FROM stay');
with_values('parameters in BETWEEN', 'int, int', '3, 9', 'SELECT region, dp_count(*) FROM stay WHERE nights BETWEEN $1 AND $2 GROUP BY region');
with_values('parameters in IN', 'text, text', "'R1', 'R9'", "SELECT region, dp_count(*) FROM stay WHERE region IN (\$1, \$2, 'R3') GROUP BY region");
with_values('parameter computed with', 'int, int', '3, 4', 'SELECT region, dp_count(*) FROM stay WHERE nights > $1 + $2 * 2 GROUP BY region');
with_values('parameter above the release', 'int', '400', 'SELECT region, dp_count(*) + $1 FROM stay GROUP BY region HAVING dp_count(*) > $1 ORDER BY 2 LIMIT $1 - 397', ordered => 1);
with_values('parameter in two releases', 'int', '5', 'SELECT (SELECT dp_count(*) FROM stay WHERE nights > $1), (SELECT dp_count(*) FROM visit WHERE minutes > $1)');
with_values('parameter in and above a release', 'int', '5', 'SELECT dp_count(*) - $1 FROM stay WHERE nights > $1');
with_values('parameter in a view\'s condition', 'int', '20', 'SELECT region, dp_count(*) FROM long_stay WHERE nights > $1 GROUP BY region');

# NULL.
with_values('NULL in WHERE', 'int', 'NULL', 'SELECT dp_count(*), dp_count(nights) FROM stay WHERE nights > $1');
with_values('NULL in IS NOT DISTINCT FROM', 'text', 'NULL', 'SELECT dp_count(*) FROM stay WHERE region IS NOT DISTINCT FROM $1');
with_values('NULL in coalesce', 'int', 'NULL', 'SELECT region, dp_count(*) FROM stay WHERE nights = coalesce($1, 7) GROUP BY region');
with_values('NULL as a key', 'text', 'NULL', 'SELECT $1 AS label, dp_count(*) FROM stay GROUP BY label');
with_values('NULL in a key', 'int', 'NULL', 'SELECT nights + $1, dp_count(*) FROM stay GROUP BY 1');
with_values('NULL in ANY', 'text[]', 'NULL', 'SELECT dp_count(*) FROM stay WHERE region = ANY ($1)');
with_values('NULL in a condition that asks for it', 'int', 'NULL', 'SELECT region, dp_count(*) FROM stay WHERE $1 IS NULL OR nights > $1 GROUP BY region');
with_values('NULL as an argument', 'int', 'NULL', 'SELECT dp_count($1 + nights), dp_count(*) FROM stay');

# Arrays.
with_values('ANY of texts', 'text[]', "'{R1,R2,R99}'", 'SELECT region, dp_count(*) FROM stay WHERE region = ANY ($1) GROUP BY region');
with_values('ANY of numbers', 'int[]', "'{1,5,NULL,9}'", 'SELECT nights, dp_count(*) FROM stay WHERE nights = ANY ($1) GROUP BY nights');
with_values('NOT ANY', 'text[]', "'{R1,R2}'", 'SELECT region, dp_count(*) FROM stay WHERE NOT region = ANY ($1) GROUP BY region');
with_values('ALL of an array', 'int[]', "'{3,7}'", 'SELECT region, dp_count(*) FROM stay WHERE nights > ALL ($1) GROUP BY region');
with_values('ANY of nothing', 'text[]', "'{}'", 'SELECT dp_count(*) FROM stay WHERE region = ANY ($1)');
with_values('ANY of many', 'bigint[]', sprintf("'{%s}'", join ',', 1 .. 3000), 'SELECT dp_count(*) FROM stay WHERE stay_id = ANY ($1)');
with_values('ANY of an enum', 'ref.mood[]', "'{ill,fine}'", 'SELECT mood, dp_count(*) FROM stay WHERE mood = ANY ($1) GROUP BY mood');
with_values('ANY of uuids', 'uuid[]', "ARRAY['00000000-0000-0000-0000-000000000003']::uuid[]", 'SELECT u, dp_count(*) FROM stay WHERE u = ANY ($1) GROUP BY u');
with_values('ANY of dates', 'date[]', "'{2024-02-01,2024-02-29}'", 'SELECT entry, dp_count(*) FROM stay WHERE entry = ANY ($1) GROUP BY entry');

# Every type, at its edges: the column beside a value of its type, compared, and the value as a key.
foreach my $of (
    ['bool', 'b', 'true', 'false'], ['int2', 's2', -32768, 0, 32767], ['int4', 'nights', -5, 0, 2147483647],
    ['int8', 'big', '-9223372036854775808', 0, '9223372036854775807'], ['numeric', 'n', qw(1.00 0.0 -0.5 NaN Infinity -Infinity 1e-400 1e1000)],
    ['numeric(12,3)', 'cost', '17.25'], ['float8', 'f', qw(-0 0 NaN Infinity -Infinity 1.5 5e-324 1.7976931348623157e308)],
    ['float4', 'f4', qw(-0 NaN Infinity 1.5 1e-45)], ['text', 'hospital', 'H1', '', "\xc3\xa9 '\\ \"x\"", 'x' x 9000], ['varchar(9)', 'hospital', 'H2', ''],
    ['char(6)', 'bp', 'a', 'a  ', ''], ['name', 'hospital', 'H3'], ['"char"', 'tiny', 'b', ''], ['bytea', 'by', '\\x', '\\x00ff', '\\xcfcd208495d565ef66e7dff9f98764da'],
    ['uuid', 'u', '00000000-0000-0000-0000-000000000003', 'ffffffff-ffff-ffff-ffff-ffffffffffff'], ['date', 'entry', '2024-02-29', 'infinity', '-infinity', '0044-03-15 BC'],
    ['time', 'clock', '03:00', '24:00'], ['timestamp', 'at', '2024-02-29 24:00', 'infinity'], ['timestamptz', 'atz', '2024-01-05 00:00+00', '-infinity', '2024-03-31 02:30+01'],
    ['interval', 'took', '1 mon', '30 days', '-1 day', '178956970 years 7 mons'], ['inet', 'addr', '10.0.0.1', '10.0.0.0/8', '::1'],
    ['varbit', 'bits', '10', '', '0000000001'], ['ref.mood', 'mood', 'ill', 'fine'], ['ref.code', 'region', 'R1', 'R99']) {
    my ($type, $column, @values) = @$of;
    my $incomparable = $type =~ /^(inet|varbit)$/;
    foreach my $value (@values) {
        my $shown = length $value > 40 ? substr($value, 0, 4) . '...' : $value;
        (my $literal = $value) =~ s/'/''/g;
        with_values("$type $shown as a key", $type, "'$literal'", 'SELECT $1 AS k, dp_count(*) FROM stay GROUP BY k');
        next if $incomparable;
        my $order = $type =~ /^(bool|name|ref.mood|"char")$/ ? '' : ", dp_count(*) FILTER (WHERE $column < \$1), dp_count(*) FILTER (WHERE $column >= \$1)";
        my $compared = $type eq '"char"' ? '' : ", dp_count(*) FILTER (WHERE $column <> \$1)";
        with_values("$type $shown", $type, "'$literal'", "SELECT dp_count(*) FILTER (WHERE $column = \$1)$compared$order, dp_count(*) FROM stay");
    }
    next if $incomparable;
    with_values("NULL of $type", $type, 'NULL', "SELECT dp_count(*) FILTER (WHERE $column = \$1), dp_count(*) FILTER (WHERE $column IS NOT DISTINCT FROM \$1), dp_count(*) FROM stay");
}

# Ranges are values, too, where they are taken apart into something that a release compares.
foreach my $of (['int4range', '[3,9)'], ['int4range', 'empty'], ['int4range', '(,7]'], ['ref.span', '[3,9)'], ['int8range', '[2,5]']) {
    my ($type, $range) = @$of;
    with_values("$type $range", $type, "'$range'", 'SELECT dp_count(*) FROM stay WHERE nights >= lower($1) AND nights < upper($1)');
}
with_values('daterange', 'daterange', "'[2024-02-01,2024-03-01)'", 'SELECT region, dp_count(*) FROM stay WHERE entry >= lower($1) AND entry < upper($1) GROUP BY region');
with_values('json taken apart', 'jsonb', q('{"region": "R4", "nights": 6}'),
    q{SELECT hospital, dp_count(*) FROM stay WHERE region = ($1 ->> 'region') OR nights > ($1 ->> 'nights')::int GROUP BY hospital});
with_values('a composite taken apart', 'own.choice', q{ROW('R2', 4, NULL, NULL)}, 'SELECT dp_count(*) FROM stay WHERE region = ($1).code AND nights > ($1).least_nights');

# Sub-selects that look at no row of the release: over public tables, over the analyst's own, over none.
foreach my $of (
    ['a public maximum', 'nights > (SELECT max(weight) FROM region)'], ['a public code', "region = (SELECT code FROM region WHERE zone = 'Z1' ORDER BY code LIMIT 1)"],
    ['a public code of none', "region = (SELECT code FROM region WHERE zone = 'none')"], ['an array of codes', "region = ANY (ARRAY(SELECT code FROM region WHERE zone = 'Z2'))"],
    ['an array of none', "region = ANY (ARRAY(SELECT code FROM region WHERE zone = 'none'))"], ['EXISTS', "EXISTS (SELECT FROM atc WHERE level = 1)"],
    ['NOT EXISTS', 'NOT EXISTS (SELECT FROM atc WHERE level = 7) AND nights > 3'], ['own codes', 'region = ANY (ARRAY(SELECT code FROM own.choice))'],
    ['an own maximum', 'nights > (SELECT max(least_nights) FROM own.choice)'], ['own nothing', 'region = (SELECT code FROM own.nothing) OR nights = 3'],
    ['own time', 'atz >= (SELECT min(at) FROM own.choice)'], ['own EXISTS', 'NOT EXISTS (SELECT FROM own.nothing) AND b'],
    ['an own join', "nights > (SELECT max(c.least_nights) FROM own.choice c JOIN region r ON r.code = c.code WHERE r.weight < 3)"],
    ['an own WITH', "nights > (WITH w AS (SELECT least_nights AS n FROM own.choice) SELECT min(n) FROM w)"],
    ['a set operation', "region = ANY (ARRAY(SELECT code FROM own.choice UNION SELECT 'R9' EXCEPT SELECT 'R1'))"],
    ['a sub-select in a sub-select', 'nights > (SELECT max(weight) FROM region WHERE code = (SELECT min(code) FROM own.choice))'],
    ['a sub-select computed with', 'nights > 1 + (SELECT max(weight) FROM region) / 2'], ['a window', 'nights > (SELECT sum(weight) OVER () / 20 FROM region LIMIT 1)'],
    ['generated', 'nights = ANY (ARRAY(SELECT g * 2 FROM generate_series(1, 5) g))'],
    ['own functions', 'region = ANY (own.chosen())'], ['an own function of plpgsql', 'nights > own.threshold(2)'], ['an own function of itself', 'nights > own.threshold(own.threshold(0))'],
    ['an own function in an expression', 'nights > own.threshold(1) + 1 AND nights < 20'], ['an own immutable function', "'label ' || 3 = own.label_of(3)"],
    ['CURRENT_DATE', 'entry < CURRENT_DATE'], ['now()', "atz < now() - interval '1 hour'"], ['CURRENT_TIMESTAMP', 'atz <= CURRENT_TIMESTAMP'],
    ['LOCALTIMESTAMP', 'at < LOCALTIMESTAMP'], ['a date of today', "entry > CURRENT_DATE - 100000"],
    ['a setting', "nights > current_setting('max_identifier_length')::int % 10"], ['a setting that may be missing', "nights > coalesce(current_setting('own.nights', true), '4')::int"],
    ['pg_typeof', "region = 'R' || length(pg_typeof(1)::text)"], ['to_char of now', "to_char(now(), 'YYYY') > left(hospital, 1)"],
    ['division in a value', 'nights > 100 / (SELECT max(weight) FROM region)'], ['a regular expression on a value', "region = substring('code R7' FROM 'R[0-9]')"],
    ['a cast of a value', "nights > '3'::text::int"], ['a string_to_array', "region = ANY (string_to_array('R1,R2', ','))"]) {
    my ($name, $condition) = @$of;
    same("$name in WHERE", "SELECT region, dp_count(*) FROM stay WHERE $condition GROUP BY region", empty => 1, $name =~ /none$/ ? (any_plan => 'the room knows that no row passes') : ());
    same("$name in FILTER", "SELECT dp_count(*) FILTER (WHERE $condition), dp_count(*) FROM stay");
}
same('a sub-select as a bound', 'SELECT region, dp_sum(nights, 0, (SELECT max(weight) FROM region)) FROM stay GROUP BY region');
same('own functions as bounds', 'SELECT region, dp_sum(nights, own.threshold(0), own.threshold(20)) FROM stay GROUP BY region');
same('a sub-select in a key', "SELECT nights > (SELECT max(weight) FROM region), dp_count(*) FROM stay GROUP BY 1");
same('a sub-select as a key', "SELECT (SELECT min(code) FROM own.choice) AS label, dp_count(*) FROM stay GROUP BY label");
same('a sub-select in ON', 'SELECT p.sex, dp_count(s.stay_id) FROM patient p LEFT JOIN stay s ON s.patient_id = p.patient_id AND s.nights > (SELECT max(weight) FROM region) GROUP BY p.sex');
same('an own table in FROM of VALUES', 'SELECT v.l, dp_count(*) FROM stay s JOIN (VALUES ((SELECT min(code) FROM own.choice), 1), (\'R2\', 2)) v(c, l) ON v.c = s.region GROUP BY v.l');
same('a sub-select in a subquery', 'SELECT n, dp_count(*) FROM (SELECT patient_id, count(*) AS n FROM stay WHERE nights > (SELECT max(weight) FROM region) GROUP BY 1) s GROUP BY n', any_plan => 'rows of a patient come together first');
same('a sub-select in WITH', 'WITH f AS MATERIALIZED (SELECT patient_id, region FROM stay WHERE nights > (SELECT max(weight) FROM region)) SELECT region, dp_count(*) FROM f GROUP BY region');
with_values('parameter in an own function', 'int', '2', 'SELECT region, dp_count(*) FROM stay WHERE nights > own.threshold($1) GROUP BY region');
with_values('parameter in an own sub-select', 'int', '4', 'SELECT region, dp_count(*) FROM stay WHERE region = ANY (ARRAY(SELECT code FROM own.choice WHERE least_nights > $1)) GROUP BY region');
with_values('parameter, sub-select and clock', 'int, text', "2, 'R5'",
    'SELECT region, dp_count(*) FROM stay WHERE nights > $1 + (SELECT min(least_nights) FROM own.choice) AND entry < CURRENT_DATE AND region <> $2 GROUP BY region');

# A value of one release of the statement is none of another's.
same('values of several releases', 'SELECT (SELECT dp_count(*) FROM stay WHERE nights > (SELECT max(weight) FROM region)),
       (SELECT dp_count(*) FROM patient WHERE region = ANY (own.chosen())), (SELECT dp_count(*) FROM stay WHERE nights > own.threshold(1))');
same('settings that give a value its meaning', "SELECT at::date, dp_count(*) FROM stay WHERE at < '03/02/2024'::text::timestamp GROUP BY 1", set => "SET datestyle = 'ISO, DMY';", empty => 1);

# What a prepared statement is executed with the second time is what it is answered with.
foreach my $mode ('force_generic_plan', 'force_custom_plan') {
    my $prepared = "PREPARE q(int, text) AS SELECT dp_count(*) FROM stay WHERE nights > \$1 AND region = \$2;";
    my @calls = ('3, \'R1\'', '9, \'R1\'', 'NULL, \'R1\'', '9, \'R2\'');
    my $answers = ask("SET plan_cache_mode = $mode; $prepared " . join ' ', map { "EXECUTE q($_);" } @calls);
    my $expected = plain("$prepared " . join ' ', map { "EXECUTE q($_);" } @calls);
    is($answers, $expected, "other values for the same statement: $mode");
}
my $changed = ask(<<'SQL');
PREPARE q AS SELECT dp_count(*) FROM stay WHERE region = ANY (own.chosen());
EXECUTE q;
INSERT INTO own.choice VALUES ('R3');
EXECUTE q;
BEGIN;
INSERT INTO own.choice VALUES ('R4');
EXECUTE q;
ROLLBACK;
DELETE FROM own.choice WHERE code = 'R3';
EXECUTE q;
SQL
my $counts = plain("SELECT string_agg(n::text, E'\\n') FROM (SELECT count(*) FILTER (WHERE region IN ('R1', 'R2', 'R7')) AS n FROM stay
    UNION ALL SELECT count(*) FILTER (WHERE region IN ('R1', 'R2', 'R7', 'R3')) FROM stay
    UNION ALL SELECT count(*) FILTER (WHERE region IN ('R1', 'R2', 'R7', 'R3', 'R4')) FROM stay
    UNION ALL SELECT count(*) FILTER (WHERE region IN ('R1', 'R2', 'R7')) FROM stay) r");
is($changed, $counts, 'a value is computed anew each time, and sees what its own transaction has written');

compare();
done_testing();
