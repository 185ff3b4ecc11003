#include "core/suppression/primary.hpp"

#include "core/integers.hpp"
#include "core/suppression/concessions.hpp"
#include "core/suppression/known_bounds.hpp"

#include <algorithm>
#include <functional>
#include <map>
#include <numeric>

namespace health_dp::suppression {

namespace {

class Proposing {
  public:
    Proposing(const Tables& tables, const std::vector<Contents>& contents, const Roles& roles, const Policy& policy,
              const Pattern& hidden_before, std::vector<Line> lines)
        : tables_(tables), contents_(contents), roles_(roles), policy_(policy), hidden_before_(hidden_before),
          lines_(std::move(lines)) {}

    Proposal run() {
        look_below_unseen();
        proposal_.reasons.assign(tables_.entries.size(), Reason::none);
        for (std::size_t i = 0; i < tables_.entries.size(); ++i)
            proposal_.reasons[i] = reason(i);
        if (policy_.no_class_disclosure)
            for (const Line& line : lines_)
                if (tables_.dimensions[line.dimension].revealing)
                    hide_classes(line);
        for (std::size_t i = 0; i < hidden_before_.size(); ++i)
            if (hidden_before_[i] && proposal_.reasons[i] == Reason::none)
                proposal_.reasons[i] = Reason::hidden_before;
        write_cells();
        proposal_.problem.relations = relations_of(tables_, lines_);
        tighten_bounds(proposal_.problem);
        for (CellNumber cell = 0; cell < tables_.entries.size(); ++cell)
            if (proposal_.reasons[cell] != Reason::none)
                demand(cell);
        if (policy_.virtual_sums && policy_.patients > 0)
            for (const Line& line : lines_)
                demand_sum(line);
        if (policy_.singletons) {
            name_insiders();
            concede(proposal_, tables_, contents_, roles_, policy_);
        }
        return std::move(proposal_);
    }

  private:
    Amount value(std::size_t entry, std::size_t measure) const { return tables_.entries[entry].values[measure]; }
    Amount patients(std::size_t entry) const { return value(entry, roles_.patients); }
    bool hidden(CellNumber cell) const { return proposal_.reasons[cell] != Reason::none; }
    bool hidden_by_rule(CellNumber cell) const {
        return hidden(cell) && proposal_.reasons[cell] != Reason::hidden_before;
    }

    // A further rule is one for Publication::nothing_to_hide() as well.
    Reason reason(std::size_t entry) const {
        if (patients(entry) == 0)
            return policy_.hides_zeros ? Reason::zero : Reason::none;
        if (patients(entry) < policy_.patients)
            return Reason::few_patients;
        for (const std::size_t unit : roles_.units)
            if (value(entry, unit) < policy_.units)
                return Reason::few_units;
        if (roles_.dominance_measure.has_value() && !contents_.empty()) {
            const Amount total = value(entry, *roles_.dominance_measure);
            if (dominated(contents_[entry].contributions, total, policy_.dominance, roles_.weights))
                return Reason::dominated;
            if (breaks_p_percent(contents_[entry].contributions, total, policy_.p_percent))
                return Reason::p_percent;
        }
        return Reason::none;
    }

    // Of patients. Readers add up what has no total of its own.
    std::optional<Amount> total_of(const Line& line) const {
        if (!tables_.is_unseen(line.total))
            return patients(line.total);
        Amount sum = 0;
        for (const CellNumber part : line.parts) {
            if (tables_.is_unseen(part) || !adds_up(tables_, line, roles_.patients))
                return std::nullopt;
            sum += patients(part);
        }
        return sum;
    }

    // Also small groups: that all four of four patients have it is worse, not better.
    void hide_classes(const Line& line) {
        const std::optional<Amount> known = total_of(line);
        if (!known.has_value() || *known == 0)
            return;
        const Amount total = *known;
        for (const CellNumber part : line.parts)
            if (!tables_.is_unseen(part) && (patients(part) == 0 || patients(part) == total) && !hidden(part))
                proposal_.reasons[part] = Reason::class_disclosure;
    }

    bool zeros_are_shown() const {
        return !policy_.hides_zeros && std::find(proposal_.reasons.begin(), proposal_.reasons.end(),
                                                 Reason::class_disclosure) == proposal_.reasons.end();
    }

    Amount cost(CellNumber cell, std::uint32_t levels) const {
        const Amount size = std::max<Amount>(patients(cell), 1);
        Amount cost = 1;
        if (policy_.cost == Cost::values)
            cost = size;
        else if (policy_.cost == Cost::logarithms)
            cost = core::bit_length(static_cast<core::Unsigned128>(size));
        return std::min(cost, kLargestAmount / 256) * (1 + std::min(levels, 255U));
    }

