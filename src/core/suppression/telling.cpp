#include "core/suppression/telling.hpp"

#include "core/suppression/primary.hpp"

#include <algorithm>
#include <limits>

namespace health_dp::suppression {

namespace {

Amount capped(core::Signed128 value) {
    return static_cast<Amount>(std::clamp<core::Signed128>(value, -kLargestAmount, kLargestAmount));
}

class Rules {
  public:
    Rules(const Policy& policy, Amount patients) : policy_(policy), patients_(patients) {}

    bool apply() const { return patients_ >= policy_.patients && patients_ > 0; }
    bool few(std::uint64_t patients) const { return patients > 0 && static_cast<Amount>(patients) < policy_.patients; }
    std::uint32_t enough() const { return static_cast<std::uint32_t>(policy_.patients); }
    bool forbids_uniform() const { return policy_.hides_zeros || policy_.no_class_disclosure; }

    // A sum that `patients` bring alone cannot be told from what fewer would bring, or more below the threshold, each
    // as much as these do on average, or at least `least`.
    void few_bring(std::vector<Watch::Factor> factors, core::Signed128 sum, std::uint64_t patients,
                   core::Signed128 least) {
        const core::Signed128 size = sum < 0 ? -sum : sum;
        const auto count = static_cast<core::Signed128>(patients);
        const core::Signed128 each = std::max({(size + count - 1) / count, least, core::Signed128{1}});
        const core::Signed128 down = std::max<core::Signed128>(size - each * policy_.interval_lowest, 0);
        const core::Signed128 up = std::max<core::Signed128>(each * (policy_.patients - 1) - size, each);
        watches_.push_back({std::move(factors), capped(sum >= 0 ? down : up), capped(sum >= 0 ? up : down)});
    }
    // All patients have the same value: none may be known to differ, nor that none does.
    void nobody_differs(std::vector<Watch::Factor> factors, bool least, bool most) {
        watches_.push_back({std::move(factors), least ? 0 : 1, most ? 0 : 1});
    }

    void dominance(Part part, const Largest& largest, core::Signed128 total) {
        std::vector<Contribution> contributions;
        for (const Amount amount : largest.amounts())
            contributions.push_back({amount, 1});
        const Amount whole = capped(total);
        for (const Reason reason : {Reason::dominated, Reason::p_percent}) {
            const bool broken = reason == Reason::dominated
                                    ? dominated(contributions, whole, policy_.dominance, Weights::ignored)
                                    : breaks_p_percent(contributions, whole, policy_.p_percent);
            if (!broken)
                continue;
            const Amount margin = missing_margin(contributions, whole, reason, policy_, Weights::ignored);
            watches_.push_back({{{part, 1}}, margin, margin});
            return;
        }
    }

    std::vector<Watch> take() { return std::move(watches_); }

