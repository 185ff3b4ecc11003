#include "core/accounting/decimal.hpp"

#include <gtest/gtest.h>

#include <utility>

namespace health_dp::core {
namespace {

TEST(Decimal, ReadsExactlyAndWritesCanonically) {
    const std::pair<const char*, const char*> cases[] = {
        {"0.5", "0.5"},
        {"1e-6", "0.000001"},
        {"10", "10"},
        {"0", "0"},
        {"0e9999", "0"},
        {"000.1000", "0.1"},
        {".5", "0.5"},
        {"5.", "5"},
        {"1.5E+2", "150"},
        {"25e-1", "2.5"},
        {"123456789012345678.876543210987654321", "123456789012345678.876543210987654321"},
        {"999999999999999999.999999999999999999", "999999999999999999.999999999999999999"},
        {"1e17", "100000000000000000"},
        {"1e-18", "0.000000000000000001"},
        {"0.000000000000000000000000000001e12", "0.000000000000000001"},
        {"1000000000000000000000000e-24", "1"},
    };
    for (const auto& [text, canonical] : cases) {
        const Result<Decimal> decimal = Decimal::parse(text);
        ASSERT_TRUE(decimal.ok()) << text;
        EXPECT_EQ(decimal.value().text(), canonical) << text;
        EXPECT_EQ(Decimal::parse(canonical).value(), decimal.value()) << text;
    }
}

TEST(Decimal, RefusesWhatIsOutsideTheGrammar) {
    for (const char* text :
         {"",    ".",     "e5",      "-1",   "+1",  " 1",  "1 ",       "1,5",   "1.2.3", "1e",
          "1e+", "1e1.5", "1e12345", "0x10", "NaN", "inf", "Infinity", "1_000", "1f",    "\xC2\xBD"}) {
        const Result<Decimal> decimal = Decimal::parse(text);
        ASSERT_FALSE(decimal.ok()) << text;
        EXPECT_EQ(decimal.error().code, ErrorCode::bad_syntax) << text;
    }
    EXPECT_FALSE(Decimal::parse(std::string_view("1\0", 2)).ok());
    EXPECT_FALSE(Decimal::parse(std::string(1000, '0')).ok());
}

TEST(Decimal, NeverRounds) {
    for (const char* text : {"1e18", "1e9999", "1e-19", "1e-9999", "0.1000000000000000001", "1000000000000000000",
                             "0.00000000000000000000001e3"}) {
        const Result<Decimal> decimal = Decimal::parse(text);
        ASSERT_FALSE(decimal.ok()) << text;
        EXPECT_EQ(decimal.error().code, ErrorCode::out_of_range) << text;
    }
}

TEST(Decimal, AddsExactly) {
    // [C14] A hundred charges of 0.1 are 10; in binary floating point they are not.
    const Decimal charge = Decimal::parse("0.1").value();
    const Decimal budget = Decimal::parse("10").value();
    Decimal spent;
    for (int i = 0; i < 100; ++i)
        spent = spent.plus(charge).value();
    EXPECT_EQ(spent, budget);
    EXPECT_GT(spent.plus(charge).value(), budget);
}

TEST(Decimal, RefusesSumsThatDoNotFit) {
    const Decimal largest = Decimal::parse("999999999999999999.999999999999999999").value();
    const Decimal smallest = Decimal::parse("1e-18").value();
    ASSERT_FALSE(largest.plus(smallest).ok());
    EXPECT_EQ(largest.plus(smallest).error().code, ErrorCode::out_of_range);
    EXPECT_EQ(largest.plus(Decimal{}).value(), largest);
}

TEST(Decimal, OrdersByValue) {
    EXPECT_LT(Decimal::parse("0.3").value(), Decimal::parse("0.30000001").value());
    EXPECT_LT(Decimal::parse("9").value(), Decimal::parse("10").value());
}

} // namespace
} // namespace health_dp::core
