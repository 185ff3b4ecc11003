-- Tables of every shape that releases know. Fixed data: hashes of numbers, never random.
SET client_min_messages = warning;
CREATE EXTENSION health_dp;
CREATE SCHEMA care;
CREATE SCHEMA ref;
CREATE SCHEMA own;
CREATE ROLE analyst LOGIN;
CREATE ROLE watcher LOGIN;
GRANT USAGE ON SCHEMA care, ref TO PUBLIC;
GRANT ALL ON SCHEMA own TO analyst;

-- A number from 0 to 2^32 - 1 that depends on both arguments.
CREATE FUNCTION public.mix(i bigint, purpose text) RETURNS bigint LANGUAGE sql IMMUTABLE STRICT AS
    $$SELECT ('x' || pg_catalog.substr(pg_catalog.md5(i || purpose), 1, 8))::bit(32)::bigint$$;

CREATE TYPE ref.mood AS ENUM ('fine', 'so-so', 'ill');
CREATE TABLE ref.region (code text PRIMARY KEY, zone text, weight int);
INSERT INTO ref.region SELECT 'R' || i, 'Z' || i % 3, i FROM generate_series(1, 15) i;
CREATE TABLE ref.atc (code text PRIMARY KEY, label text, level int);
INSERT INTO ref.atc SELECT 'B01A' || i, 'drug ' || i, i % 2 FROM generate_series(0, 9) i;
CREATE TABLE ref.calendar (day date PRIMARY KEY, month date);
INSERT INTO ref.calendar SELECT d, date_trunc('month', d)::date
    FROM generate_series(date '2024-01-01', date '2024-12-31', '1 day') d;

-- Patients: among their numbers those whose hashes collide in PostgreSQL, and the extremes.
CREATE TABLE care.patient (patient_id bigint PRIMARY KEY, sex int, birth date, region text, weight float8, score numeric);
INSERT INTO care.patient
    SELECT CASE i WHEN 1 THEN 0 WHEN 2 THEN 4294967297 WHEN 3 THEN -1 WHEN 4 THEN 9223372036854775807
                  WHEN 5 THEN -9223372036854775808 ELSE i * 7919 - 1000000 END,
           1 + i % 2, date '1930-01-01' + (public.mix(i, 'birth') % 30000)::int, 'R' || 1 + public.mix(i, 'home') % 14,
           public.mix(i, 'weight') % 1000 / 8.0, (public.mix(i, 'score') % 100000) / 1000.0
      FROM generate_series(1, 300) i;

CREATE FUNCTION public.nth_patient(n int) RETURNS bigint LANGUAGE sql STABLE AS
    $$SELECT patient_id FROM care.patient ORDER BY patient_id OFFSET n LIMIT 1$$;
CREATE TABLE care.stay (
    stay_id bigint PRIMARY KEY, patient_id bigint, region text, hospital text, nights int, cost numeric(12,3), w float8,
    w4 real, s2 smallint, big bigint, entry date, at timestamp, atz timestamptz, took interval, clock time, bp char(6),
    u uuid, mood ref.mood, b boolean, by bytea, n numeric, f float8, f4 real, addr inet, bits varbit, tiny "char");
INSERT INTO care.stay
    SELECT i,
           -- Few patients have most of the rows; some rows have no owner.
           CASE WHEN i % 53 = 0 THEN NULL
                ELSE public.nth_patient((280 * (public.mix(i, 'who') / 4294967296.0) ^ 3)::int) END,
           CASE WHEN i % 29 = 0 THEN NULL ELSE 'R' || 1 + public.mix(i, 'region') % 13 END,
           'H' || public.mix(i, 'hospital') % 4,
           CASE WHEN i % 17 = 0 THEN NULL ELSE public.mix(i, 'nights') % 40 - 5 END,
           (public.mix(i, 'cost') % 2000000 - 500000) / 1000.0, (public.mix(i, 'w') % 20000) / 16.0 - 300,
           (public.mix(i, 'w4') % 200) / 4.0, public.mix(i, 's2') % 65536 - 32768,
           (public.mix(i, 'big') - 2147483648) * 4294967296, date '2024-01-01' + (public.mix(i, 'entry') % 366)::int,
           timestamp '2024-01-01' + public.mix(i, 'at') % 10000 * interval '53 minutes',
           timestamptz '2024-01-01 00:00+00' + public.mix(i, 'atz') % 20 * interval '1 day',
           (ARRAY[interval '1 mon', '30 days', '720 hours', '1 day', '24 hours', '-1 day', '0'])[1 + i % 7],
           time '00:00' + i % 5 * interval '1 hour', (ARRAY['a', 'a  ', 'b', '', ' a', NULL])[1 + i % 6],
           ('00000000-0000-0000-0000-00000000000' || i % 8)::uuid,
           (ARRAY['fine', 'so-so', 'ill', NULL]::ref.mood[])[1 + public.mix(i, 'mood') % 4],
           (ARRAY[true, false, NULL])[1 + public.mix(i, 'b') % 3], decode(md5((i % 6)::text), 'hex'),
           (ARRAY[1.0, 1.00, 1, 100, 1e2, 0.0, 0, -0.5, -0.50, 'NaN', 'Infinity', '-Infinity', NULL]::numeric[])[1 + i % 13],
           (ARRAY[0, '-0', 'NaN', 'Infinity', '-Infinity', 1.5, -1.5, NULL]::float8[])[1 + i % 8],
           (ARRAY[0, '-0', 'NaN', 'Infinity', '-Infinity', 1.5, NULL]::real[])[1 + i % 7],
           (ARRAY['10.0.0.1', '10.0.0.1/32', '10.0.0.0/8', '::1']::inet[])[1 + i % 4],
           (ARRAY['1', '10', '01', '', '0000000001']::varbit[])[1 + i % 5], chr(97 + (i % 3)::int)::"char"
      FROM generate_series(1, 6000) i;
