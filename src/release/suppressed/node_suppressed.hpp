// The plan node of a suppressed release.
#pragma once

#include "postgres/api.hpp"

namespace health_dp::release {

const CustomScanMethods* suppressed_scan_methods();

} // namespace health_dp::release
