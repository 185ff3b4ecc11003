#pragma once

namespace health_dp::keys::settings {

extern char* key_provider;      // as core/keys/provider.hpp reads it; empty for none
extern char* key_store;         // directory
extern int key_timeout;         // milliseconds a session waits for the keeper
extern int key_command_timeout; // seconds that a command may take to give the root key

// Wherever memory for keys cannot be locked.
constexpr const char* kLockHint =
    "Let the server lock 8 MB of memory: LimitMEMLOCK=8M in its systemd unit, or ulimit -l "
    "8192 where it is started.";

void define();
bool is_provided();

} // namespace health_dp::keys::settings
