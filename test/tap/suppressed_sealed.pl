# What suppressed releases put on record lies sealed under a key of the key keeper: whoever has the disks, a dump or the table
# has no hidden count; where the key is not to be had, exact tables stop before they cost anything, and say why.
use strict;
use warnings;
use KeysTest;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $domain = 'health_dp.suppressed_release';

sub super { my ($node, $sql) = @_; return $node->safe_psql('postgres', $sql); }

# Wards of 4 patients and more, in two projects that may ask for exact tables and a third that may ask for both kinds.
sub prepare {
    my ($node) = @_;
    super($node, <<'SQL');
CREATE ROLE alice LOGIN;
CREATE SCHEMA care;
GRANT USAGE ON SCHEMA care TO PUBLIC;
CREATE TABLE care.stay (patient_id integer NOT NULL, ward text NOT NULL, sex text NOT NULL);
INSERT INTO care.stay SELECT n, CASE WHEN n <= 4 THEN 'rareward' ELSE 'plenty' || n % 3 END, CASE WHEN n % 2 = 0 THEN 'f' ELSE 'm' END
    FROM generate_series(1, 400) n;
SELECT health_dp.protect('care.stay', 'patient_id');
SELECT health_dp.create_project(p, title => 'Exact', legal_basis => 'CNIL 2023-146', valid => '[2020-01-01,2100-01-01)',
    epsilon => 100, delta => 0.1, releases => '{dp,suppressed}'), health_dp.grant_table(p, 'care.stay'), health_dp.add_member(p, 'alice')
  FROM unnest('{one,two,nobody,few}'::name[]) p;
SQL
    return;
}

my $wards = 'SELECT ward, health_dp.sc_count(*) FROM care.stay GROUP BY ward';
my $sexes = 'SELECT ward, sex, health_dp.sc_count(*) FROM care.stay GROUP BY CUBE (ward, sex)';

sub ask { my ($node, $project, $sql, $database) = @_; return as($node, "SET health_dp.project = '$project'; $sql", 'alice', $database); }
sub code { my ($node, @question) = @_; my (undef, undef, $err) = ask($node, @question); return $err =~ /ERROR:\s+(\w{5})/ ? $1 : ''; }
sub charges { return super($_[0], 'SELECT count(*) FROM health_dp.ledger_charge'); }

# Refused with this code and in words that match, at no cost; other releases go on.
sub stops {
    my ($node, $code, $words, $what) = @_;
    my $before = charges($node);
    my (undef, $out, $err) = ask($node, 'one', $wards);
    like($err, qr/ERROR:  $code: .*$words/s, "$what: exact tables stop and say why");
    like($err, qr/DETAIL:  Hidden numbers of suppressed releases are kept sealed/, "$what: and what for");
    is($out, '', "$what: nothing is shown");
    is(charges($node), $before, "$what: nothing is charged");
    is(code($node, 'one', 'SET health_dp.epsilon = 1; SELECT health_dp.dp_count(*) FROM care.stay'), '', "$what: other releases go on");
    return;
}

# -- without keys

my $plain = PostgreSQL::Test::Cluster->new('plain');
$plain->init;
$plain->append_conf('postgresql.conf', "shared_preload_libraries = 'health_dp'\n");
$plain->start;
super($plain, 'CREATE EXTENSION health_dp');
prepare($plain);
stops($plain, 'ZD504', 'HINT:.*health_dp\.key_provider', 'no provider');
$plain->stop;

my $root = new_root();
write_roots("$directory/sealed.root", $root);
my $node = new_server('sealed', "file:$directory/sealed.root");
prepare($node);
stops($node, 'ZD507', 'suppressed releases have no key yet.*HINT:.*seal_suppressed_releases', 'no key');
is((as_code($node, 'SELECT health_dp.seal_suppressed_releases()'))[0], 'ZD506', 'without a store there is no key');
is((as_code($node, 'SELECT health_dp.create_key_store()'))[0], '', 'a store comes with the key');
is(value($node, "SELECT version, state FROM health_dp.key_versions WHERE domain = '$domain'"), '1|current', 'of a domain of its own');

# -- what is on record

