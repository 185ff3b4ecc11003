// The settings of a room: the server's own (postgresql.conf, ALTER SYSTEM), whatever databases and roles say, and on
// top of them those that decide what a room shows.
#pragma once

#include "postgres/api.hpp"

namespace health_dp::room::own_settings {

// Before the process connects: databases and roles change settings then.
void record();
// Afterwards: takes those changes back, and pins.
void restore_and_pin();

} // namespace health_dp::room::own_settings
