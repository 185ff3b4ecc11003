// Recognises the functions and aggregates of health_dp by where they live and what they are called.
#pragma once

#include "postgres/api.hpp"

namespace health_dp::release {

// The suppressed_ ones give exact numbers with small cells hidden.
enum class AggregateKind {
    none,
    count,
    sum,
    average,
    suppressed_count,
    suppressed_hidden,
    suppressed_sum,
    suppressed_average,
    suppressed_variance
};
inline bool is_suppressed(AggregateKind kind) { return kind >= AggregateKind::suppressed_count; }

// What a call of ours is; none for every other aggregate. `with_bounds` is set for the forms with explicit bounds.
AggregateKind classify_function(Oid function);
AggregateKind classify_aggregate(const Aggref* aggregate, bool* with_bounds);
bool is_release_marker(const Aggref* aggregate);

// OID of a function of ours in schema health_dp; errors when the extension's objects are missing.
Oid own_function(const char* name, int argument_count, const Oid* argument_types);
char* own_name(Oid function); // of a function in our schema; null for every other
Oid own_namespace();          // InvalidOid where the extension is not installed

} // namespace health_dp::release
