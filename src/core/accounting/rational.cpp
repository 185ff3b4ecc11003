#include "core/accounting/rational.hpp"

#include <utility>

namespace health_dp::core {

namespace {

constexpr Error kOverflow{ErrorCode::overflow, "exact arithmetic would need more than 128 bits"};
constexpr Error kDivisionByZero{ErrorCode::out_of_range, "division by zero"};

Unsigned128 greatest_common_divisor(Unsigned128 a, Unsigned128 b) {
    while (b != 0) {
        const Unsigned128 remainder = a % b;
        a = b;
        b = remainder;
    }
    return a;
}

} // namespace

Result<Rational> Rational::of(Unsigned128 numerator, Unsigned128 denominator) {
    if (denominator == 0)
        return kDivisionByZero;
    const Unsigned128 divisor = greatest_common_divisor(numerator, denominator);
    return Rational(numerator / divisor, denominator / divisor);
}

Rational Rational::from(const Decimal& decimal) {
    constexpr Unsigned128 kUnitsPerOne = 1'000'000'000'000'000'000U;
    static_assert(Decimal::kFractionalDigits == 18);
    const Unsigned128 divisor = greatest_common_divisor(decimal.units(), kUnitsPerOne);
    return {decimal.units() / divisor, kUnitsPerOne / divisor};
}

Result<Rational> Rational::times(const Rational& other) const {
    // Both fractions are in lowest terms, so cancelling crosswise leaves the product in lowest terms: when it still
    // does not fit, no other representation would.
    const Unsigned128 left = greatest_common_divisor(numerator_, other.denominator_);
    const Unsigned128 right = greatest_common_divisor(other.numerator_, denominator_);
    Unsigned128 numerator = 0;
    Unsigned128 denominator = 0;
    if (__builtin_mul_overflow(numerator_ / left, other.numerator_ / right, &numerator) ||
        __builtin_mul_overflow(denominator_ / right, other.denominator_ / left, &denominator))
        return kOverflow;
    return Rational(numerator, denominator);
}

Result<Rational> Rational::divided_by(const Rational& other) const {
    if (other.is_zero())
        return kDivisionByZero;
    return times(Rational(other.denominator_, other.numerator_));
}

std::strong_ordering operator<=>(const Rational& a, const Rational& b) {
    // Compares continued fractions term by term: exact without a 256-bit product. With equal whole parts,
    // p/q < r/s exactly when s/(r mod s) < q/(p mod q).
    Unsigned128 p = a.numerator_;
    Unsigned128 q = a.denominator_;
    Unsigned128 r = b.numerator_;
    Unsigned128 s = b.denominator_;
    for (;;) {
        if (p / q != r / s)
            return p / q <=> r / s;
        const Unsigned128 p_rest = p % q;
        const Unsigned128 r_rest = r % s;
        if (p_rest == 0 || r_rest == 0)
            return p_rest <=> r_rest;
        p = std::exchange(s, p_rest);
        r = std::exchange(q, r_rest);
    }
}

} // namespace health_dp::core
