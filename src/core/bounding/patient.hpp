// A patient's identity inside a release, and the uniform choice of the groups that are kept.
#pragma once

#include "core/pure.hpp"

#include "core/bounding/mixing.hpp"
#include "core/grouping/digest.hpp"

#include <array>
#include <cstddef>
#include <cstdint>

namespace health_dp::bounding {

// An owner of up to 8 bytes is its own identity (high = 0); a longer one is a 128-bit keyed digest of its canonical
// bytes, under a key of the release.
struct PatientKey {
    std::uint64_t low = 0;
    std::uint64_t high = 0;

    friend bool operator==(const PatientKey&, const PatientKey&) = default;
    std::uint64_t spread() const { return mix(low ^ kMixA, high ^ kMixB); }
};

using core::GroupDigest;
using ChoiceKey = std::array<std::uint8_t, 16>;

// The rank of a group for a patient under the release's secret key: the M groups with the smallest ranks are kept [C3].
// SipHash-2-4 as the PRF; a function of this patient and this group alone, so that under every fixed key another
// patient's choice does not change when one patient leaves.
std::uint64_t group_rank(const ChoiceKey& key, const PatientKey& patient, const GroupDigest& group);

// 128-bit keyed digest (SipHash-2-4 with 128-bit output) of an owner's canonical bytes.
PatientKey digest_patient(const ChoiceKey& key, const void* bytes, std::size_t size);

} // namespace health_dp::bounding
