// The plan node of a differentially private release.
#pragma once

#include "postgres/api.hpp"

namespace health_dp::release {

const CustomScanMethods* release_scan_methods();

} // namespace health_dp::release