CREATE INDEX ON care.stay (patient_id);

-- A link, a link of a link, and a link of two columns. Some links lead nowhere.
CREATE TABLE care.drug (drug_id bigint PRIMARY KEY, stay_id bigint, atc text, qty int);
INSERT INTO care.drug
    SELECT i, CASE WHEN i % 31 = 0 THEN NULL WHEN i % 37 = 0 THEN -i ELSE 1 + public.mix(i, 'stay') % 6000 END,
           'B01A' || public.mix(i, 'atc') % 8, public.mix(i, 'qty') % 30
      FROM generate_series(1, 8000) i;
CREATE INDEX ON care.drug (stay_id);
CREATE TABLE care.dose (drug_id bigint, mg numeric);
INSERT INTO care.dose
    SELECT 1 + public.mix(i, 'drug') % 9000, public.mix(i, 'mg') % 5000 / 10.0 FROM generate_series(1, 5000) i;
CREATE TABLE care.sheet (org int, number text, patient_id bigint, UNIQUE (number, org));
INSERT INTO care.sheet
    SELECT i % 7, 'N' || i / 7, CASE WHEN i % 41 = 0 THEN NULL ELSE (public.mix(i, 'sheet') % 300 + 1) * 7919 - 1000000 END
      FROM generate_series(1, 2000) i;
CREATE TABLE care.line (org int, number text, amount int);
INSERT INTO care.line
    SELECT public.mix(i, 'org') % 7, 'N' || public.mix(i, 'number') % 300, public.mix(i, 'amount') % 100
      FROM generate_series(1, 4000) i;

-- Partitions, one of them with its columns in another order, and plain inheritance.
CREATE TABLE care.event (patient_id bigint, day date, kind text, amount int) PARTITION BY RANGE (day);
CREATE TABLE care.event_1 PARTITION OF care.event FOR VALUES FROM ('2024-01-01') TO ('2024-05-01');
CREATE TABLE care.event_2 (amount int, dropped int, kind text, day date, patient_id bigint);
ALTER TABLE care.event_2 DROP COLUMN dropped;
ALTER TABLE care.event ATTACH PARTITION care.event_2 FOR VALUES FROM ('2024-05-01') TO ('2024-09-01');
CREATE TABLE care.event_3 PARTITION OF care.event FOR VALUES FROM ('2024-09-01') TO ('2025-01-01')
    PARTITION BY LIST (kind);
CREATE TABLE care.event_3a PARTITION OF care.event_3 FOR VALUES IN ('K0', 'K1');
CREATE TABLE care.event_3b PARTITION OF care.event_3 DEFAULT;
INSERT INTO care.event
    SELECT s.patient_id, date '2024-01-01' + (public.mix(s.stay_id, 'day') % 366)::int, 'K' || s.stay_id % 5, s.nights
      FROM care.stay s WHERE s.entry <= date '2024-12-31';
CREATE TABLE care.visit (patient_id bigint, ward text, minutes int);
CREATE TABLE care.visit_home (street text) INHERITS (care.visit);
INSERT INTO care.visit SELECT patient_id, 'W' || stay_id % 3, nights FROM care.stay WHERE stay_id % 2 = 0;
INSERT INTO care.visit_home SELECT patient_id, 'home', nights, 'x' FROM care.stay WHERE stay_id % 5 = 0;

-- Nothing in it, and nobody's rows.
CREATE TABLE care.empty (patient_id bigint, region text, x int);
CREATE TABLE care.nobody (patient_id bigint, region text, x int);
INSERT INTO care.nobody SELECT NULL, 'R' || i % 3, i FROM generate_series(1, 100) i;

CREATE VIEW care.long_stay WITH (security_invoker = true) AS
    SELECT stay_id, patient_id AS person, region, nights + 1 AS nights FROM care.stay WHERE nights > 7;
CREATE VIEW care.per_patient WITH (security_invoker = true) AS
    SELECT patient_id, count(*) AS stays, max(nights) AS longest FROM care.stay GROUP BY patient_id;
