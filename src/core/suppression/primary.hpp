// Primary rules: which cells a policy does not show, how uncertain each of them must stay, and who knows what already.
#pragma once

#include "core/pure.hpp"

#include "core/result.hpp"
#include "core/suppression/policy.hpp"
#include "core/suppression/problem.hpp"
#include "core/suppression/tables.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace health_dp::suppression {

// For auditors only: which rule hides a cell says something about its value.
enum class Reason : std::uint8_t {
    none,
    few_patients,
    few_units,
    dominated,
    p_percent,
    zero,
    class_disclosure,
    hidden_before, // by an earlier table, for whatever reason
};

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
