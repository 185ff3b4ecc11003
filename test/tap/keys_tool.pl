# The custodians' tool: what it writes, what it refuses, and that a share is nowhere but where it belongs.
use strict;
use warnings;
use Cwd ();
use Fcntl qw(:mode);
use File::Temp ();
use IO::Pty ();
use IPC::Run ();
use PostgreSQL::Test::Utils;
use Test::More;

my $tool = 'health_dp_keys';
my $directory = File::Temp::tempdir(CLEANUP => 1);
chdir $directory or die "$directory: $!";

# A server's key as it shows it, here Alice's public key of RFC 7748, 6.1.
my $server_key = 'HDPE1-GMGF-02C9-62KN-8X4B-FQEB-8FQQ-B86V-YEGD-4RW1-NX7B-MJMR-XAMV-9SNF-69HT-2C';
my $share_text = qr/^HDPS1(?:-[0-9A-HJKMNP-TV-Z]{4}){21}-[0-9A-HJKMNP-TV-Z]{3}$/m;

sub run {
    my ($input, @arguments) = @_;
    my ($out, $err) = ('', '');
    IPC::Run::run([ $tool, @arguments ], '<', \$input, '>', \$out, '2>', \$err);
    return ($? >> 8, $out, $err);
}

# Refused with this exit status and these words, and no share in them.
sub refuses {
    my ($what, $status, $words, $input, @arguments) = @_;
    my ($got, $out, $err) = run($input, @arguments);
    is($got, $status, "$what: exit status");
    is($out, '', "$what: nothing on standard output");
    like($err, qr/^health_dp_keys: error: .*$words/m, "$what: says so");
    unlike($err, $share_text, "$what: shows no share");
    return;
}

sub custodians_share {
    my ($file) = @_;
    my ($share) = slurp_file($file) =~ /^(HDPS1-.*)$/m;
    return $share;
}

program_help_ok($tool);
program_version_ok($tool);
program_options_handling_ok($tool);

# -- a new key

my @names = map { "custodian-$_" } 1 .. 5;
umask 0002;
my ($status, $record, $err) = run('', 'generate', '--threshold=3', '--record=record', @names);
is($status, 0, 'generate');
is($err, '', 'generate: without complaint');
is($record, slurp_file('record'), 'the public record is shown and in its file');
like($record, qr/^HDPR1-/m, 'the record in its text');
unlike($record, qr/HDPS1/, 'the record holds no share');
my %seen;
for my $name (@names) {
    my $mode = (stat $name)[2];
    is(S_IMODE($mode), 0600, "$name: for its owner only");
    like(slurp_file($name), $share_text, "$name: one share");
    $seen{ custodians_share($name) } = 1;
}
is(scalar keys %seen, 5, 'five different shares');
is_deeply([ sort glob '*' ], [ sort @names, 'record' ], 'and no other file');

($status, my $second) = run('', 'generate', '-t', '2', '-r', 'other-record', 'other-1', 'other-2');
is($status, 0, 'generate another');
isnt($second, $record, 'another key');

# -- what generate refuses

refuses('an existing file', 1, 'could not create file "custodian-3": File exists', '',
    'generate', '-t', '2', '-r', 'new-record', 'new-1', 'custodian-3', 'new-2');
refuses('an existing record', 1, 'could not create file "record": File exists', '',
    'generate', '-t', '2', '-r', 'record', 'new-1', 'new-2');
refuses('one file for two', 1, 'could not create file "new-1": File exists', '',
    'generate', '-t', '2', '-r', 'new-record', 'new-1', 'new-1');
refuses('a missing directory', 1, 'could not create file "missing/new-1": No such file', '',
    'generate', '-t', '2', '-r', 'new-record', 'missing/new-1', 'new-2');
is_deeply([ glob 'new-*' ], [], 'what fails leaves no file');
ok($seen{ custodians_share('custodian-3') }, 'and the existing one as it was');
refuses('one custodian alone', 2, 'threshold of at least 2', '', 'generate', '-t', '1', '-r', 'new-record', 'new-1');
refuses('fewer files than needed', 2, 'threshold of at least 2', '', 'generate', '-t', '3', '-r', 'new-record', 'new-1',
    'new-2');
