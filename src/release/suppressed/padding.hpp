// What decides whether an outer join brings a row of its preserved side alone.
#pragma once

#include "release/suppressed/join_lookups.hpp"

namespace health_dp::release {

// A join on the patient or along a link finds whom the row belongs to: it chooses nothing.
bool finds_owner(const Query* query, Node* conjunct);

// Whether anything that is asked says which rows of the optional side, the base's, are found for one of the other side:
// in ON, or within the optional side.
bool chooses_rows(const Query* query, const OuterJoin& outer, int base);

} // namespace health_dp::release
