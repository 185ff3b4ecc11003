// Integers modulo 2^255 - 19, for public values only: nothing here cares how long it takes.
#pragma once

#include "core/pure.hpp"

#include "core/integers.hpp"

#include <array>
#include <span>

namespace health_dp::core::ristretto {

// Five limbs of 51 bits. Products and differences have limbs below 2^51 + 2^12. Factors may have limbs below 2^54, and
// so may what is subtracted, so that sums of a few such need not be carried.
class FieldElement {
  public:
    static constexpr std::size_t kBytes = 32;
    static constexpr std::size_t kLimbs = 5;

    constexpr FieldElement() = default; // zero
    explicit constexpr FieldElement(const std::array<std::uint64_t, kLimbs>& limbs) : limbs_(limbs) {}
    static constexpr FieldElement one() { return FieldElement({1, 0, 0, 0, 0}); }

    // Little-endian; the highest bit is ignored.
    static FieldElement from_bytes(std::span<const std::uint8_t, kBytes> bytes);
    std::array<std::uint8_t, kBytes> bytes() const;

    bool is_negative() const { return (bytes()[0] & 1U) != 0; }
    FieldElement negated() const { return FieldElement() - *this; }
    FieldElement magnitude() const { return is_negative() ? negated() : *this; }
    FieldElement square() const;

    FieldElement operator+(const FieldElement& other) const;
    FieldElement operator-(const FieldElement& other) const;
    FieldElement operator*(const FieldElement& other) const;
    friend bool operator==(const FieldElement& one, const FieldElement& other) { return one.bytes() == other.bytes(); }

  private:
    static constexpr std::uint64_t kMask = (std::uint64_t{1} << 51U) - 1;
    static FieldElement carried(std::array<Unsigned128, kLimbs> limbs);

    std::array<std::uint64_t, kLimbs> limbs_{};
};

// SQRT_RATIO_M1 of RFC 9496, 4.2, for u = 1: the non-negative root of 1/v, or of sqrt(-1)/v where that has none.
FieldElement inverse_square_root(const FieldElement& v);

// The constants of RFC 9496, 4.1.
constexpr FieldElement kD({0x34dca135978a3, 0x1a8283b156ebd, 0x5e7a26001c029, 0x739c663a03cbb, 0x52036cee2b6ff});
constexpr FieldElement kTwiceD({0x69b9426b2f159, 0x35050762add7a, 0x3cf44c0038052, 0x6738cc7407977, 0x2406d9dc56dff});
constexpr FieldElement kSqrtMinusOne({0x61b274a0ea0b0, 0x0d5a5fc8f189d, 0x7ef5e9cbd0c60, 0x78595a6804c9e,
                                      0x2b8324804fc1d});
constexpr FieldElement kInverseSqrtAMinusD({0x0fdaa805d40ea, 0x2eb482e57d339, 0x007610274bc58, 0x6510b613dc8ff,
                                            0x786c8905cfaff});

inline FieldElement FieldElement::operator+(const FieldElement& other) const {
    FieldElement sum;
    for (std::size_t i = 0; i < kLimbs; ++i)
        sum.limbs_[i] = limbs_[i] + other.limbs_[i];
    return sum;
}

inline FieldElement FieldElement::carried(std::array<Unsigned128, kLimbs> limbs) {
    FieldElement result;
    for (std::size_t i = 0; i + 1 < kLimbs; ++i) {
        limbs[i + 1] += limbs[i] >> 51U;
        result.limbs_[i] = static_cast<std::uint64_t>(limbs[i]) & kMask;
    }
    result.limbs_[4] = static_cast<std::uint64_t>(limbs[4]) & kMask;
    // What leaves at 2^255 comes back times 19.
    const Unsigned128 low = result.limbs_[0] + (limbs[4] >> 51U) * 19;
    result.limbs_[0] = static_cast<std::uint64_t>(low) & kMask;
    result.limbs_[1] += static_cast<std::uint64_t>(low >> 51U);
    return result;
}

inline FieldElement FieldElement::operator*(const FieldElement& other) const {
    const auto& [a0, a1, a2, a3, a4] = limbs_;
    const auto& [b0, b1, b2, b3, b4] = other.limbs_;
    const auto wide = [](std::uint64_t a, std::uint64_t b) { return Unsigned128{a} * b; };
    const std::uint64_t c1 = 19 * b1;
    const std::uint64_t c2 = 19 * b2;
    const std::uint64_t c3 = 19 * b3;
    const std::uint64_t c4 = 19 * b4;
    return carried({wide(a0, b0) + wide(a1, c4) + wide(a2, c3) + wide(a3, c2) + wide(a4, c1),
                    wide(a0, b1) + wide(a1, b0) + wide(a2, c4) + wide(a3, c3) + wide(a4, c2),
                    wide(a0, b2) + wide(a1, b1) + wide(a2, b0) + wide(a3, c4) + wide(a4, c3),
                    wide(a0, b3) + wide(a1, b2) + wide(a2, b1) + wide(a3, b0) + wide(a4, c4),
                    wide(a0, b4) + wide(a1, b3) + wide(a2, b2) + wide(a3, b1) + wide(a4, b0)});
}

inline FieldElement FieldElement::square() const {
    const auto& [a0, a1, a2, a3, a4] = limbs_;
    const auto wide = [](std::uint64_t a, std::uint64_t b) { return Unsigned128{a} * b; };
    const std::uint64_t twice0 = 2 * a0;
    const std::uint64_t twice1 = 2 * a1;
    const std::uint64_t c3 = 19 * a3;
    const std::uint64_t c4 = 19 * a4;
    return carried(
        {wide(a0, a0) + wide(twice1, c4) + wide(2 * a2, c3), wide(twice0, a1) + wide(2 * a2, c4) + wide(a3, c3),
         wide(twice0, a2) + wide(a1, a1) + wide(2 * a3, c4), wide(twice0, a3) + wide(twice1, a2) + wide(a4, c4),
         wide(twice0, a4) + wide(twice1, a3) + wide(a2, a2)});
}

inline FieldElement FieldElement::operator-(const FieldElement& other) const {
    // 16 p, so that no limb goes below zero. All limbs carry at once, less than 2^5 each.
    constexpr std::uint64_t kLowest = 16 * (kMask - 18);
    constexpr std::uint64_t kOthers = 16 * kMask;
    std::array<std::uint64_t, kLimbs> r{};
    for (std::size_t i = 0; i < kLimbs; ++i)
        r[i] = limbs_[i] + (i == 0 ? kLowest : kOthers) - other.limbs_[i];
    return FieldElement({(r[0] & kMask) + 19 * (r[4] >> 51U), (r[1] & kMask) + (r[0] >> 51U),
                         (r[2] & kMask) + (r[1] >> 51U), (r[3] & kMask) + (r[2] >> 51U),
                         (r[4] & kMask) + (r[3] >> 51U)});
}

} // namespace health_dp::core::ristretto
