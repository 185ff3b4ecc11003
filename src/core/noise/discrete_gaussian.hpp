// The discrete Gaussian on the integers: P(y) proportional to exp(-y² / 2σ²), drawn exactly [C7].
#pragma once

#include "core/pure.hpp"

#include "core/big_integer.hpp"
#include "core/noise/discrete_laplace.hpp"

namespace health_dp::core {

class DiscreteGaussian {
  public:
    // σ² up to 10^24 (too_costly beyond). σ² = 0 always draws 0.
    static Result<DiscreteGaussian> create(const Rational& sigma_squared);

    const Rational& sigma_squared() const { return sigma_squared_; }

    Signed128 draw(RandomSource& random) const;

  private:
    DiscreteGaussian(const Rational& sigma_squared, std::uint64_t t, const DiscreteLaplace& proposal);
    bool accept(Unsigned128 magnitude, RandomSource& random) const;

    Rational sigma_squared_;
    std::uint64_t t_; // floor(σ) + 1, the scale of the proposal
    DiscreteLaplace proposal_;
    BigInteger denominator_;        // 2·a·b·t² for σ² = a/b
    Unsigned128 short_denominator_; // the same, or 0 when it does not fit
};

} // namespace health_dp::core
