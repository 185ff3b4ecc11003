// The range table of a release's query.
#include "postgres/errors.hpp"
#include "release/grammar/rules.hpp"

namespace health_dp::release::grammar {

namespace {

char kind_of_relation(Oid relation) {
    const char kind = get_rel_relkind(relation);
    if (kind == '\0')
        refuse_malformed("a table that does not exist");
    return kind;
}

// Rows of VALUES depend on no table.
List* rows(const List* list, Building* in) {
    Building inside = *in;
    inside.scope = nullptr;
    inside.aggregates = false;
    return list_of(
        list,
        [](const Node* row, Building* at) {
            return reinterpret_cast<Node*>(expressions(reinterpret_cast<const List*>(row), at));
        },
        &inside);
}

// Once a query is vetted nobody refers to a join's columns any more: their text was put in the places where they stood.
List* join_columns(const List* list, Building* in) {
    if (in->stage == Stage::vetted)
        return NIL;
    Building inside = *in;
    inside.aggregates = false;
    inside.join = list_length(in->level->entries) + 1;
    return expressions(list, &inside);
}

AclMode privileges(AclMode value, Building*) {
    if ((value & ~ACL_SELECT) != 0)
        refuse("a table that is locked or changed");
    return value;
}

[[noreturn]] void refuse_policies(Oid relation) {
    ereport(ERROR, (errcode(sqlstate::kUnsupported),
                    errmsg("table \"%s\" has row-level policies that are not health_dp's",
                           OidIsValid(relation) ? get_rel_name(relation) : "?"),
                    errhint("A release reads protected tables and public ones, which have no policies.")));
    pg_unreachable();
}

void check_table(const RangeTblEntry* entry) {
    const char kind = kind_of_relation(entry->relid);
    if (kind != entry->relkind || entry->rellockmode != AccessShareLock)
        refuse_malformed("a table that is another, or locked");
    // Of a view what it reads is here; itself remains for its permissions. A foreign table's refusal is vetting's.
    if (kind != RELKIND_RELATION && kind != RELKIND_PARTITIONED_TABLE && kind != RELKIND_MATVIEW &&
        kind != RELKIND_VIEW && kind != RELKIND_FOREIGN_TABLE)
        refuse("what is neither a table nor a view");
}

void check_view(const RangeTblEntry* entry) {
    if (!OidIsValid(entry->relid)) {
        if (entry->relkind != 0 || entry->rellockmode != 0)
            refuse_malformed("a subquery that is a table");
    } else if (kind_of_relation(entry->relid) != RELKIND_VIEW || (entry->relkind != 0 && entry->relkind != 'v') ||
               (entry->rellockmode != 0 && entry->rellockmode != AccessShareLock))
        refuse_malformed("a subquery that is a table");
}

void check_values(const RangeTblEntry* entry) {
    const int columns = list_length(entry->coltypes);
    if (columns == 0 || list_length(entry->coltypmods) != columns || list_length(entry->colcollations) != columns ||
        entry->values_lists == NIL)
        refuse_malformed("VALUES without columns or rows");
    ListCell* cell;
    foreach (cell, entry->values_lists) {
        auto* row = static_cast<List*>(lfirst(cell));
        if (list_length(row) != columns)
            refuse_malformed("VALUES with rows of several lengths");
        for (int at = 0; at < columns; ++at)
            if (exprType(static_cast<Node*>(list_nth(row, at))) != list_nth_oid(entry->coltypes, at))
                refuse_malformed("VALUES with columns of several types");
    }
    foreach (cell, entry->colcollations)
        known_collation(lfirst_oid(cell), nullptr);
}

// Whoever prints the query indexes by these without a look.
void check_join(const RangeTblEntry* entry, Stage stage) {
    if (stage == Stage::vetted)
        return;
    const int columns = list_length(entry->joinaliasvars);
    if (entry->joinmergedcols > list_length(entry->joinleftcols) ||
        entry->joinmergedcols > list_length(entry->joinrightcols) ||
        list_length(entry->joinleftcols) + list_length(entry->joinrightcols) - entry->joinmergedcols != columns ||
        list_length(entry->eref->colnames) != columns)
        refuse_malformed("a join whose columns are not its tables'");
}

} // namespace

RULE(Alias) {
    FIELD(aliasname, text);
    FIELD(colnames, names);
    if (to->aliasname == nullptr)
        refuse_malformed("a name that is missing");
}

#if PG_VERSION_NUM >= 160000
RULE(RTEPermissionInfo) {
    FIELD(relid, as_is);
    FIELD(inh, flag);
    FIELD(requiredPerms, privileges);
    FIELD(checkAsUser, as_is);
    FIELD(selectedCols, numbers);
    FIELD(insertedCols, refused("a table that is changed"));
    FIELD(updatedCols, refused("a table that is changed"));
    kind_of_relation(to->relid);
}
#endif

RULE(RangeTblEntry) {
    FIELD(rtekind, as_is);
    const bool table = to->rtekind == RTE_RELATION;
    const bool query = to->rtekind == RTE_SUBQUERY;
    const bool join = to->rtekind == RTE_JOIN;
    const bool values = to->rtekind == RTE_VALUES;
    if (to->rtekind == RTE_FUNCTION || to->rtekind == RTE_TABLEFUNC)
        refuse("a function in FROM");
    if (to->rtekind == RTE_CTE)
        refuse("a recursive WITH query");
    if (!table && !query && !join && !values && to->rtekind != RTE_RESULT)
        refuse("this entry of FROM");
    FIELD(alias, alias_or_none);
    FIELD(eref, alias);
    FIELD_OF(table || query, relid, as_is);
    FIELD_OF(table, inh, flag);
    FIELD_OF(table || query, relkind, as_is);
    FIELD_OF(table || query, rellockmode, as_is);
    FIELD_SINCE(16, perminfoindex, as_is);
    FIELD(tablesample, refused("TABLESAMPLE"));
    FIELD_OF(query, subquery, sub_query);
    FIELD_OF(query, security_barrier, flag);
    FIELD_OF(join, jointype, at_most(JOIN_RIGHT));
    FIELD_OF(join, joinmergedcols, as_is);
    FIELD_OF(join, joinaliasvars, join_columns);
    FIELD_OF(join, joinleftcols, integers);
    FIELD_OF(join, joinrightcols, integers);
    FIELD_OF(join, join_using_alias, alias_or_none);
    // What entries have that are refused above.
    FIELD(functions, forgotten);
    FIELD(funcordinality, forgotten);
    FIELD(tablefunc, forgotten);
    FIELD_OF(values, values_lists, rows);
    FIELD(ctename, forgotten);
    FIELD(ctelevelsup, forgotten);
    FIELD(self_reference, forgotten);
    FIELD_OF(values, coltypes, oids);
    FIELD_OF(values, coltypmods, integers);
    FIELD_OF(values, colcollations, oids);
    FIELD(enrname, forgotten);
    FIELD(enrtuples, forgotten);
    FIELD_SINCE(18, groupexprs, zero);
    FIELD(lateral, refused("LATERAL"));
    FIELD(inFromCl, flag);
    FIELD_UNTIL(15, requiredPerms, privileges);
    FIELD_UNTIL(15, checkAsUser, as_is);
    FIELD_UNTIL(15, selectedCols, numbers);
    FIELD_UNTIL(15, insertedCols, refused("a table that is changed"));
    FIELD_UNTIL(15, updatedCols, refused("a table that is changed"));
    FIELD_UNTIL(15, extraUpdatedCols, refused("a table that is changed"));
    FIELD(securityQuals, found_out);
    if (table)
        check_table(to);
    if (query)
        check_view(to);
    if (values)
        check_values(to);
    if (join)
        check_join(to, in->stage);
    if (from->securityQuals != NIL)
        refuse_policies(to->relid);
}

namespace {

int count_table_columns(Oid relation) {
    HeapTuple tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(relation));
    if (!HeapTupleIsValid(tuple))
        elog(ERROR, "cache lookup failed for relation %u", relation);
    const int count = reinterpret_cast<Form_pg_class>(GETSTRUCT(tuple))->relnatts;
    ReleaseSysCache(tuple);
    return count;
}

} // namespace

