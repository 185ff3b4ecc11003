-- The type of French registration numbers: what it accepts is well-formed and has a key that fits.

CREATE TYPE health_dp.nir;

CREATE FUNCTION health_dp.nir_in(cstring) RETURNS health_dp.nir
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'hdp_nir_in';
COMMENT ON FUNCTION health_dp.nir_in(cstring) IS 'internal: reads a nir';

CREATE FUNCTION health_dp.nir_out(health_dp.nir) RETURNS cstring
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'hdp_nir_out';
COMMENT ON FUNCTION health_dp.nir_out(health_dp.nir) IS 'internal: writes a nir';

CREATE FUNCTION health_dp.nir_recv(internal) RETURNS health_dp.nir
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'hdp_nir_recv';
COMMENT ON FUNCTION health_dp.nir_recv(internal) IS 'internal: receives a nir';

CREATE FUNCTION health_dp.nir_send(health_dp.nir) RETURNS bytea
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'hdp_nir_send';
COMMENT ON FUNCTION health_dp.nir_send(health_dp.nir) IS 'internal: sends a nir';

CREATE TYPE health_dp.nir (
    input = health_dp.nir_in, output = health_dp.nir_out, receive = health_dp.nir_recv, send = health_dp.nir_send,
    internallength = 15, alignment = char, storage = plain);
COMMENT ON TYPE health_dp.nir IS
    'A French registration number of a natural person (NIR): 13 characters with Corsica''s 2A and 2B kept, and a key that is right, or 98 or 99, which no real number has and which mark one as made up.';

CREATE FUNCTION health_dp.nir_eq(health_dp.nir, health_dp.nir) RETURNS boolean
    LANGUAGE c IMMUTABLE STRICT LEAKPROOF PARALLEL SAFE AS 'MODULE_PATHNAME', 'hdp_nir_eq';
COMMENT ON FUNCTION health_dp.nir_eq(health_dp.nir, health_dp.nir) IS 'implementation of = operator';

CREATE FUNCTION health_dp.nir_ne(health_dp.nir, health_dp.nir) RETURNS boolean
    LANGUAGE c IMMUTABLE STRICT LEAKPROOF PARALLEL SAFE AS 'MODULE_PATHNAME', 'hdp_nir_ne';
COMMENT ON FUNCTION health_dp.nir_ne(health_dp.nir, health_dp.nir) IS 'implementation of <> operator';

CREATE FUNCTION health_dp.nir_lt(health_dp.nir, health_dp.nir) RETURNS boolean
    LANGUAGE c IMMUTABLE STRICT LEAKPROOF PARALLEL SAFE AS 'MODULE_PATHNAME', 'hdp_nir_lt';
COMMENT ON FUNCTION health_dp.nir_lt(health_dp.nir, health_dp.nir) IS 'implementation of < operator';

CREATE FUNCTION health_dp.nir_le(health_dp.nir, health_dp.nir) RETURNS boolean
    LANGUAGE c IMMUTABLE STRICT LEAKPROOF PARALLEL SAFE AS 'MODULE_PATHNAME', 'hdp_nir_le';
COMMENT ON FUNCTION health_dp.nir_le(health_dp.nir, health_dp.nir) IS 'implementation of <= operator';

CREATE FUNCTION health_dp.nir_gt(health_dp.nir, health_dp.nir) RETURNS boolean
    LANGUAGE c IMMUTABLE STRICT LEAKPROOF PARALLEL SAFE AS 'MODULE_PATHNAME', 'hdp_nir_gt';
COMMENT ON FUNCTION health_dp.nir_gt(health_dp.nir, health_dp.nir) IS 'implementation of > operator';

CREATE FUNCTION health_dp.nir_ge(health_dp.nir, health_dp.nir) RETURNS boolean
    LANGUAGE c IMMUTABLE STRICT LEAKPROOF PARALLEL SAFE AS 'MODULE_PATHNAME', 'hdp_nir_ge';
COMMENT ON FUNCTION health_dp.nir_ge(health_dp.nir, health_dp.nir) IS 'implementation of >= operator';

CREATE OPERATOR health_dp.= (
    leftarg = health_dp.nir, rightarg = health_dp.nir, function = health_dp.nir_eq,
    commutator = OPERATOR(health_dp.=), negator = OPERATOR(health_dp.<>),
    restrict = eqsel, join = eqjoinsel, hashes, merges);
COMMENT ON OPERATOR health_dp.= (health_dp.nir, health_dp.nir) IS 'equal';

