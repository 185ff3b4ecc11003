// Coarser values that need no table: ages in bands, dates as quarters, communes as departments.
#pragma once

#include "core/pure.hpp"

#include "core/result.hpp"

#include <array>
#include <chrono>
#include <compare>
#include <string_view>

namespace health_dp::core::generalisation {

using Date = std::chrono::year_month_day;

// Whole years from birth to a day, as the law counts them: who is born on 29 February is a year older on 1 March. The
// dates must exist, and the birth not be after the day: out_of_range otherwise.
Result<int> age_in_years(Date birth, Date day);

// Text of fixed room, so that a caller may leave by longjmp.
class Label {
  public:
    std::string_view text() const { return {text_.data(), size_}; }
    void append(std::string_view text);
    void append(int number, unsigned digits); // with leading zeros

  private:
    std::array<char, 24> text_{};
    std::size_t size_ = 0;
};

// Ages of a band: from lower to upper, both included; no upper limit for the last band.
struct AgeBand {
    int lower;
    int upper;
    bool open; // "85+"; upper means nothing then

    friend bool operator==(const AgeBand&, const AgeBand&) = default;
    Label label() const;
};

// Bands of `width` years from 0 on, the last one open from `top` on, so that the few who are very old stay together.
class AgeBands {
  public:
    static constexpr int kMaxAge = 150;

    // out_of_range unless 1 ≤ width ≤ top ≤ kMaxAge and top is a multiple of width.
    static Result<AgeBands> create(int width, int top);

    // out_of_range for negative ages, and for those beyond kMaxAge, which are mistakes in the data.
    Result<AgeBand> band_of(int age) const;

  private:
    AgeBands(int width, int top) : width_(width), top_(top) {}

    int width_;
    int top_;
};

struct Quarter {
    int year;
    unsigned number; // 1 to 4

    // out_of_range unless the date exists and its year has four digits.
    static Result<Quarter> of(Date date);

    Date first_day() const;
    Label label() const; // "2026-Q4"
    friend std::strong_ordering operator<=>(const Quarter&, const Quarter&) = default;
};

// The department, or the overseas collectivity, of a commune's code: "2A" of "2A004", "971" of "97105". A part of
// `commune`. bad_syntax unless it is five characters as in INSEE's Code officiel géographique; out_of_range where they
// begin with the code of no department and no collectivity that there is now.
Result<std::string_view> department_of(std::string_view commune);

} // namespace health_dp::core::generalisation
