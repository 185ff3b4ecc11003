#include "core/suppression/amounts.hpp"
#include "core/suppression/assembly.hpp"

#include <gtest/gtest.h>

#include <string>

namespace health_dp::suppression {
namespace {

using Text = std::optional<std::string_view>;

Definition one_table(std::vector<std::string> dimensions) {
    Definition definition;
    definition.policy = "p";
    TableSpec table{"t", "q", {}, false, ""};
    for (std::string& name : dimensions) {
        table.dimensions.push_back(definition.dimensions.size());
        definition.dimensions.push_back({});
        definition.dimensions.back().name = std::move(name);
    }
    definition.measures.emplace_back().name = "n";
    definition.tables.push_back(table);
    return definition;
}

core::Result<bool> add(Assembly& assembly, std::vector<Text> codes, Text value, bool hidden = false,
                       std::size_t table = 0) {
    Row row;
    row.totals.assign(codes.size(), false);
    row.codes = std::move(codes);
    row.values = {value};
    row.hidden = hidden;
    return assembly.add_row(table, row);
}

std::vector<std::string> labels_of(const Assembled& assembled, std::size_t dimension) {
    std::vector<std::string> labels;
    for (const auto& label : assembled.labels[dimension])
        labels.push_back(label.value_or("-"));
    return labels;
}

TEST(SuppressionAmounts, ExactlyOrNotAtAll) {
    EXPECT_EQ(parse_amount("12", 0).value(), 12);
    EXPECT_EQ(parse_amount("-12.30", 2).value(), -1230);
    EXPECT_EQ(parse_amount("12.3000", 1).value(), 123);
    EXPECT_EQ(parse_amount("12.", 1).value(), 120);
    EXPECT_EQ(parse_amount(".5", 1).value(), 5);
    EXPECT_EQ(parse_amount("0000000000000000000000000000000001", 0).value(), 1);
    EXPECT_EQ(parse_amount(std::to_string(kLargestAmount), 0).value(), kLargestAmount);
    for (const char* text : {"", "-", ".", "1e3", "NaN", "Infinity", "1.2.3", " 1", "1 ", "--1", "+1", "0x1", "1.01"})
        EXPECT_FALSE(parse_amount(text, 1).ok()) << text;
    EXPECT_FALSE(parse_amount(std::to_string(kLargestAmount + 1), 0).ok());
    EXPECT_FALSE(parse_amount(std::to_string(kLargestAmount), 1).ok());
    EXPECT_FALSE(parse_amount(std::string(200, '9'), 0).ok());
    for (const char* text : {"0", "-3", "7", "1234"})
        EXPECT_EQ(print_amount(parse_amount(text, 0).value(), 0), text);
    for (const char* text : {"0.00", "-0.03", "0.70", "12.34"})
        EXPECT_EQ(print_amount(parse_amount(text, 2).value(), 2), text);
}

TEST(SuppressionAmounts, WhatTablesForPeopleHave) {
    const auto expect = [](const char* text, std::uint32_t decimals, const char* message, const char* advice) {
        const core::Result<Amount> read = parse_amount(text, decimals);
        ASSERT_FALSE(read.ok()) << text;
        EXPECT_NE(std::string(read.error().message).find(message), std::string::npos) << read.error().message;
        EXPECT_NE(std::string(advice_on(text, decimals)).find(advice), std::string::npos) << advice_on(text, decimals);
    };
    expect("12,5", 1, "comma", "12.5");
    expect("1 234,5", 1, "comma", "no separators");
    expect("<11", 0, "bound", "NULL");
    expect("\u2264 10", 0, "bound", "NULL");
    for (const char* text : {"1 234", "1\u00A0234", "1\u2009234", "1\u202F234"})
        expect(text, 0, "space", "regexp_replace");
    for (const char* text : {"12 %", "12,5 %", "12.5%"})
        expect(text, 0, "percentage", "numerator and denominator");
    expect("12.5", 0, "whole", "numerator and denominator");
    expect("12.55", 1, "more digits", "decimals");
    expect("a", 0, "no decimal number", "digits");
    expect("9999999999999999.5", 0, "whole", "numerator");
    expect("99999999999999999", 0, "too large", "larger units");
    EXPECT_STREQ(advice_on("12.50", 1), "");
}

TEST(SuppressionAssembly, OrderOfRowsIsGone) {
    const Definition definition = one_table({"r", "a"});
    std::vector<std::vector<std::string>> seen;
    for (const bool reversed : {false, true}) {
        Assembly assembly(definition);
        std::vector<std::vector<Text>> rows{{"x", "1"}, {"y", "2"}, {std::nullopt, "1"}, {"z", std::nullopt}};
        if (reversed)
            std::reverse(rows.begin(), rows.end());
        for (const auto& codes : rows)
            ASSERT_TRUE(add(assembly, codes, "5").ok());
        const Assembled assembled = assembly.finish(false).value();
        seen.push_back(labels_of(assembled, 0));
        ASSERT_EQ(assembled.shown_in[0].size(), 4U);
        EXPECT_EQ(assembled.tables.entries[assembled.shown_in[0][0]].key, (std::vector<CodeNumber>{0, 1}));
    }
    EXPECT_EQ(seen[0], (std::vector<std::string>{"-", "x", "y", "z"}));
    EXPECT_EQ(seen[0], seen[1]);
}

TEST(SuppressionAssembly, TotalsByCodeOrByGroupingColumn) {
    Definition definition = one_table({"r"});
    definition.dimensions[0].total = "all";
    Assembly by_code(definition);
    ASSERT_TRUE(add(by_code, {"all"}, "5").ok());
    ASSERT_TRUE(add(by_code, {std::nullopt}, "5").ok()); // a code like any other
    const Assembled coded = by_code.finish(false).value();
    EXPECT_EQ(coded.labels[0].size(), 2U);
    EXPECT_EQ(coded.labels[0][0], "all");
    EXPECT_FALSE(coded.labels[0][1].has_value());

    definition.dimensions[0].total.reset();
    definition.dimensions[0].grouping = "g";
    Assembly grouped(definition);
    Row row{{std::nullopt}, {true}, {"5"}, {}, false};
    ASSERT_TRUE(grouped.add_row(0, row).ok());
    row.totals = {false};
    ASSERT_TRUE(grouped.add_row(0, row).ok());
    EXPECT_FALSE(grouped.add_row(0, row).ok()) << "there already";
    EXPECT_EQ(grouped.finish(false).value().tables.entries.size(), 2U);
}

TEST(SuppressionAssembly, HierarchiesBecomeTrees) {
    const Definition definition = one_table({"r"});
    Assembly assembly(definition);
    ASSERT_TRUE(assembly.add_edge(0, 0, "a", "north").ok());
    ASSERT_TRUE(assembly.add_edge(0, 0, "a", "north").ok());
    EXPECT_FALSE(assembly.add_edge(0, 0, "a", "south").ok()) << "two parents";
    ASSERT_TRUE(assembly.add_edge(0, 0, "north", std::nullopt).ok());
    ASSERT_TRUE(assembly.add_edge(0, 0, "unused", "north").ok());
    ASSERT_TRUE(add(assembly, {"a"}, "5").ok());
    ASSERT_TRUE(add(assembly, {"elsewhere"}, "6").ok());
    const Assembled assembled = assembly.finish(false).value();
    EXPECT_EQ(labels_of(assembled, 0), (std::vector<std::string>{"-", "elsewhere", "north", "a"}));
    EXPECT_EQ(assembled.tables.dimensions[0].parents, (std::vector<CodeNumber>{kNoParent, 0, 0, 2}));

    Assembly circle(definition);
    ASSERT_TRUE(circle.add_edge(0, 0, "a", "b").ok());
    ASSERT_TRUE(circle.add_edge(0, 0, "b", "a").ok());
    EXPECT_FALSE(add(circle, {"a"}, "5").ok());

    // From above, level by level, no step is a long one.
    for (const bool from_above : {true, false}) {
        Assembly deep(definition);
        for (int level = 1; level < 100; ++level)
            ASSERT_TRUE(deep.add_edge(0, 0, std::to_string(level), std::to_string(level - 1)).ok());
        bool fits = true;
        for (int level = 0; level < 100; ++level)
            fits = add(deep, {std::to_string(from_above ? level : 99 - level)}, "5").ok() && fits;
        EXPECT_FALSE(fits);
    }
}

TEST(SuppressionAssembly, BuildsMargins) {
    Definition definition = one_table({"r", "a"});
    definition.tables[0].builds_margins = true;
    Assembly assembly(definition);
    ASSERT_TRUE(assembly.add_edge(0, 0, "x", "zone").ok());
    ASSERT_TRUE(add(assembly, {"x", "1"}, "5").ok());
    ASSERT_TRUE(add(assembly, {"x", "2"}, "6").ok());
    ASSERT_TRUE(add(assembly, {"y", "1"}, "7").ok());
    EXPECT_FALSE(add(assembly, {std::nullopt, "1"}, "7").ok()) << "a margin";
    for (const char* code : {"x", "zone"}) {
        Assembly repeating(definition);
        ASSERT_TRUE(repeating.add_edge(0, 0, "x", "zone").ok());
        ASSERT_TRUE(add(repeating, {"x", "1"}, "5").ok());
        EXPECT_FALSE(add(repeating, {code, "1"}, "5").ok()) << "there already, or its total";
        Assembly reversed(definition);
        ASSERT_TRUE(reversed.add_edge(0, 0, "x", "zone").ok());
        ASSERT_TRUE(add(reversed, {code, "1"}, "5").ok());
        EXPECT_FALSE(add(reversed, {"x", "1"}, "5").ok());
    }
    const Assembled assembled = assembly.finish(false).value();
    EXPECT_EQ(assembled.tables.entries.size(), 3U + 2U + 3U + 3U);
    EXPECT_EQ(assembled.tables.entries[0].values[0], 18);
    EXPECT_TRUE(lines_of(assembled.tables).ok());

    definition.dimensions[1].overlapping = true;
    Assembly overlapping(definition);
    EXPECT_FALSE(add(overlapping, {"x", "1"}, "5").ok());
}

// A policy that hides cells of nobody must hide those that GROUP BY left out, at the levels the table has.
TEST(SuppressionAssembly, FillsInCellsOfNobody) {
    const Definition definition = one_table({"r", "a"});
    Assembly assembly(definition);
    ASSERT_TRUE(add(assembly, {"x", "1"}, "5").ok());
    ASSERT_TRUE(add(assembly, {"y", "2"}, "6").ok());
    ASSERT_TRUE(add(assembly, {"x", std::nullopt}, "5").ok());
    ASSERT_TRUE(add(assembly, {"y", std::nullopt}, "6").ok());
    const Assembled assembled = assembly.finish(true).value();
    EXPECT_EQ(assembled.tables.entries.size(), 6U) << "no total of ages alone";
    EXPECT_EQ(assembled.shown_in[0].size(), 6U);
}

TEST(SuppressionAssembly, TablesShareCells) {
    Definition definition = one_table({"r", "a"});
    definition.tables.push_back({"u", "q", {0}, false, "h"});
    Assembly assembly(definition);
    ASSERT_TRUE(add(assembly, {"x", std::nullopt}, "5", true).ok());
    ASSERT_TRUE(add(assembly, {"x"}, "5", false, 1).ok());
    ASSERT_TRUE(add(assembly, {"y", std::nullopt}, std::nullopt, true).ok());
    ASSERT_TRUE(add(assembly, {"y"}, "6", true, 1).ok());
    ASSERT_TRUE(add(assembly, {"z"}, std::nullopt, true, 1).ok());
    EXPECT_FALSE(add(assembly, {"w"}, std::nullopt, false, 1).ok()) << "shown, but what?";
    const Assembled assembled = assembly.finish(false).value();
    EXPECT_EQ(assembled.tables.entries.size(), 3U);
    EXPECT_EQ(assembled.hidden, (Pattern{false, true, true})) << "shown by one table is known";
    EXPECT_EQ(assembled.known, (std::vector<bool>{true, true, false}));
    EXPECT_EQ(assembled.tables.entries[1].values[0], 6);

    EXPECT_EQ(assembled.shown_before, (Pattern{true, false, false}));
    EXPECT_EQ(assembled.hidden_before, (Pattern{false, true, true}));

    // What one earlier table hides stays hidden in a new one beside it, unless another one shows it.
    definition.tables.push_back({"v", "q", {0}, false, "h"});
    Assembly joint(definition);
    ASSERT_TRUE(add(joint, {"x", std::nullopt}, "5").ok());
    ASSERT_TRUE(add(joint, {"x"}, "5", true, 1).ok());
    ASSERT_TRUE(add(joint, {"y"}, "6", true, 1).ok());
    ASSERT_TRUE(add(joint, {"y"}, "6", false, 2).ok());
    const Assembled joined = joint.finish(false).value();
    EXPECT_EQ(joined.hidden_before, (Pattern{true, false}));
    EXPECT_EQ(joined.shown_before, (Pattern{false, true}));

    Assembly disagreeing(definition);
    ASSERT_TRUE(add(disagreeing, {"x", std::nullopt}, "5").ok());
    ASSERT_TRUE(add(disagreeing, {"x"}, "6", false, 1).ok());
    EXPECT_FALSE(disagreeing.finish(false).ok());
}

TEST(SuppressionAssembly, ContributorsOfASampleHaveWeights) {
    Definition definition = one_table({"r"});
    definition.measures.push_back({"c", false, false, false, 0, {"x", "y"}, {"v", "w"}});
    Assembly assembly(definition);
    Row row{{"a"}, {false}, {"5", "100"}, {"30", "20"}, false, {"2", std::nullopt}};
    ASSERT_TRUE(assembly.add_row(0, row).ok());
    row.codes = {"b"};
    for (const char* weight : {"0", "-1", "1.5", "4"}) { // 4 times 30 are more than there is
        row.weights = {weight, "1"};
        EXPECT_FALSE(assembly.add_row(0, row).ok()) << weight;
    }
    const Assembled assembled = assembly.finish(false).value();
    ASSERT_EQ(assembled.contents.size(), 1U);
    EXPECT_EQ(assembled.contents[0].contributions[0].weight, 2);
    EXPECT_EQ(assembled.contents[0].contributions[1].weight, 1);
}

TEST(SuppressionAssembly, ContributionsAreWithinTheirCell) {
    Definition definition = one_table({"r"});
    definition.measures.push_back({"c", false, false, false, 1, {"x", "y"}});
    Assembly assembly(definition);
    Row row{{"a"}, {false}, {"5", "10.5"}, {"9.0", "1.5"}, false};
    ASSERT_TRUE(assembly.add_row(0, row).ok());
    row.codes = {"b"};
    row.contributions[1] = std::nullopt;
    ASSERT_TRUE(assembly.add_row(0, row).ok());
    row.codes = {"c"};
    row.contributions[0] = "11";
    EXPECT_FALSE(assembly.add_row(0, row).ok());
    const Assembled assembled = assembly.finish(false).value();
    EXPECT_EQ(assembled.roles.dominance_measure, 1U);
    ASSERT_EQ(assembled.contents.size(), 2U);
    EXPECT_EQ(assembled.contents[0].contributions[0].value, 90);
}

TEST(SuppressionAssembly, SaysWhichColumnOfWhichCell) {
    Definition definition = one_table({"region", "age"});
    Assembly assembly(definition);
    EXPECT_FALSE(add(assembly, {"ARA", std::nullopt}, "12,5").ok());
    EXPECT_EQ(assembly.complaint().about, "column \"n\" at region ARA, age (all)");
    EXPECT_STREQ(assembly.complaint().advice, advice_on("12,5", 0));
    EXPECT_FALSE(add(assembly, {"ARA", "old"}, std::nullopt).ok());
    EXPECT_EQ(assembly.complaint().about, "column \"n\" at region ARA, age old");
    EXPECT_STREQ(assembly.complaint().advice, "");
    EXPECT_TRUE(add(assembly, {"ARA", "old"}, "5").ok());
    EXPECT_EQ(assembly.complaint().about, "");
    EXPECT_FALSE(add(assembly, {"ARA", "old"}, "5").ok());
    EXPECT_EQ(assembly.complaint().about, "region ARA, age old");

    definition.measures.push_back({"cost", false, false, false, 2, {"largest"}});
    Assembly with_cost(definition);
    EXPECT_FALSE(with_cost.add_row(0, {{"ARA", "old"}, {false, false}, {"5", "10.5"}, {"1,5"}, false}).ok());
    EXPECT_EQ(with_cost.complaint().about, "column \"largest\" at region ARA, age old");
}

TEST(SuppressionAssembly, SaysWhereTwoTablesDisagree) {
    Definition definition = one_table({"region"});
    definition.tables.push_back(definition.tables.front());
    definition.tables[1].name = "u";
    Assembly assembly(definition);
    ASSERT_TRUE(add(assembly, {"ARA"}, "7").ok());
    ASSERT_TRUE(add(assembly, {"ARA"}, "8", false, 1).ok());
    EXPECT_FALSE(assembly.finish(false).ok());
    EXPECT_EQ(assembly.complaint().about, "measure \"n\" is 7 in table \"t\" and 8 in table \"u\", at region ARA");
}

} // namespace
} // namespace health_dp::suppression
