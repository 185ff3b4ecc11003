#include "core/suppression/pruning.hpp"

#include <algorithm>
#include <iterator>

namespace health_dp::suppression {

namespace {

constexpr LinearProgram::Allowance kOneRoute = 1'000; // who needs more is no bargain

// For all long routes together, in iterations times quantities: some ten seconds.
constexpr LinearProgram::Allowance kLongRoutes = 800'000'000;

class Pruning {
  public:
    Pruning(const System& system, Evidence& evidence, Patience& patience, Pattern& pattern)
        : system_(system), evidence_(evidence), pattern_(pattern), hidden_(hidden_quantities()),
          router_(system, hidden_, patience), persuasion_(system, evidence, router_) {
        // Proofs should go around what may still be taken out of their way.
        for (const QuantityNumber quantity : hidden_) {
            const CellNumber cell = system.quantities()[quantity].cell;
            if (cell != kNoCell && system.cells()[cell].standing != Standing::hidden)
                router_.price(quantity, 4);
        }
        persuasion_.allow(kOneRoute);
        router_.limit_far(kLongRoutes / std::max<LinearProgram::Allowance>(1, std::ssize(hidden_)));
    }

    Persuaded take_out(CellNumber cell) {
        switch_cell(cell, false);
        std::vector<WitnessNumber> broken;
        std::vector<DemandNumber> concerned;
        for (const WitnessNumber witness : evidence_.through(cell))
            if (!evidence_.is_aside(witness)) {
                broken.push_back(witness);
                const std::vector<DemandNumber>& served = evidence_.served(witness);
                concerned.insert(concerned.end(), served.begin(), served.end());
                evidence_.set_aside(witness, true);
            }
        std::sort(concerned.begin(), concerned.end());
        concerned.erase(std::unique(concerned.begin(), concerned.end()), concerned.end());
        Persuaded persuaded = Persuaded::yes;
        for (const DemandNumber demand : concerned) {
            persuaded = persuasion_.meet(demand, pattern_);
            if (persuaded != Persuaded::yes)
                break;
        }
        if (persuaded == Persuaded::yes)
            return persuaded;
        switch_cell(cell, true);
        for (const WitnessNumber witness : broken)
            evidence_.set_aside(witness, false);
        return persuaded; // what was added is as true with the cell hidden
    }

  private:
    std::vector<QuantityNumber> hidden_quantities() const {
        std::vector<QuantityNumber> hidden;
        for (QuantityNumber number = 0; number < system_.quantities().size(); ++number)
            if (system_.unknown(number, pattern_))
                hidden.push_back(number);
        return hidden;
    }

    void switch_cell(CellNumber cell, bool hidden) {
        pattern_[cell] = hidden;
        for (const QuantityNumber quantity : system_.quantities_of(cell))
            router_.allow(quantity, hidden);
    }

    const System& system_;
    Evidence& evidence_;
    Pattern& pattern_;
    std::vector<QuantityNumber> hidden_;
    Router router_;
    Persuasion persuasion_;
};

} // namespace

bool prune(const System& system, Evidence& evidence, Patience& patience, Pattern& pattern) {
    std::vector<CellNumber> secondaries;
    for (CellNumber cell = 0; cell < pattern.size(); ++cell)
        if (pattern[cell] && system.cells()[cell].standing != Standing::hidden)
            secondaries.push_back(cell);
    std::stable_sort(secondaries.begin(), secondaries.end(),
                     [&system](CellNumber a, CellNumber b) { return system.cells()[a].cost > system.cells()[b].cost; });
    Pruning pruning(system, evidence, patience, pattern);
    for (const CellNumber cell : secondaries) {
        if (patience.look() == Patience::Verdict::finish)
            break;
        if (pruning.take_out(cell) == Persuaded::interrupted)
            return false;
    }
    return true;
}

} // namespace health_dp::suppression
