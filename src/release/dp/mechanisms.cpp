#include "release/dp/mechanisms.hpp"

#include "core/noise/calibration.hpp"

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

Mechanisms::Mechanisms(const Parameters& parameters, const Specification& specification, const Execution& execution) {
    const bounding::Shape shape = make_shape(parameters);
    const core::Parts parts = {static_cast<std::uint64_t>(specification.measurements),
                               static_cast<std::uint64_t>(specification.selections)};
    const core::Epsilon epsilon =
        take(core::Epsilon::parse(execution.epsilon), "SET health_dp.epsilon to a positive number.");
    laplace_ = take(core::calibrate_noise(shape, epsilon, parts), kScaleHint);
    if (specification.grouped != 0 && specification.public_keys == 0) {
        const core::Delta delta =
            take(core::Delta::parse(execution.delta), "SET health_dp.delta to a number between 0 and 1.");
        const core::SelectionShare share =
            take(core::calibrate_selection(shape, epsilon, delta, parts), kSelectionHint);
        selection_ = take(core::PartitionSelection::create(share.epsilon, share.delta,
                                                           static_cast<std::uint64_t>(execution.project.min_cell)),
                          kSelectionHint);
    }
}

void Mechanisms::derive_keys(Parameters* parameters) const {
    core::KeyedStream(*key_, {core::Purpose::group_choice}).fill(parameters->choice_key);
    core::KeyedStream(*key_, {core::Purpose::owner_digest}).fill(parameters->owner_key);
    core::KeyedStream(*key_, {core::Purpose::group_digest}).fill(parameters->group_key);
}

} // namespace health_dp::release
