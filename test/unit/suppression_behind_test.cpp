#include "core/suppression/behind.hpp"
#include "core/suppression/completion.hpp"

#include "support/known_problems.hpp"
#include "support/patience.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

namespace health_dp::suppression {
namespace {

using test::flat;

using Key = std::vector<CodeNumber>;

// Two zones of two regions each; with `uneven`, a fifth that lies in no zone.
Dimension regions(bool uneven = false) {
    Dimension dimension;
    dimension.parents = {kNoParent, 0, 0, 1, 1, 2, 2};
    if (uneven)
        dimension.parents.push_back(0);
    return dimension;
}

// All keys of these sets: for each dimension the codes of one level.
Tables tables_of(const std::vector<Dimension>& dimensions, const std::vector<std::vector<Key>>& sets) {
    Tables tables;
    tables.dimensions = dimensions;
    tables.measures.push_back({.distinct = true});
    std::set<Key> keys;
    for (const std::vector<Key>& set : sets) {
        std::vector<Key> of_set{{}};
        for (const Key& codes : set) {
            std::vector<Key> longer;
            for (const Key& key : of_set)
                for (const CodeNumber code : codes) {
                    longer.push_back(key);
                    longer.back().push_back(code);
                }
            of_set = std::move(longer);
        }
        keys.insert(of_set.begin(), of_set.end());
    }
    for (const Key& key : keys)
        tables.entries.push_back({key, {1}});
    return tables;
}

std::set<Key> behind(Tables tables, Behind what = Behind::cells) {
    EXPECT_TRUE(add_what_is_behind(tables, what, 1000).ok());
    const std::set<Key> unseen(tables.unseen.begin(), tables.unseen.end());
    EXPECT_EQ(unseen.size(), tables.unseen.size()) << "each once";
    for (const Entry& entry : tables.entries)
        EXPECT_EQ(unseen.count(entry.key), 0U);
    return unseen;
}

const Key kAll{0};
const Key kTwo{1, 2};

TEST(SuppressionBehind, NothingIsAddedWhereEveryStepIsThere) {
    const std::vector<Dimension> two{flat(2), flat(2)};
    EXPECT_TRUE(behind(tables_of(two, {{kTwo, kTwo}, {kTwo, kAll}, {kAll, kTwo}, {kAll, kAll}})).empty());
    EXPECT_TRUE(behind(tables_of(two, {{kTwo, kTwo}, {kAll, kTwo}, {kAll, kAll}})).empty());
    EXPECT_TRUE(behind(tables_of(two, {{kTwo, kAll}, {kAll, kTwo}, {kAll, kAll}})).empty()) << "two margins";
    EXPECT_TRUE(behind(tables_of(two, {{kTwo, kTwo}})).empty());
    const std::vector<Dimension> three{flat(2), flat(2), flat(2)};
    EXPECT_TRUE(behind(tables_of(three, {{kTwo, kTwo, kAll}, {kAll, kTwo, kTwo}, {kAll, kTwo, kAll}})).empty())
        << "tables that share their margin";
    EXPECT_TRUE(behind(tables_of({regions()}, {{Key{3, 4, 5, 6}}, {kAll}})).empty()) << "a line skips levels";
}

TEST(SuppressionBehind, StepsBetween) {
    EXPECT_EQ(behind(tables_of({flat(2), flat(2)}, {{kTwo, kTwo}, {kAll, kAll}})).size(), 2U);
    Dimension overlapping = flat(2);
    overlapping.overlapping = true;
    EXPECT_EQ(behind(tables_of({flat(2), overlapping}, {{kTwo, kTwo}, {kAll, kAll}})), (std::set<Key>{{1, 0}, {2, 0}}))
        << "what overlaps is summed first";
    EXPECT_EQ(behind(tables_of({flat(2), overlapping}, {{kTwo, kTwo}, {kAll, kTwo}, {kAll, kAll}})),
              (std::set<Key>{{1, 0}, {2, 0}}))
        << "also where the codes' totals tie them: these say less";
    EXPECT_TRUE(behind(tables_of({flat(2), flat(2)}, {{kTwo, kTwo}, {kAll, kTwo}, {kAll, kAll}})).empty());
}

TEST(SuppressionBehind, MarginsOfTablesThatShareThem) {
    EXPECT_EQ(behind(tables_of({flat(2), flat(2), flat(2)}, {{kTwo, kTwo, kAll}, {kAll, kTwo, kTwo}})),
              (std::set<Key>{{0, 1, 0}, {0, 2, 0}}));
    EXPECT_EQ(behind(tables_of({flat(2), flat(2)}, {{kTwo, kAll}, {kAll, kTwo}})), (std::set<Key>{{0, 0}}));
    // Regions by age, zones by sex: they have zones in common.
    EXPECT_EQ(behind(tables_of({regions(), flat(2), flat(2)}, {{Key{3, 4, 5, 6}, kTwo, kAll}, {kTwo, kAll, kTwo}})),
              (std::set<Key>{{1, 0, 0}, {2, 0, 0}, {1, 1, 0}, {1, 2, 0}, {2, 1, 0}, {2, 2, 0}}));
}

TEST(SuppressionBehind, CellsOfTablesThatGoRoundInACircle) {
    const std::vector<Dimension> three{flat(2), flat(2), flat(2)};
    const Tables circle = tables_of(three, {{kTwo, kTwo, kAll}, {kAll, kTwo, kTwo}, {kTwo, kAll, kTwo}});
    EXPECT_EQ(behind(circle).size(), 8U);
    EXPECT_TRUE(behind(circle, Behind::sums).empty());
    // A combination that one of them does not have is nobody.
    Tables smaller = circle;
    std::erase_if(smaller.entries, [](const Entry& entry) { return entry.key == Key{1, 1, 0}; });
    EXPECT_EQ(behind(smaller).size(), 6U);
    // Of four in a ring, three are enough at a time.
    const std::vector<Dimension> four(4, flat(3));
    const Key codes{1, 2, 3};
    const Tables ring = tables_of(four, {{codes, codes, kAll, kAll},
                                         {kAll, codes, codes, kAll},
                                         {kAll, kAll, codes, codes},
                                         {codes, kAll, kAll, codes}});
    for (const Key& key : behind(ring))
        EXPECT_NE(std::count(key.begin(), key.end(), 0U), 0);
    // Levels of one dimension can make a circle, too: here of zones, which regions lie below.
    EXPECT_EQ(behind(tables_of({regions(), flat(2), flat(2)},
                               {{Key{3, 4, 5, 6}, kTwo, kAll}, {kAll, kTwo, kTwo}, {kTwo, kAll, kTwo}}))
                  .count({1, 1, 1}),
              1U);
}

TEST(SuppressionBehind, ACodeInNoZoneStandsBesideRegions) {
    const Tables tables =
        tables_of({regions(true), flat(2)}, {{Key{3, 4, 5, 6, 7}, kTwo}, {Key{3, 4, 5, 6, 7}, kAll}, {kAll, kAll}});
    EXPECT_TRUE(behind(tables).empty());
    EXPECT_EQ(behind(tables_of({regions(true), flat(2)}, {{Key{3, 4, 5, 6, 7}, kTwo}, {kAll, kAll}})).size(), 2U)
        << "one of the two margins";
}

TEST(SuppressionBehind, TooMuch) {
    Tables circle = tables_of(
        {flat(3), flat(3), flat(3)},
        {{Key{1, 2, 3}, Key{1, 2, 3}, kAll}, {kAll, Key{1, 2, 3}, Key{1, 2, 3}}, {Key{1, 2, 3}, kAll, Key{1, 2, 3}}});
    const core::Result<bool> refused = add_what_is_behind(circle, Behind::cells, 26);
    ASSERT_FALSE(refused.ok());
    EXPECT_EQ(refused.error().code, core::ErrorCode::too_costly);
}

TEST(SuppressionBehind, DeducesTotalsFirst) {
    // 9 is said to be the total of what adds up to 3 and 4: the total is what is wrong, and no part is bent to fit it.
    Problem problem;
    for (const Amount value : {9, 0, 0, 3, 4})
        problem.quantities.push_back({kNoCell, value, 0, kUnbounded});
    problem.relations = {{{{0, -1}, {1, 1}, {2, 1}}, 0, 0}, {{{1, -1}, {3, 1}}, 0, 0}, {{{2, -1}, {4, 1}}, 0, 0}};
    std::vector<bool> known{true, false, false, true, true};
    deduce(problem, known);
    EXPECT_EQ(known, std::vector<bool>(5, true));
    EXPECT_EQ(problem.quantities[1].value, 3);
    EXPECT_EQ(problem.quantities[2].value, 4);
}

TEST(SuppressionBehind, NamesTheWrongTotalWhereNothingElseFitsEither) {
    // 9 is no sum of 3 and 4; and what is unknown cannot be both 1 and 2.
    Problem problem;
    for (const Amount value : {9, 3, 4, 0, 0, 1, 2})
        problem.quantities.push_back({kNoCell, value, 0, kUnbounded});
    problem.relations = {
        {{{5, -1}, {3, 1}, {4, 1}}, 0, 0}, {{{6, -1}, {3, 1}, {4, 1}}, 0, 0}, {{{0, -1}, {1, 1}, {2, 1}}, 0, 0}};
    test::Patient patience;
    std::optional<Breach> breach;
    EXPECT_FALSE(complete(problem, {true, true, true, false, false, true, true}, patience, &breach).ok());
    ASSERT_TRUE(breach.has_value());
    EXPECT_EQ(breach->total, 0U);
    EXPECT_EQ(breach->value, 9);
    EXPECT_EQ(breach->others, 7);
}

} // namespace
} // namespace health_dp::suppression
