#include "room/worker.hpp"

#include <csignal>

#include "postgres/errors.hpp"
#include "room/fences.hpp"
#include "room/line.hpp"
#include "room/own_settings.hpp"
#include "room/phase.hpp"
#include "room/role.hpp"

namespace health_dp::room {

struct Guest {
    Line line; // first: rest() gets it
    Assignment assignment;
    Asker asker;
    bool waiting_phase; // the room may still come to wait for locks
};

namespace {

// Fixed, because everybody whom the role's privileges let see it reads it.
constexpr const char* kActivity = "health_dp room";

constexpr int kLookMs = 1000;
static_assert(sizeof(Assignment) <= BGW_EXTRALEN);

Serve serve = nullptr;

// Of one request, empty between two. The end of a transaction leaves PostgreSQL in the context that lives for ever,
// where whatever a request takes would stay.
MemoryContext request_context = nullptr;

void return_to_request() { MemoryContextSwitchTo(request_context); }

[[noreturn]] void refuse_left() {
    ereport(ERROR, (errcode(ERRCODE_QUERY_CANCELED), errmsg("the session has left the room")));
    pg_unreachable();
}

// Sleeps until the session has done something. It may be waiting for the phase lock instead, and would do nothing.
bool rest_in_room(Line* line) {
    const Guest* guest = reinterpret_cast<Guest*>(line);
    if (!is_attended(guest->assignment, line->visit))
        return false;
    phase::end(line->slot);
    (void)WaitLatch(MyLatch, WL_LATCH_SET | WL_TIMEOUT | WL_EXIT_ON_PM_DEATH, kLookMs, PG_WAIT_EXTENSION);
    ResetLatch(MyLatch);
    CHECK_FOR_INTERRUPTS();
    if (guest->waiting_phase)
        phase::begin(line->slot);
    return true;
}

// The session's entry among the server's processes, while the session is certain to be there.
void identify(Guest* guest) {
    const PGPROC* process = &ProcGlobal->allProcs[guest->line.peer];
    guest->asker = {process->roleId, process->databaseId, process->pid};
    if (!is_attended(guest->assignment, guest->line.visit))
        refuse_left();
}

// Of this process, once a role is there that is nobody; each time, whether it still is.
Farewell take_role() {
    StartTransactionCommand();
    Oid role = InvalidOid;
    const Farewell farewell = role::check(&role);
    if (farewell == Farewell::none)
        role::step_down(role);
    CommitTransactionCommand();
    return_to_request();
    return farewell;
}

// Everything between a request and its end; raises at will.
Farewell attend(Guest* guest) {
    phase::begin(guest->line.slot);
    identify(guest);
    const Farewell farewell = take_role();
    if (farewell == Farewell::none)
        serve(guest);
    return farewell;
}

// What an error has left, and what a request that ended well may have left as well.
void clean_up() {
    LWLockReleaseAll();
    AbortCurrentTransaction();
    // Gone with the transaction; but an error outside one has left it as it was.
    SetUserIdAndSecContext(GetSessionUserId(), 0);
}

// Back to the state in which the next request begins, whoever asks then.
void finish(Guest* guest, Farewell farewell) {
    disable_all_timeouts(false);
    phase::end(guest->line.slot);
    finish_visit(guest->assignment, guest->line.visit, farewell);
    // A cancel is sent under the pool's lock while the visit is on, so it was sent before; and a signal that was sent
    // has arrived when a system call returns. What it asked for is over.
    sigset_t blocked;
    sigprocmask(SIG_BLOCK, nullptr, &blocked);
    QueryCancelPending = false;
}

void serve_visit(const Assignment& assignment, uint64 visit, int visitor) {
    Guest guest;
    memset(static_cast<void*>(&guest), 0, sizeof(guest));
    guest.line.slot = &pool->slots[assignment.slot];
    guest.line.visit = visit;
    guest.line.from_room = true;
    guest.line.peer = visitor;
    guest.line.rest = rest_in_room;
    guest.assignment = assignment;
    guest.waiting_phase = true;
    pgstat_report_activity(STATE_RUNNING, kActivity);
    volatile Farewell farewell = Farewell::none;
    MemoryContext caller = CurrentMemoryContext;
    PG_TRY();
    {
        farewell = attend(&guest);
        if (IsTransactionState() || IsTransactionOrTransactionBlock())
            clean_up();
    }
    PG_CATCH();
    {
        // Nobody reads it: the session gets a constant, and the log nothing that may hold a value.
        postgres::hold_interrupts();
        MemoryContextSwitchTo(caller);
        if (geterrcode() == sqlstate::kOversized)
            farewell = Farewell::damaged;
        clean_up();
        FlushErrorState();
        postgres::resume_interrupts();
    }
    PG_END_TRY();
    MemoryContextSwitchTo(caller);
    finish(&guest, farewell);
    pgstat_report_activity(STATE_IDLE, kActivity);
}

void interrupts_while_idle() {
    QueryCancelPending = false; // nothing to cancel
    CHECK_FOR_INTERRUPTS();
    if (catchupInterruptPending)
        ProcessCatchupInterrupt();
}

void work(const Assignment& assignment) {
    TimestampTz last_work = GetCurrentTimestamp();
    pgstat_report_activity(STATE_IDLE, kActivity);
    for (;;) {
        interrupts_while_idle();
        return_to_request();
        MemoryContextReset(request_context);
        int visitor = kNobody;
        if (const uint64 visit = next_visit(assignment, &visitor)) {
            serve_visit(assignment, visit, visitor);
            last_work = GetCurrentTimestamp();
            continue;
        }
        // Other settings of the server's are for the next room: this one would have to tell them from those of its
        // database and roles.
        const bool idle = ConfigReloadPending || TimestampDifferenceExceeds(last_work, GetCurrentTimestamp(),
                                                                            settings::room_idle_timeout * 1000);
        if (may_leave(assignment, idle))
            return;
        (void)WaitLatch(MyLatch, WL_LATCH_SET | WL_TIMEOUT | WL_EXIT_ON_PM_DEATH, kLookMs, PG_WAIT_EXTENSION);
        ResetLatch(MyLatch);
    }
}

void leave_post(int, Datum assignment) { end_room(*reinterpret_cast<Assignment*>(DatumGetPointer(assignment))); }

void run(Assignment* assignment) {
    // Before the connection is made: a room that cannot connect gives its place up at once.
    before_shmem_exit(leave_post, PointerGetDatum(assignment));
    own_settings::record();
    BackgroundWorkerInitializeConnectionByOid(assignment->database, InvalidOid, 0);
    own_settings::restore_and_pin();
    fences::enter_room();
    prepare_key();
    request_context = AllocSetContextCreate(TopMemoryContext, "health_dp room", ALLOCSET_DEFAULT_SIZES);
    // As soon as there is a role to step down to; without one the room serves nobody.
    (void)take_role();
    if (report(*assignment))
        work(*assignment);
}

} // namespace

const Asker& asker(const Guest* guest) { return guest->asker; }

uint8 receive(Guest* guest, StringInfo frame) {
    uint8 kind = 0;
    switch (read_frame(&guest->line, &kind, frame)) {
    case Arrival::frame:
        break;
    case Arrival::ended:
        refuse_left();
    case Arrival::damaged:
        ereport(ERROR, (errcode(sqlstate::kOversized), errmsg("a message of the session arrived damaged")));
    }
    return kind;
}

void send(Guest* guest, uint8 kind, const char* data, Size size) {
    if (!write_frame(&guest->line, kind, data, size))
        refuse_left();
}

void end_waiting_phase(Guest* guest) {
    guest->waiting_phase = false;
    phase::end(guest->line.slot);
}

void begin() {
    StartTransactionCommand();
    SetUserIdAndSecContext(GetSessionUserId(), SECURITY_RESTRICTED_OPERATION | SECURITY_LOCAL_USERID_CHANGE);
}

void commit() {
    CommitTransactionCommand();
    return_to_request();
    SetUserIdAndSecContext(GetSessionUserId(), 0);
}

void roll_back() {
    AbortCurrentTransaction();
    return_to_request();
    SetUserIdAndSecContext(GetSessionUserId(), 0);
}

namespace worker {

void serve_with(Serve function) { serve = function; }

bool can_serve() { return serve != nullptr; }

BackgroundWorkerHandle* start(const Assignment& assignment) {
    BackgroundWorker worker;
    memset(&worker, 0, sizeof(worker));
    worker.bgw_flags = BGWORKER_SHMEM_ACCESS | BGWORKER_BACKEND_DATABASE_CONNECTION;
    worker.bgw_start_time = BgWorkerStart_RecoveryFinished;
    worker.bgw_restart_time = BGW_NEVER_RESTART;
    worker.bgw_notify_pid = MyProcPid;
    strlcpy(worker.bgw_library_name, "health_dp", sizeof(worker.bgw_library_name));
    strlcpy(worker.bgw_function_name, "hdp_room_main", sizeof(worker.bgw_function_name));
    strlcpy(worker.bgw_type, "health_dp room", sizeof(worker.bgw_type));
    snprintf(worker.bgw_name, sizeof(worker.bgw_name), "health_dp room of database %u", assignment.database);
    memcpy(worker.bgw_extra, &assignment, sizeof(assignment));
    BackgroundWorkerHandle* handle = nullptr;
    return RegisterDynamicBackgroundWorker(&worker, &handle) ? handle : nullptr;
}

} // namespace worker

} // namespace health_dp::room

HDP_WORKER(hdp_room_main) {
    static health_dp::room::Assignment assignment;
    memcpy(&assignment, MyBgworkerEntry->bgw_extra, sizeof(assignment));
    // die and StatementCancelHandler wait for a moment that allows to end.
    pqsignal(SIGTERM, die);
    pqsignal(SIGINT, StatementCancelHandler);
    pqsignal(SIGHUP, SignalHandlerForConfigReload);
    BackgroundWorkerUnblockSignals();
    health_dp::room::run(&assignment);
    proc_exit(0);
}
