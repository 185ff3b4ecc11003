// What stands behind tables of the same patients and is in none of them: sums between a total and cells that lie
// several steps below it, and cells that are told apart by all that several tables tell apart. Readers reason over
// both.
#pragma once

#include "core/pure.hpp"

#include "core/result.hpp"
#include "core/suppression/tables.hpp"

#include <cstddef>
#include <cstdint>

namespace health_dp::suppression {

enum class Behind : std::uint8_t {
    sums,  // what can be computed from the cells that are given
    cells, // and what cannot
};

// Adds to Tables::unseen (what is there already counts as published), so that lines_of() ties everything that is the
// same patients. As little as it takes: tables tied by the margins they share (an acyclic scheme: Beeri, Fagin, Maier
// and Yannakakis, "On the desirability of acyclic database schemes", 1983) come from one table whatever those margins
// are, so that its cells say nothing new; only where tables go round in a circle, cells behind them are needed. A
// combination that a table with all its codes does not have is nobody. too_costly: there are more than `most` of these
// keys.
core::Result<bool> add_what_is_behind(Tables& tables, Behind behind, std::size_t most);

} // namespace health_dp::suppression
