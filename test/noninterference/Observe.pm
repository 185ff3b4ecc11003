# Everything that a member can look at, found in the catalogue of the server itself: each relation of pg_catalog and health_dp
# that he may read, each function of theirs that takes nothing, or one thing he can name. What is new in the next version
# of PostgreSQL is looked at from its first day.
package Observe;

use strict;
use warnings;

# Each line: what is masked, and why. A name is relation.column, or function(), or function(*) for every argument. After the word
# paced stand whole observables that are compared after each trial, where a difference must come again, but not in sums.
sub masks {
    my ($file) = @_;
    open my $lines, '<', $file or die "$file: $!";
    my @masks;
    while (<$lines>) {
        next if /^\s*(#|$)/;
        my ($paced, $pattern, $reason) = /^(paced\s+)?(\S+)\s+(\S.*)$/ or die "$file: a mask without a reason: $_";
        push @masks, { pattern => qr/\A(?:$pattern)\z/, reason => $reason, paced => $paced, text => $pattern };
    }
    return \@masks;
}

sub masked {
    my ($masks, $name) = @_;
    for my $mask (@$masks) {
        if (!$mask->{paced} && $name =~ $mask->{pattern}) { $mask->{used}++; return 1; }
    }
    return 0;
}

my $schemas = q{('pg_catalog', 'health_dp')};

# The things a member can name, by the type of argument that takes them.
my %nameable = (
    oid => q{SELECT c.oid::text FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname IN ('care', 'ref', 'own')
             UNION ALL SELECT t.reltoastrelid::text FROM pg_class t JOIN pg_namespace n ON n.oid = t.relnamespace
                 WHERE n.nspname IN ('care', 'ref') AND t.reltoastrelid <> 0
             UNION ALL SELECT oid::text FROM pg_database WHERE datname = current_database()
             UNION ALL SELECT oid::text FROM pg_tablespace UNION ALL SELECT oid::text FROM pg_roles WHERE rolname = current_user},
    name => q{SELECT spcname::text FROM pg_tablespace UNION ALL SELECT datname FROM pg_database},
    # Numbers of backends.
    int4 => q{SELECT generate_series(1, 8)::text},
    text => q{SELECT 'own.seq' UNION ALL SELECT 'own.pr'},
);
$nameable{regclass} = $nameable{oid};

# One SELECT that gives (name, digest of all rows) for every observable, and how to see one of them whole.
sub new {
    my ($class, $session, $masks) = @_;
    my $self = bless { masks => $masks, sources => {}, calls => [], refused => [] }, $class;
    $self->find_relations($session);
    $self->find_functions($session);
    return $self;
}

sub first { my ($session, $sql) = @_; my ($rows) = $session->rows($sql); return @$rows; }

# Whether both servers answer.
sub answers {
    my ($session, $sql) = @_;
    my @answers = $session->ask($sql);
    return !grep { $_->[0] eq 'E' } map { @$_ } @answers;
}

sub add {
    my ($self, $session, $name, $select) = @_;
    # Computed: what a view is not asked for, it does not call.
    if (answers($session, "SELECT pg_catalog.count(pg_catalog.md5(r)) FROM ($select) q")) { $self->{sources}{$name} = $select; }
    else { push @{ $self->{refused} }, $name; }
    return;
}

sub find_relations {
    my ($self, $session) = @_;
    my @columns = first($session, qq{
        SELECT n.nspname, c.relname, string_agg(a.attname, ' ' ORDER BY a.attnum)
          FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_attribute a ON a.attrelid = c.oid
         WHERE n.nspname IN $schemas AND c.relkind IN ('r', 'v', 'm', 'S', 'f', 'p') AND a.attnum > 0 AND NOT a.attisdropped
           AND has_column_privilege(c.oid, a.attnum, 'SELECT')
         GROUP BY 1, 2 ORDER BY 1, 2});
    for (@columns) {
        my ($schema, $relation, $names) = @$_;
        next if masked($self->{masks}, "$relation.*");
        my @kept = grep { !masked($self->{masks}, "$relation.$_") } split / /, $names;
        my $list = join ', ', map { qq{t."$_"} } @kept;
        $self->add($session, "$relation", qq{SELECT ROW($list)::text AS r FROM $schema."$relation" t});
    }
    # His own tables, with the places of their rows; not the transactions that wrote them, whose numbers the ledger's workers
    # share at their own pace.
    $self->add($session, "own.$_", qq{SELECT ROW(ctid, t.*)::text AS r FROM own."$_" t}) for qw(pr hint note seq);
    return;
}

sub find_functions {
    my ($self, $session) = @_;
    my @functions = first($session, qq{
        SELECT n.nspname, p.proname, coalesce(t.typname, ''), p.proretset,
               array_to_string(ARRAY(SELECT p.proargnames[i] FROM generate_subscripts(p.proargmodes, 1) i WHERE p.proargmodes[i] IN ('o', 't') ORDER BY i), ' ')
          FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace LEFT JOIN pg_type t ON t.oid = p.proargtypes[0]
         WHERE n.nspname IN $schemas AND p.prokind = 'f' AND has_function_privilege(p.oid, 'EXECUTE')
           AND p.prorettype NOT IN ('trigger'::regtype, 'event_trigger'::regtype, 'internal'::regtype, 'language_handler'::regtype,
                'fdw_handler'::regtype, 'index_am_handler'::regtype, 'table_am_handler'::regtype, 'tsm_handler'::regtype)
           AND (p.pronargs = 0 OR p.pronargs - p.pronargdefaults = 0
                OR p.pronargs = 1 AND t.typname IN ('oid', 'regclass', 'name', 'text', 'int4') AND p.proname ~ '^pg_' AND p.provolatile <> 'i')
         ORDER BY 1, 2, 3});
    my %arguments = map { my $type = $_; $type => [ map { $_->[0] } first($session, $nameable{$type}) ] } keys %nameable;
    for (@functions) {
        my ($schema, $name, $type, $set, $outs) = @$_;
        my $called = qq{$schema."$name"};
        if ($type eq '') {
            next if masked($self->{masks}, "$name()");
            my @outs = split / /, $outs;
            my $list = @outs ? join(', ', map { qq{t."$_"} } grep { !masked($self->{masks}, "$name.$_") } @outs) : 't';
            $self->add($session, "$name()", "SELECT ROW($list)::text AS r FROM $called() t");
            next;
        }
        next if masked($self->{masks}, "$name(*)");
        # Of a set-returning one every row; of the others the value for each thing that it takes.
        my @usable = grep { answers($session, "SELECT count(*) FROM $called('$_'::$type)") } @{ $arguments{$type} };
        push @{ $self->{refused} }, "$name($type)" unless @usable;
        next unless @usable;
        my $values = join ', ', map { "('$_'::$type)" } @usable;
        my $row = $outs ne '' ? 't.*' : 't';
        $self->add($session, "$name($type)", "SELECT ROW(v.a, $row)::text AS r FROM (VALUES $values) v(a), $called(v.a) t");
    }
    return;
}

sub paced { my ($self, $name) = @_; return scalar grep { $_->{paced} && $name =~ $_->{pattern} } @{ $self->{masks} }; }

sub names { my ($self) = @_; return sort keys %{ $self->{sources} }; }

# Digests of all of them from both servers: one statement, so that looking changes little.
sub look {
    my ($self, $session, $pattern) = @_;
    my $sql = join "\nUNION ALL\n", map {
        qq{SELECT '$_', pg_catalog.md5(coalesce(pg_catalog.string_agg(r, E'\\n' ORDER BY r COLLATE pg_catalog."C"), '')) FROM ($self->{sources}{$_}) q}
    } grep { !$pattern || /$pattern/ } $self->names;
    return map { { map { $_->[0] => $_->[1] } @$_ } } $session->rows($sql);
}

# The rows of one that differ between the servers, at most a few.
sub difference {
    my ($self, $session, $name) = @_;
    my @sides = $session->rows("SELECT r FROM ($self->{sources}{$name}) q ORDER BY r COLLATE pg_catalog.\"C\"");
    my @sets = map { { map { $_->[0] => 1 } @$_ } } @sides;
    my @shown;
    for my $side (0, 1) {
        push @shown, map { ('-', '+')[$side] . substr($_, 0, 300) } grep { defined } (grep { !$sets[ 1 - $side ]{$_} } sort keys %{ $sets[$side] })[ 0 .. 2 ];
    }
    return join "\n", @shown;
}

1;
