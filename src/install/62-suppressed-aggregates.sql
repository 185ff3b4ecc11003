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

CREATE AGGREGATE health_dp.sc_sum(smallint) (
    sfunc = health_dp.refuse_transition, stype = internal, finalfunc = health_dp.refuse_bigint, parallel = safe);
COMMENT ON AGGREGATE health_dp.sc_sum(smallint) IS 'sum of a column with declared bounds, exact; null where it is hidden';
CREATE AGGREGATE health_dp.sc_sum(integer) (
    sfunc = health_dp.refuse_transition, stype = internal, finalfunc = health_dp.refuse_bigint, parallel = safe);
COMMENT ON AGGREGATE health_dp.sc_sum(integer) IS 'sum of a column with declared bounds, exact; null where it is hidden';
CREATE AGGREGATE health_dp.sc_sum(bigint) (
    sfunc = health_dp.refuse_transition, stype = internal, finalfunc = health_dp.refuse_numeric, parallel = safe);
COMMENT ON AGGREGATE health_dp.sc_sum(bigint) IS 'sum of a column with declared bounds, exact; null where it is hidden';
CREATE AGGREGATE health_dp.sc_sum(numeric) (
    sfunc = health_dp.refuse_transition, stype = internal, finalfunc = health_dp.refuse_numeric, parallel = safe);
COMMENT ON AGGREGATE health_dp.sc_sum(numeric) IS 'sum of a column with declared bounds, exact; null where it is hidden';
CREATE AGGREGATE health_dp.sc_sum(real) (
    sfunc = health_dp.refuse_transition, stype = internal, finalfunc = health_dp.refuse_real, parallel = safe);
COMMENT ON AGGREGATE health_dp.sc_sum(real) IS 'sum of a column with declared bounds, exact; null where it is hidden';
CREATE AGGREGATE health_dp.sc_sum(double precision) (
    sfunc = health_dp.refuse_transition, stype = internal, finalfunc = health_dp.refuse_double, parallel = safe);
COMMENT ON AGGREGATE health_dp.sc_sum(double precision) IS 'sum of a column with declared bounds, exact; null where it is hidden';

CREATE AGGREGATE health_dp.sc_avg(smallint) (
    sfunc = health_dp.refuse_transition, stype = internal, finalfunc = health_dp.refuse_numeric, parallel = safe);
COMMENT ON AGGREGATE health_dp.sc_avg(smallint) IS 'mean of a column with declared bounds, exact; null where it is hidden';
CREATE AGGREGATE health_dp.sc_avg(integer) (
    sfunc = health_dp.refuse_transition, stype = internal, finalfunc = health_dp.refuse_numeric, parallel = safe);
COMMENT ON AGGREGATE health_dp.sc_avg(integer) IS 'mean of a column with declared bounds, exact; null where it is hidden';
CREATE AGGREGATE health_dp.sc_avg(bigint) (
    sfunc = health_dp.refuse_transition, stype = internal, finalfunc = health_dp.refuse_numeric, parallel = safe);
COMMENT ON AGGREGATE health_dp.sc_avg(bigint) IS 'mean of a column with declared bounds, exact; null where it is hidden';
CREATE AGGREGATE health_dp.sc_avg(numeric) (
    sfunc = health_dp.refuse_transition, stype = internal, finalfunc = health_dp.refuse_numeric, parallel = safe);
COMMENT ON AGGREGATE health_dp.sc_avg(numeric) IS 'mean of a column with declared bounds, exact; null where it is hidden';
CREATE AGGREGATE health_dp.sc_avg(real) (
    sfunc = health_dp.refuse_transition, stype = internal, finalfunc = health_dp.refuse_double, parallel = safe);
COMMENT ON AGGREGATE health_dp.sc_avg(real) IS 'mean of a column with declared bounds, exact; null where it is hidden';
CREATE AGGREGATE health_dp.sc_avg(double precision) (
    sfunc = health_dp.refuse_transition, stype = internal, finalfunc = health_dp.refuse_double, parallel = safe);
COMMENT ON AGGREGATE health_dp.sc_avg(double precision) IS 'mean of a column with declared bounds, exact; null where it is hidden';

CREATE AGGREGATE health_dp.sc_var(smallint) (
    sfunc = health_dp.refuse_transition, stype = internal, finalfunc = health_dp.refuse_numeric, parallel = safe);
COMMENT ON AGGREGATE health_dp.sc_var(smallint) IS 'variance of a column with declared bounds, as var_samp, exact; null where it is hidden';
CREATE AGGREGATE health_dp.sc_var(integer) (
    sfunc = health_dp.refuse_transition, stype = internal, finalfunc = health_dp.refuse_numeric, parallel = safe);
COMMENT ON AGGREGATE health_dp.sc_var(integer) IS 'variance of a column with declared bounds, as var_samp, exact; null where it is hidden';
CREATE AGGREGATE health_dp.sc_var(bigint) (
    sfunc = health_dp.refuse_transition, stype = internal, finalfunc = health_dp.refuse_numeric, parallel = safe);
COMMENT ON AGGREGATE health_dp.sc_var(bigint) IS 'variance of a column with declared bounds, as var_samp, exact; null where it is hidden';
CREATE AGGREGATE health_dp.sc_var(numeric) (
    sfunc = health_dp.refuse_transition, stype = internal, finalfunc = health_dp.refuse_numeric, parallel = safe);
COMMENT ON AGGREGATE health_dp.sc_var(numeric) IS 'variance of a column with declared bounds, as var_samp, exact; null where it is hidden';
CREATE AGGREGATE health_dp.sc_var(real) (
    sfunc = health_dp.refuse_transition, stype = internal, finalfunc = health_dp.refuse_double, parallel = safe);
COMMENT ON AGGREGATE health_dp.sc_var(real) IS 'variance of a column with declared bounds, as var_samp, exact; null where it is hidden';
CREATE AGGREGATE health_dp.sc_var(double precision) (
    sfunc = health_dp.refuse_transition, stype = internal, finalfunc = health_dp.refuse_double, parallel = safe);
COMMENT ON AGGREGATE health_dp.sc_var(double precision) IS 'variance of a column with declared bounds, as var_samp, exact; null where it is hidden';

CREATE FUNCTION health_dp.release_set() RETURNS integer
    LANGUAGE c STABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'hdp_release_set';
COMMENT ON FUNCTION health_dp.release_set() IS 'internal: stands for the grouping set in a suppressed release, which puts it in';
