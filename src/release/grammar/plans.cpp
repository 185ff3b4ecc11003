// The plans of a release: what is not listed here never runs. PostgreSQL's planner made them of a query that the
// grammar built; this looks whether it, or a planner of tomorrow, has put in what the grammar does not know.
#include "postgres/errors.hpp"
#include "release/grammar/rules.hpp"
#include "release/plan/aggregates.hpp"

namespace health_dp::release::grammar {

namespace {

struct Checking {
    const PlannedStmt* statement;
    OwnNodes own;
};

// Like the rules of queries; the node stays as it is.
#define PLAN(T) void check_##T([[maybe_unused]] const T* from, [[maybe_unused]] Checking* in)
#define CHECK(name, treatment) treatment(from->name, in)
#define CHECK_SINCE(version, name, treatment) HDP_SINCE_##version(CHECK(name, treatment))
#define CHECK_UNTIL(version, name, treatment) HDP_UNTIL_##version(CHECK(name, treatment))

[[noreturn]] void refuse_plan(const char* what) {
    ereport(ERROR, (errcode(sqlstate::kUnsafeExpression), errmsg_internal("the plan of a release holds %s", what)));
    pg_unreachable();
}

// ---- treatments

template <class T>
void any(const T&, Checking*) {}
template <class T>
void estimate(const T&, Checking*) {}
template <class T>
void nothing(const T& value, Checking*) {
    if (value != T{})
        refuse_plan("what a release has no need of");
}

void check_operator(Oid number) {
    if (number >= FirstNormalObjectId && own_name(get_opcode(number)) == nullptr)
        refuse_plan("an operator that is not PostgreSQL's own");
}

void operators(const List* list, Checking*) {
    const ListCell* cell;
    foreach (cell, list)
        check_operator(lfirst_oid(cell));
}

struct Counted {
    int count;
    void operator()(const Oid* numbers, Checking*) const {
        for (int i = 0; i < count; ++i)
            check_operator(numbers[i]);
    }
};
Counted counted(int count) { return {count}; }

// Of an access method that reads as PostgreSQL's own do.
void index(Oid number, Checking*) {
    HeapTuple tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(number));
    if (!HeapTupleIsValid(tuple))
        elog(ERROR, "cache lookup failed for index %u", number);
    const Oid method = reinterpret_cast<Form_pg_class>(GETSTRUCT(tuple))->relam;
    ReleaseSysCache(tuple);
    if (method >= FirstNormalObjectId)
        refuse_plan("an index of a method that is not PostgreSQL's own");
}

bool is_sub_plan(const SubPlan* plan, const Checking* in) {
    return plan->plan_id >= 1 && plan->plan_id <= list_length(in->statement->subplans);
}

// Calls of the planner's own making compare, for an index or a join.
bool compares(const OpExpr* call) {
    return (call->opno < FirstNormalObjectId || own_name(get_opcode(call->opno)) != nullptr) &&
           postgres::compares_in_index(call->opno);
}

bool check_calls(Node* node, void* context) {
    auto* in = static_cast<Checking*>(context);
    if (node == nullptr)
        return false;
    Building vetted = {};
    vetted.stage = Stage::vetted;
    switch (nodeTag(node)) {
    case T_List:
    case T_TargetEntry:
    case T_Var:
    case T_Const:
    case T_Param:
    case T_BoolExpr:
    case T_RelabelType:
    case T_CoerceViaIO:
    case T_CollateExpr:
    case T_CaseExpr:
    case T_CaseWhen:
    case T_CaseTestExpr:
    case T_ArrayExpr:
    case T_CoalesceExpr:
    case T_MinMaxExpr:
    case T_SQLValueFunction:
    case T_NullTest:
    case T_BooleanTest:
        break;
    case T_SortGroupClause: // of DISTINCT in an aggregate
        check_operator(castNode(SortGroupClause, node)->eqop);
        break;
    case T_Aggref:
        callable(castNode(Aggref, node)->aggfnoid, &vetted);
        break;
    case T_FuncExpr:
        callable(castNode(FuncExpr, node)->funcid, &vetted);
        break;
    case T_OpExpr:
    case T_DistinctExpr:
    case T_NullIfExpr:
        if (!compares(reinterpret_cast<OpExpr*>(node)))
            callable(get_opcode(reinterpret_cast<OpExpr*>(node)->opno), &vetted);
        break;
    case T_ScalarArrayOpExpr:
        callable(get_opcode(castNode(ScalarArrayOpExpr, node)->opno), &vetted);
        break;
    case T_SubPlan:
        if (!is_sub_plan(castNode(SubPlan, node), in))
            refuse_plan("a sub-plan that does not exist");
        break;
    default:
        refuse_plan("an expression without a rule");
    }
    return postgres::walk_expression(node, check_calls, context);
}

template <class T>
void calls(const T* expression, Checking* in) {
    check_calls(reinterpret_cast<Node*>(const_cast<T*>(expression)), in);
}
template <class T>
void columns(const T* list, Checking* in) {
    calls(list, in);
}

void check_node(const Plan* plan, Checking* in);

void child(const Plan* plan, Checking* in) {
    if (plan != nullptr)
        check_node(plan, in);
}
void children(const List* list, Checking* in) {
    const ListCell* cell;
    foreach (cell, list)
        child(static_cast<const Plan*>(lfirst(cell)), in);
}
void sub_plans(const List* list, Checking* in) { calls(list, in); }

void pruning_steps(const List* steps, Checking* in) {
    const ListCell* cell;
    foreach (cell, steps)
        if (IsA(lfirst(cell), PartitionPruneStepOp))
            calls(static_cast<const PartitionPruneStepOp*>(lfirst(cell))->exprs, in);
}

// Which partitions are read follows from the query's own values.
void check_pruning(const PartitionPruneInfo* pruning, Checking* in) {
    const ListCell* cell;
    foreach (cell, pruning->prune_infos) {
        const ListCell* table;
        foreach (table, static_cast<const List*>(lfirst(cell))) {
            const auto* info = static_cast<const PartitionedRelPruneInfo*>(lfirst(table));
            pruning_steps(info->initial_pruning_steps, in);
            pruning_steps(info->exec_pruning_steps, in);
        }
    }
}
#if PG_VERSION_NUM >= 180000
void all_pruning(const List* list, Checking* in) {
    const ListCell* cell;
    foreach (cell, list)
        check_pruning(static_cast<const PartitionPruneInfo*>(lfirst(cell)), in);
}
#else
void pruning(const PartitionPruneInfo* info, Checking* in) {
    if (info != nullptr)
        check_pruning(info, in);
}
#endif

void in_range(Index number, Checking* in) {
    if (number > static_cast<Index>(list_length(in->statement->rtable)))
        refuse_plan("a table that does not exist");
}

void own_methods(const CustomScanMethods* methods, Checking* in) {
    for (int i = 0; i < in->own.count; ++i)
        if (methods == in->own.methods[i])
            return;
    refuse_plan("another extension's node");
}

} // namespace

