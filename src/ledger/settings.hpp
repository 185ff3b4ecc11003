#pragma once

namespace health_dp::ledger::settings {

extern int charge_timeout;      // milliseconds a session waits for its charge
extern int worker_idle_timeout; // seconds a worker stays without work
extern int failure_limit;       // failed charges that suspend a project; 0 means never
extern int executions_per_day;  // of a login role, over all projects; 0 means without limit
extern int failures_per_day;    // of a login role, after which it has no further charge that day; 0 likewise

void define();

} // namespace health_dp::ledger::settings
