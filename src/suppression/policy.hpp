// Policies of suppression as the catalogue has them, read directly (no SQL, no privileges needed). Plain data only;
// errors are ereports.
#pragma once

#include "core/suppression/policy.hpp"

#include "postgres/api.hpp"

namespace health_dp::suppression {

struct StoredPolicy {
    NameData name;         // empty: a project's own min_cell, and nothing else
    Policy policy;         // without its name, which would point somewhere
    int32 noise_deviation; // 0: without noise
    double noise_variance;
};
static_assert(std::is_trivially_copyable_v<StoredPolicy>);

// Raises kUnknownPolicy. Reads what is committed now; fit for parallel mode.
StoredPolicy read_policy(const char* name);

// What the project uses: the policy that was set for it, where the project's min_cell raises the number of patients, or
// a policy of min_cell patients and core's defaults. Raises kUnknownProject where there is none of this number.
StoredPolicy read_project_policy(int32 project_id);

} // namespace health_dp::suppression
