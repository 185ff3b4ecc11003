// Secondary suppression: which further cells to hide, so that nobody can compute the primaries back.
#pragma once

#include "core/pure.hpp"

#include "core/suppression/audit.hpp"
#include "core/suppression/system.hpp"

namespace health_dp::suppression {

struct Protection {
    Pattern pattern;
    Amount cost = 0; // of what is hidden beyond the primaries
    Audit audit;     // of this pattern, from the beginning and by itself: safe
};

// Errors: out_of_range when a demand cannot be met even with everything hidden that may be hidden; too_costly when no
// safe pattern was found or proved within the solver's allowances; interrupted. Never a pattern that failed its audit.
core::Result<Protection> protect(const System& system, Patience& patience);

} // namespace health_dp::suppression
