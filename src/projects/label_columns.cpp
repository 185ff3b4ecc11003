// A label names columns, and a name can be given to another column. So the hook of SECURITY LABEL writes down which
// columns the names were, and both must agree. The table is not dumped: a restore labels the tables anew.
#include "core/labels/labels.hpp"

#include "postgres/errors.hpp"
#include "projects/label_columns.hpp"
#include "projects/labels.hpp"
#include "projects/tables.hpp"

namespace health_dp::projects {

namespace labels = core::labels;

namespace {

// A link whose target was not there: `side` of its only row.
constexpr Oid kPending = InvalidOid;

Oid find_table(const char* name) {
    const Oid schema = get_namespace_oid(kSchema, true);
    return OidIsValid(schema) ? get_relname_relid(name, schema) : InvalidOid;
}

// Not through tables.hpp: while PostgreSQL restores or upgrades a database, the table may be of no version yet.
struct Book {
    Relation table;
    Oid index;
};

bool open_book(Book* book) {
    const Oid table = find_table("label_column");
    if (!OidIsValid(table))
        return false;
    book->table = table_open(table, RowExclusiveLock);
    book->index = find_table("label_column_pkey");
    return true;
}

void close_book(const Book& book) {
    table_close(book.table, NoLock);
    CommandCounterIncrement();
}

void forget(const Book& book, Oid relation) {
    ScanKeyData key;
    ScanKeyInit(&key, label_column::relation, BTEqualStrategyNumber, F_OIDEQ, ObjectIdGetDatum(relation));
    SysScanDesc scan = systable_beginscan(book.table, book.index, OidIsValid(book.index), nullptr, 1, &key);
    HeapTuple tuple;
    while (HeapTupleIsValid(tuple = systable_getnext(scan)))
        CatalogTupleDelete(book.table, &tuple->t_self);
    systable_endscan(scan);
    CommandCounterIncrement();
}

void write(const Book& book, Oid relation, Oid side, const char* name, AttrNumber number) {
    NameData column;
    namestrcpy(&column, name);
    Datum values[] = {ObjectIdGetDatum(relation), ObjectIdGetDatum(side), NameGetDatum(&column), Int16GetDatum(number)};
    bool nulls[] = {false, false, false, false};
    HeapTuple tuple = heap_form_tuple(RelationGetDescr(book.table), values, nulls);
    CatalogTupleInsert(book.table, tuple);
    heap_freetuple(tuple);
}

void write_column(const Book& book, Oid relation, Oid side, const char* name) {
    const AttrNumber number = get_attnum(side, name);
    if (number > 0)
        write(book, relation, side, name, number);
}

Oid target_of(const labels::ProtectedVia& link) {
    const Oid schema = get_namespace_oid(link.schema.data(), true);
    return OidIsValid(schema) ? get_relname_relid(link.table.data(), schema) : InvalidOid;
}

void write_link(const Book& book, Oid relation, const labels::ProtectedVia& link) {
    for (int i = 0; i < link.columns; ++i)
        write_column(book, relation, relation, link.from[i].data());
    const Oid target = target_of(link);
    if (!OidIsValid(target))
        write(book, relation, kPending, "", 0);
    else if (target != relation)
        for (int i = 0; i < link.columns; ++i)
            write_column(book, relation, target, link.to[i].data());
}

bool next_pending(const Book& book, Oid target, Oid* relation) {
    ScanKeyData key;
    ScanKeyInit(&key, label_column::side, BTEqualStrategyNumber, F_OIDEQ, ObjectIdGetDatum(kPending));
    SysScanDesc scan = systable_beginscan(book.table, InvalidOid, false, nullptr, 1, &key);
    bool found = false;
    HeapTuple tuple;
    while (!found && HeapTupleIsValid(tuple = systable_getnext(scan))) {
        bool is_null = false;
        *relation =
            DatumGetObjectId(heap_getattr(tuple, label_column::relation, RelationGetDescr(book.table), &is_null));
        found = read_link_target(*relation) == target;
    }
    systable_endscan(scan);
    return found;
}

// The links that waited for this table.
void complete_links(const Book& book, Oid target) {
    Oid relation;
    while (next_pending(book, target, &relation)) {
        const labels::TableLabel label = labels::parse_table_label(table_label_text(relation));
        forget(book, relation);
        write_link(book, relation, std::get<labels::ProtectedVia>(label));
        CommandCounterIncrement();
    }
}

AttrNumber recorded_number(Oid relation, Oid side, const char* name) {
    NameData column;
    namestrcpy(&column, name);
    ScanKeyData keys[3];
    ScanKeyInit(&keys[0], label_column::relation, BTEqualStrategyNumber, F_OIDEQ, ObjectIdGetDatum(relation));
    ScanKeyInit(&keys[1], label_column::side, BTEqualStrategyNumber, F_OIDEQ, ObjectIdGetDatum(side));
    ScanKeyInit(&keys[2], label_column::name, BTEqualStrategyNumber, F_NAMEEQ, NameGetDatum(&column));
    Scan scan = begin_scan("label_column", "label_column_pkey", keys, 3);
    HeapTuple tuple = next_tuple(scan);
    AttrNumber number = InvalidAttrNumber;
    bool is_null = false;
    if (HeapTupleIsValid(tuple))
        number = DatumGetInt16(read_column(scan, tuple, label_column::number, &is_null));
    end_scan(scan);
    return number;
}

void require(Oid relation, Oid side, AttrNumber column) {
    const char* name = get_attname(side, column, false);
    if (recorded_number(relation, side, name) == column)
        return;
    ereport(ERROR, (errcode(sqlstate::kBadLabel),
                    errmsg("column \"%s\" of table \"%s\" is not the one that the label of table \"%s\" was given for",
                           name, get_rel_name(side), get_rel_name(relation)),
                    errhint("Columns or tables were renamed: protect table \"%s\" again.", get_rel_name(relation))));
}

} // namespace

void record_columns(Oid relation, const labels::TableLabel* label) {
    Book book;
    if (!open_book(&book))
        return;
    forget(book, relation);
    if (label != nullptr) {
        if (const labels::ProtectedDirect* direct = std::get_if<labels::ProtectedDirect>(label))
            write_column(book, relation, relation, direct->owner.data());
        else if (const labels::ProtectedVia* link = std::get_if<labels::ProtectedVia>(label))
            write_link(book, relation, *link);
        complete_links(book, relation);
    }
    close_book(book);
}

void require_recorded_columns(Oid relation, const TableLabel& label) {
    // A database of another version: no release is made in it.
    if (!OidIsValid(find_table("label_column")))
        return;
    if (label.kind == LabelKind::protected_direct)
        require(relation, relation, label.owner);
    for (int i = 0; i < label.link_columns; ++i) {
        require(relation, relation, label.from[i]);
        require(relation, label.target, label.to[i]);
    }
}

} // namespace health_dp::projects
