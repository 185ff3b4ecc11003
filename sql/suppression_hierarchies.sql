-- Codes that are grouped in ways that do not nest: departments into regions, and into territories.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS health_dp;
RESET client_min_messages;
CREATE SCHEMA regress_hierarchies;
SET search_path = regress_hierarchies;
\getenv srcdir PG_ABS_SRCDIR
\set refusal :srcdir /sql/include/refusal.psql
\i :refusal
CREATE TABLE dep (dep text, region text, territory text, n int);
INSERT INTO dep VALUES ('01', 'R1', 'T1', 40), ('02', 'R1', 'T2', 5), ('03', 'R2', 'T2', 50), ('04', 'R2', 'T3', 60), ('05', 'R3', 'T3', 70),
    ('06', 'R3', 'T4', 30), ('07', 'R4', 'T4', 90);
CREATE VIEW in_region AS SELECT dep AS child, region AS parent FROM dep;
CREATE VIEW in_territory AS SELECT dep AS child, territory AS parent FROM dep;
CREATE VIEW counted AS SELECT coalesce(dep, region, territory) AS place, sum(n) AS n FROM dep GROUP BY GROUPING SETS ((dep), (region), (territory), ());

-- 02 is its region less 01, and its territory less 03; 01 is a territory.
SELECT * FROM health_dp.suppress_table(NULL::counted, '{place}', '{n}', policy => 'pcornet', hierarchies => '{"in_region, in_territory"}');
-- A pattern that holds for regions alone is undone by territories.
SELECT codes, lowest, highest, safe FROM health_dp.audit_table($$SELECT *, coalesce(place IN ('01', '02', 'T1'), false) AS hidden FROM counted$$,
    '{place}', '{n}', policy => 'pcornet', hierarchies => '{"in_region,in_territory"}') WHERE codes = '{02}';
SELECT codes, lowest, highest, safe FROM health_dp.audit_table($$SELECT *, coalesce(place IN ('01', '02'), false) AS hidden FROM counted
    WHERE place IS NULL OR place NOT LIKE 'T%'$$, '{place}', '{n}', policy => 'pcornet', hierarchies => '{in_region}') WHERE codes = '{02}';
-- Margins are built in all of them, rounding adds up in all of them, and quoted names are names.
CREATE VIEW "under, a territory" AS TABLE in_territory;
SELECT count(*) AS same FROM health_dp.suppress_table('SELECT dep AS place, n FROM dep', '{place}', '{n}', policy => 'pcornet', build_margins => true,
    hierarchies => '{"in_region , \"under, a territory\" "}') AS a(place text, n int, hidden boolean)
    JOIN health_dp.suppress_table(NULL::counted, '{place}', '{n}', policy => 'pcornet', hierarchies => '{"in_region, in_territory"}') b
        ON (a.place, a.n) IS NOT DISTINCT FROM (b.place, b.n);
SELECT place, n FROM health_dp.round_table(NULL::counted, '{place}', '{n}', 25, hierarchies => '{"in_region, in_territory"}');
-- One hierarchy may be a query, commas or not.
SELECT count(*) FROM health_dp.suppress_table('SELECT dep AS place, n FROM dep', '{place}', '{n}', policy => 'pcornet', build_margins => true,
    hierarchies => ARRAY['SELECT dep AS child, region AS parent FROM dep']) AS a(place text, n int, hidden boolean);
-- Beside another dimension, with zeros that are filled in.
CREATE TABLE by_sex AS SELECT d.*, sex, CASE WHEN dep = '02' THEN 30 WHEN sex = 'f' THEN n - 4 ELSE 14 END AS patients
    FROM dep d, (VALUES ('f'), ('m')) AS t(sex) WHERE dep <> '02' OR sex = 'f';
SELECT health_dp.create_suppression_policy('regress_zeros', 'x', patients => 11, hides_zeros => true);
SELECT place, sex, shown.n FROM health_dp.suppress_table($$SELECT coalesce(dep, region, territory) AS place, sex, sum(patients) AS n FROM by_sex
    GROUP BY CUBE (sex), GROUPING SETS ((dep), (region), (territory), ())$$, '{place,sex}', '{n}', policy => 'regress_zeros',
    hierarchies => '{"in_region, in_territory",NULL}') AS shown(place text, sex text, n int, hidden boolean) WHERE place IN ('01', '02', 'R1', 'T1', 'T2');
-- Filled in are the territories alone, where the query has those without a sex, and not the regions that it does not have.
SELECT shown.place, shown.sex, shown.n FROM health_dp.suppress_table($$SELECT coalesce(dep, region, territory) AS place, sex, sum(patients) AS n FROM by_sex
    GROUP BY GROUPING SETS ((dep, sex), (region, sex), (territory))$$, '{place,sex}', '{n}', policy => 'regress_zeros',
    hierarchies => '{"in_region, in_territory",NULL}') AS shown(place text, sex text, n int, hidden boolean) WHERE sex IS NULL;
