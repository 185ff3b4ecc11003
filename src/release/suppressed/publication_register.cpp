#include "release/suppressed/publication_register.hpp"

#include "projects/tables.hpp"

namespace health_dp::release {

namespace {

// Columns in the order of src/install/42-suppressed-releases.sql. Upgrades append, never reorder.
namespace column {
enum : AttrNumber {
    release_id = 1,
    project_id,
    charge_id,
    released_at,
    population,
    cells,
    policy,
    patients,
    public_contents
};
}

} // namespace

void lock_register(int32 project) {
    LockDatabaseObject(projects::own_relation("suppressed_release"), static_cast<Oid>(project), 0, ExclusiveLock);
}

Registered read_register(int32 project) {
    Registered latest = {};
    ScanKeyData key;
    ScanKeyInit(&key, column::project_id, BTEqualStrategyNumber, F_INT4EQ, Int32GetDatum(project));
    projects::Scan scan = projects::begin_scan("suppressed_release", "suppressed_release_project", &key, 1);
    HeapTuple tuple;
    HeapTuple kept = nullptr;
    while (HeapTupleIsValid(tuple = projects::next_tuple(scan))) {
        ++latest.number;
        bool is_null = false;
        const int64 release = DatumGetInt64(projects::read_column(scan, tuple, column::release_id, &is_null));
        if (release <= latest.release)
            continue;
        latest.release = release;
        if (kept != nullptr)
            heap_freetuple(kept);
        kept = heap_copytuple(tuple);
    }
    if (kept != nullptr) {
        bool is_null = false;
        const char* population = TextDatumGetCString(projects::read_column(scan, kept, column::population, &is_null));
        strlcpy(latest.population, population, sizeof(latest.population));
        const bytea* cells = DatumGetByteaP(projects::read_column(scan, kept, column::cells, &is_null));
        latest.cells = VARDATA(cells);
        latest.size = static_cast<int>(VARSIZE(cells) - VARHDRSZ);
        const Datum contents = projects::read_column(scan, kept, column::public_contents, &is_null);
        latest.public_contents = is_null ? nullptr : TextDatumGetCString(contents);
    }
    projects::end_scan(scan);
    return latest;
}

} // namespace health_dp::release
