-- Measures of an extract, on the tables that the papers print and on what they do not think of.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS health_dp;
RESET client_min_messages;
CREATE SCHEMA regress_measures;
SET search_path = regress_measures, health_dp;
CREATE ROLE regress_steward LOGIN IN ROLE health_dp_steward;
CREATE ROLE regress_owner;
CREATE ROLE regress_alice LOGIN;
GRANT regress_owner TO regress_steward;
GRANT USAGE ON SCHEMA regress_measures TO PUBLIC;
GRANT CREATE ON SCHEMA regress_measures TO regress_owner;

-- Sweeney, k-anonymity: a model for protecting privacy (2002), figure 2: k = 2.
CREATE TABLE sweeney (race text, birth integer, gender text, zip text, problem text);
INSERT INTO sweeney VALUES
    ('Black', 1965, 'm', '0214*', 'short breath'), ('Black', 1965, 'm', '0214*', 'chest pain'),
    ('Black', 1965, 'f', '0213*', 'hypertension'), ('Black', 1965, 'f', '0213*', 'hypertension'),
    ('Black', 1964, 'f', '0213*', 'obesity'), ('Black', 1964, 'f', '0213*', 'chest pain'),
    ('White', 1964, 'm', '0213*', 'chest pain'), ('White', 1964, 'm', '0213*', 'obesity'),
    ('White', 1964, 'm', '0213*', 'short breath'), ('White', 1967, 'm', '0213*', 'chest pain'),
    ('White', 1967, 'm', '0213*', 'chest pain');
SELECT * FROM k_anonymity('sweeney', '{race,birth,gender,zip}');
SELECT * FROM k_anonymity('sweeney', '{race,birth,gender,zip}', 3);
SELECT * FROM k_anonymity('sweeney', '{race,birth,gender,zip}', threshold => 2);
SELECT * FROM k_anonymity('sweeney', '{race,birth,gender,zip,problem}', 2);

-- Machanavajjhala, Kifer, Gehrke and Venkitasubramaniam, l-diversity: privacy beyond k-anonymity (2007): the inpatients of
-- table 1, 4-anonymous in table 2, where a class has cancer alone, and 3-diverse in table 3.
CREATE TABLE inpatient (id integer, zip text, age integer, condition text);
INSERT INTO inpatient VALUES
    (1, '13053', 28, 'heart'), (2, '13068', 29, 'heart'), (3, '13068', 21, 'viral'), (4, '13053', 23, 'viral'),
    (5, '14853', 50, 'cancer'), (6, '14853', 55, 'heart'), (7, '14850', 47, 'viral'), (8, '14850', 49, 'viral'),
    (9, '13053', 31, 'cancer'), (10, '13053', 37, 'cancer'), (11, '13068', 36, 'cancer'), (12, '13068', 35, 'cancer');
CREATE VIEW table_2 AS SELECT left(zip, CASE WHEN zip < '14' THEN 3 ELSE 4 END) AS zip,
    CASE WHEN age < 30 THEN '<30' WHEN age >= 40 THEN '>=40' ELSE '3*' END AS age, condition FROM inpatient;
CREATE VIEW table_3 AS SELECT left(zip, 4) AS zip, CASE WHEN age <= 40 THEN '<=40' ELSE '>40' END AS age, condition FROM inpatient;
SELECT k, classes, rows FROM k_anonymity('table_2', '{zip,age}') UNION ALL SELECT k, classes, rows FROM k_anonymity('table_3', '{zip,age}');
SELECT distinct_l, round(entropy_l::numeric, 6) AS entropy_l, recursive_l FROM l_diversity('table_2', '{zip,age}', 'condition');
-- Classes of two, one and one: an entropy of 1.5 bits, 2^1.5 = 2.828427.
SELECT distinct_l, round(entropy_l::numeric, 6) AS entropy_l, recursive_l FROM l_diversity('table_3', '{zip,age}', 'condition');
-- Recursively 2 < c (1 + 1) for l = 2, and 2 < c for l = 3; every table is 1-diverse.
SELECT c, (l_diversity('table_3', '{zip,age}', 'condition', c)).recursive_l
  FROM unnest(ARRAY[0.1, 0.5, 1, 1.000001, 2, 2.000001, 100]) c;
-- Equal distances, by hand: the third class of table 2 has 7/12 too much cancer, the second of table 3 has 1/6 too much viral.
SELECT round(t_closeness('table_2', '{zip,age}', 'condition')::numeric, 6) AS seven_twelfths,
       round(t_closeness('table_3', '{zip,age}', 'condition')::numeric, 6) AS a_sixth;

