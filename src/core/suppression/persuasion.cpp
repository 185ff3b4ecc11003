#include "core/suppression/persuasion.hpp"

namespace health_dp::suppression {

void Persuasion::allow_known(InsiderNumber knower, bool allowed, std::vector<QuantityNumber>& switched) {
    if (allowed) {
        for (const QuantityNumber quantity : switched)
            router_.allow(quantity, true);
        return;
    }
    if (knower == kOutsider)
        return;
    for (const CellNumber cell : system_.insiders()[knower].knows)
        for (const QuantityNumber quantity : system_.quantities_of(cell))
            if (router_.holds(quantity) && router_.allowed(quantity)) {
                router_.allow(quantity, false);
                switched.push_back(quantity);
            }
}

Route Persuasion::seek(DemandNumber demand, InsiderNumber knower) {
    const Demand wanted = system_.wanted(demand, knower);
    const Reach reached = evidence_.reach(demand, knower);
    if (reached.above < wanted.above)
        return ask(wanted.quantity, wanted.above);
    if (reached.below < wanted.below)
        return ask(wanted.quantity, -wanted.below);
    // Any mixture of both sides will do. Where none is wide enough at once, smaller steps lead as far as one can get.
    Route route;
    for (Amount step = wanted.width - reached.above - reached.below; step > 0; step /= 2) {
        route = ask(wanted.quantity, reached.above + step);
        if (route.found == Found::no)
            route = ask(wanted.quantity, -(reached.below + step));
        if (route.found != Found::no)
            break;
    }
    return route;
}

Route Persuasion::ask(QuantityNumber quantity, Amount by) {
    LinearProgram::Allowance allowance = allowance_;
    return router_.cheapest(quantity, by, allowance);
}

Persuaded Persuasion::meet(DemandNumber demand, const Pattern& pattern) {
    while ((last_knower_ = evidence_.unconvinced(demand)).has_value()) {
        std::vector<QuantityNumber> switched;
        allow_known(*last_knower_, false, switched);
        Route route = seek(demand, *last_knower_);
        allow_known(*last_knower_, true, switched);
        if (route.found == Found::interrupted)
            return Persuaded::interrupted;
        if (route.found != Found::yes)
            return route.found == Found::no ? Persuaded::no : Persuaded::unclear;
        if (use_)
            use_(route.witness);
        Witness mirrored = route.witness;
        for (Change& change : mirrored.changes)
            change.by = -change.by;
        evidence_.add(route.witness, demand);
        if (system_.possible(mirrored, pattern))
            evidence_.add(mirrored, demand);
    }
    return Persuaded::yes;
}

} // namespace health_dp::suppression
