# Parts (b) and (d): trials from a file, which returns a sub that gives them. Besides what Judge.pm's trials know:
#   refused   a pattern for the SQLSTATE that the last request must be refused with
#   never     a pattern that no message may match
#   holds     SQL of a superuser that must come to t on both afterwards
#   fresh     1: both servers are made anew afterwards
package Clauses;

use strict;
use warnings;

sub run {
    my ($judge, $file, $most) = @_;
    my $trials = do $file or die "$file: " . ($@ || $!);
    my @trials = $trials->($judge);
    if ($most && @trials > $most) {
        my $step = int(@trials / $most) || 1;
        @trials = @trials[ grep { $_ % $step == 0 } 0 .. $#trials ];
    }
    my %states;
    for my $trial (@trials) {
        # What must be so on each server alone says nothing of two equal ones.
        my %trial = $most ? (%$trial, refused => undef, never => undef, holds => undef) : %$trial;
        $judge->trial(%trial);
        $states{ $judge->{states}[-1] // '' }++;
    }
    main::diag(scalar(@trials) . ' statements: ' . join ', ', map { ($_ eq '' ? 'answered' : $_) . " $states{$_}" } sort keys %states) unless $most;
    return;
}

1;
