#include "core/suppression/tables.hpp"

#include "core/suppression/known_bounds.hpp"
#include "support/suppression.hpp"

#include <gtest/gtest.h>

#include <optional>
#include <tuple>

namespace health_dp::suppression {
namespace {

using test::add_total;
using test::counts;
using test::flat;
using test::Margins;

TEST(SuppressionTables, EveryMarginIsALine) {
    Margins margins({flat(3), flat(4)});
    for (CodeNumber a = 1; a <= 3; ++a)
        for (CodeNumber b = 1; b <= 4; ++b)
            margins.add({a, b}, 10 * a + b);
    const Tables tables = margins.tables();
    const std::vector<Line> lines = lines_of(tables).value();
    EXPECT_EQ(lines.size(), 4U + 5U);
    EXPECT_EQ(relations_of(tables, lines).size(), 9U);
}

TEST(SuppressionTables, LevelsThatAreNotPublishedAreSkipped) {
    Dimension place;
    place.parents = {kNoParent, 0, 0, 1, 1, 2};
    Tables tables;
    tables.dimensions = {place};
    tables.measures.emplace_back();
    tables.entries = {{{0}, {60}}, {{3}, {10}}, {{4}, {20}}, {{5}, {30}}}; // no code 1, no code 2
    const std::vector<Line> lines = lines_of(tables).value();
    ASSERT_EQ(lines.size(), 1U);
    EXPECT_EQ(lines[0].parts, (std::vector<CellNumber>{1, 2, 3}));
}

TEST(SuppressionTables, LinkedTablesShareTheirMargins) {
    // Place by age, and place by sex: no table has all three, and the places are common.
    Tables tables;
    tables.dimensions = {flat(2), flat(2), flat(2)};
    tables.measures.emplace_back();
    tables.entries = {{{0, 0, 0}, {10}}, {{1, 0, 0}, {4}}, {{2, 0, 0}, {6}}, {{1, 1, 0}, {1}},
                      {{1, 2, 0}, {3}},  {{1, 0, 1}, {2}}, {{1, 0, 2}, {2}}};
    const std::vector<Line> lines = lines_of(tables).value();
    ASSERT_EQ(lines.size(), 3U);
    EXPECT_EQ(lines[0].parts, (std::vector<CellNumber>{1, 2}));
    EXPECT_EQ(lines[1].parts, (std::vector<CellNumber>{3, 4}));
    EXPECT_EQ(lines[2].parts, (std::vector<CellNumber>{5, 6}));
    EXPECT_EQ(lines[1].total, 1U);
    EXPECT_EQ(lines[2].total, 1U);
}

TEST(SuppressionTables, DistinctPatientsDoNotAddUpOverDiagnoses) {
    Tables tables;
    Dimension diagnosis = flat(2);
    diagnosis.overlapping = true;
    tables.dimensions = {diagnosis};
    tables.measures = {{.distinct = true}, {}};
    tables.entries = {{{0}, {10, 14}}, {{1}, {8, 9}}, {{2}, {5, 5}}};
    Problem problem;
    problem.relations = relations_of(tables, lines_of(tables).value());
    ASSERT_EQ(problem.relations.size(), 4U) << "two children below the total, the total below their sum, and the stays";
    for (CellNumber cell = 0; cell < 3; ++cell) {
        problem.cells.emplace_back();
        for (std::size_t measure = 0; measure < 2; ++measure)
            problem.quantities.push_back({cell, tables.entries[cell].values[measure], 0, kUnbounded});
    }
    EXPECT_TRUE(System::create(problem).ok());
    std::optional<Breach> breach;
    problem.quantities[0].value = 14; // more than 8 + 5
    EXPECT_FALSE(System::create(problem, &breach).ok());
    ASSERT_TRUE(breach.has_value());
    EXPECT_EQ(std::tuple(breach->total, breach->value, breach->others), std::tuple(0U, 14, 13));
    problem.quantities[0].value = 7; // fewer than the 8 of a part
    EXPECT_FALSE(System::create(problem, &breach).ok());
    EXPECT_EQ(std::tuple(breach->total, breach->value, breach->others), std::tuple(0U, 7, 8));
}

TEST(SuppressionBounds, FollowFromTheRelations) {
    Problem problem = counts({20, 3, 5, 12});
    add_total(problem, 0, {1, 2, 3});
    for (CellNumber cell = 1; cell < 4; ++cell)
        problem.quantities[cell].lowest = 1;
    problem.cells[0].standing = Standing::published;
    tighten_bounds(problem);
    EXPECT_EQ(problem.quantities[0].lowest, 20);
    EXPECT_EQ(problem.quantities[1].lowest, 1);
    EXPECT_EQ(problem.quantities[1].highest, 18);
    Problem open = counts({20, 3, 5, 12});
    add_total(open, 0, {1, 2, 3});
    for (CellNumber cell = 1; cell < 4; ++cell)
        open.quantities[cell].lowest = 1;
    tighten_bounds(open);
    EXPECT_EQ(open.quantities[0].lowest, 3) << "three cells that are not empty";
    EXPECT_EQ(open.quantities[0].highest, kUnbounded);
}

TEST(SuppressionSystem, OnlyPossibleTablesAreWitnesses) {
    Problem problem = counts({20, 3, 5, 12});
    add_total(problem, 0, {1, 2, 3});
    const System system = test::system_of(problem);
    const Pattern two{false, true, true, false};
    EXPECT_TRUE(system.possible({{{1, 5}, {2, -5}}}, two));
    EXPECT_FALSE(system.possible({{{1, 6}, {2, -6}}}, two)) << "below nothing";
    EXPECT_FALSE(system.possible({{{1, 1}}}, two)) << "the total does not add up";
    EXPECT_FALSE(system.possible({{{1, 1}, {3, -1}}}, two)) << "a shown cell";
    EXPECT_TRUE(system.possible({}, two));
    EXPECT_TRUE(system.possible({{{1, 9}, {2, -9}}, 2}, two)) << "halves";
    EXPECT_FALSE(system.possible({{{1, 11}, {2, -11}}, 2}, two)) << "5 - 11 / 2";
}

TEST(SuppressionSystem, RefusesWhatDoesNotAddUp) {
    Problem wrong = counts({20, 3, 5, 11});
    add_total(wrong, 0, {1, 2, 3});
    std::optional<Breach> breach;
    EXPECT_FALSE(System::create(wrong, &breach).ok());
    ASSERT_TRUE(breach.has_value());
    EXPECT_EQ(std::tuple(breach->total, breach->value, breach->others), std::tuple(0U, 20, 19));
    Problem twice = counts({6, 3});
    add_total(twice, 0, {1, 1});
    EXPECT_FALSE(System::create(twice).ok());
    Problem large = counts({kLargestAmount + 1});
    EXPECT_FALSE(System::create(large).ok());
    Problem outside = counts({5});
    outside.quantities[0].lowest = 6;
    breach.reset();
    EXPECT_FALSE(System::create(outside, &breach).ok());
    EXPECT_FALSE(breach.has_value()) << "no total is wrong";
    Problem nowhere = counts({5});
    nowhere.demands.push_back({1, 0, 0, 1});
    EXPECT_FALSE(System::create(nowhere).ok());
}

} // namespace
} // namespace health_dp::suppression
