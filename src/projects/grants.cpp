// Grants of tables to projects: the record of each is the whole of it. It holds the row filter as text with qualified
// names, and what the text rests on: the table's name, and number, name and type of the columns. Whatever has changed
// closes the table to the project; a filter never means another column, or another table, than the steward saw.
#include "projects/grants.hpp"

#include "postgres/errors.hpp"
#include "projects/catalogue.hpp"
#include "projects/filters.hpp"
#include "projects/tables.hpp"

namespace health_dp::projects {

namespace {

struct Record {
    bool found;
    char* condition; // null for all rows
    bool said;       // what it rests on
    NameData schema_name;
    NameData table_name;
    int columns;
    AttrNumber* numbers;
    NameData* names;
    Oid* types;
};

// Elements of a column's array, none of them null; null where the column is, or has another number of elements than
// `count` (if that is not negative).
Datum* read_array(const Scan& scan, HeapTuple tuple, AttrNumber column, Oid type, int* count) {
    bool is_null = false;
    const Datum value = read_column(scan, tuple, column, &is_null);
    if (is_null)
        return nullptr;
    int16 length;
    bool by_value;
    char alignment;
    get_typlenbyvalalign(type, &length, &by_value, &alignment);
    Datum* elements = nullptr;
    bool* nulls = nullptr;
    int found = 0;
    ArrayType* array = DatumGetArrayTypePCopy(value);
    deconstruct_array(array, type, length, by_value, alignment, &elements, &nulls, &found);
    if ((*count >= 0 && found != *count) || array_contains_nulls(array))
        return nullptr;
    *count = found;
    return elements != nullptr ? elements : static_cast<Datum*>(palloc0(sizeof(Datum)));
}

bool read_name(const Scan& scan, HeapTuple tuple, AttrNumber column, NameData* name) {
    bool is_null = false;
    const Datum value = read_column(scan, tuple, column, &is_null);
    if (!is_null)
        namestrcpy(name, NameStr(*DatumGetName(value)));
    return !is_null;
}

// False where the record does not say: another version made it, or the columns were not there when it was restored.
bool read_columns(const Scan& scan, HeapTuple tuple, Record* record) {
    int count = -1;
    const Datum* names = read_array(scan, tuple, grant_column::column_names, NAMEOID, &count);
    const Datum* numbers = read_array(scan, tuple, grant_column::column_numbers, INT2OID, &count);
    const Datum* types = read_array(scan, tuple, grant_column::column_types, REGTYPEOID, &count);
    if (names == nullptr || numbers == nullptr || types == nullptr)
        return false;
    record->columns = count;
    record->numbers = static_cast<AttrNumber*>(palloc0((count + 1) * sizeof(AttrNumber)));
    record->names = static_cast<NameData*>(palloc0((count + 1) * sizeof(NameData)));
    record->types = static_cast<Oid*>(palloc0((count + 1) * sizeof(Oid)));
    for (int i = 0; i < count; ++i) {
        record->numbers[i] = DatumGetInt16(numbers[i]);
        namestrcpy(&record->names[i], NameStr(*DatumGetName(names[i])));
        record->types[i] = DatumGetObjectId(types[i]);
    }
    return true;
}

char* read_text(const Scan& scan, HeapTuple tuple, AttrNumber column) {
    bool is_null = false;
    const Datum value = read_column(scan, tuple, column, &is_null);
    return is_null ? nullptr : TextDatumGetCString(value);
}

Record read_record(int32 project_id, Oid relation) {
    ScanKeyData keys[2];
    ScanKeyInit(&keys[0], grant_column::project_id, BTEqualStrategyNumber, F_INT4EQ, Int32GetDatum(project_id));
    ScanKeyInit(&keys[1], grant_column::relation, BTEqualStrategyNumber, F_OIDEQ, ObjectIdGetDatum(relation));
    Scan scan = begin_scan("granted_table", "granted_table_pkey", keys, 2);
    Record record = {};
    HeapTuple tuple = next_tuple(scan);
    record.found = HeapTupleIsValid(tuple);
    if (record.found) {
        // While the scan is open: what is long is stored elsewhere, and read under its snapshot.
        record.condition = read_text(scan, tuple, grant_column::condition);
        record.said = read_name(scan, tuple, grant_column::schema_name, &record.schema_name) &&
                      read_name(scan, tuple, grant_column::table_name, &record.table_name) &&
                      read_columns(scan, tuple, &record);
    }
    end_scan(scan);
    return record;
}

[[noreturn]] void refuse_closed(const char* table, const char* change) {
    ereport(ERROR, (errcode(sqlstate::kNotGranted),
                    errmsg("the grant of table \"%s\" to the project is closed: %s", table, change),
                    errhint("Ask a steward to look at the row filter and to grant the table again: "
                            "health_dp.revoke_table(), then health_dp.grant_table().")));
    pg_unreachable();
}

// A renamed table is another one for who granted it; so is one whose number came back after a restore.
void require_unchanged(const Record& record, Relation relation) {
    const char* table = RelationGetRelationName(relation);
    if (!record.said)
        refuse_closed(table, "its record does not say what it rests on");
    const char* schema = get_namespace_name(RelationGetNamespace(relation));
    if (strcmp(NameStr(record.table_name), table) != 0 || strcmp(NameStr(record.schema_name), schema) != 0)
        refuse_closed(table, "the table has been renamed");
    for (int i = 0; i < record.columns; ++i) {
        const AttrNumber number = record.numbers[i];
        const bool there = number >= 1 && number <= RelationGetNumberOfAttributes(relation);
        const FormData_pg_attribute* column = there ? TupleDescAttr(RelationGetDescr(relation), number - 1) : nullptr;
        if (column == nullptr || strcmp(NameStr(column->attname), NameStr(record.names[i])) != 0 ||
            column->atttypid != record.types[i])
            refuse_closed(table, "a column that its row filter reads has been renamed, dropped or given another type");
    }
}

// Nobody but stewards and auditors sees the filter, and PostgreSQL's messages quote it.
void conceal_error(void* table) {
    const int code = geterrcode();
    const int kind = ERRCODE_TO_CATEGORY(code);
    if (kind == ERRCODE_INSUFFICIENT_RESOURCES || kind == ERRCODE_OPERATOR_INTERVENTION)
        return;
    errcode(sqlstate::kNotGranted);
    errmsg("the grant of table \"%s\" to the project is closed: its row filter cannot be read any more",
           static_cast<const char*>(table));
    errdetail("Something that it names has changed.");
    errdetail_log("Something that it names has changed.");
    errhint("Ask a steward to look at the row filter and to grant the table again: health_dp.revoke_table(), then "
            "health_dp.grant_table().");
    errposition(0);
    internalerrposition(0);
    internalerrquery(nullptr);
}

Node* read_recorded(Relation relation, const char* condition) {
    ErrorContextCallback callback;
    callback.callback = conceal_error;
    callback.arg = RelationGetRelationName(relation);
    callback.previous = error_context_stack;
    error_context_stack = &callback;
    const Reading reading = begin_reading(relation, true);
    Node* filter = read_filter(relation, condition);
    end_reading(reading);
    error_context_stack = callback.previous;
    return filter;
}

bool is_true(Node* filter) {
    return IsA(filter, Const) && !castNode(Const, filter)->constisnull &&
           DatumGetBool(castNode(Const, filter)->constvalue);
}

} // namespace

bool is_granted(int32 project_id, Oid relation) {
    return read_record(project_id, relation).found && get_rel_name(relation) != nullptr;
}

Node* row_filter(int32 project_id, Oid relation_oid, int varno) {
    const Record record = read_record(project_id, relation_oid);
    Relation relation = try_relation_open(relation_oid, AccessShareLock);
    // Null means every row, so no record must come out as null.
    if (relation == nullptr || !record.found)
        ereport(ERROR, (errcode(sqlstate::kNotGranted),
                        errmsg("table \"%s\" is not granted to the project",
                               relation == nullptr ? "(dropped)" : RelationGetRelationName(relation)),
                        errhint("A steward grants it with health_dp.grant_table().")));
    require_unchanged(record, relation);
    Node* filter = nullptr;
    if (record.condition != nullptr) {
        filter = read_recorded(relation, record.condition);
        Bitmapset* recorded = nullptr;
        for (int i = 0; i < record.columns; ++i)
            recorded = bms_add_member(recorded, record.numbers[i]);
        if (!bms_is_subset(columns_of(filter), recorded))
            refuse_closed(RelationGetRelationName(relation), "its row filter reads other columns than its record says");
        ChangeVarNodes(filter, 1, varno, 0);
    }
    relation_close(relation, AccessShareLock);
    return filter;
}

FilterRecord make_filter_record(Oid relation_oid, const char* text, Node** expression) {
    FilterRecord record = {};
    *expression = nullptr;
    Relation relation = try_relation_open(relation_oid, AccessShareLock);
    if (relation == nullptr)
        ereport(ERROR, (errcode(ERRCODE_UNDEFINED_TABLE), errmsg("the table does not exist any more"),
                        errhint("Name a table that exists.")));
    namestrcpy(&record.schema_name, get_namespace_name(RelationGetNamespace(relation)));
    namestrcpy(&record.table_name, RelationGetRelationName(relation));
    Node* filter = nullptr;
    if (text != nullptr) {
        const Reading reading = begin_reading(relation, false);
        filter = read_filter(relation, text);
        end_reading(reading);
    }
    if (filter != nullptr && !is_true(filter)) {
        const Reading reading = begin_reading(relation, true);
        List* names = deparse_context_for(RelationGetRelationName(relation), relation_oid);
        record.condition = deparse_expression(filter, names, false, false);
        // What counts from now on is what the record says.
        *expression = read_filter(relation, record.condition);
        end_reading(reading);
        Bitmapset* columns = columns_of(*expression);
        record.names = static_cast<Datum*>(palloc0((bms_num_members(columns) + 1) * sizeof(Datum)));
        record.types = static_cast<Datum*>(palloc0((bms_num_members(columns) + 1) * sizeof(Datum)));
        for (int column = -1; (column = bms_next_member(columns, column)) >= 0; ++record.columns) {
            const FormData_pg_attribute* attribute = TupleDescAttr(RelationGetDescr(relation), column - 1);
            auto* name = static_cast<NameData*>(palloc0(sizeof(NameData)));
            namestrcpy(name, NameStr(attribute->attname));
            record.names[record.columns] = NameGetDatum(name);
            record.types[record.columns] = ObjectIdGetDatum(attribute->atttypid);
        }
    }
    // The lock stays: the record is right when it is committed.
    relation_close(relation, NoLock);
    return record;
}

} // namespace health_dp::projects
