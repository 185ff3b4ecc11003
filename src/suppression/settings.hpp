// How long suppression may take.
#pragma once

namespace health_dp::suppression {

// Defines health_dp.suppression_time_limit. Called once, from _PG_init, in the postmaster only.
void define_settings();

int time_limit_seconds();

} // namespace health_dp::suppression
