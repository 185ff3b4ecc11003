#include "core/suppression/audit.hpp"

#include "core/suppression/persuasion.hpp"
#include "core/suppression/unknowns.hpp"
#include "core/suppression/whole.hpp"

#include <algorithm>
#include <cmath>

namespace health_dp::suppression {

namespace {

constexpr double kInsiderPrice = 4; // routes that leave insiders' cells alone persuade them at once
constexpr int kMostNodes = 2000;
constexpr LinearProgram::Allowance kOneRoute = 200'000;
constexpr Work kAllRoutes = 60'000'000'000; // in each group of unknowns: some minutes
constexpr LinearProgram::Allowance kOneExtreme = 200'000;
constexpr core::Error kInterrupted{core::ErrorCode::interrupted, "the caller asked to stop"};

// A group of unknowns with one column each: for the extremes of single quantities.
class Extremes {
  public:
    Extremes(const System& system, const std::vector<QuantityNumber>& quantities, Patience& patience)
        : system_(system), quantities_(quantities), program_(program_of(system, quantities), patience) {}

    // False when interrupted.
    bool find(Interval& interval) {
        const Quantity& quantity = system_.quantities()[interval.quantity];
        const auto place = static_cast<int>(
            std::lower_bound(quantities_.begin(), quantities_.end(), interval.quantity) - quantities_.begin());
        interval.lowest = -kUnbounded;
        interval.highest = kUnbounded;
        for (const bool down : {true, false}) {
            const double end = down ? program_.lowest(place) : program_.highest(place);
            // Without a bound of its own a quantity may have none at all; far out is then as good as none.
            if (std::fabs(end) >= kInfinity)
                program_.bound(place, down ? -kFar : program_.lowest(place), down ? program_.highest(place) : kFar);
            program_.price(place, down ? 1 : -1);
            LinearProgram::Allowance allowance = kOneExtreme;
            const WholeAnswer answer =
                minimise_whole(program_, LinearProgram::Method::primal, Aim::best, kMostNodes, 1, allowance);
            program_.price(place, 0);
            if (std::fabs(end) >= kInfinity)
                program_.bound(place, down ? -kInfinity : program_.lowest(place),
                               down ? program_.highest(place) : kInfinity);
            if (answer.outcome == Outcome::abandoned)
                return false;
            const bool complete = answer.complete && answer.outcome == Outcome::optimal;
            const double bound = complete ? answer.objective : std::ceil(answer.bound - kWholeTolerance);
            interval.exact &= complete;
            if (std::fabs(bound) < kFar / 2) {
                Amount& side = down ? interval.lowest : interval.highest;
                side = quantity.value + static_cast<Amount>(std::round(down ? bound : -bound));
            }
        }
        return true;
    }

  private:
    static constexpr double kFar = 1e12;

    static SparseProgram program_of(const System& system, const std::vector<QuantityNumber>& quantities) {
        SparseProgram program;
        std::vector<int> rows(system.relations().size(), -1);
        for (const QuantityNumber number : quantities) {
            for (const Incidence& incidence : system.incidences(number)) {
                int& row = rows[incidence.relation];
                if (row < 0) {
                    const Relation& relation = system.relations()[incidence.relation];
                    const Amount activity = system.activity(incidence.relation);
                    row = static_cast<int>(program.row_lowest.size());
                    program.row_lowest.push_back(-room(relation.lowest, activity));
                    program.row_highest.push_back(room(activity, relation.highest));
                }
                program.entry(row, incidence.coefficient);
            }
            const Quantity& quantity = system.quantities()[number];
            program.column(-room(quantity.lowest, quantity.value), room(quantity.value, quantity.highest), 0);
        }
        return program;
    }

    const System& system_;
    const std::vector<QuantityNumber>& quantities_;
    LinearProgram program_;
};

class Auditing {
  public:
    Auditing(const System& system, const Pattern& pattern, Patience& patience)
        : system_(system), pattern_(pattern), patience_(patience), unknowns_(unknowns_of(system, pattern)),
          evidence_(system) {}

    void consider(std::span<const Witness> proposed) {
        for (const Witness& witness : proposed)
            if (system_.possible(witness, pattern_))
                evidence_.add(witness);
    }

