// Total versions of date functions [C18]: NULL where the original raises an error.
#include "postgres/api.hpp"

namespace {

// Years 4000 BC to 200000: far inside what dates and timestamps hold, so that nothing the functions below compute from
// values in it, with intervals of at most kMaxMonths, leaves their range.
constexpr int64 kEarliestDay = -365 * INT64CONST(5990);
constexpr int64 kLatestDay = 365 * INT64CONST(198000);
constexpr int32 kMaxMonths = 12 * 5000;
constexpr int32 kMaxDays = 365 * 5000;
constexpr int64 kMaxTime = USECS_PER_DAY * kMaxDays;

bool safe_day(int64 day) { return day >= kEarliestDay && day <= kLatestDay; }
bool safe_date(DateADT date) { return safe_day(date); }
bool safe_timestamp(Timestamp timestamp) {
    return timestamp >= kEarliestDay * USECS_PER_DAY && timestamp <= kLatestDay * USECS_PER_DAY;
}

// The infinite ones stand for "not yet" and "always", and are what most functions return for themselves.
bool known_date(DateADT date) { return safe_date(date) || DATE_NOT_FINITE(date); }
bool known_timestamp(Timestamp timestamp) { return safe_timestamp(timestamp) || TIMESTAMP_NOT_FINITE(timestamp); }

bool safe_interval(const Interval* interval) {
    return interval->month >= -kMaxMonths && interval->month <= kMaxMonths && interval->day >= -kMaxDays &&
           interval->day <= kMaxDays && interval->time >= -kMaxTime && interval->time <= kMaxTime;
}

// Infinity stays what it is whatever finite interval is added or taken away.
bool leaves_infinity(const Interval* interval) { return !health_dp::postgres::is_infinite(interval); }
bool taken_leaves_infinity(const Interval* interval) {
    return leaves_infinity(interval) && health_dp::postgres::has_negative(interval);
}

// Calls a function of PostgreSQL's that may return NULL.
Datum call2(PGFunction function, FunctionCallInfo outer, Datum first, Datum second) {
    LOCAL_FCINFO(fcinfo, 2);
    InitFunctionCallInfoData(*fcinfo, outer->flinfo, 2, outer->fncollation, nullptr, nullptr);
    fcinfo->args[0] = {first, false};
    fcinfo->args[1] = {second, false};
    const Datum result = function(fcinfo);
    outer->isnull = fcinfo->isnull;
    return result;
}

} // namespace

HDP_FUNCTION(hdp_total_add_date_days) {
    if (DATE_NOT_FINITE(PG_GETARG_DATEADT(0)))
        return PG_GETARG_DATUM(0);
    const int64 day = static_cast<int64>(PG_GETARG_DATEADT(0)) + PG_GETARG_INT32(1);
    if (!safe_date(PG_GETARG_DATEADT(0)) || !safe_day(day))
        PG_RETURN_NULL();
    PG_RETURN_DATEADT(static_cast<DateADT>(day));
}

HDP_FUNCTION(hdp_total_subtract_date_days) {
    if (DATE_NOT_FINITE(PG_GETARG_DATEADT(0)))
        return PG_GETARG_DATUM(0);
    const int64 day = static_cast<int64>(PG_GETARG_DATEADT(0)) - PG_GETARG_INT32(1);
    if (!safe_date(PG_GETARG_DATEADT(0)) || !safe_day(day))
        PG_RETURN_NULL();
    PG_RETURN_DATEADT(static_cast<DateADT>(day));
}

HDP_FUNCTION(hdp_total_subtract_dates) {
    if (!safe_date(PG_GETARG_DATEADT(0)) || !safe_date(PG_GETARG_DATEADT(1)))
        PG_RETURN_NULL();
    PG_RETURN_INT32(PG_GETARG_DATEADT(0) - PG_GETARG_DATEADT(1));
}

