#include "release/session/values.hpp"

#include "postgres/errors.hpp"
#include "postgres/trees.hpp"
#include "projects/catalogue.hpp"
#include "release/grammar/grammar.hpp"
#include "release/plan/aggregates.hpp"

namespace health_dp::release {

namespace {

// Looks for anything that ties an expression to rows, to the query around it, or to protected tables.
struct Ties {
    Index level;    // how many queries deep the look is
    int case_level; // how many CASE expressions, whose tests may refer to them
};

bool is_tied(Node* node, void* context);

bool is_tied_case(CaseExpr* expression, Ties* ties) {
    if (is_tied(reinterpret_cast<Node*>(expression->arg), ties))
        return true;
    ++ties->case_level;
    bool tied = is_tied(reinterpret_cast<Node*>(expression->defresult), ties);
    ListCell* cell;
    foreach (cell, expression->args) {
        const auto* when = lfirst_node(CaseWhen, cell);
        tied = tied || is_tied(reinterpret_cast<Node*>(when->expr), ties) ||
               is_tied(reinterpret_cast<Node*>(when->result), ties);
    }
    --ties->case_level;
    return tied;
}

bool is_tied_query(Query* query, Ties* ties) {
    if (query->commandType != CMD_SELECT || query->rowMarks != NIL || query->hasModifyingCTE)
        return true;
    ++ties->level;
    const bool tied = postgres::walk_query(query, is_tied, ties, QTW_EXAMINE_RTES_BEFORE);
    --ties->level;
    return tied;
}

bool is_tied_entry(const RangeTblEntry* entry, const Ties* ties) {
    if (entry->rtekind == RTE_CTE)
        return entry->ctelevelsup >= ties->level;
    return entry->rtekind == RTE_RELATION && projects::is_protected(entry->relid);
}

bool is_tied(Node* node, void* context) {
    auto* ties = static_cast<Ties*>(context);
    if (node == nullptr)
        return false;
    bool with_bounds;
    switch (nodeTag(node)) {
    case T_Var:
        return castNode(Var, node)->varlevelsup >= ties->level;
    case T_Aggref:
        if (castNode(Aggref, node)->agglevelsup >= ties->level ||
            classify_aggregate(castNode(Aggref, node), &with_bounds) != AggregateKind::none)
            return true;
        break;
    case T_GroupingFunc:
        if (castNode(GroupingFunc, node)->agglevelsup >= ties->level)
            return true;
        break;
    case T_WindowFunc:
        if (ties->level == 0)
            return true;
        break;
    case T_Param:
        if (castNode(Param, node)->paramkind != PARAM_EXTERN &&
            (castNode(Param, node)->paramkind != PARAM_SUBLINK || ties->level == 0))
            return true;
        break;
    case T_FuncExpr:
        if (castNode(FuncExpr, node)->funcretset && ties->level == 0)
            return true;
        break;
    case T_CaseTestExpr:
        return ties->case_level == 0;
    case T_CaseExpr:
        return is_tied_case(castNode(CaseExpr, node), ties);
    case T_CoerceToDomainValue:
    case T_CurrentOfExpr:
    case T_SetToDefault:
        return true;
    case T_RangeTblEntry:
        return is_tied_entry(castNode(RangeTblEntry, node), ties);
    case T_Query:
        return is_tied_query(castNode(Query, node), ties);
    default:
        break;
    }
    return postgres::walk_expression(node, is_tied, context);
}

// A sub-select's test refers to its result by PARAM_SUBLINK: it is tied to it, not to rows.
bool depends_on_rows(Node* node) {
    Ties ties = {0, 0};
    if (IsA(node, SubLink)) {
        auto* link = castNode(SubLink, node);
        if (link->testexpr != nullptr)
            return true;
        return is_tied(link->subselect, &ties);
    }
    return is_tied(node, &ties);
}

// What holds expressions, and is none.
bool is_structure(const Node* node) {
    switch (nodeTag(node)) {
    case T_List:
    case T_TargetEntry:
    case T_FromExpr:
    case T_JoinExpr:
    case T_RangeTblRef:
    case T_SortGroupClause:
    case T_GroupingSet:
    case T_WindowClause:
    case T_CommonTableExpr:
    case T_SetOperationStmt:
    case T_RangeTblFunction:
    case T_TableSampleClause:
    case T_TableFunc:
    case T_CaseWhen:
    case T_NamedArgExpr:
    case T_WithCheckOption:
        return true;
    default:
        return false;
    }
}

// Of a type whose bytes a room checks in the tree; others travel as values.
bool is_plain_constant(Node* node) {
    while (IsA(node, RelabelType) || IsA(node, CollateExpr))
        node = reinterpret_cast<Node*>(IsA(node, RelabelType) ? castNode(RelabelType, node)->arg
                                                              : castNode(CollateExpr, node)->arg);
    return IsA(node, Const) && grammar::is_checked_constant(castNode(Const, node)->consttype);
}

Param* parameter_for(Node* value, List** values) {
    int number = 0;
    ListCell* cell;
    foreach (cell, *values) {
        ++number;
        if (equal(lfirst(cell), value))
            break;
    }
    if (cell == nullptr) {
        *values = lappend(*values, value);
        ++number;
    }
    auto* parameter = makeNode(Param);
    parameter->paramkind = PARAM_EXTERN;
    parameter->paramid = number;
    parameter->paramtype = exprType(value);
    parameter->paramtypmod = exprTypmod(value);
    parameter->paramcollid = exprCollation(value);
    parameter->location = -1;
    return parameter;
}

Node* take_value(Node* node, void* context) {
    if (node == nullptr)
        return nullptr;
    check_stack_depth();
    if (IsA(node, Query))
        return reinterpret_cast<Node*>(postgres::mutate_query(castNode(Query, node), take_value, context, 0));
    // What is volatile has another value for each row, and is refused where it stands.
    if (is_structure(node) || is_plain_constant(node) || depends_on_rows(node) || contain_volatile_functions(node) ||
        !may_travel(exprType(node)))
        return postgres::mutate_expression(node, take_value, context);
    Node* folded = eval_const_expressions(nullptr, postgres::copy(node));
    if (is_plain_constant(folded))
        return folded;
    // The planner wants its own query's sub-selects unplanned: as they were written.
    return reinterpret_cast<Node*>(parameter_for(node, static_cast<List**>(context)));
}

struct Insertion {
    List* values;
};

Node* insert_value(Node* node, void* context) {
    if (node == nullptr)
        return nullptr;
    check_stack_depth();
    if (IsA(node, Query))
        return reinterpret_cast<Node*>(postgres::mutate_query(castNode(Query, node), insert_value, context, 0));
    if (IsA(node, Param) && castNode(Param, node)->paramkind == PARAM_EXTERN) {
        const auto* parameter = castNode(Param, node);
        List* values = static_cast<Insertion*>(context)->values;
        if (parameter->paramid < 1 || parameter->paramid > list_length(values))
            elog(ERROR, "a question without the value of parameter %d", parameter->paramid);
        auto* value = postgres::copy(static_cast<Const*>(list_nth(values, parameter->paramid - 1)));
        if (value->consttype != parameter->paramtype)
            elog(ERROR, "the value of parameter %d is of another type", parameter->paramid);
        value->consttypmod = parameter->paramtypmod;
        value->constcollid = parameter->paramcollid;
        return reinterpret_cast<Node*>(value);
    }
    return postgres::mutate_expression(node, insert_value, context);
}

} // namespace

bool may_travel(Oid type) {
    const Oid element = get_element_type(getBaseType(type));
    const Oid scalar = getBaseType(OidIsValid(element) ? element : type);
    const char kind = get_typtype(scalar);
    if (kind == TYPTYPE_ENUM)
        return true;
    if (kind != TYPTYPE_BASE && kind != TYPTYPE_RANGE)
        return false;
    return scalar < FirstNormalObjectId || getExtensionOfObject(TypeRelationId, scalar) == projects::own_extension();
}

Query* take_values(Query* query, List** values) { return postgres::mutate_query(query, take_value, values, 0); }

Query* insert_values(Query* query, List* values) {
    Insertion insertion = {values};
    return postgres::mutate_query(query, insert_value, &insertion, 0);
}

} // namespace health_dp::release
