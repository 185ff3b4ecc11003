#include "core/grouping/dictionary.hpp"

#include <gtest/gtest.h>

#include <cstring>
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

TEST(Dictionary, NumbersEachKeyOnce) {
    std::mt19937_64 random(1);
    Dictionary dictionary;
    std::map<std::string, GroupNumber> expected;
    for (int i = 0; i < 200000; ++i) {
        const std::string key = random_key(random);
        const auto [known, fresh] = expected.try_emplace(key, static_cast<GroupNumber>(expected.size()));
        ASSERT_EQ(dictionary.number(key), known->second) << "numbers are dense, in order of appearance, and stay";
        ASSERT_EQ(dictionary.size(), expected.size());
    }
    for (const auto& [key, number] : expected) {
        EXPECT_EQ(dictionary.key(number), key);
        EXPECT_EQ(dictionary.number(key), number);
    }
    EXPECT_EQ(dictionary.size(), expected.size());
    EXPECT_GT(expected.size(), 50000U);
}

TEST(Dictionary, TellsKeysApartByEveryByte) {
    Dictionary dictionary;
    const std::string base(17, '\0');
    EXPECT_EQ(dictionary.number(""), 0U);
    EXPECT_EQ(dictionary.number(base), 1U);
    GroupNumber next = 2;
    for (std::size_t length = 1; length < base.size(); ++length)
        EXPECT_EQ(dictionary.number(base.substr(0, length)), next++) << "zero bytes at the end count";
    for (std::size_t at = 0; at < base.size(); ++at)
        for (const char byte : {'\1', '\x7f', '\xff'}) {
            std::string other = base;
            other[at] = byte;
            EXPECT_EQ(dictionary.number(other), next++) << at;
        }
}

TEST(Dictionary, KeepsALongKey) {
    Dictionary dictionary;
    const std::string key(3000000, 'x');
    EXPECT_EQ(dictionary.number(key), 0U);
    EXPECT_EQ(dictionary.number(key + "x"), 1U);
    EXPECT_EQ(dictionary.key(0), key);
    EXPECT_GT(dictionary.memory(), 6000000U);
}

TEST(Dictionary, TravelsAsBytes) {
    std::mt19937_64 random(2);
    for (int trial = 0; trial < 200; ++trial) {
        Dictionary sender;
        Dictionary receiver;
        for (std::uint64_t i = random() % 300; i > 0; --i)
            sender.number(random_key(random));
        for (std::uint64_t i = random() % 300; i > 0; --i)
            receiver.number(random_key(random));
        const Dictionary before = receiver;
        const auto mapping = receiver.absorb(sender.serialise());
        ASSERT_EQ(mapping.size(), sender.size());
        for (GroupNumber group = 0; group < sender.size(); ++group)
            ASSERT_EQ(receiver.key(mapping[group]), sender.key(group));
        for (GroupNumber group = 0; group < before.size(); ++group)
            ASSERT_EQ(receiver.key(group), before.key(group)) << "numbers given before stay";
        // Nothing but the sender's keys came along, and absorbing again changes nothing.
        const std::size_t size = receiver.size();
        ASSERT_EQ(receiver.absorb(sender.serialise()), mapping);
        ASSERT_EQ(receiver.size(), size);
        ASSERT_LE(size, before.size() + sender.size());
        Dictionary fresh;
        const auto identity = fresh.absorb(sender.serialise());
        for (GroupNumber group = 0; group < identity.size(); ++group)
            ASSERT_EQ(identity[group], group);
        ASSERT_EQ(fresh.serialise(), sender.serialise());
    }
}

TEST(Dictionary, StopsAtTheFirstMalformedEntry) {
    Dictionary sender;
    for (const char* key : {"one", "", "three"})
        sender.number(key);
    const std::vector<char> whole = sender.serialise();
    ASSERT_EQ(whole.size(), 3 * 8 + 3 + 5U);
    for (std::size_t size = 0; size < whole.size(); ++size) {
        Dictionary receiver;
        const auto mapping = receiver.absorb(std::span(whole).first(size));
        const std::size_t complete = size < 11 ? 0 : size < 19 ? 1 : 2;
        EXPECT_EQ(mapping.size(), complete) << size;
        EXPECT_EQ(receiver.size(), complete) << size;
    }
    // A length beyond the bytes there are, up to one that wraps round.
    for (const std::uint64_t length :
         {std::uint64_t{4}, std::uint64_t{1} << 63, ~std::uint64_t{0}, ~std::uint64_t{7}}) {
        std::vector<char> bytes = whole;
        std::memcpy(bytes.data() + 11, &length, sizeof(length));
        bytes.resize(11 + 8 + 3);
        Dictionary receiver;
        EXPECT_EQ(receiver.absorb(bytes).size(), 1U) << length;
        EXPECT_EQ(receiver.key(0), "one");
    }
}

} // namespace
} // namespace health_dp::grouping
