#include "core/suppression/behind.hpp"
#include "core/suppression/completion.hpp"
#include "core/suppression/protect.hpp"

#include "suppression/solving.hpp"

#include "postgres/boundary.hpp"
#include "postgres/errors.hpp"
#include "projects/catalogue.hpp"
#include "suppression/patience.hpp"
#include "suppression/reading.hpp"
#include "suppression/refusals.hpp"

#include <algorithm>
#include <optional>
#include <string>

namespace health_dp::suppression {

namespace {

StoredPolicy stored_policy(const Definition& definition) {
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
    return stored;
}

bool has_rules(const Policy& policy) {
    return policy.patients > 0 || policy.units > 0 || policy.dominance.contributors > 0 || policy.p_percent > 0 ||
           policy.hides_zeros || policy.no_class_disclosure;
}

std::string policy_name(const StoredPolicy& stored) { return std::string("policy \"") + NameStr(stored.name) + "\""; }

std::string measure_name(const MeasureSpec& measure) { return "Measure \"" + measure.name + "\"."; }

// A policy that hides something, and does nothing else about small numbers.
StoredPolicy policy_of(const Definition& definition) {
    const StoredPolicy stored = stored_policy(definition);
    if (stored.noise_deviation > 0)
        postgres::throw_sql_error(sqlstate::kRuleUnsupported,
                                  (policy_name(stored) + " perturbs counts, and hides none").c_str(),
                                  "Choose a policy without noise_deviation. Noise is for health_dp.perturb_count().");
    if (!has_rules(stored.policy))
        postgres::throw_sql_error(sqlstate::kBadDefinition,
                                  (policy_name(stored) + " has no rule that would hide anything").c_str(),
                                  "As in: SELECT health_dp.alter_suppression_policy('...', patients => 11).");
    return stored;
}

void require_no_sums_beside_rounding(const Definition& definition, const Policy& policy) {
    if (policy.rounding_base <= 1)
        return;
    for (std::size_t i = 1; i < definition.measures.size(); ++i)
        if (!definition.measures[i].units)
            postgres::throw_sql_error(sqlstate::kRuleUnsupported, "the policy rounds counts, which sums would undo",
                                      "Publish counts only (name those of stays and the like in units), or choose a "
                                      "policy without rounding.",
                                      measure_name(definition.measures[i]).c_str());
}

// A rule that cannot be looked at is not a rule that holds.
void require_contributors(const Definition& definition, const Policy& policy) {
    if (policy.dominance.contributors == 0 && policy.p_percent == 0)
        return;
    std::size_t wanted = policy.dominance.contributors;
    if (policy.p_percent > 0 && wanted < 2)
        wanted = 2;
    for (std::size_t i = 1; i < definition.measures.size(); ++i)
        if (!definition.measures[i].units && definition.measures[i].contributors.size() < wanted)
            postgres::throw_sql_error(sqlstate::kBadDefinition,
                                      "the policy looks at the largest contributions of a sum, which the definition "
                                      "does not name",
                                      "In suppress_tables(): \"contributors\": [\"largest\", \"second\"] with the sum, "
                                      "of which there is one, or choose a policy without dominance and p_percent.",
                                      measure_name(definition.measures[i]).c_str());
}

void notice(const char* message, const char* hint) {
    postgres::call([&] { ereport(NOTICE, (errmsg("%s", message), errhint("%s", hint))); });
}

// Without a dimension's totals, nobody who knows one from elsewhere is kept from subtracting.
void look_for_totals(const Definition& definition, const Assembled& assembled) {
    for (std::size_t i = 0; i < definition.dimensions.size(); ++i) {
        if (assembled.has_total[i])
            continue;
        const DimensionSpec& dimension = definition.dimensions[i];
        char message[NAMEDATALEN + 64];
        if (dimension.total.has_value()) {
            snprintf(message, sizeof(message), "no cell has the code that is called the total of \"%.*s\"", NAMEDATALEN,
                     dimension.name.c_str());
            postgres::throw_sql_error(sqlstate::kBadTable, message,
                                      "Name it as the query writes it: totals => '{all}'. Where the total is NULL, "
                                      "name none.");
        }
        snprintf(message, sizeof(message), "no cell is a total of \"%.*s\"", NAMEDATALEN, dimension.name.c_str());
        notice(message, "Where readers know totals from elsewhere, give them too: GROUP BY CUBE, or build_margins.");
    }
}

void look_for_revealing(const Definition& definition, const Policy& policy) {
    if (policy.no_class_disclosure && !any_revealing(definition.dimensions))
        notice("the policy forbids 0 % and 100 % along revealing dimensions, but none is called so",
               "Name those whose codes tell something about a patient, such as a diagnosis: revealing => '{atc}'.");
}

void require_patients(const Definition& definition, const Assembled& assembled) {
    const std::size_t patients = assembled.roles.patients;
    for (CellNumber cell = 0; cell < assembled.tables.entries.size(); ++cell) {
        const std::vector<Amount>& values = assembled.tables.entries[cell].values;
        const auto something = std::find_if(values.begin(), values.end(), [](Amount value) { return value != 0; });
        if (values[patients] == 0 && something != values.end())
            refuse_cell(sqlstate::kBadTable, "a cell of no patients has something else",
                        "The first measure counts distinct patients: measures => '{patients,nights}'.", definition,
                        assembled, cell, &definition.measures[static_cast<std::size_t>(something - values.begin())]);
    }
}

// What readers can reason over and nobody prints. Beyond this many cells no solver answers in time.
constexpr std::size_t kMostBehind = 50'000;

Assembled assemble(const Definition& definition, const Policy& policy, Behind behind) {
    Assembly assembly(definition);
    read_tables(definition, assembly);
    core::Result<Assembled> assembled = assembly.finish(may_hide_zeros(policy, definition.dimensions));
    if (!assembled.ok() && *assembly.complaint().advice != '\0')
        postgres::throw_sql_error(sqlstate::kBadTable, assembled.error().message, assembly.complaint().advice,
                                  ("The " + assembly.complaint().about + ".").c_str());
    if (!assembled.ok())
        refuse(assembled.error(), assembly.complaint().about);
    look_for_sum_codes(definition, assembled.value());
    look_for_twins(definition, assembled.value());
    look_for_rates(definition, assembled.value());
    const core::Result<bool> tied = add_what_is_behind(assembled.value().tables, behind, kMostBehind);
    if (!tied.ok())
        postgres::throw_sql_error(
            sqlstate::kTooMuchBehind, tied.error().message,
            "Readers reason over them, and nothing is safe as long as they are not looked at. Publish totals between "
            "the finest cells and the grand total as well, as GROUP BY CUBE gives them; merge codes; or give fewer "
            "tables or grouping sets.");
    return std::move(assembled).value();
}

System system_of(Problem problem, const Definition& definition, const Assembled& assembled, Patience& patience) {
    std::vector<bool> known = all_but_unseen(assembled.tables, problem);
    std::optional<Breach> breach;
    const core::Result<bool> completed = complete(problem, std::move(known), patience, &breach);
    if (!completed.ok())
        refuse_values(completed.error(), breach, definition, assembled);
    core::Result<System> system = System::create(std::move(problem), &breach);
    if (!system.ok())
        refuse_values(system.error(), breach, definition, assembled);
    return std::move(system).value();
}

} // namespace

Suppressed suppress(const Definition& definition) {
    BackendPatience patience;
    const StoredPolicy stored = policy_of(definition);
    const Policy& policy = stored.policy;
    require_contributors(definition, policy);
    require_no_sums_beside_rounding(definition, policy);
    Suppressed suppressed{assemble(definition, policy, Behind::cells), {}, policy, NameStr(stored.name), {}};
    const Assembled& assembled = suppressed.assembled;
    look_for_totals(definition, assembled);
    look_for_revealing(definition, policy);
    require_patients(definition, assembled);
    core::Result<Proposal> proposed =
        propose(assembled.tables, assembled.contents, assembled.roles, policy, assembled.hidden_before);
    if (!proposed.ok())
        refuse(proposed.error());
    for (const Reason reason : proposed.value().reasons)
        suppressed.by_rule.push_back(reason != Reason::none && reason != Reason::hidden_before);
    Problem& problem = proposed.value().problem;
    for (CellNumber cell = 0; cell < assembled.hidden.size(); ++cell) {
        if (!assembled.known[cell])
            refuse_cell(sqlstate::kBadTable, "a cell has no value",
                        "Give the values of what was hidden before as well: it stays hidden.", definition, assembled,
                        cell);
        if (!assembled.shown_before[cell])
            continue;
        if (proposed.value().reasons[cell] != Reason::none)
            refuse_cell(sqlstate::kBadTable, "a cell that the policy hides was shown before",
                        "What is known cannot be hidden any more. Choose the policy under which it was published, or "
                        "leave out what shows it again.",
                        definition, assembled, cell);
        problem.cells[cell].standing = Standing::published;
    }
    const System system = system_of(std::move(problem), definition, assembled, patience);
    core::Result<Protection> protection = protect(system, patience);
    if (!protection.ok() && protection.error().code == core::ErrorCode::out_of_range)
        postgres::throw_sql_error(sqlstate::kCannotProtect, protection.error().message,
                                  "Nothing was published. Merge codes, leave a dimension out, or do not publish this "
                                  "table.");
    if (!protection.ok())
        refuse(protection.error());
    suppressed.pattern = std::move(protection.value().pattern);
    suppressed.pattern.resize(assembled.tables.entries.size());
    return suppressed;
}

Reviewed review(const Definition& definition) {
    BackendPatience patience;
    const Policy policy = policy_of(definition).policy;
    require_contributors(definition, policy);
    Reviewed reviewed{assemble(definition, policy, Behind::cells), {}};
    look_for_totals(definition, reviewed.assembled);
    look_for_revealing(definition, policy);
    require_patients(definition, reviewed.assembled);
    std::optional<Breach> breach;
    core::Result<std::vector<Verdict>> verdicts = review(reviewed.assembled, policy, patience, &breach);
    if (!verdicts.ok())
        refuse_values(verdicts.error(), breach, definition, reviewed.assembled);
    reviewed.verdicts = std::move(verdicts).value();
    return reviewed;
}

RoundedTables round(const Definition& definition, Amount base) {
    if (base < 1 || base > kLargestBase)
        postgres::throw_sql_error(sqlstate::kBadDefinition, "a base to round to is from 1 to 1000000",
                                  "As in: base => 5.");
    BackendPatience patience;
    const Policy no_rules;
    RoundedTables rounded{assemble(definition, no_rules, Behind::sums), {}};
    const Assembled& assembled = rounded.assembled;
    look_for_totals(definition, assembled);
    for (CellNumber cell = 0; cell < assembled.hidden.size(); ++cell)
        if (!assembled.known[cell] || assembled.hidden[cell])
            refuse_cell(sqlstate::kBadTable, "a cell is hidden, or has no value",
                        "Round what shows everything: suppressed tables do not add up any more.", definition, assembled,
                        cell);
    core::Result<Proposal> proposed = propose(assembled.tables, {}, assembled.roles, no_rules);
    if (!proposed.ok())
        refuse(proposed.error());
    const System system = system_of(std::move(proposed).value().problem, definition, assembled, patience);
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
