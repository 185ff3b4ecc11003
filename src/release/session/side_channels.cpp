// What could watch a release from beside it: EXPLAIN, debugging output, statistics collectors, other extensions' hooks
// [C19].
#include "release/session/side_channels.hpp"

#include "ledger/ledger.hpp"
#include "postgres/errors.hpp"
#include "postgres/trees.hpp"
#include "projects/catalogue.hpp"
#include "release/plan/aggregates.hpp"

namespace health_dp::release {

namespace {

ExecutorRun_hook_type run_before = nullptr;
ExecutorFinish_hook_type finish_before = nullptr;
ProcessUtility_hook_type utility_before = nullptr;
int explain_depth = 0;

[[noreturn]] void refuse(const char* what, const char* hint) {
    ereport(ERROR,
            (errcode(sqlstate::kObservation), errmsg("%s is not available for releases", what), errhint("%s", hint)));
    pg_unreachable();
}

bool has_release(QueryDesc* description) {
    // plan_statement() leaves both marks.
    return description->plannedstmt != nullptr && description->plannedstmt->dependsOnRole &&
           list_member_oid(description->plannedstmt->relationOids, projects::project_catalogue_oid()) && !is_exempt();
}

// auto_explain and pg_stat_statements look at totaltime when the statement ends: no clock, no report. `Once` is a bool
// before 18 and nothing since (3eea7a0c97e9): the type of the hook decides.
template <class... Once>
void run_unwatched(QueryDesc* description, ScanDirection direction, uint64 count, Once... once) {
    if (has_release(description))
        description->totaltime = nullptr;
    if (run_before != nullptr)
        run_before(description, direction, count, once...);
    else
        standard_ExecutorRun(description, direction, count, once...);
}

// A cursor that nobody fetched from never runs, but its plan would be reported all the same.
void finish_unwatched(QueryDesc* description) {
    if (has_release(description))
        description->totaltime = nullptr;
    if (finish_before != nullptr)
        finish_before(description);
    else
        standard_ExecutorFinish(description);
}

void utility_onwards(PlannedStmt* statement, const char* query_string, bool read_only_tree,
                     ProcessUtilityContext context, ParamListInfo parameters, QueryEnvironment* environment,
                     DestReceiver* destination, QueryCompletion* completion) {
    if (utility_before != nullptr)
        utility_before(statement, query_string, read_only_tree, context, parameters, environment, destination,
                       completion);
    else
        standard_ProcessUtility(statement, query_string, read_only_tree, context, parameters, environment, destination,
                                completion);
}

// Where row-level security is not on, COPY reads a table itself, and asks no planner: a partition that came while event
// triggers were off.
void check_copy(const Node* statement) {
    if (!IsA(statement, CopyStmt))
        return;
    const auto* copy = reinterpret_cast<const CopyStmt*>(statement);
    if (copy->relation == nullptr || copy->is_from || is_exempt() || !OidIsValid(own_namespace()))
        return;
    const Oid relation = RangeVarGetRelid(copy->relation, AccessShareLock, true);
    if (OidIsValid(relation) && OidIsValid(projects::protected_ancestor(relation)))
        refuse_protected(relation);
}

void watch_utility(PlannedStmt* statement, const char* query_string, bool read_only_tree, ProcessUtilityContext context,
                   ParamListInfo parameters, QueryEnvironment* environment, DestReceiver* destination,
                   QueryCompletion* completion) {
    check_copy(statement->utilityStmt);
    const bool explain = IsA(statement->utilityStmt, ExplainStmt);
    explain_depth += explain ? 1 : 0;
    PG_TRY();
    {
        utility_onwards(statement, query_string, read_only_tree, context, parameters, environment, destination,
                        completion);
    }
    PG_FINALLY();
    { explain_depth -= explain ? 1 : 0; }
    PG_END_TRY();
}

} // namespace

void refuse_protected(Oid relation) {
    ereport(ERROR,
            (errcode(sqlstate::kProtected), errmsg("table \"%s\" is protected by health_dp", get_rel_name(relation)),
             errhint("Ask with dp_count, dp_sum or dp_avg, or for exact tables with sc_count, inside a project: SET "
                     "health_dp.project = '...'.")));
    pg_unreachable();
}

bool is_exempt() { return has_bypassrls_privilege(GetSessionUserId()) && has_bypassrls_privilege(GetUserId()); }

void refuse_observers(bool exempt) {
    if (exempt)
        return;
    // Then an ERROR is a FATAL before anybody can catch it and hold its text back.
    if (ExitOnAnyError)
        refuse("exit_on_error = on", "SET exit_on_error = off.");
    // Predicate locks on rows and pages stand in pg_locks for everybody to count.
    if (XactIsoLevel == XACT_SERIALIZABLE)
        refuse("the isolation level serializable", "Use REPEATABLE READ: it gives a release the same snapshot.");
    if (explain_depth > 0)
        refuse("EXPLAIN", "Its estimates and counts come from protected rows. Ask the DBA, who may.");
    if (Debug_print_plan || Debug_print_parse || Debug_print_rewritten)
        refuse("debug_print_plan", "SET debug_print_plan, debug_print_parse and debug_print_rewritten to off.");
    if (trace_sort)
        refuse("trace_sort", "SET trace_sort = off.");
    if (log_parser_stats || log_planner_stats || log_executor_stats || log_statement_stats)
        refuse("log_executor_stats", "Switch the log_..._stats settings off.");
    // Everybody may read how often a function was called: our total ones are called once a row.
    if (pgstat_track_functions >= TRACK_FUNC_ALL)
        refuse("track_functions = all", "Ask the DBA for track_functions = pl or none.");
    if (client_min_messages < NOTICE)
        refuse("client_min_messages below notice", "SET client_min_messages = notice.");
}

void install_observation_hooks() {
    run_before = ExecutorRun_hook;
    ExecutorRun_hook = run_unwatched;
    finish_before = ExecutorFinish_hook;
    ExecutorFinish_hook = finish_unwatched;
    utility_before = ProcessUtility_hook;
    ProcessUtility_hook = watch_utility;
}

} // namespace health_dp::release
