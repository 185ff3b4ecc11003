// The queries of a release, and what holds their tables together.
#include "release/grammar/rules.hpp"

namespace health_dp::release::grammar {

namespace {

constexpr int kDeepest = 32; // queries in queries

// Every entry that FROM names is of a kind that has rows, and stands there once.
void enter_from(int index, bool is_join, Building* in) {
    Level* level = in->level;
    if (index < 1 || index > list_length(level->entries) || bms_is_member(index, level->in_from))
        refuse_malformed("an entry of FROM that does not exist, or exists twice");
    const RangeTblEntry* entry = rt_fetch(index, level->entries);
    if ((entry->rtekind == RTE_JOIN) != is_join || (entry->rtekind == RTE_RELATION && entry->relkind == RELKIND_VIEW))
        refuse_malformed("an entry of FROM that is another");
    level->in_from = bms_add_member(level->in_from, index);
}

int table_in_from(int index, Building* in) {
    enter_from(index, false, in);
    return index;
}

Node* build_from_item(const Node* node, Building* in) {
    check_stack_depth();
    if (node != nullptr && IsA(node, JoinExpr))
        return build_JoinExpr(node, in);
    return build_RangeTblRef(node, in);
}

Node* from_item(const Node* node, Building* in) { return build_from_item(node, in); }
List* from_items(const List* list, Building* in) { return list_of(list, build_from_item, in); }

int index_of(const Node* item) {
    return IsA(item, JoinExpr) ? castNode(JoinExpr, const_cast<Node*>(item))->rtindex
                               : castNode(RangeTblRef, const_cast<Node*>(item))->rtindex;
}

void check_numbers(const List* columns, const Node* side, const Level* level) {
    const int most = count_columns(rt_fetch(index_of(side), level->entries));
    const ListCell* cell;
    foreach (cell, columns)
        if (lfirst_int(cell) < 1 || lfirst_int(cell) > most)
            refuse_malformed("a join whose columns are not its tables'");
}

FromExpr* from_clause(const FromExpr* from, Building* in) {
    return castNode(FromExpr, build_FromExpr(reinterpret_cast<const Node*>(from), in));
}

List* entries(const List* list, Building* in) {
    Level* level = in->level;
    const Size count = static_cast<Size>(list_length(nodes(list))) + 1;
    level->selected = static_cast<Bitmapset**>(palloc0(count * sizeof(Bitmapset*)));
    level->behind = static_cast<Bitmapset**>(palloc0(count * sizeof(Bitmapset*)));
    const ListCell* cell;
    foreach (cell, list)
        level->entries = lappend(level->entries, build_RangeTblEntry(static_cast<const Node*>(lfirst(cell)), in));
    return level->entries;
}

#if PG_VERSION_NUM >= 160000
List* permissions(const List* list, Building* in) { return list_of(list, build_RTEPermissionInfo, in); }
#endif

Node* combination_part(const Node* node, Building* in) {
    check_stack_depth();
    return node != nullptr && IsA(node, SetOperationStmt) ? build_SetOperationStmt(node, in)
                                                          : build_RangeTblRef(node, in);
}

Node* combination_or_none(const Node* node, Building* in) {
    if (node == nullptr)
        return nullptr;
    Node* built = build_SetOperationStmt(node, in);
    in->level->combination = castNode(SetOperationStmt, built);
    return built;
}

// What a combination selects are the columns of its first part, by the types of the whole.
void find_scope(Building* in) {
    const Node* first = reinterpret_cast<const Node*>(in->level->combination);
    while (first != nullptr && IsA(first, SetOperationStmt))
        first = reinterpret_cast<const SetOperationStmt*>(first)->larg;
    in->scope = first != nullptr ? bms_make_singleton(index_of(first)) : in->level->in_from;
}

// The planner converts what is of another type, by PostgreSQL's implicit conversions: they are calls as well.
void check_conversion(Oid type, Oid wanted, Building* in) {
    Oid function = InvalidOid;
    if (type == wanted)
        return;
    const CoercionPathType path = find_coercion_pathway(wanted, type, COERCION_IMPLICIT, &function);
    if (path == COERCION_PATH_FUNC)
        callable(function, in);
    else if (path != COERCION_PATH_RELABELTYPE)
        refuse_malformed("a combination of queries with columns of other types");
}

void check_part(const Node* part, const List* types, Building* in) {
    if (IsA(part, SetOperationStmt)) {
        if (list_length(reinterpret_cast<const SetOperationStmt*>(part)->colTypes) != list_length(types))
            refuse_malformed("a combination of queries with other columns");
        return;
    }
    const RangeTblEntry* entry = rt_fetch(index_of(part), in->level->entries);
    if (entry->rtekind != RTE_SUBQUERY)
        refuse_malformed("a combination of what is no query");
    // Hidden columns stand at the end.
    if (count_visible(entry->subquery) != list_length(types))
        refuse_malformed("a combination of queries with other columns");
    for (int at = 0; at < list_length(types); ++at) {
        const auto* target = lfirst_node(TargetEntry, list_nth_cell(entry->subquery->targetList, at));
        check_conversion(exprType(reinterpret_cast<Node*>(target->expr)), list_nth_oid(types, at), in);
    }
}

List* selected(const List* list, Building* in) {
    Building inside = *in;
    inside.aggregates = true;
    List* built = targets(list, &inside);
    bool junk = false;
    int number = 0;
    ListCell* cell;
    foreach (cell, built) {
        const auto* target = lfirst_node(TargetEntry, cell);
        junk = junk || target->resjunk;
        if (target->resno != ++number || target->resjunk != junk || (!junk && target->resname == nullptr))
            refuse_malformed("columns out of order");
    }
    return built;
}

Node* having(const Node* node, Building* in) {
    Building inside = *in;
    inside.aggregates = true;
    return condition_or_none(node, &inside);
}

Node* limit(const Node* node, Building* in) {
    if (node == nullptr)
        return nullptr;
    Building inside = *in;
    inside.scope = nullptr;
    Node* built = expression(node, &inside);
    if (exprType(built) != INT8OID)
        refuse_malformed("a LIMIT or OFFSET that is no number");
    return built;
}

void check_entries(Query* query, const Level* level) {
    for (int index = 1; index <= list_length(level->entries); ++index) {
        RangeTblEntry* entry = rt_fetch(index, level->entries);
        // Whoever prints the query follows a join to its place.
        if (entry->rtekind == RTE_JOIN && !bms_is_member(index, level->in_from))
            refuse_malformed("a join that is not in FROM");
        if (!postgres::has_own_permissions(query, entry))
            refuse_malformed("a table with another's permissions");
        if (entry->rtekind == RTE_RELATION && bms_is_member(index, level->in_from))
            postgres::require_columns(query, entry, level->selected[index]);
    }
}

} // namespace

RULE(RangeTblRef) { FIELD(rtindex, table_in_from); }

RULE(JoinExpr) {
    Level* level = in->level;
    const Bitmapset* before = bms_copy(level->in_from);
    FIELD(jointype, at_most(JOIN_RIGHT));
    FIELD(isNatural, flag);
    FIELD(larg, from_item);
    FIELD(rarg, from_item);
    FIELD(usingClause, names);
    FIELD(join_using_alias, found_out);
    // The condition names tables of this join only.
    in->scope = bms_difference(level->in_from, before);
    FIELD(quals, condition_or_none);
    FIELD(alias, found_out);
    FIELD(rtindex, as_is);
    enter_from(to->rtindex, true, in);
    const RangeTblEntry* entry = rt_fetch(to->rtindex, level->entries);
    to->alias = postgres::copy(entry->alias);
    to->join_using_alias = postgres::copy(entry->join_using_alias);
    if (entry->jointype != to->jointype || !bms_is_subset(level->behind[to->rtindex], in->scope))
        refuse_malformed("a join that is another's");
    if (in->stage == Stage::vetted)
        return;
    if (list_length(to->usingClause) != entry->joinmergedcols)
        refuse_malformed("a join whose columns are not its tables'");
    check_numbers(entry->joinleftcols, to->larg, level);
    check_numbers(entry->joinrightcols, to->rarg, level);
}

RULE(FromExpr) {
    FIELD(fromlist, from_items);
    in->scope = in->level->in_from;
    FIELD(quals, condition_or_none);
}

RULE(SortGroupClause) {
    FIELD(tleSortGroupRef, as_is);
    FIELD(eqop, own_operator);
    FIELD(sortop, as_is);
    FIELD_SINCE(18, reverse_sort, flag);
    FIELD(nulls_first, flag);
    FIELD(hashable, found_out);
}

static List* set_members(const List* list, Building* in) {
    check_stack_depth();
    return list != NIL && IsA(list, IntList) ? integers(list, in) : list_of(list, build_GroupingSet, in);
}

RULE(GroupingSet) {
    FIELD(kind, at_most(GROUPING_SET_SETS));
    FIELD(content, set_members);
    FIELD(location, forgotten);
}

// An exact release arrives with its own; vetting makes a key of them, and refuses them below.
static List* grouping_sets(const List* list, Building* in) { return list_of(list, build_GroupingSet, in); }

RULE(SetOperationStmt) {
    FIELD(op, at_most(SETOP_EXCEPT));
    FIELD(all, flag);
    FIELD(larg, combination_part);
    FIELD(rarg, combination_part);
    FIELD(colTypes, oids);
    FIELD(colTypmods, integers);
    FIELD(colCollations, oids);
    FIELD(groupClauses, clauses);
    const int columns = list_length(to->colTypes);
    if (list_length(to->colTypmods) != columns || list_length(to->colCollations) != columns ||
        list_length(to->groupClauses) != (to->all && to->groupClauses == NIL ? 0 : columns))
        refuse_malformed("a combination of queries with other columns");
    for (int at = 0; at < columns; ++at) {
        check_collation_of(plain_type(list_nth_oid(to->colTypes, at), in),
                           known_collation(list_nth_oid(to->colCollations, at), in));
        if (to->groupClauses != NIL)
            check_comparison(static_cast<SortGroupClause*>(list_nth(to->groupClauses, at)),
                             list_nth_oid(to->colTypes, at));
    }
    check_part(to->larg, to->colTypes, in);
    check_part(to->rarg, to->colTypes, in);
}

RULE(Query) {
    FIELD(commandType, as_is);
    if (to->commandType != CMD_SELECT)
        refuse("a query inside it that locks or changes rows");
    FIELD(querySource, forgotten);
    FIELD(queryId, forgotten);
    FIELD(canSetTag, forgotten);
    FIELD(utilityStmt, zero);
    FIELD(resultRelation, zero);
    FIELD(hasAggs, found_out);
    FIELD(hasWindowFuncs, refused("a window function"));
    FIELD(hasTargetSRFs, refused("a set-returning function"));
    FIELD(hasSubLinks, found_out);
    FIELD(hasDistinctOn, refused("DISTINCT ON"));
    FIELD(hasRecursive, forgotten);
    FIELD(hasModifyingCTE, refused("a query inside it that locks or changes rows"));
    FIELD(hasForUpdate, refused("FOR UPDATE or FOR SHARE"));
    FIELD(hasRowSecurity, flag);
    FIELD_SINCE(18, hasGroupRTE, zero);
    FIELD(isReturn, zero);
    FIELD(cteList, forgotten); // their text stands where they were named
    FIELD(rtable, entries);
    FIELD_SINCE(16, rteperminfos, permissions);
    FIELD(jointree, from_clause);
    FIELD(mergeActionList, zero);
    FIELD_UNTIL(16, mergeUseOuterJoin, zero);
    FIELD_SINCE(17, mergeTargetRelation, zero);
    FIELD_SINCE(17, mergeJoinCondition, zero);
    FIELD(setOperations, combination_or_none);
    find_scope(in);
    FIELD(targetList, selected);
    FIELD(override, zero);
    FIELD(onConflict, zero);
    FIELD_SINCE(18, returningOldAlias, zero);
    FIELD_SINCE(18, returningNewAlias, zero);
    FIELD(returningList, zero);
    FIELD(groupClause, clauses);
    FIELD(groupDistinct, flag);
    FIELD(groupingSets, grouping_sets);
    FIELD(havingQual, having);
    FIELD(windowClause, refused("WINDOW"));
    FIELD(distinctClause, clauses);
    FIELD(sortClause, clauses);
    FIELD(limitOffset, limit);
    FIELD(limitCount, limit);
    FIELD(limitOption, at_most(LIMIT_OPTION_WITH_TIES));
    FIELD(rowMarks, refused("FOR UPDATE or FOR SHARE"));
    FIELD(constraintDeps, forgotten);
    FIELD(withCheckOptions, zero);
    FIELD(stmt_location, forgotten);
    FIELD(stmt_len, forgotten);
    check_keys(to->groupClause, to->targetList);
    if (contain_aggs_of_level(reinterpret_cast<Node*>(get_sortgrouplist_exprs(to->groupClause, to->targetList)), 0))
        refuse_malformed("an aggregate as a key");
    check_keys(to->distinctClause, to->targetList);
    check_keys(to->sortClause, to->targetList);
    if (to->limitOption == LIMIT_OPTION_WITH_TIES && to->sortClause == NIL)
        refuse_malformed("WITH TIES without ORDER BY");
    if (to->setOperations != nullptr &&
        (to->jointree->fromlist != NIL || to->jointree->quals != nullptr || to->groupClause != NIL ||
         to->havingQual != nullptr || to->distinctClause != NIL || in->level->has_aggregates))
        refuse_malformed("a combination of queries with clauses of its own");
    to->hasAggs = in->level->has_aggregates;
    to->hasSubLinks = in->level->has_sub_selects;
    check_entries(to, in->level);
}

Query* sub_query(const Node* from, Building* in) {
    check_stack_depth();
    if (in->depth >= kDeepest)
        refuse(psprintf("queries in queries, more than %d deep", kDeepest));
    Level level = {};
    Building inside = {};
    inside.stage = in->stage;
    inside.depth = in->depth + 1;
    inside.level = &level;
    return castNode(Query, build_Query(from, &inside));
}

Query* rebuild(const Query* query, Stage stage) {
    Building in = {};
    in.stage = stage;
    return sub_query(reinterpret_cast<const Node*>(query), &in);
}

void rebuild_vetted(Query* query) { *query = *rebuild(query, Stage::vetted); }

} // namespace health_dp::release::grammar
