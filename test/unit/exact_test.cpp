// Exact numbers of cells, against the obvious way of counting.
#include "core/bounding/exact.hpp"

#include "support/bounding.hpp"

#include <gtest/gtest.h>

#include <map>
#include <random>
#include <set>
#include <tuple>

namespace health_dp::bounding {
namespace {

// Rows of patients in `groups` groups, three grouping sets: each group, pairs of groups, all of them.
void expect_obvious_counts(std::uint32_t patient_bytes, std::size_t memory, std::size_t rows, std::uint64_t patients) {
    constexpr std::uint32_t kGroups = 10;
    std::mt19937_64 random(rows + patient_bytes + memory);
    RowLayout layout;
    layout.patient_bytes = patient_bytes;
    layout.values = 1;
    test::MemoryStore store;
    Scatter scatter(layout, memory, store);
    std::vector<std::uint32_t> cells;
    for (std::uint32_t group = 0; group < kGroups; ++group) {
        cells.push_back(group);
        cells.push_back(kGroups + group / 2);
        cells.push_back(kGroups + kGroups / 2);
    }
    const std::size_t cell_count = kGroups + kGroups / 2 + 1;
    std::vector<std::uint64_t> row_counts(kGroups, 0);
    std::vector<core::Signed128> sums(kGroups, 0);
    std::vector<std::set<std::pair<std::uint64_t, std::uint64_t>>> who(cell_count);
    for (std::size_t i = 0; i < rows; ++i) {
        const std::uint64_t number = random() % patients;
        const PatientKey patient{number * 0x9e3779b97f4a7c15ULL, patient_bytes == 16 ? number : 0};
        const auto group = static_cast<std::uint32_t>(random() % kGroups);
        const auto value = static_cast<std::int64_t>(random() % 2001) - 1000;
        scatter.add(patient, group, 1, &value);
        ++row_counts[group];
        sums[group] += value;
        for (int set = 0; set < 3; ++set)
            who[cells[group * 3 + static_cast<std::uint32_t>(set)]].insert({patient.low, patient.high});
    }
    ExactCounter counter(layout, kGroups, cells, 3, cell_count);
    std::vector<Source> sources;
    sources.emplace_back(scatter, store);
    for (std::uint32_t partition = 0; partition < Scatter::kPartitions; ++partition)
        counter.count(partition, sources);
    EXPECT_EQ(counter.rows(), row_counts);
    EXPECT_TRUE(counter.sums() == sums);
    for (std::size_t cell = 0; cell < cell_count; ++cell) {
        EXPECT_EQ(counter.patients()[cell], who[cell].size());
        if (who[cell].size() == 1) {
            EXPECT_EQ(std::make_pair(counter.last()[cell].low, counter.last()[cell].high), *who[cell].begin());
        }
    }
}

TEST(ExactCounter, CountsWhatIsThere) {
    expect_obvious_counts(8, std::size_t{1} << 24U, 0, 1);
    expect_obvious_counts(8, std::size_t{1} << 24U, 1, 1);
    expect_obvious_counts(8, std::size_t{1} << 24U, 5000, 700);
    expect_obvious_counts(16, std::size_t{1} << 24U, 5000, 700);
}

TEST(ExactCounter, SpilledRowsAndCrowdedPartitionsCountAsWell) {
    expect_obvious_counts(8, 0, 60000, 5000);
    // One patient, and with her more visits than are kept before they are put together.
    expect_obvious_counts(16, 0, 1500000, 1);
}

} // namespace
} // namespace health_dp::bounding
