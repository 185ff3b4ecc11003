// Exact non-negative decimals: what people write for ε and δ, and what the ledger adds up [C14].
#pragma once

#include "core/pure.hpp"

#include "core/integers.hpp"
#include "core/result.hpp"

#include <compare>
#include <string>
#include <string_view>

namespace health_dp::core {

class Decimal {
  public:
    static constexpr int kIntegerDigits = 18;
    static constexpr int kFractionalDigits = 18;

    // Zero.
    constexpr Decimal() = default;

    // The whole grammar: ( digits [ "." [ digits ] ] | "." digits ) [ ("e" | "E") [ "+" | "-" ] digits ], with at most
    // four digits of exponent: what PostgreSQL's scanner takes for a number. No sign, no space, no NaN, no locale.
    // The value must fit 18 digits before and 18 after the point exactly; nothing is ever rounded.
    static Result<Decimal> parse(std::string_view text);

    // Multiples of 10^-18: below 10^36.
    constexpr Unsigned128 units() const { return units_; }

    // Without exponent or superfluous zeros ("0.000001", "10", "0"); at most 37 characters; parse() reads it back.
    std::string text() const;

    // out_of_range when the sum needs a nineteenth integer digit.
    Result<Decimal> plus(const Decimal& other) const;

    friend constexpr std::strong_ordering operator<=>(const Decimal&, const Decimal&) = default;

  private:
    explicit constexpr Decimal(Unsigned128 units) : units_(units) {}

    Unsigned128 units_ = 0;
};

} // namespace health_dp::core
