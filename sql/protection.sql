-- Walls around protected tables: what protect() refuses, what it puts up, and what that keeps out.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS health_dp;
RESET client_min_messages;
CREATE SCHEMA regress_protection;
SET search_path = regress_protection;
CREATE ROLE regress_steward LOGIN IN ROLE health_dp_steward;
CREATE ROLE regress_auditor LOGIN IN ROLE health_dp_auditor;
CREATE ROLE regress_owner;
CREATE ROLE regress_eve LOGIN;
CREATE ROLE regress_loader LOGIN BYPASSRLS;
GRANT regress_owner TO regress_steward;
GRANT USAGE, CREATE ON SCHEMA regress_protection TO PUBLIC;
\getenv srcdir PG_ABS_SRCDIR
\set refusal :srcdir /sql/include/refusal.psql
\i :refusal
SET ROLE regress_owner;
CREATE TABLE patient (patient_id bigint PRIMARY KEY, age integer);
CREATE TABLE region (code text PRIMARY KEY);
CREATE TABLE stay (stay_id integer PRIMARY KEY, patient_id bigint REFERENCES patient, region text REFERENCES region);
CREATE TABLE line (stay_id integer REFERENCES stay, "Drug Code" text);
CREATE TABLE claim (patient_id bigint, year integer, amount numeric) PARTITION BY RANGE (year);
CREATE TABLE claim_2024 PARTITION OF claim FOR VALUES FROM (2024) TO (2025);
CREATE TABLE claim_later PARTITION OF claim FOR VALUES FROM (2025) TO (MAXVALUE) PARTITION BY RANGE (year);
CREATE TABLE claim_2025 PARTITION OF claim_later FOR VALUES FROM (2025) TO (2026);
CREATE TABLE old_stay (note text) INHERITS (stay);
INSERT INTO patient VALUES (1, 30), (2, 40);
RESET ROLE;

-- In the natural order of foreign keys, everything of one owner.
SET SESSION AUTHORIZATION regress_steward;
SELECT health_dp.protect('patient', 'patient_id');
SELECT refusal($$SELECT health_dp.protect_via('line', 'stay_id', 'stay', 'stay_id')$$) AS target_first;
SELECT health_dp.protect('stay', 'patient_id');
SELECT refusal($$SELECT health_dp.protect_via('line', 'stay_id', 'stay', 'stay_id')$$) AS target_with_children;
RESET SESSION AUTHORIZATION;
SELECT has_walls, relname FROM pg_class, health_dp.has_walls(oid) WHERE relname IN ('patient', 'stay', 'old_stay', 'line')
   AND relnamespace = 'regress_protection'::regnamespace ORDER BY relname;
DROP TABLE old_stay;
SET SESSION AUTHORIZATION regress_steward;
SELECT health_dp.protect_via('line', 'stay_id', 'stay', 'stay_id');
SELECT health_dp.protect('claim', 'patient_id');
SELECT * FROM health_dp.protected_tables ORDER BY relation::text;
SELECT c.relname, c.relrowsecurity, c.relforcerowsecurity, p.polname, p.polpermissive, p.polcmd, p.polroles,
       pg_get_expr(p.polqual, p.polrelid) AS using, pg_get_expr(p.polwithcheck, p.polrelid) AS with_check
  FROM pg_class c LEFT JOIN pg_policy p ON p.polrelid = c.oid
 WHERE c.relnamespace = 'regress_protection'::regnamespace AND c.relkind IN ('r', 'p') ORDER BY 1, 4;

