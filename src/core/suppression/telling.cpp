#include "core/suppression/telling.hpp"

#include "core/suppression/primary.hpp"

#include <algorithm>
#include <array>
#include <functional>
#include <limits>
#include <map>
#include <span>
#include <utility>

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

    // The `patients` who have a value that a sum gives away; each counts for `each` beside the others, in that
    // direction.
    void value_is_told(Part part, std::uint64_t patients, core::Signed128 each) {
        const auto count = static_cast<core::Signed128>(patients);
        const core::Signed128 size = std::max<core::Signed128>(each < 0 ? -each : each, 1);
        const core::Signed128 fewer = std::max<core::Signed128>(count - policy_.interval_lowest, 0) * size;
        const core::Signed128 more = std::max<core::Signed128>(policy_.patients - 1 - count, 0) * size;
        watches_.push_back({{{part, 1}}, capped(each < 0 ? more : fewer), capped(each < 0 ? fewer : more)});
    }
    Amount highest_few() const { return policy_.patients - 1; }
    Amount lowest_few() const { return policy_.interval_lowest; }

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

using Counts = std::map<std::int64_t, std::uint64_t>;

// -L(value) of Lagrange's polynomial that is 1 at `at` and 0 at the others: how many patients change to or from `at`
// for each one more at `value`, when as many sums of powers stay as there are points, less one.
bool exchange(std::int64_t value, std::span<const std::int64_t> points, std::size_t at, core::Signed128& patients) {
    core::Signed128 numerator = -1;
    core::Signed128 denominator = 1;
    for (std::size_t i = 0; i < points.size(); ++i)
        if (i != at) {
            numerator *= core::Signed128{value} - points[i];
            denominator *= core::Signed128{points[at]} - points[i];
        }
    patients = numerator / denominator;
    return numerator % denominator == 0;
}

// Whether the patients at `value` can be told from any other few, because others change places with them and the sums
// stay as they are.
bool can_change(std::int64_t value, std::span<const std::int64_t> points, const Counts& counts, const Rules& rules) {
    const auto here = static_cast<core::Signed128>(counts.at(value));
    const core::Signed128 more = rules.highest_few() - here;
    const core::Signed128 fewer = here - rules.lowest_few();
    for (std::size_t i = 0; i < points.size(); ++i) {
        core::Signed128 change = 0;
        if (!exchange(value, points, i, change))
            return false;
        const auto there = static_cast<core::Signed128>(counts.at(points[i]));
        const core::Signed128 times = change < 0 ? more : fewer;
        if (times > 0 && (change < 0 ? -change : change) > there / times)
            return false;
    }
    return true;
}

// Who finds no way among the first ones gives up, and the value counts as told.
constexpr int kMostWays = 20'000;

bool is_hidden_among(std::int64_t value, const Counts& counts, std::size_t moments, const Rules& rules) {
    int ways = kMostWays;
    for (auto a = counts.begin(); a != counts.end(); ++a)
        for (auto b = std::next(a); b != counts.end(); ++b) {
            if (a->first == value || b->first == value)
                continue;
            if (ways-- <= 0)
                return false;
            if (moments == 1) {
                const std::array<std::int64_t, 2> points{a->first, b->first};
                if (can_change(value, points, counts, rules))
                    return true;
                continue;
            }
            for (auto c = std::next(b); c != counts.end(); ++c) {
                const std::array<std::int64_t, 3> points{a->first, b->first, c->first};
                if (ways-- <= 0)
                    return false;
                if (c->first != value && can_change(value, points, counts, rules))
                    return true;
            }
        }
    return false;
}

// A column of few values is a code. Numbers are whole: of 0, 1 and 999 the sum tells how many have 999, although two
// equations have three unknowns. The values that few patients have and that sums of so many powers give away.
struct Told {
    std::uint64_t value = 0;
    std::uint64_t patients = 0;
    std::uint64_t usual = 0; // the most common one of the others
};
std::vector<Told> told_values(const Spread& spread, std::size_t moments, const ColumnGrid& grid, const Rules& rules) {
    const Counts counts = spread.patients_by_value();
    std::vector<Told> told;
    if (counts.size() < 2 || (!grid.is_code && static_cast<Amount>(counts.size()) > rules.highest_few()))
        return told;
    for (const auto& [value, patients] : counts) {
        if (!rules.few(patients) || is_hidden_among(value, counts, moments, rules))
            continue;
        auto usual = counts.end();
        for (auto other = counts.begin(); other != counts.end(); ++other)
            if (other->first != value && (usual == counts.end() || other->second > usual->second))
                usual = other;
        told.push_back({static_cast<std::uint64_t>(value), patients, static_cast<std::uint64_t>(usual->first)});
    }
    return told;
}

// Outsiders who are few are watched as such: of the told values only common ones are left.
bool is_common(const Spread::Outsiders& outsiders, const Told& told) {
    return std::find(outsiders.common.begin(), outsiders.common.end(), static_cast<std::int64_t>(told.value)) !=
           outsiders.common.end();
}

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
    for (const Told& told : told_values(tally.spread, 1, grid, rules))
        if (!rules.few(outsiders.patients) || is_common(outsiders, told))
            rules.value_is_told(Part::total, told.patients,
                                core::Signed128{grid.value(told.value)} - grid.value(told.usual));
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
    for (const Told& told : told_values(tally.spread, 2, grid, rules)) {
        const core::Signed128 value = grid.root(told.value);
        const core::Signed128 usual = grid.root(told.usual);
        if (!rules.few(outsiders.patients) || is_common(outsiders, told))
            rules.value_is_told(Part::squares, told.patients, value * value - usual * usual);
    }
    rules.dominance(Part::squares, tally.largest_squares, tally.squares);
    return rules.take();
}

} // namespace health_dp::suppression
