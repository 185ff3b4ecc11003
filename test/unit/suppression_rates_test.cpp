#include "core/suppression/rates.hpp"

#include <gtest/gtest.h>

#include <string>
#include <tuple>
#include <vector>

namespace health_dp::suppression {
namespace {

struct Given {
    const char *region, *age, *patients, *other;
};

// "share", "multiple" or nothing.
std::string found(const std::vector<Given>& rows, std::uint32_t decimals = 0, bool units = false) {
    Definition definition;
    definition.policy = "p";
    definition.dimensions.resize(2);
    definition.measures.resize(2);
    definition.measures[1].decimals = decimals;
    definition.measures[1].units = units;
    definition.tables.push_back({"t", "q", {0, 1}, false, ""});
    Assembly assembly(definition);
    const auto text = [](const char* code) {
        return code == nullptr ? std::nullopt : std::optional<std::string_view>(code);
    };
    for (const Given& given : rows)
        EXPECT_TRUE(assembly
                        .add_row(0, {{text(given.region), text(given.age)},
                                     {false, false},
                                     {text(given.patients), text(given.other)},
                                     {},
                                     given.patients == nullptr})
                        .ok());
    const Assembled assembled = assembly.finish(false).value();
    const std::optional<Rate> rate = find_rate(definition, assembled);
    return !rate.has_value() ? "" : rate->kind == Rate::Kind::share ? "share" : "multiple";
}

TEST(SuppressionRates, SharesOfLines) {
    EXPECT_EQ(found({{"a", "y", "4", "7"}, {"a", "o", "50", "93"}, {"b", "y", "30", "33"}, {"b", "o", "60", "67"}}),
              "share");
    EXPECT_EQ(
        found({{"a", "y", "4", "7.4"}, {"a", "o", "50", "92.6"}, {"b", "y", "30", "33.3"}, {"b", "o", "60", "66.6"}},
              1),
        "share")
        << "99.9";
    EXPECT_EQ(
        found({{"a", "y", "4", "0.07"}, {"a", "o", "50", "0.93"}, {"b", "y", "30", "0.33"}, {"b", "o", "60", "0.67"}},
              2),
        "share");
    EXPECT_EQ(found({{"a", "y", "4", "7"}, {"a", "o", "50", "93"}, {"b", "y", "30", "33"}, {"b", "o", "60", "69"}}), "")
        << "102";
    EXPECT_EQ(found({{"a", "y", "4", "7"}, {"a", "o", "50", "93"}, {"b", "o", "60", "67"}}), "")
        << "one line may be chance";
    EXPECT_EQ(
        found({{"a", "y", "4", "7"}, {"a", "o", "50", "93"}, {"b", "y", "30", "33"}, {"b", "o", nullptr, nullptr}}), "")
        << "one is not known";
    EXPECT_EQ(
        found({{"a", "y", "4", "7"}, {"a", "o", "50", "93"}, {"b", "y", "30", "33"}, {"b", "o", "60", "67"}}, 0, true),
        "")
        << "units are counted";
}

TEST(SuppressionRates, RoundedMultiples) {
    EXPECT_EQ(found({{"a", "y", "44", "19"}, {"b", "y", "55", "23"}, {"c", "y", "21", "9"}}), "multiple")
        << "of 236, in per cent";
    EXPECT_EQ(
        found({{"a", "y", "44", "19"}, {"b", "y", "55", "23"}, {"c", "y", "21", "9"}, {nullptr, "y", "120", "51"}}),
        "multiple");
    EXPECT_EQ(found({{"a", "y", "44", "19"}, {"b", "y", "55", "23"}, {"c", "y", "21", "10"}}), "");
    EXPECT_EQ(found({{"a", "y", "44", "88"}, {"b", "y", "55", "110"}, {"c", "y", "21", "42"}}), "")
        << "without rounding";
    EXPECT_EQ(found({{"a", "y", "40", "1"}, {"b", "y", "55", "1"}, {"c", "y", "31", "1"}}), "")
        << "small numbers, by chance";
    EXPECT_EQ(found({{"a", "y", "0", "19"}, {"b", "y", "55", "23"}, {"c", "y", "21", "9"}}), "");
    EXPECT_EQ(found({}), "");
}

} // namespace
} // namespace health_dp::suppression
