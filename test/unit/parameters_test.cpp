#include "core/accounting/parameters.hpp"

#include "support/numbers.hpp"

#include <gtest/gtest.h>

namespace health_dp::core {
namespace {

using test::ratio;

TEST(Epsilon, IsPositive) {
    EXPECT_EQ(Epsilon::parse("0.5").value().value(), ratio(1, 2));
    EXPECT_EQ(Epsilon::parse("0").error().code, ErrorCode::out_of_range);
    EXPECT_EQ(Epsilon::parse("0.0e3").error().code, ErrorCode::out_of_range);
    EXPECT_EQ(Epsilon::parse("-1").error().code, ErrorCode::bad_syntax);
    EXPECT_EQ(Epsilon::parse("NaN").error().code, ErrorCode::bad_syntax);
    EXPECT_FALSE(Epsilon::of(Rational{}).ok());
}

TEST(Delta, LiesStrictlyBetweenZeroAndOne) {
    EXPECT_EQ(Delta::parse("1e-6").value().value(), ratio(1, 1'000'000));
    EXPECT_TRUE(Delta::parse("0.999999999999999999").ok());
    for (const char* text : {"0", "1", "1.0", "2", "1e17"})
        EXPECT_EQ(Delta::parse(text).error().code, ErrorCode::out_of_range) << text;
}

TEST(Shares, AddUpToExactlyTheWhole) {
    const Epsilon epsilon = Epsilon::parse("0.1").value();
    const Delta delta = Delta::parse("0.000003").value();
    for (const std::uint64_t parts : {1, 2, 3, 7, 60, 1000003}) {
        EXPECT_EQ(epsilon.share(parts).value().value().times(Rational::whole(parts)).value(), epsilon.value()) << parts;
        EXPECT_EQ(delta.share(parts).value().value().times(Rational::whole(parts)).value(), delta.value()) << parts;
    }
    EXPECT_EQ(epsilon.share(3).value().share(7).value(), epsilon.share(21).value()) << "shares of shares are shares";
}

TEST(Shares, RefuseWhatHasNoExactShare) {
    const Epsilon tiny = Epsilon::of(ratio(1, ~Unsigned128{0})).value();
    EXPECT_EQ(tiny.share(2).error().code, ErrorCode::overflow);
    EXPECT_EQ(tiny.share(0).error().code, ErrorCode::out_of_range);
}

TEST(Sensitivity, MultipliesWithoutOverflow) {
    const Sensitivity one_group = Sensitivity::of_grid_units(40);
    EXPECT_EQ(one_group.times(3).value(), Sensitivity::of_grid_units(120));
    const Sensitivity huge = Sensitivity::of_grid_units(test::power_of_two(127));
    EXPECT_EQ(huge.times(2).error().code, ErrorCode::overflow);
    EXPECT_TRUE(huge.times(1).ok());
}

} // namespace
} // namespace health_dp::core
