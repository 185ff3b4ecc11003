// Which row of a table a row of a suppressed release stands for.
#pragma once

#include "postgres/api.hpp"

namespace health_dp::release {

// Refuses, for a release that counts or adds up rows, whatever lets its author choose how many rows a patient brings:
// with weights of his own he reads small groups off the digits of a large number. So every row is one of one table,
// beside which the others are looked up; and each condition and key looks at one column of such rows and at nothing
// else, or at what there is once for a patient. Counts of patients need none of this. `keys`: the first so many columns
// of the block.
void check_row_origin(Query* query, int keys);

} // namespace health_dp::release