    void write_cells() {
        std::vector<std::uint32_t> levels(tables_.entries.size(), 0);
        for (const Line& line : lines_)
            if (!tables_.is_unseen(line.total))
                ++levels[line.total];
        const bool not_empty = zeros_are_shown();
        Problem& problem = proposal_.problem;
        for (CellNumber cell = 0; cell < tables_.entries.size(); ++cell) {
            const bool empty = patients(cell) == 0;
            Standing standing = empty && not_empty ? Standing::published : Standing::optional;
            if (hidden(cell))
                standing = Standing::hidden;
            problem.cells.push_back({standing, cost(cell, levels[cell])});
            for (std::size_t measure = 0; measure < tables_.measures.size(); ++measure) {
                Quantity quantity{cell, value(cell, measure), tables_.measures[measure].lowest,
                                  tables_.measures[measure].highest};
                if (measure == roles_.patients && !empty && not_empty)
                    quantity.lowest = std::max<Amount>(quantity.lowest, 1);
                problem.quantities.push_back(quantity);
            }
        }
        for (std::size_t i = 0; i < tables_.unseen.size(); ++i)
            for (const Measure& measure : tables_.measures)
                problem.quantities.push_back({kNoCell, 0, measure.lowest, measure.highest});
    }

    // The cells that a line adds up, where it adds up sums that are unseen. Nothing where that cannot be said.
    std::optional<std::vector<CellNumber>> cells_of(const Line& line) const {
        if (!adds_up(tables_, line, roles_.patients))
            return std::nullopt;
        std::vector<CellNumber> cells;
        std::vector<CellNumber> open(line.parts.rbegin(), line.parts.rend());
        while (!open.empty()) {
            const CellNumber part = open.back();
            open.pop_back();
            if (!tables_.is_unseen(part)) {
                cells.push_back(part);
                continue;
            }
            const Line* below = lines_of_unseen_[part - tables_.entries.size()];
            if (below == nullptr)
                return std::nullopt;
            open.insert(open.end(), below->parts.rbegin(), below->parts.rend());
        }
        return cells;
    }

    void look_below_unseen() {
        lines_of_unseen_.assign(tables_.unseen.size(), nullptr);
        for (const Line& line : lines_)
            if (tables_.is_unseen(line.total) && adds_up(tables_, line, roles_.patients))
                lines_of_unseen_[line.total - tables_.entries.size()] = &line;
    }

    // The levels that make the interval cover [lowest, highest], as far as what everybody knows leaves room for it.
    Demand covering(QuantityNumber number, Amount lowest, Amount highest) const {
        const Quantity& quantity = proposal_.problem.quantities[number];
        return {number, std::max<Amount>(quantity.value - std::max(lowest, quantity.lowest), 0),
                std::max<Amount>(std::min(highest, quantity.highest) - quantity.value, 0), 0};
    }

    void demand(CellNumber cell) {
        const Reason why = proposal_.reasons[cell];
        for (std::size_t measure = 0; measure < tables_.measures.size(); ++measure) {
            const QuantityNumber number = tables_.quantity(cell, measure);
            const Amount actual = value(cell, measure);
            Demand demand{number, 0, 0, 0};
            if (measure == roles_.patients && (why == Reason::few_patients || why == Reason::zero))
                demand = covering(number, policy_.interval_lowest, policy_.patients - 1);
            else if (measure == roles_.patients && why == Reason::class_disclosure)
                demand = actual == 0 ? covering(number, 0, 1) : covering(number, actual - 1, actual);
            else if (why == Reason::few_units && is_unit(measure) && actual < policy_.units)
                demand = covering(number, policy_.interval_lowest, policy_.units - 1);
            else if (measure == roles_.dominance_measure && (why == Reason::dominated || why == Reason::p_percent))
                demand = covering(number, actual - margin(cell, why), actual + margin(cell, why));
            const Quantity& quantity = proposal_.problem.quantities[number];
            if (demand.below == 0 && demand.above == 0) {
                const Amount width = least_width(actual, policy_);
                demand.width =
                    quantity.highest == kUnbounded ? width : std::min(width, quantity.highest - quantity.lowest);
            }
            if (demand.below > 0 || demand.above > 0 || demand.width > 0)
                proposal_.problem.demands.push_back(demand);
        }
    }

    bool is_unit(std::size_t measure) const {
        return std::find(roles_.units.begin(), roles_.units.end(), measure) != roles_.units.end();
    }

    Amount margin(CellNumber cell, Reason why) const {
        return missing_margin(contents_[cell].contributions, value(cell, *roles_.dominance_measure), why, policy_,
                              roles_.weights);
    }

