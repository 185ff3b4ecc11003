// WITH queries that a release reads: replaced by their text, so that everything personal stands below the fence and is
// vetted where it is used. Materialisation makes no difference there: nothing in a release is volatile.
#include "postgres/errors.hpp"
#include "postgres/trees.hpp"
#include "release/vetting/statement.hpp"

namespace health_dp::release {

namespace {

struct Inlining {
    Statement* statement;
    Query* query;
};

CommonTableExpr* find_cte(Query* level, const char* name) {
    ListCell* cell;
    foreach (cell, level->cteList)
        if (strcmp(lfirst_node(CommonTableExpr, cell)->ctename, name) == 0)
            return lfirst_node(CommonTableExpr, cell);
    return nullptr;
}

void inline_everything(Query* query, Statement* statement);

bool sublink_walker(Node* node, void* context) {
    if (node == nullptr)
        return false;
    auto* inlining = static_cast<Inlining*>(context);
    if (IsA(node, Query)) {
        inlining->statement->ancestors = lcons(inlining->query, inlining->statement->ancestors);
        inline_everything(castNode(Query, node), inlining->statement);
        inlining->statement->ancestors = list_delete_first(inlining->statement->ancestors);
        return false;
    }
    return postgres::walk_expression(node, sublink_walker, context);
}

void inline_entry(Query* query, RangeTblEntry* entry, Statement* statement) {
    if (entry->rtekind == RTE_CTE && !entry->self_reference) {
        auto* level =
            entry->ctelevelsup == 0
                ? query
                : static_cast<Query*>(list_nth(statement->ancestors, static_cast<int>(entry->ctelevelsup) - 1));
        CommonTableExpr* cte = find_cte(level, entry->ctename);
        if (cte == nullptr || cte->cterecursive || !IsA(cte->ctequery, Query) ||
            castNode(Query, cte->ctequery)->commandType != CMD_SELECT)
            return; // refused where it is opened
        auto* text = postgres::copy(castNode(Query, cte->ctequery));
        // References beyond the WITH query's own level count from where it stood; it now stands deeper.
        IncrementVarSublevelsUp(reinterpret_cast<Node*>(text), static_cast<int>(entry->ctelevelsup), 1);
        entry->rtekind = RTE_SUBQUERY;
        entry->subquery = text;
        entry->security_barrier = false;
        entry->ctename = nullptr;
        entry->ctelevelsup = 0;
        entry->coltypes = entry->coltypmods = entry->colcollations = NIL;
    }
    if (entry->rtekind == RTE_SUBQUERY) {
        statement->ancestors = lcons(query, statement->ancestors);
        inline_everything(entry->subquery, statement);
        statement->ancestors = list_delete_first(statement->ancestors);
    }
}

void inline_everything(Query* query, Statement* statement) {
    check_stack_depth();
    ListCell* cell;
    foreach (cell, query->rtable)
        inline_entry(query, lfirst_node(RangeTblEntry, cell), statement);
    Inlining inlining = {statement, query};
    postgres::walk_query(query, sublink_walker, &inlining, QTW_IGNORE_RANGE_TABLE | QTW_IGNORE_CTE_SUBQUERIES);
}

} // namespace

void inline_ctes(Query* query, Statement* statement) {
    ListCell* cell;
    foreach (cell, query->rtable)
        inline_entry(query, lfirst_node(RangeTblEntry, cell), statement);
    Inlining inlining = {statement, query};
    postgres::walk_expression(reinterpret_cast<Node*>(query->jointree), sublink_walker, &inlining);
}

} // namespace health_dp::release
