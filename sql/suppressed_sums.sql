-- Sums, means and variances of suppressed releases: exact, and hidden where they would count few.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS health_dp;
-- What is published is kept sealed: that takes a key.
DO $$
BEGIN
    IF (SELECT state FROM health_dp.key_status) = 'no key store' THEN
        PERFORM health_dp.create_key_store();
    ELSE
        PERFORM health_dp.seal_suppressed_releases();
    END IF;
END
$$;
CREATE SCHEMA regress_sums;
SET search_path = regress_sums, health_dp;
CREATE ROLE regress_sums_steward LOGIN IN ROLE health_dp_steward;
CREATE ROLE regress_sums_owner;
CREATE ROLE regress_sums_ann LOGIN;
GRANT regress_sums_owner TO regress_sums_steward;
GRANT USAGE, CREATE ON SCHEMA regress_sums TO PUBLIC;
CREATE FUNCTION refusal(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE state text; message text; detail text; hint text;
BEGIN
    EXECUTE statement;
    RETURN 'accepted';
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL,
        hint = PG_EXCEPTION_HINT;
    RETURN concat_ws(E'\n  ', state || ': ' || regexp_replace(message, '\d+', 'N'), 'DETAIL: ' || nullif(detail, ''), 'HINT: ' || nullif(hint, ''));
END
$$;

-- 240 patients with a stay each in four wards; 3 of ward A's died, and of ward D all but 2 did. One of ward B's cost more than
-- all others. A third has no BMI, in ward C all but 4 have one. Doses are 0, 1, and for 4 in ward A 2.
SET ROLE regress_sums_owner;
CREATE TABLE stay (stay_id bigint PRIMARY KEY, patient_id bigint NOT NULL, ward text, sex text, small smallint NOT NULL, nights integer NOT NULL,
    big bigint NOT NULL, cost numeric(12,2) NOT NULL, fever real NOT NULL, bmi double precision, died integer NOT NULL, dose integer NOT NULL,
    code integer NOT NULL, undeclared integer NOT NULL);
INSERT INTO stay SELECT i, i, w, CASE WHEN i % 2 = 0 THEN 'f' ELSE 'm' END, i % 13, 1 + i * 7 % 23, i * 1000003, (i * 37 % 500) + 0.25,
        36 + i % 9 * 0.5, CASE WHEN w = 'C' AND i > 124 OR w <> 'C' AND i % 3 > 0 THEN 20 + i % 41 * 0.25 END,
        CASE w WHEN 'A' THEN (i <= 3)::integer WHEN 'D' THEN (i > 182)::integer ELSE (i % 3 = 0)::integer END,
        CASE WHEN w = 'A' AND i > 56 THEN 2 ELSE i % 2 END, i % 2, i % 7
    FROM generate_series(1, 240) i, LATERAL (SELECT chr(65 + (i - 1) / 60) AS w) l;
UPDATE stay SET cost = 10000000 WHERE stay_id = 100;
RESET ROLE;
SET SESSION AUTHORIZATION regress_sums_steward;
SELECT health_dp.protect('stay', 'patient_id');
SELECT count(health_dp.declare_bounds('stay', c, b[1], b[2])) FROM (VALUES ('small', '{0,20}'::numeric[]), ('nights', '{0,100}'), ('big', '{0,1000000000}'),
    ('cost', '{0,20000000}'), ('fever', '{30,45}'), ('bmi', '{10,80}'), ('died', '{0,1}'), ('dose', '{0,10}'), ('code', '{0,1}'), ('stay_id', '{0,1000}')) v (c, b);
SELECT count(create_project(p, title => 'Sums', legal_basis => 'test', valid => '[2020-01-01,2100-01-01)', epsilon => 1, delta => 0.1,
        min_cell => 5, releases => '{suppressed}')), count(add_member(p, 'regress_sums_ann')), count(grant_table(p, 'stay'))
    FROM unnest('{types,pairs,flags,few,bmi,doses,late,early,class,round,refuse,keys,twice}'::name[]) p;
SET SESSION AUTHORIZATION regress_sums_ann;

-- Nobody stands out: what is shown is what PostgreSQL computes.
SET health_dp.project = 'types';
CREATE TEMP TABLE sums AS SELECT sex, sc_sum(small) AS small, sc_sum(nights) AS nights, sc_sum(big) AS big, sc_sum(fever) AS fever, sc_avg(small) AS a,
    sc_avg(nights) AS b, sc_avg(big) AS c, sc_avg(fever) AS d, sc_var(small) AS e, sc_var(nights) AS f, sc_var(big) AS g, sc_var(fever) AS h,
    sc_count(*) AS n FROM stay GROUP BY ROLLUP (sex);
RESET SESSION AUTHORIZATION;
CREATE TEMP TABLE plain AS SELECT sex, sum(small) AS small, sum(nights) AS nights, sum(big) AS big, sum(fever) AS fever, avg(small) AS a,
    avg(nights) AS b, avg(big) AS c, avg(fever) AS d, variance(small) AS e, variance(nights) AS f, variance(big) AS g, variance(fever) AS h,
    count(*) AS n FROM stay GROUP BY ROLLUP (sex);
SELECT p.sex, p.small = s.small AS small, p.nights = s.nights AS nights, p.big = s.big AS big, p.fever = s.fever AS fever,
    round(p.a - s.a, 12) = 0 AS a, round(p.b - s.b, 12) = 0 AS b, round(p.c - s.c, 6) = 0 AS c, abs(p.d - s.d) < 1e-9 AS d, round(p.e - s.e, 12) = 0 AS e,
    round(p.f - s.f, 10) = 0 AS f, abs(p.g / s.g - 1) < 1e-12 AS g, abs(p.h - s.h) < 1e-9 AS h, p.n = s.n AS n
    FROM plain p JOIN sums s ON s.sex IS NOT DISTINCT FROM p.sex ORDER BY p.sex;
SELECT attname, format_type(atttypid, atttypmod) FROM pg_attribute WHERE attrelid = 'sums'::regclass AND attnum > 1 ORDER BY attnum;
SET SESSION AUTHORIZATION regress_sums_ann;

-- What the query does with an aggregate, or does not, changes no other one: each pair alone, above the block, is what it is among all.
SET health_dp.project = 'pairs';
CREATE TEMP TABLE together AS SELECT ward, sex, grouping(ward, sex) AS g, sc_count(*) AS n, sc_count(DISTINCT patient_id) AS patients, sc_sum(died) AS died,
    sc_avg(nights) AS nights, sc_var(dose) AS dose, sc_hidden(*) AS hidden FROM stay GROUP BY CUBE (ward, sex);
DO $$
DECLARE
    block text := 'SELECT ward, sex, grouping(ward, sex) AS g, sc_count(*) AS n, sc_count(DISTINCT patient_id) AS patients, sc_sum(died) AS died,'
        || ' sc_avg(nights) AS nights, sc_var(dose) AS dose, sc_hidden(*) AS hidden FROM stay GROUP BY CUBE (ward, sex)';
    names text[] := '{n,patients,died,nights,dose,hidden}';
    a text;
    b text;
    pairs integer := 0;
    differ bigint;
BEGIN
    FOREACH a IN ARRAY names LOOP
        FOREACH b IN ARRAY names LOOP
            CONTINUE WHEN a > b;
            EXECUTE format('WITH q AS MATERIALIZED (SELECT ward, sex, %1$I, %2$I AS b FROM (%3$s) q) SELECT count(*) FROM ((TABLE q EXCEPT ALL SELECT ward, sex, %1$I,'
                || ' %2$I FROM together) UNION ALL (SELECT ward, sex, %1$I, %2$I FROM together EXCEPT ALL TABLE q)) d', a, b, block) INTO differ;
            IF differ > 0 THEN
                RAISE 'with % and % alone: % rows differ', a, b, differ;
            END IF;
            pairs := pairs + 1;
        END LOOP;
    END LOOP;
    RAISE WARNING '% pairs, % of % cells hidden', pairs, (SELECT count(*) FROM together WHERE hidden), (SELECT count(*) FROM together);
END
$$;
DROP TABLE together;

-- Deaths of A are 3, survivors of D are 2: hidden, and what would give them away with them. How many patients there are is not.
SET health_dp.project = 'flags';
CREATE TEMP TABLE flags AS SELECT ward, sc_count(DISTINCT patient_id) AS patients, sc_sum(died) AS died, sc_avg(died) AS rate, sc_hidden(*) AS hidden
    FROM stay GROUP BY ROLLUP (ward);
SELECT ward, patients, died IS NULL AS died, rate IS NULL AS rate, hidden FROM flags WHERE ward IN ('A', 'D');
SELECT count(patients), count(died) < 4 AS more_than_these, count(died) = count(rate) AS alike, bool_and(hidden = (died IS NULL)) AS marked FROM flags;
-- The other question shows no more.
SELECT count(*) FROM (SELECT ward, sc_avg(died) AS rate FROM stay GROUP BY ROLLUP (ward)) r JOIN flags f USING (ward) WHERE r.rate IS DISTINCT FROM f.rate;

-- One of B's costs nearly all of it.
SET health_dp.project = 'few';
SELECT ward, sc_count(*), sc_sum(cost), sc_hidden(*) FROM stay GROUP BY ward;

-- Four of C have no value, and four of A's doses are 2, which sum and squares tell together.
SET health_dp.project = 'bmi';
SELECT ward, sc_count(*), round(sc_avg(bmi)::numeric, 9), round(sc_var(bmi)::numeric, 9) FROM stay GROUP BY ward;
SET health_dp.project = 'doses';
SELECT ward, sc_sum(dose), sc_var(dose) FROM stay GROUP BY ward;

-- What is asked later is protected with what was shown before, and the other way round.
SET health_dp.project = 'late';
SELECT ward, sc_count(DISTINCT patient_id) FROM stay GROUP BY ROLLUP (ward);
SELECT ward, sc_sum(died) IS NULL AS hidden FROM stay GROUP BY ward;
SELECT sc_sum(died) IS NULL AS hidden, sc_sum(nights) FROM stay;
SELECT ward, sc_sum(nights) FROM stay GROUP BY ward HAVING sc_sum(nights) IS NULL;
SET health_dp.project = 'early';
SELECT sc_sum(died) FROM stay;
SELECT count(died) < 3 AS more_than_one FROM (SELECT ward, sc_sum(died) AS died FROM stay GROUP BY ward) r WHERE ward <> 'D';
SELECT count(n) FROM (SELECT ward, sc_count(*) AS n FROM stay GROUP BY ward) r;

-- Where 0 and 100 percent are not shown, neither is a value that everybody has.
SET SESSION AUTHORIZATION regress_sums_steward;
SELECT set_suppression_policy('class', 'casd_health'), set_suppression_policy('round', 'nhs');
SET SESSION AUTHORIZATION regress_sums_ann;
SET health_dp.project = 'class';
SELECT sex, sc_count(*), sc_sum(code), sc_sum(nights) FROM stay GROUP BY ROLLUP (sex);

-- Refused by name.
SET health_dp.project = 'round';
SELECT refusal('SELECT sc_sum(nights) FROM stay');
SET health_dp.project = 'refuse';
SELECT refusal('SELECT sc_sum(nights + 1) FROM stay');
SELECT refusal('SELECT sc_sum(CASE WHEN sex = ''f'' THEN 1 ELSE 0 END) FROM stay');
SELECT refusal('SELECT sc_avg(x) FROM (SELECT nights * 2 AS x FROM stay) s');
SELECT refusal('SELECT sc_sum(undeclared) FROM stay');
SELECT refusal('SELECT sc_count(patient_id) FROM stay');
SELECT refusal('SELECT sc_sum(stay_id) FROM stay');
SELECT refusal('SELECT sc_sum(DISTINCT nights) FROM stay');
SELECT refusal('SELECT sc_sum(nights) FILTER (WHERE sex = ''f'') FROM stay');
SELECT refusal('SELECT sc_avg(nights ORDER BY nights) FROM stay');
SELECT refusal('SELECT sc_sum(1)');
SELECT refusal('SELECT sc_var(nights) OVER () FROM stay');
RESET health_dp.project;
SELECT refusal('SELECT sc_sum(nights) FROM stay');

-- A column is summed over keys that are known to go together.
SET health_dp.project = 'keys';
SELECT count(*) FROM (SELECT ward, sex, sc_count(*) FROM stay GROUP BY CUBE (ward, sex)) r;
SELECT count(n) FROM (SELECT ward, sc_sum(nights) AS n FROM stay GROUP BY ward) r;
SELECT refusal('SELECT sex, sc_sum(nights) FROM stay GROUP BY sex');
SELECT count(n) FROM (SELECT sex, sc_sum(nights) AS n FROM stay GROUP BY GROUPING SETS ((sex), (ward))) r;
-- Where a key or a condition says what a column has, its sums would be numbers of rows in other words: also one after the other.
SELECT refusal('SELECT died, sc_sum(died) FROM stay GROUP BY died');
SELECT refusal('SELECT ward, sex, nights < 5, sc_count(*) FROM stay GROUP BY 1, 2, 3');
SET health_dp.project = 'refuse';
SELECT refusal('SELECT ward, sc_avg(nights) FROM stay WHERE nights < 20 GROUP BY ward');
SELECT refusal('SELECT b, sc_avg(nights) FROM (SELECT nights / 10 AS b, nights FROM stay) s GROUP BY b');
SELECT count(*) FROM (SELECT died, sc_count(*) FROM stay GROUP BY died) r;
SELECT refusal('SELECT died, sc_sum(died) FROM stay GROUP BY died');
SELECT refusal('SELECT sc_sum(died) FROM stay');
SELECT count(*) FROM (SELECT died, sc_sum(dose) FROM stay GROUP BY died) r;
SET health_dp.project = 'keys';

-- Bounds and data as they were.
RESET SESSION AUTHORIZATION;
UPDATE stay SET nights = nights + 1 WHERE stay_id = 7;
SET SESSION AUTHORIZATION regress_sums_ann;
SELECT refusal('SELECT ward, sc_sum(nights) FROM stay GROUP BY ward');
SELECT count(n) FROM (SELECT ward, sc_count(*) AS n FROM stay GROUP BY ward) r;
RESET SESSION AUTHORIZATION;
UPDATE stay SET nights = nights - 1 WHERE stay_id = 7;
SELECT declare_bounds('stay', 'nights', 0, 200);
SET SESSION AUTHORIZATION regress_sums_ann;
SELECT refusal('SELECT ward, sc_sum(nights) FROM stay GROUP BY ward');

-- Bounds wider than an integer reckons with.
RESET SESSION AUTHORIZATION;
SELECT declare_bounds('stay', 'big', -9000000000000000000, 9000000000000000000);
SET SESSION AUTHORIZATION regress_sums_ann;
SELECT refusal('SELECT sc_sum(big) FROM stay');

-- Under two names it is one column; from two places it is none.
SET health_dp.project = 'twice';
SELECT ward, sc_sum(n) IS NOT DISTINCT FROM sc_sum(m) AS alike, sc_sum(n) IS NULL AS hidden
    FROM (SELECT ward, died AS n, died AS m FROM stay) s GROUP BY ROLLUP (ward) ORDER BY 1;
SELECT refusal('SELECT sc_sum(a.nights) FROM stay a JOIN stay b ON a.stay_id = b.stay_id AND a.patient_id = b.patient_id');
SELECT refusal('SELECT sc_sum(nights) FROM stay JOIN (SELECT patient_id, max(dose) FROM stay GROUP BY patient_id) s USING (patient_id)');

RESET SESSION AUTHORIZATION;
DROP TABLE sums, plain, flags;
DELETE FROM health_dp.project_suppression;
DELETE FROM health_dp.project WHERE title = 'Sums';
DROP SCHEMA regress_sums CASCADE;
DROP ROLE regress_sums_steward, regress_sums_owner, regress_sums_ann;
