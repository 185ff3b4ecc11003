// Total versions of PostgreSQL's arithmetic [C18]: NULL where the original raises an error, the same value elsewhere.
// Inside a release an error would tell that a row with a certain value exists.
#include <cmath>
#include <limits>

#include "postgres/api.hpp"

namespace {

// One type's way in and out of Datum.
template <class T>
struct Type;
template <>
struct Type<int16> {
    static int16 get(Datum d) { return DatumGetInt16(d); }
    static Datum put(int16 v) { return Int16GetDatum(v); }
};
template <>
struct Type<int32> {
    static int32 get(Datum d) { return DatumGetInt32(d); }
    static Datum put(int32 v) { return Int32GetDatum(v); }
};
template <>
struct Type<int64> {
    static int64 get(Datum d) { return DatumGetInt64(d); }
    static Datum put(int64 v) { return Int64GetDatum(v); }
};
template <>
struct Type<float4> {
    static float4 get(Datum d) { return DatumGetFloat4(d); }
    static Datum put(float4 v) { return Float4GetDatum(v); }
};
template <>
struct Type<float8> {
    static float8 get(Datum d) { return DatumGetFloat8(d); }
    static Datum put(float8 v) { return Float8GetDatum(v); }
};

struct Add {
    template <class T>
    static bool integers(T a, T b, T* r) {
        return !__builtin_add_overflow(a, b, r);
    }
    template <class T>
    static T floats(T a, T b) {
        return a + b;
    }
    static Numeric numerics(Numeric a, Numeric b, bool* failed) { return numeric_add_opt_error(a, b, failed); }
    static constexpr bool kMayUnderflow = false;
};
struct Subtract {
    template <class T>
    static bool integers(T a, T b, T* r) {
        return !__builtin_sub_overflow(a, b, r);
    }
    template <class T>
    static T floats(T a, T b) {
        return a - b;
    }
    static Numeric numerics(Numeric a, Numeric b, bool* failed) { return numeric_sub_opt_error(a, b, failed); }
    static constexpr bool kMayUnderflow = false;
};
struct Multiply {
    template <class T>
    static bool integers(T a, T b, T* r) {
        return !__builtin_mul_overflow(a, b, r);
    }
    template <class T>
    static T floats(T a, T b) {
        return a * b;
    }
    static Numeric numerics(Numeric a, Numeric b, bool* failed) { return numeric_mul_opt_error(a, b, failed); }
    static constexpr bool kMayUnderflow = true;
};
struct Divide {
    template <class T>
    static bool integers(T a, T b, T* r) {
        if (b == 0 || (b == -1 && a == std::numeric_limits<T>::min()))
            return false;
        *r = static_cast<T>(a / b);
        return true;
    }
    template <class T>
    static T floats(T a, T b) {
        return a / b;
    }
    static Numeric numerics(Numeric a, Numeric b, bool* failed) { return numeric_div_opt_error(a, b, failed); }
    static constexpr bool kMayUnderflow = true;
};
struct Modulo {
    template <class T>
    static bool integers(T a, T b, T* r) {
        if (b == 0)
            return false;
        *r = static_cast<T>(b == -1 ? 0 : a % b);
        return true;
    }
    static Numeric numerics(Numeric a, Numeric b, bool* failed) { return numeric_mod_opt_error(a, b, failed); }
};

template <class Operation, class T>
Datum integers(FunctionCallInfo fcinfo) {
    T result;
    if (!Operation::integers(Type<T>::get(PG_GETARG_DATUM(0)), Type<T>::get(PG_GETARG_DATUM(1)), &result))
        PG_RETURN_NULL();
    return Type<T>::put(result);
}

template <class Operation, class T>
Datum floats(FunctionCallInfo fcinfo) {
    const T a = Type<T>::get(PG_GETARG_DATUM(0));
    const T b = Type<T>::get(PG_GETARG_DATUM(1));
    const T result = Operation::floats(a, b);
    // The conditions under which float4.c and float8.c report overflow, underflow or division by zero.
    if (std::isinf(result) && !std::isinf(a) && !std::isinf(b))
        PG_RETURN_NULL();
    if (Operation::kMayUnderflow && result == 0 && a != 0 && !std::isinf(b) && b != 0)
        PG_RETURN_NULL();
    if (std::is_same_v<Operation, Divide> && b == 0 && !std::isnan(a))
        PG_RETURN_NULL();
    return Type<T>::put(result);
}

template <class Operation>
Datum numerics(FunctionCallInfo fcinfo) {
    bool failed = false;
    Numeric result = Operation::numerics(PG_GETARG_NUMERIC(0), PG_GETARG_NUMERIC(1), &failed);
    if (failed || result == nullptr)
        PG_RETURN_NULL();
    PG_RETURN_NUMERIC(result);
}

template <class T>
Datum negate(FunctionCallInfo fcinfo) {
    T result;
    if (__builtin_sub_overflow(static_cast<T>(0), Type<T>::get(PG_GETARG_DATUM(0)), &result))
        PG_RETURN_NULL();
    return Type<T>::put(result);
}

template <class T>
Datum absolute(FunctionCallInfo fcinfo) {
    const T value = Type<T>::get(PG_GETARG_DATUM(0));
    if (value == std::numeric_limits<T>::min())
        PG_RETURN_NULL();
    return Type<T>::put(value < 0 ? static_cast<T>(-value) : value);
}

// Integers from wider numbers, rounding as PostgreSQL's casts do.
template <class T>
Datum from_int8(FunctionCallInfo fcinfo) {
    const int64 value = PG_GETARG_INT64(0);
    if (value < std::numeric_limits<T>::min() || value > std::numeric_limits<T>::max())
        PG_RETURN_NULL();
    return Type<T>::put(static_cast<T>(value));
}

template <class T>
Datum from_float8(FunctionCallInfo fcinfo) {
    const double rounded = std::rint(PG_GETARG_FLOAT8(0));
    const double limit = -static_cast<double>(std::numeric_limits<T>::min()); // a power of two: exact
    if (!(rounded >= -limit && rounded < limit))
        PG_RETURN_NULL();
    return Type<T>::put(static_cast<T>(rounded));
}

// Inside these limits numeric_int8 cannot fail; the limits of T follow.
template <class T>
Datum from_numeric(FunctionCallInfo fcinfo) {
    const Datum value = PG_GETARG_DATUM(0);
    if (numeric_is_nan(DatumGetNumeric(value)) || numeric_is_inf(DatumGetNumeric(value)))
        PG_RETURN_NULL();
    const Datum rounded = DirectFunctionCall2(numeric_round, value, Int32GetDatum(0));
    const Datum low = NumericGetDatum(int64_to_numeric(std::numeric_limits<T>::min()));
    const Datum high = NumericGetDatum(int64_to_numeric(std::numeric_limits<T>::max()));
    if (DatumGetBool(DirectFunctionCall2(numeric_lt, rounded, low)) ||
        DatumGetBool(DirectFunctionCall2(numeric_gt, rounded, high)))
        PG_RETURN_NULL();
    return Type<T>::put(static_cast<T>(DatumGetInt64(DirectFunctionCall1(numeric_int8, rounded))));
}

// The nearest double, or NULL where there is none or it would be 0 for a value that is not.
bool numeric_to_double(Datum value, double* result) {
    *result = DatumGetFloat8(DirectFunctionCall1(numeric_float8_no_overflow, value));
    if (std::isinf(*result) && !numeric_is_inf(DatumGetNumeric(value)))
        return false;
    const bool zero = DatumGetBool(DirectFunctionCall2(numeric_eq, value, NumericGetDatum(int64_to_numeric(0))));
    return *result != 0 || zero;
}

bool fits_float4(double value) {
    const auto narrow = static_cast<float4>(value);
    return std::isinf(narrow) == std::isinf(value) && (narrow != 0 || value == 0);
}

} // namespace

