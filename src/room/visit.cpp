#include "room/visit.hpp"

#include "postgres/errors.hpp"
#include "room/line.hpp"
#include "room/phase.hpp"
#include "room/worker.hpp"

namespace health_dp::room {

namespace {

// How often somebody who waits looks for himself, should nobody have woken him.
constexpr int kLookMs = 100;
// How often a room is asked for again that could not be had.
constexpr int kNoProcessMs = 10;
// Without an answer for so long, the session waits where the deadlock detector sees it.
constexpr int kPhaseMs = 50;
// What starting a room may take beyond the time that may be spent on waiting for a free one.
constexpr int kStartMs = 10000;
// Of a database that no room can be started for: no use in trying until the time is over.
constexpr int kMostStarts = 3;

struct Search {
    Claim claim;
    instr_time began;
    int waiter;
    int failed_starts;
    bool no_process; // the last attempt to start a room found no process for it
};

int elapsed_ms(const instr_time& began) {
    instr_time now;
    INSTR_TIME_SET_CURRENT(now);
    INSTR_TIME_SUBTRACT(now, began);
    return static_cast<int>(Min(INSTR_TIME_GET_MILLISEC(now), static_cast<double>(INT_MAX)));
}

[[noreturn]] void refuse_unstarted() {
    ereport(ERROR, (errcode(sqlstate::kNoRoom), errmsg("a room for the release could not be started"),
                    errdetail("Nothing was charged, and nothing was read."),
                    errhint("Ask your database administrator to look into the server's log.")));
    pg_unreachable();
}

[[noreturn]] void refuse_late(const Search& search) {
    if (search.no_process)
        ereport(ERROR, (errcode(sqlstate::kNoRoom), errmsg("no process is free for a release"),
                        errdetail("Nothing was charged, and nothing was read."),
                        errhint("Ask your database administrator to raise max_worker_processes.")));
    ereport(ERROR,
            (errcode(sqlstate::kNoRoom), errmsg("no room for a release became free within %d ms", settings::room_wait),
             errdetail("Nothing was charged, and nothing was read."),
             errhint("Ask again when other releases have ended; health_dp.rooms, health_dp.rooms_per_member and "
                     "health_dp.rooms_per_project say how many run at the same time.")));
    pg_unreachable();
}

void check_available() {
    if (pool == nullptr)
        ereport(ERROR, (errcode(sqlstate::kNotLoaded), errmsg("health_dp is not loaded"),
                        errhint("Ask your database administrator to add health_dp to shared_preload_libraries and to "
                                "restart the server.")));
    if (!worker::can_serve() || IsBinaryUpgrade)
        ereport(ERROR, (errcode(sqlstate::kNoRoom), errmsg("releases are not available on this server"),
                        errhint("Ask your database administrator.")));
    if (pool->slot_count == 0)
        ereport(ERROR, (errcode(sqlstate::kNoRoom), errmsg("this server has no rooms for releases"),
                        errhint("Ask your database administrator to set health_dp.rooms above 0.")));
    if (RecoveryInProgress())
        ereport(ERROR, (errcode(sqlstate::kNoRoom), errmsg("a standby server has no rooms for releases"),
                        errhint("Ask the primary server.")));
}

void rest(const Search& search, int at_most_ms, int patience_ms) {
    const int left = patience_ms - elapsed_ms(search.began);
    if (left <= 0)
        refuse_late(search);
    (void)WaitLatch(MyLatch, WL_LATCH_SET | WL_TIMEOUT | WL_EXIT_ON_PM_DEATH, Min(left, at_most_ms), PG_WAIT_EXTENSION);
    ResetLatch(MyLatch);
    CHECK_FOR_INTERRUPTS();
}

// The room that this session has started: true when it is there. An interrupt leaves it to whoever comes next.
bool await_arrival(const Search& search, BackgroundWorkerHandle* handle, const Assignment& assignment, uint64 visit) {
    for (;;) {
        // The state first: a room that has reported and ended has been seen as arrived, or has left its place.
        pid_t pid = 0;
        const bool stopped = GetBackgroundWorkerPid(handle, &pid) == BGWH_STOPPED;
        bool gone = false;
        if (has_arrived(assignment.slot, visit, &gone))
            return true;
        if (stopped || gone)
            return false;
        rest(search, kLookMs, settings::room_wait + kStartMs);
    }
}

// True with a room; false when there is none for the caller now.
bool try_claim(Search* search, int* slot, uint64* visit) {
    Assignment assignment;
    switch (claim(search->claim, search->waiter, search->no_process, slot, visit, &assignment)) {
    case Claimed::room:
        return true;
    case Claimed::nothing:
        return false;
    case Claimed::vacancy:
        break;
    }
    BackgroundWorkerHandle* handle = worker::start(assignment);
    search->no_process = handle == nullptr;
    if (handle == nullptr) {
        give_up(assignment);
        return false;
    }
    const bool arrived = await_arrival(*search, handle, assignment, *visit);
    pfree(handle);
    if (arrived)
        return true;
    // Its last act may have been to leave the place to us, or it never came to that.
    give_up(assignment);
    end_visit(*slot, *visit, false);
    if (++search->failed_starts == kMostStarts)
        refuse_unstarted();
    return false;
}

void end_mine(int, Datum) { end_all_visits_of(postgres::own_process_number()); }

// Once in a process. Not before_shmem_exit, which callers use for what they hold themselves, last in first out.
void clean_up_at_exit() {
    static bool registered = false;
    if (registered)
        return;
    on_shmem_exit(end_mine, Datum{0});
    registered = true;
}

void find_room(Search* search, int* slot, uint64* visit) {
    if (try_claim(search, slot, visit))
        return;
    search->waiter = join_queue(search->claim);
    if (search->waiter == kNobody)
        ereport(ERROR, (errcode(sqlstate::kNoRoom), errmsg("too many releases wait for a room"),
                        errdetail("Nothing was charged, and nothing was read."), errhint("Ask again later.")));
    while (!try_claim(search, slot, visit))
        rest(*search, search->no_process ? kNoProcessMs : kLookMs, settings::room_wait);
    leave_queue(search->waiter);
    search->waiter = kNobody;
}

} // namespace

struct Visit {
    Line line; // first: rest() gets it
    instr_time asked;
    bool open;
};

namespace {

// A client that has gone wants no answer; without this its release would run on to its end.
void check_client() {
    if (MyProcPort == nullptr || IsParallelWorker() || whereToSendOutput != DestRemote || pq_check_connection())
        return;
    ClientConnectionLost = true;
    InterruptPending = true;
    CHECK_FOR_INTERRUPTS();
}

bool rest_in_session(Line* line) {
    const Visit* visit = reinterpret_cast<Visit*>(line);
    if (pg_atomic_read_u32(&line->slot->working) == 0) {
        pg_read_barrier();
        return false;
    }
    const bool early = elapsed_ms(visit->asked) < kPhaseMs;
    if (!early)
        check_client();
    (void)WaitLatch(MyLatch, WL_LATCH_SET | WL_TIMEOUT | WL_EXIT_ON_PM_DEATH, early ? kPhaseMs : kLookMs,
                    PG_WAIT_EXTENSION);
    ResetLatch(MyLatch);
    CHECK_FOR_INTERRUPTS();
    return true;
}

// While it waits for an answer; a request under way is read by a room that holds no phase lock while it waits for it.
bool rest_for_answer(Line* line) {
    const bool working = rest_in_session(line);
    if (working && elapsed_ms(reinterpret_cast<Visit*>(line)->asked) >= kPhaseMs)
        phase::wait_for_end(line->slot);
    return working;
}

[[noreturn]] void refuse_farewell(const Visit* visit, bool damaged) {
    switch (visit->line.slot->farewell) {
    case Farewell::role_missing:
        ereport(ERROR, (errcode(sqlstate::kRoomRole), errmsg("the role health_dp_room does not exist"),
                        errdetail("Releases run as this role. Nothing was charged, and nothing was read."),
                        errhint("Ask your database administrator: CREATE ROLE health_dp_room NOLOGIN NOINHERIT;")));
        break;
    case Farewell::role_not_nobody:
        ereport(ERROR,
                (errcode(sqlstate::kRoomRole), errmsg("the role health_dp_room may not do anything, and it may"),
                 errdetail("Releases run as this role, which has no attributes, members, memberships, objects or "
                           "privileges. Nothing was charged, and nothing was read."),
                 errhint("Ask your database administrator to take from it what somebody gave it: ALTER ROLE "
                         "health_dp_room NOSUPERUSER NOINHERIT NOCREATEROLE NOCREATEDB NOLOGIN NOREPLICATION "
                         "NOBYPASSRLS; REVOKE its memberships; DROP OWNED BY health_dp_room.")));
        break;
    case Farewell::none:
    case Farewell::damaged:
        break;
    }
    ereport(ERROR, (errcode(sqlstate::kRoomLost), errmsg("the release was not answered"),
                    damaged ? errdetail("A message between the session and its room arrived damaged.") : 0,
                    errhint("Ask again; if it happens again, ask your database administrator.")));
    pg_unreachable();
}

} // namespace

Visit* enter(const Claim& claim) {
    check_available();
    prepare_key();
    clean_up_at_exit();
    auto* visit = static_cast<Visit*>(palloc0(sizeof(Visit)));
    Search search;
    search.claim = claim;
    search.claim.database = MyDatabaseId;
    search.waiter = kNobody;
    search.failed_starts = 0;
    search.no_process = false;
    INSTR_TIME_SET_CURRENT(search.began);
    int slot = 0;
    uint64 number = 0;
    PG_TRY();
    { find_room(&search, &slot, &number); }
    PG_CATCH();
    {
        if (search.waiter != kNobody)
            leave_queue(search.waiter);
        if (number != 0)
            end_visit(slot, number, true);
        PG_RE_THROW();
    }
    PG_END_TRY();
    visit->line.slot = &pool->slots[slot];
    visit->line.visit = number;
    visit->line.from_room = false;
    visit->line.peer = visit->line.slot->room_process;
    visit->open = true;
    INSTR_TIME_SET_CURRENT(visit->asked);
    return visit;
}

void send(Visit* visit, uint8 kind, const char* data, Size size) {
    visit->line.rest = rest_in_session;
    (void)write_frame(&visit->line, kind, data, size);
    INSTR_TIME_SET_CURRENT(visit->asked);
}

uint8 receive(Visit* visit, StringInfo frame) {
    visit->line.rest = rest_for_answer;
    uint8 kind = 0;
    const Arrival arrival = read_frame(&visit->line, &kind, frame);
    if (arrival != Arrival::frame)
        refuse_farewell(visit, arrival == Arrival::damaged || visit->line.slot->farewell == Farewell::damaged);
    return kind;
}

void leave(Visit* visit) {
    if (visit->open)
        end_visit(static_cast<int>(visit->line.slot - pool->slots), visit->line.visit, false);
    visit->open = false;
}

void abandon(Visit* visit) {
    if (visit->open)
        end_visit(static_cast<int>(visit->line.slot - pool->slots), visit->line.visit, true);
    visit->open = false;
}

} // namespace health_dp::room
