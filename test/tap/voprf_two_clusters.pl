# Blind pseudonymisation between two clusters, a source and the holder of the key: what crosses is looked at, and the
# holder's cluster is searched for the identities [C21, C22].
use strict;
use warnings;
use KeysTest;
use LinkageTest;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $source = linkage_server('source', 'max_worker_processes = 12', 'max_parallel_workers = 4');
my $third = linkage_server('third', 'log_statement = all', 'log_min_messages = debug1');
$source->safe_psql('postgres', 'CREATE ROLE lena LOGIN; CREATE SCHEMA lyon AUTHORIZATION lena');
$third->safe_psql('postgres', 'CREATE ROLE theo LOGIN');
is(value($source, "SELECT health_dp.create_key('lyon', 'nir')"), 1, 'the source has a secret of its own');
is(value($third, "SELECT health_dp.create_key('link')"), 1, 'and the holder the key');

# -- nobody may unless permitted

my $one = array_of(nir(1));
my $batch = '8c1a4a52-4bd1-4ea5-8fcb-6d51c7f3b1a0';
is((as_code($source, "SELECT health_dp.$_", 'lena'))[0], '42501', "$_ is not for everybody")
  for "blind($one, 'lyon', '$batch')", "finalise($one, '', '', '', 'lyon', '$batch')", "evaluate('', 'lyon')",
  "public_key('lyon')";
permit($source, 'lyon', $_, 'lena') for qw(blind finalise);
permit($third, 'link', 'evaluate', 'theo');
is((as_code($source, "SELECT health_dp.blind($one, 'emc2', '$batch')", 'lena'))[0], 'ZD602', 'one domain only');
is((as_code($third, "SELECT health_dp.blind('{anybody}', 'link', '$batch')", 'theo'))[0], '42501', 'one operation only');

# One use for each person, whichever process made it. What was reserved and not used goes back a moment later.
sub counted {
    my ($node, $operation, $uses) = @_;
    return ok(wait_until(sub {
                value($node, "SELECT bool_and(is_final) AND sum(uses) = $uses FROM health_dp.key_uses"
                      . " WHERE operation = '$operation'") eq 't'
            }, "$uses uses to $operation"), "$uses uses to $operation are on record");
}

# -- there and back, for a table of batches

my $persons = 600;
$source->safe_psql('postgres', 'CREATE TABLE lyon.patient (patient_id integer PRIMARY KEY, nir text);'
      . ' ALTER TABLE lyon.patient OWNER TO lena');
$source->safe_psql('postgres', 'INSERT INTO lyon.patient VALUES ' . join ',', map { "($_, '" . nir($_) . "')" } 1 .. $persons);
as($source, 'CREATE TABLE lyon.batch WITH (parallel_workers = 2) AS SELECT gen_random_uuid() AS batch,'
      . ' array_agg(patient_id ORDER BY patient_id) AS patients, array_agg(nir ORDER BY patient_id) AS identifiers'
      . " FROM lyon.patient WHERE health_dp.is_identifier(nir, 'lyon') GROUP BY patient_id % 12", 'lena');
my $blind = "SELECT batch, health_dp.blind(identifiers, 'lyon', batch) AS request FROM lyon.batch";
like(value($source, "EXPLAIN (COSTS OFF) $blind", 'lena'), qr/^Gather.*Parallel Seq Scan/s, 'blinding goes parallel');
my ($code, undef, $error) = as($source, "CREATE TABLE lyon.request AS $blind", 'lena');
is($code, 0, 'a table of requests') or diag $error;
is(value($source, "SET max_parallel_workers_per_gather = 0; SELECT count(*) FROM lyon.request r JOIN ($blind) b"
          . ' USING (batch, request)', 'lena'), 12, 'the same bytes as without workers, and as a moment ago');
counted($source, 'blind', 2 * $persons);

