#include "core/suppression/review.hpp"

#include "core/suppression/completion.hpp"

#include <algorithm>
#include <utility>

namespace health_dp::suppression {

namespace {

const char* rule_of(Reason reason) {
    switch (reason) {
    case Reason::none:
        break;
    case Reason::few_patients:
        return "hidden: fewer patients than the policy shows";
    case Reason::few_units:
        return "hidden: fewer units than the policy shows";
    case Reason::dominated:
        return "hidden: a few contributors make most of it";
    case Reason::p_percent:
        return "hidden: its contributors could learn each other's value";
    case Reason::zero:
        return "hidden: the policy hides cells of nobody";
    case Reason::class_disclosure:
        return "hidden: it would tell something of everybody in a group";
    case Reason::hidden_before:
        return "hidden before";
    }
    return "hidden to protect others";
}

const char* fault_of(const Finding& finding, bool shown, bool of_sum) {
    if (finding.safety == Safety::unclear)
        return "not proved either way: to be treated as unsafe";
    if (shown)
        return "shown, although the policy hides it";
    if (finding.knower != kOutsider)
        return "whoever is the only patient of another cell can narrow it down further";
    if (of_sum)
        return "the hidden cells of a line are known together too well";
    return "anybody can narrow it down further than the policy allows";
}

class Reviewing {
  public:
    Reviewing(const Assembled& assembled, Patience& patience, std::optional<Breach>* breach)
        : assembled_(assembled), patience_(patience), breach_(breach) {}

    core::Result<std::vector<Verdict>> with_values(const Policy& policy) {
        // A table that hides a cell of nobody shows no reader that what it hides is somebody.
        Policy as_hidden = policy;
        for (CellNumber cell = 0; cell < cells(); ++cell)
            as_hidden.hides_zeros |= assembled_.hidden[cell] && value(cell, assembled_.roles.patients) == 0;
        core::Result<Proposal> proposed = propose(assembled_.tables, assembled_.contents, assembled_.roles, as_hidden);
        if (!proposed.ok())
            return proposed.error();
        Proposal& proposal = proposed.value();
        if (!policy.hides_zeros)
            allow_zeros(proposal);
        const core::Result<bool> completed =
            complete(proposal.problem, all_but_unseen(assembled_.tables, proposal.problem), patience_, breach_);
        if (!completed.ok())
            return completed.error();
        const core::Result<System> system = System::create(std::move(proposal.problem), breach_);
        if (!system.ok())
            return system.error();
        const core::Result<Audit> audited = audit(system.value(), assembled_.hidden, patience_);
        if (!audited.ok())
            return audited.error();
        for (CellNumber cell = 0; cell < cells(); ++cell)
            if (assembled_.hidden[cell] || proposal.reasons[cell] != Reason::none)
                add_verdicts(cell, rule_of(proposal.reasons[cell]));
        for (DemandNumber number = 0; number < system.value().demands().size(); ++number)
            if (audited.value().findings[number].safety != Safety::safe)
                blame(system.value(), system.value().demands()[number].quantity, audited.value().findings[number]);
        return measured(system.value());
    }

    core::Result<std::vector<Verdict>> without_values(const Policy& policy) {
        core::Result<std::vector<Line>> lines = lines_of(assembled_.tables);
        if (!lines.ok())
            return lines.error();
        Problem problem = problem_of(lines.value(), policy);
        const core::Result<bool> completed = complete(problem, known_quantities(), patience_, breach_);
        if (!completed.ok())
            return completed.error();
        const core::Result<System> system = System::create(std::move(problem), breach_);
        if (!system.ok())
            return system.error();
        for (CellNumber cell = 0; cell < cells(); ++cell)
            if (assembled_.hidden[cell])
                add_verdicts(cell, "hidden, its value not known here");
            else if (const Amount patients = value(cell, assembled_.roles.patients);
                     patients > 0 && patients < policy.patients)
                add_verdicts(cell, "shown, although the policy hides it");
        core::Result<std::vector<Verdict>> verdicts = measured(system.value());
        if (!verdicts.ok())
            return verdicts;
        for (std::size_t i = 0; i < exact_.size(); ++i)
            judge(verdicts.value()[i], policy, exact_[i]);
        return verdicts;
    }

  private:
    CellNumber cells() const { return static_cast<CellNumber>(assembled_.tables.entries.size()); }
    Amount value(CellNumber cell, std::size_t measure) const { return assembled_.tables.entries[cell].values[measure]; }

    // Cells of nobody that the policy would show: hidden or not, they are nobody's secret.
    static void allow_zeros(Proposal& proposal) {
        const auto is_zero = [&](CellNumber cell) { return cell != kNoCell && proposal.reasons[cell] == Reason::zero; };
        std::erase_if(proposal.problem.demands,
                      [&](const Demand& demand) { return is_zero(proposal.problem.quantities[demand.quantity].cell); });
        for (CellNumber cell = 0; cell < proposal.reasons.size(); ++cell)
            if (is_zero(cell)) {
                proposal.reasons[cell] = Reason::none;
                proposal.problem.cells[cell].standing = Standing::optional;
            }
    }