refuses('no number', 2, 'invalid value "2x"', '', 'generate', '-t', '2x', '-r', 'new-record', 'new-1', 'new-2');
refuses('no threshold', 2, 'no threshold', '', 'generate', '-r', 'new-record', 'new-1', 'new-2');
refuses('no record', 2, 'no file for the public record', '', 'generate', '-t', '2', 'new-1', 'new-2');
refuses('no such command', 2, 'no command "combine"', '', 'combine');
refuses('nothing at all', 2, 'no command specified', '');

# -- verify

($status, my $out, $err) = run('', 'verify', '--record=record', @names);
is($status, 0, 'all shares are right');
is(() = $out =~ /^share \d of key [0-9a-f]{32} is right: any 3 of 5 make the key$/mg, 5, 'each is named');
unlike($out, $share_text, 'and not shown');

($status, $out, $err) = run('', 'verify', '-r', 'record', 'custodian-1', 'other-1', 'missing', 'custodian-2');
is($status, 1, 'one of another key, one that is not there');
like($err, qr/share 1 of key [0-9a-f]{32}: the share belongs to another key/, 'the wrong one is named');
like($err, qr/could not open file "missing": No such file/, 'the missing one is named');
like($out, qr/^share 1 .*\nshare 2 /, 'the right ones are looked at none the less');

my $loose = lc custodians_share('custodian-1');
$loose =~ s/-/ /g;
($status) = run("$loose\n", 'verify', '-r', 'record', '-');
is($status, 0, 'as people write it, on standard input');
my $mistyped = custodians_share('custodian-1');
$mistyped =~ s/(.)$/$1 eq '7' ? '8' : '7'/e;
refuses('a mistyped share', 1, 'the text\'s check does not hold', $mistyped, 'verify', '-r', 'record', '-');
refuses('a record for a share', 1, 'does not begin as this kind', $record, 'verify', '-r', 'record', '-');
refuses('a share for a record', 1, 'holds no public record', '', 'verify', '-r', 'custodian-1', 'custodian-1');
refuses('endless input', 1, 'too long', "HDPS1-" . '0' x 20000, 'verify', '-r', 'record', '-');

chmod 0640, 'custodian-4' or die;
($status, $out, $err) = run('', 'verify', '-r', 'record', 'custodian-4');
is($status, 0, 'a file that others may read');
like($err, qr/warning: file "custodian-4" has group or world access/, 'is warned of');

# -- seal

my $sealed_text = qr/^HDPX1(?:-[0-9A-HJKMNP-TV-Z]{4})+-[0-9A-HJKMNP-TV-Z]{1,4}\n$/;
($status, my $sealed, $err) = run('', 'seal', '--share=custodian-1', $server_key);
is($status, 0, 'seal');
is($err, '', 'seal: without complaint');
like($sealed, $sealed_text, 'seal: its text and nothing else');
($status, my $again) = run(custodians_share('custodian-1'), 'seal', '-s', '-', $server_key);
is($status, 0, 'seal from standard input');
isnt($again, $sealed, 'no two sealed texts are the same');
(my $wrong_key = $server_key) =~ s/(.)$/$1 eq '0' ? '1' : '0'/e;
refuses('a mistyped server key', 1, 'this is no server key', '', 'seal', '-s', 'custodian-1', $wrong_key);
refuses('no server key', 2, 'one server key', '', 'seal', '-s', 'custodian-1');
refuses('a share as server key', 1, 'this is no server key', '', 'seal', '-s', 'custodian-1', $sealed);
for my $argument (custodians_share('custodian-1'), '--share=' . lc custodians_share('custodian-1')) {
    refuses('a share on the command line', 1, 'stands on the command line', '', 'seal', $argument, $server_key);
}

# -- contribute

