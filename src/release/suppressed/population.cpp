#include <sodium.h>

#include "release/suppressed/population.hpp"

#include "postgres/trees.hpp"
#include "release/suppressed/join_lookups.hpp"

namespace health_dp::release {

namespace {

// Settings that the text of a query depends on.
constexpr const char* kSettings[][2] = {
    {"search_path", "pg_catalog"}, {"DateStyle", "ISO, YMD"},        {"IntervalStyle", "iso_8601"},
    {"TimeZone", "UTC"},           {"extra_float_digits", "1"},      {"bytea_output", "hex"},
    {"xmlbinary", "base64"},       {"quote_all_identifiers", "off"}, {"lc_monetary", "C"},
};

bool is_dropped(const TargetEntry* target) {
    return target->resname != nullptr && strncmp(target->resname, "........pg.dropped.", 19) == 0;
}

// Columns by their places; a table's by their names, because after a restore those that were dropped leave no gap.
List* names_of(const Query* query, int index) {
    const RangeTblEntry* entry = rt_fetch(index, query->rtable);
    List* names = NIL;
    ListCell* cell;
    if (is_wrapper(query, index)) {
        foreach (cell, entry->subquery->targetList) {
            const TargetEntry* target = lfirst_node(TargetEntry, cell);
            names = lappend(names, makeString(is_dropped(target) ? pstrdup("") : target->resname));
        }
        return names;
    }
    for (int i = 1; i <= list_length(entry->eref->colnames); ++i)
        names = lappend(names, makeString(psprintf("c%d", i)));
    return names;
}

void hide_dropped(Query* query) {
    ListCell* cell;
    foreach (cell, query->targetList)
        if (is_dropped(lfirst_node(TargetEntry, cell)))
            lfirst_node(TargetEntry, cell)->resjunk = true;
}

// Calls entries of FROM and columns of subqueries by their places: what the query calls them is no matter, nor who may
// read them.
bool rename(Node* node, void* context) {
    if (node == nullptr)
        return false;
    if (!IsA(node, Query))
        return postgres::walk_expression(node, rename, context);
    auto* query = castNode(Query, node);
    postgres::forget_permissions(query);
    int index = 0;
    ListCell* cell;
    foreach (cell, query->rtable) {
        auto* entry = lfirst_node(RangeTblEntry, cell);
        ++index;
        postgres::forget_permissions(entry);
        if (entry->rtekind == RTE_JOIN)
            continue;
        List* columns = entry->rtekind == RTE_RELATION ? NIL : names_of(query, index);
        entry->alias = makeAlias(psprintf("t%d", index), columns);
        entry->eref = makeAlias(psprintf("t%d", index), columns != NIL ? columns : entry->eref->colnames);
        if (is_wrapper(query, index))
            hide_dropped(entry->subquery);
    }
    return postgres::walk_query(query, rename, context, 0);
}

char* text_of(const Query* inner, List* targets) {
    auto* query = makeNode(Query);
    query->commandType = CMD_SELECT;
    query->querySource = QSRC_ORIGINAL;
    query->rtable = inner->rtable;
    query->jointree = inner->jointree;
    query->hasSubLinks = inner->hasSubLinks;
    query->targetList = targets;
    query = postgres::copy(query);
    rename(reinterpret_cast<Node*>(query), nullptr);
    const int level = NewGUCNestLevel();
    for (const auto& setting : kSettings)
        (void)set_config_option(setting[0], setting[1], PGC_USERSET, PGC_S_SESSION, GUC_ACTION_SAVE, true, 0, false);
    char* text = postgres::text_of_query(query);
    AtEOXact_GUC(false, level);
    return text;
}

} // namespace

char* digest_of_text(const char* text) {
    uint8 bytes[16];
    if (sodium_init() < 0)
        elog(ERROR, "libsodium does not start");
    crypto_generichash(bytes, sizeof(bytes), reinterpret_cast<const unsigned char*>(text), strlen(text), nullptr, 0);
    char* digits = static_cast<char*>(palloc0(2 * sizeof(bytes) + 1));
    hex_encode(reinterpret_cast<const char*>(bytes), sizeof(bytes), digits);
    return digits;
}

char* digest_of_population(const Query* inner) { return digest_of_text(text_of(inner, NIL)); }

char* digest_of_key(const Query* inner, Node* key) {
    TargetEntry* target = makeTargetEntry(reinterpret_cast<Expr*>(key), 1, pstrdup("key"), false);
    return digest_of_text(text_of(inner, list_make1(target)));
}

} // namespace health_dp::release
