// What a hole in vetting would find: put by a superuser in the place of a function that releases may call, it looks
// around from inside a room and its parallel workers, and tries what the fences are for. One line for each process,
// in room_probe in the data directory.
#include "postgres/api.hpp"

namespace {

constexpr const char* kSettings[] = {"health_dp.in_room",
                                     "search_path",
                                     "log_min_messages",
                                     "track_counts",
                                     "exit_on_error",
                                     "jit",
                                     "work_mem",
                                     "TimeZone",
                                     "default_transaction_read_only",
                                     "client_min_messages",
                                     "enable_seqscan"};

// The SQLSTATE with which something ends, or "open".
template <class Body>
const char* try_to(Body&& body) {
    MemoryContext caller = CurrentMemoryContext;
    const char* volatile outcome = "open";
    Oid user;
    int security;
    GetUserIdAndSecContext(&user, &security);
    PG_TRY();
    { body(); }
    PG_CATCH();
    {
        MemoryContextSwitchTo(caller);
        outcome = pstrdup(unpack_sql_state(geterrcode()));
        FlushErrorState();
        SetUserIdAndSecContext(user, security);
    }
    PG_END_TRY();
    return outcome;
}

void call(const char* schema, const char* function) {
    const Oid oid =
        LookupFuncName(list_make2(makeString(pstrdup(schema)), makeString(pstrdup(function))), 0, nullptr, false);
    InvokeFunctionExecuteHook(oid);
}

void run_utility() {
    auto* statement = makeNode(PlannedStmt);
    statement->commandType = CMD_UTILITY;
    statement->utilityStmt = reinterpret_cast<Node*>(makeNode(CheckPointStmt));
    if (ProcessUtility_hook == nullptr)
        return;
    ProcessUtility_hook(statement, "", true, PROCESS_UTILITY_TOPLEVEL, nullptr, nullptr, nullptr, nullptr);
}

void look_around() {
    Oid user;
    int security;
    GetUserIdAndSecContext(&user, &security);
    StringInfoData line;
    initStringInfo(&line);
    appendStringInfo(&line, "%s session_user=%s current_user=%s superuser=%d security=%d",
                     IsParallelWorker() ? "worker" : "room", GetUserNameFromId(GetSessionUserId(), true),
                     GetUserNameFromId(user, true), superuser() ? 1 : 0, security);
    for (const char* name : kSettings)
        appendStringInfo(&line, " %s=%s", name, GetConfigOption(name, true, false));
    appendStringInfo(&line, " foreign_hooks=%d",
                     planner_hook != nullptr || ExecutorStart_hook != nullptr || ExecutorRun_hook != nullptr ||
                         emit_log_hook != nullptr || post_parse_analyze_hook != nullptr);
    appendStringInfo(&line, " users_function=%s", try_to([] { call("public", "harmless"); }));
    appendStringInfo(&line, " volatile_function=%s", try_to([] { call("pg_catalog", "pg_advisory_unlock_all"); }));
    appendStringInfo(&line, " utility=%s", try_to(run_utility));
    appendStringInfo(&line, " become_superuser=%s", try_to([] {
        (void)set_config_option("session_authorization", GetUserNameFromId(10, false), PGC_SUSET, PGC_S_SESSION,
                                GUC_ACTION_SET, true, 0, false);
    }));
    appendStringInfo(&line, " take_role=%s", try_to([] {
        (void)set_config_option("role", GetUserNameFromId(10, false), PGC_USERSET, PGC_S_SESSION, GUC_ACTION_SET, true,
                                0, false);
    }));
    appendStringInfoChar(&line, '\n');
    FILE* file = AllocateFile("room_probe", "a");
    fwrite(line.data, 1, static_cast<std::size_t>(line.len), file);
    FreeFile(file);
}

} // namespace

// In the place of health_dp.age_band(integer, integer, integer).
HDP_FUNCTION(room_probe) {
    static bool looked = false;
    if (!looked)
        look_around();
    looked = true;
    PG_RETURN_TEXT_P(cstring_to_text("A"));
}
