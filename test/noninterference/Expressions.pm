# Part (a): every function that vetting knows, on every pair of edge values, in every place where an expression may stand,
# evaluated for the secret row alone. Which functions those are is read from the sources of vetting and from PostgreSQL's
# own table of numbers, never from a list here.
package Expressions;

use strict;
use warnings;
use Time::HiRes ();

my %edges = (
    bool => [ qw(true false NULL) ],
    int2 => [ qw(0 -1 32767 -32768 NULL) ],
    int4 => [ qw(0 -1 1000000 2147483647 -2147483648 NULL) ],
    int8 => [ qw(0 -1 9223372036854775807 -9223372036854775808 NULL) ],
    float4 => [ qw(0 -0 NaN Infinity -Infinity 3e38 1e-45) ],
    float8 => [ qw(0 -0 NaN Infinity -Infinity 1e308 5e-324 9223372036854775808) ],
    numeric => [ qw(0 NaN Infinity -Infinity 1e131071 -1e-16383 9223372036854775808 0.5) ],
    text => [ '', 'a', "\xc3\xa9 ", '%\\', 'LARGE' ],
    bpchar => [ '', 'a ', 'LARGE' ],
    name => [ '', 'a' ],
    char => [ '', 'a' ],
    date => [ qw(infinity -infinity 5874897-12-31 2024-02-29), '4713-01-01 BC' ],
    time => [ qw(00:00 24:00 12:34:56.789) ],
    timestamp => [ qw(infinity -infinity), '294276-12-31 23:59:59', '4713-11-24 00:00 BC', '2024-02-29 12:00' ],
    timestamptz => [ qw(infinity -infinity), '294276-12-31 23:59:59+00', '4713-11-24 00:00+00 BC', '2024-02-29 12:00+00' ],
    interval => [ '0', '178000000 years', '-178000000 years', '1 mon -1 day', '-2147483648 days' ],
    uuid => [ '00000000-0000-0000-0000-000000000000', 'ffffffff-ffff-ffff-ffff-ffffffffffff' ],
    bytea => [ '', '\\x00', 'LARGE' ],
    oid => [ qw(0 4294967295) ],
    anyenum => [ qw(fine ill) ],
    any => [ 'NULL', '1' ],
);
my %spelt = (char => '"char"', anyenum => 'ref.mood', any => 'int4');
my %literals = (text => [ "'year'", "'%a%'", "'a'" ], int4 => [ 3, 3, 3 ]);

# A value as an expression that is computed for each row; $row is a condition on a column that always holds.
sub computed {
    my ($type, $value, $row) = @_;
    my $name = $spelt{$type} // $type;
    my $text = $value eq 'NULL' ? "NULL::$name" : $value eq 'LARGE' ? "repeat('x', 65000)::$name" : "'$value'::$name";
    return "(CASE WHEN $row THEN $text END)";
}

