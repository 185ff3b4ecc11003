#include "projects/tables.hpp"

#include "projects/catalogue.hpp"

namespace health_dp::projects {

Oid own_extension() { return get_extension_oid(kSchema, true); }

Oid own_relation(const char* name) {
    Oid schema = get_namespace_oid(kSchema, true);
    Oid relation = OidIsValid(schema) ? get_relname_relid(name, schema) : InvalidOid;
    if (!OidIsValid(relation))
        ereport(ERROR,
                (errcode(ERRCODE_UNDEFINED_OBJECT), errmsg("extension health_dp is not installed in this database"),
                 errhint("CREATE EXTENSION health_dp;")));
    return relation;
}

Scan begin_scan(const char* table, const char* index, ScanKeyData* keys, int key_count) {
    Scan scan;
    scan.table = table_open(own_relation(table), AccessShareLock);
    // A null snapshot means the catalogue snapshot, which PostgreSQL takes anew for every scan of a table that has no
    // system cache. GetLatestSnapshot would serve as well, but refuses to run in parallel mode.
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
