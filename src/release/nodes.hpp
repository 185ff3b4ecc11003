// The two plan nodes of a release.
#pragma once

#include "postgres/api.hpp"

namespace health_dp::release {

const CustomScanMethods* release_scan_methods();
const CustomScanMethods* bound_scan_methods();

} // namespace health_dp::release
