-- The type of pseudonyms. Everybody may hold, compare and write them; making one takes a key.

CREATE TYPE health_dp.pseudonym;

CREATE FUNCTION health_dp.pseudonym_in(cstring) RETURNS health_dp.pseudonym
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'hdp_pseudonym_in';
COMMENT ON FUNCTION health_dp.pseudonym_in(cstring) IS 'internal: reads a pseudonym';

CREATE FUNCTION health_dp.pseudonym_out(health_dp.pseudonym) RETURNS cstring
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'hdp_pseudonym_out';
COMMENT ON FUNCTION health_dp.pseudonym_out(health_dp.pseudonym) IS 'internal: writes a pseudonym';

CREATE FUNCTION health_dp.pseudonym_recv(internal) RETURNS health_dp.pseudonym
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'hdp_pseudonym_recv';
COMMENT ON FUNCTION health_dp.pseudonym_recv(internal) IS 'internal: receives a pseudonym';

CREATE FUNCTION health_dp.pseudonym_send(health_dp.pseudonym) RETURNS bytea
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'hdp_pseudonym_send';
COMMENT ON FUNCTION health_dp.pseudonym_send(health_dp.pseudonym) IS 'internal: sends a pseudonym';

CREATE TYPE health_dp.pseudonym (
    input = health_dp.pseudonym_in, output = health_dp.pseudonym_out, receive = health_dp.pseudonym_recv, send = health_dp.pseudonym_send,
    internallength = 17, alignment = char, storage = plain);
COMMENT ON TYPE health_dp.pseudonym IS
    'What stands for a person: the version of a key and 16 bytes that only its holder can compute; written in ten groups whose last symbol checks the others.';

CREATE FUNCTION health_dp.pseudonym_eq(health_dp.pseudonym, health_dp.pseudonym) RETURNS boolean
    LANGUAGE c IMMUTABLE STRICT LEAKPROOF PARALLEL SAFE AS 'MODULE_PATHNAME', 'hdp_pseudonym_eq';
COMMENT ON FUNCTION health_dp.pseudonym_eq(health_dp.pseudonym, health_dp.pseudonym) IS 'implementation of = operator';

CREATE FUNCTION health_dp.pseudonym_ne(health_dp.pseudonym, health_dp.pseudonym) RETURNS boolean
    LANGUAGE c IMMUTABLE STRICT LEAKPROOF PARALLEL SAFE AS 'MODULE_PATHNAME', 'hdp_pseudonym_ne';
COMMENT ON FUNCTION health_dp.pseudonym_ne(health_dp.pseudonym, health_dp.pseudonym) IS 'implementation of <> operator';

CREATE FUNCTION health_dp.pseudonym_lt(health_dp.pseudonym, health_dp.pseudonym) RETURNS boolean
    LANGUAGE c IMMUTABLE STRICT LEAKPROOF PARALLEL SAFE AS 'MODULE_PATHNAME', 'hdp_pseudonym_lt';
COMMENT ON FUNCTION health_dp.pseudonym_lt(health_dp.pseudonym, health_dp.pseudonym) IS 'implementation of < operator';

CREATE FUNCTION health_dp.pseudonym_le(health_dp.pseudonym, health_dp.pseudonym) RETURNS boolean
    LANGUAGE c IMMUTABLE STRICT LEAKPROOF PARALLEL SAFE AS 'MODULE_PATHNAME', 'hdp_pseudonym_le';
COMMENT ON FUNCTION health_dp.pseudonym_le(health_dp.pseudonym, health_dp.pseudonym) IS 'implementation of <= operator';

CREATE FUNCTION health_dp.pseudonym_gt(health_dp.pseudonym, health_dp.pseudonym) RETURNS boolean
    LANGUAGE c IMMUTABLE STRICT LEAKPROOF PARALLEL SAFE AS 'MODULE_PATHNAME', 'hdp_pseudonym_gt';
COMMENT ON FUNCTION health_dp.pseudonym_gt(health_dp.pseudonym, health_dp.pseudonym) IS 'implementation of > operator';

CREATE FUNCTION health_dp.pseudonym_ge(health_dp.pseudonym, health_dp.pseudonym) RETURNS boolean
    LANGUAGE c IMMUTABLE STRICT LEAKPROOF PARALLEL SAFE AS 'MODULE_PATHNAME', 'hdp_pseudonym_ge';
COMMENT ON FUNCTION health_dp.pseudonym_ge(health_dp.pseudonym, health_dp.pseudonym) IS 'implementation of >= operator';

CREATE OPERATOR health_dp.= (
    leftarg = health_dp.pseudonym, rightarg = health_dp.pseudonym, function = health_dp.pseudonym_eq,
    commutator = OPERATOR(health_dp.=), negator = OPERATOR(health_dp.<>),
    restrict = eqsel, join = eqjoinsel, hashes, merges);
COMMENT ON OPERATOR health_dp.= (health_dp.pseudonym, health_dp.pseudonym) IS 'equal';

CREATE OPERATOR health_dp.<> (
    leftarg = health_dp.pseudonym, rightarg = health_dp.pseudonym, function = health_dp.pseudonym_ne,
    commutator = OPERATOR(health_dp.<>), negator = OPERATOR(health_dp.=),
    restrict = neqsel, join = neqjoinsel);
