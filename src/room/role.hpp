// The rooms' role: nobody. It owns nothing, may do nothing, belongs to nothing, and nobody may become it.
#pragma once

#include "postgres/api.hpp"

#include "room/pool.hpp"

namespace health_dp::room::role {

// In a transaction. Farewell::none when the role is there and is nobody; `role` is its number then.
Farewell check(Oid* role);

// Steps down to it from the superuser as whom the process connected; in a transaction, for good.
void step_down(Oid role);

} // namespace health_dp::room::role
