// Keys that no organisation makes alone. A version of such a domain has two slots, each with a key of its own, made of
// the contributions of two organisations:
//
//   contribution A ┐
//   contribution B ┼ slot key 1 ┐
//   keeper's bytes ┘            ├ version key ─ derived keys, as those of any other version (core/keys/hierarchy.hpp)
//   contribution C ┐            │
//   contribution D ┼ slot key 2 ┘
//   keeper's bytes ┘
//
//   slot key    = HKDF (RFC 5869) over HMAC-SHA-256, salt: 32 fresh random bytes of the keeper's, input: both
//                 contributions, info: "health_dp slot 1", slot, version, domain
//   version key = HKDF-Expand(slot key 1, info 1) xor HKDF-Expand(slot key 2, info 2),
//                 info: "health_dp version 1", slot, version, domain
//
// Why nobody alone knows or fixes a slot key: contributions reach the keeper sealed, are never shown, and the keeper
// draws its own bytes only when both are in. Whoever enters last may know the other's check value, which is a
// pseudorandom function of it, and nothing else; but even if she knew the other contribution, her own would be chosen
// before the keeper's bytes exist, which make the key uniform whatever went in. Turned round, a keeper whose generator
// fails is covered by each contribution that is random and unknown, since HKDF extracts from all its input.
//
// Why one slot key is not enough: whoever knows one of the two still faces the other's HMAC, a pseudorandom function
// under a key unknown to her, and its output masks the rest. This needs no assumption on HMAC beyond that one. The
// slot is part of the input, so that equal keys would not cancel out.
//
// The two slot keys share no byte of input; a version takes over a slot key from the version before it, where only the
// other one is renewed. Its version key is new all the same, because one half is, and because the version is in both.
#pragma once

#include "core/pure.hpp"

#include "core/keys/domain.hpp"
#include "core/keys/hierarchy.hpp"

namespace health_dp::core::keys {

// The numbers stand in the key store and are part of the derivation.
enum class Slot : std::uint8_t { whole = 0, first = 1, second = 2 }; // whole: a key that the keeper makes by itself
enum class Party : std::uint8_t { none = 0, first = 1, second = 2 }; // none: the key, not a contribution to it

struct Contributions {
    KeyView first;
    KeyView second;
};

struct SlotKeys {
    KeyView first;
    KeyView second;
};

// `salt`: drawn by the keeper for this key, after both contributions came in.
Result<SecretBytes> slot_key(const Contributions& contributions, KeyView salt, Slot slot, const KeyName& name);

Result<SecretBytes> version_key(const SlotKeys& keys, const KeyName& name);

// Each tells one secret from another and nothing else about it. A slot key that is taken over keeps its own.
CheckValue slot_check(KeyView slot_key);
CheckValue contribution_check(KeyView contribution);

} // namespace health_dp::core::keys
