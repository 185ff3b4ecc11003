#include "core/suppression/amounts.hpp"

#include "core/integers.hpp"

#include <algorithm>
#include <optional>

namespace health_dp::suppression {

namespace {

constexpr const char* kNoNumber = "a value is no decimal number";

// What tables that were made for people have in the place of numbers. The first that stands in a text says most.
struct Habit {
    std::string_view sign;
    const char* message;
    const char* advice;
};

constexpr const char* kPercent = "a value is a percentage";
constexpr const char* kPercentAdvice =
    "Give numerator and denominator as measures, and compute the rate from what is shown.";
constexpr const char* kBound = "a value is a bound, not a number";
constexpr const char* kBoundAdvice = "Tables are protected from their true numbers. Where nobody knows them any more, "
                                     "audit_table() takes NULL, with a column that says what is hidden.";
constexpr const char* kComma = "a value has a comma";
constexpr const char* kCommaAdvice = "Write 12.5 for 12,5 and 1234 for 1,234: a point before decimals, and no "
                                     "separators of thousands.";
constexpr const char* kSpace = "a value has a space between its digits";
constexpr const char* kSpaceAdvice = "Write 1234 for 1 234. In the query: regexp_replace(n, "
                                     "'[ \\u00a0\\u2009\\u202f]', '', 'g')::bigint, which takes thin and no-break "
                                     "spaces out as well.";
constexpr Habit kHabits[] = {
    {"%", kPercent, kPercentAdvice},        {"<", kBound, kBoundAdvice}, {">", kBound, kBoundAdvice},
    {"\xE2\x89\xA4", kBound, kBoundAdvice}, // less than or equal
    {"\xE2\x89\xA5", kBound, kBoundAdvice}, {",", kComma, kCommaAdvice}, {" ", kSpace, kSpaceAdvice},
    {"\xC2\xA0", kSpace, kSpaceAdvice},     // no-break
    {"\xE2\x80\x89", kSpace, kSpaceAdvice}, // thin
    {"\xE2\x80\xAF", kSpace, kSpaceAdvice}, // narrow no-break
};

const Habit* habit_of(std::string_view text) {
    for (const Habit& habit : kHabits)
        if (text.find(habit.sign) != std::string_view::npos)
            return &habit;
    return nullptr;
}

core::Error misspelt(std::string_view text) {
    const Habit* habit = habit_of(text);
    return {core::ErrorCode::bad_syntax, habit == nullptr ? kNoNumber : habit->message};
}

constexpr core::Error kTooLarge{core::ErrorCode::out_of_range, "a value is too large"};

} // namespace

core::Result<Amount> parse_amount(std::string_view text, std::uint32_t decimals) {
    const std::string_view whole = text;
    const bool negative = !text.empty() && text.front() == '-';
    if (negative)
        text.remove_prefix(1);
    core::Unsigned128 number = 0;
    std::size_t digits = 0;
    bool too_fine = false;
    bool too_large = false;
    std::optional<std::uint32_t> after_point;
    for (const char c : text) {
        if (c == '.' && !after_point.has_value()) {
            after_point = 0;
            continue;
        }
        if (c < '0' || c > '9')
            return misspelt(whole);
        ++digits;
        if (after_point.has_value() && *after_point == decimals) {
            too_fine |= c != '0';
            continue;
        }
        if (!too_large)
            number = 10 * number + static_cast<unsigned>(c - '0');
        if (after_point.has_value())
            ++*after_point;
        too_large |= number > static_cast<core::Unsigned128>(kLargestAmount);
    }
    if (digits == 0)
        return misspelt(whole);
    if (too_fine)
        return core::Error{core::ErrorCode::out_of_range,
                           decimals == 0 ? "a value has digits after the point, where counts are whole"
                                         : "a value has more digits after the point than its measure has decimals"};
    for (std::uint32_t place = after_point.value_or(0); place < decimals && !too_large; ++place) {
        number *= 10;
        too_large |= number > static_cast<core::Unsigned128>(kLargestAmount);
    }
    if (too_large)
        return kTooLarge;
    return negative ? -static_cast<Amount>(number) : static_cast<Amount>(number);
}

const char* advice_on(std::string_view text, std::uint32_t decimals) {
    const core::Result<Amount> read = parse_amount(text, decimals);
    if (read.ok())
        return "";
    if (read.error().code == core::ErrorCode::bad_syntax) {
        const Habit* habit = habit_of(text);
        return habit == nullptr ? "Write digits, with at most one point: 1234.5." : habit->advice;
    }
    if (read.error().message == kTooLarge.message)
        return "Give sums in larger units, such as thousands.";
    if (decimals > 0)
        return "Say more \"decimals\" with the measure, of which there can be 6.";
    return "Of a rate, a percentage or a mean, give numerator and denominator as measures, and compute the rate from "
           "what is shown. Sums with decimals are for suppress_tables(): \"decimals\": 2.";
}

std::string print_amount(Amount amount, std::uint32_t decimals) {
    std::string digits = std::to_string(amount < 0 ? -amount : amount);
    if (digits.size() <= decimals)
        digits.insert(0, decimals + 1 - digits.size(), '0');
    if (decimals > 0)
        digits.insert(digits.size() - decimals, 1, '.');
    return amount < 0 ? "-" + digits : digits;
}

} // namespace health_dp::suppression
