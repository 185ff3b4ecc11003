// The mechanisms of the noise-free test build: no noise, and a group appears when its bounded patients reach the
// project's minimum cell. Everything else of a release is the product's own code, so that its answers can be compared
// with plain SQL. Takes the place of src/release/mechanisms.cpp; test/noiseless/Makefile is the only one to compile it,
// and every release says so.
#include "release/mechanisms.hpp"

#include "postgres/boundary.hpp"
#include "postgres/errors.hpp"

namespace health_dp::release {

// `laplace_` stays empty: bounds may be as wide as the engine takes them, no scale is too wide for noise of zero.
Mechanisms::Mechanisms(const Parameters&, const Specification& specification, const Execution& execution)
    : index_(static_cast<std::uint32_t>(specification.index)) {
    if (specification.grouped == 0 || specification.public_keys != 0)
        return;
    // Any ε and δ do: keep() only asks which groups may appear at all.
    auto selection =
        core::PartitionSelection::create(core::Epsilon::parse("1").value(), core::Delta::parse("0.5").value(),
                                         static_cast<std::uint64_t>(execution.project.min_cell));
    selection_ = std::move(selection).value();
}

void Mechanisms::derive_keys(Parameters* parameters) const {
    postgres::call([] { ereport(WARNING, (errmsg("health_dp noise-free test build: exact values are shown"))); });
    core::KeyedStream stream(*key_, {core::Purpose::group_choice});
    stream.fill(parameters->choice_key);
    stream.fill(parameters->owner_key);
    stream.fill(parameters->group_key);
}

bool Mechanisms::keep(const bounding::GroupDigest&, std::uint64_t patients) {
    return !selection_ || selection_->probability(patients) > 0;
}

core::Signed128 Mechanisms::noise(std::uint32_t, const bounding::GroupDigest&) const { return 0; }

} // namespace health_dp::release
