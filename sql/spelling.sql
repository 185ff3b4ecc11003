-- Values that are equal and spelled differently: what a release shows of them does not depend on which row comes first.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS health_dp;
CREATE SCHEMA regress_spelling;
SET search_path = regress_spelling, health_dp;
CREATE ROLE regress_spelling_ann LOGIN;
GRANT USAGE ON SCHEMA regress_spelling TO PUBLIC;
CREATE TYPE mood AS ENUM ('glad', 'sad');
CREATE DOMAIN exact AS numeric;
CREATE DOMAIN span AS interval;
CREATE TABLE kind (kind serial, type text, one text, other text);
INSERT INTO kind (type, one, other) VALUES
    ('bool', 't', 'true'), ('"char"', 'a', 'a'), ('int2', '1', '01'), ('int4', '1', '01'), ('int8', '1', '01'), ('oid', '1', '01'),
    ('float4', '-0', '0'), ('float8', '-0', '0'), ('numeric', '1.0', '1.00'), ('numeric(10,2)', '1.5', '1.50'), ('exact', '1.0', '1.00'),
    ('text', 'a', 'a'), ('name', 'a', 'a'), ('varchar', 'a', 'a'), ('bpchar', 'a', 'a  '), ('char(3)', 'a', 'a  '), ('bytea', '\x61', 'a'),
    ('date', '2020-01-01', '1 Jan 2020'), ('time', '1:00', '01:00:00'), ('timestamp', '2020-01-01', '2020-01-01 00:00:00.0'),
    ('timestamptz', '2020-01-01 12:00 UTC', '2020-01-01 13:00+1'),
    ('uuid', 'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11', '{a0eebc999c0b4ef8bb6d6bb9bd380a11}'), ('inet', '10.0.0.1', '10.0.0.1/32'),
    ('cidr', '10', '10.0.0.0/8'), ('macaddr', '08:00:2b:01:02:03', '08002b-010203'), ('macaddr8', '08:00:2b:01:02:03:04:05', '08002b0102030405'),
    ('bit(4)', '1010', 'xA'), ('varbit', '1010', 'xA'), ('interval', '1 mon', '29 days 24:00'), ('interval(0)', '1 day', '24:00'), ('span', '1 mon', '30 days'),
    ('mood', 'sad', 'sad');
-- The same rows of the same twenty patients, the one spelling first or the other, in the table and for each of them.
\set ECHO none
SELECT format('CREATE TABLE up (patient_id int, first boolean, %s)', string_agg(format('k%s %s', kind, type), ', ' ORDER BY kind)) FROM kind \gexec
CREATE TABLE down (LIKE up);
SELECT format('INSERT INTO %s SELECT p, first, %s FROM generate_series(1, 20) p, unnest(ARRAY[true, false]) first ORDER BY first %s',
    t, string_agg(format('CASE WHEN first THEN %L ELSE %L END::%s', one, other, type), ', ' ORDER BY kind), CASE t WHEN 'up' THEN 'DESC' ELSE 'ASC' END)
    FROM kind, unnest('{up,down}'::text[]) t GROUP BY t \gexec
SELECT format('SELECT bool_and(%s) AS equal FROM up a, up b', string_agg(format('a.k%s = b.k%1$s', kind), ' AND ')) FROM kind \gexec
\set ECHO all
SELECT count(health_dp.protect(t, 'patient_id')) FROM unnest('{up,down}'::regclass[]) t;

-- A project for each question: a suppressed one has one population, and its keys.
CREATE TABLE project AS SELECT format('%s_%s_%s', w, n, t)::name AS name, CASE w WHEN 'sc' THEN 'suppressed' ELSE 'dp' END AS release, t
    FROM unnest('{sc,dp}'::text[]) w, generate_series(1, 50) n, unnest('{up,down}'::text[]) t;
SELECT count(create_project(name, title => 'Spelling', legal_basis => 'test', valid => '[2020-01-01,2100-01-01)', epsilon => 20, delta => 0.1,
    default_epsilon => 20, default_delta => 0.05, default_groups_per_patient => 2, default_rows_per_patient => 2, min_cell => 5,
    releases => ARRAY[release])) FROM project;
