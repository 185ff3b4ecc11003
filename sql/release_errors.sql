-- Bad input around releases: what analysts and stewards may type and should not. Each refusal says in the user's words
-- what is wrong and in the hint what to type instead, costs nothing, and depends on the query and the catalogue alone.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS health_dp;
CREATE SCHEMA regress_errors;
SET search_path = regress_errors, health_dp;
CREATE ROLE regress_steward LOGIN IN ROLE health_dp_steward;
CREATE ROLE regress_owner;
CREATE ROLE regress_alice LOGIN;
CREATE ROLE regress_eve LOGIN;
GRANT regress_owner TO regress_steward;
GRANT USAGE, CREATE ON SCHEMA regress_errors TO PUBLIC;
CREATE TABLE answer (statement text, answer text);
GRANT INSERT ON answer TO PUBLIC;
CREATE FUNCTION refusals(VARIADIC statements text[]) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE statement text; answer text; state text; message text; detail text; hint text;
BEGIN
    FOREACH statement IN ARRAY statements LOOP
        BEGIN
            EXECUTE statement;
            answer := 'accepted';
        EXCEPTION WHEN OTHERS THEN
            GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL,
                hint = PG_EXCEPTION_HINT;
            answer := concat_ws(E'\n  ', state || ': ' || message, 'DETAIL: ' || nullif(detail, ''),
                'HINT: ' || nullif(hint, ''));
        END;
        INSERT INTO regress_errors.answer VALUES (statement, answer);
        RETURN NEXT statement || E'\n  ' || answer;
    END LOOP;
END
$$;

-- Rows that no message may show a value of: each holds one of 77001, zebra, 4711.
SET ROLE regress_owner;
CREATE COLLATION nd (provider = icu, locale = 'und', deterministic = false);
CREATE DOMAIN small AS integer CHECK (VALUE < 100000);
CREATE TYPE pair AS (a integer, b text);
CREATE TABLE region (code text PRIMARY KEY, zone text, level integer);
CREATE TABLE patient (patient_id bigint PRIMARY KEY, sex integer, region text);
CREATE TABLE stay (stay_id bigint PRIMARY KEY, patient_id bigint, region text, nights integer, brief smallint,
    cost numeric, weight double precision, entry date, at timestamp, atz timestamptz, note text COLLATE nd, tags text[],
    doc jsonb, mixed pair, price money, took interval, clock timetz, corner point, digits text COLLATE "C");
CREATE TABLE drug (drug_id bigint, stay_id bigint, atc text);
CREATE TABLE visit (patient_id integer, minutes integer);
CREATE TABLE secret (patient_id bigint, minutes integer);
CREATE TABLE plain (code text);
INSERT INTO region VALUES ('zebra', 'Z', 1), ('other', 'Z', 2);
INSERT INTO patient VALUES (77001, 4711, 'zebra'), (77002, 1, 'other');
INSERT INTO stay SELECT 77001 + i % 2, 77001 + i % 2, 'zebra', 4711, 4711, 4711, 4711, '4711-11-11', '4711-11-11', '4711-11-11',
    'zebra', '{zebra}', '"zebra"', (4711, 'zebra')::pair, 4711, '4711 days', '04:07:11+00', '(4711,4711)', '4711zebra'
    FROM generate_series(0, 1) i;
INSERT INTO drug VALUES (1, 77001, 'zebra');
INSERT INTO visit VALUES (77001, 4711);
INSERT INTO secret VALUES (77001, 4711);
RESET ROLE;
SET SESSION AUTHORIZATION regress_steward;
SELECT health_dp.protect(t, 'patient_id') FROM unnest('{patient,stay,visit,secret}'::regclass[]) t;
SELECT health_dp.protect_via('drug', 'stay_id', 'stay', 'stay_id');
SELECT health_dp.declare_public('region');
SELECT health_dp.create_project(name, 't',
    'b', valid::daterange, budget, 0.1, releases => releases, max_groups_per_patient => groups,
        max_rows_per_patient => 50, default_epsilon => epsilon, max_epsilon => 2, default_delta => delta, max_delta => 0.05) > 0
  FROM (VALUES ('regress_study', '[2020-01-01,2999-01-01)', 99, '{dp}'::text[], 1, 1e-6, 9),
    ('regress_spent', '[2020-01-01,2999-01-01)', 3, '{dp}', 2, 1e-6, 9), ('regress_bare',
    '[2020-01-01,2999-01-01)', 99, '{dp}', NULL, NULL, 2000000),
    ('regress_past', '[2020-01-01,2021-01-01)', 99, '{dp}', 1, 1e-6, 9), ('regress_future',
    '[2998-01-01,2999-01-01)', 99, '{dp}', 1, 1e-6, 9),
    ('regress_cells', '[2020-01-01,2999-01-01)', 99, '{suppressed}', 1, 1e-6, 9), ('regress_stopped',
    '[2020-01-01,2999-01-01)', 99, '{dp}', 1, 1e-6, 9),
    ('regress_alien', '[2020-01-01,2999-01-01)', 99, '{dp}', 1, 1e-6, 9)) p(name, valid, budget, releases, epsilon, delta, groups);
SELECT health_dp.add_member(p, 'regress_alice') FROM unnest('{regress_study,regress_bare,regress_past,regress_future,regress_cells,
    regress_stopped,regress_spent}'::name[]) p;
SELECT health_dp.grant_table(p, t) FROM unnest('{regress_study,regress_bare,regress_spent}'::name[]) p,
    unnest('{patient,stay,visit,drug}'::regclass[]) t;
SELECT health_dp.suspend_project('regress_stopped', 'objection under review');
SELECT health_dp.set_min_epsilon('regress_study', 1e-18);
RESET SESSION AUTHORIZATION;
GRANT SELECT ON region, plain TO regress_alice;

-- Two answers, as a start of the ledger; nothing below adds to it.
SET SESSION AUTHORIZATION regress_alice;
SET health_dp.project = 'regress_study';
SELECT dp_count(*) IS NOT NULL AS answered FROM stay;
SET health_dp.project = 'regress_spent';
SELECT dp_count(*) IS NOT NULL AS answered FROM stay;
RESET health_dp.project;
\pset format unaligned
\pset tuples_only on

