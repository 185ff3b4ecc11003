// What stands for a person: the version of a key and 16 bytes that only its holder can compute.
//
// To be read out aloud, Crockford's base 32 (no I, L, O, U; read as 1, 1, 0 and nothing; small letters as capitals):
//
//     001-0TF6-JDC3-F6E6-78WP-SJDR-SRNS-9K7
//     |   26 symbols, most significant first   last: the check symbol
//     version, three decimal digits
//
// The check symbol makes the sum of all 30 symbols, each times a power of α of its own, zero in GF(2^5). Any one wrong
// symbol changes that sum, and so do any two different symbols that change places, neighbours or not: α has 31 powers.
#pragma once

#include "core/pure.hpp"

#include "core/keys/domain.hpp"
#include "core/result.hpp"

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace health_dp::core::pseudonym {

// Fixed size and trivially destructible, so that a caller may leave by longjmp.
class Pseudonym {
  public:
    static constexpr std::size_t kTagBytes = 16;
    static constexpr std::size_t kBytes = 1 + kTagBytes;
    static constexpr std::size_t kTextLength = 37;

    // Versions begin with 1.
    Pseudonym(keys::Version version, std::span<const std::uint8_t, kTagBytes> tag);

    // Any bytes and any text: either a pseudonym or an error. A text may lack its hyphens, or have spaces for them, and
    // white space around it.
    static Result<Pseudonym> from_bytes(std::span<const std::uint8_t> bytes);
    static Result<Pseudonym> parse(std::string_view text);

    std::span<const std::uint8_t, kBytes> bytes() const { return bytes_; }
    std::array<char, kTextLength> text() const;
    keys::Version version() const { return bytes_[0]; }

    // In constant time: whoever may compare must not learn how much of a guess is right [C20].
    friend bool operator==(const Pseudonym& a, const Pseudonym& b);
    // By version and then as a number. For sorting only, takes its time from the data.
    friend std::strong_ordering operator<=>(const Pseudonym& a, const Pseudonym& b) { return a.bytes_ <=> b.bytes_; }

  private:
    explicit Pseudonym(const std::array<std::uint8_t, kBytes>& bytes) : bytes_(bytes) {}

    std::array<std::uint8_t, kBytes> bytes_;
};

} // namespace health_dp::core::pseudonym
