// Policies of disclosure control, as data. None of the presets is law: they are where institutions start from, and a
// project may override each line.
#pragma once

#include "core/pure.hpp"

#include "core/suppression/problem.hpp"

#include <algorithm>
#include <cstdint>
#include <span>
#include <string_view>

namespace health_dp::suppression {

enum class Cost : std::uint8_t {
    values,     // the patients hidden: totals are dear
    cells,      // the cells hidden
    logarithms, // between the two
};

// For auditors only: which rule hides a cell says something about its value.
enum class Reason : std::uint8_t {
    none,
    few_patients,
    few_units,
    dominated,
    p_percent,
    zero,
    class_disclosure,
    hidden_before, // by an earlier table, for whatever reason
};

// The n largest contributors make more than `percent` of the cell.
struct Dominance {
    std::uint32_t contributors = 0; // 0: no such rule
    std::uint32_t percent = 100;
};

struct Policy {
    std::string_view name;
    Amount patients = 0; // a shown cell has at least so many; 0: no such rule
    Amount units = 0;    // and so many of each further unit: stays, establishments
    Dominance dominance{};
    std::uint32_t p_percent = 0;      // no contributor learns another one's value closer than this; 0: no such rule
    bool hides_zeros = false;         // else zeros are shown, and whatever is hidden is known to be 1 or more
    bool no_class_disclosure = false; // neither 0 % nor 100 % along dimensions that reveal
    bool virtual_sums = true;         // what a line hides by rule must together reach the threshold
    bool singletons = true;           // whoever is alone in a cell must not learn another from it
    Amount interval_lowest = 1;       // a hidden count cannot be told from any other from here up to threshold - 1
    std::uint32_t other_percent = 10; // other measures of a hidden cell stay unknown by so much of their value
    Cost cost = Cost::values;
    Amount rounding_base = 0; // counts that are shown are rounded to multiples of it; 0: not
};

// To the nearest multiple of the base, if there is one; a count, 0 or more.
constexpr Amount rounded(Amount count, Amount base) { return base > 1 ? (count + base / 2) / base * base : count; }

template <class Dimensions>
bool any_revealing(const Dimensions& dimensions) {
    return std::any_of(dimensions.begin(), dimensions.end(), [](const auto& dimension) { return dimension.revealing; });
}

// Whether a cell may be hidden because nobody is in it.
template <class Dimensions>
bool may_hide_zeros(const Policy& policy, const Dimensions& dimensions) {
    return policy.hides_zeros || (policy.no_class_disclosure && any_revealing(dimensions));
}

std::span<const Policy> preset_policies();

// The preset of this name, or nothing.
const Policy* preset_policy(std::string_view name);

} // namespace health_dp::suppression
