#include "room/limits.hpp"

namespace health_dp::room::limits {

int time_limit = 600000;
int memory = 65536;
int temp_limit = 10 * 1024 * 1024;
char* tablespace = nullptr;

void define() {
    DefineCustomIntVariable("health_dp.room_time_limit", "How long a room may work for one request.",
                            "0 means without limit. A project may have less: health_dp.limit_room().", &time_limit,
                            600000, 0, INT_MAX, PGC_SIGHUP, GUC_UNIT_MS, nullptr, nullptr, nullptr);
    DefineCustomIntVariable("health_dp.room_memory", "The work_mem of a room.",
                            "A project may have less: health_dp.limit_room().", &memory, 65536, 64, MAX_KILOBYTES,
                            PGC_SIGHUP, GUC_UNIT_KB, nullptr, nullptr, nullptr);
    DefineCustomIntVariable("health_dp.room_temp_limit", "The temp_file_limit of a room.",
                            "-1 means without limit. A project may have less: health_dp.limit_room().", &temp_limit,
                            10 * 1024 * 1024, -1, INT_MAX, PGC_SIGHUP, GUC_UNIT_KB, nullptr, nullptr, nullptr);
    DefineCustomStringVariable("health_dp.room_tablespace", "Where the temporary files of rooms go.",
                               "Empty means the database's default tablespace, whose size everybody sees.", &tablespace,
                               "", PGC_SIGHUP, 0, nullptr, nullptr, nullptr);
}

namespace {

// The server's limit may have been lowered since the project's was set: a project never takes more of the server than
// its administrator gives.
int narrower(int servers, bool unlimited, int projects) {
    return projects != 0 && (unlimited || projects < servers) ? projects : servers;
}

} // namespace

Limits limits_for(const projects::Project& project) {
    return {narrower(time_limit, time_limit == 0, project.time_limit_ms), narrower(memory, false, project.memory_kb),
            narrower(temp_limit, temp_limit < 0, project.temp_limit_kb)};
}

} // namespace health_dp::room::limits
