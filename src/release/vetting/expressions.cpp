// Vets the expressions of a release [C18]: only what cannot fail, cannot be observed and has no side effects runs on
// protected rows. What can fail on some input is replaced by a total version that returns NULL.
#include "postgres/errors.hpp"
#include "postgres/trees.hpp"
#include "release/vetting/allow_list.hpp"
#include "release/vetting/collations.hpp"
#include "release/vetting/relations.hpp"
#include "release/vetting/row_filters.hpp"
#include "release/vetting/spellings.hpp"

namespace health_dp::release {

namespace {

// Members cannot change the steward's row filter, and stewards write no release: they need other hints.
const char* hint_at(const Place* place, const char* hint) {
    if (place->name == kRowFilter)
        return "Ask a steward for a row filter that compares columns with constants: health_dp.revoke_table(), then "
               "health_dp.grant_table().";
    if (place->name == kNewRowFilter)
        return "Compare columns of the table with constants, as in: hospital IN ('HCL', 'CLB').";
    return hint;
}

[[noreturn]] void refuse(const Place* place, const char* what, const char* hint) {
    ereport(ERROR,
            (errcode(sqlstate::kUnsafeExpression), errmsg("a release does not take %s (in %s)", what, place->name),
             errhint("%s", hint_at(place, hint))));
    pg_unreachable();
}

[[noreturn]] void refuse_call(const Place* place, const char* what, const char* hint) {
    ereport(ERROR, (errcode(sqlstate::kUnsafeExpression),
                    errmsg("%s may not run on protected rows (in %s)", what, place->name),
                    errhint("%s", hint_at(place, hint))));
    pg_unreachable();
}

constexpr const char* kAllowedHint =
    "Inside a release only functions that cannot fail or be observed are evaluated: comparisons, arithmetic, CASE, "
    "COALESCE, simple text and date functions. Anything goes above it: wrap the release in an outer query.";

[[noreturn]] void refuse_function(const Place* place, Oid function) {
    char* name = format_procedure(function);
    refuse_call(place, psprintf("function %s", name), kAllowedHint);
}

[[noreturn]] void refuse_conversion(const Place* place, Oid from, Oid to) {
    refuse_call(place, psprintf("a conversion from %s to %s", format_type_be(from), format_type_be(to)),
                "One value that cannot be converted would be an error that tells. Compare the column as it is, or ask "
                "the DBA for a column of the other type.");
}

Node* cast_to(Node* argument, Oid type) {
    if (exprType(argument) == type)
        return argument;
    // From a function's own arguments to the common type of its total version: PostgreSQL has all of these.
    Node* result = coerce_to_target_type(nullptr, argument, exprType(argument), type, -1, COERCION_EXPLICIT,
                                         COERCE_EXPLICIT_CAST, -1);
    if (result == nullptr)
        elog(ERROR, "no conversion from type %u to type %u", exprType(argument), type);
    return result;
}

// The call of our total version with the original's arguments; a wrong signature is a defect and errors.
Node* substitute(const Admission& admission, List* arguments, Oid input_collation, Oid result_type, Oid collation) {
    Oid types[FUNC_MAX_ARGS] = {};
    List* cast = NIL;
    int count = 0;
    ListCell* cell;
    foreach (cell, arguments) {
        auto* argument = static_cast<Node*>(lfirst(cell));
        if (OidIsValid(admission.common))
            argument = cast_to(argument, admission.common);
        types[count++] = exprType(argument);
        cast = lappend(cast, argument);
    }
    const Oid function = own_function(admission.substitute, count, types);
    auto* call =
        makeFuncExpr(function, get_func_rettype(function), cast, collation, input_collation, COERCE_EXPLICIT_CALL);
    if (call->funcresulttype != result_type)
        elog(ERROR, "%s does not return %s", admission.substitute, format_type_be(result_type));
    return reinterpret_cast<Node*>(call);
}

char* constant_text(Node* node) {
    while (node != nullptr && IsA(node, RelabelType))
        node = reinterpret_cast<Node*>(castNode(RelabelType, node)->arg);
    if (node == nullptr || !IsA(node, Const) || castNode(Const, node)->constisnull)
        return nullptr;
    const Oid type = castNode(Const, node)->consttype;
    if (type != TEXTOID && type != VARCHAROID && type != UNKNOWNOID)
        return nullptr;
    return TextDatumGetCString(castNode(Const, node)->constvalue);
}

// A LIKE pattern that ends in its escape character raises an error only for rows whose text matches that far. Each %
// costs a level of recursion, which a long text can drive into the stack's limit.
bool well_formed_pattern(const char* pattern) {
    constexpr int kMaxWildcards = 64;
    int wildcards = 0;
    for (; *pattern != '\0'; ++pattern) {
        if (*pattern == '\\' && *++pattern == '\0')
            return false;
        wildcards += *pattern == '%' ? 1 : 0;
    }
    return wildcards <= kMaxWildcards;
}

// Of what a node gives and of what it compares by. A column's own is harmless until something compares by it.
void check_collations(Node* node, const Place* place) {
    switch (nodeTag(node)) {
    case T_List:
    case T_Query:
    case T_CaseWhen:
    case T_TargetEntry:
    case T_SortGroupClause:
    case T_Var:
        return;
    default:
        break;
    }
    for (Oid collation : {exprCollation(node), exprInputCollation(node)})
        if (const CollationProblem problem = collation_problem(collation); problem.what != nullptr)
            refuse(place, problem.what, problem.hint);
}

void require_collation(List* arguments, Oid input_collation, const Place* place) {
    ListCell* cell;
    foreach (cell, arguments)
        if (OidIsValid(get_typcollation(exprType(static_cast<Node*>(lfirst(cell))))) && !OidIsValid(input_collation))
            refuse(place, "a text function without a definite collation", "Add a COLLATE clause.");
}

// Admits one call; null when it may stay as it is, otherwise what replaces it.
Node* vet_call(Oid function, List* arguments, Oid input_collation, Oid result_type, Oid collation, const Place* place) {
    const Admission admission = admit_function(function);
    require_collation(arguments, input_collation, place);
    switch (admission.verdict) {
    case Verdict::total:
        return nullptr;
    case Verdict::substituted:
        return substitute(admission, arguments, input_collation, result_type, collation);
    case Verdict::pattern: {
        const char* pattern = constant_text(static_cast<Node*>(lsecond(arguments)));
        if (pattern == nullptr || !well_formed_pattern(pattern))
            refuse(place, "LIKE without a constant, well-formed pattern",
                   "Write the pattern as a literal, or use starts_with().");
        return admission.substitute == nullptr
                   ? nullptr
                   : substitute(admission, arguments, input_collation, result_type, collation);
    }
    case Verdict::field: {
        const char* field = constant_text(static_cast<Node*>(linitial(arguments)));
        const Oid type = exprType(static_cast<Node*>(lsecond(arguments)));
        const bool truncating = strcmp(admission.substitute, "total_date_trunc") == 0;
        if (field == nullptr || !known_field(field, truncating, type))
            refuse(
                place, psprintf("this field of type %s", format_type_be(type)),
                "Use a literal field: 'year', 'quarter', 'month', 'week' or 'day', of a timestamp 'hour' or 'minute' "
                "as well.");
        return substitute(admission, arguments, input_collation, result_type, collation);
    }
    case Verdict::lengths: {
        auto* length = static_cast<Node*>(lthird(arguments));
        // With NULL the whole call is NULL, and was folded.
        if (!IsA(length, Const) || DatumGetInt32(castNode(Const, length)->constvalue) < 0)
            refuse(place, "substring with a computed or negative length",
                   "Write the length as a literal of 0 or more.");
        return nullptr;
    }
    case Verdict::refused:
        break;
    }
    refuse_function(place, function);
}

// The table whose columns an entry of the range table shows, or InvalidOid.
Oid table_of(const Query* query, int index) {
    const RangeTblEntry* entry = rt_fetch(index, query->rtable);
    return entry->rtekind == RTE_RELATION ? entry->relid : wrapped_relation(query, index);
}

void vet_sublink(SubLink* sublink, const Place* place) {
    if (asks_release(sublink->subselect))
        refuse(place, "another release's answer as a value",
               "Ask for it in a statement of its own, then write the number. All releases of a statement are answered "
               "together.");
    if (sublink->subLinkType != EXISTS_SUBLINK && sublink->subLinkType != ANY_SUBLINK)
        refuse(place, "a scalar sub-select that depends on rows or reads protected ones",
               "One that does neither is a value, computed beforehand. Join the table instead, or use IN (SELECT ...) "
               "over a public table. Two rows would be an error that tells.");
    ++place->statement->sub_selects;
    analyse_public_query(castNode(Query, sublink->subselect), place->statement);
    --place->statement->sub_selects;
}

// Where one may stand is the parser's business, and the grammar's.
void vet_aggregate(Aggref* aggregate, const Place* place) {
    // One of a query around a sub-select has a column of that query's, which is refused below.
    if (!admit_patient_aggregate(aggregate->aggfnoid) || aggregate->aggorder != NIL)
        refuse_call(place, psprintf("aggregate %s", format_procedure(aggregate->aggfnoid)),
                    "Per patient, these aggregates are exact and independent of order: count, sum and avg of integers "
                    "and numeric, min, max, bool_and, bool_or.");
    // DISTINCT compares values: only where nothing but PostgreSQL's own operators do that.
    if (aggregate->aggdistinct != NIL &&
        !groupable_type(exprType(reinterpret_cast<Node*>(linitial_node(TargetEntry, aggregate->args)->expr))))
        refuse(place, psprintf("DISTINCT over type %s", format_type_be(linitial_oid(aggregate->aggargtypes))),
               "Use a number, text, a date, uuid or an enum.");
}

// Sums of numeric stay inside its range when every term does by far.
Node* moderate_sum(Aggref* aggregate) {
    if (aggregate->aggfnoid == F_SUM_NUMERIC || aggregate->aggfnoid == F_AVG_NUMERIC) {
        auto* term = linitial_node(TargetEntry, aggregate->args);
        const Oid types[] = {NUMERICOID};
        term->expr =
            reinterpret_cast<Expr*>(makeFuncExpr(own_function("total_moderate", 1, types), NUMERICOID,
                                                 list_make1(term->expr), InvalidOid, InvalidOid, COERCE_EXPLICIT_CALL));
    }
    return reinterpret_cast<Node*>(aggregate);
}

// What repeat() of constants makes: enough for an error wherever a row has it copied or compared.
bool is_long_text(const Const* constant) {
    constexpr Size kMaxLength = 65536;
    const Oid type = constant->consttype;
    return !constant->constisnull && (type == TEXTOID || type == VARCHAROID || type == BPCHAROID || type == BYTEAOID) &&
           toast_raw_datum_size(constant->constvalue) > kMaxLength;
}

// The transaction's time, without an effect. CURRENT_SCHEMA for one makes the temporary schema where that comes first
// in search_path, and only if a row gets that far.
bool is_clock(SQLValueFunctionOp operation) {
    switch (operation) {
    case SVFOP_CURRENT_DATE:
    case SVFOP_CURRENT_TIME:
    case SVFOP_CURRENT_TIME_N:
    case SVFOP_CURRENT_TIMESTAMP:
    case SVFOP_CURRENT_TIMESTAMP_N:
    case SVFOP_LOCALTIME:
    case SVFOP_LOCALTIME_N:
    case SVFOP_LOCALTIMESTAMP:
    case SVFOP_LOCALTIMESTAMP_N:
        return true;
    default:
        return false;
    }
}

Node* vet_mutator(Node* node, void* argument) {
    auto* place = static_cast<const Place*>(argument);
    if (node == nullptr)
        return nullptr;
    check_stack_depth();
    check_collations(node, place);
    switch (nodeTag(node)) {
    case T_Var: {
        auto* var = castNode(Var, node);
        if (var->varlevelsup != 0 && place->statement->sub_selects > 0)
            ereport(ERROR,
                    (errcode(sqlstate::kNotPatientSafe),
                     errmsg("a sub-select of a release may not depend on the row it is asked for (in %s)", place->name),
                     errhint("Join its table instead: a public one on its key, a protected one on the "
                             "patient.")));
        if (var->varlevelsup != 0)
            ereport(ERROR, (errcode(sqlstate::kNotPatientSafe),
                            errmsg("a release may not depend on a row outside it (in %s)", place->name),
                            errhint("Group by that column inside the release and join its result instead.")));
        if (var->varattno <= 0)
            refuse(place, var->varattno == 0 ? "a whole row" : "a system column", "Name the columns you need.");
        if (postgres::is_computed_when_read(table_of(place->query, var->varno), var->varattno))
            refuse(place, "a virtual generated column",
                   "Write its expression instead, or ask the DBA to make it STORED.");
        return postgres::copy(node);
    }
    case T_Const:
        if (is_long_text(castNode(Const, node)))
            refuse(place, "a text constant of more than 64 kB", "Use a shorter one.");
        return postgres::copy(node);
    case T_Param: // in a query, before it is planned: a value, or a column of a sub-select
    case T_CaseTestExpr:
        return postgres::copy(node);
    case T_SQLValueFunction:
        if (!is_clock(castNode(SQLValueFunction, node)->op))
            refuse(place, "a name that the session gives", "Write it as a literal.");
        return postgres::copy(node);
    case T_List:
    case T_BoolExpr:
    case T_BooleanTest:
    case T_CaseExpr:
    case T_CaseWhen:
    case T_CoalesceExpr:
    case T_CollateExpr:
    case T_RelabelType:
    case T_TargetEntry:
    case T_SortGroupClause: // of DISTINCT, see vet_aggregate()
        break;
    case T_ArrayExpr:
        // Sub-arrays of different dimensions are an error that depends on the row.
        if (castNode(ArrayExpr, node)->multidims)
            refuse(place, "an array of arrays", kAllowedHint);
        break;
    case T_NullTest:
        if (castNode(NullTest, node)->argisrow)
            refuse(place, "a row value", kAllowedHint);
        break;
    case T_MinMaxExpr:
        if (!groupable_type(castNode(MinMaxExpr, node)->minmaxtype))
            refuse(place,
                   psprintf("GREATEST or LEAST of type %s", format_type_be(castNode(MinMaxExpr, node)->minmaxtype)),
                   "Use numbers, text, dates, uuid or enums.");
        require_collation(castNode(MinMaxExpr, node)->args, castNode(MinMaxExpr, node)->inputcollid, place);
        break;
    case T_CoerceViaIO:
        if (!admit_text_conversion(exprType(reinterpret_cast<Node*>(castNode(CoerceViaIO, node)->arg)),
                                   castNode(CoerceViaIO, node)->resulttype))
            refuse_conversion(place, exprType(reinterpret_cast<Node*>(castNode(CoerceViaIO, node)->arg)),
                              castNode(CoerceViaIO, node)->resulttype);
        break;
    case T_ArrayCoerceExpr:
        refuse_conversion(place, exprType(reinterpret_cast<Node*>(castNode(ArrayCoerceExpr, node)->arg)),
                          castNode(ArrayCoerceExpr, node)->resulttype);
    case T_SubLink:
        vet_sublink(castNode(SubLink, node), place);
        break;
    case T_Query:
        return node; // vetted by vet_sublink
    case T_Aggref:
        vet_aggregate(castNode(Aggref, node), place);
        node = postgres::mutate_expression(node, vet_mutator, argument);
        respell_argument(castNode(Aggref, node));
        return moderate_sum(castNode(Aggref, node));
    case T_FuncExpr: {
        auto* call = castNode(FuncExpr, postgres::mutate_expression(node, vet_mutator, argument));
        if (call->funcretset)
            refuse(place, "a set-returning function", kAllowedHint);
        Node* replaced =
            vet_call(call->funcid, call->args, call->inputcollid, call->funcresulttype, call->funccollid, place);
        return replaced != nullptr ? replaced : reinterpret_cast<Node*>(call);
    }
    case T_OpExpr: {
        auto* call = castNode(OpExpr, postgres::mutate_expression(node, vet_mutator, argument));
        set_opfuncid(call);
        if (call->opno >= FirstNormalObjectId)
            refuse_call(place, psprintf("operator %s", format_operator(call->opno)), kAllowedHint);
        Node* replaced =
            vet_call(call->opfuncid, call->args, call->inputcollid, call->opresulttype, call->opcollid, place);
        return replaced != nullptr ? replaced : reinterpret_cast<Node*>(call);
    }
    case T_DistinctExpr:
    case T_NullIfExpr: {
        auto* call = reinterpret_cast<OpExpr*>(node);
        set_opfuncid(call);
        if (call->opno >= FirstNormalObjectId || admit_function(call->opfuncid).verdict != Verdict::total)
            refuse_function(place, call->opfuncid);
        require_collation(call->args, call->inputcollid, place);
        break;
    }
    case T_ScalarArrayOpExpr: {
        auto* call = castNode(ScalarArrayOpExpr, node);
        set_sa_opfuncid(call);
        if (call->opno >= FirstNormalObjectId || admit_function(call->opfuncid).verdict != Verdict::total)
            refuse_function(place, call->opfuncid);
        require_collation(call->args, call->inputcollid, place);
        break;
    }
    default:
        refuse(place, describe_node(node), kAllowedHint);
    }
    return postgres::mutate_expression(node, vet_mutator, argument);
}

} // namespace

const char* describe_node(const Node* node) {
    switch (nodeTag(node)) {
    case T_WindowFunc:
        return "a window function";
    case T_CoerceToDomain:
        return "a conversion to a domain";
    case T_RowExpr:
    case T_RowCompareExpr:
    case T_FieldSelect:
    case T_FieldStore:
    case T_ConvertRowtypeExpr:
        return "a row value";
    case T_SubscriptingRef:
        return "an array subscript";
    case T_XmlExpr:
        return "an XML expression";
    case T_GroupingFunc:
        return "GROUPING";
    case T_CurrentOfExpr:
        return "CURRENT OF";
    case T_NextValueExpr:
        return "a sequence";
    default:
        return "this expression";
    }
}

Node* vet_expression(Node* expression, const Place& place) {
    if (expression == nullptr)
        return nullptr;
    // Constants first: what holds no column is no danger, and its errors depend on the query alone.
    Node* folded = eval_const_expressions(nullptr, expression);
    return vet_mutator(folded, const_cast<Place*>(&place));
}

List* conjuncts_of(Node* condition) {
    if (condition == nullptr)
        return NIL;
    return make_ands_implicit(reinterpret_cast<Expr*>(condition));
}

} // namespace health_dp::release
