#include "core/suppression/assembly.hpp"
#include "core/suppression/behind.hpp"
#include "core/suppression/sum_codes.hpp"

#include <gtest/gtest.h>

#include <string>

namespace health_dp::suppression {
namespace {

using Text = std::optional<std::string_view>;

Definition with_hierarchies(std::vector<std::string> hierarchies) {
    Definition definition;
    definition.policy = "p";
    definition.dimensions.resize(1);
    definition.dimensions[0].name = "place";
    definition.dimensions[0].hierarchies = std::move(hierarchies);
    definition.measures.emplace_back().name = "n";
    definition.tables.push_back({"t", "q", {0}, false, ""});
    return definition;
}

void add_edges(Assembly& assembly) {
    for (const auto& [child, region, territory] :
         {std::tuple("1", "R1", "T1"), std::tuple("2", "R1", "T2"), std::tuple("3", "R2", "T2")}) {
        ASSERT_TRUE(assembly.add_edge(0, 0, child, region).ok());
        ASSERT_TRUE(assembly.add_edge(0, 1, child, territory).ok());
    }
}

core::Result<bool> add(Assembly& assembly, Text code, Text value) {
    return assembly.add_row(0, {{code}, {false}, {value}, {}});
}

TEST(SuppressionHierarchies, FinestCodesStandInAllAndOthersInTheirs) {
    const Definition definition = with_hierarchies({"r", "t"});
    Assembly assembly(definition);
    add_edges(assembly);
    for (const auto& [code, value] :
         {std::pair("1", "5"), std::pair("2", "6"), std::pair("3", "7"), std::pair("R1", "11"), std::pair("T2", "13")})
        ASSERT_TRUE(add(assembly, code, value).ok());
    ASSERT_TRUE(add(assembly, std::nullopt, "18").ok());
    Assembled assembled = assembly.finish(false).value();
    ASSERT_EQ(assembled.trees, (std::vector<std::vector<std::size_t>>{{0, 1}}));
    ASSERT_EQ(assembled.tables.dimensions.size(), 2U);
    for (const Entry& entry : assembled.tables.entries) {
        const Position position = position_of(assembled, 0, entry.key);
        const std::string code = assembled.labels[position.dimension][position.code].value_or("all");
        EXPECT_EQ(entry.key[0] != 0, code[0] != 'T' && code != "all") << code;
        EXPECT_EQ(entry.key[1] != 0, code[0] != 'R' && code != "all") << code;
    }
    // Every total is tied to its departments: 1 and 2 are R1, 2 and 3 are T2.
    ASSERT_TRUE(add_what_is_behind(assembled.tables, Behind::cells, 1000).ok());
    const std::vector<Line> lines = lines_of(assembled.tables).value();
    for (const char* name : {"R1", "T2"}) {
        std::size_t tied = 0;
        for (const Line& line : lines) {
            if (assembled.tables.is_unseen(line.total))
                continue;
            const Position position = position_of(assembled, 0, assembled.tables.key(line.total));
            if (assembled.labels[position.dimension][position.code] == name && line.parts.size() == 2)
                ++tied;
        }
        EXPECT_EQ(tied, 1U) << name;
    }
}

TEST(SuppressionHierarchies, MarginsOfAll) {
    Definition definition = with_hierarchies({"r", "t"});
    definition.tables[0].builds_margins = true;
    Assembly assembly(definition);
    add_edges(assembly);
    for (const char* code : {"1", "2", "3"})
        ASSERT_TRUE(add(assembly, code, "5").ok());
    const Assembled assembled = assembly.finish(true).value();
    EXPECT_EQ(assembled.tables.entries.size(), 3U + 2U + 2U + 1U);
}

TEST(SuppressionHierarchies, WhatDoesNotFitIsNamed) {
    const Definition definition = with_hierarchies({"r", "t"});
    for (const char* alone : {"R1", "T2"}) { // nothing below it is given
        Assembly assembly(definition);
        add_edges(assembly);
        ASSERT_TRUE(add(assembly, alone, "11").ok());
        EXPECT_FALSE(assembly.finish(false).ok());
        EXPECT_EQ(assembly.complaint().about, "dimension \"place\", code \"" + std::string(alone) + "\"");
    }
    Assembly higher(definition); // a territory of regions
    add_edges(higher);
    ASSERT_TRUE(higher.add_edge(0, 1, "R1", "T9").ok());
    ASSERT_TRUE(add(higher, "1", "5").ok());
    ASSERT_TRUE(add(higher, "R1", "5").ok());
    EXPECT_FALSE(higher.finish(false).ok());
    for (const bool same : {true, false}) { // one name above others in both
        Assembly assembly(definition);
        for (const std::size_t hierarchy : {std::size_t{0}, std::size_t{1}})
            ASSERT_TRUE(assembly.add_edge(0, hierarchy, "1", "X").ok());
        ASSERT_TRUE(assembly.add_edge(0, 0, "2", "X").ok());
        ASSERT_TRUE(assembly.add_edge(0, 1, "2", same ? "X" : "Y").ok());
        for (const char* code : {"1", "2", "X"})
            ASSERT_TRUE(add(assembly, code, "5").ok());
        EXPECT_EQ(assembly.finish(false).ok(), same);
    }
    Assembly twice(definition);
    add_edges(twice);
    EXPECT_FALSE(twice.add_edge(0, 0, "1", "R2").ok());
    EXPECT_EQ(twice.complaint().about, "code \"1\", parents \"R1\" and \"R2\"");
}

TEST(SuppressionHierarchies, InDefinitions) {
    const auto parsed = [](const std::string& hierarchy, const std::string& more = "") {
        return parse_definition(
            R"({"policy": "p", "dimensions": [{"name": "a", "hierarchy": )" + hierarchy + more +
            R"(}], "measures": [{"name": "n"}], "tables": [{"name": "t", "query": "q", "dimensions": ["a"]}]})");
    };
    EXPECT_EQ(parsed(R"("x")").value().dimensions[0].hierarchies, (std::vector<std::string>{"x"}));
    EXPECT_EQ(parsed(R"( [ "x", "y"])").value().dimensions[0].hierarchies, (std::vector<std::string>{"x", "y"}));
    EXPECT_TRUE(parsed("[]").ok());
    EXPECT_TRUE(parsed(R"(["x"])", R"(, "revealing": true)").ok());
    for (const char* hierarchy :
         {R"("")", R"(["x", ""])", R"(["1", "2", "3", "4", "5"])", "1", R"({"x": 1})", R"(["x")"})
        EXPECT_FALSE(parsed(hierarchy).ok()) << hierarchy;
    EXPECT_FALSE(parsed(R"(["x", "y"])", R"(, "revealing": true)").ok());
}

TEST(SuppressionHierarchies, OneDimensionUnderTwoNames) {
    Definition definition = with_hierarchies({});
    definition.dimensions.emplace_back().name = "seat";
    definition.tables.push_back({"u", "q", {1}, false, ""});
    const auto twins = [&](const std::vector<std::pair<std::string, std::string>>& of_seats) {
        Assembly assembly(definition);
        EXPECT_TRUE(add(assembly, "1", "40").ok() && add(assembly, "2", "30").ok());
        for (const auto& [code, value] : of_seats)
            EXPECT_TRUE(assembly.add_row(1, {{code}, {false}, {value}, {}}).ok());
        return find_twins(definition, assembly.finish(false).value()).has_value();
    };
    EXPECT_TRUE(twins({{"1", "40"}, {"2", "30"}}));
    EXPECT_TRUE(twins({{"1", "40"}, {"2", "30"}, {"3", "30"}}));
    EXPECT_FALSE(twins({{"1", "40"}, {"2", "31"}}));
    EXPECT_FALSE(twins({{"1", "40"}, {"3", "30"}})) << "one may be chance";
    EXPECT_FALSE(twins({{"a", "40"}, {"b", "30"}}));
}

} // namespace
} // namespace health_dp::suppression
