// What stands for a group wherever randomness depends on it.
#pragma once

#include "core/pure.hpp"

#include <array>
#include <cstdint>

namespace health_dp::core {

// A collision-resistant hash of the canonical encoding of a group's key [C8].
using GroupDigest = std::array<std::uint8_t, 16>;

} // namespace health_dp::core
