-- Generalisation: coarser values, NULL where there is none, alike inside and outside releases.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS health_dp;
RESET client_min_messages;
CREATE SCHEMA regress_generalisation;
SET search_path = regress_generalisation, health_dp;
CREATE ROLE regress_steward LOGIN IN ROLE health_dp_steward;
CREATE ROLE regress_owner;
CREATE ROLE regress_alice LOGIN;
GRANT regress_owner TO regress_steward;
GRANT USAGE ON SCHEMA regress_generalisation TO PUBLIC;
GRANT CREATE ON SCHEMA regress_generalisation TO regress_owner;

-- Ages: birthdays, the 29th of February, and what has no age.
SELECT birth, on_day, age_in_years(birth, on_day) FROM (VALUES
    (date '1961-03-04', date '2026-03-03'), ('1961-03-04', '2026-03-04'), ('2000-02-29', '2026-02-28'), ('2000-02-29', '2026-03-01'),
    ('2026-01-01', '2026-01-01'), ('2026-01-02', '2026-01-01'), ('0001-01-01', '9999-12-31'), ('0001-12-31 BC', '2026-01-01'),
    ('2026-01-01', '10000-01-01'), ('-infinity', '2026-01-01'), ('2026-01-01', 'infinity'), ('infinity', '-infinity'),
    ('4714-11-24 BC', '5874897-12-31'), (NULL, '2026-01-01'), ('2026-01-01', NULL)) v(birth, on_day);
SELECT age, age_band(age), age_band(age, 10), age_band(age, 10, 90), age_band(age, 1, 3), age_band(age, width => 150, top => 150)
  FROM unnest(ARRAY[-2147483648, -1, 0, 1, 4, 5, 59, 84, 85, 90, 149, 150, 151, 2147483647, NULL]) age;
SELECT width, top, age_band(40, width, top) FROM (VALUES (0, 85), (-5, 85), (5, 0), (5, 84), (5, 155), (90, 85), (5, NULL),
    (-2147483648, -2147483648), (2147483647, 2147483647), (150, 150), (1, 1)) v(width, top);

-- Quarters.
SELECT day, quarter(day), quarter_start(day) FROM unnest('{2026-01-01,2026-03-31,2026-04-01,2026-06-30,2026-07-01,2026-09-30,
    2026-10-01,2026-12-31,2024-02-29,1582-10-10,0001-01-01,9999-12-31,10000-01-01,0001-12-31 BC,infinity,-infinity,5874897-12-31,
    4714-11-24 BC,NULL}'::date[]) day;
-- Every day of four centuries as PostgreSQL has it.
SELECT count(*) FROM generate_series(timestamp '1800-01-01', '2199-12-31', '1 day') t(x)
 WHERE quarter(x::date) IS DISTINCT FROM to_char(x, 'YYYY"-Q"Q')
    OR quarter_start(x::date) IS DISTINCT FROM date_trunc('quarter', x)::date
    OR age_in_years('1799-05-17', x::date) IS DISTINCT FROM extract(year FROM age(x, '1799-05-17'))::integer;

-- Departments of communes; codes that are none, among them those that are too long to be looked at.
SELECT commune, department_of(commune) FROM unnest('{01004,2A004,2B033,69123,75056,97105,97608,97502,98735,20004,00000,96001,97000,
    98501,99100,1004,010040,2a004,2C001,2A00x," 1004",69 23,"",6912é,NULL}'::text[]) commune;
SELECT department_of(repeat('0100', 10000000)), department_of('01004'::char(6)::text), department_of('01004'::varchar);

-- The departments and regions of France: every code that department_of() knows and France's regions have, and no other.
SELECT count(*), count(DISTINCT name), count(DISTINCT region), md5(string_agg(code || region, ',' ORDER BY code COLLATE "C")) FROM department;
SELECT r.code, r.name, string_agg(d.code, ' ' ORDER BY d.code COLLATE "C") AS departments
  FROM region r LEFT JOIN department d ON d.region = r.code GROUP BY r.code ORDER BY r.code COLLATE "C";
SELECT string_agg(code, ' ' ORDER BY code COLLATE "C") AS collectivities
  FROM (SELECT DISTINCT department_of(lpad(i::text, 5, '0')) FROM generate_series(0, 99999) i UNION VALUES ('2A'), ('2B')) q(code)
 WHERE code NOT IN (SELECT code FROM department);
SELECT code FROM department WHERE code NOT IN ('2A', '2B') AND department_of(rpad(code, 5, '001')) IS DISTINCT FROM code;
SELECT relation, label FROM health_dp.labels WHERE relation IN ('health_dp.department'::regclass, 'health_dp.region'::regclass) ORDER BY 1;

