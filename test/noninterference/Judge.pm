# One trial: the same statements as the same member on both twins, everything he sees compared. What differs is a finding.
package Judge;

use strict;
use warnings;
use Time::HiRes ();
use Observe;
use Twins;

# What a statement moves at once: looked at after each; everything else after each part.
my $moving = qr/^(pg_locks|pg_stat_activity|pg_stat_database|pg_stat_get_db_\w+\(oid\)|pg_stat(io)?_user_tables|pg_stat_slru|pg_stat_wal|pg_stat_bgwriter|pg_stat_io
    |pg_my_temp_schema\(\)|pg_prepared_statements|pg_cursors|pg_namespace|pg_class|pg_tablespace_size\(name\)|pg_database_size\(name\)
    |own\..*|budget|suppressed_releases)$/x;

# The same before a look at the instruments, whose reading would be the first.
my $elsewhere = qr/^(?!own\.)(?:$moving)/x;

sub new {
    my ($class, %with) = @_;
    my $self = bless { %with, findings => 0, apart => {}, trials => 0, restores => 0 }, $class;
    my $session = $self->{twins}->connect('ana');
    $self->{observe} = Observe->new($session, $self->{masks});
    $session->close;
    $self->{twins}->restore($self->{twins}{kind});
    return $self;
}

# Lines of a transcript. Released rows lose their values, and with them their number where keys come from protected rows.
sub lines {
    my ($answer, $what) = @_;
    my @lines;
    for (@$answer) {
        my ($type, $text) = @$_;
        if ($what->{released} && $type eq 'D') { next if $what->{keys}; $text = 'DataRow (released)'; }
        $text = 'CommandComplete (released)' if $what->{keys} && $type eq 'C';
        push @lines, $text;
    }
    return join "\n", @lines;
}

# Exact numbers may differ by what one patient's rows can do, and by no more.
sub too_far {
    my ($answers, $bound) = @_;
    my @values = map { [ map { @{ $_->[2] } } grep { $_->[0] eq 'D' } @$_ ] } @$answers;
    return 1 if @{ $values[0] } != @{ $values[1] };
    for my $i (0 .. $#{ $values[0] }) {
        my ($a, $b) = map { $_->[$i] } @values;
        next unless defined $a && defined $b && $a =~ /^-?[\d.]+$/ && $b =~ /^-?[\d.]+$/;
        return 1 if abs($a - $b) > $bound;
    }
    return 0;
}

sub state_of {
    my ($answer) = @_;
    my ($error) = grep { $_->[0] eq 'E' || $_->[0] eq 'end' } @$answer;
    return '' unless $error;
    return $error->[1] =~ /\bC=(\w{5})/ ? $1 : 'lost';
}

sub finding {
    my ($self, $name, $request, $what, $detail) = @_;
    ++$self->{findings} if $self->{found}->($name, $request, $what, $detail);
    return;
}

# How two answers differ, or nothing.
sub compare {
    my ($answers, $what) = @_;
    my @texts = map { timeless(lines($_, { released => 1, %$what })) } @$answers;
    return join "\n", differing(@texts) if $texts[0] ne $texts[1];
    return 'exact numbers differ by more than one patient\'s rows: ' . join ' and ', map { lines($_, {}) =~ s/\n/ /gr } @$answers
      if defined $what->{exact} && too_far($answers, $what->{exact});
    return;
}

# Whatever traces say of time (trace_sort and the like).
sub timeless { my ($text) = @_; return $text =~ s/(user|system|elapsed): [\d.]+ s/$1/gr; }

