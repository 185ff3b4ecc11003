// Secondary suppression for tables of any size: hide what the cheapest routes go through, then show again what the
// proofs can do without.
#pragma once

#include "core/pure.hpp"

#include "core/suppression/persuasion.hpp"

#include <span>
#include <vector>

namespace health_dp::suppression {

class Heuristic {
  public:
    Heuristic(const System& system, Patience& patience);

    // Tries several orders of the demands where the system is small, and keeps the cheapest pattern. `no`: some demand
    // cannot be met even with everything hidden that may be hidden. The same system gives the same pattern everywhere.
    Persuaded run();

    const Pattern& pattern() const { return best_; }

    // Possible tables that prove it safe.
    const std::vector<Witness>& proofs() const { return proofs_; }

  private:
    Persuaded attempt(std::span<const DemandNumber> order);

    const System& system_;
    Patience& patience_;
    std::vector<QuantityNumber> movable_;
    Pattern best_;
    std::vector<Witness> proofs_;
};

} // namespace health_dp::suppression
