# Suppressed releases in rooms: what is refused before the charge and what after it, who waits for whom, and what a
# session sees of it.
use strict;
use warnings;
use RoomsTest;
use Test::More;

my $node = new_server('rooms_suppressed', 'max_worker_processes = 20', 'health_dp.executions_per_day = 0',
    'health_dp.failures_per_day = 0', 'health_dp.charge_timeout = 60s', 'deadlock_timeout = 300ms');
prepare_rooms($node);
my $super = super($node, 'SELECT current_user');
super($node, <<SQL);
SELECT health_dp.create_project(p, title => 'Exact', legal_basis => 'CNIL 2023-146', valid => '[2020-01-01,2100-01-01)',
    epsilon => 1, delta => 0.1, releases => '{suppressed}'), health_dp.grant_table(p, 'care.stay'),
    health_dp.add_member(p, 'alice'), health_dp.add_member(p, 'bob')
  FROM unnest('{exact,pair,wait,wings}'::name[]) p;
CREATE TABLE care.wing (ward text PRIMARY KEY, beds integer, wing text, remark text);
INSERT INTO care.wing VALUES ('ward 0', 10, 'a', ''), ('ward 1', 20, 'a', ''), ('ward 2', 30, 'b', '');
GRANT SELECT ON care.wing TO PUBLIC;
SELECT health_dp.declare_public('care.wing');
SQL

my %exact = (settings => { project => 'exact' });
my %pair = (settings => { project => 'pair' });
my %wait = (settings => { project => 'wait' });
my $wards = 'SELECT ward, health_dp.sc_count(*), grouping(ward) FROM care.stay GROUP BY ROLLUP (ward) ORDER BY 1';
my $all = 'SELECT health_dp.sc_count(*) FROM care.stay';
my $some = "$all WHERE ward <> 'ward 0'";
my $registered = 'SELECT count(*) FROM health_dp.suppressed_release';

# A superuser sees what a room would plan, which publishes nothing.
my $explained = say($node, "SELECT health_dp.explain_release(\$\$$wards\$\$, 'alice')", user => $super, %exact);
like($explained->{out}, qr/health_dp suppressed release.*Seq Scan on stay/s, "a room's plan") or diag($explained->{err});
is(super($node, $registered), 0, 'nothing is published by it');

answers($node, $wards, "ward 0|100|0\nward 1|100|0\nward 2|100|0\n|300|1", 1, 'grouping sets', %exact);
my $by_ward = "ward 0|100\nward 1|100\nward 2|100";
answers($node, "SELECT ward, health_dp.sc_count(*) FROM care.stay GROUP BY DISTINCT $_->[0] ORDER BY 1", $_->[1], 1, "distinct: $_->[0]", %exact)
  for [ 'GROUPING SETS (ward, ward)', $by_ward ], [ 'GROUPING SETS (ward, ward, ())', "$by_ward\n|300" ], [ 'ward', $by_ward ];
answers($node, "$all UNION ALL $all", "300\n300", 1, 'two releases are one execution', %exact);
is(super($node, $registered), 1, 'what was published is not published again');
is(super($node, "SELECT count(*) FROM health_dp.ledger_charge WHERE executed LIKE '%ROLLUP%' AND epsilon = 0"), 1,
    'on record is what the room ran');

# Before the charge.
refuses($node, $some, 'ZD722', qr/this is not the population of suppressed release 1/, 'another population', %exact);
refuses($node, "$all UNION ALL $some", 'ZD722', qr/suppressed release 1/, 'and beside the same one', %exact);
refuses($node, 'SELECT planned, health_dp.sc_count(*) FROM care.stay GROUP BY planned', 'ZD727', qr/other keys/, 'other keys', %exact);
refuses($node, $all, 'ZD106', qr/does not permit/, 'a project without exact releases');

# After it, in words. It counts as a failure, and is none of those that superusers look into.
sub fails_in_words {
    my ($sql, $code, $words, $what, %options) = @_;
    wait_until(sub { outcomes($node) =~ /\|0$/ }, 'nothing under way');
    my @was = split /\|/, outcomes($node);
    my $said = say($node, $sql, %options);
    is($said->{code}, $code, $what) or diag("$said->{out}\n$said->{err}");
    like($said->{err}, $words, "$what: in words");
    is($said->{out}, '', "$what: without a row");
    outcomes_become($node, join('|', $was[0], $was[1] + 1, $was[2], 0), $what);
    return;
}
fails_in_words("$all UNION ALL $some", 'ZD722', qr/population of suppressed release 1 of the project/, 'the second of two populations', %pair);
super($node, "UPDATE care.stay SET ward = 'ward 1' WHERE patient_id = 3");
fails_in_words($wards, 'ZD723', qr/the data have changed since suppressed release 1/, 'changed data', %exact);
is(super($node, 'SELECT count(*) FROM health_dp.room_failures()'), 0, 'no failure to look into');
super($node, "UPDATE care.stay SET ward = 'ward 0' WHERE patient_id = 3");

