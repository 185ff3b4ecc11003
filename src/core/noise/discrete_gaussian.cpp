#include "core/noise/discrete_gaussian.hpp"

#include "core/noise/exponential_bernoulli.hpp"

namespace health_dp::core {

namespace {

constexpr Unsigned128 kLargestSigma = 1'000'000'000'000U;

// The largest r with r² ≤ value. value ≤ kLargestSigma².
std::uint64_t square_root(Unsigned128 value) {
    std::uint64_t root = 0;
    for (std::uint64_t bit = std::uint64_t{1} << 40U; bit != 0; bit >>= 1U) {
        const std::uint64_t candidate = root | bit;
        if (Unsigned128{candidate} * candidate <= value)
            root = candidate;
    }
    return root;
}

Unsigned128 product_or_zero(Unsigned128 a, Unsigned128 b) {
    Unsigned128 product = 0;
    return __builtin_mul_overflow(a, b, &product) ? 0 : product;
}

} // namespace

DiscreteGaussian::DiscreteGaussian(const Rational& sigma_squared, std::uint64_t t, const DiscreteLaplace& proposal)
    : sigma_squared_(sigma_squared), t_(t), proposal_(proposal),
      denominator_((BigInteger(sigma_squared.numerator()) * BigInteger(sigma_squared.denominator()) *
                    BigInteger(Unsigned128{t} * t))
                   << 1U),
      short_denominator_(product_or_zero(product_or_zero(sigma_squared.numerator(), sigma_squared.denominator()),
                                         product_or_zero(Unsigned128{t} * t, 2))) {}

Result<DiscreteGaussian> DiscreteGaussian::create(const Rational& sigma_squared) {
    if (sigma_squared > Rational::whole(kLargestSigma * kLargestSigma))
        return Error{ErrorCode::too_costly, "the noise variance is beyond 10^24"};
    // floor(sqrt(a/b)) is floor(sqrt(floor(a/b))).
    const std::uint64_t t = square_root(sigma_squared.numerator() / sigma_squared.denominator()) + 1;
    const Result<DiscreteLaplace> proposal = DiscreteLaplace::create(Rational::whole(t));
    if (!proposal.ok())
        return proposal.error();
    return DiscreteGaussian(sigma_squared, t, proposal.value());
}

// Canonne, Kamath and Steinke 2020, Algorithm 3: propose from the discrete Laplace of scale t = floor(σ) + 1, accept
// with probability exp(-(|y| - σ²/t)² / 2σ²). Fewer than two proposals on average for large σ.
Signed128 DiscreteGaussian::draw(RandomSource& random) const {
    if (sigma_squared_.is_zero())
        return 0;
    for (;;) {
        const Signed128 proposed = proposal_.draw(random);
        if (accept(static_cast<Unsigned128>(proposed < 0 ? -proposed : proposed), random))
            return proposed;
    }
}

// For σ² = a/b the exponent is (|y|·t·b - a)² / (2·a·b·t²): in 128 bits where that fits, else with big integers.
bool DiscreteGaussian::accept(Unsigned128 magnitude, RandomSource& random) const {
    const Unsigned128 a = sigma_squared_.numerator();
    const Unsigned128 b = sigma_squared_.denominator();
    Unsigned128 product = 0;
    Unsigned128 square = 0;
    if (short_denominator_ != 0 && !__builtin_mul_overflow(magnitude * t_, b, &product)) {
        const Unsigned128 difference = product > a ? product - a : a - product;
        if (!__builtin_mul_overflow(difference, difference, &square))
            return bernoulli_exp_minus(square, short_denominator_, random);
    }
    const BigInteger difference = BigInteger(magnitude * t_) * BigInteger(b) - BigInteger(a);
    return bernoulli_exp_minus(difference * difference, denominator_, random);
}

} // namespace health_dp::core
