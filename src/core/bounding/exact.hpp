// Exact numbers of cells from scattered rows: rows and sums of every group, and the distinct patients of every cell of
// several grouping sets at once. Distinct patients do not add up over groups, so each patient is looked at as a whole.
#pragma once

#include "core/pure.hpp"

#include "core/bounding/bounder.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace health_dp::bounding {

class ExactCounter {
  public:
    // `cells` has, for every group, the number of its cell in each of `sets` grouping sets: [group * sets + set], below
    // `cell_count`.
    ExactCounter(const RowLayout& layout, std::size_t groups, std::vector<std::uint32_t> cells, std::size_t sets,
                 std::size_t cell_count);

    // Adds the rows of a partition. A patient is in one partition only.
    void count(std::uint32_t partition, std::span<const Source> sources);

    const std::vector<std::uint64_t>& rows() const { return rows_; }         // per group
    const std::vector<core::Signed128>& sums() const { return sums_; }       // [group * values + value]
    const std::vector<std::uint64_t>& patients() const { return patients_; } // per cell
    const std::vector<PatientKey>& last() const { return last_; }            // per cell: one of its patients

  private:
    struct Visit {
        PatientKey patient;
        std::uint32_t group = 0;
    };
    void add(const char* rows, std::size_t count, std::span<const std::uint32_t> mapping);
    void compact();

    RowLayout layout_;
    std::vector<std::uint32_t> cells_;
    std::size_t sets_;
    std::vector<std::uint64_t> rows_;
    std::vector<core::Signed128> sums_;
    std::vector<std::uint64_t> patients_;
    std::vector<PatientKey> last_;
    std::vector<std::uint64_t> seen_by_; // per cell: the serial number of the patient who was counted last
    std::uint64_t serial_ = 0;
    std::vector<Visit> visits_;
    std::size_t limit_;
    std::vector<char> buffer_;
};

} // namespace health_dp::bounding
