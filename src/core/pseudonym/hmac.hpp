// HMAC-SHA-256 with a key that is set once and used for many rows.
#pragma once

#include "core/pure.hpp"

#include "core/result.hpp"
#include "core/secret_bytes.hpp"

#include <array>
#include <cstdint>
#include <span>

namespace health_dp::core::pseudonym {

// Holds what SHA-256 remembers after the two keyed blocks of RFC 2104, in guarded memory: it is worth as much as the
// key, and saves half of the four compressions that a short message costs.
class HmacSha256 {
  public:
    static constexpr std::size_t kDigestBytes = 32;
    using Digest = std::array<std::uint8_t, kDigestBytes>;

    static Result<HmacSha256> create(std::span<const std::uint8_t> key);

    // Time depends on the message's length alone.
    Digest digest(std::span<const std::uint8_t> message) const;

  private:
    explicit HmacSha256(SecretBytes states) : states_(std::move(states)) {}

    SecretBytes states_;
};

} // namespace health_dp::core::pseudonym
