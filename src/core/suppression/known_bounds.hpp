// What everybody knows before a table is out: bounds that follow from the relations alone, with everything hidden that
// may be hidden.
#pragma once

#include "core/pure.hpp"

#include "core/suppression/problem.hpp"

namespace health_dp::suppression {

// Narrows the bounds of quantities to what one relation after the other implies, until nothing changes or for a few
// passes: valid bounds, not always the tightest. A total of three cells that are known not to be empty is known to be 3
// or more, and no pattern can make it look smaller.
void tighten_bounds(Problem& problem);

} // namespace health_dp::suppression
