// From the rows of a suppressed release to its cells: counted exactly, for all grouping sets and their margins, then
// shown or hidden together with what the project published before.
#pragma once

#include "core/suppression/counting.hpp"

#include "release/engine/collector.hpp"

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace health_dp::release {

// What a shown cell says of one column.
struct ColumnNumbers {
    bool sum = false; // is shown
    bool mean = false;
    bool variance = false;
    suppression::ExactSums sums;
};

// A row of the result: a cell of one grouping set.
struct CellRow {
    std::uint32_t set;
    std::string key; // as append_key() writes all keys, those that the set is not grouped by as nulls
    std::optional<std::int64_t> patients;
    std::optional<std::int64_t> rows;
    std::vector<ColumnNumbers> columns;
};

// A column of the release's input.
struct AskedColumn {
    suppression::CountedColumn counted;
    bool variance = false;
};

enum class Suppression {
    done,
    changed,      // not the numbers that the project was shown before
    unsafe,       // no pattern found that is safe together with what was published; or too many cells to look for one
    public_cells, // too many of them, whatever the protected rows are
};

class SuppressedCells {
  public:
    // `keys` are those of the release, without the one that stands for the grouping set.
    SuppressedCells(const SuppressedShape& shape, const KeyColumn* keys, bool public_keys,
                    std::vector<AskedColumn> columns)
        : shape_(shape), keys_(keys), public_keys_(public_keys), columns_(std::move(columns)) {}

    // Counts the collector's rows. Not done where there are too many cells to protect.
    Suppression count(Collector& collector, const suppression::Policy& policy);

    // Decides what is shown. `before`: what the project's releases published so far.
    Suppression decide(const suppression::Policy& policy, const suppression::Publication& before);

    // What the project will have published with this release.
    const suppression::Publication& publication() const { return publication_; }

    // The rows that leave, set by set, in no order within a set.
    std::vector<CellRow> rows(const suppression::Policy& policy) const;

  private:
    struct Cell {
        std::uint32_t mask;       // grouped by these keys
        std::vector<int> numbers; // the code of each key, -1 where it is not grouped by
        std::string place;
    };
    using Codes = std::vector<std::string>; // of one key

    void find_codes(const grouping::Dictionary& dictionary);
    std::vector<std::uint32_t> find_cells(std::size_t groups);
    void describe_cells(Collector& collector, const suppression::Policy& policy,
                        const std::vector<std::uint32_t>& cells_of_group);
    std::string place_of(std::uint32_t mask, const std::vector<int>& numbers) const;
    bool is_asked(std::uint32_t mask) const;
    bool add_empty_cells();
    bool common_codes(const Cell& cell, suppression::Amount patients) const;
    void narrow_by_codes(std::vector<suppression::PublishedCell>& described, bool doubts_uniform) const;
    void ask(const Cell& cell, suppression::PublishedCell& published) const;
    void fill(std::size_t cell, const suppression::Policy& policy, CellRow& row) const;

    SuppressedShape shape_;
    const KeyColumn* keys_;
    bool public_keys_;
    std::vector<AskedColumn> columns_;
    bool few_ = false;                 // patients in the population: nothing is shown
    std::vector<std::uint32_t> masks_; // all combinations of keys
    std::vector<Codes> codes_;         // per key
    std::vector<Codes> lasting_codes_; // the same, as the register has them
    std::vector<int> codes_of_group_;  // [group * keys + key]
    std::vector<Cell> cells_;
    std::vector<std::vector<suppression::ExactSums>> sums_; // per cell, of each column
    suppression::Publication publication_;
};

} // namespace health_dp::release
