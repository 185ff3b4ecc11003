-- Total versions of PostgreSQL's functions for expressions inside releases: NULL where the original raises an error,
-- because an error would tell that a row with a certain value exists. The planner puts them in; anybody may call them.

CREATE FUNCTION health_dp.total_add(int2, int2) RETURNS int2
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'hdp_total_add_int2';
COMMENT ON FUNCTION health_dp.total_add(int2, int2) IS 'sum, NULL where there is none';
CREATE FUNCTION health_dp.total_add(int4, int4) RETURNS int4
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'hdp_total_add_int4';
COMMENT ON FUNCTION health_dp.total_add(int4, int4) IS 'sum, NULL where there is none';
CREATE FUNCTION health_dp.total_add(int8, int8) RETURNS int8
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'hdp_total_add_int8';
COMMENT ON FUNCTION health_dp.total_add(int8, int8) IS 'sum, NULL where there is none';
CREATE FUNCTION health_dp.total_add(float4, float4) RETURNS float4
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'hdp_total_add_float4';
COMMENT ON FUNCTION health_dp.total_add(float4, float4) IS 'sum, NULL where there is none';
CREATE FUNCTION health_dp.total_add(float8, float8) RETURNS float8
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'hdp_total_add_float8';
COMMENT ON FUNCTION health_dp.total_add(float8, float8) IS 'sum, NULL where there is none';
CREATE FUNCTION health_dp.total_add(numeric, numeric) RETURNS numeric
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'hdp_total_add_numeric';
COMMENT ON FUNCTION health_dp.total_add(numeric, numeric) IS 'sum, NULL where there is none';
CREATE FUNCTION health_dp.total_subtract(int2, int2) RETURNS int2
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'hdp_total_subtract_int2';
COMMENT ON FUNCTION health_dp.total_subtract(int2, int2) IS 'difference, NULL where there is none';
CREATE FUNCTION health_dp.total_subtract(int4, int4) RETURNS int4
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'hdp_total_subtract_int4';
COMMENT ON FUNCTION health_dp.total_subtract(int4, int4) IS 'difference, NULL where there is none';
CREATE FUNCTION health_dp.total_subtract(int8, int8) RETURNS int8
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'hdp_total_subtract_int8';
COMMENT ON FUNCTION health_dp.total_subtract(int8, int8) IS 'difference, NULL where there is none';
CREATE FUNCTION health_dp.total_subtract(float4, float4) RETURNS float4
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'hdp_total_subtract_float4';
COMMENT ON FUNCTION health_dp.total_subtract(float4, float4) IS 'difference, NULL where there is none';
CREATE FUNCTION health_dp.total_subtract(float8, float8) RETURNS float8
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'hdp_total_subtract_float8';
COMMENT ON FUNCTION health_dp.total_subtract(float8, float8) IS 'difference, NULL where there is none';
CREATE FUNCTION health_dp.total_subtract(numeric, numeric) RETURNS numeric
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'hdp_total_subtract_numeric';
COMMENT ON FUNCTION health_dp.total_subtract(numeric, numeric) IS 'difference, NULL where there is none';
CREATE FUNCTION health_dp.total_multiply(int2, int2) RETURNS int2
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'hdp_total_multiply_int2';
COMMENT ON FUNCTION health_dp.total_multiply(int2, int2) IS 'product, NULL where there is none';
CREATE FUNCTION health_dp.total_multiply(int4, int4) RETURNS int4
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'hdp_total_multiply_int4';
COMMENT ON FUNCTION health_dp.total_multiply(int4, int4) IS 'product, NULL where there is none';
CREATE FUNCTION health_dp.total_multiply(int8, int8) RETURNS int8
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'hdp_total_multiply_int8';
COMMENT ON FUNCTION health_dp.total_multiply(int8, int8) IS 'product, NULL where there is none';
CREATE FUNCTION health_dp.total_multiply(float4, float4) RETURNS float4
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'hdp_total_multiply_float4';
COMMENT ON FUNCTION health_dp.total_multiply(float4, float4) IS 'product, NULL where there is none';
CREATE FUNCTION health_dp.total_multiply(float8, float8) RETURNS float8
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'hdp_total_multiply_float8';
COMMENT ON FUNCTION health_dp.total_multiply(float8, float8) IS 'product, NULL where there is none';
CREATE FUNCTION health_dp.total_multiply(numeric, numeric) RETURNS numeric
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'hdp_total_multiply_numeric';
COMMENT ON FUNCTION health_dp.total_multiply(numeric, numeric) IS 'product, NULL where there is none';
CREATE FUNCTION health_dp.total_divide(int2, int2) RETURNS int2
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'hdp_total_divide_int2';
COMMENT ON FUNCTION health_dp.total_divide(int2, int2) IS 'quotient, NULL where there is none';
CREATE FUNCTION health_dp.total_divide(int4, int4) RETURNS int4
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'hdp_total_divide_int4';
COMMENT ON FUNCTION health_dp.total_divide(int4, int4) IS 'quotient, NULL where there is none';
CREATE FUNCTION health_dp.total_divide(int8, int8) RETURNS int8
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'hdp_total_divide_int8';
COMMENT ON FUNCTION health_dp.total_divide(int8, int8) IS 'quotient, NULL where there is none';
CREATE FUNCTION health_dp.total_divide(float4, float4) RETURNS float4
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'hdp_total_divide_float4';
COMMENT ON FUNCTION health_dp.total_divide(float4, float4) IS 'quotient, NULL where there is none';
CREATE FUNCTION health_dp.total_divide(float8, float8) RETURNS float8
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'hdp_total_divide_float8';
COMMENT ON FUNCTION health_dp.total_divide(float8, float8) IS 'quotient, NULL where there is none';
CREATE FUNCTION health_dp.total_divide(numeric, numeric) RETURNS numeric
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'hdp_total_divide_numeric';
COMMENT ON FUNCTION health_dp.total_divide(numeric, numeric) IS 'quotient, NULL where there is none';
CREATE FUNCTION health_dp.total_modulo(int2, int2) RETURNS int2
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'hdp_total_modulo_int2';
COMMENT ON FUNCTION health_dp.total_modulo(int2, int2) IS 'remainder, NULL where there is none';
CREATE FUNCTION health_dp.total_modulo(int4, int4) RETURNS int4
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'hdp_total_modulo_int4';
COMMENT ON FUNCTION health_dp.total_modulo(int4, int4) IS 'remainder, NULL where there is none';
CREATE FUNCTION health_dp.total_modulo(int8, int8) RETURNS int8
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'hdp_total_modulo_int8';
COMMENT ON FUNCTION health_dp.total_modulo(int8, int8) IS 'remainder, NULL where there is none';
CREATE FUNCTION health_dp.total_modulo(numeric, numeric) RETURNS numeric
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'hdp_total_modulo_numeric';
COMMENT ON FUNCTION health_dp.total_modulo(numeric, numeric) IS 'remainder, NULL where there is none';
CREATE FUNCTION health_dp.total_negate(int2) RETURNS int2
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'hdp_total_negate_int2';
COMMENT ON FUNCTION health_dp.total_negate(int2) IS 'negative, NULL where there is none';
CREATE FUNCTION health_dp.total_negate(int4) RETURNS int4
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'hdp_total_negate_int4';
COMMENT ON FUNCTION health_dp.total_negate(int4) IS 'negative, NULL where there is none';
CREATE FUNCTION health_dp.total_negate(int8) RETURNS int8
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'hdp_total_negate_int8';
COMMENT ON FUNCTION health_dp.total_negate(int8) IS 'negative, NULL where there is none';
CREATE FUNCTION health_dp.total_abs(int2) RETURNS int2
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'hdp_total_abs_int2';
COMMENT ON FUNCTION health_dp.total_abs(int2) IS 'absolute value, NULL where there is none';
CREATE FUNCTION health_dp.total_abs(int4) RETURNS int4
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'hdp_total_abs_int4';
COMMENT ON FUNCTION health_dp.total_abs(int4) IS 'absolute value, NULL where there is none';
CREATE FUNCTION health_dp.total_abs(int8) RETURNS int8
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'hdp_total_abs_int8';
COMMENT ON FUNCTION health_dp.total_abs(int8) IS 'absolute value, NULL where there is none';
CREATE FUNCTION health_dp.total_int2(int8) RETURNS int2
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'hdp_total_int2_from_int8';
COMMENT ON FUNCTION health_dp.total_int2(int8) IS 'conversion, NULL where the value does not fit';
CREATE FUNCTION health_dp.total_int2(float8) RETURNS int2
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'hdp_total_int2_from_float8';
COMMENT ON FUNCTION health_dp.total_int2(float8) IS 'conversion, NULL where the value does not fit';
CREATE FUNCTION health_dp.total_int2(numeric) RETURNS int2
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'hdp_total_int2_from_numeric';
COMMENT ON FUNCTION health_dp.total_int2(numeric) IS 'conversion, NULL where the value does not fit';
CREATE FUNCTION health_dp.total_int4(int8) RETURNS int4
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'hdp_total_int4_from_int8';
COMMENT ON FUNCTION health_dp.total_int4(int8) IS 'conversion, NULL where the value does not fit';
CREATE FUNCTION health_dp.total_int4(float8) RETURNS int4
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'hdp_total_int4_from_float8';
COMMENT ON FUNCTION health_dp.total_int4(float8) IS 'conversion, NULL where the value does not fit';
CREATE FUNCTION health_dp.total_int4(numeric) RETURNS int4
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'hdp_total_int4_from_numeric';
COMMENT ON FUNCTION health_dp.total_int4(numeric) IS 'conversion, NULL where the value does not fit';
CREATE FUNCTION health_dp.total_int8(float8) RETURNS int8
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'hdp_total_int8_from_float8';
COMMENT ON FUNCTION health_dp.total_int8(float8) IS 'conversion, NULL where the value does not fit';
CREATE FUNCTION health_dp.total_int8(numeric) RETURNS int8
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'hdp_total_int8_from_numeric';
COMMENT ON FUNCTION health_dp.total_int8(numeric) IS 'conversion, NULL where the value does not fit';
CREATE FUNCTION health_dp.total_float4(float8) RETURNS float4
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'hdp_total_float4_from_float8';
COMMENT ON FUNCTION health_dp.total_float4(float8) IS 'conversion, NULL where the value does not fit';
CREATE FUNCTION health_dp.total_float4(numeric) RETURNS float4
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'hdp_total_float4_from_numeric';
COMMENT ON FUNCTION health_dp.total_float4(numeric) IS 'conversion, NULL where the value does not fit';
CREATE FUNCTION health_dp.total_float8(numeric) RETURNS float8
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'hdp_total_float8_from_numeric';
COMMENT ON FUNCTION health_dp.total_float8(numeric) IS 'conversion, NULL where the value does not fit';
CREATE FUNCTION health_dp.total_round(numeric, int4) RETURNS numeric
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'hdp_total_round_numeric';
COMMENT ON FUNCTION health_dp.total_round(numeric, int4) IS 'rounds to at most 1000 digits before or after the point, NULL beyond 10^131071';
CREATE FUNCTION health_dp.total_concat(text, text) RETURNS text
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'hdp_total_concat';
COMMENT ON FUNCTION health_dp.total_concat(text, text) IS 'concatenation, NULL beyond 64 kB';
CREATE FUNCTION health_dp.total_lower(text) RETURNS text
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'hdp_total_lower';
COMMENT ON FUNCTION health_dp.total_lower(text) IS 'lower case, NULL beyond 64 kB';
CREATE FUNCTION health_dp.total_upper(text) RETURNS text
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'hdp_total_upper';
COMMENT ON FUNCTION health_dp.total_upper(text) IS 'upper case, NULL beyond 64 kB';
CREATE FUNCTION health_dp.total_btrim(text) RETURNS text
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'hdp_total_btrim';
COMMENT ON FUNCTION health_dp.total_btrim(text) IS 'text without spaces around it, NULL beyond 64 kB';
CREATE FUNCTION health_dp.total_ltrim(text) RETURNS text
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'hdp_total_ltrim';
COMMENT ON FUNCTION health_dp.total_ltrim(text) IS 'text without spaces before it, NULL beyond 64 kB';
CREATE FUNCTION health_dp.total_rtrim(text) RETURNS text
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'hdp_total_rtrim';
COMMENT ON FUNCTION health_dp.total_rtrim(text) IS 'text without spaces after it, NULL beyond 64 kB';
CREATE FUNCTION health_dp.total_ilike(text, text) RETURNS boolean
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'hdp_total_ilike';
COMMENT ON FUNCTION health_dp.total_ilike(text, text) IS 'whether text matches a pattern in any case, NULL beyond 64 kB';
CREATE FUNCTION health_dp.total_not_ilike(text, text) RETURNS boolean
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'hdp_total_not_ilike';
COMMENT ON FUNCTION health_dp.total_not_ilike(text, text) IS 'whether text does not match a pattern in any case, NULL beyond 64 kB';
CREATE FUNCTION health_dp.total_add(date, int4) RETURNS date
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'hdp_total_add_date_days';
COMMENT ON FUNCTION health_dp.total_add(date, int4) IS 'date some days later, NULL where finite and outside 4000 BC to AD 198000';
CREATE FUNCTION health_dp.total_subtract(date, int4) RETURNS date
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'hdp_total_subtract_date_days';
COMMENT ON FUNCTION health_dp.total_subtract(date, int4) IS 'date some days earlier, NULL where finite and outside 4000 BC to AD 198000';
CREATE FUNCTION health_dp.total_subtract(date, date) RETURNS int4
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'hdp_total_subtract_dates';
COMMENT ON FUNCTION health_dp.total_subtract(date, date) IS 'days between two dates, NULL outside 4000 BC to AD 198000';
CREATE FUNCTION health_dp.total_add(date, interval) RETURNS timestamp
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'hdp_total_add_date_interval';
COMMENT ON FUNCTION health_dp.total_add(date, interval) IS 'date plus an interval, NULL where finite and outside 4000 BC to AD 198000';
CREATE FUNCTION health_dp.total_subtract(date, interval) RETURNS timestamp
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'hdp_total_subtract_date_interval';
COMMENT ON FUNCTION health_dp.total_subtract(date, interval) IS 'date minus an interval, NULL where finite and outside 4000 BC to AD 198000';
CREATE FUNCTION health_dp.total_add(timestamp, interval) RETURNS timestamp
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'hdp_total_add_timestamp_interval';
COMMENT ON FUNCTION health_dp.total_add(timestamp, interval) IS 'timestamp plus an interval, NULL where finite and outside 4000 BC to AD 198000';
CREATE FUNCTION health_dp.total_subtract(timestamp, interval) RETURNS timestamp
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'hdp_total_subtract_timestamp_interval';
COMMENT ON FUNCTION health_dp.total_subtract(timestamp, interval) IS 'timestamp minus an interval, NULL where finite and outside 4000 BC to AD 198000';
CREATE FUNCTION health_dp.total_subtract(timestamp, timestamp) RETURNS interval
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'hdp_total_subtract_timestamps';
COMMENT ON FUNCTION health_dp.total_subtract(timestamp, timestamp) IS 'time between two timestamps, NULL outside 4000 BC to AD 198000';
CREATE FUNCTION health_dp.total_age(timestamp, timestamp) RETURNS interval
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'hdp_total_age';
COMMENT ON FUNCTION health_dp.total_age(timestamp, timestamp) IS 'age in years, months and days, NULL outside 4000 BC to AD 198000';
CREATE FUNCTION health_dp.total_timestamp(date) RETURNS timestamp
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'hdp_total_timestamp_from_date';
COMMENT ON FUNCTION health_dp.total_timestamp(date) IS 'midnight of a date, NULL where finite and outside 4000 BC to AD 198000';
CREATE FUNCTION health_dp.total_extract(text, date) RETURNS numeric
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'hdp_total_extract_date';
COMMENT ON FUNCTION health_dp.total_extract(text, date) IS 'a field of a date, NULL where finite and outside 4000 BC to AD 198000';
CREATE FUNCTION health_dp.total_extract(text, timestamp) RETURNS numeric
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'hdp_total_extract_timestamp';
COMMENT ON FUNCTION health_dp.total_extract(text, timestamp) IS 'a field of a timestamp, NULL where finite and outside 4000 BC to AD 198000';
CREATE FUNCTION health_dp.total_date_part(text, date) RETURNS float8
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'hdp_total_date_part_date';
COMMENT ON FUNCTION health_dp.total_date_part(text, date) IS 'a field of a date, NULL where finite and outside 4000 BC to AD 198000';
CREATE FUNCTION health_dp.total_date_part(text, timestamp) RETURNS float8
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'hdp_total_date_part_timestamp';
COMMENT ON FUNCTION health_dp.total_date_part(text, timestamp) IS 'a field of a timestamp, NULL where finite and outside 4000 BC to AD 198000';
CREATE FUNCTION health_dp.total_date_trunc(text, timestamp) RETURNS timestamp
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'hdp_total_date_trunc_timestamp';
COMMENT ON FUNCTION health_dp.total_date_trunc(text, timestamp) IS 'start of a period, NULL where finite and outside 4000 BC to AD 198000';