-- What the walls keep out by themselves: without their labels the planner's side does not know these tables. The owner is
-- not above them, nor is an empty table an answer, nor a plan.
RESET SESSION AUTHORIZATION;
SECURITY LABEL FOR health_dp ON TABLE patient IS NULL;
SECURITY LABEL FOR health_dp ON TABLE line IS NULL;
SECURITY LABEL FOR health_dp ON TABLE stay IS NULL;
SECURITY LABEL FOR health_dp ON TABLE claim IS NULL;
SET SESSION AUTHORIZATION regress_steward;
SET ROLE regress_owner;
SELECT statement, refusal(statement) FROM (VALUES
    ('SELECT * FROM patient'), ('SELECT count(*) FROM stay'), ('SELECT FROM patient WHERE false'),
    ('SELECT FROM patient WHERE patient_id = -5'), ('EXPLAIN SELECT * FROM patient'), ('TABLE claim'), ('TABLE claim_2024'), ('TABLE claim_2025'), ('INSERT INTO patient VALUES (3, 3)'),
    ('UPDATE patient SET age = 1'), ('DELETE FROM patient'),
    ('INSERT INTO patient VALUES (1, 1) ON CONFLICT DO NOTHING'),
    ('SELECT * FROM patient FOR UPDATE'), ('MERGE INTO patient USING region ON true WHEN MATCHED THEN DELETE'),
    ('CREATE TABLE copy AS SELECT * FROM patient')) v(statement);
COPY patient TO STDOUT;
COPY claim_2024 TO STDOUT;
-- By psql's own command: versions of psql differ in what they make of the data that follow a COPY the server refused.
\copy patient FROM '/dev/null'
SET SESSION AUTHORIZATION regress_eve;
COPY patient TO STDOUT;
SELECT statement, refusal(statement) FROM (VALUES
    ('SELECT * FROM patient'), ('SELECT FROM patient WHERE false'), ('EXPLAIN SELECT * FROM claim_2025'),
    ('SELECT * FROM pg_stats WHERE tablename = ''patient'' AND 1 / (SELECT count(*) FROM regress_protection.stay) > 0'),
    ('CREATE TABLE mine (id bigint REFERENCES patient)')) v(statement);
SELECT refusal('SELECT health_dp.gate()');
-- Who got a GRANT natively meets the second wall; who may write meets it as well.
RESET SESSION AUTHORIZATION;
GRANT SELECT, INSERT ON patient TO regress_eve;
SET SESSION AUTHORIZATION regress_eve;
SELECT statement, refusal(statement) FROM (VALUES
    ('SELECT * FROM patient'), ('SELECT FROM patient WHERE false'), ('EXPLAIN SELECT * FROM patient'),
    ('INSERT INTO patient VALUES (3, 3)'), ('SET LOCAL row_security = off; SELECT * FROM patient')) v(statement);
-- With the labels the planner's side refuses in the same words, with the table's name.
RESET SESSION AUTHORIZATION;
SECURITY LABEL FOR health_dp ON TABLE patient IS 'protected(patient_id)';
SECURITY LABEL FOR health_dp ON TABLE stay IS 'protected(patient_id)';
SECURITY LABEL FOR health_dp ON TABLE claim IS 'protected(patient_id)';
SECURITY LABEL FOR health_dp ON TABLE line IS 'protected via (stay_id) to regress_protection.stay(stay_id)';
SET SESSION AUTHORIZATION regress_eve;
SELECT statement, refusal(statement) FROM (VALUES
    ('SELECT * FROM patient'), ('EXPLAIN SELECT * FROM line'), ('TABLE claim'), ('TABLE claim_2024'),
    ('INSERT INTO patient VALUES (3, 3)')) v(statement);
-- Later drift is for auditors to see.
SET SESSION AUTHORIZATION regress_auditor;
SELECT * FROM health_dp.exposures('patient');
SELECT refusal($$SELECT health_dp.protect('patient', 'patient_id')$$);
SET SESSION AUTHORIZATION regress_steward;
SELECT refusal($$SELECT health_dp.protect('patient', 'patient_id')$$);
RESET SESSION AUTHORIZATION;
REVOKE ALL ON patient FROM regress_eve;
-- Loading is for roles with BYPASSRLS; their privileges are no exposure.
GRANT SELECT, INSERT ON patient TO regress_loader;
SET SESSION AUTHORIZATION regress_loader;
INSERT INTO patient VALUES (3, 50);
COPY patient FROM STDIN;
4	60
\.
SELECT count(*) FROM patient;
SET SESSION AUTHORIZATION regress_steward;
SELECT count(*) FROM health_dp.exposures('patient');
SELECT health_dp.protect('patient', 'patient_id');

