#include "core/suppression/cell_keys.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <random>
#include <vector>

namespace health_dp::suppression {
namespace {

constexpr Amount kDeviation = 5;
constexpr double kVariance = 2;

TEST(SuppressionCellKeys, NoiseHasMeanZeroAndTheVariance) {
    const NoiseTable table = NoiseTable::create(kDeviation, kVariance).value();
    for (Amount count = 1; count < 12; ++count) {
        double total = 0;
        double mean = 0;
        double variance = 0;
        for (Amount d = -20; d <= 20; ++d) {
            const double probability = table.probability(count, d);
            const bool outside = d < -count || std::abs(d) > kDeviation;
            EXPECT_TRUE(!outside || probability == 0) << count << " by " << d;
            total += probability;
            mean += probability * static_cast<double>(d);
            variance += probability * static_cast<double>(d * d);
        }
        EXPECT_NEAR(total, 1, 1e-9);
        EXPECT_NEAR(mean, 0, 1e-7);
        EXPECT_NEAR(variance, kVariance, 1e-7);
    }
}

// Of all distributions with these moments the entropy is largest where the logarithms of the probabilities lie on a
// parabola (Lagrange): third differences vanish.
TEST(SuppressionCellKeys, NoiseHasTheLargestEntropy) {
    const NoiseTable table = NoiseTable::create(kDeviation, kVariance).value();
    for (Amount count = 1; count < 8; ++count)
        for (Amount d = -std::min(count, kDeviation); d + 3 <= kDeviation; ++d) {
            const auto logarithm = [&](Amount at) { return std::log(table.probability(count, at)); };
            EXPECT_NEAR(logarithm(d + 3) - 3 * logarithm(d + 2) + 3 * logarithm(d + 1) - logarithm(d), 0, 1e-7);
        }
}

TEST(SuppressionCellKeys, TheSamePatientsHaveTheSameNoise) {
    const NoiseTable table = NoiseTable::create(kDeviation, kVariance).value();
    std::mt19937_64 random(20260106);
    CellKey there;
    CellKey back;
    std::vector<std::uint64_t> patients(40);
    for (std::uint64_t& patient : patients)
        there.add_patient(patient = random());
    for (auto patient = patients.rbegin(); patient != patients.rend(); ++patient)
        back.add_patient(*patient);
    EXPECT_EQ(table.noise(40, there), table.noise(40, back));
}

TEST(SuppressionCellKeys, NoiseFollowsTheTable) {
    const NoiseTable table = NoiseTable::create(kDeviation, kVariance).value();
    constexpr int kKeys = 4096;
    for (const Amount count : {Amount{1}, Amount{3}, Amount{9}}) {
        std::map<Amount, int> seen;
        for (int i = 0; i < kKeys; ++i) {
            CellKey key;
            key.add_patient(static_cast<std::uint64_t>(i) << 52U); // evenly over all keys
            ++seen[table.noise(count, key)];
        }
        for (Amount d = -kDeviation; d <= kDeviation; ++d)
            EXPECT_NEAR(seen[d], kKeys * table.probability(count, d), 1.01) << count << " by " << d;
    }
}

TEST(SuppressionCellKeys, NoCountTurnsNegativeAndNothingStaysNothing) {
    const NoiseTable table = NoiseTable::create(kDeviation, kVariance).value();
    for (const std::uint64_t end : {std::uint64_t{0}, ~std::uint64_t{0}}) {
        CellKey key;
        key.add_patient(end);
        EXPECT_EQ(table.noise(0, key), 0);
        for (Amount count = 1; count < 10; ++count)
            EXPECT_EQ(table.noise(count, key), end == 0 ? -std::min(count, kDeviation) : kDeviation);
    }
}

TEST(SuppressionCellKeys, RefusesWhatNoTableHas) {
    EXPECT_FALSE(NoiseTable::create(0, 1).ok());
    EXPECT_FALSE(NoiseTable::create(101, 1).ok());
    EXPECT_FALSE(NoiseTable::create(5, 0).ok());
    EXPECT_FALSE(NoiseTable::create(5, 5).ok());
    EXPECT_FALSE(NoiseTable::create(5, std::nan("")).ok());
    EXPECT_TRUE(NoiseTable::create(1, 0.5).ok());
    EXPECT_TRUE(NoiseTable::create(100, 50).ok());
}

} // namespace
} // namespace health_dp::suppression
