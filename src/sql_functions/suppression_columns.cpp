#include "sql_functions/suppression_columns.hpp"

#include "postgres/boundary.hpp"
#include "postgres/errors.hpp"
#include "sql_functions/suppression_arguments.hpp"

#include <cstring>
#include <string>

namespace health_dp::suppression {

namespace {

using Shows = ResultColumn::Shows;

constexpr const char* kHidden = "hidden";

ReturnSetInfo* result_of(FunctionCallInfo fcinfo) { return reinterpret_cast<ReturnSetInfo*>(fcinfo->resultinfo); }

bool is_relation_with_rows(Oid relation) {
    if (!OidIsValid(relation))
        return false;
    const char kind = get_rel_relkind(relation);
    return kind == RELKIND_RELATION || kind == RELKIND_VIEW || kind == RELKIND_MATVIEW ||
           kind == RELKIND_FOREIGN_TABLE || kind == RELKIND_PARTITIONED_TABLE;
}

// "patients integer, region text" would have each under the other one's name.
void require_order(TupleDesc columns, const Definition& definition) {
    std::vector<const char*> names;
    for (const DimensionSpec& dimension : definition.dimensions)
        names.push_back(dimension.name.c_str());
    for (const MeasureSpec& measure : definition.measures)
        names.push_back(measure.name.c_str());
    for (std::size_t i = 0; i < names.size(); ++i)
        for (std::size_t other = 0; other < names.size(); ++other)
            if (other != i && strcmp(NameStr(TupleDescAttr(columns, i)->attname), names[other]) == 0)
                refuse_definition(("column \"" + std::string(names[other]) +
                                   "\" of the column definition list is in another place than among the dimensions "
                                   "and measures")
                                      .c_str(),
                                  "First the dimensions, as they were named, then the measures: these are columns by "
                                  "their place.");
}

[[noreturn]] void refuse_column(const char* name) {
    const std::string message =
        "column \"" + std::string(name) + "\" is neither a dimension nor a measure, so nothing would protect it";
    refuse_definition(message.c_str(), "Name it among the dimensions or the measures, or take it out: CREATE TEMPORARY "
                                       "VIEW ... AS SELECT without it. Rates, means and percentages are computed from "
                                       "what is shown.");
}

void require_column(bool found, const char* kind, const std::string& name) {
    if (!found)
        refuse_definition((std::string(kind) + " \"" + name + "\" is no column of the table or view").c_str(),
                          "Spell it as \\d shows it; capital letters count.");
}

} // namespace

RowSource row_source_of(FunctionCallInfo fcinfo) {
    const Oid type = get_fn_expr_argtype(fcinfo->flinfo, 0);
    const Oid relation = OidIsValid(type) ? get_typ_typrelid(type) : InvalidOid;
    if (!PG_ARGISNULL(0) || !is_relation_with_rows(relation))
        ereport(ERROR, (errcode(sqlstate::kBadDefinition),
                        errmsg("the first argument is neither a query's text nor a table or view as NULL::name"),
                        errhint("CREATE TEMPORARY VIEW counted AS SELECT ...; then FROM "
                                "health_dp.suppress_table(NULL::counted, '{region,age}', '{patients}', ...).")));
    const char* name = get_rel_name(relation);
    const char* schema = get_namespace_name(get_rel_namespace(relation));
    return {psprintf("SELECT * FROM %s", quote_qualified_identifier(schema, name)), name};
}

void require_from(FunctionCallInfo fcinfo, const char* function) {
    const ReturnSetInfo* result = result_of(fcinfo);
    if (result == nullptr || !IsA(result, ReturnSetInfo) || result->expectedDesc == nullptr)
        ereport(ERROR, (errcode(sqlstate::kBadDefinition), errmsg("%s() gives a table, and stands in FROM", function),
                        errhint("SELECT * FROM health_dp.%s(NULL::counted, ...) for a table or view \"counted\"; for a "
                                "query's text with AS t(region text, age text, patients bigint, ...) behind it.",
                                function)));
}

std::vector<ResultColumn> columns_by_place(FunctionCallInfo fcinfo, const Definition& definition, bool with_hidden) {
    const TupleDesc expected = result_of(fcinfo)->setDesc;
    std::vector<ResultColumn> columns;
    for (std::size_t i = 0; i < definition.dimensions.size(); ++i)
        columns.push_back({Shows::code, i});
    for (std::size_t i = 0; i < definition.measures.size(); ++i)
        columns.push_back({Shows::amount, i});
    if (with_hidden)
        columns.push_back({Shows::hidden, 0});
    if (static_cast<std::size_t>(expected->natts) == columns.size()) {
        require_order(expected, definition);
        return columns;
    }
    if (with_hidden)
        refuse_definition(
            "the column definition list has other columns than the dimensions, the measures and hidden",
            "As in: FROM health_dp.suppress_table(...) AS t(region text, age text, patients bigint, hidden boolean). "
            "None is needed for a table or view: suppress_table(NULL::counted, ...).");
    refuse_definition("the column definition list has other columns than the dimensions and the measures",
                      "As in: FROM health_dp.round_table(...) AS t(region text, age text, patients bigint). None is "
                      "needed for a table or view: round_table(NULL::counted, ...).");
}

std::vector<ResultColumn> columns_by_name(FunctionCallInfo fcinfo, const Definition& definition, bool with_hidden) {
    const TupleDesc expected = result_of(fcinfo)->setDesc;
    std::vector<ResultColumn> columns(static_cast<std::size_t>(expected->natts));
    std::vector<bool> dimensions(definition.dimensions.size(), false);
    std::vector<bool> measures(definition.measures.size(), false);
    for (std::size_t column = 0; column < columns.size(); ++column) {
        const FormData_pg_attribute* attribute = TupleDescAttr(expected, column);
        if (attribute->attisdropped)
            continue;
        const char* name = NameStr(attribute->attname);
        for (std::size_t i = 0; i < dimensions.size(); ++i) {
            if (definition.dimensions[i].grouping == name)
                columns[column] = {Shows::grouping, i};
            if (definition.dimensions[i].name == name) {
                columns[column] = {Shows::code, i};
                dimensions[i] = true;
            }
        }
        for (std::size_t i = 0; i < measures.size(); ++i)
            if (definition.measures[i].name == name) {
                columns[column] = {Shows::amount, i};
                measures[i] = true;
            }
        if (columns[column].shows == Shows::nothing && with_hidden && attribute->atttypid == BOOLOID &&
            strcmp(name, kHidden) == 0)
            columns[column] = {Shows::hidden, 0};
    }
    for (std::size_t i = 0; i < dimensions.size(); ++i)
        require_column(dimensions[i], "dimension", definition.dimensions[i].name);
    for (std::size_t i = 0; i < measures.size(); ++i)
        require_column(measures[i], "measure", definition.measures[i].name);
    for (std::size_t column = 0; column < columns.size(); ++column)
        if (columns[column].shows == Shows::nothing && !TupleDescAttr(expected, column)->attisdropped)
            refuse_column(NameStr(TupleDescAttr(expected, column)->attname));
    return columns;
}

} // namespace health_dp::suppression
