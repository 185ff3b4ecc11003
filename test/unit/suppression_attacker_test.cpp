// Thousands of random tables like health statistics, each attacked by somebody who shares no code with the audit.
#include "core/suppression/protect.hpp"

#include "support/attacker.hpp"
#include "support/patience.hpp"
#include "support/suppression.hpp"

#include <gtest/gtest.h>

#include <ostream>

namespace health_dp::suppression {
namespace {

using test::flat;
using test::Patient;

#ifdef __SANITIZE_ADDRESS__
constexpr int kSlowdown = 20;
#else
constexpr int kSlowdown = 1;
#endif

constexpr Amount kThreshold = 5;

Dimension two_levels() {
    Dimension dimension;
    dimension.parents = {kNoParent, 0, 0, 1, 1, 2, 2};
    return dimension;
}

Dimension three_levels() {
    Dimension dimension;
    dimension.parents = {kNoParent, 0, 0, 1, 1, 2, 2, 3, 3, 5, 5};
    return dimension;
}

struct Family {
    const char* name;
    std::vector<Dimension> dimensions;
    unsigned empty_percent; // of the leaves
    double logarithm;       // the median leaf's
    std::size_t linked;     // tables of so many of the dimensions each, instead of one of all
    int rounds;
};

void PrintTo(const Family& family, std::ostream* out) { *out << family.name; }

class SuppressionAttacker : public ::testing::TestWithParam<Family> {
  protected:
    Tables random_tables(std::mt19937_64& random) const {
        const Family& family = GetParam();
        const auto leaf = [&]() -> Amount {
            if (random() % 100 < family.empty_percent)
                return 0;
            return static_cast<Amount>(std::lognormal_distribution<>(family.logarithm, 1.0)(random));
        };
        Tables tables = test::random_tables(family.dimensions, leaf);
        if (family.linked > 0)
            std::erase_if(tables.entries, [&family](const Entry& entry) {
                const auto below =
                    std::count_if(entry.key.begin(), entry.key.end(), [](CodeNumber c) { return c != 0; });
                return static_cast<std::size_t>(below) > family.linked;
            });
        return tables;
    }
};

TEST_P(SuppressionAttacker, FindsNoPrimary) {
    std::mt19937_64 random(20260201);
    const Policy policy{.name = "", .patients = kThreshold};
    int attacked = 0;
    int open = 0; // without secondaries
    for (int round = 0; round < GetParam().rounds / kSlowdown; ++round) {
        const Tables tables = random_tables(random);
        const Problem problem = propose(tables, {}, {}, policy).value().problem;
        const System system = System::create(problem).value();
        if (problem.demands.empty())
            continue;
        Patient patient;
        const core::Result<Protection> found = protect(system, patient, kNoProof);
        if (!found.ok()) { // then he finds something whatever is hidden: the linked tables say too much together
            ASSERT_EQ(found.error().code, core::ErrorCode::out_of_range) << round;
            Pattern everything(tables.entries.size());
            for (std::size_t cell = 0; cell < everything.size(); ++cell)
                everything[cell] = system.cells()[cell].standing != Standing::published;
            ASSERT_GT(test::demands_broken(tables, problem, everything), 0U) << round;
            continue;
        }
        const Pattern& pattern = found.value().pattern;
        for (std::size_t cell = 0; cell < tables.entries.size(); ++cell) {
            const Amount value = tables.entries[cell].values[0];
            ASSERT_TRUE(value == 0 || value >= kThreshold || pattern[cell]) << round << ": cell " << cell;
        }
        ASSERT_EQ(test::demands_broken(tables, problem, pattern), 0U) << round;
        ++attacked;
        // What he finds without secondaries, the audit must find as well.
        if (round % 4 == 0 && test::demands_broken(tables, problem, system.primary_pattern()) > 0) {
            ++open;
            ASSERT_FALSE(audit(system, system.primary_pattern(), patient).value().safe) << round;
        }
    }
    EXPECT_GT(attacked, GetParam().rounds / kSlowdown * 9 / 10);
    EXPECT_GT(open, 0) << "an attacker who never finds anything proves nothing";
}

INSTANTIATE_TEST_SUITE_P(Families, SuppressionAttacker,
                         ::testing::Values(Family{"TwoDimensions", {flat(5), flat(6)}, 25, 1.6, 0, 1000},
                                           Family{"Hierarchy", {two_levels(), flat(4)}, 25, 1.6, 0, 600},
                                           Family{"Hierarchies", {two_levels(), two_levels()}, 25, 1.6, 0, 400},
                                           Family{"DeepHierarchy", {three_levels(), flat(3)}, 25, 1.8, 0, 400},
                                           Family{"ThreeDimensions", {flat(3), flat(3), flat(3)}, 25, 1.6, 0, 200},
                                           Family{
                                               "FourDimensions", {flat(2), flat(2), flat(2), flat(2)}, 25, 1.6, 0, 150},
                                           Family{"Linked", {flat(4), flat(3), flat(3)}, 25, 1.2, 2, 400},
                                           Family{"Sparse", {flat(7), flat(6)}, 75, 1.6, 0, 600}),
                         [](const auto& family) { return family.param.name; });

} // namespace
} // namespace health_dp::suppression
