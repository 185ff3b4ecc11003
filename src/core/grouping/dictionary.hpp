// Numbers the groups of a release: canonical bytes of a key to a dense number, each key kept once.
#pragma once

#include "core/pure.hpp"

#include "core/bounding/spill_store.hpp"
#include "core/grouping/digest.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace health_dp::grouping {

using core::GroupDigest;
using GroupNumber = std::uint32_t;

// Where the bytes of a key lie in a store, and what tells it from all others.
struct StoredKey {
    GroupDigest digest;
    std::uint64_t offset;
    std::uint64_t size;
};

// The caller encodes keys injectively and canonically [C8]: equal keys have equal bytes and different keys different
// ones. Bytes stay in memory within a budget and go to a store beyond it, where a keyed digest of 128 bits stands for
// them. What stays in memory for each group whatever its key is (see kBytesPerGroup) grows with the number of groups
// alone: 20 million groups of any keys take about 1 GB. It counts against the budget, too, so that with very many
// groups all further bytes go to the store. Growth may throw std::bad_alloc.
class Dictionary {
  public:
    static constexpr std::size_t kMaxGroups = std::size_t{1} << 31U;
    using DigestKey = std::array<std::uint8_t, 16>;

    // Digest, place, size, hash and two slots of the table. Vectors that have just grown hold up to twice as much.
    static constexpr std::size_t kBytesPerGroup = sizeof(GroupDigest) + sizeof(std::uint64_t) + sizeof(std::uint32_t) +
                                                  sizeof(std::uint64_t) + 2 * sizeof(std::uint32_t);

    // Keeps up to about `memory` bytes, the rest of the keys in `store`, which must outlive this object. Digests are
    // secret as long as `digest_key` is.
    Dictionary(const DigestKey& digest_key, std::size_t memory, bounding::SpillStore& store);

    // The number of this key: the next free one when it is new.
    GroupNumber number(std::string_view wanted);

    std::size_t size() const { return hashes_.size(); }
    // Per group the keyed digest of its key: what stands for it wherever randomness depends on it [C8].
    std::span<const GroupDigest> digests() const { return digests_; }
    // The bytes of a key: valid until the next call of number() or of key() with the same scratch.
    std::string_view key(GroupNumber group, std::string& scratch) const;
    std::size_t memory() const;
    // The length of all keys together, wherever they are.
    std::uint64_t key_bytes() const { return key_bytes_; }

    // Moves all keys to the store, for other processes to read, and says where they are.
    void spill_all();
    StoredKey stored(GroupNumber group) const;

    // Numbers every key of a block of entries; stops at the first malformed one.
    void absorb(std::span<const char> entries);
    static void append_entry(std::string& entries, std::string_view key);

  private:
    static constexpr std::uint64_t kInStore = std::uint64_t{1} << 63U;

    bool is(GroupNumber group, std::string_view key) const {
        return lengths_[group] == key.size() &&
               std::string_view(bytes_.data() + places_[group], lengths_[group]) == key;
    }
    GroupDigest digest(std::string_view key) const;
    void grow();
    std::uint64_t keep(std::string_view key);
    static std::uint64_t hash(std::string_view key);

    DigestKey digest_key_;
    std::size_t memory_;
    bounding::SpillStore* store_;
    std::uint64_t key_bytes_ = 0;
    std::vector<char> bytes_;            // of the keys in memory
    std::vector<std::uint64_t> places_;  // per group: where in bytes_, or kInStore and where in the store
    std::vector<std::uint32_t> lengths_; // per group
    std::vector<std::uint64_t> hashes_;  // per group
    std::vector<GroupDigest> digests_;   // per group
    std::vector<std::uint32_t> slots_;   // open addressing: group + 1, 0 is free
};

} // namespace health_dp::grouping
