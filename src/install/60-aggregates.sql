-- The differentially private aggregates. The planner replaces them; what stands here as their transition function only
-- says that it did not, so a query that slips past the library fails closed.

CREATE FUNCTION health_dp.refuse_transition(internal) RETURNS internal
    LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'hdp_release_refuse';
COMMENT ON FUNCTION health_dp.refuse_transition(internal) IS 'internal: refuses a dp aggregate that the planner has not vetted';
CREATE FUNCTION health_dp.refuse_transition(internal, "any") RETURNS internal
    LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'hdp_release_refuse';
COMMENT ON FUNCTION health_dp.refuse_transition(internal, "any") IS 'internal: refuses a dp aggregate that the planner has not vetted';
CREATE FUNCTION health_dp.refuse_transition(internal, "any", "any", "any") RETURNS internal
    LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'hdp_release_refuse';
COMMENT ON FUNCTION health_dp.refuse_transition(internal, "any", "any", "any") IS 'internal: refuses a dp aggregate that the planner has not vetted';
CREATE FUNCTION health_dp.refuse_transition(internal, "any", text) RETURNS internal
    LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'hdp_release_refuse';
COMMENT ON FUNCTION health_dp.refuse_transition(internal, "any", text) IS 'internal: refuses a dp aggregate that the planner has not vetted';

CREATE FUNCTION health_dp.refuse_bigint(internal) RETURNS bigint
    LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'hdp_release_refuse';
COMMENT ON FUNCTION health_dp.refuse_bigint(internal) IS 'internal: refuses a dp aggregate that the planner has not vetted';
CREATE FUNCTION health_dp.refuse_numeric(internal) RETURNS numeric
    LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'hdp_release_refuse';
COMMENT ON FUNCTION health_dp.refuse_numeric(internal) IS 'internal: refuses a dp aggregate that the planner has not vetted';
CREATE FUNCTION health_dp.refuse_real(internal) RETURNS real
    LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'hdp_release_refuse';
COMMENT ON FUNCTION health_dp.refuse_real(internal) IS 'internal: refuses a dp aggregate that the planner has not vetted';
CREATE FUNCTION health_dp.refuse_double(internal) RETURNS double precision
    LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'hdp_release_refuse';
COMMENT ON FUNCTION health_dp.refuse_double(internal) IS 'internal: refuses a dp aggregate that the planner has not vetted';
CREATE FUNCTION health_dp.refuse_bytea(internal) RETURNS bytea
    LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'hdp_release_refuse';
COMMENT ON FUNCTION health_dp.refuse_bytea(internal) IS 'internal: refuses a dp aggregate that the planner has not vetted';

CREATE AGGREGATE health_dp.release_marker("any", text) (
    sfunc = health_dp.refuse_transition, stype = internal, finalfunc = health_dp.refuse_bytea, parallel = safe);
COMMENT ON AGGREGATE health_dp.release_marker("any", text) IS 'internal: marks a vetted release between planner and executor';

CREATE AGGREGATE health_dp.dp_count(*) (
    sfunc = health_dp.refuse_transition, stype = internal, finalfunc = health_dp.refuse_bigint, parallel = safe);
COMMENT ON AGGREGATE health_dp.dp_count(*) IS 'number of rows, with noise; at most R rows of each patient and group count';
CREATE AGGREGATE health_dp.dp_count("any") (
    sfunc = health_dp.refuse_transition, stype = internal, finalfunc = health_dp.refuse_bigint, parallel = safe);
COMMENT ON AGGREGATE health_dp.dp_count("any") IS 'number of rows where the argument is not null, with noise; dp_count(DISTINCT patient) counts patients';

CREATE AGGREGATE health_dp.dp_sum(smallint) (
    sfunc = health_dp.refuse_transition, stype = internal, finalfunc = health_dp.refuse_bigint, parallel = safe);
COMMENT ON AGGREGATE health_dp.dp_sum(smallint) IS 'sum within the bounds the column declares, with noise';
CREATE AGGREGATE health_dp.dp_sum(integer) (
    sfunc = health_dp.refuse_transition, stype = internal, finalfunc = health_dp.refuse_bigint, parallel = safe);
