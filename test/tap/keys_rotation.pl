# Columns are brought to the current version of a key in the background: resumable after a crash, with both versions readable
# meanwhile, with the privileges of whoever asked, and without an identifier ever coming back to SQL.
use strict;
use warnings;
use KeysTest;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = with_store('rotation', new_root(), 'max_worker_processes = 12');

sub as_superuser { my ($sql) = @_; return $node->safe_psql('postgres', $sql); }
sub ends { my ($sql, $user) = @_; return (as_code($node, $sql, $user // 'etl'))[0]; }
sub gives { my ($sql, $user) = @_; return value($node, "SET search_path = health_dp, public; $sql", $user // 'etl'); }
sub rotation { my ($id, $what) = @_; return as_superuser("SELECT $what FROM health_dp.key_rotations WHERE rotation_id = $id"); }
sub finished { my ($id) = @_; return wait_until(sub { rotation($id, 'finished_at IS NOT NULL') eq 't' }, "rotation $id"); }

as_superuser(q{CREATE ROLE etl LOGIN; CREATE ROLE sam LOGIN IN ROLE health_dp_steward; CREATE SCHEMA vault AUTHORIZATION etl;
    GRANT USAGE ON SCHEMA vault TO mallory});
is(ends(q{SELECT health_dp.create_project('emc2', title => 'Bleeding', legal_basis => 'CNIL 2023-146',
    valid => '[2020-01-01,2100-01-01)', epsilon => 8, delta => 1e-6)}, 'sam'), '', 'a project');
value($node, q{SELECT health_dp.permit_key_use('emc2', o, 'etl', 100000000, 'emc2') FROM unnest('{pseudonymise,seal}'::text[]) o});
gives(q{CREATE TABLE vault.person AS SELECT pseudonymise(n::text, 'emc2') AS pseudonym, seal_identifier(n::text, 'emc2') AS sealed
    FROM generate_series(1, 30000) n});
gives(q{CREATE TABLE vault.stay AS SELECT pseudonym, k AS number FROM vault.person, generate_series(1, 4) k});
# Persons that the vault does not know, and one whose sealed identifier is somebody else's.
gives(q{INSERT INTO vault.stay SELECT pseudonymise('stranger ' || n, 'emc2'), 1 FROM generate_series(1, 5) n});
gives(q{UPDATE vault.person SET sealed = seal_identifier('2', 'emc2') WHERE pseudonym = pseudonymise('1', 'emc2')});
is(value($node, q{SELECT health_dp.rotate_key('emc2')}), 2, 'the key has a new version');

# -- who may, and what

my $stays = q{SELECT health_dp.start_rotation('vault.stay', 'pseudonym', 'emc2', sealed_column => 'sealed',
    sealed_in => 'vault.person', sealed_key => 'pseudonym', batch_pages => 20)};
is(ends($stays), '42501', 'nobody rotates without a permission');
value($node, q{SELECT health_dp.permit_key_use('emc2', 'rotate', r, 100000000, 'emc2') FROM unnest('{etl,mallory}'::regrole[]) r});
is(ends(qq{SELECT health_dp.start_rotation($_)}), 'ZD607', $_)
  for q{'vault.stay', 'pseudonym', 'emc2'}, q{'vault.stay', 'number', 'emc2'}, q{'vault.stay', 'nothing', 'emc2'},
  q{'vault.person', 'pseudonym', 'emc2', sealed_column => 'pseudonym'}, q{'vault.person', 'sealed', 'emc2', sealed_column => 'sealed'};
is(ends(q{SELECT health_dp.start_rotation('health_dp.key_uses', 'uses', 'emc2')}), '42501', 'of a table of one\'s own');
is(ends(q{SELECT health_dp.start_rotation('vault.person', 'sealed', 'nobody')}), 'ZD507', 'in a domain that is there');

# -- through a crash

my $id = value($node, $stays, 'etl');
wait_until(sub { rotation($id, 'changed > 0') eq 't' }, 'a batch is done');
my $pid = as_superuser(q{SELECT pid FROM pg_stat_activity WHERE backend_type = 'health_dp rotation'});
is(ends(q{SELECT health_dp.start_rotation('vault.person', 'pseudonym', 'emc2', sealed_column => 'sealed')}), 'ZD607',
    'what others are rotated by stays as it is meanwhile');
ok(kill('KILL', $pid), 'the worker is killed');
wait_until(sub { PostgreSQL::Test::Utils::slurp_file($node->logfile) =~ /all server processes terminated/ }, 'the crash');
wait_for_state($node, 'open');
my $changed = rotation($id, 'changed');
cmp_ok($changed, '>', 0, 'what was done is done');
cmp_ok($changed, '<', 120000, 'and something is left to do');
is(rotation($id, 'finished_at IS NULL'), 't', 'it is not finished');
is(as_superuser(q{SELECT count(DISTINCT health_dp.key_version(pseudonym)) FROM vault.stay}), 2, 'both versions are there');
is(gives(q{SELECT count(*) FROM vault.stay WHERE pseudonym IN (pseudonymise('7', 'emc2', 1), pseudonymise('7', 'emc2', 2))}), 4,
    'and readable');
is(as_superuser(qq{SELECT count(*) FROM vault.stay WHERE health_dp.key_version(pseudonym) = 2}), $changed, 'no batch is half done');
is(ends("SELECT health_dp.continue_rotation($id)", 'mallory'), 'ZD607', 'nobody else goes on with it');
is(ends("SELECT health_dp.continue_rotation($id)"), '', 'it goes on');
is(ends("SELECT health_dp.continue_rotation($id)"), '', 'told twice, it does so once');
finished($id);
is(rotation($id, 'changed, left_over'), '119996|9', 'all but strangers and the one whose sealed identifier is another person\'s');
is(gives(q{SELECT count(*) FROM vault.stay s WHERE EXISTS (SELECT FROM generate_series(2, 30000, 7) n
    WHERE s.pseudonym = pseudonymise(n::text, 'emc2'))}), 4 * 4286, 'each has the pseudonym of its person');
is(gives(q{SELECT count(*) FROM vault.stay WHERE pseudonym = pseudonymise('2', 'emc2')}), 4, 'and nobody has another one\'s');
is(ends("SELECT health_dp.continue_rotation($id)"), 'ZD607', 'what is finished is finished');

# -- the vault itself: pseudonyms, then what is sealed; rolled back, nothing begins

is(ends(q{BEGIN; SELECT health_dp.start_rotation('vault.person', 'sealed', 'emc2'); ROLLBACK}), '', 'rolled back');
$id = gives(q{SELECT start_rotation('vault.person', 'pseudonym', 'emc2', sealed_column => 'sealed')});
finished($id);
is(rotation($id, 'changed, left_over'), '29999|1', 'pseudonyms');
$id = gives(q{SELECT start_rotation('vault.person', 'sealed', 'emc2')});
finished($id);
is(rotation($id, 'changed, left_over'), '30000|0', 'what is sealed');
is(as_superuser(q{SELECT count(*) FROM health_dp.key_rotations}), 3, 'and no other one ran');
is(gives(q{SELECT count(*) FROM vault.person p JOIN vault.stay s USING (pseudonym) WHERE key_version(p.sealed) = 2}), 120000, 'tables join as before');
is(as_superuser(q{SELECT count(*) FROM health_dp.key_uses WHERE operation = 'rotate' AND session_role <> 'etl'}), 0, 'on record, by name');
is(as_superuser(q{SELECT count(*) FROM health_dp.key_uses WHERE operation = 'reidentify'}), 0, 'and nothing was reidentified');

# -- with the privileges of whoever asked

is(value($node, q{SELECT health_dp.rotate_key('emc2')}), 3, 'the next version');
my $other = q{SELECT health_dp.start_rotation('vault.person', 'sealed', 'emc2')};
is(ends($other, 'mallory'), '42501', 'who may not write the table rotates nothing');
as_superuser(q{GRANT SELECT, UPDATE ON vault.person TO mallory; ALTER TABLE vault.person ENABLE ROW LEVEL SECURITY;
    CREATE POLICY part ON vault.person TO mallory USING (get_byte(sealed, 5) < 128)});
$id = value($node, $other, 'mallory');
wait_until(sub { rotation($id, 'problem IS NOT NULL') eq 't' }, 'the problem');
is(rotation($id, 'problem, changed, finished_at IS NULL'), '42501|0|t', 'nor does who sees a part of it, and takes it for the whole');
is(as_superuser(q{SELECT count(*) FROM vault.person WHERE health_dp.key_version(sealed) = 3}), 0, 'indeed');
is(ends("SELECT health_dp.withdraw_rotation($id)"), 'ZD607', 'it is not everybody\'s to withdraw');
is(ends("SELECT health_dp.withdraw_rotation($id)", 'carol'), '', 'but a custodian\'s');
as_superuser('ALTER TABLE vault.person DISABLE ROW LEVEL SECURITY');

# -- a table's children have places of the same numbers

gives(q{CREATE TABLE vault.parent (id integer, sealed sealed); CREATE TABLE vault.child () INHERITS (vault.parent);
    INSERT INTO vault.parent SELECT n, seal_identifier('parent ' || n, 'emc2') FROM generate_series(1, 3) n;
    INSERT INTO vault.child SELECT n, seal_identifier('child ' || n, 'emc2') FROM generate_series(1, 3) n});
is(value($node, q{SELECT health_dp.rotate_key('emc2')}), 4, 'and the next');
$id = gives(q{SELECT start_rotation('vault.parent', 'sealed', 'emc2')});
finished($id);
is(rotation($id, 'changed, left_over'), '3|0', 'a table is rotated without them');
is(gives(q{SELECT string_agg(id::text, ' ' ORDER BY id) FROM ONLY vault.parent WHERE sealed = seal_identifier('parent ' || id, 'emc2')}), '1 2 3',
    'and each row keeps its person');

# -- in nobody else's name: neither a colleague's nor the server's

as_superuser(q{CREATE SCHEMA trap AUTHORIZATION mallory; GRANT USAGE ON SCHEMA trap TO PUBLIC});
is(ends(q{CREATE FUNCTION trap.start() RETURNS bigint LANGUAGE sql SECURITY DEFINER AS
    $$SELECT health_dp.start_rotation('vault.parent', 'sealed', 'emc2')$$;
    CREATE FUNCTION trap.start_quietly(i integer) RETURNS integer LANGUAGE plpgsql IMMUTABLE AS $$
    BEGIN PERFORM health_dp.start_rotation('vault.parent', 'sealed', 'emc2'); RETURN i; EXCEPTION WHEN OTHERS THEN RETURN i; END $$;
    CREATE TABLE trap.lure (i integer); CREATE INDEX ON trap.lure (trap.start_quietly(i)); INSERT INTO trap.lure VALUES (1)}, 'mallory'), '', 'traps');
my $before = as_superuser('SELECT count(*) FROM health_dp.key_rotation');
is(ends('SELECT trap.start()'), '42501', 'a function of somebody else\'s starts none');
is(ends('SELECT trap.start()', 'mallory'), '42501', 'not even for its owner, by way of being one');
as_superuser('ANALYZE trap.lure; REINDEX TABLE trap.lure');
is(as_superuser('SELECT count(*) FROM health_dp.key_rotation'), $before, 'nor does an index that a superuser looks after');

# -- no more processes than there are for it

is(ends('BEGIN; ' . "SELECT health_dp.start_rotation('vault.parent', 'sealed', 'emc2'); " x 5 . 'COMMIT'), 'ZD607', 'five at once are too many');

$node->stop;
done_testing();
