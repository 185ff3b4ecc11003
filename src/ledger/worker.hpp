// The ledger's worker: one process per database that charges in transactions of its own.
#pragma once

#include "postgres/api.hpp"

namespace health_dp::ledger::worker {

// Makes sure that the database has a worker, at work or on its way. False when no process can be had for it.
bool call_for(Oid database);

} // namespace health_dp::ledger::worker