COMMENT ON AGGREGATE health_dp.dp_sum(integer) IS 'sum within the bounds the column declares, with noise';
CREATE AGGREGATE health_dp.dp_sum(bigint) (
    sfunc = health_dp.refuse_transition, stype = internal, finalfunc = health_dp.refuse_numeric, parallel = safe);
COMMENT ON AGGREGATE health_dp.dp_sum(bigint) IS 'sum within the bounds the column declares, with noise';
CREATE AGGREGATE health_dp.dp_sum(numeric) (
    sfunc = health_dp.refuse_transition, stype = internal, finalfunc = health_dp.refuse_numeric, parallel = safe);
COMMENT ON AGGREGATE health_dp.dp_sum(numeric) IS 'sum within the bounds the column declares, with noise';
CREATE AGGREGATE health_dp.dp_sum(real) (
    sfunc = health_dp.refuse_transition, stype = internal, finalfunc = health_dp.refuse_real, parallel = safe);
COMMENT ON AGGREGATE health_dp.dp_sum(real) IS 'sum within the bounds the column declares, with noise';
CREATE AGGREGATE health_dp.dp_sum(double precision) (
    sfunc = health_dp.refuse_transition, stype = internal, finalfunc = health_dp.refuse_double, parallel = safe);
COMMENT ON AGGREGATE health_dp.dp_sum(double precision) IS 'sum within the bounds the column declares, with noise';

CREATE AGGREGATE health_dp.dp_sum(smallint, lower smallint, upper smallint) (
    sfunc = health_dp.refuse_transition, stype = internal, finalfunc = health_dp.refuse_bigint, parallel = safe);
COMMENT ON AGGREGATE health_dp.dp_sum(smallint, smallint, smallint) IS 'sum of values clamped to [lower, upper], with noise';
CREATE AGGREGATE health_dp.dp_sum(integer, lower integer, upper integer) (
    sfunc = health_dp.refuse_transition, stype = internal, finalfunc = health_dp.refuse_bigint, parallel = safe);
COMMENT ON AGGREGATE health_dp.dp_sum(integer, integer, integer) IS 'sum of values clamped to [lower, upper], with noise';
CREATE AGGREGATE health_dp.dp_sum(bigint, lower bigint, upper bigint) (
    sfunc = health_dp.refuse_transition, stype = internal, finalfunc = health_dp.refuse_numeric, parallel = safe);
COMMENT ON AGGREGATE health_dp.dp_sum(bigint, bigint, bigint) IS 'sum of values clamped to [lower, upper], with noise';
CREATE AGGREGATE health_dp.dp_sum(numeric, lower numeric, upper numeric) (
    sfunc = health_dp.refuse_transition, stype = internal, finalfunc = health_dp.refuse_numeric, parallel = safe);
COMMENT ON AGGREGATE health_dp.dp_sum(numeric, numeric, numeric) IS 'sum of values clamped to [lower, upper], with noise';
CREATE AGGREGATE health_dp.dp_sum(real, lower real, upper real) (
    sfunc = health_dp.refuse_transition, stype = internal, finalfunc = health_dp.refuse_real, parallel = safe);
COMMENT ON AGGREGATE health_dp.dp_sum(real, real, real) IS 'sum of values clamped to [lower, upper], with noise';
CREATE AGGREGATE health_dp.dp_sum(double precision, lower double precision, upper double precision) (
    sfunc = health_dp.refuse_transition, stype = internal, finalfunc = health_dp.refuse_double, parallel = safe);
COMMENT ON AGGREGATE health_dp.dp_sum(double precision, double precision, double precision) IS 'sum of values clamped to [lower, upper], with noise';

CREATE AGGREGATE health_dp.dp_avg(smallint) (
    sfunc = health_dp.refuse_transition, stype = internal, finalfunc = health_dp.refuse_numeric, parallel = safe);
COMMENT ON AGGREGATE health_dp.dp_avg(smallint) IS 'mean within the bounds the column declares, with noise; two measurements';
CREATE AGGREGATE health_dp.dp_avg(integer) (
    sfunc = health_dp.refuse_transition, stype = internal, finalfunc = health_dp.refuse_numeric, parallel = safe);
