// Totals that are hidden for their largest contributors, some of whom are alone in a part of it.
#include "core/suppression/contributions.hpp"

#include "core/suppression/protect.hpp"
#include "support/patience.hpp"
#include "support/suppression.hpp"

#include <gtest/gtest.h>

#include <functional>
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

constexpr Roles kRoles{.dominance_measure = 1};

Dimension two_levels() {
    Dimension dimension;
    dimension.parents = {kNoParent, 0, 0, 1, 1, 2, 2};
    return dimension;
}

struct Contributor {
    std::vector<CodeNumber> leaf;
    Amount amount = 0;
};

bool is_within(const std::vector<Dimension>& dimensions, const std::vector<CodeNumber>& part,
               const std::vector<CodeNumber>& total) {
    for (std::size_t i = 0; i < part.size(); ++i) {
        CodeNumber code = part[i];
        while (code != total[i] && code != kNoParent)
            code = dimensions[i].parents[code];
        if (code == kNoParent)
            return false;
    }
    return true;
}

// How many there are and how much they have, in every cell that has somebody.
struct Business {
    Business(const std::vector<Dimension>& dimensions, const std::vector<Contributor>& them) : contributors(them) {
        tables.dimensions = dimensions;
        tables.measures.resize(2);
        std::vector<CodeNumber> key(dimensions.size());
        add(key, 0);
    }

    void add(std::vector<CodeNumber>& key, std::size_t dimension) {
        if (dimension < key.size()) {
            for (key[dimension] = 0; key[dimension] < tables.dimensions[dimension].parents.size(); ++key[dimension])
                add(key, dimension + 1);
            return;
        }
        Entry entry{key, {0, 0}};
        Contents content;
        for (const Contributor& one : contributors)
            if (is_within(tables.dimensions, one.leaf, key)) {
                ++entry.values[0];
                entry.values[1] += one.amount;
                content.contributions.push_back({one.amount, 1});
            }
        if (entry.values[0] == 0)
            return;
        tables.entries.push_back(std::move(entry));
        contents.push_back(std::move(content));
    }

    CellNumber cell(const std::vector<CodeNumber>& key) const {
        for (CellNumber cell = 0; cell < tables.entries.size(); ++cell)
            if (tables.entries[cell].key == key)
                return cell;
        return kNoCell;
    }

    std::vector<Contributor> contributors;
    Tables tables;
    std::vector<Contents> contents;
};

TEST(SuppressionContributors, OneWhoDominatesAloneMayKnowTheTotal) {
    const Policy policy{.name = "", .patients = 3, .dominance = {1, 85}};
    const std::vector<Contribution> him{{1000, 1}, {2, 1}, {1, 1}};
    EXPECT_EQ(missing_margin(him, 1003, Reason::dominated, policy, Weights::ignored), 174) << "for all others";
    EXPECT_EQ(margin_for_contributor(him, 1003, 1000, policy, Weights::ignored), 0);
    EXPECT_EQ(margin_for_contributor(him, 1003, 4, policy, Weights::ignored), 0) << "he has a part of it elsewhere";
    EXPECT_EQ(margin_for_contributor(him, 1003, 3, policy, Weights::ignored), 174) << "both others have as much";
    EXPECT_EQ(margin_for_contributor(him, 1003, 2, policy, Weights::ignored), 174) << "the second largest";
}

TEST(SuppressionContributors, OneOfSeveralWhoDominateIsKeptFromTheOthers) {
    const Policy policy{.name = "", .patients = 3, .dominance = {2, 90}};
    const std::vector<Contribution> two{{1000, 1}, {50, 1}, {1, 1}};
    EXPECT_EQ(missing_margin(two, 1051, Reason::dominated, policy, Weights::ignored), 116);
    EXPECT_EQ(margin_for_contributor(two, 1051, 1000, policy, Weights::ignored), 5) << "50 of 55.6 are 90 %";
    EXPECT_EQ(margin_for_contributor(two, 1051, 50, policy, Weights::ignored), 111) << "1000 of 1111.1 are 90 %";
    EXPECT_EQ(margin_for_contributor(two, 1051, 1, policy, Weights::ignored), 116) << "the third";
    const std::vector<Contribution> even{{60, 1}, {35, 1}, {5, 1}};
    EXPECT_EQ(margin_for_contributor(even, 100, 60, policy, Weights::ignored), 0) << "35 of 40 are less than 90 %";
    EXPECT_EQ(margin_for_contributor(even, 100, 35, policy, Weights::ignored), 2);
}