-- PostgreSQL's own statements for foreign keys run as the owner, and see what they need to.
RESET SESSION AUTHORIZATION;
BEGIN;
INSERT INTO stay VALUES (1, 1, NULL), (2, 2, NULL);
INSERT INTO line VALUES (1, 'B01AF02');
SELECT refusal('INSERT INTO stay VALUES (3, 99, NULL)');
SELECT refusal('DELETE FROM patient WHERE patient_id = 1');
ALTER TABLE stay DROP CONSTRAINT stay_patient_id_fkey,
    ADD FOREIGN KEY (patient_id) REFERENCES patient ON DELETE CASCADE ON UPDATE CASCADE;
UPDATE patient SET patient_id = 22 WHERE patient_id = 2;
SELECT stay_id, patient_id FROM stay ORDER BY stay_id;
DELETE FROM patient WHERE patient_id = 22;
SELECT stay_id, patient_id FROM stay ORDER BY stay_id;
ROLLBACK;
SET SESSION AUTHORIZATION regress_steward;

RESET SESSION AUTHORIZATION;
-- Parts that come after protect() are closed from their first moment, to whom they were granted as well.
SET ROLE regress_owner;
ALTER DEFAULT PRIVILEGES GRANT SELECT, INSERT ON TABLES TO regress_eve, PUBLIC;
CREATE TABLE claim_2019 PARTITION OF claim FOR VALUES FROM (2019) TO (2020);
CREATE TABLE claim_2018 (LIKE claim);
CREATE TABLE claim_old (LIKE claim) PARTITION BY RANGE (year);
CREATE TABLE claim_2017 PARTITION OF claim_old FOR VALUES FROM (2017) TO (2018);
CREATE TABLE stay_part () INHERITS (stay);
CREATE TABLE stay_late (LIKE stay);
ALTER DEFAULT PRIVILEGES REVOKE ALL ON TABLES FROM regress_eve, PUBLIC;
ALTER TABLE claim ATTACH PARTITION claim_2018 FOR VALUES FROM (2018) TO (2019);
ALTER TABLE claim ATTACH PARTITION claim_old FOR VALUES FROM (2016) TO (2018);
ALTER TABLE stay_late INHERIT stay;
RESET ROLE;
SELECT c.oid::regclass AS part, c.relrowsecurity, c.relforcerowsecurity, health_dp.protected_ancestor(c.oid)::regclass,
       has_table_privilege('regress_eve', c.oid, 'SELECT') AS granted
  FROM unnest('{claim_2019,claim_2018,claim_old,claim_2017,stay_part,stay_late,claim,region}'::regclass[]) t
  JOIN pg_class c ON c.oid = t ORDER BY 1;
INSERT INTO claim_2019 VALUES (1, 2019, 5);
INSERT INTO stay_part (stay_id, patient_id) VALUES (5, 5);
CREATE FUNCTION tried() RETURNS TABLE (statement text, answer text) LANGUAGE sql AS $$
    SELECT s, regress_protection.refusal(s) FROM unnest(ARRAY['TABLE claim_2019', 'TABLE claim_2017', 'TABLE stay_part',
        'SELECT count(*) FROM claim_2019', 'COPY claim_2019 TO ''/dev/null''', 'INSERT INTO stay_part (stay_id) VALUES (7)',
        'SELECT health_dp.declare_public(''claim_2019'')', 'SELECT health_dp.declare_public(''stay_part'')',
        'SECURITY LABEL FOR health_dp ON TABLE claim_2017 IS ''public''']) s
