# Where the root key comes from: what each provider must give, what is refused, and how sessions hear of it.
use strict;
use warnings;
use KeysTest;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $root = new_root();
my $other = new_root();
my $path = "$directory/root";

# -- a server without a provider, and one whose settings make no sense

my $plain = PostgreSQL::Test::Cluster->new('plain');
$plain->init;
$plain->append_conf('postgresql.conf', "shared_preload_libraries = 'health_dp'");
$plain->start;
$plain->safe_psql('postgres', 'CREATE EXTENSION health_dp; CREATE ROLE carol LOGIN IN ROLE health_dp_custodian');
my ($code, $error) = as_code($plain, "SELECT health_dp.create_key('emc2')");
is($code, 'ZD504', 'no provider');
like($error, qr/HINT:.*health_dp\.key_provider/, 'and what to do');
is((as_code($plain, 'SELECT * FROM health_dp.key_status'))[0], 'ZD504', 'no status either');
is((as_code($plain, 'SHOW health_dp.key_provider'))[0], '42501', 'where keys come from is not for everybody');
is((as_code($plain, "SET health_dp.key_provider = 'custodians'"))[0], '55P02', 'nor to be changed in a session');
$plain->stop;

sub start_fails {
    my ($name, $pattern, @settings) = @_;
    my $node = unused_server($name, 'custodians', @settings);
    is($node->start(fail_ok => 1), 0, "$name: refused at the start");
    like(PostgreSQL::Test::Utils::slurp_file($node->logfile), $pattern, "$name: and says why");
    return;
}
start_fails('misspelt', qr/file:, command:, systemd: or custodians/, "health_dp.key_provider = 'vault:secret'");
start_fails('relative', qr/absolute path/, "health_dp.key_provider = 'file:root'");
start_fails('storeless', qr/health_dp\.key_store is not/, "health_dp.key_store = ''");
start_fails('misplaced', qr/outside the data directory/, "health_dp.key_store = 'keys'");

# -- files

# What a provider must not be: the keeper says why, asks again by itself, and is there as soon as it is right.
my $node = new_server('files', "file:$path");
sub refused {
    my ($what, $pattern) = @_;
    $node->restart;
    wait_for_state($node, 'unavailable');
    my ($refusal, $message) = as_code($node, "SELECT health_dp.create_key('emc2')");
    is($refusal, 'ZD505', $what);
    like($message, $pattern, "$what: and why");
    like($message, qr/HINT:/, "$what: and what to do");
    unlike($message . PostgreSQL::Test::Utils::slurp_file($node->logfile), qr/\Q$root\E/i, "$what: without the key");
    return;
}

refused('no file', qr/cannot be opened/);
for my $mode (0640, 0604, 0660, 0610) {
    write_roots($path, $root);
    chmod $mode, $path;
    refused(sprintf('mode %04o', $mode), qr/open to others/);
}
write_roots("$path.real", $root);
unlink $path;
symlink "$path.real", $path;
refused('a link', qr/cannot be opened/);
unlink $path;
mkdir $path;
chmod 0700, $path;
refused('a directory', qr/no regular file/);
rmdir $path;
system('mkfifo', '-m', '0600', $path) == 0 or die 'mkfifo';
refused('a pipe', qr/no regular file/);
my $line = "health_dp-root-1 $root";
for my $text ('', $root, "$line\n\n", "$line\r\n", substr($line, 0, -1), uc $line, "health_dp-root-1 " . uc $root,
    "health_dp-root-2 $root", "$line\n$line\n", "$line\n$line\n$line\n", "$line\nhealth_dp-root-1 $other\nx",
    'health_dp-root-1 ' . '0' x 64)
{
    write_private($path, $text);
    refused('not this text: ' . length $text, qr/root key/);
}
write_roots($path, $root);
wait_for_state($node, 'no key store');
is((as_code($node, 'SELECT health_dp.create_key_store()'))[0], '', 'the right file, found without a restart');
is(status($node, 'provider, state, problem IS NULL, epoch, keys'), 'file|open|t|1|1', 'open');
my $check = status($node, 'root');
like($check, qr/^[0-9a-f]{16}$/, 'a check value of the root key');

# In the data directory every base backup would have it.
my $inside = $node->data_dir . '/root';
write_roots($inside, $root);
unlink $path;
$node->append_conf('postgresql.conf', "health_dp.key_provider = 'file:$inside'");
refused('in the data directory', qr/is in the data directory/);
symlink $node->data_dir, "$directory/shortcut";
$node->append_conf('postgresql.conf', "health_dp.key_provider = 'file:$directory/shortcut/root'");
refused('in it by another name', qr/is in the data directory/);
unlink $inside;

# -- commands

my $script = "$directory/give";
sub command {
    my ($body) = @_;
    unlink $script;
    PostgreSQL::Test::Utils::append_to_file($script, "#!/bin/sh\n$body\n");
    chmod 0700, $script;
    return;
}
$node->append_conf('postgresql.conf', "health_dp.key_provider = 'command:$script one two'\n"
      . "health_dp.key_command_timeout = '1s'\n");
