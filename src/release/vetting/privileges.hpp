// PostgreSQL's own privileges, of whoever asks: a release's query reaches no executor that would check them for him.
#pragma once

#include "postgres/api.hpp"

namespace health_dp::release {

// Errors unless `role` may execute every function that the query calls, as it was written.
void check_functions(Query* query, Oid role);

// Errors unless the roles noted in the vetted query and its sub-queries, or else the current user, may read what they
// read.
void check_privileges(Query* query);

} // namespace health_dp::release
