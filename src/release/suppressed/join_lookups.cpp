#include "release/suppressed/join_lookups.hpp"

#include "release/suppressed/padding.hpp"
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

namespace {

// Notes a part of FROM; returns its entries.
Bitmapset* read_part(Node* node, From* from) {
    check_stack_depth();
    if (IsA(node, RangeTblRef)) {
        Bitmapset* entry = bms_make_singleton(castNode(RangeTblRef, node)->rtindex);
        from->entries = bms_add_members(from->entries, entry);
        return entry;
    }
    if (IsA(node, FromExpr)) {
        Bitmapset* entries = nullptr;
        ListCell* cell;
        foreach (cell, castNode(FromExpr, node)->fromlist)
            entries = bms_join(entries, read_part(static_cast<Node*>(lfirst(cell)), from));
        from->conjuncts = list_concat(from->conjuncts, conjuncts_of(castNode(FromExpr, node)->quals));
        return entries;
    }
    const auto* join = castNode(JoinExpr, node);
    Bitmapset* left = read_part(join->larg, from);
    Bitmapset* right = read_part(join->rarg, from);
    Bitmapset* both = bms_union(left, right);
    List* conjuncts = conjuncts_of(join->quals);
    if (join->jointype == JOIN_INNER) {
        from->conjuncts = list_concat(from->conjuncts, conjuncts);
        return both;
    }
    auto* outer = static_cast<OuterJoin*>(palloc0(sizeof(OuterJoin)));
    const bool right_optional = join->jointype == JOIN_LEFT;
    outer->full = join->jointype != JOIN_LEFT && join->jointype != JOIN_RIGHT;
    outer->preserved_part = right_optional ? join->larg : join->rarg;
    outer->preserved = right_optional ? left : right;
    outer->optional_part = right_optional ? join->rarg : join->larg;
    outer->optional = outer->full ? both : right_optional ? right : left;
    outer->conjuncts = conjuncts;
    from->outer_joins = lappend(from->outer_joins, outer);
    return both;
}

} // namespace

From read_from(Node* part) {
    From from = {NIL, NIL, nullptr};
    read_part(part, &from);
    return from;
}

List* all_conjuncts(const From& from) {
    List* conjuncts = list_copy(from.conjuncts);
    ListCell* cell;
    foreach (cell, from.outer_joins)
        conjuncts = list_concat(conjuncts, static_cast<OuterJoin*>(lfirst(cell))->conjuncts);
    return conjuncts;
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
        const Var* variable = target != nullptr ? same_column(reinterpret_cast<Node*>(target->expr)) : nullptr;
        if (variable != nullptr && variable->varno == index)
            columns = bms_add_member(columns, variable->varattno);
    }
    return columns;
}

// How far the rows of a part of FROM are proved to be those of one entry.
struct Proof {
    const Query* query;
    const From* from;
    List* conjuncts;   // that hold in every row that the base is in
    List* outer_joins; // whose optional side has not the base
    Bitmapset* known;
    List* lookups;
};

