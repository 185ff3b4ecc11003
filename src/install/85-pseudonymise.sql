-- What computes with a domain's key. Nobody may call any of it by default: health_dp.permit_key_use() opens it to one role,
-- and the ledger's worker puts every use on record before it is made [C23]. STABLE: within a statement, the same identifier
-- gives the same result, and indexes on pseudonyms can be asked; PARALLEL SAFE: each process counts what it does itself.

CREATE FUNCTION health_dp.pseudonymise(identifier text, domain text) RETURNS health_dp.pseudonym
    LANGUAGE c STABLE STRICT PARALLEL SAFE COST 5 AS 'MODULE_PATHNAME', 'hdp_pseudonymise_text';
COMMENT ON FUNCTION health_dp.pseudonymise(text, text) IS
    'What stands for a person in this domain: keyed, irreversible, the same for every spelling of the identifier. Made with '
    'the current version of the domain''s key, which the pseudonym carries. Counted as pseudonymise.';
REVOKE EXECUTE ON FUNCTION health_dp.pseudonymise(text, text) FROM PUBLIC;

CREATE FUNCTION health_dp.pseudonymise(identifier text, domain text, version integer) RETURNS health_dp.pseudonym
    LANGUAGE c STABLE STRICT PARALLEL SAFE COST 5 AS 'MODULE_PATHNAME', 'hdp_pseudonymise_text_version';
COMMENT ON FUNCTION health_dp.pseudonymise(text, text, integer) IS
    'The same with an older version of the key, to find what was made with it; 0 is the current one.';
REVOKE EXECUTE ON FUNCTION health_dp.pseudonymise(text, text, integer) FROM PUBLIC;

CREATE FUNCTION health_dp.pseudonymise(identifier health_dp.nir, domain text) RETURNS health_dp.pseudonym
    LANGUAGE c STABLE STRICT PARALLEL SAFE COST 5 AS 'MODULE_PATHNAME', 'hdp_pseudonymise_nir';
COMMENT ON FUNCTION health_dp.pseudonymise(health_dp.nir, text) IS
    'The pseudonym of a registration number, in a domain that identifies persons by theirs.';
REVOKE EXECUTE ON FUNCTION health_dp.pseudonymise(health_dp.nir, text) FROM PUBLIC;

CREATE FUNCTION health_dp.pseudonymise(identifier health_dp.nir, domain text, version integer)
    RETURNS health_dp.pseudonym
    LANGUAGE c STABLE STRICT PARALLEL SAFE COST 5 AS 'MODULE_PATHNAME', 'hdp_pseudonymise_nir_version';
COMMENT ON FUNCTION health_dp.pseudonymise(health_dp.nir, text, integer) IS
    'The same with an older version of the key; 0 is the current one.';
REVOKE EXECUTE ON FUNCTION health_dp.pseudonymise(health_dp.nir, text, integer) FROM PUBLIC;

CREATE OPERATOR health_dp.|> (leftarg = text, rightarg = text, function = health_dp.pseudonymise);
COMMENT ON OPERATOR health_dp.|> (text, text) IS 'identifier |> domain: health_dp.pseudonymise(identifier, domain)';
CREATE OPERATOR health_dp.|> (leftarg = health_dp.nir, rightarg = text, function = health_dp.pseudonymise);
COMMENT ON OPERATOR health_dp.|> (health_dp.nir, text) IS 'number |> domain: health_dp.pseudonymise(number, domain)';

CREATE TYPE health_dp.sealed;

CREATE FUNCTION health_dp.sealed_in(cstring) RETURNS health_dp.sealed
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'hdp_sealed_in';
COMMENT ON FUNCTION health_dp.sealed_in(cstring) IS 'internal: reads a sealed identifier';

CREATE FUNCTION health_dp.sealed_out(health_dp.sealed) RETURNS cstring
    LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE AS 'byteaout';
COMMENT ON FUNCTION health_dp.sealed_out(health_dp.sealed) IS 'internal: writes a sealed identifier';

CREATE FUNCTION health_dp.sealed_recv(internal) RETURNS health_dp.sealed
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'hdp_sealed_recv';
COMMENT ON FUNCTION health_dp.sealed_recv(internal) IS 'internal: receives a sealed identifier';

CREATE FUNCTION health_dp.sealed_send(health_dp.sealed) RETURNS bytea
    LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE AS 'byteasend';
COMMENT ON FUNCTION health_dp.sealed_send(health_dp.sealed) IS 'internal: sends a sealed identifier';

CREATE TYPE health_dp.sealed (
    input = health_dp.sealed_in, output = health_dp.sealed_out, receive = health_dp.sealed_recv,
    send = health_dp.sealed_send, like = bytea);
COMMENT ON TYPE health_dp.sealed IS
    'An identifier that whoever holds the key can open again: the version of the key, a tag, and as many bytes as the '
    'identifier has. The same identifier in the same column looks the same, so that sealed columns join; nothing else shows.';

