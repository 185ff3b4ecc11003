# Two servers that are copies of one data directory, file by file, and differ at most in what was planted in one of them.
# The same requests go to both at once; what comes back from each is compared by whoever asked.
package Twins;

use strict;
use warnings;
use File::Path qw(make_path remove_tree);
use KeyStore;
use Wire;

# What runs by a clock of its own is off or far away: whatever then differs between the twins, a statement did.
my $settings = <<'CONF';
listen_addresses = ''
shared_preload_libraries = 'health_dp'
autovacuum = off
fsync = off
full_page_writes = off
checkpoint_timeout = 1d
max_wal_size = 8GB
bgwriter_lru_maxpages = 0
bgwriter_delay = 10ms
wal_writer_delay = 10s
jit = off
logging_collector = off
log_line_prefix = ''
log_checkpoints = off
timezone = UTC
log_timezone = UTC
health_dp.failure_limit = 0
health_dp.failures_per_day = 0
health_dp.executions_per_day = 0
health_dp.worker_idle_timeout = 1
# As docs/install.md says; and one room, which stays: whether a second one starts, because the first is not yet free again, is a matter of time.
max_worker_processes = 16
health_dp.rooms = 1
health_dp.room_idle_timeout = 1d
health_dp.room_tablespace = 'health_dp_rooms'
CONF

sub command {
    my (@command) = @_;
    my $pid = fork // die "fork: $!";
    if ($pid == 0) {
        open STDOUT, '>>', "$ENV{HDP_TWINS}/commands.log" or die;
        open STDERR, '>&', \*STDOUT or die;
        exec @command or exit 127;
    }
    waitpid $pid, 0;
    die "failed, see $ENV{HDP_TWINS}/commands.log: @command" if $?;
    return;
}

# A template: the warehouse in a cluster of its own, stopped.
sub build {
    my ($class, $work, $warehouse) = @_;
    my $self = bless { work => $work, log_read => [ 0, 0 ] }, $class;
    $ENV{HDP_TWINS} = $work;
    make_path("$work/template");
    command('initdb', '-D', "$work/template/data", '-U', 'postgres', '-A', 'trust', '--encoding=UTF8', '--locale=C.UTF-8',
        '--no-sync', '--wal-segsize=4');
    open my $conf, '>>', "$work/template/data/postgresql.conf" or die;
    print $conf $settings, join("\n", key_settings("$work/keys"), '');
    close $conf;
    $self->start_one('template');
    command('psql', '-XqAt', '-h', "$work/template", '-U', 'postgres', '-d', 'postgres', '-v', 'ON_ERROR_STOP=1', '-f', $warehouse);
    stop_one("$work/template");
    return $self;
}

# Both sides of a kind of difference, each made of the template by as many statements of the same shape.
sub prepare {
    my ($self, $kind, @sql) = @_;
    my $work = $self->{work};
    for my $side (0, 1) {
        my $home = "$work/$kind-$side";
        make_path($home);
        command('cp', '-a', "$work/template/data", "$home/data");
        $self->start_one("$kind-$side");
        command('psql', '-XqAt', '-h', $home, '-U', 'postgres', '-d', 'postgres', '-v', 'ON_ERROR_STOP=1',
            map { ('-c', $_) } $sql[$side], 'VACUUM ANALYZE', 'SELECT pg_stat_reset()', 'CHECKPOINT');
        stop_one($home);
    }
    return;
}

sub start_one {
    my ($self, $name) = @_;
    my $home = "$self->{work}/$name";
    # Of one root, and each with a copy of its own, for a server locks it.
    my $store = $name eq 'template' ? "$self->{work}/keys/store" : "$home/store";
    command('cp', '-a', "$self->{work}/keys/store", $store) if !-e $store;
    command('pg_ctl', '-D', "$home/data", '-l', "$home/log", '-o', "-k $home -c health_dp.key_store=$store", '-w', '-s', 'start');
    return;
}

sub stop_one { my ($home) = @_; command('pg_ctl', '-D', "$home/data", '-m', 'fast', '-w', '-s', 'stop') if -e "$home/data/postmaster.pid"; return; }

