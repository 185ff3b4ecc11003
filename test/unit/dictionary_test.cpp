#include "core/grouping/dictionary.hpp"
#include "core/grouping/merged_keys.hpp"
#include "support/bounding.hpp"

#include <gtest/gtest.h>

#include <cstring>
#include <limits>
#include <map>
#include <random>
#include <string>

namespace health_dp::grouping {
namespace {

std::string random_key(std::mt19937_64& random) {
    std::string key(random() % 20, '\0');
    for (char& byte : key)
        byte = static_cast<char>(random() % 3); // few letters: prefixes, and keys that differ in length only
    return key;
}

constexpr Dictionary::DigestKey kKey = {4, 7, 1, 1};
constexpr std::size_t kUnlimited = std::numeric_limits<std::size_t>::max();

// A dictionary and where it may spill.
struct Kept {
    explicit Kept(std::size_t memory = kUnlimited) : dictionary(kKey, memory, store) {}

    GroupNumber number(std::string_view key) { return dictionary.number(key); }
    std::string key(GroupNumber group) const {
        std::string scratch;
        return std::string(dictionary.key(group, scratch));
    }
    std::size_t size() const { return dictionary.size(); }
    std::string entries() const {
        std::string all;
        for (GroupNumber group = 0; group < size(); ++group)
            Dictionary::append_entry(all, key(group));
        return all;
    }

