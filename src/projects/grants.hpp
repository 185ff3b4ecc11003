// Writing a project's row filter as a policy on its table.
#pragma once

#include "postgres/api.hpp"

namespace health_dp::projects {

// Creates the policy "health_dp project <id>" on the relation, as the current user, who must own it. The filter is one
// boolean SQL expression over the table's columns, null for all rows. Errors: syntax and type errors as PostgreSQL
// raises them, kUnsafeExpression for sub-selects, system columns, and anything that is not immutable.
void write_row_filter(int32 project_id, Oid relation, const char* filter);

} // namespace health_dp::projects
