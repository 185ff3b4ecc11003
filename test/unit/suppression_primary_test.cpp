#include "core/suppression/primary.hpp"

#include "core/suppression/known_bounds.hpp"
#include "support/suppression.hpp"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace health_dp::suppression {
namespace {

using test::flat;
using test::Margins;

std::vector<Reason> reasons(const Tables& tables, const Policy& policy, const Roles& roles = {},
                            const std::vector<Contents>& contents = {}) {
    return propose(tables, contents, roles, policy).value().reasons;
}

// A total and its parts, in one dimension.
Tables line(std::initializer_list<Amount> parts) {
    Margins margins({flat(static_cast<CodeNumber>(parts.size()))});
    CodeNumber code = 0;
    for (const Amount part : parts)
        margins.add({++code}, part);
    return margins.tables();
}

TEST(SuppressionDominance, GivesTheKnownAnswers) {
    // The vectors of sdcTable's tests of weighted dominance: value and sampling weight, and the weighted sum.
    struct Known {
        std::vector<Contribution> contributions;
        Amount total;
        bool one_of_70;       // (1, 70)
        bool two_of_90;       // (2, 90) on contributors
        bool two_units_of_90; // (2, 90) as τ-ARGUS reads weights
    };
    const Known known[] = {
        {{{100, 1}}, 100, true, true, true},
        {{{90, 2}, {10, 1}}, 190, false, false, true},
        {{{80, 2}, {20, 1}}, 180, false, false, false},
        {{{70, 2}, {30, 1}}, 170, false, false, false},
        {{{80, 2}, {10, 1}, {10, 1}}, 180, false, false, false},
        {{{70, 2}, {10, 1}, {10, 1}, {10, 1}}, 170, false, false, false},
        {{{60, 2}, {20, 1}, {10, 1}, {10, 1}}, 160, false, false, false},
    };
    for (const Known& vector : known) {
        Amount sum = 0;
        for (const Contribution& contribution : vector.contributions)
            sum += contribution.value * contribution.weight;
        ASSERT_EQ(sum, vector.total);
        EXPECT_EQ(dominated(vector.contributions, sum, {1, 70}, Weights::ignored), vector.one_of_70);
        EXPECT_EQ(dominated(vector.contributions, sum, {2, 90}, Weights::ignored), vector.two_of_90);
        EXPECT_EQ(dominated(vector.contributions, sum, {2, 90}, Weights::repeated), vector.two_units_of_90);
    }
}

TEST(SuppressionDominance, TheLimitItselfIsAllowed) {
    EXPECT_FALSE(dominated({{85, 1}, {15, 1}}, 100, {1, 85}, Weights::ignored));
    EXPECT_TRUE(dominated({{86, 1}, {14, 1}}, 100, {1, 85}, Weights::ignored));
    EXPECT_FALSE(dominated({{86, 1}}, 100, {}, Weights::ignored)) << "no rule";
    EXPECT_FALSE(breaks_p_percent({{80, 1}, {12, 1}, {8, 1}}, 100, 10)) << "8 left is 10 % of 80";
    EXPECT_TRUE(breaks_p_percent({{80, 1}, {13, 1}, {7, 1}}, 100, 10)) << "7 left is less";
    EXPECT_FALSE(breaks_p_percent({{80, 1}, {20, 1}}, 100, 0)) << "no rule";
}

TEST(SuppressionPolicies, ArePresetsByName) {
    std::set<std::string> names;
    for (const Policy& policy : preset_policies()) {
        EXPECT_TRUE(names.emplace(policy.name).second);
        EXPECT_EQ(preset_policy(policy.name), &policy);
    }
    EXPECT_EQ(names, (std::set<std::string>{"casd_health", "insee", "nhs", "ohdsi", "pcornet"}));
    EXPECT_EQ(preset_policy("law"), nullptr);
    EXPECT_EQ(preset_policy("casd_health")->units, 11);
    EXPECT_EQ(preset_policy("nhs")->patients, 8) << "1 to 7 are hidden";
}

TEST(SuppressionPrimary, ThresholdHidesUpToOneLess) {
    const Policy policy{.name = "", .patients = 11};
    EXPECT_EQ(reasons(line({10, 11, 200}), policy),
              (std::vector<Reason>{Reason::none, Reason::few_patients, Reason::none, Reason::none}));
    const Problem problem = propose(line({10, 11, 200}), {}, {}, policy).value().problem;
    ASSERT_EQ(problem.demands.size(), 1U);
    EXPECT_EQ(problem.demands[0].below, 9) << "down to 1: zeros are shown";
    EXPECT_EQ(problem.demands[0].above, 0);
}

TEST(SuppressionPrimary, OtherMeasuresStayUnknownByAShareOfTheirValue) {
    const Policy policy{.name = "", .other_percent = 10};
    const std::pair<Amount, Amount> widths[] = {
        {0, 1}, {9, 1}, {50, 5}, {99, 9}, {199, 19}, {-50, 5}, {kLargestAmount, kLargestAmount / 10}};
    for (const auto& [value, width] : widths)
        EXPECT_EQ(least_width(value, policy), width) << value;
    EXPECT_EQ(least_width(1000, Policy{.name = "", .other_percent = 25}), 250);
    EXPECT_EQ(least_width(1000, Policy{.name = "", .other_percent = 0}), 1) << "never known exactly";
    Tables tables = line({5, 30});
    tables.measures.emplace_back();
    for (Entry& entry : tables.entries)
        entry.values.push_back(entry.values[0] * 10);
    const Policy threshold{.name = "", .patients = 11, .other_percent = 20};
    const Problem problem = propose(tables, {}, {}, threshold).value().problem;
    ASSERT_EQ(problem.demands.size(), 2U);
    EXPECT_EQ(problem.demands[1].width, 10) << "of 50 nights";
}

TEST(SuppressionPrimary, WhatWasHiddenBeforeStaysUnknown) {
    const Policy policy{.name = "", .patients = 11, .other_percent = 10};
    const Proposal proposal = propose(line({40, 60}), {}, {}, policy, {false, true, false}).value();
    EXPECT_EQ(proposal.reasons[1], Reason::hidden_before);
    EXPECT_EQ(proposal.problem.cells[1].standing, Standing::hidden);
    ASSERT_EQ(proposal.problem.demands.size(), 1U);
    EXPECT_EQ(proposal.problem.demands[0].quantity, 1U);
    EXPECT_EQ(proposal.problem.demands[0].width, 4);
    EXPECT_FALSE(propose(line({40, 60}), {}, {}, policy, {true}).ok());
}

TEST(SuppressionPrimary, WhatWasHiddenBeforeDoesNotMakeSmallCellsMore) {
    const Policy policy{.name = "", .patients = 11, .other_percent = 10};
    const Proposal proposal = propose(line({3, 4, 60}), {}, {}, policy, {false, true, true, true}).value();
    ASSERT_EQ(proposal.problem.quantities.size(), 5U) << "the sum of 3 and 4";
    EXPECT_EQ(proposal.problem.quantities[4].value, 7);
    EXPECT_EQ(proposal.problem.demands.back().quantity, 4U);
}

TEST(SuppressionPrimary, FurtherUnitsCountToo) {
    Tables tables = line({20, 30});
    tables.measures.emplace_back();
    for (Entry& entry : tables.entries)
        entry.values.push_back(entry.values[0] == 20 ? 4 : 40);
    const Policy policy{.name = "", .patients = 11, .units = 11};
    EXPECT_EQ(reasons(tables, policy, {.units = {1}}),
              (std::vector<Reason>{Reason::none, Reason::few_units, Reason::none}));
    EXPECT_EQ(reasons(tables, policy), (std::vector<Reason>(3, Reason::none))) << "not without that unit";
}

TEST(SuppressionPrimary, HiddenZerosAreDemandsToo) {
    Tables tables = line({30, 40});
    tables.dimensions = {flat(3)};
    tables.entries.push_back({{3}, {0}});
    Policy policy{.name = "", .patients = 11};
    EXPECT_EQ(reasons(tables, policy)[3], Reason::none);
    EXPECT_EQ(propose(tables, {}, {}, policy).value().problem.cells[3].standing, Standing::published);
    policy.hides_zeros = true;
    const Proposal proposal = propose(tables, {}, {}, policy).value();
    EXPECT_EQ(proposal.reasons[3], Reason::zero);
    ASSERT_EQ(proposal.problem.demands.size(), 1U);
    EXPECT_EQ(proposal.problem.demands[0].above, 10);
    EXPECT_EQ(proposal.problem.quantities[1].lowest, 0) << "a hidden cell may now be empty";
}

TEST(SuppressionPrimary, NobodyAndEverybodyOfAGroupAreHidden) {
    // Region by outcome: in the first region all have it, in the second some.
    Dimension outcome = flat(2);
    outcome.revealing = true;
    Margins margins({flat(2), outcome});
    margins.add({1, 1}, 40);
    margins.add({1, 2}, 0);
    margins.add({2, 1}, 20);
    margins.add({2, 2}, 30);
    const Tables tables = margins.tables();
    const Policy policy{.name = "", .patients = 11, .no_class_disclosure = true};
    const std::vector<Reason> found = reasons(tables, policy);
    for (std::size_t i = 0; i < tables.entries.size(); ++i) {
        const std::vector<CodeNumber>& key = tables.entries[i].key;
        EXPECT_EQ(found[i], key[0] == 1 && key[1] != 0 ? Reason::class_disclosure : Reason::none) << i;
    }
}

TEST(SuppressionPrimary, DominanceKeepsTheTotalUncertain) {
    Tables tables = line({5, 6});
    tables.measures.emplace_back();
    std::vector<Contents> contents(3);
    const Amount sums[] = {300, 100, 200};
    for (std::size_t i = 0; i < 3; ++i)
        tables.entries[i].values.push_back(sums[i]);
    contents[0].contributions = {{90, 1}, {60, 1}, {50, 1}, {50, 1}, {50, 1}};
    contents[1].contributions = {{90, 1}, {10, 1}};
    contents[2].contributions = {{60, 1}, {50, 1}, {50, 1}, {40, 1}};
    const Policy policy{.name = "", .patients = 3, .dominance = {1, 85}};
    const Roles roles{.dominance_measure = 1};
    const Proposal proposal = propose(tables, contents, roles, policy).value();
    EXPECT_EQ(proposal.reasons, (std::vector<Reason>{Reason::none, Reason::dominated, Reason::none}));
    Amount levels = 0;
    for (const Demand& demand : proposal.problem.demands)
        if (demand.quantity == tables.quantity(1, 1))
            levels = std::min(demand.below, demand.above);
    EXPECT_EQ(levels, 6) << "90 of 105.9 are 85 %";
}

TEST(SuppressionPrimary, WhatALineHidesReachesTheThresholdTogether) {
    // 23 = 15 + 5 + 3, threshold 11 (a question to the support of τ-ARGUS, number 307): 5 and 3 are 8 together.
    const Policy policy{.name = "", .patients = 11};
    const Problem problem = propose(line({15, 5, 3}), {}, {}, policy).value().problem;
    ASSERT_EQ(problem.quantities.size(), 5U);
    EXPECT_EQ(problem.quantities[4].cell, kNoCell);
    EXPECT_EQ(problem.quantities[4].value, 8);
    EXPECT_EQ(problem.demands.back().quantity, 4U);
    EXPECT_EQ(problem.demands.back().above, 2);
    EXPECT_EQ(problem.demands.back().below, 6) << "down to 1 + 1";
    EXPECT_EQ(propose(line({15, 9, 3}), {}, {}, policy).value().problem.quantities.size(), 4U) << "12 are enough";
    const Policy without{.name = "", .patients = 11, .virtual_sums = false};
    EXPECT_EQ(propose(line({15, 5, 3}), {}, {}, without).value().problem.quantities.size(), 4U);
}

TEST(SuppressionPrimary, OnePatientIsOneInsiderAcrossLevels) {
    // The only patient of a department is the one of its region, too; another department has another.
    Dimension place;
    place.parents = {kNoParent, 0, 0, 1, 2, 2};
    Margins margins({place});
    margins.add({3}, 1);
    margins.add({4}, 1);
    margins.add({5}, 30);
    const Policy policy{.name = "", .patients = 11};
    const Problem problem = propose(margins.tables(), {}, {}, policy).value().problem;
    ASSERT_EQ(problem.insiders.size(), 2U);
    EXPECT_EQ(problem.insiders[0].knows, (std::vector<CellNumber>{1, 3}));
    EXPECT_EQ(problem.insiders[1].knows, (std::vector<CellNumber>{4}));
    std::vector<Contents> contents(6);
    contents[3].holder = contents[4].holder = 77;
    EXPECT_EQ(propose(margins.tables(), contents, {}, policy).value().problem.insiders.size(), 1U) << "the same person";
}

TEST(SuppressionPrimary, TotalsAreDearer) {
    const Policy policy{.name = "", .patients = 11};
    const std::vector<Cell> by_value = propose(line({20, 30}), {}, {}, policy).value().problem.cells;
    EXPECT_EQ(by_value[0].cost, 100);
    EXPECT_EQ(by_value[1].cost, 20);
    Policy cells = policy;
    cells.cost = Cost::cells;
    EXPECT_EQ(propose(line({20, 30}), {}, {}, cells).value().problem.cells[1].cost, 1);
}

TEST(SuppressionPrimary, RefusesWhatIsNoTable) {
    const Policy policy{.name = "", .patients = 11};
    EXPECT_FALSE(propose(line({20, 30}), {}, {.patients = 1}, policy).ok());
    Tables twice = line({20, 30});
    twice.entries.push_back(twice.entries[1]);
    EXPECT_FALSE(propose(twice, {}, {}, policy).ok());
    Tables circle = line({20, 30});
    circle.dimensions[0].parents = {kNoParent, 2, 1};
    EXPECT_FALSE(propose(circle, {}, {}, policy).ok());
    Tables negative = line({20, 30});
    negative.entries[1].values[0] = -20;
    EXPECT_FALSE(propose(negative, {}, {}, policy).ok());
}

} // namespace
} // namespace health_dp::suppression
