// What a release draws: a function of its key, the purpose, the measurement and the group, so that asking again gives
// the same [C8].
#include "release/dp/mechanisms.hpp"

namespace health_dp::release {

void Mechanisms::take_key(const core::ReleaseKey& key) { key_ = &key; }

bool Mechanisms::keep(const core::GroupDigest& group, std::uint64_t patients) {
    if (!selection_)
        return true;
    core::KeyedStream stream(*key_, {.purpose = core::Purpose::partition_selection, .group = group});
    return selection_->keep(patients, stream);
}

core::Signed128 Mechanisms::noise(std::uint32_t measurement, const core::GroupDigest& group) const {
    core::KeyedStream stream(*key_, {.purpose = core::Purpose::noise, .measurement = measurement, .group = group});
    return laplace_[measurement].draw(stream);
}

} // namespace health_dp::release
