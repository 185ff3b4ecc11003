// The planner hook: finds the releases of a statement, has them vetted and rewritten, refuses protected tables anywhere
// else, and checks the finished plan once more.
#include "postgres/errors.hpp"
#include "postgres/owners.hpp"
#include "postgres/trees.hpp"
#include "release/plan/plan.hpp"
#include "release/session/question.hpp"
#include "release/session/settings.hpp"
#include "release/session/side_channels.hpp"
#include "release/vetting/statement.hpp"

namespace health_dp::release {

namespace {

// What a first look finds; most statements end here.
struct Glance {
    bool aggregates;
    bool suppressed; // some of them are
    bool dp;         // and some are differentially private
    Oid protected_relation;
};

bool has_forced_row_security(Oid relation) {
    HeapTuple tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(relation));
    if (!HeapTupleIsValid(tuple))
        return false;
    const bool forced = reinterpret_cast<Form_pg_class>(GETSTRUCT(tuple))->relforcerowsecurity;
    ReleaseSysCache(tuple);
    return forced;
}

// A protected table below one that is not: PostgreSQL looks at the privileges and policies of the upper one only. Walls
// are looked for first, for big tables have many parts.
Oid protected_part(const RangeTblEntry* entry) {
    if (!entry->inh || !has_subclass(entry->relid))
        return InvalidOid;
    ListCell* cell;
    foreach (cell, find_all_inheritors(entry->relid, NoLock, nullptr))
        if (has_forced_row_security(lfirst_oid(cell)) && projects::is_protected(lfirst_oid(cell)))
            return lfirst_oid(cell);
    return InvalidOid;
}

bool glance_walker(Node* node, void* context) {
    auto* glance = static_cast<Glance*>(context);
    if (node == nullptr)
        return false;
    bool with_bounds;
    if (IsA(node, Aggref)) {
        const AggregateKind kind = classify_aggregate(castNode(Aggref, node), &with_bounds);
        glance->aggregates |= kind != AggregateKind::none;
        glance->suppressed |= is_suppressed(kind);
        glance->dp |= kind != AggregateKind::none && !is_suppressed(kind);
    }
    if (IsA(node, WindowFunc) && classify_function(castNode(WindowFunc, node)->winfnoid) != AggregateKind::none)
        ereport(ERROR,
                (errcode(sqlstate::kUnsupported), errmsg("a dp_ or sc_ aggregate is no window function"),
                 errhint("Use windows above the release: SELECT sum(n) OVER () FROM (SELECT dp_count(*) AS n ...) "
                         "r.")));
    if (IsA(node, RangeTblEntry)) {
        const RangeTblEntry* entry = castNode(RangeTblEntry, node);
        if (entry->rtekind == RTE_RELATION && !OidIsValid(glance->protected_relation) &&
            projects::is_protected(entry->relid))
            glance->protected_relation = entry->relid;
        else if (entry->rtekind == RTE_RELATION && !OidIsValid(glance->protected_relation))
            glance->protected_relation = protected_part(entry);
        return false;
    }
    if (IsA(node, Query))
        return postgres::walk_query(castNode(Query, node), glance_walker, context, QTW_EXAMINE_RTES_BEFORE);
    return postgres::walk_expression(node, glance_walker, context);
}

bool holds_others_relation(Node* node, void* context) {
    if (node == nullptr)
        return false;
    if (IsA(node, RangeTblEntry)) {
        const RangeTblEntry* entry = castNode(RangeTblEntry, node);
        return entry->rtekind == RTE_RELATION && projects::is_protected(entry->relid) &&
               postgres::owner_of(entry->relid) != GetUserId();
    }
    if (IsA(node, Query))
        return postgres::walk_query(castNode(Query, node), holds_others_relation, context, QTW_EXAMINE_RTES_BEFORE);
    return postgres::walk_expression(node, holds_others_relation, context);
}

// A foreign key's own statements look at a table as its owner. Their security context alone says nothing: triggers that
// ON DELETE CASCADE fires inherit it, and a member's own do so as the member.
bool is_foreign_key_check(Query* query) {
    return InNoForceRLSOperation() && !holds_others_relation(reinterpret_cast<Node*>(query), nullptr);
}

bool has_release_aggregates(Node* node, void* context) {
    bool with_bounds;
    if (node == nullptr || IsA(node, Query))
        return false;
    if (IsA(node, Aggref) && castNode(Aggref, node)->agglevelsup == 0 &&
        classify_aggregate(castNode(Aggref, node), &with_bounds) != AggregateKind::none)
        return true;
    return postgres::walk_expression(node, has_release_aggregates, context);
}

// The references to a WITH query that are left, its own recursion aside.
struct CteReferences {
    const char* name;
    Index level; // how many queries deep the walk is
    int count;
};

bool count_references(Node* node, void* context) {
    auto* references = static_cast<CteReferences*>(context);
    if (node == nullptr)
        return false;
    if (IsA(node, RangeTblEntry)) {
        const RangeTblEntry* entry = castNode(RangeTblEntry, node);
        if (entry->rtekind == RTE_CTE && !entry->self_reference && entry->ctelevelsup == references->level &&
            strcmp(entry->ctename, references->name) == 0)
            ++references->count;
        return false;
    }
    if (IsA(node, Query)) {
        ++references->level;
        postgres::walk_query(castNode(Query, node), count_references, context, QTW_EXAMINE_RTES_BEFORE);
        --references->level;
        return false;
    }
    return postgres::walk_expression(node, count_references, context);
}

bool statement_walker(Node* node, void* context);

void process_query(Query* query, Statement* statement) {
    check_stack_depth();
    if (query->hasAggs && (has_release_aggregates(reinterpret_cast<Node*>(query->targetList), nullptr) ||
                           has_release_aggregates(query->havingQual, nullptr)))
        rewrite_release(query, statement);
    else if (!statement->exempt) {
        ListCell* cell;
        foreach (cell, query->rtable) {
            const RangeTblEntry* entry = lfirst_node(RangeTblEntry, cell);
            if (entry->rtekind == RTE_RELATION && projects::is_protected(entry->relid))
                refuse_protected(entry->relid);
        }
    }
    statement->ancestors = lcons(query, statement->ancestors);
    postgres::walk_query(query, statement_walker, statement, QTW_IGNORE_CTE_SUBQUERIES);
    // WITH queries last, the latest first: releases have replaced their own references to them by then, and copied
    // those of one to another.
    for (int i = list_length(query->cteList) - 1; i >= 0; --i) {
        auto* cte = static_cast<CommonTableExpr*>(list_nth(query->cteList, i));
        auto* text = castNode(Query, cte->ctequery);
        CteReferences references = {cte->ctename, 0, 0};
        postgres::walk_query(query, count_references, &references, QTW_EXAMINE_RTES_BEFORE);
        cte->cterefcount = references.count;
        if (cte->cterefcount == 0 && text->commandType == CMD_SELECT) {
            query->cteList = list_delete_nth_cell(query->cteList, i);
            continue;
        }
        const int before = statement->releases;
        process_query(text, statement);
        if (statement->releases > before) // two references are one release, never two different noises
            cte->ctematerialized = CTEMaterializeAlways;
    }
    statement->ancestors = list_delete_first(statement->ancestors);
}

bool statement_walker(Node* node, void* context) {
    if (node == nullptr)
        return false;
    if (IsA(node, Query)) {
        process_query(castNode(Query, node), static_cast<Statement*>(context));
        return false;
    }
    return postgres::walk_expression(node, statement_walker, context);
}

bool locks_rows(Node* node, void* context) {
    if (node == nullptr)
        return false;
    if (IsA(node, Query)) {
        auto* query = castNode(Query, node);
        return query->rowMarks != NIL || query->hasModifyingCTE || postgres::walk_query(query, locks_rows, context, 0);
    }
    return postgres::walk_expression(node, locks_rows, context);
}

// A release inside a statement that may evaluate parts of its plan again on other versions of rows would be charged,
// and drawn, anew.
void check_command(Query* parse) {
    if (locks_rows(reinterpret_cast<Node*>(parse), nullptr))
        ereport(ERROR, (errcode(sqlstate::kUnsupported),
                        errmsg("a statement with a release locks no rows and changes none in WITH"),
                        errhint("Leave FOR UPDATE or FOR SHARE out; change rows in a statement of its own.")));
    if (parse->commandType != CMD_SELECT && parse->commandType != CMD_INSERT)
        ereport(ERROR, (errcode(sqlstate::kUnsupported),
                        errmsg("a release may stand in SELECT, INSERT ... SELECT and CREATE TABLE AS only"),
                        errhint("Store its result first: CREATE TABLE ... AS SELECT dp_count(*) ...")));
}

void verify_relation(int index, PlannedStmt* statement, bool exempt) {
    if (index <= 0 || exempt)
        return;
    const RangeTblEntry* entry = rt_fetch(index, statement->rtable);
    if (entry->rtekind == RTE_RELATION && (projects::is_protected(entry->relid) || projects::has_walls(entry->relid)))
        refuse_protected(entry->relid);
}

void verify_relations(Index scanned, const Bitmapset* joined, PlannedStmt* statement, bool exempt) {
    verify_relation(static_cast<int>(scanned), statement, exempt);
    for (int index = -1; (index = bms_next_member(joined, index)) >= 0;)
        verify_relation(index, statement, exempt);
}

// The finished plan holds no protected relation: what reads them has left the statement [C17].
void verify_plan(Plan* plan, PlannedStmt* statement, bool exempt) {
    check_stack_depth();
    if (plan == nullptr)
        return;
    switch (nodeTag(plan)) {
    case T_SeqScan:
    case T_SampleScan:
    case T_IndexScan:
    case T_IndexOnlyScan:
    case T_BitmapIndexScan:
    case T_BitmapHeapScan:
    case T_TidScan:
    case T_TidRangeScan:
        verify_relation(static_cast<int>(reinterpret_cast<Scan*>(plan)->scanrelid), statement, exempt);
        break;
    // Other extensions' scans, and joins that happen elsewhere, read more than one relation.
    case T_ForeignScan:
        verify_relations(reinterpret_cast<Scan*>(plan)->scanrelid, castNode(ForeignScan, plan)->fs_relids, statement,
                         exempt);
        break;
    case T_CustomScan:
        verify_relations(reinterpret_cast<Scan*>(plan)->scanrelid, castNode(CustomScan, plan)->custom_relids, statement,
                         exempt);
        break;
    default:
        break;
    }
    List* children = NIL;
    if (IsA(plan, Append))
        children = castNode(Append, plan)->appendplans;
    else if (IsA(plan, MergeAppend))
        children = castNode(MergeAppend, plan)->mergeplans;
    else if (IsA(plan, BitmapAnd))
        children = castNode(BitmapAnd, plan)->bitmapplans;
    else if (IsA(plan, BitmapOr))
        children = castNode(BitmapOr, plan)->bitmapplans;
    else if (IsA(plan, CustomScan))
        children = castNode(CustomScan, plan)->custom_plans;
    else if (IsA(plan, SubqueryScan))
        verify_plan(castNode(SubqueryScan, plan)->subplan, statement, exempt);
    ListCell* cell;
    foreach (cell, children)
        verify_plan(static_cast<Plan*>(lfirst(cell)), statement, exempt);
    verify_plan(plan->lefttree, statement, exempt);
    verify_plan(plan->righttree, statement, exempt);
}

PlannedStmt* plan_onwards(Query* parse, const char* query_string, int cursor_options, ParamListInfo parameters) {
    return previous_planner() != nullptr ? previous_planner()(parse, query_string, cursor_options, parameters)
                                         : standard_planner(parse, query_string, cursor_options, parameters);
}

// With these questions as the only ones that leaves may ask.
PlannedStmt* plan_with(List* questions, Query* parse, const char* query_string, int cursor_options,
                       ParamListInfo parameters) {
    PlannedStmt* volatile result = nullptr;
    List* before = exchange_questions(questions);
    PG_TRY();
    { result = plan_onwards(parse, query_string, cursor_options, parameters); }
    PG_FINALLY();
    { exchange_questions(before); }
    PG_END_TRY();
    return result;
}

// What a plan depends on beside what is in it: the tables that only the room reads.
void depend_on_questions(PlannedStmt* result, List* questions) {
    ListCell* cell;
    foreach (cell, questions) {
        List* relations = NIL;
        List* items = NIL;
        bool row_security = false;
        extract_query_dependencies(reinterpret_cast<Node*>(static_cast<Question*>(lfirst(cell))->query), &relations,
                                   &items, &row_security);
        result->relationOids = list_concat_unique_oid(result->relationOids, relations);
        result->invalItems = list_concat(result->invalItems, items);
    }
}

} // namespace

