// How much a reader gains who has the program. No pattern that is the cheapest one is free of it: these figures are
// what docs/suppress.md states, and must not become worse.
#include "core/suppression/protect.hpp"

#include "support/knowing_reader.hpp"
#include "support/patience.hpp"
#include "support/suppression.hpp"

#include <gtest/gtest.h>

#include <random>
#include <set>
#include <string>

namespace health_dp::suppression {
namespace {

using test::FittingTables;
using test::flat;
using test::Patient;

struct Answer {
    Pattern pattern;
    std::vector<Demand> demands;
};

Answer publish(const Tables& tables, Amount threshold) {
    const Policy policy{.name = "", .patients = threshold};
    const System system = System::create(propose(tables, {}, {}, policy).value().problem).value();
    Patient patient;
    const core::Result<Protection> found = protect(system, patient);
    return {found.ok() ? found.value().pattern : Pattern{}, system.demands()};
}

struct Gains {
    int primaries = 0;
    int exact = 0;
    int narrower = 0; // than the policy asks
};

void read(const Tables& tables, Amount threshold, Gains& gains) {
    constexpr std::size_t kMostTables = 150;
    const Answer truth = publish(tables, threshold);
    if (truth.demands.empty() || truth.pattern.empty())
        return;
    const FittingTables fitting(tables, truth.pattern, 1, kMostTables);
    if (!fitting.all())
        return;
    std::vector<std::set<Amount>> left(tables.entries.size());
    for (const FittingTables::Values& leaves : fitting.found()) {
        const Tables table = fitting.table(leaves);
        if (publish(table, threshold).pattern == truth.pattern)
            for (std::size_t entry = 0; entry < left.size(); ++entry)
                left[entry].insert(table.entries[entry].values[0]);
    }
    for (const Demand& demand : truth.demands) {
        if (demand.quantity >= left.size())
            continue; // a sum of cells
        const std::set<Amount>& values = left[demand.quantity];
        const Amount actual = tables.entries[demand.quantity].values[0];
        ASSERT_TRUE(values.contains(actual)) << "the true table is one of those that fit";
        ++gains.primaries;
        gains.exact += values.size() == 1 ? 1 : 0;
        gains.narrower += *values.begin() > actual - demand.below || *values.rbegin() < actual + demand.above ? 1 : 0;
    }
}

Gains gains_at(Amount threshold, int rounds) {
    std::mt19937_64 random(20260107);
    Gains gains;
    for (int round = 0; round < rounds; ++round) {
        const auto leaf = [&random, threshold]() -> Amount {
            const auto limit = static_cast<std::uint64_t>(threshold);
            const std::uint64_t kind = random() % 10;
            if (kind == 0)
                return 0;
            return static_cast<Amount>(kind < 4 ? 1 + random() % (limit - 1) : limit + random() % (2 * limit + 1));
        };
        const CodeNumber rows = 2 + static_cast<CodeNumber>(round % 2);
        read(test::random_tables({flat(rows), flat(3)}, leaf), threshold, gains);
    }
    return gains;
}

TEST(SuppressionKnowingReader, GainsNoMoreThanIsStated) {
    struct Stated {
        Amount threshold;
        int exact_percent;
        int narrower_percent;
    };
    for (const Stated& stated : {Stated{3, 15, 25}, Stated{5, 3, 45}, Stated{11, 3, 60}}) {
        const Gains gains = gains_at(stated.threshold, 60);
        const std::string figures = std::to_string(gains.exact) + " exact and " + std::to_string(gains.narrower) +
                                    " narrower of " + std::to_string(gains.primaries);
        RecordProperty("threshold_" + std::to_string(stated.threshold), figures);
        EXPECT_GT(gains.primaries, 30) << stated.threshold;
        EXPECT_LE(100 * gains.exact, stated.exact_percent * gains.primaries) << stated.threshold << ": " << figures;
        EXPECT_LE(100 * gains.narrower, stated.narrower_percent * gains.primaries)
            << stated.threshold << ": " << figures;
    }
}

} // namespace
} // namespace health_dp::suppression
