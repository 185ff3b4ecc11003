#include "core/suppression/protect.hpp"

#include "suppression/solving.hpp"

#include "postgres/boundary.hpp"
#include "postgres/errors.hpp"
#include "projects/catalogue.hpp"
#include "suppression/patience.hpp"
#include "suppression/reading.hpp"

namespace health_dp::suppression {

namespace {

constexpr const char* kSumsHint = "Totals are those of the cells below them, over all cells: a HAVING, a rounding or a "
                                  "filter of its own breaks that. "
                                  "Where patients can be under several codes, call the dimension overlapping.";

[[noreturn]] void refuse(const core::Error& error) {
    switch (error.code) {
    case core::ErrorCode::interrupted:
    case core::ErrorCode::too_costly:
        postgres::throw_sql_error(sqlstate::kNoSafePattern, error.message,
                                  "Nothing was published. Ask for fewer cells, or raise "
                                  "health_dp.suppression_time_limit.");
    default:
        postgres::throw_sql_error(sqlstate::kDoesNotAddUp, error.message, kSumsHint);
    }
}

Policy policy_of(const Definition& definition) {
    StoredPolicy stored;
    postgres::call([&] {
        if (definition.project.empty()) {
            stored = read_policy(definition.policy.c_str());
            return;
        }
        projects::Project project;
        if (!projects::find_project(definition.project.c_str(), &project))
            projects::refuse_unknown_project(definition.project.c_str());
        stored = read_project_policy(project.id);
    });
    return stored.policy;
}

// A rule that cannot be looked at is not a rule that holds.
void require_contributors(const Definition& definition, const Policy& policy) {
    if (policy.dominance.contributors == 0 && policy.p_percent == 0)
        return;
    std::size_t wanted = policy.dominance.contributors;
    if (policy.p_percent > 0 && wanted < 2)
        wanted = 2;
    bool sums = false;
    std::size_t given = 0;
    for (std::size_t i = 1; i < definition.measures.size(); ++i) {
        sums |= !definition.measures[i].units;
        if (!definition.measures[i].contributors.empty())
            given = definition.measures[i].contributors.size();
    }
    if (sums && given < wanted)
        postgres::throw_sql_error(sqlstate::kBadDefinition,
                                  "the policy looks at the largest contributions of a sum, which the definition does "
                                  "not name",
                                  "In suppress_tables(): \"contributors\": [\"largest\", \"second\"] with the sum, or "
                                  "choose a policy without dominance and p_percent.");
}

Assembled assemble(const Definition& definition, const Policy& policy) {
    Assembly assembly(definition);
    read_tables(definition, assembly);
    bool fills_zeros = policy.hides_zeros;
    for (const DimensionSpec& dimension : definition.dimensions)
        fills_zeros |= policy.no_class_disclosure && dimension.revealing;
    core::Result<Assembled> assembled = assembly.finish(fills_zeros);
    if (!assembled.ok())
        refuse(assembled.error());
    return std::move(assembled).value();
}

System system_of(Problem problem) {
    core::Result<System> system = System::create(std::move(problem));
    if (!system.ok())
        refuse(system.error());
    return std::move(system).value();
}

} // namespace

Suppressed suppress(const Definition& definition) {
    BackendPatience patience;
    const Policy policy = policy_of(definition);
    require_contributors(definition, policy);
    Suppressed suppressed{assemble(definition, policy), {}, policy};
    const Assembled& assembled = suppressed.assembled;
    core::Result<Proposal> proposed = propose(assembled.tables, assembled.contents, assembled.roles, policy);
    if (!proposed.ok())
        refuse(proposed.error());
    Problem& problem = proposed.value().problem;
    for (CellNumber cell = 0; cell < assembled.hidden.size(); ++cell) {
        if (!assembled.known[cell])
            postgres::throw_sql_error(sqlstate::kBadTable, "a cell has no value",
                                      "Give the values of what was hidden before as well: it stays hidden.");
        if (assembled.hidden[cell])
            problem.cells[cell].standing = Standing::hidden;
    }
    const System system = system_of(std::move(problem));
    core::Result<Protection> protection = protect(system, patience);
    if (!protection.ok() && protection.error().code == core::ErrorCode::out_of_range)
        postgres::throw_sql_error(sqlstate::kCannotProtect, protection.error().message,
                                  "Nothing was published. Merge codes, leave a dimension out, or do not publish this "
                                  "table.");
    if (!protection.ok())
        refuse(protection.error());
    suppressed.pattern = std::move(protection.value().pattern);
    return suppressed;
}

Reviewed review(const Definition& definition) {
    BackendPatience patience;
    const Policy policy = policy_of(definition);
    require_contributors(definition, policy);
    Reviewed reviewed{assemble(definition, policy), {}};
    core::Result<std::vector<Verdict>> verdicts = review(reviewed.assembled, policy, patience);
    if (!verdicts.ok())
        refuse(verdicts.error());
    reviewed.verdicts = std::move(verdicts).value();
    return reviewed;
}

RoundedTables round(const Definition& definition, Amount base) {
    if (base < 1 || base > kLargestBase)
        postgres::throw_sql_error(sqlstate::kBadDefinition, "a base to round to is from 1 to 1000000",
                                  "As in: base => 5.");
    BackendPatience patience;
    const Policy no_rules;
    RoundedTables rounded{assemble(definition, no_rules), {}};
    const Assembled& assembled = rounded.assembled;
    for (CellNumber cell = 0; cell < assembled.hidden.size(); ++cell)
        if (!assembled.known[cell] || assembled.hidden[cell])
            postgres::throw_sql_error(sqlstate::kBadTable, "a cell is hidden, or has no value",
                                      "Round what shows everything: suppressed tables do not add up any more.");
    core::Result<Proposal> proposed = propose(assembled.tables, {}, assembled.roles, no_rules);
    if (!proposed.ok())
        refuse(proposed.error());
    const System system = system_of(std::move(proposed).value().problem);
    core::Result<Rounded> found = round_together(system, base, kShortProof, patience);
    if (!found.ok() && found.error().code == core::ErrorCode::out_of_range)
        postgres::throw_sql_error(sqlstate::kCannotProtect, found.error().message,
                                  "Nothing was published. Choose another base, or round tables one by one.");
    if (!found.ok())
        refuse(found.error());
    rounded.values = std::move(found).value().values;
    return rounded;
}

} // namespace health_dp::suppression
