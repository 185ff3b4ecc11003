#include "core/generalisation/generalisation.hpp"

#include <algorithm>
#include <utility>

namespace health_dp::core::generalisation {

namespace {

constexpr Error kNoDate = {ErrorCode::out_of_range, "there is no such date"};

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

} // namespace health_dp::core::generalisation