sub differing {
    my (@texts) = @_;
    my @lists = map { [ split /\n/, timeless($_) ] } @texts;
    my @shown;
    for my $i (0 .. ($#{ $lists[0] } > $#{ $lists[1] } ? $#{ $lists[0] } : $#{ $lists[1] })) {
        my ($a, $b) = map { $_->[$i] // '(nothing)' } @lists;
        push @shown, '-' . substr($a, 0, 300), '+' . substr($b, 0, 300) if $a ne $b && @shown < 4;
    }
    return @shown;
}

# Compares all that moves; names of what differs.
sub look {
    my ($self, $session, $pattern) = @_;
    my @sides = $self->{observe}->look($session, $pattern);
    return grep { $sides[0]{$_} ne $sides[1]{$_} && !$self->{apart}{$_} } sort keys %{ $sides[0] };
}

# Whether requests ask for exact tables and for nothing else.
sub is_exact {
    my ($request) = @_;
    my $text = join ' ', flat($request);
    return $text =~ /\bsc_\w+\(/ && $text !~ /\bdp_\w+\(/;
}

sub flat { return map { ref $_ ? flat(@$_) : $_ // 'null' } @_; }

# What an exact release registers has random bytes of a random length with it.
my $sizes = qr/^pg_(tablespace|database)_size\(name\)/;

my $certain = qr/^(messages|server log|a message that may not be|not refused|what is on record)$/;

# A trial: name, sql (a list of requests, or one), before (requests by the member first), as, canary, released, keys, exact,
# cancel (a pattern of requests that are cancelled half a second after their charges).
# Returns what differed. What is no message must differ again on servers made anew: the ledger's workers act at their own
# pace, and a difference that only they make does not come back.
sub trial {
    my ($self, %trial) = @_;
    ++$self->{trials};
    $self->{apart}{$_} = 1 for is_exact($trial{sql}) ? grep { $_ =~ $sizes } $self->{observe}->names : ();
    my @found = $self->once(%trial);
    $self->restore if $trial{cancel};
    return unless @found;
    if (!grep { $_->[0] =~ $certain } @found) {
        my $apart = $self->{apart};
        $self->restore;
        $self->{apart} = { map { $_ => 1 } grep { $_ =~ $sizes } keys %$apart };
        my %again = map { $_->[0] => 1 } $self->once(%trial);
        @found = grep { $again{ $_->[0] } } @found;
    }
    $self->finding($trial{name}, $trial{sql}, @$_) for $trial{silent} ? () : @found;
    # What has come apart for good is left out from here on, or each later trial would find it too; after some findings
    # both servers are made anew, and everything is looked at again. So they are after what the list `known` may take.
    if ($trial{fresh} || is_exact($trial{sql}) || ++$self->{since} > 20) { $self->restore; }
    else { $self->{apart}{$_} = 1 for $self->now_apart; }
    return @found;
}

sub once {
    my ($self, %trial) = @_;
    my @found;
    my @requests = ref $trial{sql} ? @{ $trial{sql} } : ($trial{sql});
    $self->canaries if $trial{canary};
    my $session = $self->{twins}->connect($trial{as} // 'ana');
    $session->ask($_) for @{ $trial{before} // [] };
    my @states;
    for my $request (@requests) {
        my @answers = $trial{cancel} && $request =~ $trial{cancel} ? $session->ask_and_cancel($request, $self->once_charged) : $trial{watch} ? $self->watched($session, $request, $trial{watch}, \@found) : $session->ask($request);
        push @found, map { [ 'a message that may not be', $_ ] } unwanted(\@answers, $trial{never}) if $trial{never};
        push @states, state_of($answers[0]);
        my $difference = compare(\@answers, \%trial);
        push @found, [ 'messages', $difference ] if $difference;
        last unless $session->alive;
    }
    # What has been charged, and how far it came, when a cancel arrives, is a matter of time.
    if ($session->alive && !$trial{cancel}) {
        $session->ask('ROLLBACK') if $trial{transaction};
        $self->inspect($session, \@found, 'in the session', $trial{canary} ? $elsewhere : $moving);
    }
    $session->close;
    push @found, [ 'not refused', "SQLSTATE '$states[-1]'" ] if $trial{refused} && $states[-1] !~ $trial{refused};
    $self->probe_canaries(\@found) if $trial{canary};
    $self->check_state(\@found, $trial{holds}) if $trial{holds};
    my @logs = $self->{twins}->logs;
    push @found, [ 'server log', join "\n", differing(@logs) ] if timeless($logs[0]) ne timeless($logs[1]);
    $self->{states} = \@states;
    return @found;
}

sub restore { my ($self) = @_; ++$self->{restores}; $self->{since} = 0; $self->{apart} = {}; $self->{twins}->restore($self->{twins}{kind}); return; }

# What differs for a new session.
sub now_apart {
    my ($self) = @_;
    my $session = $self->{twins}->connect('ana');
    my @names = $self->look($session, $moving);
    $session->close;
    return @names;
}

# What still differs a moment later: the ledger's workers write when a statement is over, each at its own pace, and hand in
# their counters when they end. Time is not compared, so both are waited for.
sub inspect {
    my ($self, $session, $found, $where, $pattern) = @_;
    my @names;
    for my $try (1 .. 4) {
        select undef, undef, undef, 0.05 if $try > 1;
        $self->workers_gone if $try == 4;
        # Counters of what has been are handed in now, not by the clock.
        $session->ask('SELECT pg_catalog.pg_stat_force_next_flush()');
        @names = eval { $self->look($session, $pattern) };
        if ($@) { push @$found, [ "looking $where", $@ =~ s/\n.*//sr ]; return; }
        return unless @names;
        $pattern = join '|', map { '^' . quotemeta . '$' } @names;
    }
    push @$found, [ "$_ $where", $self->{observe}->difference($session, $_) ] for @names;
    return;
}

sub workers_gone {
    my ($self) = @_;
    my $session = $self->{twins}->connect('postgres');
    for (1 .. 60) {
        last unless grep { $_->[0][0] } $session->rows(q{SELECT count(*) FROM pg_stat_activity WHERE backend_type LIKE '%ledger%'});
        select undef, undef, undef, 0.05;
    }
    $session->close;
    return;
}

sub unwanted {
    my ($answers, $never) = @_;
    for my $text (map { lines($_, { released => 1 }) } @$answers) { return substr($&, 0, 400) if $text =~ $never; }
    return;
}

# What is cancelled before its charge costs nothing, and a slow machine takes its time; what is refused has no charge.
sub once_charged {
    my ($self) = @_;
    my $session = $self->{twins}->connect('postgres');
    my $charges = sub { return map { $_->[0][0] } $session->rows('SELECT count(*) FROM health_dp.charges') };
    my @before = $charges->();
    my $until = Time::HiRes::time() + 30;
    return sub {
        my @now = $charges->();
        return 0 if Time::HiRes::time() < $until && grep { $now[$_] == $before[$_] } 0 .. $#now;
        $session->close;
        select undef, undef, undef, 0.5;
        return 1;
    };
}

# What a superuser finds afterwards on each server; the ledger's worker may take a moment to write it.
sub check_state {
    my ($self, $found, $sql) = @_;
    my $session = $self->{twins}->connect('postgres');
    my @values;
    for (1 .. 150) {
        @values = map { $_->[0][0] // '(null)' } $session->rows($sql);
        last unless grep { $_ ne 't' } @values;
        select undef, undef, undef, 0.1;
    }
    $session->close;
    push @$found, [ 'what is on record', "$sql: @values" ] if grep { $_ ne 't' } @values;
    return;
}

# The largest number that another session of the member sees while a request runs.
sub watched {
    my ($self, $session, $request, $sql, $found) = @_;
    my $other = $self->{twins}->connect('ana');
    my @largest = map { $_->[0][0] } $other->rows($sql);
    my @before = @largest;
    $_->send($request) for @{ $session->{wires} };
    my @done = (0, 0);
    while (grep { !$_ } @done) {
        my @now = map { $_->[0][0] } $other->rows($sql);
        for my $side (0, 1) {
            $largest[$side] = $now[$side] if $now[$side] > $largest[$side];
            $done[$side] ||= $session->{wires}[$side]->ready;
        }
    }
    $other->close;
    my @grown = map { $largest[$_] - $before[$_] } 0, 1;
    push @$found, [ "watched: $sql", "-$grown[0]\n+$grown[1]" ] if $grown[0] != $grown[1];
    return map { $_->receive } @{ $session->{wires} };
}

# The member's own tables as instruments: a page that whoever reads it prunes, rows that whoever reads them first looks up
# in the commit log.
sub canaries {
    my ($self) = @_;
    my $session = $self->{twins}->connect('ana');
    $session->ask($_) for 'TRUNCATE own.pr, own.hint', q{INSERT INTO own.pr SELECT i, repeat('y', 60) FROM generate_series(1, 81) i},
      'DELETE FROM own.pr WHERE a > 1', map { "INSERT INTO own.hint VALUES ($_)" } 1 .. 12;
    $session->close;
    return;
}

sub probe_canaries {
    my ($self, $found) = @_;
    my $session = $self->{twins}->connect('ana');
    my @answers = $session->ask(q{INSERT INTO own.pr VALUES (99, repeat('y', 60)) RETURNING ctid});
    my $difference = compare(\@answers, { released => 0 });
    push @$found, [ 'place of a new row in his own table', $difference ] if $difference;
    $self->inspect($session, $found, 'afterwards', qr/^(own\.|pg_stat_(slru|database|user_tables)$|pg_stat_get_db_)/);
    $session->close;
    return;
}

1;
