# A session that somebody has taken over sends trees that no parser makes: numbers, flags, types, whole nodes are others.
# Whatever comes, the server stays up, and an answer is paid for. HDP_FUZZ_TREES=1000000 for a long run, and
# HDP_FUZZ_SEED=... for other trees.
use strict;
use warnings;
use PostgreSQL::Test::Utils;
use RoomsTest;
use Test::More;

my $trees = $ENV{HDP_FUZZ_TREES} // 6000;
my $first = $ENV{HDP_FUZZ_SEED}  // 1;

my $node = new_server('rooms_fuzz', 'max_worker_processes = 20', 'health_dp.executions_per_day = 0',
    'health_dp.failures_per_day = 0');
prepare_rooms($node);
super($node, <<'SQL');
CREATE FUNCTION public.room_ask(question text, session_name name, current_name name, how text DEFAULT '',
    number integer DEFAULT 0) RETURNS text LANGUAGE c STRICT AS '$libdir/room_request';
CREATE TYPE public.mood AS ENUM ('well', 'ill');
CREATE TABLE care.note (stay_id uuid NOT NULL, at date, mood public.mood, text varchar(20), codes text[], who name);
CREATE TABLE care.code (code text NOT NULL, chapter integer, valid date);
INSERT INTO care.code VALUES ('a', 1, '2024-01-01'), ('b', 2, '2024-02-02'), ('c', NULL, NULL);
ALTER TABLE care.stay DROP COLUMN at, ADD COLUMN note text;
UPDATE care.stay SET id = md5(patient_id::text)::uuid;
ALTER TABLE care.stay ADD UNIQUE (id);
GRANT SELECT ON care.code TO PUBLIC;
INSERT INTO care.note SELECT id, day, 'ill', 'text', '{a,b}', 'me' FROM care.stay LIMIT 100;
SELECT health_dp.declare_public('care.code');
-- Many are answered.
UPDATE health_dp.project SET min_epsilon = 0.001;
SELECT health_dp.protect_via('care.note', 'stay_id', 'care.stay', 'id');
SELECT health_dp.grant_table('emc2', 'care.note');
ALTER TABLE care.code ADD PRIMARY KEY (code);
SELECT health_dp.create_project('exact', title => 'Exact', legal_basis => 'none', valid => '[2020-01-01,2100-01-01)', epsilon => 1, delta => 0.1,
    releases => '{suppressed}'), health_dp.grant_table('exact', 'care.stay'), health_dp.add_member('exact', 'alice');
SELECT health_dp.declare_bounds('care.stay', 'cost', 0, 1000);
SQL

my $n = 'health_dp.dp_count(*)';
# Exact ones have one population, and no keys but those of the first.
my $exact = 'FROM care.stay s LEFT JOIN care.code c ON right(s.note, 1) = c.code WHERE planned';
my @questions = (
    "SELECT ward, c.chapter, health_dp.sc_count(*), health_dp.sc_count(DISTINCT patient_id), health_dp.sc_hidden(*) $exact GROUP BY CUBE (ward, c.chapter)",
    "SELECT ward, health_dp.sc_count(*), health_dp.sc_sum(cost) $exact GROUP BY DISTINCT GROUPING SETS (ROLLUP (ward), (ward), ())",
    "SELECT $n FROM care.stay",
    "SELECT ward, $n, health_dp.dp_sum(cost, 0, 100), health_dp.dp_avg(weight, 0, 9) FROM care.stay GROUP BY ward",
    "SELECT $n FILTER (WHERE planned IS NOT FALSE AND NOT ward LIKE 'ward 1%'), health_dp.dp_count(DISTINCT s.patient_id)"
      . " FROM care.stay s WHERE day BETWEEN '2024-01-01' AND '2024-12-31' AND cost + 1.5 > 2 AND ward IN ('ward 1', 'ward 2')",
    "SELECT CASE ward WHEN 'ward 1' THEN 1 WHEN 'ward 2' THEN 2 ELSE 0 END, coalesce(note, ward), $n FROM care.stay GROUP BY 1, 2",
    "SELECT $n FROM care.stay s JOIN care.visit v ON s.patient_id = v.patient_id AND v.number < 10 WHERE greatest(v.number, 3) = 3",
    "SELECT c.chapter, $n FROM care.code c LEFT JOIN care.stay s ON right(s.ward, 1) = c.code GROUP BY c.chapter",
    "SELECT m, $n FROM care.stay JOIN (SELECT patient_id, max(number) AS m, count(DISTINCT zero) AS c FROM care.visit WHERE number < 100"
      . " GROUP BY patient_id HAVING count(*) > 3) q ON stay.patient_id = q.patient_id WHERE q.c = 1 GROUP BY m",
    "SELECT $n FROM care.stay s WHERE ward NOT IN (SELECT code FROM care.code) AND EXISTS (SELECT 1 FROM care.code WHERE chapter > 1)"
      . ' AND (ward, day) IN (SELECT code, valid FROM care.code)',
    "SELECT v.x, $n FROM (VALUES ('ward 0', 1.5), ('ward 1', 2)) v(w, x) LEFT JOIN care.stay s ON s.ward = v.w GROUP BY v.x",
    "SELECT k.code, $n FROM (SELECT code FROM care.code UNION SELECT upper(code) FROM care.code EXCEPT ALL SELECT 'z' ORDER BY 1 LIMIT 4) k"
      . ' JOIN care.stay s ON left(s.ward, 1) = lower(k.code) GROUP BY k.code',
    "SELECT mood, extract(month FROM at), $n FROM care.note GROUP BY 1, 2",
    "SELECT date_trunc('month', s.day::timestamp), nullif(n.text, 'x'), $n FROM care.stay s JOIN care.note n ON n.stay_id = s.id"
      . " WHERE n.mood = 'ill' AND n.text IS DISTINCT FROM 'y' AND n.who <> 'you' AND s.id <> '00000000-0000-0000-0000-000000000000'"
      . " AND s.lasted > '1 hour' AND s.cost::integer + 1 > 0 GROUP BY 1, 2",
    "SELECT n::text || 'x', $n FROM (SELECT DISTINCT patient_id, number % 3 AS n FROM care.visit WHERE number < 50) v GROUP BY 1",
    "SELECT $n FROM care.stay JOIN care.visit USING (patient_id) WHERE health_dp.age_band(number, top => 100) > '0' AND number = ANY ('{1,2,3}')",
);

