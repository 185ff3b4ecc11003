#include "release/room/locking.hpp"

#include "postgres/trees.hpp"

namespace health_dp::release {

namespace {

bool gather_relations(Node* node, void* context) {
    auto** relations = static_cast<List**>(context);
    if (node == nullptr)
        return false;
    if (IsA(node, RangeTblEntry)) {
        const auto* entry = castNode(RangeTblEntry, node);
        if (entry->rtekind == RTE_RELATION)
            *relations = list_append_unique_oid(*relations, entry->relid);
        return false;
    }
    if (IsA(node, Query))
        return postgres::walk_query(castNode(Query, node), gather_relations, context, QTW_EXAMINE_RTES_BEFORE);
    return postgres::walk_expression(node, gather_relations, context);
}

void lock_indexes(Relation relation) {
    ListCell* cell;
    foreach (cell, RelationGetIndexList(relation)) // sorted by number
        LockRelationOid(lfirst_oid(cell), AccessShareLock);
}

void lock_storage(Oid oid) {
    Relation relation = relation_open(oid, AccessShareLock);
    const Oid toast = relation->rd_rel->reltoastrelid;
    lock_indexes(relation);
    relation_close(relation, NoLock);
    if (!OidIsValid(toast))
        return;
    Relation opened = relation_open(toast, AccessShareLock);
    lock_indexes(opened);
    relation_close(opened, NoLock);
}

} // namespace

void lock_everything(List* queries) {
    List* relations = NIL;
    gather_relations(reinterpret_cast<Node*>(queries), &relations);
    list_sort(relations, list_oid_cmp);
    List* all = NIL;
    ListCell* cell;
    foreach (cell, relations)
        all = list_concat_unique_oid(all, find_all_inheritors(lfirst_oid(cell), AccessShareLock, nullptr));
    list_sort(all, list_oid_cmp);
    foreach (cell, all)
        lock_storage(lfirst_oid(cell));
}

} // namespace health_dp::release
