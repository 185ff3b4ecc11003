#include "release/session/execution.hpp"

#include "release/room/serving.hpp"

#include "ledger/ledger.hpp"
#include "postgres/errors.hpp"
#include "postgres/trees.hpp"
#include "release/dp/node_release.hpp"
#include "release/grammar/grammar.hpp"
#include "release/plan/plan.hpp"
#include "release/plan/request.hpp"
#include "release/room/enums.hpp"
#include "release/room/failures.hpp"
#include "release/room/locking.hpp"
#include "release/room/reconstruction.hpp"
#include "release/room/running.hpp"
#include "release/suppressed/earlier_releases.hpp"
#include "release/suppressed/node_suppressed.hpp"
#include "release/suppressed/public_contents.hpp"
#include "release/vetting/privileges.hpp"
#include "release/vetting/statement.hpp"
#include "room/limits.hpp"

namespace health_dp::release {

namespace {

constexpr int kLeastMemoryKb = 64; // as PostgreSQL has it for work_mem

// How far a request has come. From `planning` on nobody learns what went wrong, except for what suppressed releases are
// documented to answer.
enum class Phase { reading, vetting, locking, charging, planning, running, done };

const char* name_of(Phase phase) {
    switch (phase) {
    case Phase::reading:
        return "reading";
    case Phase::vetting:
        return "vetting";
    case Phase::locking:
        return "locking";
    case Phase::charging:
        return "charging";
    case Phase::planning:
        return "planning";
    case Phase::running:
        return "running";
    case Phase::done:
        break;
    }
    return "done";
}

struct Service {
    room::Guest* guest;
    Request request;
    List* queries;
    List* shapes; // of suppressed releases: SuppressedShape*
    Statement statement;
    Execution execution;
    const char* executed; // the releases as SQL, for the record
    MarkerToken token;    // of this request's markers
    bool plans;           // under that token
    volatile Phase phase;
};

void send(const Service& service, FrameKind kind, const StringInfoData* frame) {
    room::send(service.guest, static_cast<uint8>(kind), frame != nullptr ? frame->data : "",
               frame != nullptr ? static_cast<Size>(frame->len) : 0);
}

// For this request: the end of its transaction takes it back, a commit as well.
void set_as(GucContext whose, const char* name, const char* value) {
    (void)set_config_option(name, value, whose, PGC_S_SESSION, GUC_ACTION_LOCAL, true, 0, false);
}
void set(const char* name, const char* value) { set_as(PGC_USERSET, name, value); }
void set_limit(const char* name, int value) { set_as(PGC_SUSET, name, psprintf("%d", value)); }

void read(Service* service) {
    StringInfoData frame;
    initStringInfo(&frame);
    if (static_cast<FrameKind>(room::receive(service->guest, &frame)) != FrameKind::request)
        elog(ERROR, "a room was not asked anything");
    service->request = read_request(&frame);
    for (std::size_t i = 0; i < std::size(kMeaningfulSettings); ++i)
        set(kMeaningfulSettings[i], service->request.settings[i]);
    // Until the charge the session waits for locks through us, for as long as it would have waited itself.
    set_limit("lock_timeout", service->request.lock_timeout);
}

// Whom the session says it acts for must be whom it was authenticated as, unless that is a superuser.
void check_asker(Service* service) {
    const Request& request = service->request;
    const Oid login = room::asker(service->guest).login_role;
    if (!OidIsValid(login) || (login != request.session_user && !superuser_arg(login)))
        ereport(ERROR, (errcode(sqlstate::kUnknownProject),
                        errmsg("the session does not act for the role that it was authenticated as"),
                        errhint("Connect as the member of the project.")));
    Execution& execution = service->execution;
    if (!projects::find_project(request.project, &execution.project))
        projects::refuse_unknown_project(request.project);
    execution.kind = request.suppressed ? projects::ReleaseKind::suppressed : projects::ReleaseKind::dp;
    execution.session_user = request.session_user;
    execution.current_user = request.current_user;
    execution.login_role = login;
    projects::check_usable(execution.project, request.session_user, request.current_user, execution.kind);
    execution.exempt = has_bypassrls_privilege(login) && has_bypassrls_privilege(request.session_user) &&
                       has_bypassrls_privilege(request.current_user);
}

// As they came, before row filters and total versions are added: those are no secret of the ledger's, but unreadable.
const char* write_as_text(List* queries) {
    StringInfoData text;
    initStringInfo(&text);
    ListCell* cell;
    foreach (cell, queries)
        appendStringInfo(&text, "%s%s", text.len > 0 ? "; " : "",
                         postgres::text_of_query(postgres::copy(lfirst_node(Query, cell))));
    return text.data;
}

void vet(Service* service) {
    Statement& statement = service->statement;
    statement.project = &service->execution.project;
    statement.session_user = service->request.session_user;
    statement.current_user = service->request.current_user;
    statement.suppressed = service->request.suppressed;
    statement.exempt = service->execution.exempt;
    service->queries = reconstruct(service->request);
    if (service->queries == NIL)
        elog(ERROR, "a request without a release");
    ListCell* cell;
    service->executed = write_as_text(service->queries);
    foreach (cell, service->queries) {
        auto* query = lfirst_node(Query, cell);
        check_functions(query, statement.current_user);
        vet_release(query, &statement);
        check_privileges(query);
    }
    draw_token(&service->token);
    enter_planning(&service->token);
    service->plans = true;
    foreach (cell, statement.markers)
        complete_draft(static_cast<Draft*>(lfirst(cell)), service->token, statement.releases, statement.measurements,
                       statement.selections, statement.project->id);
    foreach (cell, service->queries)
        grammar::rebuild_vetted(lfirst_node(Query, cell));
}

// Exact releases cost executions, and nothing of the budget.
void set_no_price(Execution* execution) {
    strlcpy(execution->epsilon, "0", sizeof(execution->epsilon));
    strlcpy(execution->delta, "0", sizeof(execution->delta));
}

void set_terms(Service* service) {
    const Request& request = service->request;
    Execution& execution = service->execution;
    execution.releases = service->statement.releases;
    if (request.suppressed)
        set_no_price(&execution);
    else
        set_price(&execution, {request.epsilon, request.delta, request.max_groups, request.max_rows},
                  service->statement.selections > 0);
    ListCell* cell;
    foreach (cell, service->queries) {
        const auto* query = lfirst_node(Query, cell);
        auto* targets =
            reinterpret_cast<List*>(eval_const_expressions(nullptr, reinterpret_cast<Node*>(query->targetList)));
        Layout layout;
        List* bounds;
        describe_release(targets, query->groupClause, &layout, &bounds);
        if (!request.suppressed)
            check_release(layout, bounds, execution);
        else
            service->shapes = lappend(
                service->shapes, const_cast<SuppressedShape*>(check_suppressed_release(layout, execution.project.id)));
    }
}

// Without a word PostgreSQL would use the default tablespace, where everybody sees how much was written.
void use_tablespace() {
    const char* name = room::limits::tablespace;
    if (name[0] == '\0')
        return;
    const Oid tablespace = get_tablespace_oid(name, true);
    if (!OidIsValid(tablespace) || !postgres::may_create_in_tablespace(tablespace, GetUserId()))
        ereport(ERROR,
                (errcode(sqlstate::kNoRoom),
                 errmsg("the tablespace for the temporary files of releases, \"%s\", cannot be used", name),
                 errdetail("Nothing was charged, and nothing was read."),
                 errhint("Ask your database administrator: CREATE TABLESPACE, then GRANT CREATE ON TABLESPACE ... TO "
                         "health_dp_room, or another health_dp.room_tablespace.")));
    set("temp_tablespaces", quote_identifier(name));
}

void prepare(Service* service) {
    service->phase = Phase::vetting;
    check_asker(service);
    vet(service);
    set_terms(service);
    use_tablespace();
    service->phase = Phase::locking;
    lock_everything(service->queries);
    // After the locks: an index on a column of such a type, a merge join or a sort compares as well.
    if (load_enums(service->queries) || service->request.suppressed) // whose node reads serially
        set_limit("max_parallel_workers_per_gather", 0);
    if (service->request.suppressed && !service->request.plan_only)
        check_earlier_releases(service->execution.project.id, service->shapes);
}

// Before the release reads anything protected, in its snapshot.
void check_public_contents(Service* service, Query* query) {
    Execution& execution = service->execution;
    const Registered earlier = read_register(execution.project.id);
    const PublicContents contents = read_public_contents(query, execution.project.id, earlier);
    execution.public_contents = contents.text;
    execution.answers_in_words = contents.changed != nullptr;
    if (contents.changed != nullptr)
        refuse_changed_table(contents.changed, earlier);
}

void answer(Service* service) {
    use_execution(&service->execution);
    int number = 0;
    ListCell* cell;
    foreach (cell, service->queries) {
        // Whoever overtakes a release has published: each time round, the project has got on.
        do {
            service->execution.overtaken = false;
            service->phase = Phase::planning;
            if (service->request.suppressed)
                check_public_contents(service, lfirst_node(Query, cell));
            auto* query = lfirst_node(Query, cell); // the planner changes it
            QueryDesc* description = plan_release(service->request.suppressed ? postgres::copy(query) : query);
            service->phase = Phase::running;
            run_release(description, number, service->guest);
        } while (service->execution.overtaken);
        ++number;
    }
}

// What a superuser asks of a member's question: its plans, made and never run.
void show(Service* service) {
    if (!superuser_arg(room::asker(service->guest).login_role))
        ereport(ERROR, (errcode(ERRCODE_INSUFFICIENT_PRIVILEGE), errmsg("only superusers see the plan of a release"),
                        errhint("Its estimates come from protected rows. Ask your database administrator.")));
    room::end_waiting_phase(service->guest);
    PushActiveSnapshot(GetTransactionSnapshot());
    use_execution(&service->execution);
    ListCell* cell;
    foreach (cell, service->queries)
        show_plan(lfirst_node(Query, cell), service->guest);
    PopActiveSnapshot();
}

// The hash table of a sub-select is made when a row first asks for it, and takes as much as anything else: together
// they have no more than one of them alone would have.
bool count_sub_select(Node* node, void* context) {
    if (node == nullptr)
        return false;
    if (IsA(node, SubLink))
        ++*static_cast<int*>(context);
    if (IsA(node, Query))
        return postgres::walk_query(castNode(Query, node), count_sub_select, context, 0);
    return postgres::walk_expression(node, count_sub_select, context);
}

int count_sub_selects(List* queries) {
    int count = 0;
    count_sub_select(reinterpret_cast<Node*>(queries), &count);
    return count;
}

// The administrator's limits, and the project's; none of them is a member's to set [C20].
void limit(const Service* service) {
    const room::limits::Limits limits = room::limits::limits_for(service->execution.project);
    set_limit("work_mem", Max(limits.memory / (1 + count_sub_selects(service->queries)), kLeastMemoryKb));
    set_limit("temp_file_limit", limits.temp_limit);
    if (limits.time_limit > 0)
        enable_timeout_after(STATEMENT_TIMEOUT, limits.time_limit);
}

void finish(Service* service) {
    use_execution(nullptr);
    if (service->plans)
        leave_planning(&service->token);
    service->plans = false;
}

void work(Service* service) {
    room::begin();
    read(service);
    prepare(service);
    if (service->request.plan_only) {
        show(service);
    } else {
        service->phase = Phase::charging;
        charge(&service->execution, service->request.claimed_text, service->executed);
        service->phase = Phase::planning;
        set_limit("lock_timeout", 0);
        room::end_waiting_phase(service->guest);
        send(*service, FrameKind::charged, nullptr);
        limit(service);
        // Nothing before this has looked at a row, and what it looks at from here on is paid for [C12].
        PushActiveSnapshot(GetTransactionSnapshot());
        answer(service);
        PopActiveSnapshot();
        ledger::settle(service->execution.charge_id);
    }
    finish(service);
    room::commit();
    service->phase = Phase::done;
    send(*service, FrameKind::done, nullptr);
}

void send_refusal(const Service& service, const ErrorData* error) {
    StringInfoData frame;
    initStringInfo(&frame);
    const auto text = [](const char* words) { return words != nullptr ? words : ""; };
    write_refusal({error->sqlerrcode, text(error->message), text(error->detail), text(error->hint)}, &frame);
    send(service, FrameKind::refused, &frame);
}

void add_paths(PlannerInfo* root, UpperRelationKind stage, RelOptInfo* input, RelOptInfo* output, void*) {
    add_release_paths(root, stage, input, output);
}

void note(const Service& service, const ErrorData* error) {
    Failure failure = {};
    failure.at = GetCurrentTimestamp();
    failure.database = MyDatabaseId;
    failure.project = service.execution.project.id;
    failure.charge_id = service.execution.charge_id;
    failure.sqlstate = error->sqlerrcode;
    strlcpy(failure.phase, name_of(service.phase), sizeof(failure.phase));
    strlcpy(failure.routine, error->funcname != nullptr ? error->funcname : "", sizeof(failure.routine));
    note_failure(failure);
}

} // namespace

void serve(room::Guest* guest) {
    create_upper_paths_hook = add_paths;
    MemoryContext context = CurrentMemoryContext;
    auto* service = static_cast<Service*>(palloc0(sizeof(Service)));
    service->guest = guest;
    PG_TRY();
    { work(service); }
    PG_CATCH();
    {
        MemoryContextSwitchTo(context);
        ErrorData* error = CopyErrorData();
        FlushErrorState();
        finish(service);
        room::roll_back();
        MemoryContextSwitchTo(context);
        if (service->phase == Phase::done)
            ReThrowError(error);
        room::end_waiting_phase(guest);
        // What the ledger says is no secret: it has not looked at anything protected either.
        if (service->phase <= Phase::charging || service->execution.answers_in_words) {
            send_refusal(*service, error);
        } else {
            note(*service, error);
            send(*service, FrameKind::failed, nullptr);
        }
    }
    PG_END_TRY();
}

} // namespace health_dp::release
