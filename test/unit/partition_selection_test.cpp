#include "core/grouping/partition_selection.hpp"

#include "support/numbers.hpp"
#include "support/random_fakes.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

namespace health_dp::core {
namespace {

using test::ratio;

constexpr unsigned kFraction = 256;

PartitionSelection selection(const char* epsilon, const char* delta, std::uint64_t min_cell = 1) {
    return PartitionSelection::create(Epsilon::parse(epsilon).value(), Delta::parse(delta).value(), min_cell).value();
}

BigInteger fixed_point(const std::optional<PartitionSelection::Probability>& probability) {
    return probability.has_value() ? BigInteger::from_big_endian(*probability) : BigInteger::power_of_two(kFraction);
}

struct Parameters {
    const char* epsilon;
    const char* delta;
};

// The powers of two among the deltas leave no slack below delta, behind which a rounding of e^ε could hide.
constexpr Parameters kParameters[] = {
    {"0.5", "0.02"},
    {"1", "1e-6"},
    {"0.01", "1e-9"},
    {"0.01", "0.0009765625"},
    {"0.05", "0.000030517578125"},
    {"3.7", "0.123456789"},
    {"20", "1e-18"},
    {"0.000001", "0.001"},
    {"0.1", "0.9"},
    {"60", "1e-10"},
    {"0.333333333333333333", "1e-12"},
};

TEST(PartitionSelection, GivesTheKnownAnswers) {
    PartitionSelection known = selection("0.5", "0.02");
    EXPECT_NEAR(known.probability(6), 0.58840484458, 5e-12);
    EXPECT_NEAR(known.probability(8), 0.86807080625, 5e-12);
    EXPECT_EQ(known.probability(0), 0);
    EXPECT_NEAR(known.probability(1), 0.02, 1e-17);
}

TEST(PartitionSelection, IsTheOptimalRecursion) {
    for (const auto& [epsilon, delta] : kParameters) {
        PartitionSelection table = selection(epsilon, delta);
        const long double growth = std::exp(static_cast<long double>(test::decimal(epsilon).approximation()));
        const auto step = static_cast<long double>(test::decimal(delta).approximation());
        long double expected = 0;
        for (std::uint64_t n = 0; n < 3000; ++n) {
            ASSERT_NEAR(table.probability(n), static_cast<double>(expected), 1e-11)
                << epsilon << " " << delta << " " << n;
            expected = std::min({growth * expected + step, 1 - (1 - expected - step) / growth, 1.0L});
        }
    }
}

// [C10] Exactly, for every pair of neighbours in the table, with e^ε bounded from below by 64 bits more than the
// implementation has: a step rounded the wrong way by one unit of 2^-256 is found.
TEST(PartitionSelection, EveryStepIsPrivate) {
    constexpr unsigned kBits = 320;
    for (const auto& [epsilon, delta] : kParameters) {
        const Rational exponent = test::decimal(epsilon);
        // Partial sums of the series of e^ε with floors on the way: below e^ε by less than 2^-310 · e^ε.
        const BigInteger numerator(exponent.numerator());
        const BigInteger denominator(exponent.denominator());
        BigInteger growth;
        BigInteger term = BigInteger::power_of_two(kBits + 64);
        for (Unsigned128 i = 1; term.bits() != 0; ++i) {
            growth = growth + term;
            term = term * numerator / (denominator * BigInteger(i));
        }
        growth = growth >> 64U;

        const Rational step = test::decimal(delta);
        const BigInteger one = BigInteger::power_of_two(kFraction);
        // a ≤ e^ε·b + δ, all multiplied by 2^256 · 2^320 · (denominator of δ).
        const auto within = [&](const BigInteger& a, const BigInteger& b) {
            const BigInteger left = (a * BigInteger(step.denominator())) << kBits;
            const BigInteger right =
                growth * b * BigInteger(step.denominator()) + ((BigInteger(step.numerator()) << kBits) << kFraction);
            return left <= right;
        };

        PartitionSelection table = selection(epsilon, delta);
        BigInteger p = fixed_point(table.exact_probability(0));
        for (std::uint64_t n = 0; p < one; ++n) {
            const BigInteger q = fixed_point(table.exact_probability(n + 1));
            ASSERT_GE(q, p) << epsilon << " " << delta << " " << n;
            ASSERT_TRUE(within(q, p) && within(p, q)) << epsilon << " " << delta << " " << n;
            ASSERT_TRUE(within(one - p, one - q) && within(one - q, one - p)) << epsilon << " " << delta << " " << n;
            p = q;
        }
    }
}

TEST(PartitionSelection, AMinimumCellShiftsTheTable) {
    // [C10] π(max(0, n-k+1)): nothing below k, δ at k.
    PartitionSelection plain = selection("0.5", "0.02");
    PartitionSelection eleven = selection("0.5", "0.02", 11);
    for (std::uint64_t n = 0; n <= 10; ++n)
        EXPECT_EQ(eleven.probability(n), 0) << n;
    for (std::uint64_t n = 11; n < 60; ++n)
        EXPECT_EQ(eleven.exact_probability(n), plain.exact_probability(n - 10)) << n;
    EXPECT_EQ(PartitionSelection::create(Epsilon::parse("1").value(), Delta::parse("0.1").value(), 0).error().code,
              ErrorCode::out_of_range);
    EXPECT_EQ(selection("1", "0.1", ~std::uint64_t{0}).probability(~std::uint64_t{0} - 1), 0);
}

TEST(PartitionSelection, KeepsWithExactlyTheTabulatedProbability) {
    PartitionSelection table = selection("0.5", "0.02");
    test::ConstantRandom smallest(0x00);
    test::ConstantRandom largest(0xFF);
    EXPECT_FALSE(table.keep(0, smallest)) << "an empty group never appears";
    for (std::uint64_t n = 1; table.exact_probability(n).has_value(); ++n) {
        EXPECT_TRUE(table.keep(n, smallest)) << n;
        EXPECT_FALSE(table.keep(n, largest)) << n;
        // The comparison is strict, and reaches the last of the 256 bits.
        const PartitionSelection::Probability probability = *table.exact_probability(n);
        test::ScriptedRandom equal(probability.begin(), probability.end());
        EXPECT_FALSE(table.keep(n, equal)) << n;
        PartitionSelection::Probability below{};
        (BigInteger::from_big_endian(probability) - BigInteger(1)).to_big_endian(below);
        test::ScriptedRandom just_below(below.begin(), below.end());
        EXPECT_TRUE(table.keep(n, just_below)) << n;
    }
    EXPECT_TRUE(table.keep(1'000'000, largest)) << "certain";
    EXPECT_TRUE(table.keep(~std::uint64_t{0}, largest)) << "certain";
}

TEST(PartitionSelection, TheOrderOfQuestionsDoesNotMatter) {
    PartitionSelection upwards = selection("0.1", "1e-9");
    PartitionSelection at_once = selection("0.1", "1e-9");
    EXPECT_EQ(at_once.probability(1'000'000), 1);
    for (std::uint64_t n = 0; n < 1000; ++n)
        ASSERT_EQ(upwards.exact_probability(n), at_once.exact_probability(n)) << n;
}

TEST(PartitionSelection, TablesAreAsSmallAsDocumented) {
    for (const auto& [epsilon, delta] : kParameters) {
        PartitionSelection table = selection(epsilon, delta);
        const double inverse_delta = 1 / test::decimal(delta).approximation();
        const double documented =
            std::min(inverse_delta + 1, 5 + 2 * std::log(inverse_delta) / test::decimal(epsilon).approximation());
        EXPECT_EQ(table.probability(static_cast<std::uint64_t>(documented)), 1) << epsilon << " " << delta;
    }
}

TEST(PartitionSelection, RefusesTablesThatWouldBeTooLarge) {
    const auto code = [](const char* epsilon, const char* delta) {
        const auto created =
            PartitionSelection::create(Epsilon::parse(epsilon).value(), Delta::parse(delta).value(), 1);
        return created.ok() ? std::nullopt : std::optional(created.error().code);
    };
    EXPECT_EQ(code("1e-9", "1e-12"), ErrorCode::too_costly);
    EXPECT_EQ(code("0.00005", "1e-12"), ErrorCode::too_costly);
    EXPECT_EQ(code("1e-18", "1e-18"), ErrorCode::too_costly);
    EXPECT_EQ(code("0.0001", "1e-12"), std::nullopt);
    EXPECT_EQ(code("1e-18", "0.001"), std::nullopt) << "1/δ steps are enough for any ε";
    EXPECT_FALSE(PartitionSelection::create(Epsilon::of(ratio(1, ~Unsigned128{0})).value(),
                                            Delta::of(ratio(1, ~Unsigned128{0})).value(), 1)
                     .ok());
}

TEST(PartitionSelection, LargeEpsilonIsTakenForTheLargest) {
    PartitionSelection largest = selection("128", "1e-18");
    PartitionSelection larger = selection("999999999999999999", "1e-18");
    for (std::uint64_t n = 0; n < 5; ++n)
        EXPECT_EQ(larger.exact_probability(n), largest.exact_probability(n)) << n;
    EXPECT_GT(larger.probability(2), 0.999999);
}

} // namespace
} // namespace health_dp::core
