#include "room/fences.hpp"

#include "postgres/errors.hpp"

namespace health_dp::room {

namespace {

// A setting, because that is what parallel workers take over from their leader before they do anything.
bool in_room_setting = false;
bool enters_room = false; // only the room's own process may set it

object_access_hook_type access_before = nullptr;

[[noreturn]] void refuse(const char* what) {
    ereport(ERROR, (errcode(sqlstate::kRoomFence), errmsg("%s is not available for releases", what),
                    errhint("Releases run queries with the functions of PostgreSQL and of health_dp only.")));
    pg_unreachable();
}

void refuse_utility(PlannedStmt*, const char*, bool, ProcessUtilityContext, ParamListInfo, QueryEnvironment*,
                    DestReceiver*, QueryCompletion*) {
    refuse("a utility statement");
}

// Nothing that a user has written; and of what PostgreSQL has, nothing that does something (set_config(), pg_notify(),
// advisory locks, large objects, query_to_xml()): volatile is what says so.
void check_function(Oid function) {
    HeapTuple tuple = SearchSysCache1(PROCOID, ObjectIdGetDatum(function));
    if (!HeapTupleIsValid(tuple))
        refuse("a function that was dropped");
    auto* form = reinterpret_cast<Form_pg_proc>(GETSTRUCT(tuple));
    const bool compiled = form->prolang == INTERNALlanguageId || form->prolang == ClanguageId;
    const bool of_postgres = form->pronamespace == PG_CATALOG_NAMESPACE && function < FirstNormalObjectId &&
                             form->provolatile != PROVOLATILE_VOLATILE;
    // The schema belongs to the extension; a function made in it by its owner does not.
    const bool ours = !of_postgres && form->pronamespace == get_namespace_oid("health_dp", true) &&
                      getExtensionOfObject(ProcedureRelationId, function) == get_extension_oid("health_dp", true);
    const bool of_aggregate = form->prokind == PROKIND_AGGREGATE; // its parts are checked one by one
    ReleaseSysCache(tuple);
    if (!((compiled || of_aggregate) && (of_postgres || ours)))
        refuse("a function that is not PostgreSQL's or health_dp's");
}

void on_access(ObjectAccessType access, Oid kind, Oid object, int part, void* argument) {
    if (in_room_setting) {
        // Others' hooks are not for rooms.
        if (access == OAT_FUNCTION_EXECUTE)
            check_function(object);
        return;
    }
    if (access_before != nullptr)
        access_before(access, kind, object, part, argument);
}

// A user's SQL function would be put into the query that calls it, and never be called: not one that somebody wants to
// watch, which is what this hook is for. check_function() then meets it.
bool forbid_inlining(Oid function) { return function >= FirstNormalObjectId; }

// Hooks of this process, which is a room's or a parallel worker's of one: PostgreSQL's own code only. Ours on planning
// and running are for sessions.
void clear_foreign_hooks() {
    planner_hook = nullptr;
    create_upper_paths_hook = nullptr;
    set_rel_pathlist_hook = nullptr;
    set_join_pathlist_hook = nullptr;
    join_search_hook = nullptr;
    get_relation_info_hook = nullptr;
    get_relation_stats_hook = nullptr;
    get_index_stats_hook = nullptr;
    get_attavgwidth_hook = nullptr;
    post_parse_analyze_hook = nullptr;
    row_security_policy_hook_permissive = nullptr;
    row_security_policy_hook_restrictive = nullptr;
    ExecutorStart_hook = nullptr;
    ExecutorRun_hook = nullptr;
    ExecutorFinish_hook = nullptr;
    ExecutorEnd_hook = nullptr;
    ExecutorCheckPerms_hook = nullptr;
    needs_fmgr_hook = forbid_inlining;
    fmgr_hook = nullptr;
    emit_log_hook = nullptr;
    object_access_hook = on_access;
    ProcessUtility_hook = refuse_utility;
}

// Nobody else can say it of himself, not even a superuser in his session.
bool check_in_room(bool* value, void**, GucSource) { return !*value || enters_room || IsParallelWorker(); }

void assign_in_room(bool value, void*) {
    if (value)
        clear_foreign_hooks();
}

} // namespace

namespace fences {

void install() {
    DefineCustomBoolVariable("health_dp.in_room", "Whether this process is a room.", nullptr, &in_room_setting, false,
                             PGC_SUSET, GUC_NO_SHOW_ALL | GUC_NO_RESET_ALL | GUC_NOT_IN_SAMPLE | GUC_DISALLOW_IN_FILE,
                             check_in_room, assign_in_room, nullptr);
    access_before = object_access_hook;
    object_access_hook = on_access;
}

void enter_room() {
    enters_room = true;
    SetConfigOption("health_dp.in_room", "on", PGC_SUSET, PGC_S_OVERRIDE);
}

} // namespace fences

} // namespace health_dp::room
