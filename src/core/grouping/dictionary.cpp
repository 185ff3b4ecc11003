#include "core/grouping/dictionary.hpp"

#include "core/bounding/mixing.hpp"

#include <cstring>
#include <new>

namespace health_dp::grouping {

Dictionary::Dictionary() : starts_{0}, slots_(64, 0) {}

// Only places keys in the table; keys are told apart by their bytes, so its quality touches speed alone.
std::uint64_t Dictionary::hash(std::string_view key) {
    std::uint64_t state = key.size();
    const char* at = key.data();
    std::size_t left = key.size();
    for (; left >= 8; left -= 8, at += 8) {
        std::uint64_t word = 0;
        std::memcpy(&word, at, 8);
        state = bounding::mix(state ^ word, bounding::kMixA);
    }
    std::uint64_t tail = 0;
    if (left > 0)
        std::memcpy(&tail, at, left);
    return bounding::mix(state ^ tail, bounding::kMixB);
}

GroupNumber Dictionary::number(std::string_view wanted) {
    const std::uint64_t hashed = hash(wanted);
    std::size_t mask = slots_.size() - 1;
    std::size_t slot = hashed & mask;
    for (; slots_[slot] != 0; slot = (slot + 1) & mask) {
        const GroupNumber candidate = slots_[slot] - 1;
        if (hashes_[candidate] == hashed && key(candidate) == wanted)
            return candidate;
    }
    if (size() + 1 >= kMaxGroups)
        throw std::bad_alloc();
    if ((size() + 1) * 2 > slots_.size()) {
        grow();
        mask = slots_.size() - 1;
        for (slot = hashed & mask; slots_[slot] != 0; slot = (slot + 1) & mask) {
        }
    }
    const auto group = static_cast<GroupNumber>(size());
    bytes_.insert(bytes_.end(), wanted.begin(), wanted.end());
    starts_.push_back(bytes_.size());
    hashes_.push_back(hashed);
    slots_[slot] = group + 1;
    return group;
}

void Dictionary::grow() {
    std::vector<std::uint32_t> larger(slots_.size() * 2, 0);
    const std::size_t mask = larger.size() - 1;
    for (std::size_t group = 0; group < size(); ++group) {
        std::size_t slot = hashes_[group] & mask;
        while (larger[slot] != 0)
            slot = (slot + 1) & mask;
        larger[slot] = static_cast<std::uint32_t>(group + 1);
    }
    slots_.swap(larger);
}

std::size_t Dictionary::memory() const {
    return bytes_.capacity() + starts_.capacity() * sizeof(std::size_t) + hashes_.capacity() * sizeof(std::uint64_t) +
           slots_.capacity() * sizeof(std::uint32_t);
}

std::vector<char> Dictionary::serialise() const {
    std::vector<char> block;
    block.reserve(bytes_.size() + size() * sizeof(std::uint64_t));
    for (std::size_t group = 0; group < size(); ++group) {
        const std::string_view text = key(static_cast<GroupNumber>(group));
        const std::uint64_t length = text.size();
        const char* raw = reinterpret_cast<const char*>(&length);
        block.insert(block.end(), raw, raw + sizeof(length));
        block.insert(block.end(), text.begin(), text.end());
    }
    return block;
}

std::vector<GroupNumber> Dictionary::absorb(std::span<const char> serialised) {
    std::vector<GroupNumber> mapping;
    std::size_t at = 0;
    std::uint64_t length = 0;
    while (serialised.size() - at >= sizeof(length)) {
        std::memcpy(&length, serialised.data() + at, sizeof(length));
        at += sizeof(length);
        if (serialised.size() - at < length)
            break;
        mapping.push_back(number({serialised.data() + at, length}));
        at += length;
    }
    return mapping;
}

} // namespace health_dp::grouping
