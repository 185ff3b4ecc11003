// From bytes to the group and to its scalars: RFC 9380 with SHA-512, as the ristretto255-SHA512 suite of RFC 9497 uses
// it.
#pragma once

#include "core/pure.hpp"

#include "core/pseudonym/ristretto.hpp"

#include <string_view>
#include <vector>

namespace health_dp::core {

using ByteView = std::span<const std::uint8_t>;

// RFC 9380, 5.3.1. `domain` has 1 to 255 bytes, `output` 1 to 255 * 64: whoever calls knows both when compiling.
void expand_message_xmd(ByteView message, std::string_view domain, std::span<std::uint8_t> output);

// hash_to_ristretto255 of RFC 9380, appendix B, and HashToScalar of RFC 9497, 4.1. Nobody knows an element's logarithm.
Result<ristretto::Element> hash_to_group(ByteView message, std::string_view domain);
ristretto::Scalar hash_to_scalar(ByteView message, std::string_view domain);

// What is hashed, in an injective encoding: each field after its length in two bytes. Wiped at the end.
class Transcript {
  public:
    // As many bytes as are about to come; more are taken as well, but then memory that is not wiped has held some.
    explicit Transcript(std::size_t expected) { bytes_.reserve(expected); }
    Transcript(const Transcript&) = delete;
    Transcript& operator=(const Transcript&) = delete;
    Transcript(Transcript&&) = delete;
    Transcript& operator=(Transcript&&) = delete;
    ~Transcript();

    // At most 65,535 bytes.
    Transcript& field(ByteView bytes);

    // As they are, where RFC 9497 says so.
    Transcript& raw(ByteView bytes);
    Transcript& raw(std::string_view text);
    Transcript& number(std::size_t value); // below 65,536, in two bytes

    ByteView bytes() const { return bytes_; }

  private:
    std::vector<std::uint8_t> bytes_;
};

} // namespace health_dp::core