HDP_FUNCTION(hdp_total_add_date_interval) {
    if (DATE_NOT_FINITE(PG_GETARG_DATEADT(0)) && leaves_infinity(PG_GETARG_INTERVAL_P(1)))
        return DirectFunctionCall1(date_timestamp, PG_GETARG_DATUM(0));
    if (!safe_date(PG_GETARG_DATEADT(0)) || !safe_interval(PG_GETARG_INTERVAL_P(1)))
        PG_RETURN_NULL();
    return call2(date_pl_interval, fcinfo, PG_GETARG_DATUM(0), PG_GETARG_DATUM(1));
}

HDP_FUNCTION(hdp_total_subtract_date_interval) {
    if (DATE_NOT_FINITE(PG_GETARG_DATEADT(0)) && taken_leaves_infinity(PG_GETARG_INTERVAL_P(1)))
        return DirectFunctionCall1(date_timestamp, PG_GETARG_DATUM(0));
    if (!safe_date(PG_GETARG_DATEADT(0)) || !safe_interval(PG_GETARG_INTERVAL_P(1)))
        PG_RETURN_NULL();
    return call2(date_mi_interval, fcinfo, PG_GETARG_DATUM(0), PG_GETARG_DATUM(1));
}

HDP_FUNCTION(hdp_total_add_timestamp_interval) {
    if (TIMESTAMP_NOT_FINITE(PG_GETARG_TIMESTAMP(0)) && leaves_infinity(PG_GETARG_INTERVAL_P(1)))
        return PG_GETARG_DATUM(0);
    if (!safe_timestamp(PG_GETARG_TIMESTAMP(0)) || !safe_interval(PG_GETARG_INTERVAL_P(1)))
        PG_RETURN_NULL();
    return call2(timestamp_pl_interval, fcinfo, PG_GETARG_DATUM(0), PG_GETARG_DATUM(1));
}

HDP_FUNCTION(hdp_total_subtract_timestamp_interval) {
    if (TIMESTAMP_NOT_FINITE(PG_GETARG_TIMESTAMP(0)) && taken_leaves_infinity(PG_GETARG_INTERVAL_P(1)))
        return PG_GETARG_DATUM(0);
    if (!safe_timestamp(PG_GETARG_TIMESTAMP(0)) || !safe_interval(PG_GETARG_INTERVAL_P(1)))
        PG_RETURN_NULL();
    return call2(timestamp_mi_interval, fcinfo, PG_GETARG_DATUM(0), PG_GETARG_DATUM(1));
}

HDP_FUNCTION(hdp_total_subtract_timestamps) {
    if (!safe_timestamp(PG_GETARG_TIMESTAMP(0)) || !safe_timestamp(PG_GETARG_TIMESTAMP(1)))
        PG_RETURN_NULL();
    return call2(timestamp_mi, fcinfo, PG_GETARG_DATUM(0), PG_GETARG_DATUM(1));
}

HDP_FUNCTION(hdp_total_age) {
    if (!safe_timestamp(PG_GETARG_TIMESTAMP(0)) || !safe_timestamp(PG_GETARG_TIMESTAMP(1)))
        PG_RETURN_NULL();
    return call2(timestamp_age, fcinfo, PG_GETARG_DATUM(0), PG_GETARG_DATUM(1));
}

HDP_FUNCTION(hdp_total_timestamp_from_date) {
    if (!known_date(PG_GETARG_DATEADT(0)))
        PG_RETURN_NULL();
    return call2(date_timestamp, fcinfo, PG_GETARG_DATUM(0), 0);
}

// The field is a literal that the planner has checked (known_field()).
HDP_FUNCTION(hdp_total_extract_date) {
    if (!known_date(PG_GETARG_DATEADT(1)))
        PG_RETURN_NULL();
    return call2(extract_date, fcinfo, PG_GETARG_DATUM(0), PG_GETARG_DATUM(1));
}

HDP_FUNCTION(hdp_total_extract_timestamp) {
    if (!known_timestamp(PG_GETARG_TIMESTAMP(1)))
        PG_RETURN_NULL();
    return call2(extract_timestamp, fcinfo, PG_GETARG_DATUM(0), PG_GETARG_DATUM(1));
}

