// What a room may take of the server for one request. The administrator's; a project may have less (limit_room()).
#pragma once

#include "postgres/api.hpp"
#include "projects/catalogue.hpp"

namespace health_dp::room::limits {

extern int time_limit; // milliseconds; 0 means without limit
extern int memory;     // kilobytes, as work_mem
extern int temp_limit; // kilobytes, as temp_file_limit; -1 means without limit

// Where a room's temporary files go, for their sizes are seen by everybody in the database's default tablespace; empty:
// there. The role health_dp_room needs CREATE on it, and nobody else has it.
extern char* tablespace;

void define();

// Of one request: the smaller of what the server and the project say, in the same units.
struct Limits {
    int time_limit;
    int memory;
    int temp_limit;
};
Limits limits_for(const projects::Project& project);

} // namespace health_dp::room::limits
