// What readers of a table can find out, for whoever has to answer for it: of a table that somebody else suppressed,
// with the true values or without them.
#pragma once

#include "core/pure.hpp"

#include "core/result.hpp"
#include "core/suppression/assembly.hpp"
#include "core/suppression/audit.hpp"

#include <cstddef>
#include <optional>
#include <vector>

namespace health_dp::suppression {

// Of one measure of a cell that is hidden, or should be.
struct Verdict {
    CellNumber cell = 0;
    std::size_t measure = 0;
    Amount lowest = -kUnbounded; // what an outsider can narrow it down to
    Amount highest = kUnbounded;
    bool safe = false;
    const char* why = ""; // a literal
};

// With all values known, as protect() would accept its own pattern: every rule of the policy, insiders included. Where
// values of hidden cells are not known, only what an outsider sees: a hidden count that may be below the policy's
// threshold must not be told from any other count below it. Errors: out_of_range where values and totals contradict
// each other (`breach` says where, if it is a total), interrupted.
core::Result<std::vector<Verdict>> review(const Assembled& assembled, const Policy& policy, Patience& patience,
                                          std::optional<Breach>* breach = nullptr);

} // namespace health_dp::suppression
