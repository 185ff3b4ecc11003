-- Suppression of any query's result, and audits of what others suppressed.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS health_dp;
RESET client_min_messages;
CREATE SCHEMA regress_suppression;
SET search_path = regress_suppression;
\getenv srcdir PG_ABS_SRCDIR
\set refusal :srcdir /sql/include/refusal.psql
\i :refusal

-- Fischetti and Salazar (2001): three activities, three regions, and all margins.
CREATE TABLE activity (activity text, region text, patients integer);
INSERT INTO activity VALUES ('I', 'A', 20), ('I', 'B', 50), ('I', 'C', 10), ('II', 'A', 8), ('II', 'B', 19), ('II', 'C', 22),
    ('III', 'A', 17), ('III', 'B', 32), ('III', 'C', 12);
CREATE VIEW cube AS
    SELECT activity, region, sum(patients) AS patients FROM activity GROUP BY CUBE (activity, region);

-- What most do: mask the cells below 11, one by one. Every one of them is a total minus its neighbours.
SELECT codes, lowest, highest, safe, why FROM health_dp.audit_table(
    'SELECT activity, region, patients, patients < 11 AS hidden FROM cube', '{activity,region}', '{patients}', policy => 'pcornet');
SELECT i.patients - sum(c.patients OPERATOR(health_dp.!<) 11::numeric) AS hidden_10, 'I/C' AS cell
  FROM cube i JOIN cube c ON c.activity = 'I' AND c.region IS NOT NULL
 WHERE i.activity = 'I' AND i.region IS NULL GROUP BY i.patients;

-- Ours, and its audit: with the values, and as a reader of the table.
CREATE TABLE published AS
    SELECT * FROM health_dp.suppress_table('cube', '{activity,region}', '{patients}', policy => 'pcornet')
        AS t(activity text, region text, patients integer, hidden boolean);
TABLE published;
SELECT codes, lowest, highest, safe, why FROM health_dp.audit_table(
    'SELECT c.activity, c.region, c.patients, p.hidden FROM cube c JOIN published p
        ON (p.activity, p.region) IS NOT DISTINCT FROM (c.activity, c.region)',
    '{activity,region}', '{patients}', policy => 'pcornet');
SELECT codes, lowest, highest, safe, why FROM health_dp.audit_table(
    'published', '{activity,region}', '{patients}', policy => 'pcornet');
-- A column may have any type that reads the text; margins may be built from the inner cells; a project's policy holds.
SELECT count(*) AS same FROM published p JOIN health_dp.suppress_table('activity', '{activity,region}', '{patients}',
        policy => 'pcornet', build_margins => true) AS t(activity varchar, region name, patients numeric, hidden boolean)
    ON (t.activity, t.region::text, t.patients, t.hidden) IS NOT DISTINCT FROM (p.activity, p.region, p.patients, p.hidden);
INSERT INTO health_dp.project (name, title, legal_basis, valid, epsilon, delta, min_cell, min_epsilon)
    VALUES ('regress_suppression', 't', 'b', '[2020-01-01,2999-01-01)', 1, 0, 9, 1);
SELECT * FROM health_dp.suppress_table('cube', '{activity,region}', '{patients}', project => 'regress_suppression')
    AS t(activity text, region text, patients integer, hidden boolean) WHERE hidden;
-- Order of rows says nothing: that of the query is gone.
SELECT count(*) AS same FROM (SELECT row_number() OVER () AS n, t.* FROM health_dp.suppress_table(
        'SELECT * FROM cube ORDER BY patients DESC', '{activity,region}', '{patients}', policy => 'pcornet')
        AS t(activity text, region text, patients integer, hidden boolean)) a
    JOIN (SELECT row_number() OVER () AS n, p.* FROM published p) b
    ON (a.n, a.activity, a.region, a.patients) IS NOT DISTINCT FROM (b.n, b.activity, b.region, b.patients);

