#include "core/suppression/route_program.hpp"

#include "core/suppression/whole.hpp"

#include <cmath>

namespace health_dp::suppression {

namespace {

constexpr int kMostNodes = 500;
constexpr Amount kMostParts = 24; // vertices of tables have small denominators

} // namespace

// Quantity i has two columns, 2i for what is added to it and 2i + 1 for what is taken away, both priced: with all rows
// basic and all columns 0 the dual is feasible, so that each question needs only the few pivots of its own route.
SparseProgram RouteProgram::program_of(const System& system, const std::vector<QuantityNumber>& quantities) {
    SparseProgram program;
    std::vector<int> rows(system.relations().size(), -1);
    for (const QuantityNumber number : quantities) {
        const Quantity& quantity = system.quantities()[number];
        for (const double sign : {1.0, -1.0}) {
            for (const Incidence& incidence : system.incidences(number)) {
                int& row = rows[incidence.relation];
                if (row < 0) {
                    const Relation& relation = system.relations()[incidence.relation];
                    const Amount activity = system.activity(incidence.relation);
                    row = static_cast<int>(program.row_lowest.size());
                    program.row_lowest.push_back(-room(relation.lowest, activity));
                    program.row_highest.push_back(room(activity, relation.highest));
                }
                program.entry(row, sign * incidence.coefficient);
            }
            program.column(0, sign > 0 ? room(quantity.value, quantity.highest) : room(quantity.lowest, quantity.value),
                           1);
        }
    }
    return program;
}

RouteProgram::RouteProgram(const System& system, std::vector<QuantityNumber> quantities, Patience& patience)
    : system_(system), quantities_(std::move(quantities)), places_(system.quantities().size(), -1),
      program_(program_of(system, quantities_), patience) {
    for (std::size_t i = 0; i < quantities_.size(); ++i)
        places_[quantities_[i]] = 2 * static_cast<int>(i);
}

void RouteProgram::price(QuantityNumber quantity, double price) {
    program_.price(places_[quantity], price);
    program_.price(places_[quantity] + 1, price);
}

void RouteProgram::allow(QuantityNumber quantity, bool allowed) {
    const Quantity& known = system_.quantities()[quantity];
    program_.bound(places_[quantity], 0, allowed ? room(known.value, known.highest) : 0);
    program_.bound(places_[quantity] + 1, 0, allowed ? room(known.lowest, known.value) : 0);
}

Route RouteProgram::cheapest(QuantityNumber quantity, Amount by, Proofs proofs, LinearProgram::Allowance& allowance) {
    const int wanted = places_[quantity] + (by > 0 ? 0 : 1);
    program_.bound(wanted, std::fabs(static_cast<double>(by)), program_.highest(wanted));
    program_.bound(places_[quantity] + (by > 0 ? 1 : 0), 0, 0);
    program_.forget_basis();
    const WholeAnswer answer =
        minimise_whole(program_, LinearProgram::Method::dual, Aim::any, kMostNodes, 0, allowance);
    allow(quantity, true);
    Route route;
    if (answer.outcome == Outcome::abandoned)
        route.found = Found::interrupted;
    else if (answer.outcome == Outcome::infeasible && answer.complete)
        route.found = Found::no;
    else if (answer.outcome == Outcome::optimal && read(answer.solution, 1, route.witness))
        route.found = Found::yes;
    else
        route.found = Found::unclear;
    if (proofs == Proofs::whole)
        return route;
    for (Amount parts = 2; route.found == Found::unclear && !answer.relaxed.empty() && parts <= kMostParts; ++parts)
        if (read(answer.relaxed, parts, route.witness))
            route.found = Found::yes;
    return route;
}

bool RouteProgram::read(const std::vector<double>& solution, Amount parts, Witness& witness) const {
    witness = {{}, parts};
    for (const QuantityNumber number : quantities_) {
        const auto place = static_cast<std::size_t>(places_[number]);
        const double change = (solution[place] - solution[place + 1]) * static_cast<double>(parts);
        const double whole = std::round(change);
        if (std::fabs(change - whole) > 1e-4)
            return false;
        if (whole != 0)
            witness.changes.push_back({number, static_cast<Amount>(whole)});
    }
    return system_.possible(witness, Pattern(system_.cells().size(), true));
}

} // namespace health_dp::suppression
