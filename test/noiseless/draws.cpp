// The draws of the noise-free test build: no noise, and a group appears when its bounded patients reach the project's
// minimum cell. Everything else of a release is the product's own code, calibration included, so that its answers can
// be compared with plain SQL. Takes the place of src/release/dp/draws.cpp; test/noiseless/Makefile is the only one to
// compile it, and every release says so.
#include "release/dp/mechanisms.hpp"

#include "postgres/boundary.hpp"

namespace health_dp::release {

void Mechanisms::take_key(const core::ReleaseKey& key) {
    key_ = &key;
    postgres::call([] { ereport(WARNING, (errmsg("health_dp noise-free test build: exact values are shown"))); });
}

bool Mechanisms::keep(const core::GroupDigest&, std::uint64_t patients) {
    // Any probability will do: this only asks which groups may appear at all.
    return !selection_ || selection_->probability(patients) > 0;
}

core::Signed128 Mechanisms::noise(std::uint32_t, const core::GroupDigest&) const { return 0; }

} // namespace health_dp::release
