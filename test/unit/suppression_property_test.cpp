#include "core/suppression/protect.hpp"

#include "support/patience.hpp"
#include "support/suppression.hpp"

#include <gtest/gtest.h>

#include <numeric>

namespace health_dp::suppression {
namespace {

using test::flat;
using test::Patient;

#ifdef __SANITIZE_ADDRESS__
constexpr int kSlowdown = 20;
#else
constexpr int kSlowdown = 1;
#endif

// Health-like: many empty cells, many small ones, a few large ones.
Amount health_like(std::mt19937_64& random) {
    if (random() % 4 == 0)
        return 0;
    return static_cast<Amount>(std::lognormal_distribution<>(1.6, 1.0)(random));
}

Dimension two_levels() {
    Dimension dimension;
    dimension.parents = {kNoParent, 0, 0, 1, 1, 2, 2};
    return dimension;
}

Tables random_tables(std::mt19937_64& random, const std::vector<Dimension>& dimensions) {
    return test::random_tables(dimensions, [&random] { return health_like(random); });
}

System random_system(std::mt19937_64& random, const std::vector<Dimension>& dimensions, Amount threshold) {
    const Policy policy{.name = "", .patients = threshold};
    return System::create(propose(random_tables(random, dimensions), {}, {}, policy).value().problem).value();
}

// Every table of two dimensions that fits what is shown, by trying all of them. Knows nothing of linear programs.
class AllTables {
  public:
    AllTables(const Tables& tables, const System& system, const Pattern& pattern, const Insider* insider)
        : tables_(tables), system_(system), shown_(pattern) {
        shown_.flip();
        if (insider != nullptr)
            for (const CellNumber cell : insider->knows)
                shown_[cell] = true;
        for (CellNumber cell = 0; cell < tables.entries.size(); ++cell)
            if (tables.entries[cell].key[0] != 0 && tables.entries[cell].key[1] != 0)
                leaves_.push_back(cell);
        values_.assign(system.quantities().size(), 0);
        lowest_.assign(values_.size(), kUnbounded);
        highest_.assign(values_.size(), -kUnbounded);
        visit(0);
    }

    bool covers(const Demand& demand) const {
        const Amount value = system_.quantities()[demand.quantity].value;
        return lowest_[demand.quantity] <= value - demand.below && highest_[demand.quantity] >= value + demand.above &&
               highest_[demand.quantity] - lowest_[demand.quantity] >= demand.width;
    }

  private:
    void visit(std::size_t place) {
        if (place == leaves_.size()) {
            judge();
            return;
        }
        const CellNumber cell = leaves_[place];
        const Quantity& quantity = system_.quantities()[cell];
        // In a table of two dimensions one route moves every cell by no more than what it is for.
        constexpr Amount kFar = 3;
        const Amount low = shown_[cell] ? quantity.value : std::max(quantity.lowest, quantity.value - kFar);
        const Amount high = shown_[cell] ? quantity.value : quantity.value + kFar;
        for (values_[cell] = low; values_[cell] <= high; ++values_[cell])
            visit(place + 1);
    }

    void judge() {
        for (CellNumber cell = 0; cell < tables_.entries.size(); ++cell) {
            const std::vector<CodeNumber>& key = tables_.entries[cell].key;
            if (key[0] != 0 && key[1] != 0)
                continue;
            values_[cell] = 0;
            for (const CellNumber leaf : leaves_) {
                const std::vector<CodeNumber>& inner = tables_.entries[leaf].key;
                if ((key[0] == 0 || key[0] == inner[0]) && (key[1] == 0 || key[1] == inner[1]))
                    values_[cell] += values_[leaf];
            }
            if (shown_[cell] && values_[cell] != system_.quantities()[cell].value)
                return;
        }
        for (std::size_t sum = tables_.entries.size(); sum < values_.size(); ++sum) {
            values_[sum] = 0;
            for (const Term& term :
                 system_.relations()[system_.incidences(static_cast<QuantityNumber>(sum))[0].relation].terms)
                if (term.quantity != sum)
                    values_[sum] += values_[term.quantity];
        }
        for (std::size_t i = 0; i < values_.size(); ++i) {
            lowest_[i] = std::min(lowest_[i], values_[i]);
            highest_[i] = std::max(highest_[i], values_[i]);
        }
    }