-- Which project, and whether it answers at all.
SELECT refusals(
    'SELECT dp_count(*) FROM stay',
    'SET LOCAL health_dp.project = ''''; SELECT dp_count(*) FROM stay',
    'SET LOCAL health_dp.project = ''regress_nowhere''; SELECT dp_count(*) FROM stay',
    'SET LOCAL health_dp.project = ''regress_alien''; SELECT dp_count(*) FROM stay',
    'SET LOCAL health_dp.project = ''REGRESS_STUDY''; SELECT dp_count(*) FROM stay',
    'SET LOCAL health_dp.project = ''regress_study with a name that is longer than any name in PostgreSQL may be''; SELECT dp_count(*) FROM stay',
    'SET LOCAL health_dp.project = ''regress_past''; SELECT dp_count(*) FROM stay',
    'SET LOCAL health_dp.project = ''regress_future''; SELECT dp_count(*) FROM stay',
    'SET LOCAL health_dp.project = ''regress_cells''; SELECT dp_count(*) FROM stay',
    'SET LOCAL health_dp.project = ''regress_stopped''; SELECT dp_count(*) FROM stay',
    'SET LOCAL health_dp.project = ''regress_spent''; SELECT dp_count(*) FROM stay',
    'SET LOCAL health_dp.project = ''regress_spent''; SELECT region, dp_count(*) FROM stay GROUP BY region',
    'SET LOCAL health_dp.project = ''regress_bare''; SELECT dp_count(*) FROM stay',
    'SET LOCAL health_dp.project = ''regress_bare''; SET LOCAL health_dp.epsilon = 1; SELECT region, dp_count(*) FROM stay GROUP BY region');
SET SESSION AUTHORIZATION regress_eve;
SELECT refusals('SET LOCAL health_dp.project = ''regress_study''; SELECT dp_count(*) FROM regress_errors.stay');
SET SESSION AUTHORIZATION regress_steward;
SELECT refusals('SET LOCAL health_dp.project = ''regress_study''; SELECT dp_count(*) FROM stay');
RESET SESSION AUTHORIZATION;
SELECT refusals('SET LOCAL health_dp.project = ''regress_study''; SELECT dp_count(*) FROM stay');
GRANT health_dp_steward TO regress_alice;
SET SESSION AUTHORIZATION regress_alice;
SELECT refusals('SET LOCAL health_dp.project = ''regress_study''; SELECT dp_count(*) FROM stay');
RESET SESSION AUTHORIZATION;
REVOKE health_dp_steward FROM regress_alice;
SET SESSION AUTHORIZATION regress_alice;
SET health_dp.project = 'regress_study';

-- Settings that are no settings.
SELECT refusals(VARIADIC array_agg(format('SET LOCAL health_dp.%s', setting))) FROM (VALUES
    ('epsilon = 0'), ('epsilon = -1'), ('epsilon = ''NaN'''), ('epsilon = ''Infinity'''), ('epsilon = much'), ('epsilon = ''0,5'''),
    ('epsilon = ''1/2'''), ('epsilon = '' '''), ('epsilon = ''1e400'''), ('epsilon = 0.0000000000000000001'),
    ('delta = 0'), ('delta = 1'), ('delta = -0.1'), ('delta = 1.5'), ('delta = ''NaN'''), ('delta = little'),
    ('delta = ''1e-400'''),
    ('max_groups_per_patient = -1'), ('max_groups_per_patient = 2147483648'), ('max_groups_per_patient = many'),
    ('max_rows_per_patient = -1'), ('max_rows_per_patient = 1.5e10'), ('max_rows_per_patient = ''NaN'''),
    ('mechanism = gaussian'), ('mechanism = '''''), ('noise = off')) v(setting);
-- Settings that the project does not allow.
SELECT refusals(VARIADIC array_agg(format('SET LOCAL health_dp.%s; SELECT region, dp_count(*) FROM stay GROUP BY region', setting)))
  FROM (VALUES ('epsilon = 2.000000000000000001'), ('epsilon = 1e6'), ('delta = 0.06'), ('max_groups_per_patient = 10'),
    ('max_rows_per_patient = 2147483647')) v(setting);
-- Less than an execution costs: a ten-thousandth of the budget where nobody said another number [C28].
SELECT refusals(
    'SET LOCAL health_dp.project = ''regress_bare''; SET LOCAL health_dp.epsilon = 0.009899999999999999; SELECT dp_count(*) FROM stay',
    'SET LOCAL health_dp.project = ''regress_bare''; SET LOCAL health_dp.epsilon = 1e-9; SELECT dp_count(*) FROM stay');
-- More executions than a day has: one was made above [C28].
SET SESSION AUTHORIZATION regress_steward;
SELECT health_dp.limit_executions('regress_study', 1);
SET SESSION AUTHORIZATION regress_alice;
SELECT regexp_replace(regexp_replace(refusals('SELECT dp_count(*) FROM stay'), '\d{4}-\d\d-\d\d', 'tomorrow'),
    'role "[^"]*"', 'role "who logged in"');
SET SESSION AUTHORIZATION regress_steward;
SELECT health_dp.limit_executions('regress_study');
SET SESSION AUTHORIZATION regress_alice;
-- Noise that exact arithmetic does not hold.
SELECT refusals('SET LOCAL health_dp.epsilon = 1e-18; SELECT dp_sum(weight, -1e300, 1e300) FROM stay',
    'SET LOCAL health_dp.epsilon = 1e-18; SELECT dp_sum(stay_id, -9223372036854775808, 9223372036854775807) FROM stay',
    'SET LOCAL health_dp.epsilon = 1e-15; SELECT region, dp_count(*) FROM stay GROUP BY region',
    'SET LOCAL health_dp.project = ''regress_bare''; SET LOCAL health_dp.epsilon = 1; SET LOCAL health_dp.delta = 0.05; SET LOCAL health_dp.max_groups_per_patient = 2000000; SELECT region, dp_count(*) FROM stay GROUP BY region');

-- Names.
SELECT refusals('SELECT dp_count(*) FROM nowhere', 'SELECT dp_count(nothing) FROM stay',
    'SELECT dp_count(*) FROM stay GROUP BY nothing',
    'SELECT dp_count(*) FROM stay WHERE s.nights > 1', 'SELECT dp_median(nights) FROM stay', 'SELECT dp_count() FROM stay',
    'SELECT dp_count(nights, cost) FROM stay', 'SELECT dp_sum(*) FROM stay', 'SELECT region, dp_count(*) FROM stay',
    'SELECT count(*) FROM stay', 'SELECT * FROM health_dp.ledger_total', 'SELECT * FROM health_dp.project');

-- Bounds.
SELECT refusals(VARIADIC array_agg(format('SELECT %s FROM stay', aggregate))) FROM (VALUES
    ('dp_sum(nights)'), ('dp_avg(cost)'), ('dp_sum(nights + 1)'), ('dp_sum(nights, 0)'), ('dp_sum(nights, 0, 1, 2)'),
    ('dp_sum(nights, 9, 0)'), ('dp_avg(nights, 5, 5)'), ('dp_sum(cost, 9, 0)'), ('dp_sum(cost, 5, 5.0)'), ('dp_sum(weight, 9, 0)'),
    ('dp_sum(weight, 5, 5)'), ('dp_sum(weight, ''-0'', 0)'), ('dp_sum(brief, 9::smallint, 0::smallint)'),
    ('dp_sum(nights, NULL, 9)'), ('dp_sum(nights, 0, NULL)'), ('dp_avg(cost, NULL, NULL)'), ('dp_sum(weight, 0, NULL)'),
    ('dp_sum(weight, 0, ''NaN'')'), ('dp_sum(weight, ''-Infinity'', 0)'), ('dp_avg(weight, 0, ''Infinity'')'),
    ('dp_sum(cost, ''NaN'', 9)'), ('dp_sum(cost, 0, ''Infinity'')'), ('dp_sum(cost, ''-Infinity'', 0)'),
    ('dp_sum(cost, 0, 1e20000)'), ('dp_sum(cost, -1e131071, 0)'), ('dp_sum(cost, 0, 1e-16383)'), ('dp_avg(cost, 0, 1e501)'),
    ('dp_sum(nights, 0, stay_id::integer)'), ('dp_sum(cost, 0, cost)'),
    ('dp_sum(nights, 0, (random() * 9)::integer)'), ('dp_sum(nights, 0, dp_count(*))'),
    ('dp_sum(nights, 0, 1 / 0)'), ('dp_sum(nights, ''few'', ''many'')'), 
    ('dp_sum(nights, ''0'', ''9.5'')'), ('dp_sum(nights, date ''2024-01-01'', date ''2024-12-31'')')) v(aggregate);
PREPARE bounded(integer, integer) AS SELECT dp_sum(nights, $1, $2) FROM stay;
PREPARE bounded_float(float8, float8) AS SELECT dp_sum(weight, $1, $2) FROM stay;
SELECT refusals('EXECUTE bounded(9, 1)', 'EXECUTE bounded(1, NULL)', 'EXECUTE bounded_float(0, ''Infinity'')',
    'EXECUTE bounded(1)');

-- Types that cannot be added up, or grouped by.
SELECT refusals(VARIADIC array_agg(format('SELECT %s FROM stay', aggregate))) FROM (VALUES
    ('dp_sum(region)'), ('dp_sum(region, ''a'', ''b'')'), ('dp_sum(took)'), ('dp_sum(took, ''0'', ''1 day'')'), ('dp_sum(price)'),
    ('dp_avg(price, 0::money, 9::money)'), ('dp_avg(entry)'), ('dp_avg(sex = 1, false, true) FROM patient; SELECT 1'),
    ('dp_sum(doc)'),
    ('dp_sum(tags)'), ('dp_sum(''5'')'), ('dp_sum(NULL)')) v(aggregate);
SELECT refusals(VARIADIC array_agg(format('SELECT dp_count(*) FROM stay GROUP BY %s', key))) FROM (VALUES
    ('doc'), ('note'), ('tags'), ('mixed'), ('price'), ('clock'), ('corner'), ('(nights, brief)::text'),
    ('doc ->> ''a'''), ('stay'), ('ROW(nights)'), ('region COLLATE nd'), ('ARRAY[nights]'), ('nights COLLATE "C"'), ('99')) v(key);

