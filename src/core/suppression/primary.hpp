// Primary rules: which cells a policy does not show, how uncertain each of them must stay, and who knows what already.
#pragma once

#include "core/pure.hpp"

#include "core/result.hpp"
#include "core/suppression/contributions.hpp"
#include "core/suppression/policy.hpp"
#include "core/suppression/problem.hpp"
#include "core/suppression/tables.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace health_dp::suppression {

// How wide the interval of a number is at least that is hidden for another number's sake.
Amount least_width(Amount value, const Policy& policy);

// What the rules need to know beside the values.
struct Contents {
    std::vector<Contribution> contributions; // of the measure `dominance_measure`
    std::optional<std::uint64_t> holder;     // of a cell of one patient: who, where that is known
};

struct Roles {
    std::size_t patients = 0;                       // the measure that counts distinct patients
    std::vector<std::size_t> units{};               // measures that count further units
    std::optional<std::size_t> dominance_measure{}; // the sum that dominance and p % look at
    Weights weights = Weights::repeated;
};

struct Proposal {
    // Cells in the order of entries; quantities of what is unseen, without values, behind those of entries, and virtual
    // sums behind them.
    Problem problem;
    std::vector<Reason> reasons;
};

// `contents` has an element for every entry, or none at all; `hidden_before` likewise. Errors are those of lines_of(),
// and out_of_range where roles name measures that do not exist.
core::Result<Proposal> propose(const Tables& tables, const std::vector<Contents>& contents, const Roles& roles,
                               const Policy& policy, const Pattern& hidden_before = {});

} // namespace health_dp::suppression
