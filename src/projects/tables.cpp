#include "projects/tables.hpp"

#include "postgres/errors.hpp"
#include "projects/catalogue.hpp"

namespace health_dp::projects {

namespace {

[[noreturn]] void refuse_missing() {
    ereport(ERROR, (errcode(ERRCODE_UNDEFINED_OBJECT), errmsg("extension health_dp is not installed in this database"),
                    errhint("CREATE EXTENSION health_dp;")));
    pg_unreachable();
}

Oid find_relation(const char* name) {
    Oid schema = get_namespace_oid(kSchema, true);
    return OidIsValid(schema) ? get_relname_relid(name, schema) : InvalidOid;
}

} // namespace

Oid own_extension() { return get_extension_oid(kSchema, true); }

// PostgreSQL keeps no cache of extensions and tells nobody when one changes: so each time.
void require_own_version() {
    ScanKeyData key;
    ScanKeyInit(&key, Anum_pg_extension_extname, BTEqualStrategyNumber, F_NAMEEQ, CStringGetDatum(kSchema));
    Relation extensions = table_open(ExtensionRelationId, AccessShareLock);
    SysScanDesc scan = systable_beginscan(extensions, ExtensionNameIndexId, true, nullptr, 1, &key);
    HeapTuple tuple = systable_getnext(scan);
    if (!HeapTupleIsValid(tuple))
        refuse_missing();
    bool is_null = false;
    Datum version = heap_getattr(tuple, Anum_pg_extension_extversion, RelationGetDescr(extensions), &is_null);
    const char* installed = TextDatumGetCString(version);
    if (strcmp(installed, HDP_VERSION) != 0)
        ereport(ERROR, (errcode(sqlstate::kOtherVersion),
                        errmsg("the database has health_dp %s, the server has %s", installed, HDP_VERSION),
                        errhint("Ask your database administrator: ALTER EXTENSION health_dp UPDATE.")));
    systable_endscan(scan);
    table_close(extensions, AccessShareLock);
}

Oid own_relation(const char* name) {
    require_own_version();
    Oid relation = find_relation(name);
    if (!OidIsValid(relation))
        refuse_missing();
    return relation;
}

Scan begin_scan(const char* table, const char* index, ScanKeyData* keys, int key_count) {
    Scan scan;
    const Oid relation = find_relation(table);
    if (!OidIsValid(relation))
        refuse_missing();
    scan.table = table_open(relation, AccessShareLock);
    // Asks for the version behind the lock: what brings a database to another one changes the table under a stronger
    // lock, and columns are read by their numbers. A null snapshot means the catalogue snapshot, which PostgreSQL takes
    // anew for every scan of a table that has no system cache. GetLatestSnapshot would serve as well, but refuses to
    // run in parallel mode.
    scan.scan = systable_beginscan(scan.table, own_relation(index), true, nullptr, key_count, keys);
    return scan;
}

HeapTuple next_tuple(Scan& scan) { return systable_getnext(scan.scan); }

Datum read_column(const Scan& scan, HeapTuple tuple, AttrNumber column, bool* is_null) {
    return heap_getattr(tuple, column, RelationGetDescr(scan.table), is_null);
}

void end_scan(Scan& scan) {
    systable_endscan(scan.scan);
    table_close(scan.table, AccessShareLock);
}

} // namespace health_dp::projects
