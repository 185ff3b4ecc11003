// The group ristretto255 (RFC 9496) and its scalars, as libsodium computes them: in constant time.
#pragma once

#include "core/pure.hpp"

#include "core/result.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace health_dp::core::ristretto {

// An integer modulo the group's order. Most are secrets or give one away: moves, never copies, and is wiped at the end.
// Where it outlives a function it belongs into guarded memory (core/secret_bytes.hpp).
class Scalar {
  public:
    static constexpr std::size_t kBytes = 32;

    // Refuses what is not below the order: each scalar has one encoding (RFC 9497, 4.1, DeserializeScalar).
    static Result<Scalar> parse(std::span<const std::uint8_t, kBytes> bytes);

    // 512 bits modulo the order: uniform, where they are.
    static Scalar reduced(std::span<const std::uint8_t, 2 * kBytes> bytes);

    // Uniform in 1 .. order - 1, from the operating system. start_cryptography() comes first.
    static Scalar random();

    static Scalar whole(std::uint32_t value);

    Scalar(const Scalar&) = delete;
    Scalar& operator=(const Scalar&) = delete;
    Scalar(Scalar&& other) noexcept;
    Scalar& operator=(Scalar&& other) noexcept;
    ~Scalar() { wipe(); }

    Scalar copy() const;
    bool is_zero() const;
    bool equals(const Scalar& other) const;

    Scalar plus(const Scalar& other) const;
    Scalar minus(const Scalar& other) const;
    Scalar times(const Scalar& other) const;

    // Of zero: zero.
    Scalar inverse() const;

    std::span<const std::uint8_t, kBytes> bytes() const { return bytes_; }

  private:
    Scalar() = default;
    void wipe();

    std::array<std::uint8_t, kBytes> bytes_{};
};

// An element other than the identity, which no protocol step may produce or accept.
class Element {
  public:
    static constexpr std::size_t kBytes = 32;
    using Bytes = std::array<std::uint8_t, kBytes>;

    // Refuses the identity and whatever is no canonical encoding (RFC 9497, 4.1, DeserializeElement).
    static Result<Element> parse(std::span<const std::uint8_t, kBytes> bytes);

    // What parse() and times() give, or refuse, in little more than the time of the latter: libsodium looks at an
    // encoding before it multiplies. The scalar is not zero.
    struct Multiplied;
    static Result<Multiplied> parse_and_multiply(std::span<const std::uint8_t, kBytes> bytes, const Scalar& scalar);

    // The one-way map of RFC 9496, 4.3.4.
    static Result<Element> from_uniform(std::span<const std::uint8_t, 2 * kBytes> bytes);

    // The generator times the scalar, which is not zero.
    static Result<Element> base_times(const Scalar& scalar);
    static const Element& generator();

    // Both refuse to become the identity.
    Result<Element> times(const Scalar& scalar) const;
    Result<Element> plus(const Element& other) const;

    const Bytes& bytes() const { return bytes_; }
    friend bool operator==(const Element&, const Element&) = default;

  private:
    explicit constexpr Element(const Bytes& bytes) : bytes_(bytes) {}

    Bytes bytes_;
};

struct Element::Multiplied {
    Element element;
    Element product;
};

} // namespace health_dp::core::ristretto
