// Measures that are no sums: shares and rates beside the counts that they were computed from. They tell what a line
// adds up to, or say a count once more, rounded in another way; nobody would subtract them from a total.
#pragma once

#include "core/pure.hpp"

#include "core/suppression/assembly.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>

namespace health_dp::suppression {

struct Rate {
    enum class Kind : std::uint8_t {
        share,    // 100, or 1, in every line along a dimension, up to rounding
        multiple, // of the first measure in every cell, up to rounding
    };
    Kind kind;
    std::size_t measure;
    std::size_t dimension; // of the definition, for shares
};

// Among cells that are known. Measures of units are counts, and not looked at; nor is a multiple without any rounding,
// which says nothing that the count does not say. By chance, two lines are 100 to the rounding once in thousands of
// tables, and of cells as large as these the multiples are rounded ones once in a hundred at most.
std::optional<Rate> find_rate(const Definition& definition, const Assembled& assembled);

} // namespace health_dp::suppression
