// SQL functions that suppress small cells of any query's result, and audit what others suppressed.
#include "core/suppression/definition.hpp"

#include "suppression/record.hpp"
#include "suppression/solving.hpp"

#include "postgres/boundary.hpp"
#include "sql_functions/suppression_arguments.hpp"
#include "sql_functions/suppression_rows.hpp"

using namespace health_dp;
using namespace health_dp::suppression;

namespace {

using ColumnsOf = std::vector<ResultColumn> (*)(FunctionCallInfo, const Definition&, bool);

RowSource asked_text(FunctionCallInfo fcinfo) { return {text_argument(fcinfo, 0), "table"}; }

Datum suppressed_rows(FunctionCallInfo fcinfo, Arguments arguments, ColumnsOf columns_of) {
    InitMaterializedSRF(fcinfo, MAT_SRF_USE_EXPECTED_DESC);
    arguments.builds_margins = !PG_ARGISNULL(11) && PG_GETARG_BOOL(11);
    postgres::entry([&] {
        const Definition definition = definition_of(arguments);
        const std::vector<ResultColumn> columns = columns_of(fcinfo, definition, true);
        const Suppressed suppressed = suppress(definition);
        record_suppression("suppress_table", definition, suppressed);
        put_record_rows(fcinfo, definition, shown_by(suppressed, definition), columns);
    });
    return Datum{0};
}

Datum rounded_rows(FunctionCallInfo fcinfo, RowSource source, ColumnsOf columns_of) {
    InitMaterializedSRF(fcinfo, MAT_SRF_USE_EXPECTED_DESC);
    Arguments arguments = {};
    arguments.source = source;
    arguments.dimensions = texts_argument(fcinfo, 1);
    arguments.measures = texts_argument(fcinfo, 2);
    const Amount base = PG_ARGISNULL(3) ? 0 : PG_GETARG_INT64(3);
    arguments.hierarchies = texts_argument(fcinfo, 4);
    arguments.totals = texts_argument(fcinfo, 5);
    arguments.groupings = texts_argument(fcinfo, 6);
    arguments.overlapping = texts_argument(fcinfo, 7);
    arguments.builds_margins = !PG_ARGISNULL(8) && PG_GETARG_BOOL(8);
    arguments.policy = arguments.project = arguments.hidden = "";
    postgres::entry([&] {
        const Definition definition = definition_of(arguments, Follows::nothing);
        const std::vector<ResultColumn> columns = columns_of(fcinfo, definition, false);
        const RoundedTables rounded = health_dp::suppression::round(definition, base);
        record_rounding("round_table", definition, rounded.assembled, base);
        put_record_rows(fcinfo, definition, shown_by(rounded), columns);
    });
    return Datum{0};
}

} // namespace

// suppress_table(query text, dimensions text[], measures text[], policy name, project name, hierarchies text[], totals
// text[], groupings text[], overlapping text[], revealing text[], units text[], build_margins boolean) returns setof
// record
HDP_FUNCTION(hdp_suppression_table) {
    require_from(fcinfo, "suppress_table");
    return suppressed_rows(fcinfo, arguments_of(fcinfo, asked_text(fcinfo)), columns_by_place);
}

// suppress_table(source anyelement, as above) returns setof anyelement
HDP_FUNCTION(hdp_suppression_table_of) {
    const RowSource source = row_source_of(fcinfo);
    return suppressed_rows(fcinfo, arguments_of(fcinfo, source), columns_by_name);
}

// suppress_tables(definition jsonb) returns (table_name text, codes text[], totals boolean[], shown numeric[], hidden
// boolean)
HDP_FUNCTION(hdp_suppression_tables) {
    InitMaterializedSRF(fcinfo, 0);
    const char* json = json_argument(fcinfo);
    postgres::entry([&] {
        const Definition definition = definition_of(json);
        const Suppressed suppressed = suppress(definition);
        record_suppression("suppress_tables", definition, suppressed);
        put_joint_rows(fcinfo, definition, shown_by(suppressed, definition));
    });
    return Datum{0};
}

// round_table(query text, dimensions text[], measures text[], base bigint, hierarchies text[], totals text[], groupings
// text[], overlapping text[], build_margins boolean) returns setof record
HDP_FUNCTION(hdp_suppression_round_table) {
    require_from(fcinfo, "round_table");
    return rounded_rows(fcinfo, asked_text(fcinfo), columns_by_place);
}

// round_table(source anyelement, as above) returns setof anyelement
HDP_FUNCTION(hdp_suppression_round_table_of) {
    const RowSource source = row_source_of(fcinfo);
    return rounded_rows(fcinfo, source, columns_by_name);
}

// round_tables(definition jsonb, base bigint) returns (table_name text, codes text[], totals boolean[], rounded
// numeric[])
HDP_FUNCTION(hdp_suppression_round_tables) {
    InitMaterializedSRF(fcinfo, 0);
    const char* json = json_argument(fcinfo);
    const Amount base = PG_GETARG_INT64(1);
    postgres::entry([&] {
        const Definition definition = definition_of(json, Follows::nothing);
        const RoundedTables rounded = health_dp::suppression::round(definition, base);
        record_rounding("round_tables", definition, rounded.assembled, base);
        put_joint_rows(fcinfo, definition, shown_by(rounded));
    });
    return Datum{0};
}

// audit_table(as suppress_table, but hidden name instead of build_margins) returns (codes text[], measure text, lowest
// numeric, highest numeric, safe boolean, why text)
HDP_FUNCTION(hdp_suppression_audit_table) {
    InitMaterializedSRF(fcinfo, 0);
    Arguments arguments = arguments_of(fcinfo, asked_text(fcinfo));
    arguments.hidden = name_argument(fcinfo, 11);
    postgres::entry([&] {
        const Definition definition = definition_of(arguments);
        put_verdicts(fcinfo, definition, review(definition), false);
    });
    return Datum{0};
}

// audit_tables(definition jsonb) returns (table_name text, and as audit_table)
HDP_FUNCTION(hdp_suppression_audit_tables) {
    InitMaterializedSRF(fcinfo, 0);
    const char* json = json_argument(fcinfo);
    postgres::entry([&] {
        const Definition definition = definition_of(json);
        put_verdicts(fcinfo, definition, review(definition), true);
    });
    return Datum{0};
}
