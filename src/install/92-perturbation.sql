-- Cell-key perturbation (Fraser and Wooton 2005): the other way out of small cells. Each patient has a secret key, a cell has
-- the sum of its patients' keys, and the sum chooses the cell's noise, so that the same cell has the same noise in every
-- query and no repetition averages it away.

CREATE FUNCTION health_dp.record_key(patient text, domain text) RETURNS bigint
    LANGUAGE c STABLE STRICT PARALLEL SAFE COST 5 AS 'MODULE_PATHNAME', 'hdp_perturbation_record_key';
COMMENT ON FUNCTION health_dp.record_key(text, text) IS
    'A patient''s secret key for perturbation: 64 bits of an HMAC under a key of this domain, the same for every spelling of the identifier. Changes when the domain''s key is rotated, and all noise with it. Whoever knows record keys can undo the noise: keep them out of results. Counted as record_key.';
REVOKE EXECUTE ON FUNCTION health_dp.record_key(text, text) FROM PUBLIC;

CREATE FUNCTION health_dp.record_key(patient health_dp.pseudonym, domain text) RETURNS bigint
    LANGUAGE c STABLE STRICT PARALLEL SAFE COST 5 AS 'MODULE_PATHNAME', 'hdp_perturbation_record_key_of';
COMMENT ON FUNCTION health_dp.record_key(health_dp.pseudonym, text) IS
    'The same for patients who are known by pseudonyms.';
REVOKE EXECUTE ON FUNCTION health_dp.record_key(health_dp.pseudonym, text) FROM PUBLIC;

CREATE FUNCTION health_dp.add_record_key(state bigint, record_key bigint) RETURNS bigint
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'hdp_perturbation_add';
COMMENT ON FUNCTION health_dp.add_record_key(bigint, bigint) IS 'internal: a sum modulo 2^64';

CREATE AGGREGATE health_dp.cell_key(bigint) (
    sfunc = health_dp.add_record_key, stype = bigint, initcond = '0', combinefunc = health_dp.add_record_key,
    parallel = safe);
COMMENT ON AGGREGATE health_dp.cell_key(bigint) IS
    'A cell''s key: the sum of its patients'' record keys modulo 2^64. cell_key(DISTINCT record_key(...)) where a patient may have several rows.';

CREATE FUNCTION health_dp.perturb_count(count bigint, cell_key bigint, policy name) RETURNS bigint
    LANGUAGE c STABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'hdp_perturbation_count';
COMMENT ON FUNCTION health_dp.perturb_count(bigint, bigint, name) IS
    'The count with the noise that its cell''s key chooses: mean 0, the variance and largest deviation of the policy, never below 0; a count of 0 stays 0. The same patients give the same noise. Guarantees no more than that: no differential privacy, no interval; perturbed cells do not add up to perturbed totals, and two cells that differ by one patient tell roughly of that one.';

CREATE FUNCTION health_dp.round_count(count bigint, cell_key bigint, base bigint) RETURNS bigint
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'hdp_perturbation_round';
COMMENT ON FUNCTION health_dp.round_count(bigint, bigint, bigint) IS
    'The count rounded at random to one of the two multiples of base beside it, as its cell''s key chooses: right on average, multiples stay, the same patients round the same way in every query. Publish one base only: two narrow the count down. Rounded cells do not add up to rounded totals: round_table() rounds a whole table so that they do.';