GRANT SELECT ON care.long_stay, care.per_patient TO PUBLIC;
GRANT SELECT ON ALL TABLES IN SCHEMA ref TO PUBLIC;
ANALYZE;

SELECT health_dp.protect(('care.' || t)::regclass, 'patient_id')
  FROM unnest('{patient,stay,sheet,event,visit,empty,nobody}'::text[]) t;
SELECT health_dp.protect_via('care.drug', 'stay_id', 'care.stay', 'stay_id');
SELECT health_dp.protect_via('care.dose', 'drug_id', 'care.drug', 'drug_id');
SELECT health_dp.protect_via('care.line', 'org, number', 'care.sheet', 'org, number');
SELECT health_dp.declare_public(t) FROM unnest('{ref.region,ref.atc,ref.calendar}'::regclass[]) t;
SELECT health_dp.declare_bounds('care.stay', 'nights', 0, 30);
SELECT health_dp.declare_bounds('care.stay', 'cost', -100.5, 900);

-- One patient is enough for a group, and nobody's rows or groups are cut, unless a test says otherwise. The mechanisms
-- are calibrated as in the product, so that epsilon has to be large for limits as wide as these.
SELECT health_dp.create_project(p, title => 'test', legal_basis => 'none', valid => '[2020-01-01,2999-01-01)',
           epsilon => 1000000, delta => 0.5, min_cell => cell, default_epsilon => 100, default_delta => 1e-9,
           default_groups_per_patient => 10000, max_groups_per_patient => 10000,
           default_rows_per_patient => 1000000, max_rows_per_patient => 1000000)
  FROM (VALUES ('study', 1), ('filtered', 1), ('cells', 11)) v(p, cell);
SELECT health_dp.grant_table(p, ('care.' || t)::regclass)
  FROM unnest('{patient,stay,sheet,event,visit,empty,nobody,drug,dose,line}'::text[]) t,
       unnest('{study,cells}'::name[]) p;
SELECT health_dp.grant_table('filtered', 'care.stay', row_filter => $$hospital IN ('H0', 'H1') AND nights < 20$$);
SELECT health_dp.grant_table('filtered', 'care.patient', row_filter => $$sex = 1$$);
SELECT health_dp.grant_table('filtered', 'care.drug', row_filter => $$qty > 3$$);
SELECT health_dp.add_member(p, r::regrole) FROM unnest('{study,filtered,cells}'::name[]) p, unnest('{analyst,watcher}'::text[]) r;
ALTER ROLE watcher BYPASSRLS;
ALTER ROLE analyst SET search_path = care, ref, health_dp, public;
ALTER ROLE watcher SET search_path = care, ref, health_dp, public;
ALTER ROLE watcher SET client_min_messages = error;

-- The oracle's tables: rows without an owner are dropped before everything else [C1].
CREATE VIEW plain.patient AS SELECT * FROM care.patient;
CREATE VIEW plain.stay AS SELECT * FROM care.stay WHERE patient_id IS NOT NULL;
CREATE VIEW plain.drug AS SELECT d.* FROM care.drug d WHERE d.stay_id IN (SELECT s.stay_id FROM plain.stay s);
CREATE VIEW plain.dose AS SELECT d.* FROM care.dose d WHERE d.drug_id IN (SELECT s.drug_id FROM plain.drug s);
CREATE VIEW plain.sheet AS SELECT * FROM care.sheet WHERE patient_id IS NOT NULL;
CREATE VIEW plain.line AS SELECT l.* FROM care.line l WHERE (l.org, l.number) IN (SELECT org, number FROM plain.sheet);
CREATE VIEW plain.event AS SELECT * FROM care.event WHERE patient_id IS NOT NULL;
CREATE VIEW plain.visit AS SELECT * FROM care.visit WHERE patient_id IS NOT NULL;
CREATE VIEW plain.empty AS SELECT * FROM care.empty;
CREATE VIEW plain.nobody AS SELECT * FROM care.nobody WHERE patient_id IS NOT NULL;
CREATE VIEW plain.long_stay AS
    SELECT stay_id, patient_id AS person, region, nights + 1 AS nights FROM plain.stay WHERE nights > 7;
CREATE VIEW plain.per_patient AS
    SELECT patient_id, count(*) AS stays, max(nights) AS longest FROM plain.stay GROUP BY patient_id;
CREATE SCHEMA plain_filtered;
CREATE VIEW plain_filtered.stay AS SELECT * FROM plain.stay WHERE hospital IN ('H0', 'H1') AND nights < 20;
CREATE VIEW plain_filtered.patient AS SELECT * FROM plain.patient WHERE sex = 1;
-- A row whose target the project may not see is out of its sight as well.
CREATE VIEW plain_filtered.drug AS
    SELECT * FROM plain.drug WHERE qty > 3 AND stay_id IN (SELECT stay_id FROM plain_filtered.stay);
