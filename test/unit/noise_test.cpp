// What the samplers do step by step and at their limits; their distributions are tested in test/statistical.
#include "core/noise/discrete_gaussian.hpp"
#include "core/noise/exponential_bernoulli.hpp"
#include "core/noise/keyed_stream.hpp"

#include "support/numbers.hpp"
#include "support/random_fakes.hpp"

#include <gtest/gtest.h>

namespace health_dp::core {
namespace {

using test::power_of_two;
using test::ratio;
using test::ScriptedRandom;
using test::text_of;

// Two bytes for ever: 0 passes the coin of 1/2, then 1 fails the coin of 1/3, and exp(-1) came true once more.
class EndlessSuccess final : public RandomSource {
  public:
    void fill(std::span<std::uint8_t> bytes) override {
        for (std::uint8_t& byte : bytes) {
            byte = next_;
            next_ ^= 1U;
        }
    }

  private:
    std::uint8_t next_ = 0;
};

TEST(ExponentialBernoulli, StopsAtTheFirstFailingCoin) {
    ScriptedRandom second{1};
    EXPECT_FALSE(bernoulli_exp_minus_one(second)) << "the coin of 1/2 fails: even";
    ScriptedRandom third{0, 1};
    EXPECT_TRUE(bernoulli_exp_minus_one(third)) << "the coin of 1/3 fails: odd";
    ScriptedRandom fourth{0, 0, 1};
    EXPECT_FALSE(bernoulli_exp_minus_one(fourth)) << "the coin of 1/4 fails: even";
}

TEST(ExponentialBernoulli, IsCertainForZero) {
    ScriptedRandom nothing{0, 0, 0};
    EXPECT_TRUE(bernoulli_exp_minus(Rational{}, nothing));
    EXPECT_TRUE(bernoulli_exp_minus(BigInteger(), BigInteger(1), nothing));
    ScriptedRandom one{0x7F};
    EXPECT_TRUE(bernoulli_exp_minus(0, 200, one));
}

TEST(ExponentialBernoulli, EndsSoonForAnyExponent) {
    const ReleaseKey key = ReleaseKey::generate().value();
    KeyedStream random(key, {.purpose = Purpose::noise});
    EXPECT_FALSE(bernoulli_exp_minus(~Unsigned128{0}, 1, random));
    EXPECT_FALSE(bernoulli_exp_minus(BigInteger::power_of_two(1000), BigInteger(3), random));
}

TEST(ExponentialBernoulli, BigAndSmallIntegersAgree) {
    // Bounds below 256 take one byte in both, so the same stream must give the same answers.
    const ReleaseKey key = ReleaseKey::generate().value();
    KeyedStream one(key, {.purpose = Purpose::noise});
    KeyedStream other(key, {.purpose = Purpose::noise});
    for (int i = 0; i < 20000; ++i) {
        const unsigned numerator = static_cast<unsigned>(i) % 500;
        ASSERT_EQ(bernoulli_exp_minus(numerator, 200, one),
                  bernoulli_exp_minus(BigInteger(numerator), BigInteger(200), other))
            << i;
    }
}

TEST(DiscreteLaplace, FollowsItsScript) {
    const DiscreteLaplace laplace = DiscreteLaplace::create(Rational::whole(1)).value();
    ScriptedRandom zero{1, 0};
    EXPECT_TRUE(laplace.draw(zero) == 0);
    ScriptedRandom plus_one{0, 1, 1, 0};
    EXPECT_TRUE(laplace.draw(plus_one) == 1);
    ScriptedRandom minus_one{0, 1, 1, 1};
    EXPECT_TRUE(laplace.draw(minus_one) == -1);
    ScriptedRandom negative_zero{1, 1, 0, 1, 1, 0};
    EXPECT_TRUE(laplace.draw(negative_zero) == 1) << "the second zero is refused, or zero would be twice as likely";
}

TEST(DiscreteLaplace, ScaleZeroIsNoNoise) {
    ScriptedRandom nothing{};
    EXPECT_TRUE(DiscreteLaplace::create(Rational{}).value().draw(nothing) == 0);
}

TEST(DiscreteLaplace, TakesScalesBelowTwoToThe112) {
    const Unsigned128 limit = power_of_two(112);
    EXPECT_TRUE(DiscreteLaplace::create(ratio(limit - 1, limit - 2)).ok());
    EXPECT_EQ(DiscreteLaplace::create(Rational::whole(limit)).error().code, ErrorCode::too_costly);
    EXPECT_EQ(DiscreteLaplace::create(ratio(1, limit)).error().code, ErrorCode::too_costly);

    const DiscreteLaplace widest = DiscreteLaplace::create(Rational::whole(limit - 1)).value();
    const ReleaseKey key = ReleaseKey::generate().value();
    KeyedStream random(key, {.purpose = Purpose::noise});
    bool both_signs[2] = {false, false};
    for (int i = 0; i < 1000; ++i) {
        const Signed128 y = widest.draw(random);
        both_signs[y < 0 ? 1 : 0] = true;
        ASSERT_LT(bit_length(static_cast<Unsigned128>(y < 0 ? -y : y)), 112U + 7U) << text_of(y);
    }
    EXPECT_TRUE(both_signs[0] && both_signs[1]);
}

TEST(DiscreteLaplace, EndsEvenWhenTheTailDoesNot) {
    EndlessSuccess random;
    const Signed128 y = DiscreteLaplace::create(Rational::whole(1)).value().draw(random);
    EXPECT_TRUE(y == 1 << 14) << text_of(y);
}

TEST(DiscreteLaplace, CalibratesToSensitivityAndEpsilon) {
    const Epsilon epsilon = Epsilon::parse("0.3").value();
    EXPECT_EQ(DiscreteLaplace::calibrated(Sensitivity::of_grid_units(60), epsilon).value().scale(),
              Rational::whole(200));
    EXPECT_EQ(DiscreteLaplace::calibrated(Sensitivity::of_grid_units(power_of_two(127)), epsilon).error().code,
              ErrorCode::overflow);
    EXPECT_EQ(DiscreteLaplace::calibrated(Sensitivity::of_grid_units(power_of_two(115)), epsilon).error().code,
              ErrorCode::too_costly);
}

TEST(DiscreteGaussian, TakesVariancesUpToTenToThe24) {
    const Unsigned128 sigma = 1'000'000'000'000U;
    EXPECT_TRUE(DiscreteGaussian::create(Rational::whole(sigma * sigma)).ok());
    EXPECT_EQ(DiscreteGaussian::create(Rational::whole(sigma * sigma + 1)).error().code, ErrorCode::too_costly);
    ScriptedRandom nothing{};
    EXPECT_TRUE(DiscreteGaussian::create(Rational{}).value().draw(nothing) == 0);
    // The longest fraction there is: no representable variance within the limit may overflow anywhere.
    const Rational awkward = ratio(~Unsigned128{0}, power_of_two(127) - 1);
    const ReleaseKey key = ReleaseKey::generate().value();
    KeyedStream random(key, {.purpose = Purpose::noise});
    for (int i = 0; i < 1000; ++i) {
        const Signed128 y = DiscreteGaussian::create(awkward).value().draw(random);
        ASSERT_TRUE(y > -40 && y < 40) << text_of(y);
    }
}

TEST(Noise, IsAFunctionOfTheStream) {
    // [C8] The same key, purpose, measurement and group: the same noise, also through the big-integer path.
    const ReleaseKey key = ReleaseKey::generate().value();
    const DiscreteLaplace laplace = DiscreteLaplace::create(ratio(1'000'000'007, 13)).value();
    const DiscreteGaussian gaussian = DiscreteGaussian::create(test::decimal("99999999999999999.123456789")).value();
    for (std::uint8_t group = 0; group < 100; ++group) {
        const StreamName name{.purpose = Purpose::noise, .measurement = 1, .group = {group}};
        KeyedStream one(key, name);
        KeyedStream again(key, name);
        ASSERT_TRUE(laplace.draw(one) == laplace.draw(again));
        ASSERT_TRUE(gaussian.draw(one) == gaussian.draw(again));
    }
}

} // namespace
} // namespace health_dp::core