-- Li, Li and Venkatasubramanian, t-closeness (2007): salaries of table 1; 3-diverse in table 2, where the first class is at
-- 0.375 from the whole and the second at 0.167 (section 4.2); and 0.167-close in table 5.
CREATE TABLE salary (id integer, zip text, age integer, salary integer, disease text);
INSERT INTO salary VALUES
    (1, '47677', 29, 3000, 'gastric ulcer'), (2, '47602', 22, 4000, 'gastritis'), (3, '47678', 27, 5000, 'stomach cancer'),
    (4, '47905', 43, 6000, 'gastritis'), (5, '47909', 52, 11000, 'flu'), (6, '47906', 47, 8000, 'bronchitis'),
    (7, '47605', 30, 7000, 'bronchitis'), (8, '47673', 36, 9000, 'pneumonia'), (9, '47607', 32, 10000, 'stomach cancer');
CREATE VIEW diverse AS SELECT left(zip, CASE WHEN zip < '479' THEN 3 ELSE 4 END) AS zip,
    CASE WHEN age >= 40 THEN '>=40' ELSE left(age::text, 1) || '*' END AS age, salary, disease FROM salary;
CREATE VIEW close AS SELECT left(zip, 4) AS zip, CASE WHEN age >= 40 THEN '>=40' ELSE '<40' END AS age, salary, disease FROM salary;
CREATE VIEW second_apart AS SELECT age = '>=40' AS second, salary FROM diverse;
SELECT distinct_l FROM l_diversity('diverse', '{zip,age}', 'disease') UNION ALL SELECT k FROM k_anonymity('close', '{zip,age}');
SELECT round(t_closeness('diverse', '{zip,age}', 'salary')::numeric, 3) AS diverse, round(t_closeness('close', '{zip,age}', 'salary')::numeric, 3) AS close,
       round(t_closeness('second_apart', '{second}', 'salary')::numeric, 3) AS second;
-- The same salaries without an order: each class has three of nine values, 2/3 of the mass.
SELECT round(t_closeness('close', '{zip,age}', 'salary', ordered => false)::numeric, 6) AS unordered,
       round(t_closeness('close', '{zip,age}', 'disease', ordered => true)::numeric, 6) AS by_spelling;

-- NULL is a value of its own, in quasi-identifiers and among sensitive values, where it stands behind the largest.
CREATE TABLE gaps (id integer, a text, b integer, v integer);
INSERT INTO gaps VALUES (1, NULL, NULL, 1), (2, NULL, NULL, NULL), (3, NULL, 1, 1), (4, 'x', NULL, 3), (5, 'x', NULL, NULL), (6, 'x', NULL, NULL);
SELECT * FROM k_anonymity('gaps', '{a,b}', 2);
SELECT distinct_l, round(entropy_l::numeric, 6) AS entropy_l, recursive_l FROM l_diversity('gaps', '{a}', 'v');
-- Places 1, 3, NULL hold 1/3, 1/6, 1/2 of all, and 2/3, 0, 1/3 of the first class: (1/3 + 1/6) / 2.
SELECT round(t_closeness('gaps', '{a}', 'v')::numeric, 6) AS quarter, round(t_closeness('gaps', '{a}', 'v', false)::numeric, 6) AS third;

-- Patients instead of rows: one with many rows is still one; rows of nobody are one patient's.
CREATE TABLE visit ("Patient ""id" integer, region text, dx text);
INSERT INTO visit SELECT 1, 'R1', 'a' FROM generate_series(1, 20);
INSERT INTO visit VALUES (2, 'R1', 'b'), (2, 'R1', 'a'), (3, 'R2', 'a'), (4, 'R2', 'b'), (5, 'R2', 'c'), (NULL, 'R2', 'a'), (NULL, 'R2', 'b'),
    (NULL, 'R3', 'a'), (NULL, 'R3', 'a');
SELECT * FROM k_anonymity('visit', '{region}', 3);
SELECT * FROM k_anonymity('visit', '{region}', 3, 'Patient "id');
CREATE VIEW v1 AS SELECT * FROM visit WHERE region = 'R1';
-- By rows 21 to 1, by patients 2 to 1.
SELECT 'rows' AS by, distinct_l, round(entropy_l::numeric, 6) AS entropy_l, recursive_l FROM l_diversity('v1', '{region}', 'dx')
UNION ALL SELECT 'patients', distinct_l, round(entropy_l::numeric, 6), recursive_l FROM l_diversity('v1', '{region}', 'dx', patient => 'Patient "id');
CREATE VIEW v12 AS SELECT * FROM visit WHERE region <> 'R3';
-- By patients 2/3 and 1/3 in R1; 2/5, 2/5, 1/5 in R2; a 4 (1, 2, 3, nobody), b 3, c 1 of 8 over all.
SELECT round(t_closeness('v12', '{region}', 'dx', patient => 'Patient "id')::numeric, 6) AS a_sixth;

