# Parts (b) and (d): trials from files, each of which returns a sub that gives them. Besides what Judge.pm's trials know:
#   refused   a pattern for the SQLSTATE that the last request must be refused with
#   never     a pattern that no message may match
#   holds     SQL of a superuser that must come to t on both afterwards
#   fresh     1: both servers are made anew afterwards, where something was found
package Clauses;

use strict;
use warnings;
use Time::HiRes ();

# All trials of some files, or as many as there is time for, in an order that the seed gives; `most` for equal servers.
sub run {
    my ($judge, $files, %with) = @_;
    my $wanted = $with{most} ? '' : $ENV{HDP_NONINTERFERENCE_MATCH} // '';
    my @trials;
    for my $file (@$files) {
        my $trials = do $file or die "$file: " . ($@ || $!);
        push @trials, grep { $_->{name} =~ /(?:$wanted)/ } $trials->($judge);
    }
    if ($with{seed}) {
        srand $with{seed};
        @trials = map { $_->[1] } sort { $a->[0] <=> $b->[0] } map { [ rand, $_ ] } @trials;
    }
    my $all = @trials;
    splice @trials, $with{most} if $with{most} && $all > $with{most};
    my ($done, %states) = (0);
    for my $trial (@trials) {
        last if $with{until} && Time::HiRes::time() > $with{until};
        # What must be so on each server alone says nothing of two equal ones.
        $judge->trial($with{most} ? (%$trial, refused => undef, never => undef, holds => undef) : %$trial);
        ++$done;
        $states{ $judge->{states}[-1] // '' }++;
    }
    main::diag("$done of $all statements: " . join ', ', map { ($_ eq '' ? 'answered' : $_) . " $states{$_}" } sort keys %states);
    return;
}

1;
