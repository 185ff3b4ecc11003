// What a project has published of one population, cell by cell, and what a further release may add: earlier cells keep
// their state, and the new ones are protected together with them.
#pragma once

#include "core/pure.hpp"

#include "core/result.hpp"
#include "core/suppression/patience.hpp"
#include "core/suppression/policy.hpp"
#include "core/suppression/problem.hpp"

#include <array>
#include <cstdint>
#include <map>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace health_dp::suppression {

// An expression that cells are told apart by: a digest of its text. Codes are canonical bytes of its values.
using DimensionId = std::array<std::uint8_t, 16>;
// A column whose values are summed: a digest of its name.
using ColumnId = std::array<std::uint8_t, 16>;

// As records keep it: a change of the values here and of Part takes another format of theirs.
enum class CellState : std::uint8_t {
    unasked, // in no table itself: it ties releases together
    asked,   // in a table of the release under way, and undecided
    shown,
    hidden,
};

// The numbers of a cell that relations are about. Of a column: how many rows have a value, and totals of values above
// the column's lower bound, of values on a coarser grid (roots), and of their squares there.
enum class Part : std::uint8_t { patients, rows, values, total, roots, squares };
constexpr std::size_t kParts = 6;

// A sum of a cell's numbers that stands for few patients, or for one who dominates it, and must stay uncertain: nobody
// can tell it from other numbers `below` it or `above` it.
struct Watch {
    struct Factor {
        Part part = Part::patients;
        std::int32_t times = 1;
    };
    std::vector<Factor> factors;
    Amount below = 0;
    Amount above = 0;
};

struct PublishedColumn {
    CellState sums = CellState::unasked;    // values and total
    CellState squares = CellState::unasked; // roots and squares
    std::array<Amount, kParts> amounts{};   // of the column's parts
    Amount lowest = 0;                      // values here reach from this one, as whoever knows the codes may know,
    Amount highest = kLargestAmount;        // up to this one: a key may be a band of the column
    std::uint64_t exact = 0;                // of the exact total: the grid may be too coarse to show a change
    std::vector<Watch> watches;
    std::vector<Watch> square_watches;
};

struct PublishedCell {
    CellState state = CellState::unasked; // of the number of patients
    Amount patients = 0;                  // distinct ones
    Amount rows = 0;
    std::uint64_t holder = 0;                 // of a cell of one patient: a keyed digest of who
    CellState row_state = CellState::unasked; // of the number of rows
    std::vector<Watch> row_watches{};         // what rows tell beside patients
    std::map<ColumnId, PublishedColumn> columns{};
};

// What everybody knows of a column's values, on its grids: they reach from 0 to here.
struct ColumnRange {
    Amount highest = 0;
    Amount highest_root = 0;
    Amount ratio = 1;         // grid steps of values to one of roots
    std::uint64_t bounds = 0; // a digest of what the column declares

    friend bool operator==(const ColumnRange&, const ColumnRange&) = default;
};

// What is asked of all cells that are split by the same keys.
struct AskedNumbers {
    bool patients = false;
    bool rows = false;
    std::set<ColumnId> sums{};
    std::set<ColumnId> squares{};
};
using AskedCells = std::map<std::set<DimensionId>, AskedNumbers>;

// What a release asks, whatever the data are.
struct Question {
    std::set<DimensionId> keys;
    std::set<ColumnId> summed;
    // Columns that keys and conditions look at. What says the values of a column in cells is not to be summed beside
    // them: a cell's sum would be its number of rows in other words.
    std::set<ColumnId> looked_at;
    AskedCells cells;
};

// A cell's place: the codes of the dimensions it is split by, and the total of all others. Canonical: equal places have
// equal bytes.
std::string cell_place(std::vector<std::pair<DimensionId, std::string>> codes);

class Publication {
  public:
    // In the order of their places, so that the same cells give the same pattern everywhere.
    using Cells = std::map<std::string, PublishedCell, std::less<>>;

    static constexpr std::size_t kMostCells = 200'000;

    static core::Result<Publication> parse(std::span<const char> bytes);
    std::string serialise() const;

    void add(std::string place, const PublishedCell& cell) { cells_.insert_or_assign(std::move(place), cell); }
    const PublishedCell* find(std::string_view place) const;
    const Cells& cells() const { return cells_; }

    // What further releases may ask follows from the questions alone, never from the cells: a population of nobody has
    // the same keys as one of one patient.
    void ask(const Question& question);
    // That were asked for; beside a column that was summed.
    const std::set<DimensionId>& keys() const { return keys_; }
    std::set<DimensionId> keys_of(const ColumnId& column) const;
    // Whether a column that was summed, or is to be, is looked at by a key or a condition.
    bool sums_what_is_looked_at() const;

    void set_range(const ColumnId& column, const ColumnRange& range) { ranges_.insert_or_assign(column, range); }
    const std::map<ColumnId, ColumnRange>& ranges() const { return ranges_; }

    // Puts what was published before beside what is asked now. False when they contradict each other: then the data
    // have changed in between, and the difference would be the patients who came or went. One of the two must have all
    // dimensions of the other, and each a cell for every combination of its own that occurs: dimensions may depend on
    // each other, and only cells that are split by both say how. The same goes for the dimensions of a column.
    bool continue_from(const Publication& before);

    // Decides every asked number. Errors are those of protect(), and too_costly for too many cells.
    core::Result<bool> decide(const Policy& policy, Patience& patience);

  private:
    // Whether somewhere the patients of all codes are more than there are, by fewer than so many.
    bool few_have_several_codes(Amount few) const;
    bool nothing_to_hide(const Policy& policy) const;
    void ask_cells(const AskedCells& cells);
    void ask_what_was_asked(const Publication& before);
    void read_questions_off_cells();

    Cells cells_;
    std::map<ColumnId, ColumnRange> ranges_;
    std::set<DimensionId> keys_;
    std::map<ColumnId, std::set<DimensionId>> summed_; // with the keys beside which
    std::set<ColumnId> looked_at_;
    AskedCells asked_;
};

} // namespace health_dp::suppression
