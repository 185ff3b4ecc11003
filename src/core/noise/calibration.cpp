#include "core/noise/calibration.hpp"

namespace health_dp::core {

namespace {

constexpr Error kUncounted = {ErrorCode::out_of_range, "the release measures more than the statement's charge covers"};

} // namespace

Result<std::vector<DiscreteLaplace>> calibrate_noise(const bounding::Shape& shape, const Epsilon& epsilon,
                                                     const Parts& parts) {
    if (parts.selections > parts.all || shape.measurements.size() > parts.all - parts.selections)
        return kUncounted;
    const Result<Epsilon> share = epsilon.share(parts.all);
    if (!share.ok())
        return share.error();
    std::vector<DiscreteLaplace> noise;
    noise.reserve(shape.measurements.size());
    for (const bounding::Measurement& measurement : shape.measurements) {
        const auto in_one_group = Sensitivity::of_grid_units(sensitivity_per_group(shape, measurement));
        const Result<Sensitivity> in_all = in_one_group.times(shape.max_groups);
        if (!in_all.ok())
            return in_all.error();
        const Result<DiscreteLaplace> laplace = DiscreteLaplace::calibrated(in_all.value(), share.value());
        if (!laplace.ok())
            return laplace.error();
        noise.push_back(laplace.value());
    }
    return noise;
}

Result<SelectionShare> calibrate_selection(const bounding::Shape& shape, const Epsilon& epsilon, const Delta& delta,
                                           const Parts& parts) {
    if (parts.selections == 0 || parts.selections > parts.all)
        return kUncounted;
    const Result<Epsilon> epsilon_part = epsilon.share(parts.all);
    if (!epsilon_part.ok())
        return epsilon_part.error();
    const Result<Epsilon> epsilon_each = epsilon_part.value().share(shape.max_groups);
    if (!epsilon_each.ok())
        return epsilon_each.error();
    const Result<Delta> delta_part = delta.share(parts.selections);
    if (!delta_part.ok())
        return delta_part.error();
    const Result<Delta> delta_each = delta_part.value().share(shape.max_groups);
    if (!delta_each.ok())
        return delta_each.error();
    return SelectionShare{epsilon_each.value(), delta_each.value()};
}

} // namespace health_dp::core
