#include "core/suppression/neighbourhood.hpp"

#include <algorithm>

namespace health_dp::suppression {

Neighbourhood::Neighbourhood(const System& system, const Choice& choice)
    : system_(system), choice_(choice), sums_(system.quantities().size(), false),
      holds_sums_(system.relations().size(), false), members_(system.relations().size(), 0),
      meets_(system.quantities().size(), 0), inside_(system.quantities().size(), false) {
    for (QuantityNumber number = 0; number < sums_.size(); ++number) {
        const std::span<const Incidence> incidences = system.incidences(number);
        if (system.quantities()[number].cell != kNoCell || incidences.size() != 1)
            continue;
        sums_[number] = true;
        holds_sums_[incidences[0].relation] = true;
    }
}

std::size_t Neighbourhood::lines_of_one(QuantityNumber quantity) const {
    const std::span<const Incidence> incidences = system_.incidences(quantity);
    const auto is_line = [this](const Incidence& incidence) {
        const Relation& relation = system_.relations()[incidence.relation];
        return !holds_sums_[incidence.relation] && (relation.terms.size() > 2 || relation.lowest == relation.highest);
    };
    return static_cast<std::size_t>(std::count_if(incidences.begin(), incidences.end(), is_line));
}

std::size_t Neighbourhood::lines(QuantityNumber quantity) const {
    if (!is_sum(quantity))
        return lines_of_one(quantity);
    std::size_t most = 0;
    for (const Term& term : system_.relations()[system_.incidences(quantity)[0].relation].terms)
        most = std::max(most, lines_of_one(term.quantity));
    return most;
}

void Neighbourhood::take(QuantityNumber quantity) {
    inside_[quantity] = true;
    taken_.push_back(quantity);
    for (const Incidence& incidence : system_.incidences(quantity)) {
        if (members_[incidence.relation]++ > 0)
            continue;
        touched_.push_back(incidence.relation);
        if (!holds_sums_[incidence.relation])
            continue;
        for (const Term& term : system_.relations()[incidence.relation].terms)
            if (is_sum(term.quantity) && choice_.allowed[term.quantity] && !inside_[term.quantity])
                take(term.quantity);
    }
}

// The cheapest, and among equals those that can move farthest.
void Neighbourhood::take_beside(QuantityNumber centre, std::size_t most) {
    std::vector<QuantityNumber> candidates;
    for (const Incidence& incidence : system_.incidences(centre)) {
        candidates.clear();
        for (const Term& term : system_.relations()[incidence.relation].terms)
            if (choice_.allowed[term.quantity] && !inside_[term.quantity])
                candidates.push_back(term.quantity);
        const auto before = [this](QuantityNumber a, QuantityNumber b) {
            if (choice_.prices[a] != choice_.prices[b])
                return choice_.prices[a] < choice_.prices[b];
            const Amount value_a = system_.quantities()[a].value;
            const Amount value_b = system_.quantities()[b].value;
            return value_a != value_b ? value_a > value_b : a < b;
        };
        const std::size_t kept = std::min(most, candidates.size());
        std::partial_sort(candidates.begin(), candidates.begin() + static_cast<std::ptrdiff_t>(kept), candidates.end(),
                          before);
        for (std::size_t i = 0; i < kept; ++i)
            if (!inside_[candidates[i]]) // a sum may have come along
                take(candidates[i]);
    }
}

// Whatever two touched relations meet in: what one of them moves, the other can move back.
void Neighbourhood::take_corners(std::size_t most) {
    std::vector<QuantityNumber> corners;
    for (; looked_through_ < touched_.size(); ++looked_through_)
        for (const Term& term : system_.relations()[touched_[looked_through_]].terms) {
            if (!choice_.allowed[term.quantity])
                continue;
            if (meets_[term.quantity]++ == 0)
                met_.push_back(term.quantity);
            else if (meets_[term.quantity] == 2)
                corners.push_back(term.quantity);
        }
    for (const QuantityNumber quantity : corners)
        if (taken_.size() < most && !inside_[quantity])
            take(quantity);
}

void Neighbourhood::drop_the_fixed() {
    std::vector<RelationNumber> fixing;
    const auto fixes = [this](RelationNumber relation) {
        return members_[relation] == 1 && system_.relations()[relation].lowest == system_.relations()[relation].highest;
    };
    for (const RelationNumber relation : touched_)
        if (fixes(relation))
            fixing.push_back(relation);
    while (!fixing.empty()) {
        const RelationNumber relation = fixing.back();
        fixing.pop_back();
        for (const Term& term : system_.relations()[relation].terms) {
            if (!inside_[term.quantity])
                continue;
            inside_[term.quantity] = false;
            for (const Incidence& incidence : system_.incidences(term.quantity)) {
                --members_[incidence.relation];
                if (fixes(incidence.relation))
                    fixing.push_back(incidence.relation);
            }
        }
    }
}

std::vector<QuantityNumber> Neighbourhood::around(QuantityNumber centre, Size size) {
    take(centre);
    take_beside(centre, size.beside);
    if (is_sum(centre))
        for (std::size_t last = taken_.size(), i = 1; i < last; ++i)
            take_beside(taken_[i], size.beside);
    for (int ring = 0; ring < size.rings; ++ring)
        take_corners(size.most);
    drop_the_fixed();
    std::vector<QuantityNumber> left;
    for (const QuantityNumber quantity : taken_) {
        if (inside_[quantity])
            left.push_back(quantity);
        inside_[quantity] = false;
    }
    for (const RelationNumber relation : touched_)
        members_[relation] = 0;
    for (const QuantityNumber quantity : met_)
        meets_[quantity] = 0;
    met_.clear();
    looked_through_ = 0;
    taken_.clear();
    touched_.clear();
    std::sort(left.begin(), left.end());
    return left;
}

} // namespace health_dp::suppression
