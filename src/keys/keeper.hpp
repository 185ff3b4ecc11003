// The key keeper: one background worker for the server, without a connection to any database.
#pragma once

namespace health_dp::keys::keeper {

// Has the postmaster start it, and start it again whenever it ends.
void employ();

[[noreturn]] void run();

} // namespace health_dp::keys::keeper
