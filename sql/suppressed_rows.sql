-- Where suppressed releases count rows, nobody chooses how many rows a patient brings.
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
CREATE SCHEMA regress_rows;
SET search_path = regress_rows, health_dp;
CREATE ROLE regress_rows_steward LOGIN IN ROLE health_dp_steward;
CREATE ROLE regress_rows_owner;
CREATE ROLE regress_rows_ann LOGIN;
GRANT regress_rows_owner TO regress_rows_steward;
GRANT USAGE, CREATE ON SCHEMA regress_rows TO PUBLIC;
-- What is refused here is refused before the population is looked at.
CREATE FUNCTION verdict(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE state text; message text;
BEGIN
    EXECUTE statement;
    RETURN 'accepted';
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, message = MESSAGE_TEXT;
    RETURN CASE WHEN state IN ('ZD722', 'ZD727') THEN 'accepted' ELSE state || ': ' || message END;
END
$$;
SET ROLE regress_rows_owner;
CREATE TABLE patient (patient_id bigint PRIMARY KEY, region text, sex text, born integer);
CREATE TABLE stay (stay_id bigint PRIMARY KEY, patient_id bigint NOT NULL, ward text, dx text, day integer, ordinal integer, nights integer NOT NULL);
CREATE TABLE drug (drug_id bigint PRIMARY KEY, stay_id bigint NOT NULL, atc text);
CREATE TABLE twice (patient_id bigint, sex text);
CREATE TABLE ward (code text PRIMARY KEY, hospital text);
CREATE TABLE hospital (code text PRIMARY KEY, region text);
CREATE TABLE label (code text, language text, label text, PRIMARY KEY (code, language));
CREATE TABLE loose (code text, again text);
GRANT SELECT ON ward, hospital, label, loose TO PUBLIC;
RESET ROLE;
SET SESSION AUTHORIZATION regress_rows_steward;
SELECT count(health_dp.protect(t, 'patient_id')) FROM unnest('{patient,stay,twice}'::regclass[]) t;
SELECT health_dp.protect_via('drug', 'stay_id', 'stay', 'stay_id');
SELECT count(health_dp.declare_public(t)) FROM unnest('{ward,hospital,label,loose}'::regclass[]) t;
SELECT health_dp.declare_bounds('stay', 'nights', 0, 100);
SELECT create_project('rows', title => 'Rows', legal_basis => 'test', valid => '[2020-01-01,2100-01-01)', epsilon => 1, delta => 0.1,
    min_cell => 5, releases => '{suppressed}') IS NOT NULL;
SELECT count(grant_table('rows', t)) FROM unnest('{patient,stay,drug,twice}'::regclass[]) t;
SELECT add_member('rows', 'regress_rows_ann');
SET SESSION AUTHORIZATION regress_rows_ann;
SET health_dp.project = 'rows';

-- Look-ups: each row is one of one table.
SELECT q, verdict(q) FROM (VALUES
    ('SELECT region, sc_count(*) FROM patient GROUP BY region'),
    ('SELECT p.region, sc_count(*) FROM stay s JOIN patient p ON p.patient_id = s.patient_id GROUP BY p.region'),
    ('SELECT p.region, sc_sum(nights) FROM stay s LEFT JOIN patient p USING (patient_id) GROUP BY p.region'),
    ('SELECT w.hospital, sc_count(*) FROM stay s JOIN ward w ON w.code = s.ward GROUP BY w.hospital'),
    ('SELECT h.region, w.hospital, s.ward, sc_count(*) FROM stay s JOIN ward w ON w.code = s.ward JOIN hospital h ON h.code = w.hospital GROUP BY ROLLUP (h.region, w.hospital, s.ward)'),
    ('SELECT w.code, sc_count(*) FROM ward w LEFT JOIN stay s ON s.ward = w.code GROUP BY w.code'),
    ('SELECT v.c, sc_count(*) FROM (VALUES (''a''), (''b'')) v (c) LEFT JOIN stay s ON s.ward = v.c GROUP BY v.c'),
    ('SELECT l.label, sc_count(*) FROM stay s JOIN label l ON l.code = s.dx AND l.language = ''fr'' GROUP BY l.label'),
    ('SELECT l.label, sc_count(*) FROM stay s, label l WHERE l.code = s.dx AND l.language = ''fr'' GROUP BY l.label'),
    ('SELECT d.atc, sc_count(*) FROM drug d JOIN stay s ON s.stay_id = d.stay_id JOIN patient p ON p.patient_id = s.patient_id GROUP BY d.atc'),
    ('SELECT n, sc_count(*) FROM patient p JOIN (SELECT patient_id, count(*) AS n FROM stay GROUP BY patient_id) s ON s.patient_id = p.patient_id GROUP BY n'),
    ('SELECT s.dx, sc_count(*) FROM stay s JOIN (SELECT patient_id FROM patient WHERE sex = ''f'') p ON p.patient_id = s.patient_id GROUP BY s.dx'),
    ('WITH f AS (SELECT patient_id, region FROM patient) SELECT f.region, sc_count(*) FROM f JOIN stay s ON s.patient_id = f.patient_id GROUP BY f.region'),
    ('SELECT s.dx, sc_count(*) FROM stay s JOIN (SELECT DISTINCT patient_id FROM stay WHERE dx = ''x'' OR ordinal > 3) x ON x.patient_id = s.patient_id GROUP BY s.dx'),
    ('SELECT u.hospital, sc_count(*) FROM stay s JOIN (SELECT code, hospital FROM ward) u ON u.code = s.ward GROUP BY u.hospital'),
    ('SELECT u.hospital, sc_count(*) FROM stay s JOIN (SELECT code, max(again) AS hospital FROM loose GROUP BY code) u ON u.code = s.ward GROUP BY u.hospital')) v (q);

-- Joins that multiply. Patients may be counted all the same.
SELECT q, verdict(q), verdict(replace(q, 'sc_count(*)', 'sc_count(DISTINCT p.patient_id)')) AS patients FROM (VALUES
    ('SELECT sc_count(*) FROM patient p JOIN (VALUES (''a''), (''b''), (''b'')) v (c) ON v.c = p.region'),
    ('SELECT sc_count(*) FROM patient p JOIN (VALUES (''a'', 1), (''b'', 1), (''b'', 2)) v (c, i) ON v.c = p.region'),
    ('SELECT sc_count(*) FROM patient p JOIN (VALUES (1.0), (1.00)) v (c) ON v.c = p.born'),
    ('SELECT sc_count(*) FROM patient p CROSS JOIN ward'),
    ('SELECT sc_count(*) FROM patient p JOIN ward w ON w.code <> p.region'),
    ('SELECT sc_count(*) FROM patient p JOIN ward w ON w.code = p.region OR p.sex = ''f'''),
    ('SELECT sc_count(*) FROM patient p JOIN loose l ON l.code = p.region'),
    ('SELECT sc_count(*) FROM patient p JOIN label l ON l.code = p.region'),
    ('SELECT sc_count(*) FROM patient p JOIN (SELECT code FROM loose) l ON l.code = p.region'),
    ('SELECT sc_count(*) FROM patient p JOIN (SELECT code FROM ward UNION ALL SELECT code FROM ward) l ON l.code = p.region'),
    ('SELECT sc_count(*) FROM stay p JOIN stay t ON t.patient_id = p.patient_id'),
    ('SELECT sc_count(*) FROM stay p JOIN twice t ON t.patient_id = p.patient_id'),
    ('SELECT sc_count(*) FROM stay p JOIN (SELECT patient_id, dx FROM stay GROUP BY patient_id, dx) t ON t.patient_id = p.patient_id'),
    ('SELECT sc_count(*) FROM (SELECT DISTINCT patient_id, CASE WHEN dx = ''x'' THEN stay_id END FROM stay) p'),
    ('SELECT sc_count(*) FROM (SELECT s.patient_id FROM stay s JOIN stay t ON t.patient_id = s.patient_id) p')) v (q);

-- Conditions and keys that choose a patient's rows by something else about him.
SELECT q, verdict(q) FROM (VALUES
    ('SELECT sc_count(*) FROM stay WHERE ordinal = 1 AND dx = ''x'''),
    ('SELECT sc_count(*) FROM stay WHERE ordinal IN (1, 3) AND ward LIKE ''a%'' AND NOT dx = ''x'''),
    ('SELECT day / 365, dx, sc_count(*) FROM stay GROUP BY day / 365, dx'),
    ('SELECT region || sex, sc_count(*) FROM patient WHERE sex = ''f'' OR born > 1950 GROUP BY 1'),
    ('SELECT p.region || p.sex, sc_count(*) FROM stay s JOIN patient p USING (patient_id) WHERE p.sex = ''f'' OR p.born > 1950 GROUP BY 1'),
    ('SELECT sc_count(*) FROM stay WHERE ordinal = 1 OR dx = ''x'''),
    ('SELECT sc_sum(nights) FROM stay WHERE ordinal = 1 OR dx = ''x'''),
    ('SELECT CASE WHEN ordinal = 1 OR dx = ''x'' THEN 1 END, sc_count(*) FROM stay GROUP BY 1'),
    ('SELECT sc_count(*) FROM stay s JOIN patient p USING (patient_id) WHERE p.region = ''c'' OR s.ordinal = 1'),
    ('SELECT sc_count(*) FROM stay s JOIN (SELECT patient_id, max(dx) AS dx FROM stay GROUP BY patient_id) p USING (patient_id) WHERE p.dx = ''x'' OR s.ordinal = 1'),
    ('SELECT w.hospital || dx, sc_count(*) FROM stay s JOIN ward w ON w.code = s.ward GROUP BY 1'),
    ('SELECT w.hospital || s.ward, sc_count(*) FROM stay s JOIN ward w ON w.code = s.ward GROUP BY 1'),
    ('SELECT sc_count(*) FROM (SELECT dx || ordinal AS b, patient_id FROM stay) s WHERE b = ''x1'''),
    ('SELECT sc_count(*) FROM (SELECT patient_id FROM stay WHERE dx = ''x'' OR ordinal = 1) s'),
    ('SELECT sc_count(*) FROM drug d JOIN stay s USING (stay_id) WHERE d.atc = ''x'' OR s.dx = ''x'''),
    ('SELECT sc_count(DISTINCT patient_id) FROM stay WHERE ordinal = 1 OR dx = ''x'''),
    ('SELECT sc_hidden(*) FROM stay WHERE ordinal = 1 OR dx = ''x''')) v (q);

-- Conditions of an outer join hold for its optional side alone: what stands outside is looked up by none of them.
SELECT q, verdict(q) FROM (VALUES
    ('SELECT sc_count(*) FROM (stay s CROSS JOIN (VALUES (1, false), (2, true), (3, true)) v (a, f)) LEFT JOIN patient b ON b.patient_id = s.patient_id AND s.day = v.a WHERE (s.ordinal > 3) = v.f'),
    ('SELECT sc_count(*) FROM (patient p CROSS JOIN ward w) LEFT JOIN stay s ON s.patient_id = p.patient_id AND w.code = p.region'),
    ('SELECT sc_count(*) FROM patient b RIGHT JOIN (stay s CROSS JOIN ward w) ON b.patient_id = s.patient_id AND w.code = s.ward'),
    ('SELECT sc_count(*) FROM (stay s JOIN ward w ON w.hospital <> s.ward) LEFT JOIN hospital h ON h.code = s.dx AND w.code = s.ward'),
    ('SELECT sc_count(*) FROM (stay s CROSS JOIN ward w) LEFT JOIN hospital h ON h.code = s.dx AND w.code <> ''a'' WHERE w.code = coalesce(h.region, ''a'')'),
    ('SELECT sc_count(*) FROM stay s LEFT JOIN (ward w FULL JOIN hospital h ON h.code = w.code) ON w.code = s.ward'),
    ('SELECT w.hospital, sc_count(*) FROM (stay s JOIN ward w ON w.code = s.ward) LEFT JOIN patient b ON b.patient_id = s.patient_id GROUP BY w.hospital'),
    ('SELECT h.region, sc_count(*) FROM stay s LEFT JOIN (ward w JOIN hospital h ON h.code = w.hospital) ON w.code = s.ward GROUP BY h.region'),
    ('SELECT s.dx, sc_count(*) FROM patient p LEFT JOIN stay s ON s.patient_id = p.patient_id GROUP BY s.dx')) v (q);

-- With patients on both sides, a row without the optional one counts, too: nothing chooses whom that one is found for.
SELECT q, verdict(q), verdict(replace(q, 'sc_count(*)', 'sc_count(DISTINCT p.patient_id)')) AS patients FROM (VALUES
    ('SELECT sc_count(*) FROM patient p LEFT JOIN stay s ON s.patient_id = p.patient_id AND s.nights = 77'),
    ('SELECT sc_count(*) FROM stay s RIGHT JOIN patient p ON s.patient_id = p.patient_id AND s.nights = 77'),
    ('SELECT sc_count(*) FROM patient p LEFT JOIN stay s ON s.patient_id = p.patient_id AND p.sex = ''f'''),
    ('SELECT sc_count(*) FROM patient p LEFT JOIN (SELECT patient_id FROM stay WHERE nights = 77) s ON s.patient_id = p.patient_id'),
    ('SELECT sc_count(*) FROM patient p LEFT JOIN (stay s JOIN ward w ON w.code = s.ward) ON s.patient_id = p.patient_id'),
    ('SELECT sc_count(*) FROM patient p LEFT JOIN (ward w LEFT JOIN stay s ON s.ward = w.code) ON s.patient_id = p.patient_id'),
    ('SELECT sc_count(*) FROM patient p LEFT JOIN (stay s JOIN (SELECT patient_id FROM patient WHERE sex = ''f'') f ON f.patient_id = s.patient_id) ON s.patient_id = p.patient_id'),
    ('SELECT sc_count(*) FROM patient p LEFT JOIN (stay s JOIN (SELECT patient_id FROM stay GROUP BY patient_id HAVING max(nights) > 76) f ON f.patient_id = s.patient_id) ON s.patient_id = p.patient_id'),
    ('SELECT sc_count(*) FROM (SELECT p.patient_id FROM patient p LEFT JOIN stay s ON s.patient_id = p.patient_id AND s.nights = 77) p'),
    ('SELECT sc_count(*) FROM patient p LEFT JOIN (SELECT x.patient_id FROM patient x LEFT JOIN stay s ON s.patient_id = x.patient_id AND s.nights = 77) y ON y.patient_id = p.patient_id'),
    ('SELECT sc_count(*) FROM stay p LEFT JOIN drug d ON d.stay_id = p.stay_id AND d.atc = ''x'''),
    -- What is found chooses nothing here.
    ('SELECT sc_count(*) FROM patient p LEFT JOIN stay s ON s.patient_id = p.patient_id'),
    ('SELECT sc_count(*) FROM stay p LEFT JOIN drug d ON d.stay_id = p.stay_id'),
    ('SELECT sc_count(*) FROM patient p LEFT JOIN (SELECT patient_id, ward FROM stay) s ON s.patient_id = p.patient_id'),
    ('SELECT sc_count(*) FROM patient p LEFT JOIN (stay s LEFT JOIN ward w ON w.code = s.ward) ON s.patient_id = p.patient_id'),
    ('SELECT sc_count(*) FROM patient p LEFT JOIN stay s ON s.patient_id = p.patient_id WHERE s.nights = 77'),
    ('SELECT sc_count(*) FROM patient p LEFT JOIN (SELECT patient_id FROM stay WHERE nights = 77 GROUP BY patient_id) s ON s.patient_id = p.patient_id'),
    ('SELECT sc_count(*) FROM (SELECT patient_id FROM stay WHERE nights = 77 GROUP BY patient_id) s RIGHT JOIN patient p ON s.patient_id = p.patient_id')) v (q);

-- Whether an optional side is there says how its conditions came out.
SELECT q, verdict(q) FROM (VALUES
    ('SELECT w.code, sc_count(*) FROM stay s LEFT JOIN ward w ON w.code = s.ward AND s.dx = ''x'' GROUP BY w.code'),
    ('SELECT sc_count(*) FROM stay s LEFT JOIN ward w ON w.code = s.ward AND s.dx = ''x'' WHERE w.code IS NULL'),
    ('SELECT b.sex, sc_count(*) FROM stay s LEFT JOIN patient b ON b.patient_id = s.patient_id AND s.dx = ''x'' GROUP BY b.sex'),
    ('SELECT s.ward, sc_count(*) FROM stay s LEFT JOIN ward w ON w.code = s.ward AND s.dx = ''x'' GROUP BY s.ward'),
    ('SELECT s.dx, sc_count(*) FROM stay s LEFT JOIN ward w ON w.code = s.ward GROUP BY s.dx'),
    ('SELECT b.sex, sc_count(*) FROM stay s LEFT JOIN patient b ON b.patient_id = s.patient_id GROUP BY b.sex')) v (q);

-- Pairs of values are one condition over two columns.
SELECT q, verdict(q) FROM (VALUES
    ('SELECT sc_count(*) FROM stay s JOIN (VALUES (''a'', 1), (''a'', 2), (''b'', 7)) v (a, b) ON v.a = s.dx AND v.b = s.ordinal'),
    ('SELECT sc_count(*) FROM stay s, (VALUES (''a'', 1), (''a'', 2), (''b'', 7)) v (a, b) WHERE v.a = s.dx AND v.b = s.ordinal'),
    ('SELECT sc_count(*) FROM stay s JOIN label l ON l.code = s.dx AND l.language = s.ward'),
    ('SELECT sc_count(*) FROM stay s JOIN ward w ON w.code = s.ward JOIN label l ON l.code = w.hospital AND l.language = s.dx'),
    ('SELECT sc_count(*) FROM stay s JOIN patient b ON b.patient_id = s.patient_id AND b.region = s.ward'),
    ('SELECT l.label, sc_count(*) FROM stay s LEFT JOIN label l ON l.code = s.dx AND l.language = s.ward GROUP BY l.label'),
    ('SELECT s.dx, sc_count(*) FROM stay s LEFT JOIN label l ON l.code = s.dx AND l.language = s.ward GROUP BY s.dx'),
    ('SELECT sc_count(*) FROM patient p JOIN (VALUES (''a'', ''f''), (''b'', ''m'')) v (a, b) ON v.a = p.region AND v.b = p.sex')) v (q);

-- Patients of a linked table: named by the table that its link leads to.
SELECT q, verdict(q) FROM (VALUES
    ('SELECT atc, sc_count(DISTINCT s.patient_id) FROM drug d JOIN stay s ON s.stay_id = d.stay_id GROUP BY atc'),
    ('SELECT atc, sc_count(DISTINCT s.patient_id) FROM drug d LEFT JOIN stay s ON s.stay_id = d.stay_id GROUP BY atc'),
    ('SELECT atc, sc_count(DISTINCT p.patient_id) FROM drug d JOIN stay s ON s.stay_id = d.stay_id JOIN patient p ON p.patient_id = s.patient_id GROUP BY atc'),
    ('SELECT atc, sc_hidden(*) FROM drug d GROUP BY atc'),
    ('SELECT atc, sc_count(DISTINCT d.drug_id) FROM drug d GROUP BY atc'),
    ('SELECT atc, sc_count(DISTINCT d.stay_id) FROM drug d GROUP BY atc')) v (q);

RESET SESSION AUTHORIZATION;
DELETE FROM health_dp.project WHERE title = 'Rows';
DROP SCHEMA regress_rows CASCADE;
DROP ROLE regress_rows_steward, regress_rows_owner, regress_rows_ann;
