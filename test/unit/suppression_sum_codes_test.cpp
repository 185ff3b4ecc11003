#include "core/suppression/sum_codes.hpp"

#include <gtest/gtest.h>

#include <string>
#include <utility>

namespace health_dp::suppression {
namespace {

struct Given {
    std::vector<std::optional<std::string>> codes; // of region and age
    std::string patients;
    std::string other = "0"; // of a measure that does not count patients
    bool hidden = false;
};

Definition regions_by_age() {
    Definition definition;
    definition.policy = "p";
    definition.dimensions.resize(2);
    definition.dimensions[0].name = "region";
    definition.dimensions[1].name = "age";
    definition.measures.resize(2);
    definition.measures[0].name = "n";
    definition.measures[1].name = "nights";
    definition.tables.push_back({"t", "q", {0, 1}, false, ""});
    return definition;
}

std::optional<SumCode> found(const Definition& definition, const std::vector<Given>& rows) {
    Assembly assembly(definition);
    for (const auto& [child, parent] : {std::pair("a1", "a"), std::pair("a2", "a")})
        EXPECT_TRUE(definition.dimensions[0].hierarchies.empty() || assembly.add_edge(0, 0, child, parent).ok());
    for (const Given& given : rows) {
        Row row{{}, {false, false}, {given.patients, given.other}, {}, given.hidden};
        for (const std::optional<std::string>& code : given.codes)
            row.codes.emplace_back(code);
        if (given.hidden && given.patients.empty())
            row.values = {std::nullopt, std::nullopt};
        EXPECT_TRUE(assembly.add_row(0, row).ok());
    }
    return find_sum_code(definition, assembly.finish(false).value());
}

std::string code_found(const Definition& definition, const std::vector<Given>& rows) {
    const std::optional<SumCode> code = found(definition, rows);
    return code.has_value() ? code->code : "";
}

const std::optional<std::string> kAll;

TEST(SuppressionSumCodes, OneLineOfATotalByItsName) {
    const Definition definition = regions_by_age();
    EXPECT_EQ(code_found(definition, {{{"a", kAll}, "5"}, {{"b", kAll}, "4"}, {{"Ensemble", kAll}, "9"}}), "Ensemble");
    EXPECT_EQ(code_found(definition, {{{"a", kAll}, "5"}, {{"b", kAll}, "4"}, {{"c", kAll}, "9"}}), "") << "chance";
    EXPECT_EQ(code_found(definition, {{{"a", kAll}, "60"}, {{"b", kAll}, "40"}, {{"c", kAll}, "100"}}), "c")
        << "no chance";
    EXPECT_EQ(code_found(definition, {{{"a", kAll}, "60"}, {{"b", kAll}, "40"}, {{"Total", kAll}, "101"}}), "")
        << "hip replacement";
    EXPECT_EQ(code_found(definition, {{{"a", kAll}, "60"}, {{"Total", kAll}, "60"}}), "") << "two codes";
    EXPECT_EQ(code_found(definition, {{{"a", kAll}, "60"}, {{"b", kAll}, "0"}, {{"Total", kAll}, "60"}}), "")
        << "two codes of somebody";
    EXPECT_EQ(code_found(definition, {{{"a", kAll}, "0"}, {{"b", kAll}, "0"}, {{"Total", kAll}, "0"}}), "");
}

TEST(SuppressionSumCodes, InEveryLineWhereItStands) {
    const Definition definition = regions_by_age();
    std::vector<Given> rows{{{"a", "y"}, "5"}, {{"b", "y"}, "6"}, {{"X", "y"}, "11"},
                            {{"a", "o"}, "7"}, {{"b", "o"}, "4"}, {{"X", "o"}, "11"}};
    const std::optional<SumCode> code = found(definition, rows);
    ASSERT_TRUE(code.has_value());
    EXPECT_EQ(code->code, "X");
    EXPECT_EQ(code->dimension, 0U);
    EXPECT_EQ(code->lines, 2U);
    rows.push_back({{"b", "m"}, "3"});
    EXPECT_EQ(code_found(definition, rows), "") << "nobody is under X there, but somebody under another";
    rows.back() = {{"b", kAll}, "10"};
    rows.push_back({{"a", kAll}, "12"});
    EXPECT_EQ(code_found(definition, rows), "X") << "a grouping set without X says nothing";
    rows.push_back({{"X", kAll}, "23"});
    EXPECT_EQ(code_found(definition, rows), "") << "but here it is another number";
}

TEST(SuppressionSumCodes, ByEveryMeasureThatAddsUp) {
    Definition definition = regions_by_age();
    std::vector<Given> rows{{{"a", kAll}, "60", "70"}, {{"b", kAll}, "40", "50"}, {{"X", kAll}, "100", "130"}};
    EXPECT_EQ(code_found(definition, rows), "");
    rows.back().other = "120";
    EXPECT_EQ(code_found(definition, rows), "X");
    rows.back().patients = "90"; // ten are under a and b
    EXPECT_EQ(code_found(definition, rows), "");
    definition.dimensions[0].overlapping = true;
    EXPECT_EQ(code_found(definition, rows), "X") << "by nights";
    definition.measures.pop_back();
    Assembly patients(definition);
    for (const auto& [code, n] : {std::pair("a", "60"), std::pair("b", "40"), std::pair("Total", "100")})
        EXPECT_TRUE(patients.add_row(0, {{code, std::nullopt}, {false, false}, {n}, {}, false}).ok());
    EXPECT_FALSE(find_sum_code(definition, patients.finish(false).value()).has_value()) << "patients do not add up";
}

TEST(SuppressionSumCodes, NotWhereItIsSaid) {
    Definition definition = regions_by_age();
    const std::vector<Given> rows{{{"a", kAll}, "60"}, {{"b", kAll}, "40"}, {{"X", kAll}, "100"}};
    definition.dimensions[0].total = "X";
    EXPECT_EQ(code_found(definition, rows), "");
    definition.dimensions[0].total.reset();
    definition.dimensions[0].grouping = "g";
    EXPECT_EQ(code_found(definition, rows), "");
}

TEST(SuppressionSumCodes, ValuesThatNobodyKnowsSayNothing) {
    const Definition definition = regions_by_age();
    std::vector<Given> rows{{{"a", "y"}, "", "", true}, {{"b", "y"}, "6"},  {{"X", "y"}, "11"},
                            {{"a", "o"}, "70"},         {{"b", "o"}, "40"}, {{"X", "o"}, "110"}};
    EXPECT_EQ(code_found(definition, rows), "X");
    rows.resize(3);
    EXPECT_EQ(code_found(definition, rows), "");
    rows[2].codes[0] = "Total";
    EXPECT_EQ(code_found(definition, rows), "Total") << "5 may be under a";
    rows[2].patients = "5";
    EXPECT_EQ(code_found(definition, rows), "") << "less than 6";
    rows.push_back({{"a", "o"}, "", "", true});
    rows.push_back({{"Total", "o"}, "11"});
    EXPECT_EQ(code_found(definition, rows), "") << "one line speaks against it";
}

TEST(SuppressionSumCodes, WithLevels) {
    Definition definition = regions_by_age();
    definition.dimensions[0].hierarchies = {"h"};
    std::vector<Given> rows{{{"a1", kAll}, "60"}, {{"a2", kAll}, "20"}, {{"b", kAll}, "40"}, {{"X", kAll}, "120"}};
    EXPECT_EQ(code_found(definition, rows), "X") << "levels that are not shown are skipped";
    rows.push_back({{"a", kAll}, "80"});
    EXPECT_EQ(code_found(definition, rows), "X") << "what lies below a is not added again";
}

TEST(SuppressionSumCodes, Names) {
    for (const char* name :
         {"Total", "TOTAL", "total g\u00E9n\u00E9ral", "Ensemble", "All ages", "Both sexes", "Toutes"})
        EXPECT_TRUE(is_called_total(name)) << name;
    for (const char* name : {"", "totally", "Allier", "Summer", "N\u00EEmes", "1 total", "anyone"})
        EXPECT_FALSE(is_called_total(name)) << name;
}

} // namespace
} // namespace health_dp::suppression
