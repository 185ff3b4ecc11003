#include "core/suppression/amounts.hpp"
#include "core/suppression/naming.hpp"

#include "suppression/refusals.hpp"

#include "postgres/boundary.hpp"
#include "postgres/errors.hpp"

#include <algorithm>

namespace health_dp::suppression {

namespace {

constexpr const char* kSumsHint = "Totals are those of the cells below them, over all cells: a HAVING, a rounding or a "
                                  "filter of its own breaks that. "
                                  "Where patients can be under several codes, call the dimension overlapping.";

std::string name_of_table(const Definition& definition, const Assembled& assembled, CellNumber cell) {
    for (std::size_t table = 0; table < assembled.shown_in.size(); ++table) {
        const std::vector<CellNumber>& cells = assembled.shown_in[table];
        if (std::find(cells.begin(), cells.end(), cell) != cells.end())
            return definition.tables[table].name;
    }
    return "";
}

} // namespace

void refuse(const core::Error& error, const std::string& about) {
    switch (error.code) {
    case core::ErrorCode::interrupted:
    case core::ErrorCode::too_costly:
        postgres::throw_sql_error(sqlstate::kNoSafePattern, error.message,
                                  "Nothing was published. Ask for fewer cells, or raise "
                                  "health_dp.suppression_time_limit.");
    default:
        postgres::throw_sql_error(sqlstate::kDoesNotAddUp, error.message, kSumsHint,
                                  about.empty() ? "" : ("The " + about + ".").c_str());
    }
}

void refuse_values(const core::Error& error, const std::optional<Breach>& breach, const Definition& definition,
                   const Assembled& assembled) {
    const std::size_t measures = definition.measures.size();
    if (!breach.has_value() || breach->total >= assembled.tables.places() * measures)
        refuse(error);
    const auto place = static_cast<CellNumber>(breach->total / measures);
    const MeasureSpec& measure = definition.measures[breach->total % measures];
    const std::string value = print_amount(breach->value, measure.decimals);
    const std::string others = print_amount(breach->others, measure.decimals);
    const std::string cell =
        name_of_cell(definition, assembled.tables.key(place),
                     [&](std::size_t dimension, CodeNumber code) { return assembled.labels[dimension][code]; });
    const bool given = !assembled.tables.is_unseen(place) && assembled.known[place];
    const std::string detail = given ? "Table \"" + name_of_table(definition, assembled, place) + "\", measure \"" +
                                           measure.name + "\": " + value + " where the cells below it make " + others +
                                           ", at " + cell + "."
                                     : "Measure \"" + measure.name + "\": some cells make it " + value +
                                           " and others " + others + ", at " + cell + ", which no table shows.";
    postgres::throw_sql_error(sqlstate::kDoesNotAddUp, error.message, kSumsHint, detail.c_str());
}

} // namespace health_dp::suppression
