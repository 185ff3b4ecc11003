# What the engine accepts inside a release: relations that mix patients, rows from outside, keys that tell.
use strict;
use warnings;

[
    { name => 'correlated release', clause => 'C9', refused => 'ZD003',
      sql => <<'SQL' },
SELECT n, (SELECT dp_count(*) FROM care.stay WHERE nights = n) FROM ref.number;
SELECT n, c FROM ref.number, LATERAL (SELECT dp_count(*) AS c FROM care.stay WHERE nights = n) q;
SELECT n, c FROM ref.number, LATERAL (WITH w AS (SELECT * FROM care.stay WHERE nights = n) SELECT dp_count(*) AS c FROM w) q;
SELECT n, c FROM ref.number, LATERAL (SELECT dp_sum(nights, 0, n) AS c FROM care.stay) q;
SELECT n, c FROM ref.number, LATERAL (SELECT dp_count(*) FILTER (WHERE nights = n) AS c FROM care.stay) q;
SELECT n, c FROM ref.number, LATERAL (SELECT dp_count(*) AS c FROM care.stay GROUP BY nights + n) q;
SELECT n, c FROM ref.number, LATERAL (SELECT dp_count(*) AS c FROM care.stay s JOIN care.patient p ON p.patient_id = s.patient_id AND s.nights = n) q;
SELECT n, c FROM ref.number, LATERAL (SELECT dp_count(*) AS c FROM (SELECT patient_id FROM care.stay WHERE nights = n) s) q;
SQL
    { name => 'LATERAL inside a release', clause => 'C16', refused => ['ZD003', 'ZD005'],
      sql => 'SELECT dp_count(*) FROM care.stay s, LATERAL (SELECT p.patient_id FROM care.patient p WHERE p.patient_id <> s.patient_id) q;' },
    { name => 'join that does not equate the patient', clause => 'C16', refused => ['ZD003', 'ZD005'],
      sql => <<'SQL' },
SELECT dp_count(*) FROM care.stay a, care.stay b;
SELECT dp_count(*) FROM care.stay a JOIN care.stay b ON a.region = b.region;
SELECT dp_count(*) FROM care.stay a JOIN care.stay b ON a.patient_id = b.patient_id OR true;
SELECT dp_count(*) FROM care.stay a JOIN care.stay b ON a.patient_id = b.patient_id + 0;
SELECT dp_count(*) FROM care.stay a JOIN care.stay b ON a.patient_id = b.stay_id;
SELECT dp_count(*) FROM care.stay a JOIN care.stay b ON (a.patient_id = b.patient_id) IS NOT TRUE;
SELECT dp_count(*) FROM care.stay a LEFT JOIN care.stay b ON true WHERE a.patient_id = b.patient_id;
SELECT dp_count(*) FROM care.stay a FULL JOIN care.stay b ON a.patient_id = b.patient_id;
SELECT dp_count(*) FROM care.stay a LEFT JOIN care.patient b ON a.patient_id = b.patient_id JOIN care.visit c ON c.patient_id = 4711;
SELECT dp_count(*) FROM care.drug d JOIN care.stay s ON d.drug_id = s.stay_id;
SQL
    { name => 'patients merged by a cast of who they are', clause => 'C16', refused => ['ZD003', 'ZD005'],
      prepare => 'CREATE EXTENSION citext; CREATE TABLE care.named (pid text COLLATE "C", v varchar COLLATE "C"); CREATE TABLE care.named_too (pid text COLLATE "C");'
        . " INSERT INTO care.named SELECT x, x FROM unnest(ARRAY['A', 'A ', 'a']) x; INSERT INTO care.named_too SELECT pid FROM care.named;"
        . " SELECT health_dp.protect(t, 'pid'), health_dp.grant_table('study', t) FROM unnest(ARRAY['care.named', 'care.named_too']::regclass[]) t",
      sql => <<'SQL' },
SELECT dp_count(*) FROM (SELECT pid::bpchar FROM care.named GROUP BY pid::bpchar) x;
SELECT dp_count(*) FROM (SELECT DISTINCT pid::bpchar FROM care.named) x;
SELECT dp_count(*) FROM (SELECT pid::citext FROM care.named GROUP BY pid::citext) x;
SELECT dp_count(*) FROM (SELECT pid::citext::text FROM care.named GROUP BY pid::citext::text) x;
SELECT dp_count(DISTINCT pid::bpchar) FROM care.named;
SELECT dp_count(*) FROM care.named a JOIN care.named_too b ON a.pid::bpchar = b.pid::bpchar;
SELECT dp_count(*) FROM care.named a JOIN care.named_too b ON a.pid::citext = b.pid::citext;
SQL
    { name => 'patients told apart by their own equality in another type', clause => 'C16', charged => 4,
      cleanup => 'DROP TABLE care.named, care.named_too CASCADE; DROP EXTENSION citext', sql => <<'SQL' },
SELECT dp_count(*) FROM (SELECT pid::varchar FROM care.named GROUP BY pid::varchar) x;
SELECT dp_count(DISTINCT pid::varchar) FROM care.named;
SELECT dp_count(*) FROM care.named a JOIN care.named_too b ON a.pid::varchar = b.pid;
SELECT dp_count(*) FROM (SELECT pid AS p, count(*) FROM care.named GROUP BY pid) a JOIN care.named_too b ON a.p = b.pid;
SQL
    { name => 'public rows filtered by protected ones', clause => 'C16', refused => ['ZD003', 'ZD005', 'ZD004'],
      sql => <<'SQL' },
SELECT dp_count(*) FROM care.stay WHERE region IN (SELECT region FROM care.stay WHERE patient_id = 4711);
SELECT dp_count(*) FROM care.stay WHERE EXISTS (SELECT FROM care.patient WHERE patient_id = 4711);
SELECT dp_count(*) FROM care.stay s JOIN (SELECT r.region FROM ref.region r WHERE EXISTS (SELECT FROM care.stay x WHERE x.region = r.region)) q ON true;
SELECT dp_count(*) FROM care.stay WHERE cost > (SELECT max(cost) / 2 FROM care.stay);
SQL
    { name => 'aggregates, DISTINCT and windows over several patients', clause => 'C16', refused => ['ZD003', 'ZD005', 'ZD004'],
      sql => <<'SQL' },
SELECT dp_count(*) FROM (SELECT region, count(*) AS c FROM care.stay GROUP BY region) q;
SELECT dp_sum(c, 0, 100000) FROM (SELECT count(*) AS c FROM care.stay) q;
SELECT dp_count(*) FROM (SELECT DISTINCT dx FROM care.stay) q;
SELECT dp_count(*) FROM (SELECT patient_id, row_number() OVER (ORDER BY cost) AS r FROM care.stay) q WHERE r = 1;
SELECT dp_count(*) FROM (SELECT DISTINCT ON (dx) patient_id, dx FROM care.stay ORDER BY dx) q;
SELECT dp_count(*) FROM (SELECT patient_id, max(note) FROM care.stay GROUP BY GROUPING SETS ((patient_id), ())) q;
SQL
    { name => 'LIMIT and OFFSET inside a release', clause => 'C16', refused => 'ZD003',
      sql => 'SELECT dp_count(*) FROM (SELECT * FROM care.stay ORDER BY cost DESC LIMIT 1) q; SELECT dp_count(*) FROM (SELECT * FROM care.stay OFFSET 28000) q; SELECT dp_count(*) FROM (SELECT * FROM care.stay ORDER BY cost FETCH FIRST ROW WITH TIES) q;' },
    { name => 'UNION, INTERSECT, EXCEPT inside a release', clause => 'C16', refused => ['ZD003', 'ZD005'],
      sql => <<'SQL' },
SELECT dp_count(*) FROM (SELECT patient_id FROM care.stay UNION SELECT n FROM ref.number) q;
SELECT dp_count(*) FROM (SELECT patient_id FROM care.stay INTERSECT SELECT patient_id FROM care.patient) q;
SELECT dp_count(*) FROM (SELECT patient_id FROM care.patient EXCEPT ALL SELECT patient_id FROM care.stay) q;
SELECT dp_count(*) FROM (SELECT region FROM ref.region EXCEPT SELECT region FROM care.stay) q JOIN care.stay s ON true;
SQL
    { name => 'recursive WITH inside a release', clause => 'C16', refused => ['ZD005', 'ZD002', '42501'],
      sql => 'WITH RECURSIVE r AS (SELECT patient_id, 1 AS i FROM care.stay UNION ALL SELECT patient_id, i + 1 FROM r WHERE i < 1000) SELECT dp_count(*) FROM r;' },
    { name => 'GROUPING SETS, ROLLUP, CUBE', clause => 'C10', refused => 'ZD005',
      sql => 'SELECT region, dp_count(*) FROM care.stay GROUP BY ROLLUP (region); SELECT dp_count(*) FROM care.stay GROUP BY (); SELECT region, GROUPING(region), dp_count(*) FROM care.stay GROUP BY CUBE (region, dx);' },
    { name => 'columns beside the keys', clause => 'C10', refused => ['ZD003', '42803'],
      sql => 'SELECT note, dp_count(*) FROM care.stay GROUP BY stay_id; SELECT stay_id, note, dp_count(*) FROM care.stay GROUP BY stay_id; SELECT dp_count(*) FROM care.stay GROUP BY stay_id HAVING note > \'a\';' },
    { name => 'a plain aggregate beside a dp aggregate', clause => 'C17', refused => 'ZD005',
      sql => 'SELECT dp_count(*), count(*) FROM care.stay; SELECT dp_count(*) FROM care.stay HAVING count(*) > 0; SELECT dp_count(*) FROM care.stay ORDER BY max(note); SELECT dp_count(*), string_agg(note, \',\') FROM care.stay;' },
    { name => 'a dp aggregate as a window function', clause => 'C17', refused => ['ZD005', '42501'],
      sql => 'SELECT dp_count(*) OVER () FROM care.stay; SELECT dp_count(*) OVER (PARTITION BY patient_id), note FROM care.stay;' },
    { name => 'a patient alone in a group', clause => 'C10', charged => 3000, twins => 1,
      sql => <<'SQL' },
SET health_dp.epsilon = 10;
SELECT dx, dp_count(*) FROM care.stay WHERE patient_id = :id GROUP BY dx;
SELECT unit, dp_count(*) FROM care.measure WHERE patient_id = :id GROUP BY unit;
SELECT note, dp_count(*) FROM care.stay WHERE patient_id = :id GROUP BY note;
SQL
    { name => 'a key that is a constant', clause => 'C10', charged => 4000, twins => 1,
      sql => <<'SQL' },
SET health_dp.epsilon = 10;
SELECT dp_count(*) FROM care.stay WHERE patient_id = :id GROUP BY 'x'::text;
SELECT dp_count(*) FROM care.stay WHERE patient_id = :id GROUP BY (EXISTS (SELECT FROM ref.region));
SELECT dp_count(*) FROM care.stay WHERE patient_id = :id GROUP BY current_date;
PREPARE p(int) AS SELECT dp_count(*) FROM care.stay WHERE patient_id = :id GROUP BY $1;
EXECUTE p(1);
SQL
    { name => 'keys from a public table through an inner join', clause => 'C10', charged => 2000, twins => 1,
      sql => <<'SQL' },
SET health_dp.epsilon = 10;
SELECT r.region, dp_count(*) FROM ref.region r JOIN care.stay s ON s.region = r.region WHERE s.patient_id = :id GROUP BY r.region;
SELECT r.region, dp_count(*) FROM ref.region r LEFT JOIN care.stay s ON s.region = r.region WHERE s.patient_id = :id GROUP BY r.region;
SQL
    { name => 'keys from a public table that is not preserved', clause => 'C10', charged => 2000, twins => 1,
      sql => <<'SQL' },
SET health_dp.epsilon = 10;
SELECT r.region, dp_count(*) FROM care.stay s LEFT JOIN ref.region r ON s.region = r.region WHERE s.patient_id = :id GROUP BY r.region;
SELECT r.region, dp_count(*) FROM ref.region r, care.stay s WHERE s.region = r.region AND s.patient_id = :id GROUP BY r.region;
SQL
    { name => 'a condition on protected rows above preserved public ones', clause => 'C10', charged => 3000, twins => 1,
      sql => <<'SQL' },
SET health_dp.epsilon = 10;
SELECT r.region, dp_count(*) FROM ref.region r LEFT JOIN care.stay s ON s.region = r.region AND s.patient_id = :id WHERE s.patient_id IS NOT NULL GROUP BY r.region;
SELECT q.region, dp_count(*) FROM (SELECT r.region, s.patient_id FROM ref.region r LEFT JOIN care.stay s ON s.region = r.region AND s.patient_id = :id) q WHERE q.patient_id IS NOT NULL GROUP BY q.region;
SELECT coalesce(r.region, s.region), dp_count(*) FROM ref.region r LEFT JOIN care.stay s ON s.region = r.region AND s.patient_id = :id WHERE s.nights > 0 OR s.nights <= 0 GROUP BY 1;
SQL
    { name => 'complete public domains show every key, whatever the rows', clause => 'C10', charged => 1, twins => 1,
      sql => 'SELECT \'exact\', r.region, dp_count(*) IS NULL FROM ref.region r LEFT JOIN care.stay s ON s.region = r.region AND s.patient_id = :id GROUP BY r.region;',
      lines => qr/\A(exact\|(?:ARA|IDF|nowhere)\|f\n){3}\z/ },
    { name => 'an empty table as an oracle', clause => 'C11', charged => 4,
      sql => <<'SQL',
SELECT 'rows', count(*) FROM (SELECT dp_count(*) FROM care.nobody) q;
SELECT 'rows', count(*) FROM (SELECT dp_avg(1, 0, 2), dp_sum(1, 0, 2) FROM care.nobody) q;
SELECT 'groups', count(*) FROM (SELECT ward, dp_count(*) FROM care.nobody GROUP BY ward) q;
SELECT 'rows', count(*) FROM (SELECT dp_count(*) FROM care.stay WHERE false) q;
SQL
      lines => qr/\Arows\|1\nrows\|1\ngroups\|0\nrows\|1\n\z/ },
    { name => 'a release over no row is charged like any other', clause => 'C12', charged => 3, twins => 1,
      sql => <<'SQL' },
SELECT dp_count(*) IS NULL FROM care.stay WHERE patient_id = :id AND false;
SELECT dp_count(*) IS NULL FROM care.stay WHERE patient_id = :id AND patient_id = -1;
SELECT dp_count(*), dp_avg(nights, 0, 100) FROM care.stay WHERE patient_id = :id;
SQL
    { name => 'bounds that depend on rows', clause => 'C5', refused => ['ZD301', 'ZD003', 'ZD004'],
      sql => 'SELECT dp_sum(nights, 0, nights) FROM care.stay; SELECT dp_sum(nights, 0, (SELECT max(nights) FROM care.stay)) FROM care.stay; SELECT dp_avg(cost, -cost, cost) FROM care.stay;' },
    { name => 'bounds of width zero, reversed, not finite', clause => 'C5', refused => ['ZD301', '22P02', '22003'],
      sql => "SELECT dp_avg(nights, 5, 5) FROM care.stay; SELECT dp_sum(nights, 9, 1) FROM care.stay; SELECT dp_sum(weight, '-Infinity', 'Infinity') FROM care.stay; SELECT dp_sum(cost, 'NaN', 1) FROM care.stay; SELECT dp_sum(nights, NULL, 1) FROM care.stay;" },
    { name => 'limits and budget out of range', clause => 'C14', refused => ['ZD303', 'ZD304', 'ZD305', '22023'], errors => 8,
      sql => <<'SQL' },
SET health_dp.epsilon = '-1';
SET health_dp.epsilon = 'Infinity';
SET health_dp.epsilon = 'NaN';
SET health_dp.epsilon = '0';
SET health_dp.delta = '2';
SET health_dp.max_rows_per_patient = 1000000;
SELECT dp_count(*) FROM care.stay;
SET health_dp.max_rows_per_patient = -1;
SET health_dp.max_rows_per_patient = 0;
SET health_dp.max_groups_per_patient = 100000;
SELECT region, dp_count(*) FROM care.stay GROUP BY region;
SQL
    { name => 'a statement for next to nothing', clause => 'C28', refused => 'ZD303', errors => 3,
      sql => "SET health_dp.epsilon = 1e-9; SELECT dp_count(*) FROM care.stay; SET health_dp.epsilon = 0.009999999999999999; SELECT dp_count(*) FROM care.stay; PREPARE p AS SELECT dp_count(*) FROM care.stay; EXECUTE p;" },
    { name => 'a longer day', clause => 'C28', refused => ['42501', '55P02'], errors => 6,
      sql => <<'SQL' },
SET health_dp.executions_per_day = 0;
SET health_dp.failures_per_day = 0;
SET health_dp.failure_limit = 0;
SELECT health_dp.set_min_epsilon('study', 1e-18);
SELECT health_dp.limit_executions('study', 0);
SELECT health_dp.limit_room('study');
SQL
    { name => 'more than the budget in one execution', clause => 'C13', refused => 'ZD401', errors => 2,
      sql => "SET health_dp.epsilon = 1000000; SELECT dp_count(*) FROM care.stay; SET health_dp.epsilon = 99999.999; SELECT dp_count(*) FROM care.stay;" },
    { name => 'a table that is neither protected nor public', clause => 'C16', refused => 'ZD003', errors => 2,
      sql => 'CREATE TEMP TABLE own AS SELECT 1 AS n; SELECT dp_count(*) FROM care.stay s JOIN own o ON true; SELECT dp_count(*) FROM care.stay WHERE nights IN (SELECT n FROM own);' },
    { name => 'a catalogue inside a release', clause => 'C16', refused => ['ZD003', 'ZD004'],
      sql => "SELECT dp_count(*) FROM care.stay JOIN pg_class ON true; SELECT dp_count(*) FROM care.stay WHERE note IN (SELECT query FROM pg_stat_activity);" },
    { name => 'a function in FROM', clause => 'C16', refused => ['ZD004', 'ZD005', '42501'],
      sql => "SELECT dp_count(*) FROM care.stay s, generate_series(1, 10); SELECT dp_count(*) FROM care.stay s, unnest(s.tags) t; SELECT dp_count(*) FROM care.stay s, ROWS FROM (pg_ls_dir('.')) r;" },
    { name => 'a table that is not granted to the project', clause => 'C15', as => 'carol', refused => 'ZD105',
      sql => 'SELECT dp_count(*) FROM care.stay; SELECT dp_count(*) FROM care.patient p JOIN care.drug d ON true;' },
    # A plan without columns leaves room for none, however many there are.
    { name => 'more aggregates than there is room for, none of them read', clause => 'C16', refused => 'ZD005',
      sql => 'SELECT count(*) FROM (SELECT region, '
        . join(', ', map { "dp_count(*) FILTER (WHERE nights > $_)" } 1 .. 400)
        . ' FROM care.stay GROUP BY region) AS r;' },
    { name => "a policy that only sounds like health_dp's", clause => 'C15', refused => 'ZD201',
      prepare => 'CREATE POLICY "health_dp project 1 and more" ON care.stay AS RESTRICTIVE USING (false)',
      cleanup => 'DROP POLICY "health_dp project 1 and more" ON care.stay',
      sql => 'SELECT dp_count(*) FROM care.stay;' },
]
