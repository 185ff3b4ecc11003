#include <algorithm>
#include <cmath>

#include "release/plan/spelling.hpp"

namespace health_dp::release {

namespace {

int32 whole_units(__int128 span, __int128 unit) {
    return static_cast<int32>(std::clamp<__int128>(span / unit, PG_INT32_MIN, PG_INT32_MAX));
}

// One spelling for all intervals that compare equal: months and days as far as they go, 30 days to the month. What does
// not fit goes into the next smaller unit, so that the infinite intervals of 17, the largest of all, keep their
// spelling.
Datum canonical_interval(Datum value) {
    const Interval* given = DatumGetIntervalP(value);
    const __int128 day = USECS_PER_DAY;
    __int128 span = (static_cast<__int128>(given->month) * 30 + given->day) * day + given->time;
    auto* result = static_cast<Interval*>(palloc0(sizeof(Interval)));
    result->month = whole_units(span, 30 * day);
    span -= static_cast<__int128>(result->month) * 30 * day;
    result->day = whole_units(span, day);
    result->time = static_cast<TimeOffset>(span - result->day * day);
    return IntervalPGetDatum(result);
}

} // namespace

bool has_spellings(Oid type) {
    return type == FLOAT4OID || type == FLOAT8OID || type == NUMERICOID || type == BPCHAROID || type == INTERVALOID;
}

Datum one_spelling(Oid type, Datum value) {
    switch (type) {
    case FLOAT4OID: {
        const float4 number = DatumGetFloat4(value);
        return Float4GetDatum(std::isnan(number) ? get_float4_nan() : number == 0 ? 0.0F : number);
    }
    case FLOAT8OID: {
        const float8 number = DatumGetFloat8(value);
        return Float8GetDatum(std::isnan(number) ? get_float8_nan() : number == 0 ? 0.0 : number);
    }
    case NUMERICOID:
        return DirectFunctionCall1(numeric_trim_scale, value);
    case BPCHAROID:
        return DirectFunctionCall1(rtrim1, value); // trailing blanks do not count
    case INTERVALOID:
        return canonical_interval(value);
    default:
        return value;
    }
}

} // namespace health_dp::release
