#include "release/session/question.hpp"

#include "postgres/errors.hpp"
#include "postgres/trees.hpp"
#include "release/session/values.hpp"

namespace health_dp::release {

namespace {

struct Cleaning {
    List* relations;
};

// PostgreSQL has put the policies' conditions beside protected tables when it analysed the statement: the gate, and row
// filters, which are none of the session's business.
bool clean_entry(Node* node, void* context) {
    if (node == nullptr)
        return false;
    if (IsA(node, RangeTblEntry)) {
        auto* entry = castNode(RangeTblEntry, node);
        if (entry->rtekind == RTE_RELATION) {
            auto* cleaning = static_cast<Cleaning*>(context);
            cleaning->relations = list_append_unique_oid(cleaning->relations, entry->relid);
            // Others' policies keep a trace, by which the table is refused.
            if (entry->securityQuals != NIL)
                entry->securityQuals =
                    projects::is_protected(entry->relid) ? NIL : list_make1(makeBoolConst(true, false));
        }
        return false;
    }
    if (IsA(node, Query))
        return postgres::walk_query(castNode(Query, node), clean_entry, context, QTW_EXAMINE_RTES_BEFORE);
    return postgres::walk_expression(node, clean_entry, context);
}

void add_column(Question* question, Oid type, int32 typmod, Oid collation) {
    question->types = lappend_oid(question->types, type);
    question->typmods = lappend_int(question->typmods, typmod);
    question->collations = lappend_oid(question->collations, collation);
}

// The query's own, and behind the keys the one that says which grouping set a row is of.
void describe_columns(const Query* query, Question* question) {
    const int set_column = query->groupingSets != NIL ? list_length(query->groupClause) : -1;
    for (int at = 0; at < list_length(query->targetList); ++at) {
        if (at == set_column)
            add_column(question, INT4OID, -1, InvalidOid);
        auto* expression =
            reinterpret_cast<Node*>(lfirst_node(TargetEntry, list_nth_cell(query->targetList, at))->expr);
        add_column(question, exprType(expression), exprTypmod(expression), exprCollation(expression));
    }
}

} // namespace

Query* make_question(Query* inner, Statement* statement) {
    auto* question = static_cast<Question*>(palloc0(sizeof(Question)));
    question->index = list_length(statement->questions);
    question->project = statement->project->id;
    question->suppressed = statement->suppressed;
    Cleaning cleaning = {NIL};
    clean_entry(reinterpret_cast<Node*>(inner), &cleaning);
    question->relations = cleaning.relations;
    // A suppressed release has to be the same each time, and so takes no values.
    if (!question->suppressed)
        inner = take_values(inner, &question->values);
    question->query = postgres::copy(inner);
    describe_columns(inner, question);
    statement->questions = lappend(statement->questions, question);
    return inner;
}

void place_leaf(Query* outer, RangeTblEntry* entry, Statement* statement) {
    const auto* question = static_cast<Question*>(llast(statement->questions));
    // They may have stood in queries of their own below the release.
    outer->hasSubLinks = outer->hasSubLinks || checkExprHasSubLink(reinterpret_cast<Node*>(question->values));
    auto* index = makeConst(INT4OID, -1, InvalidOid, sizeof(int32), Int32GetDatum(question->index), false, true);
    // More arguments than it is declared with: nobody calls it, and the planner looks after what they hold.
    const Oid types[] = {INT4OID};
    auto* call =
        makeFuncExpr(own_function("release_rows", 1, types), RECORDOID, lcons(index, postgres::copy(question->values)),
                     InvalidOid, InvalidOid, COERCE_EXPLICIT_CALL);
    call->funcretset = true;
    auto* function = makeNode(RangeTblFunction);
    function->funcexpr = reinterpret_cast<Node*>(call);
    function->funccolcount = list_length(question->types);
    function->funccolnames = postgres::copy(entry->eref->colnames);
    function->funccoltypes = list_copy(question->types);
    function->funccoltypmods = list_copy(question->typmods);
    function->funccolcollations = list_copy(question->collations);
    entry->rtekind = RTE_FUNCTION;
    entry->functions = list_make1(function);
    entry->funcordinality = false;
}

} // namespace health_dp::release
