#include "core/suppression/concessions.hpp"

#include <algorithm>
#include <cstddef>
#include <map>

namespace health_dp::suppression {

namespace {

class Conceding {
  public:
    Conceding(Proposal& proposal, const Tables& tables, const std::vector<Contents>& contents, const Roles& roles,
              const Policy& policy)
        : proposal_(proposal), tables_(tables), contents_(contents), roles_(roles), policy_(policy) {
        for (CellNumber cell = 0; cell < tables.entries.size(); ++cell)
            if (is_for_contributors(proposal.reasons[cell]))
                totals_.emplace(tables.entries[cell].key, cell);
    }

    void run() {
        if (totals_.empty())
            return;
        for (Insider& insider : proposal_.problem.insiders) {
            own_.clear();
            for (const CellNumber part : insider.knows) {
                key_ = tables_.entries[part].key;
                look_around(0, contribution_of_one(part));
            }
            for (const auto& [total, own] : own_)
                concede(insider, total, own);
        }
    }

  private:
    static bool is_for_contributors(Reason why) { return why == Reason::dominated || why == Reason::p_percent; }

    Amount amount(CellNumber cell) const { return tables_.entries[cell].values[*roles_.dominance_measure]; }

    // A unit of a sample that stands for several knows itself alone.
    Amount contribution_of_one(CellNumber cell) const {
        const Amount whole = amount(cell);
        const std::vector<Contribution>& contributions = contents_[cell].contributions;
        const bool alone = std::any_of(contributions.begin(), contributions.end(), [whole](const Contribution& one) {
            return one.value == whole && one.weight == 1;
        });
        return alone ? whole : 0;
    }

    // All totals around the key, from this dimension on: he has so much of each, at least.
    void look_around(std::size_t dimension, Amount own) {
        if (dimension == key_.size()) {
            const auto total = totals_.find(key_);
            if (total != totals_.end()) {
                Amount& most = own_[total->second];
                most = std::max(most, own);
            }
            return;
        }
        const CodeNumber start = key_[dimension];
        for (CodeNumber code = start; code != kNoParent; code = tables_.dimensions[dimension].parents[code]) {
            key_[dimension] = code;
            look_around(dimension + 1, own);
        }
        key_[dimension] = start;
    }

    void concede(Insider& insider, CellNumber total, Amount own) const {
        const std::vector<Contribution>& contributions = contents_[total].contributions;
        const Amount margin = margin_for_contributor(contributions, amount(total), own, policy_, roles_.weights);
        if (margin >= missing_margin(contributions, amount(total), proposal_.reasons[total], policy_, roles_.weights))
            return;
        // But for his own part the cell would be shown, with every measure that it has, to him as well. Not so where a
        // cell may have to be hidden for its class, too.
        const bool whole = margin == 0 && !policy_.no_class_disclosure;
        for (std::size_t measure = 0; measure < tables_.measures.size(); ++measure)
            if (whole || measure == roles_.dominance_measure)
                insider.enough.push_back(
                    {tables_.quantity(total, measure), margin, margin, margin == 0 ? 0 : kLargestAmount});
    }

    Proposal& proposal_;
    const Tables& tables_;
    const std::vector<Contents>& contents_;
    const Roles& roles_;
    const Policy& policy_;
    std::map<std::vector<CodeNumber>, CellNumber> totals_; // that are hidden for their contributors
    std::map<CellNumber, Amount> own_;                     // of each of them the insider has so much, at least
    std::vector<CodeNumber> key_;
};

} // namespace

void concede(Proposal& proposal, const Tables& tables, const std::vector<Contents>& contents, const Roles& roles,
             const Policy& policy) {
    if (roles.dominance_measure.has_value() && !contents.empty())
        Conceding(proposal, tables, contents, roles, policy).run();
}

} // namespace health_dp::suppression
