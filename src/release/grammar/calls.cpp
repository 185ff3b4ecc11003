// Calls of functions, operators and aggregates.
#include "release/grammar/rules.hpp"
#include "release/plan/aggregates.hpp"

namespace health_dp::release::grammar {

namespace {

void check_format(CoercionForm format, const List* arguments) {
    if (static_cast<int>(format) < 0 || format > COERCE_SQL_SYNTAX ||
        (arguments == NIL && format != COERCE_EXPLICIT_CALL && format != COERCE_SQL_SYNTAX))
        refuse_malformed("a conversion of nothing");
}

// Its arguments are columns of their own, numbered, none of them hidden.
List* arguments_of(const List* list, Building* in) {
    Building inside = *in;
    inside.aggregates = false;
    List* built = targets(list, &inside);
    ListCell* cell;
    foreach (cell, built)
        if (lfirst_node(TargetEntry, cell)->resjunk)
            refuse_malformed("an aggregate with a hidden argument");
    return built;
}

List* expressions_of(const List* targets) {
    List* list = NIL;
    const ListCell* cell;
    foreach (cell, targets)
        list = lappend(list, lfirst_node(TargetEntry, cell)->expr);
    return list;
}

Expr* filter_of(const Expr* filter, Building* in) {
    Building inside = *in;
    inside.aggregates = false;
    return reinterpret_cast<Expr*>(condition_or_none(filter, &inside));
}

} // namespace

RULE(Aggref) {
    FIELD(aggfnoid, callable);
    FIELD(aggtype, as_is);
    FIELD(aggcollid, known_collation);
    FIELD(inputcollid, known_collation);
    FIELD(aggtranstype, forgotten);
    FIELD(aggargtypes, found_out);
    FIELD(aggdirectargs, refused("WITHIN GROUP"));
    FIELD(args, arguments_of);
    FIELD(aggorder, refused("ORDER BY in an aggregate"));
    FIELD(aggdistinct, clauses);
    FIELD(aggfilter, filter_of);
    FIELD(aggstar, flag);
    FIELD(aggvariadic, refused("VARIADIC"));
    FIELD(aggkind, as_is);
    FIELD_SINCE(16, aggpresorted, forgotten);
    FIELD(agglevelsup, refused("an aggregate of a query around it"));
    FIELD(aggsplit, zero);
    FIELD(aggno, found_out);
    FIELD(aggtransno, found_out);
    FIELD(location, as_is);
    to->aggno = to->aggtransno = -1;
    List* arguments = expressions_of(to->args);
    check_call(to->aggfnoid, PROKIND_AGGREGATE, arguments, to->aggtype);
    check_collation_of(to->aggtype, to->aggcollid);
    ListCell* cell;
    foreach (cell, arguments)
        to->aggargtypes = lappend_oid(to->aggargtypes, exprType(static_cast<Node*>(lfirst(cell))));
    if (!equal(to->aggargtypes, from->aggargtypes) || (to->aggstar && arguments != NIL) ||
        to->aggkind != AGGKIND_NORMAL || !in->aggregates || list_length(to->aggdistinct) > list_length(arguments))
        refuse_malformed("an aggregate that stands or looks otherwise than written");
    check_keys(to->aggdistinct, to->args);
    in->level->has_aggregates = true;
}

RULE(NamedArgExpr) {
    FIELD(arg, expression);
    FIELD(name, text);
    FIELD(argnumber, as_is);
    FIELD(location, as_is);
    if (to->name == nullptr)
        refuse_malformed("a name that is missing");
}

// Only calls have names; nothing else looks for them.
static Node* argument(const Node* node, Building* in) {
    return node != nullptr && IsA(node, NamedArgExpr) ? build_NamedArgExpr(node, in) : build_expression(node, in);
}
static List* arguments(const List* list, Building* in) { return list_of(list, argument, in); }

RULE(FuncExpr) {
    FIELD(funcid, callable);
    FIELD(funcresulttype, as_is);
    FIELD(funcretset, refused("a set-returning function"));
    FIELD(funcvariadic, refused("VARIADIC"));
    FIELD(funcformat, as_is);
    FIELD(funccollid, known_collation);
    FIELD(inputcollid, known_collation);
    FIELD(args, arguments);
    FIELD(location, as_is);
    check_format(to->funcformat, to->args);
    check_call(to->funcid, PROKIND_FUNCTION, to->args, to->funcresulttype);
    check_collation_of(to->funcresulttype, to->funccollid);
}

// Equality of a type, as links between tables are followed: the only operator that vetting makes itself.
static bool is_link(const OpExpr* call) {
    if (list_length(call->args) != 2 || !IsA(linitial(call->args), Var) || !IsA(lsecond(call->args), Var))
        return false;
    const Oid equality = lookup_type_cache(linitial_node(Var, call->args)->vartype, TYPECACHE_EQ_OPR)->eq_opr;
    return call->opno == equality && (call->opfuncid < FirstNormalObjectId || own_name(call->opfuncid) != nullptr);
}

// The operator's function is the one that is called, whatever the tree says.
static void check_operator(OpExpr* to, const OpExpr* from, Oid result, Building* in) {
    to->opfuncid = function_of(to->opno);
    if (OidIsValid(from->opfuncid) && from->opfuncid != to->opfuncid)
        refuse_malformed("an operator with another's function");
    if (in->stage == Stage::arrived || !is_link(to))
        callable(to->opfuncid, in);
    check_call(to->opfuncid, PROKIND_FUNCTION, to->args, result);
    check_collation_of(to->opresulttype, to->opcollid);
}

RULE(OpExpr) {
    FIELD(opno, own_operator);
    FIELD(opfuncid, found_out);
    FIELD(opresulttype, as_is);
    FIELD(opretset, refused("a set-returning function"));
    FIELD(opcollid, known_collation);
    FIELD(inputcollid, known_collation);
    FIELD(args, expressions);
    FIELD(location, as_is);
    check_operator(to, from, to->opresulttype, in);
}

RULE(DistinctExpr) {
    FIELD(opno, own_operator);
    FIELD(opfuncid, found_out);
    FIELD(opresulttype, as_is);
    FIELD(opretset, refused("a set-returning function"));
    FIELD(opcollid, known_collation);
    FIELD(inputcollid, known_collation);
    FIELD(args, expressions);
    FIELD(location, as_is);
    if (to->opresulttype != BOOLOID || list_length(to->args) != 2)
        refuse_malformed("IS DISTINCT FROM of another type than boolean");
    check_operator(to, from, BOOLOID, in);
}

RULE(NullIfExpr) {
    FIELD(opno, own_operator);
    FIELD(opfuncid, found_out);
    FIELD(opresulttype, as_is);
    FIELD(opretset, refused("a set-returning function"));
    FIELD(opcollid, known_collation);
    FIELD(inputcollid, known_collation);
    FIELD(args, expressions);
    FIELD(location, as_is);
    if (list_length(to->args) != 2 || to->opresulttype != exprType(static_cast<Node*>(linitial(to->args))))
        refuse_malformed("NULLIF of another type than its first argument");
    check_operator(to, from, BOOLOID, in);
}

RULE(ScalarArrayOpExpr) {
    FIELD(opno, own_operator);
    FIELD(opfuncid, found_out);
    FIELD(hashfuncid, forgotten);
    FIELD_SINCE(15, negfuncid, forgotten);
    FIELD(useOr, flag);
    FIELD(inputcollid, known_collation);
    FIELD(args, expressions);
    FIELD(location, as_is);
    to->opfuncid = function_of(to->opno);
    callable(to->opfuncid, in);
    check_array_call(to->opno, to->args);
}

} // namespace health_dp::release::grammar
