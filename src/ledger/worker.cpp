#include "postgres/api.hpp"

#include "ledger/book.hpp"
#include "ledger/queue.hpp"
#include "ledger/settings.hpp"
#include "ledger/worker.hpp"

namespace health_dp::ledger::worker {

namespace {

// How long notes on the end of executions may wait when no charge takes them along.
constexpr int kNotesMs = 1000;

static_assert(sizeof(duty::Assignment) <= BGW_EXTRALEN);

struct Desk {
    duty::Assignment assignment;
    int places[kMaxRequests];
    Answer answers[kMaxRequests];
    Note notes[kMaxNotes];
};

void leave_post(int, Datum desk) {
    const duty::Assignment& assignment = reinterpret_cast<Desk*>(DatumGetPointer(desk))->assignment;
    duty::end(assignment);
}

void pin(const char* name, const char* value) { SetConfigOption(name, value, PGC_SUSET, PGC_S_OVERRIDE); }

// Settings of the database would apply to the worker as well: a charge has to be judged and flushed whatever they are.
void pin_settings() {
    pin("search_path", "pg_catalog, pg_temp");
    pin("default_transaction_read_only", "off");
    pin("default_transaction_isolation", "read committed");
    pin("default_transaction_deferrable", "off");
    pin("statement_timeout", "0");
    pin("idle_in_transaction_session_timeout", "0");
    if (GetConfigOption("transaction_timeout", true, false) != nullptr) // since 17
        pin("transaction_timeout", "0");
    // Shorter than anybody else's deadlock_timeout is likely to be: of two that block each other the worker gives way,
    // and DROP EXTENSION goes through.
    pin("lock_timeout", "500ms");
    pin("deadlock_timeout", "100ms");
    // Its plans are made when the ledger is empty and kept while it grows: always by the index.
    pin("enable_seqscan", "off");
    pin("jit", "off");
    pin("role", "none");
    pin("exit_on_error", "off");
    // Whoever demands more (a synchronous standby) gets more.
    if (synchronous_commit < SYNCHRONOUS_COMMIT_LOCAL_FLUSH)
        pin("synchronous_commit", "local");
}

// Everything that waits, in one transaction. True when there were requests: more may have come meanwhile.
bool serve(Desk* desk, bool notes_due) {
    const Oid database = desk->assignment.database;
    const int requests = queue::take_requests(database, desk->places);
    if (requests == 0 && !(notes_due && queue::count_notes(database) > 0))
        return false;
    const int notes = queue::take_notes(database, desk->notes);
    bool notes_written = false;
    pgstat_report_activity(STATE_RUNNING, "health_dp: charging");
    book::write(requests, desk->places, desk->answers, notes, desk->notes, &notes_written);
    // Nothing between the commit and this may be interrupted: a charge that is on disk must not be called refused.
    queue::answer_requests(requests, desk->places, desk->answers);
    queue::release_notes(database, notes_written);
    pgstat_report_stat(false);
    pgstat_report_activity(STATE_IDLE, nullptr);
    return requests > 0;
}

void work(Desk* desk) {
    TimestampTz last_work = GetCurrentTimestamp();
    TimestampTz last_notes = last_work;
    bool interrupted_marked = false;
    MemoryContext context = AllocSetContextCreate(TopMemoryContext, "health_dp ledger", ALLOCSET_DEFAULT_SIZES);
    for (;;) {
        CHECK_FOR_INTERRUPTS();
        if (ConfigReloadPending) {
            ConfigReloadPending = false;
            ProcessConfigFile(PGC_SIGHUP);
            pin_settings();
        }
        MemoryContextSwitchTo(context);
        MemoryContextReset(context);
        const TimestampTz now = GetCurrentTimestamp();
        const bool dismissed = duty::is_dismissed(desk->assignment);
        const bool notes_due = dismissed || TimestampDifferenceExceeds(last_notes, now, kNotesMs);
        if (notes_due)
            last_notes = now;
        // Tried again where somebody holds the ledger. Nobody waits for it: charges come first.
        if (notes_due && !interrupted_marked)
            interrupted_marked = book::mark_interrupted(duty::first_on_duty());
        if (serve(desk, notes_due)) {
            last_work = now;
            continue;
        }
        const bool idle = TimestampDifferenceExceeds(last_work, now, settings::worker_idle_timeout * 1000);
        if ((idle || dismissed) && duty::leave(desk->assignment))
            return;
        (void)WaitLatch(MyLatch, WL_LATCH_SET | WL_TIMEOUT | WL_EXIT_ON_PM_DEATH, kNotesMs, PG_WAIT_EXTENSION);
        ResetLatch(MyLatch);
    }
}

} // namespace

bool call_for(Oid database) {
    duty::Assignment assignment;
    switch (duty::claim(database, &assignment)) {
    case duty::Claim::present:
        return true;
    case duty::Claim::no_room:
        return false;
    case duty::Claim::claimed:
        break;
    }
    BackgroundWorker worker;
    memset(&worker, 0, sizeof(worker));
    worker.bgw_flags = BGWORKER_SHMEM_ACCESS | BGWORKER_BACKEND_DATABASE_CONNECTION;
    worker.bgw_start_time = BgWorkerStart_RecoveryFinished;
    worker.bgw_restart_time = BGW_NEVER_RESTART;
    worker.bgw_notify_pid = MyProcPid;
    strlcpy(worker.bgw_library_name, "health_dp", sizeof(worker.bgw_library_name));
    strlcpy(worker.bgw_function_name, "hdp_ledger_main", sizeof(worker.bgw_function_name));
    strlcpy(worker.bgw_type, "health_dp ledger", sizeof(worker.bgw_type));
    snprintf(worker.bgw_name, sizeof(worker.bgw_name), "health_dp ledger of database %u", database);
    memcpy(worker.bgw_extra, &assignment, sizeof(assignment));
    if (RegisterDynamicBackgroundWorker(&worker, nullptr))
        return true;
    duty::give_up(assignment);
    return false;
}

// WaitForBackgroundWorkerStartup would return before the worker is connected; and a worker that comes too late must not
// touch what another one has taken over. So it reports for duty itself, and leaves if the duty is not its own any more.
void run(const duty::Assignment& assignment) {
    Desk* desk = static_cast<Desk*>(MemoryContextAllocZero(TopMemoryContext, sizeof(Desk)));
    desk->assignment = assignment;
    // Before the connection is made: a worker that cannot connect gives its post up at once.
    before_shmem_exit(leave_post, PointerGetDatum(desk));
    BackgroundWorkerInitializeConnectionByOid(assignment.database, InvalidOid, 0);
    pin_settings();
    if (duty::report(&desk->assignment))
        work(desk);
}

} // namespace health_dp::ledger::worker

HDP_WORKER(hdp_ledger_main) {
    health_dp::ledger::duty::Assignment assignment;
    memcpy(&assignment, MyBgworkerEntry->bgw_extra, sizeof(assignment));
    // die, unlike the default handler, waits for a moment that allows to end; the batch under way is then rolled back.
    pqsignal(SIGTERM, die);
    pqsignal(SIGHUP, SignalHandlerForConfigReload);
    BackgroundWorkerUnblockSignals();
    health_dp::ledger::worker::run(assignment);
    proc_exit(0);
}
