# A root key in a file and an empty directory for a key store, which exact releases need: settings for postgresql.conf.
package KeyStore;

use strict;
use warnings;
use Exporter 'import';

our @EXPORT = qw(key_settings new_root);

# 32 bytes, as the digits that providers give.
sub new_root {
    open my $random, '<:raw', '/dev/urandom' or die "no random bytes: $!";
    read($random, my $bytes, 32) == 32 or die 'too few random bytes';
    close $random or die "no random bytes: $!";
    return unpack 'H*', $bytes;
}

# Of a server that may use what is in `directory`, which is made: nobody else's.
sub key_settings {
    my ($directory) = @_;
    mkdir $_, 0700 or die "$_: $!" for $directory, "$directory/store";
    my $mask = umask 0077;
    open my $file, '>', "$directory/root" or die "$directory/root: $!";
    umask $mask;
    print $file 'health_dp-root-1 ', new_root(), "\n";
    close $file or die "$directory/root: $!";
    return ("health_dp.key_provider = 'file:$directory/root'", "health_dp.key_store = '$directory/store'");
}

1;
