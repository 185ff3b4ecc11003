#include "core/accounting/rational.hpp"

#include "support/numbers.hpp"

#include <gtest/gtest.h>

#include <random>

namespace health_dp::core {
namespace {

using test::decimal;
using test::power_of_two;
using test::ratio;
using test::text_of;

constexpr Unsigned128 kLargest = ~Unsigned128{0};

TEST(Rational, IsInLowestTerms) {
    EXPECT_EQ(text_of(ratio(6, 4)), "3/2");
    EXPECT_EQ(text_of(ratio(0, 7)), "0/1");
    EXPECT_EQ(text_of(ratio(kLargest, kLargest)), "1/1");
    EXPECT_EQ(text_of(decimal("0.125")), "1/8");
    EXPECT_EQ(text_of(decimal("0")), "0/1");
    EXPECT_FALSE(Rational::of(1, 0).ok());
}

TEST(Rational, MultipliesAndDividesExactly) {
    EXPECT_EQ(ratio(2, 3).times(ratio(9, 4)).value(), ratio(3, 2));
    EXPECT_EQ(ratio(2, 3).divided_by(ratio(4, 9)).value(), ratio(3, 2));
    EXPECT_EQ(ratio(2, 3).times(Rational{}).value(), Rational{});
    EXPECT_EQ(ratio(2, 3).divided_by(Rational{}).error().code, ErrorCode::out_of_range);
    // Crosswise cancelling: the plain products would need 254 bits.
    const Unsigned128 large = power_of_two(127) - 1;
    EXPECT_EQ(ratio(large, 3).times(ratio(3, large)).value(), Rational::whole(1));
}

TEST(Rational, RefusesWhatDoesNotFit) {
    const Rational large = Rational::whole(power_of_two(64));
    EXPECT_EQ(large.times(large).error().code, ErrorCode::overflow);
    EXPECT_EQ(Rational::whole(1).divided_by(large).value().divided_by(large).error().code, ErrorCode::overflow);
    EXPECT_TRUE(large.times(Rational::whole(power_of_two(64) - 1)).ok());
}

TEST(Rational, ComparesExactly) {
    // Neighbours that differ in the 254th bit, and every relation to themselves.
    const Rational below = ratio(kLargest - 2, kLargest - 1);
    const Rational above = ratio(kLargest - 1, kLargest);
    EXPECT_LT(below, above);
    EXPECT_GT(above, below);
    EXPECT_EQ(above <=> above, std::strong_ordering::equal);
    EXPECT_LT(Rational{}, ratio(1, kLargest));
    EXPECT_LT(ratio(1, kLargest), ratio(1, kLargest - 1));
    EXPECT_LT(Rational::whole(kLargest - 1), Rational::whole(kLargest));
}

TEST(Rational, ComparisonAgreesWithCrossMultiplication) {
    std::mt19937_64 generator(20240229); // NOLINT(cert-msc32-c,cert-msc51-cpp): the same cases on each run
    std::uniform_int_distribution<std::uint64_t> small(0, 40);
    std::uniform_int_distribution<std::uint64_t> wide;
    for (int i = 0; i < 100000; ++i) {
        auto& distribution = i % 2 == 0 ? small : wide;
        const std::uint64_t p = distribution(generator);
        const std::uint64_t q = distribution(generator) | 1U;
        const std::uint64_t r = distribution(generator);
        const std::uint64_t s = distribution(generator) | 1U;
        ASSERT_EQ(ratio(p, q) <=> ratio(r, s), Unsigned128{p} * s <=> Unsigned128{r} * q)
            << p << "/" << q << " and " << r << "/" << s;
    }
}

} // namespace
} // namespace health_dp::core
