#include "postgres/api.hpp"

#include "ledger/settings.hpp"

namespace health_dp::ledger::settings {

int charge_timeout = 10000;
int worker_idle_timeout = 60;
int failure_limit = 20;
int executions_per_day = 1000;
int failures_per_day = 3;

void define() {
    DefineCustomIntVariable(
        "health_dp.charge_timeout", "How long a query waits for its charge to be on disk.",
        "A query whose charge is not confirmed in time fails; it may have been charged all the same.", &charge_timeout,
        10000, 100, 600000, PGC_SUSET, GUC_UNIT_MS, nullptr, nullptr, nullptr);
    DefineCustomIntVariable("health_dp.worker_idle_timeout", "How long a ledger worker without work stays connected.",
                            "It comes back by itself with the next charge.", &worker_idle_timeout, 60, 1, 86400,
                            PGC_SIGHUP, GUC_UNIT_S, nullptr, nullptr, nullptr);
    DefineCustomIntVariable("health_dp.failure_limit",
                            "How many executions of a project may fail after their charge before it is suspended.",
                            "0 means never. Failures are counted from the project's last suspension.", &failure_limit,
                            20, 0, INT_MAX, PGC_SIGHUP, 0, nullptr, nullptr, nullptr);
    DefineCustomIntVariable("health_dp.executions_per_day",
                            "How many executions a login role may have in a day (UTC), over all projects.",
                            "0 means without limit. A project may have a number of its own: "
                            "health_dp.limit_executions().",
                            &executions_per_day, 1000, 0, INT_MAX, PGC_SIGHUP, 0, nullptr, nullptr, nullptr);
    DefineCustomIntVariable("health_dp.failures_per_day",
                            "How many executions of a login role may fail after their charge in a day (UTC) before it "
                            "has no further one that day.",
                            "0 means without limit.", &failures_per_day, 3, 0, INT_MAX, PGC_SIGHUP, 0, nullptr, nullptr,
                            nullptr);
}

} // namespace health_dp::ledger::settings
