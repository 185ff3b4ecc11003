#include "core/big_integer.hpp"

#include <openssl/bn.h>

#include <new>

namespace health_dp::core {

namespace {

struct FreeContext {
    void operator()(BN_CTX* context) const { BN_CTX_free(context); }
};

std::unique_ptr<BN_CTX, FreeContext> scratch() {
    std::unique_ptr<BN_CTX, FreeContext> context(BN_CTX_new());
    if (context == nullptr)
        throw std::bad_alloc();
    return context;
}

// With valid arguments OpenSSL's big numbers fail for want of memory only.
void check(bool success) {
    if (!success)
        throw std::bad_alloc();
}

} // namespace

void BigInteger::Free::operator()(bignum_st* number) const {
    BN_clear_free(number); // it may have held noise
}

BigInteger::BigInteger(Unsigned128 value) : number_(BN_new()) {
    check(number_ != nullptr);
    const auto high = static_cast<std::uint64_t>(value >> 64U);
    static_assert(sizeof(BN_ULONG) == sizeof(std::uint64_t));
    if (high != 0)
        check(BN_set_word(number_.get(), high) == 1 && BN_lshift(number_.get(), number_.get(), 64) == 1);
    check(BN_add_word(number_.get(), static_cast<std::uint64_t>(value)) == 1);
}

BigInteger BigInteger::power_of_two(unsigned exponent) { return BigInteger(1) << exponent; }

BigInteger BigInteger::from_big_endian(std::span<const std::uint8_t> bytes) {
    BigInteger result;
    check(BN_bin2bn(bytes.data(), static_cast<int>(bytes.size()), result.number_.get()) != nullptr);
    return result;
}

BigInteger::BigInteger(const BigInteger& other) : number_(BN_dup(other.number_.get())) { check(number_ != nullptr); }

BigInteger& BigInteger::operator=(const BigInteger& other) {
    if (this != &other)
        *this = BigInteger(other);
    return *this;
}

unsigned BigInteger::bits() const { return static_cast<unsigned>(BN_num_bits(number_.get())); }

void BigInteger::to_big_endian(std::span<std::uint8_t> bytes) const {
    check(BN_bn2binpad(number_.get(), bytes.data(), static_cast<int>(bytes.size())) >= 0);
}

std::uint64_t BigInteger::clamped_to_64_bits() const {
    return BN_get_word(number_.get()); // all ones when it does not fit
}

BigInteger operator+(const BigInteger& a, const BigInteger& b) {
    BigInteger result;
    check(BN_add(result.number_.get(), a.number_.get(), b.number_.get()) == 1);
    return result;
}

BigInteger operator-(const BigInteger& a, const BigInteger& b) {
    BigInteger result;
    check(BN_sub(result.number_.get(), a.number_.get(), b.number_.get()) == 1);
    return result;
}

BigInteger operator*(const BigInteger& a, const BigInteger& b) {
    BigInteger result;
    check(BN_mul(result.number_.get(), a.number_.get(), b.number_.get(), scratch().get()) == 1);
    return result;
}

BigInteger operator/(const BigInteger& a, const BigInteger& b) {
    BigInteger result;
    check(BN_div(result.number_.get(), nullptr, a.number_.get(), b.number_.get(), scratch().get()) == 1);
    return result;
}

BigInteger operator%(const BigInteger& a, const BigInteger& b) {
    BigInteger result;
    check(BN_div(nullptr, result.number_.get(), a.number_.get(), b.number_.get(), scratch().get()) == 1);
    return result;
}

BigInteger operator<<(const BigInteger& a, unsigned bits) {
    BigInteger result;
    check(BN_lshift(result.number_.get(), a.number_.get(), static_cast<int>(bits)) == 1);
    return result;
}

BigInteger operator>>(const BigInteger& a, unsigned bits) {
    BigInteger result;
    check(BN_rshift(result.number_.get(), a.number_.get(), static_cast<int>(bits)) == 1);
    return result;
}

std::strong_ordering operator<=>(const BigInteger& a, const BigInteger& b) {
    return BN_cmp(a.number_.get(), b.number_.get()) <=> 0;
}

} // namespace health_dp::core