HDP_FUNCTION(hdp_total_add_int2) { return integers<Add, int16>(fcinfo); }
HDP_FUNCTION(hdp_total_add_int4) { return integers<Add, int32>(fcinfo); }
HDP_FUNCTION(hdp_total_add_int8) { return integers<Add, int64>(fcinfo); }
HDP_FUNCTION(hdp_total_add_float4) { return floats<Add, float4>(fcinfo); }
HDP_FUNCTION(hdp_total_add_float8) { return floats<Add, float8>(fcinfo); }
HDP_FUNCTION(hdp_total_add_numeric) { return numerics<Add>(fcinfo); }
HDP_FUNCTION(hdp_total_subtract_int2) { return integers<Subtract, int16>(fcinfo); }
HDP_FUNCTION(hdp_total_subtract_int4) { return integers<Subtract, int32>(fcinfo); }
HDP_FUNCTION(hdp_total_subtract_int8) { return integers<Subtract, int64>(fcinfo); }
HDP_FUNCTION(hdp_total_subtract_float4) { return floats<Subtract, float4>(fcinfo); }
HDP_FUNCTION(hdp_total_subtract_float8) { return floats<Subtract, float8>(fcinfo); }
HDP_FUNCTION(hdp_total_subtract_numeric) { return numerics<Subtract>(fcinfo); }
HDP_FUNCTION(hdp_total_multiply_int2) { return integers<Multiply, int16>(fcinfo); }
HDP_FUNCTION(hdp_total_multiply_int4) { return integers<Multiply, int32>(fcinfo); }
HDP_FUNCTION(hdp_total_multiply_int8) { return integers<Multiply, int64>(fcinfo); }
HDP_FUNCTION(hdp_total_multiply_float4) { return floats<Multiply, float4>(fcinfo); }
HDP_FUNCTION(hdp_total_multiply_float8) { return floats<Multiply, float8>(fcinfo); }
HDP_FUNCTION(hdp_total_multiply_numeric) { return numerics<Multiply>(fcinfo); }
HDP_FUNCTION(hdp_total_divide_int2) { return integers<Divide, int16>(fcinfo); }
HDP_FUNCTION(hdp_total_divide_int4) { return integers<Divide, int32>(fcinfo); }
HDP_FUNCTION(hdp_total_divide_int8) { return integers<Divide, int64>(fcinfo); }
HDP_FUNCTION(hdp_total_divide_float4) { return floats<Divide, float4>(fcinfo); }
HDP_FUNCTION(hdp_total_divide_float8) { return floats<Divide, float8>(fcinfo); }
HDP_FUNCTION(hdp_total_divide_numeric) { return numerics<Divide>(fcinfo); }
HDP_FUNCTION(hdp_total_modulo_int2) { return integers<Modulo, int16>(fcinfo); }
HDP_FUNCTION(hdp_total_modulo_int4) { return integers<Modulo, int32>(fcinfo); }
HDP_FUNCTION(hdp_total_modulo_int8) { return integers<Modulo, int64>(fcinfo); }
HDP_FUNCTION(hdp_total_modulo_numeric) { return numerics<Modulo>(fcinfo); }
HDP_FUNCTION(hdp_total_negate_int2) { return negate<int16>(fcinfo); }
HDP_FUNCTION(hdp_total_negate_int4) { return negate<int32>(fcinfo); }
HDP_FUNCTION(hdp_total_negate_int8) { return negate<int64>(fcinfo); }
HDP_FUNCTION(hdp_total_abs_int2) { return absolute<int16>(fcinfo); }
HDP_FUNCTION(hdp_total_abs_int4) { return absolute<int32>(fcinfo); }
HDP_FUNCTION(hdp_total_abs_int8) { return absolute<int64>(fcinfo); }
HDP_FUNCTION(hdp_total_int2_from_int8) { return from_int8<int16>(fcinfo); }
HDP_FUNCTION(hdp_total_int4_from_int8) { return from_int8<int32>(fcinfo); }
HDP_FUNCTION(hdp_total_int2_from_float8) { return from_float8<int16>(fcinfo); }
HDP_FUNCTION(hdp_total_int4_from_float8) { return from_float8<int32>(fcinfo); }
HDP_FUNCTION(hdp_total_int8_from_float8) { return from_float8<int64>(fcinfo); }
HDP_FUNCTION(hdp_total_int2_from_numeric) { return from_numeric<int16>(fcinfo); }
HDP_FUNCTION(hdp_total_int4_from_numeric) { return from_numeric<int32>(fcinfo); }
HDP_FUNCTION(hdp_total_int8_from_numeric) { return from_numeric<int64>(fcinfo); }

