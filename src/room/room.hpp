// Rooms: background workers that do for a session what must not happen in it.
#pragma once

#include "postgres/api.hpp"

#include "room/guest.hpp"
#include "room/visit.hpp"

namespace health_dp::room {

// From _PG_init when the server preloads the library. Null: there are no rooms, and enter() says so.
void initialise(Serve serve);

} // namespace health_dp::room
