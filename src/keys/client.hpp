// A session's side of the keeper: asks, and waits for the answer within bounds.
#pragma once

#include "keys/mailbox.hpp"

namespace health_dp::keys {

// Raises what the keeper refused, and every state in which it cannot answer. Uses shared memory and latches only: fit
// for parallel mode. `secret` takes core::keys::derived_bytes() for derive, or is null.
void ask(const Question& question, Answer* answer, uint8* secret);

// What the keeper says of itself; an error unless there is one.
Status keeper_status();

} // namespace health_dp::keys
