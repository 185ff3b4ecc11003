-- Small-cell suppression of any query's result, and the audit of what others suppressed. SECURITY INVOKER: the query runs
-- with the caller's own privileges, so that nobody reads through these what he could not read without them. For stewards
-- and auditors, who prepare and check tables; members of projects get theirs from releases.

CREATE FUNCTION health_dp.suppress_table(query text, dimensions text[], measures text[], policy name DEFAULT NULL,
    project name DEFAULT NULL, hierarchies text[] DEFAULT NULL, totals text[] DEFAULT NULL, groupings text[] DEFAULT NULL,
    overlapping text[] DEFAULT NULL, revealing text[] DEFAULT NULL, units text[] DEFAULT NULL,
    build_margins boolean DEFAULT false) RETURNS SETOF record
    LANGUAGE c VOLATILE AS 'MODULE_PATHNAME', 'hdp_suppression_table';
COMMENT ON FUNCTION health_dp.suppress_table(text, text[], text[], name, name, text[], text[], text[], text[], text[], text[], boolean) IS
    'The cells of a query''s result (or of a table or view, by name), with NULL for every measure of a hidden one: dimensions, measures, hidden, as your column definition list names them, in the order of their codes. The first measure counts distinct patients. Guarantees: no cell the policy hides is shown, and nobody who sees the result, its totals and the policy can narrow a hidden cell down further than the policy allows, nor can whoever is alone in a cell; proved by an audit of the joint system, or else an error and no row. Does not guarantee: differential privacy; anything against readers who know more, or who see other tables of the same patients.';
REVOKE EXECUTE ON FUNCTION health_dp.suppress_table(text, text[], text[], name, name, text[], text[], text[], text[], text[], text[], boolean) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION health_dp.suppress_table(text, text[], text[], name, name, text[], text[], text[], text[], text[], text[], boolean) TO health_dp_steward, health_dp_auditor;

-- The columns of a table or view, so that nobody types them: PostgreSQL knows the row type of NULL::counted before it runs
-- anything, and of a query's text it does not (docs/decisions/0003-columns-from-a-row-type.md).
CREATE FUNCTION health_dp.suppress_table(source anyelement, dimensions text[], measures text[], policy name DEFAULT NULL,
    project name DEFAULT NULL, hierarchies text[] DEFAULT NULL, totals text[] DEFAULT NULL, groupings text[] DEFAULT NULL,
    overlapping text[] DEFAULT NULL, revealing text[] DEFAULT NULL, units text[] DEFAULT NULL,
    build_margins boolean DEFAULT false) RETURNS SETOF anyelement
    LANGUAGE c VOLATILE AS 'MODULE_PATHNAME', 'hdp_suppression_table_of';
COMMENT ON FUNCTION health_dp.suppress_table(anyelement, text[], text[], name, name, text[], text[], text[], text[], text[], text[], boolean) IS
    'The cells of a table or view, given as NULL::counted, in its own columns: SELECT * FROM health_dp.suppress_table(NULL::counted, ''{region,age}'', ''{patients}'', policy => ''pcornet''). Measures of hidden cells are null; a boolean column hidden of the table or view is filled in. Columns that are neither are refused. Guarantees and does not guarantee what suppress_table() of a query does.';
REVOKE EXECUTE ON FUNCTION health_dp.suppress_table(anyelement, text[], text[], name, name, text[], text[], text[], text[], text[], text[], boolean) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION health_dp.suppress_table(anyelement, text[], text[], name, name, text[], text[], text[], text[], text[], text[], boolean) TO health_dp_steward, health_dp_auditor;

CREATE FUNCTION health_dp.suppress_tables(definition jsonb)
    RETURNS TABLE (table_name text, codes text[], totals boolean[], shown numeric[], hidden boolean)
    LANGUAGE c STRICT VOLATILE AS 'MODULE_PATHNAME', 'hdp_suppression_tables';
