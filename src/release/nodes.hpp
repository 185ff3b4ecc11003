// The plan nodes of releases.
#pragma once

#include "postgres/api.hpp"

namespace health_dp::release {

const CustomScanMethods* release_scan_methods();
const CustomScanMethods* bound_scan_methods();
const CustomScanMethods* suppressed_scan_methods();

} // namespace health_dp::release