  private:
    const Policy& policy_;
    Amount patients_;
    std::vector<Watch> watches_;
};

bool fits(core::Signed128 value) {
    return value >= -std::numeric_limits<std::int32_t>::max() && value <= std::numeric_limits<std::int32_t>::max();
}
std::int32_t times(core::Signed128 value) { return static_cast<std::int32_t>(value); }

} // namespace

Policy policy_for_sums(const Policy& policy) {
    Policy result = policy;
    if (result.dominance.contributors == 0 && result.p_percent == 0)
        result.dominance = {1, 85};
    return result;
}

std::size_t looked_at(const Policy& policy) { return std::max<std::size_t>(policy.dominance.contributors, 2); }

void Largest::keep(Amount contribution, std::size_t count) {
    if (amounts_.size() == count && contribution <= amounts_.back())
        return;
    amounts_.insert(std::upper_bound(amounts_.begin(), amounts_.end(), contribution, std::greater<>()), contribution);
    if (amounts_.size() > count)
        amounts_.pop_back();
}

std::vector<Watch> what_rows_tell(const Policy& policy, Amount patients, const RowTally& tally) {
    Rules rules(policy, patients);
    if (!rules.apply())
        return {};
    const Spread::Outsiders outsiders = tally.spread.outsiders(1, rules.enough());
    if (rules.few(outsiders.patients) && outsiders.common.size() == 1 && fits(outsiders.common[0])) {
        const std::int64_t usual = outsiders.common[0];
        const core::Signed128 others = static_cast<core::Signed128>(tally.rows) - core::Signed128{usual} * patients;
        rules.few_bring({{Part::rows, 1}, {Part::patients, times(-usual)}}, others, outsiders.patients,
                        static_cast<core::Signed128>(tally.spread.nearest(usual)));
    }
    rules.dominance(Part::rows, tally.largest, static_cast<core::Signed128>(tally.rows));
    return rules.take();
}

std::vector<Watch> what_sums_tell(const Policy& policy, Amount patients, const ColumnTally& tally,
                                  const ColumnGrid& grid) {
    Rules rules(policy, patients);
    if (!rules.apply())
        return {};
    if (rules.few(tally.without))
        rules.few_bring({{Part::rows, 1}, {Part::values, -1}}, static_cast<core::Signed128>(tally.missing),
                        tally.without, 1);
    if (rules.few(tally.spread.patients()))
        rules.few_bring({{Part::values, 1}}, static_cast<core::Signed128>(tally.values), tally.spread.patients(), 1);
    const Spread::Outsiders outsiders = tally.spread.outsiders(1, rules.enough());
    if (outsiders.common.size() == 1) {
        const auto usual = static_cast<std::uint64_t>(outsiders.common[0]);
        const Amount on_grid = grid.value(usual);
        std::vector<Watch::Factor> factors{{Part::total, 1}};
        if (on_grid != 0 && fits(on_grid))
            factors.push_back({Part::values, times(-on_grid)});
        const core::Signed128 others =
            fits(on_grid) ? tally.total - core::Signed128{on_grid} * static_cast<core::Signed128>(tally.values)
                          : tally.total;
        if (rules.few(outsiders.patients))
            rules.few_bring(std::move(factors), others, outsiders.patients,
                            static_cast<core::Signed128>(grid.value(tally.spread.nearest(outsiders.common[0]))));
        else if (outsiders.patients == 0 && rules.forbids_uniform())
            rules.nobody_differs(std::move(factors), on_grid == 0, on_grid == grid.highest);
    }
    rules.dominance(Part::total, tally.largest, tally.total);
    return rules.take();
}

std::vector<Watch> what_squares_tell(const Policy& policy, Amount patients, const ColumnTally& tally,
                                     const ColumnGrid& grid) {
    Rules rules(policy, patients);
    if (!rules.apply())
        return {};
    // Sum and sum of squares together count whoever has neither of two values: Σ(x - a)(x - b).
    const Spread::Outsiders outsiders = tally.spread.outsiders(2, rules.enough());
    if (outsiders.common.size() == 2 && rules.few(outsiders.patients)) {
        const core::Signed128 a = grid.root(static_cast<std::uint64_t>(outsiders.common[0]));
        const core::Signed128 b = grid.root(static_cast<std::uint64_t>(outsiders.common[1]));
        std::vector<Watch::Factor> factors{{Part::squares, 1}};
        core::Signed128 others = tally.squares;
        if (fits(a * b)) {
            factors.push_back({Part::roots, times(-(a + b))});
            factors.push_back({Part::values, times(a * b)});
            others += a * b * static_cast<core::Signed128>(tally.values) - (a + b) * tally.roots;
            std::erase_if(factors, [](const Watch::Factor& factor) { return factor.times == 0; });
        }
        rules.few_bring(std::move(factors), others, outsiders.patients, 1);
    }
    rules.dominance(Part::squares, tally.largest_squares, tally.squares);
    return rules.take();
}

} // namespace health_dp::suppression
