// What a release measures and how far one patient may reach: fixed before the charge, from the query, the catalogue and
// the session alone, never from data [C5].
#pragma once

#include "core/pure.hpp"

#include "core/integers.hpp"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace health_dp::bounding {

constexpr std::uint32_t kMaxInputs = 32;       // one bit of a row's mask each
constexpr std::uint32_t kMaxLimit = 1U << 20U; // ceiling of M and of R, see integers.hpp

// A column of the release's input: what a row brings to a measurement when the row's mask says that it counts (value
// not null, FILTER passed).
struct Input {
    bool has_value;     // false: only counted
    std::int64_t lower; // bounds on the grid, lower < upper
    std::int64_t upper;
};

enum class MeasurementKind : std::uint8_t {
    rows,          // how many rows count; at most R per patient and group
    patients,      // 1 per patient and group with a row that counts
    sum,           // sum of values; at most R·max(|lower|, |upper|)
    centred_total, // sum about the centre in half grid units (2·value - lower - upper); at most R·(upper - lower)
};

// One noisy vector of the release. A mean is two: a centred total and rows of the same input.
struct Measurement {
    MeasurementKind kind;
    std::uint32_t input;
};

struct Shape {
    std::uint32_t max_groups = 1; // M
    std::uint32_t max_rows = 1;   // R
    std::vector<Input> inputs;
    std::vector<Measurement> measurements;

    // Where an input's value stands among the values of a record, and how many values a record has.
    std::uint32_t value_index(std::uint32_t input) const;
    std::uint32_t values() const;
    bool valid() const;
};

// What one patient contributes to one measurement in one group [C4]: `count` rows counted, `total` their clamped sum.
core::Signed128 contribution(const Shape& shape, const Measurement& measurement, std::uint64_t count,
                             core::Signed128 total);

// The most one patient contributes to it in one group, in the measurement's units. Over the release: the L1 sensitivity
// is M times that, the squared L2 sensitivity M times its square.
core::Unsigned128 sensitivity_per_group(const Shape& shape, const Measurement& measurement);

} // namespace health_dp::bounding
