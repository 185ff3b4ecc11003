// One request, served in a room: the only place where protected rows are read for a release.
#pragma once

#include "room/guest.hpp"

namespace health_dp::release {

// Vets, checks privileges, adds row filters, sets the price, takes all locks, charges; only then takes a snapshot,
// plans, runs, draws and hands out. What is refused before the charge says why; what fails after it says nothing but
// that.
void serve(room::Guest* guest);

} // namespace health_dp::release