    core::Result<Audit> run() {
        audit_.findings.resize(system_.demands().size());
        std::vector<std::vector<DemandNumber>> by_group(unknowns_.groups.size());
        for (DemandNumber number = 0; number < system_.demands().size(); ++number) {
            const std::size_t group = unknowns_.group_of[system_.demands()[number].quantity];
            if (group == Unknowns::kNowhere)
                audit_.findings[number].safety = wants_nothing(number) ? Safety::safe : Safety::unsafe;
            else
                by_group[group].push_back(number);
        }
        for (std::size_t group = 0; group < by_group.size(); ++group)
            if (!by_group[group].empty() && !examine(unknowns_.groups[group], by_group[group]))
                return kInterrupted;
        audit_.safe = std::all_of(audit_.findings.begin(), audit_.findings.end(),
                                  [](const Finding& finding) { return finding.safety == Safety::safe; });
        audit_.whole = audit_.safe && std::all_of(audit_.findings.begin(), audit_.findings.end(),
                                                  [](const Finding& finding) { return finding.whole; });
        return std::move(audit_);
    }

  private:
    bool wants_nothing(DemandNumber number) const {
        const Demand& demand = system_.demands()[number];
        return demand.below == 0 && demand.above == 0 && demand.width == 0;
    }

    // False when interrupted.
    bool examine(const std::vector<QuantityNumber>& quantities, const std::vector<DemandNumber>& demands) {
        Router router(system_, quantities, Proofs::any, patience_);
        router.limit(kAllRoutes, kAllRoutes);
        for (const QuantityNumber quantity : quantities) {
            const CellNumber cell = system_.quantities()[quantity].cell;
            if (cell != kNoCell && !evidence_.knowers(cell).empty())
                router.price(quantity, kInsiderPrice);
        }
        Persuasion persuasion(system_, evidence_, router);
        persuasion.allow(kOneRoute);
        for (const DemandNumber demand : demands) {
            Finding& finding = audit_.findings[demand];
            const Persuaded persuaded = persuasion.meet(demand, pattern_);
            if (persuaded == Persuaded::interrupted)
                return false;
            finding.whole = evidence_.met_by_whole_numbers(demand);
            if (persuaded == Persuaded::yes) {
                finding.safety = Safety::safe;
                continue;
            }
            finding.safety = persuaded == Persuaded::no ? Safety::unsafe : Safety::unclear;
            finding.knower = persuasion.last_knower().value_or(kOutsider);
        }
        return true;
    }

    const System& system_;
    const Pattern& pattern_;
    Patience& patience_;
    Unknowns unknowns_;
    Evidence evidence_;
    Audit audit_;
};

} // namespace

core::Result<Audit> audit(const System& system, const Pattern& pattern, Patience& patience) {
    return audit(system, pattern, {}, patience);
}

core::Result<Audit> audit(const System& system, const Pattern& pattern, std::span<const Witness> proposed,
                          Patience& patience) {
    if (pattern.size() != system.cells().size())
        return core::Error{core::ErrorCode::out_of_range, "a pattern says of every cell whether it is hidden"};
    Auditing auditing(system, pattern, patience);
    auditing.consider(proposed);
    return auditing.run();
}

core::Result<std::vector<Interval>> attainable(const System& system, const Pattern& pattern,
                                               std::span<const QuantityNumber> quantities, Patience& patience) {
    const Unknowns unknowns = unknowns_of(system, pattern);
    std::vector<Interval> intervals;
    std::vector<std::vector<std::size_t>> by_group(unknowns.groups.size());
    for (const QuantityNumber quantity : quantities) {
        const Amount value = system.quantities()[quantity].value;
        const std::size_t group = unknowns.group_of[quantity];
        if (group != Unknowns::kNowhere)
            by_group[group].push_back(intervals.size());
        intervals.push_back({quantity, value, value, true});
    }
    for (std::size_t group = 0; group < by_group.size(); ++group) {
        if (by_group[group].empty())
            continue;
        Extremes extremes(system, unknowns.groups[group], patience);
        for (const std::size_t place : by_group[group])
            if (!extremes.find(intervals[place]))
                return kInterrupted;
    }
    return intervals;
}

} // namespace health_dp::suppression
