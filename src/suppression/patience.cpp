#include "suppression/patience.hpp"

#include "postgres/boundary.hpp"
#include "postgres/errors.hpp"
#include "suppression/settings.hpp"

namespace health_dp::suppression {

BackendPatience::BackendPatience() {
    const TimestampTz now = GetCurrentTimestamp();
    const int64 limit = int64{time_limit_seconds()} * USECS_PER_SEC;
    finish_ = now + limit / 2;
    end_ = now + limit;
}

Patience::Verdict BackendPatience::look() {
    postgres::call([] { CHECK_FOR_INTERRUPTS(); });
    const TimestampTz now = GetCurrentTimestamp();
    if (now >= end_)
        postgres::throw_sql_error(sqlstate::kNoSafePattern, "suppression took longer than its time limit",
                                  "Ask for fewer cells, or raise health_dp.suppression_time_limit.");
    return now >= finish_ ? Verdict::finish : Verdict::go_on;
}

} // namespace health_dp::suppression
