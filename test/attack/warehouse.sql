-- The warehouse that is attacked. Patient 4711 is the one the attacker wants: alone with every value of hers. Patient 4712
-- does not exist. Counts are primes that nothing else in this cluster has.
CREATE EXTENSION health_dp;
SELECT health_dp.create_key_store();
CREATE EXTENSION pg_stat_statements;
CREATE ROLE alice LOGIN;
CREATE ROLE bob LOGIN;
CREATE ROLE carol LOGIN;
CREATE ROLE steward LOGIN IN ROLE health_dp_steward;
CREATE ROLE custodian;
GRANT CREATE ON DATABASE postgres TO alice, bob;
GRANT CREATE ON SCHEMA public TO alice, bob;

CREATE SCHEMA care AUTHORIZATION custodian;
CREATE SCHEMA ref;
GRANT USAGE ON SCHEMA care, ref TO PUBLIC;
CREATE TABLE ref.region (region text PRIMARY KEY);
INSERT INTO ref.region VALUES ('ARA'), ('IDF'), ('nowhere');
CREATE TABLE ref.number (n integer PRIMARY KEY);
INSERT INTO ref.number SELECT generate_series(1, 1000);
GRANT SELECT ON ALL TABLES IN SCHEMA ref TO PUBLIC;

SET ROLE custodian;
CREATE TABLE care.patient (patient_id bigint PRIMARY KEY, sex integer, birth date);
CREATE TABLE care.stay (
    stay_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, patient_id bigint NOT NULL, region text, dx text,
    nights integer, cost numeric, weight double precision, note text, tags integer[]);
CREATE INDEX stay_patient ON care.stay (patient_id);
CREATE TABLE care.drug (drug_id bigint PRIMARY KEY, stay_id bigint NOT NULL, atc text);
CREATE TABLE care.measure (patient_id bigint, year integer, unit text, value numeric) PARTITION BY LIST (year);
CREATE TABLE care.measure_2025 PARTITION OF care.measure FOR VALUES IN (2025);
CREATE TABLE care.measure_2026 PARTITION OF care.measure FOR VALUES IN (2026);
CREATE TABLE care.visit (patient_id bigint, ward text);
CREATE TABLE care.visit_archive () INHERITS (care.visit);
CREATE TABLE care.nobody (patient_id bigint, ward text);
RESET ROLE;

INSERT INTO care.patient SELECT i, 1 + i % 2, date '1930-01-01' + (i * 7) % 20000 FROM generate_series(1, 2000) i;
INSERT INTO care.patient VALUES (4711, 2, '1961-03-04');
INSERT INTO care.stay (patient_id, region, dx, nights, cost, weight, note, tags)
    SELECT 1 + i % 2000, CASE WHEN i <= 23371 THEN 'ARA' ELSE 'IDF' END, 'dx' || i % 50, i % 30, (i % 1000)::numeric / 10,
           i % 100, 'note ' || i % 1000, ARRAY[1, 2]
      FROM generate_series(1, 28655) i;
-- A note long enough to be stored out of line, and a short one.
INSERT INTO care.stay (patient_id, region, dx, nights, cost, weight, note, tags)
    VALUES (4711, 'nowhere', 'Vw9rare', 77, 98765.4321, 1.5,
            (SELECT string_agg(md5(i::text), '') FROM generate_series(1, 2000) i) || 'Zq7sentinel', ARRAY[1, 2, 3]),
           (4711, 'nowhere', 'Vw9rare', 77, 98765.4321, 1.5, 'Zq7sentinel', ARRAY[1, 2, 3]);
INSERT INTO care.drug SELECT stay_id, stay_id, CASE WHEN patient_id = 4711 THEN 'Vw9rare' ELSE 'B01AF02' END FROM care.stay;
INSERT INTO care.measure SELECT 1 + i % 2000, 2025 + i % 2, 'mg', i % 50 FROM generate_series(1, 10573) i;
INSERT INTO care.measure VALUES (4711, 2025, 'Xk3unit', 98765.4321);
INSERT INTO care.visit SELECT 1 + i % 2000, 'ward' FROM generate_series(1, 5286) i;
INSERT INTO care.visit VALUES (4711, 'Xk3unit');
INSERT INTO care.visit_archive VALUES (4711, 'Xk3unit');
ANALYZE;

SELECT health_dp.protect(t, 'patient_id')
  FROM unnest('{care.patient,care.stay,care.measure,care.visit,care.nobody}'::regclass[]) t;
SELECT health_dp.protect_via('care.drug', 'stay_id', 'care.stay', 'stay_id');
SELECT health_dp.declare_public('ref.region'), health_dp.declare_public('ref.number');
SELECT health_dp.create_project(p, title => 'Attacked', legal_basis => 'CNIL 2023-146', valid => '[2020-01-01,2100-01-01)',
    epsilon => 100000, delta => 0.5, default_epsilon => 0.01, default_delta => 1e-9, min_epsilon => 0.01)
  FROM unnest('{study,other}'::name[]) p;
SELECT health_dp.grant_table('study', t)
  FROM unnest('{care.patient,care.stay,care.drug,care.measure,care.visit,care.nobody}'::regclass[]) t;
SELECT health_dp.grant_table('other', 'care.patient');
SELECT health_dp.add_member('study', 'alice'), health_dp.add_member('other', 'carol');
ALTER ROLE alice SET health_dp.project = 'study';
ALTER ROLE bob SET health_dp.project = 'study';
ALTER ROLE carol SET health_dp.project = 'other';
-- What the load itself counted says nothing of releases.
SELECT pg_stat_reset();
ALTER ROLE ALL SET search_path = public, health_dp;