COMMENT ON OPERATOR health_dp.<> (health_dp.pseudonym, health_dp.pseudonym) IS 'different';

CREATE OPERATOR health_dp.< (
    leftarg = health_dp.pseudonym, rightarg = health_dp.pseudonym, function = health_dp.pseudonym_lt,
    commutator = OPERATOR(health_dp.>), negator = OPERATOR(health_dp.>=),
    restrict = scalarltsel, join = scalarltjoinsel);
COMMENT ON OPERATOR health_dp.< (health_dp.pseudonym, health_dp.pseudonym) IS 'before';

CREATE OPERATOR health_dp.<= (
    leftarg = health_dp.pseudonym, rightarg = health_dp.pseudonym, function = health_dp.pseudonym_le,
    commutator = OPERATOR(health_dp.>=), negator = OPERATOR(health_dp.>),
    restrict = scalarlesel, join = scalarlejoinsel);
COMMENT ON OPERATOR health_dp.<= (health_dp.pseudonym, health_dp.pseudonym) IS 'before or equal';

CREATE OPERATOR health_dp.> (
    leftarg = health_dp.pseudonym, rightarg = health_dp.pseudonym, function = health_dp.pseudonym_gt,
    commutator = OPERATOR(health_dp.<), negator = OPERATOR(health_dp.<=),
    restrict = scalargtsel, join = scalargtjoinsel);
COMMENT ON OPERATOR health_dp.> (health_dp.pseudonym, health_dp.pseudonym) IS 'after';

CREATE OPERATOR health_dp.>= (
    leftarg = health_dp.pseudonym, rightarg = health_dp.pseudonym, function = health_dp.pseudonym_ge,
    commutator = OPERATOR(health_dp.<=), negator = OPERATOR(health_dp.<),
    restrict = scalargesel, join = scalargejoinsel);
COMMENT ON OPERATOR health_dp.>= (health_dp.pseudonym, health_dp.pseudonym) IS 'after or equal';

CREATE FUNCTION health_dp.pseudonym_cmp(health_dp.pseudonym, health_dp.pseudonym) RETURNS integer
    LANGUAGE c IMMUTABLE STRICT LEAKPROOF PARALLEL SAFE AS 'MODULE_PATHNAME', 'hdp_pseudonym_cmp';
COMMENT ON FUNCTION health_dp.pseudonym_cmp(health_dp.pseudonym, health_dp.pseudonym) IS 'internal: less than, equal to or greater than zero, for btree indexes';

CREATE FUNCTION health_dp.pseudonym_hash(health_dp.pseudonym) RETURNS integer
    LANGUAGE c IMMUTABLE STRICT LEAKPROOF PARALLEL SAFE AS 'MODULE_PATHNAME', 'hdp_pseudonym_hash';
COMMENT ON FUNCTION health_dp.pseudonym_hash(health_dp.pseudonym) IS 'internal: hash, for hash indexes and joins';

CREATE FUNCTION health_dp.pseudonym_hash_extended(health_dp.pseudonym, bigint) RETURNS bigint
    LANGUAGE c IMMUTABLE STRICT LEAKPROOF PARALLEL SAFE AS 'MODULE_PATHNAME', 'hdp_pseudonym_hash_extended';
COMMENT ON FUNCTION health_dp.pseudonym_hash_extended(health_dp.pseudonym, bigint) IS 'internal: hash with a seed, for hash partitioning';

CREATE OPERATOR CLASS health_dp.pseudonym_ops DEFAULT FOR TYPE health_dp.pseudonym USING btree AS
    OPERATOR 1 health_dp.<, OPERATOR 2 health_dp.<=, OPERATOR 3 health_dp.=, OPERATOR 4 health_dp.>=,
    OPERATOR 5 health_dp.>, FUNCTION 1 health_dp.pseudonym_cmp(health_dp.pseudonym, health_dp.pseudonym);

CREATE OPERATOR CLASS health_dp.pseudonym_hash_ops DEFAULT FOR TYPE health_dp.pseudonym USING hash AS
    OPERATOR 1 health_dp.=, FUNCTION 1 health_dp.pseudonym_hash(health_dp.pseudonym),
    FUNCTION 2 health_dp.pseudonym_hash_extended(health_dp.pseudonym, bigint);

CREATE FUNCTION health_dp.pseudonym(bytea) RETURNS health_dp.pseudonym
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'hdp_pseudonym_from_bytea';
COMMENT ON FUNCTION health_dp.pseudonym(bytea) IS 'The pseudonym of these 17 bytes, as another system sent them.';
CREATE CAST (bytea AS health_dp.pseudonym) WITH FUNCTION health_dp.pseudonym(bytea);
CREATE CAST (health_dp.pseudonym AS bytea) WITH FUNCTION health_dp.pseudonym_send(health_dp.pseudonym);
CREATE CAST (health_dp.pseudonym AS text) WITH INOUT AS ASSIGNMENT;
CREATE CAST (text AS health_dp.pseudonym) WITH INOUT;

CREATE FUNCTION health_dp.key_version(health_dp.pseudonym) RETURNS smallint
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'hdp_pseudonym_version';
COMMENT ON FUNCTION health_dp.key_version(health_dp.pseudonym) IS 'The version of the key that made a pseudonym.';
