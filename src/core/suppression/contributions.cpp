#include "core/suppression/contributions.hpp"

#include "core/integers.hpp"

#include <algorithm>

namespace health_dp::suppression {

namespace {

void sort_largest_first(std::vector<Contribution>& contributions) {
    std::sort(contributions.begin(), contributions.end(),
              [](const Contribution& a, const Contribution& b) { return a.value > b.value; });
}

core::Signed128 sum_of_largest(std::vector<Contribution>& contributions, std::uint32_t count, Weights weights) {
    sort_largest_first(contributions);
    core::Signed128 sum = 0;
    Amount left = count;
    for (const Contribution& contribution : contributions) {
        if (left == 0)
            break;
        const Amount taken = weights == Weights::repeated ? std::min(left, contribution.weight) : 1;
        sum += core::Signed128{contribution.value} * taken;
        left -= taken;
    }
    return sum;
}

// The least that a contributor has who has `own` or more, and is one of the `count` largest: what is left of the total
// without those is less. 0: he need not be one of them. In the order of sum_of_largest().
Amount least_among_largest(const std::vector<Contribution>& contributions, std::uint32_t count, Weights weights,
                           core::Signed128 left_of_total, Amount own) {
    Amount least = 0;
    Amount left = count;
    for (const Contribution& contribution : contributions) {
        if (left <= 0 || contribution.value < own || own <= left_of_total)
            break;
        least = contribution.value;
        left -= weights == Weights::repeated ? contribution.weight : 1;
    }
    return least;
}

core::Signed128 rounded_up(core::Signed128 numerator, std::uint32_t denominator) {
    return (numerator + denominator - 1) / denominator;
}

} // namespace

bool dominated(std::vector<Contribution> contributions, Amount total, Dominance rule, Weights weights) {
    return rule.contributors > 0 && !contributions.empty() &&
           100 * sum_of_largest(contributions, rule.contributors, weights) > core::Signed128{rule.percent} * total;
}

bool breaks_p_percent(std::vector<Contribution> contributions, Amount total, std::uint32_t percent) {
    if (percent == 0 || contributions.empty())
        return false;
    const core::Signed128 first = sum_of_largest(contributions, 1, Weights::ignored);
    const core::Signed128 two = sum_of_largest(contributions, 2, Weights::ignored);
    return 100 * (total - two) < core::Signed128{percent} * first;
}

Amount missing_margin(std::vector<Contribution> contributions, Amount total, Reason why, const Policy& policy,
                      Weights weights) {
    core::Signed128 missing = 0;
    if (why == Reason::dominated) {
        const core::Signed128 largest = sum_of_largest(contributions, policy.dominance.contributors, weights);
        missing = rounded_up(100 * largest, policy.dominance.percent) - total;
    } else {
        const core::Signed128 first = sum_of_largest(contributions, 1, Weights::ignored);
        const core::Signed128 two = sum_of_largest(contributions, 2, Weights::ignored);
        missing = rounded_up(first * policy.p_percent, 100) - (total - two);
    }
    return static_cast<Amount>(std::clamp<core::Signed128>(missing, 1, kLargestAmount));
}

Amount margin_for_contributor(std::vector<Contribution> contributions, Amount total, Amount own, const Policy& policy,
                              Weights weights) {
    core::Signed128 missing = 0;
    if (dominated(contributions, total, policy.dominance, weights)) {
        const std::uint32_t count = policy.dominance.contributors;
        const core::Signed128 largest = sum_of_largest(contributions, count, weights);
        const Amount his = least_among_largest(contributions, count, weights, total - largest, own);
        missing = rounded_up(100 * (largest - his), policy.dominance.percent) - (total - his);
    }
    if (breaks_p_percent(contributions, total, policy.p_percent)) {
        const core::Signed128 first = sum_of_largest(contributions, 1, Weights::ignored);
        const core::Signed128 two = sum_of_largest(contributions, 2, Weights::ignored);
        const core::Signed128 of_others = own > two - first ? two - first : first;
        missing = std::max(missing, rounded_up(of_others * policy.p_percent, 100) - (total - two));
    }
    return static_cast<Amount>(std::clamp<core::Signed128>(missing, 0, kLargestAmount));
}

} // namespace health_dp::suppression
