// Short ways to write exact numbers in tests.
#pragma once

#include "core/accounting/parameters.hpp"

#include <ostream>
#include <string>
#include <string_view>

namespace health_dp::test {

inline core::Rational ratio(core::Unsigned128 numerator, core::Unsigned128 denominator) {
    return core::Rational::of(numerator, denominator).value();
}

inline core::Rational decimal(std::string_view text) {
    return core::Rational::from(core::Decimal::parse(text).value());
}

inline core::Unsigned128 power_of_two(unsigned exponent) { return core::Unsigned128{1} << exponent; }

// GoogleTest cannot print 128-bit integers.
inline std::string text_of(core::Unsigned128 value) {
    std::string text;
    do {
        text.insert(text.begin(), static_cast<char>('0' + static_cast<int>(value % 10)));
        value /= 10;
    } while (value != 0);
    return text;
}

inline std::string text_of(core::Signed128 value) {
    if (value >= 0)
        return text_of(static_cast<core::Unsigned128>(value));
    std::string text = text_of(-static_cast<core::Unsigned128>(value));
    text.insert(text.begin(), '-');
    return text;
}

inline std::string text_of(const core::Rational& value) {
    return text_of(value.numerator()) + "/" + text_of(value.denominator());
}

} // namespace health_dp::test

namespace health_dp::core {

// For GoogleTest, which looks it up in the type's own namespace.
inline void PrintTo(const Rational& value, std::ostream* out) { *out << test::text_of(value); }

} // namespace health_dp::core
