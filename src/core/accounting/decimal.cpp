#include "core/accounting/decimal.hpp"

#include <cstddef>

namespace health_dp::core {

namespace {

constexpr std::size_t kLongestText = 128;
constexpr std::size_t kExponentDigits = 4;

constexpr Error kSyntax{ErrorCode::bad_syntax, "not a decimal number"};
constexpr Error kRange{ErrorCode::out_of_range, "a decimal number has at most 18 integer and 18 fractional digits"};

constexpr Unsigned128 power_of_ten(int exponent) {
    Unsigned128 power = 1;
    for (int i = 0; i < exponent; ++i)
        power *= 10;
    return power;
}

constexpr Unsigned128 kUnitsLimit = power_of_ten(Decimal::kIntegerDigits + Decimal::kFractionalDigits);

// Reads the text from left to right; every function consumes what it recognises.
struct Scanner {
    std::string_view rest;

    bool accept(char c) {
        if (rest.empty() || rest.front() != c)
            return false;
        rest.remove_prefix(1);
        return true;
    }

    std::string_view digits() {
        const std::string_view taken = rest.substr(0, rest.find_first_not_of("0123456789"));
        rest.remove_prefix(taken.size());
        return taken;
    }
};

} // namespace

Result<Decimal> Decimal::parse(std::string_view text) {
    if (text.size() > kLongestText)
        return kSyntax;
    Scanner scanner{text};
    const std::string_view whole = scanner.digits();
    const std::string_view fraction = scanner.accept('.') ? scanner.digits() : std::string_view{};
    if (whole.empty() && fraction.empty())
        return kSyntax;

    int exponent = 0;
    if (scanner.accept('e') || scanner.accept('E')) {
        const bool negative = scanner.accept('-');
        if (!negative)
            scanner.accept('+');
        const std::string_view digits = scanner.digits();
        if (digits.empty() || digits.size() > kExponentDigits)
            return kSyntax;
        for (const char c : digits)
            exponent = exponent * 10 + (c - '0');
        if (negative)
            exponent = -exponent;
    }
    if (!scanner.rest.empty())
        return kSyntax;

    // Each significant digit stands for digit * 10^place; every one must fall on a place that units_ has.
    Unsigned128 units = 0;
    int place = exponent + static_cast<int>(whole.size());
    for (const std::string_view part : {whole, fraction}) {
        for (const char c : part) {
            --place;
            if (c == '0')
                continue;
            if (place >= kIntegerDigits || place < -kFractionalDigits)
                return kRange;
            units += static_cast<Unsigned128>(c - '0') * power_of_ten(place + kFractionalDigits);
        }
    }
    return Decimal(units);
}

std::string Decimal::text() const {
    std::string reversed;
    Unsigned128 rest = units_;
    for (int place = -kFractionalDigits; place <= 0 || rest != 0; ++place) {
        const char digit = static_cast<char>('0' + static_cast<int>(rest % 10));
        rest /= 10;
        if (place == 0 && !reversed.empty())
            reversed.push_back('.');
        if (place >= 0 || !reversed.empty() || digit != '0')
            reversed.push_back(digit);
    }
    return {reversed.rbegin(), reversed.rend()};
}

Result<Decimal> Decimal::plus(const Decimal& other) const {
    const Unsigned128 sum = units_ + other.units_;
    if (sum >= kUnitsLimit)
        return kRange;
    return Decimal(sum);
}

} // namespace health_dp::core
