// What becomes of a field.
#include "postgres/errors.hpp"
#include "release/grammar/rules.hpp"

namespace health_dp::release::grammar {

void refuse(const char* what) {
    ereport(ERROR, (errcode(sqlstate::kUnsupported), errmsg("a release does not take %s", what),
                    errhint("Use tables, joins, conditions, GROUP BY and subqueries of these. Anything goes above the "
                            "release: wrap it in an outer query.")));
    pg_unreachable();
}

void refuse_malformed(const char* what) {
    ereport(ERROR, (errcode(sqlstate::kUnsafeExpression), errmsg("a release does not take %s", what),
                    errhint("No statement is made into this. Ask your database administrator, and tell him the "
                            "statement.")));
    pg_unreachable();
}

char* text(const char* value, Building*) { return value != nullptr ? pstrdup(value) : nullptr; }

const List* nodes(const List* list) {
    if (list != NIL && !IsA(list, List))
        refuse_malformed("a list of another kind");
    return list;
}

List* names(const List* list, Building*) {
    List* built = NIL;
    const ListCell* cell;
    foreach (cell, nodes(list)) {
        const auto* name = static_cast<const String*>(lfirst(cell));
        if (name == nullptr || !IsA(name, String))
            refuse_malformed("a name that is none");
        built = lappend(built, makeString(pstrdup(name->sval)));
    }
    return built;
}

Bitmapset* numbers(const Bitmapset* set, Building*) { return bms_copy(set); }

List* oids(const List* list, Building*) {
    if (list != NIL && !IsA(list, OidList))
        refuse_malformed("a list of another kind");
    return list_copy(list);
}

List* integers(const List* list, Building*) {
    if (list != NIL && !IsA(list, IntList))
        refuse_malformed("a list of another kind");
    return list_copy(list);
}

List* list_of(const List* list, Rule rule, Building* in) {
    List* built = NIL;
    const ListCell* cell;
    foreach (cell, nodes(list))
        built = lappend(built, rule(static_cast<const Node*>(lfirst(cell)), in));
    return built;
}

List* expressions(const List* list, Building* in) { return list_of(list, build_expression, in); }
List* clauses(const List* list, Building* in) { return list_of(list, build_SortGroupClause, in); }
List* targets(const List* list, Building* in) { return list_of(list, build_TargetEntry, in); }

Alias* alias(const Alias* from, Building* in) {
    return castNode(Alias, build_Alias(reinterpret_cast<const Node*>(from), in));
}
Alias* alias_or_none(const Alias* from, Building* in) { return from != nullptr ? alias(from, in) : nullptr; }

Node* check_boolean(Node* built) {
    if (exprType(built) != BOOLOID)
        refuse_malformed("a condition that is not boolean");
    return built;
}

List* conditions(const List* list, Building* in) {
    List* built = expressions(list, in);
    ListCell* cell;
    foreach (cell, built)
        check_boolean(static_cast<Node*>(lfirst(cell)));
    return built;
}

Column column_of(const Node* expression) {
    auto* node = const_cast<Node*>(expression);
    return {exprType(node), exprTypmod(node), exprCollation(node)};
}

Oid known_collation(Oid collation, Building*) {
    if (OidIsValid(collation) && collation != DEFAULT_COLLATION_OID &&
        !SearchSysCacheExists1(COLLOID, ObjectIdGetDatum(collation)))
        refuse_malformed("a collation that does not exist");
    return collation;
}

void check_collation_of(Oid type, Oid collation) {
    if (OidIsValid(collation) && !OidIsValid(get_typcollation(type)))
        refuse_malformed("a collation of a type that has none");
}

Oid plain_type(Oid type, Building*) {
    HeapTuple tuple = SearchSysCache1(TYPEOID, ObjectIdGetDatum(type));
    if (!HeapTupleIsValid(tuple))
        refuse_malformed("a type that does not exist");
    const auto* form = reinterpret_cast<Form_pg_type>(GETSTRUCT(tuple));
    const bool plain = form->typisdefined && form->typtype != TYPTYPE_PSEUDO && form->typtype != TYPTYPE_COMPOSITE;
    ReleaseSysCache(tuple);
    if (!plain)
        refuse_malformed("a type of no value");
    return type;
}

} // namespace health_dp::release::grammar
