# The frontend/backend protocol, spoken by hand: libpq would hide messages, and DBI is not everywhere. Everything the server
# sends becomes a line of the transcript, in its order. Sending and receiving are apart, so that two servers work at once.
package Wire;

use strict;
use warnings;
use IO::Socket::UNIX;

my %names = (1 => 'ParseComplete', 2 => 'BindComplete', 3 => 'CloseComplete', n => 'NoData', s => 'PortalSuspended', I => 'EmptyQueryResponse');

sub new {
    my ($class, $directory, $role, $database) = @_;
    my $self = bless { directory => $directory, buffer => '', alive => 1 }, $class;
    $self->{socket} = IO::Socket::UNIX->new(Peer => "$directory/.s.PGSQL.5432") or die "no server at $directory: $!";
    my $start = pack('N', 196608) . join('', map { "$_\0" } 'user', $role, 'database', $database, 'application_name', 'member') . "\0";
    $self->put(pack('N', length($start) + 4) . $start);
    return $self;
}

sub put {
    my ($self, $bytes) = @_;
    local $SIG{PIPE} = 'IGNORE';
    my $offset = 0;
    while ($self->{alive} && $offset < length $bytes) {
        my $count = syswrite $self->{socket}, $bytes, length($bytes) - $offset, $offset;
        if (!defined $count) { $self->{alive} = 0; last; }
        $offset += $count;
    }
    return;
}

sub message { my ($type, $body) = @_; return $type . pack('N', length($body) + 4) . $body; }

# What a request is: SQL as text (simple protocol), or steps of the extended one:
# [parse => name, sql], [bind => statement, values...], [describe => name], [execute => rows], [close => name], 'sync'.
sub send {
    my ($self, $request) = @_;
    if (!ref $request) {
        $self->put(message('Q', "$request\0"));
        return;
    }
    my $bytes = '';
    for my $step (@$request) {
        my ($what, @rest) = ref $step ? @$step : $step;
        if ($what eq 'parse') { $bytes .= message('P', "$rest[0]\0$rest[1]\0" . pack('n', 0)); }
        elsif ($what eq 'bind') {
            my ($name, @values) = @rest;
            $bytes .= message('B', "\0$name\0" . pack('nn', 0, scalar @values)
              . join('', map { defined $_ ? pack('N', length $_) . $_ : pack('N', 0xffffffff) } @values) . pack('n', 0));
        }
        elsif ($what eq 'describe') { $bytes .= message('D', "S$rest[0]\0"); }
        elsif ($what eq 'execute') { $bytes .= message('E', "\0" . pack('N', $rest[0] // 0)); }
        elsif ($what eq 'close') { $bytes .= message('C', "S$rest[0]\0"); }
        elsif ($what eq 'sync') { $bytes .= message('S', ''); }
        else { die "no step $what"; }
    }
    # Every request ends in one answer that is awaited.
    $bytes .= message('S', '') unless $request->[-1] eq 'sync';
    $self->put($bytes);
    $self->{syncs} = grep({ $_ eq 'sync' } @$request) || 1;
    return;
}

# Cancels what runs, by a connection of its own, as the protocol has it.
sub cancel {
    my ($self) = @_;
    my $socket = IO::Socket::UNIX->new(Peer => "$self->{directory}/.s.PGSQL.5432") or die "no server at $self->{directory}: $!";
    syswrite $socket, pack('NN', 16, 80877102) . $self->{key};
    sysread $socket, my $nothing, 1;
    return;
}

# Whether something has come.
sub ready {
    my ($self) = @_;
    my $bits = '';
    vec($bits, fileno($self->{socket}), 1) = 1;
    return length $self->{buffer} || select($bits, undef, undef, 0) > 0;
}

sub take {
    my ($self, $count) = @_;
    while (length $self->{buffer} < $count) {
        my $got = sysread $self->{socket}, $self->{buffer}, 65536, length $self->{buffer};
        if (!$got) { $self->{alive} = 0; return; }
    }
    return substr $self->{buffer}, 0, $count, '';
}

# The messages until the server is ready again, as [type, text, raw fields].
sub receive {
    my ($self) = @_;
    my @seen;
    my $syncs = delete $self->{syncs} // 1;
    while (1) {
        my $head = $self->{alive} ? $self->take(5) : undef;
        if (!defined $head) { push @seen, [ 'end', 'the connection ends' ]; last; }
        my ($type, $length) = unpack 'aN', $head;
        my $body = $self->take($length - 4) // '';
        $self->{key} = $body if $type eq 'K';
        push @seen, [ $type, describe($type, $body), $type eq 'D' ? fields($body) : undef ] unless $type eq 'K' || $type eq 'R';
        last if $type eq 'Z' && --$syncs == 0;
    }
    return \@seen;
}

sub fields {
    my ($body) = @_;
    my ($count) = unpack 'n', $body;
    my $offset = 2;
    my @values;
    for (1 .. $count) {
        my $length = unpack 'N', substr($body, $offset, 4);
        $offset += 4;
        if ($length == 0xffffffff) { push @values, undef; next; }
        push @values, substr($body, $offset, $length);
        $offset += $length;
    }
    return \@values;
}

sub describe {
    my ($type, $body) = @_;
    return 'DataRow ' . join('|', map { $_ // '(null)' } @{ fields($body) }) if $type eq 'D';
    if ($type eq 'E' || $type eq 'N') {
        # All fields, down to the line of PostgreSQL's source: a client is told.
        return ($type eq 'E' ? 'Error ' : 'Notice ') . join(' ', map { substr($_, 0, 1) . '=' . substr($_, 1) } grep { length } split /\0/, $body);
    }
    if ($type eq 'T') {
        my ($count) = unpack 'n', $body;
        my $offset = 2;
        my @columns;
        for (1 .. $count) {
            my $name = unpack 'Z*', substr($body, $offset);
            $offset += length($name) + 1;
            push @columns, "$name:" . join(',', unpack 'NnNnNn', substr($body, $offset, 18));
            $offset += 18;
        }
        return "RowDescription @columns";
    }
    return 'CommandComplete ' . unpack('Z*', $body) if $type eq 'C';
    return 'ReadyForQuery ' . $body if $type eq 'Z';
    return 'ParameterStatus ' . join('=', split /\0/, $body) if $type eq 'S';
    return 'Notification ' . unpack('x4Z*', $body) if $type eq 'A';
    return 'ParameterDescription ' . join(',', unpack 'nN*', $body) if $type eq 't';
    return $names{$type} // "message $type";
}

sub close {
    my ($self) = @_;
    $self->put(message('X', ''));
    # The server closes its end when the session is gone, after its last statistics.
    1 while $self->{alive} && defined $self->take(1);
    close $self->{socket};
    return;
}

1;
