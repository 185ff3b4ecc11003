// All arithmetic is numeric: exact but for the last division.
#include <cmath>

#include "release/suppressed/exact_results.hpp"

#include "release/dp/results.hpp"

namespace health_dp::release {

namespace {

Datum whole(core::Signed128 value) { return as_numeric(value, 0); }
Datum whole(core::Unsigned128 value) { return as_numeric(static_cast<core::Signed128>(value), 0); }
Datum plus(Datum a, Datum b) { return DirectFunctionCall2(numeric_add, a, b); }
Datum minus(Datum a, Datum b) { return DirectFunctionCall2(numeric_sub, a, b); }
Datum times(Datum a, Datum b) { return DirectFunctionCall2(numeric_mul, a, b); }
Datum over(Datum a, Datum b) { return DirectFunctionCall2(numeric_div, a, b); }

// Grid steps, or their squares, to units of the column and its type.
Datum in_units(Datum steps, const Grid& grid, int power, Oid type) {
    const int exponent = grid.kind == GridKind::unit ? 0 : power * grid.exponent;
    if (type == FLOAT4OID || type == FLOAT8OID) {
        const double number =
            std::ldexp(DatumGetFloat8(DirectFunctionCall1(numeric_float8_no_overflow, steps)), -exponent);
        return type == FLOAT8OID ? Float8GetDatum(number) : Float4GetDatum(static_cast<float4>(number));
    }
    const Datum number = exponent == 0 ? steps : times(steps, as_numeric(1, exponent));
    return type == INT8OID ? DirectFunctionCall1(numeric_int8, number)
                           : DirectFunctionCall1(numeric_trim_scale, number);
}

// Above the lower bound, n²·variance = n·Σx² - (Σx)².
Datum squared_deviations(const suppression::ExactSums& sums) {
    const Datum word = whole(core::Signed128{1} << 32U);
    const Datum squares =
        plus(times(plus(times(whole(sums.high), word), times(whole(sums.mixed), whole(core::Signed128{2}))), word),
             whole(sums.low));
    return minus(times(whole(core::Signed128{static_cast<std::int64_t>(sums.values)}), squares),
                 times(whole(sums.total), whole(sums.total)));
}

} // namespace

bool make_exact(const OutputLayout& output, const InputParameters& input, const suppression::ExactSums& sums,
                Datum* result) {
    const auto values = static_cast<core::Signed128>(sums.values);
    if (values < (output.kind == OutputKind::variance ? 2 : 1))
        return false;
    const Datum total = whole(static_cast<core::Signed128>(sums.total) + values * input.lower);
    switch (output.kind) {
    case OutputKind::sum:
        *result = in_units(total, input.grid, 1, output.result_type);
        return true;
    case OutputKind::average:
        *result = in_units(over(total, whole(values)), input.grid, 1, output.result_type);
        return true;
    case OutputKind::variance:
        *result =
            in_units(over(squared_deviations(sums), whole(values * (values - 1))), input.grid, 2, output.result_type);
        return true;
    default:
        elog(ERROR, "unexpected kind of exact result");
    }
}

} // namespace health_dp::release
