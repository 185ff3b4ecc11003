// From exact totals to released values: noise on the grid, then post-processing to PostgreSQL's types.
#pragma once

#include "release/dp/mechanisms.hpp"

namespace health_dp::release {

// A 128-bit integer without C++: crosses the boundary as plain data.
struct NoisyValue {
    core::Signed128 first;  // count, sum, or centred total
    core::Signed128 second; // rows of a mean
};

// value / 10^exponent as numeric; |value| < 2^127.
Datum as_numeric(core::Signed128 value, int exponent);

// The measurements an output is made of: index of its first one.
int first_measurement(const Layout& layout, int output);

// Makes the Datum of one output in the current memory context. Ranges are clamped: post-processing.
Datum make_result(const OutputLayout& output, const InputParameters& input, const NoisyValue& value);

} // namespace health_dp::release
