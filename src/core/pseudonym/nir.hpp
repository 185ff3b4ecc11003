// The French registration number of natural persons (NIR): 13 characters and a check key of 2.
//
//   sex      1, 2; provisional numbers 3, 4, 7, 8
//   year     00 to 99
//   month    01 to 12; 20, 30 to 42 and 50 to 99 where the register does not know it or is full
//   place    department 01 to 96, 20 before Corsica's division into 2A and 2B, with a commune from 001 on; 97x and 98x
//            overseas with a commune from 01 on; 99 abroad with a country from 001 on
//   order    001 to 999
//   key      97 minus the first 13 modulo 97, where 2A counts as 19 and 2B as 18
//
// 19 and 18 are Corrèze and Cher: the number with its letters is the identifier, the one without is another person's.
#pragma once

#include "core/pure.hpp"

#include "core/result.hpp"

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace health_dp::core::pseudonym {

// What the last two characters are. No real number has 98 or 99, so either tells a made-up number from a person's.
enum class NirKey : std::uint8_t { right, marked_98, marked_99 };

// Always well-formed. Fixed size and trivially destructible, so that a caller may leave by longjmp.
class Nir {
  public:
    static constexpr std::size_t kLength = 15;
    static constexpr std::size_t kNumberLength = 13; // without the key

    // How many numbers the rules above allow: 6 sexes, 100 years, 76 months, 98 departments of 999 communes, 20
    // overseas territories of 99, 999 countries, 999 orders.
    static constexpr std::uint64_t kCount = 6ULL * 100 * 76 * (98ULL * 999 + 20ULL * 99 + 999) * 999;

    // With its right key. White space around it, small letters, and one space or dot between parts are tolerated;
    // errors never repeat any of it.
    static Result<Nir> parse(std::string_view text);

    // The same, and numbers marked as made up.
    static Result<Nir> parse_marked(std::string_view text);

    // The number at this place in the list of all numbers, rank < kCount.
    static Result<Nir> of_rank(std::uint64_t rank, NirKey key);

    // 0 to kCount - 1, one to one with number(). The key plays no part.
    std::uint64_t rank() const;

    // 15 characters, upper case, nothing between them: the same bytes for every spelling.
    std::string_view text() const { return {text_.data(), text_.size()}; }
    std::string_view number() const { return text().substr(0, kNumberLength); }
    NirKey key() const;

    friend std::strong_ordering operator<=>(const Nir&, const Nir&) = default;

  private:
    explicit Nir(const std::array<char, kLength>& text) : text_(text) {}

    std::array<char, kLength> text_;
};

// The check key of 13 characters in canonical spelling, 1 to 97.
unsigned nir_check_key(std::string_view number);

} // namespace health_dp::core::pseudonym
