// The discrete Laplace distribution on the integers: P(y) proportional to exp(-|y| / scale), drawn exactly [C7].
#pragma once

#include "core/pure.hpp"

#include "core/accounting/parameters.hpp"
#include "core/noise/random_source.hpp"

namespace health_dp::core {

class DiscreteLaplace {
  public:
    // Numerator and denominator of the scale must be below 2^112 (too_costly beyond). Scale 0 always draws 0.
    static Result<DiscreteLaplace> create(const Rational& scale);

    // Scale sensitivity / ε. Added to an integer vector of that L1 sensitivity it gives ε-differential privacy: moving
    // the centre by d changes no probability by more than the factor exp(|d| / scale), and the factors multiply.
    static Result<DiscreteLaplace> calibrated(const Sensitivity& sensitivity, const Epsilon& epsilon);

    const Rational& scale() const { return scale_; }

    // Magnitude below 2^127.
    Signed128 draw(RandomSource& random) const;

  private:
    explicit DiscreteLaplace(const Rational& scale) : scale_(scale) {}
    Rational scale_;
};

} // namespace health_dp::core