-- What has no rows has no measure; a single value is close to itself.
CREATE TABLE nothing (a integer, v integer);
SELECT * FROM k_anonymity('nothing', '{a}');
SELECT * FROM l_diversity('nothing', '{a}', 'v');
SELECT t_closeness('nothing', '{a}', 'v'), t_closeness('nothing', '{a}', 'v', false);
INSERT INTO nothing VALUES (1, 7), (2, 7);
SELECT t_closeness('nothing', '{a}', 'v'), t_closeness('nothing', '{a}', 'v', false);

-- Names are names.
CREATE TABLE "odd table" ("size" integer, "a, b" integer, n integer, class integer);
INSERT INTO "odd table" VALUES (1, 1, 1, 1), (1, 1, 2, 1);
SELECT k, rows FROM k_anonymity('"odd table"', '{size,"a, b",n}');
SELECT distinct_l FROM l_diversity('"odd table"', '{size,class,"a, b"}', 'n');
SELECT round(t_closeness('"odd table"', '{class}', 'n', patient => 'size')::numeric, 6) AS zero;
CREATE FUNCTION refusal(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE state text; message text; hint text;
BEGIN
    EXECUTE statement;
    RETURN 'accepted';
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, message = MESSAGE_TEXT, hint = PG_EXCEPTION_HINT;
    RETURN format('%s: %s HINT: %s', state, message, hint);
END
$$;
SELECT refusal('SELECT ' || measure) FROM (VALUES ($$k_anonymity('gaps', '{}')$$), ($$k_anonymity('gaps', NULL)$$), ($$k_anonymity(NULL, '{a}')$$),
    ($$k_anonymity('gaps', '{a,NULL}')$$), ($$k_anonymity('gaps', '{a,missing}')$$), ($$k_anonymity('gaps', '{ctid}')$$),
    ($$k_anonymity('gaps', '{a) FROM regress_measures.gaps; --}')$$), ($$k_anonymity('gaps', '{a}', patient => 'missing')$$),
    ($$k_anonymity('gaps', '{a}', 0)$$), ($$k_anonymity('gaps', '{a}', NULL)$$), ($$l_diversity('gaps', '{a}', 'missing')$$), ($$l_diversity('gaps', '{a}', NULL)$$), ($$l_diversity('gaps', '{a}', 'v', 0)$$),
    ($$l_diversity('gaps', '{a}', 'v', 'NaN')$$), ($$t_closeness('gaps', '{a}', 'missing')$$), ($$t_closeness('gaps', '{}', 'v')$$)) m(measure);

-- Whoever may not read a table may not measure it.
SET SESSION AUTHORIZATION regress_steward;
SET ROLE regress_owner;
CREATE TABLE stay (patient_id bigint, region text, dx text);
RESET ROLE;
RESET SESSION AUTHORIZATION;
INSERT INTO stay SELECT i % 7, 'R' || i % 2, 'dx' || i % 3 FROM generate_series(1, 50) i;
SET SESSION AUTHORIZATION regress_steward;
SELECT health_dp.protect('stay', 'patient_id');
SELECT health_dp.create_project('regress_measures', title => 'Regress', legal_basis => 'CNIL 2023-146',
    valid => '[2020-01-01,2100-01-01)', epsilon => 100, default_epsilon => 1) IS NOT NULL AS created;
SELECT health_dp.grant_table('regress_measures', 'stay'), health_dp.add_member('regress_measures', 'regress_alice');
\set VERBOSITY terse
SELECT * FROM k_anonymity('stay', '{region}');
SET ROLE regress_owner;
SELECT * FROM k_anonymity('stay', '{region}');
RESET ROLE;
RESET SESSION AUTHORIZATION;
SET SESSION AUTHORIZATION regress_alice;
SET health_dp.project = 'regress_measures';
SELECT * FROM k_anonymity('stay', '{region}');
SELECT * FROM l_diversity('stay', '{region}', 'dx');
SELECT t_closeness('stay', '{region}', 'dx');
SELECT t_closeness('stay', '{region}', 'patient_id', patient => 'patient_id');
SELECT * FROM k_anonymity('gaps', '{a}');
RESET SESSION AUTHORIZATION;
-- The role that loads may read, and measure.
SELECT * FROM k_anonymity('stay', '{region}', 11, 'patient_id');
\set VERBOSITY default

SET client_min_messages = warning;
SELECT health_dp.remove_member('regress_measures', 'regress_alice');
DROP OWNED BY regress_steward, regress_owner, regress_alice;
DROP SCHEMA regress_measures CASCADE;
DROP ROLE regress_steward, regress_owner, regress_alice;
