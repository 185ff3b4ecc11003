// [C7] The discrete Gaussian sampler against its exact distribution.
//
// Power, with 2·10^6 draws: σ off by 1 % moves the chi-square by a noncentrality of about 390 (Fisher information 2 per
// draw in log σ) on about 56 degrees of freedom, with the threshold near 140: missed with probability below 10^-12 for
// σ from 1 on, and the variance is then off by 20 standard deviations of its estimate.
// The slow big-integer path gets 10^6 draws: there the chi-square misses 1 % with probability below 10^-3, the variance
// (14 standard deviations) below 10^-12.
#include "core/noise/discrete_gaussian.hpp"
#include "core/noise/keyed_stream.hpp"

#include "support/numbers.hpp"
#include "support/statistics.hpp"

#include <cmath>

namespace health_dp::core {
namespace {

using test::ratio;

constexpr std::uint64_t kDraws = 2'000'000;

// The exact distribution. Up to σ = 1000 by summing all weights out to 40 σ and more; above, a bin of integers is the
// integral over it widened by one half at each end, which is off by less than 1/(24 σ²) of itself (midpoint rule):
// below 5·10^-8, where the samples resolve 10^-3.
class Exact {
  public:
    explicit Exact(const Rational& sigma_squared)
        : variance_(static_cast<long double>(sigma_squared.numerator()) /
                    static_cast<long double>(sigma_squared.denominator())),
          fourth_moment_(3 * variance_ * variance_) {
        if (sigma() > 1000)
            return;
        const auto reach = static_cast<long>(40 * sigma()) + 40;
        const long double two_sigma_squared = 2 * variance_;
        long double total = 0;
        long double second = 0;
        long double fourth = 0;
        for (long y = -reach; y <= reach; ++y) {
            const auto value = static_cast<long double>(y);
            const long double weight = std::exp(-value * value / two_sigma_squared);
            total += weight;
            second += weight * value * value;
            fourth += weight * value * value * value * value;
            cumulated_.push_back(total);
        }
        for (long double& sum : cumulated_)
            sum /= total;
        reach_ = reach;
        spread_ = sigma();
        variance_ = second / total;
        fourth_moment_ = fourth / total;
    }

    long double spread() const { return spread_ > 0 ? spread_ : sigma(); }
    long double variance() const { return variance_; }
    long double fourth_moment() const { return fourth_moment_; }

    long double cdf(Signed128 y) const {
        if (cumulated_.empty())
            return std::erfc(-(static_cast<long double>(y) + 0.5L) / (sigma() * std::sqrt(2.0L))) / 2;
        if (y < -reach_)
            return 0;
        return y > reach_ ? 1 : cumulated_[static_cast<std::size_t>(y + reach_)];
    }

  private:
    long double sigma() const { return std::sqrt(variance_); }

    long double variance_;
    long double fourth_moment_;
    long double spread_ = 0;
    long reach_ = 0;
    std::vector<long double> cumulated_;
};

test::Bins bins_for(const Exact& exact, std::uint64_t draws) {
    return {[&](Signed128 y) { return exact.cdf(y); }, exact.spread(), draws};
}

class DiscreteGaussianDistribution : public testing::TestWithParam<Rational> {};

TEST_P(DiscreteGaussianDistribution, IsExact) {
    const Rational sigma_squared = GetParam();
    const DiscreteGaussian gaussian = DiscreteGaussian::create(sigma_squared).value();
    const Exact exact(sigma_squared);
    const ReleaseKey key = ReleaseKey::generate().value();
    KeyedStream random(key, {.purpose = Purpose::noise});

    const std::uint64_t draws = sigma_squared.approximation() < 1e17 ? kDraws : kDraws / 2;
    test::Bins bins = bins_for(exact, draws);
    test::Moments moments;
    test::UniformBits low(0);
    for (std::uint64_t i = 0; i < draws; ++i) {
        const Signed128 y = gaussian.draw(random);
        bins.add(y);
        moments.add(y);
        low.add(y);
    }
    EXPECT_GT(bins.size(), 2U) << "or the chi-square would say nothing";
    EXPECT_GT(bins.p_value(), test::kFalseAlarm) << bins.size() << " bins";
    EXPECT_LT(moments.mean_deviations(exact.variance()), test::kDeviations);
    EXPECT_LT(moments.variance_deviations(exact.variance(), exact.fourth_moment()), test::kDeviations);
    // The Fourier transform of a Gaussian at 1/256 is nil at this σ: the low byte is uniform.
    if (sigma_squared >= Rational::whole(1'000'000)) {
        EXPECT_GT(low.p_value(), test::kFalseAlarm);
    }
}

// The last two need more than 128 bits for their squares: the big-integer path.
INSTANTIATE_TEST_SUITE_P(Variances, DiscreteGaussianDistribution,
                         testing::Values(ratio(1, 10), ratio(1, 2), ratio(1, 1), ratio(10, 3), ratio(1600, 1),
                                         ratio(1'000'000'007, 1009), Rational::whole(1'000'000'000'000),
                                         ratio(1'000'000'000'000'000'000, 1'000'000'007),
                                         test::decimal("999999999999999999.999999999999999999"),
                                         Rational::whole(Unsigned128{1'000'000'000'000} * 1'000'000'000'000)),
                         [](const auto& instance) {
                             return test::text_of(instance.param.numerator()) + "_over_" +
                                    test::text_of(instance.param.denominator());
                         });

// At σ = 0.1, 1 comes with probability 2·10^-22: never, in so few draws.
TEST(DiscreteGaussianDistribution, IsAllButConstantForASmallVariance) {
    const DiscreteGaussian gaussian = DiscreteGaussian::create(ratio(1, 100)).value();
    const ReleaseKey key = ReleaseKey::generate().value();
    KeyedStream random(key, {.purpose = Purpose::noise});
    std::uint64_t others = 0;
    for (std::uint64_t i = 0; i < kDraws; ++i)
        others += gaussian.draw(random) == 0 ? 0 : 1;
    EXPECT_EQ(others, 0U);
}

// The power claimed above, shown at each run: misses with probability below 10^-12.
TEST(DiscreteGaussianDistribution, TheTestNoticesOnePercent) {
    for (const Unsigned128 variance : {Unsigned128{4}, Unsigned128{1'000'000'000'000}}) {
        const DiscreteGaussian broken = DiscreteGaussian::create(ratio(variance * 10201, 10000)).value();
        const Exact exact(Rational::whole(variance));
        const ReleaseKey key = ReleaseKey::generate().value();
        KeyedStream random(key, {.purpose = Purpose::noise});
        test::Bins bins = bins_for(exact, kDraws);
        for (std::uint64_t i = 0; i < kDraws; ++i)
            bins.add(broken.draw(random));
        EXPECT_LT(bins.p_value(), test::kFalseAlarm);
    }
}

} // namespace
} // namespace health_dp::core