-- Tables that a release does not read, or not so.
SELECT refusals('SELECT * FROM stay', 'SELECT count(*) FROM stay', 'TABLE patient', 'SELECT FROM patient WHERE false',
    'SELECT 1 WHERE EXISTS (SELECT FROM visit)',
    'SELECT (SELECT max(nights) FROM stay), (SELECT dp_count(*) FROM stay)',
    'SELECT dp_count(*) FROM stay WHERE (SELECT count(*) FROM visit) > 1',
    'SELECT r.code, (SELECT dp_count(*) FROM stay) FROM region r, patient p',
    'SELECT dp_count(*) FROM secret', 'SELECT dp_count(*) FROM plain',
    'SELECT dp_count(*) FROM stay s JOIN plain p ON p.code = s.region',
    'SELECT dp_count(*) FROM region', 'SELECT dp_sum(level, 0, 9) FROM region GROUP BY zone',
    'SELECT dp_count(*) FROM (VALUES (1)) v(x)', 'SELECT dp_count(*)',
    'SELECT dp_count(*) FROM stay TABLESAMPLE SYSTEM (50)', 'SELECT dp_count(*) FROM generate_series(1, 9)',
    'SELECT dp_count(*) FROM stay, generate_series(1, 9)', 'SELECT dp_count(*) FROM stay, ROWS FROM (generate_series(1, 9)) g',
    $$SELECT dp_count(*) FROM stay, XMLTABLE('/a' PASSING '<a/>' COLUMNS x text)$$,
    'SELECT dp_count(*) FROM stay, LATERAL (SELECT code FROM region WHERE code = stay.region) r',
    'SELECT dp_count(*) FROM stay CROSS JOIN LATERAL generate_series(1, nights)',
    'SELECT dp_count(*) FROM pg_class', 'SELECT dp_count(*) FROM stay, pg_stats',
    'WITH RECURSIVE r(code) AS (SELECT code FROM region UNION SELECT r.code FROM r) SELECT dp_count(*) FROM stay JOIN r ON r.code = stay.region');

