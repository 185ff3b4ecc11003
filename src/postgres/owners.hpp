// Whose an object is.
#pragma once

#include "postgres/api.hpp"

namespace health_dp::postgres {

// The object must exist.
Oid owner_of(Oid relation);
Oid owner_of_schema(Oid schema);

} // namespace health_dp::postgres
