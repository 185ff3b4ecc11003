#include "core/suppression/protect.hpp"

#include "core/suppression/exact.hpp"
#include "core/suppression/heuristic.hpp"

#include <span>
#include <utility>

namespace health_dp::suppression {

namespace {

constexpr core::Error kInterrupted{core::ErrorCode::interrupted, "the caller asked to stop"};

} // namespace

core::Result<Protection> protect(const System& system, Patience& patience) {
    return protect(system, patience, kShortProof);
}

core::Result<Protection> protect(const System& system, Patience& patience, Work proof) {
    Heuristic heuristic(system, patience);
    switch (heuristic.run()) {
    case Persuaded::yes:
        break;
    case Persuaded::no:
        return core::Error{core::ErrorCode::out_of_range,
                           "a cell cannot be protected even if everything is hidden that may be hidden"};
    case Persuaded::unclear:
        return core::Error{core::ErrorCode::too_costly, "no safe pattern was found within the solver's limits"};
    case Persuaded::interrupted:
        return kInterrupted;
    }
    Protection protection{heuristic.pattern(), system.cost(heuristic.pattern()), {}};
    std::span<const Witness> proofs = heuristic.proofs();
    if (proof != kNoProof) {
        Cheapest cheapest = cheapest_pattern(system, protection.cost, proof, patience);
        if (cheapest.abandoned)
            return kInterrupted;
        protection.lowest_cost = cheapest.lowest;
        if (!cheapest.pattern.empty()) {
            protection.pattern = std::move(cheapest.pattern);
            protection.cost = cheapest.cost;
            proofs = {}; // they are of the other pattern
        }
    }
    core::Result<Audit> audited = audit(system, protection.pattern, proofs, patience);
    if (!audited.ok())
        return audited.error();
    if (!audited.value().safe)
        return core::Error{core::ErrorCode::too_costly, "the pattern found could not be proved safe"};
    protection.audit = std::move(audited).value();
    return protection;
}

} // namespace health_dp::suppression
