// Total versions of text functions [C18]: NULL beyond 64 kB. The originals take several bytes of memory for each
// character, or add lengths up; without a limit, running out of memory would measure them.
#include "postgres/api.hpp"

namespace {

constexpr Size kMaxLength = 65536;

bool is_short(Datum text) { return toast_raw_datum_size(text) <= kMaxLength; }

Datum call_short(PGFunction function, FunctionCallInfo fcinfo) {
    if (!is_short(PG_GETARG_DATUM(0)))
        PG_RETURN_NULL();
    return DirectFunctionCall1Coll(function, PG_GET_COLLATION(), PG_GETARG_DATUM(0));
}

Datum match_short(PGFunction function, FunctionCallInfo fcinfo) {
    if (!is_short(PG_GETARG_DATUM(0)) || !is_short(PG_GETARG_DATUM(1)))
        PG_RETURN_NULL();
    return DirectFunctionCall2Coll(function, PG_GET_COLLATION(), PG_GETARG_DATUM(0), PG_GETARG_DATUM(1));
}

} // namespace

HDP_FUNCTION(hdp_total_concat) {
    if (toast_raw_datum_size(PG_GETARG_DATUM(0)) + toast_raw_datum_size(PG_GETARG_DATUM(1)) > kMaxLength)
        PG_RETURN_NULL();
    return DirectFunctionCall2Coll(textcat, PG_GET_COLLATION(), PG_GETARG_DATUM(0), PG_GETARG_DATUM(1));
}

HDP_FUNCTION(hdp_total_lower) { return call_short(lower, fcinfo); }

HDP_FUNCTION(hdp_total_upper) { return call_short(upper, fcinfo); }

HDP_FUNCTION(hdp_total_btrim) { return call_short(btrim1, fcinfo); }

HDP_FUNCTION(hdp_total_ltrim) { return call_short(ltrim1, fcinfo); }

HDP_FUNCTION(hdp_total_rtrim) { return call_short(rtrim1, fcinfo); }

HDP_FUNCTION(hdp_total_ilike) { return match_short(texticlike, fcinfo); }

HDP_FUNCTION(hdp_total_not_ilike) { return match_short(texticnlike, fcinfo); }
