#include "release/vetting/columns.hpp"

#include "release/vetting/spellings.hpp"

namespace health_dp::release {

Var* plain_column(Node* node) {
    while (node != nullptr && (IsA(node, RelabelType) || is_respelled(node)))
        node = IsA(node, RelabelType) ? reinterpret_cast<Node*>(castNode(RelabelType, node)->arg)
                                      : static_cast<Node*>(linitial(castNode(FuncExpr, node)->args));
    return node != nullptr && IsA(node, Var) && castNode(Var, node)->varlevelsup == 0 ? castNode(Var, node) : nullptr;
}

Oid equality_of(Oid type) { return lookup_type_cache(type, TYPECACHE_EQ_OPR)->eq_opr; }

Var* same_column(Node* node) {
    while (node != nullptr) {
        Node* inner = nullptr;
        if (is_respelled(node))
            inner = static_cast<Node*>(linitial(castNode(FuncExpr, node)->args));
        else if (IsA(node, RelabelType))
            inner = reinterpret_cast<Node*>(castNode(RelabelType, node)->arg);
        if (inner == nullptr)
            break;
        if (equality_of(exprType(node)) != equality_of(exprType(inner)))
            return nullptr;
        node = inner;
    }
    return node != nullptr && IsA(node, Var) && castNode(Var, node)->varlevelsup == 0 ? castNode(Var, node) : nullptr;
}

projects::TableLabel table_label(const Query* query, int index) {
    projects::TableLabel label = {};
    const Oid relation = wrapped_relation(query, index);
    if (OidIsValid(relation))
        projects::read_table_label(relation, &label);
    if (label.kind == projects::LabelKind::public_table)
        label.kind = projects::LabelKind::none;
    return label;
}

ProtectedColumn protected_column(const Query* query, const Var* column) {
    const ProtectedColumn none = {InvalidOid, InvalidAttrNumber};
    const RangeTblEntry* entry = rt_fetch(column->varno, query->rtable);
    if (column->varattno <= 0 || entry->rtekind != RTE_SUBQUERY || entry->subquery->setOperations != nullptr)
        return none;
    if (table_label(query, column->varno).kind != projects::LabelKind::none)
        return {wrapped_relation(query, column->varno), column->varattno};
    const TargetEntry* target = get_tle_by_resno(entry->subquery->targetList, column->varattno);
    const Var* below = target != nullptr ? plain_column(reinterpret_cast<Node*>(target->expr)) : nullptr;
    return below != nullptr ? protected_column(entry->subquery, below) : none;
}

namespace {

// Where a link leads from a column: that column's counterpart in the target.
ProtectedColumn linked_column(const ProtectedColumn& column) {
    projects::TableLabel label = {};
    projects::read_table_label(column.relation, &label);
    for (int i = 0; label.kind == projects::LabelKind::protected_via && i < label.link_columns; ++i)
        if (label.from[i] == column.number)
            return {label.target, label.to[i]};
    return {InvalidOid, InvalidAttrNumber};
}

bool is_unique_by_itself(const ProtectedColumn& column) {
    Relation table = relation_open(column.relation, AccessShareLock);
    bool found = false;
    ListCell* cell;
    foreach (cell, RelationGetIndexList(table)) {
        Relation index = index_open(lfirst_oid(cell), AccessShareLock);
        found = found || (index->rd_index->indisunique && index->rd_index->indnkeyatts == 1 &&
                          index->rd_index->indkey.values[0] == column.number);
        index_close(index, AccessShareLock);
    }
    relation_close(table, AccessShareLock);
    return found;
}

bool are_linked(const ProtectedColumn& from, const ProtectedColumn& to) {
    if (!OidIsValid(from.relation) || !OidIsValid(to.relation))
        return false;
    const ProtectedColumn target = linked_column(from);
    return target.relation == to.relation && target.number == to.number;
}

} // namespace

bool names_patient(const ProtectedColumn& column) {
    check_stack_depth();
    if (!OidIsValid(column.relation))
        return false;
    projects::TableLabel label = {};
    projects::read_table_label(column.relation, &label);
    return (label.kind == projects::LabelKind::protected_direct && label.owner == column.number) ||
           names_patient(linked_column(column));
}

bool names_row(const ProtectedColumn& column) {
    return OidIsValid(column.relation) &&
           (names_patient(column) || OidIsValid(linked_column(column).relation) || is_unique_by_itself(column));
}

bool joins_patients(const Query* query, const Var* left, const Var* right) {
    const ProtectedColumn one = protected_column(query, left);
    const ProtectedColumn other = protected_column(query, right);
    return (names_patient(one) && names_patient(other)) || are_linked(one, other) || are_linked(other, one);
}

} // namespace health_dp::release
