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

struct Types {
    List* found;
    int level; // how many queries deep the walk is
};

void note_type(Oid type, Types* types) {
    const Oid element = get_element_type(getBaseType(type));
    const Oid scalar = getBaseType(OidIsValid(element) ? element : type);
    if (type_is_enum(scalar))
        types->found = list_append_unique_oid(types->found, scalar);
}

bool note_types(Node* node, void* context);

// A column that a query only hands on is compared where somebody above names it; what a release groups by itself it
// takes by its bytes.
void note_types_of_query(Query* query, Types* types) {
    ListCell* cell;
    foreach (cell, query->targetList) {
        const auto* target = lfirst_node(TargetEntry, cell);
        if (!IsA(target->expr, Var) || (types->level > 0 && target->ressortgroupref != 0))
            note_types(reinterpret_cast<Node*>(target->expr), types);
    }
    Query rest = *query;
    rest.targetList = NIL;
    ++types->level;
    postgres::walk_query(&rest, note_types, types, QTW_IGNORE_JOINALIASES);
    --types->level;
}

// Whatever is of such a type comes from a column or a constant.
bool note_types(Node* node, void* context) {
    auto* types = static_cast<Types*>(context);
    if (node == nullptr)
        return false;
    if (IsA(node, Var))
        note_type(castNode(Var, node)->vartype, types);
    if (IsA(node, Const))
        note_type(castNode(Const, node)->consttype, types);
    if (IsA(node, Query)) {
        note_types_of_query(castNode(Query, node), types);
        return false;
    }
    return postgres::walk_expression(node, note_types, context);
}

} // namespace

bool load_enums(List* queries) {
    Types types = {NIL, 0};
    note_types(reinterpret_cast<Node*>(queries), &types);
    ListCell* cell;
    foreach (cell, types.found)
        load(lfirst_oid(cell));
    return types.found != NIL;
}

} // namespace health_dp::release
