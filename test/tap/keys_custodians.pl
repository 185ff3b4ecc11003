# A root key that nobody has: custodians unseal the server, together or not at all.
use strict;
use warnings;
use IPC::Run ();
use KeysTest;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

sub tool {
    my (@arguments) = @_;
    my ($out, $err) = ('', '');
    IPC::Run::run([ 'health_dp_keys', @arguments ], '<', '/dev/null', '>', \$out, '2>', \$err)
      or die "health_dp_keys @arguments: $err";
    chomp $out;
    return $out;
}

# A new root key in shares.
sub generate {
    my ($name, $threshold, $count) = @_;
    my @files = map { "$directory/$name.$_" } 1 .. $count;
    tool('generate', "--threshold=$threshold", "--record=$directory/$name.record", @files);
    return @files;
}

my $node;

sub sealed_share {
    my ($file) = @_;
    return tool('seal', "--share=$file", value($node, 'SELECT health_dp.unsealing_key()'));
}

sub enter {
    my ($file) = @_;
    my $share = sealed_share($file);
    return value($node, "SELECT health_dp.enter_share('$share')");
}

sub refuses {
    my ($share, $what, $pattern) = @_;
    my ($code, $error) = as_code($node, "SELECT health_dp.enter_share('$share')");
    is($code, 'ZD509', $what);
    like($error, $pattern, "$what: and why");
    like($error, qr/HINT:/, "$what: and what to do");
    return;
}

my @shares = generate('first', 3, 5);
$node = new_server('custodians', 'custodians');
wait_for_state($node, 'sealed');
is(status($node, 'provider, shares_in, shares_needed IS NULL, root IS NULL'), 'custodians|0|t|t', 'sealed');
for my $call ("create_key('emc2')", 'create_key_store()') {
    my ($code, $error) = as_code($node, "SELECT health_dp.$call");
    is($code, 'ZD501', "$call of a sealed server");
    like($error, qr/HINT:.*enter_share/s, 'and what to do');
}

# -- the first unsealing

is(enter($shares[0]), 'sealed: 1 of 3 shares are in', 'one');
is(enter($shares[3]), 'sealed: 2 of 3 shares are in', 'two');
refuses(sealed_share($shares[3]), 'the same share again', qr/in already/);
refuses('HDPX1-0000-0000', 'nonsense', qr/ERROR/);
refuses('', 'nothing', qr/ERROR/);
refuses('x' x 5000, 'too much', qr/ERROR/);
my ($plain) = PostgreSQL::Test::Utils::slurp_file($shares[1]) =~ /^(HDPS1-\S+)/m;
refuses($plain, 'a share that is not sealed', qr/ERROR/);
is(status($node, 'state, shares_in'), 'sealed|2', 'none of which changed anything');
my $third = sealed_share($shares[1]);
is(value($node, "SELECT health_dp.enter_share('$third')"), 'no key store', 'three');
is((as_code($node, "SELECT health_dp.create_key('emc2')"))[0], 'ZD506', 'no store yet');
is((as_code($node, 'SELECT health_dp.create_key_store()'))[0], '', 'a key store');
is(value($node, "SELECT health_dp.create_key('emc2')"), 1, 'a key');
my $root = status($node, 'root');

# -- after each start anew, whoever the custodians are

my $recorded = sealed_share($shares[0]);
my $public = value($node, 'SELECT health_dp.unsealing_key()');
for my $how (qw(restart crash)) {
    if ($how eq 'crash') {
        my $keeper = keeper_pid($node);
        kill 'KILL', $keeper;
        wait_until(sub { (keeper_pid($node) // $keeper) != $keeper }, 'another keeper');
    } else {
        $node->restart;
    }
    wait_for_state($node, 'sealed');
    isnt(value($node, 'SELECT health_dp.unsealing_key()'), $public, "$how: another key to seal shares to");
    refuses($recorded, "$how: a share recorded on its way", qr/ERROR/);
    is((as_code($node, "SELECT health_dp.verify_key('emc2', 1)"))[0], 'ZD501', "$how: sealed");
    enter($_) for @shares[ 4, 2, 0 ];
    is(status($node, 'state, root'), "open|$root", "$how: the same root key, from other shares");
    is(value($node, "SELECT health_dp.verify_key('emc2', 1)"), 't', "$how: the same keys");
}

# -- shares of another root key

my @others = generate('second', 2, 3);
$node->restart;
wait_for_state($node, 'sealed');
is(enter($shares[0]), 'sealed: 1 of 3 shares are in', 'one of ours');
is(enter($others[0]), 'sealed: 1 of 2 shares are in', 'one of another root key does not mix with it');
my ($code, $error) = as_code($node, "SELECT health_dp.enter_share('" . sealed_share($others[1]) . "')");
is($code, 'ZD506', 'nor does a whole set of them open the store');
like($error, qr/another root key/, 'and says so');
is(status($node, 'state'), 'sealed', 'sealed still');
is(enter($shares[1]), 'sealed: 2 of 3 shares are in', 'ours go on');
enter($shares[4]);
is(status($node, 'state, root'), "open|$root", 'to the end');

# -- a new root key

($code, $error) = as_code($node, "SELECT health_dp.destroy_key('emc2')");
is($code, 'ZD510', 'destroying takes a new root key');
like($error, qr/HINT:.*health_dp_keys/s, 'and says whose');
is(value($node, "SELECT health_dp.create_key('lyon')"), 1, 'another domain');
is(enter($others[2]), 'open: 1 of 2 shares are in', 'the new one comes in while the server works');
is(enter($others[0]), 'open: a new root key is in', 'complete');
is(status($node, 'root, has_new_root'), "$root|t", 'and waits');
is(value($node, "SELECT versions FROM health_dp.destroy_key('emc2')"), '{1}', 'destroyed');
isnt(status($node, 'root'), $root, 'under the new root key');
$node->restart;
wait_for_state($node, 'sealed');
enter($_) for @shares[ 0, 1 ];
is((as_code($node, "SELECT health_dp.enter_share('" . sealed_share($shares[2]) . "')"))[0], 'ZD506',
    'the old custodians open nothing');
enter($_) for @others[ 0, 1 ];
is(status($node, 'state'), 'open', 'the new ones do');
is(value($node, "SELECT health_dp.verify_key('lyon', 1)"), 't', 'what was not destroyed is there');
is((as_code($node, "SELECT health_dp.verify_key('emc2', 1)"))[0], 'ZD508', 'what was destroyed is not');

# -- no share is anywhere but in the custodians' files

for my $file (@shares, @others) {
    my ($share) = PostgreSQL::Test::Utils::slurp_file($file) =~ /^(HDPS1-\S+)/m;
    next if $share eq $plain; # entered in the clear above, which the log then has: why the tool seals
    unlike(PostgreSQL::Test::Utils::slurp_file($node->logfile), qr/\Q$share\E/, 'no share in the log');
}
$node->stop;
done_testing();
