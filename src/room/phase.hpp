// The phase lock. Two deadlocks would go undetected otherwise, because the detector knows nothing of rings: the session
// holds a lock that the room waits for, or somebody queues between the two. So while the room may wait for locks it
// holds a lock that SQL cannot make, and a session that has waited for a while waits for that one.
#pragma once

#include "postgres/api.hpp"

#include "room/pool.hpp"

namespace health_dp::room::phase {

// The room's side. begin() and end() are idempotent. A room never sleeps for its session's sake with the lock held: the
// session may be waiting for the lock and read nothing.
void begin(Slot* slot);
void end(Slot* slot);

// The session's side: waits until the room's phase is over; at once when there is none. Raises what waiting for a lock
// raises, a deadlock among others. lock_timeout does not apply, and nothing is logged: it is the room that waits.
void wait_for_end(Slot* slot);

} // namespace health_dp::room::phase
