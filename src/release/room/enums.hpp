// The enums that a request names.
#pragma once

#include "postgres/api.hpp"

namespace health_dp::release {

// Reads what PostgreSQL knows of the order of the enums in these queries. It would do so at the first comparison that a
// row asks for, and whether a page of its catalogue was read is seen by whoever has dead rows on it [C26]. Returns
// whether there are any: other processes would each read for themselves.
bool load_enums(List* queries);

} // namespace health_dp::release