sub crosses { return split /\n/, value(@_) }
my @requests = crosses($source, "SELECT batch || ' ' || encode(request, 'hex') FROM lyon.request ORDER BY batch", 'lena');
is(scalar @requests, 12, 'twelve requests cross');
$third->safe_psql('postgres', 'CREATE TABLE request (batch uuid, request bytea) WITH (parallel_workers = 2);'
      . ' GRANT ALL ON request TO theo; INSERT INTO request VALUES '
      . join ',', map { my ($name, $hex) = split / /; "('$name', '\\x$hex')" } @requests);
my $public_key = value($third, "SELECT health_dp.public_key('link')");
like($public_key, qr/^HDPV1(-[0-9A-Z]{1,4})+$/, 'a public key to print');
is(value($third, "SELECT health_dp.public_key_version('$public_key')", 'theo'), 1, 'which carries its version');
my $evaluate = "SELECT batch, health_dp.evaluate(request, 'link') AS response FROM request";
like(value($third, "EXPLAIN (COSTS OFF) $evaluate", 'theo'), qr/^Gather.*Parallel Seq Scan/s, 'evaluating goes parallel');
my @responses = crosses($third, "SELECT batch || ' ' || encode(response, 'hex') FROM ($evaluate) e ORDER BY batch", 'theo');
counted($third, 'evaluate', $persons);

$source->safe_psql('postgres', 'CREATE TABLE lyon.response (batch uuid, response bytea); ALTER TABLE lyon.response OWNER TO'
      . ' lena; INSERT INTO lyon.response VALUES '
      . join ',', map { my ($name, $hex) = split / /; "('$name', '\\x$hex')" } @responses);
my $finalise = 'SELECT p.patient_id, p.linkage_identifier FROM lyon.batch b JOIN lyon.request USING (batch) JOIN lyon.response'
  . " USING (batch), unnest(b.patients, health_dp.finalise(b.identifiers, request, response, '$public_key', 'lyon', batch))"
  . ' AS p (patient_id, linkage_identifier)';
($code, undef, $error) = as($source, "CREATE TABLE lyon.linked AS $finalise", 'lena');
is($code, 0, 'finalised') or diag $error;
my $unblind = 'SELECT b.patients, health_dp.finalise(b.identifiers, r.request, s.response,'
  . " '$public_key', 'lyon', b.batch) AS identifiers FROM lyon.batch b, lyon.request r, lyon.response s"
  . ' WHERE r.batch = b.batch AND s.batch = b.batch';
like(value($source, "EXPLAIN (COSTS OFF) $unblind", 'lena'), qr/^Gather/, 'finalising goes parallel');
is(value($source, "SET search_path = health_dp; SELECT count(*) FROM ($unblind) u, unnest(u.patients, u.identifiers) AS p (patient_id, linkage_identifier)"
          . ' JOIN lyon.linked USING (patient_id, linkage_identifier)', 'lena'), $persons, 'to the same identifiers');

# -- what the key makes of the identifiers directly, computed from the key store and without any of this

my $root = (PostgreSQL::Test::Utils::slurp_file("$directory/third.root") =~ /([0-9a-f]{64})/)[0];
my ($key) = `stored_keys "$directory/third/health_dp.keys" $root link` =~ /^key\d+\.5 ([0-9a-f]{64})$/m;
PostgreSQL::Test::Utils::append_to_file("$directory/nirs", join '', map { nir($_) . "\n" } 1 .. $persons);
my @direct = split /\n/, `voprf_direct $key < $directory/nirs`;
is(scalar @direct, $persons, 'computed directly');
my @linked = crosses($source, "SELECT encode(substr(health_dp.pseudonym_send(linkage_identifier), 2), 'hex')"
      . ' FROM lyon.linked ORDER BY patient_id', 'lena');
is_deeply(\@linked, \@direct, 'is what came of it blindly');
is(value($source, 'SELECT count(DISTINCT linkage_identifier), min(health_dp.key_version(linkage_identifier)) FROM lyon.linked',
        'lena'), "$persons|1", 'another one for each, all with the version of the key');

# -- another spelling is the same person; another batch shows nothing of it

