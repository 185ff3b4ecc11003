# Linkage of five sources at a warehouse, with the key at a third party: one person is one pseudonym, who is opposed is
# nobody, a source sees nothing of another, and at the end nobody can do it again [C22].
use strict;
use warnings;
use KeysTest;
use LinkageTest;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my @names = qw(hcl clb nancy joseph cnam);
my $sources = linkage_server('sources');
my $third = linkage_server('third', 'log_statement = all');
my $warehouse = linkage_server('warehouse', 'log_statement = ddl', 'log_min_error_statement = panic');
$third->safe_psql('postgres', 'CREATE ROLE theo LOGIN');
$sources->safe_psql('postgres', "CREATE ROLE $_ LOGIN") for @names;
$warehouse->safe_psql('postgres', "CREATE ROLE $_ LOGIN") for @names, 'loader';
value($third, "SELECT health_dp.create_key('emc2 link')");
permit($third, 'emc2 link', 'evaluate', 'theo');
for my $name (@names) {
    value($sources, "SELECT health_dp.create_key('$name', 'nir')");
    permit($sources, $name, $_, $name) for qw(blind finalise);
}
my $public_key = value($third, "SELECT health_dp.public_key('emc2 link')");
my $key_check = value($third, "SELECT check_value FROM health_dp.key_versions WHERE domain = 'emc2 link'");

# -- who is where: each hospital has persons of its own, and some of its neighbour's; the insurance has nearly all

my %patients = (
    hcl => [ 1 .. 60, 201 .. 220 ],
    clb => [ 41 .. 100, 201 .. 203 ],
    nancy => [ 101 .. 130, 205 ],
    joseph => [ 131 .. 160, 205 ],
    cnam => [ 1 .. 150, 201 .. 240 ],
);
my %opposed = map { $_ => 1 } 7, 42, 205;

# The identifiers of these persons, as they come to the source from the two clusters: all that crosses is in here.
my $crossed = '';

sub identified {
    my ($source, $domain, $public, @persons) = @_;
    my $batch = $sources->safe_psql('postgres', 'SELECT gen_random_uuid()');
    my $identifiers = array_of(map { nir($_) } @persons);
    my $request = value($sources, "SELECT health_dp.blind($identifiers, '$source', '$batch')", $source);
    my $response = value($third, "SELECT health_dp.evaluate('$request', '$domain')", 'theo');
    $crossed .= $request . $response;
    return split /\n/, value($sources, "SELECT unnest(health_dp.finalise($identifiers, '$request', '$response', '$public',"
          . " '$source', '$batch'))", $source);
}
my %identifiers;
for my $name (@names) {
    my @found = identified($name, 'emc2 link', $public_key, @{ $patients{$name} });
    is(scalar @found, scalar @{ $patients{$name} }, "$name: linkage identifiers");
    @{ $identifiers{$name} }{ @{ $patients{$name} } } = @found;
}
is($identifiers{hcl}{41}, $identifiers{clb}{41}, 'a patient of two hospitals has one');

# -- opened by a steward, with keys that custodians made

