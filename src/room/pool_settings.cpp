#include "room/pool_settings.hpp"

namespace health_dp::room::settings {

int rooms = 4;
int room_wait = 10000;
int room_idle_timeout = 300;
int rooms_per_member = 2;
int rooms_per_project = 0;

void define() {
    DefineCustomIntVariable("health_dp.rooms", "How many releases may run at the same time, in all databases together.",
                            "Each runs in a process of its own, counted in max_worker_processes. 0 means no releases.",
                            &rooms, 4, 0, kMaxRooms, PGC_POSTMASTER, 0, nullptr, nullptr, nullptr);
    DefineCustomIntVariable("health_dp.room_wait", "How long a release waits for a free room.",
                            "Those who came first go first. Nothing is charged when none becomes free.", &room_wait,
                            10000, 0, 3600000, PGC_SUSET, GUC_UNIT_MS, nullptr, nullptr, nullptr);
    DefineCustomIntVariable("health_dp.room_idle_timeout", "How long a room without work stays connected.",
                            "Another one starts by itself with the next release.", &room_idle_timeout, 300, 1, 86400,
                            PGC_SIGHUP, GUC_UNIT_S, nullptr, nullptr, nullptr);
    DefineCustomIntVariable("health_dp.rooms_per_member", "How many releases of one login role run at the same time.",
                            "0 means as many as there are rooms.", &rooms_per_member, 2, 0, kMaxRooms, PGC_SIGHUP, 0,
                            nullptr, nullptr, nullptr);
    DefineCustomIntVariable("health_dp.rooms_per_project", "How many releases of one project run at the same time.",
                            "0 means as many as there are rooms.", &rooms_per_project, 0, 0, kMaxRooms, PGC_SIGHUP, 0,
                            nullptr, nullptr, nullptr);
}

void warn_of_too_few_processes() {
    // The ledger's worker of a database, beside the rooms and what their parallel plans take.
    const int needed = rooms + max_parallel_workers + 1;
    if (rooms > 0 && max_worker_processes < needed)
        ereport(WARNING,
                (errmsg("health_dp: max_worker_processes = %d is less than %d rooms, %d parallel workers and the "
                        "ledger's worker take together",
                        max_worker_processes, rooms, max_parallel_workers),
                 errhint("Set max_worker_processes to at least %d, or health_dp.rooms or max_parallel_workers lower.",
                         needed)));
}

} // namespace health_dp::room::settings
