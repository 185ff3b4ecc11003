// Exact numbers of cells, against the obvious way of counting.
#include "core/suppression/counting.hpp"

#include "support/bounding.hpp"

#include <gtest/gtest.h>

#include <limits>
#include <map>
#include <random>
#include <set>
#include <tuple>

namespace health_dp::suppression {
namespace {

using bounding::PatientKey;

Policy at_least(Amount patients) {
    Policy policy;
    policy.patients = patients;
    return policy;
}

// Rows of patients in ten groups, three grouping sets: each group, pairs of groups, all of them.
class Rows {
  public:
    static constexpr std::uint32_t kGroups = 10;
    static constexpr std::size_t kCells = kGroups + kGroups / 2 + 1;

    Rows(std::uint32_t patient_bytes, std::size_t memory, std::int64_t lower, std::int64_t upper)
        : columns_{{ColumnId{1}, lower, upper}},
          scatter_((layout_.patient_bytes = patient_bytes, layout_.values = 1, layout_), memory, store_) {}
    static std::uint32_t cell(std::uint32_t group, std::uint32_t set) {
        return set == 0 ? group : set == 1 ? kGroups + group / 2 : kGroups + kGroups / 2;
    }
    void add(const PatientKey& patient, std::uint32_t group, std::int64_t value, bool has_value = true) {
        scatter_.add(patient, group, has_value ? 1 : 0, &value);
    }
    Counting counted(const Policy& policy, bool with_column) {
        std::vector<std::uint32_t> cells;
        for (std::uint32_t group = 0; group < kGroups; ++group)
            for (std::uint32_t set = 0; set < 3; ++set)
                cells.push_back(cell(group, set));
        Counting counting(layout_, with_column ? columns_ : std::vector<CountedColumn>{}, policy, cells, 3, kCells);
        std::vector<bounding::Source> sources;
        sources.emplace_back(scatter_, store_);
        for (std::uint32_t partition = 0; partition < bounding::Scatter::kPartitions; ++partition)
            counting.survey(partition, sources);
        for (std::uint32_t partition = 0; partition < bounding::Scatter::kPartitions; ++partition)
            counting.count(partition, sources);
        return counting;
    }

