# [C21] No key is anywhere but where it belongs: looked for in the data directory, WAL, logs, dumps, statistics, and in
# the memory that a core file of any process would hold. The same search then finds keys that were put there.
use strict;
use warnings;
use File::Find ();
use IPC::Run ();
use KeysTest;
use MIME::Base64 ();
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $root = new_root();
my $node = with_store('secrecy', $root, 'log_statement = all', 'log_min_messages = debug1', 'log_connections = on',
    'track_activity_query_size = 65536');
$node->safe_psql('postgres', 'CREATE TABLE about (note text); INSERT INTO about SELECT repeat(md5(n::text), 9) FROM'
      . ' generate_series(1, 2000) n');
is(value($node, "SELECT health_dp.create_key('lyon')"), 1, 'another key');
is(value($node, "SELECT health_dp.rotate_key('lyon')"), 2, 'and its next version');

# A version made of four contributions, and one that waits for the last of two. The store alone says what they were.
my %custodian = ('Cnam' => 'cnam', 'Third party' => 'third');
$node->safe_psql('postgres', "CREATE ROLE $_ LOGIN IN ROLE health_dp_custodian") for values %custodian;
my $organisations = "ARRAY['Cnam', 'Third party']";
is(value($node, "SELECT health_dp.open_key_slots('snds', $organisations, $organisations)"), 1, 'a domain of two slots');

sub contribute {
    my ($version, $slot, $organisation) = @_;
    my ($out, $err) = ('', '');
    my $key = value($node, 'SELECT health_dp.unsealing_key()');
    IPC::Run::run([ 'health_dp_keys', 'contribute', '--domain=snds', "--key-version=$version", "--slot=$slot",
            "--organisation=$organisation", $key ], '<', '/dev/null', '>', \$out, '2>', \$err)
      or die "contribute: $err";
    chomp $out;
    return value($node, "SELECT health_dp.enter_contribution('snds', $slot, '$organisation', '$out')",
        $custodian{$organisation});
}

# -- what is looked for: each key raw and in halves, in digits, in base 64 at every alignment

sub needles {
    my ($digits) = @_;
    my $bytes = pack 'H*', $digits;
    my @needles = ($digits, uc $digits);
    for (my $at = 0; $at + 16 <= length $bytes; $at += 16) {
        push @needles, substr $bytes, $at, 16;
    }
    for my $shift (0 .. 2) {
        my $encoded = MIME::Base64::encode_base64(('x' x $shift) . $bytes, '');
        push @needles, substr $encoded, 4, 36; # what does not depend on its neighbours
    }
    return @needles;
}

my %secrets;
sub learn {
    my ($server_root) = @_;
    my $lines = `stored_keys "$directory/secrecy/health_dp.keys" $server_root`;
    is($?, 0, 'the store opens under its root key');
    for my $line (split /\n/, $lines) {
        my ($name, $digits) = split / /, $line;
        push @{ $secrets{$name} }, needles($digits);
    }
    return;
}
contribute(1, 1, 'Cnam');
contribute(1, 1, 'Third party');
contribute(1, 2, 'Cnam');
learn($root);
is(scalar(keys %secrets), 2 + 4 * 8 + 3, 'root key, wrapping key, four keys and what is derived from them, contributions');
is(contribute(1, 2, 'Third party'), 'version 1 is current', 'the version is made');
is(value($node, "SELECT health_dp.renew_key_slots('snds', slot_2 => $organisations)"), 2, 'and the next one begun');
contribute(2, 2, 'Cnam');
learn($root);
is((() = grep { /^contribution/ } keys %secrets), 3 + 1, 'of those that were used, the store has nothing any more');
is((() = grep { /^slot/ } keys %secrets), 2 + 1 + 7, 'the slots\' keys, the version\'s, and what is derived from it');
my $pattern;
sub compile {
    my $any = join '|', map { quotemeta } map { @$_ } values %secrets;
    $pattern = qr/$any/;
    return;
}
compile();

sub in_text { return $_[0] =~ $pattern ? 1 : 0 }

