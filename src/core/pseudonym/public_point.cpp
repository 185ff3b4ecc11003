#include "core/pseudonym/public_point.hpp"

namespace health_dp::core::ristretto {

PublicPoint PublicPoint::plus(const PublicPoint& other) const {
    const FieldElement a = (y_ - x_) * (other.y_ - other.x_);
    const FieldElement b = (y_ + x_) * (other.y_ + other.x_);
    const FieldElement c = t_ * kTwiceD * other.t_;
    const FieldElement zz = z_ * other.z_;
    const FieldElement d = zz + zz;
    return {b - a, d - c, d + c, b + a};
}

PublicPoint PublicPoint::plus(const AddablePoint& other) const {
    const FieldElement a = (y_ - x_) * other.y_minus_x;
    const FieldElement b = (y_ + x_) * other.y_plus_x;
    const FieldElement c = t_ * other.twice_d_xy;
    const FieldElement d = z_ + z_;
    return {b - a, d - c, d + c, b + a};
}

PublicPoint PublicPoint::twice() const {
    const FieldElement a = x_.square();
    const FieldElement b = y_.square();
    const FieldElement zz = z_.square();
    const FieldElement h = a + b;
    const FieldElement e = h - (x_ + y_).square();
    const FieldElement g = a - b;
    const FieldElement f = g + zz + zz;
    return {e, f, g, h};
}

std::array<std::uint8_t, FieldElement::kBytes> PublicPoint::encode() const {
    const FieldElement u1 = (z_ + y_) * (z_ - y_);
    const FieldElement u2 = x_ * y_;
    const FieldElement inverse_root = inverse_square_root(u1 * u2.square());
    const FieldElement den1 = inverse_root * u1;
    const FieldElement den2 = inverse_root * u2;
    const FieldElement z_inverse = den1 * den2 * t_;
    const bool rotate = (t_ * z_inverse).is_negative();
    const FieldElement x = rotate ? y_ * kSqrtMinusOne : x_;
    const FieldElement y = rotate ? x_ * kSqrtMinusOne : y_;
    const FieldElement den_inverse = rotate ? den1 * kInverseSqrtAMinusD : den2;
    const FieldElement signed_y = (x * z_inverse).is_negative() ? y.negated() : y;
    return (den_inverse * (z_ - signed_y)).magnitude().bytes();
}

AddablePoint decode_valid(std::span<const std::uint8_t, FieldElement::kBytes> bytes) {
    const FieldElement s = FieldElement::from_bytes(bytes);
    const FieldElement ss = s.square();
    const FieldElement u1 = FieldElement::one() - ss;
    const FieldElement u2 = FieldElement::one() + ss;
    const FieldElement u2_squared = u2.square();
    const FieldElement v = (kD * u1.square()).negated() - u2_squared;
    const FieldElement inverse_root = inverse_square_root(v * u2_squared);
    const FieldElement den_x = inverse_root * u2;
    const FieldElement den_y = inverse_root * den_x * v;
    const FieldElement x = ((s + s) * den_x).magnitude();
    const FieldElement y = u1 * den_y;
    return {y - x, y + x, kTwiceD * x * y};
}

} // namespace health_dp::core::ristretto