-- With time zones: stable, because they depend on the session's time zone.

CREATE FUNCTION health_dp.total_timestamptz(date) RETURNS timestamptz
    LANGUAGE c STABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'hdp_total_timestamptz_from_date';
COMMENT ON FUNCTION health_dp.total_timestamptz(date) IS 'midnight of a date, NULL where finite and outside 4000 BC to AD 198000';
CREATE FUNCTION health_dp.total_timestamptz(timestamp) RETURNS timestamptz
    LANGUAGE c STABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'hdp_total_timestamptz_from_timestamp';
COMMENT ON FUNCTION health_dp.total_timestamptz(timestamp) IS 'the point in time of a local timestamp, NULL where finite and outside 4000 BC to AD 198000';
CREATE FUNCTION health_dp.total_timestamp(timestamptz) RETURNS timestamp
    LANGUAGE c STABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'hdp_total_timestamp_from_timestamptz';
COMMENT ON FUNCTION health_dp.total_timestamp(timestamptz) IS 'the local timestamp of a point in time, NULL where finite and outside 4000 BC to AD 198000';
CREATE FUNCTION health_dp.total_add(timestamptz, interval) RETURNS timestamptz
    LANGUAGE c STABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'hdp_total_add_timestamptz_interval';
COMMENT ON FUNCTION health_dp.total_add(timestamptz, interval) IS 'timestamp plus an interval, NULL where finite and outside 4000 BC to AD 198000';
CREATE FUNCTION health_dp.total_subtract(timestamptz, interval) RETURNS timestamptz
    LANGUAGE c STABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'hdp_total_subtract_timestamptz_interval';
