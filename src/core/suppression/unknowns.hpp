// What is left to find out when a pattern's shown cells are put into the relations.
#pragma once

#include "core/pure.hpp"

#include "core/suppression/system.hpp"

#include <cstddef>
#include <vector>

namespace health_dp::suppression {

// Unknown quantities in groups that share no relation: what happens in one says nothing about another. Hidden
// quantities that a chain of relations with one unknown gives away are in none.
struct Unknowns {
    static constexpr std::size_t kNowhere = ~std::size_t{0};

    std::vector<std::vector<QuantityNumber>> groups;
    std::vector<std::size_t> group_of; // per quantity of the system, kNowhere where it is known
};

Unknowns unknowns_of(const System& system, const Pattern& pattern);

} // namespace health_dp::suppression
