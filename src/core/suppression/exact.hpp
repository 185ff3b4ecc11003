// The cheapest safe pattern, by cutting planes and branching within an allowance; where that ends first, the best
// pattern found and a proved lower bound.
#pragma once

#include "core/pure.hpp"

#include "core/suppression/linear_program.hpp"
#include "core/suppression/system.hpp"

#include <vector>

namespace health_dp::suppression {

struct Cheapest {
    Pattern pattern;        // empty: nothing cheaper than `below` was found
    Amount cost = 0;        // of the pattern
    Amount lowest = 0;      // no pattern that the audit accepts costs less
    bool abandoned = false; // by Patience: then without an answer
};

// Looks for patterns cheaper than `below`, the cost of one that is known to be safe. Work is counted in simplex
// iterations times columns, the same on every machine; Patience may end it sooner. Where the work is too little for
// every attacker to be heard a few times, nothing is begun. Every pattern it gives has passed its audit.
Cheapest cheapest_pattern(const System& system, Amount below, Work work, Patience& patience);

} // namespace health_dp::suppression
