#include "core/suppression/router.hpp"

#include "support/patience.hpp"
#include "support/suppression.hpp"

#include <gtest/gtest.h>

#include <limits>
#include <numeric>

namespace health_dp::suppression {
namespace {

using test::flat;
using test::Patient;

constexpr Amount kEach = 5;

// A table with all margins, each of its inner cells kEach and known to be 1 or more; and the sum of the two last ones,
// which share a line.
System table_with_a_sum(std::size_t dimensions, CodeNumber codes) {
    const Tables tables = test::random_tables(std::vector<Dimension>(dimensions, flat(codes)), [] { return kEach; });
    Problem problem = propose(tables, {}, {}, Policy{.name = ""}).value().problem;
    const auto sum = static_cast<QuantityNumber>(problem.quantities.size());
    problem.quantities.push_back({kNoCell, 2 * kEach, 0, kUnbounded});
    problem.relations.push_back({{{sum, -1}, {sum - 1, 1}, {sum - 2, 1}}, 0, 0});
    return test::system_of(std::move(problem));
}

class SuppressionRouter : public testing::TestWithParam<std::pair<std::size_t, CodeNumber>> {};

// Two in every line are a box: who has that much room finds a way without asking the whole system.
TEST_P(SuppressionRouter, FindsBoxesNearby) {
    const auto [dimensions, codes] = GetParam();
    const System system = table_with_a_sum(dimensions, codes);
    std::vector<QuantityNumber> all(system.quantities().size());
    std::iota(all.begin(), all.end(), QuantityNumber{0});
    Patient patient;
    Router router(system, all, Proofs::whole, patient);
    router.limit(std::numeric_limits<Work>::max(), 0);
    const QuantityNumber sum = all.back();
    for (const QuantityNumber quantity : {sum, sum - 1})
        for (const Amount by : {Amount{1}, Amount{-1}, quantity == sum ? -2 * (kEach - 1) : 1 - kEach}) {
            LinearProgram::Allowance allowance = 10'000;
            const Route route = router.cheapest(quantity, by, allowance);
            ASSERT_EQ(route.found, Found::yes) << (quantity == sum ? "sum" : "cell") << " by " << by;
            EXPECT_TRUE(system.possible(route.witness, Pattern(system.cells().size(), true)));
        }
}

INSTANTIATE_TEST_SUITE_P(Tables, SuppressionRouter,
                         testing::Values(std::pair{2, 40}, std::pair{3, 9}, std::pair{4, 5}, std::pair{5, 4}),
                         [](const auto& shape) { return std::to_string(shape.param.first) + "dimensions"; });

} // namespace
} // namespace health_dp::suppression
