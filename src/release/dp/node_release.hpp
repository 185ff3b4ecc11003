// The plan node of a differentially private release. Runs in a room only.
#pragma once

#include "postgres/api.hpp"
#include "release/plan/plan.hpp"

namespace health_dp::release {

struct Execution;

const CustomScanMethods* release_scan_methods();

// What can be refused before the charge: bounds that are none, more than can be bounded, noise beyond exact arithmetic
// (kBadBounds, kBadLimit, kScaleTooWide). The node judges once more. `bounds` are constants: lower, upper ...
void check_release(const Layout& layout, List* bounds, const Execution& execution);

} // namespace health_dp::release