sub records { return super($node, "SELECT $_[0] FROM health_dp.suppressed_release" . ($_[1] // '')); }

is((ask($node, 'one', $wards))[1], "plenty0|132\nplenty1|132\nplenty2|132", 'answered');
is(code($node, 'two', $wards), '', 'the same in another project');
is(records('string_agg(key_version::text, $$,$$)'), '1,1', 'sealed under the current version');
is(records('count(*)', q{ WHERE position('rareward'::bytea IN cells) > 0 OR position('plenty'::bytea IN cells) > 0}), 0, 'no code stands in a record');
is(records('count(DISTINCT cells), count(DISTINCT octet_length(cells))'), '2|1', 'the same question looks different in another project');
my $dump = "$directory/dump.sql";
$node->command_ok([ 'pg_dump', '--data-only', '--table=health_dp.suppressed_release', '--extension=health_dp', '-f', $dump, $node->connstr('postgres') ], 'a dump');
unlike(slurp_file($dump), qr/\Q@{[ unpack 'H*', 'rareward' ]}\E/, 'nor in a dump');
is(code($node, 'one', $wards), '', 'and what is on record is read again');
is(records('count(*)'), 2, 'nothing new');

# Whoever sees how much the table grows does not see whether a few patients are there, with however many codes.
my @leaves;
for my $population ([ 'nobody', 'ward = $$nowhere$$' ], [ 'few', 'ward = $$rareward$$' ]) {
    my ($project, $condition) = @$population;
    my $of = ' WHERE project_id = (SELECT id FROM health_dp.project WHERE name = $$' . $project . '$$)';
    is(code($node, $project, "SELECT ward, sex, ward || ward || ward AS long, health_dp.sc_count(*), health_dp.sc_count(DISTINCT patient_id) FROM care.stay WHERE $condition"
          . ' GROUP BY CUBE (ward, sex, ward || ward || ward)'), '', "asked of $project");
    push @leaves, records('octet_length(cells)', $of);
}
cmp_ok($leaves[0], '>', 16, 'a record of nobody');
is($leaves[1], $leaves[0], 'and one of as many bytes of a few patients');
super($node, "ALTER TABLE health_dp.suppressed_release DISABLE TRIGGER USER; DELETE FROM health_dp.suppressed_release WHERE release_id > 2;"
      . ' ALTER TABLE health_dp.suppressed_release ENABLE ALWAYS TRIGGER kept, ENABLE ALWAYS TRIGGER kept_all, ENABLE ALWAYS TRIGGER kept_as_it_is');

# -- a record stays what and where it was made

sub as_owner {
    my ($sql) = @_;
    super($node, "BEGIN; ALTER TABLE health_dp.suppressed_release DISABLE TRIGGER USER; $sql;"
          . ' ALTER TABLE health_dp.suppressed_release ENABLE ALWAYS TRIGGER kept, ENABLE ALWAYS TRIGGER kept_all, ENABLE ALWAYS TRIGGER kept_as_it_is; COMMIT');
    return;
}

my $before = charges($node);
super($node, 'CREATE TABLE saved AS TABLE health_dp.suppressed_release');
my $restore = 'UPDATE health_dp.suppressed_release r SET cells = s.cells, key_version = s.key_version FROM saved s WHERE r.release_id = s.release_id';
for my $forgery (
    [ 'a changed byte', 'cells = set_byte(cells, 40, get_byte(cells, 40) # 1)' ],
    [ 'a changed tag', 'cells = set_byte(cells, 0, get_byte(cells, 0) # 1)' ],
    [ 'a shorter record', 'cells = substr(cells, 1, octet_length(cells) - 1)' ],
    [ 'an empty record', q{cells = ''} ],
    [ "another project's record", q{cells = (SELECT s.cells FROM saved s WHERE s.project_id <> r.project_id)} ])
{
    my ($what, $change) = @$forgery;
    as_owner("UPDATE health_dp.suppressed_release r SET $change");
    is(code($node, 'one', $wards), 'XX001', "$what is noticed");
    as_owner($restore);
}
is(charges($node), $before, 'nothing of that was charged');
for my $change ("cells = '\\x00'", 'key_version = NULL', "key_version = 2, population = md5('')", 'key_version = 1') {
    is((as_code($node, "UPDATE health_dp.suppressed_release SET $change", scalar getpwuid($<)))[0], 'ZD403', "not even the owner: $change");
}
is((as_code($node, 'DELETE FROM health_dp.suppressed_release', scalar getpwuid($<)))[0], 'ZD403', 'nor takes anything away');
for my $call ('health_dp.seal_suppressed_releases()', "health_dp.reseal_cells(1, 1, 'a', 'a', 0)") {
    is((as_code($node, "SELECT $call", 'alice'))[0], '42501', "no member's: $call");
}

# -- the key changes

is(value($node, "SELECT health_dp.rotate_key('$domain')"), 2, 'another version');
is(code($node, 'one', $wards), '', 'what was sealed before is read');
is(code($node, 'one', $sexes), '', 'and followed');
is(records(q{string_agg(key_version::text, ',' ORDER BY release_id)}), '1,1,2', 'what is new is sealed under the new version');
is(value($node, 'SELECT health_dp.seal_suppressed_releases()'), 2, 'the others follow');
is(value($node, 'SELECT health_dp.seal_suppressed_releases()'), 0, 'once');
is(records('count(*)', ' WHERE key_version = 2'), 3, 'all of them');
write_roots("$directory/sealed.root", $root, my $next = new_root());
is((as_code($node, "SELECT health_dp.destroy_key('$domain', 1)"))[0], '', 'the old version is destroyed');
write_roots("$directory/sealed.root", $next);
$node->restart;
is(code($node, 'one', $sexes), '', 'and not needed');
is(code($node, 'two', $wards), '', 'by nobody');
is(code($node, 'two', 'SELECT health_dp.sc_count(*) FROM care.stay WHERE sex = $$f$$'), 'ZD722', 'who is judged by the record as ever');

# -- the keeper is sealed, the database a copy, the key destroyed

$node->append_conf('postgresql.conf', "health_dp.key_provider = 'custodians'");
$node->restart;
wait_for_state($node, 'sealed');
stops($node, 'ZD501', 'the keys are sealed', 'sealed');
$node->append_conf('postgresql.conf', "health_dp.key_provider = 'file:$directory/sealed.root'");
$node->restart;
is(code($node, 'one', $wards), '', 'unsealed');

super($node, 'CREATE DATABASE copy TEMPLATE postgres');
is(code($node, 'one', $wards, 'copy'), 'ZD516', 'a copy has no keys');
is((as($node, 'SELECT health_dp.adopt_keys()', 'carol', 'copy'))[1], 1, 'before a custodian says so');
is(code($node, 'one', $wards, 'copy'), '', 'and then reads the register');

write_roots("$directory/sealed.root", $next, my $after = new_root());
is((as_code($node, "SELECT health_dp.destroy_key('$domain')"))[0], '', 'all versions are destroyed');
stops($node, 'ZD508', 'the keys of domain "health_dp\.suppressed_release" were destroyed', 'destroyed');
$node->stop;
done_testing();
