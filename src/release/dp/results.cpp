#include <cfloat>
#include <cmath>

#include "release/dp/results.hpp"

namespace health_dp::release {

Datum as_numeric(core::Signed128 value, int exponent) {
    char digits[64];
    char* at = digits + sizeof(digits) - 1;
    *at = '\0';
    const bool negative = value < 0;
    core::Unsigned128 rest = negative ? -static_cast<core::Unsigned128>(value) : static_cast<core::Unsigned128>(value);
    do {
        *--at = static_cast<char>('0' + static_cast<int>(rest % 10));
        rest /= 10;
    } while (rest != 0);
    if (negative)
        *--at = '-';
    const char* text = exponent == 0 ? at : psprintf("%se%d", at, -exponent);
    return DirectFunctionCall3(numeric_in, CStringGetDatum(text), ObjectIdGetDatum(InvalidOid), Int32GetDatum(-1));
}

namespace {

core::Signed128 clamp(core::Signed128 value, core::Signed128 low, core::Signed128 high) {
    return value < low ? low : value > high ? high : value;
}

// Sums grow beyond their type, and so do bounds that were rounded outwards to the grid.
double as_finite(double value, double largest) { return std::fmin(std::fmax(value, -largest), largest); }

int decimal_exponent(const Grid& grid) { return grid.kind == GridKind::decimal ? grid.exponent : 0; }

Datum sum_result(const OutputLayout& output, const InputParameters& input, core::Signed128 total) {
    switch (output.result_type) {
    case INT8OID:
        return Int64GetDatum(static_cast<int64>(clamp(total, PG_INT64_MIN, PG_INT64_MAX)));
    case FLOAT4OID: {
        const double value = std::ldexp(static_cast<double>(total), -input.grid.exponent);
        return Float4GetDatum(static_cast<float4>(as_finite(value, FLT_MAX)));
    }
    case FLOAT8OID: {
        const double value = std::ldexp(static_cast<double>(total), -input.grid.exponent);
        return Float8GetDatum(as_finite(value, DBL_MAX));
    }
    default:
        return DirectFunctionCall1(numeric_trim_scale, as_numeric(total, decimal_exponent(input.grid)));
    }
}

// centre + total / (2·rows), inside the bounds; the total counts half grid units about the centre.
Datum mean_result(const OutputLayout& output, const InputParameters& input, core::Signed128 total,
                  core::Signed128 rows) {
    rows = rows < 1 ? 1 : rows;
    const auto width = static_cast<core::Signed128>(input.upper) - input.lower;
    if (output.result_type == FLOAT8OID) {
        const double centre = (static_cast<double>(input.lower) + static_cast<double>(input.upper)) / 2;
        double mean = centre + static_cast<double>(total) / (2 * static_cast<double>(rows));
        mean = std::fmin(std::fmax(mean, static_cast<double>(input.lower)), static_cast<double>(input.upper));
        return Float8GetDatum(as_finite(std::ldexp(mean, -input.grid.exponent), DBL_MAX));
    }
    // Numerators beyond the bounds are cut before the division: |total| ≤ rows·width.
    const int exponent = decimal_exponent(input.grid);
    const Datum limit = DirectFunctionCall2(numeric_mul, as_numeric(rows, 0), as_numeric(width, 0));
    Datum numerator = as_numeric(total, 0);
    if (DatumGetBool(DirectFunctionCall2(numeric_gt, numerator, limit)))
        numerator = limit;
    const Datum negative = DirectFunctionCall1(numeric_uminus, limit);
    if (DatumGetBool(DirectFunctionCall2(numeric_lt, numerator, negative)))
        numerator = negative;
    const Datum centre = as_numeric(static_cast<core::Signed128>(input.lower) + input.upper, 0);
    numerator =
        DirectFunctionCall2(numeric_add, numerator, DirectFunctionCall2(numeric_mul, centre, as_numeric(rows, 0)));
    const Datum scaled = DirectFunctionCall2(numeric_mul, numerator, as_numeric(1, exponent));
    return DirectFunctionCall2(numeric_div, scaled, as_numeric(2 * rows, 0));
}

} // namespace

int first_measurement(const Layout& layout, int output) {
    int index = 0;
    for (int i = 0; i < output; ++i)
        if (layout.output[i].input >= 0)
            index += layout.output[i].kind == OutputKind::average ? 2 : 1;
    return index;
}

Datum make_result(const OutputLayout& output, const InputParameters& input, const NoisyValue& value) {
    switch (output.kind) {
    case OutputKind::count:
        return Int64GetDatum(static_cast<int64>(clamp(value.first, PG_INT64_MIN, PG_INT64_MAX)));
    case OutputKind::sum:
        return sum_result(output, input, value.first);
    case OutputKind::average:
        return mean_result(output, input, value.first, value.second);
    case OutputKind::hidden: // of suppressed releases only
    case OutputKind::variance:
        break;
    }
    return 0;
}

} // namespace health_dp::release
