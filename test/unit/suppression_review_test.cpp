#include "core/suppression/review.hpp"

#include "core/suppression/protect.hpp"
#include "support/patience.hpp"

#include <gtest/gtest.h>

#include <random>
#include <string>

namespace health_dp::suppression {
namespace {

Definition rows_and_columns() {
    Definition definition;
    definition.policy = "p";
    definition.dimensions.resize(2);
    definition.dimensions[0].name = "r";
    definition.dimensions[1].name = "c";
    definition.measures.emplace_back().name = "n";
    definition.tables.push_back({"t", "q", {0, 1}, true, ""});
    return definition;
}

// Rows by columns with all margins.
Assembled grid(const std::vector<std::vector<Amount>>& values) {
    const Definition definition = rows_and_columns();
    Assembly assembly(definition);
    for (std::size_t r = 0; r < values.size(); ++r)
        for (std::size_t c = 0; c < values[r].size(); ++c) {
            const std::string row_code = std::to_string(r);
            const std::string column_code = std::to_string(c);
            const std::string value = std::to_string(values[r][c]);
            EXPECT_TRUE(assembly.add_row(0, {{row_code, column_code}, {false, false}, {value}, {}, false}).ok());
        }
    return assembly.finish(false).value();
}

void forget_hidden(Assembled& assembled) {
    for (CellNumber cell = 0; cell < assembled.hidden.size(); ++cell)
        if (assembled.hidden[cell]) {
            assembled.known[cell] = false;
            assembled.tables.entries[cell].values[0] = 0;
        }
}

std::vector<Verdict> reviewed(const Assembled& assembled, const Policy& policy) {
    test::Patient patience;
    core::Result<std::vector<Verdict>> verdicts = review(assembled, policy, patience);
    EXPECT_TRUE(verdicts.ok()) << (verdicts.ok() ? "" : verdicts.error().message);
    return verdicts.ok() ? verdicts.value() : std::vector<Verdict>();
}

bool all_safe(const std::vector<Verdict>& verdicts) {
    return !verdicts.empty() &&
           std::all_of(verdicts.begin(), verdicts.end(), [](const Verdict& verdict) { return verdict.safe; });
}

TEST(SuppressionReview, MaskingAloneIsUndoneBySubtraction) {
    Assembled assembled = grid({{20, 50, 10}, {8, 19, 22}, {17, 32, 12}});
    const Policy policy = *preset_policy("pcornet");
    for (CellNumber cell = 0; cell < assembled.hidden.size(); ++cell)
        assembled.hidden[cell] = assembled.tables.entries[cell].values[0] < 11;
    for (int round = 0; round < 2; ++round) {
        const std::vector<Verdict> verdicts = reviewed(assembled, policy);
        ASSERT_EQ(verdicts.size(), 2U);
        for (const Verdict& verdict : verdicts) {
            EXPECT_FALSE(verdict.safe);
            EXPECT_EQ(verdict.lowest, verdict.highest);
        }
        EXPECT_EQ(verdicts[0].lowest, 10);
        EXPECT_EQ(verdicts[1].lowest, 8);
        forget_hidden(assembled); // and the values need not be known
    }
}

TEST(SuppressionReview, ShownSmallCellsAreNotSafe) {
    const Assembled assembled = grid({{20, 50}, {8, 30}});
    const std::vector<Verdict> verdicts = reviewed(assembled, *preset_policy("pcornet"));
    ASSERT_EQ(verdicts.size(), 1U);
    EXPECT_FALSE(verdicts[0].safe);
    EXPECT_EQ(verdicts[0].lowest, 8);
}

// A table may hide cells of nobody although the policy would show them: then a hidden cell may be nobody.
TEST(SuppressionReview, HiddenZerosAreNoFault) {
    Assembled assembled = grid({{0, 20, 30}, {8, 3, 40}, {50, 60, 70}});
    for (CellNumber cell = 0; cell < assembled.hidden.size(); ++cell) {
        const auto& key = assembled.tables.entries[cell].key;
        assembled.hidden[cell] = key[0] != 0 && key[1] != 0;
    }
    const std::vector<Verdict> verdicts = reviewed(assembled, *preset_policy("pcornet"));
    ASSERT_EQ(verdicts.size(), 9U);
    EXPECT_TRUE(all_safe(verdicts));
    for (int i = 0; i < 5; ++i)
        EXPECT_EQ(verdicts[i].lowest, 0) << "somebody or nobody";
    EXPECT_GE(verdicts[0].highest, 10) << "nobody or somebody";

    assembled = grid({{0, 20, 30, 0}, {8, 3, 40, 25}, {50, 60, 70, 35}});
    for (CellNumber cell = 0; cell < assembled.hidden.size(); ++cell) {
        const auto& key = assembled.tables.entries[cell].key;
        assembled.hidden[cell] = key[0] != 0 && key[1] != 0 && key != std::vector<CodeNumber>{1, 4};
    }
    const std::vector<Verdict> one_shown = reviewed(assembled, *preset_policy("pcornet"));
    EXPECT_EQ(one_shown.size(), 11U) << "the shown one is nobody's secret";
    EXPECT_TRUE(all_safe(one_shown));
}

// Under a policy against 0 and 100 % a hidden cell may be nobody, whether its value is known here or not.
TEST(SuppressionReview, HiddenZerosAreNoFaultWhereNobodyIsToldOf) {
    Assembled assembled = grid({{0, 20}, {30, 40}});
    assembled.tables.dimensions[1].revealing = true;
    for (CellNumber cell = 0; cell < assembled.hidden.size(); ++cell) {
        const auto& key = assembled.tables.entries[cell].key;
        assembled.hidden[cell] = key[0] != 0 && key[1] != 0;
    }
    Policy policy = *preset_policy("pcornet");
    policy.no_class_disclosure = true;
    forget_hidden(assembled);
    for (const Verdict& verdict : reviewed(assembled, policy))
        if (verdict.cell == 4) {
            EXPECT_EQ(verdict.lowest, 0) << "which is the truth";
        }
}

TEST(SuppressionReview, ValuesMustFit) {
    Assembled assembled = grid({{20, 50}, {8, 30}});
    for (CellNumber cell = 0; cell < assembled.hidden.size(); ++cell)
        assembled.hidden[cell] = assembled.tables.entries[cell].values[0] == 8;
    forget_hidden(assembled);
    assembled.tables.entries[0].values[0] += 100; // the grand total is now too large for its rows
    test::Patient patience;
    EXPECT_FALSE(review(assembled, *preset_policy("pcornet"), patience).ok());
}

TEST(SuppressionReview, StopsWhenAsked) {
    Assembled assembled = grid({{20, 50, 10}, {8, 19, 22}, {17, 32, 12}});
    assembled.hidden.assign(assembled.hidden.size(), true);
    test::Hurried hurried(Patience::Verdict::abandon, 0);
    const auto stopped = review(assembled, *preset_policy("pcornet"), hurried);
    ASSERT_FALSE(stopped.ok());
    EXPECT_EQ(stopped.error().code, core::ErrorCode::interrupted);
}

// What protect() accepts, a review finds safe, with the values and without; and intervals hold the true values.
TEST(SuppressionReview, AgreesWithProtection) {
    std::mt19937 random(7);
    for (int round = 0; round < 20; ++round) {
        std::vector<std::vector<Amount>> values(4, std::vector<Amount>(5));
        for (auto& row : values)
            for (Amount& value : row)
                value = static_cast<Amount>(random() % (random() % 3 == 0 ? 10 : 60));
        Assembled assembled = grid(values);
        const Policy policy = *preset_policy("pcornet");
        test::Patient patience;
        Proposal proposal = propose(assembled.tables, {}, assembled.roles, policy).value();
        const System system = System::create(std::move(proposal.problem)).value();
        const core::Result<Protection> protection = protect(system, patience);
        if (!protection.ok())
            continue; // some tables cannot be protected at all
        assembled.hidden = protection.value().pattern;
        const std::vector<Verdict> verdicts = reviewed(assembled, policy);
        for (const Verdict& verdict : verdicts) {
            EXPECT_TRUE(verdict.safe) << verdict.why;
            const Amount value = assembled.tables.entries[verdict.cell].values[0];
            EXPECT_LE(verdict.lowest, value);
            EXPECT_GE(verdict.highest, value);
        }
        forget_hidden(assembled);
        const std::vector<Verdict> outside = reviewed(assembled, policy);
        ASSERT_EQ(outside.size(), verdicts.size());
        for (std::size_t i = 0; i < outside.size(); ++i) {
            EXPECT_EQ(outside[i].lowest, verdicts[i].lowest);
            EXPECT_EQ(outside[i].highest, verdicts[i].highest);
        }
    }
}

TEST(SuppressionReview, SaysWhichTotalIsWrong) {
    for (const bool with_values : {true, false}) {
        Assembled assembled = grid({{20, 50}, {8, 19}});
        const auto total =
            std::find_if(assembled.tables.entries.begin(), assembled.tables.entries.end(), [](const Entry& entry) {
                return entry.key == std::vector<CodeNumber>{0, 1};
            });
        total->values[0] = 27;
        if (!with_values) { // the second column, and the rows' totals
            for (CellNumber cell = 0; cell < assembled.hidden.size(); ++cell) {
                const std::vector<CodeNumber>& key = assembled.tables.entries[cell].key;
                assembled.hidden[cell] = key[0] != 0 && key[1] != 1;
            }
            forget_hidden(assembled);
        }
        test::Patient patience;
        std::optional<Breach> breach;
        Policy policy;
        policy.patients = 11;
        EXPECT_FALSE(review(assembled, policy, patience, &breach).ok());
        ASSERT_TRUE(breach.has_value()) << with_values;
        EXPECT_EQ(breach->total, total - assembled.tables.entries.begin());
        EXPECT_EQ(breach->value, 27);
        EXPECT_EQ(breach->others, 28);
    }
}

} // namespace
} // namespace health_dp::suppression
