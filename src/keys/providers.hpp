// The root key from where it is kept, but for custodians, who bring it themselves.
#pragma once

#include "core/keys/provider.hpp"
#include "core/keys/root_text.hpp"

namespace health_dp::keys {

// Asks a file, a command or systemd. Errors are thrown as postgres::SqlError kKeyProvider and hold nothing of what was
// read. Nothing but locked memory holds it either.
core::keys::Roots read_roots(const core::keys::Provider& provider);

} // namespace health_dp::keys