    void add_verdicts(CellNumber cell, const char* why) {
        for (std::size_t measure = 0; measure < assembled_.tables.measures.size(); ++measure) {
            const Amount known = assembled_.hidden[cell] ? kUnbounded : value(cell, measure);
            verdicts_.push_back({cell, measure, assembled_.hidden[cell] ? -kUnbounded : known, known, true, why});
        }
    }

    // A demand on a sum that no table has speaks for the cells it adds up.
    void blame(const System& system, QuantityNumber quantity, const Finding& finding) {
        const CellNumber cell = system.quantities()[quantity].cell;
        if (cell != kNoCell) {
            blame(quantity, fault_of(finding, !assembled_.hidden[cell], false));
            return;
        }
        for (const Incidence& incidence : system.incidences(quantity))
            for (const Term& term : system.relations()[incidence.relation].terms)
                if (term.quantity != quantity)
                    blame(term.quantity, fault_of(finding, false, true));
    }

    void blame(QuantityNumber quantity, const char* why) {
        for (Verdict& verdict : verdicts_)
            if (assembled_.tables.quantity(verdict.cell, verdict.measure) == quantity) {
                verdict.safe = false;
                verdict.why = why;
            }
    }

    core::Result<std::vector<Verdict>> measured(const System& system) {
        std::vector<QuantityNumber> quantities;
        for (const Verdict& verdict : verdicts_)
            if (assembled_.hidden[verdict.cell])
                quantities.push_back(assembled_.tables.quantity(verdict.cell, verdict.measure));
        const core::Result<std::vector<Interval>> intervals =
            attainable(system, assembled_.hidden, quantities, patience_);
        if (!intervals.ok())
            return intervals.error();
        std::size_t next = 0;
        for (Verdict& verdict : verdicts_)
            if (assembled_.hidden[verdict.cell]) {
                verdict.lowest = intervals.value()[next].lowest;
                verdict.highest = intervals.value()[next].highest;
                exact_.push_back(intervals.value()[next].exact);
                ++next;
            } else {
                exact_.push_back(true);
            }
        return verdicts_;
    }

    std::vector<bool> known_quantities() const {
        std::vector<bool> known;
        for (CellNumber cell = 0; cell < cells(); ++cell)
            known.insert(known.end(), assembled_.tables.measures.size(), assembled_.known[cell]);
        known.insert(known.end(), assembled_.tables.unseen.size() * assembled_.tables.measures.size(), false);
        return known;
    }

    Problem problem_of(const std::vector<Line>& lines, const Policy& policy) const {
        Problem problem;
        for (CellNumber cell = 0; cell < cells(); ++cell) {
            problem.cells.push_back({assembled_.hidden[cell] ? Standing::hidden : Standing::published, 1});
            for (std::size_t measure = 0; measure < assembled_.tables.measures.size(); ++measure) {
                Quantity quantity{cell, value(cell, measure), assembled_.tables.measures[measure].lowest,
                                  assembled_.tables.measures[measure].highest};
                if (measure == assembled_.roles.patients && assembled_.hidden[cell] &&
                    !may_hide_zeros(policy, assembled_.tables.dimensions))
                    quantity.lowest = 1;
                problem.quantities.push_back(quantity);
            }
        }
        for (std::size_t i = 0; i < assembled_.tables.unseen.size(); ++i)
            for (const Measure& measure : assembled_.tables.measures)
                problem.quantities.push_back({kNoCell, 0, measure.lowest, measure.highest});
        problem.relations = relations_of(assembled_.tables, lines);
        return problem;
    }

    // What may be below the threshold has to look as if it could be anything below it.
    void judge(Verdict& verdict, const Policy& policy, bool exact) const {
        if (!assembled_.hidden[verdict.cell]) {
            verdict.safe = false;
            return;
        }
        if (verdict.measure == assembled_.roles.patients && verdict.lowest < policy.patients) {
            const Amount lowest =
                std::max<Amount>(policy.interval_lowest, may_hide_zeros(policy, assembled_.tables.dimensions) ? 0 : 1);
            verdict.safe = verdict.lowest <= lowest && verdict.highest >= policy.patients - 1;
        } else {
            verdict.safe = verdict.lowest < verdict.highest;
        }
        if (!verdict.safe)
            verdict.why = "anybody can narrow it down further than the policy allows";
        else if (!exact) {
            verdict.safe = false;
            verdict.why = "not proved either way: to be treated as unsafe";
        }
    }

    const Assembled& assembled_;
    Patience& patience_;
    std::optional<Breach>* breach_;
    std::vector<Verdict> verdicts_;
    std::vector<bool> exact_; // of each verdict: the interval is attained
};

} // namespace

core::Result<std::vector<Verdict>> review(const Assembled& assembled, const Policy& policy, Patience& patience,
                                          std::optional<Breach>* breach) {
    const bool all_known = std::find(assembled.known.begin(), assembled.known.end(), false) == assembled.known.end();
    Reviewing reviewing(assembled, patience, breach);
    return all_known ? reviewing.with_values(policy) : reviewing.without_values(policy);
}

} // namespace health_dp::suppression
