// What grant_table() writes down of a row filter.
#pragma once

#include "postgres/api.hpp"

namespace health_dp::projects {

// A row filter as the record of a grant has it: SQL with every name qualified, and the columns that it reads.
struct FilterRecord {
    NameData schema_name;
    NameData table_name;
    const char* condition; // null for all rows
    int columns;
    Datum* names; // name
    Datum* types; // oid
};

// Makes the record of the text that a steward typed; null for all rows. Errors as read_filter(). `expression` is what
// the record reads as, to be vetted; null for all rows.
FilterRecord make_filter_record(Oid relation, const char* text, Node** expression);

} // namespace health_dp::projects
