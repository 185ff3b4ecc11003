// Types of a fixed number of bytes whose values core understands: into and out of a Datum, and what an index needs.
// A core header of the type comes first, PostgreSQL after it.
#pragma once

#include <array>
#include <bit>
#include <compare>
#include <cstring>
#include <type_traits>

#include "core/result.hpp"

#include "postgres/boundary.hpp"
#include "postgres/errors.hpp"

namespace health_dp::byte_types {

// Bytes that a Datum points to came from a Value of core and are one.
template <class Value>
Value unpack(Datum datum) {
    static_assert(std::is_trivially_copyable_v<Value>);
    std::array<unsigned char, sizeof(Value)> bytes;
    memcpy(bytes.data(), DatumGetPointer(datum), bytes.size());
    return std::bit_cast<Value>(bytes);
}

template <class Value>
Datum pack(const Value& value) {
    static_assert(std::is_trivially_copyable_v<Value>);
    return PointerGetDatum(memcpy(palloc(sizeof(Value)), &value, sizeof(Value)));
}

// What core made of the user's text or bytes. Its message never holds them; neither does ours: an identifier that is
// mistyped by one digit is still somebody's.
template <class Value, class Read>
Datum read(const char* hint, Read&& body) {
    return pack<Value>(postgres::entry([&] {
        const core::Result<Value> result = body();
        if (!result.ok())
            postgres::throw_sql_error(sqlstate::kBadIdentifier, result.error().message, hint);
        return Value(result.value());
    }));
}

template <class Value>
int compare(FunctionCallInfo fcinfo) {
    const auto order = unpack<Value>(PG_GETARG_DATUM(0)) <=> unpack<Value>(PG_GETARG_DATUM(1));
    return order < 0 ? -1 : order > 0 ? 1 : 0;
}

template <class Value>
const unsigned char* bytes_of(Datum datum) {
    return reinterpret_cast<const unsigned char*>(DatumGetPointer(datum));
}

} // namespace health_dp::byte_types

// The functions of the operators and operator classes of a type.
#define HDP_BYTE_TYPE_OPERATORS(topic, Value)                                                                          \
    HDP_FUNCTION(hdp_##topic##_eq) {                                                                                   \
        PG_RETURN_BOOL(byte_types::unpack<Value>(PG_GETARG_DATUM(0)) ==                                                \
                       byte_types::unpack<Value>(PG_GETARG_DATUM(1)));                                                 \
    }                                                                                                                  \
    HDP_FUNCTION(hdp_##topic##_ne) {                                                                                   \
        PG_RETURN_BOOL(                                                                                                \
            !(byte_types::unpack<Value>(PG_GETARG_DATUM(0)) == byte_types::unpack<Value>(PG_GETARG_DATUM(1))));        \
    }                                                                                                                  \
    HDP_FUNCTION(hdp_##topic##_lt) { PG_RETURN_BOOL(byte_types::compare<Value>(fcinfo) < 0); }                         \
    HDP_FUNCTION(hdp_##topic##_le) { PG_RETURN_BOOL(byte_types::compare<Value>(fcinfo) <= 0); }                        \
    HDP_FUNCTION(hdp_##topic##_gt) { PG_RETURN_BOOL(byte_types::compare<Value>(fcinfo) > 0); }                         \
    HDP_FUNCTION(hdp_##topic##_ge) { PG_RETURN_BOOL(byte_types::compare<Value>(fcinfo) >= 0); }                        \
    HDP_FUNCTION(hdp_##topic##_cmp) { PG_RETURN_INT32(byte_types::compare<Value>(fcinfo)); }                           \
    HDP_FUNCTION(hdp_##topic##_hash) {                                                                                 \
        return hash_any(byte_types::bytes_of<Value>(PG_GETARG_DATUM(0)), sizeof(Value));                               \
    }                                                                                                                  \
    HDP_FUNCTION(hdp_##topic##_hash_extended) {                                                                        \
        return hash_any_extended(byte_types::bytes_of<Value>(PG_GETARG_DATUM(0)), sizeof(Value),                       \
                                 static_cast<uint64>(PG_GETARG_INT64(1)));                                             \
    }