COMMENT ON FUNCTION health_dp.total_subtract(timestamptz, interval) IS 'timestamp minus an interval, NULL where finite and outside 4000 BC to AD 198000';
CREATE FUNCTION health_dp.total_subtract(timestamptz, timestamptz) RETURNS interval
    LANGUAGE c STABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'hdp_total_subtract_timestamps';
COMMENT ON FUNCTION health_dp.total_subtract(timestamptz, timestamptz) IS 'time between two timestamps, NULL outside 4000 BC to AD 198000';
CREATE FUNCTION health_dp.total_extract(text, timestamptz) RETURNS numeric
    LANGUAGE c STABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'hdp_total_extract_timestamptz';
COMMENT ON FUNCTION health_dp.total_extract(text, timestamptz) IS 'a field of a timestamp, NULL where finite and outside 4000 BC to AD 198000';
CREATE FUNCTION health_dp.total_date_part(text, timestamptz) RETURNS float8
    LANGUAGE c STABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'hdp_total_date_part_timestamptz';
COMMENT ON FUNCTION health_dp.total_date_part(text, timestamptz) IS 'a field of a timestamp, NULL where finite and outside 4000 BC to AD 198000';
CREATE FUNCTION health_dp.total_date_trunc(text, timestamptz) RETURNS timestamptz
    LANGUAGE c STABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'hdp_total_date_trunc_timestamptz';
