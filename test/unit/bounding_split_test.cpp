// [C4] Order, split and memory never change a bit of what is released.
#include "support/bounding.hpp"

#include <gtest/gtest.h>

namespace health_dp::bounding {
namespace {

using test::bound;
using test::Data;
using test::DataGenerator;
using test::Row;
using test::Split;

void expect_same(const Totals& actual, const Totals& expected, const std::string& what) {
    ASSERT_EQ(actual.measurements, expected.measurements) << what;
    ASSERT_EQ(actual.patients, expected.patients) << what;
    ASSERT_TRUE(actual.sums == expected.sums) << what;
}

TEST(BoundingSplit, AnyWayOfReadingGivesTheObviousTotals) {
    for (std::uint64_t seed = 1; seed <= 3000; ++seed) {
        DataGenerator generate(seed);
        const Data data = generate.data(12, 60);
        const Totals expected = test::obvious_totals(data);
        expect_same(bound(data), expected, "as it comes, seed " + std::to_string(seed));
        expect_same(bound(data, {0, 0, seed}), expected, "shuffled without memory, seed " + std::to_string(seed));
        const auto participants = static_cast<std::uint32_t>(1 + generate.below(5));
        expect_same(bound(data, {generate.below(3) * 5000, participants, seed}), expected,
                    std::to_string(participants) + " participants, seed " + std::to_string(seed));
    }
}

// Enough rows that every partition of interest fills its buffers again and again, and that a pass over a partition
// takes only a share of its patients.
Data crowded(std::uint32_t patient_bytes) {
    DataGenerator generate(4711 + patient_bytes);
    Data data;
    data.patient_bytes = patient_bytes;
    data.shape.max_groups = 2;
    data.shape.max_rows = 7;
    data.shape.inputs = {{false, 0, 0}, {true, -50, 900}, {true, 10, 11}};
    data.shape.measurements = {{MeasurementKind::rows, 0},          {MeasurementKind::patients, 1},
                               {MeasurementKind::sum, 1},           {MeasurementKind::centred_total, 1},
                               {MeasurementKind::centred_total, 2}, {MeasurementKind::sum, 2}};
    data.key = generate.key();
    data.digests = generate.digests(9);
    std::vector<PatientKey> patients(300);
    for (PatientKey& patient : patients)
        patient = {generate.word(), patient_bytes == 16 ? generate.word() : 0};
    for (int i = 0; i < 60000; ++i)
        data.rows.push_back(generate.row(data.shape, patients[generate.below(patients.size())],
                                         static_cast<std::uint32_t>(generate.below(9))));
    // Three patients with thousands of rows, one of them in one group only.
    for (int i = 0; i < 20000; ++i)
        data.rows.push_back(generate.row(data.shape, patients[generate.below(3)],
                                         i % 2 == 0 ? 4U : static_cast<std::uint32_t>(generate.below(9))));
    return data;
}

TEST(BoundingSplit, SpillsAndPassesChangeNothing) {
    for (const std::uint32_t patient_bytes : {8U, 16U}) {
        const Data data = crowded(patient_bytes);
        const Totals expected = test::obvious_totals(data);
        std::uint64_t kept_in_memory = 0;
        expect_same(bound(data, {std::size_t{1} << 26, 0, 0, &kept_in_memory}), expected, "all in memory");
        EXPECT_EQ(kept_in_memory, 0U);
        for (const std::size_t memory : {std::size_t{0}, std::size_t{1}, std::size_t{4096}, std::size_t{1} << 18}) {
            std::uint64_t spilled = 0;
            expect_same(bound(data, {memory, 0, memory + 1, &spilled}), expected,
                        "memory of " + std::to_string(memory));
            EXPECT_GT(spilled, 0U) << "nothing was spilled with " << memory;
            expect_same(bound(data, {memory, 4, memory + 2}), expected, "four, memory of " + std::to_string(memory));
        }
    }
}

// Memory stays bounded because a crowded partition is read again, for a share of its patients each time; with room for
// all of them it is read once.
TEST(BoundingSplit, LittleMemoryMeansSeveralPasses) {
    const Data data = crowded(8);
    std::uint64_t spilled = 0;
    std::uint64_t read = 0;
    bound(data, {std::size_t{1} << 26, 2, 1, &spilled, &read});
    EXPECT_GT(spilled, 0U);
    EXPECT_EQ(read, spilled) << "one pass where there is room";
    spilled = read = 0;
    bound(data, {4096, 2, 1, &spilled, &read});
    EXPECT_GE(read, 4 * spilled) << "memory of 4096";
}

// The number of passes follows from the rows, and each takes its own patients: a table of one pass must not be needed
// for a bounder to be right, and a bounder serves many partitions.
TEST(BoundingSplit, PassesPartitionThePatients) {
    const Data data = crowded(8);
    const RowLayout layout = data.layout();
    std::vector<char> rows(layout.size() * data.rows.size());
    for (std::size_t i = 0; i < data.rows.size(); ++i)
        layout.write(rows.data() + i * layout.size(), data.rows[i].patient, data.rows[i].group, data.rows[i].mask,
                     data.rows[i].values.data());
    Totals in_passes(data.digests.size(), data.shape.measurements.size());
    std::uint64_t busy = 0;
    Patients patients(data.shape, layout);
    for (std::uint32_t pass = 0; pass < 8; ++pass) {
        const Totals before = in_passes;
        patients.add(rows.data(), data.rows.size(), {}, pass, 7);
        patients.finish(data.key, data.digests, in_passes);
        busy += in_passes.patients != before.patients ? 1 : 0;
    }
    EXPECT_EQ(busy, 8U) << "passes without patients share nothing out";
    expect_same(in_passes, test::obvious_totals(data), "eight passes");
}

TEST(BoundingSplit, NumbersOfGroupsMeanNothing) {
    for (std::uint64_t seed = 1; seed <= 300; ++seed) {
        DataGenerator generate(seed);
        const Data data = generate.data(10, 50);
        const auto groups = static_cast<std::uint32_t>(data.digests.size());
        Data renumbered = data;
        for (Row& row : renumbered.rows)
            row.group = groups - 1 - row.group;
        std::reverse(renumbered.digests.begin(), renumbered.digests.end());
        const Totals plain = bound(data);
        const Totals mirrored = bound(renumbered);
        for (std::uint32_t group = 0; group < groups; ++group) {
            const std::uint32_t other = groups - 1 - group;
            ASSERT_EQ(plain.patients[group], mirrored.patients[other]) << seed;
            for (std::size_t m = 0; m < plain.measurements; ++m)
                ASSERT_TRUE(plain.sums[group * plain.measurements + m] == mirrored.sums[other * plain.measurements + m])
                    << seed;
        }
    }
}

TEST(BoundingSplit, NothingInGivesNothingOut) {
    DataGenerator generate(1);
    Data data = generate.data(0, 1);
    data.rows.clear();
    for (const std::uint32_t participants : {0U, 1U, 3U}) {
        const Totals totals = bound(data, {4096, participants, 1});
        for (const std::uint64_t patients : totals.patients)
            EXPECT_EQ(patients, 0U);
        for (const core::Signed128 sum : totals.sums)
            EXPECT_TRUE(sum == 0);
    }
}

} // namespace
} // namespace health_dp::bounding
