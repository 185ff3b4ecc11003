// The integers of exact arithmetic, and their magnitude.
#pragma once

#include "core/pure.hpp"

#include <cstdint>

namespace health_dp::core {

using Unsigned128 = unsigned __int128;
using Signed128 = __int128;

// How many bits the value needs: 0 for 0.
constexpr unsigned bit_length(Unsigned128 value) {
    const auto high = static_cast<std::uint64_t>(value >> 64U);
    const auto low = static_cast<std::uint64_t>(value);
    if (high != 0)
        return 128U - static_cast<unsigned>(__builtin_clzll(high));
    return low == 0 ? 0U : 64U - static_cast<unsigned>(__builtin_clzll(low));
}

} // namespace health_dp::core
