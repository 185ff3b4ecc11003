// Rules on who contributes what to a sum: dominance and p %.
#pragma once

#include "core/pure.hpp"

#include "core/suppression/policy.hpp"
#include "core/suppression/problem.hpp"

#include <cstdint>
#include <vector>

namespace health_dp::suppression {

// One contributor of a sum, standing for `weight` alike in a sample.
struct Contribution {
    Amount value = 0; // 0 or more
    Amount weight = 1;
};

// Whether the n largest are the n largest contributors, or, as τ-ARGUS reads weights, n of the units they stand for.
enum class Weights : std::uint8_t { ignored, repeated };

// `total` is the weighted sum. Rules on no contributors never apply.
bool dominated(std::vector<Contribution> contributions, Amount total, Dominance rule, Weights weights);
bool breaks_p_percent(std::vector<Contribution> contributions, Amount total, std::uint32_t percent);

// How far the published total must stay uncertain, so that what the largest contributors do not know of the others is
// again within the rule that hides it.
Amount missing_margin(std::vector<Contribution> contributions, Amount total, Reason why, const Policy& policy,
                      Weights weights);

// The same for one contributor who certainly has `own` or more of the total: what it must stay uncertain by for him, at
// most. 0: he may know it.
//
// Others are kept from the total because it tells of the largest contributors. One of these needs no protection from
// himself: of the total he learns what the others have, and the rules are asked about that, with one large contributor
// fewer. Under (1, k) nothing is left, as in every cell that the rule shows: there the largest contributor, too, learns
// what all others have together. To want more would not only hide more. It cannot be had: who makes 99 % of a total
// knows that it is no less than his own, and the margin that others need reaches down below that.
//
// Whoever may be another one than the largest is granted nothing.
Amount margin_for_contributor(std::vector<Contribution> contributions, Amount total, Amount own, const Policy& policy,
                              Weights weights);

} // namespace health_dp::suppression
