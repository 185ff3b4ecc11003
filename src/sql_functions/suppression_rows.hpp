// The rows that the SQL functions of suppression return.
#pragma once

#include "core/suppression/definition.hpp"

#include "suppression/solving.hpp"

#include "postgres/errors.hpp"
#include "sql_functions/suppression_columns.hpp"

#include <functional>
#include <optional>
#include <vector>

namespace health_dp::suppression {

// What a result shows: of each cell a number for each measure, or nothing.
struct Shown {
    const Assembled& assembled;
    std::function<std::optional<Amount>(CellNumber, std::size_t)> amount;
    const Pattern* hidden; // a last column says so; null for none
};

// Of results that live longer. Counts of persons and units are rounded where the policy says so.
Shown shown_by(const Suppressed& suppressed, const Definition& definition);
Shown shown_by(const RoundedTables& rounded);

// One table, a row for each cell: in any types that read texts.
void put_record_rows(FunctionCallInfo fcinfo, const Definition& definition, const Shown& shown,
                     const std::vector<ResultColumn>& columns);
// table_name, codes, totals, numbers, and hidden where the result has such a column.
void put_joint_rows(FunctionCallInfo fcinfo, const Definition& definition, const Shown& shown);
// [table_name,] codes, measure, lowest, highest, safe, why.
void put_verdicts(FunctionCallInfo fcinfo, const Definition& definition, const Reviewed& reviewed, bool with_name);

} // namespace health_dp::suppression
