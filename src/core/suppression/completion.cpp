#include "core/suppression/completion.hpp"

#include "core/integers.hpp"
#include "core/suppression/linear_program.hpp"
#include "core/suppression/whole.hpp"

#include <algorithm>
#include <cstdlib>
#include <utility>

namespace health_dp::suppression {

namespace {

constexpr int kMostNodes = 2000;
constexpr LinearProgram::Allowance kOneCompletion = 4'000'000;

bool is_complete(const std::vector<bool>& known) { return std::find(known.begin(), known.end(), false) == known.end(); }

} // namespace

std::vector<bool> all_but_unseen(const Tables& tables, const Problem& problem) {
    std::vector<bool> known(problem.quantities.size(), true);
    const std::size_t first = tables.entries.size() * tables.measures.size();
    for (std::size_t i = 0; i < tables.unseen.size() * tables.measures.size(); ++i)
        known[first + i] = false;
    return known;
}

void deduce(Problem& problem, std::vector<bool>& known) {
    if (is_complete(known))
        return;
    std::vector<std::vector<RelationNumber>> relations_with(problem.quantities.size());
    std::vector<std::size_t> open(problem.relations.size(), 0);
    // Totals from their parts before parts from totals: where both are wrong, it is the given total that is.
    std::vector<RelationNumber> of_totals;
    std::vector<RelationNumber> of_parts;
    const auto look_at = [&](RelationNumber number) {
        if (open[number] != 1)
            return;
        const std::vector<Term>& terms = problem.relations[number].terms;
        const auto unknown =
            std::find_if(terms.begin(), terms.end(), [&](const Term& t) { return !known[t.quantity]; });
        (unknown->coefficient < 0 ? of_totals : of_parts).push_back(number);
    };
    for (RelationNumber number = 0; number < problem.relations.size(); ++number) {
        const Relation& relation = problem.relations[number];
        if (relation.lowest != relation.highest)
            continue;
        for (const Term& term : relation.terms)
            if (!known[term.quantity]) {
                relations_with[term.quantity].push_back(number);
                ++open[number];
            }
        look_at(number);
    }
    while (!of_totals.empty() || !of_parts.empty()) {
        std::vector<RelationNumber>& next = of_totals.empty() ? of_parts : of_totals;
        const Relation& relation = problem.relations[next.back()];
        next.pop_back();
        core::Signed128 rest = relation.lowest;
        const Term* unknown = nullptr;
        for (const Term& term : relation.terms)
            if (known[term.quantity])
                rest -= core::Signed128{term.coefficient} * problem.quantities[term.quantity].value;
            else
                unknown = &term;
        if (unknown == nullptr || rest % unknown->coefficient != 0)
            continue;
        const core::Signed128 value = rest / unknown->coefficient;
        if (value > kLargestAmount || value < -kLargestAmount)
            continue;
        problem.quantities[unknown->quantity].value = static_cast<Amount>(value);
        known[unknown->quantity] = true;
        for (const RelationNumber number : relations_with[unknown->quantity]) {
            --open[number];
            look_at(number);
        }
    }
}

core::Result<bool> complete(Problem& problem, std::vector<bool> known, Patience& patience,
                            std::optional<Breach>* breach) {
    deduce(problem, known);
    if (is_complete(known))
        return true;
    SparseProgram program;
    std::vector<std::vector<std::pair<int, std::int32_t>>> rows_of(problem.quantities.size());
    for (const Relation& relation : problem.relations) {
        Amount rest = 0;
        bool open = false;
        for (const Term& term : relation.terms)
            if (known[term.quantity])
                rest += term.coefficient * problem.quantities[term.quantity].value;
            else
                open = true;
        if (!open) {
            if (rest >= relation.lowest && rest <= relation.highest)
                continue;
            if (breach != nullptr)
                *breach = breach_of(problem, relation, rest);
            return core::Error{core::ErrorCode::out_of_range, kBroken};
        }
        const auto row = static_cast<int>(program.row_lowest.size());
        for (const Term& term : relation.terms)
            if (!known[term.quantity])
                rows_of[term.quantity].emplace_back(row, term.coefficient);
        const auto bound = [rest](Amount end) {
            return std::abs(end) == kUnbounded ? (end < 0 ? -kInfinity : kInfinity) : static_cast<double>(end - rest);
        };
        program.row_lowest.push_back(bound(relation.lowest));
        program.row_highest.push_back(bound(relation.highest));
    }
    std::vector<QuantityNumber> open;
    for (QuantityNumber number = 0; number < problem.quantities.size(); ++number) {
        if (known[number])
            continue;
        for (const auto& [row, coefficient] : rows_of[number])
            program.entry(row, coefficient);
        const Quantity& quantity = problem.quantities[number];
        const double lowest = quantity.lowest == -kUnbounded ? -kInfinity : static_cast<double>(quantity.lowest);
        const double highest = quantity.highest == kUnbounded ? kInfinity : static_cast<double>(quantity.highest);
        program.column(lowest, highest, quantity.lowest == -kUnbounded ? 0 : 1);
        open.push_back(number);
    }
    LinearProgram solver(program, patience);
    LinearProgram::Allowance allowance = kOneCompletion;
    const WholeAnswer answer =
        minimise_whole(solver, LinearProgram::Method::primal, Aim::any, kMostNodes, 1, allowance);
    if (answer.outcome == Outcome::abandoned)
        return core::Error{core::ErrorCode::interrupted, "the caller asked to stop"};
    if (answer.solution.empty() && answer.outcome == Outcome::infeasible && answer.complete)
        return core::Error{core::ErrorCode::out_of_range, "no values of what is not shown fit what is shown"};
    if (answer.solution.empty())
        return core::Error{core::ErrorCode::too_costly,
                           "no values of what is not shown were found that fit what is shown"};
    for (std::size_t i = 0; i < open.size(); ++i)
        problem.quantities[open[i]].value = static_cast<Amount>(answer.solution[i]);
    return true;
}

} // namespace health_dp::suppression
