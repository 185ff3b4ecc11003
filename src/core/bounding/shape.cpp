#include "core/bounding/shape.hpp"

#include <algorithm>

namespace health_dp::bounding {

std::uint32_t Shape::value_index(std::uint32_t input) const {
    std::uint32_t index = 0;
    for (std::uint32_t i = 0; i < input; ++i)
        index += inputs[i].has_value ? 1 : 0;
    return index;
}

std::uint32_t Shape::values() const { return value_index(static_cast<std::uint32_t>(inputs.size())); }

bool Shape::valid() const {
    if (max_groups < 1 || max_groups > kMaxLimit || max_rows < 1 || max_rows > kMaxLimit || inputs.size() > kMaxInputs)
        return false;
    const bool bounded =
        std::ranges::all_of(inputs, [](const Input& input) { return !input.has_value || input.lower < input.upper; });
    return bounded && std::ranges::all_of(measurements, [this](const Measurement& measurement) {
               const bool wants_value =
                   measurement.kind == MeasurementKind::sum || measurement.kind == MeasurementKind::centred_total;
               return measurement.input < inputs.size() && (!wants_value || inputs[measurement.input].has_value);
           });
}

namespace {

// value·R/n rounded half away from zero. |value| ≤ n·b implies |result| ≤ R·b for an integer b, because rounding never
// passes an integer bound. The product stays below 2^125: |value| < 2^105 (2^65 half units, 2^40 rows) and R ≤ 2^20.
core::Signed128 weighted(core::Signed128 value, std::uint64_t count, std::uint32_t max_rows) {
    const core::Signed128 product = value * static_cast<core::Signed128>(max_rows);
    const auto divisor = static_cast<core::Signed128>(count);
    const core::Signed128 quotient = product / divisor;
    const core::Signed128 remainder = product % divisor;
    if (remainder >= 0)
        return quotient + (2 * remainder >= divisor ? 1 : 0);
    return quotient - (-2 * remainder >= divisor ? 1 : 0);
}

} // namespace

core::Signed128 contribution(const Shape& shape, const Measurement& measurement, std::uint64_t count,
                             core::Signed128 total) {
    const Input& input = shape.inputs[measurement.input];
    const std::uint64_t limit = shape.max_rows;
    switch (measurement.kind) {
    case MeasurementKind::rows:
        return static_cast<core::Signed128>(std::min(count, limit));
    case MeasurementKind::patients:
        return count > 0 ? 1 : 0;
    case MeasurementKind::sum:
        // For n ≤ R nothing is clamped twice: a lower bound above 0 must not pull small patients up.
        if (count <= limit)
            return total;
        return std::clamp(total, static_cast<core::Signed128>(limit) * input.lower,
                          static_cast<core::Signed128>(limit) * input.upper);
    case MeasurementKind::centred_total: {
        const core::Signed128 centred =
            2 * total - static_cast<core::Signed128>(count) * (static_cast<core::Signed128>(input.lower) + input.upper);
        return count <= limit ? centred : weighted(centred, count, shape.max_rows);
    }
    }
    return 0;
}

core::Unsigned128 sensitivity_per_group(const Shape& shape, const Measurement& measurement) {
    const Input& input = shape.inputs[measurement.input];
    const core::Unsigned128 limit = shape.max_rows;
    const auto lower = static_cast<core::Signed128>(input.lower);
    const auto upper = static_cast<core::Signed128>(input.upper);
    switch (measurement.kind) {
    case MeasurementKind::rows:
        return limit;
    case MeasurementKind::patients:
        return 1;
    case MeasurementKind::sum:
        return limit * static_cast<core::Unsigned128>(std::max(lower < 0 ? -lower : lower, upper < 0 ? -upper : upper));
    case MeasurementKind::centred_total:
        return limit * static_cast<core::Unsigned128>(upper - lower);
    }
    return 0;
}

} // namespace health_dp::bounding