-- Joins that would mix patients.
SELECT refusals('SELECT dp_count(*) FROM stay, patient', 'SELECT dp_count(*) FROM stay CROSS JOIN patient',
    'SELECT dp_count(*) FROM stay a JOIN stay b ON true',
    'SELECT dp_count(*) FROM stay s JOIN patient p ON p.region = s.region',
    'SELECT dp_count(*) FROM stay s JOIN patient p USING (region)',
    'SELECT dp_count(*) FROM stay s JOIN patient p ON p.patient_id = s.patient_id OR p.sex = 1',
    'SELECT dp_count(*) FROM stay s JOIN patient p ON NOT (p.patient_id = s.patient_id)',
    'SELECT dp_count(*) FROM stay s JOIN patient p ON p.patient_id <= s.patient_id',
    'SELECT dp_count(*) FROM stay s JOIN patient p ON p.patient_id = s.patient_id + 1',
    'SELECT dp_count(*) FROM stay s JOIN patient p ON p.patient_id = s.stay_id',
    'SELECT dp_count(*) FROM stay s NATURAL JOIN patient p JOIN visit v USING (patient_id)',
    'SELECT dp_count(*) FROM patient p JOIN visit v ON v.patient_id::bigint = p.patient_id',
    'SELECT dp_count(*) FROM drug d JOIN stay s ON s.stay_id = d.drug_id',
    'SELECT dp_count(*) FROM drug a JOIN drug b ON a.drug_id = b.drug_id',
    'SELECT dp_count(*) FROM patient p LEFT JOIN stay s ON s.region = p.region',
    'SELECT dp_count(*) FROM patient p LEFT JOIN stay s ON true WHERE s.patient_id = p.patient_id',
    'SELECT dp_count(*) FROM stay FULL JOIN patient USING (patient_id)',
    'SELECT dp_count(*) FROM region FULL JOIN stay ON stay.region = region.code',
    'SELECT dp_count(*) FROM stay s, patient p, visit v WHERE p.patient_id = s.patient_id');

-- Clauses that a release does not take.
SELECT refusals('SELECT region, dp_count(*) FROM stay GROUP BY ROLLUP (region)',
    'SELECT region, dp_count(*) FROM stay GROUP BY CUBE (region, nights)',
    'SELECT region, dp_count(*) FROM stay GROUP BY GROUPING SETS ((region), ())',
    'SELECT region, GROUPING(region), dp_count(*) FROM stay GROUP BY region',
    'SELECT dp_count(*) FROM stay FOR UPDATE', 'SELECT * FROM (SELECT dp_count(*) FROM stay) r, region FOR SHARE',
    'SELECT dp_count(*) FROM (SELECT * FROM stay FOR SHARE) s',
    'SELECT dp_count(*) FROM stay, (SELECT * FROM region FOR KEY SHARE) r',
    'SELECT dp_count(*) FROM ' || repeat('(SELECT * FROM ', 32) || 'stay' || repeat(') s', 32),
    'INSERT INTO answer SELECT dp_count(*) FROM stay FOR UPDATE', 'UPDATE answer SET answer = (SELECT dp_count(*) FROM stay)',
    'DELETE FROM answer WHERE 1 < (SELECT dp_count(*) FROM stay)',
    'WITH i AS (INSERT INTO answer VALUES (1) RETURNING 1) SELECT dp_count(*) FROM stay',
    'WITH n AS (SELECT dp_count(*) FROM stay) UPDATE answer SET answer = n.dp_count FROM n',
    'MERGE INTO answer USING (SELECT dp_count(*) AS n FROM stay) r ON true WHEN MATCHED THEN DELETE',
    'SELECT region, nights, dp_count(*) FROM stay GROUP BY region', 'SELECT stay.*, dp_count(*) FROM stay GROUP BY stay_id',
    'SELECT patient_id, sex, dp_count(*) FROM patient GROUP BY patient_id',
    'SELECT dp_count(*) FROM stay HAVING nights > 1', 'SELECT dp_count(*) FROM stay ORDER BY nights',
    'SELECT dp_count(*), region || ''x'' FROM stay GROUP BY lower(region)',
    'SELECT dp_count(*), (SELECT p.sex FROM patient p WHERE p.patient_id = stay.patient_id) FROM stay',
    'SELECT region, dp_count(*), (SELECT zone FROM region r WHERE r.code = stay.note) FROM stay GROUP BY region',
    'SELECT dp_count(*), count(*) FROM stay', 'SELECT dp_count(*), max(nights) FROM stay',
    'SELECT dp_count(*), string_agg(region, '','') FROM stay',
    'SELECT region FROM stay GROUP BY region HAVING dp_count(*) > max(nights)',
    'SELECT dp_sum(dp_count(*), 0, 9) FROM stay', 'SELECT dp_count(*) FROM stay GROUP BY dp_count(*)',
    'SELECT dp_count(*) FROM stay WHERE dp_count(*) > 1',
    'SELECT dp_count(DISTINCT region) FROM stay', 'SELECT dp_count(DISTINCT stay_id) FROM stay',
    'SELECT dp_count(DISTINCT patient_id + 0) FROM stay', 'SELECT dp_sum(DISTINCT nights, 0, 9) FROM stay',
    'SELECT dp_count(DISTINCT (patient_id, region)) FROM stay',
    'SELECT dp_count(nights ORDER BY entry) FROM stay', 'SELECT dp_sum(nights, 0, 9 ORDER BY nights) FROM stay',
    'SELECT dp_count(*) WITHIN GROUP (ORDER BY nights) FROM stay', 'SELECT dp_count(*) OVER () FROM stay',
    'SELECT dp_count(*) FILTER (WHERE count(*) > 1) FROM stay', 'SELECT dp_count(*) FILTER (WHERE note = ''x'') FROM stay',
    'SELECT (SELECT dp_count(stay.nights)) FROM stay',
    'SELECT dp_count(*), (SELECT dp_count(stay.nights) FROM region LIMIT 1) FROM stay',
    (SELECT 'SELECT ' || string_agg(format('dp_sum(nights, 0, %s)', i), ', ') || ' FROM stay' FROM generate_series(1, 33) i),
    'DECLARE c CURSOR FOR SELECT dp_count(*) FROM stay FOR UPDATE');

