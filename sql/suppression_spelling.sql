-- Tables as people write them: totals that go by the name of a code, and numbers that are none.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS health_dp;
RESET client_min_messages;
CREATE SCHEMA regress_spelling;
SET search_path = regress_spelling;
\getenv srcdir PG_ABS_SRCDIR
\set refusal :srcdir /sql/include/refusal.psql
\i :refusal

-- A spreadsheet's total, taken for one more region, would be hidden and shown without anybody looking at what is subtracted from it.
CREATE TABLE sheet (region text, age text, n int);
INSERT INTO sheet VALUES ('ARA', 'y', 4), ('ARA', 'o', 40), ('BRE', 'y', 30), ('BRE', 'o', 25), ('COR', 'y', 12), ('COR', 'o', 9),
    ('Ensemble', 'y', 46), ('Ensemble', 'o', 74);
SET client_min_messages = warning;
SELECT function, refusal(format('SELECT * FROM health_dp.%s(%L, ''{region,age}'', ''{n}'', %s', function, query, rest)) FROM (VALUES
    ('suppress_table', 'TABLE sheet', $$policy => 'pcornet') AS t(r text, a text, n int, hidden boolean)$$),
    ('audit_table', 'SELECT *, n < 11 AS hidden FROM sheet', $$policy => 'pcornet')$$),
    ('audit_table', 'SELECT region, age, n OPERATOR(health_dp.!<) 11 AS n, n < 11 AS hidden FROM sheet', $$policy => 'pcornet')$$),
    ('round_table', 'TABLE sheet', $$5) AS t(r text, a text, n int)$$),
    ('suppress_table', 'SELECT region, age, sum(n)::int AS n FROM sheet GROUP BY CUBE (region, age)', -- and its own total is twice that
     $$policy => 'pcornet') AS t(r text, a text, n int, hidden boolean)$$),
    ('suppress_table', $$SELECT CASE region WHEN 'Ensemble' THEN 'Côte d''Azur, "all"' ELSE region END AS region, age, n FROM sheet$$,
     $$policy => 'pcornet', totals => '{NULL,all ages}') AS t(r text, a text, n int, hidden boolean)$$)
) AS t(function, query, rest);
SELECT refusal($$SELECT * FROM health_dp.suppress_tables('{"policy": "pcornet", "dimensions": [{"name": "region"}, {"name": "age"}], "measures": [{"name": "n"}],
    "tables": [{"name": "t", "dimensions": ["region", "age"], "query": "TABLE regress_spelling.sheet"}]}')$$);
-- What the errors say to type.
SELECT * FROM health_dp.suppress_table('TABLE sheet', '{region,age}', '{n}', policy => 'pcornet', totals => '{Ensemble,NULL}') AS t(r text, a text, n int, hidden boolean);
SELECT refusal($$SELECT * FROM health_dp.suppress_table('SELECT *, 0 AS g FROM sheet', '{region,age}', '{n}', policy => 'pcornet', groupings => '{g,NULL}')
    AS t(r text, a text, n int, hidden boolean)$$);
-- By chance: 4 and 5 are 9, once, and nobody would call that a total.
SELECT name, refusal(format($$SELECT * FROM health_dp.suppress_table('SELECT * FROM (VALUES (''a'', 4), (''b'', 5), (''%s'', 9)) AS t(r, n)', '{r}', '{n}', policy => 'ohdsi')
    AS t(r text, n int, hidden boolean)$$, name)) FROM (VALUES ('c'), ('Total')) AS t(name);

-- Numbers.
SELECT value, refusal(format($$SELECT * FROM health_dp.suppress_tables('{"policy": "pcornet", "dimensions": [{"name": "region"}, {"name": "age"}],
    "measures": [{"name": "patients"}, {"name": "nights"}], "tables": [{"name": "stays", "dimensions": ["region", "age"],
    "query": "SELECT ''ARA'' AS region, NULL AS age, 20 AS patients, ''%s'' AS nights"}]}')$$, value)) FROM (VALUES
    ('12,5'), ('<11'), ('1 234'), (U&'1\00A0234'), (U&'1\2009234'), (U&'1\202F234'), ('12 %'), ('12.5'), ('n.d.'), ('1234')) AS t(value);
SELECT regexp_replace(n, '[ \u00a0\u2009\u202f]', '', 'g')::bigint AS n FROM (VALUES ('1 234'), (U&'1\00A0234'), (U&'1\2009234'), (U&'1\202F234')) AS t(n);
SELECT refusal($$SELECT * FROM health_dp.audit_table('SELECT ''ARA'' AS region, 20 AS patients, 0.25 AS rate, false AS hidden', '{region}', '{patients,rate}', policy => 'pcornet')$$);
SELECT refusal($$SELECT * FROM health_dp.round_table('SELECT ''ARA'' AS region, ''1 234'' AS patients', '{region}', '{patients}', 5) AS t(region text, patients int)$$);

-- A rate that looks like a sum: with decimals, in whole per cent, per thousand.
CREATE VIEW rated AS SELECT region, n, round(100.0 * n / 236) AS percent, round(1000.0 * n / people, 1) AS per_1000, people FROM
    (SELECT region, sum(n)::int AS n, sum(n * CASE region WHEN 'ARA' THEN 20 ELSE 30 END) AS people FROM sheet WHERE region <> 'Ensemble' GROUP BY ROLLUP (region)) t;
SELECT refusal($$SELECT * FROM health_dp.suppress_table('rated', '{region}', '{n,percent}', policy => 'pcornet') AS t(region text, n int, percent int, hidden boolean)$$);
SELECT refusal($$SELECT * FROM health_dp.audit_table('SELECT *, false AS hidden FROM rated', '{region}', '{n,per_1000}', policy => 'pcornet')$$);
SELECT refusal($$SELECT * FROM health_dp.round_table('rated', '{region}', '{n,percent}', 5) AS t(region text, n int, percent int)$$);
SELECT refusal($$SELECT * FROM health_dp.suppress_tables('{"policy": "pcornet", "dimensions": [{"name": "region"}], "measures": [{"name": "n"}, {"name": "per_1000", "decimals": 1}],
    "tables": [{"name": "rates", "dimensions": ["region"], "query": "TABLE rated"}]}')$$);
SELECT refusal($$SELECT * FROM health_dp.suppress_table(NULL::rated, '{region}', '{n,people}', policy => 'pcornet')$$);
-- Where no total contradicts it, a share of each line tells the line's total: 93 % are 50, so all are 54, and 4 were hidden.
CREATE VIEW shared AS SELECT * FROM (VALUES ('ARA', 'y', 4, 7), ('ARA', 'o', 50, 93), ('BRE', 'y', 30, 33), ('BRE', 'o', 60, 67)) AS t(region, age, n, share);
SELECT refusal($$SELECT * FROM health_dp.suppress_table(NULL::shared, '{region,age}', '{n,share}', policy => 'pcornet')$$);
SELECT refusal($$SELECT * FROM health_dp.suppress_tables('{"policy": "pcornet", "dimensions": [{"name": "region"}, {"name": "age"}], "measures": [{"name": "n"}, {"name": "share", "decimals": 3}],
    "tables": [{"name": "t", "dimensions": ["region", "age"], "query": "SELECT region, age, n, share / 100.0 AS share FROM shared"}]}')$$);
SELECT refusal($$SELECT * FROM health_dp.suppress_table('SELECT region, age, n, n * 2 AS nights FROM shared', '{region,age}', '{n,nights}', policy => 'pcornet') AS t(r text, a text, n int, nights int, h boolean)$$);
SELECT refusal($$SELECT * FROM health_dp.suppress_table('SELECT region, age, n, share + n % 4 AS nights FROM shared', '{region,age}', '{n,nights}', policy => 'pcornet') AS t(r text, a text, n int, nights int, h boolean)$$);
-- What to write instead: numerator and denominator, and the rate of what is shown.
SELECT region, n, round(1000.0 * n / people, 1) AS per_1000 FROM health_dp.suppress_table('SELECT region, n, people FROM rated', '{region}', '{n,people}', policy => 'pcornet')
    AS t(region text, n int, people int, hidden boolean);
-- Any count from 1 to the threshold less 1, as far as rows that are there leave room: a hidden margin of two hidden cells is 2 or more.
SELECT codes, lowest, highest, safe FROM health_dp.audit_table($$SELECT * FROM (VALUES ('a', 'f', 4, true), ('a', 'm', 5, true), ('a', NULL, 9, true), ('b', 'f', 50, true), ('b', 'm', 40, true),
    ('b', NULL, 90, true), (NULL, 'f', 54, false), (NULL, 'm', 45, false), (NULL, NULL, 99, false)) AS t(region, sex, n, hidden)$$, '{region,sex}', '{n}', policy => 'pcornet')
    WHERE codes[1] = 'a';

-- Where a name is too long for the error, it ends with a whole character.
SELECT octet_length(detail), right(detail, 3) FROM (SELECT substring(refusal($$SELECT * FROM health_dp.round_table('SELECT repeat(''é'', 300) AS r, ''x'' AS n', '{r}', '{n}', 5)
    AS t(r text, n int)$$) FROM 'DETAIL: ([^\n]*)') AS detail) AS refused;

-- Numbers that contradict each other: which cells, of which tables.
SELECT refusal($$SELECT * FROM health_dp.audit_tables('{"policy": "pcornet", "dimensions": [{"name": "region"}, {"name": "age"}], "measures": [{"name": "n"}, {"name": "cost", "decimals": 2}],
    "tables": [{"name": "ages", "dimensions": ["age"], "hidden": "h", "query": "SELECT ''y'' AS age, 34 AS n, 8.5 AS cost, false AS h"},
               {"name": "cells", "dimensions": ["region", "age"], "hidden": "h", "query": "SELECT region, age, n, CASE region WHEN ''ARA'' THEN 5.25 ELSE 3.5 END AS cost, false AS h FROM regress_spelling.sheet WHERE age = ''y'' AND region < ''C''"}]}')$$);
SELECT refusal($$SELECT * FROM health_dp.suppress_tables('{"policy": "pcornet", "dimensions": [{"name": "region"}], "measures": [{"name": "n"}, {"name": "cost", "decimals": 2}],
    "tables": [{"name": "old", "dimensions": ["region"], "query": "SELECT ''ARA'' AS region, 34 AS n, 8.5 AS cost"},
               {"name": "new", "dimensions": ["region"], "query": "SELECT ''ARA'' AS region, 34 AS n, 8 AS cost"}]}')$$);

DROP SCHEMA regress_spelling CASCADE;
