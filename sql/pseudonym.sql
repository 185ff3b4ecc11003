-- The type pseudonym: what it reads and writes, and that it can be compared, indexed, joined and sent.
\set SHOW_CONTEXT never
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS health_dp;
RESET client_min_messages;
CREATE SCHEMA regress_pseudonym;
SET search_path = regress_pseudonym, health_dp;

CREATE TABLE person (id pseudonym PRIMARY KEY, note int);
INSERT INTO person
SELECT pseudonym('\x01'::bytea || decode(md5(i::text), 'hex')), i FROM generate_series(1, 1000) AS i;
SELECT id, length(id::text), key_version(id), id::bytea FROM person WHERE note <= 2 ORDER BY note;

-- Text and bytes come back as they were, however they are written.
SELECT count(*) FILTER (WHERE id = id::text::pseudonym) AS text, count(*) FILTER (WHERE id = id::bytea::pseudonym) AS bytes,
       count(*) FILTER (WHERE id = lower(replace(id::text, '-', ' '))::pseudonym) AS spoken
FROM person;
SELECT '\x00000000000000000000000000000000ff'::bytea::pseudonym;
SELECT '\x01'::bytea::pseudonym;
SELECT count(DISTINCT key_version(pseudonym(set_byte('\x01000000000000000000000000000000ff', 0, v)))) AS versions
FROM generate_series(1, 255) AS v;

-- Any one symbol misread and any two exchanged are noticed. The message repeats nothing.
CREATE FUNCTION is_refused(written text) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    PERFORM written::pseudonym;
    RETURN false;
EXCEPTION WHEN SQLSTATE 'ZD601' THEN
    RETURN position(replace(written, '-', '') IN replace(SQLERRM, '-', '')) = 0;
END
$$;
SELECT bool_and(is_refused(overlay(id::text PLACING symbol FROM place FOR 1))) AS every_misreading
FROM person, generate_series(1, 37) AS place, regexp_split_to_table('0123456789ABCDEFGHJKMNPQRSTVWXYZ', '') AS symbol
WHERE note = 1 AND substr(id::text, place, 1) NOT IN ('-', symbol);
SELECT bool_and(is_refused(overlay(overlay(id::text PLACING b FROM i FOR 1) PLACING a FROM j FOR 1))) AS every_exchange
FROM (SELECT id, i, j, substr(id::text, i, 1) AS a, substr(id::text, j, 1) AS b
      FROM person, generate_series(1, 37) AS i, generate_series(1, 37) AS j WHERE note = 1 AND i < j) AS pair
WHERE a <> b AND '-' NOT IN (a, b);
SELECT '001-4XQ7'::pseudonym;
SELECT ''::pseudonym;

-- Order, indexes, joins of every kind, grouping, partitioning by hash.
SELECT bool_and(before < id) AS sorted FROM (SELECT id, lag(id) OVER (ORDER BY id) AS before FROM person) AS o;
SELECT count(*) FROM person WHERE id >= (SELECT min(id::text)::pseudonym FROM person);
SET enable_hashjoin = off; SET enable_nestloop = off;
SELECT count(*) FROM person a JOIN person b USING (id);
RESET enable_hashjoin; SET enable_mergejoin = off;
SELECT count(*) FROM person a JOIN person b USING (id);
SELECT a.note FROM person a JOIN person b ON a.id = b.id AND a.id <> b.id;
RESET enable_nestloop; RESET enable_mergejoin;
SELECT count(*) FROM (SELECT id FROM person UNION SELECT id FROM person) AS u;
CREATE INDEX ON person USING hash (id);
CREATE TABLE parted (id pseudonym) PARTITION BY HASH (id);
CREATE TABLE parted0 PARTITION OF parted FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE parted1 PARTITION OF parted FOR VALUES WITH (MODULUS 2, REMAINDER 1);
INSERT INTO parted SELECT id FROM person;
SELECT (SELECT count(*) FROM parted0) BETWEEN 400 AND 600 AS spread, (SELECT count(*) FROM parted) AS all_there;

-- In binary, to a file and back.
CREATE TABLE copied (LIKE person);
COPY person TO PROGRAM 'cat > pseudonym.bin' (FORMAT binary);
COPY copied FROM PROGRAM 'cat pseudonym.bin; rm pseudonym.bin' (FORMAT binary);
SELECT count(*) FROM person NATURAL JOIN copied;

-- It is no text by accident, and nobody makes one out of an identifier by a cast.
SELECT count(*) FROM person WHERE id = '1 85 05 78 006 084 36'::text;
CREATE TABLE written (id text);
INSERT INTO written SELECT id FROM person LIMIT 1;
SET client_min_messages = warning;
DROP SCHEMA regress_pseudonym CASCADE;