-- Subqueries and WITH queries below a release.
SELECT refusals('SELECT dp_count(*) FROM (SELECT patient_id FROM stay LIMIT 9) s',
    'SELECT dp_count(*) FROM (SELECT patient_id FROM stay OFFSET 1) s',
    'SELECT dp_count(*) FROM (SELECT patient_id FROM stay ORDER BY nights FETCH FIRST 1 ROW WITH TIES) s',
    'SELECT dp_count(*) FROM (SELECT patient_id FROM stay UNION SELECT patient_id FROM patient) s',
    'SELECT dp_count(*) FROM (SELECT patient_id FROM stay UNION ALL SELECT patient_id FROM patient) s',
    'SELECT dp_count(*) FROM (SELECT patient_id FROM patient EXCEPT SELECT patient_id FROM stay) s',
    'SELECT dp_count(*) FROM (SELECT patient_id FROM patient INTERSECT SELECT patient_id FROM stay) s',
    'SELECT dp_count(*) FROM (SELECT DISTINCT ON (patient_id) patient_id, nights FROM stay ORDER BY patient_id, nights) s',
    'SELECT dp_count(*) FROM (SELECT DISTINCT region FROM stay) s',
    'SELECT dp_count(*) FROM (SELECT DISTINCT patient_id, note FROM stay) s',
    'SELECT dp_count(*) FROM (SELECT DISTINCT code COLLATE nd FROM region) r, stay',
    'SELECT dp_count(*) FROM (SELECT region, count(*) FROM stay GROUP BY region) s',
    'SELECT dp_count(*) FROM (SELECT count(*) AS n FROM stay) s',
    'SELECT dp_count(*) FROM (SELECT max(nights) FROM stay HAVING count(*) > 1) s',
    'SELECT dp_count(*) FROM (SELECT patient_id + 0, count(*) FROM stay GROUP BY patient_id + 0) s',
    'SELECT dp_count(*) FROM (SELECT patient_id, count(*) FROM stay GROUP BY patient_id, note) s',
    'SELECT dp_count(*) FROM (SELECT patient_id, count(*) FROM stay GROUP BY ROLLUP (patient_id)) s',
    'SELECT dp_count(*) FROM (SELECT patient_id, rank() OVER (ORDER BY nights) FROM stay) s',
    'SELECT dp_count(*) FROM (SELECT patient_id, generate_series(1, 9) FROM stay) s',
    'SELECT dp_count(*) FROM (SELECT patient_id, unnest(tags) FROM stay) s',
    'SELECT dp_count(*) FROM (SELECT patient_id, dp_count(*) AS n FROM stay GROUP BY patient_id) s',
    'SELECT dp_count(*) FROM (SELECT patient_id FROM stay GROUP BY patient_id HAVING dp_count(*) > 1) s, patient p',
    'WITH r AS (SELECT dp_count(*) AS n FROM stay) SELECT dp_count(*) FROM stay, r',
    'WITH s AS (SELECT patient_id FROM stay LIMIT 1) SELECT dp_count(*) FROM s',
    'WITH s AS (SELECT * FROM stay) SELECT count(*) FROM s, (SELECT dp_count(*) FROM s) r',
    'SELECT dp_count(*) FROM (SELECT patient_id, percentile_cont(0.5) WITHIN GROUP (ORDER BY nights) FROM stay GROUP BY patient_id) s',
    'SELECT dp_count(*) FROM (SELECT patient_id, string_agg(region, '','') FROM stay GROUP BY patient_id) s',
    'SELECT dp_count(*) FROM (SELECT patient_id, array_agg(region) FROM stay GROUP BY patient_id) s',
    'SELECT dp_count(*) FROM (SELECT patient_id, sum(weight) FROM stay GROUP BY patient_id) s',
    'SELECT dp_count(*) FROM (SELECT patient_id, max(region ORDER BY entry) FROM stay GROUP BY patient_id) s',
    'SELECT dp_count(*) FROM (SELECT patient_id, min(note) FROM stay GROUP BY patient_id) s',
    'SELECT dp_count(*) FROM (SELECT patient_id, count(DISTINCT clock) FROM stay GROUP BY patient_id) s',
    'SELECT dp_count(*) FROM patient p WHERE EXISTS (SELECT FROM stay s WHERE s.patient_id = p.patient_id)',
    'SELECT dp_count(*) FROM patient WHERE patient_id IN (SELECT patient_id FROM stay)',
    'SELECT dp_count(*) FROM patient WHERE patient_id NOT IN (SELECT patient_id FROM stay)',
    'SELECT dp_count(*) FROM stay WHERE region = (SELECT max(code) FROM region WHERE level = nights)',
    'SELECT dp_count(*) FROM stay WHERE nights > ALL (SELECT level FROM region)',
    'SELECT dp_count(*) FROM stay WHERE nights > (SELECT avg(nights) FROM stay)',
    'SELECT dp_count(*) FROM stay WHERE EXISTS (SELECT FROM region r WHERE r.code = stay.region)',
    'SELECT dp_count(*) FROM stay WHERE region IN (SELECT code FROM region LIMIT nights)',
    'SELECT dp_count(*) FROM stay WHERE region IN (SELECT code FROM region LIMIT -1)',
    'SELECT dp_count(*) FROM stay WHERE region IN (SELECT code FROM region OFFSET -1)',
    'SELECT dp_count(*) FROM stay WHERE region IN (SELECT code FROM region LIMIT length(current_user))',
    'SELECT dp_count(*) FROM stay WHERE region = ANY (ARRAY(SELECT code FROM region WHERE level = nights))',
    'SELECT code, (SELECT dp_count(*) FROM stay s WHERE s.region = r.code) FROM region r',
    'SELECT * FROM region r, LATERAL (SELECT dp_count(*) FROM stay s WHERE s.region = r.code) x',
    'SELECT * FROM region r, LATERAL (SELECT dp_sum(nights, 0, r.level) FROM stay) x',
    'SELECT code, (SELECT dp_count(*) FROM stay HAVING dp_count(*) > r.level) IS NULL FROM region r, LATERAL (SELECT dp_count(r.code) FROM stay) x',
    'SELECT * FROM region r, LATERAL (SELECT s.region = r.code, dp_count(*) FROM stay s GROUP BY s.region = r.code) x');

