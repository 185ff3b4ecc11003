// What the SQL functions of suppression are asked: their arguments, and the definition that these make.
#pragma once

#include "core/suppression/definition.hpp"

#include "postgres/errors.hpp"
#include "sql_functions/suppression_columns.hpp"

namespace health_dp::suppression {

// A text[] argument; null for elements that are NULL.
struct Texts {
    int count;
    const char** items;
};

// Of a NULL: no texts, or an empty one.
Texts texts_argument(FunctionCallInfo fcinfo, int number);
const char* text_argument(FunctionCallInfo fcinfo, int number);
const char* name_argument(FunctionCallInfo fcinfo, int number);
const char* json_argument(FunctionCallInfo fcinfo);

struct Arguments {
    RowSource source;
    const char *policy, *project, *hidden;
    Texts dimensions, measures, hierarchies, totals, groupings, overlapping, revealing, units;
    bool builds_margins;
};

// What suppress_table and audit_table begin with, behind what they read.
Arguments arguments_of(FunctionCallInfo fcinfo, RowSource source);

// Within entry() only. Errors: kBadDefinition.
Definition definition_of(const Arguments& arguments, Follows follows = Follows::policy);
Definition definition_of(const char* json, Follows follows = Follows::policy);
[[noreturn]] void refuse_definition(const char* message, const char* hint);

} // namespace health_dp::suppression
