#include "keys/rotation.hpp"

#include "postgres/boundary.hpp"
#include "postgres/errors.hpp"

namespace health_dp::keys::rotation {

namespace {

struct Job {
    Oid database;
    Oid user;
    int64 rotation;
    TransactionId starter; // whose commit makes the job visible
};
static_assert(std::is_trivially_copyable_v<Job> && sizeof(Job) <= BGW_EXTRALEN);

// Runs one statement of ours with the job's number as $1 in a transaction of its own. True where it returned true.
bool run_statement(const Job& job, const char* sql, const char* text) {
    SetCurrentStatementStartTimestamp();
    StartTransactionCommand();
    SPI_connect();
    PushActiveSnapshot(GetTransactionSnapshot());
    Oid types[] = {INT8OID, TEXTOID};
    Datum values[] = {Int64GetDatum(job.rotation), CStringGetTextDatum(text)};
    const int result = SPI_execute_with_args(sql, 2, types, values, nullptr, false, 0);
    bool is_null = true;
    Datum answer = Datum(0);
    if (result == SPI_OK_SELECT && SPI_processed == 1)
        answer = SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1, &is_null);
    const bool is_true = !is_null && DatumGetBool(answer);
    PopActiveSnapshot();
    SPI_finish();
    CommitTransactionCommand();
    return is_true;
}

// Batch by batch until nothing is left; null, or what ended it.
const ErrorData* work_through(const Job& job) {
    const ErrorData* failure = nullptr;
    try {
        postgres::call([&] {
            for (;;) {
                CHECK_FOR_INTERRUPTS();
                pgstat_report_activity(STATE_RUNNING, "health_dp: rotating a column");
                if (run_statement(job, "SELECT health_dp.rotate_batch($1) OR $2 IS NULL", ""))
                    return;
            }
        });
    } catch (const postgres::PostgresError& error) {
        failure = error.data;
    }
    return failure;
}

void run(const Job& job) {
    BackgroundWorkerInitializeConnectionByOid(job.database, job.user, 0);
    // The transaction that asked has to end first.
    if (TransactionIdIsValid(job.starter)) {
        StartTransactionCommand();
        XactLockTableWait(job.starter, nullptr, nullptr, XLTW_None);
        CommitTransactionCommand();
    }
    MemoryContext context = AllocSetContextCreate(TopMemoryContext, "health_dp rotation", ALLOCSET_DEFAULT_SIZES);
    MemoryContextSwitchTo(context);
    const ErrorData* failure = postgres::entry([&] { return work_through(job); });
    if (failure == nullptr)
        return;
    AbortCurrentTransaction();
    MemoryContextSwitchTo(context);
    ereport(LOG, (errcode(failure->sqlerrcode),
                  errmsg("health_dp: rotation %lld stopped: SQLSTATE %s", static_cast<long long>(job.rotation),
                         unpack_sql_state(failure->sqlerrcode)),
                  errhint("health_dp.continue_rotation() goes on where it stopped.")));
    (void)run_statement(job, "SELECT true FROM health_dp.note_rotation_problem($1, $2)",
                        unpack_sql_state(failure->sqlerrcode));
}

} // namespace

void launch(int64 rotation_id) {
    const Job job = {MyDatabaseId, GetSessionUserId(), rotation_id, GetTopTransactionIdIfAny()};
    BackgroundWorker worker;
    memset(&worker, 0, sizeof(worker));
    worker.bgw_flags = BGWORKER_SHMEM_ACCESS | BGWORKER_BACKEND_DATABASE_CONNECTION;
    worker.bgw_start_time = BgWorkerStart_RecoveryFinished;
    worker.bgw_restart_time = BGW_NEVER_RESTART;
    strlcpy(worker.bgw_library_name, "health_dp", sizeof(worker.bgw_library_name));
    strlcpy(worker.bgw_function_name, "hdp_rotation_main", sizeof(worker.bgw_function_name));
    strlcpy(worker.bgw_type, "health_dp rotation", sizeof(worker.bgw_type));
    snprintf(worker.bgw_name, sizeof(worker.bgw_name), "health_dp rotation %lld", static_cast<long long>(rotation_id));
    memcpy(worker.bgw_extra, &job, sizeof(job));
    if (!RegisterDynamicBackgroundWorker(&worker, nullptr))
        ereport(ERROR, (errcode(ERRCODE_INSUFFICIENT_RESOURCES), errmsg("no process is left for a rotation"),
                        errhint("Try again later, or ask your database administrator to raise max_worker_processes.")));
}

} // namespace health_dp::keys::rotation

HDP_WORKER(hdp_rotation_main) {
    health_dp::keys::rotation::Job job;
    memcpy(&job, MyBgworkerEntry->bgw_extra, sizeof(job));
    pqsignal(SIGTERM, die);
    BackgroundWorkerUnblockSignals();
    health_dp::keys::rotation::run(job);
    proc_exit(0);
}
