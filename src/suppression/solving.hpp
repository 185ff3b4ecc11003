// From a definition to a pattern that passed its audit, or to the audit of a pattern that others chose.
#pragma once

#include "core/suppression/review.hpp"
#include "core/suppression/rounding.hpp"

#include "suppression/policy.hpp"

#include <string>
#include <vector>

namespace health_dp::suppression {

struct Suppressed {
    Assembled assembled;
    Pattern pattern;
    Policy policy;
    std::string policy_name;   // empty: a project's min_cell alone
    std::vector<bool> by_rule; // of each entry: a rule of the policy hides it
};

struct Reviewed {
    Assembled assembled;
    std::vector<Verdict> verdicts;
};

struct RoundedTables {
    Assembled assembled;
    std::vector<Amount> values; // [cell * measures + measure]
};

// Within entry() only. Errors: kUnknownPolicy, kUnknownProject, kBadDefinition, kBadTable, kDoesNotAddUp,
// kCannotProtect, kNoSafePattern, a cancel, and whatever the queries raise. Never a pattern that failed its audit.
Suppressed suppress(const Definition& definition);
Reviewed review(const Definition& definition);
RoundedTables round(const Definition& definition, Amount base);

} // namespace health_dp::suppression
