// Integers of any size, for where 128 bits do not reach: a thin value type over OpenSSL's BIGNUM.
#pragma once

#include "core/pure.hpp"

#include "core/integers.hpp"

#include <compare>
#include <cstdint>
#include <memory>
#include <span>

struct bignum_st;

namespace health_dp::core {

// Running out of memory throws std::bad_alloc, as in the standard library; nothing else can fail.
// Shifts and byte strings are for non-negative values, division for a non-negative by a positive one.
class BigInteger {
  public:
    BigInteger() : BigInteger(Unsigned128{0}) {}
    explicit BigInteger(Unsigned128 value);
    static BigInteger power_of_two(unsigned exponent);
    static BigInteger from_big_endian(std::span<const std::uint8_t> bytes);

    BigInteger(const BigInteger& other);
    BigInteger& operator=(const BigInteger& other);
    BigInteger(BigInteger&&) noexcept = default;
    BigInteger& operator=(BigInteger&&) noexcept = default;
    ~BigInteger() = default;

    unsigned bits() const; // 0 for 0
    // Left-padded with zeros; the value must fit.
    void to_big_endian(std::span<std::uint8_t> bytes) const;
    // The value, or the largest of its type when it does not fit.
    std::uint64_t clamped_to_64_bits() const;

    friend BigInteger operator+(const BigInteger& a, const BigInteger& b);
    friend BigInteger operator-(const BigInteger& a, const BigInteger& b);
    friend BigInteger operator*(const BigInteger& a, const BigInteger& b);
    friend BigInteger operator/(const BigInteger& a, const BigInteger& b); // rounds down
    friend BigInteger operator%(const BigInteger& a, const BigInteger& b);
    friend BigInteger operator<<(const BigInteger& a, unsigned bits);
    friend BigInteger operator>>(const BigInteger& a, unsigned bits); // rounds down
    friend bool operator==(const BigInteger& a, const BigInteger& b) { return std::is_eq(a <=> b); }
    friend std::strong_ordering operator<=>(const BigInteger& a, const BigInteger& b);

  private:
    struct Free {
        void operator()(bignum_st* number) const;
    };
    std::unique_ptr<bignum_st, Free> number_;
};

} // namespace health_dp::core
