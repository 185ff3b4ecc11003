// The quantities among which a short route from one of them is to be sought. In tables a short route is a box: a cell
// beside the first in every one of its lines, and the corners where the lines of those meet. Sums of cells come along:
// without them the cells that they hold could not move.
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

    // In how many lines a quantity stands beside others: the dimensions of its box, at least. Sums aside, and that one
    // number is not above another. Of a sum: the most that one of its terms has.
    std::size_t lines(QuantityNumber quantity) const;

    // The centre and what is near it, in ascending order. What stands alone in an equality is left out: it cannot move.
    // Without the centre: nothing here can move it.
    std::vector<QuantityNumber> around(QuantityNumber centre, Size size);

  private:
    bool is_sum(QuantityNumber quantity) const { return sums_[quantity]; }
    std::size_t lines_of_one(QuantityNumber quantity) const;
    void take(QuantityNumber quantity);
    void take_beside(QuantityNumber centre, std::size_t most);
    void take_corners(std::size_t most);
    void drop_the_fixed();

    const System& system_;
    const Choice& choice_;
    std::vector<bool> sums_;       // quantities that are no cells and stand in one relation
    std::vector<bool> holds_sums_; // relations
    std::vector<QuantityNumber> taken_;
    std::vector<RelationNumber> touched_;
    std::vector<std::uint32_t> members_; // taken quantities in a relation
    std::size_t looked_through_ = 0;     // touched relations, for corners
    std::vector<std::uint32_t> meets_;   // such relations through a quantity
    std::vector<QuantityNumber> met_;
    std::vector<bool> inside_;
};

} // namespace health_dp::suppression