COMMENT ON AGGREGATE health_dp.dp_avg(integer) IS 'mean within the bounds the column declares, with noise; two measurements';
CREATE AGGREGATE health_dp.dp_avg(bigint) (
    sfunc = health_dp.refuse_transition, stype = internal, finalfunc = health_dp.refuse_numeric, parallel = safe);
COMMENT ON AGGREGATE health_dp.dp_avg(bigint) IS 'mean within the bounds the column declares, with noise; two measurements';
CREATE AGGREGATE health_dp.dp_avg(numeric) (
    sfunc = health_dp.refuse_transition, stype = internal, finalfunc = health_dp.refuse_numeric, parallel = safe);
COMMENT ON AGGREGATE health_dp.dp_avg(numeric) IS 'mean within the bounds the column declares, with noise; two measurements';
CREATE AGGREGATE health_dp.dp_avg(real) (
    sfunc = health_dp.refuse_transition, stype = internal, finalfunc = health_dp.refuse_double, parallel = safe);
COMMENT ON AGGREGATE health_dp.dp_avg(real) IS 'mean within the bounds the column declares, with noise; two measurements';
CREATE AGGREGATE health_dp.dp_avg(double precision) (
    sfunc = health_dp.refuse_transition, stype = internal, finalfunc = health_dp.refuse_double, parallel = safe);
COMMENT ON AGGREGATE health_dp.dp_avg(double precision) IS 'mean within the bounds the column declares, with noise; two measurements';

CREATE AGGREGATE health_dp.dp_avg(smallint, lower smallint, upper smallint) (
    sfunc = health_dp.refuse_transition, stype = internal, finalfunc = health_dp.refuse_numeric, parallel = safe);
COMMENT ON AGGREGATE health_dp.dp_avg(smallint, smallint, smallint) IS 'mean of values clamped to [lower, upper], with noise; two measurements';
CREATE AGGREGATE health_dp.dp_avg(integer, lower integer, upper integer) (
    sfunc = health_dp.refuse_transition, stype = internal, finalfunc = health_dp.refuse_numeric, parallel = safe);
COMMENT ON AGGREGATE health_dp.dp_avg(integer, integer, integer) IS 'mean of values clamped to [lower, upper], with noise; two measurements';
CREATE AGGREGATE health_dp.dp_avg(bigint, lower bigint, upper bigint) (
    sfunc = health_dp.refuse_transition, stype = internal, finalfunc = health_dp.refuse_numeric, parallel = safe);
COMMENT ON AGGREGATE health_dp.dp_avg(bigint, bigint, bigint) IS 'mean of values clamped to [lower, upper], with noise; two measurements';
CREATE AGGREGATE health_dp.dp_avg(numeric, lower numeric, upper numeric) (
    sfunc = health_dp.refuse_transition, stype = internal, finalfunc = health_dp.refuse_numeric, parallel = safe);
COMMENT ON AGGREGATE health_dp.dp_avg(numeric, numeric, numeric) IS 'mean of values clamped to [lower, upper], with noise; two measurements';
CREATE AGGREGATE health_dp.dp_avg(real, lower real, upper real) (
    sfunc = health_dp.refuse_transition, stype = internal, finalfunc = health_dp.refuse_double, parallel = safe);
COMMENT ON AGGREGATE health_dp.dp_avg(real, real, real) IS 'mean of values clamped to [lower, upper], with noise; two measurements';
CREATE AGGREGATE health_dp.dp_avg(double precision, lower double precision, upper double precision) (
    sfunc = health_dp.refuse_transition, stype = internal, finalfunc = health_dp.refuse_double, parallel = safe);
COMMENT ON AGGREGATE health_dp.dp_avg(double precision, double precision, double precision) IS 'mean of values clamped to [lower, upper], with noise; two measurements';

CREATE FUNCTION health_dp.release_rows(integer) RETURNS SETOF record
    LANGUAGE c VOLATILE PARALLEL RESTRICTED COST 10000 ROWS 100 AS 'MODULE_PATHNAME', 'hdp_release_rows';
COMMENT ON FUNCTION health_dp.release_rows(integer) IS 'internal: the planner''s own, stands for a release''s rows while a statement is planned';
REVOKE EXECUTE ON FUNCTION health_dp.release_rows(integer) FROM PUBLIC;
