# What SQL functions make of identifiers: the values that the documentation defines, computed here once more from the keys
# of the store; families that cannot be confused; versions; and who may open what was sealed.
use strict;
use warnings;
use Digest::SHA ();
use KeysTest;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $root = new_root();
my $node = with_store('values', $root);

sub as_superuser { my ($sql) = @_; return $node->safe_psql('postgres', $sql); }
sub ends { my ($sql, $user) = @_; return (as_code($node, $sql, $user // 'etl'))[0]; }
sub gives { my ($sql, $user) = @_; return value($node, "SET search_path = health_dp, public; $sql", $user // 'etl'); }

as_superuser('CREATE ROLE etl LOGIN; CREATE ROLE dan LOGIN IN ROLE health_dp_custodian; GRANT health_dp_custodian TO dan');
value($node, q{SELECT health_dp.create_key('people', 'nir'), health_dp.create_key('holders', form => 'holder'),
    health_dp.create_key('other', 'nir')});
is((as_code($node, q{SELECT health_dp.create_key('x', 'passport')}))[0], 'ZD511', 'forms are known ones');
value($node, "SELECT health_dp.permit_key_use(d, o, 'etl', 1000) FROM unnest('{emc2,people,holders,other}'::text[]) d,"
      . " unnest('{pseudonymise,seal,reidentify,pseudonymise_nir,shift_date}'::text[]) o");

# -- known answers, end to end: from the key in the store to the text that people read

# Every key of the store, read by a program that knows the store's format on its own.
my %keys = map { split / / } split /\n/, (PostgreSQL::Test::Utils::run_command([ 'stored_keys', "$directory/values/health_dp.keys", $root ]))[0];

# A domain's derived key, found by what it must give: the check value that the catalogue shows.
sub derived {
    my ($domain, $purpose, $version) = @_;
    my $check = as_superuser("SELECT check_value FROM health_dp.key_version WHERE domain = '$domain' AND version = $version");
    for my $name (grep { /^key\d+$/ } keys %keys) {
        my $key = pack 'H*', $keys{$name};
        my $expand = sub { my ($label) = @_; return Digest::SHA::hmac_sha256($label . "\x01", $key); };
        my $pseudonym_key = $expand->("health_dp key 1" . chr(1) . chr($version) . $domain);
        my $own_check = substr unpack('H*', Digest::SHA::hmac_sha256("health_dp key check 1\x01", $pseudonym_key)), 0, 16;
        return $expand->("health_dp key 1" . chr($purpose) . chr($version) . $domain) if $own_check eq $check;
    }
    die "the store has no key of $domain";
}
sub field { my ($tag, $value) = @_; return chr($tag) . pack('n', length $value) . $value; }
sub tag { my ($domain, $encoding, $version) = @_; return unpack 'H*', substr Digest::SHA::hmac_sha256($encoding, derived($domain, 1, $version // 1)), 0, 16; }

is(gives(q{SELECT ('Jane Doe' |> 'emc2')::bytea}), '\\x01' . tag('emc2', chr(1) . field(1, 'Jane Doe')), 'HMAC-SHA-256 of a text');
is(gives(q{SELECT ('2 69 05 49 588 157 80' |> 'people')::bytea}), '\\x01' . tag('people', chr(2) . field(2, '2690549588157')), 'of a NIR');
is(gives(q{SELECT ('269054958815780|1987-03-01|F|1' |> 'holders')::bytea}),
    '\\x01' . tag('holders', chr(3) . field(2, '2690549588157') . field(3, '19870301') . field(4, '2') . field(5, '1')),
    'of a policy-holder with date, sex and rank');

# -- one person, one pseudonym; another domain, another one

is(gives(q{SELECT count(DISTINCT t |> 'people') FROM (VALUES ('269054958815780'), (' 2 69 05 49 588 157 80 '), ('2.69.05.49.588.157.80')) v(t)}),
    1, 'every spelling of a number');
is(gives(q{SELECT '269054958815780'::nir |> 'people' = '269054958815780' |> 'people'}), 't', 'as text and as nir');
is(gives(q{SELECT count(DISTINCT t |> 'emc2') FROM (VALUES ('a'), (' a '), ('A'), ('a b'), ('a  b')) v(t)}), 4, 'text counts as it stands');
is(gives(q{SELECT ('269054958815780' |> 'people')::bytea = ('269054958815780' |> 'other')::bytea}), 'f', 'two domains do not join');
is(ends(qq{SELECT health_dp.pseudonymise($_->[0], '$_->[1]')}), $_->[2], "$_->[0] in $_->[1]")
  for [ q{'269054958815781'}, 'people', 'ZD601' ], [ q{''}, 'emc2', 'ZD601' ], [ q{'x'}, 'nobody', 'ZD507' ],
  [ q{'269054958815780'::health_dp.nir}, 'emc2', 'ZD606' ], [ q{'269054958815798'::health_dp.nir}, 'people', 'ZD601' ],
  [ q{'1|2|3'}, 'holders', 'ZD601' ];
my (undef, $error) = as_code($node, q{SELECT health_dp.pseudonymise('169054958815799', 'people')}, 'etl');
unlike($error =~ s/LINE.*//sr, qr/16905/, 'a message does not repeat the identifier');
is(gives(q{SELECT pseudonymise(NULL::text, 'emc2') IS NULL}), 't', 'nothing of nothing');

# -- the families cannot be confused

my $sealed = gives(q{SELECT seal_identifier('269054958815780', 'people', 'person.nir')});
like($sealed, qr/^\\x01[0-9a-f]{62}$/, 'the version, a tag, and as many bytes as the identifier');
is(gives(q{SELECT seal_identifier('269054958815780', 'people', 'person.nir')}), $sealed, 'the same in the same column: columns join');
isnt(gives(q{SELECT seal_identifier('269054958815780', 'people', 'visit.nir')}), $sealed, 'another one in another column');
isnt(gives(q{SELECT seal_identifier('269054958815780', 'other', 'person.nir')}), $sealed, 'or domain');
is(ends(qq{SELECT '$sealed'::health_dp.sealed::bytea::health_dp.pseudonym}), 'ZD601', 'a sealed identifier is no pseudonym');
is(ends(q{SELECT '\x00'::health_dp.sealed}), 'ZD601', 'nor is anything a sealed identifier');
is(gives(qq{SELECT key_version('$sealed'::sealed)}), 1, 'it says which key opens it');
my $other_nir = gives(q{SELECT pseudonymise_nir('269054958815780', 'people')});
like($other_nir, qr/^\d[\dAB]{12}98$/i, 'another number, marked as nobody\'s');
is(gives(q{SELECT is_made_up(pseudonymise_nir('269054958815780', 'people', '99'))}), 't', 'or so');
is(gives(q{SELECT is_made_up(pseudonymise_nir('269054958815780', 'people', 'right'))}), 'f', 'or with a right key');
is(ends(q{SELECT health_dp.pseudonymise_nir('269054958815780', 'people', '97')}), 'ZD601', 'and no other one');
is(gives(q{SELECT count(DISTINCT pseudonymise_nir(n::text::nir, 'people')) FROM (VALUES ('269054958815780'), ('2A9054958815780')) v(n)
    WHERE n !~ 'A'}), 1, 'one to one');

# -- opened by two people, for a motive, so many times

my $motive = 'recall of a batch: inform the treating doctors';
my $open = qq{SELECT health_dp.reidentify('$sealed'::health_dp.sealed, 'people', '$motive', 'person.nir')};
is(ends($open), 'ZD604', 'nobody opens it without an order');
is(ends(q{SELECT health_dp.ask_reidentification('people', 'why not', 1)}), 'ZD604', 'a motive says something');
is(ends(q{SELECT health_dp.ask_reidentification('people', 'because I can do it', 1)}, 'mallory'), '42501', 'asking is permitted as well');
my $order = gives(qq{SELECT ask_reidentification('people', '$motive', 2)});
is(ends($open), 'ZD604', 'nor before it is approved');
is(ends(qq{SELECT health_dp.approve_reidentification($order)}), '42501', 'not by whoever asked');
value($node, q{SELECT health_dp.permit_key_use('people', 'reidentify', 'carol', 10)});
my $own = value($node, qq{SELECT health_dp.ask_reidentification('people', '$motive', 1)});
is(ends(qq{SELECT health_dp.approve_reidentification($own)}, 'carol'), 'ZD604', 'not even by a custodian who asked');
is(ends(qq{SELECT health_dp.approve_reidentification($order, '0 days')}, 'dan'), 'ZD604', 'for some time');
is(ends(qq{SELECT health_dp.approve_reidentification($order)}, 'dan'), '', 'by somebody else');
is(ends(qq{SELECT health_dp.approve_reidentification($order)}, 'dan'), 'ZD604', 'once');
is(value($node, $open, 'etl'), '269054958815780', 'then it opens');
is(ends($open =~ s/recall/Recall/r), 'ZD604', 'for this motive alone');
is(ends($open =~ s/person\.nir/visit.nir/r), 'ZD605', 'as the column it is');
is(ends($open), 'ZD604', 'and no more often than asked');
is(ends($open, 'carol'), 'ZD604', 'nor for anybody else');
is(as_superuser(qq{SELECT count(*) FROM health_dp.key_uses WHERE operation = 'reidentify' AND motive = '$motive' AND session_role = 'etl'}), 2,
    'the motive is on record');
is(ends(q{SELECT health_dp.reidentify('\x01' || repeat('0', 40), 'people', '')}), '42883', 'bytes are no sealed identifier');
$order = gives(qq{SELECT ask_reidentification('people', 'linkage error found by the matching team', 5)});
is(ends(qq{SELECT health_dp.approve_reidentification($order, '2 seconds')}, 'dan'), '', 'for two seconds');
is(gives(qq{SELECT reidentify_nir('$other_nir', 'people', 'linkage error found by the matching team')}), '269054958815780', 'numbers come back as well');
sleep 3;
is(ends(qq{SELECT health_dp.reidentify_nir('$other_nir', 'people', 'linkage error found by the matching team')}), 'ZD604', 'until it expires');

# -- two people are two people, whoever's session it happens in

as_superuser(q{CREATE ROLE alice LOGIN CREATEROLE IN ROLE health_dp_custodian; CREATE SCHEMA trap AUTHORIZATION alice; GRANT USAGE ON SCHEMA trap TO PUBLIC});
value($node, q{SELECT health_dp.permit_key_use('people', 'reidentify', 'alice', 100)});
my $hers = gives(qq{SELECT ask_reidentification('people', '$motive', 5)}, 'alice');
is(ends(qq{CREATE FUNCTION trap.report() RETURNS integer LANGUAGE plpgsql SECURITY DEFINER AS
    \$\$ BEGIN PERFORM health_dp.approve_reidentification($hers); RETURN 1; END \$\$;
    CREATE VIEW trap.reports AS SELECT trap.report(); GRANT SELECT ON trap.reports TO PUBLIC;
    CREATE FUNCTION trap.quietly(i integer) RETURNS integer LANGUAGE plpgsql IMMUTABLE AS
    \$\$ BEGIN PERFORM health_dp.approve_reidentification($hers); RETURN i; EXCEPTION WHEN OTHERS THEN RETURN i; END \$\$;
    CREATE TABLE trap.lure (i integer); CREATE INDEX ON trap.lure (trap.quietly(i)); INSERT INTO trap.lure VALUES (1)}, 'alice'), '', 'traps');
is(ends('TABLE trap.reports', 'carol'), '42501', 'a custodian approves nothing by reading a report');
as_superuser('ANALYZE trap.lure; REINDEX TABLE trap.lure');
is(as_superuser("SELECT approved_by IS NULL FROM health_dp.reidentification_orders WHERE order_id = $hers"), 't', 'nor does the server by looking after an index');
as_superuser('ALTER ROLE alice RENAME TO alicia');
is(ends(qq{SELECT health_dp.approve_reidentification($hers)}, 'alicia'), 'ZD604', 'another name makes nobody another person');
as_superuser('ALTER ROLE alicia RENAME TO alice');

# Two orders of one motive: uses go to one after the other, and what was not used goes back to where it came from.
my @orders = map { gives(qq{SELECT ask_reidentification('people', 'two orders of one motive', $_)}) } 3, 5;
is(ends(qq{SELECT health_dp.approve_reidentification($_)}, 'dan'), '', 'approved') for @orders;
is(gives(qq{SELECT count(reidentify('$sealed'::sealed, 'people', 'two orders of one motive', 'person.nir')) FROM generate_series(1, 5)}), 5, 'five of eight');
wait_until(sub { as_superuser(q{SELECT bool_and(is_final) FROM health_dp.key_uses WHERE motive = 'two orders of one motive'}) eq 't' }, 'ends are noted');
is(as_superuser(q{SELECT string_agg(opened::text, '+' ORDER BY order_id) FROM health_dp.reidentification_orders WHERE motive = 'two orders of one motive'}), '3+2', 'three of the first and two of the second');
is(as_superuser(q{SELECT string_agg(uses::text, '+' ORDER BY use_id) FROM health_dp.key_uses WHERE motive = 'two orders of one motive'}), '3+2', 'and so it is on record');
unlike(PostgreSQL::Test::Utils::slurp_file($node->logfile), qr/could not write its ledger/, 'no note failed');
$order = gives(qq{SELECT ask_reidentification('people', 'for whoever has this name', 5)});
is(ends(qq{SELECT health_dp.approve_reidentification($order)}, 'dan'), '', 'an order of etl\'s');
as_superuser('ALTER ROLE etl RENAME TO etl_before; CREATE ROLE etl LOGIN');
value($node, q{SELECT health_dp.permit_key_use('people', 'reidentify', 'etl', 1000)});
is(ends(qq{SELECT health_dp.reidentify('$sealed'::health_dp.sealed, 'people', 'for whoever has this name', 'person.nir')}), 'ZD604', 'is not for a namesake');
as_superuser('DROP OWNED BY etl; DROP ROLE etl; ALTER ROLE etl_before RENAME TO etl');

# -- dates

is(gives(q{SELECT count(DISTINCT shift_date(d, '269054958815780', 'people', 30) - d) FROM generate_series(date '2020-01-01', '2026-01-01', '1 month') g, CAST(g AS date) d}),
    1, 'all dates of a patient move alike');
cmp_ok(gives(q{SELECT count(DISTINCT shift_date('2026-01-01', n::text, 'emc2', 30)) FROM generate_series(1, 300) n}), '>', 20, 'those of different patients do not');
is(gives(q{SELECT count(*) FROM generate_series(1, 300) n WHERE abs(shift_date('2026-01-01', n::text, 'emc2', 5) - date '2026-01-01') > 5}), 0, 'within the window');
is(gives(q{SELECT shift_date('infinity', 'x', 'emc2', 30)}), 'infinity', 'the end of time stays');
is(ends(q{SELECT health_dp.shift_date('5874897-12-31', n::text, 'emc2', 3660) FROM generate_series(1, 20) n}), '22008', 'the calendar ends somewhere');
is(ends(q{SELECT health_dp.shift_date('2026-01-01', 'x', 'emc2', 0)}), 'ZD601', 'a window has days');

# -- versions: both readable, until one is destroyed

my $old = gives(q{SELECT 'x' |> 'emc2'});
is(value($node, q{SELECT health_dp.rotate_key('emc2')}), 2, 'a new version');
my $new = gives(q{SELECT 'x' |> 'emc2'});
is(gives(qq{SELECT key_version('$new'::pseudonym), key_version('$old'::pseudonym)}), '2|1', 'new pseudonyms carry it');
is(gives(q{SELECT pseudonymise('x', 'emc2', 1)}), $old, 'old ones can be found');
is(gives(q{SELECT pseudonymise('x', 'emc2', 2)}), $new, 'by version');
is(ends(qq{SELECT health_dp.pseudonymise('x', 'emc2', $_)}), 'ZD507', "version $_ is none") for -1, 3, 256;
write_roots("$directory/values.root", $root, my $next = new_root());
is((as_code($node, q{SELECT health_dp.destroy_key('emc2', 1)}))[0], '', 'destroyed');
is(ends(q{SELECT health_dp.pseudonymise('x', 'emc2', 1)}), 'ZD508', 'for good');
is(gives(q{SELECT 'x' |> 'emc2'}), $new, 'the current one goes on');

$node->stop;
done_testing();
