// Statistical assertions with a known false-alarm rate.
//
// Every assertion alarms falsely with probability at most kFalseAlarm. With up to a thousand of them (there are about a
// hundred), a correct implementation fails a whole run less than once in 10^6 (Bonferroni). Random bytes are fresh on
// every run, sample sizes are fixed.
#pragma once

#include "core/integers.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <functional>
#include <numeric>
#include <vector>

namespace health_dp::test {

constexpr long double kFalseAlarm = 1e-9L;

// A normal variable is farther than this many standard deviations out with probability 1.6e-10. The rest up to
// kFalseAlarm pays for means of 10^6 or more skewed terms being only nearly normal.
constexpr long double kDeviations = 6.4L;

// P(chi-square with `degrees` > statistic): the regularised incomplete gamma function Q(degrees/2, statistic/2), by its
// series below the mean and by Lentz's continued fraction above.
inline long double chi_square_tail(long double statistic, std::size_t degrees) {
    const long double a = static_cast<long double>(degrees) / 2;
    const long double x = statistic / 2;
    if (x <= 0)
        return 1;
    const long double front = std::exp(a * std::log(x) - x - std::lgamma(a));
    constexpr long double kPrecision = 1e-17L;
    if (x < a + 1) {
        long double term = 1 / a;
        long double sum = term;
        for (long double i = 1; term > sum * kPrecision; ++i) {
            term *= x / (a + i);
            sum += term;
        }
        return 1 - front * sum;
    }
    constexpr long double kTiny = 1e-4000L;
    long double b = x + 1 - a;
    long double c = 1 / kTiny;
    long double d = 1 / b;
    long double fraction = d;
    for (long double i = 1; i < 100000; ++i) {
        const long double numerator = -i * (i - a);
        b += 2;
        d = numerator * d + b;
        d = 1 / (std::fabs(d) < kTiny ? kTiny : d);
        c = b + numerator / c;
        c = std::fabs(c) < kTiny ? kTiny : c;
        fraction *= c * d;
        if (std::fabs(c * d - 1) < kPrecision)
            break;
    }
    return front * fraction;
}

// Pearson's test of counts against exact probabilities that sum to 1; returns the p-value.
inline long double chi_square_p_value(const std::vector<std::uint64_t>& counts,
                                      const std::vector<long double>& probabilities) {
    const auto total = static_cast<long double>(std::accumulate(counts.begin(), counts.end(), std::uint64_t{0}));
    long double statistic = 0;
    for (std::size_t i = 0; i < counts.size(); ++i) {
        const long double expected = total * probabilities[i];
        const long double difference = static_cast<long double>(counts[i]) - expected;
        statistic += difference * difference / expected;
    }
    return chi_square_tail(statistic, counts.size() - 1);
}

// The integers cut into intervals, the outermost two unbounded: tails are pooled, never left out.
class Bins {
  public:
    // Cuts near equal probabilities, finer in the tails, so that each bin expects 200 draws or more of `draws`.
    // `cdf` is P(Y ≤ y), `spread` of the order of the standard deviation.
    Bins(const std::function<long double(core::Signed128)>& cdf, long double spread, std::uint64_t draws) {
        std::vector<long double> targets = {0.00025L, 0.001L, 0.004L};
        for (int i = 1; i < 50; ++i)
            targets.push_back(0.02L * static_cast<long double>(i));
        for (const long double upper : {0.996L, 0.999L, 0.99975L})
            targets.push_back(upper);
        const long double least = 200 / static_cast<long double>(draws);
        long double below = 0;
        for (const long double target : targets) {
            const core::Signed128 y = quantile(cdf, spread, target);
            if (cdf(y) - below < least || 1 - cdf(y) < least)
                continue;
            last_.push_back(y);
            probabilities_.push_back(cdf(y) - below);
            below = cdf(y);
        }
        probabilities_.push_back(1 - below);
        counts_.resize(probabilities_.size());
    }

    void add(core::Signed128 y) {
        const auto bin = std::lower_bound(last_.begin(), last_.end(), y);
        ++counts_[static_cast<std::size_t>(bin - last_.begin())];
    }

    std::size_t size() const { return counts_.size(); }
    long double p_value() const { return chi_square_p_value(counts_, probabilities_); }

  private:
    static core::Signed128 quantile(const std::function<long double(core::Signed128)>& cdf, long double spread,
                                    long double target) {
        auto high = static_cast<core::Signed128>(100 * spread) + 100;
        core::Signed128 low = -high;
        while (low < high) {
            const core::Signed128 middle = low + (high - low) / 2;
            if (cdf(middle) >= target)
                high = middle;
            else
                low = middle + 1;
        }
        return low;
    }

    std::vector<core::Signed128> last_; // the last value of every bin but the rightmost
    std::vector<long double> probabilities_;
    std::vector<std::uint64_t> counts_;
};

// Whether so many successes are possible at this probability. By the Chernoff bound, which holds for every sample size,
// each side is exceeded with probability at most exp(-trials · KL(observed, p)).
inline bool plausible_frequency(std::uint64_t successes, std::uint64_t trials, long double p) {
    const auto n = static_cast<long double>(trials);
    const long double observed = static_cast<long double>(successes) / n;
    if (p <= 0 || p >= 1)
        return observed == p;
    long double divergence = 0;
    if (observed > 0)
        divergence += observed * std::log(observed / p);
    if (observed < 1)
        divergence += (1 - observed) * std::log((1 - observed) / (1 - p));
    return n * divergence <= std::log(2 / kFalseAlarm);
}

// Power sums of the draws, for mean and variance about the known mean 0.
class Moments {
  public:
    void add(core::Signed128 y) {
        const auto value = static_cast<long double>(y);
        sum_ += value;
        squares_ += value * value;
        ++draws_;
    }

    // How far the mean and the variance are from 0 and `variance`, in standard deviations of their estimators.
    long double mean_deviations(long double variance) const {
        const auto n = static_cast<long double>(draws_);
        return std::fabs(sum_ / n) / std::sqrt(variance / n);
    }
    long double variance_deviations(long double variance, long double fourth_moment) const {
        const auto n = static_cast<long double>(draws_);
        return std::fabs(squares_ / n - variance) / std::sqrt((fourth_moment - variance * variance) / n);
    }

  private:
    long double sum_ = 0;
    long double squares_ = 0;
    std::uint64_t draws_ = 0;
};

// Eight bits of each draw, from `shift` on: uniform where the distribution is wide beside 2^(shift + 8).
class UniformBits {
  public:
    explicit UniformBits(unsigned shift) : shift_(shift), counts_(256) {}

    void add(core::Signed128 y) { ++counts_[static_cast<std::size_t>((y >> shift_) & 255)]; }
    long double p_value() const {
        return chi_square_p_value(counts_, std::vector<long double>(counts_.size(), 1 / 256.0L));
    }

  private:
    unsigned shift_;
    std::vector<std::uint64_t> counts_;
};

} // namespace health_dp::test
