#include "core/generalisation/generalisation.hpp"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace health_dp::core::generalisation {
namespace {

Date date(int year, unsigned month, unsigned day) {
    return std::chrono::year(year) / std::chrono::month(month) / std::chrono::day(day);
}

int age(Date birth, Date day) {
    const auto years = age_in_years(birth, day);
    return years.ok() ? years.value() : -1;
}

TEST(Age, CountsBirthdays) {
    EXPECT_EQ(age(date(1987, 3, 1), date(1987, 3, 1)), 0);
    EXPECT_EQ(age(date(1987, 3, 1), date(1988, 2, 29)), 0);
    EXPECT_EQ(age(date(1987, 3, 1), date(1988, 3, 1)), 1);
    EXPECT_EQ(age(date(1987, 12, 31), date(2026, 12, 30)), 38);
    EXPECT_EQ(age(date(2000, 2, 29), date(2001, 2, 28)), 0);
    EXPECT_EQ(age(date(2000, 2, 29), date(2001, 3, 1)), 1);
    EXPECT_EQ(age(date(2000, 2, 29), date(2004, 2, 29)), 4);
}

TEST(Age, NeedsDatesThatExistInOrder) {
    EXPECT_EQ(age(date(1987, 3, 2), date(1987, 3, 1)), -1);
    EXPECT_EQ(age(date(1987, 2, 29), date(2000, 1, 1)), -1);
    EXPECT_EQ(age(date(1987, 2, 28), date(2001, 2, 29)), -1);
}

std::string band(int width, int top, int years) {
    const auto found = AgeBands::create(width, top).value().band_of(years);
    return found.ok() ? std::string(found.value().label().text()) : "(refused)";
}

TEST(AgeBands, HaveTheirLabels) {
    EXPECT_EQ(band(5, 85, 0), "0-4");
    EXPECT_EQ(band(5, 85, 4), "0-4");
    EXPECT_EQ(band(5, 85, 5), "5-9");
    EXPECT_EQ(band(5, 85, 84), "80-84");
    EXPECT_EQ(band(5, 85, 85), "85+");
    EXPECT_EQ(band(5, 85, 150), "85+");
    EXPECT_EQ(band(1, 90, 7), "7");
    EXPECT_EQ(band(10, 120, 115), "110-119");
    EXPECT_EQ(band(150, 150, 149), "0-149");
    EXPECT_EQ(band(5, 85, -1), "(refused)");
    EXPECT_EQ(band(5, 85, 151), "(refused)");
}

// Every age lies in exactly one band, that says so.
TEST(AgeBands, PartitionAllAges) {
    for (int width = 1; width <= AgeBands::kMaxAge; ++width)
        for (int top = width; top <= AgeBands::kMaxAge; top += width) {
            const AgeBands bands = AgeBands::create(width, top).value();
            for (int years = 0; years <= AgeBands::kMaxAge; ++years) {
                const AgeBand found = bands.band_of(years).value();
                ASSERT_LE(found.lower, years);
                ASSERT_GE(found.upper, years);
                ASSERT_EQ(found.open, years >= top);
                ASSERT_EQ(bands.band_of(found.lower).value(), found);
                ASSERT_EQ(bands.band_of(found.upper).value(), found);
            }
        }
}

TEST(AgeBands, RefuseWhatLeavesARest) {
    EXPECT_FALSE(AgeBands::create(0, 85).ok());
    EXPECT_FALSE(AgeBands::create(-5, 85).ok());
    EXPECT_FALSE(AgeBands::create(10, 85).ok());
    EXPECT_FALSE(AgeBands::create(5, 0).ok());
    EXPECT_FALSE(AgeBands::create(5, 155).ok());
}

TEST(Quarter, HasItsMonths) {
    for (unsigned month = 1; month <= 12; ++month) {
        const Quarter quarter = Quarter::of(date(2026, month, 28)).value();
        EXPECT_EQ(quarter.label().text(), "2026-Q" + std::to_string((month + 2) / 3));
        EXPECT_EQ(Quarter::of(quarter.first_day()).value(), quarter);
        EXPECT_LE(quarter.first_day(), date(2026, month, 1));
        EXPECT_GE(quarter.first_day() + std::chrono::months(2), date(2026, month, 1));
    }
    EXPECT_EQ(Quarter::of(date(987, 1, 1)).value().label().text(), "0987-Q1");
    EXPECT_LT(Quarter::of(date(2025, 12, 31)).value(), Quarter::of(date(2026, 1, 1)).value());
    EXPECT_FALSE(Quarter::of(date(2026, 2, 29)).ok());
    EXPECT_FALSE(Quarter::of(date(10000, 1, 1)).ok());
    EXPECT_FALSE(Quarter::of(date(0, 1, 1)).ok());
}

TEST(Department, IsWhatACommuneBeginsWith) {
    const std::pair<std::string_view, std::string_view> known[] = {
        {"01004", "01"},  {"19272", "19"},  {"21231", "21"},  {"2A004", "2A"},  {"2B033", "2B"},  {"75056", "75"},
        {"95680", "95"},  {"97105", "971"}, {"97411", "974"}, {"97502", "975"}, {"97608", "976"}, {"97701", "977"},
        {"97801", "978"}, {"98411", "984"}, {"98611", "986"}, {"98735", "987"}, {"98818", "988"}, {"98901", "989"}};
    for (const auto& [commune, department] : known) {
        const auto found = department_of(commune);
        ASSERT_TRUE(found.ok()) << commune;
        EXPECT_EQ(found.value(), department);
    }
}

TEST(Department, IsNotMadeUp) {
    for (const std::string_view malformed :
         {"", "0", "0100", "010041", "2a004", "2C004", "2A0O4", "A2004", " 1004", "1004 ", "01.04", "-1004", "0x123"})
        EXPECT_EQ(department_of(malformed).error().code, ErrorCode::bad_syntax) << malformed;
    // Corsica before 1976, places abroad, Mayotte before it was a department.
    for (const std::string_view nowhere : {"00000", "20004", "96000", "97000", "97901", "98000", "98501", "99100"})
        EXPECT_EQ(department_of(nowhere).error().code, ErrorCode::out_of_range) << nowhere;
}

} // namespace
} // namespace health_dp::core::generalisation
