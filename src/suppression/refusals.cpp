#include "core/suppression/amounts.hpp"
#include "core/suppression/naming.hpp"
#include "core/suppression/rates.hpp"
#include "core/suppression/sum_codes.hpp"

#include "suppression/refusals.hpp"

#include "postgres/boundary.hpp"
#include "postgres/errors.hpp"

#include <algorithm>

namespace health_dp::suppression {

namespace {

constexpr const char* kSumsHint =
    "Totals are those of the cells below them, over all cells: a HAVING, a rounding or a "
    "filter of its own breaks that. "
    "Where patients can be under several codes, call the dimension overlapping. Codes that "
    "cross (0-14 and 0-17) take two hierarchies.";

constexpr const char* kRatesHint =
    "Totals are those of the cells below them. A rate, a mean or a percentage is no sum: "
    "give numerator and denominator as measures, and compute it from what is shown. "
    "Where patients can be under several codes, call the dimension overlapping.";

std::string name_of_table(const Definition& definition, const Assembled& assembled, CellNumber cell) {
    for (std::size_t table = 0; table < assembled.shown_in.size(); ++table) {
        const std::vector<CellNumber>& cells = assembled.shown_in[table];
        if (std::find(cells.begin(), cells.end(), cell) != cells.end())
            return definition.tables[table].name;
    }
    return "";
}

std::string words_for(const Definition& definition, const Assembled& assembled, CellNumber place) {
    return name_of_cell(definition, [&](std::size_t dimension) {
        const Position position = position_of(assembled, dimension, assembled.tables.key(place));
        return position.code == 0 ? std::string(kAllCodes)
                                  : assembled.labels[position.dimension][position.code].value_or("NULL");
    });
}

// As an element of an array that stands in quotes.
std::string array_element(const std::string& text) {
    std::string element = "\"";
    for (const char c : text) {
        if (c == '"' || c == '\\')
            element += '\\';
        element += c;
        if (c == '\'')
            element += c;
    }
    element += '"';
    const bool plain = std::all_of(text.begin(), text.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
               (c & 0x80) != 0;
    });
    return plain && text != "NULL" && text != "null" ? text : element;
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
    const std::string cell = words_for(definition, assembled, place);
    const bool given = !assembled.tables.is_unseen(place) && assembled.known[place];
    const std::string detail = given ? "Table \"" + name_of_table(definition, assembled, place) + "\", measure \"" +
                                           measure.name + "\": " + value + " where the cells below it make " + others +
                                           ", at " + cell + "."
                                     : "Measure \"" + measure.name + "\": some cells make it " + value +
                                           " and others " + others + ", at " + cell + ", which no table shows.";
    // Counts are no rates.
    const bool may_be_rate = breach->total % measures != 0 && !measure.units;
    postgres::throw_sql_error(sqlstate::kDoesNotAddUp, error.message, may_be_rate ? kRatesHint : kSumsHint,
                              detail.c_str());
}

void refuse_cell(int sqlstate, const char* message, const char* hint, const Definition& definition,
                 const Assembled& assembled, CellNumber cell, const MeasureSpec* measure) {
    const std::string column = measure == nullptr ? "" : ", column \"" + measure->name + "\"";
    const std::string detail = "In table \"" + name_of_table(definition, assembled, cell) + "\"" + column + ", at " +
                               words_for(definition, assembled, cell) + ".";
    postgres::throw_sql_error(sqlstate, message, hint, detail.c_str());
}

void look_for_twins(const Definition& definition, const Assembled& assembled) {
    const std::optional<Twins> twins = find_twins(definition, assembled);
    if (!twins.has_value())
        return;
    const std::string detail = "Dimensions \"" + definition.dimensions[twins->one].name + "\" and \"" +
                               definition.dimensions[twins->other].name + "\", code \"" + twins->code +
                               "\" and all others that both have.";
    postgres::throw_sql_error(sqlstate::kTotalAsCode, "two dimensions have the same codes with the same numbers",
                              "Readers tie them, so it is one dimension. Where it is grouped in two ways, give it both "
                              "hierarchies: \"hierarchy\": [\"ref.region\", \"ref.territory\"]. Where they are two "
                              "things, give their codes different names.",
                              detail.c_str());
}

void look_for_rates(const Definition& definition, const Assembled& assembled) {
    const std::optional<Rate> rate = find_rate(definition, assembled);
    if (!rate.has_value())
        return;
    const std::string measure = "Measure \"" + definition.measures[rate->measure].name + "\"";
    const std::string detail = rate->kind == Rate::Kind::share
                                   ? measure + ": a hundred per cent, but for rounding, in each line of dimension \"" +
                                         definition.dimensions[rate->dimension].name + "\"."
                                   : measure + ": the same multiple of \"" + definition.measures.front().name +
                                         "\" in each cell, but for rounding.";
    postgres::throw_sql_error(
        sqlstate::kBadTable, "a measure is a rate or a share, and no sum",
        "It would tell what hidden cells add up to. Take it out of the measures and compute it from "
        "what is shown, such as 100.0 * patients / total.",
        detail.c_str());
}

void look_for_sum_codes(const Definition& definition, const Assembled& assembled) {
    const std::optional<SumCode> found = find_sum_code(definition, assembled);
    if (!found.has_value())
        return;
    std::string totals;
    std::string groupings;
    for (std::size_t i = 0; i < definition.dimensions.size(); ++i) {
        const bool here = i == found->dimension;
        const DimensionSpec& spec = definition.dimensions[i];
        totals += (i > 0 ? "," : "") + (here                     ? array_element(found->code)
                                        : spec.total.has_value() ? array_element(*spec.total)
                                                                 : "NULL");
        groupings += std::string(i > 0 ? "," : "") + (here ? "g" : spec.grouping.empty() ? "NULL" : spec.grouping);
    }
    const std::string detail =
        "Dimension \"" + definition.dimensions[found->dimension].name + "\", code \"" + found->code + "\": " +
        (found->lines > 0 ? "the other codes' cells add up to its own wherever all are known, lines: " +
                                std::to_string(found->lines) + "."
                          : "it is called a total, and nothing that is known speaks against it.");
    const std::string hint =
        "Where it is the total: totals => '{" + totals +
        "}', in suppress_tables() \"total\". Where it is a code of its own, say of each row whether it is a "
        "total: groupings => '{" +
        groupings + "}', with grouping(...) AS g or 0 AS g.";
    postgres::throw_sql_error(sqlstate::kTotalAsCode,
                              "a code is the sum of the other codes, and not said to be the total", hint.c_str(),
                              detail.c_str());
}

} // namespace health_dp::suppression
