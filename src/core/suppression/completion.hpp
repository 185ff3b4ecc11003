// Values for numbers that nobody gave: what can be found out about a table does not depend on which table one starts
// from, as long as it is a possible one.
#pragma once

#include "core/pure.hpp"

#include "core/result.hpp"
#include "core/suppression/patience.hpp"
#include "core/suppression/problem.hpp"
#include "core/suppression/system.hpp"
#include "core/suppression/tables.hpp"

#include <optional>
#include <vector>

namespace health_dp::suppression {

// Of every quantity of a problem over these tables, with all values of entries known.
std::vector<bool> all_but_unseen(const Tables& tables, const Problem& problem);

// Fills in what follows from known values by one equation after the other, and says so in `known`.
void deduce(Problem& problem, std::vector<bool>& known);

// Whole numbers for all others: any that fit the relations. out_of_range where none fit, too_costly where none were
// found. `breach`: the relation that known values and what follows from them break, where there is one.
core::Result<bool> complete(Problem& problem, std::vector<bool> known, Patience& patience,
                            std::optional<Breach>* breach = nullptr);

} // namespace health_dp::suppression
