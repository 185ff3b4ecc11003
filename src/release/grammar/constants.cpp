// What the bytes of a constant are: a tree carries them as memory, and the functions of its type believe that memory.
#include "release/grammar/rules.hpp"

namespace health_dp::release::grammar {

namespace {

constexpr int kMostDigit = 9999; // numeric's digits are of base 10,000

// A value of a type of variable length, of which `readable` bytes are there.
struct Bytes {
    const char* data;
    Size size;
};

bool read_varlena(const char* pointer, Size readable, Bytes* bytes) {
    if (readable < 1)
        return false;
    if (VARATT_IS_1B_E(pointer))
        return false; // it points elsewhere: into any table
    if (VARATT_IS_1B(pointer)) {
        *bytes = {VARDATA_1B(pointer), VARSIZE_1B(pointer) - static_cast<Size>(VARHDRSZ_SHORT)};
        return VARSIZE_1B(pointer) >= VARHDRSZ_SHORT && VARSIZE_1B(pointer) <= readable;
    }
    if (readable < VARHDRSZ || !VARATT_IS_4B_U(pointer) || VARSIZE_4B(pointer) < VARHDRSZ)
        return false; // compressed among them: nothing of a parser's is
    *bytes = {VARDATA_4B(pointer), VARSIZE_4B(pointer) - static_cast<Size>(VARHDRSZ)};
    return VARSIZE_4B(pointer) <= readable;
}

// As numeric.c lays it out: a header of two or four bytes, then digits.
bool is_numeric(const Bytes& bytes) {
    uint16 header;
    if (bytes.size < sizeof(header))
        return false;
    memcpy(&header, bytes.data, sizeof(header));
    const uint16 kind = header & 0xC000;
    if (kind == 0xC000)
        return bytes.size == sizeof(header); // NaN and the infinities
    const Size start = kind == 0x8000 ? sizeof(uint16) : 2 * sizeof(uint16);
    if (bytes.size < start || (bytes.size - start) % sizeof(int16) != 0)
        return false;
    for (Size at = start; at < bytes.size; at += sizeof(int16)) {
        int16 digit;
        memcpy(&digit, bytes.data + at, sizeof(digit));
        if (digit < 0 || digit > kMostDigit)
            return false;
    }
    return true;
}

bool is_value(Oid type, const char* pointer, Size readable);

// Whether a value of this type is anything that fits its length.
bool is_any_varlena(Oid type) { return type == BYTEAOID; }
bool is_text(Oid type) { return type == TEXTOID || type == VARCHAROID || type == BPCHAROID; }

bool is_value_of_varlena(Oid type, const Bytes& bytes) {
    if (type == NUMERICOID)
        return is_numeric(bytes);
    if (is_text(type))
        return pg_verify_mbstr(GetDatabaseEncoding(), bytes.data, static_cast<int>(bytes.size), true);
    return is_any_varlena(type);
}

bool has_elements(Oid element, const char* data, const char* end, int count, const bits8* nulls) {
    int16 length;
    bool by_value;
    char align;
    get_typlenbyvalalign(element, &length, &by_value, &align);
    const char* at = data;
    for (int i = 0; i < count; ++i) {
        if (nulls != nullptr && (nulls[i / 8] & (1 << (i % 8))) == 0)
            continue;
        at = reinterpret_cast<const char*>(length == -1 ? att_align_pointer(at, align, -1, at)
                                                        : att_align_nominal(at, align));
        if (at >= end || !is_value(element, at, static_cast<Size>(end - at)))
            return false;
        at = att_addlength_pointer(at, length, at);
    }
    return at <= end;
}

// One dimension at most: `IN` and ANY have no other.
bool is_array(Oid element, const char* pointer, Size readable) {
    if (readable < sizeof(ArrayType) || !VARATT_IS_4B_U(pointer))
        return false;
    const auto* array = reinterpret_cast<const ArrayType*>(pointer);
    const Size size = VARSIZE(array);
    if (size < sizeof(ArrayType) || size > readable || ARR_ELEMTYPE(array) != element)
        return false;
    if (ARR_NDIM(array) == 0)
        return true;
    if (ARR_NDIM(array) != 1 || size < ARR_OVERHEAD_NONULLS(1))
        return false;
    const int count = ARR_DIMS(array)[0];
    if (count < 0 || static_cast<Size>(count) > size)
        return false;
    const bool nulls = ARR_HASNULL(array);
    const Size start = nulls ? ARR_OVERHEAD_WITHNULLS(1, count) : ARR_OVERHEAD_NONULLS(1);
    if (start > size || (nulls && static_cast<Size>(array->dataoffset) != start))
        return false;
    return has_elements(element, pointer + start, pointer + size, count, nulls ? ARR_NULLBITMAP(array) : nullptr);
}

bool is_value(Oid type, const char* pointer, Size readable) {
    const Oid base = getBaseType(type);
    const int16 length = get_typlen(base);
    if (length > 0 && base != NAMEOID)
        return readable >= static_cast<Size>(length);
    if (length > 0)
        return readable >= NAMEDATALEN && strnlen(pointer, NAMEDATALEN) < NAMEDATALEN;
    if (length == -2)
        return strnlen(pointer, readable) < readable;
    if (const Oid element = get_element_type(base); OidIsValid(element))
        return is_array(element, pointer, readable);
    Bytes bytes;
    return read_varlena(pointer, readable, &bytes) && is_value_of_varlena(base, bytes);
}

// Passed by value, or of a fixed length that says everything, or as above.
bool is_checked_scalar(Oid type) {
    const Oid base = getBaseType(type);
    int16 length;
    bool by_value;
    get_typlenbyval(base, &length, &by_value);
    return by_value || (length > 0 && base < FirstNormalObjectId && !type_is_rowtype(base)) || base == NUMERICOID ||
           is_text(base) || is_any_varlena(base) || base == UNKNOWNOID;
}

} // namespace

bool is_checked_constant(Oid type) {
    const Oid element = get_element_type(getBaseType(type));
    return is_checked_scalar(OidIsValid(element) ? element : type);
}

void check_constant(const Const* constant, Stage stage) {
    if (constant->consttype != UNKNOWNOID)
        plain_type(constant->consttype, nullptr);
    int16 length;
    bool by_value;
    get_typlenbyval(constant->consttype, &length, &by_value);
    if (constant->constlen != length || constant->constbyval != by_value)
        refuse_malformed("a constant of another type than it says");
    if (constant->constisnull || by_value || stage != Stage::arrived)
        return;
    char* pointer = DatumGetPointer(constant->constvalue);
    if (pointer == nullptr || !is_checked_constant(constant->consttype) ||
        !is_value(constant->consttype, pointer, postgres::readable_bytes(pointer)))
        refuse_malformed("a constant whose bytes are no value of its type");
}

} // namespace health_dp::release::grammar