COMMENT ON FUNCTION health_dp.suppress_tables(jsonb) IS
    'Several tables over common dimensions, protected together: what each shows says nothing about what another hides. Cells by their codes, and whether each code is the total; measures in the definition''s order, null where hidden. Guarantees, over all of these tables together, what suppress_table() does over one. The definition is checked strictly; docs/suppress.md has its grammar.';
REVOKE EXECUTE ON FUNCTION health_dp.suppress_tables(jsonb) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION health_dp.suppress_tables(jsonb) TO health_dp_steward, health_dp_auditor;

CREATE FUNCTION health_dp.audit_table(query text, dimensions text[], measures text[], policy name DEFAULT NULL,
    project name DEFAULT NULL, hierarchies text[] DEFAULT NULL, totals text[] DEFAULT NULL, groupings text[] DEFAULT NULL,
    overlapping text[] DEFAULT NULL, revealing text[] DEFAULT NULL, units text[] DEFAULT NULL, hidden name DEFAULT 'hidden')
    RETURNS TABLE (codes text[], measure text, lowest numeric, highest numeric, safe boolean, why text)
    LANGUAGE c VOLATILE AS 'MODULE_PATHNAME', 'hdp_suppression_audit_table';
COMMENT ON FUNCTION health_dp.audit_table(text, text[], text[], name, name, text[], text[], text[], text[], text[], text[], name) IS
    'What readers of a table can find out that others suppressed: for each hidden cell, and each that should be, the least and the most it can be for somebody who sees the rest, and whether the policy is content with that. The query gives a boolean column that says what is hidden, and either all true values (then every rule is checked, also against whoever is alone in a cell) or null where they are not known (then only what an outsider sees, and a hidden count that may be below the threshold must be able to be any other). Safe only where proved. Not for readers of the table: why tells of hidden values.';
REVOKE EXECUTE ON FUNCTION health_dp.audit_table(text, text[], text[], name, name, text[], text[], text[], text[], text[], text[], name) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION health_dp.audit_table(text, text[], text[], name, name, text[], text[], text[], text[], text[], text[], name) TO health_dp_steward, health_dp_auditor;

CREATE FUNCTION health_dp.audit_tables(definition jsonb)
    RETURNS TABLE (table_name text, codes text[], measure text, lowest numeric, highest numeric, safe boolean, why text)
    LANGUAGE c STRICT VOLATILE AS 'MODULE_PATHNAME', 'hdp_suppression_audit_tables';
COMMENT ON FUNCTION health_dp.audit_tables(jsonb) IS
    'Several tables that others suppressed, audited together, as audit_table() audits one: a cell that any of them shows is known. Takes what suppress_tables() takes, with "hidden" naming each table''s boolean column.';
REVOKE EXECUTE ON FUNCTION health_dp.audit_tables(jsonb) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION health_dp.audit_tables(jsonb) TO health_dp_steward, health_dp_auditor;

CREATE FUNCTION health_dp.round_table(query text, dimensions text[], measures text[], base bigint, hierarchies text[] DEFAULT NULL,
    totals text[] DEFAULT NULL, groupings text[] DEFAULT NULL, overlapping text[] DEFAULT NULL, build_margins boolean DEFAULT false)
    RETURNS SETOF record
    LANGUAGE c VOLATILE AS 'MODULE_PATHNAME', 'hdp_suppression_round_table';
COMMENT ON FUNCTION health_dp.round_table(text, text[], text[], bigint, text[], text[], text[], text[], boolean) IS
    'Controlled rounding: the cells of a query''s result, every measure a multiple of base, and all totals those of their parts. Multiples of base stay and other numbers go to one of their two neighbours, as near to the true ones as is found; where no table of that kind adds up, numbers may move by one base more, but zeros stay. Dimensions and measures, as your column definition list names them, in the order of their codes. The same table gives the same result. Guarantees: an error, or else a table that adds up, each number less than base (or twice base) away from the true one. Does not guarantee: that a small number is hidden beyond that distance, that it is right on average, nor anything against readers of another rounding of the same data.';
