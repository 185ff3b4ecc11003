#include "suppression/settings.hpp"

#include "postgres/api.hpp"

namespace health_dp::suppression {

namespace {

constexpr int kDefaultSeconds = 300;
int time_limit = kDefaultSeconds;

} // namespace

void define_settings() {
    DefineCustomIntVariable("health_dp.suppression_time_limit",
                            "How long one suppression or audit may take before it fails.",
                            "After half of it, no cheaper pattern is sought any more.", &time_limit, kDefaultSeconds, 1,
                            86400, PGC_USERSET, GUC_UNIT_S, nullptr, nullptr, nullptr);
}

int time_limit_seconds() { return time_limit; }

} // namespace health_dp::suppression
