// Side doors through which a plan or its execution could be watched.
#pragma once

#include "postgres/api.hpp"

namespace health_dp::release {

// Whether the roles at work may read protected tables anyway: both bypass row-level security.
bool is_exempt();

// Errors (kObservation) while a setting prints plans or sizes to whoever listens, or EXPLAIN is at work. Exempt roles
// may watch: they may read the tables anyway.
void refuse_observers(bool exempt);

// The answer to whoever reads a protected table, or a part of one, outside a release.
[[noreturn]] void refuse_protected(Oid relation);

void install_observation_hooks();

} // namespace health_dp::release
