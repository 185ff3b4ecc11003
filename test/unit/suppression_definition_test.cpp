#include "core/suppression/definition.hpp"

#include <gtest/gtest.h>

#include <string>

namespace health_dp::suppression {
namespace {

constexpr const char* kFull = R"({"policy": "nhs",
    "tables": [{"name": "t", "query": "SELECT \"x\"\n\t\\ é", "dimensions": ["a", "r"], "margins": "given", "hidden": "h"},
               {"name": "u", "query": "q", "dimensions": ["r"]}],
    "dimensions": [{"name": "r", "hierarchy": "ref.r", "total": "T", "overlapping": true},
                   {"name": "a", "grouping": "g", "revealing": true}],
    "measures": [{"name": "n"}, {"name": "s", "units": true, "distinct": true},
                 {"name": "c", "decimals": 2, "negative": false, "contributors": ["x", "y"], "weights": ["v", "w"]}]})";

TEST(SuppressionDefinition, SaysAllThereIs) {
    const auto parsed = parse_definition(kFull);
    ASSERT_TRUE(parsed.ok()) << parsed.error().message;
    const Definition& definition = parsed.value();
    EXPECT_EQ(definition.policy, "nhs");
    EXPECT_TRUE(definition.project.empty());
    ASSERT_EQ(definition.dimensions.size(), 2U);
    EXPECT_EQ(definition.dimensions[0].hierarchies, std::vector<std::string>{"ref.r"});
    EXPECT_EQ(definition.dimensions[0].total, "T");
    EXPECT_TRUE(definition.dimensions[0].overlapping);
    EXPECT_FALSE(definition.dimensions[0].revealing);
    EXPECT_EQ(definition.dimensions[1].grouping, "g");
    EXPECT_TRUE(definition.dimensions[1].revealing);
    ASSERT_EQ(definition.measures.size(), 3U);
    EXPECT_TRUE(definition.measures[1].units && definition.measures[1].distinct);
    EXPECT_EQ(definition.measures[2].decimals, 2U);
    EXPECT_EQ(definition.measures[2].contributors, (std::vector<std::string>{"x", "y"}));
    EXPECT_EQ(definition.measures[2].weights, (std::vector<std::string>{"v", "w"}));
    ASSERT_EQ(definition.tables.size(), 2U);
    EXPECT_EQ(definition.tables[0].query, "SELECT \"x\"\n\t\\ é");
    EXPECT_EQ(definition.tables[0].dimensions, (std::vector<std::size_t>{1, 0}));
    EXPECT_EQ(definition.tables[0].hidden, "h");
}

// The definition above with one thing put in another's place.
bool accepted_with(const std::string& from, const std::string& to) {
    std::string text = kFull;
    const std::size_t place = text.find(from);
    EXPECT_NE(place, std::string::npos) << from;
    text.replace(place, from.size(), to);
    return parse_definition(text).ok();
}

TEST(SuppressionDefinition, NothingElse) {
    EXPECT_TRUE(accepted_with("\"nhs\"", "\"ours\""));
    for (const auto& [from, to] : std::vector<std::pair<std::string, std::string>>{
             {R"("policy": "nhs")", R"("policy": "nhs", "project": "p")"},
             {R"("policy": "nhs",)", ""},
             {R"("policy": "nhs")", R"("policy": "nhs", "policy": "insee")"},
             {R"("policy": "nhs")", R"("policy": "nhs", "polcy": "insee")"},
             {R"("policy": "nhs")", R"("policy": 5)"},
             {R"("overlapping": true)", R"("overlaping": true)"},
             {R"("overlapping": true)", R"("overlapping": "true")"},
             {R"("overlapping": true)", R"("overlapping": tru)"},
             {R"("total": "T")", R"("total": "T", "grouping": "g")"},
             {R"({"name": "n"})", R"({"name": "n", "units": true})"},
             {R"({"name": "n"})", R"({"name": "n", "decimals": 1})"},
             {R"({"name": "n"})", R"({"name": ""})"},
             {R"({"name": "n"})", R"({"name": "s"})"},
             {R"("units": true)", R"("units": true, "negative": true)"},
             {R"("units": true)", R"("units": true, "contributors": ["x"])"},
             {R"("weights": ["v", "w"])", R"("weights": ["v"])"},
             {R"("decimals": 2)", R"("decimals": 7)"},
             {R"("decimals": 2)", R"("decimals": -1)"},
             {R"("decimals": 2)", R"("decimals": 99999999999999999999)"},
             {R"("negative": false)", R"("negative": true)"},
             {R"(["a", "r"])", R"(["a", "b"])"},
             {R"(["a", "r"])", R"(["a", "a"])"},
             {R"("given")", R"("build")"},
             {R"("given")", R"("none")"},
             {R"("name": "u")", R"("name": "t")"},
             {R"("query": "q")", R"("query": "")"},
             {R"(\t)", R"(\u0009)"},
             {R"(\t)", "\t"},
             {R"(["v", "w"]}]})", R"(["x", "y"]}])"},
             {R"(["v", "w"]}]})", R"(["x", "y"]}]} {})"},
             {R"(["x", "y"])", R"(["x", "y",])"}})
        EXPECT_FALSE(accepted_with(from, to)) << to;
    EXPECT_FALSE(parse_definition("").ok());
    EXPECT_FALSE(parse_definition("{\"policy\": \"").ok());
    std::string deep(100000, '[');
    EXPECT_FALSE(parse_definition(deep).ok());
}

} // namespace
} // namespace health_dp::suppression
