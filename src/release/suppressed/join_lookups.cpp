#include "release/suppressed/join_lookups.hpp"

#include "release/vetting/columns.hpp"

namespace health_dp::release {

bool is_wrapper(const Query* query, int index) { return table_label(query, index).kind != projects::LabelKind::none; }

bool is_personal(const Query* query, int index) {
    check_stack_depth();
    const RangeTblEntry* entry = rt_fetch(index, query->rtable);
    if (entry->rtekind != RTE_SUBQUERY)
        return false;
    bool personal = is_wrapper(query, index);
    for (int below = 1; !personal && below <= list_length(entry->subquery->rtable); ++below)
        personal = is_personal(entry->subquery, below);
    return personal;
}

bool makes_groups(const Query* query) {
    return query->groupClause != NIL || query->distinctClause != NIL || query->hasAggs || query->havingQual != nullptr;
}

List* unique_indexes(Oid relation) {
    Relation table = relation_open(relation, AccessShareLock);
    List* found = NIL;
    // The index of a table that others inherit from knows nothing of their rows.
    const bool whole = table->rd_rel->relkind == RELKIND_PARTITIONED_TABLE || !table->rd_rel->relhassubclass;
    List* indexes = whole ? RelationGetIndexList(table) : NIL;
    ListCell* cell;
    foreach (cell, indexes) {
        Relation index = index_open(lfirst_oid(cell), AccessShareLock);
        const Form_pg_index form = index->rd_index;
        bool usable = form->indisunique && form->indisvalid && form->indimmediate &&
                      RelationGetIndexPredicate(index) == NIL && RelationGetIndexExpressions(index) == NIL;
        Bitmapset* columns = nullptr;
        for (int i = 0; usable && i < form->indnkeyatts; ++i) {
            const Oid type = TupleDescAttr(RelationGetDescr(index), i)->atttypid;
            const TypeCacheEntry* cache = lookup_type_cache(type, TYPECACHE_BTREE_OPFAMILY);
            usable = index->rd_opfamily[i] == cache->btree_opf;
            columns = bms_add_member(columns, form->indkey.values[i]);
        }
        if (usable)
            found = lappend(found, columns);
        index_close(index, AccessShareLock);
    }
    relation_close(table, AccessShareLock);
    return found;
}

void gather_conjuncts(Node* node, List** conjuncts, Bitmapset** indexes) {
    check_stack_depth();
    ListCell* cell;
    if (IsA(node, RangeTblRef))
        *indexes = bms_add_member(*indexes, castNode(RangeTblRef, node)->rtindex);
    else if (IsA(node, FromExpr)) {
        foreach (cell, castNode(FromExpr, node)->fromlist)
            gather_conjuncts(static_cast<Node*>(lfirst(cell)), conjuncts, indexes);
        *conjuncts = list_concat(*conjuncts, conjuncts_of(castNode(FromExpr, node)->quals));
    } else if (IsA(node, JoinExpr)) {
        gather_conjuncts(castNode(JoinExpr, node)->larg, conjuncts, indexes);
        gather_conjuncts(castNode(JoinExpr, node)->rarg, conjuncts, indexes);
        *conjuncts = list_concat(*conjuncts, conjuncts_of(castNode(JoinExpr, node)->quals));
    }
}

namespace {

// The columns of a subquery that show the given expressions of its groups; null where one is not shown.
Bitmapset* columns_of_groups(const Query* query, List* clauses) {
    Bitmapset* columns = nullptr;
    ListCell* cell;
    foreach (cell, clauses) {
        const TargetEntry* target = get_sortgroupclause_tle(lfirst_node(SortGroupClause, cell), query->targetList);
        if (target->resjunk)
            return nullptr;
        columns = bms_add_member(columns, target->resno);
    }
    return columns;
}

// The columns of an entry that these columns of the subquery show.
Bitmapset* columns_below(const Query* query, int index, Bitmapset* shown) {
    Bitmapset* columns = nullptr;
    int column = -1;
    while ((column = bms_next_member(shown, column)) >= 0) {
        const TargetEntry* target = get_tle_by_resno(query->targetList, static_cast<AttrNumber>(column));
        const Var* variable = target != nullptr ? plain_column(reinterpret_cast<Node*>(target->expr)) : nullptr;
        if (variable != nullptr && variable->varno == index)
            columns = bms_add_member(columns, variable->varattno);
    }
    return columns;
}

// Whether the condition equates a column of the entry, under its type's own equality, with something of `known` ones.
bool equates(Node* conjunct, int index, Bitmapset* known, AttrNumber* column, Node** other) {
    if (!IsA(conjunct, OpExpr) || list_length(castNode(OpExpr, conjunct)->args) != 2)
        return false;
    const OpExpr* operation = castNode(OpExpr, conjunct);
    if (OidIsValid(operation->inputcollid) && !get_collation_isdeterministic(operation->inputcollid))
        return false;
    for (const bool left : {true, false}) {
        auto* side = static_cast<Node*>(left ? linitial(operation->args) : lsecond(operation->args));
        *other = static_cast<Node*>(left ? lsecond(operation->args) : linitial(operation->args));
        const Var* variable = plain_column(side);
        if (variable == nullptr || variable->varno != index || !bms_is_subset(pull_varnos(nullptr, *other), known))
            continue;
        const TypeCacheEntry* cache = lookup_type_cache(exprType(side), TYPECACHE_BTREE_OPFAMILY);
        if (get_op_opfamily_strategy(operation->opno, cache->btree_opf) != BTEqualStrategyNumber)
            continue;
        *column = variable->varattno;
        return true;
    }
    return false;
}

bool same_values(List* one, List* two, Bitmapset* columns) {
    int column = -1;
    while ((column = bms_next_member(columns, column)) >= 0) {
        auto* a = static_cast<Node*>(list_nth(one, column - 1));
        auto* b = static_cast<Node*>(list_nth(two, column - 1));
        if (!IsA(a, Const) || !IsA(b, Const))
            return true;
        const Const* left = castNode(Const, a);
        const Const* right = castNode(Const, b);
        if (left->constisnull || right->constisnull)
            return false; // equals nothing
        TypeCacheEntry* type = lookup_type_cache(left->consttype, TYPECACHE_EQ_OPR_FINFO);
        if (!OidIsValid(type->eq_opr_finfo.fn_oid) || left->consttype != right->consttype)
            return true;
        if (!DatumGetBool(
                FunctionCall2Coll(&type->eq_opr_finfo, left->constcollid, left->constvalue, right->constvalue)))
            return false;
    }
    return true;
}

// Rows of VALUES that differ in these columns, one from the other.
bool all_differ(List* rows, Bitmapset* columns) {
    constexpr int kMostRows = 2000;
    if (columns == nullptr || list_length(rows) > kMostRows)
        return false;
    for (int i = 0; i < list_length(rows); ++i)
        for (int j = 0; j < i; ++j) {
            CHECK_FOR_INTERRUPTS();
            if (same_values(static_cast<List*>(list_nth(rows, i)), static_cast<List*>(list_nth(rows, j)), columns))
                return false;
        }
    return true;
}

// Whether no two rows of the entry have all these columns in common.
bool tells_apart(const Query* query, int index, Bitmapset* columns) {
    check_stack_depth();
    const RangeTblEntry* entry = rt_fetch(index, query->rtable);
    List* unique = NIL;
    if (entry->rtekind == RTE_RESULT)
        return true;
    if (entry->rtekind == RTE_VALUES)
        return all_differ(entry->values_lists, columns);
    if (entry->rtekind == RTE_RELATION)
        unique = unique_indexes(entry->relid);
    else if (entry->rtekind == RTE_SUBQUERY && is_wrapper(query, index))
        unique = unique_indexes(wrapped_relation(query, index));
    else if (entry->rtekind == RTE_SUBQUERY && entry->subquery->setOperations == nullptr) {
        const Query* below = entry->subquery;
        if (!makes_groups(below)) {
            const int base = origin_of(below).base;
            return base != 0 && tells_apart(below, base, columns_below(below, base, columns));
        }
        Bitmapset* groups =
            columns_of_groups(below, below->distinctClause != NIL ? below->distinctClause : below->groupClause);
        unique = groups != nullptr ? list_make1(groups) : NIL;
    }
    ListCell* cell;
    foreach (cell, unique)
        if (bms_is_subset(static_cast<Bitmapset*>(lfirst(cell)), columns))
            return true;
    return false;
}

// Whether the known entries' rows each find one row of this one at most; notes by which equalities.
bool is_looked_up(const Query* query, int index, List* conjuncts, Bitmapset* known, List** lookups) {
    Bitmapset* equated = nullptr;
    List* found = NIL;
    ListCell* cell;
    foreach (cell, conjuncts) {
        auto* conjunct = static_cast<Node*>(lfirst(cell));
        AttrNumber column;
        Node* other;
        if (!equates(conjunct, index, known, &column, &other))
            continue;
        auto* lookup = static_cast<Lookup*>(palloc(sizeof(Lookup)));
        *lookup = {index, conjunct, other};
        found = lappend(found, lookup);
        equated = bms_add_member(equated, column);
    }
    if (!tells_apart(query, index, equated))
        return false;
    *lookups = list_concat(*lookups, found);
    return true;
}

} // namespace

Origin origin_of(const Query* query) {
    check_stack_depth();
    List* conjuncts = NIL;
    Bitmapset* indexes = nullptr;
    gather_conjuncts(reinterpret_cast<Node*>(query->jointree), &conjuncts, &indexes);
    Bitmapset* personal = nullptr;
    int index = -1;
    while ((index = bms_next_member(indexes, index)) >= 0)
        if (is_personal(query, index))
            personal = bms_add_member(personal, index);
    Origin origin = {0, 0, NIL};
    Bitmapset* candidates = personal != nullptr ? personal : indexes;
    int base = -1;
    while ((base = bms_next_member(candidates, base)) >= 0) {
        Bitmapset* known = bms_make_singleton(base);
        origin = {base, 0, NIL};
        for (bool progress = true; progress;) {
            progress = false;
            index = -1;
            while ((index = bms_next_member(indexes, index)) >= 0)
                if (!bms_is_member(index, known) && is_looked_up(query, index, conjuncts, known, &origin.lookups)) {
                    known = bms_add_member(known, index);
                    progress = true;
                }
        }
        if (bms_is_subset(indexes, known))
            return origin;
        origin = {0, bms_next_member(bms_difference(indexes, known), -1), NIL};
    }
    return origin;
}

} // namespace health_dp::release