HDP_FUNCTION(hdp_total_float4_from_float8) {
    const double value = PG_GETARG_FLOAT8(0);
    if (!fits_float4(value))
        PG_RETURN_NULL();
    PG_RETURN_FLOAT4(static_cast<float4>(value));
}

HDP_FUNCTION(hdp_total_float8_from_numeric) {
    double value;
    if (!numeric_to_double(PG_GETARG_DATUM(0), &value))
        PG_RETURN_NULL();
    PG_RETURN_FLOAT8(value);
}

HDP_FUNCTION(hdp_total_float4_from_numeric) {
    double value;
    if (!numeric_to_double(PG_GETARG_DATUM(0), &value) || !fits_float4(value))
        PG_RETURN_NULL();
    PG_RETURN_FLOAT4(static_cast<float4>(value));
}

namespace {

// |value| ≤ limit, or not finite.
bool within(FunctionCallInfo fcinfo, Datum value, const char* limit_text) {
    if (numeric_is_nan(DatumGetNumeric(value)) || numeric_is_inf(DatumGetNumeric(value)))
        return true;
    auto* limit = static_cast<Numeric>(fcinfo->flinfo->fn_extra);
    if (limit == nullptr) {
        MemoryContext caller = MemoryContextSwitchTo(fcinfo->flinfo->fn_mcxt);
        limit = DatumGetNumeric(DirectFunctionCall3(numeric_in, CStringGetDatum(limit_text),
                                                    ObjectIdGetDatum(InvalidOid), Int32GetDatum(-1)));
        MemoryContextSwitchTo(caller);
        fcinfo->flinfo->fn_extra = limit;
    }
    return DatumGetBool(
        DirectFunctionCall2(numeric_le, DirectFunctionCall1(numeric_abs, value), NumericGetDatum(limit)));
}

// Below the largest power of ten that numeric holds: rounding up does not pass it.
Datum rounded(FunctionCallInfo fcinfo, PGFunction function, int32 digits) {
    if (!within(fcinfo, PG_GETARG_DATUM(0), "1e131071"))
        PG_RETURN_NULL();
    return DirectFunctionCall2(function, PG_GETARG_DATUM(0), Int32GetDatum(digits));
}

} // namespace

