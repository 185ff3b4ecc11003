// Values by which a subquery of a release makes groups, in the one spelling that all equal ones have.
#include "postgres/api.hpp"
#include "release/plan/spelling.hpp"

using health_dp::release::one_spelling;

HDP_FUNCTION(hdp_total_spelling_float4) { return one_spelling(FLOAT4OID, PG_GETARG_DATUM(0)); }
HDP_FUNCTION(hdp_total_spelling_float8) { return one_spelling(FLOAT8OID, PG_GETARG_DATUM(0)); }
HDP_FUNCTION(hdp_total_spelling_numeric) { return one_spelling(NUMERICOID, PG_GETARG_DATUM(0)); }
HDP_FUNCTION(hdp_total_spelling_bpchar) { return one_spelling(BPCHAROID, PG_GETARG_DATUM(0)); }
HDP_FUNCTION(hdp_total_spelling_interval) { return one_spelling(INTERVALOID, PG_GETARG_DATUM(0)); }