my $open = sub {
    my %with = (linkage => 'emc2', project => 'emc2', domain => 'emc2 here', pseudonym_domain => 'emc2',
        public_key => $public_key, key_check => $key_check, lifetime => '30 days', reader => 'loader', @_);
    return 'SELECT health_dp.open_linkage(' . join(', ', map { "$_ => " . (defined $with{$_} ? "'$with{$_}'" : 'NULL') }
          sort keys %with) . ')';
};
is((as_code($warehouse, $open->(), 'sophie'))[0], 'ZD634', 'a linkage needs a key of its own');
value($warehouse, "SELECT health_dp.create_key('emc2 here')");
is((as_code($warehouse, $open->(), $_))[0], '42501', "$_ opens none") for qw(carol hcl loader);
for my $case ([ 'ZD102', project => 'none' ], [ 'ZD634', domain => 'emc2' ], [ 'ZD634', pseudonym_domain => 'none' ],
    [ 'ZD623', public_key => 'HDPV1-0' ], [ 'ZD634', public_key => undef ], [ 'ZD634', key_check => 'x' ],
    [ 'ZD634', lifetime => '0' ], [ 'ZD634', lifetime => '2 years' ], [ 'ZD634', reader => undef ], [ 'ZD634', linkage => '' ])
{
    my ($code, %with) = @$case;
    is((as_code($warehouse, $open->(%with), 'sophie'))[0], $code, join ' ', 'not with', %{ { map { $_ => $with{$_} // 'NULL' } keys %with } });
}
is((as_code($warehouse, $open->(), 'sophie'))[0], '', 'opened');
is((as_code($warehouse, $open->(linkage => 'again'), 'sophie'))[0], 'ZD634', 'one linkage to a key');
is((as_code($warehouse, "SELECT health_dp.add_linkage_source('emc2', '$_', '$_')", 'sophie'))[0], '', "$_ is a source")
  for @names;
permit($warehouse, 'emc2 here', 'link', $_) for @names[ 0 .. 3 ];

# -- delivered, by the source's own role only

sub delivery {
    my ($source, $persons, %with) = @_;
    my $given = array_of(map { $identifiers{$source}{$_} } @$persons) . '::health_dp.pseudonym[]';
    my $references = $with{references} // array_of(map { "$source-$_" } @$persons);
    return "SELECT health_dp.add_to_linkage('" . ($with{linkage} // 'emc2') . "', '" . ($with{as} // $source)
      . "', $given, $references)";
}
is((as_code($warehouse, delivery('cnam', [1]), 'cnam'))[0], 'ZD602', 'nobody delivers without a permission for the key');
permit($warehouse, 'emc2 here', 'link', 'cnam');
is((as_code($warehouse, delivery('hcl', [1], as => 'clb'), 'hcl'))[0], 'ZD633', 'nobody delivers for another source');
is((as_code($warehouse, delivery('hcl', [1], linkage => 'other'), 'hcl'))[0], 'ZD633', 'or to a linkage that is none');
is((as_code($warehouse, delivery('hcl', [1]), 'loader'))[0], 'ZD633', 'or without being a source');
$warehouse->safe_psql('postgres', 'GRANT CREATE ON SCHEMA public TO hcl');
as($warehouse, 'CREATE FUNCTION public.lend() RETURNS bigint LANGUAGE sql SECURITY DEFINER AS $$' . delivery('hcl', [1]) . '$$',
    'hcl');
is((as_code($warehouse, 'SELECT public.lend()', 'clb'))[0], '42501', 'a source cannot lend its right');
$warehouse->safe_psql('postgres', 'DROP FUNCTION public.lend()');
for my $case ([ array_of(nir(1)), 'a registration number' ], [ array_of(nir(1) =~ s/^(.)(..)/$1 $2 /r), 'in another spelling' ],
    [ "ARRAY[NULL]::text[]", 'nothing' ], [ "ARRAY['']", 'an empty text' ], [ "ARRAY['a', 'b']", 'one too many' ])
{
    my ($code, $error) = as_code($warehouse, delivery('hcl', [1], references => $case->[0]), 'hcl');
    is($code, 'ZD635', "$case->[1] is no local reference");
    unlike(($error =~ /(ERROR:.*?)LOCATION/s)[0], qr/\d{9}/, 'and is not repeated');
}
for my $name (@names) {
    my @persons = @{ $patients{$name} };
    is(value($warehouse, delivery($name, \@persons), $name), scalar @persons, "$name delivers");
}
is(value($warehouse, delivery('hcl', [ 1 .. 3 ]), 'hcl'), 3, 'twice is once');
# A patient with two records; a record of two patients.
value($warehouse, delivery('hcl', [1], references => "ARRAY['hcl-1b']"), 'hcl');
value($warehouse, delivery('hcl', [9], references => "ARRAY['hcl-8']"), 'hcl');

# -- a source sees nothing of what is there, whoever's it is

for my $table (qw(linkage linkage_source linked_record linkage_opposition linkage_quality linkage_certificate)) {
    for my $role (qw(hcl loader sophie carol)) {
        next if $table eq 'linkage_certificate' && $role =~ /sophie|carol/;
        is((as_code($warehouse, "SELECT * FROM health_dp.$table", $role))[0], '42501', "$role does not read $table");
    }
}
is((as_code($warehouse, "SELECT health_dp.$_", 'hcl'))[0], '42501', "$_ is internal") for "relink('{}', 'emc2 here', 1)",
  "match_linkage('emc2')", "close_linkage('emc2')", 'purge_linkages()', "certify_linkage('emc2', '{}')";
is((as_code($warehouse, 'SELECT * FROM health_dp.linkage_report', 'hcl'))[0], '42501', 'nor is the report for sources');
is((as_code($warehouse, "SELECT * FROM health_dp.crosswalk('emc2')", $_))[0], 'ZD633', "$_ reads no crosswalk")
  for qw(hcl cnam sophie mallory);
is(value($warehouse, 'SELECT name, state, public_key FROM health_dp.linkages', 'clb'), "emc2|open|$public_key",
    'a source sees the linkage and its public key');
is(value($warehouse, 'SELECT count(*) FROM health_dp.linkages', 'mallory'), 0, 'who has no part in it does not');

# -- opposition, whoever heard of it

my $opposition = 'ARRAY[' . join(',', map { "'$identifiers{cnam}{$_}'" } 7, 42) . ']::health_dp.pseudonym[]';
is((as_code($warehouse, "SELECT health_dp.oppose_in_linkage('emc2', 'cnam', $opposition)", 'hcl'))[0], 'ZD633',
    'nobody opposes for another source');
is(value($warehouse, "SELECT health_dp.oppose_in_linkage('emc2', 'cnam', $opposition)", 'cnam'), 2, 'two persons are opposed');

# -- matched

is((as_code($warehouse, "SELECT health_dp.match_linkage('emc2')", 'sophie'))[0], 'ZD602',
    'the steward needs a custodian\'s permission for the project\'s key');
permit($warehouse, 'emc2', 'link', 'sophie');
is(value($warehouse, "SELECT count(*) FROM health_dp.crosswalk('emc2')", 'loader'), 0, 'no pseudonym before');
is((as_code($warehouse, "SELECT health_dp.match_linkage('emc2')", 'sophie'))[0], '', 'matched');
# Afterwards, somebody is opposed, and comes again.
my $late = "'{$identifiers{nancy}{205}}'";
value($warehouse, "SELECT health_dp.oppose_in_linkage('emc2', 'nancy', $late)", 'nancy');
is(value($warehouse, delivery('hcl', [ 7, 205 ]), 'hcl'), 2, 'delivered again, without a word');

sub crosswalk {
    my %found;
    for my $line (split /\n/, value($warehouse, "SELECT local_reference, pseudonym FROM health_dp.crosswalk('emc2')", 'loader')) {
        my ($reference, $pseudonym) = split /\|/, $line;
        $found{$reference} = $pseudonym;
    }
    return \%found;
}
my $crosswalk = crosswalk();
is_deeply([ grep { /-(7|42|205)$/ } keys %$crosswalk ], [], 'who is opposed is nobody, also before matching again');
my (%of_person, %persons_of, @expected);
for my $name (@names) {
    push @expected, map { "$name-$_" } grep { !$opposed{$_} && !($name eq 'hcl' && $_ == 8) } @{ $patients{$name} };
}
is_deeply([ sort keys %$crosswalk ], [ sort @expected, 'hcl-1b' ], 'everybody but who is opposed and the record of two persons');
for my $reference (keys %$crosswalk) {
    my ($person) = $reference =~ /-(\d+)/;
    $of_person{$person}{ $crosswalk->{$reference} } = 1;
    $persons_of{ $crosswalk->{$reference} }{$person} = 1;
}
is_deeply([ grep { keys %{ $of_person{$_} } != 1 } keys %of_person ], [], 'a person has one pseudonym in all sources');
is_deeply([ grep { keys %{ $persons_of{$_} } != 1 } keys %persons_of ], [], 'and a pseudonym one person');
is((as_code($warehouse, "SELECT health_dp.match_linkage('emc2')", 'sophie'))[0], '', 'matched again');
is_deeply(crosswalk(), $crosswalk, 'to the same pseudonyms');

# -- the report has no small number, nor a sum that gives one back

my $report = value($warehouse, "SELECT source, records, persons, matched, unmatched, repeated, ambiguous, opposed FROM"
      . " health_dp.linkage_report WHERE linkage = 'emc2' ORDER BY source", 'sophie');
sub shown { return $_[0] < 11 ? '' : 10 * int(($_[0] + 5) / 10) }
my %sources_of;
for my $name (@names) {
    $sources_of{$_}{$name} = 1 for map { /^$name-(\d+)/ ? $1 : () } keys %$crosswalk;
}
my @lines;
for my $name (sort @names) {
    my @persons = grep { $sources_of{$_}{$name} } keys %sources_of;
    my $matched = grep { keys %{ $sources_of{$_} } > 1 } @persons;
    my $records = grep { /^$name-/ } keys %$crosswalk;
    push @lines, join '|', $name, map { shown($_) } $records, scalar @persons, $matched, @persons - $matched, 0, 0, 0;
}
is($report, join("\n", @lines), 'the report rounds, and leaves out what is small');
like($report, qr/^cnam\|190\|190\|170\|20\|/m, 'as these');

# -- nothing of an identity, nor of a linkage identifier, is at the warehouse; no identity is at the third party

my @all = do { my %seen; grep { !$seen{$_}++ } map { @$_ } values %patients };
my @numbers = map { substr nir($_), 0, 13 } @all;
my $none = { map { $_ => 0 } qw(data log store dump) };
is_deeply(search_for($third, 'third', @numbers), $none, 'no number is at the third party');
is_deeply(search_for($warehouse, 'warehouse', @numbers), $none, 'nor at the warehouse');
unlike($crossed, qr/@{[ unpack 'H*', $numbers[0] ]}/, 'or in what crosses');
my @raw = split /\n/, value($warehouse, 'SELECT encode(substr(health_dp.pseudonym_send(i), 2), $$hex$$) FROM unnest('
      . array_of(map { $identifiers{cnam}{$_} } @{ $patients{cnam} }) . '::health_dp.pseudonym[]) i');
is(scalar @raw, scalar @{ $patients{cnam} }, 'linkage identifiers as they would lie on disk');
my $seen = search_for($warehouse, 'warehouse', map { pack 'H*', $_ } @raw);
is($seen->{data}, 0, 'none is in the warehouse\'s tables or WAL');
my @stored = split /\n/, $warehouse->safe_psql('postgres',
    'SELECT encode(substr(health_dp.pseudonym_send(person), 2), $$hex$$) FROM health_dp.linked_record');
cmp_ok(search_for($warehouse, 'warehouse', map { pack 'H*', $_ } @stored)->{data}, '>', 0,
    'the search would find them: it finds what stands for them');

# -- another project: other keys, and the same person is somebody else

value($third, "SELECT health_dp.create_key('other link')");
permit($third, 'other link', 'evaluate', 'theo');
my $other_public = value($third, "SELECT health_dp.public_key('other link')");
value($warehouse, "SELECT health_dp.create_key('$_')") for 'other here', 'other';
is((as_code($warehouse, $open->(linkage => 'other', domain => 'other here', pseudonym_domain => 'other'), 'sophie'))[0], 'ZD634',
    'the third party has a key for each linkage');
is((as_code($warehouse, $open->(linkage => 'other', domain => 'other here', pseudonym_domain => 'other',
            public_key => $other_public), 'sophie'))[0], '', 'another linkage');
value($warehouse, "SELECT health_dp.add_linkage_source('other', 'hcl', 'hcl')", 'sophie');
permit($warehouse, 'other here', 'link', 'hcl');
permit($warehouse, 'other', 'link', 'sophie');
my @others = identified('hcl', 'other link', $other_public, 1, 2);
isnt($others[0], $identifiers{hcl}{1}, 'another linkage identifier');
value($warehouse, "SELECT health_dp.add_to_linkage('other', 'hcl', " . array_of(@others)
      . "::health_dp.pseudonym[], '{hcl-1,hcl-2}')", 'hcl');
is((as_code($warehouse, "SELECT health_dp.match_linkage('other')", 'sophie'))[0], '', 'matched');
my @other_pseudonyms = split /\n/,
  value($warehouse, "SELECT pseudonym FROM health_dp.crosswalk('other') ORDER BY local_reference", 'loader');
is(scalar @other_pseudonyms, 2, 'two persons');
ok(!exists $persons_of{$_}, 'nobody\'s pseudonym in the first project') for @other_pseudonyms;
is($warehouse->safe_psql('postgres', 'SELECT count(DISTINCT person) FROM health_dp.linked_record WHERE local_reference ='
          . ' $$hcl-2$$'), 2, 'and what is stored does not join either');
# An identifier of another version of the key is none of this linkage's.
value($third, "SELECT health_dp.rotate_key('other link')");
my @rotated = identified('hcl', 'other link', value($third, "SELECT health_dp.public_key('other link')"), 3);
is((as_code($warehouse, "SELECT health_dp.add_to_linkage('other', 'hcl', " . array_of(@rotated)
          . "::health_dp.pseudonym[], '{hcl-3}')", 'hcl'))[0], 'ZD636', 'an identifier under another key version is refused');

# -- a dump carries an open linkage

my $dump = "$directory/warehouse.custom";
$warehouse->command_ok([ 'pg_dump', '-Fc', '-f', $dump, $warehouse->connstr('postgres') ], 'pg_dump');
$warehouse->safe_psql('postgres', 'CREATE DATABASE restored');
$warehouse->command_ok([ 'pg_restore', '-e', '-d', $warehouse->connstr('restored'), $dump ], 'pg_restore');
is(value($warehouse, "SELECT count(*) FROM health_dp.crosswalk('emc2')", 'loader', 'restored'), scalar keys %$crosswalk,
    'and restores it');

# -- expired: refused, noticed, purged

$warehouse->safe_psql('postgres', 'UPDATE health_dp.linkage SET opened_at = opened_at - interval $$1 month$$,'
      . ' expires_at = now() - interval $$1 second$$ WHERE name = $$other$$');
is(value($warehouse, 'SELECT state, next_step FROM health_dp.linkages WHERE name = $$other$$', 'sophie') =~ /^expired\|overdue/,
    1, 'noticed');
is((as_code($warehouse, $_->[1], $_->[0]))[0], 'ZD631', "after its time: $_->[1]")
  for [ 'hcl', "SELECT health_dp.add_to_linkage('other', 'hcl', '{}', '{}')" ],
  [ 'hcl', "SELECT health_dp.oppose_in_linkage('other', 'hcl', '{}')" ], [ 'sophie', "SELECT health_dp.match_linkage('other')" ],
  [ 'loader', "SELECT * FROM health_dp.crosswalk('other')" ];
is(value($warehouse, 'SELECT health_dp.purge_linkages()', 'sophie'), 'other', 'purged');
is($warehouse->safe_psql('postgres', "SELECT count(*) FROM health_dp.linked_record JOIN health_dp.linkage USING (linkage_id)"
          . " WHERE name = 'other'"), 0, 'its records are gone');
is(value($warehouse, 'SELECT state FROM health_dp.linkages WHERE name = $$emc2$$', 'sophie'), 'matched', 'and no other\'s');

# -- oppositions of two sources at once, and a delivery under way that brings the person again

my $adding = $warehouse->background_psql('postgres', on_error_stop => 1, extra_params => [ '-U', 'hcl' ]);
my $opposing = $warehouse->background_psql('postgres', on_error_stop => 1, extra_params => [ '-U', 'clb' ]);
$adding->query('BEGIN');
$adding->query(delivery('hcl', [203], references => "ARRAY['hcl-203b']"));
$opposing->query('BEGIN');
$opposing->query("SELECT health_dp.oppose_in_linkage('emc2', 'clb', '{$identifiers{clb}{203}}')");
is(value($warehouse, "SELECT health_dp.oppose_in_linkage('emc2', 'cnam', '{$identifiers{cnam}{203}}')", 'cnam'), 1,
    'nobody waits for anybody');
$opposing->query('COMMIT');
$adding->query('COMMIT');
$_->quit for $opposing, $adding;
is((as_code($warehouse, "SELECT health_dp.match_linkage('emc2')", 'sophie'))[0], '', 'matched');
is_deeply([ grep { /-203/ } keys %{ crosswalk() } ], [], 'no record of hers is left');
# What everybody may see of the tables moves alike, whoever is delivered: 7 is opposed, 9 is not.
sub counters { return value($warehouse, 'SELECT pg_stat_force_next_flush(); SELECT sum(n_tup_ins), sum(n_tup_upd), sum(n_tup_del)'
          . ' FROM pg_stat_user_tables WHERE schemaname = $$health_dp$$ AND relname ~ $$^link$$', 'hcl') }
my @moved;
for my $person (7, 9) {
    my @before = split /\|/, counters();
    value($warehouse, delivery('hcl', [$person], references => "ARRAY['again-$person']") . '; SELECT pg_stat_force_next_flush()',
        'hcl');
    my @after = split /\|/, counters();
    push @moved, join ' ', map { $after[$_] - $before[$_] } 0 .. 2;
}
is($moved[0], $moved[1], "counters tell nobody who is opposed: $moved[1]");

# -- the end, and its certificate

$warehouse->backup('before');
my $certify = sub { return "SELECT health_dp.certify_linkage('emc2', $_[0])" };
like((as_code($warehouse, $certify->('NULL'), 'sophie'))[1], qr/ZD637.*records are not deleted/,
    'nothing is certified while there are records');
my $deleted = shown($warehouse->safe_psql('postgres', 'SELECT count(*) FROM health_dp.linked_record'));
is((as_code($warehouse, "SELECT health_dp.close_linkage('emc2')", 'sophie'))[0], '', 'closed');
is($warehouse->safe_psql('postgres', 'SELECT (SELECT count(*) FROM health_dp.linked_record),'
          . ' (SELECT count(*) FROM health_dp.linkage_opposition)'), '0|0', 'records and oppositions are gone');
is((as_code($warehouse, $_->[1], $_->[0]))[0], 'ZD632', "after the end: $_->[1]")
  for [ 'hcl', "SELECT health_dp.add_to_linkage('emc2', 'hcl', '{}', '{}')" ],
  [ 'sophie', "SELECT health_dp.match_linkage('emc2')" ], [ 'sophie', "SELECT health_dp.close_linkage('emc2')" ],
  [ 'loader', "SELECT * FROM health_dp.crosswalk('emc2')" ];
like((as_code($warehouse, $certify->('NULL'), 'sophie'))[1], qr/ZD637.*own key is not destroyed/,
    'nor while its key is there');
my $warehouse_root = (PostgreSQL::Test::Utils::slurp_file("$directory/warehouse.root") =~ /([0-9a-f]{64})/)[0];
my $third_root = (PostgreSQL::Test::Utils::slurp_file("$directory/third.root") =~ /([0-9a-f]{64})/)[0];
my ($new_warehouse_root, $new_third_root) = (new_root(), new_root());
write_roots("$directory/warehouse.root", $warehouse_root, $new_warehouse_root);
is(value($warehouse, "SELECT (health_dp.destroy_key('emc2 here')).versions"), '{1}', 'the linkage\'s own key is destroyed');
like((as_code($warehouse, $certify->('NULL'), 'sophie'))[1], qr/third party/, 'and the third party\'s is missing');
write_roots("$directory/third.root", $third_root, $new_third_root);
is(value($third, "SELECT (health_dp.destroy_key('other link', 1)).versions"), '{1}', 'the third party destroys one');
my $wrong = value($third, 'SELECT to_jsonb(c) FROM health_dp.key_certificate c');
is((as_code($warehouse, $certify->("\$\$$wrong\$\$"), 'sophie'))[0], 'ZD637', 'which is another linkage\'s');
is((as_code($warehouse, $certify->("'$_'"), 'sophie'))[0], 'ZD637', "$_ is no certificate")
  for '{}', '[]', '"x"', "{\"check_values\": \"$key_check\"}", "{\"check_values\": [\"$key_check\"]}";
write_roots("$directory/third.root", $new_third_root, new_root());
is(value($third, "SELECT (health_dp.destroy_key('emc2 link')).versions"), '{1}', 'then that of this linkage');
my $right = value($third, "SELECT to_jsonb(c) FROM health_dp.key_certificate c WHERE domain = 'emc2 link'");
is(value($warehouse, "SELECT c.linkage, c.records_deleted, c.third_party_certificate->'check_values'->>0, c.session_role,"
          . " k.domain FROM health_dp.certify_linkage('emc2', \$\$$right\$\$) c"
          . ' JOIN health_dp.key_certificate k ON k.certificate_id = c.key_certificate_id', 'sophie'),
    "emc2|$deleted|$key_check|sophie|emc2 here", 'certified: rows, own key, the third party\'s key');
is((as_code($warehouse, $certify->("\$\$$right\$\$"), 'sophie'))[0], 'ZD637', 'once');
is(value($warehouse, "SELECT state FROM health_dp.linkages WHERE name = 'emc2'", 'clb'), 'certified', 'as everybody sees');
is((as_code($third, "SELECT health_dp.evaluate('\\x00', 'emc2 link')", 'theo'))[0] =~ /^ZD/, 1, 'the third party evaluates nothing');
is((as_code($warehouse, $open->(linkage => 'emc2 again'), 'sophie'))[0], 'ZD634', 'neither key comes back');

# A backup from before has the rows, and without the old root key nothing that computes them again.
my $old = PostgreSQL::Test::Cluster->new('old');
$old->init_from_backup($warehouse, 'before');
mkdir "$directory/old", 0700;
PostgreSQL::Test::Utils::append_to_file("$directory/old/health_dp.keys", store_bytes('warehouse'));
chmod 0600, "$directory/old/health_dp.keys";
$old->append_conf('postgresql.conf', "health_dp.key_store = '$directory/old'");
$old->start;
wait_for_state($old, 'open');
cmp_ok($old->safe_psql('postgres', 'SELECT count(*) FROM health_dp.linked_record'), '>', 0, 'a backup has the rows');
is((as_code($old, delivery('hcl', [1]), 'hcl'))[0], 'ZD508', 'and nobody can tell whose they are');
$_->stop for $old, $warehouse, $third, $sources;
done_testing();
