#include "core/pseudonym/canonical.hpp"

#include <algorithm>
#include <chrono>
#include <optional>

namespace health_dp::core::pseudonym {

namespace {

constexpr Error kEmpty = {ErrorCode::bad_syntax, "the identifier is empty"};
constexpr Error kTooLong = {ErrorCode::out_of_range, "the identifier is longer than 255 bytes"};
constexpr Error kControl = {ErrorCode::bad_syntax, "the identifier holds a control character"};
constexpr Error kParts = {ErrorCode::bad_syntax,
                          "the identifier is not of the form number|birth date|sex|rank, as in 2...80|1987-03-01|2|1"};
constexpr Error kDate = {ErrorCode::out_of_range, "the birth date in the identifier is no date of the form YYYY-MM-DD"};
constexpr Error kSex = {ErrorCode::out_of_range, "the sex in the identifier is neither 1 nor 2"};
constexpr Error kRank = {ErrorCode::out_of_range, "the rank among twins in the identifier is not 1 to 9"};

constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }
constexpr bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f'; }
constexpr bool is_control(char c) { return (c >= '\0' && c < ' ') || c == '\x7F'; }

std::string_view trimmed(std::string_view text) {
    while (!text.empty() && is_space(text.front()))
        text.remove_prefix(1);
    while (!text.empty() && is_space(text.back()))
        text.remove_suffix(1);
    return text;
}

using Digits = std::array<char, 8>;

unsigned number_at(const Digits& digits, std::size_t start, std::size_t length) {
    unsigned number = 0;
    for (std::size_t i = start; i < start + length; ++i)
        number = number * 10 + static_cast<unsigned>(digits[i] - '0');
    return number;
}

bool may_be_a_birth_date(const Digits& date) {
    const unsigned month = number_at(date, 4, 2);
    const unsigned day = number_at(date, 6, 2);
    if (month == 0)
        return day == 0;
    if (month > 12)
        return (month == 20 || (month >= 30 && month <= 42) || month >= 50) && day <= 31;
    const std::chrono::year year(static_cast<int>(number_at(date, 0, 4)));
    return day == 0 || (year / static_cast<int>(month) / static_cast<int>(day)).ok();
}

// YYYYMMDD
std::optional<Digits> birth_date(std::string_view text) {
    Digits date{};
    if (text.size() == date.size() + 2) {
        if (text[4] != '-' || text[7] != '-')
            return std::nullopt;
        std::copy_n(text.begin(), 4, date.begin());
        std::copy_n(text.begin() + 5, 2, date.begin() + 4);
        std::copy_n(text.begin() + 8, 2, date.begin() + 6);
    } else if (text.size() == date.size()) {
        std::copy(text.begin(), text.end(), date.begin());
    } else {
        return std::nullopt;
    }
    if (!std::all_of(date.begin(), date.end(), is_digit) || !may_be_a_birth_date(date))
        return std::nullopt;
    return date;
}

// '1' or '2', or nothing.
std::string_view canonical_sex(std::string_view text) {
    if (text == "1" || text == "M")
        return "1";
    return text == "2" || text == "F" ? "2" : "";
}

// Exactly four parts, white space around each dropped.
std::optional<std::array<std::string_view, 4>> parts_of(std::string_view text) {
    std::array<std::string_view, 4> parts;
    for (std::size_t i = 0; i < parts.size(); ++i) {
        const std::size_t bar = text.find('|');
        const bool last = i + 1 == parts.size();
        if ((bar == std::string_view::npos) != last)
            return std::nullopt;
        parts[i] = trimmed(text.substr(0, bar));
        if (!last)
            text.remove_prefix(bar + 1);
    }
    return parts;
}

} // namespace

void CanonicalIdentifier::append(Field field, std::string_view value) {
    bytes_[size_++] = static_cast<std::uint8_t>(field);
    bytes_[size_++] = static_cast<std::uint8_t>(value.size() >> 8U);
    bytes_[size_++] = static_cast<std::uint8_t>(value.size());
    for (const char c : value)
        bytes_[size_++] = static_cast<std::uint8_t>(c);
}

Result<CanonicalIdentifier> CanonicalIdentifier::of_text(std::string_view text) {
    text = trimmed(text);
    if (text.empty())
        return kEmpty;
    if (text.size() > kMaxTextBytes)
        return kTooLong;
    if (std::any_of(text.begin(), text.end(), is_control))
        return kControl;
    CanonicalIdentifier identifier(Form::text);
    identifier.append(Field::value, text);
    return identifier;
}

CanonicalIdentifier CanonicalIdentifier::of_nir(const Nir& nir) {
    CanonicalIdentifier identifier(Form::nir);
    identifier.append(Field::number, nir.number());
    return identifier;
}

Result<CanonicalIdentifier> CanonicalIdentifier::of_holder(std::string_view text) {
    const auto parts = parts_of(text);
    if (!parts)
        return kParts;
    const auto& [number, date, sex, rank] = *parts;
    const auto nir = Nir::parse(number);
    if (!nir.ok())
        return nir.error();
    const auto born = birth_date(date);
    if (!born)
        return kDate;
    if (canonical_sex(sex).empty())
        return kSex;
    if (rank.size() != 1 || rank.front() < '1' || rank.front() > '9')
        return kRank;
    CanonicalIdentifier identifier(Form::holder);
    identifier.append(Field::number, nir.value().number());
    identifier.append(Field::birth_date, {born->data(), born->size()});
    identifier.append(Field::sex, canonical_sex(sex));
    identifier.append(Field::rank, rank);
    return identifier;
}

Result<CanonicalIdentifier> CanonicalIdentifier::of(Form form, std::string_view text) {
    switch (form) {
    case Form::text:
        return of_text(text);
    case Form::holder:
        return of_holder(text);
    case Form::nir:
        break;
    }
    const auto nir = Nir::parse(text);
    if (!nir.ok())
        return nir.error();
    return of_nir(nir.value());
}

} // namespace health_dp::core::pseudonym
