// The key store: every domain's keys, encrypted under the root key, as one file. Strict, so that whatever was changed
// in it is refused, and versioned, so that a later format is.
//
//   offset  bytes
//        0     16  "health_dp keys 1"
//       16      8  epoch: how often the root has changed, from 1 on
//       24      8  check value of the root that encrypts it
//       32     24  nonce, new for each writing
//       56      4  number of entries
//       60   n*e   entries, encrypted with XChaCha20-Poly1305 (libsodium), all that stands before them authenticated
//              16  its tag
//
// Numbers are big-endian. An entry is 146 bytes:
//
//   state (1 live, 2 destroyed), identifier 16, domain 64, version 1, created 8, destroyed 8, epoch 8, check value 8,
//   key 32
//
// Times are microseconds since 1970. What was destroyed stays as an entry without a key: the store itself says that a
// version is gone, and no version is given out twice.
#pragma once

#include "core/pure.hpp"

#include "core/keys/domain.hpp"
#include "core/keys/hierarchy.hpp"

#include <bitset>
#include <optional>
#include <vector>

namespace health_dp::core::keys {

using FileBytes = std::vector<std::uint8_t>;
using FileView = std::span<const std::uint8_t>;
using Microseconds = std::int64_t;
using Epoch = std::uint64_t;

enum class KeyState : std::uint8_t { live = 1, destroyed = 2 };

struct KeyFacts {
    KeyState state;
    Microseconds created;
    Microseconds destroyed; // 0 while it is live
    Epoch epoch;            // in which it was destroyed, or else made
    CheckValue check;
};

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
    std::size_t live_keys() const;

    // Nothing where the store never had it; under another name of a domain it does not have it either.
    std::optional<KeyFacts> find(const KeyName& name) const;

    // The key for one purpose; an error unless the version is live.
    Result<SecretBytes> derive(const KeyName& name, Purpose purpose) const;

    // With a new random key. An error where it has the version, live or destroyed.
    Result<KeyStore> with_key(const KeyName& name, Microseconds now) const;

    // Without the keys of these versions, in the epoch after this one.
    Result<KeyStore> without_keys(const KeyId& id, const Versions& versions, Microseconds now) const;

    // The same keys in the next epoch.
    Result<KeyStore> renewed() const;

  private:
    KeyStore(Epoch epoch, std::optional<SecretBytes> entries) : epoch_(epoch), entries_(std::move(entries)) {}

    static Result<SecretBytes> allocate_entries(std::size_t bytes);
    Result<KeyStore> copy(Epoch epoch, std::size_t more_bytes) const;
    std::size_t count() const;
    std::span<const std::uint8_t> entry(std::size_t place) const;
    std::optional<std::size_t> place_of(const KeyName& name) const;

    Epoch epoch_;
    std::optional<SecretBytes> entries_; // as in the file; none at all while there are no keys
};

} // namespace health_dp::core::keys