SELECT health_dp.drop_suppression_policy('regress_zeros');
-- Two tables, a hierarchy each, are tied by what is below both. Age bands that cross are: the parts of both are given too.
SELECT table_name, codes, shown FROM health_dp.suppress_tables($${"policy": "pcornet", "dimensions": [{"name": "place", "hierarchy": ["in_region", "in_territory"]}],
    "measures": [{"name": "n"}], "tables": [
    {"name": "regions", "dimensions": ["place"], "query": "SELECT coalesce(dep, region) AS place, sum(n) AS n FROM dep GROUP BY GROUPING SETS ((dep), (region), ())"},
    {"name": "territories", "dimensions": ["place"], "query": "SELECT territory AS place, sum(n) AS n FROM dep GROUP BY ROLLUP (territory)"}]}$$);
CREATE VIEW bands AS SELECT * FROM (VALUES ('0-14', 100), ('15-64', 300), ('65+', 80), ('0-17', 104), ('18+', 376), (NULL, 480)) AS t(age, n);
CREATE TABLE part (child text, three text, two text);
INSERT INTO part VALUES ('0-14', '0-14', '0-17'), ('15-17', '15-64', '0-17'), ('18-64', '15-64', '18+'), ('65+', '65+', '18+');
CREATE VIEW three AS SELECT child, three AS parent FROM part;
CREATE VIEW two AS SELECT child, two AS parent FROM part;
SELECT * FROM health_dp.suppress_table('TABLE bands UNION ALL VALUES (''15-17'', 4), (''18-64'', 296)', '{age}', '{n}', policy => 'pcornet',
    hierarchies => '{"three, two"}') AS t(age text, n int, hidden boolean);

-- Random groupings: what is hidden is safe when the same is said in another way, with territories as a dimension of their own, and what is
-- hidden for regions alone often is not.
CREATE TABLE random_dep (dep text, region text, territory text, n int);
CREATE VIEW random_counted AS SELECT coalesce(dep, region, territory) AS place, sum(n) AS n FROM random_dep GROUP BY GROUPING SETS ((dep), (region), (territory), ());
CREATE VIEW random_region AS SELECT dep AS child, region AS parent FROM random_dep;
CREATE VIEW random_territory AS SELECT dep AS child, territory AS parent FROM random_dep;
CREATE TABLE pattern (place text, hidden boolean);
CREATE VIEW crossed AS SELECT c.*, p.hidden FROM
    (SELECT coalesce(dep, region) AS place, territory, sum(n) AS n, coalesce(dep, region, territory) AS name FROM random_dep
      GROUP BY GROUPING SETS ((dep, territory), (region), (territory), ())) c JOIN pattern p ON p.place IS NOT DISTINCT FROM c.name;
CREATE FUNCTION unsafe(hierarchies text[]) RETURNS bigint LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM pattern;
    INSERT INTO pattern SELECT place, n IS NULL FROM health_dp.suppress_table(NULL::random_counted, '{place}', '{n}', policy => 'pcornet', hierarchies => hierarchies);
    RETURN (SELECT count(*) FROM health_dp.audit_table('SELECT place, territory, n, hidden FROM crossed', '{place,territory}', '{n}', policy => 'pcornet',
        hierarchies => '{random_region,NULL}') WHERE NOT safe);
END
$$;
CREATE FUNCTION try_random() RETURNS TABLE (tables int, unsafe bigint, unsafe_by_one bigint) LANGUAGE plpgsql AS $$
DECLARE seed text;
BEGIN
    tables := 0; unsafe := 0; unsafe_by_one := 0;
    FOR run IN 1..60 LOOP
        DELETE FROM random_dep;
        INSERT INTO random_dep SELECT d::text, 'R' || h[1] % 3, 'T' || h[2] % 4, 1 + h[3] % (CASE WHEN h[4] % 3 = 0 THEN 14 ELSE 60 END)
            FROM (SELECT d, (SELECT array_agg(('x' || substr(md5(format('%s %s %s', run, d, i)), 1, 7))::bit(28)::int ORDER BY i)
                               FROM generate_series(1, 4) i) AS h FROM generate_series(1, 5 + run % 4) d) x;
        BEGIN
            unsafe := unsafe + regress_hierarchies.unsafe('{"random_region, random_territory"}');
            tables := tables + 1;
        EXCEPTION WHEN SQLSTATE 'ZD706' THEN CONTINUE; -- nothing to hide it behind
        END;
        -- Territories masked one by one.
        UPDATE pattern SET hidden = coalesce(p.n IS NULL, false) FROM health_dp.suppress_table($q$SELECT coalesce(dep, region) AS place, sum(n) AS n FROM random_dep
            GROUP BY GROUPING SETS ((dep), (region), ())$q$, '{place}', '{n}', policy => 'pcornet', hierarchies => '{random_region}') AS p(place text, n int, hidden boolean)
            WHERE p.place IS NOT DISTINCT FROM pattern.place;
        UPDATE pattern SET hidden = c.n < 11 FROM random_counted c WHERE pattern.place LIKE 'T%' AND c.place = pattern.place;
        unsafe_by_one := unsafe_by_one + (SELECT count(*) FROM health_dp.audit_table('SELECT place, territory, n, hidden FROM crossed', '{place,territory}', '{n}', policy => 'pcornet',
            hierarchies => '{random_region,NULL}') WHERE NOT safe);
    END LOOP;
    RETURN NEXT;
