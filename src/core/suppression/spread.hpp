// How a cell's patients are spread over the values that they bring. An exact sum over patients who nearly all bring the
// same value is a count of the few others in disguise, and with a second moment so is one over two common values.
#pragma once

#include "core/pure.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <vector>

namespace health_dp::suppression {

class Spread {
  public:
    static constexpr std::size_t kMostCommon = 2;

    // Takes one patient's different values, in order, at least one. `enough`: outsiders from here on are not counted.
    void add(std::span<const std::int64_t> values, std::uint32_t enough);

    struct Outsiders {
        std::uint64_t patients = 0; // who have another value than the common ones; `enough` stands for that or more
        std::vector<std::int64_t> common; // fewer where there are not that many values
    };
    // Beside the `common` values that leave the fewest outsiders.
    Outsiders outsiders(std::size_t common, std::uint32_t enough) const;

    // How many patients have each value; nothing where there are too many to remember.
    std::map<std::int64_t, std::uint64_t> patients_by_value() const;

    std::uint64_t patients() const { return patients_; }
    // How far the value nearest to it, among other ones, is away; 0 where there is none.
    std::uint64_t nearest(std::int64_t value) const;

  private:
    using Values = std::vector<std::int64_t>;
    struct Before {                  // also of values that are not kept
        using is_transparent = void; // NOLINT(readability-identifier-naming): the standard library asks for it
        bool operator()(std::span<const std::int64_t> a, std::span<const std::int64_t> b) const;
    };

    std::uint64_t patients_ = 0;
    // Different patients matched with different values. With `enough` + kMostCommon of them, that many patients are
    // outsiders whatever values are called common, and nothing else needs to be remembered: a cell that remembers more
    // has few values, or few patients with others.
    std::vector<std::int64_t> matched_;
    bool wide_ = false;
    std::map<Values, std::uint64_t, Before> patients_of_; // by all values of a patient
};

} // namespace health_dp::suppression
