#include "core/pseudonym/ristretto.hpp"

#include <sodium.h>

#include <algorithm>

namespace health_dp::core::ristretto {

static_assert(Scalar::kBytes == crypto_core_ristretto255_SCALARBYTES);
static_assert(2 * Scalar::kBytes == crypto_core_ristretto255_NONREDUCEDSCALARBYTES);
static_assert(Element::kBytes == crypto_core_ristretto255_BYTES);
static_assert(2 * Element::kBytes == crypto_core_ristretto255_HASHBYTES);

namespace {

constexpr Error kNoElement = {ErrorCode::bad_element, "these bytes are no element of the group ristretto255"};
constexpr Error kIdentity = {ErrorCode::bad_element, "an element is the identity of the group ristretto255"};

} // namespace

Result<Scalar> Scalar::parse(std::span<const std::uint8_t, kBytes> bytes) {
    // libsodium 1.0.18 tells nobody whether a scalar is canonical, but reduction leaves exactly those as they are.
    std::array<std::uint8_t, 2 * kBytes> wide{};
    std::copy(bytes.begin(), bytes.end(), wide.begin());
    Scalar scalar = reduced(wide);
    sodium_memzero(wide.data(), wide.size());
    if (sodium_memcmp(scalar.bytes_.data(), bytes.data(), kBytes) != 0)
        return Error{ErrorCode::out_of_range, "a scalar is not below the order of the group"};
    return scalar;
}

Scalar Scalar::reduced(std::span<const std::uint8_t, 2 * kBytes> bytes) {
    Scalar scalar;
    crypto_core_ristretto255_scalar_reduce(scalar.bytes_.data(), bytes.data());
    return scalar;
}

Scalar Scalar::random() {
    Scalar scalar;
    crypto_core_ristretto255_scalar_random(scalar.bytes_.data());
    return scalar;
}

Scalar Scalar::whole(std::uint32_t value) {
    Scalar scalar;
    for (std::size_t i = 0; i < sizeof value; ++i)
        scalar.bytes_[i] = static_cast<std::uint8_t>(value >> (8 * i));
    return scalar;
}

Scalar::Scalar(Scalar&& other) noexcept : bytes_(other.bytes_) { other.wipe(); }

Scalar& Scalar::operator=(Scalar&& other) noexcept {
    if (this != &other) {
        bytes_ = other.bytes_;
        other.wipe();
    }
    return *this;
}

void Scalar::wipe() { sodium_memzero(bytes_.data(), kBytes); }

Scalar Scalar::copy() const {
    Scalar scalar;
    scalar.bytes_ = bytes_;
    return scalar;
}

bool Scalar::is_zero() const { return sodium_is_zero(bytes_.data(), kBytes) == 1; }

bool Scalar::equals(const Scalar& other) const {
    return sodium_memcmp(bytes_.data(), other.bytes_.data(), kBytes) == 0;
}

Scalar Scalar::plus(const Scalar& other) const {
    Scalar sum;
    crypto_core_ristretto255_scalar_add(sum.bytes_.data(), bytes_.data(), other.bytes_.data());
    return sum;
}

Scalar Scalar::minus(const Scalar& other) const {
    Scalar difference;
    crypto_core_ristretto255_scalar_sub(difference.bytes_.data(), bytes_.data(), other.bytes_.data());
    return difference;
}

Scalar Scalar::times(const Scalar& other) const {
    Scalar product;
    crypto_core_ristretto255_scalar_mul(product.bytes_.data(), bytes_.data(), other.bytes_.data());
    return product;
}

Scalar Scalar::inverse() const {
    Scalar inverse;
    if (crypto_core_ristretto255_scalar_invert(inverse.bytes_.data(), bytes_.data()) != 0)
        inverse.wipe();
    return inverse;
}

Result<Element> Element::parse(std::span<const std::uint8_t, kBytes> bytes) {
    if (crypto_core_ristretto255_is_valid_point(bytes.data()) != 1)
        return kNoElement;
    if (sodium_is_zero(bytes.data(), kBytes) == 1)
        return kIdentity;
    Bytes copy{};
    std::copy(bytes.begin(), bytes.end(), copy.begin());
    return Element(copy);
}

Result<Element::Multiplied> Element::parse_and_multiply(std::span<const std::uint8_t, kBytes> bytes,
                                                        const Scalar& scalar) {
    Bytes product{};
    if (crypto_scalarmult_ristretto255(product.data(), scalar.bytes().data(), bytes.data()) != 0) {
        const Result<Element> parsed = parse(bytes);
        return parsed.ok() ? kIdentity : parsed.error();
    }
    // The group's order is a prime: what has a product other than the identity is no identity itself.
    Bytes copy{};
    std::copy(bytes.begin(), bytes.end(), copy.begin());
    return Multiplied{Element(copy), Element(product)};
}

Result<Element> Element::from_uniform(std::span<const std::uint8_t, 2 * kBytes> bytes) {
    Bytes element{};
    crypto_core_ristretto255_from_hash(element.data(), bytes.data());
    if (sodium_is_zero(element.data(), kBytes) == 1)
        return kIdentity;
    return Element(element);
}

Result<Element> Element::base_times(const Scalar& scalar) {
    Bytes product{};
    if (crypto_scalarmult_ristretto255_base(product.data(), scalar.bytes().data()) != 0)
        return kIdentity;
    return Element(product);
}

const Element& Element::generator() {
    // RFC 9496, 4.4; computed here it would be a static that is initialised when the library is loaded.
    static constexpr Element kGenerator(Bytes{0xe2, 0xf2, 0xae, 0x0a, 0x6a, 0xbc, 0x4e, 0x71, 0xa8, 0x84, 0xa9,
                                              0x61, 0xc5, 0x00, 0x51, 0x5f, 0x58, 0xe3, 0x0b, 0x6a, 0xa5, 0x82,
                                              0xdd, 0x8d, 0xb6, 0xa6, 0x59, 0x45, 0xe0, 0x8d, 0x2d, 0x76});
    return kGenerator;
}

Result<Element> Element::times(const Scalar& scalar) const {
    Bytes product{};
    if (crypto_scalarmult_ristretto255(product.data(), scalar.bytes().data(), bytes_.data()) != 0)
        return kIdentity;
    return Element(product);
}

Result<Element> Element::plus(const Element& other) const {
    Bytes sum{};
    crypto_core_ristretto255_add(sum.data(), bytes_.data(), other.bytes_.data());
    if (sodium_is_zero(sum.data(), kBytes) == 1)
        return kIdentity;
    return Element(sum);
}

} // namespace health_dp::core::ristretto
