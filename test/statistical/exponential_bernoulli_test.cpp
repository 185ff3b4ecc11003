// Coins of probability exp(-x) against exp(-x).
//
// Power, with 4·10^6 coins: at probability p, a deviation of 8·sqrt(p(1-p)/n) is missed with probability below 10 %, of
// 10 times that below 10^-3: at p = 1/2 this is 0.2 and 0.25 percentage points. At x = 12 (25 heads expected): p four
// times too large is missed with probability below 10^-3.
#include "core/noise/exponential_bernoulli.hpp"
#include "core/noise/keyed_stream.hpp"

#include "support/numbers.hpp"
#include "support/statistics.hpp"

namespace health_dp::core {
namespace {

using test::ratio;

constexpr std::uint64_t kCoins = 4'000'000;

template <class Coin>
std::uint64_t heads(std::uint64_t coins, Coin&& coin) {
    const ReleaseKey key = ReleaseKey::generate().value();
    KeyedStream random(key, {.purpose = Purpose::noise});
    std::uint64_t count = 0;
    for (std::uint64_t i = 0; i < coins; ++i)
        count += coin(random) ? 1 : 0;
    return count;
}

long double exp_minus(const Rational& x) {
    return std::exp(-static_cast<long double>(x.numerator()) / static_cast<long double>(x.denominator()));
}

TEST(ExponentialBernoulliFrequency, IsExact) {
    for (const Rational& x :
         {ratio(1, 1'000'000), ratio(1, 7), ratio(1, 2), ratio(999'999, 1'000'000), ratio(1, 1), ratio(3, 2),
          ratio(Unsigned128{1} << 120U, (Unsigned128{1} << 121U) - 1), ratio(5, 1), ratio(12, 1)}) {
        const std::uint64_t count = heads(kCoins, [&](RandomSource& r) { return bernoulli_exp_minus(x, r); });
        EXPECT_TRUE(test::plausible_frequency(count, kCoins, exp_minus(x))) << test::text_of(x) << ": " << count;
    }
}

TEST(ExponentialBernoulliFrequency, IsExactWithBigIntegers) {
    constexpr std::uint64_t kBigCoins = 1'000'000;
    const BigInteger unit = BigInteger::power_of_two(200) + BigInteger(1);
    for (const Rational& x : {ratio(1, 7), ratio(1, 1), ratio(5, 3)}) {
        const BigInteger numerator = BigInteger(x.numerator()) * unit;
        const BigInteger denominator = BigInteger(x.denominator()) * unit;
        const std::uint64_t count =
            heads(kBigCoins, [&](RandomSource& r) { return bernoulli_exp_minus(numerator, denominator, r); });
        EXPECT_TRUE(test::plausible_frequency(count, kBigCoins, exp_minus(x))) << test::text_of(x) << ": " << count;
    }
}

TEST(ExponentialBernoulliFrequency, TheTestNoticesOnePercent) {
    const std::uint64_t count = heads(kCoins, [](RandomSource& r) { return bernoulli_exp_minus(ratio(101, 100), r); });
    EXPECT_FALSE(test::plausible_frequency(count, kCoins, exp_minus(ratio(1, 1))));
}

} // namespace
} // namespace health_dp::core
