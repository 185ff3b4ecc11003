// The order of the keys [C21]. Each is 32 random bytes, none but the root is ever stored outside the key store:
//
//   root key              from a provider, never written by us
//    └ wrapping key       encrypts the key store
//       └ domain keys     in the store; one for each version of each domain, random, so that no two follow from
//       another,
//          │              or made of two slots' keys, which are (core/keys/slots.hpp)
//          └ derived keys one for each purpose: what a session gets
//
// All that is derived is HKDF-Expand (RFC 5869) over HMAC-SHA-256. The step before it, HKDF-Extract, is for input that
// is no uniform key (section 3.3 of the RFC); a root from custodians' shares is uniform below the group's order, which
// HMAC, keyed with it, takes as 252 bits.
#pragma once

#include "core/pure.hpp"

#include "core/secret_bytes.hpp"

#include <array>
#include <string_view>

namespace health_dp::core::keys {

constexpr std::size_t kKeyBytes = 32;
constexpr std::size_t kMaxDerivedBytes = 64;
constexpr std::size_t kCheckBytes = 8;

using KeyView = std::span<const std::uint8_t, kKeyBytes>;

// Tells keys apart without telling anything about them: safe to show, to compare over the telephone, to keep for ever.
using CheckValue = std::array<std::uint8_t, kCheckBytes>;

// What a derived key is for. The number is part of the derivation: never reuse one.
enum class Purpose : std::uint8_t {
    pseudonym = 1,
    siv = 2,
    ff1 = 3,
    shift = 4,
    voprf = 5,
    record = 6,
    publication = 7
};
constexpr std::uint8_t kLastPurpose = 7;

// AES-256-SIV takes two keys of 256 bits, everything else one.
constexpr std::size_t derived_bytes(Purpose purpose) {
    return purpose == Purpose::siv || purpose == Purpose::publication ? 64 : 32;
}

// HKDF-Expand into 1 to 64 bytes.
void expand(std::span<const std::uint8_t> key, std::span<const std::uint8_t> info, std::span<std::uint8_t> output);

// `domain` and `version` are part of what the key is, so that an entry moved to another name gives other keys.
Result<SecretBytes> derive(KeyView domain_key, Purpose purpose, std::string_view domain, std::uint8_t version);

// Of a version of a domain, from what a session gets for the purpose pseudonym: whoever holds that can check it.
CheckValue check_value(std::span<const std::uint8_t> derived_for_pseudonyms);

// Locked for certain, or refused.
class RootKey {
  public:
    static Result<RootKey> received(KeyView bytes);

    CheckValue check() const;
    Result<SecretBytes> wrapping_key() const;

  private:
    explicit RootKey(SecretBytes secret) : secret_(std::move(secret)) {}

    SecretBytes secret_;
};

} // namespace health_dp::core::keys
