// What goes on record of tables that were suppressed or rounded.
#pragma once

#include "core/suppression/assembly.hpp"

#include "suppression/policy.hpp"

#include <string>

namespace health_dp::suppression {

struct Suppressed;

// Within entry() only, and once a result is certain. In the transaction that asks, as the owner of the register: nobody
// else writes there. Where nothing can be written (a read-only transaction, a standby) a notice says so, and that is
// all: whoever wants no record can roll back as well, and what is read on a standby is no less protected.
void record_suppression(const char* function, const Definition& definition, const Suppressed& suppressed);
void record_rounding(const char* function, const Definition& definition, const Assembled& assembled, Amount base);

} // namespace health_dp::suppression
