#include "core/suppression/spread.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <set>
#include <vector>

namespace health_dp::suppression {
namespace {

using Values = std::vector<std::int64_t>;

std::uint64_t outside(const std::vector<Values>& patients, const Values& common) {
    return static_cast<std::uint64_t>(std::count_if(patients.begin(), patients.end(), [&common](const Values& values) {
        return !std::includes(common.begin(), common.end(), values.begin(), values.end());
    }));
}

// Tries all values that could be called common, and all pairs of them.
TEST(SuppressionSpread, LeavesTheFewestOutsiders) {
    std::mt19937_64 random(20261125);
    constexpr std::uint32_t kEnough = 8;
    for (int round = 0; round < 2000; ++round) {
        std::vector<Values> patients;
        Spread spread;
        std::set<std::int64_t> all;
        const auto count = 1 + random() % 12;
        const auto codes = 1 + random() % 5;
        for (std::uint64_t i = 0; i < count; ++i) {
            std::set<std::int64_t> values;
            do
                values.insert(static_cast<std::int64_t>(random() % codes));
            while (random() % 3 == 0);
            all.insert(values.begin(), values.end());
            patients.emplace_back(values.begin(), values.end());
            spread.add(patients.back(), kEnough);
        }
        std::uint64_t one = count;
        std::uint64_t two = count;
        for (const std::int64_t a : all)
            for (const std::int64_t b : all) {
                one = std::min(one, outside(patients, {a}));
                two = std::min(two, outside(patients, a == b ? Values{a} : Values{std::min(a, b), std::max(a, b)}));
            }
        for (const std::size_t common : {1U, 2U}) {
            const Spread::Outsiders found = spread.outsiders(common, kEnough);
            EXPECT_EQ(found.patients, std::min<std::uint64_t>(common == 1 ? one : two, kEnough)) << round;
            if (!found.common.empty()) {
                EXPECT_EQ(outside(patients, found.common), common == 1 ? one : two) << round;
            }
        }
    }
}

// A policy of thousands of patients is odd, but its cells must not take hours.
TEST(SuppressionSpread, ManyValuesTakeNoMoreThanAMoment) {
    Spread spread;
    for (std::int64_t value = 0; value < 5000; ++value) {
        const Values values{value, value + 1};
        spread.add(values, 10'000);
    }
    EXPECT_EQ(spread.outsiders(2, 10'000).patients, 4999U);
}

} // namespace
} // namespace health_dp::suppression
