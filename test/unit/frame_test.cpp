#include "core/transport/frame.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <numeric>
#include <vector>

namespace health_dp::core::transport {
namespace {

constexpr Channel kChannel = {7, 3, false};

std::array<std::uint8_t, kKeyBytes> some_key(std::uint8_t first = 1) {
    std::array<std::uint8_t, kKeyBytes> key{};
    std::iota(key.begin(), key.end(), first);
    return key;
}

std::vector<std::uint8_t> some_payload(std::size_t size) {
    std::vector<std::uint8_t> payload(size);
    std::iota(payload.begin(), payload.end(), std::uint8_t{3});
    return payload;
}

// True when these bytes pass as frame number `sequence` of the channel.
bool passes(const HeaderBytes& header, const std::vector<std::uint8_t>& payload, std::uint64_t sequence = 1,
            const Channel& channel = kChannel, const std::array<std::uint8_t, kKeyBytes>& key = some_key()) {
    const auto read = read_header(header, sequence);
    return read.ok() && is_authentic(key, channel, read.value(), payload);
}

TEST(Frame, ArrivesAsItWasSent) {
    for (const std::size_t size : {0U, 1U, 1000U}) {
        const auto payload = some_payload(size);
        const auto header = write_header(some_key(), kChannel, 'q', 9, payload).value();
        const Header read = read_header(header, 9).value();
        EXPECT_EQ(read.kind, 'q');
        EXPECT_EQ(read.length, size);
        EXPECT_EQ(read.sequence, 9U);
        EXPECT_TRUE(is_authentic(some_key(), kChannel, read, payload));
    }
}

TEST(Frame, AnyChangedBitIsSeen) {
    const auto payload = some_payload(50);
    const auto header = write_header(some_key(), kChannel, 'q', 1, payload).value();
    ASSERT_TRUE(passes(header, payload));
    for (std::size_t bit = 0; bit < 8 * kHeaderBytes; bit++) {
        HeaderBytes changed = header;
        changed[bit / 8] ^= static_cast<std::uint8_t>(1U << (bit % 8));
        EXPECT_FALSE(passes(changed, payload)) << bit;
    }
    for (std::size_t bit = 0; bit < 8 * payload.size(); bit++) {
        auto changed = payload;
        changed[bit / 8] ^= static_cast<std::uint8_t>(1U << (bit % 8));
        EXPECT_FALSE(passes(header, changed)) << bit;
    }
}

TEST(Frame, BelongsToOneVisitSlotDirectionAndPlace) {
    const auto payload = some_payload(10);
    const auto header = write_header(some_key(), kChannel, 'q', 1, payload).value();
    EXPECT_FALSE(passes(header, payload, 2));
    EXPECT_FALSE(passes(header, payload, 1, {8, 3, false}));
    EXPECT_FALSE(passes(header, payload, 1, {7, 4, false}));
    EXPECT_FALSE(passes(header, payload, 1, {7, 3, true}));
    EXPECT_FALSE(passes(header, payload, 1, kChannel, some_key(2)));
}

TEST(Frame, PayloadOfAnotherLengthIsNone) {
    const auto header = write_header(some_key(), kChannel, 'q', 1, some_payload(10)).value();
    EXPECT_FALSE(passes(header, some_payload(9)));
    EXPECT_FALSE(passes(header, some_payload(11)));
}

TEST(Frame, OversizedIsRefusedOnBothSides) {
    const std::vector<std::uint8_t> most(kMaxPayloadBytes);
    auto header = write_header(some_key(), kChannel, 'q', 1, most).value();
    EXPECT_TRUE(read_header(header, 1).ok());
    const std::vector<std::uint8_t> more(kMaxPayloadBytes + 1);
    EXPECT_EQ(write_header(some_key(), kChannel, 'q', 1, more).error().code, ErrorCode::too_costly);
    header[8] = 1; // the length, little endian
    EXPECT_EQ(read_header(header, 1).error().code, ErrorCode::too_costly);
    std::fill_n(header.begin() + 8, 4, std::uint8_t{255});
    EXPECT_EQ(read_header(header, 1).error().code, ErrorCode::too_costly);
}

} // namespace
} // namespace health_dp::core::transport
