// A session's side: asks, waits for the answer, calls a worker when there is none. Unknown means no [C13].
#include "postgres/api.hpp"

#include "ledger/outstanding.hpp"
#include "ledger/queue.hpp"
#include "ledger/settings.hpp"
#include "ledger/worker.hpp"
#include "postgres/errors.hpp"

namespace health_dp::ledger {

namespace {

// How often a waiting session looks whether the worker is still there, and calls another one if not.
constexpr int kLookMs = 200;
// How often it looks for a place in a full queue.
constexpr int kFullQueueMs = 10;

struct Wait {
    instr_time began;
    int place;
    bool no_process; // the last attempt to call a worker found no process for it
};

int elapsed_ms(const instr_time& began) {
    instr_time now;
    INSTR_TIME_SET_CURRENT(now);
    INSTR_TIME_SUBTRACT(now, began);
    return static_cast<int>(Min(INSTR_TIME_GET_MILLISEC(now), static_cast<double>(INT_MAX)));
}

[[noreturn]] void refuse_late(const Wait& wait) {
    if (wait.place < 0)
        ereport(ERROR, (errcode(sqlstate::kLedgerUnavailable), errmsg("the ledger has too many charges waiting"),
                        errhint("Nothing was charged. Ask again later.")));
    if (wait.no_process)
        ereport(ERROR, (errcode(sqlstate::kLedgerUnavailable), errmsg("the ledger's worker could not be started"),
                        errdetail("Nothing was charged, and nothing was read."),
                        errhint("Ask your database administrator to raise max_worker_processes.")));
    ereport(ERROR, (errcode(sqlstate::kLedgerUnavailable),
                    errmsg("the ledger did not confirm the charge within %d ms", settings::charge_timeout),
                    errdetail("No protected data were read; the charge may have been made all the same."),
                    errhint("Ask your database administrator to look into the server's log.")));
    pg_unreachable();
}

// Sleeps until the latch is set or the time is over; honours cancel and termination.
void rest(const Wait& wait, int at_most_ms) {
    const int left = settings::charge_timeout - elapsed_ms(wait.began);
    if (left <= 0)
        refuse_late(wait);
    (void)WaitLatch(MyLatch, WL_LATCH_SET | WL_TIMEOUT | WL_EXIT_ON_PM_DEATH, Min(left, at_most_ms), PG_WAIT_EXTENSION);
    ResetLatch(MyLatch);
    CHECK_FOR_INTERRUPTS();
}

void check_available(const char* on_standby) {
    if (!queue::is_attached())
        ereport(ERROR, (errcode(sqlstate::kNotLoaded), errmsg("health_dp is not loaded"),
                        errhint("Ask your database administrator to add health_dp to shared_preload_libraries and to "
                                "restart the server.")));
    if (RecoveryInProgress())
        ereport(ERROR,
                (errcode(sqlstate::kLedgerUnavailable), errmsg("%s", on_standby), errhint("Ask the primary server.")));
    if (IsBinaryUpgrade)
        ereport(ERROR, (errcode(sqlstate::kLedgerUnavailable), errmsg("the ledger is closed during an upgrade")));
}

void abandon_place(int, Datum place) { queue::abandon(DatumGetInt32(place)); }

void await_answer(Wait& wait, Answer* answer) {
    instr_time called;
    bool has_called = false;
    while (!queue::collect(wait.place, answer)) {
        // One attempt in every interval: a worker that dies as soon as it starts must not be started in a busy loop.
        if (!has_called || elapsed_ms(called) >= kLookMs) {
            wait.no_process = !worker::call_for(MyDatabaseId);
            has_called = true;
            INSTR_TIME_SET_CURRENT(called);
        }
        rest(wait, kLookMs);
    }
}

} // namespace

namespace {

// Hands the request over and waits until its answer is durable; raises what the worker refused.
template <class Asked>
Answer ask(const Asked& request) {
    Wait wait;
    wait.no_process = false;
    INSTR_TIME_SET_CURRENT(wait.began);
    while ((wait.place = queue::enqueue(request)) < 0)
        rest(wait, kFullQueueMs);

    // From here on the place must be given up however this session ends: error, cancel, or the process's exit.
    Answer answer;
    PG_ENSURE_ERROR_CLEANUP(abandon_place, Int32GetDatum(wait.place));
    { await_answer(wait, &answer); }
    PG_END_ENSURE_ERROR_CLEANUP(abandon_place, Int32GetDatum(wait.place));

    if (answer.refused)
        postgres::raise(answer.refusal);
    return answer;
}

} // namespace

int64 charge(const Charge& request) {
    check_available("a standby server cannot charge a query");
    outstanding::reserve();
    const Answer answer = ask(request);
    outstanding::add(answer.number);
    return answer.number;
}

int64 publish(const Publishing& request) {
    check_available("a standby server cannot put a suppressed release on record");
    const Size contents_size = strlen(request.public_contents);
    dsm_segment* segment = dsm_create(Max(request.size + contents_size, 1), 0);
    auto* bytes = static_cast<char*>(dsm_segment_address(segment));
    memcpy(bytes, request.cells, request.size);
    memcpy(bytes + request.size, request.public_contents, contents_size);
    const queue::SharedPublishing shared = {&request, dsm_segment_handle(segment)};
    const Answer answer = ask(shared);
    dsm_detach(segment);
    return answer.number;
}

Reservation reserve(const KeyUse& request) {
    check_available("a standby server cannot put the use of a key on record");
    const Answer answer = ask(request);
    return {answer.number, answer.granted};
}

void finish(int64 use_id, int64 used) { queue::add_note(MyDatabaseId, use_id, Outcome::used, used); }

void settle(int64 charge_id) {
    if (outstanding::remove(charge_id))
        queue::add_note(MyDatabaseId, charge_id, Outcome::settled);
}

void fail(int64 charge_id) {
    if (outstanding::remove(charge_id))
        queue::add_note(MyDatabaseId, charge_id, Outcome::failed);
}

} // namespace health_dp::ledger
