// What a provider hands over: one root key, or two while the one replaces the other.
//
//   health_dp-root-1 6f1d...   64 digits from 0 to 9 and a to f
//
// A line for each; nothing else, but a last line may or may not end in a newline. Which of two is the next one follows
// from the key store: it is the one that does not open it.
#pragma once

#include "core/pure.hpp"

#include "core/keys/hierarchy.hpp"

#include <optional>

namespace health_dp::core::keys {

struct Roots {
    RootKey first;
    std::optional<RootKey> second;
};

constexpr std::size_t kRootLineBytes = 17 + 2 * kKeyBytes + 1;
constexpr std::size_t kMaxRootText = 2 * kRootLineBytes;

// Reads the text where it lies; no byte of it is copied anywhere but into the roots.
Result<Roots> parse_roots(std::span<const std::uint8_t> text);

} // namespace health_dp::core::keys
