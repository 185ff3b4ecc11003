// The patients of one partition: what each brings to each group, then the choice of M groups and the contributions.
#pragma once

#include "core/pure.hpp"

#include "core/bounding/patient.hpp"
#include "core/bounding/scatter.hpp"
#include "core/bounding/shape.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace health_dp::bounding {

// Exact totals of a release: per group the number of its patients after bounding, and every measurement's sum.
struct Totals {
    Totals(std::size_t group_count, std::size_t measurement_count)
        : measurements(measurement_count), patients(group_count, 0), sums(group_count * measurement_count, 0) {}

    std::size_t measurements;
    std::vector<std::uint64_t> patients;
    std::vector<core::Signed128> sums; // [group * measurements + measurement]
};

// Sums in any order and any split give the same bits: everything is exact integer arithmetic, and the choice of groups
// and the clamping happen once per patient, in finish(), after all of that patient's rows are here [C4].
class Patients {
  public:
    Patients(const Shape& shape, const RowLayout& layout);

    // Bytes one (patient, group) pair takes, tables included: for planning passes over a partition.
    std::size_t bytes_per_entry() const;

    // Adds rows of the partition whose patients belong to this pass: (spread >> kPassShift) & pass_mask == pass.
    // `mapping` translates the rows' group numbers when it is not empty.
    static constexpr unsigned kPassShift = 32;
    void add(const char* rows, std::size_t count, std::span<const std::uint32_t> mapping, std::uint32_t pass,
             std::uint32_t pass_mask);

    // Adds every patient's bounded contributions to `totals` and forgets them. `digests` has one element per group.
    void finish(const ChoiceKey& key, std::span<const GroupDigest> digests, Totals& totals);

  private:
    struct Patient {
        PatientKey key;
        std::uint32_t first = 0; // entry + 1
        std::uint32_t groups = 0;
    };
    struct EntryHead {
        PatientKey key;
        std::uint32_t group = 0;
        std::uint32_t next = 0; // entry + 1 of the same patient
    };
    std::uint32_t entry_of(const PatientKey& key, std::uint64_t spread, std::uint32_t group);
    std::uint32_t patient_of(const PatientKey& key, std::uint64_t spread);
    void grow_entries();
    void grow_patients();
    void contribute(std::uint32_t entry, Totals& totals) const;

    const Shape& shape_;
    RowLayout layout_;
    std::vector<std::uint32_t> value_of_input_;
    std::vector<EntryHead> heads_;
    std::vector<std::uint64_t> counts_;   // per entry, one per input
    std::vector<core::Signed128> totals_; // per entry, one per value
    std::vector<Patient> patients_;
    std::vector<std::uint32_t> entry_slots_;   // entry + 1
    std::vector<std::uint32_t> patient_slots_; // patient + 1
    std::vector<std::pair<std::uint64_t, std::uint32_t>> ranked_;
};

} // namespace health_dp::bounding