TEST(SuppressionContributors, TheLargestIsNotKeptFromHimselfByPPercent) {
    const Policy policy{.name = "", .patients = 3, .p_percent = 10};
    const std::vector<Contribution> them{{1000, 1}, {200, 1}, {5, 1}};
    EXPECT_EQ(missing_margin(them, 1205, Reason::p_percent, policy, Weights::ignored), 95);
    EXPECT_EQ(margin_for_contributor(them, 1205, 1000, policy, Weights::ignored), 15) << "200 to 10 %";
    EXPECT_EQ(margin_for_contributor(them, 1205, 200, policy, Weights::ignored), 95) << "may be the second";
    const Policy both{.name = "", .patients = 3, .dominance = {1, 80}, .p_percent = 10};
    EXPECT_EQ(margin_for_contributor(them, 1205, 1000, both, Weights::ignored), 15) << "the stricter of two rules";
}

TEST(SuppressionContributors, InSamplesOnlyWhoStandsForHimselfKnowsHisPart) {
    Business business({flat(2)}, {{{1}, 1000}, {{2}, 2}, {{2}, 1}});
    const auto concessions = [&business] {
        const Problem problem =
            propose(business.tables, business.contents, kRoles, *preset_policy("insee")).value().problem;
        std::size_t count = 0;
        for (const Insider& insider : problem.insiders)
            count += insider.enough.size();
        return count;
    };
    EXPECT_EQ(concessions(), 2U) << "the number and the sum";
    business.contents[business.cell({1})].contributions = {{500, 2}};
    EXPECT_EQ(concessions(), 0U);
}

// A region of two departments beside another one: seven cells. One makes nearly all of his department, of the region
// and of all.
TEST(SuppressionContributors, WhoDominatesAndIsAloneInAPartIsNoReasonToRefuse) {
    const Business business(
        {two_levels()}, {{{3}, 1000}, {{4}, 2}, {{4}, 1}, {{5}, 9}, {{5}, 8}, {{5}, 7}, {{6}, 7}, {{6}, 8}, {{6}, 9}});
    const Policy& insee = *preset_policy("insee");
    const Proposal proposal = propose(business.tables, business.contents, kRoles, insee).value();
    const CellNumber region = business.cell({1});
    ASSERT_EQ(proposal.reasons[region], Reason::dominated);
    ASSERT_EQ(business.tables.entries.size(), 7U);
    const System system = System::create(proposal.problem).value();
    ASSERT_EQ(system.insiders().size(), 1U);
    Patient patient;
    const core::Result<Protection> found = protect(system, patient);
    ASSERT_TRUE(found.ok()) << found.error().message;
    EXPECT_TRUE(found.value().audit.safe);
    for (DemandNumber number = 0; number < system.demands().size(); ++number)
        if (system.demands()[number].quantity == business.tables.quantity(region, 1)) {
            EXPECT_EQ(system.wanted(number, kOutsider).below, 174);
            EXPECT_EQ(system.wanted(number, kOutsider).above, 174);
            EXPECT_EQ(system.wanted(number, 0).below, 0);
            EXPECT_EQ(system.wanted(number, 0).above, 0);
        }
}

