# Keys that no organisation makes alone: two slots, two organisations each, entered by custodians of their own; through
# restarts, renewed slot by slot, destroyed, dumped and restored.
use strict;
use warnings;
use File::Copy ();
use IPC::Run ();
use KeysTest;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $root = new_root();
my $node = with_store('slots', $root, 'log_statement = all');
$node->safe_psql('postgres', "CREATE ROLE $_ LOGIN IN ROLE health_dp_custodian") for qw(lyon cnam third);

my %custodian = ('Hospices civils de Lyon' => 'lyon', 'Cnam' => 'cnam', 'Third party' => 'third');
my ($lyon, $cnam, $third) = ('Hospices civils de Lyon', 'Cnam', 'Third party');
my $pair = "slot_1 => ARRAY['$lyon', '$cnam']";
my $both = "$pair, slot_2 => ARRAY['$third', '$cnam']";
my $receipts = 0;

# A sealed contribution, as the organisation's own machine makes it, and the check value on its receipt.
sub contribution {
    my ($domain, $version, $slot, $organisation) = @_;
    my $receipt = "$directory/receipt" . $receipts++;
    my ($out, $err) = ('', '');
    IPC::Run::run([ 'health_dp_keys', 'contribute', "--domain=$domain", "--key-version=$version", "--slot=$slot",
            "--organisation=$organisation", "--receipt=$receipt", value($node, 'SELECT health_dp.unsealing_key()') ],
        '<', '/dev/null', '>', \$out, '2>', \$err)
      or die "contribute: $err";
    chomp $out;
    my ($check) = PostgreSQL::Test::Utils::slurp_file($receipt) =~ /^check ([0-9a-f]{16})$/m;
    return ($out, $check);
}

sub enter_text {
    my ($domain, $slot, $organisation, $sealed, $user) = @_;
    return "SELECT health_dp.enter_contribution('$domain', $slot, '$organisation', '$sealed')",
      $user // $custodian{$organisation};
}

sub enter {
    my ($domain, $version, $slot, $organisation) = @_;
    my ($sealed) = contribution($domain, $version, $slot, $organisation);
    my ($sql, $user) = enter_text($domain, $slot, $organisation, $sealed);
    return value($node, $sql, $user);
}

sub refuses {
    my ($what, $code, $pattern, $sql, $user) = @_;
    my ($got, $error) = as_code($node, $sql, $user);
    is($got, $code, $what);
    like($error, $pattern, "$what: and why");
    like($error, qr/HINT:/, "$what: and what to do");
    return;
}

sub versions {
    return value($node, "SELECT string_agg(version || state, ' ' ORDER BY version) FROM health_dp.key_versions"
          . " WHERE domain = 'snds'");
}

sub verified {
    my ($version) = @_;
    return value($node, "SELECT health_dp.verify_key('snds', $version)");
}

sub pseudonym {
    my ($version) = @_;
    return value($node, "SELECT check_value FROM health_dp.key_versions WHERE domain = 'snds' AND version = $version");
}

sub slot_check {
    my ($version, $slot) = @_;
    return value($node, 'SELECT DISTINCT check_value FROM health_dp.key_slots'
          . " WHERE domain = 'snds' AND version = $version AND slot = $slot");
}

# -- opened: nobody has contributed

refuses('one organisation is no two', 'ZD515', qr/slot 2 needs the names of two organisations/,
    "SELECT health_dp.open_key_slots('snds', $pair, slot_2 => ARRAY['$third'])");
refuses('twice the same either', 'ZD515', qr/slot 1 needs/,
    "SELECT health_dp.open_key_slots('snds', slot_1 => ARRAY['Cnam', 'Cnam'], slot_2 => ARRAY['$third', '$cnam'])");
refuses('nor one that looks like it', 'ZD515', qr/slot 1 needs/,
    "SELECT health_dp.open_key_slots('snds', slot_1 => ARRAY['Cnam', 'Cnam '], slot_2 => ARRAY['$third', '$cnam'])");
refuses('nor nobody', 'ZD515', qr/slot 2 needs/, "SELECT health_dp.open_key_slots('snds', $pair, slot_2 => NULL)");
refuses('a name that is none', 'ZD511', qr/name of a domain/, "SELECT health_dp.open_key_slots(' snds', $both)");
refuses('a form that there is not', 'ZD511', qr/no such form/, "SELECT health_dp.open_key_slots('snds', $both, form => 'name')");
refuses('a domain that is there', 'ZD511', qr/has or had a key/, "SELECT health_dp.open_key_slots('emc2', $both)");
is(versions(), '', 'none of which left anything behind');
is(value($node, "SELECT health_dp.open_key_slots('snds', $both)"), 1, 'a domain of two slots');
is(versions(), '1pending', 'waits');
refuses('a key that is pending', 'ZD512', qr/Missing contributions: slot 1: $lyon; slot 1: $cnam; slot 2: $third; slot 2: $cnam\./,
    "SELECT health_dp.verify_key('snds', 1)");
