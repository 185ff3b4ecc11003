// How a rule of the grammar reads. RULE(T) { FIELD(name, treatment); ... } fills a fresh T from one that is not
// trusted: each FIELD says what becomes of one field, and scripts/check-grammar fails where a field of T is named in
// none. Statements after the fields check how they fit together. Rules hold plain data only: a refusal skips nothing.
#pragma once

#include "postgres/fields.hpp"
#include "postgres/trees.hpp"
#include "release/grammar/grammar.hpp"

namespace health_dp::release::grammar {

struct Column {
    Oid type;
    int32 typmod;
    Oid collation;
};

// The query that is being built.
struct Level {
    List* entries;                       // of its range table, as far as they are built
    const SetOperationStmt* combination; // its UNION, INTERSECT or EXCEPT; null unless it is one
    Bitmapset* in_from;                  // entries that FROM has named
    Bitmapset** selected;                // for each entry the columns that expressions name
    Bitmapset** behind;                  // for each join the entries that its columns are of
    bool has_sub_selects;
    bool has_aggregates;
};

// Where in a tree the building is. Each place below has a copy of its own.
struct Building {
    Stage stage;
    int depth; // in queries
    Level* level;
    const Bitmapset* scope;   // entries whose columns may be named here
    bool aggregates;          // may stand here
    int join;                 // the join whose columns are being built; 0 elsewhere
    const Column* case_value; // what CaseTestExpr stands for; null where it may not stand
    List* sub_select;         // target list of the sub-select whose test this is
};

[[noreturn]] void refuse(const char* what);
[[noreturn]] void refuse_malformed(const char* what);

template <class To, class From>
void put(To& to, From from) {
    if constexpr (std::is_pointer_v<To>)
        to = reinterpret_cast<To>(from);
    else
        to = static_cast<To>(from);
}

#define RULE(T)                                                                                                        \
    static void fill_##T(T* to, const T* from, Building* in);                                                          \
    Node* build_##T(const Node* from, Building* in) {                                                                  \
        if (from == nullptr || !IsA(from, T))                                                                          \
            refuse_malformed("a node of another kind than " #T);                                                       \
        T* to = makeNode(T);                                                                                           \
        fill_##T(to, reinterpret_cast<const T*>(from), in);                                                            \
        return reinterpret_cast<Node*>(to);                                                                            \
    }                                                                                                                  \
    static void fill_##T([[maybe_unused]] T* to, [[maybe_unused]] const T* from, [[maybe_unused]] Building* in)
#define FIELD(name, treatment) put(to->name, treatment(from->name, in))
// Of nodes whose kinds have fields of their own.
#define FIELD_OF(kind, name, treatment)                                                                                \
    do {                                                                                                               \
        if (kind)                                                                                                      \
            FIELD(name, treatment);                                                                                    \
        else                                                                                                           \
            FIELD(name, zero);                                                                                         \
    } while (0)
#define FIELD_SINCE(version, name, treatment) HDP_SINCE_##version(FIELD(name, treatment))
#define FIELD_UNTIL(version, name, treatment) HDP_UNTIL_##version(FIELD(name, treatment))

// ---- treatments of plain values

// Any value does.
template <class T>
T as_is(T value, Building*) {
    static_assert(!std::is_pointer_v<T>);
    return value;
}
// Nobody needs it: the new node has none.
template <class T>
T forgotten(T, Building*) {
    return T{};
}
// The rule finds it out from the rest.
template <class T>
T found_out(T, Building*) {
    return T{};
}
// What it would mean is refused, in the user's words.
struct Refused {
    const char* what;
    template <class T>
    T operator()(T value, Building*) const {
        if (value != T{})
            refuse(what);
        return value;
    }
};
inline Refused refused(const char* what) { return {what}; }
// What no tree of the parser's has at this place.
template <class T>
T zero(T value, Building*) {
    if (value != T{})
        refuse_malformed("a field that is set and has no meaning there");
    return value;
}
// Of an enumeration.
struct AtMost {
    int last;
    template <class T>
    T operator()(T value, Building*) const {
        if (static_cast<int>(value) < 0 || static_cast<int>(value) > last)
            refuse_malformed("an enumeration without that value");
        return value;
    }
};
inline AtMost at_most(int last) { return {last}; }
// Text has no third.
inline bool flag(bool value, Building*) { return value; }

char* text(const char* value, Building*);
List* names(const List* list, Building*); // of String nodes
Bitmapset* numbers(const Bitmapset* set, Building*);
List* oids(const List* list, Building*);
List* integers(const List* list, Building*);

// ---- treatments of nodes

Node* build_expression(const Node* node, Building* in);
template <class T>
Node* expression(const T* node, Building* in) {
    return build_expression(reinterpret_cast<const Node*>(node), in);
}
template <class T>
Node* expression_or_none(const T* node, Building* in) {
    return node != nullptr ? expression(node, in) : nullptr;
}
Node* check_boolean(Node* built);
template <class T>
Node* condition(const T* node, Building* in) {
    return check_boolean(expression(node, in));
}
template <class T>
Node* condition_or_none(const T* node, Building* in) {
    return node != nullptr ? condition(node, in) : nullptr;
}
List* expressions(const List* list, Building* in);
List* conditions(const List* list, Building* in);

using Rule = Node* (*)(const Node*, Building*);
List* list_of(const List* list, Rule rule, Building* in);

Node* build_Aggref(const Node* from, Building* in);
Node* build_FuncExpr(const Node* from, Building* in);
Node* build_OpExpr(const Node* from, Building* in);
Node* build_DistinctExpr(const Node* from, Building* in);
Node* build_NullIfExpr(const Node* from, Building* in);
Node* build_ScalarArrayOpExpr(const Node* from, Building* in);
Node* build_Alias(const Node* from, Building* in);
Node* build_SortGroupClause(const Node* from, Building* in);
Node* build_TargetEntry(const Node* from, Building* in);
Node* build_Query(const Node* from, Building* in);
Node* build_FromExpr(const Node* from, Building* in);
Node* build_JoinExpr(const Node* from, Building* in);
Node* build_RangeTblRef(const Node* from, Building* in);
Node* build_GroupingSet(const Node* from, Building* in);
Node* build_SetOperationStmt(const Node* from, Building* in);
Node* build_RangeTblEntry(const Node* from, Building* in);
#if PG_VERSION_NUM >= 160000
Node* build_RTEPermissionInfo(const Node* from, Building* in);
#endif
Query* sub_query(const Node* from, Building* in);
inline Query* sub_query(const Query* from, Building* in) { return sub_query(reinterpret_cast<const Node*>(from), in); }
Alias* alias(const Alias* from, Building* in);
Alias* alias_or_none(const Alias* from, Building* in);
List* clauses(const List* list, Building* in);
List* targets(const List* list, Building* in);

// ---- what a tree could lie about

// The list, if it is one of nodes.
const List* nodes(const List* list);
Column column_of(const Node* expression);
// The column of an entry of the level's range table.
Column find_column(const Level* level, int entry, AttrNumber number);
int count_columns(const RangeTblEntry* entry);
int count_visible(const Query* query);

Oid known_collation(Oid collation, Building*);
void check_collation_of(Oid type, Oid collation);
Oid plain_type(Oid type, Building*);
void check_constant(const Const* constant, Stage stage);

Oid callable(Oid function, Building* in);
Oid own_operator(Oid number, Building*);
Oid function_of(Oid number);
void check_call(Oid function, char kind, const List* arguments, Oid result);
void check_array_call(Oid number, const List* arguments);
// Says as well whether its keys can be hashed.
void check_comparison(SortGroupClause* clause, Oid type);
void check_keys(const List* clauses, const List* targets);

} // namespace health_dp::release::grammar