CREATE CAST (health_dp.sealed AS bytea) WITHOUT FUNCTION AS IMPLICIT;
COMMENT ON CAST (health_dp.sealed AS bytea) IS 'Comparison, indexes and joins of sealed identifiers are those of bytes.';
CREATE FUNCTION health_dp.sealed(bytea) RETURNS health_dp.sealed
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'hdp_sealed_from_bytea';
COMMENT ON FUNCTION health_dp.sealed(bytea) IS 'The sealed identifier of these bytes, as another system sent them.';
CREATE CAST (bytea AS health_dp.sealed) WITH FUNCTION health_dp.sealed(bytea);

CREATE FUNCTION health_dp.key_version(health_dp.sealed) RETURNS smallint
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'hdp_sealed_version';
COMMENT ON FUNCTION health_dp.key_version(health_dp.sealed) IS 'The version of the key that sealed an identifier.';

CREATE FUNCTION health_dp.seal_identifier(identifier text, domain text, column_name text DEFAULT 'identifier')
    RETURNS health_dp.sealed
    LANGUAGE c STABLE STRICT PARALLEL SAFE COST 80 AS 'MODULE_PATHNAME', 'hdp_sealed_seal';
COMMENT ON FUNCTION health_dp.seal_identifier(text, text, text) IS
    'Seals an identifier (AES-256-SIV) for a domain and a column, whose name is part of it: copied elsewhere it opens no '
    'more. Counted as seal.';
REVOKE EXECUTE ON FUNCTION health_dp.seal_identifier(text, text, text) FROM PUBLIC;

CREATE FUNCTION health_dp.reidentify(
    sealed health_dp.sealed, domain text, motive text, column_name text DEFAULT 'identifier') RETURNS text
    LANGUAGE c STABLE STRICT PARALLEL RESTRICTED COST 80 AS 'MODULE_PATHNAME', 'hdp_sealed_open';
COMMENT ON FUNCTION health_dp.reidentify(health_dp.sealed, text, text, text) IS
    'Opens a sealed identifier, under an order that you asked for with this motive (ask_reidentification) and that a '
    'custodian approved. Counted as reidentify, with the motive on record.';
REVOKE EXECUTE ON FUNCTION health_dp.reidentify(health_dp.sealed, text, text, text) FROM PUBLIC;

CREATE FUNCTION health_dp.pseudonymise_nir(identifier health_dp.nir, domain text, check_key text DEFAULT '98')
    RETURNS health_dp.nir
    LANGUAGE c STABLE STRICT PARALLEL SAFE COST 15 AS 'MODULE_PATHNAME', 'hdp_pseudonymise_to_nir';
COMMENT ON FUNCTION health_dp.pseudonymise_nir(health_dp.nir, text, text) IS
    'Another well-formed NIR for each NIR (FF1), for software that takes nothing else. check_key: 98 or 99, which no person '
    'has, or right, which may make it another person''s number. Counted as pseudonymise_nir.';
REVOKE EXECUTE ON FUNCTION health_dp.pseudonymise_nir(health_dp.nir, text, text) FROM PUBLIC;

CREATE FUNCTION health_dp.reidentify_nir(
    pseudonymised health_dp.nir, domain text, motive text, version integer DEFAULT 0) RETURNS health_dp.nir
    LANGUAGE c STABLE STRICT PARALLEL RESTRICTED COST 15 AS 'MODULE_PATHNAME', 'hdp_pseudonymise_from_nir';
COMMENT ON FUNCTION health_dp.reidentify_nir(health_dp.nir, text, text, integer) IS
    'The number that pseudonymise_nir() made this one from, under an approved order. A NIR does not carry its key''s version: '
    '0 is the current one. Counted as reidentify.';
REVOKE EXECUTE ON FUNCTION health_dp.reidentify_nir(health_dp.nir, text, text, integer) FROM PUBLIC;

CREATE FUNCTION health_dp.shift_date(day date, patient text, domain text, window_days integer) RETURNS date
    LANGUAGE c STABLE STRICT PARALLEL SAFE COST 5 AS 'MODULE_PATHNAME', 'hdp_pseudonymise_date';
COMMENT ON FUNCTION health_dp.shift_date(date, text, text, integer) IS
    'The day moved by a secret number of days, -window to +window, one for each patient, domain and window: intervals within '
    'a patient stay true. Counted as shift_date.';
REVOKE EXECUTE ON FUNCTION health_dp.shift_date(date, text, text, integer) FROM PUBLIC;

CREATE FUNCTION health_dp.shift_date(day date, patient health_dp.pseudonym, domain text, window_days integer)
    RETURNS date
    LANGUAGE c STABLE STRICT PARALLEL SAFE COST 5 AS 'MODULE_PATHNAME', 'hdp_pseudonymise_date_of';
COMMENT ON FUNCTION health_dp.shift_date(date, health_dp.pseudonym, text, integer) IS
    'The same where the patient is known by a pseudonym, which gives other shifts than the identifier does.';
REVOKE EXECUTE ON FUNCTION health_dp.shift_date(date, health_dp.pseudonym, text, integer) FROM PUBLIC;
