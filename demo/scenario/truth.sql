-- The three aggregates without bounds and without noise, so that a superuser can run an analyst's text and see the truth.
CREATE SCHEMA truth;
CREATE AGGREGATE truth.dp_count(*) (SFUNC = int8inc, STYPE = int8, INITCOND = '0');
CREATE AGGREGATE truth.dp_count("any") (SFUNC = int8inc_any, STYPE = int8, INITCOND = '0');
CREATE FUNCTION truth.add(total numeric, x numeric, lower numeric, upper numeric) RETURNS numeric LANGUAGE sql IMMUTABLE
RETURN CASE WHEN x IS NULL THEN total ELSE coalesce(total, 0) + x END;
CREATE AGGREGATE truth.dp_sum(numeric, numeric, numeric) (SFUNC = truth.add, STYPE = numeric);
CREATE FUNCTION truth.gather(state numeric[], x numeric, lower numeric, upper numeric) RETURNS numeric[]
LANGUAGE sql IMMUTABLE RETURN CASE WHEN x IS NULL THEN state ELSE ARRAY[state[1] + x, state[2] + 1] END;
CREATE FUNCTION truth.mean(state numeric[]) RETURNS numeric LANGUAGE sql IMMUTABLE RETURN state[1] / nullif(state[2], 0);
CREATE AGGREGATE truth.dp_avg(numeric, numeric, numeric)
    (SFUNC = truth.gather, STYPE = numeric[], INITCOND = '{0,0}', FINALFUNC = truth.mean);
