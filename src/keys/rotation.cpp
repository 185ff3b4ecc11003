#include "keys/rotation.hpp"

#include "postgres/boundary.hpp"
#include "postgres/errors.hpp"
#include "projects/tables.hpp"

namespace health_dp::keys::rotation {

namespace {

struct Job {
    Oid database;
    Oid user;
    int64 rotation;
    TransactionId starter; // whose commit makes the job visible
};
static_assert(std::is_trivially_copyable_v<Job> && sizeof(Job) <= BGW_EXTRALEN);

constexpr int kMostOfTransaction = 4;

// Asked for in this transaction, and started just before it commits: a worker that waited for it would keep a process
// from others for as long as the transaction stays open.
struct Wanted {
    int64 rotation;
    Oid user; // the session's, at that time
};
Wanted wanted[kMostOfTransaction];
int wanted_count = 0;
bool is_registered = false;

void pin(const char* name, const char* value) { SetConfigOption(name, value, PGC_SUSET, PGC_S_OVERRIDE); }

Oid owner() {
    HeapTuple tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(projects::own_relation("key_rotation")));
    if (!HeapTupleIsValid(tuple))
        elog(ERROR, "the table of rotations is gone");
    const Oid found = reinterpret_cast<Form_pg_class>(GETSTRUCT(tuple))->relowner;
    ReleaseSysCache(tuple);
    return found;
}

// A statement of ours on our own tables, as their owner. An error ends the transaction, which gives the user back.
template <int count>
void execute_as_owner(const char* sql, const Oid (&types)[count], const Datum (&values)[count], const char* nulls) {
    Oid user = InvalidOid;
    int context = 0;
    GetUserIdAndSecContext(&user, &context);
    SetUserIdAndSecContext(owner(), context | SECURITY_LOCAL_USERID_CHANGE);
    const int result =
        SPI_execute_with_args(sql, count, const_cast<Oid*>(types), const_cast<Datum*>(values), nulls, false, 0);
    SetUserIdAndSecContext(user, context);
    if (result < 0)
        elog(ERROR, "cannot execute a statement of a rotation: %s", SPI_result_code_string(result));
}

struct Batch {
    char* change;
    char* rest;
    int64 until;
    bool ends_pass;
    bool is_idle; // so far in this pass
};

// False where nothing is left to do.
bool next_batch(const Job& job, Batch* batch) {
    execute_as_owner("SELECT change, rest, until, ends_pass, is_idle FROM health_dp.rotation_batch($1)", {INT8OID},
                     {Int64GetDatum(job.rotation)}, nullptr);
    if (SPI_processed != 1)
        return false;
    const HeapTuple row = SPI_tuptable->vals[0];
    const TupleDesc description = SPI_tuptable->tupdesc;
    bool is_null = false;
    batch->change = SPI_getvalue(row, description, 1);
    batch->rest = SPI_getvalue(row, description, 2);
    batch->until = DatumGetInt64(SPI_getbinval(row, description, 3, &is_null));
    batch->ends_pass = DatumGetBool(SPI_getbinval(row, description, 4, &is_null));
    batch->is_idle = DatumGetBool(SPI_getbinval(row, description, 5, &is_null));
    return true;
}

// With the privileges of whoever started the rotation.
int64 run_as_user(const char* sql, int expected) {
    const int result = SPI_execute(sql, false, 0);
    if (result != expected)
        elog(ERROR, "cannot execute a batch of a rotation: %s", SPI_result_code_string(result));
    return static_cast<int64>(SPI_processed);
}

bool run_batch(const Job& job) {
    Batch batch;
    if (!next_batch(job, &batch))
        return false;
    const int64 rows = run_as_user(batch.change, SPI_OK_UPDATE);
    const bool is_last = batch.ends_pass && batch.is_idle && rows == 0;
    Datum rest = Datum(0);
    if (is_last) {
        run_as_user(batch.rest, SPI_OK_SELECT);
        bool is_null = false;
        rest = SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1, &is_null);
    }
    execute_as_owner("SELECT health_dp.note_rotation($1, $2, $3, $4, $5)",
                     {INT8OID, INT8OID, INT8OID, BOOLOID, INT8OID},
                     {Int64GetDatum(job.rotation), Int64GetDatum(batch.until), Int64GetDatum(rows),
                      BoolGetDatum(batch.ends_pass), rest},
                     is_last ? "     " : "    n");
    return !is_last;
}