sub round_trip {
    my ($identifiers, $name) = @_;
    my $request = value($source, "SELECT health_dp.blind($identifiers, 'lyon', '$name')", 'lena');
    my $response = value($third, "SELECT health_dp.evaluate('$request', 'link')", 'theo');
    return ($request, $response,
        value($source, "SELECT health_dp.finalise($identifiers, '$request', '$response', '$public_key', 'lyon', '$name')",
            'lena'));
}
my $spaced = nir(1) =~ s/(.{1})(.{2})(.{2})(.{2})(.{3})(.{3})(.{2})/$1 $2 $3 $4 $5 $6 $7/r;
my ($request, $response, $result) = round_trip(array_of(nir(1), $spaced, nir(2)), $batch);
my @same = $result =~ /[0-9A-Z]{3}(?:-[0-9A-Z]{3,4})+/g;
is(scalar @same, 3, 'three identifiers');
is($same[0], $same[1], 'of which two are one person, however written');
isnt($same[0], $same[2], 'and the third another');
my %elements;
for my $message (map({ (split / /)[1] } @requests), $request =~ s/^\\x//r) {
    $elements{$_}++ for unpack '(a64)*', substr $message, 16;
}
is(scalar(keys %elements), $persons + 3, 'nobody can be seen twice in the requests');

# -- what is refused, without a value of anybody's

my $arguments = sub {
    my (%with) = (identifiers => array_of(nir(1), $spaced, nir(2)), request => $request, response => $response,
        key => $public_key, domain => 'lyon', batch => $batch, @_);
    return "SELECT health_dp.finalise($with{identifiers}, '$with{request}', '$with{response}', '$with{key}', '$with{domain}',"
      . " '$with{batch}')";
};
is((as_code($source, $arguments->(), 'lena'))[0], '', 'this is accepted');
my $flipped = $response; # a bit of the second evaluation; then of the proof
substr($flipped, 2 + 2 * 90, 1) = substr($flipped, 2 + 2 * 90, 1) eq '0' ? '1' : '0';
my $forged = $response;
substr($forged, -6, 1) = substr($forged, -6, 1) eq '0' ? '1' : '0';
my $swapped = $response;
(substr($swapped, 2 + 80, 64), substr($swapped, 2 + 80 + 64, 64)) = (substr($response, 2 + 80 + 64, 64), substr($response, 2 + 80, 64));
my $other_key = do {
    value($third, "SELECT health_dp.create_key('other')");
    permit($third, 'other', 'evaluate', 'theo');
    value($third, "SELECT health_dp.evaluate('$request', 'other')", 'theo');
};
my $other_name = $other_key;
substr($other_name, 2 + 2 * 24, 32) = substr($response, 2 + 2 * 24, 32);
my $mistyped = $public_key;
substr($mistyped, 8, 1) = substr($mistyped, 8, 1) eq '7' ? '8' : '7';
for my $case (
    [ [ 'ZD620', 'ZD621' ], 'a changed evaluation', response => $flipped ],
    [ ['ZD621'], 'a changed proof', response => $forged ],
    [ ['ZD621'], 'evaluations exchanged', response => $swapped ],
    [ ['ZD621'], 'another key', response => $other_key ],
    [ ['ZD621'], 'another key behind the name of the published one', response => $other_name ],
    [ ['ZD621'], 'the response to another request', response => '\\x' . (split / /, $responses[0])[1] ],
    [ ['ZD620'], 'the request as its own response', response => $request ],
    [ ['ZD620'], 'half a response', response => substr $response, 0, 2 * (length($response) >> 2) ],
    [ ['ZD624'], 'another order', identifiers => array_of(nir(2), nir(1), $spaced) ],
    [ ['ZD624'], 'other persons', identifiers => array_of(nir(1), nir(1), nir(3)) ],
    [ ['ZD624'], 'fewer persons', identifiers => array_of(nir(1), nir(1)) ],
    [ ['ZD624'], 'another batch', batch => '00000000-0000-0000-0000-000000000001' ],
    [ ['ZD623'], 'a mistyped public key', key => $mistyped ],
    [ ['ZD623'], 'no public key', key => 'HDPS1-0000' ],
    [ ['ZD601'], 'no registration number', identifiers => array_of(nir(1), nir(1), nir(2) - 1) ],
    [ ['ZD622'], 'nobody', identifiers => "'{}'" ],
  ) {
    my ($codes, $what, @with) = @$case;
    my ($state, $message) = as_code($source, $arguments->(@with), 'lena');
    ok((grep { $_ eq $state } @$codes), "$what is refused: $state");
    my ($said) = $message =~ /(ERROR:.*?)LOCATION/s;
    like($said, qr/HINT/, 'with what to do');
    unlike($said, qr/\d{9}/, 'and without anybody\'s number');
}
my $bad = "ARRAY['" . nir(1) . "', NULL]";
($code, $error) = as_code($source, "SELECT health_dp.blind($bad, 'lyon', '$batch')", 'lena');
is($code, 'ZD601', 'NULL is nobody');
like($error, qr/identifier 2 of the batch/, 'and is named by its place');
is((as_code($source, "SELECT health_dp.blind(ARRAY(SELECT '" . nir(1) . "' FROM generate_series(1, 65536)), 'lyon', '$batch')",
            'lena'))[0], 'ZD622', 'there is a limit');
