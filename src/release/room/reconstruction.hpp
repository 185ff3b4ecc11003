// From a request's bytes to queries that may be vetted.
#pragma once

#include "release/plan/request.hpp"

namespace health_dp::release {

// The queries of all releases, values in place. A tree that carries conditions of a policy is refused: the room adds
// its own. Tables are read with the privileges of whom a view names, or else of `current_user`.
List* reconstruct(const Request& request); // of Query*

} // namespace health_dp::release