// ---- rules

namespace {

PLAN(Plan) {
    CHECK_SINCE(18, disabled_nodes, estimate);
    CHECK(startup_cost, estimate);
    CHECK(total_cost, estimate);
    CHECK(plan_rows, estimate);
    CHECK(plan_width, estimate);
    CHECK(parallel_aware, any);
    CHECK(parallel_safe, any);
    CHECK(async_capable, nothing);
    CHECK(plan_node_id, any);
    CHECK(targetlist, columns);
    CHECK(qual, calls);
    CHECK(lefttree, child);
    CHECK(righttree, child);
    CHECK(initPlan, sub_plans);
    CHECK(extParam, any);
    CHECK(allParam, any);
}
void common(const Plan& plan, Checking* in) { check_Plan(&plan, in); }

PLAN(Scan) {
    CHECK(plan, common);
    CHECK(scanrelid, in_range);
}
void common_scan(const Scan& scan, Checking* in) { check_Scan(&scan, in); }

PLAN(Join) {
    CHECK(plan, common);
    CHECK(jointype, any);
    CHECK(inner_unique, any);
    CHECK(joinqual, calls);
}
void common_join(const Join& join, Checking* in) { check_Join(&join, in); }

PLAN(SeqScan) { CHECK(scan, common_scan); }
PLAN(IndexScan) {
    CHECK(scan, common_scan);
    CHECK(indexid, index);
    CHECK(indexqual, calls);
    CHECK(indexqualorig, calls);
    CHECK(indexorderby, nothing);
    CHECK(indexorderbyorig, nothing);
    CHECK(indexorderbyops, nothing);
    CHECK(indexorderdir, any);
}
PLAN(IndexOnlyScan) {
    CHECK(scan, common_scan);
    CHECK(indexid, index);
    CHECK(indexqual, calls);
    CHECK(recheckqual, calls);
    CHECK(indexorderby, nothing);
    CHECK(indextlist, any); // says what the index holds; nobody evaluates it
    CHECK(indexorderdir, any);
}
PLAN(BitmapIndexScan) {
    CHECK(scan, common_scan);
    CHECK(indexid, index);
    CHECK(isshared, any);
    CHECK(indexqual, calls);
    CHECK(indexqualorig, calls);
}
PLAN(BitmapHeapScan) {
    CHECK(scan, common_scan);
    CHECK(bitmapqualorig, calls);
}
PLAN(BitmapAnd) {
    CHECK(plan, common);
    CHECK(bitmapplans, children);
}
PLAN(BitmapOr) {
    CHECK(plan, common);
    CHECK(isshared, any);
    CHECK(bitmapplans, children);
}
PLAN(SubqueryScan) {
    CHECK(scan, common_scan);
    CHECK(subplan, child);
    CHECK(scanstatus, any);
}
PLAN(ValuesScan) {
    CHECK(scan, common_scan);
    CHECK(values_lists, calls);
}
PLAN(CustomScan) {
    CHECK(scan, common_scan);
    CHECK(flags, any);
    CHECK(custom_plans, children);
    CHECK(custom_exprs, calls);
    CHECK(custom_private, any);
    CHECK(custom_scan_tlist, columns);
    CHECK(custom_relids, any);
    CHECK(methods, own_methods);
}
PLAN(NestLoop) {
    CHECK(join, common_join);
    CHECK(nestParams, any); // columns that become parameters
}
PLAN(MergeJoin) {
    CHECK(join, common_join);
    CHECK(skip_mark_restore, any);
    CHECK(mergeclauses, calls);
    CHECK(mergeFamilies, any);
    CHECK(mergeCollations, any);
    CHECK_UNTIL(17, mergeStrategies, any);
    CHECK_SINCE(18, mergeReversals, any);
    CHECK(mergeNullsFirst, any);
}
PLAN(HashJoin) {
    CHECK(join, common_join);
    CHECK(hashclauses, calls);
    CHECK(hashoperators, operators);
    CHECK(hashcollations, any);
    CHECK(hashkeys, calls);
}
PLAN(Hash) {
    CHECK(plan, common);
    CHECK(hashkeys, calls);
    CHECK(skewTable, any);
    CHECK(skewColumn, any);
    CHECK(skewInherit, any);
    CHECK(rows_total, estimate);
}
PLAN(Material) { CHECK(plan, common); }
PLAN(Memoize) {
    CHECK(plan, common);
    CHECK(numKeys, any);
    CHECK(hashOperators, counted(from->numKeys));
    CHECK(collations, any);
    CHECK(param_exprs, calls);
    CHECK(singlerow, any);
    CHECK(binary_mode, any);
    CHECK(est_entries, estimate);
    CHECK(keyparamids, any);
}
PLAN(Sort) {
    CHECK(plan, common);
    CHECK(numCols, any);
    CHECK(sortColIdx, any);
    CHECK(sortOperators, counted(from->numCols));
    CHECK(collations, any);
    CHECK(nullsFirst, any);
}
void sorting(const Sort& sort, Checking* in) { check_Sort(&sort, in); }
PLAN(IncrementalSort) {
    CHECK(sort, sorting);
    CHECK(nPresortedCols, any);
}
PLAN(Group) {
    CHECK(plan, common);
    CHECK(numCols, any);
    CHECK(grpColIdx, any);
    CHECK(grpOperators, counted(from->numCols));
    CHECK(grpCollations, any);
}
PLAN(Agg) {
    CHECK(plan, common);
    CHECK(aggstrategy, any);
    CHECK(aggsplit, any);
    CHECK(numCols, any);
    CHECK(grpColIdx, any);
    CHECK(grpOperators, counted(from->numCols));
    CHECK(grpCollations, any);
    CHECK(numGroups, estimate);
    CHECK(transitionSpace, estimate);
    CHECK(aggParams, any);
    CHECK(groupingSets, nothing);
    CHECK(chain, nothing);
}
PLAN(Unique) {
    CHECK(plan, common);
    CHECK(numCols, any);
    CHECK(uniqColIdx, any);
    CHECK(uniqOperators, counted(from->numCols));
    CHECK(uniqCollations, any);
}
PLAN(SetOp) {
    CHECK(plan, common);
    CHECK(cmd, any);
    CHECK(strategy, any);
    CHECK(numCols, any);
    CHECK_UNTIL(17, dupColIdx, any);
    CHECK_UNTIL(17, dupOperators, counted(from->numCols));
    CHECK_UNTIL(17, dupCollations, any);
    CHECK_UNTIL(17, flagColIdx, any);
    CHECK_UNTIL(17, firstFlag, any);
    CHECK_SINCE(18, cmpColIdx, any);
    CHECK_SINCE(18, cmpOperators, counted(from->numCols));
    CHECK_SINCE(18, cmpCollations, any);
    CHECK_SINCE(18, cmpNullsFirst, any);
    CHECK(numGroups, estimate);
}
PLAN(Limit) {
    CHECK(plan, common);
    CHECK(limitOffset, calls);
    CHECK(limitCount, calls);
    CHECK(limitOption, any);
    CHECK(uniqNumCols, any);
    CHECK(uniqColIdx, any);
    CHECK(uniqOperators, counted(from->uniqNumCols));
    CHECK(uniqCollations, any);
}
PLAN(Append) {
    CHECK(plan, common);
    CHECK(apprelids, any);
    CHECK(appendplans, children);
    CHECK(nasyncplans, nothing);
    CHECK(first_partial_plan, any);
    CHECK_UNTIL(17, part_prune_info, pruning);
    CHECK_SINCE(18, part_prune_index, any);
}
PLAN(MergeAppend) {
    CHECK(plan, common);
    CHECK(apprelids, any);
    CHECK(mergeplans, children);
    CHECK(numCols, any);
    CHECK(sortColIdx, any);
    CHECK(sortOperators, counted(from->numCols));
    CHECK(collations, any);
    CHECK(nullsFirst, any);
    CHECK_UNTIL(17, part_prune_info, pruning);
    CHECK_SINCE(18, part_prune_index, any);
}
PLAN(Result) {
    CHECK(plan, common);
    CHECK(resconstantqual, calls);
}
PLAN(Gather) {
    CHECK(plan, common);
    CHECK(num_workers, any);
    CHECK(rescan_param, any);
    CHECK(single_copy, any);
    CHECK(invisible, any);
    CHECK(initParam, any);
}
PLAN(GatherMerge) {
    CHECK(plan, common);
    CHECK(num_workers, any);
    CHECK(rescan_param, any);
    CHECK(numCols, any);
    CHECK(sortColIdx, any);
    CHECK(sortOperators, counted(from->numCols));
    CHECK(collations, any);
    CHECK(nullsFirst, any);
    CHECK(initParam, any);
}
PLAN(PlannedStmt) {
    CHECK(commandType, any);
    CHECK(queryId, any);
    CHECK_SINCE(18, planId, any);
    CHECK(hasReturning, nothing);
    CHECK(hasModifyingCTE, nothing);
    CHECK(canSetTag, any);
    CHECK(transientPlan, any);
    CHECK(dependsOnRole, any);
    CHECK(parallelModeNeeded, any);
    CHECK(jitFlags, nothing);
    CHECK(planTree, child);
    CHECK_SINCE(18, partPruneInfos, all_pruning);
    CHECK(rtable, any); // what is read of it stands in scans
    CHECK_SINCE(18, unprunableRelids, any);
    CHECK_SINCE(16, permInfos, any);
    CHECK(resultRelations, nothing);
    CHECK(appendRelations, any);
    CHECK(subplans, children);
    CHECK(rewindPlanIDs, any);
    CHECK(rowMarks, nothing);
    CHECK(relationOids, any);
    CHECK(invalItems, any);
    CHECK(paramExecTypes, any);
    CHECK(utilityStmt, nothing);
    CHECK(stmt_location, any);
    CHECK(stmt_len, any);
    if (from->commandType != CMD_SELECT)
        refuse_plan("a change of rows");
}

void check_node(const Plan* plan, Checking* in) {
    check_stack_depth();
#define BY_RULE(T)                                                                                                     \
    case T_##T:                                                                                                        \
        check_##T(reinterpret_cast<const T*>(plan), in);                                                               \
        return
    switch (nodeTag(plan)) {
        BY_RULE(SeqScan);
        BY_RULE(IndexScan);
        BY_RULE(IndexOnlyScan);
        BY_RULE(BitmapIndexScan);
        BY_RULE(BitmapHeapScan);
        BY_RULE(BitmapAnd);
        BY_RULE(BitmapOr);
        BY_RULE(SubqueryScan);
        BY_RULE(ValuesScan);
        BY_RULE(CustomScan);
        BY_RULE(NestLoop);
        BY_RULE(MergeJoin);
        BY_RULE(HashJoin);
        BY_RULE(Hash);
        BY_RULE(Material);
        BY_RULE(Memoize);
        BY_RULE(Sort);
        BY_RULE(IncrementalSort);
        BY_RULE(Group);
        BY_RULE(Agg);
        BY_RULE(Unique);
        BY_RULE(SetOp);
        BY_RULE(Limit);
        BY_RULE(Append);
        BY_RULE(MergeAppend);
        BY_RULE(Result);
        BY_RULE(Gather);
        BY_RULE(GatherMerge);
    default:
        refuse_plan("a node without a rule");
    }
#undef BY_RULE
}

} // namespace

void check_plan(const PlannedStmt* statement, const OwnNodes& own) {
    Checking in = {statement, own};
    check_PlannedStmt(statement, &in);
}

} // namespace health_dp::release::grammar
