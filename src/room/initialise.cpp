#include "room/room.hpp"

#include "postgres/lone_database.hpp"
#include "room/fences.hpp"
#include "room/pool.hpp"
#include "room/worker.hpp"

namespace health_dp::room {

namespace {

shmem_startup_hook_type startup_before = nullptr;
ProcessUtility_hook_type utility_before = nullptr;

void on_startup() {
    if (startup_before != nullptr)
        startup_before();
    attach_memory();
}

void on_utility(PlannedStmt* statement, const char* query, bool read_only_tree, ProcessUtilityContext context,
                ParamListInfo parameters, QueryEnvironment* environment, DestReceiver* receiver,
                QueryCompletion* completion) {
    if (pool != nullptr)
        postgres::dismiss_before_utility(statement->utilityStmt, dismiss);
    const ProcessUtility_hook_type next = utility_before != nullptr ? utility_before : standard_ProcessUtility;
    next(statement, query, read_only_tree, context, parameters, environment, receiver, completion);
}

} // namespace

void initialise(Serve serve) {
    settings::define();
    settings::warn_of_too_few_processes();
    worker::serve_with(serve);
    fences::install();
    postgres::on_shared_memory_request<request_memory>();
    startup_before = shmem_startup_hook;
    shmem_startup_hook = on_startup;
    utility_before = ProcessUtility_hook;
    ProcessUtility_hook = on_utility;
}

} // namespace health_dp::room
