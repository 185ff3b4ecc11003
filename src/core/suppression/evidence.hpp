// What is proved so far about a pattern: possible tables, and for each demand how far they reach, for somebody outside
// and for every insider.
#pragma once

#include "core/pure.hpp"

#include "core/suppression/router.hpp"
#include "core/suppression/system.hpp"

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <vector>

namespace health_dp::suppression {

using WitnessNumber = std::uint32_t;

struct Reach {
    Amount below = 0;
    Amount above = 0;
};

class Evidence {
  public:
    explicit Evidence(const System& system);

    // The witness must be possible. Kept for demand `wanted`, and for others that it says something about.
    WitnessNumber add(Witness witness, DemandNumber wanted);

    // Kept for all that it says something about.
    void add(const Witness& witness);

    const Witness& witness(WitnessNumber number) const { return entries_[number].witness; }

    // All that are not set aside.
    std::vector<Witness> witnesses() const;

    // Set aside, as if it were not there; or for ever.
    void set_aside(WitnessNumber number, bool aside) { entries_[number].aside = aside; }
    void discard(WitnessNumber number);
    const std::vector<WitnessNumber>& through(CellNumber cell) const { return through_[cell]; }
    const std::vector<DemandNumber>& served(WitnessNumber number) const { return entries_[number].serves; }
    bool is_aside(WitnessNumber number) const { return entries_[number].aside; }

    // How far the demand's quantity can be moved without moving what the insider knows.
    Reach reach(DemandNumber demand, InsiderNumber knower) const;

    // Whether tables of whole numbers alone prove to outsiders what the demand wants.
    bool met_by_whole_numbers(DemandNumber demand) const { return met(demand, kOutsider, true); }

    // Somebody for whom the demand is not yet met.
    std::optional<InsiderNumber> unconvinced(DemandNumber demand) const;

    // Who knows this cell from himself.
    const std::vector<InsiderNumber>& knowers(CellNumber cell) const { return knowers_[cell]; }

  private:
    struct Entry {
        Witness witness;
        std::vector<InsiderNumber> touches;
        std::vector<DemandNumber> serves;
        bool aside = false;
    };
    struct Record {
        WitnessNumber witness;
        Amount by; // whole units, towards 0
        bool whole;
    };

    WitnessNumber add(Witness witness, DemandNumber wanted, std::size_t most_in_passing);
    Reach reach(DemandNumber demand, InsiderNumber knower, bool whole) const;
    bool met(DemandNumber demand, InsiderNumber knower, bool whole = false) const;

    const System& system_;
    std::vector<std::vector<DemandNumber>> demands_; // of a quantity
    std::vector<std::vector<InsiderNumber>> knowers_;
    std::vector<Entry> entries_;
    std::vector<std::vector<Record>> records_;        // of a demand
    std::vector<std::vector<WitnessNumber>> through_; // of a cell
};

} // namespace health_dp::suppression
