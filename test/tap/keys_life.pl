# A key's life: made, rotated, destroyed; through crashes and restarts, with backups of everything but the root key.
use strict;
use warnings;
use File::Copy ();
use KeysTest;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $root = new_root();
my $node = with_store('life', $root);
my $path = "$directory/life.root";
my $store = "$directory/life/health_dp.keys";

sub versions {
    return value($node, "SELECT string_agg(domain || version || state, ' ' ORDER BY domain, version)"
          . ' FROM health_dp.key_versions');
}

sub verified {
    my ($domain, $version) = @_;
    my ($code, $out) = as($node, "SELECT health_dp.verify_key('$domain', $version)");
    return $out if $code == 0;
    return (as_code($node, "SELECT health_dp.verify_key('$domain', $version)"))[0];
}

# -- made and rotated

is(value($node, "SELECT health_dp.create_key('Étude 2')"), 1, 'any name');
is(value($node, "SELECT health_dp.rotate_key('emc2')"), 2, 'the next version');
is(versions(), 'emc21readable emc22current health_dp.suppressed_release1current Étude 21current', 'both are there');
is(verified('emc2', $_), 't', "version $_ comes out of the keeper") for 1, 2;
is(value($node, 'SELECT count(DISTINCT check_value) FROM health_dp.key_versions'), 4, 'four different keys');
is((as_code($node, "SELECT health_dp.$_->[0]"))[0], $_->[1], $_->[0])
  for [ "create_key('emc2')", 'ZD511' ], [ "create_key(NULL)", 'ZD511' ], [ "create_key('')", 'ZD511' ],
  [ "create_key(' a')", 'ZD511' ], [ "create_key(repeat('a', 64))", 'ZD511' ], [ "create_key(E'a\\tb')", 'ZD511' ],
  [ "rotate_key('nobody')", 'ZD507' ], [ "rotate_key(NULL)", 'ZD507' ], [ "verify_key('nobody', 1)", 'ZD507' ],
  [ "verify_key('emc2', 3)", 'ZD507' ], [ "verify_key('emc2', 0)", 'ZD507' ], [ "destroy_key('emc2', 2)", 'ZD511' ],
  [ "destroy_key('emc2', 7)", 'ZD507' ], [ 'create_key_store()', 'ZD506' ],
  [ "enter_share('HDPX1-AAAA')", 'ZD509' ];
is(versions(), 'emc21readable emc22current health_dp.suppressed_release1current Étude 21current', 'none of which changed anything');

# Another database has domains of its own.
$node->safe_psql('postgres', 'CREATE DATABASE other');
$node->safe_psql('other', 'CREATE EXTENSION health_dp');
is(value($node, "SELECT health_dp.create_key('emc2')", 'carol', 'other'), 1, 'a domain of this name in another database');
isnt(value($node, 'SELECT check_value FROM health_dp.key_versions', 'carol', 'other'),
    value($node, "SELECT check_value FROM health_dp.key_versions WHERE domain = 'emc2' AND version = 1"),
    'with another key');

# -- who may

for my $call ("create_key('x')", "rotate_key('emc2')", "destroy_key('emc2')", 'renew_root()', 'create_key_store()',
    "verify_key('emc2', 1)", 'unsealing_key()', "enter_share('x')", 'make_store()', 'move_root()', "give_share('x')",
    "store_key(gen_random_uuid(), 'x', 1)", "stored_key(gen_random_uuid(), 'x', 1)",
    "erase_keys(gen_random_uuid(), 'x', '{1}')", "check_of_key('emc2', 1)", 'keeper_status()')
{
    is((as_code($node, "SELECT health_dp.$call", 'mallory'))[0], '42501', "$call is not for everybody");
}
for my $relation (qw(key_domain key_version key_certificate key_status key_versions)) {
    is((as_code($node, "TABLE health_dp.$relation", 'mallory'))[0], '42501', "nor is $relation");
}
is((as_code($node, "SELECT health_dp.store_key(gen_random_uuid(), 'x', 1)"))[0], '42501', 'custodians use their functions');
is((as_code($node, 'UPDATE health_dp.key_version SET state = $$readable$$'))[0], '42501', 'and write no table');
$node->safe_psql('postgres', 'CREATE ROLE steward LOGIN IN ROLE health_dp_steward; CREATE ROLE auditor LOGIN IN ROLE'
      . ' health_dp_auditor');
for my $user (qw(steward auditor)) {
    is(value($node, 'SELECT state FROM health_dp.key_status', $user), 'open', "the $user sees the state");
    is((as_code($node, "SELECT health_dp.create_key('x')", $user))[0], '42501', "the $user makes no keys");
}
$node->safe_psql('postgres', 'GRANT CREATE ON SCHEMA public TO carol');
is((as_code($node, "CREATE FUNCTION public.lend() RETURNS integer LANGUAGE sql SECURITY DEFINER"
          . " AS 'SELECT health_dp.rotate_key(''emc2'')'"))[0], '', 'a custodian lends her right');
is((as_code($node, 'SELECT public.lend()', 'mallory'))[0], '42501', 'in vain');

