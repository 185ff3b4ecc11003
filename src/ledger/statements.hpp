// SQL as the ledger's worker runs it. All names in it are qualified, and search_path is pinned: operators are
// pg_catalog's.
#pragma once

#include "postgres/api.hpp"

namespace health_dp::ledger {

// A statement whose plan is kept for the worker's life.
struct Statement {
    const char* sql;
    int parameters;
    Oid types[10];
    SPIPlanPtr plan;
};

// Rows that it returned or changed. Within SPI; raises.
uint64 execute(Statement& statement, Datum* values);

// Of what the last one returned; columns from 1 on.
const char* text_result(uint64 row, int column);
Datum result(uint64 row, int column, bool* is_null);

} // namespace health_dp::ledger
