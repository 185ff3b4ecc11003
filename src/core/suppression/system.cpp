#include "core/suppression/system.hpp"

#include <algorithm>

namespace health_dp::suppression {

namespace {

bool amount(Amount value) { return value >= -kLargestAmount && value <= kLargestAmount; }
bool lower_bound(Amount value) { return value == -kUnbounded || amount(value); }
bool upper_bound(Amount value) { return value == kUnbounded || amount(value); }
bool level(Amount value) { return value >= 0 && value <= kLargestAmount; }

} // namespace

// What does not fit exact arithmetic is given as the nearest that does.
Breach breach_of(const Problem& problem, const Relation& relation, core::Signed128 activity) {
    const Term& total = relation.terms.front();
    const Amount value = problem.quantities[total.quantity].value;
    const core::Signed128 others = value - activity / total.coefficient;
    return {total.quantity, value,
            static_cast<Amount>(std::clamp<core::Signed128>(others, -kLargestAmount, kLargestAmount))};
}

core::Result<System> System::create(Problem problem, std::optional<Breach>* breach) {
    std::size_t terms = 0;
    for (const Relation& relation : problem.relations)
        terms += relation.terms.size();
    if (terms > kMostTerms || problem.quantities.size() > kMostTerms || problem.cells.size() > kMostTerms)
        return core::Error{core::ErrorCode::too_costly, "the tables are too large to be protected together"};
    if (const char* wrong = fault(problem))
        return core::Error{core::ErrorCode::out_of_range, wrong};
    System system(std::move(problem));
    std::optional<Breach> broken;
    if (const char* wrong = system.index(broken)) {
        if (breach != nullptr)
            *breach = broken;
        return core::Error{core::ErrorCode::out_of_range, wrong};
    }
    return system;
}

const char* System::fault(const Problem& problem) {
    for (const Cell& cell : problem.cells)
        if (!level(cell.cost))
            return "the cost of hiding a cell is outside its range";
    for (const Quantity& quantity : problem.quantities) {
        if (quantity.cell != kNoCell && quantity.cell >= problem.cells.size())
            return "a quantity names a cell that does not exist";
        if (!amount(quantity.value) || !lower_bound(quantity.lowest) || !upper_bound(quantity.highest))
            return "a quantity is too large for exact arithmetic";
        if (quantity.value < quantity.lowest || quantity.value > quantity.highest)
            return "a quantity is outside the bounds that everybody knows";
    }
    const auto outside = [&problem](const Demand& demand) {
        return demand.quantity >= problem.quantities.size() || !level(demand.below) || !level(demand.above) ||
               !level(demand.width);
    };
    constexpr const char* kOutside = "a protection level is outside its range";
    if (std::any_of(problem.demands.begin(), problem.demands.end(), outside))
        return kOutside;
    for (const Insider& insider : problem.insiders) {
        for (const CellNumber cell : insider.knows)
            if (cell >= problem.cells.size())
                return "an insider knows a cell that does not exist";
        if (std::any_of(insider.enough.begin(), insider.enough.end(), outside))
            return kOutside;
        const auto not_ascending = [](const Demand& a, const Demand& b) { return a.quantity >= b.quantity; };
        if (std::adjacent_find(insider.enough.begin(), insider.enough.end(), not_ascending) != insider.enough.end())
            return "what is enough against an insider is not in ascending order";
    }
    return nullptr;
}

const char* System::index(std::optional<Breach>& breach) {
    const std::size_t quantities = problem_.quantities.size();
    starts_.assign(quantities + 1, 0);
    for (const Relation& relation : problem_.relations) {
        if (!lower_bound(relation.lowest) || !upper_bound(relation.highest))
            return "a relation's bound is too large for exact arithmetic";
        for (const Term& term : relation.terms) {
            if (term.quantity >= quantities || term.coefficient == 0)
                return "a relation names a quantity that does not exist";
            ++starts_[term.quantity + 1];
        }
    }
    for (std::size_t i = 0; i < quantities; ++i)
        starts_[i + 1] += starts_[i];
    incidences_.resize(starts_[quantities]);
    std::vector<std::size_t> next(starts_.begin(), starts_.end() - 1);
    for (RelationNumber number = 0; number < problem_.relations.size(); ++number) {
        const Relation& relation = problem_.relations[number];
        core::Signed128 activity = 0;
        for (const Term& term : relation.terms) {
            activity += core::Signed128{term.coefficient} * problem_.quantities[term.quantity].value;
            const std::size_t place = next[term.quantity]++;
            if (place > starts_[term.quantity] && incidences_[place - 1].relation == number)
                return "a relation names a quantity twice";
            incidences_[place] = {number, term.coefficient};
        }
        if (activity < relation.lowest || activity > relation.highest) {
            breach = breach_of(problem_, relation, activity);
            return kBroken;
        }
        if (activity < -kLargestAmount || activity > kLargestAmount)
            return "a relation's sum is too large for exact arithmetic";
        activities_.push_back(static_cast<Amount>(activity));
    }
    index_cells();
    return nullptr;
}

void System::index_cells() {
    cell_starts_.assign(cells().size() + 1, 0);
    for (const Quantity& quantity : quantities())
        if (quantity.cell != kNoCell)
            ++cell_starts_[quantity.cell + 1];
    for (std::size_t i = 0; i < cells().size(); ++i)
        cell_starts_[i + 1] += cell_starts_[i];
    by_cell_.resize(cell_starts_.back());
    std::vector<std::size_t> next(cell_starts_.begin(), cell_starts_.end() - 1);
    for (QuantityNumber number = 0; number < quantities().size(); ++number)
        if (quantities()[number].cell != kNoCell)
            by_cell_[next[quantities()[number].cell]++] = number;
}

Demand System::wanted(DemandNumber number, InsiderNumber knower) const {
    Demand demand = demands()[number];
    if (knower == kOutsider)
        return demand;
    const std::vector<Demand>& enough = insiders()[knower].enough;
    const auto found =
        std::lower_bound(enough.begin(), enough.end(), demand.quantity,
                         [](const Demand& element, QuantityNumber quantity) { return element.quantity < quantity; });
    if (found == enough.end() || found->quantity != demand.quantity)
        return demand;
    demand.below = std::min(demand.below, found->below);
    demand.above = std::min(demand.above, found->above);
    demand.width = std::min(demand.width, found->width);
    return demand;
}

std::vector<QuantityNumber> System::movable() const {
    std::vector<QuantityNumber> movable;
    for (QuantityNumber number = 0; number < quantities().size(); ++number) {
        const CellNumber cell = quantities()[number].cell;
        if (cell == kNoCell || cells()[cell].standing != Standing::published)
            movable.push_back(number);
    }
    return movable;
}

Pattern System::primary_pattern() const {
    Pattern pattern(cells().size());
    for (std::size_t i = 0; i < pattern.size(); ++i)
        pattern[i] = cells()[i].standing == Standing::hidden;
    return pattern;
}

Amount System::cost(const Pattern& pattern) const {
    Amount total = 0;
    for (std::size_t i = 0; i < pattern.size(); ++i)
        if (pattern[i] && cells()[i].standing != Standing::hidden)
            total += cells()[i].cost;
    return total;
}

bool System::possible(const Witness& witness, const Pattern& pattern) const {
    const core::Signed128 parts = witness.parts;
    const auto within = [parts](core::Signed128 value, Amount lowest, Amount highest) {
        return (lowest == -kUnbounded || value >= parts * lowest) &&
               (highest == kUnbounded || value <= parts * highest);
    };
    std::vector<std::pair<RelationNumber, core::Signed128>> moves;
    for (const Change& change : witness.changes) {
        if (!unknown(change.quantity, pattern))
            return false;
        const Quantity& quantity = quantities()[change.quantity];
        if (!within(parts * quantity.value + change.by, quantity.lowest, quantity.highest))
            return false;
        for (const Incidence& incidence : incidences(change.quantity))
            moves.emplace_back(incidence.relation, core::Signed128{incidence.coefficient} * change.by);
    }
    std::sort(moves.begin(), moves.end());
    for (auto move = moves.begin(); move != moves.end();) {
        const RelationNumber number = move->first;
        core::Signed128 sum = parts * activity(number);
        for (; move != moves.end() && move->first == number; ++move)
            sum += move->second;
        if (!within(sum, relations()[number].lowest, relations()[number].highest))
            return false;
    }
    return true;
}

} // namespace health_dp::suppression