my $pids = sub { return super($node, "SELECT pid FROM pg_stat_activity WHERE backend_type IN ('checkpointer', 'walwriter') ORDER BY 1") };
my $before = $pids->();
my (%answers, @odd, @failed);
my $hears = sub {
    my ($question, $how, $from, $to) = @_;
    $question =~ s/'/''/g;
    my $said = say($node, <<SQL, user => 'alice');
SELECT number || ' ' || public.room_ask('$question', 'alice', 'alice', '$how', number) FROM generate_series($from, $to) AS number;
SQL
    is($said->{err}, '', "the session stays: seeds $from to $to of $question");
    return split /\n/, $said->{out};
};

like(($hears->($_, /\.sc_/ ? 'suppressed' : '', 0, 0))[0], qr/^0 done/, "answered as it is: $_") for @questions;
my $charges = charges($node);
my $each    = int($trees / @questions) + 1;
my $seed    = $first;
for my $question (@questions) {
    for (my $left = $each; $left > 0; $left -= 500) {
        my $count = $left < 500 ? $left : 500;
        for my $answer ($hears->($question, 'mutate', $seed, $seed + $count - 1)) {
            my ($number, $kind) = $answer =~ /^(\d+) (done|refused|failed)\b/;
            push @odd, $answer unless defined $kind;
            push @failed, "seed $number of $question" if ($kind // '') eq 'failed';
            $answers{ $kind // 'odd' }++;
            $answers{"of them $1"}++ if $answer =~ /^\d+ refused (\w+)/;
        }
        $seed += $count;
    }
}
note(join ', ', map { "$answers{$_} $_" } sort keys %answers);
is_deeply(\@odd, [], 'every answer is one of three');
is($pids->(), $before, 'the server has not restarted');
is_deeply([ grep { /terminated by signal|PANIC|TRAP/ } split /\n/, slurp_file($node->logfile) ], [], 'and no process of it has crashed');
# An exact release that cannot be made safe, or whose data have changed, says so after its charge.
my $paid = 0;
$paid += $answers{$_} // 0 for 'done', 'failed', 'of them ZD723', 'of them ZD724';
is(charges($node) - $charges, $paid, 'what was answered, or failed, is paid for; nothing else is');
cmp_ok($answers{refused} // 0, '>', $trees / 4, 'most trees are refused');
cmp_ok($answers{done} // 0, '>', 0, 'some mean the same, or something else that a release may mean');
note(join "\n", 'failures after the charge:', @failed, super($node, 'SELECT phase, sqlstate, routine, count(*) FROM health_dp.room_failures() GROUP BY 1, 2, 3'))
  if $answers{failed};

$node->stop;
done_testing();