$$;
SET SESSION AUTHORIZATION regress_eve;
SELECT statement, split_part(answer, E'\n', 1) FROM tried();
COPY claim_2019 TO STDOUT;
RESET SESSION AUTHORIZATION;
SELECT statement, answer FROM tried() WHERE statement ~ 'public';
-- Where event triggers are off, what reads them refuses all the same; with them on, nobody but a superuser opens them.
ALTER TABLE claim_2019 NO FORCE ROW LEVEL SECURITY, DISABLE ROW LEVEL SECURITY;
SELECT relrowsecurity FROM pg_class WHERE oid = 'claim_2019'::regclass;
ALTER EVENT TRIGGER health_dp_close_parts DISABLE;
ALTER TABLE claim_2019 NO FORCE ROW LEVEL SECURITY, DISABLE ROW LEVEL SECURITY;
ALTER TABLE stay_part NO FORCE ROW LEVEL SECURITY, DISABLE ROW LEVEL SECURITY;
SET SESSION AUTHORIZATION regress_eve;
SELECT statement, split_part(answer, E'\n', 1) FROM tried();
COPY claim_2019 TO STDOUT;
COPY (TABLE claim_2019) TO STDOUT;
RESET SESSION AUTHORIZATION;
SELECT statement, answer FROM tried() WHERE statement ~ 'public';
-- Nor is there a way to hand its rows out from above.
ALTER EVENT TRIGGER health_dp_close_parts ENABLE ALWAYS;
CREATE TABLE above (LIKE stay);
CREATE TABLE claims (LIKE claim) PARTITION BY RANGE (year);
SELECT refusal('ALTER TABLE stay INHERIT above'), refusal('ALTER TABLE claims ATTACH PARTITION claim FOR VALUES FROM (1000) TO (9000)');
ALTER EVENT TRIGGER health_dp_close_parts DISABLE;
ALTER TABLE stay INHERIT above;
GRANT SELECT ON above TO regress_eve;
SET SESSION AUTHORIZATION regress_eve;
SELECT split_part(refusal('TABLE above'), E'\n', 1), refusal('TABLE ONLY above');
RESET SESSION AUTHORIZATION;
ALTER TABLE stay NO INHERIT above;
DROP TABLE above, claims;
-- What was public when it became a part is so no more.
CREATE TABLE free (LIKE claim);
SELECT health_dp.declare_public('free');
GRANT SELECT ON free TO regress_eve;
ALTER TABLE claim ATTACH PARTITION free FOR VALUES FROM (2000) TO (2001);
SET SESSION AUTHORIZATION regress_eve;
SELECT split_part(refusal('TABLE free'), E'\n', 1);
RESET SESSION AUTHORIZATION;
SELECT health_dp.protection('free'::regclass);
SELECT health_dp.undeclare_public('free');
ALTER EVENT TRIGGER health_dp_close_parts ENABLE ALWAYS;
DROP TABLE free, claim_2019, claim_2018, claim_old, stay_part, stay_late;
SET SESSION AUTHORIZATION regress_steward;

