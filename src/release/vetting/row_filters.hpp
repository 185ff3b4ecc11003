// Row filters of projects, vetted like everything else in a release.
#pragma once

#include "release/vetting/statement.hpp"

namespace health_dp::release {

// The places that a row filter is vetted in: when it is used, and when a steward writes it.
inline constexpr char kRowFilter[] = "the project's row filter";
inline constexpr char kNewRowFilter[] = "the row filter";

// The project's row filter for an entry of the query's range table that reads `relation`; null when the grant covers
// all rows.
Node* row_filter(Query* query, Oid relation, int index, Statement* statement);

// Errors (kUnsafeExpression) unless releases would take this filter, which reads `relation` as range table entry 1.
void check_row_filter(Node* filter, Oid relation);

} // namespace health_dp::release
