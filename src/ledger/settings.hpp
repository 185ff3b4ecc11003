#pragma once

namespace health_dp::ledger::settings {

extern int charge_timeout;      // milliseconds a session waits for its charge
extern int worker_idle_timeout; // seconds a worker stays without work
extern int failure_limit;       // failed charges that suspend a project; 0 means never

void define();

} // namespace health_dp::ledger::settings
