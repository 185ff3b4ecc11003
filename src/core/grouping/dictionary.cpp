#include "core/grouping/dictionary.hpp"

#include "core/bounding/mixing.hpp"

#include <algorithm>
#include <cstring>
#include <limits>
#include <new>
#include <sodium.h>

namespace health_dp::grouping {

Dictionary::Dictionary(const DigestKey& digest_key, std::size_t memory, bounding::SpillStore& store)
    : digest_key_(digest_key), memory_(memory), store_(&store), slots_(64, 0) {}

// Only places keys in the table; keys are told apart by their bytes or digests, so its quality touches speed alone.
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

GroupDigest Dictionary::digest(std::string_view key) const {
    GroupDigest digest;
    crypto_generichash(digest.data(), digest.size(), reinterpret_cast<const unsigned char*>(key.data()), key.size(),
                       digest_key_.data(), digest_key_.size());
    return digest;
}

GroupNumber Dictionary::number(std::string_view wanted) {
    const std::uint64_t hashed = hash(wanted);
    GroupDigest digested{};
    bool has_digest = false; // made when it is first needed: for most rows never
    std::size_t mask = slots_.size() - 1;
    std::size_t slot = hashed & mask;
    for (; slots_[slot] != 0; slot = (slot + 1) & mask) {
        const GroupNumber candidate = slots_[slot] - 1;
        if (hashes_[candidate] != hashed)
            continue;
        if ((places_[candidate] & kInStore) == 0) {
            if (is(candidate, wanted))
                return candidate;
            continue;
        }
        if (!has_digest)
            digested = digest(wanted);
        has_digest = true;
        if (digests_[candidate] == digested)
            return candidate;
    }
    if (size() + 1 >= kMaxGroups || wanted.size() > std::numeric_limits<std::uint32_t>::max())
        throw std::bad_alloc();
    if ((size() + 1) * 2 > slots_.size()) {
        grow();
        mask = slots_.size() - 1;
        for (slot = hashed & mask; slots_[slot] != 0; slot = (slot + 1) & mask) {
        }
    }
    const auto group = static_cast<GroupNumber>(size());
    places_.push_back(keep(wanted));
    key_bytes_ += wanted.size();
    lengths_.push_back(static_cast<std::uint32_t>(wanted.size()));
    digests_.push_back(has_digest ? digested : digest(wanted));
    hashes_.push_back(hashed);
    slots_[slot] = group + 1;
    return group;
}

// Stores the bytes of a new key and says where.
std::uint64_t Dictionary::keep(std::string_view key) {
    const std::size_t needed = bytes_.size() + key.size();
    const std::size_t groups = size() * kBytesPerGroup;
    if (groups > memory_ || needed > memory_ - groups)
        return kInStore | store_->append(key.data(), key.size());
    if (needed > bytes_.capacity())
        bytes_.reserve(std::clamp(2 * bytes_.capacity(), needed, std::max(needed, memory_ - groups)));
    const std::size_t place = bytes_.size();
    bytes_.insert(bytes_.end(), key.begin(), key.end());
    return place;
}

std::string_view Dictionary::key(GroupNumber group, std::string& scratch) const {
    const std::uint64_t place = places_[group];
    if ((place & kInStore) == 0)
        return {bytes_.data() + place, lengths_[group]};
    scratch.resize(lengths_[group]);
    store_->read(place & ~kInStore, scratch.data(), scratch.size());
    return scratch;
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
    return bytes_.capacity() + places_.capacity() * sizeof(std::uint64_t) +
           lengths_.capacity() * sizeof(std::uint32_t) + hashes_.capacity() * sizeof(std::uint64_t) +
           digests_.capacity() * sizeof(GroupDigest) + slots_.capacity() * sizeof(std::uint32_t);
}

void Dictionary::spill_all() {
    const std::uint64_t start = bytes_.empty() ? 0 : store_->append(bytes_.data(), bytes_.size());
    for (std::uint64_t& place : places_)
        if ((place & kInStore) == 0)
            place = kInStore | (start + place);
    std::vector<char>().swap(bytes_);
    memory_ = 0;
}

StoredKey Dictionary::stored(GroupNumber group) const {
    return {digests_[group], places_[group] & ~kInStore, lengths_[group]};
}

void Dictionary::append_entry(std::string& entries, std::string_view key) {
    const std::uint64_t size = key.size();
    entries.append(reinterpret_cast<const char*>(&size), sizeof(size));
    entries += key;
}

void Dictionary::absorb(std::span<const char> entries) {
    std::size_t at = 0;
    std::uint64_t length = 0;
    while (entries.size() - at >= sizeof(length)) {
        std::memcpy(&length, entries.data() + at, sizeof(length));
        at += sizeof(length);
        if (entries.size() - at < length)
            break;
        number({entries.data() + at, length});
        at += length;
    }
}

} // namespace health_dp::grouping