-- Hierarchies: any table of codes and parents.
CREATE TABLE atc (code text PRIMARY KEY, parent text);
INSERT INTO atc VALUES ('B', NULL), ('B01', 'B'), ('B01A', 'B01'), ('B01AF', 'B01A'), ('B01AF02', 'B01AF'), ('x', 'y'), ('y', 'x');
SELECT levels, generalise('B01AF02', 'atc', levels) FROM unnest(ARRAY[1, 2, 3, 4, 5, 100, NULL]) levels;
SELECT generalise('B01AF02', 'atc'), generalise('unknown', 'atc'), generalise('B', 'atc'), generalise('x', 'atc', 99), generalise(NULL, 'atc');
SELECT generalise('69', 'department', parent => 'region'), generalise('2A', 'health_dp.department', 1, 'region');
CREATE TABLE numbered (code integer, parent integer);
INSERT INTO numbered VALUES (12, 1), (1, NULL), (13, 1), (13, 2);
SELECT generalise('12', 'numbered', 2);
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
SELECT refusal(format('SELECT generalise(%s)', arguments)) FROM (VALUES ($$'13', 'numbered'$$), ($$'B', 'atc', 0$$), ($$'B', 'atc', -1$$),
    ($$'B', 'atc', 101$$), ($$'69', 'department'$$), ($$'B', 'atc', parent => 'code FROM atc; --'$$), ($$'B', 'missing'$$)) v(arguments);

-- Inside releases: on every kind of value, as key, condition and argument; and the tables joined.
SET SESSION AUTHORIZATION regress_steward;
SET ROLE regress_owner;
CREATE TABLE stay (patient_id bigint, birth date, entry date, age integer, width integer, top integer, code text);
RESET ROLE;
RESET SESSION AUTHORIZATION;
INSERT INTO stay SELECT i, d, e, n, w, t, c FROM generate_series(1, 2) i,
    unnest('{1961-03-04,infinity,-infinity,5874897-12-31,4714-11-24 BC,NULL}'::date[]) d,
    unnest('{2026-11-25,infinity,-infinity,NULL}'::date[]) e, unnest(ARRAY[40, -2147483648, 2147483647, NULL]) n,
    unnest(ARRAY[5, 0, -2147483648, NULL]) w, unnest(ARRAY[85, 0, 2147483647, NULL]) t,
    unnest(ARRAY['69123', '2A004', '', 'é', repeat('é', 3000), NULL]) c;
SET SESSION AUTHORIZATION regress_steward;
SELECT health_dp.protect('stay', 'patient_id');
SELECT health_dp.create_project('regress_generalisation', title => 'Regress', legal_basis => 'CNIL 2023-146',
    valid => '[2020-01-01,2100-01-01)', epsilon => 100, default_epsilon => 1) IS NOT NULL AS created;
SELECT health_dp.grant_table('regress_generalisation', 'stay');
SELECT health_dp.add_member('regress_generalisation', 'regress_alice');
RESET SESSION AUTHORIZATION;
SET SESSION AUTHORIZATION regress_alice;
SET health_dp.project = 'regress_generalisation';
SELECT dp_count(age_in_years(birth, entry)) IS NOT NULL AS ages, dp_count(age_band(age, width, top)) IS NOT NULL AS bands,
       dp_count(quarter(entry)) IS NOT NULL AS quarters, dp_count(quarter_start(birth)) IS NOT NULL AS starts,
       dp_count(department_of(code)) IS NOT NULL AS departments, dp_avg(age_in_years(birth, entry), 0, 120) IS NOT NULL AS mean
  FROM stay;
SELECT dp_count(*) IS NOT NULL AS answered FROM stay WHERE age_band(age_in_years(birth, entry)) = '65-69' AND quarter(entry) = '2026-Q4';
SELECT r.name, dp_count(s.patient_id) IS NOT NULL AS answered
  FROM health_dp.department d JOIN health_dp.region r ON r.code = d.region LEFT JOIN stay s ON department_of(s.code) = d.code
 WHERE r.code IN ('84', '94') GROUP BY r.name ORDER BY r.name;
-- What reads a table stays outside, and it reads no protected one.
\set VERBOSITY terse
SELECT dp_count(*) FROM stay WHERE generalise(code, 'health_dp.department', parent => 'region') = '84';
SELECT generalise('1', 'stay', parent => 'code');
RESET SESSION AUTHORIZATION;
SET ROLE regress_steward;
SELECT generalise('1', 'stay', parent => 'code');
RESET ROLE;
\set VERBOSITY default

SET client_min_messages = warning;
SELECT health_dp.remove_member('regress_generalisation', 'regress_alice');
DROP OWNED BY regress_steward, regress_owner, regress_alice;
DROP SCHEMA regress_generalisation CASCADE;
DROP ROLE regress_steward, regress_owner, regress_alice;
