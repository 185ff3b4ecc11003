# Random problems, put to the product in SQL as users would, against a program (test/modules/outsider) that shares no code
# with it: by whole numbers and bounds alone it looks for populations in which a hidden cell is what the policy says that
# it could be. Ten thousand problems instead of some three hundred, in about ten minutes:
#     HDP_OUTSIDER=1500 prove -I ... test/tap/suppression_outsider.pl          and HDP_SEED=n for others
# One of them again: outsider ask KIND SEED COUNT NUMBER prints its SQL.
use strict;
use warnings;
use KeyStore;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $problems = $ENV{HDP_OUTSIDER} // 45;
my $seed = $ENV{HDP_SEED} // 20_261_201;
my $directory = PostgreSQL::Test::Utils::tempdir();

my $node = PostgreSQL::Test::Cluster->new('outsider');
$node->init;
$node->append_conf('postgresql.conf', join("\n", "shared_preload_libraries = 'health_dp'", 'autovacuum = off', 'health_dp.executions_per_day = 0',
    'health_dp.failures_per_day = 0', 'health_dp.failure_limit = 0', key_settings(PostgreSQL::Test::Utils::tempdir_short() . '/keys'), ''));
$node->start;
$node->safe_psql('postgres', "CREATE EXTENSION health_dp;\nSELECT health_dp.create_key_store();\n" . `outsider setup`);

sub run_in_shell { system(shift) == 0 or die 'a command failed' }

# What comes out of a kind's problems; `how` is a word for the program that asks.
sub ask {
    my ($kind, $how) = @_;
    my $file = "$directory/$kind$how";
    run_in_shell("outsider ask $kind $seed $problems $how > $file.sql");
    run_in_shell("psql -XqAt -c 'SET client_min_messages = error' -f $file.sql -d '@{[$node->connstr('postgres')]}' > $file.out 2> $file.err");
    return "$file.out";
}

# The closing line as names and numbers, and what is unsafe before it.
sub judge {
    my ($kind, $file, $how, $count) = (@_, $problems);
    my @lines = split /\n/, `outsider judge $kind $seed $count $how < $file`;
    my $numbers = pop @lines // '';
    diag("$kind $how: $numbers");
    return ({ $numbers =~ /([a-z_]+) (\d+)/g }, join("\n", @lines), join(' ', $numbers =~ /\[(.*?)\]/g));
}

my ($tried, $given_up, $planted, $noticed) = (0, 0, 0, 0);
for my $kind (qw(one sets hierarchies tables overlapping before rounded releases)) {
    my $file = ask($kind, '');
    my ($numbers, $unsafe, $refusals) = judge($kind, $file, '');
    is($unsafe, '', "$kind: nothing is given away, seed $seed");
    is($numbers->{problems}, $problems, "$kind: all are answered");
    # No pattern; a code that happens to be the sum of the others; keys that earlier ones do not contain.
    unlike($refusals, qr/\b(?!ZD706\b|ZD710\b|ZD72[47]\b)\w/, "$kind: refused for no other reason, and again for the same one");
    cmp_ok($numbers->{refused}, '<', $problems / 2, "$kind: most are not refused");
    $tried += $numbers->{tried};
    $given_up += $numbers->{given_up};
    next if $kind eq 'rounded';
    ($numbers) = judge($kind, $file, 'reveal', 15);
    $planted += $numbers->{planted};
    $noticed += $numbers->{unsafe};
}
cmp_ok($given_up, '<=', $tried / 200, "he seldom gave up: $given_up of $tried searches");
cmp_ok($noticed, '>', $planted / 3, "one more cell shown is noticed: $noticed of $planted");

# And a relation that is not looked at: tables of the same patients, each by itself.
my ($apart, $unsafe) = judge('tables', ask('tables', 'apart'), '');
cmp_ok($apart->{unsafe}, '>', $problems / 10, 'tables protected one by one are noticed');
$node->stop;
done_testing();