my $contribution_text = qr/^HDPC1(?:-[0-9A-HJKMNP-TV-Z]{4})+-[0-9A-HJKMNP-TV-Z]{1,4}\n$/;
my @place = ('--domain=snds', '--key-version=1', '--slot=2', '--organisation=Hospices civils de Lyon');
($status, my $contribution, $err) = run('', 'contribute', @place, '--receipt=receipt', $server_key);
is($status, 0, 'contribute');
is($err, '', 'contribute: without complaint');
like($contribution, $contribution_text, 'contribute: its text and nothing else');
my $receipt = slurp_file('receipt');
like($receipt, qr/^domain snds\nversion 1\nslot 2\norganisation Hospices civils de Lyon\ncheck [0-9a-f]{16}$/m, 'the receipt');
unlike($receipt, qr/[0-9a-f]{32}|HDP[A-Z]1/, 'holds nothing longer than a check value');
($status, $out) = run('', 'contribute', @place, '--receipt=receipt-2', $server_key);
isnt($out, $contribution, 'another one each time');
isnt(slurp_file('receipt-2'), $receipt, 'which shows in its check value');
refuses('a receipt that is there', 1, 'could not create file "receipt"', '', 'contribute', @place, '-p', 'receipt', $server_key);
refuses('no server key to contribute to', 2, 'one server key', '', 'contribute', @place);
refuses('a mistyped server key to contribute to', 1, 'this is no server key', '', 'contribute', @place, '-p', 'no', $wrong_key);
ok(!-e 'no', 'which leaves no receipt');
refuses('no place', 2, 'are needed', '', 'contribute', @place[ 0 .. 2 ], $server_key);
refuses("a slot $_", 2, 'invalid value', '', 'contribute', @place, "--slot=$_", $server_key) for 0, 3, 'one', '';
refuses("a key version $_", 2, 'invalid value', '', 'contribute', @place, "--key-version=$_", $server_key) for 0, 256;
refuses('a domain that is none', 1, 'invalid domain', '', 'contribute', @place, '--domain= snds', $server_key);
refuses('an organisation that is none', 1, 'invalid organisation', '', 'contribute', @place, '--organisation=', $server_key);

# -- the terminal

# Types at the tool's prompt; returns its exit status or signal and what the terminal showed.
sub type {
    my ($typed, @arguments) = @_;
    my ($in, $shown, $timer) = ('', '', IPC::Run::timeout(60));
    # Whoever runs the tests in the background may have told them, and so the tool, to ignore Ctrl-C.
    local $SIG{INT} = 'DEFAULT';
    my $harness = IPC::Run::start([ $tool, @arguments ], '<pty<', \$in, '>pty>', \$shown, $timer);
    $harness->pump until $shown =~ /not shown\): $/;
    $in = $typed;
    $harness->finish;
    return ($?, $shown);
}

($status, my $shown) = type(custodians_share('custodian-2') . "\n", 'verify', '-r', 'record');
is($status, 0, 'a typed share');
like($shown, qr/share 2 of key [0-9a-f]{32} is right/, 'is verified');
unlike($shown, qr/HDPS1-0/, 'and not echoed');
($status, $shown) = type(custodians_share('custodian-2') . "\n", 'seal', $server_key);
is($status, 0, 'a typed share is sealed');
like($shown, qr/^HDPX1-/m, 'its text is shown');
like($shown, qr/enter_share/, 'and where it goes');
($status) = type("nonsense\n", 'seal', $server_key);
is($status >> 8, 1, 'a typed line that is no share');
($status) = type("\x03", 'seal', $server_key);
is($status & 127, 2, 'Ctrl-C ends it as it does others');

# Without a terminal there is nobody to ask.
($status, $out, $err) = (system("setsid $tool verify -r record </dev/null >out 2>err") >> 8, slurp_file('out'),
    slurp_file('err'));
is($status, 1, 'no terminal');
like($err, qr/there is no terminal.*\n.*hint: Name a file/, 'says what to do');

chdir '/';
done_testing();