HDP_FUNCTION(hdp_total_date_part_date) {
    if (!known_date(PG_GETARG_DATEADT(1)))
        PG_RETURN_NULL();
    const Datum timestamp = DirectFunctionCall1(date_timestamp, PG_GETARG_DATUM(1));
    return call2(timestamp_part, fcinfo, PG_GETARG_DATUM(0), timestamp);
}

HDP_FUNCTION(hdp_total_date_part_timestamp) {
    if (!known_timestamp(PG_GETARG_TIMESTAMP(1)))
        PG_RETURN_NULL();
    return call2(timestamp_part, fcinfo, PG_GETARG_DATUM(0), PG_GETARG_DATUM(1));
}

HDP_FUNCTION(hdp_total_date_trunc_timestamp) {
    if (!known_timestamp(PG_GETARG_TIMESTAMP(1)))
        PG_RETURN_NULL();
    return call2(timestamp_trunc, fcinfo, PG_GETARG_DATUM(0), PG_GETARG_DATUM(1));
}

// With time zones: the same functions on the same range. The session's time zone is frozen while a release runs.
HDP_FUNCTION(hdp_total_timestamptz_from_date) {
    if (!known_date(PG_GETARG_DATEADT(0)))
        PG_RETURN_NULL();
    return call2(date_timestamptz, fcinfo, PG_GETARG_DATUM(0), 0);
}

HDP_FUNCTION(hdp_total_timestamptz_from_timestamp) {
    if (!known_timestamp(PG_GETARG_TIMESTAMP(0)))
        PG_RETURN_NULL();
    return call2(timestamp_timestamptz, fcinfo, PG_GETARG_DATUM(0), 0);
}

HDP_FUNCTION(hdp_total_timestamp_from_timestamptz) {
    if (!known_timestamp(PG_GETARG_TIMESTAMPTZ(0)))
        PG_RETURN_NULL();
    return call2(timestamptz_timestamp, fcinfo, PG_GETARG_DATUM(0), 0);
}

HDP_FUNCTION(hdp_total_add_timestamptz_interval) {
    if (TIMESTAMP_NOT_FINITE(PG_GETARG_TIMESTAMPTZ(0)) && leaves_infinity(PG_GETARG_INTERVAL_P(1)))
        return PG_GETARG_DATUM(0);
    if (!safe_timestamp(PG_GETARG_TIMESTAMPTZ(0)) || !safe_interval(PG_GETARG_INTERVAL_P(1)))
        PG_RETURN_NULL();
    return call2(timestamptz_pl_interval, fcinfo, PG_GETARG_DATUM(0), PG_GETARG_DATUM(1));
}

HDP_FUNCTION(hdp_total_subtract_timestamptz_interval) {
    if (TIMESTAMP_NOT_FINITE(PG_GETARG_TIMESTAMPTZ(0)) && taken_leaves_infinity(PG_GETARG_INTERVAL_P(1)))
        return PG_GETARG_DATUM(0);
    if (!safe_timestamp(PG_GETARG_TIMESTAMPTZ(0)) || !safe_interval(PG_GETARG_INTERVAL_P(1)))
        PG_RETURN_NULL();
    return call2(timestamptz_mi_interval, fcinfo, PG_GETARG_DATUM(0), PG_GETARG_DATUM(1));
}

HDP_FUNCTION(hdp_total_extract_timestamptz) {
    if (!known_timestamp(PG_GETARG_TIMESTAMPTZ(1)))
        PG_RETURN_NULL();
    return call2(extract_timestamptz, fcinfo, PG_GETARG_DATUM(0), PG_GETARG_DATUM(1));
}

HDP_FUNCTION(hdp_total_date_part_timestamptz) {
    if (!known_timestamp(PG_GETARG_TIMESTAMPTZ(1)))
        PG_RETURN_NULL();
    return call2(timestamptz_part, fcinfo, PG_GETARG_DATUM(0), PG_GETARG_DATUM(1));
}

HDP_FUNCTION(hdp_total_date_trunc_timestamptz) {
    if (!known_timestamp(PG_GETARG_TIMESTAMPTZ(1)))
        PG_RETURN_NULL();
    return call2(timestamptz_trunc, fcinfo, PG_GETARG_DATUM(0), PG_GETARG_DATUM(1));
}
