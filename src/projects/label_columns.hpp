// The columns that labels name, by their numbers.
#pragma once

#include "core/labels/labels.hpp"

#include "projects/catalogue.hpp"

namespace health_dp::projects {

// Writes down which columns the names of a label are now, in place of what was written of the relation before. Of a
// link, those of its target as well, or, where there is no such table yet (a dump restores labels in no order), that
// they are to be written when it gets its own label, which the same function then sees to. Null: the relation has no
// label any more.
void record_columns(Oid relation, const core::labels::TableLabel* label);

// Errors (kBadLabel) unless the columns of a label, as it reads now, are those that were written down.
void require_recorded_columns(Oid relation, const TableLabel& label);

} // namespace health_dp::projects
