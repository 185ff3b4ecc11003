// The second wall in front of a protected table: the condition of its restrictive policy [C15].
#include "postgres/api.hpp"
#include "postgres/errors.hpp"
#include "projects/catalogue.hpp"

namespace health_dp::projects {

namespace {
bool preloaded = false;
} // namespace

void note_preloaded() { preloaded = true; }
bool is_preloaded() { return preloaded; }

} // namespace health_dp::projects

// Immutable, so that it folds at planning and fails for every query that the planner hook has not vetted (which removes
// it): also for EXPLAIN, for WHERE false and over an empty table. A stable gate is an existence oracle, because an
// index scan that finds nothing never evaluates it.
HDP_FUNCTION(hdp_gate_refuse) {
    if (!health_dp::projects::is_preloaded())
        ereport(ERROR, (errcode(health_dp::sqlstate::kNotLoaded), errmsg("health_dp is not loaded"),
                        errhint("Ask your database administrator to add health_dp to shared_preload_libraries and to "
                                "restart the server.")));
    ereport(ERROR, (errcode(health_dp::sqlstate::kProtected), errmsg("this table is protected by health_dp"),
                    errhint("Ask with dp_count, dp_sum or dp_avg, or for exact tables with sc_count, inside a project: "
                            "SET health_dp.project = '...'.")));
    PG_RETURN_BOOL(false);
}
