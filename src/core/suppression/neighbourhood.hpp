// The quantities among which a short route from one of them is to be sought. In tables a short route is a box: a cell
// beside the first in every one of its lines, and the corners where the lines of those meet.
#pragma once

#include "core/pure.hpp"

#include "core/suppression/system.hpp"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace health_dp::suppression {

// What a route may change, and at what price a unit; per quantity of the system.
struct Choice {
    std::vector<bool> allowed;
    std::vector<double> prices;
};

class Neighbourhood {
  public:
    struct Size {
        std::size_t beside = 6;  // quantities beside the first, in each of its relations
        int rings = 2;           // how often corners are added
        std::size_t most = 4000; // quantities in all
    };

    Neighbourhood(const System& system, const Choice& choice);

    // The centre and what is near it, in ascending order. What stands alone in an equality is left out: it cannot move.
    // Without the centre: nothing here can move it.
    std::vector<QuantityNumber> around(QuantityNumber centre, Size size);

  private:
    void take(QuantityNumber quantity);
    void take_beside(QuantityNumber centre, std::size_t most);
    void take_corners(std::size_t most);
    void drop_the_fixed();

    const System& system_;
    const Choice& choice_;
    std::vector<QuantityNumber> taken_;
    std::vector<RelationNumber> touched_;
    std::vector<std::uint32_t> members_; // taken quantities in a relation
    std::vector<std::uint32_t> meets_;   // touched relations through a quantity, while corners are sought
    std::vector<bool> inside_;
};

} // namespace health_dp::suppression
