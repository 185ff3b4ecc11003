// [C3] [C4] One patient moves no measurement by more than is claimed: on random neighbouring data, exactly.
#include "support/bounding.hpp"
#include "support/numbers.hpp"

#include "core/big_integer.hpp"

#include <gtest/gtest.h>

#include <set>

namespace health_dp::bounding {
namespace {

using core::BigInteger;
using core::Signed128;
using core::Unsigned128;
using test::bound;
using test::Data;
using test::DataGenerator;
using test::Row;

BigInteger square(Unsigned128 value) { return BigInteger(value) * BigInteger(value); }

// Compares two noise-free measurement vectors with what one patient may do to them. Returns how many groups moved.
std::size_t expect_bounded(const Shape& shape, const Totals& all, const Totals& neighbour, std::uint64_t seed) {
    std::set<std::size_t> moved;
    for (std::size_t group = 0; group < all.patients.size(); ++group) {
        const std::uint64_t difference = all.patients[group] - neighbour.patients[group];
        EXPECT_LE(difference, 1U) << "patients of a group, seed " << seed;
        if (difference != 0)
            moved.insert(group);
    }
    for (std::size_t m = 0; m < shape.measurements.size(); ++m) {
        const Unsigned128 claimed = sensitivity_per_group(shape, shape.measurements[m]);
        BigInteger distance;
        BigInteger squares;
        for (std::size_t group = 0; group < all.patients.size(); ++group) {
            const std::size_t at = group * all.measurements + m;
            const Signed128 change = all.sums[at] - neighbour.sums[at];
            const auto magnitude = static_cast<Unsigned128>(change < 0 ? -change : change);
            EXPECT_TRUE(magnitude <= claimed) << "measurement " << m << " moved by " << test::text_of(magnitude)
                                              << " in a group, claimed " << test::text_of(claimed) << ", seed " << seed;
            if (magnitude != 0)
                moved.insert(group);
            distance = distance + BigInteger(magnitude);
            squares = squares + square(magnitude);
        }
        const BigInteger most_groups{Unsigned128{shape.max_groups}};
        EXPECT_TRUE(distance <= most_groups * BigInteger(claimed)) << "L1 of measurement " << m << ", seed " << seed;
        EXPECT_TRUE(squares <= most_groups * square(claimed)) << "L2 of measurement " << m << ", seed " << seed;
    }
    EXPECT_LE(moved.size(), shape.max_groups) << "groups moved, seed " << seed;
    return moved.size();
}

// The whole of one patient's influence, for every patient of the data set.
std::size_t check_all_neighbours(const Data& data, std::uint64_t seed) {
    const Totals all = bound(data);
    std::size_t neighbours = 0;
    for (const auto& [key, groups] : test::by_patient(data)) {
        const PatientKey patient{key.first, key.second};
        const Totals without = bound(data.without(patient));
        expect_bounded(data.shape, all, without, seed);
        // Its own part is what the oracle says, in the groups that the oracle keeps, and nothing else changed.
        Totals restored = without;
        for (const std::uint32_t group : test::obvious_choice(data, patient, groups)) {
            ++restored.patients[group];
            for (std::size_t m = 0; m < all.measurements; ++m)
                restored.sums[group * all.measurements + m] +=
                    test::obvious_contribution(data, data.shape.measurements[m], groups.at(group));
        }
        EXPECT_EQ(restored.patients, all.patients) << "seed " << seed;
        EXPECT_TRUE(restored.sums == all.sums) << "seed " << seed;
        ++neighbours;
    }
    return neighbours;
}

TEST(BoundingSensitivity, HoldsOnTensOfThousandsOfNeighbours) {
    std::size_t neighbours = 0;
    for (std::uint64_t seed = 1; seed <= 6000; ++seed) {
        neighbours += check_all_neighbours(DataGenerator(seed).data(9, 40), seed);
        if (HasFailure())
            break;
    }
    EXPECT_GE(neighbours, 20000U);
}

TEST(BoundingSensitivity, HoldsForPatientsWithThousandsOfRows) {
    std::size_t neighbours = 0;
    for (std::uint64_t seed = 1; seed <= 60; ++seed)
        neighbours += check_all_neighbours(DataGenerator(1000000 + seed).data(5, 8000), seed);
    EXPECT_GE(neighbours, 60U);
}

// Whatever M and R are, a patient with rows at the bounds reaches the claim exactly: it is as small as it can be.
TEST(BoundingSensitivity, IsTight) {
    constexpr std::int64_t kLowest = std::numeric_limits<std::int64_t>::min();
    constexpr std::int64_t kHighest = std::numeric_limits<std::int64_t>::max();
    constexpr Input kInputs[] = {{true, -3, 8}, {true, -8, 3}, {true, 2, 9}, {true, -9, -2}, {true, kLowest, kHighest},
                                 {true, 0, 1}};
    for (const Input& input : kInputs)
        for (const std::uint32_t max_groups : {1U, 2U, 5U})
            for (const std::uint32_t max_rows : {1U, 2U, 20U})
                for (const std::uint32_t rows : {max_rows, max_rows + 1, 3 * max_rows})
                    for (const MeasurementKind kind : {MeasurementKind::rows, MeasurementKind::patients,
                                                       MeasurementKind::sum, MeasurementKind::centred_total}) {
                        DataGenerator generate(7);
                        Data data;
                        data.shape = {max_groups, max_rows, {input}, {{kind, 0}}};
                        data.digests = generate.digests(7);
                        const bool lower = (input.lower < 0 ? -static_cast<Signed128>(input.lower) : input.lower) >
                                           (input.upper < 0 ? -static_cast<Signed128>(input.upper) : input.upper);
                        for (std::uint32_t group = 0; group < 7; ++group)
                            for (std::uint32_t i = 0; i < rows; ++i)
                                data.rows.push_back({{1, 0}, group, 1, {lower ? input.lower : input.upper}});
                        const Totals all = bound(data);
                        const auto claimed = sensitivity_per_group(data.shape, data.shape.measurements[0]);
                        std::uint32_t reached = 0;
                        for (const Signed128 sum : all.sums) {
                            const auto magnitude = static_cast<Unsigned128>(sum < 0 ? -sum : sum);
                            EXPECT_TRUE(magnitude == 0 || magnitude == claimed)
                                << test::text_of(magnitude) << " of " << test::text_of(claimed);
                            reached += magnitude != 0 ? 1 : 0;
                        }
                        EXPECT_EQ(reached, max_groups);
                    }
}

// [C4] word by word, with numbers worked out by hand.
TEST(BoundingContribution, IsTheContracts) {
    const Shape shape = {1,
                         3,
                         {{true, 10, 20}, {true, -5, 2}},
                         {{MeasurementKind::rows, 0},
                          {MeasurementKind::patients, 0},
                          {MeasurementKind::sum, 0},
                          {MeasurementKind::centred_total, 0},
                          {MeasurementKind::sum, 1},
                          {MeasurementKind::centred_total, 1}}};
    ASSERT_TRUE(shape.valid());
    const auto of = [&](std::size_t m, std::uint64_t count, std::int64_t total) {
        return static_cast<std::int64_t>(contribution(shape, shape.measurements[m], count, total));
    };
    // Nothing there.
    for (std::size_t m = 0; m < shape.measurements.size(); ++m)
        EXPECT_EQ(of(m, 0, 0), 0) << m;
    EXPECT_EQ(of(0, 2, 25), 2);
    EXPECT_EQ(of(0, 4, 50), 3);
    EXPECT_EQ(of(1, 1, 15), 1);
    EXPECT_EQ(of(1, 9, 99), 1);
    // n ≤ R: all of them as they are; a lower bound above 0 pulls nobody up.
    EXPECT_EQ(of(2, 1, 12), 12);
    EXPECT_EQ(of(2, 3, 36), 36);
    // n > R: the total, clamped to [R·lower, R·upper] = [30, 60].
    EXPECT_EQ(of(2, 4, 44), 44);
    EXPECT_EQ(of(2, 4, 80), 60);
    EXPECT_EQ(of(4, 4, -20), -15);
    EXPECT_EQ(of(4, 9, 18), 6);
    // About the centre, in half units: 2·total - n·(lower + upper).
    EXPECT_EQ(of(3, 1, 12), -6);
    EXPECT_EQ(of(3, 3, 50), 10);
    // n > R: times R/n = 3/4, 3/5, halves away from zero.
    EXPECT_EQ(of(3, 4, 65), 8);   // 10·3/4 = 7.5
    EXPECT_EQ(of(3, 4, 55), -8);  // -10·3/4 = -7.5
    EXPECT_EQ(of(3, 5, 77), 2);   // 4·3/5 = 2.4
    EXPECT_EQ(of(3, 5, 73), -2);  // -4·3/5 = -2.4
    EXPECT_EQ(of(3, 9, 180), 30); // never beyond R·(upper - lower)
    EXPECT_EQ(of(5, 9, -45), -21);
}

TEST(BoundingShape, RefusesWhatCannotBeBounded) {
    const Shape fine = {1, 1, {{true, 0, 1}, {false, 0, 0}}, {{MeasurementKind::sum, 0}, {MeasurementKind::rows, 1}}};
    EXPECT_TRUE(fine.valid());
    const auto refused = [&](auto&& change) {
        Shape shape = fine;
        change(shape);
        return !shape.valid();
    };
    EXPECT_TRUE(refused([](Shape& shape) { shape.max_groups = 0; }));
    EXPECT_TRUE(refused([](Shape& shape) { shape.max_rows = 0; }));
    EXPECT_TRUE(refused([](Shape& shape) { shape.max_groups = kMaxLimit + 1; }));
    EXPECT_TRUE(refused([](Shape& shape) { shape.max_rows = kMaxLimit + 1; }));
    EXPECT_FALSE(refused([](Shape& shape) { shape.max_groups = shape.max_rows = kMaxLimit; }));
    EXPECT_TRUE(refused([](Shape& shape) { shape.inputs[0].upper = 0; }));
    EXPECT_TRUE(refused([](Shape& shape) { shape.inputs[0].lower = 2; }));
    EXPECT_TRUE(refused([](Shape& shape) { shape.inputs.resize(kMaxInputs + 1, {false, 0, 0}); }));
    EXPECT_FALSE(refused([](Shape& shape) { shape.inputs.resize(kMaxInputs, {false, 0, 0}); }));
    EXPECT_TRUE(refused([](Shape& shape) { shape.measurements[1].input = 2; }));
    EXPECT_TRUE(refused([](Shape& shape) { shape.measurements[0].input = 1; })) << "a sum without values";
    EXPECT_TRUE(refused([](Shape& shape) { shape.measurements[1].kind = MeasurementKind::centred_total; }));
}

TEST(BoundingShape, KnowsWhereValuesStand) {
    const Shape shape = {1, 1, {{false, 0, 0}, {true, 0, 1}, {false, 0, 0}, {true, 0, 1}}, {}};
    EXPECT_EQ(shape.values(), 2U);
    EXPECT_EQ(shape.value_index(1), 0U);
    EXPECT_EQ(shape.value_index(3), 1U);
}

} // namespace
} // namespace health_dp::bounding