    test::MemoryStore store;
    Dictionary dictionary;
};

TEST(Dictionary, NumbersEachKeyOnceWhateverTheMemory) {
    std::vector<std::vector<GroupDigest>> digests;
    for (const std::size_t memory : {kUnlimited, std::size_t{2'000'000}, std::size_t{1000}, std::size_t{0}}) {
        std::mt19937_64 random(1);
        Kept kept(memory);
        std::map<std::string, GroupNumber> expected;
        for (int i = 0; i < 200000; ++i) {
            const std::string key = random_key(random);
            const auto [known, fresh] = expected.try_emplace(key, static_cast<GroupNumber>(expected.size()));
            ASSERT_EQ(kept.number(key), known->second) << "numbers are dense, in order of appearance, and stay";
            ASSERT_EQ(kept.size(), expected.size());
        }
        for (const auto& [key, number] : expected) {
            EXPECT_EQ(kept.key(number), key);
            EXPECT_EQ(kept.number(key), number);
        }
        EXPECT_EQ(kept.size(), expected.size());
        EXPECT_GT(expected.size(), 50000U);
        EXPECT_EQ(kept.store.size() > 0, memory != kUnlimited);
        digests.emplace_back(kept.dictionary.digests().begin(), kept.dictionary.digests().end());
    }
    for (const auto& others : digests)
        EXPECT_EQ(others, digests[0]) << "noise depends on a group's digest, never on where its key is kept";
}

TEST(Dictionary, TellsKeysApartByEveryByteWhateverTheMemory) {
    for (const std::size_t memory : {kUnlimited, std::size_t{1500}, std::size_t{0}}) {
        Kept kept(memory);
        const std::string base(17, '\0');
        EXPECT_EQ(kept.number(""), 0U);
        EXPECT_EQ(kept.number(base), 1U);
        GroupNumber next = 2;
        for (std::size_t length = 1; length < base.size(); ++length)
            EXPECT_EQ(kept.number(base.substr(0, length)), next++) << "zero bytes at the end count";
        for (std::size_t at = 0; at < base.size(); ++at)
            for (const char byte : {'\1', '\x7f', '\xff'}) {
                std::string other = base;
                other[at] = byte;
                EXPECT_EQ(kept.number(other), next++) << at;
            }
    }
}

TEST(Dictionary, KeepsALongKey) {
    for (const std::size_t memory : {kUnlimited, std::size_t{1000}}) {
        Kept kept(memory);
        const std::string key(3000000, 'x');
        EXPECT_EQ(kept.number(key), 0U);
        EXPECT_EQ(kept.number(key + "x"), 1U);
        EXPECT_EQ(kept.key(0), key);
        EXPECT_EQ(kept.number(key), 0U);
        if (memory == kUnlimited)
            EXPECT_GT(kept.dictionary.memory(), 6000000U);
        else
            EXPECT_LT(kept.dictionary.memory(), 10000U);
    }
}

// Under another key of the digests other digests, for every group.
TEST(Dictionary, DigestsAreKeyed) {
    test::MemoryStore store;
    Dictionary one(kKey, kUnlimited, store);
    Dictionary other({}, kUnlimited, store);
    for (int i = 0; i < 1000; ++i) {
        one.number(std::to_string(i));
        other.number(std::to_string(i));
    }
    for (std::size_t group = 0; group < one.size(); ++group) {
        EXPECT_NE(one.digests()[group], other.digests()[group]);
        EXPECT_NE(one.digests()[group], one.digests()[(group + 1) % one.size()]);
    }
}

TEST(Dictionary, TravelsAsBytes) {
    std::mt19937_64 random(2);
    for (int trial = 0; trial < 200; ++trial) {
        Kept sender(random() % 2 == 0 ? kUnlimited : random() % 5000);
        Kept receiver(random() % 2 == 0 ? kUnlimited : random() % 5000);
        for (std::uint64_t i = random() % 300; i > 0; --i)
            sender.number(random_key(random));
        for (std::uint64_t i = random() % 300; i > 0; --i)
            receiver.number(random_key(random));
        const std::string before = receiver.entries();
        const std::size_t size_before = receiver.size();
        receiver.dictionary.absorb(sender.entries());
        ASSERT_EQ(receiver.entries().substr(0, before.size()), before) << "numbers given before stay";
        // Nothing but the sender's keys came along, and absorbing again changes nothing.
        const std::size_t size = receiver.size();
        for (GroupNumber group = 0; group < sender.size(); ++group)
            receiver.number(sender.key(group));
        receiver.dictionary.absorb(sender.entries());
        ASSERT_EQ(receiver.size(), size);
        ASSERT_LE(size, size_before + sender.size());
        Kept fresh;
        fresh.dictionary.absorb(sender.entries());
        ASSERT_EQ(fresh.entries(), sender.entries());
    }
}

// As the participants of a parallel scan do: keys in their stores, numbered anew by digests, read back from there.
TEST(Dictionary, MergesByDigests) {
    std::mt19937_64 random(3);
    for (int trial = 0; trial < 100; ++trial) {
        std::deque<Kept> participants;
        for (std::uint64_t i = 1 + random() % 4; i > 0; --i)
            participants.emplace_back(random() % 2 == 0 ? kUnlimited : random() % 3000);
        MergedKeys merged;
        std::map<std::string, GroupNumber> expected;
        for (std::uint32_t source = 0; source < participants.size(); ++source) {
            Kept& kept = participants[source];
            for (std::uint64_t i = random() % 300; i > 0; --i)
                kept.number(random_key(random));
            kept.dictionary.spill_all();
            for (GroupNumber group = 0; group < kept.size(); ++group) {
                const auto [known, fresh] =
                    expected.try_emplace(kept.key(group), static_cast<GroupNumber>(expected.size()));
                ASSERT_EQ(merged.number(kept.dictionary.stored(group), source), known->second);
            }
        }
        ASSERT_EQ(merged.size(), expected.size());
        Kept plain;
        for (const auto& [key, number] : expected) {
            const MergedKeys::Place& place = merged.place(number);
            std::string bytes(place.size, '\0');
            participants[place.source].store.read(place.offset, bytes.data(), bytes.size());
            ASSERT_EQ(bytes, key);
            const GroupNumber same = plain.number(key);
            ASSERT_EQ(merged.digests()[number], plain.dictionary.digests()[same]);
        }
    }
}

TEST(Dictionary, StopsAtTheFirstMalformedEntry) {
    std::string whole;
    for (const char* key : {"one", "", "three"})
        Dictionary::append_entry(whole, key);
    ASSERT_EQ(whole.size(), 3 * 8 + 3 + 5U);
    for (std::size_t size = 0; size < whole.size(); ++size) {
        Kept receiver;
        receiver.dictionary.absorb(std::span(whole).first(size));
        EXPECT_EQ(receiver.size(), size < 11 ? 0U : size < 19 ? 1U : 2U) << size;
    }
    // A length beyond the bytes there are, up to one that wraps round.
    for (const std::uint64_t length :
         {std::uint64_t{4}, std::uint64_t{1} << 63, ~std::uint64_t{0}, ~std::uint64_t{7}}) {
        std::string bytes = whole;
        std::memcpy(bytes.data() + 11, &length, sizeof(length));
        bytes.resize(11 + 8 + 3);
        Kept receiver;
        receiver.dictionary.absorb(bytes);
        EXPECT_EQ(receiver.size(), 1U) << length;
        EXPECT_EQ(receiver.key(0), "one");
    }
}

} // namespace
} // namespace health_dp::grouping