-- Presets: rounding of what is shown, a threshold for units, small groups in which everybody has it.
SELECT region, patients, hidden FROM health_dp.suppress_table('SELECT region, sum(patients) AS patients FROM activity GROUP BY ROLLUP (region)',
    '{region}', '{patients}', policy => 'nhs') AS t(region text, patients integer, hidden boolean);
SELECT * FROM health_dp.suppress_table($$SELECT * FROM (VALUES ('a', 40, 50, 60), ('b', 30, 9, 12), ('c', 20, 28, 90), (NULL, 90, 87, 162))
    AS t(region, patients, stays, nights)$$, '{region}', '{patients,stays,nights}', policy => 'casd_health', units => '{stays}')
    AS t(region text, patients integer, stays integer, nights integer, hidden boolean);
SELECT * FROM health_dp.suppress_table($$SELECT * FROM (VALUES ('a', 'hiv', 40), ('a', 'none', 30), ('b', 'hiv', 20)) AS t(region, illness, patients)$$,
    '{region,illness}', '{patients}', policy => 'casd_health', revealing => '{illness}', build_margins => true)
    AS t(region text, illness text, patients integer, hidden boolean);

-- Totals: NULL, a code of their own where NULL is a code as well, or what grouping() says.
SELECT * FROM health_dp.suppress_table($$SELECT coalesce(r, 'all') AS r, p AS patients FROM (VALUES ('a', 40), ('b', 20), (NULL, 60)) AS t(r, p)$$,
    '{r}', '{patients}', policy => 'pcornet', totals => '{all}') AS t(r text, patients integer, hidden boolean);
SELECT * FROM health_dp.suppress_table($$SELECT r, sum(p) AS patients, grouping(r) AS g FROM (VALUES ('a', 40), ('b', 20), (NULL, 25)) AS t(r, p)
    GROUP BY ROLLUP (r)$$, '{r}', '{patients}', policy => 'pcornet', groupings => '{g}') AS t(r text, patients integer, hidden boolean);
-- A hierarchy: regions of a zone.
CREATE TABLE zone (child text, parent text);
INSERT INTO zone VALUES ('A', 'north'), ('B', 'north'), ('C', 'south'), ('D', 'south'), ('north', NULL);
SELECT * FROM health_dp.suppress_table($$SELECT * FROM (VALUES ('A', 30), ('B', 5), ('C', 40), ('D', 50)) AS t(region, patients)$$,
    '{region}', '{patients}', policy => 'pcornet', hierarchies => '{zone}', build_margins => true)
    AS t(region text, patients integer, hidden boolean);

-- Patients have several diagnoses: they do not add up, and 40 may be 35 and 9.
CREATE VIEW diagnosis AS SELECT * FROM (VALUES ('x', 35), ('y', 9), ('z', 30), (NULL, 40)) AS t(code, patients);
SELECT * FROM health_dp.suppress_table('diagnosis', '{code}', '{patients}', policy => 'pcornet', overlapping => '{code}')
    AS t(code text, patients integer, hidden boolean);
SELECT refusal($$SELECT * FROM health_dp.suppress_table('diagnosis', '{code}', '{patients}', policy => 'pcornet')
    AS t(code text, patients integer, hidden boolean)$$);

-- Two tables together: one alone would be safe with what the other one gives away.
CREATE TABLE two (region text, age text, sex text, patients integer);
INSERT INTO two VALUES ('a', 'old', 'f', 4), ('a', 'old', 'm', 5), ('a', 'young', 'f', 40), ('a', 'young', 'm', 50),
    ('b', 'old', 'f', 60), ('b', 'old', 'm', 25), ('b', 'young', 'f', 35), ('b', 'young', 'm', 45);
