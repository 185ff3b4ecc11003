// The statistical tests stand on these: the judge is judged first.
#include "support/statistics.hpp"

#include <gtest/gtest.h>

namespace health_dp::test {
namespace {

TEST(ChiSquareTail, HasItsKnownValues) {
    // With two degrees of freedom the tail is exp(-x/2); the others are from tables.
    for (const long double x : {0.1L, 1.0L, 2.0L, 5.0L, 41.4465316738928L, 200.0L})
        EXPECT_NEAR(static_cast<double>(chi_square_tail(x, 2) / std::exp(-x / 2)), 1, 1e-12) << x;
    EXPECT_NEAR(static_cast<double>(chi_square_tail(3.841458820694124L, 1)), 0.05, 1e-12);
    EXPECT_NEAR(static_cast<double>(chi_square_tail(18.307038053275146L, 10)), 0.05, 1e-12);
    EXPECT_NEAR(static_cast<double>(chi_square_tail(124.34211340400407L, 100)), 0.05, 1e-12);
    EXPECT_EQ(chi_square_tail(0, 5), 1);
}

TEST(ChiSquare, JudgesCounts) {
    const std::vector<long double> fair(6, 1 / 6.0L);
    EXPECT_EQ(chi_square_p_value({100, 100, 100, 100, 100, 100}, fair), 1);
    EXPECT_LT(chi_square_p_value({200, 80, 80, 80, 80, 80}, fair), kFalseAlarm);
    // 5 · 10²/100 + 50²/100 = 30 on 5 degrees of freedom.
    EXPECT_NEAR(static_cast<double>(chi_square_p_value({150, 90, 90, 90, 90, 90}, fair)),
                static_cast<double>(chi_square_tail(30, 5)), 1e-15);
}

TEST(PlausibleFrequency, IsStrictWhereItMustBe) {
    EXPECT_TRUE(plausible_frequency(0, 1000, 0));
    EXPECT_FALSE(plausible_frequency(1, 1000, 0));
    EXPECT_TRUE(plausible_frequency(1000, 1000, 1));
    EXPECT_FALSE(plausible_frequency(999, 1000, 1));
    EXPECT_TRUE(plausible_frequency(500'000, 1'000'000, 0.5L));
    EXPECT_TRUE(plausible_frequency(503'000, 1'000'000, 0.5L)) << "6 standard deviations";
    EXPECT_FALSE(plausible_frequency(503'500, 1'000'000, 0.5L)) << "7 standard deviations";
    EXPECT_FALSE(plausible_frequency(496'500, 1'000'000, 0.5L));
}

} // namespace
} // namespace health_dp::test
