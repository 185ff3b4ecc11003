#include "core/generalisation/generalisation.hpp"

#include <algorithm>
#include <utility>

namespace health_dp::core::generalisation {

namespace {

constexpr Error kNoDate = {ErrorCode::out_of_range, "there is no such date"};

constexpr Error kNoCommune = {ErrorCode::bad_syntax, "a commune's code has five characters, as in 2A004"};
constexpr Error kNoDepartment = {ErrorCode::out_of_range, "there is no such department"};

bool is_digit(char symbol) { return symbol >= '0' && symbol <= '9'; }

// In 97 and 98, which of the third digits there are: overseas departments and collectivities.
bool is_overseas(char second, char third) {
    const std::string_view there_are = second == '7' ? "12345678" : "46789";
    return there_are.find(third) != std::string_view::npos;
}

int digits_of(int number) { return number < 10 ? 1 : number < 100 ? 2 : 3; }

} // namespace

void Label::append(std::string_view text) {
    const std::size_t fits = std::min(text.size(), text_.size() - size_);
    std::copy_n(text.begin(), fits, text_.begin() + static_cast<std::ptrdiff_t>(size_));
    size_ += fits;
}

void Label::append(int number, unsigned digits) {
    std::array<char, 4> text{};
    digits = std::min<unsigned>(digits, text.size());
    for (unsigned i = digits; i-- > 0; number /= 10)
        text[i] = static_cast<char>('0' + number % 10);
    append({text.data(), digits});
}

Result<int> age_in_years(Date birth, Date day) {
    if (!birth.ok() || !day.ok())
        return kNoDate;
    if (day < birth)
        return Error{ErrorCode::out_of_range, "the date lies before the birth"};
    const int years = static_cast<int>(day.year()) - static_cast<int>(birth.year());
    const bool birthday_to_come = std::pair(day.month(), day.day()) < std::pair(birth.month(), birth.day());
    return years - (birthday_to_come ? 1 : 0);
}

Label AgeBand::label() const {
    Label label;
    label.append(lower, static_cast<unsigned>(digits_of(lower)));
    if (open) {
        label.append("+");
    } else if (upper != lower) {
        label.append("-");
        label.append(upper, static_cast<unsigned>(digits_of(upper)));
    }
    return label;
}

Result<AgeBands> AgeBands::create(int width, int top) {
    if (width < 1 || top < width || top > kMaxAge || top % width != 0)
        return Error{ErrorCode::out_of_range, "age bands end at a multiple of their width, up to 150 years"};
    return AgeBands(width, top);
}

Result<AgeBand> AgeBands::band_of(int age) const {
    if (age < 0 || age > kMaxAge)
        return Error{ErrorCode::out_of_range, "an age is 0 to 150 years"};
    if (age >= top_)
        return AgeBand{top_, kMaxAge, true};
    const int lower = age / width_ * width_;
    return AgeBand{lower, lower + width_ - 1, false};
}

Result<Quarter> Quarter::of(Date date) {
    const int year = static_cast<int>(date.year());
    if (!date.ok() || year < 1 || year > 9999)
        return kNoDate;
    return Quarter{year, (static_cast<unsigned>(date.month()) - 1) / 3 + 1};
}

Date Quarter::first_day() const {
    return std::chrono::year(year) / std::chrono::month((number - 1) * 3 + 1) / std::chrono::day(1);
}

Label Quarter::label() const {
    Label label;
    label.append(year, 4);
    label.append("-Q");
    label.append(static_cast<int>(number), 1);
    return label;
}

Result<std::string_view> department_of(std::string_view commune) {
    constexpr std::size_t kLength = 5;
    if (commune.size() != kLength)
        return kNoCommune;
    const bool corsican = commune[0] == '2' && (commune[1] == 'A' || commune[1] == 'B');
    for (std::size_t i = corsican ? 2 : 0; i < kLength; ++i)
        if (!is_digit(commune[i]))
            return kNoCommune;
    if (corsican)
        return commune.substr(0, 2);
    const int number = (commune[0] - '0') * 10 + (commune[1] - '0');
    if (number == 97 || number == 98)
        return is_overseas(commune[1], commune[2]) ? Result(commune.substr(0, 3)) : kNoDepartment;
    if (number < 1 || number > 95 || number == 20)
        return kNoDepartment;
    return commune.substr(0, 2);
}

} // namespace health_dp::core::generalisation
