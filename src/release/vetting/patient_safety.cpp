// Proves that every relation of a release is patient-safe [C16]: each row derives from the rows of one owner and public
// data. The engine, not an alias, tracks that owner: as the set of Vars that hold it.
#include "postgres/errors.hpp"
#include "postgres/trees.hpp"
#include "release/vetting/columns.hpp"
#include "release/vetting/relations.hpp"

namespace health_dp::release {

namespace {

[[noreturn]] void refuse(int code, const char* what, const char* hint) {
    ereport(ERROR, (errcode(code), errmsg("a release does not take %s", what), errhint("%s", hint)));
    pg_unreachable();
}

constexpr const char* kJoinHint =
    "Join protected tables on the patient (or along the declared link) as a top-level condition of ON or WHERE.";

bool holds(List* owners, const Var* wanted) {
    ListCell* cell;
    foreach (cell, owners) {
        const Var* owner = lfirst_node(Var, cell);
        if (owner->varno == wanted->varno && owner->varattno == wanted->varattno)
            return true;
    }
    return false;
}

// A row of a linked table and the row of its link's target that it points to have one owner, without another look at
// the target. Both may have their owner pending, or known already.
bool links_to(Query* query, const SafeRelation& linked, int target, List* conjuncts) {
    if (linked.pending != 0 && link_matches(query, linked.pending, target, conjuncts))
        return true;
    ListCell* cell;
    foreach (cell, linked.owners)
        if (link_matches(query, lfirst_node(Var, cell)->varno, target, conjuncts))
            return true;
    return false;
}

bool follows_link(Query* query, const SafeRelation& linked, const SafeRelation& other, List* conjuncts) {
    if (other.pending != 0 && links_to(query, linked, other.pending, conjuncts))
        return true;
    ListCell* cell;
    foreach (cell, other.owners)
        if (links_to(query, linked, lfirst_node(Var, cell)->varno, conjuncts))
            return true;
    return false;
}

void settle(Query* query, SafeRelation* relation, Statement* statement) {
    if (relation->pending == 0)
        return;
    relation->owners = list_make1(resolve_link(query, relation->pending, statement));
    relation->pending = 0;
}

bool equates_owners(const SafeRelation& left, const SafeRelation& right, List* conjuncts) {
    ListCell* cell;
    foreach (cell, conjuncts) {
        Var *a, *b;
        if (owner_equality(static_cast<Node*>(lfirst(cell)), &a, &b) &&
            ((holds(left.owners, a) && holds(right.owners, b)) || (holds(left.owners, b) && holds(right.owners, a))))
            return true;
    }
    return false;
}

// Whether the join of two personal relations keeps each row with one owner. On success both owners are known and equal.
bool same_owner(Query* query, SafeRelation* left, SafeRelation* right, List* conjuncts, Statement* statement) {
    if (follows_link(query, *right, *left, conjuncts)) {
        settle(query, left, statement);
        if (right->pending != 0)
            right->owners = list_copy(left->owners);
        right->pending = 0;
        return true;
    }
    if (follows_link(query, *left, *right, conjuncts)) {
        settle(query, right, statement);
        if (left->pending != 0)
            left->owners = list_copy(right->owners);
        left->pending = 0;
        return true;
    }
    settle(query, left, statement);
    settle(query, right, statement);
    return equates_owners(*left, *right, conjuncts);
}

SafeRelation merge(const SafeRelation& left, const SafeRelation& right) {
    SafeRelation both;
    both.personal = left.personal || right.personal;
    both.owners = list_concat_copy(left.owners, right.owners);
    both.personal_rels = bms_union(left.personal_rels, right.personal_rels);
    both.pending = left.pending != 0 ? left.pending : right.pending;
    return both;
}

SafeRelation analyse_jointree(Query* query, Node* node, Statement* statement);

SafeRelation analyse_join(Query* query, JoinExpr* join, Statement* statement) {
    SafeRelation left = analyse_jointree(query, join->larg, statement);
    SafeRelation right = analyse_jointree(query, join->rarg, statement);
    List* conjuncts = conjuncts_of(join->quals);
    const Place place = {"JOIN ... ON", query, statement};
    if (left.personal && right.personal) {
        if (join->jointype == JOIN_FULL)
            refuse(sqlstate::kUnsupported, "FULL JOIN of protected tables",
                   "Use LEFT JOIN from a table that has every patient.");
        // A linked table on the preserved side cannot borrow the owner of a target that may be missing.
        SafeRelation* preserved = join->jointype == JOIN_LEFT ? &left : join->jointype == JOIN_RIGHT ? &right : nullptr;
        if (preserved != nullptr)
            settle(query, preserved, statement);
        if (!same_owner(query, &left, &right, conjuncts, statement))
            refuse(sqlstate::kNotPatientSafe, "a join of protected tables that does not equate the patient", kJoinHint);
    }
    join->quals = vet_expression(join->quals, place);
    SafeRelation both = merge(left, right);
    switch (join->jointype) {
    case JOIN_INNER:
        break;
    case JOIN_LEFT:
    case JOIN_RIGHT: {
        const SafeRelation& kept = join->jointype == JOIN_LEFT ? left : right;
        const SafeRelation& optional = join->jointype == JOIN_LEFT ? right : left;
        // Preserved public rows have no owner where nothing matched: they carry keys and contribute nothing.
        both.owners = list_copy(kept.personal ? kept.owners : optional.owners);
        both.pending = kept.personal ? kept.pending : optional.pending;
        break;
    }
    case JOIN_FULL:
        if (both.personal)
            refuse(sqlstate::kUnsupported, "FULL JOIN", "Use LEFT JOIN.");
        break;
    default:
        refuse(sqlstate::kUnsupported, "this kind of join", "Use JOIN or LEFT JOIN.");
    }
    return both;
}

SafeRelation analyse_from_expr(Query* query, FromExpr* from, Statement* statement) {
    const int count = list_length(from->fromlist);
    auto* items = static_cast<SafeRelation*>(palloc(sizeof(SafeRelation) * Max(count, 1)));
    bool* joined = static_cast<bool*>(palloc0(sizeof(bool) * Max(count, 1)));
    for (int i = 0; i < count; ++i)
        items[i] = analyse_jointree(query, static_cast<Node*>(list_nth(from->fromlist, i)), statement);
    List* conjuncts = conjuncts_of(from->quals);
    SafeRelation all = {false, NIL, nullptr, 0};
    // Tables listed with commas may be equated in any order: join those that fit until nothing more does.
    for (bool progress = true; progress;) {
        progress = false;
        for (int i = 0; i < count; ++i) {
            if (joined[i] ||
                (all.personal && items[i].personal && !same_owner(query, &all, &items[i], conjuncts, statement)))
                continue;
            all = merge(all, items[i]);
            joined[i] = progress = true;
        }
    }
    for (int i = 0; i < count; ++i)
        if (!joined[i])
            refuse(sqlstate::kNotPatientSafe, "protected tables that are not joined on the patient", kJoinHint);
    const Place place = {"WHERE", query, statement};
    from->quals = vet_expression(from->quals, place);
    return all;
}

SafeRelation analyse_jointree(Query* query, Node* node, Statement* statement) {
    check_stack_depth();
    if (IsA(node, RangeTblRef))
        return open_relation(query, castNode(RangeTblRef, node)->rtindex, statement);
    if (IsA(node, JoinExpr))
        return analyse_join(query, castNode(JoinExpr, node), statement);
    return analyse_from_expr(query, castNode(FromExpr, node), statement);
}

} // namespace

bool owner_equality(Node* condition, Var** left, Var** right) {
    if (condition == nullptr || !IsA(condition, OpExpr) || list_length(castNode(OpExpr, condition)->args) != 2)
        return false;
    auto* comparison = castNode(OpExpr, condition);
    *left = same_column(static_cast<Node*>(linitial(comparison->args)));
    *right = same_column(static_cast<Node*>(lsecond(comparison->args)));
    if (*left == nullptr || *right == nullptr)
        return false;
    // An identifier's equality is its type's own; across types it would be an equality across domains [C1].
    const Oid type = getBaseType((*left)->vartype);
    if (getBaseType((*right)->vartype) != type)
        return false;
    return equality_of(type) == comparison->opno;
}

bool is_owner(const SafeRelation& from, Node* expression) {
    const Var* column = same_column(expression);
    return column != nullptr && holds(from.owners, column);
}

SafeRelation analyse_from(Query* query, Statement* statement) {
    SafeRelation all = analyse_from_expr(query, query->jointree, statement);
    settle(query, &all, statement);
    return all;
}

Bitmapset* preserved_public(Query* query, Node* node, const SafeRelation& all) {
    if (IsA(node, FromExpr)) {
        auto* from = castNode(FromExpr, node);
        if (list_length(from->fromlist) != 1)
            return nullptr;
        Bitmapset* kept = preserved_public(query, static_cast<Node*>(linitial(from->fromlist)), all);
        // A condition on anything else removes rows depending on protected ones.
        Bitmapset* filtered = pull_varnos(nullptr, from->quals);
        return bms_is_subset(filtered, kept) ? kept : nullptr;
    }
    if (!IsA(node, JoinExpr))
        return nullptr;
    auto* join = castNode(JoinExpr, node);
    if (join->jointype != JOIN_LEFT && join->jointype != JOIN_RIGHT)
        return nullptr;
    Node* kept = join->jointype == JOIN_LEFT ? join->larg : join->rarg;
    Bitmapset* indexes = postgres::relations_in(kept);
    return bms_overlap(indexes, all.personal_rels) ? preserved_public(query, kept, all) : indexes;
}

} // namespace health_dp::release
