// Subqueries of a release: per-patient tables computed on the way, public tables, and the text of WITH queries.
#include "postgres/errors.hpp"
#include "postgres/trees.hpp"
#include "release/vetting/collations.hpp"
#include "release/vetting/relations.hpp"
#include "release/vetting/spellings.hpp"

namespace health_dp::release {

namespace {

[[noreturn]] void refuse(int code, const char* what, const char* hint) {
    ereport(ERROR, (errcode(code), errmsg("a release does not take %s", what), errhint("%s", hint)));
    pg_unreachable();
}

bool has_release_aggregate(Node* node, void* context) {
    if (node == nullptr)
        return false;
    bool with_bounds;
    if (IsA(node, Aggref) && classify_aggregate(castNode(Aggref, node), &with_bounds) != AggregateKind::none)
        return true;
    if (IsA(node, Query))
        return postgres::walk_query(castNode(Query, node), has_release_aggregate, context, 0);
    return postgres::walk_expression(node, has_release_aggregate, context);
}

// The target entry among `clauses` (GROUP BY or DISTINCT) that is the owner, or null.
TargetEntry* owner_among(List* clauses, Query* query, const SafeRelation& from) {
    ListCell* cell;
    foreach (cell, clauses) {
        TargetEntry* target = get_sortgroupclause_tle(lfirst_node(SortGroupClause, cell), query->targetList);
        if (is_owner(from, reinterpret_cast<Node*>(target->expr)))
            return target;
    }
    return nullptr;
}

void check_clauses(Query* query, bool personal) {
    if (query->groupingSets != NIL)
        refuse(sqlstate::kUnsupported, "GROUPING SETS, ROLLUP or CUBE", "Ask one GROUP BY at a time.");
    if (query->hasWindowFuncs)
        refuse(sqlstate::kUnsupported, "a window function", "Use it above the release, on its result.");
    if (query->windowClause != NIL)
        refuse(sqlstate::kUnsupported, "WINDOW", "Use windows above the release, on its result.");
    if (query->hasTargetSRFs)
        refuse(sqlstate::kUnsafeExpression, "a set-returning function", "Join a public table instead.");
    if (query->hasDistinctOn)
        refuse(sqlstate::kUnsupported, "DISTINCT ON", "Take min() or max() with GROUP BY the patient.");
    if (personal && (query->limitCount != nullptr || query->limitOffset != nullptr))
        refuse(sqlstate::kNotPatientSafe, "LIMIT or OFFSET over protected rows",
               "Which rows it keeps depends on other patients. Use it above the release, on its result.");
    if (personal && query->setOperations != nullptr)
        refuse(sqlstate::kUnsupported, "UNION, INTERSECT or EXCEPT of protected rows", "Ask for each part on its own.");
}

void check_collation(Oid collation) {
    if (const CollationProblem problem = collation_problem(collation); problem.what != nullptr)
        refuse(sqlstate::kUnsafeExpression, problem.what, problem.hint);
}

// Operators compare rows where the planner likes: only PostgreSQL's own do.
void check_operators(List* clauses) {
    ListCell* cell;
    foreach (cell, clauses) {
        const auto* clause = lfirst_node(SortGroupClause, cell);
        if (clause->eqop >= FirstNormalObjectId || clause->sortop >= FirstNormalObjectId)
            refuse(sqlstate::kUnsafeExpression,
                   "an operator that is not PostgreSQL's own in GROUP BY, DISTINCT or ORDER BY",
                   "Use a number, text, a date, uuid or an enum there.");
    }
}

// Evaluated where a row asks for it, as often as the plan likes; below 0 it is an error.
Node* vet_limit(Node* limit, const Place& place) {
    Node* vetted = vet_expression(limit, place);
    if (vetted != nullptr && (!IsA(vetted, Const) || (!castNode(Const, vetted)->constisnull &&
                                                      DatumGetInt64(castNode(Const, vetted)->constvalue) < 0)))
        refuse(sqlstate::kUnsafeExpression, "a computed or negative LIMIT or OFFSET",
               "Write it as a literal of 0 or more.");
    return vetted;
}

void drop_order(Query* query) {
    // Order inside a release means nothing; a LIMIT over public rows keeps it.
    if (query->limitCount == nullptr && query->limitOffset == nullptr && query->distinctClause == NIL)
        query->sortClause = NIL;
}

void vet_list(List* targets, const Place& place) {
    ListCell* cell;
    foreach (cell, targets) {
        auto* target = lfirst_node(TargetEntry, cell);
        target->expr = reinterpret_cast<Expr*>(vet_expression(reinterpret_cast<Node*>(target->expr), place));
    }
}

void check_keys(List* clauses, Query* query) {
    check_operators(clauses);
    ListCell* cell;
    foreach (cell, clauses) {
        Node* key = get_sortgroupclause_expr(lfirst_node(SortGroupClause, cell), query->targetList);
        check_collation(exprCollation(key));
    }
}

void check_combination(Node* node) {
    check_stack_depth();
    if (IsA(node, RangeTblRef))
        return;
    const auto* combination = castNode(SetOperationStmt, node);
    check_operators(combination->groupClauses);
    ListCell* cell;
    foreach (cell, combination->colCollations)
        check_collation(lfirst_oid(cell));
    check_combination(combination->larg);
    check_combination(combination->rarg);
}

// UNION, INTERSECT or EXCEPT of public rows, whose parts stand in the range table.
void analyse_set_operation(Query* query, Statement* statement) {
    if (query->jointree->fromlist != NIL || query->jointree->quals != nullptr || query->havingQual != nullptr ||
        query->groupClause != NIL || query->distinctClause != NIL)
        elog(ERROR, "a set operation with clauses of a plain query");
    for (int index = 1; index <= list_length(query->rtable); ++index)
        if (open_relation(query, index, statement).personal)
            check_clauses(query, true);
    check_combination(query->setOperations);
}

// Proves a subquery of a release; afterwards its target list has a column with the owner, whose number is returned in
// `owner_column` (0 for public subqueries).
bool analyse_query(Query* query, Statement* statement, AttrNumber* owner_column) {
    check_stack_depth();
    *owner_column = 0;
    if (query->hasAggs && has_release_aggregate(reinterpret_cast<Node*>(query->targetList), nullptr))
        refuse(sqlstate::kUnsupported, "another release below it",
               "Combine releases in the outer query, on their results.");
    if (query->hasAggs && has_release_aggregate(query->havingQual, nullptr))
        refuse(sqlstate::kUnsupported, "another release below it",
               "Combine releases in the outer query, on their results.");
    check_clauses(query, false);
    statement->ancestors = lcons(query, statement->ancestors);
    SafeRelation from = {false, NIL, nullptr, 0};
    if (query->setOperations != nullptr)
        analyse_set_operation(query, statement);
    else {
        query->targetList =
            reinterpret_cast<List*>(postgres::flatten_joins(query, reinterpret_cast<Node*>(query->targetList)));
        query->havingQual = postgres::flatten_joins(query, query->havingQual);
        query->jointree = castNode(FromExpr, postgres::flatten_joins(query, reinterpret_cast<Node*>(query->jointree)));
        from = analyse_from(query, statement);
        check_clauses(query, from.personal);
    }
    drop_order(query);

    const bool grouped = query->hasAggs || query->groupClause != NIL || query->havingQual != nullptr;
    TargetEntry* owner = nullptr;
    if (from.personal && grouped) {
        owner = owner_among(query->groupClause, query, from);
        if (owner == nullptr)
            refuse(sqlstate::kNotPatientSafe, "an aggregate over several patients",
                   "Add the patient to the subquery's GROUP BY: only then is each of its rows one patient's.");
    }
    if (from.personal && query->distinctClause != NIL) {
        owner = owner_among(query->distinctClause, query, from);
        if (owner == nullptr)
            refuse(sqlstate::kNotPatientSafe, "DISTINCT over several patients",
                   "Add the patient to the SELECT DISTINCT list.");
    }
    check_keys(query->groupClause, query);
    check_keys(query->distinctClause, query);
    check_keys(query->sortClause, query);

    const Place targets = {"a subquery's SELECT list", query, statement};
    const Place having = {"HAVING", query, statement};
    const Place limit = {"LIMIT", query, statement};
    vet_list(query->targetList, targets);
    query->havingQual = vet_expression(query->havingQual, having);
    query->limitCount = vet_limit(query->limitCount, limit);
    query->limitOffset = vet_limit(query->limitOffset, limit);
    // WITH queries that are left are read by nobody: references were replaced by their text, or are refused.
    query->cteList = NIL;
    if (from.personal)
        respell_keys(query);
    statement->ancestors = list_delete_first(statement->ancestors);
    if (!from.personal)
        return false;

    if (owner == nullptr) {
        ListCell* cell;
        foreach (cell, query->targetList)
            if (!lfirst_node(TargetEntry, cell)->resjunk &&
                is_owner(from, reinterpret_cast<Node*>(lfirst_node(TargetEntry, cell)->expr)))
                owner = lfirst_node(TargetEntry, cell);
    }
    if (owner != nullptr && !owner->resjunk) {
        *owner_column = owner->resno;
        return true;
    }
    // The owner is not among the columns asked for: carry it all the same. Junk columns keep the end of the list.
    List* visible = NIL;
    List* junk = NIL;
    ListCell* cell;
    foreach (cell, query->targetList) {
        auto* target = lfirst_node(TargetEntry, cell);
        if (target->resjunk && target != owner)
            junk = lappend(junk, target);
        else if (target != owner)
            visible = lappend(visible, target);
    }
    if (owner == nullptr) {
        auto* column = postgres::copy(linitial_node(Var, from.owners));
        postgres::mark_nulling_joins(query, column);
        owner = makeTargetEntry(reinterpret_cast<Expr*>(column), 0, pstrdup("health_dp owner"), false);
    }
    owner->resjunk = false;
    if (owner->resname == nullptr)
        owner->resname = pstrdup("health_dp owner");
    query->targetList = list_concat(lappend(visible, owner), junk);
    AttrNumber number = 0;
    foreach (cell, query->targetList)
        lfirst_node(TargetEntry, cell)->resno = ++number;
    *owner_column = owner->resno;
    return true;
}

SafeRelation open_subquery(Query* query, int index, Statement* statement) {
    RangeTblEntry* entry = rt_fetch(index, query->rtable);
    SafeRelation safe = {false, NIL, nullptr, 0};
    AttrNumber column;
    const int before = list_length(entry->eref->colnames);
    if (!analyse_query(entry->subquery, statement, &column))
        return safe;
    safe.personal = true;
    safe.personal_rels = bms_make_singleton(index);
    TargetEntry* target = get_tle_by_resno(entry->subquery->targetList, column);
    if (column > before) {
        entry->eref = postgres::copy(entry->eref);
        entry->eref->colnames = lappend(entry->eref->colnames, makeString(pstrdup("health_dp owner")));
    }
    auto* expression = reinterpret_cast<Node*>(target->expr);
    safe.owners =
        list_make1(makeVar(index, column, exprType(expression), exprTypmod(expression), exprCollation(expression), 0));
    return safe;
}

} // namespace

SafeRelation open_relation(Query* query, int index, Statement* statement) {
    RangeTblEntry* entry = rt_fetch(index, query->rtable);
    if (entry->lateral)
        refuse(sqlstate::kUnsupported, "LATERAL", "Join on the patient instead.");
    const Place values = {"VALUES", query, statement};
    switch (entry->rtekind) {
    case RTE_RELATION:
        return open_table(query, index, statement);
    case RTE_SUBQUERY:
        return open_subquery(query, index, statement);
    case RTE_VALUES:
        entry->values_lists =
            reinterpret_cast<List*>(vet_expression(reinterpret_cast<Node*>(entry->values_lists), values));
        break;
    case RTE_RESULT:
        break;
    case RTE_CTE:
        refuse(sqlstate::kUnsupported, "a recursive WITH query", "Use a public table that lists the hierarchy.");
    case RTE_FUNCTION:
    case RTE_TABLEFUNC:
        refuse(sqlstate::kUnsafeExpression, "a function in FROM",
               "Functions there can count how often they are called. Use a public table or VALUES.");
    default:
        refuse(sqlstate::kUnsupported, "this entry of FROM", "Use tables, subqueries and WITH queries.");
    }
    return {false, NIL, nullptr, 0};
}

bool asks_release(Node* node) { return has_release_aggregate(node, nullptr); }

void analyse_public_query(Query* query, Statement* statement) {
    AttrNumber column;
    if (analyse_query(query, statement, &column))
        refuse(sqlstate::kUnsupported, "a sub-select over protected rows",
               "Join a subquery that has one row per patient instead.");
}

} // namespace health_dp::release