// So far from where numeric overflows that no number of rows adds up to it.
HDP_FUNCTION(hdp_total_moderate) {
    if (!within(fcinfo, PG_GETARG_DATUM(0), "1e1000"))
        PG_RETURN_NULL();
    return PG_GETARG_DATUM(0);
}
HDP_FUNCTION(hdp_total_ceil_numeric) { return rounded(fcinfo, numeric_ceil, 0); }
HDP_FUNCTION(hdp_total_floor_numeric) { return rounded(fcinfo, numeric_floor, 0); }
HDP_FUNCTION(hdp_total_round_whole) { return rounded(fcinfo, numeric_round, 0); }

HDP_FUNCTION(hdp_total_round_numeric) {
    const int32 digits = PG_GETARG_INT32(1);
    return rounded(fcinfo, numeric_round, digits < -1000 ? -1000 : digits > 1000 ? 1000 : digits);
}

// Cutting off never fails.
HDP_FUNCTION(hdp_total_trunc_whole) { return DirectFunctionCall2(numeric_trunc, PG_GETARG_DATUM(0), Int32GetDatum(0)); }
HDP_FUNCTION(hdp_total_trunc_numeric) {
    return DirectFunctionCall2(numeric_trunc, PG_GETARG_DATUM(0), PG_GETARG_DATUM(1));
}
