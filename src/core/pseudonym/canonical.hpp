// What an identifier is before a key touches it: bytes that are equal exactly when two identifiers mean the same.
//
// An encoding is the tag of its form and then, for each field in the form's order, the field's tag, its length in two
// bytes, and its bytes. Forms and lengths stand in front of what they describe, so that no two identifiers share an
// encoding, within a form or across forms.
//
//   form     fields                                             normalised
//   text     value                                              white space around it falls away, nothing else: case,
//                                                               accents and inner spaces count; 1 to 255 bytes, no
//                                                               control characters
//   nir      number                                             as Nir does; without the key, which follows from it
//   holder   number of the policy-holder, birth date, sex,      the number as Nir does; the date to YYYYMMDD, the sex
//   to
//            rank among twins                                   1 or 2, the rank to one digit
#pragma once

#include "core/pure.hpp"

#include "core/pseudonym/nir.hpp"
#include "core/result.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace health_dp::core::pseudonym {

// The numbers are part of every pseudonym: append, never reuse.
enum class Form : std::uint8_t { text = 1, nir = 2, holder = 3 };

// Nothing is allocated: a table has many of them.
class CanonicalIdentifier {
  public:
    static constexpr std::size_t kMaxTextBytes = 255;
    static constexpr std::size_t kMaxBytes = 1 + 3 + kMaxTextBytes; // form; field, its length, its bytes

    static Result<CanonicalIdentifier> of_text(std::string_view text);
    static CanonicalIdentifier of_nir(const Nir& nir);

    // "number|birth date|sex|rank", as in 2690549588157 80|1987-03-01|2|1. The number with its key. The date as
    // YYYY-MM-DD or YYYYMMDD; insurers also know persons without a full one, so the day may be 00, the month 00 with
    // it, and months 20, 30 to 42 and 50 to 99 stand as in a NIR. The sex 1 or M, 2 or F. The rank 1 to 9: 1 for
    // everybody but twins.
    static Result<CanonicalIdentifier> of_holder(std::string_view text);

    // Whichever of them is declared.
    static Result<CanonicalIdentifier> of(Form form, std::string_view text);

    std::span<const std::uint8_t> bytes() const { return std::span(bytes_).first(size_); }

  private:
    enum class Field : std::uint8_t { value = 1, number = 2, birth_date = 3, sex = 4, rank = 5 };

    explicit CanonicalIdentifier(Form form) { bytes_[size_++] = static_cast<std::uint8_t>(form); }
    void append(Field field, std::string_view value);

    std::array<std::uint8_t, kMaxBytes> bytes_{};
    std::size_t size_ = 0;
};

} // namespace health_dp::core::pseudonym
