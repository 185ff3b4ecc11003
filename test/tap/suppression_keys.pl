# Record keys: what perturbation's noise hangs on. Computed here once more from the key in the store; permitted, counted, and
# different from whatever else a domain's key gives.
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

as_superuser('CREATE ROLE etl LOGIN; CREATE TABLE stay AS SELECT i AS stay_id, (i % 40)::text AS patient, i % 3 AS region FROM'
      . ' generate_series(1, 100) i; GRANT SELECT ON stay TO etl, mallory');
value($node, q{SELECT health_dp.create_key('people', 'nir'), health_dp.create_key('other')});

is(ends(q{SELECT health_dp.record_key('1', 'emc2')}), '42501', 'nobody may by default');
value($node, q{SELECT health_dp.permit_key_use('people', 'record_key', 'etl', 1000)});
is(ends(q{SELECT health_dp.record_key('1', 'emc2')}), 'ZD602', 'nor with another domain');
value($node, q{SELECT health_dp.permit_key_use(d, 'record_key', 'etl', 1000) FROM unnest('{emc2,other}'::text[]) d});
is(ends(q{SELECT health_dp.pseudonymise('1', 'emc2')}), '42501', 'nor another operation');

# The domain's key, found in the store by the check value that the catalogue shows.
my %keys = map { split / / } split /\n/, (PostgreSQL::Test::Utils::run_command([ 'stored_keys', "$directory/values/health_dp.keys", $root ]))[0];
sub derived {
    my ($domain, $purpose) = @_;
    my $check = as_superuser("SELECT check_value FROM health_dp.key_version WHERE domain = '$domain'");
    for my $name (grep { /^key\d+$/ } keys %keys) {
        my $expand = sub { my ($label) = @_; return Digest::SHA::hmac_sha256($label . "\x01", pack 'H*', $keys{$name}); };
        my $pseudonym_key = $expand->("health_dp key 1" . chr(1) . chr(1) . $domain);
        return $expand->("health_dp key 1" . chr($purpose) . chr(1) . $domain)
          if $check eq substr unpack('H*', Digest::SHA::hmac_sha256("health_dp key check 1\x01", $pseudonym_key)), 0, 16;
    }
    die "the store has no key of $domain";
}
sub record_key {
    my ($domain, $encoding) = @_;
    return unpack 'q>', Digest::SHA::hmac_sha256($encoding, derived($domain, 6));
}
is(gives(q{SELECT record_key('Jane Doe', 'emc2')}), record_key('emc2', chr(1) . chr(1) . pack('n', 8) . 'Jane Doe'), 'HMAC-SHA-256 of a text');
is(gives(q{SELECT record_key('2 69 05 49 588 157 80', 'people')}), record_key('people', chr(2) . chr(2) . pack('n', 13) . '2690549588157'), 'of a NIR');
is(gives(q{SELECT record_key('269054958815780', 'people') = record_key('2.69.05.49.588.157.80', 'people')}), 't', 'every spelling of it');
is(gives(q{SELECT record_key('1', 'emc2') = record_key('1', 'other')}), 'f', 'another domain, another key');

# A cell has its noise from its patients, not from its rows, their order, or who asks.
value($node, q{SELECT health_dp.permit_key_use('emc2', 'record_key', 'mallory', 1000)});
as_superuser(q{SELECT health_dp.create_suppression_policy('noisy', 'x', noise_deviation => 4, noise_variance => 3)});
my $count = q{perturb_count(count(DISTINCT patient), cell_key(DISTINCT record_key(patient, 'emc2')), 'noisy')};
my $once = gives("SELECT region, $count FROM stay GROUP BY region ORDER BY region");
is(gives("SELECT region, $count FROM (SELECT * FROM stay UNION ALL SELECT * FROM stay ORDER BY stay_id DESC) s GROUP BY region ORDER BY region"),
    $once, 'the same patients, the same noise');
is(gives("SELECT region, $count FROM stay GROUP BY region ORDER BY region", 'mallory'), $once, 'whoever asks');

is(as_superuser(q{SELECT count(*) > 0, bool_and(operation = 'record_key') FROM health_dp.key_use}), 't|t', 'each use is on record');
my $used = q{SELECT sum(d.used) FROM health_dp.key_use_day d JOIN health_dp.key_permission p USING (permission_id) WHERE p.member = 'etl'::regrole};
my $before = as_superuser($used);
gives(q{SELECT count(record_key(patient, 'emc2')) FROM stay});
ok($node->poll_query_until('postgres', "SELECT ($used) = $before + 100"), 'and counted');
value($node, q{SELECT health_dp.permit_key_use('other', 'record_key', 'etl', 5)});
is(ends(q{SELECT count(health_dp.record_key(patient, 'other')) FROM stay}), 'ZD603', 'up to the quota');

done_testing();
