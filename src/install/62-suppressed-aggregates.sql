-- Aggregates of suppressed releases: exact, small cells hidden. As with the dp aggregates, the planner replaces them.

CREATE FUNCTION health_dp.refuse_boolean(internal) RETURNS boolean
    LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'hdp_release_refuse';
COMMENT ON FUNCTION health_dp.refuse_boolean(internal) IS 'internal: refuses an aggregate of a suppressed release that the planner has not vetted';

CREATE AGGREGATE health_dp.sc_count(*) (
    sfunc = health_dp.refuse_transition, stype = internal, finalfunc = health_dp.refuse_bigint, parallel = safe);
COMMENT ON AGGREGATE health_dp.sc_count(*) IS 'number of rows, exact; null where the cell is hidden';
CREATE AGGREGATE health_dp.sc_count("any") (
    sfunc = health_dp.refuse_transition, stype = internal, finalfunc = health_dp.refuse_bigint, parallel = safe);
COMMENT ON AGGREGATE health_dp.sc_count("any") IS 'sc_count(DISTINCT patient): number of patients, exact; null where the cell is hidden';
CREATE AGGREGATE health_dp.sc_hidden(*) (
    sfunc = health_dp.refuse_transition, stype = internal, finalfunc = health_dp.refuse_boolean, parallel = safe);
COMMENT ON AGGREGATE health_dp.sc_hidden(*) IS 'whether the cell is hidden, by a rule or to protect another one: which of the two is not said';

CREATE FUNCTION health_dp.release_set() RETURNS integer
    LANGUAGE c STABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'hdp_release_set';
COMMENT ON FUNCTION health_dp.release_set() IS 'internal: stands for the grouping set in a suppressed release, which puts it in';
