// A department is what its commune begins with, whichever commune of it that is; dates that there are not, and ages
// that nobody has, are errors and no more.
#include "core/generalisation/generalisation.hpp"
#include "fuzz/fuzzing.hpp"

#include <cstring>
#include <string>

namespace {

using namespace health_dp::core::generalisation;

struct Numbers {
    std::int32_t age, width, top;
    std::int16_t year[2];
    std::uint8_t month[2], day[2];
};

Date date_of(const Numbers& numbers, int which) {
    return std::chrono::year(numbers.year[which]) / std::chrono::month(numbers.month[which]) /
           std::chrono::day(numbers.day[which]);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using health_dp::fuzz::require;
    const auto commune = health_dp::fuzz::text_of(data, size);
    const auto department = department_of(commune);
    if (department.ok()) {
        require(commune.size() == 5 && commune.substr(0, department.value().size()) == department.value());
        std::string first(department.value());
        first.resize(5, '0');
        require(department_of(first).value() == department.value());
    }
    Numbers numbers;
    if (size < sizeof numbers)
        return 0;
    std::memcpy(&numbers, data, sizeof numbers);
    const Date birth = date_of(numbers, 0), day = date_of(numbers, 1);
    const auto age = age_in_years(birth, day);
    require(age.ok() == (birth.ok() && day.ok() && birth <= day));
    require(!age.ok() || age.value() >= 0);
    const auto quarter = Quarter::of(day);
    if (quarter.ok())
        require(quarter.value().first_day() <= day && quarter.value().label().text().size() == 7 &&
                Quarter::of(quarter.value().first_day()).value() == quarter.value());
    const auto bands = AgeBands::create(numbers.width, numbers.top);
    const auto band = bands.ok() ? bands.value().band_of(numbers.age) : bands.error();
    if (band.ok())
        require(band.value().lower <= numbers.age && (band.value().open || numbers.age <= band.value().upper) &&
                !band.value().label().text().empty());
    return 0;
}
