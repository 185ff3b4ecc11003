#include "release/engine/group_keys.hpp"

#include "postgres/errors.hpp"
#include "release/plan/spelling.hpp"

namespace health_dp::release {

namespace {

void reserve(KeyBytes* bytes, int more) {
    if (bytes->size + more <= bytes->capacity)
        return;
    const int64 wanted = 2 * (static_cast<int64>(bytes->size) + more);
    if (!AllocSizeIsValid(wanted))
        ereport(ERROR, (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED), errmsg("grouping key too long")));
    bytes->data = static_cast<char*>(repalloc(bytes->data, static_cast<Size>(wanted)));
    bytes->capacity = static_cast<int>(wanted);
}

void append(KeyBytes* bytes, const void* data, int size) {
    reserve(bytes, size);
    memcpy(bytes->data + bytes->size, data, static_cast<size_t>(size));
    bytes->size += size;
}

} // namespace

KeyColumn describe_key(Oid type, Oid collation) {
    KeyColumn column = {type, collation, 0, false};
    get_typlenbyval(type, &column.length, &column.by_value);
    return column;
}

KeyBytes make_key_bytes(MemoryContext context) {
    return {static_cast<char*>(MemoryContextAlloc(context, 128)), 0, 128};
}

void append_key(KeyBytes* bytes, const KeyColumn& column, Datum value, bool is_null) {
    const char present = is_null ? 0 : 1;
    append(bytes, &present, 1);
    if (is_null)
        return;
    value = one_spelling(column.type, value);
    if (column.by_value) {
        // Only the type's own width: what the rest of a Datum holds is not part of the value.
        char image[sizeof(Datum)] = {};
        store_att_byval(image, value, column.length);
        append(bytes, image, sizeof(image));
    } else if (column.length > 0)
        append(bytes, DatumGetPointer(value), column.length);
    else {
        auto* packed = reinterpret_cast<varlena*>(PG_DETOAST_DATUM_PACKED(value));
        const int32 size = static_cast<int32>(VARSIZE_ANY_EXHDR(packed));
        append(bytes, &size, sizeof(size));
        append(bytes, VARDATA_ANY(packed), size);
    }
}

bool read_keys(const char* data, int size, const KeyColumn* columns, int count, Datum* values, bool* nulls) {
    int at = 0;
    const auto left = [&](int wanted) { return wanted >= 0 && size - at >= wanted; };
    for (int i = 0; i < count; ++i) {
        if (!left(1))
            return false;
        values[i] = 0;
        nulls[i] = data[at++] == 0;
        if (nulls[i])
            continue;
        if (columns[i].by_value) {
            if (!left(sizeof(Datum)))
                return false;
            values[i] = fetch_att(data + at, true, columns[i].length);
            at += sizeof(Datum);
        } else if (columns[i].length > 0) {
            if (!left(columns[i].length))
                return false;
            values[i] = PointerGetDatum(memcpy(palloc(columns[i].length), data + at, columns[i].length));
            at += columns[i].length;
        } else {
            int32 length;
            if (!left(sizeof(length)))
                return false;
            memcpy(&length, data + at, sizeof(length));
            at += sizeof(length);
            if (!left(length))
                return false;
            values[i] = PointerGetDatum(cstring_to_text_with_len(data + at, length));
            at += length;
        }
    }
    return at == size;
}

int first_key_size(const char* data, int size, const KeyColumn& column) {
    if (size < 1)
        return -1;
    int64 wanted = 1;
    if (data[0] != 0) {
        int32 length = column.by_value ? static_cast<int32>(sizeof(Datum)) : column.length;
        if (!column.by_value && column.length <= 0) {
            if (size < 1 + static_cast<int>(sizeof(length)))
                return -1;
            memcpy(&length, data + 1, sizeof(length));
            wanted += sizeof(length);
        }
        if (length < 0)
            return -1;
        wanted += length;
    }
    return wanted <= size ? static_cast<int>(wanted) : -1;
}

KeyOrder make_key_order(const KeyColumn* columns, int count) {
    KeyOrder order = {count, static_cast<SortSupportData*>(palloc0(sizeof(SortSupportData) * Max(count, 1)))};
    for (int i = 0; i < count; ++i) {
        TypeCacheEntry* type = lookup_type_cache(columns[i].type, TYPECACHE_LT_OPR);
        order.sort[i].ssup_cxt = CurrentMemoryContext;
        order.sort[i].ssup_collation = columns[i].collation;
        order.sort[i].ssup_nulls_first = false;
        PrepareSortSupportFromOrderingOp(type->lt_opr, &order.sort[i]);
    }
    return order;
}

int compare_keys(KeyOrder* order, const Datum* a, const bool* a_nulls, const Datum* b, const bool* b_nulls) {
    for (int i = 0; i < order->columns; ++i) {
        const int result = ApplySortComparator(a[i], a_nulls[i], b[i], b_nulls[i], &order->sort[i]);
        if (result != 0)
            return result;
    }
    return 0;
}

bool owner_is_word(Oid type) { return type == INT2OID || type == INT4OID || type == INT8OID; }

bounding::PatientKey read_owner(const KeyColumn& column, Datum value, const uint8* key, KeyBytes* scratch) {
    bounding::PatientKey patient;
    switch (column.type) {
    case INT2OID:
        patient.low = static_cast<uint64>(static_cast<int64>(DatumGetInt16(value)));
        return patient;
    case INT4OID:
        patient.low = static_cast<uint64>(static_cast<int64>(DatumGetInt32(value)));
        return patient;
    case INT8OID:
        patient.low = static_cast<uint64>(DatumGetInt64(value));
        return patient;
    default:
        break;
    }
    scratch->size = 0;
    append_key(scratch, column, value, false);
    bounding::ChoiceKey digest_key;
    memcpy(digest_key.data(), key, digest_key.size());
    return bounding::digest_patient(digest_key, scratch->data, static_cast<std::size_t>(scratch->size));
}

} // namespace health_dp::release
