#include "core/suppression/pruning.hpp"

#include <algorithm>
#include <iterator>
#include <numeric>
#include <utility>

namespace health_dp::suppression {

namespace {

constexpr LinearProgram::Allowance kOneRoute = 1'000; // who needs more is no bargain

// How many detours are tried.
constexpr std::size_t kDetours = 8;

// A proof through more cells stands in the way of taking out too many of them.
constexpr std::size_t kLongest = 100;

// For all routes together, some twenty seconds; and for those that lead far.
constexpr Work kAllRoutes = 4'000'000'000;
constexpr Work kLongRoutes = 80'000'000;

class Pruning {
  public:
    Pruning(const System& system, Evidence& evidence, Patience& patience, Pattern& pattern)
        : system_(system), evidence_(evidence), pattern_(pattern), hidden_(hidden_quantities()),
          router_(system, hidden_, Proofs::whole, patience), persuasion_(system, evidence, router_) {
        // Proofs should go around what may still be taken out of their way.
        for (const QuantityNumber quantity : hidden_) {
            const CellNumber cell = system.quantities()[quantity].cell;
            if (cell != kNoCell && system.cells()[cell].standing != Standing::hidden)
                router_.price(quantity, 4);
        }
        persuasion_.allow(kOneRoute);
        router_.limit(kAllRoutes, kLongRoutes);
    }

    Persuaded take_out(CellNumber cell) {
        const std::vector<Witness> detours = detours_of(cell);
        switch_cell(cell, false);
        led_around_.clear();
        std::vector<WitnessNumber> broken;
        std::vector<std::pair<DemandNumber, WitnessNumber>> concerned;
        for (const WitnessNumber witness : evidence_.through(cell))
            if (!evidence_.is_aside(witness)) {
                broken.push_back(witness);
                for (const DemandNumber demand : evidence_.served(witness))
                    concerned.emplace_back(demand, witness);
                evidence_.set_aside(witness, true);
            }
        std::sort(concerned.begin(), concerned.end());
        Persuaded persuaded = Persuaded::yes;
        for (auto next = concerned.begin(); next != concerned.end() && persuaded == Persuaded::yes;) {
            const DemandNumber demand = next->first;
            std::size_t tries = kDetours;
            for (; next != concerned.end() && next->first == demand; ++next)
                if (tries > 0 && evidence_.unconvinced(demand).has_value()) {
                    lead_around(next->second, cell, detours, demand);
                    --tries;
                }
            persuaded = persuasion_.meet(demand, pattern_);
        }
        if (persuaded == Persuaded::yes) {
            for (const WitnessNumber witness : broken)
                evidence_.discard(witness);
            return persuaded;
        }
        switch_cell(cell, true);
        for (const WitnessNumber witness : led_around_)
            evidence_.discard(witness); // no better than those that come back, and longer
        for (const WitnessNumber witness : broken)
            evidence_.set_aside(witness, false);
        return persuaded; // what else was added is as true with the cell hidden
    }

  private:
    std::vector<QuantityNumber> hidden_quantities() const {
        std::vector<QuantityNumber> hidden;
        for (QuantityNumber number = 0; number < system_.quantities().size(); ++number)
            if (system_.unknown(number, pattern_))
                hidden.push_back(number);
        return hidden;
    }

    // The shortest moves through the cell, in steps as small as they can be.
    std::vector<Witness> detours_of(CellNumber cell) const {
        std::vector<WitnessNumber> candidates;
        for (const WitnessNumber number : evidence_.through(cell))
            if (!evidence_.is_aside(number) && evidence_.witness(number).parts == 1)
                candidates.push_back(number);
        const std::size_t kept = std::min(kDetours, candidates.size());
        std::partial_sort(candidates.begin(), candidates.begin() + static_cast<std::ptrdiff_t>(kept), candidates.end(),
                          [this](WitnessNumber a, WitnessNumber b) {
                              const std::size_t length_a = evidence_.witness(a).changes.size();
                              const std::size_t length_b = evidence_.witness(b).changes.size();
                              return length_a != length_b ? length_a < length_b : a < b;
                          });
        std::vector<Witness> detours;
        for (std::size_t i = 0; i < kept; ++i) {
            Witness detour = evidence_.witness(candidates[i]);
            Amount step = 0;
            for (const Change& change : detour.changes)
                step = std::gcd(step, change.by);
            for (Change& change : detour.changes)
                change.by /= step;
            detours.push_back(std::move(detour));
        }
        return detours;
    }

    // A proof that goes through the cell, and so many times a detour through it the other way that the cell stays as it
    // is, prove together what the first did, if there is room for both.
    void lead_around(WitnessNumber number, CellNumber cell, const std::vector<Witness>& detours, DemandNumber wanted) {
        if (evidence_.witness(number).parts != 1 || system_.quantities_of(cell).size() != 1)
            return;
        const QuantityNumber quantity = system_.quantities_of(cell)[0];
        const auto moved = [quantity](const Witness& witness) -> Amount {
            for (const Change& change : witness.changes)
                if (change.quantity == quantity)
                    return change.by;
            return 0;
        };
        const Amount by = moved(evidence_.witness(number));
        for (const Witness& detour : detours) {
            const Amount step = moved(detour);
            if (step == 0 || by % step != 0)
                continue;
            Witness around = sum(evidence_.witness(number), detour, -(by / step));
            if (around.changes.size() > kLongest || !system_.possible(around, pattern_))
                continue;
            led_around_.push_back(evidence_.add(std::move(around), wanted));
            return;
        }
    }

    static Witness sum(const Witness& a, const Witness& b, Amount times) {
        std::vector<Change> changes = a.changes;
        for (const Change& change : b.changes)
            changes.push_back({change.quantity, change.by * times});
        std::sort(changes.begin(), changes.end(),
                  [](const Change& x, const Change& y) { return x.quantity < y.quantity; });
        Witness sum;
        for (const Change& change : changes) {
            if (!sum.changes.empty() && sum.changes.back().quantity == change.quantity)
                sum.changes.back().by += change.by;
            else
                sum.changes.push_back(change);
        }
        std::erase_if(sum.changes, [](const Change& change) { return change.by == 0; });
        return sum;
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
    std::vector<WitnessNumber> led_around_; // in this attempt
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
