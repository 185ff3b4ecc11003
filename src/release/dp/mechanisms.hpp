// Noise and selection of one release, calibrated before the charge.
#pragma once

#include "core/grouping/digest.hpp"
#include "core/grouping/partition_selection.hpp"
#include "core/noise/discrete_laplace.hpp"
#include "core/noise/keyed_stream.hpp"

#include "release/engine/parameters.hpp"
#include "release/session/execution.hpp"

#include <optional>
#include <vector>

namespace health_dp::release {

// The noise-free test build exchanges draws.cpp, which defines take_key(), keep() and noise(); whatever calibrates is
// tested with it.
class Mechanisms {
  public:
    // Exact shares of the statement's ε and δ [C14]. Throws SqlError where a scale leaves exact arithmetic, or where
    // the release would draw more than what was counted when the query was vetted.
    Mechanisms(const Parameters& parameters, const Specification& specification, const Execution& execution);

    // Takes the release's secret key, which must outlive the draws: after the charge, before the first row.
    void take_key(const core::ReleaseKey& key);
    // Keys that follow from it, for the engine (also in workers).
    void derive_keys(Parameters* parameters) const;

    bool keep(const core::GroupDigest& group, std::uint64_t patients);
    core::Signed128 noise(std::uint32_t measurement, const core::GroupDigest& group) const;

  private:
    std::vector<core::DiscreteLaplace> laplace_;
    std::optional<core::PartitionSelection> selection_;
    const core::ReleaseKey* key_ = nullptr;
};

} // namespace health_dp::release
