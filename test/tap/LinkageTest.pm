# What the tests of linkage share: people with registration numbers, clusters with a key store, and roles permitted to use
# keys.
package LinkageTest;

use strict;
use warnings;
use Exporter 'import';
use File::Find ();
use KeysTest;
use PostgreSQL::Test::Utils;
use Test::More;

our @EXPORT = qw(nir linkage_server permit search_for array_of);

# The number of the nth person, with its key: Perl's integers hold 13 digits.
sub nir {
    my ($n) = @_;
    my $number = sprintf '1%02d%02d%02d%03d%03d', 40 + $n % 60, 1 + $n % 12, 1 + $n % 19, 1 + int($n / 60) % 990,
      1 + int($n / 7) % 999;
    return sprintf '%s%02d', $number, 97 - $number % 97;
}

# A server with a root key, a key store, and a project emc2 that is valid, which bulk uses of keys need.
sub linkage_server {
    my ($name, @settings) = @_;
    my $node = with_store($name, new_root(), @settings);
    $node->safe_psql('postgres', 'CREATE ROLE sophie LOGIN IN ROLE health_dp_steward');
    is((as_code($node, "SELECT health_dp.create_project('emc2', title => 'EMC2', legal_basis => 'CNIL 2023-146',"
              . " valid => daterange(current_date - 1, current_date + 365), epsilon => 8)", 'sophie'))[0],
        '', "$name: a project");
    return $node;
}

# Permits a role any number of uses.
sub permit {
    my ($node, $domain, $operation, $role) = @_;
    return is((as_code($node, "SELECT health_dp.permit_key_use('$domain', '$operation', '$role', 10000000, 'emc2')"))[0],
        '', "$role may $operation with the key of $domain");
}

sub array_of { return 'ARRAY[' . join(',', map { "'$_'" } @_) . ']' }

# How many files of a server hold any of the strings, by place: its data directory with WAL, its log, its key store, a dump.
sub search_for {
    my ($node, $name, @needles) = @_;
    my $any = join '|', map { quotemeta } @needles;
    my $pattern = qr/$any/;
    my %seen;
    $node->safe_psql('postgres', 'CHECKPOINT');
    my $dump = "$directory/$name.dump";
    $node->command_ok([ 'pg_dumpall', '-f', $dump, '-d', $node->connstr('postgres') ], "$name: pg_dumpall");
    my %places = (data => $node->data_dir, log => $node->logfile, store => "$directory/$name", dump => $dump);
    for my $place (keys %places) {
        $seen{$place} = 0;
        File::Find::find({ no_chdir => 1, wanted => sub {
                    return if !-f $_;
                    open my $file, '<:raw', $_ or return;
                    local $/ = undef;
                    $seen{$place}++ if (<$file> // '') =~ $pattern;
                } }, $places{$place});
    }
    return \%seen;
}

1;