// All amounts of leaves near the true ones that fit what is shown, by trying them: what somebody who has contributions
// of his own finds out. Knows nothing of relations, demands and linear programs.
class Trying {
  public:
    Trying(const Business& business, const Pattern& pattern, const Contributor* knower)
        : business_(business), pattern_(pattern) {
        const std::vector<Entry>& entries = business.tables.entries;
        lowest_.assign(entries.size(), kUnbounded);
        highest_.assign(entries.size(), -kUnbounded);
        values_.assign(entries.size(), 0);
        for (CellNumber cell = 0; cell < entries.size(); ++cell) {
            if (!is_leaf(entries[cell].key))
                continue;
            leaves_.push_back(cell);
            const Amount value = entries[cell].values[1];
            const bool his = knower != nullptr && knower->leaf == entries[cell].key;
            const bool fixed = !pattern[cell] || (his && entries[cell].values[0] == 1);
            from_.push_back(fixed ? value : std::max<Amount>(his ? knower->amount : 0, value - kFar));
            to_.push_back(fixed ? value : value + kFar);
        }
        find_totals();
        visit(0);
    }

    Amount lowest(CellNumber cell) const { return lowest_[cell]; }
    Amount highest(CellNumber cell) const { return highest_[cell]; }

  private:
    static constexpr Amount kFar = 12; // more than any margin here

    bool is_leaf(const std::vector<CodeNumber>& key) const {
        for (std::size_t i = 0; i < key.size(); ++i) {
            const std::vector<CodeNumber>& parents = business_.tables.dimensions[i].parents;
            if (std::find(parents.begin(), parents.end(), key[i]) != parents.end())
                return false;
        }
        return true;
    }

    // Totals are judged as soon as all of their leaves are there.
    void find_totals() {
        ends_.resize(leaves_.size());
        const std::vector<Entry>& entries = business_.tables.entries;
        for (CellNumber cell = 0; cell < entries.size(); ++cell) {
            Total total{cell, {}};
            std::size_t last = 0;
            for (std::size_t i = 0; i < leaves_.size(); ++i)
                if (is_within(business_.tables.dimensions, entries[leaves_[i]].key, entries[cell].key)) {
                    total.leaves.push_back(leaves_[i]);
                    last = i;
                }
            if (!is_leaf(entries[cell].key))
                ends_[last].push_back(std::move(total));
        }
    }

    bool totals_fit(std::size_t place) {
        for (const Total& total : ends_[place]) {
            values_[total.cell] = 0;
            for (const CellNumber leaf : total.leaves)
                values_[total.cell] += values_[leaf];
            if (!pattern_[total.cell] && values_[total.cell] != business_.tables.entries[total.cell].values[1])
                return false;
        }
        return true;
    }

    void visit(std::size_t place) {
        if (place == leaves_.size()) {
            for (std::size_t cell = 0; cell < values_.size(); ++cell) {
                lowest_[cell] = std::min(lowest_[cell], values_[cell]);
                highest_[cell] = std::max(highest_[cell], values_[cell]);
            }
            return;
        }
        Amount& value = values_[leaves_[place]];
        for (value = from_[place]; value <= to_[place]; ++value)
            if (totals_fit(place))
                visit(place + 1);
    }

    struct Total {
        CellNumber cell;
        std::vector<CellNumber> leaves;
    };

    const Business& business_;
    const Pattern& pattern_;
    std::vector<CellNumber> leaves_;
    std::vector<std::vector<Total>> ends_; // by their last leaf
    std::vector<Amount> from_;
    std::vector<Amount> to_;
    std::vector<Amount> values_;
    std::vector<Amount> lowest_;
    std::vector<Amount> highest_;
};

// What the rule wants of a total that it hides, as its definition says it: its n largest of a total that looks larger.
Amount margin_of(std::vector<Amount> amounts, Dominance rule, const Amount* own) {
    std::sort(amounts.rbegin(), amounts.rend());
    Amount largest = 0;
    Amount total = std::accumulate(amounts.begin(), amounts.end(), Amount{0});
    bool among = false;
    for (std::size_t i = 0; i < std::min<std::size_t>(rule.contributors, amounts.size()); ++i) {
        largest += amounts[i];
        among = among || (own != nullptr && amounts[i] == *own);
    }
    if (100 * largest <= Amount{rule.percent} * total)
        return 0;
    if (among && *own > total - largest) {
        largest -= *own;
        total -= *own;
    }
    Amount margin = 0;
    while (100 * largest > Amount{rule.percent} * (total + margin))
        ++margin;
    return margin;
}