COMMENT ON FUNCTION health_dp.total_date_trunc(text, timestamptz) IS 'start of a period, NULL where finite and outside 4000 BC to AD 198000';

CREATE FUNCTION health_dp.total_moderate(numeric) RETURNS numeric
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'hdp_total_moderate';
COMMENT ON FUNCTION health_dp.total_moderate(numeric) IS 'the value, NULL beyond 10^1000';

CREATE FUNCTION health_dp.total_ceil(numeric) RETURNS numeric
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'hdp_total_ceil_numeric';
COMMENT ON FUNCTION health_dp.total_ceil(numeric) IS 'smallest whole number not below, NULL beyond 10^131071';

CREATE FUNCTION health_dp.total_floor(numeric) RETURNS numeric
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'hdp_total_floor_numeric';
COMMENT ON FUNCTION health_dp.total_floor(numeric) IS 'largest whole number not above, NULL beyond 10^131071';

CREATE FUNCTION health_dp.total_trunc(numeric) RETURNS numeric
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'hdp_total_trunc_whole';
COMMENT ON FUNCTION health_dp.total_trunc(numeric) IS 'whole part';
CREATE FUNCTION health_dp.total_trunc(numeric, int4) RETURNS numeric
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'hdp_total_trunc_numeric';
COMMENT ON FUNCTION health_dp.total_trunc(numeric, int4) IS 'cut to a number of digits';