CREATE OPERATOR health_dp.<> (
    leftarg = health_dp.nir, rightarg = health_dp.nir, function = health_dp.nir_ne,
    commutator = OPERATOR(health_dp.<>), negator = OPERATOR(health_dp.=),
    restrict = neqsel, join = neqjoinsel);
COMMENT ON OPERATOR health_dp.<> (health_dp.nir, health_dp.nir) IS 'different';

CREATE OPERATOR health_dp.< (
    leftarg = health_dp.nir, rightarg = health_dp.nir, function = health_dp.nir_lt,
    commutator = OPERATOR(health_dp.>), negator = OPERATOR(health_dp.>=),
    restrict = scalarltsel, join = scalarltjoinsel);
COMMENT ON OPERATOR health_dp.< (health_dp.nir, health_dp.nir) IS 'before';

CREATE OPERATOR health_dp.<= (
    leftarg = health_dp.nir, rightarg = health_dp.nir, function = health_dp.nir_le,
    commutator = OPERATOR(health_dp.>=), negator = OPERATOR(health_dp.>),
    restrict = scalarlesel, join = scalarlejoinsel);
COMMENT ON OPERATOR health_dp.<= (health_dp.nir, health_dp.nir) IS 'before or equal';

CREATE OPERATOR health_dp.> (
    leftarg = health_dp.nir, rightarg = health_dp.nir, function = health_dp.nir_gt,
    commutator = OPERATOR(health_dp.<), negator = OPERATOR(health_dp.<=),
    restrict = scalargtsel, join = scalargtjoinsel);
COMMENT ON OPERATOR health_dp.> (health_dp.nir, health_dp.nir) IS 'after';

CREATE OPERATOR health_dp.>= (
    leftarg = health_dp.nir, rightarg = health_dp.nir, function = health_dp.nir_ge,
    commutator = OPERATOR(health_dp.<=), negator = OPERATOR(health_dp.<),
    restrict = scalargesel, join = scalargejoinsel);
COMMENT ON OPERATOR health_dp.>= (health_dp.nir, health_dp.nir) IS 'after or equal';

CREATE FUNCTION health_dp.nir_cmp(health_dp.nir, health_dp.nir) RETURNS integer
    LANGUAGE c IMMUTABLE STRICT LEAKPROOF PARALLEL SAFE AS 'MODULE_PATHNAME', 'hdp_nir_cmp';
COMMENT ON FUNCTION health_dp.nir_cmp(health_dp.nir, health_dp.nir) IS 'internal: less than, equal to or greater than zero, for btree indexes';

CREATE FUNCTION health_dp.nir_hash(health_dp.nir) RETURNS integer
    LANGUAGE c IMMUTABLE STRICT LEAKPROOF PARALLEL SAFE AS 'MODULE_PATHNAME', 'hdp_nir_hash';
COMMENT ON FUNCTION health_dp.nir_hash(health_dp.nir) IS 'internal: hash, for hash indexes and joins';

CREATE FUNCTION health_dp.nir_hash_extended(health_dp.nir, bigint) RETURNS bigint
    LANGUAGE c IMMUTABLE STRICT LEAKPROOF PARALLEL SAFE AS 'MODULE_PATHNAME', 'hdp_nir_hash_extended';
COMMENT ON FUNCTION health_dp.nir_hash_extended(health_dp.nir, bigint) IS 'internal: hash with a seed, for hash partitioning';

CREATE OPERATOR CLASS health_dp.nir_ops DEFAULT FOR TYPE health_dp.nir USING btree AS
    OPERATOR 1 health_dp.<, OPERATOR 2 health_dp.<=, OPERATOR 3 health_dp.=, OPERATOR 4 health_dp.>=,
    OPERATOR 5 health_dp.>, FUNCTION 1 health_dp.nir_cmp(health_dp.nir, health_dp.nir);

CREATE OPERATOR CLASS health_dp.nir_hash_ops DEFAULT FOR TYPE health_dp.nir USING hash AS
    OPERATOR 1 health_dp.=, FUNCTION 1 health_dp.nir_hash(health_dp.nir),
    FUNCTION 2 health_dp.nir_hash_extended(health_dp.nir, bigint);

CREATE CAST (health_dp.nir AS text) WITH INOUT AS ASSIGNMENT;
CREATE CAST (text AS health_dp.nir) WITH INOUT;

CREATE FUNCTION health_dp.is_made_up(health_dp.nir) RETURNS boolean
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'hdp_nir_is_made_up';
COMMENT ON FUNCTION health_dp.is_made_up(health_dp.nir) IS
    'Whether a number is marked as nobody''s, by the key 98 or 99.';
