#include "core/suppression/known_bounds.hpp"

#include "core/integers.hpp"

#include <algorithm>

namespace health_dp::suppression {

namespace {

struct Range {
    Amount lowest;
    Amount highest;
};

Range times(Range range, std::int32_t coefficient) {
    const auto scaled = [coefficient](Amount bound) {
        if (bound == kUnbounded || bound == -kUnbounded)
            return coefficient > 0 ? bound : -bound;
        const core::Signed128 product = core::Signed128{bound} * coefficient;
        return static_cast<Amount>(
            std::clamp<core::Signed128>(product, core::Signed128{-kUnbounded}, core::Signed128{kUnbounded}));
    };
    return coefficient > 0 ? Range{scaled(range.lowest), scaled(range.highest)}
                           : Range{scaled(range.highest), scaled(range.lowest)};
}

// A sum of bounds in which infinite ones are counted, so that one can be taken out again.
class Sum {
  public:
    void add(Amount bound) {
        if (bound == kUnbounded || bound == -kUnbounded)
            ++infinite_;
        else
            finite_ += bound;
    }
    bool finite_without(Amount bound) const {
        return infinite_ == (bound == kUnbounded || bound == -kUnbounded ? 1 : 0);
    }
    core::Signed128 without(Amount bound) const {
        return bound == kUnbounded || bound == -kUnbounded ? finite_ : finite_ - bound;
    }

  private:
    core::Signed128 finite_ = 0;
    int infinite_ = 0;
};

core::Signed128 divided_down(core::Signed128 a, core::Signed128 b) {
    const core::Signed128 quotient = a / b;
    return a % b != 0 && (a < 0) != (b < 0) ? quotient - 1 : quotient;
}
core::Signed128 divided_up(core::Signed128 a, core::Signed128 b) { return -divided_down(-a, b); }

bool narrow(Range& range, core::Signed128 lowest, bool has_lowest, core::Signed128 highest, bool has_highest) {
    bool narrower = false;
    if (has_lowest && lowest > range.lowest && lowest >= -kLargestAmount) {
        range.lowest = static_cast<Amount>(lowest);
        narrower = true;
    }
    if (has_highest && highest < range.highest && highest <= kLargestAmount) {
        range.highest = static_cast<Amount>(highest);
        narrower = true;
    }
    return narrower;
}

bool narrow_by(const Relation& relation, std::vector<Range>& ranges) {
    Sum least;
    Sum most;
    for (const Term& term : relation.terms) {
        const Range range = times(ranges[term.quantity], term.coefficient);
        least.add(range.lowest);
        most.add(range.highest);
    }
    bool narrower = false;
    for (const Term& term : relation.terms) {
        const Range own = times(ranges[term.quantity], term.coefficient);
        const bool below = relation.lowest != -kUnbounded && most.finite_without(own.highest);
        const bool above = relation.highest != kUnbounded && least.finite_without(own.lowest);
        const core::Signed128 low = below ? relation.lowest - most.without(own.highest) : core::Signed128{0};
        const core::Signed128 high = above ? relation.highest - least.without(own.lowest) : core::Signed128{0};
        Range& range = ranges[term.quantity];
        // The sums above hold the range as it was; only a later pass may use what is found here.
        if (term.coefficient > 0)
            narrower |=
                narrow(range, divided_up(low, term.coefficient), below, divided_down(high, term.coefficient), above);
        else
            narrower |=
                narrow(range, divided_up(high, term.coefficient), above, divided_down(low, term.coefficient), below);
    }
    return narrower;
}

} // namespace

void tighten_bounds(Problem& problem) {
    constexpr int kPasses = 8; // deeper hierarchies than this leave bounds a little wider than they could be
    std::vector<Range> ranges;
    ranges.reserve(problem.quantities.size());
    for (const Quantity& quantity : problem.quantities) {
        const bool shown = quantity.cell != kNoCell && problem.cells[quantity.cell].standing == Standing::published;
        ranges.push_back(shown ? Range{quantity.value, quantity.value} : Range{quantity.lowest, quantity.highest});
    }
    bool narrower = true;
    for (int pass = 0; narrower && pass < kPasses; ++pass) {
        narrower = false;
        for (const Relation& relation : problem.relations)
            narrower |= narrow_by(relation, ranges);
    }
    for (std::size_t i = 0; i < ranges.size(); ++i) {
        problem.quantities[i].lowest = ranges[i].lowest;
        problem.quantities[i].highest = ranges[i].highest;
    }
}

} // namespace health_dp::suppression
