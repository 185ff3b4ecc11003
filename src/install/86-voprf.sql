-- Blind pseudonymisation (RFC 9497, VOPRF, ristretto255-SHA512): a source gets its persons' linkage identifiers without
-- showing an identity to the holder of the key, or getting the key [C21, C22]. One call takes a whole batch; batches may go
-- to parallel workers. health_dp.permit_key_use() opens blind, evaluate and finalise, and each identifier counts as one use
-- of the key, on record before it is made [C23].
-- COST is that of some hundred identifiers, about 50 microseconds each: enough for a table of batches to go parallel.

CREATE FUNCTION health_dp.is_identifier(identifier text, domain text) RETURNS boolean
    LANGUAGE c STABLE STRICT PARALLEL SAFE COST 100 AS 'MODULE_PATHNAME', 'hdp_voprf_is_identifier';
COMMENT ON FUNCTION health_dp.is_identifier(text, text) IS
    'Whether the text can be an identifier in this domain, whose form says what one looks like. For leaving out what blind() '
    'would refuse. Uses no key; comes with the permission to blind.';
REVOKE EXECUTE ON FUNCTION health_dp.is_identifier(text, text) FROM PUBLIC;

CREATE FUNCTION health_dp.blind(identifiers text[], domain text, batch uuid) RETURNS bytea
    LANGUAGE c STABLE STRICT PARALLEL SAFE COST 200000 AS 'MODULE_PATHNAME', 'hdp_voprf_blind';
COMMENT ON FUNCTION health_dp.blind(text[], text, uuid) IS
    'At a source: the request for up to 65,535 identifiers, which tells nobody anything about them. domain is the source''s '
    'own and gives the secret that hides them. batch is new for each batch, gen_random_uuid(), and kept until finalise(): '
    'were it used again, the holder of the key could see that a request came twice.';
REVOKE EXECUTE ON FUNCTION health_dp.blind(text[], text, uuid) FROM PUBLIC;

CREATE FUNCTION health_dp.evaluate(request bytea, domain text) RETURNS bytea
    LANGUAGE c STABLE STRICT PARALLEL SAFE COST 200000 AS 'MODULE_PATHNAME', 'hdp_voprf_evaluate';
COMMENT ON FUNCTION health_dp.evaluate(bytea, text) IS
    'At the holder of the linkage key: the response to a request, with the proof that the key behind public_key() made it.';
REVOKE EXECUTE ON FUNCTION health_dp.evaluate(bytea, text) FROM PUBLIC;

CREATE FUNCTION health_dp.public_key(domain text) RETURNS text
    LANGUAGE c STABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'hdp_voprf_public_key';
COMMENT ON FUNCTION health_dp.public_key(text) IS
    'At the holder of the linkage key: what sources check its responses against. Published once, the same for all sources: '
    'whoever gave each source another one could tell their persons apart, and they would not match.';
REVOKE EXECUTE ON FUNCTION health_dp.public_key(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION health_dp.public_key(text) TO health_dp_custodian;

CREATE FUNCTION health_dp.public_key_version(public_key text) RETURNS smallint
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'hdp_voprf_public_key_version';
COMMENT ON FUNCTION health_dp.public_key_version(text) IS
    'The version of the linkage key that a public key belongs to, which its linkage identifiers carry.';

CREATE FUNCTION health_dp.finalise(
    identifiers text[], request bytea, response bytea, public_key text, domain text, batch uuid)
    RETURNS health_dp.pseudonym[]
    LANGUAGE c STABLE STRICT PARALLEL SAFE COST 200000 AS 'MODULE_PATHNAME', 'hdp_voprf_finalise';
COMMENT ON FUNCTION health_dp.finalise(text[], bytea, bytea, text, text, uuid) IS
    'At a source: the linkage identifiers, in the order of the identifiers, which is the one that blind() had. Refuses a '
    'response that another key made or that was changed, and a request that was not made of these identifiers.';
REVOKE EXECUTE ON FUNCTION health_dp.finalise(text[], bytea, bytea, text, text, uuid) FROM PUBLIC;
