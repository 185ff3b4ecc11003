// Differences between PostgreSQL 14 and 18, each with the upstream change it answers. Part of postgres/api.hpp; only
// what cannot be bridged here has a condition on the version elsewhere.
#pragma once

#include "postgres/api.hpp"

// Below 16, PGDLLEXPORT is empty on Linux and -fvisibility=hidden would hide even the magic function (089480c07705).
#if PG_VERSION_NUM < 160000
#define HDP_EXPORT __attribute__((visibility("default")))
#else
#define HDP_EXPORT PGDLLEXPORT
#endif

namespace health_dp::postgres {

// ---- 15

// Shared memory is requested in a hook (4f2400cb3f10); before, in _PG_init itself. Once for each function: the hook
// before it is kept by the function's name, since a hook takes no argument.
template <void (*Request)()>
void on_shared_memory_request() {
#if PG_VERSION_NUM >= 150000
    static shmem_request_hook_type previous = nullptr;
    previous = shmem_request_hook;
    shmem_request_hook = [] {
        if (previous != nullptr)
            previous();
        Request();
    };
#else
    Request();
#endif
}

// A misspelt setting is an error (88103567cb8f); before, PostgreSQL only warned of those it had already met.
inline void reserve_settings(const char* prefix) {
#if PG_VERSION_NUM >= 150000
    MarkGUCPrefixReserved(prefix);
#else
    EmitWarningsOnPlaceholders(prefix);
#endif
}

// Files shared between processes were generalised (dcac5e7ac157).
#if PG_VERSION_NUM >= 150000
inline BufFile* create_shared_file(SharedFileSet* set, const char* name) {
    return BufFileCreateFileSet(&set->fs, name);
}
inline BufFile* open_shared_file(SharedFileSet* set, const char* name) {
    return BufFileOpenFileSet(&set->fs, name, O_RDONLY, false);
}
inline void export_shared_file(BufFile* file) { BufFileExportFileSet(file); }
#else
inline BufFile* create_shared_file(SharedFileSet* set, const char* name) { return BufFileCreateShared(set, name); }
inline BufFile* open_shared_file(SharedFileSet* set, const char* name) {
    return BufFileOpenShared(set, name, O_RDONLY);
}
inline void export_shared_file(BufFile* file) { BufFileExportShared(file); }
#endif

// A query tree as SQL, by pg_get_querydef(), which is new. Before, as PostgreSQL writes trees, with OIDs, without the
// places where its parts stood in the statement; text of the user's cannot be mistaken for a field's name, because
// blanks in it are escaped.
inline char* text_of_query(Query* query) {
#if PG_VERSION_NUM >= 150000
    return pg_get_querydef(query, false);
#else
    char* text = nodeToString(query);
    char* to = text;
    for (const char* from = text; *from != '\0';) {
        bool skipped = false;
        for (const char* place : {" :location ", " :stmt_location ", " :stmt_len "}) {
            const size_t length = strlen(place);
            if (strncmp(from, place, length) != 0)
                continue;
            from += length;
            from += strspn(from, "-0123456789");
            skipped = true;
            break;
        }
        if (!skipped)
            *to++ = *from++;
    }
    *to = '\0';
    return text;
#endif
}

// ---- minor versions of 15

// PostgreSQL's have_createdb_privilege was exported in a minor version (missing in 15.18, there in 15.20), so an older
// server of the same major version could not load a library that calls it.
inline bool may_create_databases(Oid role) {
    if (superuser_arg(role))
        return true;
    HeapTuple tuple = SearchSysCache1(AUTHOID, ObjectIdGetDatum(role));
    if (!HeapTupleIsValid(tuple))
        return false;
    const bool may = reinterpret_cast<Form_pg_authid>(GETSTRUCT(tuple))->rolcreatedb;
    ReleaseSysCache(tuple);
    return may;
}

// ---- 16

// "schema.name" as a list of its parts.
inline List* name_parts(const char* text) {
#if PG_VERSION_NUM >= 160000
    return stringToQualifiedNameList(text, nullptr);
#else
    return stringToQualifiedNameList(text);
#endif
}

// Tree walkers have prototypes (1c27d16e6e5c); before, callbacks are declared without parameters.
using Walker = bool (*)(Node*, void*);
using Mutator = Node* (*)(Node*, void*);
#if PG_VERSION_NUM >= 160000
inline auto as_walker(Walker walker) { return walker; }
inline auto as_mutator(Mutator mutator) { return mutator; }
#else
// GCC lets void (*)(void) match every function type without a warning.
inline auto as_walker(Walker walker) { return reinterpret_cast<bool (*)()>(reinterpret_cast<void (*)()>(walker)); }
inline auto as_mutator(Mutator mutator) { return reinterpret_cast<Node* (*)()>(reinterpret_cast<void (*)()>(mutator)); }
#endif

// Permissions live in records beside the range table (a61b1f74823c); before, in its entries. An entry of a table has a
// record, and its relid must fit: drop_permissions() comes before anything else about the entry changes.
#if PG_VERSION_NUM >= 160000
inline Oid reads_as(const Query* query, const RangeTblEntry* entry) {
    return getRTEPermissionInfo(query->rteperminfos, const_cast<RangeTblEntry*>(entry))->checkAsUser;
}
// `entry` is new, made by us.
inline void read_as(Query* query, RangeTblEntry* entry, Oid role) {
    RTEPermissionInfo* permissions = addRTEPermissionInfo(&query->rteperminfos, entry);
    permissions->requiredPerms = ACL_SELECT;
    permissions->checkAsUser = role;
}
inline void drop_permissions(Query* query, RangeTblEntry* entry) {
    // The record stays, because others are found by their position; no entry leads to it.
    getRTEPermissionInfo(query->rteperminfos, entry)->requiredPerms = 0;
    entry->perminfoindex = 0;
}
inline void move_permissions(Query* from, Query* to) {
    to->rteperminfos = from->rteperminfos;
    from->rteperminfos = NIL;
}
// For copies that are only looked at.
inline void forget_permissions(RangeTblEntry* entry) { entry->perminfoindex = 0; }
inline void forget_permissions(Query* query) { query->rteperminfos = NIL; }
// Where nobody is named whose privileges count, those of `role` do; of this query alone, not of its sub-queries.
inline void read_as_default(Query* query, Oid role) {
    ListCell* cell;
    foreach (cell, query->rteperminfos)
        if (!OidIsValid(lfirst_node(RTEPermissionInfo, cell)->checkAsUser))
            lfirst_node(RTEPermissionInfo, cell)->checkAsUser = role;
}
inline void check_permissions(Query* query) { ExecCheckPermissions(query->rtable, query->rteperminfos, true); }
#else
inline Oid reads_as(const Query*, const RangeTblEntry* entry) { return entry->checkAsUser; }
inline void read_as(Query*, RangeTblEntry* entry, Oid role) {
    entry->requiredPerms = ACL_SELECT;
    entry->checkAsUser = role;
}
inline void drop_permissions(Query*, RangeTblEntry* entry) {
    entry->requiredPerms = 0;
    entry->checkAsUser = InvalidOid;
    entry->selectedCols = nullptr;
}
inline void move_permissions(Query*, Query*) {}
inline void forget_permissions(RangeTblEntry* entry) {
    entry->requiredPerms = 0;
    entry->checkAsUser = InvalidOid;
    entry->selectedCols = entry->insertedCols = entry->updatedCols = entry->extraUpdatedCols = nullptr;
}
inline void forget_permissions(Query*) {}
inline void read_as_default(Query* query, Oid role) {
    ListCell* cell;
    foreach (cell, query->rtable) {
        auto* entry = lfirst_node(RangeTblEntry, cell);
        if (entry->rtekind == RTE_RELATION && !OidIsValid(entry->checkAsUser))
            entry->checkAsUser = role;
    }
}
inline void check_permissions(Query* query) { ExecCheckRTPerms(query->rtable, true); }
#endif

// Columns name the outer joins that can turn them into nulls (2489d76c4906), and pull_varnos() returns those joins too.
// The planner refuses a column that names too few: whoever makes one for use above the joins marks it with all of them.
#if PG_VERSION_NUM >= 160000
inline bool collect_nulling_joins(Node* tree, int relation, Bitmapset** joins) {
    check_stack_depth();
    if (IsA(tree, RangeTblRef))
        return castNode(RangeTblRef, tree)->rtindex == relation;
    if (IsA(tree, FromExpr)) {
        ListCell* cell;
        foreach (cell, castNode(FromExpr, tree)->fromlist)
            if (collect_nulling_joins(static_cast<Node*>(lfirst(cell)), relation, joins))
                return true;
        return false;
    }
    auto* join = castNode(JoinExpr, tree);
    const bool left = collect_nulling_joins(join->larg, relation, joins);
    const bool right = !left && collect_nulling_joins(join->rarg, relation, joins);
    if ((left && (join->jointype == JOIN_RIGHT || join->jointype == JOIN_FULL)) ||
        (right && (join->jointype == JOIN_LEFT || join->jointype == JOIN_FULL)))
        *joins = bms_add_member(*joins, join->rtindex);
    return left || right;
}
inline void mark_nulling_joins(Query* query, Var* column) {
    column->varnullingrels = nullptr;
    collect_nulling_joins(reinterpret_cast<Node*>(query->jointree), column->varno, &column->varnullingrels);
}
#else
inline void mark_nulling_joins(Query*, Var*) {}
#endif

// What pull_varnos() can return for columns of this part of FROM as seen from its top.
inline Bitmapset* relations_in(Node* jointree) {
#if PG_VERSION_NUM >= 160000
    return get_relids_in_jointree(jointree, true, false);
#else
    return get_relids_in_jointree(jointree, false);
#endif
}

// Wants the planner's state for placeholders (e9a20e451f3f), which what the parser makes never needs.
inline Node* flatten_joins(Query* query, Node* node) {
#if PG_VERSION_NUM >= 160000
    return flatten_join_alias_vars(nullptr, query, node);
#else
    return flatten_join_alias_vars(query, node);
#endif
}

// pg_*_aclcheck became object_aclcheck (c727f511bd7b).
inline bool may_execute(Oid function, Oid role) {
#if PG_VERSION_NUM >= 160000
    return object_aclcheck(ProcedureRelationId, function, role, ACL_EXECUTE) == ACLCHECK_OK;
#else
    return pg_proc_aclcheck(function, role, ACL_EXECUTE) == ACLCHECK_OK;
#endif
}

inline bool may_create_in_tablespace(Oid tablespace, Oid role) {
#if PG_VERSION_NUM >= 160000
    return object_aclcheck(TableSpaceRelationId, tablespace, role, ACL_CREATE) == ACLCHECK_OK;
#else
    return pg_tablespace_aclcheck(tablespace, role, ACL_CREATE) == ACLCHECK_OK;
#endif
}

// pg_*_ownercheck became object_ownercheck (afbfc02983f8).
inline bool owns_database(Oid database, Oid role) {
#if PG_VERSION_NUM >= 160000
    return object_ownercheck(DatabaseRelationId, database, role);
#else
    return pg_database_ownercheck(database, role);
#endif
}

// ---- 17

// Intervals may be infinite (519fc1bd9e9d).
inline bool is_infinite(const Interval* interval) {
#if PG_VERSION_NUM >= 170000
    return INTERVAL_NOT_FINITE(interval);
#else
    (void)interval;
    return false;
#endif
}

// Taking an interval away is adding its negative, and an interval that has none is an error since they may be infinite.
inline bool has_negative(const Interval* interval) {
#if PG_VERSION_NUM >= 170000
    return interval->month != PG_INT32_MIN && interval->day != PG_INT32_MIN && interval->time != PG_INT64_MIN;
#else
    (void)interval;
    return true;
#endif
}

// The clocks that a session can set on its statements. 17 has transaction_timeout (51efe38cb92f), which runs in
// parallel workers as well.
constexpr TimeoutId kSessionClocks[] = {
    STATEMENT_TIMEOUT,
#if PG_VERSION_NUM >= 170000
    TRANSACTION_TIMEOUT,
#endif
};
// Stops those that run and notes when they would have ended, 0 for the others.
inline void stop_session_clocks(TimestampTz (&deadlines)[std::size(kSessionClocks)]) {
    for (std::size_t i = 0; i < std::size(kSessionClocks); ++i)
        if (get_timeout_active(kSessionClocks[i])) {
            deadlines[i] = get_timeout_finish_time(kSessionClocks[i]);
            disable_timeout(kSessionClocks[i], false);
        }
}
inline void restart_session_clocks(const TimestampTz (&deadlines)[std::size(kSessionClocks)]) {
    for (std::size_t i = 0; i < std::size(kSessionClocks); ++i)
        if (deadlines[i] != 0)
            enable_timeout_at(kSessionClocks[i], deadlines[i]);
}

// PGPROC.pgprocno became the global MyProcNumber (024c52111757).
inline int own_process_number() {
#if PG_VERSION_NUM >= 170000
    return MyProcNumber;
#else
    return MyProc->pgprocno;
#endif
}

// LockHeldByMe asks about stronger locks too (since 17 on demand: 4c2a1b4bb4d5's neighbours changed its signature).
inline bool holds_lock(const LOCKTAG& tag, LOCKMODE mode) {
#if PG_VERSION_NUM >= 170000
    return LockHeldByMe(&tag, mode, false);
#else
    return LockHeldByMe(&tag, mode);
#endif
}

// The latch of a process, by number: pointers into process memory stay out of shared memory.
inline void wake_process(int number) { SetLatch(&ProcGlobal->allProcs[number].procLatch); }

// ---- 18

// Grouped expressions moved into a range table entry of their own, and SELECT and HAVING only refer to it
// (247dea89f761). Puts them back where they stood, in all queries of a statement, as the planner does later. With
// grouping sets it needs the planner's state for that: they stay, and releases refuse them.
#if PG_VERSION_NUM >= 180000
inline void flatten_groups_of(Query* query) {
    if (!query->hasGroupRTE || query->groupingSets != NIL)
        return;
    query->targetList =
        reinterpret_cast<List*>(flatten_group_exprs(nullptr, query, reinterpret_cast<Node*>(query->targetList)));
    query->havingQual = flatten_group_exprs(nullptr, query, query->havingQual);
    ListCell* cell;
    foreach (cell, query->rtable) {
        auto* entry = lfirst_node(RangeTblEntry, cell);
        if (entry->rtekind != RTE_GROUP)
            continue;
        entry->rtekind = RTE_RESULT; // keeps the numbers of the others
        entry->groupexprs = NIL;
    }
    query->hasGroupRTE = false;
}
inline bool flatten_groups_walker(Node* node, void* context) {
    if (node == nullptr)
        return false;
    if (!IsA(node, Query))
        return expression_tree_walker(node, flatten_groups_walker, context);
    flatten_groups_of(castNode(Query, node));
    return query_tree_walker(castNode(Query, node), flatten_groups_walker, context, 0);
}
inline void flatten_groups(Query* statement) { flatten_groups_walker(reinterpret_cast<Node*>(statement), nullptr); }
inline bool groups_stand_apart(const Query* query) { return query->hasGroupRTE; }
#else
inline void flatten_groups(Query*) {}
inline bool groups_stand_apart(const Query*) { return false; }
#endif

// Lost its last argument, which said whether a portal runs once (3eea7a0c97e9).
inline void run_executor(QueryDesc* description) {
#if PG_VERSION_NUM >= 180000
    standard_ExecutorRun(description, ForwardScanDirection, 0);
#else
    standard_ExecutorRun(description, ForwardScanDirection, 0, true);
#endif
}

// Columns computed when they are read (83ea6c54025b): their expression is nobody's whom we have vetted.
inline bool is_computed_when_read(Oid relation, AttrNumber column) {
#if PG_VERSION_NUM >= 180000
    return get_attgenerated(relation, column) == ATTRIBUTE_GENERATED_VIRTUAL;
#else
    (void)relation;
    (void)column;
    return false;
#endif
}

// Disabled nodes are counted, no longer priced (e22253467942).
inline void inherit_disabled_nodes(Path* path, const Path* child) {
#if PG_VERSION_NUM >= 180000
    path->disabled_nodes = child->disabled_nodes;
#else
    (void)path;
    (void)child;
#endif
}

} // namespace health_dp::postgres