SELECT * FROM health_dp.suppress_tables($${"policy": "pcornet",
    "dimensions": [{"name": "region"}, {"name": "age", "total": "any"}, {"name": "sex"}],
    "measures": [{"name": "patients"}, {"name": "cost", "decimals": 2}],
    "tables": [{"name": "ages", "dimensions": ["region", "age"],
                "query": "SELECT region, coalesce(age, 'any') AS age, sum(patients) AS patients, sum(patients) * 1.25 AS cost FROM two GROUP BY CUBE (region, age)"},
               {"name": "sexes", "dimensions": ["sex", "region"],
                "query": "SELECT region, sex, sum(patients) AS patients, sum(patients * 1.25) AS cost FROM two GROUP BY CUBE (region, sex)"}]}$$);
-- Audited together: what either shows is known.
SELECT table_name, codes, lowest, highest, safe, why FROM health_dp.audit_tables($${"policy": "pcornet",
    "dimensions": [{"name": "region"}], "measures": [{"name": "patients"}],
    "tables": [{"name": "one", "dimensions": ["region"], "hidden": "h",
                "query": "SELECT * FROM (VALUES ('a', 4, true), ('b', 30, true), ('c', 40, false), (NULL, 74, false)) AS t(region, patients, h)"},
               {"name": "other", "dimensions": ["region"], "hidden": "h",
                "query": "SELECT * FROM (VALUES ('b', 30, false)) AS t(region, patients, h)"}]}$$);
-- Shown, although it should not be.
SELECT * FROM health_dp.audit_table($$SELECT * FROM (VALUES ('a', 4, false), ('b', 30, false), (NULL, 34, false)) AS t(region, patients, hidden)$$,
    '{region}', '{patients}', policy => 'pcornet');
-- What an earlier table hides stays hidden, for whatever reason, in the tables beside it too; what it shows stays known.
CREATE TEMPORARY TABLE by_sex AS SELECT region, sex, sum(n) AS patients
    FROM (VALUES ('a', 'f', 15), ('a', 'm', 25), ('b', 'f', 14), ('b', 'm', 16), ('c', 'f', 26), ('c', 'm', 24)) AS t(region, sex, n)
    GROUP BY CUBE (region, sex);
SELECT table_name, codes, shown, hidden FROM health_dp.suppress_tables($${"policy": "pcornet", "dimensions": [{"name": "region"}, {"name": "sex"}],
    "measures": [{"name": "patients"}], "tables": [
        {"name": "old", "dimensions": ["region"], "hidden": "h",
         "query": "SELECT * FROM (VALUES ('a', 40, true), ('b', 30, true), ('c', 50, false), (NULL, 120, false)) AS t(region, patients, h)"},
        {"name": "new", "dimensions": ["region", "sex"], "query": "SELECT * FROM by_sex"}]}$$);
-- An earlier table that is undone by itself, and one that shows what the policy hides, cannot be mended.
SELECT codes, shown, hidden FROM health_dp.suppress_tables($${"policy": "pcornet", "dimensions": [{"name": "region"}],
    "measures": [{"name": "patients"}], "tables": [{"name": "t", "dimensions": ["region"], "hidden": "h",
    "query": "SELECT * FROM (VALUES ('a', 40, true), ('b', 30, false), (NULL, 70, false)) AS t(region, patients, h)"}]}$$);
SELECT codes, shown, hidden FROM health_dp.suppress_tables($${"policy": "pcornet", "dimensions": [{"name": "region"}],
    "measures": [{"name": "patients"}], "tables": [{"name": "t", "dimensions": ["region"], "hidden": "h",
    "query": "SELECT * FROM (VALUES ('a', 4, false), ('b', 30, false), (NULL, 34, false)) AS t(region, patients, h)"}]}$$);
-- Somebody who is alone in a cell knows it.
SELECT codes, lowest, highest, safe, why FROM health_dp.audit_table($$SELECT * FROM (VALUES ('a', 1, true), ('b', 10, true), ('c', 40, false), (NULL, 51, false))
    AS t(region, patients, hidden)$$, '{region}', '{patients}', policy => 'pcornet');
