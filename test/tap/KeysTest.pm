# What the tests of keys share: a server with a key store, root keys, and a custodian.
package KeysTest;

use strict;
use warnings;
use Exporter 'import';
use KeyStore;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes ();

our @EXPORT = qw($directory new_root write_roots write_private new_server unused_server with_store as as_code value
  status wait_until wait_for_state keeper_pid store_bytes);

# Everything of ours beside the data directories: short, private, gone at the end.
our $directory = PostgreSQL::Test::Utils::tempdir_short();
chmod 0700, $directory;

sub write_private {
    my ($path, $text) = @_;
    unlink $path;
    PostgreSQL::Test::Utils::append_to_file($path, $text);
    chmod 0600, $path;
    return;
}

sub write_roots {
    my ($path, @roots) = @_;
    return write_private($path, join '', map { "health_dp-root-1 $_\n" } @roots);
}

# Not yet started, with a directory for its key store.
sub unused_server {
    my ($name, $provider, @settings) = @_;
    my $node = PostgreSQL::Test::Cluster->new($name);
    $node->init(allows_streaming => 1, extra => [ '--wal-segsize=1' ]);
    mkdir "$directory/$name", 0700;
    $node->append_conf('postgresql.conf', join("\n", "shared_preload_libraries = 'health_dp'",
        'restart_after_crash = on', 'autovacuum = off', 'shared_buffers = 4MB', "health_dp.key_provider = '$provider'",
        "health_dp.key_store = '$directory/$name'", "health_dp.key_timeout = '5s'", @settings, ''));
    return $node;
}

# Started, with the extension and the custodian carol; mallory is nobody.
sub new_server {
    my $node = unused_server(@_);
    $node->start;
    $node->safe_psql('postgres', 'CREATE EXTENSION health_dp; CREATE ROLE carol LOGIN IN ROLE health_dp_custodian;'
          . ' CREATE ROLE mallory LOGIN');
    return $node;
}

# The same, with a root key in a file, a key store, and a domain with a key.
sub with_store {
    my ($name, $root, @settings) = @_;
    write_roots("$directory/$name.root", $root);
    my $node = new_server($name, "file:$directory/$name.root", @settings);
    is((as_code($node, 'SELECT health_dp.create_key_store()'))[0], '', "$name: a key store");
    is(value($node, "SELECT health_dp.create_key('emc2')"), 1, "$name: a key");
    return $node;
}

# Runs SQL as a user (carol unless told): output, and errors as psql tells them.
sub as {
    my ($node, $sql, $user, $database) = @_;
    my ($out, $err) = ('', '');
    my $code = $node->psql($database // 'postgres', $sql, stdout => \$out, stderr => \$err,
        extra_params => [ '-U', $user // 'carol', '-v', 'VERBOSITY=verbose' ], on_error_stop => 1);
    return ($code, $out, $err);
}

# The SQLSTATE it ended with, or '', and the whole error.
sub as_code {
    my ($code, undef, $err) = as(@_);
    return ($1, $err) if $err =~ /(?:ERROR|FATAL):\s+([0-9A-Z]{5}):/;
    return ($code == 0 ? '' : "exit code $code", $err);
}

sub value {
    my ($code, $out, $err) = as(@_);
    diag($err) if $code != 0;
    return $out;
}

sub status {
    my ($node, $columns) = @_;
    return $node->safe_psql('postgres', "SELECT $columns FROM health_dp.key_status");
}

sub wait_until {
    my ($condition, $what) = @_;
    for (1 .. 10 * $PostgreSQL::Test::Utils::timeout_default) {
        return 1 if $condition->();
        Time::HiRes::sleep(0.1);
    }
    die "timed out waiting for: $what";
}

# After a crash, the server refuses connections for a moment.
sub wait_for_state {
    my ($node, $state) = @_;
    return wait_until(sub {
            my ($code, $out) = $node->psql('postgres', 'SELECT state FROM health_dp.key_status');
            return ($code // -1) == 0 && $out eq $state;
        }, "the keeper is $state");
}

# The keeper has no connection to a database, so no statistics view names it: the postmaster's child of that title.
sub keeper_pid {
    my ($node) = @_;
    my $postmaster = (split /\n/, PostgreSQL::Test::Utils::slurp_file($node->data_dir . '/postmaster.pid'))[0];
    for my $path (glob '/proc/[0-9]*/stat') {
        my ($pid) = $path =~ /(\d+)/;
        open my $stat, '<', $path or next;
        my ($parent) = (<$stat> // '') =~ /^\d+ \(.*\) \S (\d+)/s;
        next if !defined $parent || $parent != $postmaster;
        open my $title, '<', "/proc/$pid/cmdline" or next;
        return $pid if (<$title> // '') =~ /health_dp key keeper/;
    }
    return;
}

sub store_bytes {
    my ($name) = @_;
    return PostgreSQL::Test::Utils::slurp_file("$directory/$name/health_dp.keys");
}

1;
