// Noise and selection of one release, calibrated before the charge.
#pragma once

#include "core/bounding/patients.hpp"
#include "core/grouping/partition_selection.hpp"
#include "core/noise/discrete_laplace.hpp"
#include "core/noise/keyed_stream.hpp"

#include "release/execution.hpp"
#include "release/parameters.hpp"

#include <optional>
#include <vector>

namespace health_dp::release {

class Mechanisms {
  public:
    // Exact shares: ε over all measurements and selections of the statement, a selection's δ over all selections, and
    // both over the M groups of a patient where a group is decided on its own. Throws SqlError where a scale leaves
    // exact arithmetic.
    Mechanisms(const Parameters& parameters, const Specification& specification, const Execution& execution);

    // Takes the release's secret key, which must outlive the draws: after the charge, before the first row.
    void take_key(const core::ReleaseKey& key) { key_ = &key; }
    // Keys that follow from it, for the engine (also in workers).
    void derive_keys(Parameters* parameters) const;

    bool keep(const bounding::GroupDigest& group, std::uint64_t patients);
    core::Signed128 noise(std::uint32_t measurement, const bounding::GroupDigest& group) const;

  private:
    std::uint32_t index_; // of the release
    std::vector<core::DiscreteLaplace> laplace_;
    std::optional<core::PartitionSelection> selection_;
    const core::ReleaseKey* key_ = nullptr;
};

} // namespace health_dp::release
