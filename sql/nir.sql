-- The type nir: numbers of the shape the register gives, with a key that fits; Corsica keeps its letters.
\set SHOW_CONTEXT never
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS health_dp;
RESET client_min_messages;
CREATE SCHEMA regress_nir;
SET search_path = regress_nir, health_dp;

-- Published examples: the Carte Vitale's specimen; python-stdnum's doctests, abroad and both halves of Corsica; a key of 97.
CREATE TABLE person (id nir PRIMARY KEY);
INSERT INTO person VALUES ('269054958815780'), ('295109912611193'), ('253072B07300470'), ('253072A07300443'),
                          ('255082A16802597'), ('2 83 20 99 216 259 30');
SELECT id, is_made_up(id) FROM person ORDER BY id;
SELECT ' 2 53 07 2a 073 004 43 '::nir = '253072A07300443'::nir AS same_however_written;

-- Corrèze and Cher are other departments than 2A and 2B: the same key, another person.
SELECT a, b, a = b AS same FROM (VALUES ('253072A07300443'::nir, '253071907300443'::nir),
                                        ('253072B07300470', '253071807300470')) AS v (a, b);

-- Refused without a word of what was typed.
SELECT '269054958815781'::nir;
SELECT '26905495881578'::nir;
SELECT '269134958815780'::nir;
SELECT '253072C07300443'::nir;
SELECT '000000000000000'::nir;
SELECT 'Nathalie Durand'::nir;

-- 98 and 99 are the key of no real number, so they mark one that stands for nobody.
SELECT id, is_made_up(id) FROM (VALUES ('269054958815798'::nir), ('269054958815799')) AS v (id);

-- Any one digit misread is noticed.
CREATE FUNCTION is_refused(written text) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    PERFORM written::nir;
    RETURN false;
EXCEPTION WHEN SQLSTATE 'ZD601' THEN
    RETURN SQLERRM !~ left(written, 13);
END
$$;
SELECT bool_and(is_refused(overlay('269054958815780' PLACING digit::text FROM place FOR 1))) AS every_misreading
FROM generate_series(1, 13) AS place, generate_series(0, 9) AS digit
WHERE substr('269054958815780', place, 1) <> digit::text;

-- Order, joins, binary.
SET enable_hashjoin = off; SET enable_nestloop = off;
SELECT count(*) FROM person a JOIN person b USING (id);
RESET enable_hashjoin; SET enable_mergejoin = off;
SELECT count(*) FROM person a JOIN person b USING (id);
RESET enable_mergejoin; RESET enable_nestloop;
CREATE INDEX ON person USING hash (id);
CREATE TABLE copied (LIKE person);
COPY person TO PROGRAM 'cat > nir.bin' (FORMAT binary);
COPY copied FROM PROGRAM 'cat nir.bin; rm nir.bin' (FORMAT binary);
SELECT count(*) FROM person NATURAL JOIN copied;
SET client_min_messages = warning;
DROP SCHEMA regress_nir CASCADE;
