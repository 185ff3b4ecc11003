// Hooks of the ledger, and the order in which they are put in place.
#include "postgres/api.hpp"

#include "ledger/queue.hpp"
#include "ledger/settings.hpp"
#include "postgres/lone_database.hpp"

namespace health_dp::ledger {

namespace {

shmem_startup_hook_type previous_startup = nullptr;
ProcessUtility_hook_type previous_utility = nullptr;

void on_startup() {
    if (previous_startup != nullptr)
        previous_startup();
    queue::attach_memory();
}

void on_utility(PlannedStmt* statement, const char* query, bool read_only_tree, ProcessUtilityContext context,
                ParamListInfo parameters, QueryEnvironment* environment, DestReceiver* receiver,
                QueryCompletion* completion) {
    if (queue::is_attached())
        postgres::dismiss_before_utility(statement->utilityStmt, duty::dismiss);
    const ProcessUtility_hook_type next = previous_utility != nullptr ? previous_utility : standard_ProcessUtility;
    next(statement, query, read_only_tree, context, parameters, environment, receiver, completion);
}

} // namespace

void initialise() {
    settings::define();
    postgres::on_shared_memory_request<queue::request_memory>();
    previous_startup = shmem_startup_hook;
    shmem_startup_hook = on_startup;
    previous_utility = ProcessUtility_hook;
    ProcessUtility_hook = on_utility;
}

} // namespace health_dp::ledger
