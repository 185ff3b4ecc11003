// Points of the curve behind ristretto255, for public values only: what libsodium has, it does not show.
#pragma once

#include "core/pure.hpp"

#include "core/pseudonym/field25519.hpp"

namespace health_dp::core::ristretto {

// Affine, in the form in which it is added to others: y - x, y + x, 2dxy.
struct AddablePoint {
    FieldElement y_minus_x;
    FieldElement y_plus_x;
    FieldElement twice_d_xy;

    AddablePoint negated() const { return {y_plus_x, y_minus_x, twice_d_xy.negated()}; }
};

// Extended coordinates (Hisil, Wong, Carter and Dawson 2008): x = X/Z, y = Y/Z, xy = T/Z. The formulas have no
// exceptions: the identity and equal points are added like any others.
class PublicPoint {
  public:
    PublicPoint() : y_(FieldElement::one()), z_(FieldElement::one()) {} // the identity

    PublicPoint plus(const PublicPoint& other) const;
    PublicPoint plus(const AddablePoint& other) const;
    PublicPoint twice() const;

    // RFC 9496, 4.3.2.
    std::array<std::uint8_t, FieldElement::kBytes> encode() const;

  private:
    // X, Y, Z and T from the four products' sums and differences, as all the formulas end.
    PublicPoint(const FieldElement& e, const FieldElement& f, const FieldElement& g, const FieldElement& h)
        : x_(e * f), y_(g * h), z_(f * g), t_(e * h) {}

    FieldElement x_;
    FieldElement y_;
    FieldElement z_;
    FieldElement t_;
};

// RFC 9496, 4.3.1, of an encoding that is known to be one.
AddablePoint decode_valid(std::span<const std::uint8_t, FieldElement::kBytes> bytes);

} // namespace health_dp::core::ristretto
