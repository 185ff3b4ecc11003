// The name of a secret scalar: a digest of its public element, which tells nothing else about it.
#pragma once

#include "core/pure.hpp"

#include "core/pseudonym/ristretto.hpp"

namespace health_dp::core {

// 128 bits: nobody finds two keys of one name.
using KeyIdentifier = std::array<std::uint8_t, 16>;

KeyIdentifier key_identifier(const ristretto::Element& public_key);

} // namespace health_dp::core