-- Dominance: one establishment makes nearly all of it.
SELECT codes, shown, hidden FROM health_dp.suppress_tables($${"policy": "insee", "dimensions": [{"name": "region"}],
    "measures": [{"name": "patients"}, {"name": "cost", "contributors": ["first"]}], "tables": [{"name": "t", "dimensions": ["region"],
    "query": "SELECT * FROM (VALUES ('a', 40, 1000, 900), ('b', 30, 800, 300), ('c', 30, 700, 300), (NULL, 100, 2500, 900)) AS t(region, patients, cost, first)"}]}$$);

-- It is alone in its department's sector: nobody else may know the department's sum, and itself it need not be kept from it.
CREATE TEMPORARY TABLE turnover AS SELECT department, sector, count(*) AS patients, sum(amount) AS amount, max(amount) AS first
    FROM (VALUES ('a', 'industry', 230), ('a', 'trade', 2), ('a', 'trade', 8), ('b', 'industry', 34), ('b', 'industry', 23), ('b', 'industry', 14),
                 ('b', 'trade', 15), ('b', 'trade', 22), ('b', 'trade', 19)) AS t(department, sector, amount) GROUP BY CUBE (department, sector);
SELECT codes, shown, hidden FROM health_dp.suppress_tables($${"policy": "insee", "dimensions": [{"name": "department"}, {"name": "sector"}],
    "measures": [{"name": "patients"}, {"name": "amount", "contributors": ["first"]}],
    "tables": [{"name": "t", "dimensions": ["department", "sector"], "query": "SELECT * FROM turnover"}]}$$);
SELECT codes, measure, lowest, highest, safe, why FROM health_dp.audit_tables($${"policy": "insee", "dimensions": [{"name": "department"}, {"name": "sector"}],
    "measures": [{"name": "patients"}, {"name": "amount", "contributors": ["first"]}],
    "tables": [{"name": "t", "dimensions": ["department", "sector"], "hidden": "h",
                "query": "SELECT *, department IS NOT NULL AS h FROM turnover"}]}$$);

-- In a sample, each of the largest stands for as many as its weight: the first alone makes two of 90 %.
SELECT health_dp.create_suppression_policy('two_of_90', 'x', patients => 3, dominance_contributors => 2, dominance_percent => 90);
SELECT codes, shown, hidden FROM health_dp.suppress_tables($${"policy": "two_of_90", "dimensions": [{"name": "region"}],
    "measures": [{"name": "patients"}, {"name": "cost", "contributors": ["first", "second"], "weights": ["w", "v"]}], "tables": [{"name": "t", "dimensions": ["region"],
    "query": "SELECT * FROM (VALUES ('a', 40, 1000, 460, 2, 80, 1), ('b', 30, 800, 300, 1, 200, 1), ('c', 30, 700, 300, 1, 200, 2), (NULL, 100, 2500, 460, 2, 300, 1)) AS t(region, patients, cost, first, w, second, v)"}]}$$);
SELECT refusal($$SELECT * FROM health_dp.suppress_tables('{"policy": "two_of_90", "dimensions": [{"name": "region"}], "measures": [{"name": "patients"},
    {"name": "cost", "contributors": ["first", "second"], "weights": ["w", "v"]}], "tables": [{"name": "t", "dimensions": ["region"],
    "query": "SELECT ''a'' AS region, 40 AS patients, 1000 AS cost, 460 AS first, 0 AS w, 80 AS second, 1 AS v"}]}')$$);
SELECT health_dp.drop_suppression_policy('two_of_90');

-- What looks like a table and is none that could be protected.
CREATE TEMPORARY TABLE health AS SELECT * FROM (VALUES ('a', 50, 90), ('b', 40, 70), ('c', 4, 9), ('all', 94, 169)) AS t(region, patients, nights);
SELECT health_dp.create_suppression_policy('perturbing', 'x', based_on => 'pcornet', noise_deviation => 5, noise_variance => 2),
       health_dp.create_suppression_policy('idle', 'x', rounding_base => 5);
