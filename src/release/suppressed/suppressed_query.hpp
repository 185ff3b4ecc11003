// What vetting does for suppressed releases alone.
#pragma once

#include "release/vetting/statement.hpp"

namespace health_dp::release {

// Vets one sc aggregate, a copy, or refuses the aggregate by name. Returns what it measures, as text without blanks.
char* vet_suppressed_aggregate(Query* query, Aggref* aggregate, const SafeRelation& from, Statement* statement);
// Whether one of the measures is more than a number of patients.
bool counts_rows(List* measures);
// Refuses what would not be the same population at every execution, and whatever looks at who a patient is.
void check_suppressed(Query* inner, int keys, const Statement* statement);
// The first of the two.
void check_repeatable(Query* inner, const Statement* statement);
// The columns that keys and conditions look at, as digests, or refuses too many of them.
List* columns_looked_at(Query* inner); // of String
// What a suppressed release tells its node: its population, its sets, its keys, what each aggregate measures, and what
// is looked at. parse_suppressed() reads it.
char* describe_suppressed(Query* inner, int keys, List* sets, List* measures, List* looked_at);
// The bounds that a column declares: found through subqueries' plain columns.
bool declared_bounds(Query* query, Node* value, projects::DecimalText lower, projects::DecimalText upper);

} // namespace health_dp::release
