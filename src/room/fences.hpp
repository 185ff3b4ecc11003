// What no room does, should vetting have let something through: statements other than queries, functions that run
// code of users, and whatever other extensions hook in.
#pragma once

#include "postgres/api.hpp"

namespace health_dp::room::fences {

// From _PG_init, in the postmaster.
void install();

// In the room's process. Its parallel workers follow by themselves.
void enter_room();

} // namespace health_dp::room::fences