    // 23 = 15 + 5 + 3 with 5 and 3 hidden tells that the two are 8 together: too few to be shown as well. A large cell
    // that an earlier table hid beside them does not make them more.
    void demand_sum(const Line& line) {
        if (tables_.is_unseen(line.total) || hidden_by_rule(line.total))
            return;
        const std::optional<std::vector<CellNumber>> parts = cells_of(line);
        if (!parts.has_value())
            return;
        Quantity sum{kNoCell, 0, 0, kUnbounded};
        Relation relation;
        for (const CellNumber part : *parts)
            if (hidden_by_rule(part)) {
                const QuantityNumber number = tables_.quantity(part, roles_.patients);
                sum.value += patients(part);
                sum.lowest += proposal_.problem.quantities[number].lowest;
                relation.terms.push_back({number, 1});
            }
        if (relation.terms.size() < 2 || sum.value >= policy_.patients)
            return;
        const auto number = static_cast<QuantityNumber>(proposal_.problem.quantities.size());
        relation.terms.push_back({number, -1});
        proposal_.problem.quantities.push_back(sum);
        proposal_.problem.relations.push_back(std::move(relation));
        proposal_.problem.demands.push_back(covering(number, policy_.interval_lowest, policy_.patients - 1));
    }

    // Whoever is alone in a part is the one of a total of one, too, and of what is the same cell under two names.
    void name_insiders() {
        std::vector<CellNumber> root(tables_.places());
        std::iota(root.begin(), root.end(), CellNumber{0});
        const std::function<CellNumber(CellNumber)> find = [&root](CellNumber cell) {
            while (root[cell] != cell)
                cell = root[cell] = root[root[cell]];
            return cell;
        };
        for (const Line& line : lines_) {
            if (total_of(line) != 1)
                continue;
            const bool same = line.parts.size() == 1 && adds_up(tables_, line, roles_.patients);
            for (const CellNumber part : same ? line.parts : cells_of(line).value_or(line.parts))
                if (same || (!tables_.is_unseen(part) && patients(part) == 1))
                    root[find(part)] = find(line.total);
        }
        std::map<std::uint64_t, CellNumber> first_of;
        for (CellNumber cell = 0; cell < contents_.size(); ++cell)
            if (patients(cell) == 1 && contents_[cell].holder.has_value())
                root[find(cell)] = find(first_of.emplace(*contents_[cell].holder, cell).first->second);
        std::map<CellNumber, Insider> insiders;
        for (CellNumber cell = 0; cell < tables_.entries.size(); ++cell)
            if (patients(cell) == 1 && hidden(cell))
                insiders[find(cell)].knows.push_back(cell);
        for (auto& [cell, insider] : insiders)
            proposal_.problem.insiders.push_back(std::move(insider));
    }

    const Tables& tables_;
    const std::vector<Contents>& contents_;
    const Roles& roles_;
    const Policy& policy_;
    const Pattern& hidden_before_;
    std::vector<Line> lines_;
    std::vector<const Line*> lines_of_unseen_; // that add up, or none
    Proposal proposal_;
};

bool measures_exist(const Tables& tables, const Roles& roles) {
    const auto exists = [&tables](std::size_t measure) { return measure < tables.measures.size(); };
    return exists(roles.patients) && std::all_of(roles.units.begin(), roles.units.end(), exists) &&
           (!roles.dominance_measure.has_value() || exists(*roles.dominance_measure));
}

} // namespace

Amount least_width(Amount value, const Policy& policy) {
    const core::Signed128 width = core::Signed128{value < 0 ? -value : value} * policy.other_percent / 100;
    return static_cast<Amount>(std::clamp<core::Signed128>(width, 1, kLargestAmount));
}

core::Result<Proposal> propose(const Tables& tables, const std::vector<Contents>& contents, const Roles& roles,
                               const Policy& policy, const Pattern& hidden_before) {
    const auto for_all_or_none = [&tables](std::size_t size) { return size == 0 || size == tables.entries.size(); };
    if (!measures_exist(tables, roles) || !for_all_or_none(contents.size()) || !for_all_or_none(hidden_before.size()))
        return core::Error{core::ErrorCode::out_of_range, "a rule names a measure or a cell that does not exist"};
    core::Result<std::vector<Line>> lines = lines_of(tables);
    if (!lines.ok())
        return lines.error();
    for (const Entry& entry : tables.entries)
        if (entry.values[roles.patients] < 0)
            return core::Error{core::ErrorCode::out_of_range, "a number of patients is negative"};
    return Proposing(tables, contents, roles, policy, hidden_before, std::move(lines).value()).run();
}

} // namespace health_dp::suppression
