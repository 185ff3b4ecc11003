-- Suppressed releases: exact numbers, small cells hidden, later releases protected together with earlier ones.
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
CREATE SCHEMA regress_suppressed;
SET search_path = regress_suppressed, health_dp;
CREATE ROLE regress_sc_steward LOGIN IN ROLE health_dp_steward;
CREATE ROLE regress_sc_owner;
CREATE ROLE regress_sc_ann LOGIN;
GRANT regress_sc_owner TO regress_sc_steward;
GRANT USAGE, CREATE ON SCHEMA regress_suppressed TO PUBLIC;
CREATE FUNCTION refusal(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE state text; message text; detail text; hint text;
BEGIN
    EXECUTE statement;
    RETURN 'accepted';
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL,
        hint = PG_EXCEPTION_HINT;
    RETURN concat_ws(E'\n  ', state || ': ' || message, 'DETAIL: ' || nullif(detail, ''), 'HINT: ' || nullif(hint, ''));
END
$$;

-- 100 patients. Region: 60 in A, 36 in B, 4 in C. Each has a stay; every third has a second one with another diagnosis.
SET ROLE regress_sc_owner;
CREATE TABLE patient (patient_id bigint PRIMARY KEY, region text, sex text, born date, note text);
CREATE TABLE stay (stay_id bigint PRIMARY KEY, patient_id bigint NOT NULL, dx text, day integer GENERATED ALWAYS AS (stay_id::integer) STORED);
CREATE TABLE region (code text PRIMARY KEY);
SELECT 'CREATE TABLE wide (patient_id bigint, ' || string_agg(format('c%s integer', i), ', ' ORDER BY i) || ')' FROM generate_series(1, 65) i \gexec
INSERT INTO region VALUES ('A'), ('B'), ('C'), ('D');
GRANT SELECT ON region TO PUBLIC;
INSERT INTO patient SELECT i, CASE WHEN i <= 60 THEN 'A' WHEN i <= 96 THEN 'B' ELSE 'C' END,
        CASE WHEN i % 2 = 0 THEN 'f' ELSE 'm' END, date '1950-01-01' + i, 'note ' || i FROM generate_series(1, 100) i;
INSERT INTO stay SELECT i, i, 'd' || i % 2 FROM generate_series(1, 100) i;
INSERT INTO stay SELECT 1000 + i, i, CASE WHEN i % 2 = 0 THEN 'd1' ELSE 'd3' END FROM generate_series(3, 99, 3) i;
RESET ROLE;
SET SESSION AUTHORIZATION regress_sc_steward;
SELECT health_dp.protect(t, 'patient_id') FROM unnest('{patient,stay,wide}'::regclass[]) t;
SELECT health_dp.declare_public('region');
SELECT count(create_project(p, title => 'Suppressed', legal_basis => 'test', valid => '[2020-01-01,2100-01-01)', epsilon => 1,
    delta => 0.1, min_cell => 5, releases => CASE p WHEN 'noisy' THEN '{dp}'::text[] ELSE '{dp,suppressed}' END))
    FROM unnest('{cube,time,few,none,other,keys,codes,public,class,rounded,perturbed,noisy,plain,stays,many_0,many_1,many_few,many,many_public}'::name[]) p;
SELECT grant_table('plain', 'wide');
SELECT add_member(p.name, 'regress_sc_ann'), grant_table(p.name, 'patient'), grant_table(p.name, 'stay') FROM health_dp.projects p
    WHERE p.title = 'Suppressed' ORDER BY p.id;
SET SESSION AUTHORIZATION regress_sc_ann;

-- C has 4 patients and is hidden; its row does not show either, for few patients have the code. Nothing else needs to be,
-- for no total is known.
SET health_dp.project = 'cube';
SELECT region, sc_count(*), sc_count(DISTINCT patient_id) AS patients, sc_hidden(*) FROM patient GROUP BY region;
-- The total would now give C away.
SELECT sc_count(*) AS total, sc_hidden(*) FROM patient;
SELECT sc_count(*) AS total, sc_hidden(*) FROM patient GROUP BY ();
SELECT refusal('SELECT sc_count(*) FROM patient GROUP BY GROUPING SETS ((), ())');
-- Which cells are hidden beside the small ones is the solver's choice. What is shown is exact.
CREATE TEMP TABLE cube AS SELECT region, sex, grouping(region, sex) AS g, sc_count(*) AS n, sc_hidden(*) AS hidden
    FROM patient GROUP BY CUBE (region, sex);
SELECT g, count(*) FROM cube GROUP BY g ORDER BY g;
SELECT hidden = (n IS NULL) AS marked, count(*) FROM cube GROUP BY 1;
RESET SESSION AUTHORIZATION;
SELECT c.region, c.sex, c.n FROM cube c WHERE n IS NOT NULL AND n <> (SELECT count(*) FROM patient p
    WHERE (c.region IS NULL OR p.region = c.region) AND (c.sex IS NULL OR p.sex = c.sex));
SET SESSION AUTHORIZATION regress_sc_ann;
-- The same question, the same answer; also through names, WITH and views.
SELECT r.code, n FROM (SELECT p.region AS code, health_dp.sc_count(*) AS n FROM patient p GROUP BY 1) r ORDER BY n DESC;
-- Conditions see published values only.
SELECT region, sc_count(*) FROM patient GROUP BY region HAVING sc_count(*) < 5 OR sc_count(*) IS NULL;
SELECT count(*) FROM (SELECT region, sex, sc_count(*) AS n FROM patient GROUP BY CUBE (region, sex) LIMIT 3) r;
-- Two rows of different sets with the same keys stay two.
SELECT count(*), count(DISTINCT (region, sex)) FROM (SELECT region, sex FROM patient GROUP BY GROUPING SETS ((region), (region), (sex))
    HAVING sc_count(*) > 0) r;

-- A patient can have several diagnoses: patients do not add up, rows do.
SET health_dp.project = 'stays';
SELECT dx, sc_count(*), sc_count(DISTINCT patient_id) AS patients FROM stay GROUP BY ROLLUP (dx);

-- The totals are out: whatever would give a small cell away by elimination is hidden, also what is not small itself.
SELECT dx, day BETWEEN 93 AND 100 AS late, sc_count(*) FROM stay GROUP BY 1, 2 HAVING dx IN ('d0', 'd1');

-- Another population of the same project would be a difference.
SELECT refusal('SELECT sc_count(*) FROM stay WHERE dx <> ''d3''');
SELECT refusal('SELECT sc_count(*) FROM patient');
SELECT refusal('SELECT dx, sc_count(*) FROM stay s JOIN patient p USING (patient_id) GROUP BY dx');

-- So would the same one at another time.
SET health_dp.project = 'time';
SELECT sex, sc_count(*) FROM patient GROUP BY sex;
RESET SESSION AUTHORIZATION;
DELETE FROM patient WHERE patient_id = 50;
SET SESSION AUTHORIZATION regress_sc_ann;
SELECT refusal('SELECT sex, sc_count(*) FROM patient GROUP BY sex');
SELECT refusal('SELECT region, sc_count(*) FROM patient GROUP BY region');
RESET SESSION AUTHORIZATION;
INSERT INTO patient VALUES (50, 'A', 'f', '1950-02-20', 'note 50');
SET SESSION AUTHORIZATION regress_sc_ann;
SELECT sex, sc_count(*) FROM patient GROUP BY sex;

-- And keys that are not known yet, without those that are: they could say the same in other words.
SELECT refusal('SELECT region, sc_count(*) FROM patient GROUP BY region');
SELECT refusal('SELECT sex COLLATE "C", sc_count(*) FROM patient GROUP BY 1');
SELECT count(*) FROM (SELECT sex, sex || '' AS again, sc_count(*) FROM patient GROUP BY GROUPING SETS ((sex), (sex || ''))) r;

-- What is undone by the session stays on record.
SET health_dp.project = 'other';
BEGIN;
SELECT sc_count(*) FROM patient WHERE sex = 'f';
ROLLBACK;
SELECT refusal('SELECT sc_count(*) FROM patient');

-- A population of few patients, or of none, shows nothing, not even that it has changed.
SET health_dp.project = 'few';
SELECT sc_count(*), sc_hidden(*) FROM patient WHERE region = 'C';
SELECT sex, sc_count(*) FROM patient WHERE region = 'C' GROUP BY sex;
RESET SESSION AUTHORIZATION;
UPDATE patient SET region = 'A' WHERE region = 'C' AND patient_id > 97;
SET SESSION AUTHORIZATION regress_sc_ann;
SELECT sc_count(*), sc_hidden(*) FROM patient WHERE region = 'C';
RESET SESSION AUTHORIZATION;
UPDATE patient SET region = 'C' WHERE patient_id > 96;
SET SESSION AUTHORIZATION regress_sc_ann;
SET health_dp.project = 'none';
SELECT sc_count(*), sc_hidden(*) FROM patient WHERE region = 'D';
SELECT refusal('SELECT sc_count(*) FROM patient');

-- Codes that few patients have show nothing, not even that they are there.
SET health_dp.project = 'codes';
SELECT note, sc_count(*) FROM patient GROUP BY note;
SET health_dp.project = 'keys';
SELECT refusal('SELECT patient_id, sc_count(*) FROM patient GROUP BY patient_id');
SELECT refusal('SELECT patient_id % 2, sc_count(*) FROM patient GROUP BY 1');
SELECT refusal('SELECT sc_count(*) FROM patient WHERE patient_id <> 7');
SELECT refusal('SELECT v.id, sc_count(*) FROM (VALUES (7), (8)) v (id) LEFT JOIN patient p ON p.patient_id = v.id GROUP BY v.id');
SELECT refusal('SELECT seven, sc_count(*) FROM (SELECT patient_id, patient_id = 7 AS seven FROM patient) s GROUP BY seven');
SELECT refusal('SELECT sc_count(*) FROM (SELECT patient_id AS p FROM (SELECT patient_id FROM patient) a) s WHERE p IN (1, 2, 3, 4, 5)');
SELECT refusal('SELECT seven, sc_count(*) FROM (SELECT p.patient_id, p.patient_id = 7 AS seven FROM region r JOIN patient p ON p.region = r.code) s GROUP BY seven');
SELECT refusal('SELECT sc_count(*) FROM (SELECT patient_id AS p, count(*) AS n FROM stay GROUP BY 1 HAVING min(patient_id) > 1) s');

-- Codes of a public table all have their row.
SET health_dp.project = 'public';
SELECT r.code, sc_count(*), sc_hidden(*) FROM region r LEFT JOIN patient p ON p.region = r.code GROUP BY r.code;

-- Neither 0 nor 100 percent: hidden cells and empty ones look the same, they have no row.
RESET SESSION AUTHORIZATION;
SET SESSION AUTHORIZATION regress_sc_steward;
SELECT set_suppression_policy('class', 'casd_health'), set_suppression_policy('rounded', 'nhs');
SELECT create_suppression_policy('regress_perturbs', 'Noise.', based_on => 'ohdsi', noise_deviation => 5, noise_variance => 2);
SELECT set_suppression_policy('perturbed', 'regress_perturbs');
SET SESSION AUTHORIZATION regress_sc_ann;
SET health_dp.project = 'class';
CREATE TEMP TABLE class AS SELECT dx, even, grouping(dx, even) AS g, sc_count(*) AS n FROM (SELECT dx, dx = 'd0' AS even FROM stay) s
    GROUP BY CUBE (dx, even);
SELECT count(*) AS whole_or_nothing FROM class WHERE g = 0 OR n IS NULL;
SET health_dp.project = 'rounded';
SELECT dx, sc_count(*) FROM stay GROUP BY dx;
SET health_dp.project = 'perturbed';
SELECT refusal('SELECT dx, sc_count(*) FROM stay GROUP BY dx');

-- Refused before anything is read.
SET health_dp.project = 'noisy';
SELECT refusal('SELECT sc_count(*) FROM patient');
SET health_dp.project = 'plain';
SELECT refusal('SELECT sc_count(*), dp_count(*) FROM patient');
SELECT refusal('SELECT (SELECT sc_count(*) FROM patient), dp_count(*) FROM patient');
SELECT refusal('SELECT sc_count(*), min(born) FROM patient');
SELECT refusal('SELECT sc_count(*) FILTER (WHERE sex = ''f'') FROM patient');
SELECT refusal('SELECT sc_count(note) FROM patient');
SELECT refusal('SELECT sc_count(DISTINCT note) FROM patient');
SELECT refusal('SELECT sc_count(*) FROM patient WHERE born > CURRENT_DATE - 30000');
SELECT refusal('SELECT sc_count(*) FROM patient WHERE born > now()');
SELECT refusal('SELECT sc_count(*) FROM patient WHERE region = CURRENT_USER');
SELECT refusal('SELECT sc_count(*) FROM wide WHERE ' || string_agg(format('c%s = 1', i), ' AND ' ORDER BY i)) FROM generate_series(1, 65) i;
SELECT refusal('SELECT sc_count(*) OVER () FROM patient');
SELECT refusal('SELECT sc_count(*) FROM region');
SELECT refusal('EXPLAIN SELECT sc_count(*) FROM patient');
PREPARE parameter(text) AS SELECT sc_count(*) FROM patient WHERE sex = $1;
SELECT refusal('EXECUTE parameter(''f'')');
SELECT refusal('SELECT sc_count(*) FROM patient GROUP BY CUBE (region, sex, born, note, region || ''1'', region || ''2'', region || ''3'', region || ''4'', region || ''5'')');
SELECT refusal('SELECT * FROM health_dp.suppressed_release');
SELECT sex, sc_count(*) FROM patient GROUP BY sex;

-- More cells than are taken: few patients are not to be told from nobody, nor by this.
RESET SESSION AUTHORIZATION;
CREATE TABLE code AS SELECT c FROM generate_series(1, 200001) c;
ANALYZE code;
GRANT SELECT ON code TO PUBLIC;
SELECT health_dp.declare_public('code');
SET SESSION AUTHORIZATION regress_sc_ann;
SELECT p, refusal(format('SET health_dp.project = %s; SELECT region, c, sc_count(DISTINCT patient_id) FROM patient, code WHERE %s GROUP BY CUBE (region, c)', p, w))
    FROM (VALUES ('many_0', 'born = ''2000-01-01'''), ('many_1', 'born = ''1950-01-02'''), ('many_few', 'region = ''C'''), ('many', 'born < ''1950-01-07''')) v (p, w);
SET health_dp.project = 'many_0';
SELECT c, sc_count(DISTINCT patient_id), sc_hidden(*) FROM patient, code WHERE born = '2000-01-01' GROUP BY ROLLUP (c);
SET health_dp.project = 'many_1';
SELECT c, sc_count(DISTINCT patient_id), sc_hidden(*) FROM patient, code WHERE born = '1950-01-02' GROUP BY ROLLUP (c);
SELECT refusal('SET health_dp.project = many_public; SELECT c, sc_count(DISTINCT patient_id) FROM code LEFT JOIN patient ON born = date ''1950-01-01'' + c GROUP BY c');

-- On record, without epsilon; what published nothing new is in the ledger only.
RESET SESSION AUTHORIZATION;
SELECT project, kind, epsilon, delta, count(*) FROM health_dp.charges WHERE project IN ('cube', 'plain', 'other', 'time', 'keys') GROUP BY 1, 2, 3, 4 ORDER BY 1;
SELECT project, policy, patients, count(*), max(number) = count(*) AS numbered FROM health_dp.suppressed_releases WHERE project IN ('plain', 'other', 'time', 'keys', 'class') GROUP BY 1, 2, 3 ORDER BY 1;
SELECT refusal('DELETE FROM health_dp.suppressed_release');
SELECT refusal('UPDATE health_dp.suppressed_release SET project_id = 0');
SELECT refusal('TRUNCATE health_dp.suppressed_release');

DEALLOCATE ALL;
DROP TABLE cube, class;
DELETE FROM health_dp.project_suppression;
SELECT health_dp.drop_suppression_policy('regress_perturbs');
DELETE FROM health_dp.project WHERE title = 'Suppressed';
DROP SCHEMA regress_suppressed CASCADE;
DROP ROLE regress_sc_steward, regress_sc_owner, regress_sc_ann;
