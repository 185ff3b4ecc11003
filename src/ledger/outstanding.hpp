// This session's charges whose execution has not ended yet [C20]: settled when it delivers its answer, failed when it
// raises, or its transaction or subtransaction aborts first. Told apart here, where it is known, and not guessed from
// the age of a charge: a query may run for hours, and a crash must not look like a failure of the project's.
#pragma once

#include "postgres/api.hpp"

namespace health_dp::ledger::outstanding {

// Makes room for one more; may raise for want of memory, so before the charge, not after it.
void reserve();
void add(int64 charge_id);
// False when it is not this transaction's.
bool remove(int64 charge_id);

} // namespace health_dp::ledger::outstanding