REVOKE EXECUTE ON FUNCTION health_dp.round_table(text, text[], text[], bigint, text[], text[], text[], text[], boolean) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION health_dp.round_table(text, text[], text[], bigint, text[], text[], text[], text[], boolean) TO health_dp_steward, health_dp_auditor;

CREATE FUNCTION health_dp.round_table(source anyelement, dimensions text[], measures text[], base bigint, hierarchies text[] DEFAULT NULL,
    totals text[] DEFAULT NULL, groupings text[] DEFAULT NULL, overlapping text[] DEFAULT NULL, build_margins boolean DEFAULT false)
    RETURNS SETOF anyelement LANGUAGE c VOLATILE AS 'MODULE_PATHNAME', 'hdp_suppression_round_table_of';
COMMENT ON FUNCTION health_dp.round_table(anyelement, text[], text[], bigint, text[], text[], text[], text[], boolean) IS
    'The cells of a table or view, given as NULL::counted, rounded, in its own columns. Guarantees and does not guarantee what round_table() of a query does.';
REVOKE EXECUTE ON FUNCTION health_dp.round_table(anyelement, text[], text[], bigint, text[], text[], text[], text[], boolean) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION health_dp.round_table(anyelement, text[], text[], bigint, text[], text[], text[], text[], boolean) TO health_dp_steward, health_dp_auditor;

CREATE FUNCTION health_dp.round_tables(definition jsonb, base bigint)
    RETURNS TABLE (table_name text, codes text[], totals boolean[], rounded numeric[])
    LANGUAGE c STRICT VOLATILE AS 'MODULE_PATHNAME', 'hdp_suppression_round_tables';
COMMENT ON FUNCTION health_dp.round_tables(jsonb, bigint) IS
    'Several tables over common dimensions, rounded together as round_table() rounds one: what two of them share is rounded alike. Takes what suppress_tables() takes, without a policy.';
REVOKE EXECUTE ON FUNCTION health_dp.round_tables(jsonb, bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION health_dp.round_tables(jsonb, bigint) TO health_dp_steward, health_dp_auditor;

-- For one number at a time. Everybody may: they compute with what the caller has already. Parsed when made, so that no
-- search_path matters and queries take them in.
CREATE FUNCTION health_dp.at_least(n bigint, smallest bigint) RETURNS bigint
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE RETURN CASE WHEN n >= smallest THEN n END;
COMMENT ON FUNCTION health_dp.at_least(bigint, bigint) IS
    'n, or null when it is smaller than smallest. Masks one number and guarantees nothing about a table: a total minus the other cells gives it back. suppress_table() protects tables.';
CREATE FUNCTION health_dp.at_least(n integer, smallest integer) RETURNS integer
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE RETURN CASE WHEN n >= smallest THEN n END;
COMMENT ON FUNCTION health_dp.at_least(integer, integer) IS
    'n, or null when it is smaller than smallest. Masks one number and guarantees nothing about a table.';
CREATE FUNCTION health_dp.at_least(n numeric, smallest numeric) RETURNS numeric
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE RETURN CASE WHEN n >= smallest THEN n END;
COMMENT ON FUNCTION health_dp.at_least(numeric, numeric) IS
    'n, or null when it is smaller than smallest. Masks one number and guarantees nothing about a table.';
CREATE OPERATOR health_dp.!< (leftarg = bigint, rightarg = bigint, function = health_dp.at_least);
COMMENT ON OPERATOR health_dp.!< (bigint, bigint) IS 'n !< 11: n, or null when n < 11; masks one number, protects no table';
CREATE OPERATOR health_dp.!< (leftarg = integer, rightarg = integer, function = health_dp.at_least);
COMMENT ON OPERATOR health_dp.!< (integer, integer) IS 'n !< 11: n, or null when n < 11; masks one number, protects no table';
CREATE OPERATOR health_dp.!< (leftarg = numeric, rightarg = numeric, function = health_dp.at_least);
COMMENT ON OPERATOR health_dp.!< (numeric, numeric) IS 'n !< 11: n, or null when n < 11; masks one number, protects no table';
