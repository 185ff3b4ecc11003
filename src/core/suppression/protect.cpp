#include "core/suppression/protect.hpp"

#include "core/suppression/heuristic.hpp"

namespace health_dp::suppression {

core::Result<Protection> protect(const System& system, Patience& patience) {
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
        return core::Error{core::ErrorCode::interrupted, "the caller asked to stop"};
    }
    Protection protection{heuristic.pattern(), system.cost(heuristic.pattern()), {}};
    core::Result<Audit> audited = audit(system, protection.pattern, heuristic.proofs(), patience);
    if (!audited.ok())
        return audited.error();
    if (!audited.value().safe)
        return core::Error{core::ErrorCode::too_costly, "the pattern found could not be proved safe"};
    protection.audit = std::move(audited).value();
    return protection;
}

} // namespace health_dp::suppression
