#include "core/suppression/audit.hpp"

#include "support/known_problems.hpp"
#include "support/patience.hpp"

#include <gtest/gtest.h>

namespace health_dp::suppression {
namespace {

using test::add_total;
using test::counts;
using test::grid;
using test::hide;
using test::Patient;
using test::system_of;

using Ends = std::pair<Amount, Amount>;

std::vector<Ends> ends(const System& system, const Pattern& pattern, std::vector<QuantityNumber> quantities) {
    Patient patient;
    std::vector<Ends> found;
    const core::Result<std::vector<Interval>> intervals = attainable(system, pattern, quantities, patient);
    for (const Interval& interval : intervals.value()) {
        EXPECT_TRUE(interval.exact);
        found.emplace_back(interval.lowest, interval.highest);
    }
    return found;
}

bool safe(const System& system, const Pattern& pattern) {
    Patient patient;
    return audit(system, pattern, patient).value().safe;
}

Pattern with(Pattern pattern, std::initializer_list<CellNumber> cells) {
    for (const CellNumber cell : cells)
        pattern[cell] = true;
    return pattern;
}

TEST(SuppressionAudit, GivesTheHandbooksIntervals) {
    const System system = system_of(test::geurts());
    EXPECT_EQ(ends(system, system.primary_pattern(), {4, 5, 7, 8}),
              (std::vector<Ends>{{3, 6}, {1, 4}, {0, 3}, {0, 3}}));
    EXPECT_TRUE(safe(system, system.primary_pattern()));
}

TEST(SuppressionAudit, GivesFischettiAndSalazarsInterval) {
    const System system = system_of(test::fischetti_salazar());
    EXPECT_FALSE(safe(system, system.primary_pattern()));
    const Pattern optimum = with(system.primary_pattern(), {9, 13, 15});
    EXPECT_EQ(ends(system, optimum, {11}), (std::vector<Ends>{{5, 30}}));
    EXPECT_TRUE(safe(system, optimum));
}

TEST(SuppressionAudit, TwoInEveryLineAreNotEnough) {
    const System system = system_of(test::sdctable_recomputable());
    Patient patient;
    const Audit found = audit(system, system.primary_pattern(), patient).value();
    EXPECT_FALSE(found.safe);
    EXPECT_EQ(found.findings[1].safety, Safety::unsafe) << "the cell of 47";
    EXPECT_EQ(ends(system, system.primary_pattern(), {7}), (std::vector<Ends>{{47, 47}}));
    const Pattern mended = with(system.primary_pattern(), {14});
    EXPECT_EQ(ends(system, mended, {7}), (std::vector<Ends>{{0, 78}}));
    EXPECT_TRUE(safe(system, mended));
}

TEST(SuppressionAudit, LooksAtLinkedTablesTogether) {
    for (const bool by_county : {false, true}) {
        const System alone = system_of(test::linked_tables(by_county, !by_county));
        EXPECT_TRUE(safe(alone, alone.primary_pattern())) << by_county;
    }
    const System both = system_of(test::linked_tables(true, true));
    EXPECT_FALSE(safe(both, both.primary_pattern()));
    EXPECT_TRUE(safe(both, with(both.primary_pattern(), {8})));
}

TEST(SuppressionAudit, AddsHiddenCellsUp) {
    const System cells = system_of(test::virtual_sum(false));
    EXPECT_TRUE(safe(cells, cells.primary_pattern()));
    const System sum = system_of(test::virtual_sum(true));
    EXPECT_FALSE(safe(sum, sum.primary_pattern()));
    EXPECT_TRUE(safe(sum, with(sum.primary_pattern(), {1})));
}

TEST(SuppressionAudit, UsesThatZerosAreShown) {
    const System system = system_of(test::shown_zeros());
    EXPECT_FALSE(safe(system, system.primary_pattern()));
    EXPECT_EQ(ends(system, system.primary_pattern(), {3, 4}), (std::vector<Ends>{{1, 1}, {1, 1}}));
    const Pattern mended = with(system.primary_pattern(), {2});
    EXPECT_EQ(ends(system, mended, {3}), (std::vector<Ends>{{1, 4}}));
    EXPECT_TRUE(safe(system, mended));
}

TEST(SuppressionAudit, UsesThatCountsAreWhole) {
    // 2x + 2y = 4 and x + z = 2: fractions leave x room around 1 by a half, whole numbers by one.
    Problem problem = counts({1, 1, 4});
    problem.relations.push_back({{{0, 2}, {1, 2}, {2, -1}}, 0, 0});
    problem.quantities[1].highest = 1;
    problem.quantities[0].highest = 1;
    problem.cells[2].standing = Standing::published;
    hide(problem, 0, 0, 0, 1);
    hide(problem, 1, 0, 0, 1);
    EXPECT_FALSE(safe(system_of(problem), {true, true, false}));

    // x + y + z of 3 in pairs: x + y = y + z = x + z + w with w at most 1 and odd sums: halves exist where wholes do
    // not.
    Problem odd = counts({1, 1, 1, 2, 2, 2});
    odd.relations.push_back({{{0, 1}, {1, 1}, {3, -1}}, 0, 0});
    odd.relations.push_back({{{1, 1}, {2, 1}, {4, -1}}, 0, 0});
    odd.relations.push_back({{{0, 1}, {2, 1}, {5, -1}}, 0, 0});
    hide(odd, 0, 0, 0, 1);
    hide(odd, 1, 0, 0, 1);
    hide(odd, 2, 0, 0, 1);
    odd.cells[3].standing = Standing::hidden;
    odd.quantities[3].lowest = 2;
    odd.quantities[3].highest = 3;
    const System system = system_of(odd);
    // x + y may be 3: then x = 1.5 in fractions, and no whole x at all.
    EXPECT_EQ(ends(system, system.primary_pattern(), {0}), (std::vector<Ends>{{1, 1}}));
    EXPECT_FALSE(safe(system, system.primary_pattern()));
}

TEST(SuppressionAudit, AskWhoeverIsAloneInACell) {
    // 30 = 1 + 4 + 25 with 1 and 4 hidden: an outsider learns nothing exact, the one patient of the first learns the 4.
    Problem problem = counts({30, 1, 4, 25});
    add_total(problem, 0, {1, 2, 3});
    hide(problem, 1, 0, 0, 1);
    hide(problem, 2, 0, 0, 1);
    EXPECT_TRUE(safe(system_of(problem), {false, true, true, false}));
    problem.insiders.push_back({{1}});
    const System system = system_of(problem);
    Patient patient;
    const Audit found = audit(system, system.primary_pattern(), patient).value();
    EXPECT_EQ(found.findings[0].safety, Safety::safe) << "his own cell is no news to him";
    EXPECT_EQ(found.findings[1].safety, Safety::unsafe);
    EXPECT_EQ(found.findings[1].knower, 0U);
    EXPECT_TRUE(safe(system, {false, true, true, true}));
}

TEST(SuppressionAudit, BoundsOfDistinctPatientsAreRelationsToo) {
    // 10 patients, 8 and 5 by diagnosis, overlapping: a hidden 5 lies between 2 and 10.
    Problem problem = counts({10, 8, 5});
    problem.relations.push_back({{{0, -1}, {1, 1}, {2, 1}}, 0, kUnbounded});
    problem.relations.push_back({{{0, 1}, {2, -1}}, 0, kUnbounded});
    hide(problem, 2, 3, 5, 0);
    const System system = system_of(problem);
    EXPECT_EQ(ends(system, system.primary_pattern(), {2}), (std::vector<Ends>{{2, 10}}));
    EXPECT_TRUE(safe(system, system.primary_pattern()));
    problem.demands[0].below = 4;
    EXPECT_FALSE(safe(system_of(problem), {false, false, true}));
}

TEST(SuppressionAudit, HiddenTotalsAreUnboundedAbove) {
    Problem problem = counts({30, 10, 20});
    add_total(problem, 0, {1, 2});
    hide(problem, 1, 5, 1000, 0);
    const System system = system_of(problem);
    EXPECT_EQ(ends(system, {true, true, false}, {0, 1}), (std::vector<Ends>{{20, kUnbounded}, {0, kUnbounded}}));
    EXPECT_TRUE(safe(system, {true, true, false}));
}

TEST(SuppressionAudit, BelievesNoTableThatIsNotPossible) {
    const System system = system_of(test::fischetti_salazar());
    const Pattern optimum = with(system.primary_pattern(), {9, 13, 15});
    const std::vector<Witness> proposed = {{{{11, 8}, {9, -8}, {13, 8}, {15, -8}}},
                                           {{{11, -17}, {9, 17}, {13, -17}, {15, 17}}}};
    Patient patient;
    EXPECT_TRUE(audit(system, optimum, proposed, patient).value().safe);
    EXPECT_FALSE(audit(system, system.primary_pattern(), proposed, patient).value().safe) << "they change shown cells";
    EXPECT_FALSE(audit(system, with(optimum, {}), {}, patient).value().findings.empty());
    Problem narrow = test::fischetti_salazar();
    narrow.quantities[13].lowest = 16; // everybody knows
    EXPECT_FALSE(audit(system_of(narrow), optimum, proposed, patient).value().safe) << "17 cannot fall by 17";
}

TEST(SuppressionAudit, StopsWhenTold) {
    const System system = system_of(test::geurts());
    test::Hurried hurried(Patience::Verdict::abandon, 0);
    const core::Result<Audit> stopped = audit(system, system.primary_pattern(), hurried);
    ASSERT_FALSE(stopped.ok());
    EXPECT_EQ(stopped.error().code, core::ErrorCode::interrupted);
    const QuantityNumber quantity = 4;
    EXPECT_FALSE(attainable(system, system.primary_pattern(), {&quantity, 1}, hurried).ok());
    Patient patient;
    EXPECT_FALSE(audit(system, Pattern(3), patient).ok()) << "a pattern of another system";
}

} // namespace
} // namespace health_dp::suppression
