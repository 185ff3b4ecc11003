// From exact sums to values of PostgreSQL's types.
#pragma once

#include "core/suppression/counting.hpp"

#include "release/engine/parameters.hpp"

namespace health_dp::release {

// Makes the Datum of a sum, mean or variance (of a sample, as var_samp) in the current memory context. False where it
// is NULL: no value, or for a variance fewer than two.
bool make_exact(const OutputLayout& output, const InputParameters& input, const suppression::ExactSums& sums,
                Datum* result);

} // namespace health_dp::release
