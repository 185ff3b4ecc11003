// How much noise a release's share of the charge asks for [C7, C14]: exact shares, exact sensitivities [C4].
#pragma once

#include "core/pure.hpp"

#include "core/accounting/parameters.hpp"
#include "core/bounding/shape.hpp"
#include "core/noise/discrete_laplace.hpp"

#include <cstdint>
#include <vector>

namespace health_dp::core {

// What a statement may spend. Every measurement and every selection of all its releases is one part, and has ε/parts;
// every selection has δ/selections. Basic composition adds them up to exactly ε and δ.
struct Parts {
    std::uint64_t all;        // measurements and selections
    std::uint64_t selections; // of them
};

// The noise of each of the release's measurements: a patient reaches M groups, and moves the vector over all of them by
// M times what one group holds of her. out_of_range where the release draws more than the statement has parts for.
Result<std::vector<DiscreteLaplace>> calibrate_noise(const bounding::Shape& shape, const Epsilon& epsilon,
                                                     const Parts& parts);

// What one group's selection may spend. A patient is in M groups, each of which is selected on its own, so that a
// selection's part is shared between M [C10].
struct SelectionShare {
    Epsilon epsilon;
    Delta delta;
};
Result<SelectionShare> calibrate_selection(const bounding::Shape& shape, const Epsilon& epsilon, const Delta& delta,
                                           const Parts& parts);

} // namespace health_dp::core
