// Values to integers and back to bounds: the only place where floating point meets a protected value, one at a time,
// by exact scaling with a power of two [C5].
#include <cfloat>
#include <cmath>

#include "release/engine/parameters.hpp"

#include "postgres/errors.hpp"

namespace health_dp::release {

namespace {

[[noreturn]] void refuse(const char* problem) {
    ereport(ERROR, (errcode(sqlstate::kBadBounds), errmsg("%s", problem),
                    errhint("Give two finite numbers, the lower one first, from what is known of the column, "
                            "not from its data.")));
    pg_unreachable();
}

constexpr const char* kNotFinite = "a bound of a dp aggregate is not finite";
constexpr const char* kReversed = "the lower bound of a dp aggregate is not below its upper bound";

// Bits and digits of a grid's largest magnitude: fine enough that rounding drowns in any noise, coarse enough that
// sensitivities stay far below the sampler's limit.
constexpr int kBinaryBits = 50;
constexpr int kDecimalDigits = 16;
// Powers of ten that the larger bound of a numeric lies between: far inside what numeric holds, so that neither a value
// between the bounds nor a total leaves it.
constexpr int kMaxPower = 500;

bool is_float(Oid type) { return type == FLOAT4OID || type == FLOAT8OID; }

double as_double(Oid type, Datum value) {
    return type == FLOAT4OID ? static_cast<double>(DatumGetFloat4(value)) : DatumGetFloat8(value);
}

int64 as_int64(Oid type, Datum value) {
    switch (type) {
    case INT2OID:
        return DatumGetInt16(value);
    case INT4OID:
        return DatumGetInt32(value);
    default:
        return DatumGetInt64(value);
    }
}

Datum parse_numeric(const char* text) {
    return DirectFunctionCall3(numeric_in, CStringGetDatum(text), ObjectIdGetDatum(InvalidOid), Int32GetDatum(-1));
}

bool numeric_below(Datum a, Datum b) { return DatumGetBool(DirectFunctionCall2(numeric_lt, a, b)); }

// Digits before the decimal point of a finite numeric; negative for 0.00x, and for 0 fewer than for anything else.
int integer_digits(Datum value) {
    if (!numeric_below(value, NumericGetDatum(int64_to_numeric(0))) &&
        !numeric_below(NumericGetDatum(int64_to_numeric(0)), value))
        return INT_MIN;
    const char* text = DatumGetCString(DirectFunctionCall1(numeric_out, value));
    if (*text == '-')
        ++text;
    int digits = 0;
    for (; *text == '0'; ++text) {
    }
    for (; *text >= '0' && *text <= '9'; ++text)
        ++digits;
    if (digits > 0 || *text != '.')
        return digits;
    for (++text; *text == '0'; ++text)
        --digits;
    return digits;
}

void place_floats(double lower, double upper, InputParameters* input) {
    if (!std::isfinite(lower) || !std::isfinite(upper))
        refuse(kNotFinite);
    if (!(lower < upper))
        refuse(kReversed);
    int magnitude;
    std::frexp(std::fmax(std::fabs(lower), std::fabs(upper)), &magnitude);
    input->grid = {GridKind::binary, kBinaryBits - magnitude};
    // Bounds lie on the grid: outwards, so that nothing the user meant to keep is cut.
    input->lower = static_cast<int64>(std::floor(std::ldexp(lower, input->grid.exponent)));
    input->upper = static_cast<int64>(std::ceil(std::ldexp(upper, input->grid.exponent)));
}

void place_numerics(Datum lower, Datum upper, InputParameters* input) {
    if (numeric_is_nan(DatumGetNumeric(lower)) || numeric_is_inf(DatumGetNumeric(lower)) ||
        numeric_is_nan(DatumGetNumeric(upper)) || numeric_is_inf(DatumGetNumeric(upper)))
        refuse(kNotFinite);
    if (!numeric_below(lower, upper))
        refuse(kReversed);
    const int digits = Max(integer_digits(lower), integer_digits(upper));
    if (digits < -kMaxPower || digits > kMaxPower)
        refuse("bounds of a dp aggregate are larger than 10^500, or both closer to 0 than 10^-500");
    const int exponent = kDecimalDigits - digits;
    const Datum scale = parse_numeric(psprintf("1e%d", exponent));
    input->grid = {GridKind::decimal, exponent};
    input->lower = DatumGetInt64(DirectFunctionCall1(
        numeric_int8, DirectFunctionCall1(numeric_floor, DirectFunctionCall2(numeric_mul, lower, scale))));
    input->upper = DatumGetInt64(DirectFunctionCall1(
        numeric_int8, DirectFunctionCall1(numeric_ceil, DirectFunctionCall2(numeric_mul, upper, scale))));
}

int64 clamp_numeric(Datum value, int64 low, int64 high) {
    if (numeric_below(value, NumericGetDatum(int64_to_numeric(low))))
        return low;
    if (numeric_below(NumericGetDatum(int64_to_numeric(high)), value))
        return high;
    return DatumGetInt64(DirectFunctionCall1(numeric_int8, value));
}

} // namespace

Datum bound_of_type(Oid type, const char* digits, bool upper) {
    const Datum exact = parse_numeric(digits);
    const Datum whole = DirectFunctionCall1(upper ? numeric_ceil : numeric_floor, exact);
    switch (type) {
    case INT2OID:
        return Int16GetDatum(static_cast<int16>(clamp_numeric(whole, PG_INT16_MIN, PG_INT16_MAX)));
    case INT4OID:
        return Int32GetDatum(static_cast<int32>(clamp_numeric(whole, PG_INT32_MIN, PG_INT32_MAX)));
    case INT8OID:
        return Int64GetDatum(clamp_numeric(whole, PG_INT64_MIN, PG_INT64_MAX));
    case FLOAT4OID: {
        const double nearest = DatumGetFloat8(DirectFunctionCall1(numeric_float8_no_overflow, exact));
        return Float4GetDatum(static_cast<float4>(std::fmin(std::fmax(nearest, -FLT_MAX), FLT_MAX)));
    }
    case FLOAT8OID:
        return DirectFunctionCall1(numeric_float8_no_overflow, exact);
    default:
        return exact;
    }
}

void place_on_grid(Oid type, Datum lower, bool lower_null, Datum upper, bool upper_null, InputParameters* input) {
    if (lower_null || upper_null)
        refuse("a bound of a dp aggregate is NULL");
    input->type = type;
    if (is_float(type))
        place_floats(as_double(type, lower), as_double(type, upper), input);
    else if (type == NUMERICOID)
        place_numerics(lower, upper, input);
    else {
        input->grid = {GridKind::unit, 0};
        input->lower = as_int64(type, lower);
        input->upper = as_int64(type, upper);
        if (input->lower >= input->upper)
            refuse(kReversed);
    }
}

void prepare_reader(const InputParameters& input, ValueReader* reader) {
    reader->input = input;
    reader->lower_float = std::ldexp(static_cast<double>(input.lower), -input.grid.exponent);
    reader->upper_float = std::ldexp(static_cast<double>(input.upper), -input.grid.exponent);
    if (input.grid.kind == GridKind::decimal) {
        reader->lower_numeric = parse_numeric(psprintf(INT64_FORMAT "e%d", input.lower, -input.grid.exponent));
        reader->upper_numeric = parse_numeric(psprintf(INT64_FORMAT "e%d", input.upper, -input.grid.exponent));
        reader->scale_numeric = parse_numeric(psprintf("1e%d", input.grid.exponent));
    }
}

int64 read_value(const ValueReader& reader, Datum value) {
    const InputParameters& input = reader.input;
    switch (input.grid.kind) {
    case GridKind::unit: {
        const int64 number = as_int64(input.type, value);
        return number < input.lower ? input.lower : number > input.upper ? input.upper : number;
    }
    case GridKind::binary: {
        const double number = as_double(input.type, value);
        if (!(number > reader.lower_float)) // NaN becomes lower
            return input.lower;
        if (number >= reader.upper_float)
            return input.upper;
        return std::llrint(std::ldexp(number, input.grid.exponent));
    }
    case GridKind::decimal:
        if (numeric_is_nan(DatumGetNumeric(value)) || !numeric_below(reader.lower_numeric, value))
            return input.lower;
        if (!numeric_below(value, reader.upper_numeric))
            return input.upper;
        // numeric_int8 rounds; inside the bounds it cannot overflow.
        return DatumGetInt64(
            DirectFunctionCall1(numeric_int8, DirectFunctionCall2(numeric_mul, value, reader.scale_numeric)));
    }
    return input.lower;
}

bounding::Shape make_shape(const Parameters& parameters) {
    bounding::Shape shape;
    shape.max_groups = parameters.max_groups;
    shape.max_rows = parameters.max_rows;
    for (int i = 0; i < parameters.inputs; ++i) {
        const InputParameters& input = parameters.input[i];
        const bool has_value = OidIsValid(input.type);
        shape.inputs.push_back({has_value, input.lower, input.upper});
    }
    for (int i = 0; i < parameters.measurements; ++i)
        shape.measurements.push_back(
            {parameters.measurement[i].kind, static_cast<std::uint32_t>(parameters.measurement[i].input)});
    return shape;
}

} // namespace health_dp::release