# -- crashes and restarts

for my $how (qw(restart immediate crash)) {
    if ($how eq 'crash') {
        my $keeper = keeper_pid($node);
        kill 'KILL', $keeper;
        wait_until(sub { (keeper_pid($node) // $keeper) != $keeper }, 'another keeper');
    } elsif ($how eq 'immediate') {
        $node->stop('immediate');
        $node->start;
    } else {
        $node->restart;
    }
    wait_for_state($node, 'open');
    is(verified('emc2', $_), 't', "$how: version $_ is back by itself") for 1, 2;
}

# A keeper that is asked to end comes back; one that does not answer is not waited for.
my $keeper = keeper_pid($node);
kill 'TERM', $keeper;
wait_until(sub { (keeper_pid($node) // $keeper) != $keeper }, 'another keeper');
wait_for_state($node, 'open');
kill 'STOP', keeper_pid($node);
my ($code, $error) = as_code($node, "SET health_dp.key_timeout = '1s'; SELECT health_dp.verify_key('emc2', 1)",
    scalar getpwuid($<));
is($code, 'ZD503', 'a keeper that does not answer');
like($error, qr/HINT:/, 'and what to do');
kill 'CONT', keeper_pid($node);
is(verified('emc2', 1), 't', 'and goes on, its old question forgotten');

# Between the store and the catalogue: the store is written, the transaction is not.
my $before = store_bytes('life');
is((as_code($node, "BEGIN; SELECT health_dp.rotate_key('emc2'); SELECT 1 / 0"))[0], '22012', 'a rotation rolled back');
isnt(store_bytes('life'), $before, 'the store has the new key');
is(versions(), 'emc21readable emc22current health_dp.suppressed_release1current Étude 21current', 'the catalogue has not');
my $keys = status($node, 'keys');
$node->stop('immediate');
$node->start;
wait_for_state($node, 'open');
is(value($node, "SELECT health_dp.rotate_key('emc2')"), 3, 'the rotation once more');
is(status($node, 'keys'), $keys, 'takes the key that nobody has used');
is(verified('emc2', 3), 't', 'which works');

# A file left over from a crash while it was written.
PostgreSQL::Test::Utils::append_to_file("$store.new", 'half of a store');
$node->restart;
wait_for_state($node, 'open');
is(value($node, "SELECT health_dp.rotate_key('Étude 2')"), 2, 'a half-written file is in nobody\'s way');
ok(!-e "$store.new", 'and goes');
is(sprintf('%04o', (stat $store)[2] & 07777), '0600', 'the store is nobody else\'s to read');

# -- destruction

my $backup = "$directory/backup";
$node->backup('everything');
File::Copy::copy($store, $backup) or die "copy: $!";
($code, $error) = as_code($node, "SELECT health_dp.destroy_key('emc2', 1)");
is($code, 'ZD510', 'no destruction without a new root key');
like($error, qr/HINT:.*two lines/s, 'and what to do');
is(verified('emc2', 1), 't', 'nothing is destroyed');
my $new_root = new_root();
my $old_check = status($node, 'root');
write_roots($path, $root, $new_root);
is((as_code($node, "BEGIN; SELECT health_dp.destroy_key('emc2', 1); ROLLBACK"))[0], '', 'destroyed and rolled back');
is((as_code($node, 'SELECT health_dp.check_of_key($$emc2$$, 1)', scalar getpwuid($<)))[0], 'ZD508', 'is destroyed all the same');
is(versions(), 'emc21readable emc22readable emc23current health_dp.suppressed_release1current Étude 21readable Étude 22current', 'though not on record');
is(value($node, "SELECT (health_dp.destroy_key('emc2', 1)).versions"), '{1}', 'until it is destroyed again');
is(value($node, 'SELECT old_root IS NULL AND epoch = 2 AND cardinality(destroyed_at) = 1 FROM health_dp.key_certificate'),
    't', 'which certifies what the store says');
like(versions(), qr/^emc21destroyed emc22readable/, 'and is on record');
is((as_code($node, "SELECT health_dp.destroy_key('emc2', 1)"))[0], 'ZD507', 'once');
is((as_code($node, "SELECT health_dp.destroy_key('emc2', 2)"))[0], 'ZD510', 'the old root key is no new one');
my $third_root = new_root();
write_roots($path, $new_root, $third_root);
my $certificate = value($node, 'SELECT c.versions, c.check_values = (SELECT array_agg(v.check_value ORDER BY v.version)'
      . " FROM health_dp.key_versions v WHERE v.domain = 'emc2' AND v.version > 1), c.epoch, c.old_root <> c.new_root,"
      . " c.session_role, c.user_role FROM health_dp.destroy_key('emc2') c");
is($certificate, '{2,3}|t|3|t|carol|carol', 'all that is left of a domain, with its certificate');
is(value($node, 'SELECT new_root FROM health_dp.key_certificate ORDER BY certificate_id DESC LIMIT 1'), status($node, 'root'),
    'under the root key that the certificate names');
is(verified('emc2', $_), 'ZD508', "version $_ is gone") for 1 .. 3;
is(verified('Étude 2', 2), 't', 'other domains keep their keys');
is(value($node, "SELECT health_dp.verify_key('emc2', 1)", 'carol', 'other'), 't', 'in other databases as well');
is((as_code($node, "SELECT health_dp.$_('emc2')"))[0], $_ eq 'rotate_key' ? 'ZD508' : 'ZD511', "$_ does not revive it")
  for qw(create_key rotate_key);
write_roots($path, $third_root);
$node->restart;
wait_for_state($node, 'open');
is(verified('emc2', $_), 'ZD508', "version $_ is gone after a restart") for 1 .. 3;
is(verified('Étude 2', 2), 't', 'and the others are there');

# The old data directory, and with it the old key store, once the old root key is gone.
my $old = PostgreSQL::Test::Cluster->new('old');
$old->init_from_backup($node, 'everything');
mkdir "$directory/old", 0700;
File::Copy::copy($backup, "$directory/old/health_dp.keys") or die "copy: $!";
chmod 0600, "$directory/old/health_dp.keys";
$old->append_conf('postgresql.conf', "health_dp.key_store = '$directory/old'");
$old->start;
for my $roots ([$third_root], [$new_root], [ $new_root, $third_root ]) {
    write_roots($path, @$roots);
    $old->restart;
    wait_for_state($old, 'unavailable');
    ($code, $error) = as_code($old, "SELECT health_dp.verify_key('emc2', 1)");
    is($code, 'ZD506', 'an old key store does not open under a later root key');
    like($error, qr/another root key/, 'and says so');
}
# The test would notice: with the old root key, it does.
write_roots($path, $root);
$old->restart;
wait_for_state($old, 'open');
is(value($old, "SELECT health_dp.verify_key('emc2', 1)"), 't', 'which is why the old root key has to go');
# The old data directory with the store of today.
write_roots($path, $third_root);
$node->stop;
$old->append_conf('postgresql.conf', "health_dp.key_store = '$directory/life'");
$old->restart;
wait_for_state($old, 'open');
is((as_code($old, "SELECT health_dp.verify_key('emc2', 1)"))[0], 'ZD508', 'an old catalogue revives nothing');
is(value($old, "SELECT health_dp.rotate_key('emc2')"), 4, 'and gives no version out twice');
$old->stop;
$node->start;
wait_for_state($node, 'open');

# -- the root key alone

write_roots($path, $third_root, $root);
is(value($node, 'SELECT epoch FROM health_dp.renew_root()'), 4, 'a new root key');
is(verified('Étude 2', 2), 't', 'domains keep their keys');
write_roots($path, $root);
$node->restart;
wait_for_state($node, 'open');
is(verified('Étude 2', 2), 't', 'without the old one');
my $fifth_root = new_root();
write_roots($path, $fifth_root);
is(value($node, 'SELECT epoch FROM health_dp.renew_root()'), 5, 'a provider that gives only the new one will do');
$node->restart;
wait_for_state($node, 'open');
is(verified('Étude 2', 2), 't', 'after a restart as well');

# -- a dump carries the catalogue, a store goes with it

my $dump = "$directory/dump";
$node->command_ok([ 'pg_dump', '-Fc', '-f', $dump, $node->connstr('postgres') ], 'pg_dump');
$node->safe_psql('postgres', 'CREATE DATABASE restored');
$node->command_ok([ 'pg_restore', '-e', '-d', $node->connstr('restored'), $dump ], 'pg_restore');
is((as_code($node, "SELECT health_dp.verify_key('Étude 2', 2)", 'carol', 'restored'))[0], 'ZD516', 'a restored database waits');
is(value($node, 'SELECT health_dp.adopt_keys()', 'carol', 'restored'), 3, 'until a custodian says that it may use the keys');
is(value($node, "SELECT health_dp.verify_key('Étude 2', 2)", 'carol', 'restored'), 't', 'then it does');
is(value($node, 'SELECT count(*) FROM health_dp.key_certificate', 'carol', 'restored'), 2, 'with its certificates');

# -- a standby computes with keys and makes none

$node->backup('standby');
my $standby = PostgreSQL::Test::Cluster->new('standby');
$standby->init_from_backup($node, 'standby', has_streaming => 1);
mkdir "$directory/standby", 0700;
File::Copy::copy($store, "$directory/standby/health_dp.keys") or die "copy: $!";
chmod 0600, "$directory/standby/health_dp.keys";
$standby->append_conf('postgresql.conf', "health_dp.key_store = '$directory/standby'");
$standby->start;
wait_for_state($standby, 'open');
is(value($standby, "SELECT health_dp.verify_key('Étude 2', 2)"), 't', 'a standby with a copy of the store');
isnt((as_code($standby, "SELECT health_dp.$_"))[0], '', "$_ is refused there")
  for "create_key('x')", "rotate_key('Étude 2')", 'renew_root()';
is((as_code($standby, 'SELECT health_dp.renew_root()'))[0], 'ZD506', 'with an error of its own');
$standby->stop;
$node->stop;
done_testing();
