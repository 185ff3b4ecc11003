// The parameters of privacy as types that cannot hold a wrong value [C14].
#pragma once

#include "core/pure.hpp"

#include "core/accounting/rational.hpp"

#include <cstdint>
#include <string_view>

namespace health_dp::core {

// ε > 0.
class Epsilon {
  public:
    static Result<Epsilon> of(const Rational& value);
    static Result<Epsilon> parse(std::string_view text);

    const Rational& value() const { return value_; }

    // Exactly value / parts, so that `parts` shares add up to the whole and never to more.
    Result<Epsilon> share(std::uint64_t parts) const;

    friend bool operator==(const Epsilon&, const Epsilon&) = default;

  private:
    explicit Epsilon(const Rational& value) : value_(value) {}
    Rational value_;
};

// 0 < δ < 1. "No δ" is the absence of a Delta, never a Delta of zero.
class Delta {
  public:
    static Result<Delta> of(const Rational& value);
    static Result<Delta> parse(std::string_view text);

    const Rational& value() const { return value_; }

    // Exactly value / parts.
    Result<Delta> share(std::uint64_t parts) const;

    friend bool operator==(const Delta&, const Delta&) = default;

  private:
    explicit Delta(const Rational& value) : value_(value) {}
    Rational value_;
};

// What one patient can move a measurement by, in units of the integer grid [C4].
class Sensitivity {
  public:
    static constexpr Sensitivity of_grid_units(Unsigned128 units) { return Sensitivity(units); }

    constexpr Unsigned128 grid_units() const { return units_; }

    // For a patient who reaches `factor` groups.
    Result<Sensitivity> times(std::uint64_t factor) const;

    friend constexpr bool operator==(const Sensitivity&, const Sensitivity&) = default;

  private:
    explicit constexpr Sensitivity(Unsigned128 units) : units_(units) {}
    Unsigned128 units_;
};

} // namespace health_dp::core
