#include "release/mechanisms.hpp"

#include "postgres/boundary.hpp"
#include "postgres/errors.hpp"

namespace health_dp::release {

namespace {

template <class T>
T take(core::Result<T> result, const char* hint) {
    if (!result.ok())
        postgres::throw_sql_error(sqlstate::kScaleTooWide, result.error().message, hint);
    return std::move(result).value();
}

constexpr const char* kScaleHint = "Use narrower bounds, a larger epsilon, or fewer groups and rows per patient.";
constexpr const char* kSelectionHint = "Use a larger epsilon or delta, or group by keys of a public table "
                                       "(public LEFT JOIN protected), which need no selection.";

} // namespace

Mechanisms::Mechanisms(const Parameters& parameters, const Specification& specification, const Execution& execution)
    : index_(static_cast<std::uint32_t>(specification.index)) {
    const bounding::Shape shape = make_shape(parameters);
    const auto parts = static_cast<std::uint64_t>(specification.measurements);
    const core::Epsilon epsilon =
        take(core::Epsilon::parse(execution.epsilon), "SET health_dp.epsilon to a positive number.");
    const core::Epsilon share = take(epsilon.share(parts), kScaleHint);
    for (const bounding::Measurement& measurement : shape.measurements) {
        const auto per_group = core::Sensitivity::of_grid_units(sensitivity_per_group(shape, measurement));
        const core::Sensitivity total = take(per_group.times(shape.max_groups), kScaleHint);
        laplace_.push_back(take(core::DiscreteLaplace::calibrated(total, share), kScaleHint));
    }
    if (specification.grouped != 0 && specification.public_keys == 0) {
        const core::Delta delta =
            take(core::Delta::parse(execution.delta), "SET health_dp.delta to a number between 0 and 1.");
        const auto selections = static_cast<std::uint64_t>(specification.selections);
        const core::Epsilon epsilon_each = take(share.share(shape.max_groups), kSelectionHint);
        const core::Delta delta_each = take(delta.share(selections * shape.max_groups), kSelectionHint);
        selection_ = take(core::PartitionSelection::create(epsilon_each, delta_each,
                                                           static_cast<std::uint64_t>(execution.project.min_cell)),
                          kSelectionHint);
    }
}

void Mechanisms::derive_keys(Parameters* parameters) const {
    core::KeyedStream stream(*key_, {core::Purpose::group_choice});
    stream.fill(parameters->choice_key);
    stream.fill(parameters->owner_key);
    stream.fill(parameters->group_key);
}

bool Mechanisms::keep(const bounding::GroupDigest& group, std::uint64_t patients) {
    if (!selection_)
        return true;
    core::KeyedStream stream(*key_, {core::Purpose::partition_selection, 0, index_, group});
    return selection_->keep(patients, stream);
}

core::Signed128 Mechanisms::noise(std::uint32_t measurement, const bounding::GroupDigest& group) const {
    core::KeyedStream stream(*key_, {core::Purpose::noise, measurement, index_, group});
    return laplace_[measurement].draw(stream);
}

} // namespace health_dp::release