// The body in a transaction and SPI of its own.
template <class Body>
auto in_transaction(Body&& body) {
    SetCurrentStatementStartTimestamp();
    StartTransactionCommand();
    SPI_connect();
    PushActiveSnapshot(GetTransactionSnapshot());
    const auto result = body();
    PopActiveSnapshot();
    SPI_finish();
    CommitTransactionCommand();
    return result;
}

// Batch by batch until nothing is left; null, or what ended it.
const ErrorData* work_through(const Job& job) {
    const ErrorData* failure = nullptr;
    try {
        postgres::call([&] {
            bool is_left = true;
            while (is_left) {
                CHECK_FOR_INTERRUPTS();
                pgstat_report_activity(STATE_RUNNING, "health_dp: rotating a column");
                is_left = in_transaction([&] { return run_batch(job); });
            }
        });
    } catch (const postgres::PostgresError& error) {
        failure = error.data;
    }
    return failure;
}

bool note_problem(const Job& job, const char* problem) {
    execute_as_owner("SELECT health_dp.note_rotation_problem($1, $2)", {INT8OID, TEXTOID},
                     {Int64GetDatum(job.rotation), CStringGetTextDatum(problem)}, nullptr);
    return true;
}

void run(const Job& job) {
    BackgroundWorkerInitializeConnectionByOid(job.database, job.user, 0);
    // Names in our statements are qualified, operators are pg_catalog's; a policy that would hide rows is an error, or
    // the rows it hides would be taken for done.
    pin("search_path", "pg_catalog, pg_temp");
    pin("row_security", "off");
    // The transaction that asked is about to end.
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
    in_transaction([&] { return note_problem(job, unpack_sql_state(failure->sqlerrcode)); });
}

void start_worker(const Wanted& rotation) {
    const Job job = {MyDatabaseId, rotation.user, rotation.rotation, GetTopTransactionIdIfAny()};
    BackgroundWorker worker;
    memset(&worker, 0, sizeof(worker));
    worker.bgw_flags = BGWORKER_SHMEM_ACCESS | BGWORKER_BACKEND_DATABASE_CONNECTION;
    worker.bgw_start_time = BgWorkerStart_RecoveryFinished;
    worker.bgw_restart_time = BGW_NEVER_RESTART;
    strlcpy(worker.bgw_library_name, "health_dp", sizeof(worker.bgw_library_name));
    strlcpy(worker.bgw_function_name, "hdp_rotation_main", sizeof(worker.bgw_function_name));
    strlcpy(worker.bgw_type, "health_dp rotation", sizeof(worker.bgw_type));
    snprintf(worker.bgw_name, sizeof(worker.bgw_name), "health_dp rotation %lld",
             static_cast<long long>(rotation.rotation));
    memcpy(worker.bgw_extra, &job, sizeof(job));
    if (!RegisterDynamicBackgroundWorker(&worker, nullptr))
        ereport(ERROR, (errcode(ERRCODE_INSUFFICIENT_RESOURCES), errmsg("no process is left for a rotation"),
                        errhint("Try again later, or ask your database administrator to raise max_worker_processes.")));
}

void on_transaction(XactEvent event, void*) {
    switch (event) {
    case XACT_EVENT_PRE_COMMIT:
        for (int i = 0; i < wanted_count; i++)
            start_worker(wanted[i]);
        wanted_count = 0;
        break;
    case XACT_EVENT_ABORT:
    case XACT_EVENT_PREPARE:
        wanted_count = 0;
        break;
    default:
        break;
    }
}

} // namespace

void launch(int64 rotation_id) {
    if (!is_registered)
        RegisterXactCallback(on_transaction, nullptr);
    is_registered = true;
    if (wanted_count == kMostOfTransaction)
        ereport(ERROR, (errcode(sqlstate::kNotRotatable),
                        errmsg("a transaction starts at most %d rotations", kMostOfTransaction),
                        errhint("Commit, and start the others when these have finished.")));
    wanted[wanted_count++] = {rotation_id, GetSessionUserId()};
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
