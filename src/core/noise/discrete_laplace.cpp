#include "core/noise/discrete_laplace.hpp"

#include "core/noise/exponential_bernoulli.hpp"

namespace health_dp::core {

namespace {

constexpr unsigned kScaleBits = 112;

// Keeps u + t·v below 2^127. The one inexactness of this file: v would reach the limit with probability
// exp(-16384) < 2^-23000, which is nothing beside the 2^-128 of the cipher that supplies the randomness.
constexpr std::uint32_t kMostTurns = 1U << 14U;

} // namespace

Result<DiscreteLaplace> DiscreteLaplace::create(const Rational& scale) {
    if (bit_length(scale.numerator()) > kScaleBits || bit_length(scale.denominator()) > kScaleBits)
        return Error{ErrorCode::too_costly, "the noise scale is beyond exact 112-bit arithmetic"};
    return DiscreteLaplace(scale);
}

Result<DiscreteLaplace> DiscreteLaplace::calibrated(const Sensitivity& sensitivity, const Epsilon& epsilon) {
    const Result<Rational> scale = Rational::whole(sensitivity.grid_units()).divided_by(epsilon.value());
    if (!scale.ok())
        return scale.error();
    return create(scale.value());
}

// Canonne, Kamath and Steinke 2020, Algorithm 2, for scale t/s: x = u + t·v is geometric with ratio exp(-1/t), because
// its remainder u and its quotient v by t are independent; so floor(x/s) is geometric with ratio exp(-s/t); a random
// sign, with one of the two zeros refused, makes it two-sided.
Signed128 DiscreteLaplace::draw(RandomSource& random) const {
    const Unsigned128 t = scale_.numerator();
    const Unsigned128 s = scale_.denominator();
    if (t == 0)
        return 0;
    for (;;) {
        const Unsigned128 u = random.uniform_below(t);
        if (!bernoulli_exp_minus(u, t, random))
            continue;
        std::uint32_t v = 0;
        while (v < kMostTurns && bernoulli_exp_minus_one(random))
            ++v;
        const Unsigned128 x = u + t * v;
        const auto magnitude = static_cast<Signed128>(s == 1 ? x : x / s);
        const bool negative = random.uniform_below(2) == 1;
        if (negative && magnitude == 0)
            continue;
        return negative ? -magnitude : magnitude;
    }
}

} // namespace health_dp::core
