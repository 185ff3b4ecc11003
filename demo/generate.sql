-- A synthetic warehouse in the shape of EMC2: four hospitals and an extract of the national insurance, joined on the
-- warehouse's own patient number. Nobody in it exists. The same rows come out on every machine and in every order,
-- because each value is a hash of what it belongs to and of a fixed seed, not the next number of a generator.
--
-- Usage: psql -v patients=240000 -f demo/generate.sql
-- Planted, so that the right answers are known: patients on vitamin K antagonists bleed more often than patients on
-- direct oral anticoagulants, and a dispensing of an NSAID is followed by a bleed more often than one of paracetamol.
\set ON_ERROR_STOP on
\set QUIET on
\pset footer off
SET client_min_messages = warning;
SET synchronous_commit = off;
SET work_mem = '256MB';

CREATE SCHEMA synthetic;
COMMENT ON SCHEMA synthetic IS 'how the synthetic warehouse was made; dropped at the end of demo/generate.sql';

-- A number in [0, 1) that looks random: 52 bits of a hash of the subject, told apart by what it is drawn for.
CREATE FUNCTION synthetic.draw(subject bigint, purpose int) RETURNS float8 LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN (hashint8extended(subject, 20260101 + purpose) & 4503599627370495) / 4503599627370496.0::float8;

CREATE FUNCTION synthetic.normal(subject bigint, purpose int) RETURNS float8 LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN sqrt(-2 * ln(1 - synthetic.draw(subject, purpose))) * cos(2 * pi() * synthetic.draw(subject, purpose + 1000));

-- Codes with the share of each: those of public tables, cumulated for width_bucket.
CREATE FUNCTION synthetic.cumulated(shares float8[]) RETURNS float8[] LANGUAGE sql IMMUTABLE
RETURN (SELECT array_agg(running / total ORDER BY place)
        FROM (SELECT place, sum(share) OVER (ORDER BY place) AS running, sum(share) OVER () AS total
              FROM unnest(shares) WITH ORDINALITY AS t(share, place)) s
        WHERE running < total);

\ir reference.sql
\ir patients.sql
\ir dispensings.sql
\ir hospitals.sql

DROP SCHEMA synthetic CASCADE;
\echo 'Statistics for the planner'
VACUUM (ANALYZE) care.patient, care.stay, care.drug_line, snds.dispensing;
SELECT sum(n)::int AS rows, (sum(pg_total_relation_size(t)) / 1024 / 1024)::int AS megabytes
FROM (VALUES ('care.patient'::regclass, (SELECT count(*) FROM care.patient)),
             ('care.stay', (SELECT count(*) FROM care.stay)),
             ('care.drug_line', (SELECT count(*) FROM care.drug_line)),
             ('snds.dispensing', (SELECT count(*) FROM snds.dispensing))) AS made(t, n);