# [name, types] of each function that vetting mentions, aggregates apart.
sub find {
    my ($session, $sources, $numbers) = @_;
    my %oids;
    open my $table, '<', $numbers or die "$numbers: $!";
    while (<$table>) { $oids{$1} = $2 if /^#define (F_\w+) (\d+)/; }
    my %wanted;
    for my $file (glob "$sources/*.cpp") {
        open my $source, '<', $file or die "$file: $!";
        local $/;
        my $text = <$source>;
        $wanted{ $oids{$_} } = 1 for grep { exists $oids{$_} } $text =~ /\b(F_[A-Z0-9_]+)\b/g;
    }
    my ($rows) = $session->rows("SELECT format('pg_catalog.%I', p.proname), p.prokind, (SELECT string_agg(t.typname, ' ' ORDER BY a.n)
        FROM unnest(p.proargtypes) WITH ORDINALITY a(t, n) JOIN pg_type t ON t.oid = a.t) FROM pg_proc p WHERE p.oid IN ("
          . join(',', keys %wanted) . ') ORDER BY p.oid');
    # Our own functions that need no other argument than a value.
    my ($own) = $session->rows(q{SELECT format('health_dp.%I', p.proname), p.prokind, (SELECT string_agg(t.typname, ' ' ORDER BY a.n)
        FROM unnest(p.proargtypes) WITH ORDINALITY a(t, n) JOIN pg_type t ON t.oid = a.t) FROM pg_proc p
        WHERE p.pronamespace = 'health_dp'::regnamespace AND p.prokind = 'f' AND p.provolatile <> 'v' AND has_function_privilege(p.oid, 'EXECUTE')
          AND p.pronargs BETWEEN 1 AND 3 ORDER BY 1, 3});
    my @functions = grep { $_->[1] eq 'f' } @$rows, @$own;
    my @aggregates = grep { $_->[1] eq 'a' } @$rows;
    return ([ map { [ $_->[0], split ' ', $_->[2] // '' ] } @functions ], [ map { [ $_->[0], split ' ', $_->[2] // '' ] } @aggregates ]);
}

# Calls of a function on every pair of edges; @literal says which arguments are written as literals.
sub calls {
    my ($function, $literal, $row) = @_;
    my ($name, @types) = @$function;
    my @lists = ([]);
    for my $i (0 .. $#types) {
        my $type = $types[$i];
        return () unless $edges{$type};
        my @values = $literal->{$i} ? ($literals{$type} ? $literals{$type}[$i] : return ())
          : map { computed($type, $_, $row) } $i < 2 ? @{ $edges{$type} } : @{ $edges{$type} }[ 0, 1 ];
        @lists = map { my $list = $_; map { [ @$list, $_ ] } @values } @lists;
    }
    return map { "$name(" . join(', ', @$_) . ')' } @lists;
}

# A condition that evaluates all of them.
sub all_of {
    my (@calls) = @_;
    return '(' . join(' + ', map { "CASE WHEN $_ IS NULL THEN 1 ELSE 0 END" } @calls) . ') >= 0';
}

my $guard = 's.cost > 400000';

# Where an expression may stand: a template with :all for the condition; row says what its values are computed from.
our @places = (
    { name => 'WHERE', sql => "SELECT dp_count(*) FROM care.stay s WHERE CASE WHEN $guard THEN :all ELSE false END" },
    { name => 'FILTER', sql => "SELECT dp_count(*) FILTER (WHERE CASE WHEN $guard THEN :all ELSE false END) FROM care.stay s" },
    { name => 'an aggregate\'s argument', sql => "SELECT dp_sum(CASE WHEN $guard THEN CASE WHEN :all THEN 1 ELSE 0 END ELSE 0 END, 0, 1) FROM care.stay s" },
    { name => 'GROUP BY', keys => 1, sql => "SELECT CASE WHEN $guard THEN :all END, dp_count(*) FROM care.stay s GROUP BY 1" },
    { name => 'a subquery\'s list', keys => 1, sql => "SELECT k, dp_count(*) FROM (SELECT patient_id, CASE WHEN $guard THEN :all END AS k FROM care.stay s) x GROUP BY k" },
    { name => 'ON of an outer join', sql => "SELECT dp_count(*) FROM care.stay s LEFT JOIN ref.region r ON r.region = s.region AND CASE WHEN $guard THEN :all ELSE true END" },
    { name => 'ON of an inner join', sql => "SELECT dp_count(*) FROM care.stay s JOIN care.patient p ON p.patient_id = s.patient_id AND CASE WHEN $guard THEN :all ELSE true END" },
    { name => 'an aggregate per patient', sql => "SELECT dp_count(*) FROM (SELECT s.patient_id, bool_or(CASE WHEN $guard THEN :all ELSE false END) AS b FROM care.stay s GROUP BY s.patient_id) x WHERE b" },
    { name => 'HAVING per patient', sql => "SELECT dp_count(*) FROM (SELECT s.patient_id FROM care.stay s GROUP BY s.patient_id HAVING bool_or(CASE WHEN $guard THEN :all ELSE false END)) x" },
    { name => 'EXISTS over a public table', row => 'r.region >= 0', sql => "SELECT dp_count(*) FROM care.stay s WHERE CASE WHEN $guard THEN EXISTS (SELECT 1 FROM ref.region r WHERE :all) ELSE false END" },
    { name => 'IN over a public table', row => 'r.region >= 0', sql => "SELECT dp_count(*) FROM care.stay s WHERE CASE WHEN $guard THEN s.region IN (SELECT CASE WHEN :all THEN 1 ELSE 2 END FROM ref.region r) ELSE false END" },
    { name => 'VALUES', row => 'v.a > 0', sql => "SELECT dp_count(*) FROM care.stay s CROSS JOIN (VALUES (1)) v(a) WHERE CASE WHEN $guard THEN :all ELSE false END" },
    { name => 'WHERE of an exact release', exact => 1, sql => "SELECT sc_count(*) FROM care.stay s WHERE CASE WHEN $guard THEN :all ELSE false END" },
);

sub put { my ($place, @calls) = @_; my $all = all_of(@calls); return $place->{sql} =~ s/:all/$all/r; }

sub row { my ($place) = @_; return $place->{row} // 's.stay_id > 0'; }

# Tries some calls in one place; what differs is narrowed down to single calls.
sub try {
    my ($judge, $place, @calls) = @_;
    my $name = "(a) $place->{name}: ";
    my %trial = (sql => put($place, @calls), keys => $place->{keys}, exact => $place->{exact}, before => $place->{before});
    return $judge->trial(%trial, name => $name . substr($calls[0], 0, 120)) if @calls == 1;
    my @found = $judge->trial(%trial, name => $name, silent => 1);
    # One that is refused would hide the others.
    my ($state) = @{ $judge->{states} };
    my $refused = $state !~ /^(ZD007)?$/;
    ++$judge->{refused}{ $place->{name} } if $refused && !@found;
    return unless @found || $refused && $place->{split};
    # No time to say which.
    if (@found && !in_time($place->{until})) { $judge->finding($name . 'one of ' . @calls, $trial{sql}, @$_) for @found; return @found; }
    return unless in_time($place->{until});
    my $half = int(@calls / 2);
    my @inside = (try($judge, $place, @calls[ 0 .. $half - 1 ]), try($judge, $place, @calls[ $half .. $#calls ]));
    # Together only.
    $judge->finding($name . 'some together', $trial{sql}, @{ $found[0] }) if @found && !@inside;
    return @found;
}

# Large values, of a size where eight bytes a character are more than PostgreSQL allocates. Each row of VALUES comes to the
# secret row; the functions that take a text as their first argument.
sub large {
    my ($judge, $functions, $size, $until) = @_;
    my $place = { name => "a text of $size characters", split => 1, until => $until, before => ['SET enable_material = off'], sql => "SELECT dp_count(*) FROM care.stay s CROSS JOIN (VALUES (repeat('x', $size)), ('a')) v(t) WHERE CASE WHEN $guard THEN :all ELSE false END" };
    my @calls;
    for (@$functions) {
        my ($function, $literal) = @$_;
        my ($name, @types) = @$function;
        next unless ($types[0] // '') eq 'text';
        my @rest = map { $literal->{$_} ? $literals{ $types[$_] }[$_] : $types[$_] eq 'text' ? "(CASE WHEN s.stay_id > 0 THEN 'b' END)" : computed($types[$_], $edges{ $types[$_] }[0], 's.stay_id > 0') } 1 .. $#types;
        push @calls, "$name(" . join(', ', 'v.t', @rest) . ')';
    }
    try($judge, $place, @calls) if @calls;
    return scalar @calls;
}

sub wanted { my ($name) = @_; my $pattern = $ENV{HDP_NONINTERFERENCE_MATCH} // ''; return $name =~ /(?:$pattern)/; }

sub in_time { my ($until) = @_; return !$until || Time::HiRes::time() < $until; }

# Runs the part and says what it covered. With an end, as much as there is time for, in an order that the seed gives: half of
# it for all pairs in WHERE, the rest for large texts, other places, and aggregates.
sub run {
    my ($judge, $sources, $numbers, $seed, $until) = @_;
    my $begun = Time::HiRes::time();
    my $session = $judge->{twins}->connect('ana');
    my ($functions, $aggregates) = find($session, $sources, $numbers);
    $session->close;
    srand $seed;
    my @functions = map { $_->[1] } sort { $a->[0] <=> $b->[0] } map { [ rand, $_ ] } @$functions;
    my (@admitted, @refused);
    my $where = $places[0];
    for my $function (@functions) {
        last unless wanted($where->{name}) && in_time($until && ($begun + $until) / 2);
        my ($name, @types) = @$function;
        my $taken;
        # Whatever is refused computed is tried with literals, as LIKE's pattern and the field of EXTRACT.
        for my $literal ({}, map({ { $_ => 1 } } grep { $literals{ $types[$_] } } 0 .. $#types)) {
            my @calls = calls($function, $literal, row($where)) or next;
            my @found = try($judge, $where, @calls);
            my ($state) = @{ $judge->{states} };
            next if !@found && $state ne '' && $state ne 'ZD007';
            $taken = $literal;
            last;
        }
        if ($taken) { push @admitted, [ $function, $taken ]; }
        else { push @refused, $name . '(' . join(',', @types) . ')'; }
    }
    # Where there is no time for all functions, at least those of texts meet large ones.
    my %tried = map { $_->[0] => 1 } @admitted;
    my @texts = grep { ($_->[1] // '') eq 'text' && !$tried{$_} } @$functions;
    my $large = wanted('large') && large($judge, [ @admitted, $until ? grep({ admits($judge, $_) } map { [ $_, {} ] } @texts) : () ], 270_000_000, $until);
    # Elsewhere some calls of each, several functions at once.
    my $places = 0;
    for my $place (grep { wanted($_->{name}) } @places[ 1 .. $#places ]) {
        last unless in_time($until);
        ++$places;
        my @calls;
        for (@admitted) {
            my @all = calls(@$_, row($place));
            my $step = @all < 4 ? 1 : int(@all / 4);
            push @calls, @all[ grep { $_ % $step == 0 } 0 .. $#all ];
        }
        while (my @some = splice @calls, 0, 100) { try($judge, $place, @some); }
    }
    aggregates($judge, $aggregates) if wanted('per patient') && in_time($until);
    main::diag(sprintf '%d of %d functions tried, %d admitted on all pairs; %d of %d other places; %d functions on large texts', @admitted + @refused, scalar @functions,
        scalar @admitted, $places, $#places, $large);
    main::diag("refused however they are written: @refused");
    main::diag('statements refused elsewhere: ' . join ', ', map { "$_ $judge->{refused}{$_}" } grep { $_ ne $where->{name} } sort keys %{ $judge->{refused} // {} });
    return;
}

sub admits {
    my ($judge, $entry) = @_;
    my ($one) = calls(@$entry, row($places[0]));
    return 0 unless $one;
    $judge->trial(name => '', silent => 1, sql => put($places[0], $one));
    return $judge->{states}[0] eq '';
}

# Aggregates per patient, over edge values of the secret row.
sub aggregates {
    my ($judge, $aggregates) = @_;
    for (@$aggregates) {
        my ($name, @types) = @$_;
        my $type = $types[0] // '';
        for my $value ($type eq '' ? ('*') : map { "CASE WHEN $guard THEN " . computed($type, $_, 's.stay_id > 0') . ' END' } @{ $edges{$type} // [] }) {
            $judge->trial(name => "(a) $name($type) per patient", sql => "SELECT dp_count(*) FROM (SELECT s.patient_id, $name($value) AS b FROM care.stay s GROUP BY s.patient_id) x WHERE b IS NULL");
        }
    }
    return;
}

1;
