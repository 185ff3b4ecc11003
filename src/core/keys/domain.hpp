// The names that keys go by: a domain is who shares its pseudonyms, a project or a source; an organisation is who makes
// part of a key (core/keys/slots.hpp).
#pragma once

#include "core/pure.hpp"

#include "core/result.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <type_traits>

namespace health_dp::core::keys {

// Zero-terminated and of fixed size, as it stands in the key store and in shared memory. 1 to 63 bytes without control
// characters, and without a space at either end, which nobody would see.
class Domain {
  public:
    static constexpr std::size_t kBytes = 64;

    Domain() = default; // no name: what a place in shared memory holds before its first use
    static Result<Domain> parse(std::string_view name);

    std::string_view name() const { return bytes_.data(); }
    const std::array<char, kBytes>& bytes() const { return bytes_; }
    friend bool operator==(const Domain&, const Domain&) = default;

  private:
    std::array<char, kBytes> bytes_{};
};
static_assert(std::is_trivially_copyable_v<Domain> && std::is_standard_layout_v<Domain>);

// The same with 1 to 127 bytes.
class Organisation {
  public:
    static constexpr std::size_t kBytes = 128;

    Organisation() = default;
    static Result<Organisation> parse(std::string_view name);

    std::string_view name() const { return bytes_.data(); }
    const std::array<char, kBytes>& bytes() const { return bytes_; }

  private:
    std::array<char, kBytes> bytes_{};
};
static_assert(std::is_trivially_copyable_v<Organisation> && std::is_standard_layout_v<Organisation>);

// Random, so that a domain of the same name in another database has other keys.
using KeyId = std::array<std::uint8_t, 16>;

// One byte of every pseudonym.
using Version = std::uint8_t;
constexpr unsigned kMaxVersion = 255;

// Which key of the store.
struct KeyName {
    KeyId id{};
    Domain domain;
    Version version{}; // from 1 on
    friend bool operator==(const KeyName&, const KeyName&) = default;
};

} // namespace health_dp::core::keys