class SuppressionContributorsOf : public ::testing::TestWithParam<Dominance> {};

TEST_P(SuppressionContributorsOf, ATotalAreKeptFromOneAnother) {
    const Policy policy{.name = "", .patients = 3, .dominance = GetParam()};
    const std::vector<std::vector<Dimension>> shapes = {{two_levels()}, {flat(2), flat(2)}, {flat(2), flat(3)}};
    std::mt19937_64 random(20260301);
    int kept = 0;
    int conceded = 0;
    for (int round = 0; round < 240 / kSlowdown; ++round) {
        const std::vector<Dimension>& dimensions = shapes[static_cast<std::size_t>(round) % shapes.size()];
        std::vector<Contributor> contributors;
        for (const Entry& entry : test::random_tables(dimensions, [] { return Amount{1}; }).entries)
            if (entry.values[0] == 1)
                for (std::size_t i = random() % 5; i < 4; ++i)
                    contributors.push_back({entry.key, 1 + static_cast<Amount>(random() % 3)});
        if (contributors.empty())
            continue;
        contributors[random() % contributors.size()].amount = 9 + static_cast<Amount>(random() % 9);
        const Business business(dimensions, contributors);
        const System system =
            System::create(propose(business.tables, business.contents, kRoles, policy).value().problem).value();
        Patient patient;
        const core::Result<Protection> found = protect(system, patient);
        ASSERT_TRUE(found.ok()) << round;
        const Pattern& pattern = found.value().pattern;
        for (std::size_t who = 0; who <= contributors.size(); ++who) {
            const Contributor* knower = who == 0 ? nullptr : &contributors[who - 1];
            const bool alone = knower != nullptr && business.tables.entries[business.cell(knower->leaf)].values[0] == 1;
            const Trying trying(business, pattern, knower);
            for (CellNumber cell = 0; cell < business.tables.entries.size(); ++cell) {
                const Entry& entry = business.tables.entries[cell];
                std::vector<Amount> amounts;
                for (const Contribution& one : business.contents[cell].contributions)
                    amounts.push_back(one.value);
                const bool his = knower != nullptr && is_within(dimensions, knower->leaf, entry.key);
                const Amount margin = margin_of(amounts, policy.dominance, his ? &knower->amount : nullptr);
                if (entry.values[0] < policy.patients || margin_of(amounts, policy.dominance, nullptr) == 0)
                    continue;
                ASSERT_TRUE(pattern[cell]) << round;
                if (margin == 0) {
                    ++conceded;
                    continue;
                }
                // Those who share a cell know less of it than its sum.
                if (knower == nullptr || alone) {
                    EXPECT_LE(trying.lowest(cell), entry.values[1] - margin) << round << ": " << who;
                    EXPECT_GE(trying.highest(cell), entry.values[1] + margin) << round << ": " << who;
                } else {
                    EXPECT_LT(trying.lowest(cell), trying.highest(cell)) << round << ": " << who;
                }
                ++kept;
            }
        }
    }
    EXPECT_GT(kept, 200 / kSlowdown);
    EXPECT_GT(conceded, 40 / kSlowdown);
}

INSTANTIATE_TEST_SUITE_P(Rules, SuppressionContributorsOf,
                         ::testing::Values(Dominance{1, 60}, Dominance{1, 75}, Dominance{2, 80}), [](const auto& rule) {
                             return std::to_string(rule.param.contributors) + "Of" + std::to_string(rule.param.percent);
                         });

} // namespace
} // namespace health_dp::suppression
