// The leaf that stands in a statement's plan where a release was: it has nothing below it. The first row that anybody
// asks of any leaf sends one request with all of the statement's releases to a room; what comes back is kept.
#include "release/session/asking.hpp"
#include "release/session/question.hpp"

#include "postgres/errors.hpp"
#include "postgres/trees.hpp"

namespace health_dp::release {

namespace {

// Constants, so that the plan around a leaf tells nothing of what is behind it [C26].
constexpr Cost kLeafCost = 10000;

List* planned_questions = NIL;

CustomPathMethods path_methods;

const Question* find_question(const RangeTblEntry* entry) {
    // What somebody has written has an alias.
    if (entry->rtekind != RTE_FUNCTION || entry->alias != nullptr || list_length(entry->functions) != 1 ||
        planned_questions == NIL)
        return nullptr;
    const auto* function = linitial_node(RangeTblFunction, entry->functions);
    if (function->funcexpr == nullptr || !IsA(function->funcexpr, FuncExpr))
        return nullptr;
    const auto* call = castNode(FuncExpr, function->funcexpr);
    const char* name = own_name(call->funcid);
    if (name == nullptr || strcmp(name, "release_rows") != 0)
        return nullptr;
    // A call that somebody wrote into a function of their own, which the planner put in this place, names a question of
    // this statement at best, and must have its columns.
    auto* index = static_cast<Node*>(linitial(call->args));
    if (!IsA(index, Const) || castNode(Const, index)->constisnull)
        return nullptr;
    const int number = DatumGetInt32(castNode(Const, index)->constvalue);
    if (number < 0 || number >= list_length(planned_questions))
        return nullptr;
    const auto* question = static_cast<Question*>(list_nth(planned_questions, number));
    if (!equal(question->types, function->funccoltypes) || list_length(call->args) != list_length(question->values) + 1)
        return nullptr;
    return question;
}

Plan* plan_leaf(PlannerInfo*, RelOptInfo* relation, CustomPath* path, List* targets, List* clauses, List*) {
    auto* scan = makeNode(CustomScan);
    scan->scan.plan.targetlist = targets;
    scan->scan.plan.qual = extract_actual_clauses(clauses, false);
    scan->scan.scanrelid = 0;
    scan->flags = path->flags;
    scan->custom_private = static_cast<List*>(linitial(path->custom_private));
    scan->custom_exprs = static_cast<List*>(lsecond(path->custom_private));
    auto* columns = static_cast<List*>(lthird(path->custom_private));
    AttrNumber number = 0;
    ListCell* cell;
    foreach (cell, columns) {
        auto* column = postgres::copy(lfirst_node(Var, cell));
        column->varno = static_cast<int>(relation->relid);
        scan->custom_scan_tlist = lappend(scan->custom_scan_tlist,
                                          makeTargetEntry(reinterpret_cast<Expr*>(column), ++number, nullptr, false));
    }
    scan->custom_relids = bms_copy(relation->relids);
    scan->methods = leaf_scan_methods();
    return &scan->scan.plan;
}

} // namespace

List* exchange_questions(List* questions) {
    List* before = planned_questions;
    planned_questions = questions;
    return before;
}

void add_leaf_path(PlannerInfo*, RelOptInfo* relation, RangeTblEntry* entry) {
    const Question* question = find_question(entry);
    if (question == nullptr)
        return;
    const auto* call = castNode(FuncExpr, linitial_node(RangeTblFunction, entry->functions)->funcexpr);
    List* columns = NIL;
    AttrNumber number = 0;
    ListCell *type, *typmod, *collation;
    forthree(type, question->types, typmod, question->typmods, collation, question->collations) columns =
        lappend(columns, makeVar(1, ++number, lfirst_oid(type), lfirst_int(typmod), lfirst_oid(collation), 0));
    auto* path = makeNode(CustomPath);
    path->path.pathtype = T_CustomScan;
    path->path.parent = relation;
    path->path.pathtarget = relation->reltarget;
    path->path.rows = relation->rows;
    path->path.startup_cost = path->path.total_cost = kLeafCost;
    path->flags = CUSTOMPATH_SUPPORT_PROJECTION;
    path->custom_private = list_make3(describe_leaf(*question), list_copy_tail(postgres::copy(call->args), 1), columns);
    path->methods = &path_methods;
    relation->pathlist = NIL;
    relation->partial_pathlist = NIL;
    add_path(relation, &path->path);
}

bool is_leaf(const Plan* plan) {
    return IsA(plan, CustomScan) && reinterpret_cast<const CustomScan*>(plan)->methods == leaf_scan_methods();
}

void register_leaf() {
    path_methods.CustomName = kLeafNode;
    path_methods.PlanCustomPath = plan_leaf;
    RegisterCustomScanMethods(leaf_scan_methods());
}

} // namespace health_dp::release

// Stands in a statement's range table while it is planned, and never runs.
HDP_FUNCTION(hdp_release_rows) {
    ereport(ERROR, (errcode(health_dp::sqlstate::kUnsupported),
                    errmsg("release_rows() is the planner's own and cannot be called"),
                    errhint("Ask with dp_count, dp_sum or dp_avg.")));
    PG_RETURN_NULL();
}
