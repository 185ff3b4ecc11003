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

enum class CellState : std::uint8_t {
    unasked, // a margin of published cells that is in no table itself: it ties releases together
    asked,   // in a table of the release under way, and undecided
    shown,
    hidden,
};

struct PublishedCell {
    CellState state = CellState::unasked;
    Amount patients = 0; // distinct ones
    Amount rows = 0;
    std::uint64_t holder = 0; // of a cell of one patient: a keyed digest of who
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
    std::set<DimensionId> dimensions() const;
    const Cells& cells() const { return cells_; }

    // Puts what was published before beside what is asked now. False when they contradict each other: then the data
    // have changed in between, and the difference would be the patients who came or went. One of the two must have all
    // dimensions of the other, and each a cell for every combination of its own that occurs: dimensions may depend on
    // each other, and only cells that are split by both say how.
    bool continue_from(const Publication& before);

    // Decides every asked cell. Errors are those of protect(), and too_costly for too many cells.
    core::Result<bool> decide(const Policy& given, Patience& patience);

  private:
    bool nothing_to_hide(const Policy& policy) const;

    Cells cells_;
};

} // namespace health_dp::suppression
