// Secondary suppression: which further cells to hide, so that nobody can compute the primaries back.
#pragma once

#include "core/pure.hpp"

#include "core/suppression/audit.hpp"
#include "core/suppression/system.hpp"

namespace health_dp::suppression {

struct Protection {
    Pattern pattern;
    Amount cost = 0; // of what is hidden beyond the primaries
    Audit audit;     // of this pattern: every proof checked against it in exact arithmetic; safe

    // Proved: no pattern that an audit accepts costs less. Equal to the cost where the pattern is proved the cheapest.
    Amount lowest_cost = 0;
};

// How much goes into looking for the cheapest pattern and into proving it, after a good one was found: simplex
// iterations times columns, the same on every machine. Patience may end it sooner.
constexpr Work kNoProof = 0;
constexpr Work kShortProof = 100'000'000; // some seconds: enough for most tables of some hundred cells

// Errors: out_of_range when a demand cannot be met even with everything hidden that may be hidden; too_costly when no
// safe pattern was found or proved within the solver's allowances; interrupted. Never a pattern that failed its audit.
core::Result<Protection> protect(const System& system, Patience& patience, Work proof);
core::Result<Protection> protect(const System& system, Patience& patience); // with a short proof

} // namespace health_dp::suppression
