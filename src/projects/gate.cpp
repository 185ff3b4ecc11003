// The second wall in front of a protected table: the condition of its restrictive policy [C15].
#include "postgres/api.hpp"
#include "postgres/errors.hpp"

// Immutable, so that it folds at planning and fails for every query that the planner hook has not vetted (which removes
// it): also for EXPLAIN, for WHERE false and over an empty table. A stable gate is an existence oracle, because an
// index scan that finds nothing never evaluates it.
HDP_FUNCTION(hdp_gate_refuse) {
    ereport(ERROR, (errcode(health_dp::sqlstate::kProtected), errmsg("this table is protected by health_dp"),
                    errhint("Ask with dp_count, dp_sum or dp_avg inside a project: SET health_dp.project = '...'.")));
    PG_RETURN_BOOL(false);
}