-- Walls that fell, or never stood around a new partition, are put up again; a half wall is none.
SET ROLE regress_owner;
CREATE TABLE claim_before PARTITION OF claim FOR VALUES FROM (2020) TO (2024);
SELECT walls FROM health_dp.protected_tables WHERE relation = 'claim'::regclass;
RESET ROLE;
SELECT health_dp.protect('claim', 'patient_id');
SELECT walls FROM health_dp.protected_tables WHERE relation = 'claim'::regclass;
SELECT change, refusal(change), health_dp.has_walls('patient'::regclass) AS walls,
       refusal($$SELECT health_dp.protect('patient', 'patient_id')$$) AS again,
       health_dp.has_walls('patient'::regclass) AS walls_again
  FROM (VALUES ('ALTER TABLE patient NO FORCE ROW LEVEL SECURITY'), ('ALTER TABLE patient DISABLE ROW LEVEL SECURITY'),
    ('DROP POLICY "health_dp gate" ON patient'),
    ('ALTER POLICY "health_dp gate" ON patient TO regress_eve'),
    ('ALTER POLICY "health_dp gate" ON patient USING (true)'),
    ('ALTER POLICY "health_dp gate" ON patient WITH CHECK (true)'),
    ('DROP POLICY "health_dp gate" ON patient;
      CREATE POLICY "health_dp gate" ON patient USING (health_dp.gate()) WITH CHECK (health_dp.gate())'),
    ('DROP POLICY "health_dp gate" ON patient;
      CREATE POLICY "health_dp gate" ON patient AS RESTRICTIVE FOR UPDATE
          USING (health_dp.gate()) WITH CHECK (health_dp.gate())')) v(change);
SELECT health_dp.has_walls(0), health_dp.has_walls('pg_class'::regclass);

-- Ways around the walls, each refused by name.
RESET SESSION AUTHORIZATION;
CREATE FUNCTION exposed(setup text, cleanup text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE answer text;
BEGIN
    EXECUTE setup;
    SET LOCAL SESSION AUTHORIZATION regress_steward;
    answer := regress_protection.refusal($q$SELECT health_dp.protect('regress_protection.visit', 'patient_id')$q$);
    RESET SESSION AUTHORIZATION;
    EXECUTE cleanup;
    RETURN answer;
END
$$;
SET ROLE regress_owner;
CREATE TABLE visit (visit_id integer PRIMARY KEY, patient_id bigint, region text);
CREATE TABLE visit_child () INHERITS (visit);
RESET ROLE;
CREATE FUNCTION spy() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
ALTER FUNCTION spy() OWNER TO regress_eve;
SELECT exposed('GRANT SELECT ON visit TO regress_eve', 'REVOKE ALL ON visit FROM regress_eve');
SELECT exposed('GRANT SELECT (region), UPDATE (region) ON visit_child TO regress_eve', 'REVOKE ALL ON visit_child FROM regress_eve');
SELECT exposed('CREATE VIEW reader AS SELECT * FROM visit; ALTER VIEW reader OWNER TO regress_loader', 'DROP VIEW reader');
SELECT exposed('CREATE VIEW inner_view WITH (security_invoker) AS SELECT * FROM visit;
                CREATE VIEW outer_view AS SELECT count(*) FROM inner_view; ALTER VIEW outer_view OWNER TO regress_loader',
               'DROP VIEW outer_view, inner_view');
SELECT exposed('CREATE MATERIALIZED VIEW copied AS SELECT * FROM visit_child; ALTER MATERIALIZED VIEW copied OWNER TO regress_loader', 'DROP MATERIALIZED VIEW copied');
SELECT exposed('CREATE TABLE other (x int); ALTER TABLE other OWNER TO regress_loader;
                CREATE RULE leak AS ON INSERT TO other DO ALSO INSERT INTO other SELECT 1 FROM visit', 'DROP TABLE other');
SELECT exposed('CREATE FOREIGN DATA WRAPPER elsewhere; CREATE SERVER elsewhere FOREIGN DATA WRAPPER elsewhere;
                CREATE FOREIGN TABLE visit_elsewhere () INHERITS (visit) SERVER elsewhere;
                ALTER FOREIGN TABLE visit_elsewhere OWNER TO regress_owner', 'DROP FOREIGN DATA WRAPPER elsewhere CASCADE');
SELECT exposed('CREATE RULE own AS ON INSERT TO visit DO ALSO NOTHING', 'DROP RULE own ON visit');
SELECT exposed('CREATE TRIGGER spy BEFORE INSERT ON visit_child FOR EACH ROW EXECUTE FUNCTION spy()',
               'DROP TRIGGER spy ON visit_child');
SELECT exposed('CREATE TABLE outside (v integer REFERENCES visit); ALTER TABLE outside OWNER TO regress_eve', 'DROP TABLE outside');
SELECT exposed('CREATE TABLE outside (v integer REFERENCES visit); ALTER TABLE outside OWNER TO regress_owner;
                GRANT INSERT ON outside TO PUBLIC', 'DROP TABLE outside');
SELECT exposed('GRANT DELETE ON region TO regress_eve; ALTER TABLE visit ADD CONSTRAINT to_region FOREIGN KEY (region) REFERENCES region',
               'REVOKE ALL ON region FROM regress_eve; ALTER TABLE visit DROP CONSTRAINT to_region');
SELECT exposed('CREATE TABLE parent (patient_id bigint); ALTER TABLE visit INHERIT parent',
               'ALTER TABLE visit NO INHERIT parent; DROP TABLE parent');
-- And what is none: PUBLIC's privileges go, invoker views read with their reader's, keys only the owner can try.
SELECT exposed('GRANT ALL ON visit, visit_child TO PUBLIC; CREATE VIEW reader WITH (security_invoker = on) AS SELECT * FROM visit;
                CREATE TABLE inside (v integer REFERENCES visit); ALTER TABLE inside OWNER TO regress_owner;
                GRANT SELECT ON inside TO PUBLIC', 'DROP TABLE inside; DROP VIEW reader');
SELECT DISTINCT c.relname, a.grantee::regrole FROM pg_class c, aclexplode(c.relacl) a
 WHERE c.oid IN ('visit'::regclass, 'visit_child'::regclass) ORDER BY 1;

-- Whoever could read a table put views over it and kept copies. Nobody needs him: views read nothing any more, and copies
-- are reported.
SET ROLE regress_owner;
CREATE TABLE ward (ward_id integer PRIMARY KEY, patient_id bigint);
INSERT INTO ward VALUES (1, 1);
CREATE VIEW ward_of_owner AS SELECT * FROM ward;
GRANT SELECT ON ward, ward_of_owner TO regress_eve;
SET SESSION AUTHORIZATION regress_eve;
CREATE VIEW seen AS SELECT * FROM ward;
CREATE VIEW handed_on WITH (security_invoker = on) AS SELECT * FROM ward;
CREATE VIEW seen_through AS SELECT * FROM handed_on;
CREATE MATERIALIZED VIEW kept AS SELECT * FROM seen;
CREATE TABLE trap (x integer);
CREATE RULE trap AS ON INSERT TO trap DO ALSO SELECT * FROM ward;
GRANT SELECT ON seen, seen_through, kept TO PUBLIC;
RESET SESSION AUTHORIZATION;
REVOKE SELECT ON ward FROM regress_eve;
SET SESSION AUTHORIZATION regress_steward;
SELECT health_dp.protect('ward', 'patient_id');
SELECT * FROM health_dp.readers('ward') ORDER BY reader::text;
SELECT * FROM health_dp.exposures('ward');
SELECT refusal('DROP MATERIALIZED VIEW kept');
RESET SESSION AUTHORIZATION;
-- With the privilege again, too, and for those whom nothing holds.
GRANT SELECT ON ward TO regress_eve;
SELECT r AS reader, refusal(format('SET LOCAL ROLE %s; %s', r, q)) FROM (VALUES ('regress_eve'), ('regress_loader'), ('regress_owner')) v (r),
    (VALUES ('TABLE seen'), ('TABLE seen_through'), ('TABLE ward_of_owner')) w (q);
SET SESSION AUTHORIZATION regress_eve;
SELECT refusal('INSERT INTO trap VALUES (1)');
SELECT count(*) AS copied FROM kept;
SELECT refusal('REFRESH MATERIALIZED VIEW kept');
RESET SESSION AUTHORIZATION;
REVOKE SELECT ON ward FROM regress_eve;
-- A stranger who gets the right to pass by the walls takes his views with him.
ALTER ROLE regress_eve BYPASSRLS;
SELECT exposure, blocks FROM health_dp.exposures('ward') ORDER BY exposure COLLATE "C";
ALTER ROLE regress_eve NOBYPASSRLS;
DROP MATERIALIZED VIEW kept;
DROP VIEW seen, seen_through, handed_on, ward_of_owner;
DROP TABLE trap;
-- A stranger's foreign key would go on asking; the table's owner takes it away.
GRANT REFERENCES ON visit TO regress_eve;
SET SESSION AUTHORIZATION regress_eve;
CREATE TABLE asked (v integer REFERENCES visit);
SET SESSION AUTHORIZATION regress_steward;
REVOKE REFERENCES ON visit FROM regress_eve;
SELECT refusal($$SELECT health_dp.protect('visit', 'patient_id')$$);
SET client_min_messages = warning;
ALTER TABLE visit DROP CONSTRAINT visit_pkey CASCADE, ADD PRIMARY KEY (visit_id);
RESET client_min_messages;
SELECT health_dp.protect('visit', 'patient_id');
RESET SESSION AUTHORIZATION;
DROP TABLE asked, ward;

-- Bad input.
SET SESSION AUTHORIZATION regress_steward;
SELECT call, refusal('SELECT health_dp.' || call) FROM (VALUES
    ($$protect('nowhere', 'patient_id')$$), ($$protect(NULL, 'patient_id')$$), ($$protect('visit', NULL)$$),
    ($$protect('visit', 'nothing')$$), ($$protect('visit', 'ctid')$$), ($$protect('visit_child', 'patient_id')$$),
    ($$protect('visit_pkey', 'visit_id')$$),
    ($$protect_via('line', NULL, 'stay', 'stay_id')$$), ($$protect_via('line', 'stay_id', NULL, 'stay_id')$$),
    ($$protect_via('line', 'stay_id, "Drug Code"', 'stay', 'stay_id')$$),
    ($$protect_via('line', '"Drug Code"', 'stay', 'stay_id')$$),
    ($$protect_via('line', 'stay_id', 'stay', 'patient_id')$$),
    ($$protect_via('line', 'stay_id) to regress_protection.stay(stay_id', 'region', 'code')$$),
    ($$protect_via('line', 'stay_id'';SELECT', 'stay', 'stay_id')$$),
    ($$protect_via('line', 'stay_id', 'line', 'stay_id')$$),
    ($$unprotect('region')$$), ($$unprotect(NULL)$$), ($$declare_public('patient')$$), ($$declare_public('claim_2024')$$),
    ($$unprotect('stay')$$)) v(call);
SELECT health_dp.protect_via('line', ARRAY['stay_id']::name[], 'stay', ARRAY['stay_id']::name[]);
SELECT protection FROM health_dp.protected_tables WHERE relation = 'line'::regclass;

-- Taking protection away: not while it is used, and the owner's own policies stay.
SELECT health_dp.create_project('regress_unprotect', 't', 'b', '[2020-01-01,2999-01-01)', 1) > 0 AS ok;
SELECT health_dp.grant_table('regress_unprotect', 'line', $$"Drug Code" = 'B01AF02'$$);
SELECT refusal($$SELECT health_dp.unprotect('line')$$);
SELECT health_dp.revoke_table('regress_unprotect', 'line');
SELECT health_dp.unprotect('line');
SELECT health_dp.unprotect('claim');
SELECT count(*) FROM pg_policy WHERE polrelid IN (SELECT health_dp.family('claim'::regclass));
SET ROLE regress_owner;
CREATE POLICY own ON patient FOR SELECT USING (age > 35);
RESET ROLE;
SET client_min_messages = warning;
SELECT health_dp.unprotect('stay');
SELECT health_dp.unprotect('patient');
RESET client_min_messages;
SELECT relname, relrowsecurity, relforcerowsecurity FROM pg_class WHERE oid IN ('patient'::regclass, 'stay'::regclass,
    'claim_2025'::regclass) ORDER BY 1;
SET ROLE regress_owner;
SELECT count(*) FROM patient;
SELECT count(*) FROM stay;

RESET SESSION AUTHORIZATION;
SET client_min_messages = warning;
DROP SCHEMA regress_protection CASCADE;
DELETE FROM health_dp.project WHERE name = 'regress_unprotect';
DROP ROLE regress_steward, regress_auditor, regress_owner, regress_eve, regress_loader;