SELECT statement, refusal('SELECT * FROM health_dp.suppress_table(''health'', ' || statement) FROM (VALUES
    ($$'{region}', '{patients}', policy => 'pcornet', totals => '{All}') AS t(region text, patients integer, hidden boolean)$$),
    ($$'{region}', '{patients}', policy => 'perturbing', totals => '{all}') AS t(region text, patients integer, hidden boolean)$$),
    ($$'{region}', '{patients}', policy => 'idle', totals => '{all}') AS t(region text, patients integer, hidden boolean)$$),
    ($$'{region}', '{patients,nights}', policy => 'nhs', totals => '{all}') AS t(region text, patients integer, nights integer, hidden boolean)$$),
    ($$'{region}', '{patients,nights}', policy => 'pcornet', totals => '{all}') AS t(region text, nights integer, patients integer, hidden boolean)$$)) AS s(statement);
SELECT refusal($$SELECT * FROM health_dp.suppress_table('SELECT region, CASE patients WHEN 4 THEN 0 ELSE patients END AS patients, nights FROM health WHERE region <> ''all''',
    '{region}', '{patients,nights}', policy => 'pcornet') AS t(region text, patients integer, nights integer, hidden boolean)$$);
SELECT health_dp.drop_suppression_policy('perturbing'), health_dp.drop_suppression_policy('idle');
SELECT refusal($$SELECT * FROM health_dp.suppress_tables('{"policy": "insee", "dimensions": [{"name": "region"}], "measures": [{"name": "patients"},
    {"name": "cost", "contributors": ["first"]}, {"name": "drugs"}], "tables": [{"name": "t", "dimensions": ["region"],
    "query": "SELECT ''a'' AS region, 40 AS patients, 1000 AS cost, 900 AS first, 500 AS drugs"}]}')$$);

-- What is refused, by name.
SELECT statement, refusal('SELECT * FROM health_dp.suppress_table(' || statement || ') AS t(r text, n integer, h boolean)') FROM (VALUES
    ($$'cube', '{region}', '{patients}'$$),
    ($$'cube', '{region}', '{patients}', policy => 'nhs', project => 'x'$$),
    ($$'cube', '{region}', '{patients}', policy => 'nobody'$$),
    ($$'cube', '{region}', '{patients}', project => 'nobody'$$),
    ($$'cube', '{}', '{patients}', policy => 'nhs'$$),
    ($$'cube', '{region,region}', '{patients}', policy => 'nhs'$$),
    ($$'cube', '{region}', '{patients}', policy => 'nhs', units => '{patients}'$$),
    ($$'cube', '{region}', '{patients}', policy => 'nhs', overlapping => '{regoin}'$$),
    ($$'cube', '{region}', '{patients}', policy => 'nhs', hierarchies => '{zone,zone}'$$),
    ($$'cube', '{region}', '{patients}', policy => 'nhs', hierarchies => '{nowhere}'$$),
    ($$'cube', '{region}', '{patients}', policy => 'nhs', hierarchies => '{two}'$$),
    ($$'cube', '{region,activity}', '{patients}', policy => 'nhs'$$),
    ($$'cube', '{region}', '{people}', policy => 'nhs'$$),
    ($$'cube', '{region}', '{patients}', policy => 'nhs'$$),
    ($$'nowhere', '{region}', '{patients}', policy => 'nhs'$$),
    ($$'INSERT INTO two VALUES (1)', '{region}', '{patients}', policy => 'nhs'$$),
    ($$'SELECT 1; SELECT 2', '{region}', '{patients}', policy => 'nhs'$$),
    ($$'WITH gone AS (DELETE FROM two RETURNING *) SELECT * FROM gone', '{region}', '{patients}', policy => 'nhs'$$),
    ($$'SELECT 1 AS region, 1.5 AS patients', '{region}', '{patients}', policy => 'nhs'$$),
    ($$'SELECT 1 AS region, -1 AS patients', '{region}', '{patients}', policy => 'nhs'$$),
    ($$'SELECT 1 AS region, NULL::int AS patients', '{region}', '{patients}', policy => 'nhs'$$),
    ($$'SELECT 1 AS region, ''NaN''::numeric AS patients', '{region}', '{patients}', policy => 'nhs'$$),
    ($$'SELECT 1 AS region, 1e30 AS patients', '{region}', '{patients}', policy => 'nhs'$$),
    ($$'SELECT * FROM (VALUES (''a'', 5), (NULL, 5)) AS t(r, n)', '{r}', '{n}', policy => 'pcornet'$$),
    ($$'SELECT * FROM (VALUES (''a'', 5), (NULL, 6)) AS t(r, n)', '{r}', '{n}', policy => 'pcornet'$$),
    ($$'SELECT * FROM (VALUES (''a'', 5), (NULL, 6)) AS t(r, n)', '{r}', '{n}', policy => 'pcornet', build_margins => true$$),
    ($$'SELECT * FROM (VALUES (''a'', 5), (''b'', 6)) AS t(r, n)', '{r}', '{n}', policy => 'pcornet', build_margins => true, overlapping => '{r}'$$),
    ($$'TABLE cube', '{region,activity}', '{patients}', policy => 'nhs', totals => '{all,all}'$$)
) AS t(statement);
CREATE TABLE loop (child text, parent text);
INSERT INTO loop VALUES ('a', 'b'), ('b', 'a');
SELECT refusal($$SELECT * FROM health_dp.suppress_table('SELECT ''a'' AS r, 5 AS n', '{r}', '{n}', policy => 'pcornet', hierarchies => '{loop}')
    AS t(r text, n integer, h boolean)$$);
