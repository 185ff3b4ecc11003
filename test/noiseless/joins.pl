# Joins and what surrounds them: every rewriting of a release against plain SQL.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use Oracle;
use Test::More;

new_oracle('joins');

# One table.
same('count', 'SELECT dp_count(*) FROM stay');
same('count, patients, sum, mean',
    'SELECT dp_count(*), dp_count(nights), dp_count(DISTINCT patient_id), dp_sum(nights, 0, 30),
            round(dp_avg(nights, 0, 30), 8) FROM stay');
same('groups',
    'SELECT region, dp_count(*), dp_count(DISTINCT patient_id), dp_sum(nights, 0, 30), round(dp_avg(nights, 0, 30), 8)
       FROM stay GROUP BY region');
same('alias, and the schema written out', 'SELECT s.region, dp_count(*) FROM stay AS s GROUP BY s.region');
same('columns renamed', 'SELECT b, dp_sum(c, 0, 9) FROM drug AS d(x, y, b, c) GROUP BY b');

# Inner joins on the patient.
same('join', 'SELECT p.sex, dp_count(*) FROM stay s JOIN patient p ON p.patient_id = s.patient_id GROUP BY p.sex');
same('join the other way round',
    'SELECT p.sex, dp_count(*) FROM stay s JOIN patient p ON s.patient_id = p.patient_id GROUP BY p.sex');
same('USING', 'SELECT sex, dp_count(*), dp_count(DISTINCT patient_id) FROM stay JOIN patient USING (patient_id) GROUP BY sex');
same('comma list',
    'SELECT p.sex, dp_count(*) FROM stay s, patient p WHERE p.patient_id = s.patient_id AND s.nights > 3 GROUP BY p.sex');
same('comma list of three, equated along a chain',
    'SELECT p.sex, dp_count(*) FROM visit v, patient p, stay s
      WHERE s.patient_id = p.patient_id AND v.patient_id = s.patient_id AND v.minutes > 20 GROUP BY p.sex');
same('comma list of three, the first and the last equated through the middle',
    'SELECT v.ward, dp_count(*) FROM visit v, stay s, patient p
      WHERE v.patient_id = p.patient_id AND p.patient_id = s.patient_id AND v.minutes > 20 GROUP BY v.ward');
same('condition beside the patient in ON',
    'SELECT p.sex, dp_count(*) FROM stay s JOIN patient p ON p.patient_id = s.patient_id AND p.region = s.region GROUP BY p.sex');
same('nested parentheses',
    'SELECT p.sex, dp_count(*) FROM patient p JOIN (stay s JOIN visit v ON v.patient_id = s.patient_id AND v.minutes = s.nights)
         ON s.patient_id = p.patient_id GROUP BY p.sex');
same('self join', 'SELECT a.region, dp_count(*) FROM stay a JOIN stay b ON a.patient_id = b.patient_id AND a.entry = b.entry GROUP BY a.region');
same('alias of a join',
    'SELECT j.sex, dp_count(*) FROM (stay JOIN patient USING (patient_id)) AS j GROUP BY j.sex');

# Outer joins.
same('left join', 'SELECT p.sex, dp_count(*), dp_count(s.stay_id), dp_sum(s.nights, 0, 30)
       FROM patient p LEFT JOIN stay s ON s.patient_id = p.patient_id AND s.nights > 10 GROUP BY p.sex');
same('left join, WHERE on the optional side',
    'SELECT p.sex, dp_count(*) FROM patient p LEFT JOIN stay s USING (patient_id) WHERE s.stay_id IS NULL GROUP BY p.sex');
same('left join, key of the optional side',
    'SELECT s.region, dp_count(*) FROM patient p LEFT JOIN stay s USING (patient_id) GROUP BY s.region');
same('right join', 'SELECT p.sex, dp_count(*), dp_count(s.stay_id) FROM stay s RIGHT JOIN patient p USING (patient_id) GROUP BY p.sex');
same('left join of a left join',
    'SELECT p.sex, dp_count(*), dp_count(v.ward) FROM patient p LEFT JOIN stay s ON s.patient_id = p.patient_id AND s.nights > 30
       LEFT JOIN visit v ON v.patient_id = p.patient_id AND v.minutes > 30 GROUP BY p.sex');
same('left join inside a join',
    'SELECT p.region, dp_count(*) FROM patient p LEFT JOIN (stay s JOIN visit v ON v.patient_id = s.patient_id AND v.minutes = s.nights)
         ON s.patient_id = p.patient_id AND s.nights = 25 GROUP BY p.region');

# Public tables.
same('join a public table', 'SELECT r.zone, dp_count(*) FROM stay s JOIN region r ON r.code = s.region GROUP BY r.zone');
same('natural join of a public table', 'SELECT level, dp_count(*) FROM drug NATURAL JOIN (SELECT code AS atc, level FROM ref.atc) a GROUP BY level');
same('protected left join public', 'SELECT r.zone, dp_count(*) FROM stay s LEFT JOIN region r ON r.code = s.region AND r.weight > 5 GROUP BY r.zone');
same('two public tables', 'SELECT r.zone, c.month, dp_count(*) FROM stay s JOIN region r ON r.code = s.region
       JOIN calendar c ON c.day = s.entry GROUP BY 1, 2');
same('a public table multiplies rows', 'SELECT dp_count(*), dp_sum(r.weight, 0, 10) FROM stay s JOIN region r ON r.weight < s.nights',
    any_plan => 'PostgreSQL gathers rows before it multiplies them');
same('public and protected in a comma list',
    'SELECT r.zone, p.sex, dp_count(*) FROM region r, stay s, patient p WHERE r.code = s.region AND p.patient_id = s.patient_id GROUP BY 1, 2');
same('VALUES', "SELECT v.l, dp_count(*) FROM stay s JOIN (VALUES ('R1', 'one'), ('R2', 'two')) v(c, l) ON v.c = s.region GROUP BY v.l");

# Declared links, with and without the table they lead to.
same('linked table alone', 'SELECT atc, dp_count(*), dp_sum(qty, 0, 20) FROM drug GROUP BY atc');
same_as('patients of a linked table',
    'SELECT d.atc, dp_count(DISTINCT s.patient_id) FROM drug d JOIN stay s ON s.stay_id = d.stay_id GROUP BY d.atc',
    'SELECT d.atc, count(DISTINCT s.patient_id) FROM care.drug d JOIN care.stay s ON s.stay_id = d.stay_id GROUP BY d.atc');
same('along the link', 'SELECT s.region, dp_count(*) FROM drug d JOIN stay s ON s.stay_id = d.stay_id GROUP BY s.region');
same('along the link, USING', 'SELECT region, dp_count(*) FROM drug JOIN stay USING (stay_id) GROUP BY region');
same('along the link, comma list', 'SELECT s.region, d.atc, dp_count(*) FROM stay s, drug d WHERE d.stay_id = s.stay_id GROUP BY 1, 2');
same('link optional', 'SELECT s.hospital, dp_count(*), dp_count(d.drug_id) FROM stay s LEFT JOIN drug d ON d.stay_id = s.stay_id GROUP BY s.hospital');
same('link preserved', 'SELECT d.atc, dp_count(*), dp_count(s.stay_id) FROM drug d LEFT JOIN stay s ON s.stay_id = d.stay_id AND s.nights > 5 GROUP BY d.atc');
same('link and patient', 'SELECT p.sex, dp_count(*) FROM drug d JOIN stay s ON s.stay_id = d.stay_id JOIN patient p ON p.patient_id = s.patient_id GROUP BY p.sex');
same('link, patient first', 'SELECT p.sex, dp_count(*) FROM patient p JOIN stay s USING (patient_id) JOIN drug d USING (stay_id) GROUP BY p.sex');
same('link and public table', 'SELECT a.label, dp_count(*) FROM drug d JOIN atc a ON a.code = d.atc WHERE a.level = 1 GROUP BY a.label');
same('link of a link', 'SELECT dp_count(*), round(dp_avg(mg, 0, 400), 8) FROM dose');
same('two links', 'SELECT s.hospital, dp_count(*) FROM dose x JOIN drug d ON d.drug_id = x.drug_id JOIN stay s ON s.stay_id = d.stay_id GROUP BY s.hospital');
same('one of two links', 'SELECT d.atc, dp_count(*) FROM dose x JOIN drug d USING (drug_id) GROUP BY d.atc');
same('siblings of one stay', 'SELECT a.atc, b.atc, dp_count(*) FROM drug a JOIN stay s ON s.stay_id = a.stay_id JOIN drug b ON b.stay_id = s.stay_id GROUP BY 1, 2');
same('link of two columns', 'SELECT dp_count(*), dp_sum(amount, 0, 50) FROM line');
same('along a link of two columns', 'SELECT h.org, dp_count(*) FROM line l JOIN sheet h ON h.number = l.number AND l.org = h.org GROUP BY h.org');
same('along a link of two columns, USING', 'SELECT org, dp_count(*) FROM line JOIN sheet USING (number, org) GROUP BY org');
same('link of two columns and the patient', 'SELECT p.sex, dp_sum(l.amount, 0, 99) FROM patient p, sheet h, line l
      WHERE h.patient_id = p.patient_id AND l.org = h.org AND h.number = l.number GROUP BY p.sex');

# Complete public domains: every key, empty ones included. Rows that nobody owns do not count, whatever they are.
same_as('public left join protected',
    'SELECT r.code, dp_count(*), dp_count(s.stay_id), dp_count(DISTINCT s.patient_id) FROM region r LEFT JOIN stay s ON s.region = r.code GROUP BY r.code',
    'SELECT r.code, count(s.patient_id), count(s.stay_id), count(DISTINCT s.patient_id) FROM region r LEFT JOIN stay s ON s.region = r.code GROUP BY r.code');
same_as('protected right join public',
    'SELECT r.code, dp_count(*), dp_sum(s.nights, 0, 9) FROM stay s RIGHT JOIN region r ON s.region = r.code GROUP BY r.code ORDER BY 1',
    'SELECT r.code, count(s.patient_id), coalesce(sum(least(greatest(s.nights, 0), 9)), 0) FROM region r LEFT JOIN stay s ON s.region = r.code GROUP BY r.code ORDER BY 1',
    ordered => 1);
same_as('a public domain with an expression and a condition on it',
    "SELECT r.zone || '!', dp_count(*) FROM region r LEFT JOIN stay s ON s.region = r.code AND s.nights > 33 WHERE r.weight > 2 GROUP BY 1",
    "SELECT r.zone || '!', count(s.patient_id) FROM region r LEFT JOIN stay s ON s.region = r.code AND s.nights > 33 WHERE r.weight > 2 GROUP BY 1");
same_as('a public domain over an empty table',
    'SELECT r.code, dp_count(*) FROM region r LEFT JOIN care.empty e ON e.region = r.code GROUP BY r.code',
    'SELECT r.code, 0 FROM region r');
same_as('a public domain over rows that nobody owns',
    'SELECT r.code, dp_count(*), dp_count(n.x) FROM region r LEFT JOIN nobody n ON n.region = r.code GROUP BY r.code',
    'SELECT r.code, 0, 0 FROM region r');
same_as('a public domain and two protected tables',
    'SELECT r.code, dp_count(*) FROM region r LEFT JOIN (stay s JOIN patient p ON p.patient_id = s.patient_id AND p.sex = 1) ON s.region = r.code GROUP BY r.code',
    'SELECT r.code, count(s.patient_id) FROM region r LEFT JOIN (stay s JOIN patient p ON p.patient_id = s.patient_id AND p.sex = 1) ON s.region = r.code GROUP BY r.code');
same_as('two public tables as a domain',
    "SELECT r.code, a.code, dp_count(*) FROM (region r CROSS JOIN (VALUES ('H0'), ('H9')) a(code)) LEFT JOIN stay s ON s.region = r.code AND s.hospital = a.code GROUP BY 1, 2",
    "SELECT r.code, a.code, count(s.patient_id) FROM (region r CROSS JOIN (VALUES ('H0'), ('H9')) a(code)) LEFT JOIN stay s ON s.region = r.code AND s.hospital = a.code GROUP BY 1, 2");
same_as('a key that mixes public and protected columns',
    'SELECT r.code, s.hospital, dp_count(*) FROM region r LEFT JOIN stay s ON s.region = r.code GROUP BY 1, 2',
    'SELECT r.code, s.hospital, count(*) FROM region r JOIN stay s ON s.region = r.code GROUP BY 1, 2');
same_as('a public domain through a linked table',
    'SELECT a.code, dp_count(*) FROM atc a LEFT JOIN drug d ON d.atc = a.code GROUP BY a.code',
    'SELECT a.code, count(d.drug_id) FROM atc a LEFT JOIN drug d ON d.atc = a.code GROUP BY a.code');

# Row filters of the project.
my %filtered = (project => 'filtered', plain => 'plain_filtered, plain, ref, public');
same('row filter', 'SELECT hospital, dp_count(*) FROM stay GROUP BY hospital', %filtered);
same('row filters of two tables', 'SELECT s.region, dp_count(*) FROM stay s JOIN patient p USING (patient_id) GROUP BY s.region', %filtered);
same('row filter on the optional side', 'SELECT p.region, dp_count(*), dp_count(s.stay_id) FROM patient p LEFT JOIN stay s USING (patient_id) GROUP BY p.region', %filtered);
same('row filter of a linked table', 'SELECT atc, dp_count(*), dp_sum(qty, 0, 20) FROM drug GROUP BY atc', %filtered);
same('row filters along a link', 'SELECT d.atc, dp_count(*) FROM drug d JOIN stay s USING (stay_id) GROUP BY d.atc', %filtered);
same('row filter and WHERE', "SELECT hospital, dp_count(*) FROM stay WHERE region IN ('R1', 'R2') OR nights > 15 GROUP BY hospital", %filtered);

compare();
done_testing();
