#include "ledger/statements.hpp"

namespace health_dp::ledger {

uint64 execute(Statement& statement, Datum* values) {
    if (statement.plan == nullptr) {
        SPIPlanPtr plan = SPI_prepare(statement.sql, statement.parameters, statement.types);
        if (plan == nullptr)
            elog(ERROR, "cannot prepare a statement of the ledger: %s", SPI_result_code_string(SPI_result));
        if (SPI_keepplan(plan) != 0)
            elog(ERROR, "cannot keep a plan of the ledger");
        statement.plan = plan;
    }
    const int result = SPI_execute_plan(statement.plan, values, nullptr, false, 0);
    if (result < 0)
        elog(ERROR, "cannot execute a statement of the ledger: %s", SPI_result_code_string(result));
    return SPI_processed;
}

const char* text_result(uint64 row, int column) {
    return SPI_getvalue(SPI_tuptable->vals[row], SPI_tuptable->tupdesc, column);
}

Datum result(uint64 row, int column, bool* is_null) {
    return SPI_getbinval(SPI_tuptable->vals[row], SPI_tuptable->tupdesc, column, is_null);
}

} // namespace health_dp::ledger
