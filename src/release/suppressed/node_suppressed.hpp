// The plan node of a suppressed release. Runs in a room only.
#pragma once

#include "postgres/api.hpp"
#include "release/plan/plan.hpp"

namespace health_dp::release {

const CustomScanMethods* suppressed_scan_methods();

// What can be refused before the charge, whatever earlier releases were: rules of the project's policy that queries do
// not apply (kRuleUnsupported), bounds too far apart. The node judges once more. Returns the release's shape.
const SuppressedShape* check_suppressed_release(const Layout& layout, int32 project);

} // namespace health_dp::release
