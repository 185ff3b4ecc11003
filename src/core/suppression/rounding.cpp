#include "core/suppression/rounding.hpp"

#include "core/integers.hpp"
#include "core/suppression/whole.hpp"

#include <algorithm>
#include <cmath>

namespace health_dp::suppression {

namespace {

constexpr int kMostNodes = 20'000;

Amount divided_down(Amount value, Amount base) { return value / base - (value % base < 0 ? 1 : 0); }
Amount divided_up(Amount value, Amount base) { return -divided_down(-value, base); }

// A bijection of 64 bits that leaves no bit alone (Steele, Lea and Flood 2014): uniform keys stay uniform.
std::uint64_t mixed(std::uint64_t key) {
    key += 0x9e3779b97f4a7c15U;
    key = (key ^ (key >> 30U)) * 0xbf58476d1ce4e5b9U;
    key = (key ^ (key >> 27U)) * 0x94d049bb133111ebU;
    return key ^ (key >> 31U);
}

// When time is up a search for a first answer is as good as cancelled.
class Deadline final : public Patience {
  public:
    explicit Deadline(Patience& patience) : patience_(patience) {}
    Verdict look() override {
        const Verdict verdict = patience_.look();
        cancelled_ |= verdict == Verdict::abandon;
        return verdict == Verdict::go_on ? verdict : Verdict::abandon;
    }
    bool cancelled() const { return cancelled_; }

  private:
    Patience& patience_;
    bool cancelled_ = false;
};

// Each quantity starts at the multiple below it. Each of its columns is a step of one base, taken or not, at the price
// of what it adds to the distance; as that is convex, the cheapest steps come first. A sum that is in no table may be
// whatever multiple its parts add up to.
class Rounding {
  public:
    Rounding(const System& system, Amount base, bool zero_restricted) : system_(system), base_(base) {
        for (RelationNumber number = 0; number < system.relations().size(); ++number)
            add_row(number);
        for (QuantityNumber number = 0; number < system.quantities().size(); ++number) {
            if (system.quantities()[number].cell == kNoCell) {
                add_column(number, 1, -kInfinity, kInfinity, 0);
                continue;
            }
            const Amount value = system.quantities()[number].value;
            const Amount rest = value - base * divided_down(value, base);
            if (rest > 0)
                add_step(number, 1, base - 2 * rest);
            if (zero_restricted || value == 0)
                continue;
            add_step(number, 1, base);
            if (value < 0 || value >= base)
                add_step(number, -1, base);
        }
    }

    // Nothing: no answer within the allowance, or none at all; outcome() tells.
    std::vector<Amount> find(LinearProgram::Allowance work, Patience& patience, bool& nearest) {
        std::vector<Amount> values;
        for (const Quantity& quantity : system_.quantities())
            values.push_back(base_ * divided_down(quantity.value, base_));
        if (program_.columns() > 0) {
            LinearProgram program(program_, patience);
            LinearProgram::Allowance allowance = work / (kOverhead + program_.columns());
            const WholeAnswer answer =
                minimise_whole(program, LinearProgram::Method::dual, Aim::best, kMostNodes, 1, allowance);
            outcome_ = answer.outcome == Outcome::infeasible && !answer.complete ? Outcome::exhausted : answer.outcome;
            nearest = answer.complete;
            if (answer.solution.empty())
                return {};
            for (std::size_t i = 0; i < steps_.size(); ++i)
                values[steps_[i].quantity] += base_ * steps_[i].by * static_cast<Amount>(answer.solution[i]);
        } else {
            nearest = true;
        }
        if (!adds_up(values)) {
            outcome_ = program_.columns() > 0 ? Outcome::failed : Outcome::infeasible;
            return {};
        }
        return values;
    }

    Outcome outcome() const { return outcome_; }

  private:
    static constexpr LinearProgram::Allowance kOverhead = 500;

    struct Step {
        QuantityNumber quantity;
        Amount by;
    };

    void add_row(RelationNumber number) {
        const Relation& relation = system_.relations()[number];
        Amount start = 0;
        for (const Term& term : relation.terms)
            start += term.coefficient * divided_down(system_.quantities()[term.quantity].value, base_);
        program_.row_lowest.push_back(relation.lowest == -kUnbounded
                                          ? -kInfinity
                                          : static_cast<double>(divided_up(relation.lowest, base_) - start));
        program_.row_highest.push_back(relation.highest == kUnbounded
                                           ? kInfinity
                                           : static_cast<double>(divided_down(relation.highest, base_) - start));
    }

    void add_step(QuantityNumber number, Amount by, Amount price) { add_column(number, by, 0, 1, price); }

    void add_column(QuantityNumber number, Amount by, double lowest, double highest, Amount price) {
        for (const Incidence& incidence : system_.incidences(number))
            program_.entry(static_cast<int>(incidence.relation), static_cast<double>(by * incidence.coefficient));
        program_.column(lowest, highest, static_cast<double>(price));
        steps_.push_back({number, by});
    }

    bool adds_up(const std::vector<Amount>& values) const {
        for (const Relation& relation : system_.relations()) {
            core::Signed128 sum = 0;
            for (const Term& term : relation.terms)
                sum += core::Signed128{term.coefficient} * values[term.quantity];
            if ((relation.lowest != -kUnbounded && sum < relation.lowest) ||
                (relation.highest != kUnbounded && sum > relation.highest))
                return false;
        }
        return true;
    }

    const System& system_;
    Amount base_;
    SparseProgram program_;
    std::vector<Step> steps_;
    Outcome outcome_ = Outcome::optimal;
};

} // namespace

Amount round_by_key(Amount value, Amount base, CellKey key) {
    const Amount lower = base * divided_down(value, base);
    // Of all 2^64 keys this many go up, a key's worth of the share at most missing.
    const auto up = static_cast<std::uint64_t>((static_cast<core::Unsigned128>(value - lower) << 64U) /
                                               static_cast<core::Unsigned128>(base));
    return mixed(key.value()) < up ? lower + base : lower;
}

core::Result<Rounded> round_together(const System& system, Amount base, LinearProgram::Allowance work,
                                     Patience& patience) {
    if (base < 1 || base > kLargestBase)
        return core::Error{core::ErrorCode::out_of_range, "the base of rounding must be from 1 to 1000000"};
    for (const bool zero_restricted : {true, false}) {
        Rounding rounding(system, base, zero_restricted);
        Deadline deadline(patience);
        Rounded rounded;
        rounded.values = rounding.find(work, deadline, rounded.nearest);
        rounded.zero_restricted = zero_restricted;
        if (deadline.cancelled())
            return core::Error{core::ErrorCode::interrupted, "the caller asked to stop"};
        if (!rounded.values.empty() || system.quantities().empty())
            return rounded;
        if (rounding.outcome() != Outcome::infeasible)
            return core::Error{core::ErrorCode::too_costly, "no rounding was found within the solver's limits"};
    }
    return core::Error{core::ErrorCode::out_of_range, "no multiples of the base near the values add up"};
}

} // namespace health_dp::suppression