CREATE FUNCTION health_dp.total_round(numeric) RETURNS numeric
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'hdp_total_round_whole';
COMMENT ON FUNCTION health_dp.total_round(numeric) IS 'nearest whole number, NULL beyond 10^131071';

CREATE FUNCTION health_dp.total_spelling(float4) RETURNS float4
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'hdp_total_spelling_float4';
COMMENT ON FUNCTION health_dp.total_spelling(float4) IS 'the value with one zero and one NaN';
CREATE FUNCTION health_dp.total_spelling(float8) RETURNS float8
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'hdp_total_spelling_float8';
COMMENT ON FUNCTION health_dp.total_spelling(float8) IS 'the value with one zero and one NaN';
CREATE FUNCTION health_dp.total_spelling(numeric) RETURNS numeric
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'hdp_total_spelling_numeric';
COMMENT ON FUNCTION health_dp.total_spelling(numeric) IS 'the value without trailing zeros';
CREATE FUNCTION health_dp.total_spelling(bpchar) RETURNS bpchar
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'hdp_total_spelling_bpchar';
COMMENT ON FUNCTION health_dp.total_spelling(bpchar) IS 'the value without trailing blanks';
CREATE FUNCTION health_dp.total_spelling(interval) RETURNS interval
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'hdp_total_spelling_interval';
COMMENT ON FUNCTION health_dp.total_spelling(interval) IS 'the value in months and days as far as they go, of 30 days and 24 hours';
