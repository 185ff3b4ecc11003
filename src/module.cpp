// Magic block and _PG_init, nothing else.
#include "keys/keys.hpp"

#include "postgres/api.hpp"

#include "ledger/ledger.hpp"
#include "projects/catalogue.hpp"
#include "release/room/failures.hpp"
#include "release/room/serving.hpp"
#include "release/session/settings.hpp"
#include "room/limits.hpp"
#include "room/room.hpp"
#include "suppression/settings.hpp"

extern "C" {
HDP_EXPORT const Pg_magic_struct* Pg_magic_func(void);
PG_MODULE_MAGIC;
HDP_EXPORT void _PG_init(void);
}

void _PG_init(void) {
    health_dp::projects::initialise();
    // Shared memory and hooks exist only when the server loads the library at its start; without them nothing opens.
    if (process_shared_preload_libraries_in_progress) {
        health_dp::projects::note_preloaded();
        health_dp::ledger::initialise();
        health_dp::room::initialise(health_dp::release::serve);
        health_dp::release::initialise_failures();
        health_dp::release::initialise();
        health_dp::room::limits::define();
        health_dp::suppression::define_settings();
        health_dp::keys::initialise();
        // After the last setting of ours: what somebody thinks to have set has to be set.
        health_dp::postgres::reserve_settings("health_dp");
    }
}
