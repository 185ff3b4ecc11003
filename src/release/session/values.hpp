// What a release's query holds that depends on no row: parameters, the clock, sub-selects over tables that nobody needs
// protecting from, functions of the analyst's own. The session computes it, once for each execution and before anything
// is charged; only values go to the room [C9].
#pragma once

#include "postgres/api.hpp"

namespace health_dp::release {

// A scalar takes no more than this much of a request.
constexpr int kMaxValueBytes = 64 * 1024;

// Replaces every largest part of the query that depends on no row and is no constant by a parameter (PARAM_EXTERN, 1
// for the first of `values`), and appends the part to `values`. What can be computed now, from constants alone, is.
Query* take_values(Query* query, List** values);

// Whether values of the type may travel: scalars that PostgreSQL or this extension defines, enums, and arrays of them.
bool may_travel(Oid type);

// Puts values (of Const) in the places of their parameters; errors where one is missing or of another type.
Query* insert_values(Query* query, List* values);

} // namespace health_dp::release