PlannedStmt* plan_statement(Query* parse, const char* query_string, int cursor_options, ParamListInfo parameters) {
    Glance glance = {false, false, false, InvalidOid};
    if (OidIsValid(own_namespace()))
        glance_walker(reinterpret_cast<Node*>(parse), &glance);
    if (!glance.aggregates && !OidIsValid(glance.protected_relation))
        return plan_with(NIL, parse, query_string, cursor_options, parameters);

    const bool exempt = is_exempt();
    if (!glance.aggregates) {
        if (!exempt && !is_foreign_key_check(parse))
            refuse_protected(glance.protected_relation);
        return plan_with(NIL, parse, query_string, cursor_options, parameters);
    }

    if (glance.suppressed && glance.dp)
        ereport(ERROR,
                (errcode(sqlstate::kMixedRelease), errmsg("a statement has dp aggregates or sc aggregates, not both"),
                 errhint("Ask for exact and for noisy numbers in statements of their own.")));
    projects::Project project;
    select_project(&project);
    const AskingRoles asking = asking_roles();
    projects::check_usable(project, asking.session_user, asking.current_user,
                           glance.suppressed ? projects::ReleaseKind::suppressed : projects::ReleaseKind::dp);
    check_command(parse);
    refuse_observers(exempt);
    Statement statement = {};
    statement.project = &project;
    statement.session_user = asking.session_user;
    statement.current_user = asking.current_user;
    statement.unfiltered = true;
    statement.suppressed = glance.suppressed;
    statement.exempt = exempt;
    postgres::flatten_groups(parse);
    process_query(parse, &statement);

    PlannedStmt* result = plan_with(statement.questions, parse, query_string, cursor_options, parameters);
    // Planning evaluates immutable functions of the user's, which may have switched something on.
    refuse_observers(exempt);
    verify_plan(result->planTree, result, exempt);
    ListCell* cell;
    foreach (cell, result->subplans)
        verify_plan(static_cast<Plan*>(lfirst(cell)), result, exempt);
    // Never reuse the plan under another role; a change of the projects plans it again.
    result->dependsOnRole = true;
    depend_on_questions(result, statement.questions);
    result->relationOids = lappend_oid(result->relationOids, projects::project_catalogue_oid());
    return result;
}

} // namespace health_dp::release
