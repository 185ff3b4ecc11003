// Subqueries that keep one of several equal values.
#pragma once

#include "release/vetting/statement.hpp"

namespace health_dp::release {

// GROUP BY and DISTINCT keep the value of whichever row comes first, which depends on where rows lie, those of other
// patients among them. Gives what the query shows and asks of its keys the spelling of all that are equal [C16].
void respell_keys(Query* query);

// The same for min and max, and for DISTINCT inside an aggregate.
void respell_argument(Aggref* aggregate);

// Whether an expression is one that was respelled: it equals its argument.
bool is_respelled(const Node* node);

} // namespace health_dp::release