// Whether the condition equates a column of the entry, under its type's own equality, with something of known ones.
bool equates(Node* conjunct, int index, const Proof& proof, AttrNumber* column, Node** other) {
    if (!IsA(conjunct, OpExpr) || list_length(castNode(OpExpr, conjunct)->args) != 2)
        return false;
    const OpExpr* operation = castNode(OpExpr, conjunct);
    if (OidIsValid(operation->inputcollid) && !get_collation_isdeterministic(operation->inputcollid))
        return false;
    for (const bool left : {true, false}) {
        auto* side = static_cast<Node*>(left ? linitial(operation->args) : lsecond(operation->args));
        *other = static_cast<Node*>(left ? lsecond(operation->args) : linitial(operation->args));
        const Var* variable = same_column(side);
        // From PostgreSQL 16 on a variable names the outer joins above it, too.
        Bitmapset* entries = bms_intersect(pull_varnos(nullptr, *other), proof.from->entries);
        if (variable == nullptr || variable->varno != index || !bms_is_subset(entries, proof.known))
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

// What holds where the entry has a row. Whether an outer join's optional side has one depends on all of the other side;
// so that has to be known first, or the same base would be there with a row of this side, and without.
bool conditions_on(const Proof& proof, int index, List** conjuncts) {
    *conjuncts = list_copy(proof.conjuncts);
    ListCell* cell;
    foreach (cell, proof.outer_joins) {
        const auto* outer = static_cast<const OuterJoin*>(lfirst(cell));
        if (!bms_is_member(index, outer->optional))
            continue;
        if (outer->full || !bms_is_subset(outer->preserved, proof.known))
            return false;
        *conjuncts = list_concat(*conjuncts, outer->conjuncts);
    }
    return true;
}

// Whether the known entries' rows each find one row of this one at most; notes by which equalities.
bool look_up(Proof* proof, int index) {
    Bitmapset* equated = nullptr;
    List* found = NIL;
    List* conjuncts;
    if (!conditions_on(*proof, index, &conjuncts))
        return false;
    ListCell* cell;
    foreach (cell, conjuncts) {
        auto* conjunct = static_cast<Node*>(lfirst(cell));
        AttrNumber column;
        Node* other;
        if (!equates(conjunct, index, *proof, &column, &other))
            continue;
        auto* lookup = static_cast<Lookup*>(palloc(sizeof(Lookup)));
        *lookup = {index, conjunct, other};
        found = lappend(found, lookup);
        equated = bms_add_member(equated, column);
    }
    if (!tells_apart(proof->query, index, equated))
        return false;
    proof->lookups = list_concat(proof->lookups, found);
    proof->known = bms_add_member(proof->known, index);
    return true;
}

Bitmapset* personal_entries(const Query* query, const Bitmapset* entries) {
    Bitmapset* personal = nullptr;
    int index = -1;
    while ((index = bms_next_member(entries, index)) >= 0)
        if (is_personal(query, index))
            personal = bms_add_member(personal, index);
    return personal;
}

Origin origin_of_part(const Query* query, Node* part);

enum class Placing { done, multiplied, padded };

// Sorts outer joins by where the base is. With the base on the optional side a row without it is nobody's, or else one
// of the other side alone, whose rows must then be known by themselves. Each of these brings one row where the base has
// none for it: who could say which rows the base has for it would choose between that one and these.
Placing place_base(Proof* proof, int base) {
    Placing placing = Placing::done;
    ListCell* cell;
    foreach (cell, proof->from->outer_joins) {
        auto* outer = static_cast<OuterJoin*>(lfirst(cell));
        outer->owned = personal_entries(proof->query, outer->preserved) != nullptr;
        if (outer->full || !bms_is_member(base, outer->optional)) {
            proof->outer_joins = lappend(proof->outer_joins, outer);
            continue;
        }
        if (outer->owned && origin_of_part(proof->query, outer->preserved_part).base == 0)
            return Placing::multiplied;
        if (outer->owned && chooses_rows(proof->query, *outer, base))
            placing = Placing::padded;
        proof->conjuncts = list_concat(proof->conjuncts, outer->conjuncts);
    }
    return placing;
}

Origin origin_of_part(const Query* query, Node* part) {
    check_stack_depth();
    const From from = read_from(part);
    Origin origin = {0, 0, false, NIL, NIL};
    Bitmapset* personal = personal_entries(query, from.entries);
    const Bitmapset* candidates = personal != nullptr ? personal : from.entries;
    int base = -1;
    while ((base = bms_next_member(candidates, base)) >= 0) {
        Proof proof = {query, &from, list_copy(from.conjuncts), NIL, bms_make_singleton(base), NIL};
        const Placing placing = place_base(&proof, base);
        // What is padded may multiply as well: then that is said.
        for (bool progress = placing != Placing::multiplied; progress;) {
            progress = false;
            int index = -1;
            while ((index = bms_next_member(from.entries, index)) >= 0)
                progress = (!bms_is_member(index, proof.known) && look_up(&proof, index)) || progress;
        }
        const bool proved = bms_is_subset(from.entries, proof.known);
        if (placing == Placing::done && proved)
            return {base, 0, false, proof.lookups, from.outer_joins};
        if (placing == Placing::padded && proved && !origin.padded) {
            origin = {0, base, true, NIL, NIL};
            continue;
        }
        if (origin.padded)
            continue;
        const int unproved = bms_next_member(bms_difference(from.entries, proof.known), -1);
        origin = {0, unproved > 0 ? unproved : base, false, NIL, NIL};
    }
    return origin;
}

} // namespace

Origin origin_of(const Query* query) { return origin_of_part(query, reinterpret_cast<Node*>(query->jointree)); }

} // namespace health_dp::release