sub in_file {
    my ($path) = @_;
    open my $file, '<:raw', $path or return 0; # gone meanwhile
    local $/ = undef;
    return in_text(scalar(<$file>) // '');
}

sub in_directory {
    my ($path) = @_;
    my @found;
    File::Find::find({ no_chdir => 1, wanted => sub { push @found, $_ if -f && in_file($_) } }, $path);
    return @found;
}

# What a core file of the process would hold, and a little more. Undefined where it may not be read.
sub in_memory {
    my ($pid) = @_;
    open my $maps, '<', "/proc/$pid/smaps" or return;
    open my $memory, '<:raw', "/proc/$pid/mem" or return;
    my ($begin, $end, $readable, $found, $scanned, $spared) = (0, 0, 0, 0, 0, 0);
    while (my $line = <$maps>) {
        if ($line =~ /^([0-9a-f]+)-([0-9a-f]+) (r?)/) {
            no warnings 'portable';
            ($begin, $end, $readable) = (hex $1, hex $2, $3 eq 'r');
        } elsif ($line =~ /^VmFlags:(.*)/ && $readable) {
            if ($1 =~ /\bdd\b/) {
                $spared += $end - $begin;
                next;
            }
            sysseek $memory, $begin, 0 or next;
            my $bytes = '';
            while (length $bytes < $end - $begin) {
                last if !sysread $memory, $bytes, $end - $begin - length $bytes, length $bytes;
            }
            $scanned += length $bytes;
            $found ||= in_text($bytes);
        }
    }
    return ($found, $scanned, $spared);
}

sub processes {
    my $postmaster = (split /\n/, PostgreSQL::Test::Utils::slurp_file($node->data_dir . '/postmaster.pid'))[0];
    my @processes = ($postmaster);
    for my $path (glob '/proc/[0-9]*/stat') {
        my ($pid) = $path =~ /(\d+)/;
        open my $stat, '<', $path or next;
        push @processes, $pid if (<$stat> // '') =~ /^\d+ \(.*\) \S $postmaster /s;
    }
    return @processes;
}

# All of it, by place: how often.
sub search {
    my %seen;
    $node->safe_psql('postgres', 'CHECKPOINT');
    $seen{data} = () = in_directory($node->data_dir);
    $seen{wal} = () = in_directory($node->data_dir . '/pg_wal');
    $seen{log} = in_file($node->logfile);
    $seen{store} = () = in_directory("$directory/secrecy");
    my $dump = "$directory/dump";
    $node->command_ok([ 'pg_dumpall', '-f', $dump, '-d', $node->connstr('postgres') ], 'pg_dumpall');
    $seen{dump} = in_file($dump);
    $seen{statistics} = in_text($node->safe_psql('postgres',
            'SELECT a::text FROM pg_stat_activity a UNION ALL SELECT s::text FROM pg_settings s'
              . ' UNION ALL SELECT k::text FROM health_dp.key_status k'));
    $seen{memory} = 0;
    for my $pid (processes()) {
        my ($found, $scanned) = in_memory($pid);
        $seen{memory} += $found // 0;
        $seen{arguments} += in_file("/proc/$pid/cmdline") + in_file("/proc/$pid/environ");
    }
    return \%seen;
}

# -- nowhere

# A session that has just had keys, and lives on; errors on the way, since they go to the log.
my $session = $node->background_psql('postgres', on_error_stop => 0);
$session->query("SELECT health_dp.verify_key(d, v), health_dp.verify_key(d, v) FROM (VALUES ('emc2', 1), ('lyon', 1),"
      . " ('lyon', 2), ('snds', 1)) k(d, v), generate_series(1, 50)");
as($node, "SELECT health_dp.$_") for "verify_key('x', 1)", "destroy_key('emc2')", "create_key('lyon')";
my $backend = $session->query('SELECT pg_backend_pid()');
# Keys at work, in sessions that are in the middle of a statement: what HMAC needs is in no core file; where OpenSSL has an
# expanded key on its heap, there is no core file at all.
my $superuser = getpwuid($<);
value($node, "SELECT health_dp.permit_key_use('lyon', o, '$superuser', 1000) FROM"
      . " unnest('{pseudonymise,seal,pseudonymise_nir,shift_date,rotate}'::text[]) o");
my %busy;
for my $use (
    [ hmac => "health_dp.pseudonymise(n::text, 'lyon')" ],
    [ shift => "health_dp.shift_date('2026-01-01', n::text, 'lyon', 30)" ],
    [ ff1 => "health_dp.pseudonymise_nir('269054958815780', 'lyon')" ],
    [ siv => "health_dp.renew_sealed(health_dp.seal_identifier(n::text, 'lyon'), 'lyon')" ])
{
    my ($name, $expression) = @$use;
    my $busy = $node->background_psql('postgres', on_error_stop => 0);
    $busy{$name} = { session => $busy, pid => $busy->query('SELECT pg_backend_pid()') };
    $busy->{stdin} .= "SELECT count($expression), count(s) FROM generate_series(1, 10) n,"
      . " LATERAL (SELECT pg_sleep(CASE WHEN n = 5 THEN 600 ELSE 0 END) AS s) s;\n";
    $busy->{run}->pump_nb;
    wait_until(sub { $node->safe_psql('postgres', "SELECT count(*) FROM pg_stat_activity WHERE pid = $busy{$name}{pid}"
                  . " AND wait_event = 'PgSleep'") eq '1' }, "a session busy with $name");
}
is_deeply(search(), { map { $_ => 0 } qw(data wal log store dump statistics memory arguments) }, 'no key is anywhere');

SKIP: {
    my ($found, $scanned, $spared) = in_memory($backend);
    skip 'this machine lets nobody read the memory of other processes', 3 if !defined $found;
    is($found, 0, 'none in the session that used them');
    cmp_ok($scanned, '>', 4 << 20, 'and its memory was looked at');
    cmp_ok($spared, '>=', 4096, 'but for what no core file holds');
}
SKIP: {
    skip 'this machine lets nobody read the memory of other processes', 3 if !defined((in_memory($backend))[0]);
    is((in_memory($busy{$_}{pid}))[0], 0, "none in a session busy with $_") for qw(hmac shift);
    skip 'root reads all memory', 2 if $< == 0;
    ok(!defined((in_memory($busy{$_}{pid}))[0]), "nobody reads, and no core file holds, a session busy with $_") for qw(ff1 siv);
}
for my $use (values %busy) {
    $node->safe_psql('postgres', "SELECT pg_cancel_backend($use->{pid})");
    wait_until(sub { $node->safe_psql('postgres', "SELECT state FROM pg_stat_activity WHERE pid = $use->{pid}") eq 'idle' }, 'the end');
}
SKIP: {
    skip 'this machine lets nobody read the memory of other processes', 4 if !defined((in_memory($backend))[0]);
    is((in_memory($busy{$_}{pid}))[0], 0, "none where $_ has ended") for sort keys %busy;
}
my $keeper = keeper_pid($node);
SKIP: {
    skip 'root reads all memory', 2 if $< == 0;
    ok(!defined((in_memory($keeper))[0]), 'nobody reads the keeper\'s memory');
    ok(!-r "/proc/$keeper/environ", 'nor anything else of it');
}
like(PostgreSQL::Test::Utils::slurp_file("/proc/$keeper/limits"), qr/Max core file size\s+0\s+0/, 'it leaves no core')
  if -r "/proc/$keeper/limits";
like(PostgreSQL::Test::Utils::slurp_file("/proc/$keeper/status"), qr/VmLck:\s+[1-9]/, 'its memory is locked');

# -- and if it were

my ($key) = map { unpack 'H*', $_ } @{ $secrets{'key1'} }[2];
my $encoded = MIME::Base64::encode_base64(pack('H*', $root), '');
$session->query("SET application_name = '" . substr($encoded, 0, 44) . "'");
$node->safe_psql('postgres', "INSERT INTO about VALUES ('$root'), (decode('$root', 'hex')::text);"
      . " COMMENT ON TABLE about IS '" . uc($root) . "'");
PostgreSQL::Test::Utils::append_to_file("$directory/secrecy/note", 'x' . pack('H*', $key));
my $seen = search();
cmp_ok($seen->{$_}, '>', 0, "the search finds a key in: $_") for qw(data wal log store dump statistics);
SKIP: {
    skip 'this machine lets nobody read the memory of other processes', 1 if !defined((in_memory($backend))[0]);
    cmp_ok($seen->{memory}, '>', 0, 'the search finds a key in: memory');
}
$session->quit;
$_->{session}->quit for values %busy;
$node->stop;
done_testing();
