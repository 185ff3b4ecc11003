#include "core/suppression/rounding.hpp"

#include "support/known_problems.hpp"
#include "support/patience.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace health_dp::suppression {
namespace {

using test::add_total;
using test::counts;
using test::flat;
using test::Patient;
using test::system_of;

constexpr LinearProgram::Allowance kWork = 100'000'000;

CellKey key_of(std::uint64_t value) {
    CellKey key;
    key.add_patient(value);
    return key;
}

// False alarm: 7 standard deviations of 200,000 fixed keys, below 1e-11 each.
TEST(SuppressionRounding, ByKeyIsUnbiased) {
    constexpr int kKeys = 200'000;
    for (const Amount base : {Amount{3}, Amount{5}, Amount{10}})
        for (Amount value = 1; value < 2 * base; ++value) {
            double sum = 0;
            for (std::uint64_t i = 0; i < kKeys; ++i) {
                const Amount rounded = round_by_key(value, base, key_of(i * 77'777));
                ASSERT_EQ(rounded % base, 0);
                ASSERT_LT(std::abs(rounded - value), base);
                sum += static_cast<double>(rounded - value);
            }
            const double deviation = static_cast<double>(base) / 2 * std::sqrt(static_cast<double>(kKeys));
            EXPECT_LT(std::fabs(sum), 7 * deviation) << value << " to " << base;
        }
}

TEST(SuppressionRounding, ByKeyIsAFunctionOfThePatients) {
    CellKey there;
    CellKey back;
    for (std::uint64_t i = 1; i < 14; ++i) {
        there.add_patient(i * 0x9e3779b97f4a7c15U);
        back.add_patient((14 - i) * 0x9e3779b97f4a7c15U);
    }
    EXPECT_EQ(round_by_key(13, 5, there), round_by_key(13, 5, back));
    for (const std::uint64_t key : {std::uint64_t{0}, std::uint64_t{1} << 63U, ~std::uint64_t{0}}) {
        EXPECT_EQ(round_by_key(0, 5, key_of(key)), 0) << "nothing stays nothing";
        EXPECT_EQ(round_by_key(15, 5, key_of(key)), 15);
        EXPECT_EQ(round_by_key(-15, 5, key_of(key)), -15);
        EXPECT_EQ(std::abs(round_by_key(-13, 5, key_of(key)) + 13) < 5, true);
        EXPECT_EQ(round_by_key(7, 1, key_of(key)), 7);
    }
}

void expect_rounded(const System& system, Amount base, const Rounded& rounded) {
    ASSERT_EQ(rounded.values.size(), system.quantities().size());
    for (std::size_t i = 0; i < rounded.values.size(); ++i) {
        const Quantity& quantity = system.quantities()[i];
        if (quantity.cell == kNoCell)
            continue;
        EXPECT_EQ(rounded.values[i] % base, 0);
        EXPECT_LT(std::abs(rounded.values[i] - quantity.value), rounded.zero_restricted ? base : 2 * base);
        EXPECT_GE(rounded.values[i], 0);
        EXPECT_TRUE(quantity.value != 0 || rounded.values[i] == 0) << "nothing stays nothing";
    }
    for (const Relation& relation : system.relations()) {
        Amount sum = 0;
        bool shown = true;
        for (const Term& term : relation.terms) {
            sum += term.coefficient * rounded.values[term.quantity];
            shown &= system.quantities()[term.quantity].cell != kNoCell;
        }
        EXPECT_TRUE(!shown || (sum >= relation.lowest && sum <= relation.highest));
    }
}

TEST(SuppressionRounding, TogetherIsTheNearestThatAddsUp) {
    // 26 = 13 + 13: one by one they would be 30, 10 and 10, which do not add up.
    Problem problem = counts({26, 13, 13});
    add_total(problem, 0, {1, 2});
    Patient patient;
    const Rounded rounded = round_together(system_of(problem), 10, kWork, patient).value();
    EXPECT_EQ(rounded.values, (std::vector<Amount>{20, 10, 10})) << "30 = 20 + 10 is farther";
    EXPECT_TRUE(rounded.nearest);
    EXPECT_TRUE(rounded.zero_restricted);
}

TEST(SuppressionRounding, TogetherAddsUpInRandomTables) {
    std::mt19937_64 random(20260301);
    const std::vector<std::vector<Dimension>> shapes = {
        {flat(5), flat(6)}, {flat(3), flat(4), flat(3)}, {flat(2), flat(2), flat(2), flat(2)}, {flat(9)}};
    int wider = 0;
    for (int round = 0; round < 120; ++round) {
        const Tables tables =
            test::random_tables(shapes[static_cast<std::size_t>(round) % shapes.size()], [&random]() -> Amount {
                return random() % 4 == 0 ? 0 : static_cast<Amount>(std::lognormal_distribution<>(1.6, 1.0)(random));
            });
        const Policy policy{.name = "", .patients = 5};
        const System system = system_of(propose(tables, {}, {}, policy).value().problem);
        for (const Amount base : {Amount{3}, Amount{5}}) {
            Patient patient;
            const core::Result<Rounded> rounded = round_together(system, base, kWork, patient);
            ASSERT_TRUE(rounded.ok()) << round << ": " << rounded.error().message;
            expect_rounded(system, base, rounded.value());
            wider += rounded.value().zero_restricted ? 0 : 1;
        }
    }
    RecordProperty("not_zero_restricted", wider);
}

// Of every rounding of a table of two dimensions, none is nearer.
TEST(SuppressionRounding, TogetherIsOptimal) {
    std::mt19937_64 random(20260302);
    for (int round = 0; round < 100; ++round) {
        const Tables tables =
            test::random_tables({flat(2), flat(2)}, [&random]() { return static_cast<Amount>(random() % 20); });
        const Policy policy{.name = ""};
        const System system = system_of(propose(tables, {}, {}, policy).value().problem);
        Patient patient;
        const Rounded found = round_together(system, 5, kWork, patient).value();
        ASSERT_TRUE(found.nearest && found.zero_restricted);
        const auto distance = [&system](const std::vector<Amount>& values) {
            Amount sum = 0;
            for (std::size_t i = 0; i < values.size(); ++i)
                sum += std::abs(values[i] - system.quantities()[i].value);
            return sum;
        };
        Amount best = kUnbounded;
        for (unsigned choice = 0; choice < 512; ++choice) {
            std::vector<Amount> values;
            for (std::size_t i = 0; i < 9; ++i) {
                const Amount value = system.quantities()[i].value;
                values.push_back(value / 5 * 5 + ((choice >> i & 1U) != 0 && value % 5 != 0 ? 5 : 0));
            }
            bool holds = true;
            for (const Relation& relation : system.relations()) {
                Amount sum = 0;
                for (const Term& term : relation.terms)
                    sum += term.coefficient * values[term.quantity];
                holds &= sum == 0;
            }
            if (holds)
                best = std::min(best, distance(values));
        }
        EXPECT_EQ(distance(found.values), best) << round;
    }
}

TEST(SuppressionRounding, SaysWhenThereIsNone) {
    Patient patient;
    // x + y = 7 for ever, whatever x and y are: no multiples of 5 do that.
    Problem fixed = counts({3, 4});
    fixed.relations.push_back({{{0, 1}, {1, 1}}, 7, 7});
    const core::Result<Rounded> none = round_together(system_of(fixed), 5, kWork, patient);
    ASSERT_FALSE(none.ok());
    EXPECT_EQ(none.error().code, core::ErrorCode::out_of_range);
    EXPECT_FALSE(round_together(system_of(fixed), 0, kWork, patient).ok());

    const System system = system_of(test::geurts());
    const core::Result<Rounded> lazy = round_together(system, 5, 0, patient);
    ASSERT_FALSE(lazy.ok());
    EXPECT_EQ(lazy.error().code, core::ErrorCode::too_costly);
    test::Hurried late(Patience::Verdict::finish, 0);
    const core::Result<Rounded> timeless = round_together(system, 5, kWork, late);
    ASSERT_FALSE(timeless.ok());
    EXPECT_EQ(timeless.error().code, core::ErrorCode::too_costly);
    test::Hurried cancelled(Patience::Verdict::abandon, 0);
    const core::Result<Rounded> stopped = round_together(system, 5, kWork, cancelled);
    ASSERT_FALSE(stopped.ok());
    EXPECT_EQ(stopped.error().code, core::ErrorCode::interrupted);
}

// 20 = a + b + c with the three of them equal: 0 or 10 each, and with 10 each the total is 30, which is no neighbour of
// a multiple.
TEST(SuppressionRounding, MovesFartherWhereItMust) {
    Problem problem = counts({20, 7, 7, 6});
    add_total(problem, 0, {1, 2, 3});
    problem.relations.push_back({{{1, 1}, {2, -1}}, 0, 0});
    problem.relations.push_back({{{2, 1}, {3, -1}}, 0, 1});
    const System system = system_of(problem);
    Patient patient;
    const Rounded rounded = round_together(system, 10, kWork, patient).value();
    EXPECT_FALSE(rounded.zero_restricted);
    EXPECT_EQ(rounded.values, (std::vector<Amount>{30, 10, 10, 10}));
    expect_rounded(system, 10, rounded);
}

} // namespace
} // namespace health_dp::suppression