refused('no program', qr/cannot be started/);
command("echo '$line'; exit 3");
refused('a status other than 0', qr/failed/);
command("echo '$line'; kill -9 \$\$");
refused('killed', qr/failed/);
command("sleep 61.25; echo '$line'");
refused('too slow', qr/in time/);
command("echo '$line'; sleep 61.25");
refused('too slow to end', qr/in time/);
command("exec >&-; sleep 61.25");
refused('silent and slow', qr/in time/);
command("yes '$line'");
refused('endless', qr/more than root keys/);
command("echo $root");
refused('something else', qr/no root key/);
is(scalar(grep { /^sleep 61\.25$|^yes health_dp-root/ } split /\n/, `ps -o args= -u $<`), 0, 'nothing it started is left running');
command("echo 'health_dp-root-1 secret on the error channel' >&2; [ \"\$1 \$2\" = 'one two' ] && [ ! -e /proc/self/fd/9 ]"
      . " && echo '$line'");
wait_for_state($node, 'open');
is(status($node, 'provider, root'), "command|$check", 'the right command, with its arguments');
unlike(PostgreSQL::Test::Utils::slurp_file($node->logfile), qr/error channel/, 'nothing that it says is logged');

# -- systemd

my $credentials = "$directory/credentials";
mkdir $credentials, 0700;
$node->append_conf('postgresql.conf', "health_dp.key_provider = 'systemd:health_dp.root'");
refused('no credentials', qr/no credentials/);
{
    local $ENV{CREDENTIALS_DIRECTORY} = $credentials;
    refused('not this one', qr/cannot be opened/);
    write_roots("$credentials/health_dp.root", $root);
    chmod 0444, "$credentials/health_dp.root";
    refused('open to everybody', qr/open to others/);
    chmod 0440, "$credentials/health_dp.root";
    $node->restart;
    wait_for_state($node, 'open');
    is(status($node, 'provider, root'), "systemd|$check", 'a credential');
}

# -- the key store's directory

write_roots($path, $root);
$node->append_conf('postgresql.conf', "health_dp.key_provider = 'file:$path'");
sub store_refused {
    my ($what, $pattern) = @_;
    $node->restart;
    wait_for_state($node, 'unavailable');
    my ($refusal, $message) = as_code($node, "SELECT health_dp.create_key('emc2')");
    is($refusal, 'ZD506', $what);
    like($message, $pattern, "$what: and why");
    return;
}
my $store = "$directory/files";
chmod 0750, $store;
store_refused('a directory open to others', qr/others may enter/);
chmod 0700, $store;
chmod 0640, "$store/health_dp.keys";
store_refused('a store open to others', qr/own file/);
chmod 0600, "$store/health_dp.keys";
write_roots($path, $other);
store_refused('another root key', qr/another root key/);
write_roots($path, $root);
my $bytes = store_bytes('files');
write_private("$store/health_dp.keys", substr($bytes, 0, -1) . chr(ord(substr $bytes, -1) ^ 1));
store_refused('a damaged store', qr/changed or damaged/);
write_private("$store/health_dp.keys", 'health_dp keys 2');
store_refused('no store', qr/no key store/);
write_private("$store/health_dp.keys", $bytes);
mkdir $node->data_dir . '/keys', 0700;
$node->append_conf('postgresql.conf', "health_dp.key_store = '" . $node->data_dir . "/keys'");
store_refused('in the data directory', qr/is in the data directory/);
$node->append_conf('postgresql.conf', "health_dp.key_store = '$store/missing'");
store_refused('no directory', qr/cannot be opened/);
$node->append_conf('postgresql.conf', "health_dp.key_store = '$store'");
$node->restart;
wait_for_state($node, 'open');

# Two servers with one store would overwrite each other's keys.
my $twin = new_server('twin', "file:$path", "health_dp.key_store = '$store'");
wait_for_state($twin, 'unavailable');
($code, $error) = as_code($twin, "SELECT health_dp.create_key('emc2')");
is($code, 'ZD506', 'a store that another server uses');
like($error, qr/another server uses/, 'and why');
$twin->stop;
$node->stop;

# -- memory that cannot be locked

SKIP: {
    skip 'nothing limits root', 2 if $< == 0;
    my $unlocked = unused_server('unlocked', "file:$path");
    my $log = $unlocked->logfile;
    my $pid = fork // die "fork: $!";
    if ($pid == 0) {
        exec 'bash', '-c', 'ulimit -l 0; exec pg_ctl -w -D "$0" -l "$1" start', $unlocked->data_dir, $log or die;
    }
    waitpid $pid, 0;
    isnt($?, 0, 'without memory that stays out of swap, the server does not start');
    like(PostgreSQL::Test::Utils::slurp_file($log), qr/could not lock memory.*HINT:.*LimitMEMLOCK/s, 'and says how to');
}

done_testing();
