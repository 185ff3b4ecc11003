// The expressions of a release.
#include "release/grammar/rules.hpp"
#include "release/vetting/allow_list.hpp"
#include "release/vetting/statement.hpp"

namespace health_dp::release::grammar {

namespace {

void check_types(const List* built, Oid type) {
    const ListCell* cell;
    foreach (cell, built)
        if (exprType(static_cast<Node*>(lfirst(cell))) != type)
            refuse_malformed("alternatives of several types");
}

Oid clock_type(SQLValueFunctionOp operation) {
    switch (operation) {
    case SVFOP_CURRENT_DATE:
        return DATEOID;
    case SVFOP_CURRENT_TIME:
    case SVFOP_CURRENT_TIME_N:
        return TIMETZOID;
    case SVFOP_CURRENT_TIMESTAMP:
    case SVFOP_CURRENT_TIMESTAMP_N:
        return TIMESTAMPTZOID;
    case SVFOP_LOCALTIME:
    case SVFOP_LOCALTIME_N:
        return TIMEOID;
    case SVFOP_LOCALTIMESTAMP:
    case SVFOP_LOCALTIMESTAMP_N:
        return TIMESTAMPOID;
    default:
        refuse("a name that the session gives");
    }
}

} // namespace

RULE(Var) {
    FIELD(varno, as_is);
    FIELD(varattno, as_is);
    FIELD(vartype, as_is);
    FIELD(vartypmod, as_is);
    FIELD(varcollid, known_collation);
    FIELD_SINCE(16, varnullingrels, numbers);
    FIELD_SINCE(18, varreturningtype, zero);
    FIELD(varlevelsup, refused("a column of a query around it"));
    FIELD(varnosyn, found_out);
    FIELD(varattnosyn, found_out);
    FIELD(location, as_is);
    if (to->varattno == 0)
        refuse("a whole row");
    if (to->varattno < 0)
        refuse("a system column");
    if (to->varno < 1 || to->varno > list_length(in->level->entries))
        refuse_malformed("a column of no table");
    if (in->join != 0 ? to->varno >= in->join : !bms_is_member(to->varno, in->scope))
        refuse_malformed("a column of a table that is not in FROM there");
    const Column column = find_column(in->level, to->varno, to->varattno);
    // Vetting leaves the length of what it substitutes open.
    if (column.type != to->vartype || column.collation != to->varcollid ||
        (column.typmod != to->vartypmod && in->stage == Stage::arrived))
        refuse_malformed("a column of another type than its table's");
    Bitmapset** noted = in->join != 0 ? &in->level->behind[in->join] : &in->level->selected[to->varno];
    *noted = bms_add_member(*noted, in->join != 0 ? to->varno : to->varattno - FirstLowInvalidHeapAttributeNumber);
    // As one writes it: only where that exists, since whoever prints the query looks there.
    const auto written = static_cast<int>(from->varnosyn);
    if (written >= 1 && written <= list_length(in->level->entries) && from->varattnosyn > 0 &&
        from->varattnosyn <= count_columns(rt_fetch(written, in->level->entries))) {
        to->varnosyn = from->varnosyn;
        to->varattnosyn = from->varattnosyn;
    }
}

RULE(Const) {
    FIELD(consttype, as_is);
    FIELD(consttypmod, as_is);
    FIELD(constcollid, known_collation);
    FIELD(constlen, as_is);
    FIELD(constvalue, as_is);
    FIELD(constisnull, flag);
    FIELD(constbyval, flag);
    FIELD(location, as_is);
    check_constant(to, in->stage);
    check_collation_of(to->consttype, to->constcollid);
}

RULE(Param) {
    FIELD(paramkind, as_is);
    FIELD(paramid, as_is);
    FIELD(paramtype, plain_type);
    FIELD(paramtypmod, as_is);
    FIELD(paramcollid, known_collation);
    FIELD(location, as_is);
    check_collation_of(to->paramtype, to->paramcollid);
    if (to->paramkind == PARAM_EXTERN)
        return;
    if (to->paramkind != PARAM_SUBLINK)
        refuse("this parameter");
    const TargetEntry* column = get_tle_by_resno(in->sub_select, static_cast<AttrNumber>(to->paramid));
    if (to->paramid < 1 || to->paramid > list_length(in->sub_select) || column->resjunk ||
        exprType(reinterpret_cast<Node*>(column->expr)) != to->paramtype)
        refuse_malformed("a column that a sub-select does not have");
}

RULE(BoolExpr) {
    FIELD(boolop, as_is); // a word, in text
    FIELD(args, conditions);
    FIELD(location, as_is);
    if (to->args == NIL || (to->boolop == NOT_EXPR && list_length(to->args) != 1))
        refuse_malformed("a condition of nothing");
}

static bool is_comparison(const Node* node) {
    return IsA(node, OpExpr) && list_length(reinterpret_cast<const OpExpr*>(node)->args) == 2;
}

// One comparison, or one for each column: whoever prints the query, or hashes the sub-select, takes them apart.
static void check_test(const Node* test) {
    bool good = is_comparison(test) || IsA(test, BoolExpr);
    if (good && IsA(test, BoolExpr)) {
        ListCell* cell;
        foreach (cell, reinterpret_cast<const BoolExpr*>(test)->args)
            good = good && is_comparison(static_cast<Node*>(lfirst(cell)));
    }
    if (!good)
        refuse_malformed("a sub-select that is compared in another way");
}

RULE(SubLink) {
    FIELD(subLinkType, as_is);
    FIELD(subLinkId, zero);
    FIELD(testexpr, found_out);
    FIELD(operName, names);
    FIELD(subselect, sub_query);
    FIELD(location, as_is);
    if (to->subLinkType != EXISTS_SUBLINK && to->subLinkType != ANY_SUBLINK)
        refuse("a scalar sub-select that depends on rows or reads protected ones");
    if ((from->testexpr == nullptr) != (to->subLinkType == EXISTS_SUBLINK))
        refuse_malformed("a sub-select without its comparison");
    Building inside = *in;
    inside.sub_select = castNode(Query, to->subselect)->targetList;
    to->testexpr = condition_or_none(from->testexpr, &inside);
    if (to->testexpr != nullptr)
        check_test(to->testexpr);
    in->level->has_sub_selects = true;
}

RULE(RelabelType) {
    FIELD(arg, expression);
    FIELD(resulttype, plain_type);
    FIELD(resulttypmod, as_is);
    FIELD(resultcollid, known_collation);
    FIELD(relabelformat, at_most(COERCE_SQL_SYNTAX));
    FIELD(location, as_is);
    check_collation_of(to->resulttype, to->resultcollid);
    // Vetting makes values of a domain of what it substitutes for them.
    const Oid read_as = in->stage == Stage::vetted ? getBaseType(to->resulttype) : to->resulttype;
    if (!IsBinaryCoercible(exprType(reinterpret_cast<Node*>(to->arg)), read_as))
        refuse_malformed("a value read as of another type");
}

RULE(CoerceViaIO) {
    FIELD(arg, expression);
    FIELD(resulttype, plain_type);
    FIELD(resultcollid, known_collation);
    FIELD(coerceformat, at_most(COERCE_SQL_SYNTAX));
    FIELD(location, as_is);
    check_collation_of(to->resulttype, to->resultcollid);
    const Oid source = exprType(reinterpret_cast<Node*>(to->arg));
    if (!admit_text_conversion(source, to->resulttype))
        refuse(psprintf("a conversion from %s to %s", format_type_be(source), format_type_be(to->resulttype)));
}

RULE(CollateExpr) {
    FIELD(arg, expression);
    FIELD(collOid, known_collation);
    FIELD(location, as_is);
    check_collation_of(exprType(reinterpret_cast<Node*>(to->arg)), to->collOid);
}

RULE(CaseWhen) {
    FIELD(expr, condition);
    FIELD(result, found_out);
    FIELD(location, as_is);
}

RULE(CaseExpr) {
    FIELD(casetype, plain_type);
    FIELD(casecollid, known_collation);
    FIELD(arg, expression_or_none);
    FIELD(args, found_out);
    FIELD(defresult, expression);
    FIELD(location, as_is);
    check_collation_of(to->casetype, to->casecollid);
    // The tests of the branches know the value that is compared; their results know that of a CASE around this one.
    const Column value =
        to->arg != nullptr ? column_of(reinterpret_cast<Node*>(to->arg)) : Column{InvalidOid, -1, InvalidOid};
    Building inside = *in;
    inside.case_value = to->arg != nullptr ? &value : nullptr;
    to->args = list_of(from->args, build_CaseWhen, &inside);
    List* results = list_make1(to->defresult);
    for (int at = 0; at < list_length(to->args); ++at) {
        auto* branch = static_cast<CaseWhen*>(list_nth(to->args, at));
        branch->result =
            reinterpret_cast<Expr*>(expression(static_cast<const CaseWhen*>(list_nth(from->args, at))->result, in));
        results = lappend(results, branch->result);
    }
    if (to->args == NIL)
        refuse_malformed("a CASE without a branch");
    check_types(results, to->casetype);
}

RULE(CaseTestExpr) {
    FIELD(typeId, as_is);
    FIELD(typeMod, as_is);
    FIELD(collation, known_collation);
    if (in->case_value == nullptr || in->case_value->type != to->typeId)
        refuse_malformed("a CASE that compares nothing");
    check_collation_of(to->typeId, to->collation);
}

RULE(ArrayExpr) {
    FIELD(array_typeid, plain_type);
    FIELD(array_collid, known_collation);
    FIELD(element_typeid, plain_type);
    FIELD(elements, expressions);
    FIELD(multidims, refused("an array of arrays"));
    FIELD_SINCE(18, list_start, as_is);
    FIELD_SINCE(18, list_end, as_is);
    FIELD(location, as_is);
    check_types(to->elements, to->element_typeid);
    check_collation_of(to->array_typeid, to->array_collid);
    if (get_array_type(to->element_typeid) != to->array_typeid)
        refuse_malformed("an array of another type than its elements'");
}

RULE(CoalesceExpr) {
    FIELD(coalescetype, plain_type);
    FIELD(coalescecollid, known_collation);
    FIELD(args, expressions);
    FIELD(location, as_is);
    if (to->args == NIL)
        refuse_malformed("COALESCE of nothing");
    check_types(to->args, to->coalescetype);
    check_collation_of(to->coalescetype, to->coalescecollid);
}

RULE(MinMaxExpr) {
    FIELD(minmaxtype, plain_type);
    FIELD(minmaxcollid, known_collation);
    FIELD(inputcollid, known_collation);
    FIELD(op, at_most(IS_LEAST));
    FIELD(args, expressions);
    FIELD(location, as_is);
    if (to->args == NIL)
        refuse_malformed("GREATEST or LEAST of nothing");
    check_types(to->args, to->minmaxtype);
    check_collation_of(to->minmaxtype, to->minmaxcollid);
    if (!groupable_type(to->minmaxtype))
        refuse(psprintf("GREATEST or LEAST of type %s", format_type_be(to->minmaxtype)));
}

RULE(SQLValueFunction) {
    FIELD(op, as_is);
    FIELD(type, as_is);
    FIELD(typmod, as_is);
    FIELD(location, as_is);
    if (clock_type(to->op) != to->type)
        refuse_malformed("a clock of another type");
}

RULE(NullTest) {
    FIELD(arg, expression);
    FIELD(nulltesttype, at_most(IS_NOT_NULL));
    FIELD(argisrow, refused("a row value"));
    FIELD(location, as_is);
    if (type_is_rowtype(exprType(reinterpret_cast<Node*>(to->arg))))
        refuse("a row value");
}

RULE(BooleanTest) {
    FIELD(arg, condition);
    FIELD(booltesttype, at_most(IS_NOT_UNKNOWN));
    FIELD(location, as_is);
}

RULE(TargetEntry) {
    FIELD(expr, expression);
    FIELD(resno, as_is);
    FIELD(resname, text);
    FIELD(ressortgroupref, as_is);
    FIELD(resorigtbl, forgotten);
    FIELD(resorigcol, forgotten);
    FIELD(resjunk, flag);
}

Node* build_expression(const Node* node, Building* in) {
    check_stack_depth();
    if (node == nullptr)
        refuse_malformed("an expression that is missing");
#define BY_RULE(T)                                                                                                     \
    case T_##T:                                                                                                        \
        return build_##T(node, in)
    switch (nodeTag(node)) {
        BY_RULE(Var);
        BY_RULE(Const);
        BY_RULE(Param);
        BY_RULE(Aggref);
        BY_RULE(FuncExpr);
        BY_RULE(OpExpr);
        BY_RULE(DistinctExpr);
        BY_RULE(NullIfExpr);
        BY_RULE(ScalarArrayOpExpr);
        BY_RULE(BoolExpr);
        BY_RULE(SubLink);
        BY_RULE(RelabelType);
        BY_RULE(CoerceViaIO);
        BY_RULE(CollateExpr);
        BY_RULE(CaseExpr);
        BY_RULE(CaseTestExpr);
        BY_RULE(ArrayExpr);
        BY_RULE(CoalesceExpr);
        BY_RULE(MinMaxExpr);
        BY_RULE(SQLValueFunction);
        BY_RULE(NullTest);
        BY_RULE(BooleanTest);
    default:
        refuse(describe_node(node));
    }
#undef BY_RULE
}

} // namespace health_dp::release::grammar
