// Plans a query as PostgreSQL does, changes fields of the plan, and has the grammar of releases look at it:
// SELECT plan_check(query, changes, number), where changes are those of set_fields().
#include "../room_request/mutate.hpp"

#include "postgres/api.hpp"
#include "release/grammar/grammar.hpp"

extern "C" {
HDP_EXPORT const Pg_magic_struct* Pg_magic_func(void);
PG_MODULE_MAGIC;
}

namespace {

using namespace health_dp;

const CustomScanMethods kNode = {"plan_check", nullptr};
const CustomScanMethods kOther = {"plan_check other", nullptr};

PlannedStmt* plan(const char* text) {
    RawStmt* raw = linitial_node(RawStmt, raw_parser(text, RAW_PARSE_DEFAULT));
    ParseState* state = make_parsestate(nullptr);
    state->p_sourcetext = text;
    return standard_planner(transformTopLevelStmt(state, raw), text, CURSOR_OPT_PARALLEL_OK, nullptr);
}

// A node of an extension's in place of the plan, whose rows have the plan's columns.
void replace_by_custom(PlannedStmt* statement, const CustomScanMethods* methods) {
    auto* scan = makeNode(CustomScan);
    scan->custom_scan_tlist = statement->planTree->targetlist;
    scan->methods = methods;
    statement->planTree = reinterpret_cast<Plan*>(scan);
}

} // namespace

HDP_FUNCTION(plan_check) {
    PlannedStmt* statement = plan(text_to_cstring(PG_GETARG_TEXT_PP(0)));
    char* changes = text_to_cstring(PG_GETARG_TEXT_PP(1));
    if (changes[0] == ':')
        statement = castNode(PlannedStmt, static_cast<Node*>(stringToNode(
                                              set_fields(nodeToString(statement), changes, PG_GETARG_INT32(2)))));
    if (strcmp(changes, "own") == 0)
        replace_by_custom(statement, &kNode);
    if (strcmp(changes, "foreign") == 0)
        replace_by_custom(statement, &kOther);
    const CustomScanMethods* const own[] = {&kNode};
    release::grammar::check_plan(statement, {own, 1});
    PG_RETURN_TEXT_P(cstring_to_text("as it should be"));
}
