#include "core/noise/keyed_stream.hpp"

#include "support/hexadecimal.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <new>
#include <numeric>
#include <set>
#include <string>
#include <vector>

namespace health_dp::core {
namespace {

using test::hexadecimal;

std::vector<std::uint8_t> read(const ReleaseKey& key, const StreamName& name, std::size_t size) {
    KeyedStream stream(key, name);
    std::vector<std::uint8_t> bytes(size);
    stream.fill(bytes);
    return bytes;
}

void touch(const std::uint8_t* address) {
    const volatile std::uint8_t* place = address;
    [[maybe_unused]] const std::uint8_t value = *place;
}

TEST(ReleaseKey, IsFreshEveryTime) {
    const ReleaseKey one = ReleaseKey::generate().value();
    const ReleaseKey other = ReleaseKey::generate().value();
    EXPECT_FALSE(std::ranges::equal(one.bytes(), other.bytes()));
}

TEST(ReleaseKey, ArrivesAsItWasSent) {
    const ReleaseKey sent = ReleaseKey::generate().value();
    const ReleaseKey received = ReleaseKey::received(sent.bytes()).value();
    EXPECT_TRUE(std::ranges::equal(sent.bytes(), received.bytes()));
    EXPECT_NE(sent.bytes().data(), received.bytes().data());
}

TEST(ReleaseKey, IsGoneAfterUseAndGuardedBefore) {
    const std::uint8_t* bytes = nullptr;
    {
        const ReleaseKey key = ReleaseKey::generate().value();
        bytes = key.bytes().data();
        EXPECT_DEATH(touch(bytes + ReleaseKey::kBytes), "");
    }
    EXPECT_DEATH(touch(bytes), "");
}

TEST(KeyedStream, LeavesNothingBehind) {
    alignas(KeyedStream) std::array<std::uint8_t, sizeof(KeyedStream)> storage{};
    const auto used_bytes = [&] {
        const volatile std::uint8_t* place = storage.data(); // whatever the compiler thinks of dead objects
        std::size_t count = 0;
        for (std::size_t i = 0; i < storage.size(); ++i)
            count += place[i] != 0 ? 1 : 0;
        return count;
    };
    const ReleaseKey key = ReleaseKey::generate().value();
    auto* stream = new (storage.data()) KeyedStream(key, {.purpose = Purpose::noise});
    std::array<std::uint8_t, 1> byte{};
    stream->fill(byte);
    EXPECT_GT(used_bytes(), 200U);
    stream->~KeyedStream();
    EXPECT_LE(used_bytes(), 3 * sizeof(void*)) << "only the virtual table and two counters";
}

TEST(KeyedStream, MatchesAnIndependentComputation) {
    // key 00..1f; BLAKE2b by Python's hashlib (key, person), ChaCha20 after RFC 8439's block function with a 64-bit
    // counter, checked against the all-zero key's published keystream.
    std::array<std::uint8_t, ReleaseKey::kBytes> bytes{};
    std::iota(bytes.begin(), bytes.end(), std::uint8_t{0});
    StreamName name{.purpose = Purpose::partition_selection, .measurement = 0x01020304, .grouping_set = 5};
    std::iota(name.group.begin(), name.group.end(), std::uint8_t{0xa0});

    const std::vector<std::uint8_t> stream = read(ReleaseKey::received(bytes).value(), name, 600);
    const std::span view(stream);
    EXPECT_EQ(hexadecimal(view.subspan(0, 16)), "f0d6bb148e69c932637f6dc11179c80e");
    EXPECT_EQ(hexadecimal(view.subspan(256, 16)), "53df4cd9720da21862c2caa3802fb2c3") << "after the first refill";
    EXPECT_EQ(hexadecimal(view.subspan(584, 16)), "9b4a3e3667f80866ff72766e64ffa62e");
}

TEST(KeyedStream, GivesTheSameValuesWhenEvaluatedAgain) {
    // [C8] However the bytes are asked for: a rescan costs nothing.
    const ReleaseKey key = ReleaseKey::generate().value();
    const StreamName name{.purpose = Purpose::noise, .measurement = 3, .grouping_set = 1, .group = {1, 2, 3}};
    const std::vector<std::uint8_t> whole = read(key, name, 5000);
    KeyedStream again(key, name);
    std::vector<std::uint8_t> pieces;
    for (std::size_t size = 0; pieces.size() < whole.size(); ++size) {
        std::vector<std::uint8_t> piece(std::min(size, whole.size() - pieces.size()));
        again.fill(piece);
        pieces.insert(pieces.end(), piece.begin(), piece.end());
    }
    EXPECT_EQ(pieces, whole);
}

TEST(KeyedStream, EveryPartOfTheNameCounts) {
    const ReleaseKey key = ReleaseKey::generate().value();
    std::vector<StreamName> names;
    for (const Purpose purpose : {Purpose::noise, Purpose::partition_selection, Purpose::group_choice,
                                  Purpose::owner_digest, Purpose::group_digest})
        names.push_back({.purpose = purpose});
    for (unsigned bit = 0; bit < 32; ++bit) {
        names.push_back({.purpose = Purpose::noise, .measurement = 1U << bit});
        names.push_back({.purpose = Purpose::noise, .grouping_set = 1U << bit});
    }
    for (unsigned bit = 0; bit < 128; ++bit) {
        StreamName name{.purpose = Purpose::noise};
        name.group[bit / 8] = static_cast<std::uint8_t>(1U << (bit % 8));
        names.push_back(name);
    }
    std::set<std::string> streams;
    for (const StreamName& name : names)
        streams.insert(hexadecimal(read(key, name, 32)));
    EXPECT_EQ(streams.size(), names.size());
    streams.insert(hexadecimal(read(ReleaseKey::generate().value(), names.front(), 32)));
    EXPECT_EQ(streams.size(), names.size() + 1) << "another key, another stream";
}

} // namespace
} // namespace health_dp::core
