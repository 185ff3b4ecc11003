#include "core/suppression/unknowns.hpp"

#include <numeric>

namespace health_dp::suppression {

namespace {

// Gives away what stands alone in an equality, until nothing does.
std::vector<bool> still_unknown(const System& system, const Pattern& pattern) {
    std::vector<bool> unknown(system.quantities().size());
    for (QuantityNumber number = 0; number < unknown.size(); ++number)
        unknown[number] = system.unknown(number, pattern);
    const std::vector<Relation>& relations = system.relations();
    std::vector<std::size_t> left(relations.size(), 0);
    std::vector<RelationNumber> telling;
    for (RelationNumber number = 0; number < relations.size(); ++number) {
        for (const Term& term : relations[number].terms)
            left[number] += unknown[term.quantity] ? 1 : 0;
        if (left[number] == 1)
            telling.push_back(number);
    }
    while (!telling.empty()) {
        const Relation& relation = relations[telling.back()];
        telling.pop_back();
        if (relation.lowest != relation.highest)
            continue;
        for (const Term& term : relation.terms)
            if (unknown[term.quantity]) {
                unknown[term.quantity] = false;
                for (const Incidence& incidence : system.incidences(term.quantity))
                    if (--left[incidence.relation] == 1)
                        telling.push_back(incidence.relation);
            }
    }
    return unknown;
}

} // namespace

Unknowns unknowns_of(const System& system, const Pattern& pattern) {
    const std::vector<bool> unknown = still_unknown(system, pattern);
    std::vector<QuantityNumber> root(unknown.size());
    std::iota(root.begin(), root.end(), QuantityNumber{0});
    const auto find = [&root](QuantityNumber number) {
        while (root[number] != number)
            number = root[number] = root[root[number]];
        return number;
    };
    for (const Relation& relation : system.relations()) {
        const Term* first = nullptr;
        for (const Term& term : relation.terms) {
            if (!unknown[term.quantity])
                continue;
            if (first == nullptr)
                first = &term;
            else
                root[find(term.quantity)] = find(first->quantity);
        }
    }
    Unknowns unknowns;
    unknowns.group_of.assign(unknown.size(), Unknowns::kNowhere);
    for (QuantityNumber number = 0; number < unknown.size(); ++number) {
        if (!unknown[number])
            continue;
        const QuantityNumber representative = find(number);
        if (unknowns.group_of[representative] == Unknowns::kNowhere) {
            unknowns.group_of[representative] = unknowns.groups.size();
            unknowns.groups.emplace_back();
        }
        unknowns.group_of[number] = unknowns.group_of[representative];
        unknowns.groups[unknowns.group_of[number]].push_back(number);
    }
    return unknowns;
}

} // namespace health_dp::suppression
