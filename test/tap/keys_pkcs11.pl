# A root key that only a hardware token opens: OpenSSL asks it through PKCS#11, as the command of the key provider. The
# token here is SoftHSM.
use strict;
use warnings;
use IPC::Run ();
use KeysTest;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $module = '/usr/lib/softhsm/libsofthsm2.so';
my $token = "$directory/token";
mkdir $token, 0700;
mkdir "$token/objects", 0700;
write_private("$token/conf", "directories.tokendir = $token/objects\nobjectstore.backend = file\nlog.level = ERROR\n");
write_private("$token/pin", '123456');
$ENV{SOFTHSM2_CONF} = "$token/conf";
$ENV{PKCS11_MODULE_PATH} = $module;

sub run_quietly {
    my (@command) = @_;
    my ($out, $err) = ('', '');
    IPC::Run::run(\@command, '<', '/dev/null', '>', \$out, '2>', \$err) or die "@command: $err";
    return;
}

# Makes a key pair in the token, whose private part never leaves it.
sub make_pair {
    my ($label) = @_;
    my @tool = ('pkcs11-tool', '--module', $module, '--token-label', 'health_dp', '--label', $label);
    run_quietly(@tool, '--login', '--pin', '123456', '--keypairgen', '--key-type', 'rsa:2048', '--usage-decrypt');
    run_quietly(@tool, '--read-object', '--type', 'pubkey', '-o', "$token/$label.public");
    return;
}

sub wrap {
    my ($label, @roots) = @_;
    write_roots("$token/plain", @roots);
    run_quietly('openssl', 'pkeyutl', '-encrypt', '-pubin', '-keyform', 'DER', '-inkey', "$token/$label.public",
        '-pkeyopt', 'rsa_padding_mode:oaep', '-in', "$token/plain", '-out', "$token/root.wrapped");
    unlink "$token/plain";
    return;
}

run_quietly('softhsm2-util', '--init-token', '--free', '--label', 'health_dp', '--so-pin', '87654321', '--pin', '123456');
make_pair('first');
my $root = new_root();
wrap('first', $root);

sub provider {
    my ($label) = @_;
    return 'command:/usr/bin/openssl pkeyutl -decrypt -engine pkcs11 -keyform engine -inkey'
      . " pkcs11:token=health_dp;object=$label;type=private;pin-source=file:$token/pin"
      . " -pkeyopt rsa_padding_mode:oaep -in $token/root.wrapped";
}

my $node = new_server('pkcs11', provider('first'));
wait_for_state($node, 'no key store');
is((as_code($node, 'SELECT health_dp.create_key_store()'))[0], '', 'the token gives the root key');
is(value($node, "SELECT health_dp.create_key('emc2')"), 1, 'a key');
$node->restart;
wait_for_state($node, 'open');
is(value($node, "SELECT health_dp.verify_key('emc2', 1)"), 't', 'again after a restart');

# Whoever has every file but the token, or the token without its PIN, has nothing.
rename "$token/pin", "$token/away" or die "rename: $!";
$node->restart;
wait_for_state($node, 'unavailable');
is((as_code($node, "SELECT health_dp.verify_key('emc2', 1)"))[0], 'ZD505', 'without the PIN');
rename "$token/away", "$token/pin" or die "rename: $!";
wait_for_state($node, 'open');
rename "$token/objects", "$token/stolen" or die "rename: $!";
$node->restart;
wait_for_state($node, 'unavailable');
is((as_code($node, "SELECT health_dp.verify_key('emc2', 1)"))[0], 'ZD505', 'without the token');
rename "$token/stolen", "$token/objects" or die "rename: $!";
wait_for_state($node, 'open');

# A new root key, then a new pair for it: with the old pair destroyed, no copy of the old wrapped key opens.
my $new_root = new_root();
wrap('first', $root, $new_root);
is(value($node, "SELECT versions FROM health_dp.destroy_key('emc2')"), '{1}', 'destroyed under a new root key');
make_pair('second');
wrap('second', $new_root);
run_quietly('pkcs11-tool', '--module', $module, '--token-label', 'health_dp', '--login', '--pin', '123456',
    '--delete-object', '--type', 'privkey', '--label', 'first');
$node->append_conf('postgresql.conf', "health_dp.key_provider = '" . provider('second') . "'");
$node->restart;
wait_for_state($node, 'open');
is((as_code($node, "SELECT health_dp.verify_key('emc2', 1)"))[0], 'ZD508', 'and gone');
is(value($node, "SELECT health_dp.create_key('lyon')"), 1, 'the server goes on');
unlike(PostgreSQL::Test::Utils::slurp_file($node->logfile), qr/$root|$new_root|123456/, 'neither keys nor PIN in the log');
$node->stop;
done_testing();
