#include "release/room/enums.hpp"

#include "postgres/trees.hpp"

namespace health_dp::release {

namespace {

void load(Oid type) {
    TypeCacheEntry* entry = lookup_type_cache(type, 0);
    // Anew for each request: values may have been added since.
    if (entry->enumData != nullptr)
        pfree(entry->enumData);
    entry->enumData = nullptr;
    CatCList* values = SearchSysCacheList1(ENUMTYPOIDNAME, ObjectIdGetDatum(type));
    const auto value = [values](int at) {
        return reinterpret_cast<Form_pg_enum>(GETSTRUCT(&values->members[at]->tuple))->oid;
    };
    if (values->n_members > 1) // one value is equal to itself without a look
        (void)compare_values_of_enum(entry, value(0), value(1));
    ReleaseSysCacheList(values);
}

void note_type(Oid type, List** types) {
    const Oid element = get_element_type(getBaseType(type));
    const Oid scalar = getBaseType(OidIsValid(element) ? element : type);
    if (type >= FirstNormalObjectId || scalar >= FirstNormalObjectId)
        *types = list_append_unique_oid(*types, scalar);
}

// Whatever is of such a type comes from a column or a constant.
bool note_types(Node* node, void* context) {
    auto** types = static_cast<List**>(context);
    if (node == nullptr)
        return false;
    if (IsA(node, Var))
        note_type(castNode(Var, node)->vartype, types);
    if (IsA(node, Const))
        note_type(castNode(Const, node)->consttype, types);
    if (IsA(node, Query))
        return postgres::walk_query(castNode(Query, node), note_types, context, 0);
    return postgres::walk_expression(node, note_types, context);
}

} // namespace

bool load_enums(List* queries) {
    List* types = NIL;
    note_types(reinterpret_cast<Node*>(queries), &types);
    ListCell* cell;
    foreach (cell, types)
        if (type_is_enum(lfirst_oid(cell)))
            load(lfirst_oid(cell));
    return types != NIL;
}

} // namespace health_dp::release
