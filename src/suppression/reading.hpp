// Cells and hierarchies from the caller's own queries, which run with the caller's own privileges and change nothing.
#pragma once

#include "core/suppression/assembly.hpp"

namespace health_dp::suppression {

// Within entry() only. Errors: kBadTable, and whatever the queries raise.
void read_tables(const Definition& definition, Assembly& assembly);

} // namespace health_dp::suppression
