#include "core/transport/ring.hpp"

#include <gtest/gtest.h>

#include <limits>
#include <random>
#include <string>

namespace health_dp::core::transport {
namespace {

constexpr std::uint64_t kLast = std::numeric_limits<std::uint64_t>::max();

TEST(Ring, StretchesEndAtTheEdgeAndAtWhatIsThere) {
    EXPECT_EQ(next_to_write(8, 0, 0, 100).bytes, 8U);
    EXPECT_EQ(next_to_write(8, 6, 3, 100).offset, 6U);
    EXPECT_EQ(next_to_write(8, 6, 3, 100).bytes, 2U);
    EXPECT_EQ(next_to_write(8, 8, 3, 100).offset, 0U);
    EXPECT_EQ(next_to_write(8, 8, 3, 100).bytes, 3U);
    EXPECT_EQ(next_to_write(8, 11, 3, 100).bytes, 0U);
    EXPECT_EQ(next_to_read(8, 11, 3, 100).bytes, 5U);
    EXPECT_EQ(next_to_read(8, 11, 8, 2).bytes, 2U);
    EXPECT_EQ(next_to_read(8, 11, 11, 100).bytes, 0U);
}

TEST(Ring, NoPositionLeadsOutOfIt) {
    std::mt19937_64 random(1); // NOLINT: the same every time
    for (int i = 0; i < 100000; i++) {
        const std::uint64_t written = random();
        const std::uint64_t read = i % 2 == 0 ? random() : written - random() % 20;
        const Stretch in = next_to_write(16, written, read, 100);
        const Stretch out = next_to_read(16, written, read, 100);
        ASSERT_LE(in.offset + in.bytes, 16U);
        ASSERT_LE(out.offset + out.bytes, 16U);
        ASSERT_LE(in.bytes + out.bytes, 16U);
    }
    // The reader is ahead of the writer: nothing to read, and nowhere to write.
    EXPECT_FALSE(is_consistent(16, 5, 6));
    EXPECT_EQ(next_to_read(16, 5, 6, 1).bytes, 0U);
    EXPECT_EQ(next_to_write(16, 5, 6, 1).bytes, 0U);
    // Positions may pass the end of their type, where the capacity is a power of two.
    EXPECT_EQ(next_to_read(16, kLast + 3, kLast, 100).offset, 15U);
    EXPECT_EQ(next_to_read(16, kLast + 3, kLast, 100).bytes, 1U);
}

TEST(Ring, CarriesATextOfAnyLength) {
    std::string ring(16, '\0');
    const std::string text = "A text that is longer than the ring it has to go through, several times.";
    std::string arrived;
    std::mt19937_64 random(2); // NOLINT: the same every time
    std::uint64_t written = 0;
    std::uint64_t read = 0;
    while (arrived.size() < text.size()) {
        const Stretch in = next_to_write(16, written, read, std::min<std::size_t>(random() % 9, text.size() - written));
        ring.replace(in.offset, in.bytes, text, written, in.bytes);
        written += in.bytes;
        const Stretch out = next_to_read(16, written, read, random() % 9);
        arrived += ring.substr(out.offset, out.bytes);
        read += out.bytes;
    }
    EXPECT_EQ(arrived, text);
}

} // namespace
} // namespace health_dp::core::transport
