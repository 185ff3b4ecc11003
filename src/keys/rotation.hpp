// Rotations of columns in the background (src/install/91-rotation.sql).
#pragma once

#include "postgres/api.hpp"

namespace health_dp::keys::rotation {

// Has a worker run the rotation as the session's user, once this transaction commits. Raises where it asks for too
// many; the commit fails where no process can be had.
void launch(int64 rotation_id);

} // namespace health_dp::keys::rotation
