// [C3] Which M groups a patient reaches: the M smallest by a keyed hash of patient and group, and nobody else's matter.
#include "support/bounding.hpp"

#include <gtest/gtest.h>

#include <bit>

namespace health_dp::bounding {
namespace {

using test::bound;
using test::Data;
using test::DataGenerator;

// Patient i brings 2^i to the sum of each of its groups, so that a group's sum says who reached it.
Data roll_call(DataGenerator& generate, std::uint32_t patients, std::uint32_t groups, std::uint32_t max_groups) {
    Data data;
    data.shape = {max_groups, 1, {{true, 0, std::int64_t{1} << 60}}, {{MeasurementKind::sum, 0}}};
    data.key = generate.key();
    data.digests = generate.digests(groups);
    for (std::uint32_t i = 0; i < patients; ++i)
        for (std::uint32_t group = 0; group < groups; ++group)
            if (generate.chance(70))
                data.rows.push_back({{i + 1, 0}, group, 1, {std::int64_t{1} << i}});
    return data;
}

TEST(BoundingChoice, KeepsTheSmallestRanksOfEachPatient) {
    for (std::uint64_t seed = 1; seed <= 300; ++seed) {
        DataGenerator generate(seed);
        const std::uint32_t max_groups = 1 + static_cast<std::uint32_t>(seed % 6);
        const Data data = roll_call(generate, 40, 8, max_groups);
        const Totals totals = bound(data, {4096, static_cast<std::uint32_t>(seed % 3), seed});
        std::vector<std::uint64_t> expected(8, 0);
        for (const auto& [key, groups] : test::by_patient(data)) {
            const auto kept = test::obvious_choice(data, {key.first, key.second}, groups);
            EXPECT_EQ(kept.size(), std::min<std::size_t>(groups.size(), max_groups));
            for (const std::uint32_t group : kept)
                expected[group] |= std::uint64_t{1} << (key.first - 1);
        }
        for (std::size_t group = 0; group < 8; ++group) {
            ASSERT_EQ(static_cast<std::uint64_t>(totals.sums[group]), expected[group]) << "seed " << seed;
            ASSERT_EQ(totals.patients[group], static_cast<std::uint64_t>(std::popcount(expected[group]))) << seed;
        }
    }
}

TEST(BoundingChoice, DoesNotChangeWhenAnotherPatientLeaves) {
    for (std::uint64_t seed = 1; seed <= 60; ++seed) {
        DataGenerator generate(seed);
        const Data data = roll_call(generate, 30, 9, 1 + static_cast<std::uint32_t>(seed % 4));
        const Totals all = bound(data, {0, 0, seed});
        for (std::uint32_t leaver = 0; leaver < 30; ++leaver) {
            const Totals rest = bound(data.without({leaver + 1, 0}), {1 << 16, leaver % 3, seed + leaver + 1});
            const std::uint64_t others = ~(std::uint64_t{1} << leaver);
            for (std::size_t group = 0; group < 9; ++group)
                ASSERT_EQ(static_cast<std::uint64_t>(rest.sums[group]),
                          static_cast<std::uint64_t>(all.sums[group]) & others)
                    << "seed " << seed << ", patient " << leaver << " left, group " << group;
        }
    }
}

// Neither does it change when the patient's own rows multiply, or other groups appear that the patient is not in.
TEST(BoundingChoice, DependsOnThePatientsGroupsAlone) {
    DataGenerator generate(99);
    const Data data = roll_call(generate, 30, 9, 2);
    const Totals all = bound(data);
    Data doubled = data;
    doubled.rows.insert(doubled.rows.end(), data.rows.begin(), data.rows.end());
    doubled.digests.push_back(generate.key());
    doubled.rows.push_back({{1000, 0}, 9, 1, {0}});
    const Totals again = bound(doubled);
    for (std::size_t group = 0; group < 9; ++group)
        EXPECT_EQ(again.patients[group], all.patients[group]);
}

// A row that counts for nothing is a row all the same: its group takes part in the choice, before FILTER.
TEST(BoundingChoice, ComesBeforeFilters) {
    DataGenerator generate(5);
    std::uint64_t lost = 0;
    for (int trial = 0; trial < 200; ++trial) {
        Data data;
        data.shape = {1, 1, {{false, 0, 0}}, {{MeasurementKind::rows, 0}}};
        data.key = generate.key();
        data.digests = generate.digests(2);
        data.rows = {{{1, 0}, 0, 1, {}}, {{1, 0}, 1, 0, {}}};
        const Totals totals = bound(data);
        EXPECT_EQ(totals.patients[0] + totals.patients[1], 1U);
        EXPECT_TRUE(totals.sums[1] == 0);
        lost += totals.patients[1];
    }
    // The group of the filtered row wins about every second time; never or always would be another rule (p < 2^-199).
    EXPECT_GT(lost, 0U);
    EXPECT_LT(lost, 200U);
}

TEST(BoundingChoice, RankDependsOnKeyPatientAndGroup) {
    const ChoiceKey key{1};
    const GroupDigest group{2};
    const PatientKey patient{3, 4};
    const std::uint64_t rank = group_rank(key, patient, group);
    EXPECT_EQ(rank, group_rank(key, patient, group));
    for (std::size_t byte = 0; byte < 16; ++byte) {
        ChoiceKey other_key = key;
        other_key[byte] ^= 0x80;
        EXPECT_NE(rank, group_rank(other_key, patient, group)) << byte;
        GroupDigest other_group = group;
        other_group[byte] ^= 0x80;
        EXPECT_NE(rank, group_rank(key, patient, other_group)) << byte;
    }
    for (unsigned bit = 0; bit < 64; ++bit) {
        EXPECT_NE(rank, group_rank(key, {patient.low ^ (std::uint64_t{1} << bit), patient.high}, group)) << bit;
        EXPECT_NE(rank, group_rank(key, {patient.low, patient.high ^ (std::uint64_t{1} << bit)}, group)) << bit;
    }
}

TEST(BoundingChoice, DigestsOfOwnersAreKeyed) {
    const PatientKey digest = digest_patient(ChoiceKey{1}, "abc", 3);
    EXPECT_EQ(digest, digest_patient(ChoiceKey{1}, "abc", 3));
    EXPECT_NE(digest, digest_patient(ChoiceKey{2}, "abc", 3));
    EXPECT_NE(digest, digest_patient(ChoiceKey{1}, "abd", 3));
    EXPECT_NE(digest, digest_patient(ChoiceKey{1}, "abc", 2));
    EXPECT_NE(digest.low, digest.high);
}

} // namespace
} // namespace health_dp::bounding