SELECT count(grant_table(name, t::regclass)), count(add_member(name, 'regress_spelling_ann')) FROM project;
GRANT SELECT ON kind TO PUBLIC;
-- The keys that a question shows of both tables, where both show the same. @t stands for the table, @n for the number of patients or rows.
CREATE FUNCTION shown(kind text, number int, question text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE shown text; earlier text;
BEGIN
    FOR t IN 0..1 LOOP
        PERFORM set_config('health_dp.project', format('%s_%s_%s', kind, number, (ARRAY['up', 'down'])[t + 1]), false);
        EXECUTE format('SELECT string_agg(format(''[%%s]'', k), '' '' ORDER BY k::text) FROM (%s) x',
            replace(replace(question, '@t', (ARRAY['up', 'down'])[t + 1]), '@n', CASE kind WHEN 'sc' THEN 'sc_count(DISTINCT patient_id)' ELSE 'dp_count(*)' END))
            INTO shown;
        IF t = 1 AND shown IS DISTINCT FROM earlier THEN
            RETURN format('%s, or %s', earlier, shown);
        END IF;
        earlier := shown;
    END LOOP;
    RETURN shown;
END
$$;
SET SESSION AUTHORIZATION regress_spelling_ann;
SET timezone = 'UTC';
SELECT type, shown('dp', kind, format('SELECT k%s AS k, @n FROM @t GROUP BY 1', kind)) AS dp, shown('sc', kind, format('SELECT k%s AS k, @n FROM @t GROUP BY 1', kind)) AS sc
    FROM kind ORDER BY kind;
-- What subqueries keep one of, shown by what tells spellings apart.
SELECT q, shown('dp', n, q) AS dp, shown('sc', n, q) AS sc FROM (VALUES
    (34, 'SELECT k9::text AS k, @n FROM (SELECT patient_id, k9 FROM @t GROUP BY patient_id, k9) x GROUP BY 1'),
    (35, 'SELECT k AS k, @n FROM (SELECT patient_id, k9::text AS k FROM @t GROUP BY patient_id, k9) x GROUP BY 1'),
    (36, 'SELECT k AS k, @n FROM (SELECT patient_id, k9::text AS k FROM @t GROUP BY patient_id, k9 HAVING k9::text = ''1'') x GROUP BY 1'),
    (37, 'SELECT k9::text AS k, @n FROM (SELECT DISTINCT patient_id, k9 FROM @t) x GROUP BY 1'),
    (38, 'SELECT k9::text AS k, @n FROM (SELECT DISTINCT patient_id, k9 FROM @t GROUP BY patient_id, k9) x GROUP BY 1'),
    (39, 'SELECT m::text AS k, @n FROM (SELECT patient_id, min(k9) AS m FROM @t GROUP BY patient_id) x GROUP BY 1'),
    (40, 'SELECT m::text AS k, @n FROM (SELECT patient_id, sum(DISTINCT k9) AS m FROM @t GROUP BY patient_id) x GROUP BY 1'),
    (41, 'SELECT m::text AS k, @n FROM (SELECT patient_id, avg(DISTINCT k11) AS m FROM @t GROUP BY patient_id) x GROUP BY 1'),
    (42, 'SELECT k11::numeric::text AS k, @n FROM (SELECT patient_id, k11 FROM @t GROUP BY patient_id, k11) x GROUP BY 1'),
    (43, 'SELECT k10::text AS k, @n FROM (SELECT patient_id, k10 FROM @t GROUP BY patient_id, k10) x GROUP BY 1'),
    (44, 'SELECT k15 LIKE ''_'' AS k, @n FROM (SELECT patient_id, k15 FROM @t GROUP BY patient_id, k15) x GROUP BY 1'),
    (45, 'SELECT k16 LIKE ''a__'' AS k, @n FROM (SELECT patient_id, k16 FROM @t GROUP BY patient_id, k16) x GROUP BY 1'),
    (46, 'SELECT date ''2021-02-01'' + k29 AS k, @n FROM (SELECT patient_id, k29 FROM @t GROUP BY patient_id, k29) x GROUP BY 1'),
    (47, 'SELECT timestamp ''2021-02-01 12:00'' + k30 AS k, @n FROM (SELECT DISTINCT patient_id, k30 FROM @t) x GROUP BY 1'),
    (48, 'SELECT date ''2021-02-01'' + k31 AS k, @n FROM (SELECT patient_id, k31 FROM @t GROUP BY patient_id, k31) x GROUP BY 1'),
    (49, 'SELECT k9 AS k, @n FROM (SELECT patient_id, k9, count(*) AS n, sum(k9) AS s FROM @t GROUP BY patient_id, k9) x JOIN (SELECT DISTINCT patient_id FROM @t) y USING (patient_id) WHERE s = 2 GROUP BY 1'))
    v (n, q);
-- Where nothing is kept for others, a subquery shows what its rows hold.
SELECT q, shown('dp', n, q) AS dp, shown('sc', n, q) AS sc FROM (VALUES
    (50, 'SELECT k AS k, @n FROM (SELECT patient_id, k9::text AS k FROM @t) x GROUP BY 1')) v (n, q);
RESET SESSION AUTHORIZATION;
DELETE FROM health_dp.project WHERE title = 'Spelling';
DROP SCHEMA regress_spelling CASCADE;
DROP ROLE regress_spelling_ann;
