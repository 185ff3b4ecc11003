// Partitions and inheritance children: PostgreSQL hands their rows out under the parent's name, but opens each of them
// by its own privileges and policies. Whose rows they are, the protected table above them says.
#include "core/labels/labels.hpp"

#include "projects/catalogue.hpp"
#include "projects/labels.hpp"

namespace health_dp::projects {

namespace {

namespace labels = core::labels;

// A text that says nothing opens nothing either.
bool says_protected(Oid relation) {
    const char* text = table_label_text(relation);
    return text != nullptr && !std::holds_alternative<labels::Public>(labels::parse_table_label(text));
}

List* parents_of(Oid relation) {
    ScanKeyData key;
    ScanKeyInit(&key, Anum_pg_inherits_inhrelid, BTEqualStrategyNumber, F_OIDEQ, ObjectIdGetDatum(relation));
    Relation inherits = table_open(InheritsRelationId, AccessShareLock);
    SysScanDesc scan = systable_beginscan(inherits, InheritsRelidSeqnoIndexId, true, nullptr, 1, &key);
    List* parents = NIL;
    HeapTuple tuple;
    while (HeapTupleIsValid(tuple = systable_getnext(scan)))
        parents = lappend_oid(parents, reinterpret_cast<Form_pg_inherits>(GETSTRUCT(tuple))->inhparent);
    systable_endscan(scan);
    table_close(inherits, AccessShareLock);
    return parents;
}

} // namespace

Oid protected_ancestor(Oid relation) {
    check_stack_depth();
    if (relation < FirstNormalObjectId)
        return InvalidOid;
    Oid found = InvalidOid;
    List* parents = parents_of(relation);
    ListCell* cell;
    foreach (cell, parents) {
        const Oid parent = lfirst_oid(cell);
        if (!OidIsValid(found))
            found = says_protected(parent) ? parent : protected_ancestor(parent);
    }
    list_free(parents);
    return found;
}

} // namespace health_dp::projects
