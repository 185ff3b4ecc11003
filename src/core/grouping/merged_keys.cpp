#include "core/grouping/merged_keys.hpp"

#include <cstring>
#include <new>

namespace health_dp::grouping {

MergedKeys::MergedKeys() : slots_(64, 0) {}

// A keyed digest is as good as random already.
std::uint64_t MergedKeys::hash(const GroupDigest& digest) {
    std::uint64_t word = 0;
    std::memcpy(&word, digest.data(), sizeof(word));
    return word;
}

GroupNumber MergedKeys::number(const StoredKey& key, std::uint32_t source) {
    if ((size() + 1) * 2 > slots_.size())
        grow();
    const std::size_t mask = slots_.size() - 1;
    std::size_t slot = hash(key.digest) & mask;
    for (; slots_[slot] != 0; slot = (slot + 1) & mask)
        if (digests_[slots_[slot] - 1] == key.digest)
            return slots_[slot] - 1;
    if (size() + 1 >= Dictionary::kMaxGroups)
        throw std::bad_alloc();
    const auto group = static_cast<GroupNumber>(size());
    digests_.push_back(key.digest);
    places_.push_back({key.offset, key.size, source});
    slots_[slot] = group + 1;
    return group;
}

void MergedKeys::grow() {
    std::vector<std::uint32_t> larger(slots_.size() * 2, 0);
    const std::size_t mask = larger.size() - 1;
    for (std::size_t group = 0; group < size(); ++group) {
        std::size_t slot = hash(digests_[group]) & mask;
        while (larger[slot] != 0)
            slot = (slot + 1) & mask;
        larger[slot] = static_cast<std::uint32_t>(group + 1);
    }
    slots_.swap(larger);
}

} // namespace health_dp::grouping
