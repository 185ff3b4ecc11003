#include "release/suppressed/padding.hpp"

#include "release/vetting/columns.hpp"

namespace health_dp::release {

bool finds_owner(const Query* query, Node* conjunct) {
    Var *left, *right;
    return owner_equality(conjunct, &left, &right) && joins_patients(query, left, right);
}

namespace {

bool all_find_owners(const Query* query, List* conjuncts) {
    ListCell* cell;
    foreach (cell, conjuncts)
        if (!finds_owner(query, static_cast<Node*>(lfirst(cell))))
            return false;
    return true;
}

// Whether nothing that is asked leaves out rows of the part with this base: no condition, in subqueries neither. 0: no
// base is known, and what is looked up for it not either.
bool leaves_out_nothing(const Query* query, Node* part, int base) {
    check_stack_depth();
    const From from = read_from(part);
    Bitmapset* entries = bms_copy(from.entries);
    if (!all_find_owners(query, from.conjuncts))
        return false;
    ListCell* cell;
    foreach (cell, from.outer_joins) {
        const auto* outer = static_cast<const OuterJoin*>(lfirst(cell));
        if (base != 0 && !outer->full && !bms_is_member(base, outer->optional))
            entries = bms_del_members(entries, outer->optional);
        else if (!all_find_owners(query, outer->conjuncts))
            return false;
    }
    int index = -1;
    while ((index = bms_next_member(entries, index)) >= 0) {
        const RangeTblEntry* entry = rt_fetch(index, query->rtable);
        if (!is_personal(query, index) || is_wrapper(query, index))
            continue;
        const Query* below = entry->subquery;
        if (below->setOperations != nullptr || below->havingQual != nullptr || below->limitCount != nullptr ||
            below->limitOffset != nullptr ||
            !leaves_out_nothing(below, reinterpret_cast<Node*>(below->jointree),
                                makes_groups(below) ? 0 : origin_of(below).base))
            return false;
    }
    return true;
}

} // namespace

bool chooses_rows(const Query* query, const OuterJoin& outer, int base) {
    return !all_find_owners(query, outer.conjuncts) || !leaves_out_nothing(query, outer.optional_part, base);
}

} // namespace health_dp::release