int count_visible(const Query* query) {
    int count = 0;
    ListCell* cell;
    foreach (cell, query->targetList)
        count += lfirst_node(TargetEntry, cell)->resjunk ? 0 : 1;
    return count;
}

int count_columns(const RangeTblEntry* entry) {
    switch (entry->rtekind) {
    case RTE_RELATION:
        return count_table_columns(entry->relid);
    case RTE_SUBQUERY:
        return Min(count_visible(entry->subquery), list_length(entry->eref->colnames));
    case RTE_JOIN:
        return list_length(entry->joinaliasvars);
    case RTE_VALUES:
        return Min(list_length(entry->coltypes), list_length(entry->eref->colnames));
    default:
        return 0;
    }
}

namespace {

Column find_table_column(Oid relation, AttrNumber number) {
    HeapTuple tuple = SearchSysCache2(ATTNUM, ObjectIdGetDatum(relation), Int16GetDatum(number));
    if (!HeapTupleIsValid(tuple))
        refuse_malformed("a column that does not exist");
    const auto* form = reinterpret_cast<Form_pg_attribute>(GETSTRUCT(tuple));
    const Column column = {form->attisdropped ? InvalidOid : form->atttypid, form->atttypmod, form->attcollation};
    ReleaseSysCache(tuple);
    return column;
}

} // namespace

// Columns that no table has are refused before: numbers are 1 and above.
Column find_column(const Level* level, int index, AttrNumber number) {
    if (const SetOperationStmt* all = level->combination; all != nullptr) {
        if (number > list_length(all->colTypes))
            refuse_malformed("a column that does not exist");
        return {list_nth_oid(all->colTypes, number - 1), list_nth_int(all->colTypmods, number - 1),
                list_nth_oid(all->colCollations, number - 1)};
    }
    const RangeTblEntry* entry = rt_fetch(index, level->entries);
    if (entry->rtekind == RTE_RELATION)
        return find_table_column(entry->relid, number);
    if (number > count_columns(entry))
        refuse_malformed("a column that does not exist");
    switch (entry->rtekind) {
    case RTE_SUBQUERY:
        return column_of(reinterpret_cast<Node*>(get_tle_by_resno(entry->subquery->targetList, number)->expr));
    case RTE_JOIN:
        return column_of(static_cast<Node*>(list_nth(entry->joinaliasvars, number - 1)));
    default:
        return {list_nth_oid(entry->coltypes, number - 1), list_nth_int(entry->coltypmods, number - 1),
                list_nth_oid(entry->colcollations, number - 1)};
    }
}

} // namespace health_dp::release::grammar
