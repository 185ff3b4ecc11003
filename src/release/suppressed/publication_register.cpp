#include "release/suppressed/register_key.hpp"

#include "release/suppressed/publication_register.hpp"

#include "postgres/errors.hpp"
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
    public_contents,
    padding,
    key_version
};
}

void open_cells(const projects::Scan& scan, HeapTuple tuple, int32 project, Registered* record) {
    bool is_null = false;
    const int64 charge = DatumGetInt64(projects::read_column(scan, tuple, column::charge_id, &is_null));
    const bytea* cells = DatumGetByteaP(projects::read_column(scan, tuple, column::cells, &is_null));
    const int16 version = DatumGetInt16(projects::read_column(scan, tuple, column::key_version, &is_null));
    if (is_null)
        ereport(ERROR, (errcode(sqlstate::kUnknownDomain), errmsg("suppressed releases of 0.1 are not sealed yet"),
                        errdetail("Their hidden numbers lie in the register as they are."),
                        errhint("Ask a custodian: SELECT health_dp.seal_suppressed_releases();")));
    const RecordBytes opened = open_record({project, charge, record->population}, VARDATA(cells),
                                           VARSIZE(cells) - VARHDRSZ, static_cast<core::keys::Version>(version));
    record->cells = opened.bytes;
    record->size = static_cast<int>(opened.size);
}

} // namespace

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
        open_cells(scan, kept, project, &latest);
        const Datum contents = projects::read_column(scan, kept, column::public_contents, &is_null);
        latest.public_contents = is_null ? nullptr : TextDatumGetCString(contents);
    }
    projects::end_scan(scan);
    return latest;
}

} // namespace health_dp::release
