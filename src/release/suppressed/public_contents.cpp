#include <sodium.h>

#include "release/suppressed/public_contents.hpp"

#include "postgres/errors.hpp"
#include "postgres/trees.hpp"
#include "projects/catalogue.hpp"
#include "projects/tables.hpp"
#include "release/suppressed/population.hpp"
#include "release/vetting/relations.hpp"

namespace health_dp::release {

namespace {

// ---- which columns

struct PublicTable {
    Oid relation;
    bool with_children;
    Bitmapset* columns;
};

struct Search {
    List* queries; // around the node looked at, innermost first
    List* tables;  // of PublicTable*
};

PublicTable* note_table(const RangeTblEntry* entry, Search* search) {
    projects::TableLabel label = {};
    if (entry->rtekind != RTE_RELATION)
        return nullptr;
    projects::read_table_label(entry->relid, &label);
    if (label.kind != projects::LabelKind::public_table)
        return nullptr;
    ListCell* cell;
    foreach (cell, search->tables) {
        auto* known = static_cast<PublicTable*>(lfirst(cell));
        if (known->relation == entry->relid && known->with_children == entry->inh)
            return known;
    }
    auto* table = static_cast<PublicTable*>(palloc0(sizeof(PublicTable)));
    table->relation = entry->relid;
    table->with_children = entry->inh;
    search->tables = lappend(search->tables, table);
    return table;
}

bool note_columns(Node* node, void* context);

void note_column(const Var* variable, Search* search) {
    const auto level = static_cast<int>(variable->varlevelsup);
    const auto* query = static_cast<const Query*>(list_nth(search->queries, level));
    const RangeTblEntry* entry = rt_fetch(variable->varno, query->rtable);
    if (entry->rtekind == RTE_JOIN && variable->varattno > 0) {
        Search outside = {list_copy_tail(search->queries, level), search->tables};
        note_columns(static_cast<Node*>(list_nth(entry->joinaliasvars, variable->varattno - 1)), &outside);
        search->tables = outside.tables;
        return;
    }
    PublicTable* table = note_table(entry, search);
    if (table != nullptr && variable->varattno > 0)
        table->columns = bms_add_member(table->columns, variable->varattno);
}

bool note_columns(Node* node, void* context) {
    auto* search = static_cast<Search*>(context);
    if (node == nullptr)
        return false;
    if (IsA(node, RangeTblEntry)) {
        note_table(castNode(RangeTblEntry, node), search); // one without columns has a number of rows
        return false;
    }
    if (IsA(node, Var)) {
        note_column(castNode(Var, node), search);
        return false;
    }
    if (IsA(node, Query)) {
        check_stack_depth();
        search->queries = lcons(node, search->queries);
        // A join lists all columns of its sides.
        postgres::walk_query(castNode(Query, node), note_columns, context,
                             QTW_EXAMINE_RTES_BEFORE | QTW_IGNORE_JOINALIASES);
        search->queries = list_delete_first(search->queries);
        return false;
    }
    return postgres::walk_expression(node, note_columns, context);
}

// ---- what they hold

// The sum of the rows' digests, modulo 2^64 in each of its parts: rows have no order. Rows that are chosen to add up to
// the same would take somebody who may write the table, and more rows than it takes to be seen.
struct Sum {
    uint64 part[8];
    uint64 rows;
};

struct Receiver {
    DestReceiver receiver;
    Sum sum;
    FmgrInfo* send; // of the columns
};

void prepare_columns(DestReceiver* receiver, int, TupleDesc descriptor) {
    auto* self = reinterpret_cast<Receiver*>(receiver);
    self->send = static_cast<FmgrInfo*>(palloc0(sizeof(FmgrInfo) * static_cast<Size>(Max(descriptor->natts, 1))));
    for (int i = 0; i < descriptor->natts; ++i) {
        Oid function;
        bool is_varlena;
        getTypeBinaryOutputInfo(TupleDescAttr(descriptor, i)->atttypid, &function, &is_varlena);
        fmgr_info(function, &self->send[i]);
    }
}

bool add_row(TupleTableSlot* slot, DestReceiver* receiver) {
    auto* self = reinterpret_cast<Receiver*>(receiver);
    static_assert(sizeof(self->sum.part) == crypto_generichash_BYTES_MAX);
    crypto_generichash_state state;
    crypto_generichash_init(&state, nullptr, 0, sizeof(self->sum.part));
    slot_getallattrs(slot);
    for (int i = 0; i < slot->tts_tupleDescriptor->natts; ++i) {
        int64 size = -1; // of NULL
        const bytea* bytes = nullptr;
        if (!slot->tts_isnull[i]) {
            bytes = SendFunctionCall(&self->send[i], slot->tts_values[i]);
            size = static_cast<int64>(VARSIZE_ANY_EXHDR(bytes));
        }
        crypto_generichash_update(&state, reinterpret_cast<const unsigned char*>(&size), sizeof(size));
        if (bytes != nullptr)
            crypto_generichash_update(&state, reinterpret_cast<const unsigned char*>(VARDATA_ANY(bytes)),
                                      static_cast<unsigned long long>(size));
    }
    uint64 digest[8];
    crypto_generichash_final(&state, reinterpret_cast<unsigned char*>(digest), sizeof(digest));
    for (int i = 0; i < 8; ++i)
        self->sum.part[i] += digest[i];
    ++self->sum.rows;
    return true;
}

void end_rows(DestReceiver*) {}

// Reads as its owner; the member's privileges were checked with the query.
Query* query_of(const PublicTable& table) {
    auto* query = makeNode(Query);
    query->commandType = CMD_SELECT;
    query->querySource = QSRC_ORIGINAL;
    query->canSetTag = true;
    RangeTblEntry* entry = make_reader(query, table.relation);
    entry->inh = table.with_children;
    auto* reference = makeNode(RangeTblRef);
    reference->rtindex = 1;
    query->jointree = makeFromExpr(list_make1(reference), nullptr);
    int column = -1;
    AttrNumber number = 0;
    while ((column = bms_next_member(table.columns, column)) >= 0) {
        Oid type, collation;
        int32 typmod;
        const auto attribute = static_cast<AttrNumber>(column);
        get_atttypetypmodcoll(table.relation, attribute, &type, &typmod, &collation);
        Var* variable = makeVar(1, attribute, type, typmod, collation, 0);
        query->targetList = lappend(query->targetList,
                                    makeTargetEntry(reinterpret_cast<Expr*>(variable), ++number, pstrdup("c"), false));
    }
    return query;
}

char* digest_of_contents(const PublicTable& table) {
    MemoryContext scratch = AllocSetContextCreate(CurrentMemoryContext, "health_dp contents", ALLOCSET_DEFAULT_SIZES);
    MemoryContext caller = MemoryContextSwitchTo(scratch);
    Receiver self = {};
    self.receiver.receiveSlot = add_row;
    self.receiver.rStartup = prepare_columns;
    self.receiver.rShutdown = end_rows;
    self.receiver.rDestroy = end_rows;
    self.receiver.mydest = DestNone;
    PlannedStmt* plan = standard_planner(query_of(table), "", 0, nullptr);
    QueryDesc* description =
        CreateQueryDesc(plan, "", GetActiveSnapshot(), InvalidSnapshot, &self.receiver, nullptr, nullptr, 0);
    standard_ExecutorStart(description, 0);
    postgres::run_executor(description);
    standard_ExecutorFinish(description);
    standard_ExecutorEnd(description);
    FreeQueryDesc(description);
    MemoryContextSwitchTo(caller);
    MemoryContextDelete(scratch);
    char bytes[2 * sizeof(Sum) + 1] = "";
    hex_encode(reinterpret_cast<const char*>(&self.sum), sizeof(self.sum), bytes);
    return digest_of_text(bytes);
}

// ---- as lines of text: table, columns and digest, names in hexadecimal digits

char* to_digits(const char* name) {
    const auto size = strlen(name);
    char* digits = static_cast<char*>(palloc0(2 * size + 1));
    hex_encode(name, size, digits);
    return digits;
}

const char* name_of(Oid relation) {
    return quote_qualified_identifier(get_namespace_name(get_rel_namespace(relation)), get_rel_name(relation));
}

char* start_of_line(const PublicTable& table) {
    return psprintf("%s%s ", table.with_children ? "" : "only:", to_digits(name_of(table.relation)));
}

char* columns_of_line(const PublicTable& table) {
    StringInfoData text;
    initStringInfo(&text);
    int column = -1;
    while ((column = bms_next_member(table.columns, column)) >= 0)
        appendStringInfo(&text, "%s,", to_digits(get_attname(table.relation, static_cast<AttrNumber>(column), false)));
    appendStringInfoChar(&text, ' ');
    return text.data;
}

// The columns that a line names; false where the table has them no more.
bool read_columns(const char* text, PublicTable* table) {
    while (*text != ' ' && *text != '\0') {
        const std::size_t digits = strcspn(text, ", ");
        char name[NAMEDATALEN] = "";
        if (digits / 2 >= sizeof(name))
            return false;
        hex_decode(text, digits, name);
        const AttrNumber column = get_attnum(table->relation, name);
        if (column == InvalidAttrNumber)
            return false;
        table->columns = bms_add_member(table->columns, column);
        text += digits + (text[digits] == ',' ? 1 : 0);
    }
    return true;
}

// Columns of src/install/42-suppressed-releases.sql.
namespace column {
enum : AttrNumber { project_id = 1, release_id, table_name };
}

// A steward has looked at what changed after the project's latest release.
bool is_accepted(int32 project, int64 release, const char* table) {
    ScanKeyData keys[2];
    ScanKeyInit(&keys[0], column::project_id, BTEqualStrategyNumber, F_INT4EQ, Int32GetDatum(project));
    ScanKeyInit(&keys[1], column::release_id, BTEqualStrategyNumber, F_INT8EQ, Int64GetDatum(release));
    projects::Scan scan = projects::begin_scan("public_change", "public_change_pkey", keys, 2);
    bool found = false;
    HeapTuple tuple;
    while (!found && HeapTupleIsValid(tuple = projects::next_tuple(scan))) {
        bool is_null = false;
        const Datum name = projects::read_column(scan, tuple, column::table_name, &is_null);
        found = !is_null && strcmp(TextDatumGetCString(name), table) == 0;
    }
    projects::end_scan(scan);
    return found;
}

struct Comparison {
    int32 project;
    const Registered* earlier;
    PublicContents contents;
    StringInfoData text;
};

// What earlier releases named of the table, as it is now.
void compare_line(const char* line, const char* start, const PublicTable& named, Comparison* comparison) {
    PublicTable table = {named.relation, named.with_children, nullptr};
    const char* columns = line + strlen(start);
    const char* digest = columns + strcspn(columns, " ") + 1;
    const char* now = read_columns(columns, &table) ? digest_of_contents(table) : "";
    const bool same = strncmp(digest, now, strcspn(digest, "\n")) == 0 && now[0] != '\0';
    if (!same && !is_accepted(comparison->project, comparison->earlier->release, name_of(table.relation)))
        comparison->contents.changed = name_of(table.relation);
    if (now[0] != '\0')
        appendStringInfo(&comparison->text, "%s%s%s\n", start, columns_of_line(table), now);
}

void compare_table(const PublicTable& table, Comparison* comparison) {
    const char* start = start_of_line(table);
    const char* columns = columns_of_line(table);
    bool known = false;
    const char* line = comparison->earlier->public_contents;
    for (; line != nullptr && *line != '\0'; line = strchr(line, '\n') + 1) {
        if (strncmp(line, start, strlen(start)) != 0)
            continue;
        known = known || strncmp(line + strlen(start), columns, strlen(columns)) == 0;
        compare_line(line, start, table, comparison);
    }
    if (!known)
        appendStringInfo(&comparison->text, "%s%s%s\n", start, columns, digest_of_contents(table));
}

} // namespace

PublicContents read_public_contents(Query* query, int32 project, const Registered& earlier) {
    Search search = {NIL, NIL};
    note_columns(reinterpret_cast<Node*>(query), &search);
    Comparison comparison = {project, &earlier, {nullptr, nullptr}, {}};
    initStringInfo(&comparison.text);
    ListCell* cell;
    foreach (cell, search.tables)
        compare_table(*static_cast<PublicTable*>(lfirst(cell)), &comparison);
    comparison.contents.text = comparison.text.data;
    return comparison.contents;
}

void refuse_changed_table(const char* table, const Registered& earlier) {
    ereport(ERROR,
            (errcode(sqlstate::kDataChanged),
             errmsg("the public table %s has changed since suppressed release " INT64_FORMAT " of the project", table,
                    earlier.number),
             errdetail("The difference would be the patients whom the change adds or leaves out."),
             errhint("Ask a steward, who may look at the change and accept it (health_dp.accept_public_change()), "
                     "or open another project.")));
    pg_unreachable();
}

} // namespace health_dp::release