-- Expressions on protected rows: whatever could fail on a row, be observed, or have an effect.
CREATE FUNCTION own(integer) RETURNS integer LANGUAGE plpgsql IMMUTABLE AS 'BEGIN RAISE NOTICE ''%'', $1; RETURN $1; END';
CREATE OPERATOR === (LEFTARG = integer, RIGHTARG = integer, FUNCTION = int4eq);
SELECT refusals(VARIADIC array_agg(format('SELECT dp_count(*) FROM stay WHERE %s', condition))) FROM (VALUES
    ('random() < 0.5'), ('clock_timestamp() > at'), ('pg_sleep(nights) IS NULL'), ('nextval(''s'') > 1'), ('own(nights) = 1'),
    ('nights === 1'), ('nights === ANY (''{1}'')'), ('region = repeat(''x'', 65537)'), ('nights > (SELECT dp_count(*) FROM stay)'),
    ('pg_advisory_lock(nights) IS NULL'), ('current_setting(region) = ''on'''), ('sqrt(weight) > 1'), ('ln(cost) > 1'),
    ('nights ^ 2 > 1'), ('1 << nights > 1'),
    ('weight::text = ''1'''), ('digits::integer = 1'), ('digits::date > entry'), ('digits::boolean'), ('tags::integer[] IS NULL'),
    ('nights::small = 1'), ('price::text = ''1'''),
    ('price > 1::money'), ('price::numeric > 1'), ('doc ->> ''a'' = ''b'''), ('doc = ''1'''), ('doc IS DISTINCT FROM ''1'''),
    ('nullif(doc, ''1'') IS NULL'), ('doc = ANY (''{1}'')'), ('corner ~= ''(1,1)'''), ('clock > ''12:00+00'''),
    ('region ~ ''z'''), ('region SIMILAR TO ''z%'''), ('region LIKE digits'), ('region LIKE ''z\'''),
    (format('region LIKE %L', repeat('%', 65))), ('regexp_replace(region, ''z'', '''') = ''x'''),
    ('note = ''x'''), ('note COLLATE "C" = ''x'' OR note < ''y'''), ('region COLLATE nd = ''x'''), ('note = ANY (''{x}'')'),
    ('nullif(note, ''x'') IS NULL'), ('note IS DISTINCT FROM ''x'''), ('note LIKE ''x'''), ('digits < note'),
    ('CASE WHEN nights > 1 THEN region ELSE note END = ''x'''), ('greatest(price, 1::money) IS NULL'),
    ('extract(microseconds FROM at) > 1'), ('extract(timezone FROM atz) > 1'), ('date_part(region, at) > 1'),
    ('date_trunc(''week of'', at) > at'), ('extract(hour FROM entry) > 1'), ('to_char(at, ''YYYY'') = ''2024'''),
    ('atz AT TIME ZONE region > at'), ('took / nights > ''1 day'''),
    ('substr(region, 1, nights) = ''z'''), ('substring(region FROM 1 FOR -1) = ''z'''), ('repeat(region, nights) = ''x'''),
    ('lpad(region, nights) = ''x'''), ('concat(region, nights) = ''x'''),
    ('stay IS NULL'), ('stay.* = ROW(1)'), ('mixed IS NULL'), ('mixed IS DISTINCT FROM NULL'), ('(mixed).a = 1'), ('mixed = (1, ''x'')'),
    ('(nights, brief) < (1, 2)'), ('tags[1] = ''x'''), ('tags = ''{x}'''), ('''x'' = ANY (tags) AND tags && ''{x}'''),
    ('ARRAY[[nights]] IS NULL'), ('xmlelement(name a, nights) IS NULL'),
    ('ctid = ''(0,1)'''), ('xmin IS NULL'), ('tableoid = 1'), ('stay.oid = 1'), ('CURRENT OF c'),
    ('1 / 0 = nights'), ('nights = ''many'''), ('nights'), ('has_table_privilege(region, ''SELECT'')'),
    ('pg_relation_size(region::regclass) > 1'), ('count(*) > 1'), ('dp_count(*) > 1')) v(condition);
SELECT refusals('SELECT unnest(tags), dp_count(*) FROM stay GROUP BY 1', 'SELECT dp_count(stay) FROM stay',
    'SELECT dp_count(random() + nights) FROM stay', 'SELECT dp_sum(own(nights), 0, 9) FROM stay',
    'SELECT dp_count(*) FILTER (WHERE random() < weight) FROM stay',
    'SELECT dp_count(*) FROM stay s JOIN patient p ON p.patient_id = s.patient_id AND own(nights) = 1',
    'SELECT dp_count(*) FROM stay s JOIN (VALUES (random())) v(x) ON true',
    'SELECT own(nights), dp_count(*) FROM stay GROUP BY own(nights)',
    'SELECT dp_count(*) FROM (SELECT patient_id, own(nights) FROM stay) s',
    'SELECT dp_count(*) FROM (SELECT patient_id FROM stay GROUP BY patient_id HAVING own(max(nights)) > 1) s',
    'SELECT dp_count(*) FROM stay, (SELECT code FROM region LIMIT (random() * 9)::integer) r',
    'SELECT dp_count(*) FROM stay, (SELECT code FROM region WHERE own(level) = 1) r',
    'SELECT dp_count(*) FROM (SELECT patient_id FROM stay WINDOW w AS (ORDER BY nights)) s',
    'SELECT dp_count(*) FROM (SELECT patient_id FROM stay FOR UPDATE) s');

-- An operator of one's own under the name of PostgreSQL's.
CREATE OPERATOR = (LEFTARG = integer, RIGHTARG = integer, FUNCTION = int4eq);
SELECT refusals('SET LOCAL search_path = regress_errors, pg_catalog, health_dp; SELECT dp_count(*) FROM stay WHERE nights IS DISTINCT FROM 1');
RESET search_path;
DROP OPERATOR regress_errors.= (integer, integer);
SET search_path = regress_errors, health_dp;

-- What would watch.
SELECT refusals('EXPLAIN SELECT dp_count(*) FROM stay', 'EXPLAIN ANALYZE SELECT dp_count(*) FROM stay',
    'SET LOCAL debug_print_plan = on; SELECT dp_count(*) FROM stay',
    'SET LOCAL debug_print_rewritten = on; SELECT dp_count(*) FROM stay',
    'SET LOCAL debug_print_parse = on; SELECT dp_count(*) FROM stay',
    'SET LOCAL trace_sort = on; SELECT dp_count(*) FROM stay', 'SET LOCAL client_min_messages = log; SELECT dp_count(*) FROM stay',
    'COPY (SELECT * FROM stay) TO STDOUT', 'LOCK TABLE stay',
    'CREATE TABLE mine AS SELECT * FROM stay', 'CREATE INDEX ON stay (nights)', 'TRUNCATE stay', 'DELETE FROM stay',
    'INSERT INTO stay VALUES (1, 1)', 'UPDATE stay SET nights = 1');
BEGIN ISOLATION LEVEL SERIALIZABLE;
SELECT refusals('SELECT dp_count(*) FROM stay');
ROLLBACK;
RESET SESSION AUTHORIZATION;
CREATE FUNCTION after(change text, statement text, undo text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE answer text;
BEGIN
    EXECUTE change;
    SET LOCAL SESSION AUTHORIZATION regress_alice;
    SELECT refusals(statement) INTO answer;
    RESET SESSION AUTHORIZATION;
    EXECUTE undo;
    RETURN change || E'\n' || answer;
END
$$;
SET log_executor_stats = on;
SET SESSION AUTHORIZATION regress_alice;
SELECT refusals('SELECT dp_count(*) FROM stay');
RESET SESSION AUTHORIZATION;
RESET log_executor_stats;
SELECT after('SET ' || setting, 'SELECT dp_count(*) FROM stay', 'RESET ' || split_part(setting, ' ', 1))
    FROM unnest('{log_parser_stats = on,log_planner_stats = on,log_statement_stats = on,track_functions = ''all''}'::text[]) setting;
SET SESSION AUTHORIZATION regress_alice;
-- Doors that PostgreSQL opens after the planner's hook, and tables that are there for a moment only.
CREATE FUNCTION inlined() RETURNS SETOF bigint LANGUAGE sql STABLE AS 'SELECT regress_errors.stay.nights::bigint FROM regress_errors.stay';
CREATE FUNCTION inlined_count() RETURNS SETOF bigint LANGUAGE sql STABLE AS 'SELECT health_dp.dp_count(*) FROM (VALUES (1)) v';
CREATE TABLE mine (code text);
CREATE FUNCTION look() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM dp_count(*) FROM stay s JOIN new_rows n ON n.code = s.region; RETURN NULL; END';
CREATE TRIGGER look AFTER INSERT ON mine REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION look();
SELECT refusals('SELECT * FROM inlined()', 'SELECT * FROM inlined_count()', 'INSERT INTO mine VALUES (''x'')');

-- Plans that were made under another project.
PREPARE counted AS SELECT dp_count(*) FROM stay;
CREATE FUNCTION elsewhere() RETURNS integer LANGUAGE plpgsql IMMUTABLE AS
    'BEGIN PERFORM set_config(''health_dp.project'', ''regress_spent'', true); RETURN 1; END';
SELECT refusals('SET LOCAL health_dp.project = ''regress_alien''; EXECUTE counted',
    'SET LOCAL health_dp.project = ''''; EXECUTE counted',
    'SELECT dp_count(*) + elsewhere() FROM stay');

-- What stewards, owners and DBAs forgot or did too much of.
RESET SESSION AUTHORIZATION;
CREATE FOREIGN DATA WRAPPER regress_wrapper;
CREATE SERVER regress_server FOREIGN DATA WRAPPER regress_wrapper;
-- What only a room looks at, it sees committed.
CREATE PROCEDURE after_commit(change text, statement text, undo text, INOUT answer text DEFAULT '') LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE change;
    COMMIT;
    SET LOCAL SESSION AUTHORIZATION regress_alice;
    SELECT change || E'\n' || refusals(statement) INTO answer;
    RESET SESSION AUTHORIZATION;
    EXECUTE undo;
END
$$;
SELECT after('SECURITY LABEL FOR health_dp ON TABLE visit IS NULL', 'SELECT dp_count(*) FROM visit',
    'SECURITY LABEL FOR health_dp ON TABLE visit IS ''protected(patient_id)''');
SELECT after('SECURITY LABEL FOR health_dp ON TABLE visit IS ''public''', 'SELECT dp_count(*) FROM visit JOIN stay ON true',
    'SECURITY LABEL FOR health_dp ON TABLE visit IS ''protected(patient_id)''');
SELECT after('SECURITY LABEL FOR health_dp ON TABLE visit IS ''protected via (minutes) to regress_errors.stay(patient_id)''', 'SELECT dp_count(*) FROM visit',
    'SECURITY LABEL FOR health_dp ON TABLE visit IS ''protected(patient_id)''');
SELECT after('ALTER TABLE visit NO FORCE ROW LEVEL SECURITY', 'SELECT dp_count(*) FROM visit',
    'ALTER TABLE visit FORCE ROW LEVEL SECURITY');
SELECT after('CREATE POLICY own ON visit USING (minutes < 5)', 'SELECT dp_count(*) FROM visit', 'DROP POLICY own ON visit');
SELECT after('GRANT UPDATE ON visit TO regress_alice', 'SELECT dp_count(*) FROM visit', 'REVOKE ALL ON visit FROM regress_alice');
CALL after_commit('REVOKE EXECUTE ON FUNCTION abs(integer) FROM PUBLIC', 'SELECT dp_count(*) FROM visit WHERE abs(minutes) > 1',
    'GRANT EXECUTE ON FUNCTION abs(integer) TO PUBLIC');
SELECT after('ALTER TABLE visit RENAME COLUMN patient_id TO person', 'SELECT dp_count(*) FROM visit',
    'ALTER TABLE visit RENAME COLUMN person TO patient_id');
SELECT after('ALTER TABLE region ENABLE ROW LEVEL SECURITY', 'SELECT dp_count(*) FROM stay JOIN region ON code = region',
    'ALTER TABLE region DISABLE ROW LEVEL SECURITY');
SELECT after('REVOKE SELECT ON region FROM regress_alice', 'SELECT dp_count(*) FROM stay JOIN region ON code = region',
    'GRANT SELECT ON region TO regress_alice');
SELECT after('CREATE COLLATION regress_errors.worded (provider = icu, locale = ''und'')',
    'SELECT dp_count(*) FROM stay WHERE region < ''x'' COLLATE regress_errors.worded', 'DROP COLLATION regress_errors.worded');
SELECT after('CREATE COLLATION regress_errors.worded (provider = icu, locale = ''und'')',
    'SELECT dp_count(*) FROM stay GROUP BY region COLLATE regress_errors.worded', 'DROP COLLATION regress_errors.worded');
SELECT after('UPDATE pg_collation SET collversion = ''0'' WHERE collname = ''und-x-icu''',
    'SELECT dp_count(*) FROM stay WHERE region < ''x'' COLLATE "und-x-icu"',
    'UPDATE pg_collation SET collversion = pg_collation_actual_version(oid) WHERE collname = ''und-x-icu''');
SELECT after('ALTER TABLE visit ALTER patient_id TYPE text COLLATE "und-x-icu"; UPDATE pg_collation SET collversion = ''0'' WHERE collname = ''und-x-icu''',
    'SELECT dp_count(*) FROM visit',
    'UPDATE pg_collation SET collversion = pg_collation_actual_version(oid) WHERE collname = ''und-x-icu''; ALTER TABLE visit ALTER patient_id TYPE bigint USING patient_id::bigint');
SELECT after('ALTER EVENT TRIGGER health_dp_close_parts DISABLE; CREATE FOREIGN TABLE far_visit () INHERITS (visit) SERVER regress_server',
    'SELECT dp_count(*) FROM visit', 'DROP FOREIGN TABLE far_visit; ALTER EVENT TRIGGER health_dp_close_parts ENABLE ALWAYS');
SELECT after('CREATE FOREIGN TABLE far_region () INHERITS (region) SERVER regress_server',
    'SELECT dp_count(*) FROM stay JOIN region ON code = region', 'DROP FOREIGN TABLE far_region');
SELECT after('ALTER FUNCTION health_dp.total_add(integer, integer) RENAME TO total_sum',
    'SELECT dp_count(*) FROM visit WHERE minutes + 1 > 2',
    'ALTER FUNCTION health_dp.total_sum(integer, integer) RENAME TO total_add');
SELECT after('CREATE VIEW seen AS SELECT * FROM visit; GRANT SELECT ON seen TO regress_alice', 'SELECT dp_count(*) FROM seen',
    'DROP VIEW seen');
CREATE OPERATOR <<< (LEFTARG = integer, RIGHTARG = integer, FUNCTION = int4lt);
SELECT after('CREATE OPERATOR CLASS ordered FOR TYPE integer USING btree AS OPERATOR 1 <<<, OPERATOR 3 pg_catalog.=, FUNCTION 1 btint4cmp(integer, integer)',
    'SELECT dp_count(*) FROM stay, (SELECT code FROM region ORDER BY level USING <<< LIMIT 1) r', 'DROP OPERATOR FAMILY ordered USING btree');
CREATE FUNCTION same(json, json) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT $1::text = $2::text';
CREATE FUNCTION number_of(json) RETURNS integer LANGUAGE sql IMMUTABLE AS 'SELECT 1';
CREATE OPERATOR = (LEFTARG = json, RIGHTARG = json, FUNCTION = same, HASHES);
SELECT after('CREATE OPERATOR CLASS same DEFAULT FOR TYPE json USING hash AS OPERATOR 1 =, FUNCTION 1 number_of(json)',
    'SELECT dp_count(*) FROM stay, (SELECT DISTINCT ''1''::json FROM region) r', 'DROP OPERATOR FAMILY same USING hash');
-- Both who logged in and who asks may not change what is public; here each of them alone could.
CREATE ROLE regress_scribe;
GRANT regress_scribe TO regress_alice;
ALTER ROLE regress_alice NOINHERIT;
GRANT SELECT ON region TO regress_scribe;
SELECT add_member('regress_study', 'regress_scribe');
SELECT after('GRANT INSERT ON region TO ' || who, 'SET LOCAL ROLE regress_scribe; SELECT dp_count(*) FROM stay JOIN region ON code = region',
    'REVOKE INSERT ON region FROM ' || who) FROM unnest('{regress_scribe,regress_alice}'::name[]) who;
SELECT remove_member('regress_study', 'regress_scribe');
ALTER ROLE regress_alice INHERIT;
DROP OWNED BY regress_scribe;
DROP ROLE regress_scribe;
SELECT after('CREATE TABLE visit_part () INHERITS (visit)', 'SELECT dp_count(*) FROM visit_part', 'DROP TABLE visit_part');
SELECT after('CREATE TABLE region_part () INHERITS (region); SECURITY LABEL FOR health_dp ON TABLE region_part IS ''protected(level)''',
    'SELECT dp_count(*) FROM stay JOIN region ON code = region', 'DROP TABLE region_part');
SELECT revoke_table('regress_study', 'visit'), grant_table('regress_study', 'visit', 'minutes > 2');
CALL after_commit('UPDATE health_dp.granted_table SET condition = ''sqrt(minutes) > 2'' WHERE condition = ''(minutes > 2)''',
    'SELECT dp_count(*) FROM visit',
    'UPDATE health_dp.granted_table SET condition = ''(minutes > 2)'' WHERE condition = ''sqrt(minutes) > 2''');
CALL after_commit('UPDATE health_dp.granted_table SET condition = ''minutes > twice(2)'' WHERE condition = ''(minutes > 2)''',
    'SELECT dp_count(*) FROM visit',
    'UPDATE health_dp.granted_table SET condition = ''(minutes > 2)'' WHERE condition = ''minutes > twice(2)''');
CALL after_commit('UPDATE health_dp.granted_table SET column_numbers = ''{99}'' WHERE condition = ''(minutes > 2)''',
    'SELECT dp_count(*) FROM visit',
    'UPDATE health_dp.granted_table SET column_numbers = ''{2}'' WHERE condition = ''(minutes > 2)''');
CALL after_commit('ALTER TABLE visit RENAME minutes TO seconds', 'SELECT dp_count(*) FROM visit',
    'ALTER TABLE visit RENAME seconds TO minutes');
CALL after_commit('ALTER TABLE visit ALTER minutes TYPE bigint', 'SELECT dp_count(*) FROM visit',
    'ALTER TABLE visit ALTER minutes TYPE integer');
SELECT revoke_table('regress_study', 'visit'), grant_table('regress_study', 'visit');
CALL after_commit('SELECT declare_bounds(''stay'', ''brief'', 40000, 50000)', 'SELECT dp_sum(brief) FROM stay',
    'SELECT undeclare_bounds(''stay'', ''brief'')');
SELECT after('SELECT remove_member(''regress_study'', ''regress_alice'')', 'SELECT dp_count(*) FROM visit',
    'SELECT add_member(''regress_study'', ''regress_alice'')');
SELECT after('SELECT revoke_table(''regress_study'', ''visit'')', 'SELECT dp_count(*) FROM visit',
    'SELECT grant_table(''regress_study'', ''visit'')');

-- Nothing was charged but the two answers at the start, no message shows a value, and every refusal of ours has a hint.
\pset tuples_only off
\pset format aligned
SELECT p.name, t.epsilon_spent, t.delta_spent, t.failures FROM health_dp.ledger_total t JOIN health_dp.project p ON p.id = t.project_id
 WHERE p.name LIKE 'regress%' ORDER BY 1;
SELECT statement FROM answer WHERE answer = 'accepted';
SELECT answer FROM answer WHERE answer ~ '77001|77002|zebra|4711';
SELECT statement FROM answer WHERE answer ~ '^ZD' AND answer !~ 'HINT: ';
SELECT DISTINCT left(answer, 5) AS sqlstate FROM answer WHERE answer !~ '^ZD' ORDER BY 1;

DEALLOCATE ALL;
DROP FOREIGN DATA WRAPPER regress_wrapper CASCADE;
DROP SCHEMA regress_errors CASCADE;
DELETE FROM health_dp.project WHERE name LIKE 'regress%';
DROP ROLE regress_steward, regress_owner, regress_alice, regress_eve;
