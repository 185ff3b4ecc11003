// What the dp aggregates do when no planner has vetted them: refuse.
#include "postgres/api.hpp"
#include "postgres/errors.hpp"

HDP_FUNCTION(hdp_release_refuse) {
    ereport(ERROR, (errcode(health_dp::sqlstate::kNotLoaded),
                    errmsg("dp_ and sc_ aggregates answer only inside a release that health_dp has planned"),
                    errhint("Write the release into the query itself, not into a function in FROM. Where every release "
                            "fails so, add health_dp to shared_preload_libraries and restart the server.")));
    PG_RETURN_NULL();
}

// The grouping set of a row that has none yet.
HDP_FUNCTION(hdp_release_set) { PG_RETURN_INT32(0); }
