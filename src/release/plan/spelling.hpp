// Equal values that may be spelled differently, and the one spelling that leaves a release [C10]. Which row came first
// would otherwise choose, and tell how that row spells it.
//   numeric         without trailing zeros: 1.00 is 1, whatever the scale of the column
//   real, double    one zero, one NaN
//   character(n)    without trailing blanks
//   interval        months and days as far as they go, of 30 days and 24 hours: 30 days are 1 mon
// Other types that a release groups by (groupable_type()) have one spelling: the same bytes wherever they are equal.
// Text under nondeterministic collations would have several; it is refused.
#pragma once

#include "postgres/api.hpp"

namespace health_dp::release {

// Whether equal values of this type, no domain, may differ.
bool has_spellings(Oid type);

// The one that stands for all values equal to this one. Allocates in the current context.
Datum one_spelling(Oid type, Datum value);

} // namespace health_dp::release
