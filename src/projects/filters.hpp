// From the text of a row filter to an expression over its table.
#pragma once

#include "postgres/api.hpp"

namespace health_dp::projects {

// While a filter is read, the table's owner is who looks names up, under restrictions, for members and rooms may look
// into no schema; and, where the text comes from a record, under the settings that the record was made with.
struct Reading {
    Oid user;
    int context;
    int level;
};
Reading begin_reading(Relation relation, bool from_record);
void end_reading(const Reading& reading);

// The text as a boolean expression over the table, which is range table entry 1 in it; nothing that a user wrote has
// run for it or will. Errors: syntax and types as PostgreSQL says them, kUnsafeExpression for sub-selects, for whole
// rows and system columns, for functions of users, and for anything that is not immutable.
Node* read_filter(Relation relation, const char* text);

// Numbers of the columns that it reads; 0 for anything that is no column of the table's own.
Bitmapset* columns_of(Node* filter);

} // namespace health_dp::projects
