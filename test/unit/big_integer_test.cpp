#include "core/big_integer.hpp"

#include "support/numbers.hpp"

#include <gtest/gtest.h>

#include <array>

namespace health_dp::core {
namespace {

using test::power_of_two;

TEST(BigInteger, AgreesWithItself) {
    const BigInteger largest(~Unsigned128{0});
    EXPECT_EQ(largest, BigInteger::power_of_two(128) - BigInteger(1));
    EXPECT_EQ(largest * largest, BigInteger::power_of_two(256) - BigInteger::power_of_two(129) + BigInteger(1));
    EXPECT_EQ((largest * largest) / largest, largest);
    EXPECT_EQ((largest * largest + BigInteger(5)) % largest, BigInteger(5));
    EXPECT_EQ(largest >> 64U, BigInteger(power_of_two(64) - 1));
    EXPECT_EQ((largest << 7U) >> 7U, largest);
    EXPECT_LT(BigInteger(3) - BigInteger(5), BigInteger());
    EXPECT_EQ((BigInteger(3) - BigInteger(5)) * (BigInteger(3) - BigInteger(5)), BigInteger(4));
}

TEST(BigInteger, CountsBits) {
    EXPECT_EQ(BigInteger().bits(), 0U);
    EXPECT_EQ(BigInteger(1).bits(), 1U);
    EXPECT_EQ(BigInteger(power_of_two(127)).bits(), 128U);
    EXPECT_EQ(BigInteger::power_of_two(300).bits(), 301U);
}

TEST(BigInteger, ClampsTo64Bits) {
    EXPECT_EQ(BigInteger(power_of_two(64) - 1).clamped_to_64_bits(), ~std::uint64_t{0});
    EXPECT_EQ(BigInteger(power_of_two(64) + 3).clamped_to_64_bits(), ~std::uint64_t{0});
    EXPECT_EQ(BigInteger(12345).clamped_to_64_bits(), 12345U);
}

TEST(BigInteger, PadsBytesOnTheLeft) {
    std::array<std::uint8_t, 4> bytes{9, 9, 9, 9};
    BigInteger(0x0102).to_big_endian(bytes);
    EXPECT_EQ(bytes, (std::array<std::uint8_t, 4>{0, 0, 1, 2}));
    EXPECT_EQ(BigInteger::from_big_endian(bytes), BigInteger(0x0102));
}

TEST(BigInteger, CopiesAreIndependent) {
    BigInteger original(7);
    BigInteger copy = original;
    copy = copy + BigInteger(1);
    EXPECT_EQ(original, BigInteger(7));
    original = copy;
    EXPECT_EQ(original, BigInteger(8));
    EXPECT_EQ(copy, BigInteger(8));
}

} // namespace
} // namespace health_dp::core
