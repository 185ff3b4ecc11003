// Which columns a result has: those of the caller's column definition list, or those of a table or view whose row type
// he gave (NULL::counted), so that he types none.
#pragma once

#include "core/suppression/definition.hpp"

#include "postgres/api.hpp"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace health_dp::suppression {

// What a column of the result shows: `number` is that of the definition's dimension or measure.
struct ResultColumn {
    enum class Shows : std::uint8_t { nothing, code, grouping, amount, hidden };
    Shows shows = Shows::nothing;
    std::size_t number = 0;
};

// The table or view of which the first argument is a typed NULL: a query of all of it, and its name. kBadDefinition
// where it is anything else. Plain data; an ereport is all that can go wrong.
struct RowSource {
    const char* query;
    const char* name;
};
RowSource row_source_of(FunctionCallInfo fcinfo);

// Raises kBadDefinition where the call stands where no row type is known: in a SELECT list.
void require_from(FunctionCallInfo fcinfo, const char* function);

// Within entry() only. By place: kBadDefinition unless the column definition list has the dimensions, the measures, and
// `hidden` if that is wanted.
std::vector<ResultColumn> columns_by_place(FunctionCallInfo fcinfo, const Definition& definition, bool with_hidden);

// By name: kBadDefinition unless the row type has all dimensions and measures, and beside them nothing but grouping
// columns, and `hidden` if that is wanted, a boolean.
std::vector<ResultColumn> columns_by_name(FunctionCallInfo fcinfo, const Definition& definition, bool with_hidden);

} // namespace health_dp::suppression
