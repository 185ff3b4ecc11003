// The extension's own tables, as the code that reads them directly needs to know them.
#pragma once

#include "postgres/api.hpp"

namespace health_dp::projects {

// Columns in the order of src/install/10-projects.sql. Upgrades append, never reorder.
namespace project_column {
enum : AttrNumber {
    id = 1,
    name,
    title,
    legal_basis,
    valid,
    epsilon,
    delta,
    min_cell,
    releases,
    suspended,
    suspended_because,
    default_epsilon,
    max_epsilon,
    default_delta,
    max_delta,
    default_groups,
    max_groups,
    default_rows,
    max_rows,
    created_at,
    created_by,
    min_epsilon,
    executions_per_day,
    time_limit_ms,
    memory_kb,
    temp_limit_kb
};
}
namespace member_column {
enum : AttrNumber { project_id = 1, member, member_name };
}
namespace grant_column {
enum : AttrNumber {
    project_id = 1,
    relation,
    row_filter,
    granted_at,
    granted_by,
    condition,
    schema_name,
    table_name,
    column_numbers,
    column_names,
    column_types
};
}
namespace label_column {
enum : AttrNumber { relation = 1, side, name, number };
}

constexpr const char* kSchema = "health_dp";

// OID of a relation in the extension's schema, of the library's own version only. Looked up each time: an OID kept in a
// static would outlive DROP EXTENSION.
Oid own_relation(const char* name);

// A scan of one of our tables under a fresh catalogue snapshot: it sees what is committed now, not what the
// transaction's snapshot shows, needs no privileges, no SPI and no transaction snapshot, and may run in parallel mode.
struct Scan {
    Relation table;
    SysScanDesc scan;
};
Scan begin_scan(const char* table, const char* index, ScanKeyData* keys, int key_count);
HeapTuple next_tuple(Scan& scan);
Datum read_column(const Scan& scan, HeapTuple tuple, AttrNumber column, bool* is_null);
void end_scan(Scan& scan);

} // namespace health_dp::projects
