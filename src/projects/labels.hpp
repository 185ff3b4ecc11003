// What the steward's functions need of labels beyond catalogue.hpp.
#pragma once

#include "projects/catalogue.hpp"

namespace health_dp::projects {

// Judges a table label before it is written, its link's target included; errors as read_table_label().
void check_table_label(Oid relation, const char* text, TableLabel* label);

// The text of a table's label; null when it has none.
const char* table_label_text(Oid relation);

// Writes down which columns a table's label names, for labels that an older version wrote.
void record_label(Oid relation);

// The table a link leads to, by its label's text alone; InvalidOid where there is no link or no such table. Never
// errors, so that broken links can be listed.
Oid read_link_target(Oid relation);

} // namespace health_dp::projects