    const Tables& tables_;
    const System& system_;
    Pattern shown_;
    std::vector<CellNumber> leaves_;
    std::vector<Amount> values_;
    std::vector<Amount> lowest_;
    std::vector<Amount> highest_;
};

TEST(SuppressionProperties, NobodyWhoTriesAllTablesFindsAPrimary) {
    std::mt19937_64 random(20260101);
    const Policy policy{.name = "", .patients = 4};
    int protected_tables = 0;
    int insiders = 0;
    for (int round = 0; round < 1500 / kSlowdown; ++round) {
        const Tables tables = random_tables(random, {flat(2), flat(3)});
        const System system = System::create(propose(tables, {}, {}, policy).value().problem).value();
        if (system.demands().empty())
            continue;
        Patient patient;
        const core::Result<Protection> found = protect(system, patient);
        ASSERT_TRUE(found.ok()) << round;
        ++protected_tables;
        const AllTables outside(tables, system, found.value().pattern, nullptr);
        for (const Demand& demand : system.demands())
            EXPECT_TRUE(outside.covers(demand)) << round << ": quantity " << demand.quantity;
        for (const Insider& insider : system.insiders()) {
            ++insiders;
            const AllTables inside(tables, system, found.value().pattern, &insider);
            for (const Demand& demand : system.demands()) {
                const bool own =
                    std::find(insider.knows.begin(), insider.knows.end(), demand.quantity) != insider.knows.end();
                EXPECT_TRUE(own || inside.covers(demand)) << round << ": quantity " << demand.quantity;
            }
        }
    }
    EXPECT_GT(protected_tables, 1000 / kSlowdown);
    EXPECT_GT(insiders, 500 / kSlowdown);
}

TEST(SuppressionProperties, NoIntervalIsNarrowerThanDemanded) {
    const std::vector<std::vector<Dimension>> shapes = {
        {flat(12)},
        {flat(5), flat(6)},
        {two_levels(), flat(4)},
        {two_levels(), two_levels()},
        {flat(3), flat(3), flat(3)},
        {flat(2), flat(2), flat(2), flat(2)},
    };
    std::mt19937_64 random(20260102);
    int demands = 0;
    for (int round = 0; round < 60 / std::min(kSlowdown, 10); ++round) {
        const System system = random_system(random, shapes[static_cast<std::size_t>(round) % shapes.size()], 5);
        Patient patient;
        const core::Result<Protection> found = protect(system, patient, kNoProof);
        ASSERT_TRUE(found.ok()) << round << ": " << found.error().message;
        std::vector<QuantityNumber> quantities;
        for (const Demand& demand : system.demands())
            quantities.push_back(demand.quantity);
        const core::Result<std::vector<Interval>> intervals =
            attainable(system, found.value().pattern, quantities, patient);
        ASSERT_TRUE(intervals.ok());
        for (std::size_t i = 0; i < quantities.size(); ++i, ++demands) {
            const Demand& demand = system.demands()[i];
            const Amount value = system.quantities()[demand.quantity].value;
            EXPECT_LE(intervals.value()[i].lowest, value - demand.below) << round;
            EXPECT_GE(intervals.value()[i].highest, value + demand.above) << round;
        }
    }
    EXPECT_GT(demands, 500 / std::min(kSlowdown, 10));
}

// The cheapest safe pattern, by trying all that are cheaper than `most`.
Amount optimum(const System& system, Amount most) {
    std::vector<CellNumber> optional;
    for (CellNumber cell = 0; cell < system.cells().size(); ++cell)
        if (system.cells()[cell].standing == Standing::optional)
            optional.push_back(cell);
    Pattern pattern = system.primary_pattern();
    Patient patient;
    const auto visit = [&](const auto& self, std::size_t place, Amount cost) -> void {
        if (cost >= most)
            return;
        if (place == optional.size()) {
            if (audit(system, pattern, patient).value().safe)
                most = cost;
            return;
        }
        self(self, place + 1, cost);
        pattern[optional[place]] = true;
        self(self, place + 1, cost + system.cells()[optional[place]].cost);
        pattern[optional[place]] = false;
    };
    visit(visit, 0, 0);
    return most;
}

TEST(SuppressionProperties, NoOtherPatternIsCheaperThanWhatIsProved) {
    std::mt19937_64 random(20260103);
    int tables = 0;
    for (int round = 0; round < 150 / kSlowdown; ++round) {
        const System system = random_system(random, {flat(2), flat(4)}, 4);
        Patient patient;
        const Protection found = protect(system, patient).value();
        ASSERT_EQ(found.cost, found.lowest_cost) << round << ": no proof of so small a table";
        if (found.cost == 0)
            continue;
        ASSERT_EQ(optimum(system, found.cost), found.cost) << round;
        ++tables;
    }
    EXPECT_GT(tables, 50 / kSlowdown);
}

// The search alone, beside the proved optimum.
TEST(SuppressionProperties, CostsLittleMoreThanTheOptimum) {
    const std::vector<std::vector<Dimension>> shapes = {{flat(2), flat(4)},
                                                        {flat(4), flat(5)},
                                                        {flat(7), flat(7)},
                                                        {two_levels(), flat(4)},
                                                        {flat(3), flat(3), flat(2)}};
    std::mt19937_64 random(20260106);
    double ratios = 0;
    double worst = 1;
    int tables = 0;
    for (int round = 0; round < 500 / kSlowdown; ++round) {
        const System system = random_system(random, shapes[static_cast<std::size_t>(round) % shapes.size()], 4);
        Patient patient;
        const Amount cost = protect(system, patient, kNoProof).value().cost;
        const Protection found = protect(system, patient).value();
        ASSERT_TRUE(found.audit.safe);
        ASSERT_LE(found.lowest_cost, found.cost);
        ASSERT_LE(found.cost, cost);
        if (found.lowest_cost == 0)
            continue;
        const double ratio = static_cast<double>(cost) / static_cast<double>(found.lowest_cost);
        ratios += ratio;
        worst = std::max(worst, ratio);
        ++tables;
    }
    RecordProperty("mean_cost_ratio", std::to_string(ratios / tables));
    RecordProperty("worst_cost_ratio", std::to_string(worst));
    EXPECT_GT(tables, 300 / kSlowdown);
    EXPECT_LE(ratios / tables, 1.10) << tables << " tables";
}

// Too many cells for a proof of the cheapest pattern. A search that takes the first route near a cell pays twice as
// much.
TEST(SuppressionProperties, ALargerTableCostsNoMultipleOfWhatItCould) {
    Dimension regions = flat(3);
    for (CodeNumber region = 1; region <= 3; ++region)
        regions.parents.insert(regions.parents.end(), 3, region);
    std::mt19937_64 random(1);
    const Tables tables = test::random_tables({regions, flat(8), flat(6)}, [&random] {
        return random() % 4 == 0 ? 0 : static_cast<Amount>(std::lognormal_distribution<>(2.5, 1.3)(random));
    });
    const Policy policy{.name = "", .patients = 11};
    const System system = System::create(propose(tables, {}, {}, policy).value().problem).value();
    ASSERT_GT(system.movable().size(), 600U);
    Patient patient;
    EXPECT_LT(protect(system, patient, kNoProof).value().cost, 13'000) << "10,000 have been reached";
}

TEST(SuppressionProperties, SameTablesGiveTheSamePattern) {
    std::mt19937_64 random(20260104);
    for (int round = 0; round < 5; ++round) {
        const System system = random_system(random, {flat(4), two_levels()}, 5);
        Patient patient;
        EXPECT_EQ(protect(system, patient).value().pattern, protect(system, patient).value().pattern);
    }
}

TEST(SuppressionProperties, StopsWhenToldWithoutAPattern) {
    std::mt19937_64 random(20260105);
    const System system = random_system(random, {flat(6), flat(6)}, 5);
    for (const int looks : {0, 3, 10}) {
        test::Hurried cancelled(Patience::Verdict::abandon, looks);
        const core::Result<Protection> found = protect(system, cancelled);
        ASSERT_FALSE(found.ok());
        EXPECT_EQ(found.error().code, core::ErrorCode::interrupted);
    }
    const Protection calm = [&system] {
        Patient patient;
        return protect(system, patient).value();
    }();
    for (int looks = 0; looks < 20'000; looks = 2 * looks + 1) {
        test::Hurried late(Patience::Verdict::finish, looks);
        const Protection hurried = protect(system, late).value();
        EXPECT_TRUE(hurried.audit.safe) << "late is dearer, never unsafe";
        EXPECT_GE(hurried.cost, calm.cost);
        EXPECT_LE(hurried.lowest_cost, calm.cost) << "whatever was proved until then is true";
        test::Hurried cancelled(Patience::Verdict::abandon, looks);
        const core::Result<Protection> found = protect(system, cancelled);
        EXPECT_TRUE(found.ok() ? found.value().audit.safe : found.error().code == core::ErrorCode::interrupted);
    }
}

} // namespace
} // namespace health_dp::suppression
