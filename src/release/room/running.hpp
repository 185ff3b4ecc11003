// Plans and runs one vetted release, after its charge, and hands its rows to whom the room serves.
#pragma once

#include "room/guest.hpp"

namespace health_dp::release {

QueryDesc* plan_release(Query* query);

// Runs it to its end; `number` is the release's in the request.
void run_release(QueryDesc* description, int number, room::Guest* guest);

// Plans without running, and sends the plan's lines.
void show_plan(Query* query, room::Guest* guest);

} // namespace health_dp::release
