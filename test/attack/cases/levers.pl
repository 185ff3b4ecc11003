# Levers and windows that worked once: code of one's own inside a release, errors and messages that only some rows cause,
# settings and contexts of the session. Each stands for its kind.
use strict;
use warnings;

[
    { name => 'LIMIT and OFFSET of set operations call nobody\'s function', clause => 'C18', refused => 'ZD004', errors => 7, charged => 1, twins => 1,
      sql => <<'SQL' },
CREATE FUNCTION pg_temp.f() RETURNS bigint LANGUAGE plpgsql VOLATILE AS $$BEGIN RAISE NOTICE 'CALLED'; RETURN 100; END$$;
SET enable_hashjoin = off; SET enable_mergejoin = off; SET enable_material = off; SET enable_memoize = off; SET max_parallel_workers_per_gather = 0;
SELECT dp_count(*) FROM care.stay s LEFT JOIN (SELECT region FROM ref.region UNION ALL SELECT 'x' LIMIT pg_temp.f()) r ON s.region = r.region WHERE s.patient_id = :id;
SELECT dp_count(*) FROM care.stay s LEFT JOIN (SELECT region FROM ref.region UNION ALL SELECT 'x' OFFSET pg_temp.f()) r ON s.region = r.region WHERE s.patient_id = :id;
SELECT dp_count(*) FROM care.stay s WHERE CASE WHEN s.patient_id = :id THEN EXISTS (SELECT 1 FROM ref.region UNION ALL SELECT 2 LIMIT pg_temp.f()) ELSE false END;
SELECT dp_count(*) FROM care.stay s WHERE CASE WHEN s.patient_id = :id THEN s.nights IN (SELECT n FROM ref.number EXCEPT SELECT 2 OFFSET pg_temp.f()) ELSE false END;
SELECT dp_count(*) FROM care.stay s LEFT JOIN (SELECT region FROM ref.region INTERSECT SELECT 'ARA' LIMIT (SELECT n FROM ref.number)) r ON s.region = r.region WHERE s.patient_id = :id;
SELECT dp_count(*) FROM care.stay s LEFT JOIN (SELECT region FROM ref.region UNION ALL (SELECT 'x' UNION SELECT 'y' LIMIT pg_temp.f())) r ON s.region = r.region WHERE s.patient_id = :id;
SELECT dp_count(*) FROM care.stay s LEFT JOIN (WITH w AS (SELECT region FROM ref.region UNION SELECT 'x' LIMIT pg_temp.f()) SELECT * FROM w) r ON s.region = r.region WHERE s.patient_id = :id;
SELECT dp_count(*) FROM care.stay s WHERE CASE WHEN s.patient_id = :id THEN EXISTS (SELECT 1 FROM ref.region LIMIT (SELECT max(n) FROM ref.number)) ELSE false END;
SQL
    # What depends on no row of the release is computed before it, once, whoever is there: so is its error.
    { name => 'LIMIT and OFFSET below 0, or of a parameter', clause => 'C18', refused => ['ZD004', '2201W'], errors => 5, twins => 1,
      sql => <<'SQL' },
SELECT dp_count(*) FROM care.stay s WHERE CASE WHEN patient_id = :id THEN EXISTS (SELECT 1 FROM ref.region LIMIT -1) ELSE false END;
SELECT dp_count(*) FROM care.stay s WHERE CASE WHEN patient_id = :id THEN s.region IN (SELECT region FROM ref.region OFFSET -1) ELSE false END;
SELECT dp_count(*) FROM care.stay s WHERE CASE WHEN patient_id = :id THEN s.region IN (SELECT region FROM ref.region UNION SELECT 'x' OFFSET -1) ELSE false END;
SELECT dp_count(*) FROM care.stay s WHERE CASE WHEN patient_id = :id THEN s.nights IN (SELECT n FROM ref.number LIMIT 1 - pg_backend_pid()) ELSE false END;
SET plan_cache_mode = force_generic_plan; PREPARE p(bigint) AS SELECT dp_count(*) FROM care.stay s WHERE CASE WHEN patient_id = :id THEN EXISTS (SELECT 1 FROM ref.region LIMIT $1) ELSE false END; EXECUTE p(-1);
SQL
    { name => 'exit_on_error takes messages past the constant one', clause => 'C18', refused => 'ZD006', errors => 1,
      sql => "SET exit_on_error = on; SELECT dp_count(*) FROM care.stay WHERE patient_id = 4711 AND btrim(left(repeat('x', 141000000), 140000000 + nights)) = 'b';" },
    { name => 'exit_on_error switched on between DECLARE and FETCH', clause => 'C18', refused => 'ZD006', errors => 1,
      sql => 'BEGIN; DECLARE c CURSOR FOR SELECT dp_count(*) FROM care.stay; SET exit_on_error = on; FETCH c;' },
    # All releases of a statement are answered before its first row.
    { name => 'exit_on_error switched on between two releases of a statement', clause => 'C18', charged => 1, lines => qr/\Af\nf\n\z/,
      sql => 'BEGIN; DECLARE c CURSOR FOR SELECT dp_count(*) IS NULL FROM care.stay UNION ALL SELECT dp_count(*) IS NULL FROM care.patient; FETCH c; SET exit_on_error = on; FETCH c;' },
    { name => 'exit_on_error and a suppressed release', clause => 'C18', refused => 'ZD006', errors => 1,
      prepare => "SELECT health_dp.create_project('sc_exit', title => 'Exact', legal_basis => 'none', valid => '[2020-01-01,2100-01-01)', epsilon => 1, delta => 0.1, releases => '{suppressed}'), health_dp.grant_table('sc_exit', 'care.stay'), health_dp.add_member('sc_exit', 'alice')",
      sql => "SET health_dp.project = 'sc_exit'; SET exit_on_error = on; SELECT sc_count(DISTINCT patient_id) FROM care.stay WHERE nights > 70;" },
    # Triggers that ON DELETE CASCADE fires run in the security context of the foreign key.
    { name => 'in a trigger of one\'s own that a foreign key fires', clause => 'C19', charged => 1,
      sql => <<'SQL', lines => qr/\A\n(ZD006\nZD006\nZD002\nZD002\nZD006\nanswered\n)\z/ },
CREATE TEMP TABLE pk (a integer PRIMARY KEY); CREATE TEMP TABLE fk (a integer REFERENCES pk ON DELETE CASCADE); CREATE TEMP TABLE seen (i serial, state text);
INSERT INTO pk VALUES (1); INSERT INTO fk VALUES (1);
CREATE FUNCTION pg_temp.attempt(printed boolean, statement text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE state text := 'answered';
BEGIN
    PERFORM set_config('client_min_messages', CASE WHEN printed THEN 'log' ELSE 'notice' END, false), set_config('debug_print_plan', printed::text, false);
    BEGIN EXECUTE statement; EXCEPTION WHEN OTHERS THEN state := SQLSTATE; END;
    PERFORM set_config('debug_print_plan', 'off', false), set_config('client_min_messages', 'notice', false);
    INSERT INTO pg_temp.seen (state) VALUES (state);
END$$;
CREATE FUNCTION pg_temp.trg() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN
    PERFORM pg_temp.attempt(true, 'SELECT health_dp.dp_count(*) FROM care.stay WHERE cost > 400');
    PERFORM pg_temp.attempt(true, 'SELECT health_dp.dp_count(*) FROM care.stay');
    PERFORM pg_temp.attempt(true, 'SELECT 1 FROM care.stay WHERE cost > 400');
    PERFORM pg_temp.attempt(true, 'SELECT 1 FROM ONLY care.patient x WHERE patient_id = 4711 FOR KEY SHARE OF x');
    PERFORM pg_temp.attempt(false, 'EXPLAIN SELECT health_dp.dp_count(*) FROM care.stay WHERE cost > 400');
    PERFORM pg_temp.attempt(false, 'SELECT health_dp.dp_count(*) FROM care.stay');
    RETURN OLD;
END$$;
CREATE TRIGGER t BEFORE DELETE ON fk FOR EACH ROW EXECUTE FUNCTION pg_temp.trg();
DELETE FROM pk;
SELECT NULL;
SELECT state FROM seen ORDER BY i;
SQL
    # It warns when a row first reaches it, once in a session.
    { name => 'a collation of one\'s own with a version of one\'s own', clause => 'C18', refused => ['ZD004', 'ZD306'], errors => 14,
      prepare => "SET ROLE alice; CREATE COLLATION public.own_c0 (provider = icu, locale = 'und', version = '0')", cleanup => 'DROP COLLATION public.own_c0',
      sql => <<'SQL' },
SELECT dp_count(*) FROM care.stay WHERE CASE WHEN patient_id = 4711 THEN lower(nights::text COLLATE own_c0) = 'x' ELSE false END;
SELECT dp_count(*) FROM care.stay WHERE CASE WHEN patient_id = 4711 THEN dx < 'x' COLLATE own_c0 ELSE false END;
SELECT dp_count(*) FROM care.stay WHERE CASE WHEN patient_id = 4711 THEN dx IN ('x' COLLATE own_c0, 'y') ELSE false END;
SELECT dp_count(*) FROM care.stay WHERE CASE WHEN patient_id = 4711 THEN greatest(dx, 'x' COLLATE own_c0) IS NULL ELSE false END;
SELECT dp_count(*) FROM care.stay WHERE CASE WHEN patient_id = 4711 THEN nullif(dx, 'x' COLLATE own_c0) IS NULL ELSE false END;
SELECT dp_count(*) FROM care.stay WHERE CASE WHEN patient_id = 4711 THEN coalesce(dx COLLATE own_c0, 'x') LIKE 'x%' ELSE false END;
SELECT dp_count(*) FROM (SELECT patient_id, max(dx COLLATE own_c0) AS x FROM care.stay GROUP BY patient_id) q WHERE x IS NULL;
SELECT dp_count(*) FROM (SELECT DISTINCT patient_id, dx COLLATE own_c0 FROM care.stay) q;
SELECT dp_count(*) FROM (SELECT patient_id FROM care.stay GROUP BY patient_id, dx COLLATE own_c0) q;
SELECT dp_count(*) FROM care.stay GROUP BY dx COLLATE own_c0;
SELECT dp_count(*) FROM care.stay s WHERE CASE WHEN patient_id = 4711 THEN s.region IN (SELECT region FROM ref.region ORDER BY region COLLATE own_c0 LIMIT 1) ELSE false END;
SELECT dp_count(*) FROM care.stay s WHERE CASE WHEN patient_id = 4711 THEN s.region IN (SELECT region COLLATE own_c0 FROM ref.region UNION SELECT 'x') ELSE false END;
SELECT dp_count(*) FROM care.stay s LEFT JOIN (VALUES ('a' COLLATE own_c0), ('b')) v(x) ON s.dx = v.x WHERE s.patient_id = 4711;
SELECT dp_sum(CASE WHEN dx COLLATE own_c0 < 'x' THEN 1 ELSE 0 END, 0, 1) FROM care.stay WHERE patient_id = 4711;
SQL
    { name => 'functions and operators without a definite collation', clause => 'C18', refused => 'ZD004', errors => 4,
      sql => <<'SQL' },
SELECT dp_count(*) FROM (SELECT patient_id, nights::text COLLATE "C" AS x, region COLLATE "POSIX" AS y FROM care.stay) s WHERE CASE WHEN patient_id = 4711 THEN greatest(x, y) IS NULL ELSE false END;
SELECT dp_count(*) FROM (SELECT patient_id, nights::text COLLATE "C" AS x, region COLLATE "POSIX" AS y FROM care.stay) s WHERE CASE WHEN patient_id = 4711 THEN least(x, y) = 'x' COLLATE "C" ELSE false END;
SELECT dp_count(*) FROM (SELECT patient_id, nights::text COLLATE "C" AS x, region COLLATE "POSIX" AS y FROM care.stay) s WHERE CASE WHEN patient_id = 4711 THEN x = ANY (ARRAY[y]) ELSE false END;
SELECT dp_count(*) FROM (SELECT patient_id, nights::text COLLATE "C" AS x, region COLLATE "POSIX" AS y FROM care.stay) s WHERE CASE WHEN patient_id = 4711 THEN x < ALL (ARRAY[y, 'z']) ELSE false END;
SQL
    # CURRENT_SCHEMA makes the temporary schema when it is first asked for.
    # A temporary schema comes to be when the session computes the value, and not where a row meets it.
    { name => 'names that the session gives', clause => 'C18', charged => 7, twins => 1,
      sql => <<'SQL', lines => qr/^exact\|t\n\z/m },
SET search_path = pg_temp, public, health_dp;
SELECT dp_count(*) FROM care.stay WHERE CASE WHEN patient_id = :id THEN current_schema = 'x' ELSE false END;
SELECT dp_count(*) FROM care.stay WHERE CASE WHEN patient_id = :id THEN dx = current_user ELSE false END;
SELECT dp_count(*) FROM care.stay WHERE CASE WHEN patient_id = :id THEN dx = session_user ELSE false END;
SELECT dp_count(*) FROM care.stay WHERE CASE WHEN patient_id = :id THEN dx = user ELSE false END;
SELECT dp_count(*) FROM care.stay WHERE CASE WHEN patient_id = :id THEN dx = current_role ELSE false END;
SELECT dp_count(*) FROM care.stay WHERE CASE WHEN patient_id = :id THEN dx = current_catalog ELSE false END;
SELECT dp_count(*) FROM care.stay s WHERE CASE WHEN patient_id = :id THEN EXISTS (SELECT 1 FROM ref.region WHERE region = current_schema) ELSE false END;
SELECT 'exact', pg_my_temp_schema() <> 0;
SQL
    { name => 'the transaction\'s clock may be asked', clause => 'C18', charged => 2,
      sql => <<'SQL', lines => qr/\At\nt\n\z/ },
SELECT dp_count(*) IS NOT NULL FROM care.patient WHERE birth < CURRENT_DATE AND birth < CURRENT_TIMESTAMP AND birth < LOCALTIMESTAMP(0);
SELECT dp_count(*) IS NOT NULL FROM care.patient WHERE birth < CURRENT_TIMESTAMP(3) AND CASE WHEN birth < LOCALTIMESTAMP THEN LOCALTIME > LOCALTIME(0) ELSE true END;
SQL
    { name => 'a failure behind a savepoint that is younger than its charge', clause => 'C20', charged => 1, refused => 'ZD007', errors => 1,
      prepare => "SELECT health_dp.limit_room('study', memory_mb => 1, temp_mb => 1)", cleanup => "SELECT health_dp.limit_room('study')",
      ledger => "SELECT count(failed_at) = 1 FROM health_dp.ledger_charge WHERE query LIKE '%one younger than the charge%'",
      sql => <<'SQL', lines => qr/\A\z/ },
BEGIN;
DECLARE c CURSOR FOR SELECT dp_count(*) IS NULL FROM care.patient UNION ALL SELECT dp_count(*) IS NULL FROM care.stay JOIN ref.number ON true WHERE patient_id < 200 /* one younger than the charge */;
SAVEPOINT a; FETCH 1 FROM c; ROLLBACK TO a; COMMIT;
SQL
    { name => 'a suppressed release refused after its charge, behind a savepoint', clause => 'C20', exact => 1, refused => 'ZD723', errors => 1,
      prepare => "SELECT health_dp.create_project('sc_savepoint', title => 'Exact', legal_basis => 'none', valid => '[2020-01-01,2100-01-01)', epsilon => 1, delta => 0.1, releases => '{suppressed}'), health_dp.grant_table('sc_savepoint', 'care.stay'), health_dp.add_member('sc_savepoint', 'alice')",
      cleanup => "UPDATE care.stay SET region = 'IDF' WHERE stay_id = 28655",
      ledger => "SELECT count(failed_at) = 1 FROM health_dp.ledger_charge WHERE query LIKE '%a refusal that counts%'",
      sql => "SET health_dp.project = 'sc_savepoint'; SELECT FROM (SELECT region, sc_count(*) FROM care.stay GROUP BY region) r;\n"
        . qq{\\! psql -Xq -d postgres -c "UPDATE care.stay SET region = 'ARA' WHERE stay_id = 28655" >/dev/null\n}
        . "BEGIN; DECLARE c CURSOR FOR SELECT 1 FROM ref.region UNION ALL SELECT sc_count(*) FROM care.stay UNION ALL SELECT sc_count(*) FROM care.stay GROUP BY region /* a refusal that counts */;\n"
        . "FETCH 3 FROM c; SAVEPOINT a; FETCH 1 FROM c; ROLLBACK TO a; COMMIT;\n" },
    { name => 'labels on a table of one\'s own', clause => 'C15', refused => '42501', errors => 6,
      prepare => 'SET ROLE alice; CREATE TABLE public.own_labelled (a integer)', cleanup => 'DROP TABLE public.own_labelled',
      sql => <<'SQL' },
SECURITY LABEL FOR health_dp ON TABLE own_labelled IS 'public';
SECURITY LABEL FOR health_dp ON TABLE own_labelled IS 'protected(a)';
SECURITY LABEL FOR health_dp ON TABLE own_labelled IS NULL;
SECURITY LABEL FOR health_dp ON COLUMN own_labelled.a IS 'bounds [0, 1]';
SELECT health_dp.declare_public('own_labelled');
CREATE TEMP TABLE own_temporary (a integer); SECURITY LABEL FOR health_dp ON TABLE own_temporary IS 'public';
SQL
    # Exact counts before and after a change of it; pages that were pruned where a protected row led.
    { name => 'public tables that the asker can change', clause => 'C1', refused => 'ZD005', errors => 10,
      prepare => <<'SQL', cleanup => 'DROP TABLE public.own_range; DROP SCHEMA own_ref CASCADE; DROP TABLE ref.written, ref.columned, ref.child, ref.parent, ref.triggered; REVOKE own_group FROM alice; DROP TABLE ref.of_group; DROP ROLE own_group',
CREATE SCHEMA own_ref AUTHORIZATION alice; CREATE TABLE own_ref.t (n integer); GRANT SELECT ON own_ref.t TO alice;
CREATE TABLE public.own_range (n integer); ALTER TABLE public.own_range OWNER TO alice;
CREATE TABLE ref.written (n integer); GRANT SELECT, DELETE ON ref.written TO alice;
CREATE TABLE ref.columned (n integer, m integer); GRANT SELECT, UPDATE (m) ON ref.columned TO PUBLIC;
CREATE TABLE ref.triggered (n integer); GRANT SELECT, TRIGGER ON ref.triggered TO alice;
CREATE TABLE ref.parent (n integer); CREATE TABLE ref.child () INHERITS (ref.parent); GRANT SELECT ON ref.parent TO alice; GRANT INSERT ON ref.child TO alice;
CREATE ROLE own_group; GRANT own_group TO alice; CREATE TABLE ref.of_group (n integer); ALTER TABLE ref.of_group OWNER TO own_group;
SELECT health_dp.declare_public(t) FROM unnest('{own_ref.t,own_range,ref.written,ref.columned,ref.triggered,ref.parent,ref.of_group}'::regclass[]) t;
SELECT health_dp.create_project('sc_own', title => 'Exact', legal_basis => 'none', valid => '[2020-01-01,2100-01-01)', epsilon => 1, delta => 0.1, releases => '{suppressed}'), health_dp.grant_table('sc_own', 'care.stay'), health_dp.add_member('sc_own', 'alice');
SQL
      sql => <<'SQL' },
SELECT dp_count(*) FROM care.stay JOIN own_ref.t ON n = nights;
SELECT dp_count(*) FROM care.stay JOIN own_range ON n = nights;
SELECT dp_count(*) FROM care.stay LEFT JOIN ref.written ON n = nights;
SELECT dp_count(*) FROM care.stay WHERE nights IN (SELECT n FROM ref.columned);
SELECT dp_count(*) FROM care.stay JOIN ref.triggered ON n = nights;
SELECT dp_count(*) FROM care.stay JOIN ref.parent ON n = nights;
SELECT dp_count(*) FROM care.stay JOIN ref.of_group ON n = nights;
SET health_dp.project = 'sc_own';
SELECT sc_count(DISTINCT s.patient_id) FROM care.stay s JOIN own_range ON s.nights < n;
SELECT sc_count(DISTINCT s.patient_id) FROM care.stay s WHERE s.nights IN (SELECT n FROM ref.written);
SET ROLE own_group; RESET health_dp.project; RESET ROLE; SELECT dp_count(*) FROM care.stay WHERE nights IN (SELECT n FROM ref.of_group);
SQL
    { name => 'constants that take much memory where a row has them', clause => 'C18', refused => 'ZD004', errors => 6,
      sql => <<'SQL' },
SELECT dp_count(*) FROM care.stay WHERE btrim(CASE WHEN patient_id = 4711 THEN repeat('x', 140000000) ELSE 'a' END) = 'b';
SELECT dp_count(*) FROM care.stay WHERE lower(CASE WHEN patient_id = 4711 THEN repeat('x', 270000000) ELSE 'a' END) = 'x';
SELECT dp_count(*) FROM care.stay WHERE (CASE WHEN patient_id = 4711 THEN repeat('x', 270000000) ELSE 'a' END) ILIKE '%y%';
SELECT dp_count(*) FROM care.stay WHERE dx = CASE WHEN patient_id = 4711 THEN rpad('x', 100000) ELSE 'a' END;
SELECT dp_count(*) FROM (SELECT patient_id, CASE WHEN patient_id = 4711 THEN repeat('x', 100000)::varchar ELSE 'a' END AS x FROM care.stay) q GROUP BY x;
SELECT dp_count(*) FROM care.stay JOIN (VALUES (repeat('x', 270000000)), ('a')) v(x) ON patient_id = 4711;
SQL
    { name => 'a table of one\'s own as a value', clause => 'C19', charged => 2, twins => 1,
      sql => <<'SQL' },
CREATE TABLE public.mine (n integer); INSERT INTO public.mine VALUES (1);
CREATE FUNCTION pg_temp.seen() RETURNS boolean LANGUAGE plpgsql STABLE AS $$BEGIN RAISE WARNING 'called'; RETURN true; END$$;
BEGIN;
SELECT dp_count(*) FROM care.stay WHERE CASE WHEN patient_id = :id THEN EXISTS (SELECT 1 FROM public.mine) ELSE false END;
SELECT dp_count(*) FROM care.stay WHERE CASE WHEN patient_id = :id THEN pg_temp.seen() ELSE false END;
SELECT 'exact', pg_stat_get_xact_numscans('public.mine'::regclass);
COMMIT;
DROP TABLE public.mine;
SQL
    { name => 'text functions on long parameters', clause => 'C18', charged => 3, twins => 1,
      sql => <<'SQL' },
PREPARE p(text) AS SELECT dp_count(*) FROM care.stay WHERE btrim(CASE WHEN patient_id = :id THEN $1 ELSE 'a' END) = 'b'; EXECUTE p(repeat('x', 65000)); DEALLOCATE p;
PREPARE p(text) AS SELECT dp_count(*) FROM care.stay WHERE upper(CASE WHEN patient_id = :id THEN $1 ELSE 'a' END) = 'b'; EXECUTE p(repeat('x', 65000)); DEALLOCATE p;
PREPARE p(text) AS SELECT dp_count(*) FROM care.stay WHERE (CASE WHEN patient_id = :id THEN $1 ELSE 'a' END) NOT ILIKE '%y%'; EXECUTE p(repeat('x', 65000)); DEALLOCATE p;
SQL
    { name => 'parameters longer than a release takes', clause => 'C18', refused => 'ZD005', errors => 3, twins => 1,
      sql => <<'SQL' },
PREPARE p(text) AS SELECT dp_count(*) FROM care.stay WHERE btrim(CASE WHEN patient_id = :id THEN $1 ELSE 'a' END) = 'b'; EXECUTE p(repeat('x', 140000000)); DEALLOCATE p;
PREPARE p(text) AS SELECT dp_count(*) FROM care.stay WHERE upper(CASE WHEN patient_id = :id THEN $1 ELSE 'a' END) = 'b'; EXECUTE p(repeat('x', 270000000)); DEALLOCATE p;
PREPARE p(text) AS SELECT dp_count(*) FROM care.stay WHERE (CASE WHEN patient_id = :id THEN $1 ELSE 'a' END) NOT ILIKE '%y%'; EXECUTE p(repeat('x', 270000000)); DEALLOCATE p;
SQL
]
