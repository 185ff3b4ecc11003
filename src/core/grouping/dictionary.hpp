// Numbers the groups of a release: canonical bytes of a key to a dense number, each key kept once.
#pragma once

#include "core/pure.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace health_dp::grouping {

using GroupNumber = std::uint32_t;

// Keys are compared byte for byte, so the caller encodes them injectively and canonically [C8]: equal keys have equal
// bytes and different keys different ones. Growth may throw std::bad_alloc.
class Dictionary {
  public:
    static constexpr std::size_t kMaxGroups = std::size_t{1} << 31U;

    Dictionary();

    // The number of this key: the next free one when it is new.
    GroupNumber number(std::string_view wanted);

    std::size_t size() const { return hashes_.size(); }
    std::string_view key(GroupNumber group) const {
        return {bytes_.data() + starts_[group], starts_[group + 1] - starts_[group]};
    }
    std::size_t memory() const;

    // All keys, in order of their numbers, as one block of bytes that absorb() understands.
    std::vector<char> serialise() const;

    // Numbers every key of a serialised dictionary here; element i of the result is this dictionary's number of the
    // other's key i. Stops at the first malformed entry.
    std::vector<GroupNumber> absorb(std::span<const char> serialised);

  private:
    void grow();
    static std::uint64_t hash(std::string_view key);

    std::vector<char> bytes_;
    std::vector<std::size_t> starts_;   // size() + 1 offsets into bytes_
    std::vector<std::uint64_t> hashes_; // per group
    std::vector<std::uint32_t> slots_;  // open addressing: group + 1, 0 is free
};

} // namespace health_dp::grouping