END
$$;
SELECT tables > 40 AS enough, unsafe, unsafe_by_one > 30 AS unsafe_by_one FROM try_random();

-- What does not fit together, and what to type.
CREATE VIEW both_ways AS SELECT * FROM (TABLE in_region UNION TABLE in_territory) t ORDER BY child, parent;
CREATE VIEW higher AS TABLE in_territory UNION ALL VALUES ('R1', 'Z1');
CREATE VIEW namesakes AS SELECT child, replace(parent, 'T3', 'R1') AS parent FROM in_territory;
CREATE VIEW rounds AS VALUES ('T1', '01');
CREATE VIEW circle AS SELECT column1 AS child, column2 AS parent FROM (TABLE rounds) t;
SELECT statement, refusal('SELECT * FROM health_dp.suppress_table(' || statement || ')') FROM (VALUES
    ($$NULL::counted, '{place}', '{n}', policy => 'pcornet', hierarchies => '{both_ways}'$$),
    ($$NULL::bands, '{age}', '{n}', policy => 'pcornet'$$),
    ($$NULL::bands, '{age}', '{n}', policy => 'pcornet', hierarchies => '{"three, two"}'$$),
    ($$NULL::counted, '{place}', '{n}', policy => 'pcornet', hierarchies => '{"in_region, higher"}'$$),
    ($$NULL::counted, '{place}', '{n}', policy => 'pcornet', hierarchies => '{"in_region, namesakes"}'$$),
    ($$NULL::counted, '{place}', '{n}', policy => 'pcornet', hierarchies => '{"in_territory, circle"}'$$),
    ($$NULL::counted, '{place}', '{n}', policy => 'pcornet', hierarchies => '{"in_region,"}'$$),
    ($$NULL::counted, '{place}', '{n}', policy => 'pcornet', hierarchies => '{"a,b,c,d,e"}'$$),
    ($$NULL::counted, '{place}', '{n}', policy => 'casd_health', revealing => '{place}', hierarchies => '{"in_region, in_territory"}'$$)
) AS t(statement);
SELECT refusal($$SELECT * FROM health_dp.suppress_table('SELECT place, n + (place = ''T2'')::int AS n FROM counted WHERE place IS NOT NULL', '{place}', '{n}', policy => 'pcornet',
    hierarchies => '{"in_region, in_territory"}') AS t(place text, n int, hidden boolean)$$);
SELECT refusal($$SELECT * FROM health_dp.suppress_tables('{"policy": "pcornet", "dimensions": [{"name": "place", "hierarchy": ["in_region", "in_territory"]}],
    "measures": [{"name": "n"}], "tables": [
    {"name": "regions", "dimensions": ["place"], "query": "SELECT region AS place, sum(n) AS n FROM dep GROUP BY ROLLUP (region)"},
    {"name": "territories", "dimensions": ["place"], "query": "SELECT territory AS place, sum(n) AS n FROM dep GROUP BY ROLLUP (territory)"}]}')$$);

-- The same codes under two names are found by their numbers.
SELECT refusal($$SELECT * FROM health_dp.suppress_tables('{"policy": "pcornet", "dimensions": [{"name": "place", "hierarchy": "in_region"}, {"name": "seat", "hierarchy": "in_territory"}],
    "measures": [{"name": "n"}], "tables": [
    {"name": "regions", "dimensions": ["place"], "query": "SELECT coalesce(dep, region) AS place, sum(n) AS n FROM dep GROUP BY GROUPING SETS ((dep), (region), ())"},
    {"name": "territories", "dimensions": ["seat"], "query": "SELECT coalesce(dep, territory) AS seat, sum(n) AS n FROM dep GROUP BY GROUPING SETS ((dep), (territory), ())"}]}')$$);
SELECT count(*) FROM health_dp.suppress_tables($${"policy": "pcornet", "dimensions": [{"name": "sex"}, {"name": "treated"}], "measures": [{"name": "n"}], "tables": [
    {"name": "sexes", "dimensions": ["sex"], "query": "SELECT * FROM (VALUES ('1', 40), ('2', 50), (NULL, 90)) AS t(sex, n)"},
    {"name": "treatments", "dimensions": ["treated"], "query": "SELECT * FROM (VALUES ('1', 39), ('2', 51), (NULL, 90)) AS t(treated, n)"}]}$$);

SET client_min_messages = warning;
DROP SCHEMA regress_hierarchies CASCADE;
