// The groups of several dictionaries, numbered anew by their digests: which group is which takes no key's bytes.
#pragma once

#include "core/pure.hpp"

#include "core/grouping/dictionary.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace health_dp::grouping {

// Takes about 60 bytes a group, however long the keys are, and twice that where vectors have just grown.
class MergedKeys {
  public:
    MergedKeys();

    // The number of a key that `source` has in its store: the next free one when its digest is new.
    GroupNumber number(const StoredKey& key, std::uint32_t source);

    std::size_t size() const { return digests_.size(); }
    std::span<const GroupDigest> digests() const { return digests_; }

    // Where the bytes of a group's key are: in the store of the first source that named it.
    struct Place {
        std::uint64_t offset;
        std::uint64_t size;
        std::uint32_t source;
    };
    const Place& place(GroupNumber group) const { return places_[group]; }

  private:
    static std::uint64_t hash(const GroupDigest& digest);
    void grow();

    std::vector<GroupDigest> digests_; // per group
    std::vector<Place> places_;        // per group
    std::vector<std::uint32_t> slots_; // open addressing: group + 1, 0 is free
};

} // namespace health_dp::grouping