is((as_code($third, "SELECT health_dp.evaluate('$_->[0]', 'link')", 'theo'))[0], 'ZD620', "$_->[1] is no request")
  for [ '', 'nothing' ], [ $response, 'a response' ], [ substr($request, 0, -2), 'a part of one' ],
  [ '\\x48445056510100' . '01' . '00' x 32, 'the identity' ], [ '\\x48445056510100' . '01' . 'ff' x 32, 'no element' ];

# -- the holder's key is one for good, and none of its servers saw anybody

$third->restart;
wait_for_state($third, 'open');
is(value($third, "SELECT health_dp.public_key('link')"), $public_key, 'the same key after a restart');
isnt(value($third, "SELECT health_dp.public_key('other')"), $public_key, 'and another in another domain');
my @identities = map { nir($_) } 1 .. $persons;
my @needles = (@identities, map { substr $_, 0, 13 } @identities);
is_deeply(search_for($third, 'third', @needles), { map { $_ => 0 } qw(data log store dump) }, 'no number is at the holder');
is_deeply(search_for($third, 'third', map { pack 'H*', $_ } @linked), { map { $_ => 0 } qw(data log store dump) },
    'no linkage identifier either');
my $seen = search_for($source, 'source', @needles);
cmp_ok($seen->{data}, '>', 0, 'the search would find them: at the source, it does');
my $crossing = join '', @requests, @responses, $public_key;
unlike($crossing, qr/\Q$_\E/, 'nothing of a person crosses') for map { unpack 'H*', $_ } @identities[0 .. 2];

# -- another project is another key: the same persons, nothing in common

my $other_public = value($third, "SELECT health_dp.public_key('other')");
my $again = value($source, 'SELECT encode(health_dp.pseudonym_send((health_dp.finalise(' . array_of(nir(1), $spaced, nir(2))
      . ", '$request', '$other_key', '$other_public', 'lyon', '$batch'))[1]), 'hex')", 'lena');
is(length $again, 34, 'another project\'s identifier');
isnt(substr($again, 2), $direct[0], 'does not join');

# -- with the keys gone

value($source, "SELECT health_dp.rotate_key('lyon')");
is((as_code($source, $arguments->(), 'lena'))[0], 'ZD624', 'after a rotation, the request is blinded anew');
write_roots("$directory/third.root", $root, new_root());
is(value($third, "SELECT (health_dp.destroy_key('link')).versions"), '{1}', 'the key is destroyed');
is((as_code($third, "SELECT health_dp.evaluate('$request', 'link')", 'theo'))[0], 'ZD508', 'and evaluates nothing any more');
$_->stop for $source, $third;
done_testing();
