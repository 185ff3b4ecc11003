// From rows of queries to tables of cells: codes become numbers, hierarchies trees, totals are recognised, margins
// built where rows hold inner cells only, and what several tables share becomes one cell.
#pragma once

#include "core/pure.hpp"

#include "core/result.hpp"
#include "core/suppression/codes.hpp"
#include "core/suppression/definition.hpp"
#include "core/suppression/primary.hpp"
#include "core/suppression/tables.hpp"

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace health_dp::suppression {

// One row. Texts are those of the columns; nothing where they are NULL.
struct Row {
    std::vector<std::optional<std::string_view>> codes;  // of the table's dimensions
    std::vector<bool> totals;                            // likewise: what its grouping column says, where it has one
    std::vector<std::optional<std::string_view>> values; // of all measures
    std::vector<std::optional<std::string_view>> contributions; // of the measure that has contributors
    bool hidden = false;
    std::vector<std::optional<std::string_view>> weights{}; // of the contributions; or none
};

struct Assembled {
    Tables tables;
    std::vector<Contents> contents; // of every entry, or none at all
    Roles roles;
    Pattern hidden;                                // entries that no table shows
    Pattern shown_before;                          // that a table shows which says what it hides
    Pattern hidden_before;                         // that such a table hides, and none shows
    std::vector<bool> known;                       // entries whose values were given
    std::vector<std::vector<CellNumber>> shown_in; // of each table: its cells, in the order of their codes
    std::vector<bool> has_total;                   // dimensions along which some cell is a total
    std::vector<std::vector<std::optional<std::string>>> labels; // of each dimension's codes; nothing for NULL
    // Of each of the definition's dimensions: the tables' dimensions that it is, one for each hierarchy. The first is
    // its own number.
    std::vector<std::vector<std::size_t>> trees;
};

// Where a cell stands along one of the definition's dimensions: in one of its hierarchies, or (code 0) at its total.
struct Position {
    std::size_t dimension;
    CodeNumber code;
};
Position position_of(const Assembled& assembled, std::size_t dimension, const std::vector<CodeNumber>& key);

// What an error of an assembly is about, in the user's words: which column of which cell, what two tables say of one.
// And what to write there. Empty where it is about no cell.
struct Complaint {
    std::string about;
    const char* advice = "";
};

class Assembly {
  public:
    static constexpr std::size_t kMostCells = 200'000;

    explicit Assembly(const Definition& definition);

    // Of one of the dimension's hierarchies. No parent: below the total.
    core::Result<bool> add_edge(std::size_t dimension, std::size_t hierarchy, std::string_view child,
                                std::optional<std::string_view> parent);

    // Without a value, a row is for audits of what somebody else hid, and must be hidden.
    core::Result<bool> add_row(std::size_t table, const Row& row);

    // `fills_zeros`: what a query with GROUP BY leaves out is a cell of nobody, and there as one. For policies that
    // hide such cells, and would give them away by hiding only those that are there.
    core::Result<Assembled> finish(bool fills_zeros);

    const Complaint& complaint() const { return complaint_; } // with the last error

  private:
    using Label = Codes::Label;

    struct Cell {
        std::vector<Amount> values;
        std::vector<Contribution> contributions;
        bool known = true;
        bool hidden = false;
        bool hidden_before = false;
        bool shown_before = false;
        bool given = false; // by a row, where margins are built
    };
    using Key = std::vector<CodeNumber>;
    using Cells = std::map<Key, Cell>;

    core::Result<CodeNumber> code_of(std::size_t dimension, const std::optional<std::string_view>& text, bool total);
    core::Result<Cell> cell_of(const Row& row, const Key& key);
    core::Result<Amount> number_in(const Key& key, const std::string& column, std::string_view text,
                                   std::uint32_t decimals);
    core::Error complain(const Key& key, const std::string& column, const core::Error& error, const char* advice = "");
    void disagree(std::size_t table, const Cell& cell, std::size_t other, const Cell& other_cell, const Key& key);
    std::string words_for(const Key& key) const;
    core::Result<bool> add_margins(std::size_t table, const Cell& cell, const Key& key);
    core::Result<bool> fill(std::size_t table);
    void add_trees(Assembled& assembled);
    static void add_other_names(Assembled& assembled);
    core::Result<bool> join(Assembled& assembled);

    const Definition& definition_;
    std::vector<Codes> codes_; // of each dimension
    std::vector<bool> has_total_;
    std::vector<Cells> cells_; // of each table, with keys over all dimensions
    std::size_t count_ = 0;
    Complaint complaint_;
};

} // namespace health_dp::suppression