  private:
    bounding::RowLayout layout_;
    std::vector<CountedColumn> columns_;
    test::MemoryStore store_;
    bounding::Scatter scatter_;
};

void expect_obvious_counts(std::uint32_t patient_bytes, std::size_t memory, std::size_t rows, std::uint64_t patients,
                           bool with_column) {
    std::mt19937_64 random(rows + patient_bytes + memory);
    Rows data(patient_bytes, memory, -1000, 1000);
    std::vector<std::uint64_t> row_counts(Rows::kCells, 0);
    std::vector<std::uint64_t> value_counts(Rows::kCells, 0);
    std::vector<std::uint64_t> totals(Rows::kCells, 0);
    std::vector<std::uint64_t> squares(Rows::kCells, 0);
    std::vector<std::set<std::pair<std::uint64_t, std::uint64_t>>> who(Rows::kCells);
    for (std::size_t i = 0; i < rows; ++i) {
        const std::uint64_t number = random() % patients;
        const PatientKey patient{number * 0x9e3779b97f4a7c15ULL, patient_bytes == 16 ? number : 0};
        const auto group = static_cast<std::uint32_t>(random() % Rows::kGroups);
        const auto value = static_cast<std::int64_t>(random() % 2001) - 1000;
        const bool has_value = random() % 10 != 0;
        data.add(patient, group, value, has_value);
        for (std::uint32_t set = 0; set < 3; ++set) {
            const std::uint32_t cell = Rows::cell(group, set);
            ++row_counts[cell];
            if (has_value) {
                const auto above = static_cast<std::uint64_t>(value + 1000);
                ++value_counts[cell];
                totals[cell] += above;
                squares[cell] += above * above;
            }
            who[cell].insert({patient.low, patient.high});
        }
    }
    const Counting counting = data.counted(at_least(5), with_column);
    for (std::size_t cell = 0; cell < Rows::kCells; ++cell) {
        const PublishedCell described = counting.describe(cell);
        EXPECT_EQ(described.patients, static_cast<Amount>(who[cell].size()));
        EXPECT_EQ(described.rows, static_cast<Amount>(row_counts[cell]));
        if (who[cell].size() == 1) {
            EXPECT_EQ(std::make_pair(counting.last(cell).low, counting.last(cell).high), *who[cell].begin());
        }
        if (!with_column)
            continue;
        const ExactSums& sums = counting.sums(cell, 0);
        EXPECT_EQ(sums.values, value_counts[cell]);
        EXPECT_TRUE(sums.total == totals[cell]);
        EXPECT_TRUE(((sums.high << 64U) + (sums.mixed << 33U) + sums.low) == squares[cell]);
    }
}

TEST(Counting, CountsWhatIsThere) {
    for (const bool with_column : {false, true}) {
        expect_obvious_counts(8, std::size_t{1} << 24U, 0, 1, with_column);
        expect_obvious_counts(8, std::size_t{1} << 24U, 1, 1, with_column);
        expect_obvious_counts(8, std::size_t{1} << 24U, 5000, 700, with_column);
        expect_obvious_counts(16, std::size_t{1} << 24U, 5000, 700, with_column);
    }
}

TEST(Counting, SpilledRowsAndCrowdedPartitionsCountAsWell) {
    expect_obvious_counts(8, 0, 60000, 5000, false);
    expect_obvious_counts(8, 0, 60000, 5000, true);
    // One patient, and with her more visits than are kept before they are put together.
    expect_obvious_counts(16, 0, 1500000, 1, false);
}

TEST(Counting, SquaresOfLargeValuesAreExact) {
    ExactSums sums;
    const std::uint64_t large = ~std::uint64_t{0};
    sums.add(large);
    sums.add(large);
    // (2^64 - 1)^2 = 2^128 - 2^65 + 1
    EXPECT_TRUE(sums.high == 2 * core::Unsigned128{0xffffffffU} * 0xffffffffU);
    EXPECT_TRUE((sums.high << 64U) + (sums.mixed << 33U) + sums.low == 2 * core::Unsigned128{large} * large);
}

PublishedColumn column_of(const Counting& counting) {
    return counting.describe(Rows::kCells - 1).columns.begin()->second;
}

PatientKey patient(std::uint64_t number) { return {number * 0x9e3779b97f4a7c15ULL, 0}; }

// A flag that three of a hundred have: the sum is their number.
TEST(Counting, ASumThatCountsFewPatientsIsWatched) {
    for (const std::int64_t common : {0, 1}) {
        Rows data(8, std::size_t{1} << 24U, 0, 1);
        for (std::uint64_t i = 0; i < 100; ++i)
            data.add(patient(i), 0, i < 3 ? 1 - common : common);
        const PublishedColumn column = column_of(data.counted(at_least(11), true));
        ASSERT_EQ(column.watches.size(), 1U) << common;
        // One to ten of them: from 3 two below and seven above, or the other way round.
        EXPECT_EQ(column.watches[0].below, common == 0 ? 2 : 7);
        EXPECT_EQ(column.watches[0].above, common == 0 ? 7 : 2);
        EXPECT_EQ(column.watches[0].factors.size(), common == 0 ? 1U : 2U);
        EXPECT_FALSE(column.square_watches.empty()); // squares of 0 and 1 are the same sum
    }
}

TEST(Counting, ASumOfManyDifferentValuesIsNot) {
    Rows data(8, std::size_t{1} << 24U, 0, 120);
    for (std::uint64_t i = 0; i < 100; ++i)
        data.add(patient(i), 0, static_cast<std::int64_t>(30 + i % 60));
    const PublishedColumn column = column_of(data.counted(at_least(11), true));
    EXPECT_TRUE(column.watches.empty());
    EXPECT_TRUE(column.square_watches.empty());
}

// Values 0, 1 and 2: sum and squares together count the twos.
TEST(Counting, AVarianceThatCountsFewPatientsIsWatched) {
    Rows data(8, std::size_t{1} << 24U, 0, 2);
    for (std::uint64_t i = 0; i < 100; ++i)
        data.add(patient(i), 0, i < 4 ? 2 : i < 40 ? 1 : 0);
    const PublishedColumn column = column_of(data.counted(at_least(11), true));
    EXPECT_TRUE(column.watches.empty());
    ASSERT_EQ(column.square_watches.size(), 1U);
    // Σx(x - 1) = 2 · 4, two a patient.
    EXPECT_EQ(column.square_watches[0].below, 6);
    EXPECT_EQ(column.square_watches[0].above, 12);
}

// As many patients at each value.
PublishedColumn coded(std::initializer_list<std::pair<std::int64_t, int>> counts, std::int64_t highest) {
    Rows data(8, std::size_t{1} << 24U, 0, highest);
    std::uint64_t next = 0;
    for (const auto& [value, patients] : counts)
        for (int i = 0; i < patients; ++i)
            data.add(patient(next++), 0, value);
    return column_of(data.counted(at_least(11), true));
}

// Numbers are whole: 999 · 3 + 40 is 3037 in one way only, as long as there are fewer than 999 ones.
TEST(Counting, ACodeThatStandsOutIsWatched) {
    const PublishedColumn column = coded({{0, 60}, {1, 40}, {999, 3}}, 999);
    ASSERT_EQ(column.watches.size(), 1U);
    EXPECT_GT(column.watches[0].below, 0);
    EXPECT_GT(column.watches[0].above, column.watches[0].below);
    // Few have 2, but of 0, 1 and 2 it could be any other few as well: the ones and zeros make up for it.
    EXPECT_TRUE(coded({{0, 60}, {1, 40}, {2, 8}}, 2).watches.empty());
    EXPECT_FALSE(coded({{0, 60}, {1, 12}, {2, 8}}, 2).watches.empty() &&
                 coded({{0, 60}, {1, 4}, {2, 8}}, 2).watches.empty());
    // Sum and squares of four values: three equations, and a step of the only other solutions is too long.
    const PublishedColumn four = coded({{0, 39}, {1, 14}, {2, 8}, {5, 9}}, 5);
    EXPECT_FALSE(four.square_watches.empty());
    EXPECT_TRUE(coded({{0, 90}, {1, 90}, {2, 90}, {3, 8}}, 3).square_watches.empty());
}

// Four of eight: neither half may be counted.
TEST(Counting, TwoValuesOfFewEachAreBothWatched) { EXPECT_EQ(coded({{0, 8}, {1, 8}}, 1).watches.size(), 2U); }

TEST(Counting, BoundsAsWideAsTheTypeAreNoSurprise) {
    const std::int64_t lowest = std::numeric_limits<std::int64_t>::min();
    Rows data(8, std::size_t{1} << 24U, lowest, std::numeric_limits<std::int64_t>::max());
    for (std::uint64_t i = 0; i < 100; ++i)
        data.add(patient(i), 0, lowest + static_cast<std::int64_t>(i % 20));
    const Counting counting = data.counted(at_least(11), true);
    EXPECT_EQ(counting.range(0).highest, kLargestAmount);
    EXPECT_GT(counting.range(0).highest_root, 0);
    EXPECT_EQ(column_of(counting).amounts[static_cast<std::size_t>(Part::total)], 950);
}

TEST(Counting, MissingValuesOfFewPatientsAreWatched) {
    Rows data(8, std::size_t{1} << 24U, 0, 120);
    for (std::uint64_t i = 0; i < 100; ++i)
        data.add(patient(i), 0, static_cast<std::int64_t>(30 + i % 60), i >= 2);
    EXPECT_EQ(column_of(data.counted(at_least(11), true)).watches.size(), 1U);
    Rows rare(8, std::size_t{1} << 24U, 0, 120);
    for (std::uint64_t i = 0; i < 100; ++i)
        rare.add(patient(i), 0, static_cast<std::int64_t>(30 + i % 60), i < 2);
    EXPECT_FALSE(column_of(rare.counted(at_least(11), true)).watches.empty());
}

TEST(Counting, OneWhoDominatesASumIsWatched) {
    Rows data(8, std::size_t{1} << 24U, 0, 1000000);
    for (std::uint64_t i = 0; i < 100; ++i)
        data.add(patient(i), 0, i == 0 ? 900000 : static_cast<std::int64_t>(i));
    const PublishedColumn column = column_of(data.counted(at_least(11), true));
    ASSERT_EQ(column.watches.size(), 1U);
    EXPECT_GT(column.watches[0].below, 0);
}

// Everybody has the same: whether that is said is the policy's matter.
TEST(Counting, AValueThatEverybodyHasFollowsTheRuleForZeros) {
    Rows data(8, std::size_t{1} << 24U, 0, 1);
    for (std::uint64_t i = 0; i < 100; ++i)
        data.add(patient(i), 0, 0);
    EXPECT_TRUE(column_of(data.counted(at_least(11), true)).watches.empty());
    Policy classes = at_least(11);
    classes.no_class_disclosure = true;
    EXPECT_EQ(column_of(data.counted(classes, true)).watches.size(), 1U);
}

// 100 patients, 3 of them with a second row: rows less patients is 3.
TEST(Counting, RowsThatCountFewPatientsAreWatched) {
    Rows data(8, std::size_t{1} << 24U, 0, 1);
    for (std::uint64_t i = 0; i < 103; ++i)
        data.add(patient(i % 100), static_cast<std::uint32_t>(i % 2), 0);
    const PublishedCell cell = data.counted(at_least(11), false).describe(Rows::kCells - 1);
    ASSERT_EQ(cell.row_watches.size(), 1U);
    EXPECT_EQ(cell.row_watches[0].below, 2);
    EXPECT_EQ(cell.row_watches[0].above, 7);
}

// Grids follow from the population alone, so that releases with other keys count in the same steps.
TEST(Counting, GridsDoNotDependOnTheCells) {
    Rows data(8, std::size_t{1} << 24U, 0, std::int64_t{1} << 50U);
    std::mt19937_64 random(7);
    for (std::uint64_t i = 0; i < 1000; ++i)
        data.add(patient(i), static_cast<std::uint32_t>(random() % 10), static_cast<std::int64_t>(random() >> 14U));
    const Counting counting = data.counted(at_least(11), true);
    Amount total = 0;
    for (std::size_t cell = 0; cell < Rows::kGroups; ++cell)
        total += counting.describe(cell).columns.begin()->second.amounts[static_cast<std::size_t>(Part::total)];
    EXPECT_EQ(total, column_of(counting).amounts[static_cast<std::size_t>(Part::total)]);
    EXPECT_GT(total, 1000 * 100);
    EXPECT_LT(total, 1000 * 1000);
}

} // namespace
} // namespace health_dp::suppression
