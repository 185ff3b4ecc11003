// What is hidden to protect its largest contributors, as far as it is hidden from these themselves.
#pragma once

#include "core/pure.hpp"

#include "core/suppression/primary.hpp"

#include <vector>

namespace health_dp::suppression {

// Whoever is alone in a cell knows what he has there: of totals around it that dominance or p % hides, he need not be
// kept as others are. Says so of the proposal's insiders. See margin_for_contributor().
void concede(Proposal& proposal, const Tables& tables, const std::vector<Contents>& contents, const Roles& roles,
             const Policy& policy);

} // namespace health_dp::suppression
