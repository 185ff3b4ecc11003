// The order in which results list their cells: as people of the database's language sort codes.
#pragma once

#include "core/suppression/definition.hpp"

#include "suppression/solving.hpp"

#include <cstddef>
#include <vector>

namespace health_dp::suppression {

// The cells of a table by its dimensions' codes, first dimension first: by the database's collation, whole numbers by
// their value, NULL that is a code last; a code of a hierarchy behind those below it, and the total behind all.
// Nothing of it depends on a cell's value, or on what is hidden. Within entry() only.
std::vector<CellNumber> in_reading_order(const Assembled& assembled, const TableSpec& spec, std::size_t table);

} // namespace health_dp::suppression
