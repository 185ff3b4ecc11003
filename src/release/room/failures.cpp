#include "release/room/failures.hpp"

#include "postgres/errors.hpp"

namespace health_dp::release {

namespace {

constexpr const char* kName = "health_dp_failures";

struct Shared {
    uint64 noted;
    Failure failures[kKeptFailures];
};

Shared* shared = nullptr;
LWLock* lock = nullptr;
shmem_startup_hook_type startup_before = nullptr;

void request_memory() {
    RequestAddinShmemSpace(sizeof(Shared));
    RequestNamedLWLockTranche(kName, 1);
}

void attach_memory() {
    if (startup_before != nullptr)
        startup_before();
    bool found = false;
    LWLockAcquire(AddinShmemInitLock, LW_EXCLUSIVE);
    shared = static_cast<Shared*>(ShmemInitStruct(kName, sizeof(Shared), &found));
    if (!found)
        memset(static_cast<void*>(shared), 0, sizeof(Shared));
    lock = &GetNamedLWLockTranche(kName)->lock;
    LWLockRelease(AddinShmemInitLock);
}

} // namespace

void initialise_failures() {
    postgres::on_shared_memory_request<request_memory>();
    startup_before = shmem_startup_hook;
    shmem_startup_hook = attach_memory;
}

void note_failure(const Failure& failure) {
    LWLockAcquire(lock, LW_EXCLUSIVE);
    shared->failures[shared->noted++ % kKeptFailures] = failure;
    LWLockRelease(lock);
}

int read_failures(Failure failures[kKeptFailures]) {
    if (shared == nullptr)
        return 0;
    LWLockAcquire(lock, LW_SHARED);
    const int count = static_cast<int>(Min(shared->noted, static_cast<uint64>(kKeptFailures)));
    for (int i = 0; i < count; ++i)
        failures[i] = shared->failures[(shared->noted - 1 - static_cast<uint64>(i)) % kKeptFailures];
    LWLockRelease(lock);
    return count;
}

} // namespace health_dp::release

// The rows of health_dp.room_failures().
HDP_FUNCTION(hdp_room_failures) {
    using namespace health_dp::release;
    if (!superuser())
        ereport(ERROR, (errcode(ERRCODE_INSUFFICIENT_PRIVILEGE), errmsg("only superusers see why releases failed"),
                        errhint("Ask your database administrator.")));
    InitMaterializedSRF(fcinfo, 0);
    auto* result = reinterpret_cast<ReturnSetInfo*>(fcinfo->resultinfo);
    auto* failures = static_cast<Failure*>(palloc(sizeof(Failure) * kKeptFailures));
    const int count = read_failures(failures);
    for (int i = 0; i < count; ++i) {
        const Failure& failure = failures[i];
        char* database = get_database_name(failure.database);
        Datum values[] = {TimestampTzGetDatum(failure.at),
                          database != nullptr ? DirectFunctionCall1(namein, CStringGetDatum(database)) : 0,
                          Int32GetDatum(failure.project),
                          Int64GetDatum(failure.charge_id),
                          CStringGetTextDatum(failure.phase),
                          CStringGetTextDatum(unpack_sql_state(failure.sqlstate)),
                          CStringGetTextDatum(failure.routine)};
        bool nulls[std::size(values)] = {false, database == nullptr};
        tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
    }
    return 0;
}
