// The process of a room.
#pragma once

#include "postgres/api.hpp"

#include "room/guest.hpp"
#include "room/pool.hpp"

namespace health_dp::room::worker {

// What a room does, once, from _PG_init.
void serve_with(Serve serve);
bool can_serve();

// Null when no process can be had.
BackgroundWorkerHandle* start(const Assignment& assignment);

} // namespace health_dp::room::worker
