// Grouping sets of suppressed releases. They do not reach the planner, which groups by all keys; the node makes the
// rows of all sets.
#pragma once

#include "postgres/api.hpp"

namespace health_dp::release {

// A block's grouping sets as its release's own query has them, whose keys are numbered by their places.
List* renumber_sets(List* sets, List* clauses);

// Whether these are such grouping sets, over so many keys.
bool are_grouping_sets(const List* sets, int keys);

// The grouping sets of a release's own query, each as the set of its keys: bit i is key i. Refuses too many keys, and
// too many sets.
List* suppressed_sets(Query* inner); // of Integer

// One more key, whose value the node puts in, in the place of grouping sets: with it the rows of two sets are never
// taken for the same, and the planner does not believe the other keys to be unique.
void replace_sets(Query* inner);

// GROUPING() as an expression over the column that says which keys a row is not grouped by.
Node* grouping_expression(const GroupingFunc* grouping, const Query* query, Var* set);

} // namespace health_dp::release
