// An attacker who knows the tables' margins by himself and solves two plain linear programs for every number he wants.
// Shares no code with the audit: neither its relations, nor its reductions, nor its proofs.
#pragma once

#include "core/suppression/primary.hpp"
#include "core/suppression/tables.hpp"

#include <coin/Clp_C_Interface.h>

#include <algorithm>
#include <cstddef>
#include <map>
#include <memory>
#include <set>
#include <utility>
#include <vector>

namespace health_dp::test {

// Of tables with one measure, in which whatever is not nothing is known to be 1 or more.
class Attacker {
  public:
    // `knows`: cells that he knows though they are hidden.
    Attacker(const suppression::Tables& tables, const suppression::Pattern& pattern,
             const std::vector<suppression::CellNumber>& knows)
        : model_(Clp_newModel(), Clp_deleteModel) {
        std::vector<bool> hidden = pattern;
        for (const suppression::CellNumber cell : knows)
            hidden[cell] = false;
        std::vector<std::vector<std::pair<int, double>>> entries(hidden.size());
        std::vector<double> sides;
        std::map<std::vector<suppression::CodeNumber>, std::size_t> places;
        for (std::size_t i = 0; i < hidden.size(); ++i)
            places[tables.entries[i].key] = i;
        for (std::size_t i = 0; i < hidden.size(); ++i)
            for (std::size_t dimension = 0; dimension < tables.dimensions.size(); ++dimension) {
                std::vector<std::size_t> parts;
                if (!parts_of(tables, places, i, dimension, parts))
                    continue;
                // total - parts = 0, with what he sees on the other side
                double side = 0;
                const auto put = [&](std::size_t cell, double sign) {
                    if (hidden[cell])
                        entries[cell].emplace_back(static_cast<int>(sides.size()), sign);
                    else
                        side -= sign * static_cast<double>(tables.entries[cell].values[0]);
                };
                put(i, 1);
                for (const std::size_t part : parts)
                    put(part, -1);
                sides.push_back(side);
            }
        std::vector<int> starts{0};
        std::vector<int> rows;
        std::vector<double> elements;
        std::vector<double> lowest;
        std::vector<double> highest;
        for (std::size_t i = 0; i < hidden.size(); ++i) {
            const double value = static_cast<double>(tables.entries[i].values[0]);
            for (const auto& [row, element] : entries[i]) {
                rows.push_back(row);
                elements.push_back(element);
            }
            starts.push_back(static_cast<int>(rows.size()));
            lowest.push_back(hidden[i] ? (value > 0 ? 1 : 0) : value);
            highest.push_back(hidden[i] ? 1e6 : value);
        }
        const std::vector<double> prices(hidden.size(), 0);
        Clp_setLogLevel(model_.get(), 0);
        Clp_loadProblem(model_.get(), static_cast<int>(hidden.size()), static_cast<int>(sides.size()), starts.data(),
                        rows.data(), elements.data(), lowest.data(), highest.data(), prices.data(), sides.data(),
                        sides.data());
    }

    // The smallest and the largest that the sum of these cells can be. Nothing when the solver gives no answer.
    bool narrow(const std::vector<suppression::CellNumber>& cells, double& lowest, double& highest) {
        bool solved = true;
        for (const double sign : {1.0, -1.0}) {
            for (const suppression::CellNumber cell : cells)
                Clp_objective(model_.get())[cell] = sign;
            Clp_primal(model_.get(), 0);
            solved = solved && Clp_status(model_.get()) == 0;
            (sign > 0 ? lowest : highest) = sign * Clp_objectiveValue(model_.get());
            for (const suppression::CellNumber cell : cells)
                Clp_objective(model_.get())[cell] = 0;
        }
        return solved;
    }

  private:
    static bool parts_of(const suppression::Tables& tables,
                         const std::map<std::vector<suppression::CodeNumber>, std::size_t>& places, std::size_t entry,
                         std::size_t dimension, std::vector<std::size_t>& parts) {
        std::vector<suppression::CodeNumber> key = tables.entries[entry].key;
        const suppression::CodeNumber total = key[dimension];
        const std::vector<suppression::CodeNumber>& parents = tables.dimensions[dimension].parents;
        for (suppression::CodeNumber code = 1; code < parents.size(); ++code)
            if (parents[code] == total) {
                key[dimension] = code;
                const auto found = places.find(key);
                if (found == places.end())
                    return false;
                parts.push_back(found->second);
            }
        return !parts.empty();
    }

    std::unique_ptr<Clp_Simplex, void (*)(Clp_Simplex*)> model_;
};

// Demands that some attacker comes too close to: an outsider, or whoever is alone in a cell.
inline std::size_t demands_broken(const suppression::Tables& tables, const suppression::Problem& problem,
                                  const suppression::Pattern& pattern) {
    std::set<std::size_t> broken;
    for (std::size_t knower = 0; knower <= problem.insiders.size(); ++knower) {
        const std::vector<suppression::CellNumber> knows =
            knower == 0 ? std::vector<suppression::CellNumber>{} : problem.insiders[knower - 1].knows;
        Attacker attacker(tables, pattern, knows);
        for (std::size_t i = 0; i < problem.demands.size(); ++i) {
            const suppression::Demand& demand = problem.demands[i];
            std::vector<suppression::CellNumber> cells{demand.quantity};
            if (demand.quantity >= tables.entries.size()) { // a sum of hidden cells
                cells.clear();
                for (const suppression::Relation& relation : problem.relations)
                    for (const suppression::Term& term : relation.terms)
                        if (term.quantity == demand.quantity)
                            for (const suppression::Term& part : relation.terms)
                                if (part.quantity != demand.quantity)
                                    cells.push_back(part.quantity);
            } else if (std::find(knows.begin(), knows.end(), demand.quantity) != knows.end()) {
                continue; // his own cell is no news to him
            }
            const auto value = static_cast<double>(problem.quantities[demand.quantity].value);
            double lowest = 0;
            double highest = 0;
            constexpr double kSlack = 1e-6;
            if (!attacker.narrow(cells, lowest, highest) ||
                lowest > value - static_cast<double>(demand.below) + kSlack ||
                highest < value + static_cast<double>(demand.above) - kSlack ||
                highest - lowest < static_cast<double>(demand.width) - kSlack)
                broken.insert(i);
        }
    }
    return broken.size();
}

} // namespace health_dp::test