SELECT definition, refusal(format('SELECT * FROM health_dp.suppress_tables(%L)', definition)) FROM (VALUES
    ('[]'), ('{}'), ('{"policy": "nhs", "dimension": []}'),
    ('{"policy": "nhs", "dimensions": [{"name": "r", "overlaping": true}], "measures": [{"name": "n"}], "tables": [{"name": "t", "query": "q", "dimensions": ["r"]}]}'),
    ('{"policy": "nhs", "dimensions": [{"name": "r"}], "measures": [{"name": "n"}], "tables": [{"name": "t", "query": "q", "dimensions": ["s"]}]}'),
    ('{"policy": "insee", "dimensions": [{"name": "r"}], "measures": [{"name": "n"}, {"name": "cost"}], "tables": [{"name": "t", "query": "SELECT 1 AS r, 2 AS n, 3 AS cost", "dimensions": ["r"]}]}')
) AS t(definition);

-- With the caller's privileges, and for those who prepare tables.
CREATE ROLE regress_suppress_steward LOGIN IN ROLE health_dp_steward;
CREATE ROLE regress_suppress_reader LOGIN;
GRANT USAGE ON SCHEMA regress_suppression TO PUBLIC;
SET SESSION AUTHORIZATION regress_suppress_steward;
SELECT refusal($$SELECT * FROM health_dp.suppress_table('cube', '{activity,region}', '{patients}', policy => 'pcornet')
    AS t(activity text, region text, patients integer, hidden boolean)$$);
SET SESSION AUTHORIZATION regress_suppress_reader;
SELECT statement, refusal(statement) FROM (VALUES
    ($$SELECT * FROM health_dp.suppress_table('SELECT 1', '{a}', '{n}', policy => 'nhs') AS t(a text)$$),
    ($$SELECT health_dp.suppress_tables('{}')$$), ($$SELECT health_dp.audit_table('SELECT 1', '{a}', '{n}', 'nhs')$$),
    ($$SELECT health_dp.audit_tables('{}')$$), ($$SELECT health_dp.record_key('1', 'emc2')$$)
) AS t(statement);

