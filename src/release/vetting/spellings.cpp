#include <algorithm>

#include "release/vetting/spellings.hpp"

#include "postgres/trees.hpp"
#include "release/plan/aggregates.hpp"
#include "release/plan/spelling.hpp"

namespace health_dp::release {

namespace {

constexpr const char* kSpelling = "total_spelling";

// Where a length or a scale is declared, equal values are spelled alike: padded, or with as many digits.
bool needs_spelling(Node* value) {
    int32 modifier = exprTypmod(value);
    const Oid type = getBaseTypeAndTypmod(exprType(value), &modifier);
    return has_spellings(type) && !(modifier >= 0 && (type == NUMERICOID || type == BPCHAROID));
}

Expr* read_as(Expr* value, Oid type, Oid collation) {
    return reinterpret_cast<Expr*>(makeRelabelType(value, type, -1, collation, COERCE_IMPLICIT_CAST));
}

// Of the value's own type, be it a domain.
Node* respelled(Node* value) {
    const Oid type = exprType(value);
    const Oid base[] = {getBaseType(type)};
    const Oid collation = exprCollation(value);
    auto* argument = reinterpret_cast<Expr*>(value);
    if (base[0] != type)
        argument = read_as(argument, base[0], collation);
    auto* call = reinterpret_cast<Expr*>(makeFuncExpr(own_function(kSpelling, 1, base), base[0], list_make1(argument),
                                                      collation, collation, COERCE_EXPLICIT_CALL));
    return reinterpret_cast<Node*>(base[0] != type ? read_as(call, type, collation) : call);
}

Node* respell_mutator(Node* node, void* keys) {
    if (node == nullptr || IsA(node, Aggref) || IsA(node, Query))
        return node; // sub-selects look at nothing outside
    if (list_member(static_cast<List*>(keys), node))
        return needs_spelling(node) ? respelled(postgres::copy(node)) : node;
    return postgres::mutate_expression(node, respell_mutator, keys);
}

} // namespace

void respell_keys(Query* query) {
    List* keys = get_sortgrouplist_exprs(query->groupClause, query->targetList);
    ListCell* cell;
    foreach (cell, query->targetList) {
        auto* target = lfirst_node(TargetEntry, cell);
        target->expr = reinterpret_cast<Expr*>(respell_mutator(reinterpret_cast<Node*>(target->expr), keys));
    }
    query->havingQual = respell_mutator(query->havingQual, keys);
    foreach (cell, query->distinctClause) {
        TargetEntry* target = get_sortgroupclause_tle(lfirst_node(SortGroupClause, cell), query->targetList);
        auto* value = reinterpret_cast<Node*>(target->expr);
        if (needs_spelling(value) && !is_respelled(value))
            target->expr = reinterpret_cast<Expr*>(respelled(value));
    }
}

void respell_argument(Aggref* aggregate) {
    constexpr Oid kExtremes[] = {F_MIN_FLOAT4, F_MIN_FLOAT8, F_MIN_NUMERIC, F_MAX_FLOAT4, F_MAX_FLOAT8, F_MAX_NUMERIC};
    const Oid* end = kExtremes + lengthof(kExtremes);
    if (aggregate->aggdistinct == NIL && std::find(kExtremes, end, aggregate->aggfnoid) == end)
        return;
    auto* term = linitial_node(TargetEntry, aggregate->args);
    auto* value = reinterpret_cast<Node*>(term->expr);
    if (needs_spelling(value))
        term->expr = reinterpret_cast<Expr*>(respelled(value));
}

bool is_respelled(const Node* node) {
    if (!IsA(node, FuncExpr))
        return false;
    const char* name = own_name(castNode(FuncExpr, node)->funcid);
    return name != nullptr && strcmp(name, kSpelling) == 0;
}

} // namespace health_dp::release
