// Coarser values: ages in bands, dates as quarters, communes as departments. Total: NULL for what has none, because an
// error inside a release would tell that a row with such a value exists [C18]; so the release engine admits them.
#include "core/generalisation/generalisation.hpp"

#include <chrono>
#include <optional>
#include <string_view>

#include "postgres/boundary.hpp"

using namespace health_dp;
namespace generalisation = core::generalisation;

namespace {

// Of the years 1 to 9999; for what lies outside, infinity included, a day that there is not.
generalisation::Date to_date(DateADT date) {
    constexpr std::chrono::sys_days kEpoch = std::chrono::year(2000) / 1 / 1;
    constexpr std::chrono::sys_days kFirst = std::chrono::year(1) / 1 / 1;
    constexpr std::chrono::sys_days kLast = std::chrono::year(9999) / 12 / 31;
    if (date < (kFirst - kEpoch).count() || date > (kLast - kEpoch).count())
        return std::chrono::year(0) / 1 / 0;
    return kEpoch + std::chrono::days(date);
}

DateADT from_date(generalisation::Date date) {
    constexpr std::chrono::sys_days kEpoch = std::chrono::year(2000) / 1 / 1;
    return static_cast<DateADT>((std::chrono::sys_days(date) - kEpoch).count());
}

Datum to_text(std::string_view text) {
    return PointerGetDatum(cstring_to_text_with_len(text.data(), static_cast<int>(text.size())));
}

} // namespace

// age_in_years(birth date, on_day date) returns integer
HDP_FUNCTION(hdp_generalisation_age_in_years) {
    const std::optional<int> years = postgres::entry([&]() -> std::optional<int> {
        const auto age = generalisation::age_in_years(to_date(PG_GETARG_DATEADT(0)), to_date(PG_GETARG_DATEADT(1)));
        return age.ok() ? std::optional(age.value()) : std::nullopt;
    });
    if (!years)
        PG_RETURN_NULL();
    PG_RETURN_INT32(*years);
}

// age_band(age integer, width integer, top integer) returns text
HDP_FUNCTION(hdp_generalisation_age_band) {
    const auto label = postgres::entry([&]() -> std::optional<generalisation::Label> {
        const auto bands = generalisation::AgeBands::create(PG_GETARG_INT32(1), PG_GETARG_INT32(2));
        if (!bands.ok())
            return std::nullopt;
        const auto band = bands.value().band_of(PG_GETARG_INT32(0));
        return band.ok() ? std::optional(band.value().label()) : std::nullopt;
    });
    if (!label)
        PG_RETURN_NULL();
    return to_text(label->text());
}

// quarter(day date) returns text
HDP_FUNCTION(hdp_generalisation_quarter) {
    const auto label = postgres::entry([&]() -> std::optional<generalisation::Label> {
        const auto quarter = generalisation::Quarter::of(to_date(PG_GETARG_DATEADT(0)));
        return quarter.ok() ? std::optional(quarter.value().label()) : std::nullopt;
    });
    if (!label)
        PG_RETURN_NULL();
    return to_text(label->text());
}

// quarter_start(day date) returns date
HDP_FUNCTION(hdp_generalisation_quarter_start) {
    const auto first = postgres::entry([&]() -> std::optional<DateADT> {
        const auto quarter = generalisation::Quarter::of(to_date(PG_GETARG_DATEADT(0)));
        return quarter.ok() ? std::optional(from_date(quarter.value().first_day())) : std::nullopt;
    });
    if (!first)
        PG_RETURN_NULL();
    PG_RETURN_DATEADT(*first);
}

// department_of(commune text) returns text
HDP_FUNCTION(hdp_generalisation_department_of) {
    // A text of another length is never unpacked: running out of memory over it would measure it.
    constexpr Size kLength = VARHDRSZ + 5;
    if (toast_raw_datum_size(PG_GETARG_DATUM(0)) != kLength)
        PG_RETURN_NULL();
    const text* commune = PG_GETARG_TEXT_PP(0);
    const std::string_view code(VARDATA_ANY(commune), VARSIZE_ANY_EXHDR(commune));
    const std::string_view department = postgres::entry([&] {
        const auto found = generalisation::department_of(code);
        return found.ok() ? found.value() : std::string_view();
    });
    if (department.empty())
        PG_RETURN_NULL();
    return to_text(department);
}
