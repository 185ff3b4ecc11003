#include "release/suppressed/grouping_sets.hpp"

#include "postgres/errors.hpp"
#include "postgres/trees.hpp"
#include "release/plan/aggregates.hpp"
#include "release/plan/plan.hpp"

namespace health_dp::release {

namespace {

// PostgreSQL takes no more in one CUBE, and expands it to all subsets before anybody counts them.
constexpr int kMostInCube = 12;

[[noreturn]] void refuse(const char* message, const char* hint) {
    ereport(ERROR, (errcode(sqlstate::kUnsupported), errmsg("%s", message), errhint("%s", hint)));
    pg_unreachable();
}

int key_number(const Query* query, Index reference) {
    int number = 0;
    ListCell* cell;
    foreach (cell, query->groupClause) {
        if (lfirst_node(SortGroupClause, cell)->tleSortGroupRef == reference)
            return number;
        ++number;
    }
    elog(ERROR, "a grouping set names no key");
    pg_unreachable();
}

Node* integer_call(Oid function, Node* left, Node* right) {
    return reinterpret_cast<Node*>(
        makeFuncExpr(function, INT4OID, list_make2(left, right), InvalidOid, InvalidOid, COERCE_EXPLICIT_CALL));
}

Node* integer(int value) {
    return reinterpret_cast<Node*>(
        makeConst(INT4OID, -1, InvalidOid, sizeof(int32), Int32GetDatum(value), false, true));
}

// The place of a key, counted from 1; 0 for none.
int place_of_key(const List* clauses, Index reference) {
    int place = 0;
    ListCell* cell;
    foreach (cell, clauses) {
        ++place;
        if (lfirst_node(SortGroupClause, cell)->tleSortGroupRef == reference)
            return place;
    }
    return 0;
}

bool are_keys(const List* references, int keys) {
    if (references == NIL || !IsA(references, IntList))
        return false;
    ListCell* cell;
    foreach (cell, references)
        if (lfirst_int(cell) < 1 || lfirst_int(cell) > keys)
            return false;
    return true;
}

bool is_grouping_set(const Node* node, int keys) {
    if (node == nullptr || !IsA(node, GroupingSet))
        return false;
    const auto* set = reinterpret_cast<const GroupingSet*>(node);
    switch (set->kind) {
    case GROUPING_SET_EMPTY:
        return set->content == NIL;
    case GROUPING_SET_SIMPLE:
        return are_keys(set->content, keys);
    case GROUPING_SET_CUBE:
        return list_length(set->content) <= kMostInCube && are_grouping_sets(set->content, keys);
    case GROUPING_SET_ROLLUP:
    case GROUPING_SET_SETS:
        return are_grouping_sets(set->content, keys);
    }
    return false;
}

} // namespace

List* renumber_sets(List* sets, List* clauses) {
    List* renumbered = NIL;
    ListCell *cell, *member;
    foreach (cell, sets) {
        const auto* written = lfirst_node(GroupingSet, cell);
        auto* set = makeNode(GroupingSet);
        set->kind = written->kind;
        set->location = -1;
        if (set->kind != GROUPING_SET_SIMPLE)
            set->content = renumber_sets(written->content, clauses);
        else
            foreach (member, written->content)
                set->content = lappend_int(set->content, place_of_key(clauses, static_cast<Index>(lfirst_int(member))));
        renumbered = lappend(renumbered, set);
    }
    return renumbered;
}

bool are_grouping_sets(const List* sets, int keys) {
    check_stack_depth();
    if (sets == NIL || !IsA(sets, List))
        return false;
    ListCell* cell;
    foreach (cell, sets)
        if (!is_grouping_set(static_cast<const Node*>(lfirst(cell)), keys))
            return false;
    return true;
}

List* suppressed_sets(Query* inner) {
    const int keys = list_length(inner->groupClause);
    if (keys > kMaxSuppressedKeys)
        refuse(psprintf("a suppressed release takes at most %d keys", kMaxSuppressedKeys),
               "Every margin of its cells is protected as well: ask for tables of fewer dimensions.");
    if (inner->groupingSets == NIL)
        return list_make1(makeInteger((1 << keys) - 1));
    List* expanded = expand_grouping_sets(inner->groupingSets, inner->groupDistinct, kMaxSuppressedSets);
    if (expanded == NIL)
        refuse(psprintf("a suppressed release takes at most %d grouping sets", kMaxSuppressedSets),
               "Ask for fewer tables at a time: later ones are protected together with earlier ones.");
    List* sets = NIL;
    ListCell* cell;
    foreach (cell, expanded) {
        int set = 0;
        ListCell* member;
        foreach (member, static_cast<List*>(lfirst(cell)))
            set |= 1 << key_number(inner, static_cast<Index>(lfirst_int(member)));
        sets = lappend(sets, makeInteger(set));
    }
    return sets;
}

void replace_sets(Query* inner) {
    const int keys = list_length(inner->groupClause);
    const auto column = static_cast<AttrNumber>(keys + 1);
    inner->groupingSets = NIL;
    inner->groupDistinct = false;
    ListCell* cell;
    for_each_from(cell, inner->targetList, keys) { ++lfirst_node(TargetEntry, cell)->resno; }
    // Not a constant: the plan would compute that above the node instead of taking the node's.
    auto* none = makeFuncExpr(own_function("release_set", 0, nullptr), INT4OID, NIL, InvalidOid, InvalidOid,
                              COERCE_EXPLICIT_CALL);
    TargetEntry* target = makeTargetEntry(reinterpret_cast<Expr*>(none), column, pstrdup("set"), false);
    auto* clause = makeNode(SortGroupClause);
    TypeCacheEntry* type = lookup_type_cache(INT4OID, TYPECACHE_EQ_OPR | TYPECACHE_LT_OPR);
    clause->tleSortGroupRef = target->ressortgroupref = static_cast<Index>(column);
    clause->eqop = type->eq_opr;
    clause->sortop = type->lt_opr;
    clause->hashable = true;
    inner->targetList = list_insert_nth(inner->targetList, keys, target);
    inner->groupClause = lappend(inner->groupClause, clause);
}

Node* grouping_expression(const GroupingFunc* grouping, const Query* query, Var* set) {
    if (set == nullptr) // every key is grouped by
        return integer(0);
    Node* result = nullptr;
    ListCell* cell;
    foreach (cell, grouping->refs) {
        const int number = key_number(query, static_cast<Index>(lfirst_int(cell)));
        Node* shifted = integer_call(F_INT4SHR, reinterpret_cast<Node*>(postgres::copy(set)), integer(number));
        Node* bit = integer_call(F_INT4AND, shifted, integer(1));
        // GROUPING's first argument is its highest bit.
        result = result == nullptr ? bit : integer_call(F_INT4PL, integer_call(F_INT4SHL, result, integer(1)), bit);
    }
    return result;
}

} // namespace health_dp::release
