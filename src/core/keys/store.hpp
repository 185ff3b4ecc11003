// The key store: every domain's keys, encrypted under the root key, as one file. Strict, so that whatever was changed
// in it is refused, and versioned, so that a later format is.
//
//   offset  bytes
//        0     16  "health_dp keys 2"
//       16      8  epoch: how often the root has changed, from 1 on
//       24      8  check value of the root that encrypts it
//       32     24  nonce, new for each writing
//       56      4  number of entries
//       60   n*e   entries, encrypted with XChaCha20-Poly1305 (libsodium), all that stands before them authenticated
//              16  its tag
//
// Numbers are big-endian. An entry is 148 bytes:
//
//   state (1 live, 2 destroyed, 3 used), identifier 16, domain 64, version 1, created 8, destroyed 8, epoch 8, check
//   value 8, key 32, slot 1 (0 none), party 1 (0 none)
//
// Times are microseconds since 1970. What was destroyed stays as an entry without a key: the store itself says that a
// version is gone, and no version is given out twice.
//
// A version is one entry, slot 0: a key that the keeper made by itself. Or it is two, slots 1 and 2, which make its key
// together (core/keys/slots.hpp); each has the version's check value. Contributions wait for each other as entries of
// their slot and of party 1 or 2, with check values of their own; once the slot's key is made they are used, and hold
// nothing but what they were. They are in the file, because organisations may take days to meet, and no less safe there
// than the keys that come of them. A domain is of one kind for ever.
//
// Format 1 had no slots: "health_dp keys 1" and entries of 146 bytes, without the last two. It is read; the next change
// writes format 2.
#pragma once

#include "core/pure.hpp"

#include "core/keys/domain.hpp"
#include "core/keys/hierarchy.hpp"
#include "core/keys/slots.hpp"

#include <bitset>
#include <optional>
#include <vector>

namespace health_dp::core::keys {

using FileBytes = std::vector<std::uint8_t>;
using FileView = std::span<const std::uint8_t>;
using Microseconds = std::int64_t;
using Epoch = std::uint64_t;

enum class KeyState : std::uint8_t { live = 1, destroyed = 2, used = 3 };

struct KeyFacts {
    KeyState state;
    Microseconds created;
    Microseconds destroyed; // 0 while it is live
    Epoch epoch;            // in which it was destroyed, or else made
    CheckValue check;
};

struct Place {
    Slot slot;
    Party party;
};

// Where the key of a slot of a new version comes from.
enum class Origin : std::uint8_t { contributions, version_before };

struct Origins {
    Origin first;
    Origin second;
    Version before; // 0 where neither comes from it
};

using SlotChecks = std::array<CheckValue, 2>;

using Versions = std::bitset<kMaxVersion + 1>;

// Changes make another store, so that a change that cannot be written leaves the old one as it was.
class KeyStore {
  public:
    static constexpr std::size_t kMaxEntries = 8000;

    static KeyStore empty() { return {1, std::nullopt}; }

    // Which root encrypts the file; an error where it is no key store.
    static Result<CheckValue> root_of(FileView file);
    static Result<KeyStore> open(FileView file, const RootKey& root);
    Result<FileBytes> wrap(const RootKey& root) const;

    Epoch epoch() const { return epoch_; }
    std::size_t live_keys() const; // each slot's counts, contributions do not

    // Nothing where the store never had it; under another name of a domain it does not have it either.
    std::optional<KeyFacts> find(const KeyName& name) const;

    // The key for one purpose; an error unless the version is live.
    Result<SecretBytes> derive(const KeyName& name, Purpose purpose) const;

    // With a new random key. An error where it has the version, live or destroyed, or makes the domain's of slots.
    Result<KeyStore> with_key(const KeyName& name, Microseconds now) const;

    // Without the keys of these versions, in the epoch after this one.
    Result<KeyStore> without_keys(const KeyId& id, const Versions& versions, Microseconds now) const;

    // The same keys in the next epoch.
    Result<KeyStore> renewed() const;

    // -- of slots

    // With this contribution, in place of an earlier one: until the version is made, the catalogue says whether there
    // may be one. An error where the version is made, destroyed or withdrawn, or the domain's keys are not of slots.
    Result<KeyStore> with_contribution(const KeyName& name, Place place, KeyView contribution, Microseconds now) const;

    // Its check value: of one that waits or was used.
    std::optional<CheckValue> contribution(const KeyName& name, Place place) const;

    // With the version made. An error while a contribution is missing, or the key that a slot takes over.
    Result<KeyStore> with_slots(const KeyName& name, const Origins& origins, Microseconds now) const;

    // Of a live version; nothing for others.
    std::optional<SlotChecks> slot_checks(const KeyName& name) const;

    // Without what came in for a version that is not made, and never will be. An error where it is made.
    Result<KeyStore> without_contributions(const KeyName& name, Microseconds now) const;

  private:
    KeyStore(Epoch epoch, std::optional<SecretBytes> entries) : epoch_(epoch), entries_(std::move(entries)) {}

    static Result<SecretBytes> allocate_entries(std::size_t bytes);
    static Result<KeyStore> of_file(Epoch epoch, SecretBytes decrypted, std::size_t entry_bytes);
    Result<KeyStore> copy(Epoch epoch, std::size_t more_entries) const;
    std::size_t count() const;
    std::span<const std::uint8_t> entry(std::size_t place) const;
    std::span<std::uint8_t> entry(std::size_t place);
    std::optional<std::size_t> place_of(const KeyName& name, Place place) const;
    std::optional<std::size_t> place_of(const KeyName& name) const;
    std::optional<SlotKeys> slot_keys(const KeyName& name) const;
    bool is_another_kind(const KeyName& name, bool of_slots) const;
    Result<SecretBytes> make_slot_key(const KeyName& name, Slot slot) const;

    Epoch epoch_;
    std::optional<SecretBytes> entries_; // as in the file; none at all while there are no keys
};

} // namespace health_dp::core::keys
