// Shows again what is hidden without need.
#pragma once

#include "core/pure.hpp"

#include "core/suppression/persuasion.hpp"

namespace health_dp::suppression {

// Takes cells that are hidden for others' sake out of the pattern, the dearest first, while the evidence can be mended
// without them. `evidence` must persuade of every demand under the pattern, and does so afterwards. Stops early when
// time is up; false when abandoned.
bool prune(const System& system, Evidence& evidence, Patience& patience, Pattern& pattern);

} // namespace health_dp::suppression
