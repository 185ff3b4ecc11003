// A solver's patience in a backend: it ends with the statement's cancel, and with health_dp.suppression_time_limit.
#pragma once

#include "core/suppression/patience.hpp"

#include "postgres/api.hpp"

namespace health_dp::suppression {

class BackendPatience final : public Patience {
  public:
    BackendPatience();

    // Within entry() only: a cancel passes as a PostgresError, the end of time as the error kNoSafePattern.
    Verdict look() override;

  private:
    TimestampTz finish_;
    TimestampTz end_;
};

} // namespace health_dp::suppression