# Who changes a public table chooses by whom two releases differ. What counts is what the project looks at, as a multiset.
my %wings = (settings => { project => 'wings' });
my $wings = 'SELECT health_dp.sc_count(*) FROM care.stay s JOIN care.wing w ON w.ward = s.ward WHERE w.beds > 15';
my $by_wing = $wings =~ s/SELECT/SELECT w.wing,/r . ' GROUP BY ROLLUP (w.wing) ORDER BY 1';
answers($node, $wings, '200', 1, 'with a public table', %wings);
super($node, "UPDATE care.wing SET remark = 'new'; DELETE FROM care.wing WHERE beds = 30; INSERT INTO care.wing VALUES ('ward 2', 30, 'c', '')");
answers($node, $wings, '200', 1, 'what nobody looks at may change', %wings);
super($node, 'UPDATE care.wing SET beds = 21 WHERE beds = 20');
my $changed = qr/public table care.wing has changed since suppressed release \d+ of the project/;
fails_in_words($wings, 'ZD723', $changed, 'another condition by another table', %wings);
fails_in_words($by_wing, 'ZD723', $changed, 'with keys of it as well', %wings);
refuses($node, "SELECT health_dp.accept_public_change('wings', 'care.wing')", '42501', qr/permission denied/, 'acceptance by a member', %wings);
super($node, "SELECT health_dp.accept_public_change('wings', 'care.wing')");
answers($node, $by_wing, "a|100\nc|100\n|200", 1, 'accepted', %wings);
answers($node, $wings, '200', 1, 'and from then on the same', %wings);
is(super($node, 'SELECT count(DISTINCT public_contents) FROM health_dp.suppressed_release WHERE public_contents <> \'\''), 2, 'on record is what the table held');
super($node, "UPDATE care.wing SET wing = 'd' WHERE wing = 'c'");
fails_in_words($wings, 'ZD723', $changed, 'a column that a key looked at', %wings);
super($node, "UPDATE care.wing SET wing = 'c' WHERE wing = 'd'; UPDATE care.wing SET beds = 11 WHERE beds = 21");
fails_in_words($wings, 'ZD723', $changed, 'an acceptance is for one change', %wings);
super($node, "SELECT health_dp.accept_public_change('wings', 'care.wing')");
fails_in_words($wings, 'ZD723', qr/the data have changed/, 'and for none that changes numbers', %wings);
super($node, "UPDATE care.wing SET beds = 21 WHERE beds = 11");
answers($node, $wings, '200', 1, 'as it was', %wings);

# Nobody waits for the register while another release of the project counts.
my $charges = 'SELECT count(*) FROM health_dp.ledger_charge';
sub numbers { my ($rows) = @_; return '(VALUES ' . join(', ', map { "($_)" } 1 .. $rows) . ')' }
my $long = 'SELECT health_dp.sc_count(DISTINCT s.patient_id) FROM care.stay s JOIN ' . numbers(1000) . ' v(a) ON true JOIN '
  . numbers(1000) . ' w(b) ON a <> -b';
my $charged = super($node, $charges);
my $first = begin_say($node, $long, %wait);
wait_until(sub { super($node, $charges) > $charged }, 'a release that takes long');
answers($node, $all, '300', 1, 'another one of the project', %wait, user => 'bob');
super($node, "SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE backend_type = 'client backend' AND usename = 'alice'");
is(end_say($first)->{code}, '57014', 'the first is cancelled');

# Two at once: whoever comes second is judged anew, by what the first has published.
super($node, <<SQL);
SELECT health_dp.create_project('race', title => 'Exact', legal_basis => 'CNIL 2023-146', valid => '[2020-01-01,2100-01-01)',
    epsilon => 1, delta => 0.1, releases => '{suppressed}'), health_dp.grant_table('race', 'care.stay'),
    health_dp.add_member('race', 'alice'), health_dp.add_member('race', 'bob');
SQL
my $slow = 'health_dp.sc_count(DISTINCT s.patient_id) FROM care.stay s JOIN ' . numbers(60) . ' v(a) ON true JOIN ' . numbers(60)
  . ' w(b) ON a <> -b GROUP BY';
my %race = (settings => { project => 'race' });
my $one = begin_say($node, "SELECT ward, $slow ward ORDER BY 1", %race);
my $by_both = "SELECT ward, s.planned, $slow GROUPING SETS ((ward, s.planned), (s.planned), ()) ORDER BY 1, 2"; # and not by ward
my $two = begin_say($node, $by_both, %race, user => 'bob');
is(end_say($one)->{out}, $by_ward, 'one of two at once');
my $said_two = end_say($two)->{out};
like($said_two, qr/^\|\|300$/m, 'the other one');
my $of_race = "FROM health_dp.suppressed_release JOIN health_dp.project p ON p.id = project_id WHERE p.name = 'race'";
my $charged_race = "SELECT max(charged_at) FROM health_dp.ledger_charge JOIN health_dp.project p ON p.id = project_id WHERE p.name = 'race'";
is(super($node, "SELECT min(released_at) > ($charged_race) $of_race"), 't', 'both were under way before either was published');
is(super($node, "SELECT count(*) $of_race"), 2, 'both are on record');
answers($node, "SELECT ward, $slow ward ORDER BY 1", $by_ward, 1, 'and say the same again', %race);
answers($node, $by_both, $said_two, 1, 'the other one too', %race);
is(super($node, "SELECT count(*) $of_race"), 2, 'as the record has both');

# What the session has locked its own room waits for: the deadlock detector sees it.
my $said = refuses($node, "BEGIN; LOCK health_dp.suppressed_release; SET SESSION AUTHORIZATION alice; $all", '40P01', qr/deadlock/,
    'the register is locked by the session', user => $super, %wait);
cmp_ok($said->{took}, '<', 15, 'in time');
answers($node, $all, '300', 1, 'free again', %wait);

$node->stop;
done_testing();
