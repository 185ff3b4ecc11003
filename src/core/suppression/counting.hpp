// Exact numbers of cells from scattered rows: distinct patients, rows and what columns add up to, for several grouping
// sets at once. Distinct patients do not add up over groups, so each patient is looked at as a whole.
#pragma once

#include "core/pure.hpp"

#include "core/bounding/bounder.hpp"
#include "core/suppression/publication.hpp"
#include "core/suppression/telling.hpp"

#include <cstddef>
#include <cstdint>
#include <set>
#include <span>
#include <vector>

namespace health_dp::suppression {

// A column of the rows: value i of the layout, which bit i of a row's mask says is there.
struct CountedColumn {
    ColumnId id{};
    std::int64_t lower = 0;
    std::int64_t upper = 0;
};

// Exact sums over rows that have a value, of what it is above the column's lower bound. That takes up to 64 bits: the
// sum of squares is high · 2^64 + mixed · 2^33 + low.
struct ExactSums {
    std::uint64_t values = 0;
    core::Unsigned128 total = 0;
    core::Unsigned128 high = 0;
    core::Unsigned128 mixed = 0;
    core::Unsigned128 low = 0;

    void add(std::uint64_t above);
    std::uint64_t digest() const; // another one where any of them differs by little
};

class Counting {
  public:
    // `cells` has, for every group, the number of its cell in each of `sets` grouping sets: [group * sets + set], below
    // `cell_count`.
    Counting(const bounding::RowLayout& layout, std::vector<CountedColumn> columns, const Policy& policy,
             std::vector<std::uint32_t> cells, std::size_t sets, std::size_t cell_count);

    // First every partition is surveyed: the grids of columns follow from the whole population. Without columns there
    // is nothing to survey.
    void survey(std::uint32_t partition, std::span<const bounding::Source> sources);
    // Then the rows of each are counted. A patient is in one partition only.
    void count(std::uint32_t partition, std::span<const bounding::Source> sources);

    // The numbers of a cell and what they tell, all unasked; the holder is left to the caller.
    PublishedCell describe(std::size_t cell) const;
    ColumnRange range(std::size_t column) const;

    const bounding::PatientKey& last(std::size_t cell) const { return tallies_[cell].last; } // one of its patients
    const ExactSums& sums(std::size_t cell, std::size_t column) const { return tallies_[cell].columns[column].exact; }

  private:
    // Rows of one patient in one group; just one row, where there are columns.
    struct Visit {
        bounding::PatientKey patient;
        std::uint32_t group = 0;
        std::uint32_t mask = 0;
        std::uint64_t rows = 1;
        std::size_t values = 0; // where its values start
    };
    struct Presence { // of a visit in a cell
        std::uint32_t cell = 0;
        std::uint32_t visit = 0;
    };
    struct Column {
        ExactSums exact;
        ColumnTally tally;
    };
    struct Tally {
        std::uint64_t patients = 0;
        bounding::PatientKey last;
        RowTally rows;
        std::vector<Column> columns;
    };

    template <class Take>
    void read(std::uint32_t partition, std::span<const bounding::Source> sources, Take&& take);
    std::uint64_t above(std::int64_t value, std::size_t column) const;
    void choose_grids();
    void sort_visits();
    void count_patient(std::size_t first, std::size_t end);
    void count_in_cell(std::span<const Presence> presences);
    void count_column(Column& counted, std::size_t column, std::span<const Presence> presences);
    std::uint32_t enough() const;

    bounding::RowLayout layout_;
    std::vector<CountedColumn> columns_;
    Policy policy_; // for sums
    std::vector<std::uint32_t> cells_;
    std::size_t sets_;
    std::vector<ExactSums> surveyed_;               // per column
    std::vector<std::set<std::uint64_t>> distinct_; // values of each, as far as there are few
    std::vector<ColumnGrid> grids_;
    bool has_grids_ = false;
    std::vector<Tally> tallies_; // per cell
    std::vector<Visit> visits_;
    std::vector<std::int64_t> values_;
    std::vector<Presence> presences_;
    std::vector<std::int64_t> seen_; // values of one patient
    std::size_t limit_;
    std::vector<char> buffer_;
};

} // namespace health_dp::suppression