SELECT statement, refusal(statement) FROM (VALUES
    ($$SELECT * FROM health_dp.round_table('SELECT 1', '{a}', '{n}', 5) AS t(a text, n integer)$$), ($$SELECT health_dp.round_tables('{}', 5)$$)
) AS t(statement);

-- Small things everybody may use.
SELECT 10 OPERATOR(health_dp.!<) 11 AS ten, 11 OPERATOR(health_dp.!<) 11 AS eleven, 12::bigint OPERATOR(health_dp.!<) 11 AS twelve,
       10.99 OPERATOR(health_dp.!<) 11 AS decimals, NULL::integer OPERATOR(health_dp.!<) 11 AS nothing;
RESET SESSION AUTHORIZATION;

-- Perturbation: the same patients, the same noise; in whatever order and however often they come.
INSERT INTO health_dp.suppression_policy (name, description, noise_deviation, noise_variance) VALUES ('regress_noise', 'x', 3, 2);
CREATE TABLE person AS SELECT n, ('x' || substr(md5(n::text), 1, 16))::bit(64)::bigint AS key FROM generate_series(1, 2000) n;
SELECT health_dp.cell_key(key) = health_dp.cell_key(key ORDER BY n DESC) AS any_order,
       health_dp.cell_key(DISTINCT key) = health_dp.cell_key(key) AS distinct_patients FROM person;
SELECT health_dp.cell_key(key) FROM (VALUES (9223372036854775807), (9223372036854775807), (3)) AS t(key);
SELECT min(noise), max(noise), bool_and(perturbed >= 0) AS not_below_0, count(DISTINCT noise) AS kinds, abs(avg(noise)) < 0.3 AS mean,
       variance(noise) BETWEEN 1.6 AND 2.4 AS variance
  FROM (SELECT perturbed, perturbed - count AS noise FROM
        (SELECT count(*), health_dp.perturb_count(count(*), health_dp.cell_key(key), 'regress_noise') AS perturbed
           FROM person GROUP BY n % 500) a) b;
SELECT health_dp.perturb_count(0, 123, 'regress_noise') AS zero, health_dp.perturb_count(1, -1, 'regress_noise') AS most,
       health_dp.perturb_count(100, 0, 'regress_noise') AS least;
SELECT statement, refusal(statement) FROM (VALUES
    ($$SELECT health_dp.perturb_count(5, 1, 'nhs')$$), ($$SELECT health_dp.perturb_count(5, 1, 'nobody')$$),
    ($$SELECT health_dp.perturb_count(-5, 1, 'regress_noise')$$), ($$SELECT health_dp.perturb_count(9223372036854775807, -1, 'regress_noise')$$),
    ($$SELECT health_dp.record_key('1', 'regress_nowhere')$$)
) AS t(statement);

-- Random rounding by the same keys: two neighbours, right on average, the same patients alike; multiples and zeros stay.
SELECT bool_and(rounded % 5 = 0 AND abs(rounded - count) < 5) AS neighbours, abs(avg(rounded - count)) < 0.35 AS mean, count(DISTINCT rounded - count) AS kinds
  FROM (SELECT n % 500 AS cell, 3 + (n % 500) % 5 AS count, health_dp.round_count(3 + (n % 500) % 5, health_dp.cell_key(key), 5) AS rounded
          FROM person GROUP BY 1, 2) a;
SELECT health_dp.round_count(0, 123, 5) AS zero, health_dp.round_count(15, 123, 5) AS multiple, health_dp.round_count(17, 123, 1) AS one,
       health_dp.round_count(17, 123, 5) = health_dp.round_count(17, 123, 5) AS again;
SELECT statement, refusal(statement) FROM (VALUES
    ($$SELECT health_dp.round_count(5, 1, 0)$$), ($$SELECT health_dp.round_count(5, 1, 10000000)$$), ($$SELECT health_dp.round_count(-5, 1, 5)$$)
) AS t(statement);

