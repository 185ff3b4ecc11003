#include "core/suppression/evidence.hpp"

#include <algorithm>

namespace health_dp::suppression {

namespace {

// Witnesses found for other demands are kept up to so many a demand: enough for a choice, and bounded.
constexpr std::size_t kKeptInPassing = 12;

} // namespace

Evidence::Evidence(const System& system)
    : system_(system), demands_(system.quantities().size()), knowers_(system.cells().size()),
      records_(system.demands().size()), through_(system.cells().size()) {
    for (DemandNumber number = 0; number < system.demands().size(); ++number)
        demands_[system.demands()[number].quantity].push_back(number);
    for (InsiderNumber number = 0; number < system.insiders().size(); ++number)
        for (const CellNumber cell : system.insiders()[number].knows)
            knowers_[cell].push_back(number);
}

WitnessNumber Evidence::add(Witness witness, DemandNumber wanted) {
    return add(std::move(witness), wanted, kKeptInPassing);
}

void Evidence::add(const Witness& witness) {
    constexpr DemandNumber kNone = ~DemandNumber{0};
    add(witness, kNone, std::numeric_limits<std::size_t>::max());
}

WitnessNumber Evidence::add(Witness witness, DemandNumber wanted, std::size_t most_in_passing) {
    const auto number = static_cast<WitnessNumber>(entries_.size());
    Entry entry;
    for (const Change& change : witness.changes) {
        const CellNumber cell = system_.quantities()[change.quantity].cell;
        if (cell != kNoCell) {
            entry.touches.insert(entry.touches.end(), knowers_[cell].begin(), knowers_[cell].end());
            if (through_[cell].empty() || through_[cell].back() != number)
                through_[cell].push_back(number);
        }
        for (const DemandNumber demand : demands_[change.quantity]) {
            if (demand != wanted && records_[demand].size() >= most_in_passing)
                continue;
            records_[demand].push_back({number, change.by / witness.parts, witness.parts == 1});
            entry.serves.push_back(demand);
        }
    }
    std::sort(entry.touches.begin(), entry.touches.end());
    entry.touches.erase(std::unique(entry.touches.begin(), entry.touches.end()), entry.touches.end());
    entry.witness = std::move(witness);
    entries_.push_back(std::move(entry));
    return number;
}

std::vector<Witness> Evidence::witnesses() const {
    std::vector<Witness> witnesses;
    for (const Entry& entry : entries_)
        if (!entry.aside)
            witnesses.push_back(entry.witness);
    return witnesses;
}

void Evidence::discard(WitnessNumber number) {
    Entry& entry = entries_[number];
    for (const DemandNumber demand : entry.serves)
        std::erase_if(records_[demand], [number](const Record& record) { return record.witness == number; });
    entry = {};
    entry.aside = true;
}

Reach Evidence::reach(DemandNumber demand, InsiderNumber knower) const { return reach(demand, knower, false); }

Reach Evidence::reach(DemandNumber demand, InsiderNumber knower, bool whole) const {
    Reach reach;
    for (const Record& record : records_[demand]) {
        const Entry& entry = entries_[record.witness];
        if (entry.aside || (whole && !record.whole) ||
            (knower != kOutsider && std::binary_search(entry.touches.begin(), entry.touches.end(), knower)))
            continue;
        reach.above = std::max(reach.above, record.by);
        reach.below = std::max(reach.below, -record.by);
    }
    return reach;
}

bool Evidence::met(DemandNumber demand, InsiderNumber knower, bool whole) const {
    const Demand wanted = system_.wanted(demand, knower);
    const Reach reached = reach(demand, knower, whole);
    return reached.below >= wanted.below && reached.above >= wanted.above &&
           reached.below + reached.above >= wanted.width;
}

std::optional<InsiderNumber> Evidence::unconvinced(DemandNumber demand) const {
    if (!met(demand, kOutsider))
        return kOutsider;
    const CellNumber cell = system_.quantities()[system_.demands()[demand].quantity].cell;
    std::vector<InsiderNumber> candidates;
    for (const Record& record : records_[demand]) {
        const Entry& entry = entries_[record.witness];
        if (!entry.aside)
            candidates.insert(candidates.end(), entry.touches.begin(), entry.touches.end());
    }
    std::sort(candidates.begin(), candidates.end());
    candidates.erase(std::unique(candidates.begin(), candidates.end()), candidates.end());
    for (const InsiderNumber candidate : candidates) {
        const bool own = cell != kNoCell &&
                         std::find(knowers_[cell].begin(), knowers_[cell].end(), candidate) != knowers_[cell].end();
        if (!own && !met(demand, candidate))
            return candidate;
    }
    return std::nullopt;
}

} // namespace health_dp::suppression