my $user = getpwuid($<);
value($node, "SELECT health_dp.permit_key_use('snds', 'pseudonymise', '$user', 1000)");
refuses('pseudonyms meanwhile', 'ZD512', qr/Missing contributions: slot 1/, "SELECT health_dp.pseudonymise('p', 'snds')", $user);
refuses("$_ meanwhile", 'ZD512', qr/pending/, "SELECT health_dp.$_")
  for "renew_key_slots('snds', $pair)", "destroy_key('snds')", "destroy_key('snds', 1)";
refuses('rotate_key meanwhile and ever', 'ZD515', qr/made of two slots/, "SELECT health_dp.rotate_key('snds')");
refuses('another domain\'s slots', 'ZD515', qr/not made of slots/, "SELECT health_dp.renew_key_slots('emc2', $pair)");
refuses('nothing to enter there', 'ZD513', qr/waits for contributions/, enter_text('emc2', 1, $cnam, 'x'));
is((as_code($node, "SELECT health_dp.$_", 'mallory'))[0], '42501', "$_ is not for everybody")
  for "open_key_slots('x', ARRAY['a', 'b'], ARRAY['a', 'b'])", "renew_key_slots('snds')", "withdraw_key_slots('snds')",
  "enter_contribution('snds', 1, 'Cnam', 'x')", "drop_contributions(gen_random_uuid(), 'x', 1)",
  "missing_contributions('snds', 1)",
  "give_contribution(gen_random_uuid(), 'x', 1, 1, 1, 'x', true, true, true, 0, 'x')";
is((as_code($node, 'TABLE health_dp.key_slots', 'mallory'))[0], '42501', 'nor is the view');
is((as_code($node, "UPDATE health_dp.key_contribution SET organisation = 'x'"))[0], '42501', 'custodians write no table');

# -- entered, for its place alone

my ($sealed, $receipt) = contribution('snds', 1, 1, $cnam);
refuses('sealed for another slot', 'ZD513', qr/another domain, version, slot or organisation/, enter_text('snds', 2, $cnam, $sealed));
refuses('sealed for another organisation', 'ZD513', qr/another domain/, enter_text('snds', 1, $lyon, $sealed));
refuses('sealed for another version', 'ZD513', qr/another domain/,
    enter_text('snds', 1, $cnam, (contribution('snds', 2, 1, $cnam))[0]));
refuses('sealed for another domain', 'ZD513', qr/another domain/,
    enter_text('snds', 1, $cnam, (contribution('snd', 1, 1, $cnam))[0]));
refuses('an organisation that is not expected', 'ZD514', qr/expects nothing/, enter_text('snds', 1, $third, $sealed, 'third'));
refuses('a slot that there is not', 'ZD514', qr/expects nothing/, enter_text('snds', 3, $cnam, $sealed));
refuses('nonsense', 'ZD513', qr/ERROR/, enter_text('snds', 1, $cnam, $_)) for '', 'HDPC1-0000-0000', 'x' x 5000;
is(value($node, 'SELECT count(*) FROM health_dp.key_slots WHERE entered_at IS NOT NULL'), 0, 'none of which came in');
is(value($node, enter_text('snds', 1, $cnam, $sealed)),
    "version 1 is pending; missing: slot 1: $lyon; slot 2: $third; slot 2: $cnam", 'the first one');
is(value($node, "SELECT entered_by, contribution FROM health_dp.key_slots WHERE slot = 1 AND organisation = 'Cnam'"),
    "cnam|$receipt", 'with the check value of its receipt');
refuses('the same again', 'ZD513', qr/in already/, enter_text('snds', 1, $cnam, $sealed));
refuses('one person for two organisations', 'ZD514', qr/role cnam has contributed for another/,
    enter_text('snds', 1, $lyon, (contribution('snds', 1, 1, $lyon))[0], 'cnam'));

# -- kept through a restart, which changes what the server seals to