-- Controlled rounding: everything still adds up, and is less than the base away.
CREATE TABLE rounded AS SELECT * FROM health_dp.round_table('cube', '{activity,region}', '{patients}', 5) AS t(activity text, region text, patients integer);
SELECT count(*), bool_and(r.patients % 5 = 0) AS multiples, max(abs(r.patients - c.patients)) < 5 AS near, count(*) FILTER (WHERE c.patients % 5 = 0 AND r.patients <> c.patients) AS moved
  FROM rounded r JOIN cube c ON (c.activity, c.region) IS NOT DISTINCT FROM (r.activity, r.region);
SELECT bool_and(total = parts) AS adds_up FROM (
    SELECT sum(patients) FILTER (WHERE region IS NULL) AS total, sum(patients) FILTER (WHERE region IS NOT NULL) AS parts FROM rounded GROUP BY activity
    UNION ALL SELECT sum(patients) FILTER (WHERE activity IS NULL), sum(patients) FILTER (WHERE activity IS NOT NULL) FROM rounded GROUP BY region) a;
SELECT count(*) AS same FROM rounded r JOIN health_dp.round_table('activity', '{activity,region}', '{patients}', 5, build_margins => true)
    AS t(activity text, region text, patients integer) ON t IS NOT DISTINCT FROM (r.activity, r.region, r.patients);
-- A hierarchy, two measures, and two tables that share a margin.
CREATE TABLE part (child text, parent text);
INSERT INTO part VALUES ('A', 'AB'), ('B', 'AB');
SELECT * FROM health_dp.round_table('SELECT region, sum(patients) AS patients, sum(patients * 2) AS stays FROM activity GROUP BY region', '{region}', '{patients,stays}', 10,
    hierarchies => '{part}', build_margins => true) AS t(region text, patients integer, stays integer);
SELECT table_name, codes, totals, rounded FROM health_dp.round_tables($${"dimensions": [{"name": "activity"}, {"name": "region"}], "measures": [{"name": "patients"}],
    "tables": [{"name": "by region", "query": "SELECT region, sum(patients) AS patients FROM activity GROUP BY ROLLUP (region)", "dimensions": ["region"]},
               {"name": "by activity", "query": "SELECT activity, sum(patients) AS patients FROM activity GROUP BY ROLLUP (activity)", "dimensions": ["activity"]}]}$$, 10);
SELECT statement, refusal(statement) FROM (VALUES
    ($$SELECT * FROM health_dp.round_table('cube', '{activity,region}', '{patients}', 0) AS t(a text, r text, p integer)$$),
    ($$SELECT * FROM health_dp.round_table('cube', '{activity,region}', '{patients}', NULL) AS t(a text, r text, p integer)$$),
    ($$SELECT * FROM health_dp.round_table('cube', '{activity,region}', '{patients}', 5) AS t(a text, r text, p integer, hidden boolean)$$),
    ($$SELECT * FROM health_dp.round_table('SELECT * FROM cube WHERE activity IS NOT NULL OR region IS NULL OR patients > 50', '{activity,region}', '{patients}', 5) AS t(a text, r text, p integer)$$),
    ($$SELECT * FROM health_dp.round_table('SELECT activity, patients + (activity IS NULL)::integer AS patients FROM cube WHERE region IS NULL', '{activity}', '{patients}', 5) AS t(a text, p integer)$$),
    ($$SELECT * FROM health_dp.round_table('published', '{activity,region}', '{patients}', 5) AS t(a text, r text, p integer)$$),
    ($$SELECT health_dp.round_tables('{"policy": "nhs", "dimensions": [{"name": "a"}], "measures": [{"name": "n"}], "tables": [{"name": "t", "query": "x", "dimensions": ["a"]}]}', 5)$$)
) AS t(statement);

DELETE FROM health_dp.suppression_policy WHERE name = 'regress_noise';
DELETE FROM health_dp.project WHERE name = 'regress_suppression';
SET client_min_messages = warning;
DROP SCHEMA regress_suppression CASCADE;
DROP ROLE regress_suppress_steward, regress_suppress_reader;
