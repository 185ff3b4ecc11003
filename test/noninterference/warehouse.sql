-- The warehouse that the twins share: care is protected, ref public, own the member's. Everything is computed from
-- numbers: nothing random, so that the same statements make the same bytes. The secret is patient 777, alone with a stay
-- of cost 424242 (stay 3999): kinds.pl makes the twins differ in it.
CREATE EXTENSION health_dp;
CREATE ROLE ana LOGIN;
CREATE ROLE steward LOGIN IN ROLE health_dp_steward;
GRANT TEMP ON DATABASE postgres TO ana;
-- What docs/install.md tells an administrator: a place for the temporary files of rooms, inside the data directory here.
SET allow_in_place_tablespaces = on;
CREATE TABLESPACE health_dp_rooms LOCATION '';
GRANT CREATE ON TABLESPACE health_dp_rooms TO health_dp_room;
-- And what docs/limits.md lists as open until it is revoked. That alone: install.md's loop takes all pg_stat_get_*(), but what limits.md
-- does not list shall show nothing while it is open.
DO $$DECLARE f regprocedure; BEGIN
    FOR f IN SELECT oid FROM pg_proc WHERE pronamespace = 'pg_catalog'::regnamespace
        AND (proname ~ '^pg_current_wal_' OR proname IN ('pg_lock_status', 'pg_stat_get_wal', 'pg_stat_get_slru', 'pg_stat_get_buf_alloc', 'pg_stat_get_io',
            'pg_stat_get_db_xact_commit', 'pg_stat_get_db_parallel_workers_launched', 'pg_stat_get_backend_io', 'pg_stat_get_backend_wal')) LOOP
        EXECUTE format('REVOKE EXECUTE ON FUNCTION %s FROM PUBLIC', f);
    END LOOP;
END$$;
CREATE SCHEMA care;
CREATE SCHEMA ref;
CREATE SCHEMA own AUTHORIZATION ana;
GRANT USAGE ON SCHEMA care, ref TO PUBLIC;

CREATE TYPE ref.mood AS ENUM ('fine', 'ill');
CREATE TABLE ref.region (region int PRIMARY KEY, name text);
INSERT INTO ref.region SELECT i, 'region ' || i FROM generate_series(0, 12) i;
CREATE TABLE ref.number (n int PRIMARY KEY, v float8);
INSERT INTO ref.number SELECT i, i + 0.5 FROM generate_series(1, 1000) i;
-- Cold after a start, and larger than anything a plan reads on its way.
CREATE TABLE ref.large (r int, a int, filler text);
INSERT INTO ref.large SELECT i % 13, i, repeat('z', 400) FROM generate_series(1, 6000) i;
CREATE INDEX large_key ON ref.large (r, a);
GRANT SELECT ON ALL TABLES IN SCHEMA ref TO PUBLIC;

CREATE TABLE care.patient (patient_id bigint PRIMARY KEY, sex int, birth date);
CREATE TABLE care.stay (stay_id bigint PRIMARY KEY, patient_id bigint, region int, nights int, cost numeric, admitted date,
    dx text, weight float8, seen timestamp, at timestamptz, took interval, clock time, code char(6), id uuid, emergency boolean,
    raw bytea, small smallint, big bigint, thin real, tiny "char", called name, mood ref.mood);
INSERT INTO care.patient SELECT i, 1 + i % 2, date '1930-01-01' + (i * 7) % 20000 FROM generate_series(1, 1000) i;
INSERT INTO care.stay
    SELECT i, CASE WHEN i > 4000 THEN NULL WHEN i = 3999 THEN 777 WHEN i % 1000 = 776 THEN 778 ELSE 1 + i % 1000 END, CASE i WHEN 3999 THEN 3 ELSE i % 13 END, i % 30,
           CASE i WHEN 3999 THEN 424242 ELSE 45 + i % 800 END, date '2024-01-01' + i % 300, 'dx' || i % 20, i % 100 / 4.0,
           timestamp '2024-01-01' + i % 100 * interval '1 hour', timestamptz '2024-01-01 00:00+00' + i % 100 * interval '1 hour',
           i % 20 * interval '1 hour', time '00:00' + i % 20 * interval '1 minute', 'c' || i % 10,
           ('00000000-0000-0000-0000-00000000000' || i % 8)::uuid, i % 2 = 0, decode(md5((i % 6)::text), 'hex'), i % 100,
           i * 1000000::bigint, i % 10, 'a', 'name' || i % 10, 'fine'
      FROM generate_series(1, 4001) i;
CREATE INDEX stay_patient ON care.stay (patient_id);

SET ROLE ana;
CREATE TABLE own.pr (a int, filler text);
CREATE INDEX pr_key ON own.pr (a);
CREATE TABLE own.hint (a int);
CREATE TABLE own.note (t text);
CREATE SEQUENCE own.seq;
CREATE COLLATION own.stale (provider = icu, locale = 'und', version = '0');
CREATE COLLATION own.fresh (provider = icu, locale = 'und');
CREATE DOMAIN own.yes AS int CHECK (value > 0);
CREATE FUNCTION own.loud() RETURNS bigint LANGUAGE plpgsql VOLATILE AS $$BEGIN RAISE NOTICE 'called'; RETURN 100; END$$;
CREATE FUNCTION own.steady() RETURNS bigint LANGUAGE plpgsql STABLE AS $$BEGIN RAISE NOTICE 'called'; RETURN 3; END$$;
CREATE FUNCTION own.quiet(i int) RETURNS bigint LANGUAGE plpgsql IMMUTABLE AS $$BEGIN RAISE NOTICE 'called'; RETURN 100; END$$;
-- Not everyone may say so once labels are a steward's: then these are tables like any other, and refused.
DO $$BEGIN
    BEGIN EXECUTE $s$SECURITY LABEL FOR health_dp ON TABLE own.pr IS 'public'$s$; EXCEPTION WHEN OTHERS THEN NULL; END;
    BEGIN EXECUTE $s$SECURITY LABEL FOR health_dp ON TABLE own.hint IS 'public'$s$; EXCEPTION WHEN OTHERS THEN NULL; END;
END$$;
RESET ROLE;

SELECT health_dp.protect(t, 'patient_id') FROM unnest('{care.patient,care.stay}'::regclass[]) t;
SELECT health_dp.declare_public(t) FROM unnest('{ref.region,ref.number,ref.large}'::regclass[]) t;
SELECT health_dp.create_project('bar', title => 'Twins', legal_basis => 'CNIL 2023-146', valid => '[2020-01-01,2100-01-01)',
    epsilon => 1000000, delta => 0.5, default_epsilon => 0.000001, min_epsilon => 0.000001, default_delta => 1e-12, releases => '{dp,suppressed}');
SELECT health_dp.grant_table('bar', t) FROM unnest('{care.patient,care.stay}'::regclass[]) t;
SELECT health_dp.add_member('bar', 'ana');
ALTER ROLE ana SET health_dp.project = 'bar';
ALTER ROLE ALL SET search_path = public, health_dp;
