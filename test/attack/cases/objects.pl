# Objects of the attacker's own: what she creates must not be evaluated on protected rows, nor lend or borrow rights.
use strict;
use warnings;

[
    # W16: 'A', 'A ' and 'a' are three patients; bpchar and an equality of one's own would make fewer of them.
    { name => 'patients merged by another equality of theirs', clause => 'C16', refused => ['ZD003', 'ZD004', 'ZD005'], errors => 6,
      prepare => q{CREATE TABLE care.named (pid text NOT NULL, n integer); INSERT INTO care.named SELECT chr(65 + i % 2 * 32) || repeat(' ', i % 3), i FROM generate_series(1, 6) i;}
        . q{ SELECT health_dp.protect('care.named', 'pid'), health_dp.grant_table('study', 'care.named')},
      cleanup => 'DROP TABLE care.named', sql => <<'SQL' },
SELECT dp_count(*) FROM (SELECT pid::bpchar FROM care.named GROUP BY pid::bpchar) x;
SELECT dp_count(*) FROM (SELECT DISTINCT lower(pid) FROM care.named) x;
SELECT dp_count(*) FROM care.named a JOIN care.named b ON a.pid::bpchar = b.pid::bpchar;
SELECT dp_count(*) FROM care.named a JOIN care.named b ON lower(a.pid) = lower(b.pid);
SELECT dp_count(DISTINCT pid::bpchar) FROM care.named;
SELECT dp_count(*) FROM care.named a JOIN care.named b ON a.pid = b.pid COLLATE "und-x-icu";
SQL
    { name => 'user-defined function on protected rows', clause => 'C18', refused => 'ZD004', errors => 7,
      sql => <<'SQL' },
CREATE FUNCTION pg_temp.leak(text) RETURNS boolean LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE COST 0.0001 AS $$BEGIN RAISE NOTICE '%', $1; RETURN true; END$$;
CREATE FUNCTION pg_temp.inlined(text) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$SELECT pg_temp.leak($1)$$;
CREATE FUNCTION pg_temp.variadic(VARIADIC text[]) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$SELECT pg_temp.leak($1[1])$$;
CREATE FUNCTION pg_temp.defaulted(text, boolean DEFAULT pg_temp.leak('default')) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$SELECT pg_temp.leak($1)$$;
SELECT dp_count(*) FROM care.stay WHERE pg_temp.leak(note);
SELECT dp_count(*) FROM care.stay WHERE pg_temp.inlined(note);
SELECT dp_count(*) FROM care.stay WHERE pg_temp.variadic(note);
SELECT dp_count(*) FROM care.stay WHERE pg_temp.defaulted(note);
SELECT dp_count(*) FILTER (WHERE pg_temp.leak(note)) FROM care.stay;
SELECT pg_temp.leak(note), dp_count(*) FROM care.stay GROUP BY 1;
SELECT dp_count(*) FROM care.stay s JOIN ref.region r ON pg_temp.leak(s.note);
SQL
    { name => 'a condition above the fence does not sink below it', clause => 'C17', charged => 2,
      sql => <<'SQL',
CREATE FUNCTION pg_temp.leak(text) RETURNS boolean LANGUAGE plpgsql IMMUTABLE COST 0.0001 AS $$BEGIN RAISE NOTICE 'saw %', $1; RETURN true; END$$;
SELECT count(*) FROM (SELECT dx, dp_count(*) FROM care.stay WHERE patient_id = 4711 GROUP BY dx) q WHERE pg_temp.leak(dx);
SELECT dx FROM care.stay WHERE patient_id = 4711 GROUP BY dx HAVING dp_count(*) IS NOT NULL AND pg_temp.leak(dx);
SQL
      lines => qr/\A0\n\z/ },
    { name => 'an equality above the fence does not become one below it', clause => 'C17', charged => 1, twins => 1,
      sql => "SELECT 'exact', count(*) FROM (SELECT patient_id, dp_count(*) FROM care.stay GROUP BY patient_id) q JOIN ref.number ON true WHERE q.patient_id = :id;" },
    { name => 'functions that only sound like health_dp\'s', clause => 'C18', refused => 'ZD004', errors => 3,
      prepare => "CREATE FUNCTION health_dp.quarter(text) RETURNS text LANGUAGE plpgsql IMMUTABLE STRICT AS 'BEGIN RAISE NOTICE ''%'', \$1; RETURN \$1; END'",
      cleanup => 'DROP FUNCTION health_dp.quarter(text)', sql => <<'SQL' },
CREATE FUNCTION pg_temp.department_of(text) RETURNS text LANGUAGE plpgsql IMMUTABLE STRICT AS $$BEGIN RAISE NOTICE '%', $1; RETURN $1; END$$;
SELECT dp_count(*) FROM care.stay WHERE pg_temp.department_of(note) = '69';
SELECT dp_count(*) FROM care.stay WHERE health_dp.quarter(note) = '2026-Q4';
SELECT dp_count(*) FROM care.stay WHERE health_dp.generalise(note, 'care.drug', parent => 'atc') = 'B';
SQL
    { name => 'user-defined operator', clause => 'C18', refused => 'ZD004', errors => 8,
      sql => <<'SQL' },
CREATE SCHEMA attack_operator;
CREATE FUNCTION attack_operator.leak(text, text) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS $$BEGIN RAISE NOTICE '%', $1; RETURN true; END$$;
CREATE OPERATOR attack_operator.= (LEFTARG = text, RIGHTARG = text, FUNCTION = attack_operator.leak);
CREATE OPERATOR attack_operator.=== (LEFTARG = text, RIGHTARG = text, FUNCTION = texteq);
SET search_path = attack_operator, public, health_dp, pg_catalog;
SELECT dp_count(*) FROM care.stay WHERE note = 'x';
SELECT dp_count(*) FROM care.stay WHERE note OPERATOR(attack_operator.=) 'x';
SELECT dp_count(*) FROM care.stay WHERE note OPERATOR(attack_operator.===) 'x';
SELECT dp_count(*) FROM care.stay WHERE note = ANY (ARRAY['x', 'y']);
SELECT dp_count(*) FROM care.stay WHERE NULLIF(note, 'x') IS NULL;
SELECT dp_count(*) FROM care.stay WHERE note IS DISTINCT FROM 'x';
SELECT dp_count(*) FROM care.stay WHERE CASE note WHEN 'x' THEN true END;
SELECT dp_count(*) FROM care.stay WHERE note IN (SELECT region FROM ref.region);
SQL
    { name => 'user-defined cast, type and domain', clause => 'C18', refused => ['ZD004', '42501'], errors => 6,
      sql => <<'SQL' },
CREATE SCHEMA attack_type;
CREATE TYPE attack_type.pair AS (a text);
CREATE TYPE attack_type.kind AS ENUM ('x', 'y');
CREATE FUNCTION attack_type.leak(text) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS $$BEGIN RAISE NOTICE '%', $1; RETURN true; END$$;
CREATE FUNCTION attack_type.make(text) RETURNS attack_type.pair LANGUAGE plpgsql IMMUTABLE AS $$BEGIN RAISE NOTICE '%', $1; RETURN ROW($1); END$$;
CREATE CAST (text AS attack_type.pair) WITH FUNCTION attack_type.make(text);
CREATE DOMAIN attack_type.checked AS text CHECK (attack_type.leak(VALUE));
CREATE DOMAIN attack_type.short AS integer CHECK (VALUE < 50);
SELECT dp_count(*) FROM care.stay WHERE note::attack_type.checked IS NOT NULL;
SELECT dp_count(*) FROM care.stay WHERE nights::attack_type.short > 0;
SELECT dp_count(*) FROM care.stay WHERE note::attack_type.pair IS NOT NULL;
SELECT dp_count(*) FROM care.stay WHERE note::attack_type.kind = 'x';
SELECT dp_count(*) FROM care.stay WHERE ARRAY[note]::attack_type.checked[] IS NOT NULL;
SELECT dp_sum(nights::attack_type.short::integer, 0, 1) FROM care.stay;
SQL
    { name => 'user-defined aggregate', clause => 'C16', refused => ['ZD004', 'ZD005', 'ZD002', '42501'], errors => 3,
      sql => <<'SQL' },
CREATE FUNCTION pg_temp.step(text, text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$BEGIN RAISE NOTICE '%', $2; RETURN $2; END$$;
CREATE AGGREGATE pg_temp.leak(text) (sfunc = pg_temp.step, stype = text);
SELECT pg_temp.leak(note) FROM care.stay;
SELECT dp_count(*), pg_temp.leak(note) FROM care.stay;
SELECT dp_count(*) FROM (SELECT patient_id, pg_temp.leak(note) FROM care.stay GROUP BY patient_id) q;
SQL
    { name => 'an aggregate that calls itself dp_count', clause => 'C15', refused => ['42501', 'ZD002', 'ZD005'], errors => 3,
      sql => <<'SQL' },
CREATE SCHEMA attack_name;
CREATE AGGREGATE attack_name.dp_count(*) (sfunc = int8inc, stype = bigint, initcond = '0');
SET search_path = attack_name, public;
SELECT dp_count(*) FROM care.stay;
SELECT dp_count(*), health_dp.dp_count(*) FROM care.stay;
CREATE FUNCTION health_dp.mine() RETURNS integer LANGUAGE sql AS 'SELECT 1';
SQL
    { name => 'a marker of one\'s own', clause => 'C15', refused => ['ZD001', 'ZD002', 'ZD005', '42501', '42883', 'ZD004'], errors => 7,
      sql => <<'SQL' },
CREATE TEMP TABLE own AS SELECT n, '0 0 1 0 0 1 1 0 1'::text AS t FROM ref.number;
SELECT n FROM own GROUP BY n ORDER BY health_dp.release_marker(n, t);
SELECT count(*) FROM own ORDER BY health_dp.release_marker(1, '0 0 1 0 0 1 1 0 1');
SELECT count(*) FROM own ORDER BY health_dp.release_marker(1, own.t);
SELECT count(*) FROM own ORDER BY health_dp.release_marker(1, NULL);
SELECT dp_count(*) FROM care.stay ORDER BY health_dp.release_marker(patient_id, 'x');
SELECT dp_count(*) FROM (SELECT patient_id, health_dp.release_marker(patient_id, 'x') FROM care.stay GROUP BY patient_id) q;
SELECT health_dp.release_marker(patient_id, '0 0 0 0 0 1 1 0 1') FROM care.stay;
SQL
    { name => 'functions of health_dp called with nonsense', clause => 'C15', refused => ['ZD001', '0A000', '42883', 'ZD102', '42501', '42809'], errors => 4,
      sql => <<'SQL' },
SELECT health_dp.has_walls(0), health_dp.has_walls('pg_class'::regclass), health_dp.link_target(1), health_dp.protection(0), health_dp.is_member(-1, 0);
SELECT health_dp.refuse_transition(NULL);
SELECT health_dp.check_project('no such project');
SELECT health_dp.check_project('other');
SELECT health_dp.dp_count(1) WITHIN GROUP (ORDER BY 1);
SQL
    { name => 'SECURITY DEFINER function of a member, called by an outsider', clause => 'C15', as => 'bob', refused => ['ZD102', '42501', 'ZD002'],
      prepare => <<'SQL', cleanup => 'DROP FUNCTION public.lent(), public.lent_raw()',
SET ROLE alice;
CREATE FUNCTION public.lent() RETURNS bigint LANGUAGE sql SECURITY DEFINER SET health_dp.project = 'study' AS 'SELECT health_dp.dp_count(*) FROM care.stay';
CREATE FUNCTION public.lent_raw() RETURNS text LANGUAGE sql SECURITY DEFINER AS 'SELECT max(note) FROM care.stay';
SQL
      sql => 'SELECT public.lent(); SELECT public.lent_raw();' },
    { name => 'SECURITY DEFINER function of the table\'s owner', clause => 'C19', refused => ['ZD102', '42501', 'ZD002'],
      prepare => <<'SQL', cleanup => 'DROP FUNCTION public.owners(), public.owners_release()',
GRANT CREATE ON SCHEMA public TO custodian;
SET ROLE custodian;
CREATE FUNCTION public.owners() RETURNS SETOF care.patient LANGUAGE sql STABLE SECURITY DEFINER AS 'SELECT * FROM care.patient';
CREATE FUNCTION public.owners_release() RETURNS bigint LANGUAGE sql SECURITY DEFINER AS 'SELECT health_dp.dp_count(*) FROM care.stay';
SQL
      sql => 'SELECT * FROM public.owners(); SELECT public.owners_release();' },
    { name => 'SQL functions that are inlined after the hook', clause => 'C15', refused => ['42501', 'ZD002', 'ZD001'], errors => 4,
      sql => <<'SQL' },
CREATE FUNCTION pg_temp.rows() RETURNS SETOF care.stay LANGUAGE sql STABLE AS 'SELECT * FROM care.stay';
CREATE FUNCTION pg_temp.notes() RETURNS TABLE (n text) LANGUAGE sql STABLE AS 'SELECT note FROM care.stay WHERE patient_id = 4711';
CREATE FUNCTION pg_temp.released() RETURNS TABLE (n bigint) LANGUAGE sql STABLE AS 'SELECT health_dp.dp_count(*) FROM care.stay';
SELECT * FROM pg_temp.rows() LIMIT 1;
SELECT r.n FROM pg_temp.notes() r;
SELECT r.n FROM pg_temp.released() r;
SELECT dp_count(*), (SELECT count(*) FROM pg_temp.rows()) FROM care.stay;
SQL
    { name => 'views: own, invoker, and of the table\'s owner', clause => 'C19', refused => ['42501', 'ZD002'], errors => 6,
      prepare => <<'SQL', cleanup => 'DROP VIEW public.owners_view, public.supers_view',
SET ROLE custodian;
CREATE VIEW public.owners_view AS SELECT * FROM care.stay;
RESET ROLE;
CREATE VIEW public.supers_view AS SELECT * FROM care.patient;
GRANT SELECT ON public.owners_view, public.supers_view TO PUBLIC;
SQL
      sql => <<'SQL' },
CREATE TEMP VIEW own AS SELECT * FROM care.stay;
SELECT note FROM own;
CREATE TEMP VIEW invoker WITH (security_invoker = true) AS SELECT * FROM care.stay;
SELECT note FROM invoker;
SELECT count(*) FROM public.owners_view;
SELECT count(*) FROM public.supers_view;
SELECT dp_count(*) FROM public.owners_view;
SELECT dp_count(*) FROM public.supers_view;
SQL
    { name => 'a view that holds a release, read by an outsider', clause => 'C15', as => 'bob', refused => ['ZD102', '42501', 'ZD002'],
      prepare => "SET ROLE alice; CREATE VIEW public.lent_view AS SELECT health_dp.dp_count(*) AS c FROM care.stay; CREATE VIEW public.lent_rows AS SELECT * FROM care.stay; GRANT SELECT ON public.lent_view, public.lent_rows TO PUBLIC;",
      cleanup => 'DROP VIEW public.lent_view, public.lent_rows',
      sql => 'SELECT c FROM public.lent_view; SELECT note FROM public.lent_rows; SELECT health_dp.dp_count(*) FROM public.lent_rows;' },
    { name => 'materialized views', clause => 'C19', refused => ['42501', 'ZD002'], errors => 2,
      sql => 'CREATE MATERIALIZED VIEW public.own_copy AS SELECT * FROM care.stay; CREATE MATERIALIZED VIEW public.own_copy AS SELECT * FROM care.stay WITH NO DATA; REFRESH MATERIALIZED VIEW public.own_copy;',
      cleanup => 'DROP MATERIALIZED VIEW IF EXISTS public.own_copy' },
    { name => 'a materialized view of a release, refreshed by somebody else', clause => 'C15', refused => ['ZD102', '42501'], as => 'bob',
      prepare => "SET ROLE alice; CREATE MATERIALIZED VIEW public.lent_copy AS SELECT health_dp.dp_count(*) AS c FROM care.patient WHERE false WITH NO DATA;",
      cleanup => 'DROP MATERIALIZED VIEW public.lent_copy',
      sql => 'REFRESH MATERIALIZED VIEW public.lent_copy;' },
    { name => 'rules and triggers on a protected table', clause => 'C19', refused => '42501', errors => 4,
      sql => <<'SQL' },
CREATE FUNCTION pg_temp.fired() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN RAISE NOTICE '%', NEW; RETURN NEW; END$$;
CREATE TRIGGER mine BEFORE INSERT ON care.stay FOR EACH ROW EXECUTE FUNCTION pg_temp.fired();
CREATE RULE mine AS ON INSERT TO care.stay DO ALSO SELECT NEW.note;
CREATE RULE "_RETURN" AS ON SELECT TO care.nobody DO INSTEAD SELECT patient_id, note FROM care.stay;
CREATE EVENT TRIGGER mine ON ddl_command_end EXECUTE FUNCTION pg_temp.fired();
SQL
    { name => 'rules and triggers on own tables that read a protected one', clause => 'C19', refused => ['42501', 'ZD002'], errors => 3,
      # the trigger fires after the release of INSERT ... SELECT has been charged
      charged => 1,
      sql => <<'SQL' },
CREATE TEMP TABLE own (n bigint);
CREATE FUNCTION pg_temp.fired() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN RAISE NOTICE '%', (SELECT max(note) FROM care.stay); RETURN NEW; END$$;
CREATE TRIGGER mine BEFORE INSERT ON own FOR EACH ROW EXECUTE FUNCTION pg_temp.fired();
INSERT INTO own VALUES (1);
INSERT INTO own SELECT dp_count(*) FROM care.patient WHERE false;
CREATE TEMP TABLE ruled (n bigint);
CREATE RULE mine AS ON INSERT TO ruled DO ALSO SELECT max(note) FROM care.stay;
INSERT INTO ruled VALUES (1);
SQL
    { name => 'foreign keys, exclusion and check constraints that look elsewhere', clause => 'C1', refused => ['42501', 'ZD002', '0A000', '42P16'], errors => 5,
      cleanup => 'DROP TABLE IF EXISTS public.own_key', sql => <<'SQL' },
CREATE TEMP TABLE own (patient_id bigint);
CREATE TABLE public.own_key (patient_id bigint REFERENCES care.patient);
CREATE TABLE public.own_key (patient_id bigint); ALTER TABLE public.own_key ADD FOREIGN KEY (patient_id) REFERENCES care.patient;
CREATE FUNCTION pg_temp.there(bigint) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT EXISTS (SELECT FROM care.patient WHERE patient_id = $1)';
CREATE TEMP TABLE own_check (patient_id bigint CHECK (pg_temp.there(patient_id)));
INSERT INTO own_check VALUES (4711);
CREATE TEMP TABLE own_generated (a bigint, b boolean GENERATED ALWAYS AS (pg_temp.there(a)) STORED);
INSERT INTO own_generated VALUES (4711);
CREATE INDEX ON own (pg_temp.there(patient_id));
INSERT INTO own VALUES (4711);
SQL
    { name => 'collations of one\'s own', clause => 'C18', refused => ['ZD004', 'ZD306'], errors => 5,
      sql => <<'SQL' },
CREATE COLLATION pg_temp.loose (provider = icu, locale = 'und-u-ks-level1', deterministic = false);
SELECT dp_count(*) FROM care.stay WHERE note = 'x' COLLATE pg_temp.loose;
SELECT dp_count(*) FROM care.stay GROUP BY note COLLATE pg_temp.loose;
SELECT dp_count(*) FROM (SELECT patient_id, max(note COLLATE pg_temp.loose) FROM care.stay GROUP BY patient_id) q;
SELECT dp_count(*) FROM (SELECT DISTINCT patient_id, note COLLATE pg_temp.loose FROM care.stay) q;
SELECT dp_count(*) FROM care.stay WHERE note IN ('x' COLLATE pg_temp.loose, 'y');
SQL
    { name => 'foreign tables and loading libraries', clause => 'C19', refused => ['42501', '58P01'],
      sql => "LOAD 'auto_explain'; LOAD '\$libdir/health_dp'; CREATE EXTENSION dblink; CREATE EXTENSION file_fdw; CREATE FOREIGN DATA WRAPPER mine; CREATE FUNCTION public.c() RETURNS integer LANGUAGE c AS 'health_dp', 'hdp_release_refuse';" },
]