# Fresh copies of both sides of a kind, running. Of kind 'same' both are copies of one.
sub restore {
    my ($self, $kind) = @_;
    $self->stop;
    $self->{kind} = $kind;
    for my $side (0, 1) {
        my $home = "$self->{work}/twin-$side";
        my $from = "$self->{work}/" . ($kind eq 'same' ? 'value-0' : "$kind-$side");
        remove_tree("$home/data");
        make_path($home);
        unlink "$home/log";
        command('cp', '-a', "$from/data", "$home/data");
    }
    my @homes = map { "$self->{work}/twin-$_/data" } 0, 1;
    widen($_, @homes) for map { s/^\Q$homes[0]\E\///r } glob "$homes[0]/base/*";
    for my $side (0, 1) {
        $self->start_one("twin-$side");
        # What making them has counted is nobody's business.
        command('psql', '-XqAt', '-h', "$self->{work}/twin-$side", '-U', 'postgres', '-d', 'postgres', '-c',
            "SELECT pg_stat_reset(), pg_stat_reset_shared('bgwriter'), pg_stat_reset_shared('wal'), pg_stat_reset_slru(NULL)");
    }
    $self->{log_read} = [ 0, 0 ];
    $self->logs;
    return;
}

# Directories have a size, too, which pg_tablespace_size() counts. It grows with their names, of which some have the number of a process: so
# there is room for these from the beginning, and as much on both sides.
sub widen {
    my ($name, @homes) = @_;
    my @made = ([], []);
    my $add = sub {
        my ($side) = @_;
        my $file = sprintf '%s/%s/%0200d', $homes[$side], $name, scalar @{ $made[$side] };
        open my $handle, '>', $file or die "$file: $!";
        push @{ $made[$side] }, $file;
        return;
    };
    for (1 .. 600) { $add->($_) for 0, 1; }
    while (1) {
        my @sizes = map { (stat "$_/$name")[7] } @homes;
        last if $sizes[0] == $sizes[1];
        $add->($sizes[0] < $sizes[1] ? 0 : 1);
    }
    unlink map { @$_ } @made;
    return;
}

sub stop {
    my ($self) = @_;
    stop_one("$self->{work}/twin-$_") for 0, 1;
    return;
}

# What each log has got since last asked.
sub logs {
    my ($self) = @_;
    my @logs;
    for my $side (0, 1) {
        open my $log, '<', "$self->{work}/twin-$side/log" or do { push @logs, ''; next; };
        seek $log, $self->{log_read}[$side], 0;
        local $/;
        my $text = <$log> // '';
        $self->{log_read}[$side] += length $text;
        push @logs, $text;
    }
    return @logs;
}

# A session of the same role on each.
sub connect {
    my ($self, $role) = @_;
    my $pair = bless { wires => [ map { Wire->new("$self->{work}/twin-$_", $role, 'postgres') } 0, 1 ] }, 'Twins::Session';
    $_->receive for @{ $pair->{wires} };
    return $pair;
}

package Twins::Session;

use strict;
use warnings;

# Both transcripts of a request.
sub ask {
    my ($self, $request) = @_;
    $_->send($request) for @{ $self->{wires} };
    return map { $_->receive } @{ $self->{wires} };
}

# The same, cancelled after a while.
# `ready`: calls back true once both may be cancelled.
sub ask_and_cancel {
    my ($self, $request, $ready) = @_;
    $_->send($request) for @{ $self->{wires} };
    select undef, undef, undef, 0.1 until $ready->();
    $_->cancel for @{ $self->{wires} };
    return map { $_->receive } @{ $self->{wires} };
}

# Rows of both, for what the harness itself wants to know; an error is a defect of the harness.
sub rows {
    my ($self, $sql) = @_;
    my @answers = $self->ask($sql);
    for my $answer (@answers) {
        my ($error) = grep { $_->[0] eq 'E' || $_->[0] eq 'end' } @$answer;
        die "$error->[1]\n$sql" if $error;
    }
    return map { [ map { $_->[2] } grep { $_->[0] eq 'D' } @$_ ] } @answers;
}

sub alive { my ($self) = @_; return !grep { !$_->{alive} } @{ $self->{wires} }; }

sub close { my ($self) = @_; $_->close for @{ $self->{wires} }; return; }

1;
