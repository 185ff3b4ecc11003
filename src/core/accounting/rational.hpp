// Exact non-negative rationals in 128 bits: shares of ε and δ, scales and variances [C7, C14].
#pragma once

#include "core/pure.hpp"

#include "core/accounting/decimal.hpp"
#include "core/integers.hpp"
#include "core/result.hpp"

#include <compare>

namespace health_dp::core {

// Always in lowest terms, so that equal values are equal members; zero is 0/1.
class Rational {
  public:
    // Zero.
    constexpr Rational() = default;

    static Result<Rational> of(Unsigned128 numerator, Unsigned128 denominator);
    static constexpr Rational whole(Unsigned128 value) { return {value, 1}; }
    static Rational from(const Decimal& decimal);

    constexpr Unsigned128 numerator() const { return numerator_; }
    constexpr Unsigned128 denominator() const { return denominator_; }
    constexpr bool is_zero() const { return numerator_ == 0; }

    // overflow when the reduced result does not fit; out_of_range when dividing by zero.
    Result<Rational> times(const Rational& other) const;
    Result<Rational> divided_by(const Rational& other) const;

    // For previews and tests; nothing that decides about privacy may use it.
    double approximation() const { return static_cast<double>(numerator_) / static_cast<double>(denominator_); }

    friend constexpr bool operator==(const Rational&, const Rational&) = default;
    friend std::strong_ordering operator<=>(const Rational& a, const Rational& b);

  private:
    constexpr Rational(Unsigned128 numerator, Unsigned128 denominator)
        : numerator_(numerator), denominator_(denominator) {}

    Unsigned128 numerator_ = 0;
    Unsigned128 denominator_ = 1;
};

} // namespace health_dp::core
