# Two servers that differ by one patient, the same statements on both: whatever a member sees must be the same. README.md
# says how; HDP_NONINTERFERENCE_SECONDS, _SEED and _PARTS choose how long, from where, and what.
use strict;
use warnings;
use Cwd ();
use File::Basename ();
use File::Temp ();
use Test::More;
use Time::HiRes ();

my $here;
BEGIN { $here = Cwd::abs_path(File::Basename::dirname(__FILE__)); }
use lib $here;
use Clauses;
use Expressions;
use Generator;
use Judge;
use Observe;
use Twins;

my $seconds = $ENV{HDP_NONINTERFERENCE_SECONDS} // 60;
my %parts = map { $_ => 1 } split //, $ENV{HDP_NONINTERFERENCE_PARTS} // 'abcd';
my $seed = $ENV{HDP_NONINTERFERENCE_SEED} // int(Time::HiRes::time() * 1000) % 1_000_000_007;
my $work = File::Temp::tempdir('twins-XXXXXX', DIR => $ENV{HDP_WORK} // '/tmp', CLEANUP => 1);
my $started = Time::HiRes::time();

our $twins = Twins->build($work, "$here/warehouse.sql");
# Stopped at the end, however it comes.
$SIG{$_} = sub { exit 1 } for qw(INT TERM HUP);
END { $twins->stop if $twins; }

# The kinds of difference. Both sides run as many statements of the same shape, so that the data alone differ; cost > 400000
# holds for the secret row alone, of side 0 alone. 4001 is a row without an owner, which no release counts.
$twins->prepare('value', map { "UPDATE care.stay SET cost = $_ WHERE stay_id = 3999" } 424242, 387654);
$twins->prepare('present', map { "DELETE FROM care.stay WHERE stay_id = $_" } 4001, 3999);
$twins->restore('same');

my $masks = Observe::masks("$here/masks");
my @clauses = map { "$here/cases/$_.pl" } qw(clauses ways);
my $judge = Judge->new(twins => $twins, masks => $masks);
my @observables = $judge->{observe}->names;
diag sprintf '%d observables; %d more are refused to the member', scalar @observables, scalar @{ $judge->{observe}{refused} };

# Patterns of names of cases, each with its reason.
my $known = Observe::masks("$here/known");

# A finding is a failed test, said at once; the same one again is only counted. Returns whether it is one.
my %seen;
sub found {
    my ($name, $request, $what, $detail) = @_;
    my $shown = join "\n", Judge::flat($request);
    # What is known, is counted and shown, and fails nothing. A statement with a differentially private release is never known.
    my ($known) = Judge::is_exact($request) ? grep { $name =~ $_->{pattern} } @$known : ();
    if ($known) {
        return 0 if $known->{used}++;
        diag "known ($known->{reason}): $name: $what";
        return 0;
    }
    return 1 if $seen{"$name $what"}++;
    fail("$name: $what");
    diag substr($shown, 0, 700) . "\n$detail\n";
    return 1;
}
$judge->{found} = \&found;

# Everything there is, slow counters too, once.
sub everything {
    my ($name) = @_;
    my $session = $twins->connect('ana');
    my @found;
    $judge->workers_gone;
    $judge->inspect($session, \@found, $name, undef);
    @found = grep { !$judge->{observe}->paced($_->[0] =~ s/ \Q$name\E$//r) } @found;
    $session->close;
    $judge->finding($name, 'everything the member may look at', @$_) for @found;
    return;
}

sub part {
    my ($kind, $title, $code) = @_;
    my ($trials, $findings) = @{$judge}{qw(trials findings)};
    my $begun = Time::HiRes::time();
    # To see that a finding comes of the difference: on equal servers it does not appear.
    $kind = $ENV{HDP_NONINTERFERENCE_KIND} // $kind;
    $twins->{kind} = $kind;
    $judge->restore;
    $code->();
    everything($title);
    is($judge->{findings} - $findings, 0, "$title ($kind): nothing differs");
    diag sprintf '%s (%s): %d trials in %d s', $title, $kind, $judge->{trials} - $trials, Time::HiRes::time() - $begun;
    return;
}

# Equal servers first: what differs there is the harness's own fault, or a mask that is missing.
part('same', 'equal servers', sub {
    Clauses::run($judge, \@clauses, seed => $seed, most => 15);
    Generator::run($judge, $seed, Time::HiRes::time() + ($seconds > 60 ? $seconds / 20 : 3));
});
my $numbers = qx(pg_config --includedir-server) =~ s/\s+\z//r . '/utils/fmgroids.h';
# With time for all of it, there is no end but the end.
my $until = sub { my ($share) = @_; return $seconds < 900 ? Time::HiRes::time() + $seconds * $share : undef; };
part('present', '(a) expressions', sub { Expressions::run($judge, "$here/../../src/release/vetting", $numbers, $seed, $until->(0.4)) }) if $parts{a};
part('value', '(b) clauses', sub { Clauses::run($judge, \@clauses, seed => $seed, until => $until->(0.3)) }) if $parts{b};
part('value', '(d) known attacks', sub { Clauses::run($judge, ["$here/cases/attacks.pl"]) }) if $parts{d};
my $left = $started + $seconds - Time::HiRes::time();
$left = 5 if $left < 5;
part('value', "(c) random statements, seed $seed", sub { Generator::run($judge, $seed, Time::HiRes::time() + $left) }) if $parts{c};

for (grep { !$_->{used} && !$_->{paced} } @$masks) { note "mask never used: $_->{text}"; }
$twins->stop;
diag sprintf '%d trials, restored %d times, %d s', $judge->{trials}, $judge->{restores}, Time::HiRes::time() - $started;
done_testing;
