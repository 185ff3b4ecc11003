// Owners and grouping keys as canonical bytes [C8]: equal values have equal bytes, different ones different bytes.
#pragma once

#include "core/bounding/patient.hpp"
#include "release/plan/plan.hpp"

namespace health_dp::release {

struct KeyColumn {
    Oid type;
    Oid collation;
    int16 length;
    bool by_value;
};

// Growing bytes in the memory context they were made in.
struct KeyBytes {
    char* data;
    int size;
    int capacity;
};

KeyColumn describe_key(Oid type, Oid collation);
KeyBytes make_key_bytes(MemoryContext context);

// Appends one key column, injectively encoded. Allocates in the current (per-tuple) context.
void append_key(KeyBytes* bytes, const KeyColumn& column, Datum value, bool is_null);

// Reads the encoded columns back, in canonical spelling; returns false when the bytes are malformed.
bool read_keys(const char* data, int size, const KeyColumn* columns, int count, Datum* values, bool* nulls);

// How many of the bytes are the first column; -1 when they are malformed.
int first_key_size(const char* data, int size, const KeyColumn& column);

// Orders two keys as ORDER BY would under each type's own order, nulls last.
struct KeyOrder {
    int columns;
    SortSupportData* sort;
};
KeyOrder make_key_order(const KeyColumn* columns, int count);
int compare_keys(KeyOrder* order, const Datum* a, const bool* a_nulls, const Datum* b, const bool* b_nulls);

// Whether owners of this type are their own identity (8 bytes) rather than digests (16).
bool owner_is_word(Oid type);
bounding::PatientKey read_owner(const KeyColumn& column, Datum value, const uint8* key, KeyBytes* scratch);

} // namespace health_dp::release