my ($late) = contribution('snds', 1, 2, $cnam);
$node->restart;
wait_for_state($node, 'open');
refuses('sealed to a key of before', 'ZD513', qr/another key/, enter_text('snds', 2, $cnam, $late));
like(enter('snds', 1, 1, $lyon), qr/missing: slot 2: $third; slot 2: $cnam$/, 'what was in is in');
like(enter('snds', 1, 2, $third), qr/missing: slot 2: $cnam$/, 'three of four');
my $keeper = keeper_pid($node);
kill 'KILL', $keeper;
wait_until(sub { (keeper_pid($node) // $keeper) != $keeper }, 'another keeper');
wait_for_state($node, 'open');
is((as_code($node, "SELECT health_dp.verify_key('snds', 1)"))[0], 'ZD512', 'three make no key');

# The store is written, the transaction is not: nothing is lost, nothing made twice.
($sealed) = contribution('snds', 1, 2, $cnam);
my ($sql) = enter_text('snds', 2, $cnam, $sealed);
is((as_code($node, "BEGIN; $sql; SELECT 1 / 0", 'cnam'))[0], '22012', 'the last one, rolled back');
is(versions(), '1pending', 'not on record');
refuses('what is made is not withdrawn', 'ZD506', qr/has this version already/, "SELECT health_dp.withdraw_key_slots('snds')");
my $keys = status($node, 'keys');
is(enter('snds', 1, 2, $cnam), 'version 1 is current', 'entered again, anew');
is(status($node, 'keys'), $keys, 'which takes the keys that are there');
is(verified(1), 't', 'they work');
isnt(slot_check(1, 1), slot_check(1, 2), 'two different ones');
my $first_pseudonym = $node->safe_psql('postgres', "SELECT health_dp.pseudonymise('p', 'snds')");
isnt($first_pseudonym, '', 'and make pseudonyms');
is(value($node, 'SELECT string_agg(entered_by, \' \' ORDER BY slot, organisation) FROM health_dp.key_slots'),
    'cnam lyon cnam third', 'on record, with who entered what');

# The same for one in the middle: the one on record is the one that counts.
is(value($node, "SELECT health_dp.open_key_slots('other', $both)"), 1, 'another domain');
($sql) = enter_text('other', 1, $lyon, (contribution('other', 1, 1, $lyon))[0]);
is((as_code($node, "BEGIN; $sql; SELECT 1 / 0", 'lyon'))[0], '22012', 'the first one, rolled back');
enter('other', 1, @$_) for [ 1, $cnam ], [ 2, $third ];
like(enter('other', 1, 2, $cnam), qr/missing: slot 1: $lyon$/, 'all others do not make up for it');
($sealed, $receipt) = contribution('other', 1, 1, $lyon);
is(value($node, enter_text('other', 1, $lyon, $sealed)), 'version 1 is current', 'until it is entered');
is(value($node, "SELECT contribution FROM health_dp.key_slots WHERE domain = 'other' AND entered_by = 'lyon'"), $receipt,
    'with its own receipt');

# -- one slot is renewed, the other one goes on

refuses('no slot to renew', 'ZD515', qr/needs a new key in a slot/, "SELECT health_dp.renew_key_slots('snds')");
is(value($node, "SELECT health_dp.renew_key_slots('snds', $pair)"), 2, 'slot 1');
is(versions(), '1current 2pending', 'waits beside the current version');
is(verified(1), 't', 'which stays');
enter('snds', 2, 1, $lyon);
refuses('what is only half there', 'ZD512', qr/slot 1: $cnam\./, "SELECT health_dp.verify_key('snds', 2)");
refuses('the other slot expects nothing', 'ZD514', qr/expects nothing/, enter_text('snds', 2, $cnam, 'x'));
is(enter('snds', 2, 1, $cnam), 'version 2 is current', 'two contributions are enough');
is(versions(), '1readable 2current', 'a new version');
is(slot_check(2, 2), slot_check(1, 2), 'with slot 2 as it was');
isnt(slot_check(2, 1), slot_check(1, 1), 'and slot 1 new');
isnt(pseudonym(2), pseudonym(1), 'so another key');
is(verified($_), 't', "version $_ works") for 1, 2;
is($node->safe_psql('postgres', "SELECT health_dp.key_version(p), substr(p::text, 5) <> substr('$first_pseudonym', 5) FROM"
          . " health_dp.pseudonymise('p', 'snds') p"), '2|t', 'and new pseudonyms are of it');
is($node->safe_psql('postgres', "SELECT health_dp.pseudonymise('p', 'snds', 1)"), $first_pseudonym, 'old ones are made again');
is(value($node, "SELECT string_agg(DISTINCT organisation, ', ') FROM health_dp.key_slots WHERE domain = 'snds' AND version = 2"
          . ' AND slot = 2 AND made_in = 1'), "$cnam, $third", 'whose key slot 2 has');

# -- withdrawn

is(value($node, "SELECT health_dp.renew_key_slots('snds', $both)"), 3, 'both slots');
enter('snds', 3, 1, $cnam);
is(value($node, "SELECT health_dp.withdraw_key_slots('snds')"), 3, 'given up');
is(versions(), '1readable 2current 3destroyed', 'for good');
is((as_code($node, "SELECT health_dp.verify_key('snds', 3)"))[0], 'ZD508', 'its number as well');
is(value($node, "SELECT health_dp.renew_key_slots('snds', slot_2 => ARRAY['$cnam', '$third'])"), 4, 'and on with the next');
enter('snds', 4, 2, $third);
is(enter('snds', 4, 2, $cnam), 'version 4 is current', 'made');
is(slot_check(4, 1), slot_check(2, 1), 'slot 1 from the version that was current');

# -- a dump carries the catalogue, a store goes with it; contributions that are in are kept there too

is(value($node, "SELECT health_dp.renew_key_slots('other', $pair)"), 2, 'another version begun');
enter('other', 2, 1, $lyon);
my $dump = "$directory/dump";
$node->command_ok([ 'pg_dump', '-Fc', '-f', $dump, $node->connstr('postgres') ], 'pg_dump');
$node->safe_psql('postgres', 'CREATE DATABASE restored');
$node->command_ok([ 'pg_restore', '-e', '-d', $node->connstr('restored'), $dump ], 'pg_restore');
value($node, 'SELECT health_dp.adopt_keys()', 'carol', 'restored');
is(value($node, "SELECT string_agg(health_dp.verify_key('snds', v)::text, ' ') FROM unnest('{1,2,4}'::integer[]) v", 'carol',
        'restored'), 'true true true', 'a restored database has its keys');
my $view = 'SELECT md5(string_agg(s::text, chr(10) ORDER BY domain, version, slot, organisation)) FROM health_dp.key_slots s';
is(value($node, $view, 'carol', 'restored'), value($node, $view), 'and what is known of them');
($sql) = enter_text('other', 1, $cnam, (contribution('other', 2, 1, $cnam))[0]);
is(value($node, $sql, 'cnam', 'restored'), 'version 2 is current', 'and goes on with what was in');

# A catalogue that is older than the key store: here, of the database that the dump was taken from.
is((as_code($node, "SELECT health_dp.verify_key('other', 2)"))[0], 'ZD512', 'which does not know of it');
is(enter('other', 2, 1, $cnam), 'version 2 is current', 'until whoever is missing there enters again');
is(value($node, "SELECT check_value FROM health_dp.key_versions WHERE domain = 'other' AND version = 2"),
    value($node, "SELECT check_value FROM health_dp.key_versions WHERE domain = 'other' AND version = 2", 'carol', 'restored'),
    'and takes the key that is there');
is(value($node, "SELECT health_dp.renew_key_slots('other', $pair)", 'carol', 'restored'), 3, 'one more version');
for my $organisation ($lyon, $cnam) {
    ($sql) = enter_text('other', 1, $organisation, (contribution('other', 3, 1, $organisation))[0]);
    value($node, $sql, $custodian{$organisation}, 'restored');
}
is(value($node, "SELECT health_dp.verify_key('other', 3)", 'carol', 'restored'), 't', 'made');
is(value($node, "SELECT health_dp.renew_key_slots('other', $pair)"), 4, 'is given out by no other catalogue');
is(value($node, "SELECT health_dp.withdraw_key_slots('other')"), 4, 'and so on');

# -- destroyed

write_roots("$directory/slots.root", $root, my $second = new_root());
is(value($node, "SELECT versions, check_values = ARRAY['" . pseudonym(1) . "'], old_root <> new_root"
          . " FROM health_dp.destroy_key('snds', 1)"), '{1}|t|t', 'a version is destroyed, with its certificate');
is((as_code($node, "SELECT health_dp.verify_key('snds', 1)"))[0], 'ZD508', 'gone');
is(verified($_), 't', "version $_ keeps the slot they shared") for 2, 4;
write_roots("$directory/slots.root", $second, new_root());
is(value($node, "SELECT versions FROM health_dp.destroy_key('snds')"), '{2,4}', 'all that is left');
is((as_code($node, "SELECT health_dp.verify_key('snds', $_)"))[0], 'ZD508', "version $_ is gone") for 2, 4;
refuses('no new version of it', 'ZD508', qr/were destroyed/, "SELECT health_dp.renew_key_slots('snds', $both)");
$node->restart;
wait_for_state($node, 'open');
is((as_code($node, "SELECT health_dp.verify_key('snds', $_)"))[0], 'ZD508', "version $_ is gone after a restart") for 1, 2, 4;
is(value($node, "SELECT health_dp.verify_key('other', 1)"), 't', 'the other domain is there');
is(value($node, "SELECT health_dp.verify_key('emc2', 1)"), 't', 'so is the one that the keeper made');
$node->stop;

# -- with custodians of the root key as well, a sealed server takes nothing

my $sealed_node = new_server('sealed', 'custodians');
wait_for_state($sealed_node, 'sealed');
like(value($sealed_node, 'SELECT health_dp.unsealing_key()'), qr/^HDPE1-/, 'a sealed server has a key to seal to');
is((as_code($sealed_node, "SELECT health_dp.open_key_slots('snds', $both)"))[0], 'ZD501', 'but opens nothing');
$sealed_node->stop;
done_testing();
