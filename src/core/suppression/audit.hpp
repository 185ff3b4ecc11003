// The acceptance test: what an attacker can find out about what a pattern hides. Nothing is published that failed it.
#pragma once

#include "core/pure.hpp"

#include "core/suppression/evidence.hpp"
#include "core/suppression/system.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace health_dp::suppression {

enum class Safety : std::uint8_t {
    safe,    // proved by possible tables, checked in exact arithmetic
    unsafe,  // somebody can come closer than the demand allows
    unclear, // not proved either way within the allowance: to be treated as unsafe
};

struct Finding {
    Safety safety = Safety::unclear;
    bool whole = true;                // proved by tables of whole numbers
    InsiderNumber knower = kOutsider; // who comes closer, where it is not safe
};

struct Audit {
    std::vector<Finding> findings; // of every demand
    bool safe = false;             // all of them
    bool whole = false;            // and all by tables of whole numbers
};

// Over the joint system, with every demand's quantity hidden or not. Error `interrupted` when Patience says so.
core::Result<Audit> audit(const System& system, const Pattern& pattern, Patience& patience);

// With tables that may be possible ones: each that is, in exact arithmetic under this very pattern, is a proof,
// wherever it comes from. What they do not prove is examined as above.
core::Result<Audit> audit(const System& system, const Pattern& pattern, std::span<const Witness> proposed,
                          Patience& patience);

// What everybody can narrow a quantity down to. -kUnbounded and kUnbounded where there is no bound.
struct Interval {
    QuantityNumber quantity = 0;
    Amount lowest = 0;
    Amount highest = 0;
    bool exact = true; // else the true interval of whole numbers lies inside this one
};

// The attainable interval of each of these quantities, for an outsider. Error as of audit().
core::Result<std::vector<Interval>> attainable(const System& system, const Pattern& pattern,
                                               std::span<const QuantityNumber> quantities, Patience& patience);

} // namespace health_dp::suppression
