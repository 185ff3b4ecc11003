#include "core/pseudonym/field25519.hpp"

namespace health_dp::core::ristretto {

namespace {

FieldElement square_times(FieldElement element, int times) {
    for (; times > 0; --times)
        element = element.square();
    return element;
}

// To the power (p - 5) / 8 = 2^252 - 3.
FieldElement power_of_root(const FieldElement& z) {
    const FieldElement z2 = z.square();
    const FieldElement z9 = square_times(z2, 2) * z;
    const FieldElement z11 = z9 * z2;
    const FieldElement z_5 = z11.square() * z9; // 2^5 - 1, and so on
    const FieldElement z_10 = square_times(z_5, 5) * z_5;
    const FieldElement z_20 = square_times(z_10, 10) * z_10;
    const FieldElement z_40 = square_times(z_20, 20) * z_20;
    const FieldElement z_50 = square_times(z_40, 10) * z_10;
    const FieldElement z_100 = square_times(z_50, 50) * z_50;
    const FieldElement z_200 = square_times(z_100, 100) * z_100;
    const FieldElement z_250 = square_times(z_200, 50) * z_50;
    return square_times(z_250, 2) * z;
}

} // namespace

FieldElement FieldElement::from_bytes(std::span<const std::uint8_t, kBytes> bytes) {
    std::array<std::uint64_t, kLimbs> limbs{};
    for (std::size_t bit = 0; bit < 255; bit += 8) {
        // A byte lies in one limb or across two.
        const std::uint64_t byte = bytes[bit / 8];
        const std::size_t limb = bit / 51;
        limbs[limb] |= byte << (bit % 51) & kMask;
        if (bit % 51 > 51 - 8 && limb + 1 < kLimbs)
            limbs[limb + 1] |= byte >> (51 - bit % 51);
    }
    return FieldElement(limbs);
}

std::array<std::uint8_t, FieldElement::kBytes> FieldElement::bytes() const {
    std::array<std::uint64_t, kLimbs> limbs = limbs_;
    // Below 2^255 after two rounds; then p is taken off once where the value plus 19 reaches 2^255.
    for (int round = 0; round < 2; ++round) {
        for (std::size_t i = 0; i + 1 < kLimbs; ++i) {
            limbs[i + 1] += limbs[i] >> 51U;
            limbs[i] &= kMask;
        }
        limbs[0] += 19 * (limbs[4] >> 51U);
        limbs[4] &= kMask;
    }
    std::uint64_t carry = 19;
    for (const std::uint64_t limb : limbs)
        carry = (limb + carry) >> 51U;
    carry *= 19;
    for (std::uint64_t& limb : limbs) {
        limb += carry;
        carry = limb >> 51U;
        limb &= kMask;
    }
    std::array<std::uint8_t, kBytes> bytes{};
    for (std::size_t bit = 0; bit < 256; bit += 8) {
        const std::size_t limb = bit / 51;
        std::uint64_t byte = limb < kLimbs ? limbs[limb] >> (bit % 51) : 0;
        if (bit % 51 > 51 - 8 && limb + 1 < kLimbs)
            byte |= limbs[limb + 1] << (51 - bit % 51);
        bytes[bit / 8] = static_cast<std::uint8_t>(byte);
    }
    return bytes;
}

FieldElement inverse_square_root(const FieldElement& v) {
    const FieldElement v3 = v.square() * v;
    const FieldElement v7 = v3.square() * v;
    const FieldElement root = v3 * power_of_root(v7);
    const FieldElement check = v * root.square();
    const FieldElement minus_one = FieldElement::one().negated();
    const bool flipped = check == minus_one || check == minus_one * kSqrtMinusOne;
    return (flipped ? root * kSqrtMinusOne : root).magnitude();
}

} // namespace health_dp::core::ristretto
