# What a hostile analyst tries. HDP_ATTACK, a pattern, chooses among the attacks by name.
use strict;
use warnings;
use File::Basename ();
use File::Spec ();
use PostgreSQL::Test::Utils;
use Test::More;
use Attack;

my $here = File::Spec->rel2abs(File::Basename::dirname(__FILE__));
my $pattern = $ENV{HDP_ATTACK} // '';

sub cases {
    my ($topic) = @_;
    my $cases = do "$here/cases/$topic.pl" or die "cases/$topic.pl: " . ($@ || $!);
    return grep { $_->{name} =~ /$pattern/i } @$cases;
}

# Other modules that watch are there as well; whatever they report goes to the log that is searched.
my $node = new_server("shared_preload_libraries = 'auto_explain, pg_stat_statements, health_dp'");
$node->psql('postgres', PostgreSQL::Test::Utils::slurp_file("$here/warehouse.sql"), on_error_die => 1);
$node->append_conf('postgresql.conf', join("\n", 'auto_explain.log_min_duration = 0', 'auto_explain.log_analyze = on',
    'auto_explain.log_nested_statements = on', 'auto_explain.log_verbose = on', ''));
$node->reload;

my %names;
my $count = 0;
for my $topic (qw(reading composition oracles objects observers levers settings statements noise suppressed authorisation catalogue)) {
    note "--- $topic";
    for my $case (cases($topic)) {
        die "two attacks are called $case->{name}" if $names{ $case->{name} }++;
        carry_out($node, $case);
        ++$count;
    }
}

note '--- the library is not there';
$node->adjust_conf('postgresql.conf', 'shared_preload_libraries', "''");
$node->restart;
for my $case (cases('unloaded')) {
    carry_out($node, $case);
    ++$count;
}
$node->stop;
diag "$count attacks";
done_testing;
