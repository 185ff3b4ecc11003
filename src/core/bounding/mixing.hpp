// Fast mixing for tables and partitions. Never decides what is kept: it only places rows, results do not depend on it.
#pragma once

#include "core/pure.hpp"

#include "core/integers.hpp"

#include <cstdint>

namespace health_dp::bounding {

constexpr std::uint64_t kMixA = 0x9e3779b97f4a7c15ULL; // 2^64 divided by the golden ratio
constexpr std::uint64_t kMixB = 0xd1342543de82ef95ULL; // multiplier of a full-period LCG (Steele and Vigna 2021)
constexpr std::uint64_t kMixC = 0xbf58476d1ce4e5b9ULL; // splitmix64's first multiplier

// Folds the 128-bit product, so that every bit of both factors reaches every bit of the result.
inline std::uint64_t mix(std::uint64_t a, std::uint64_t b) {
    const core::Unsigned128 product = static_cast<core::Unsigned128>(a ^ kMixC) * (b | 1U);
    return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64U);
}

} // namespace health_dp::bounding
