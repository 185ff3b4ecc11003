// A publication problem: what a set of tables tells, and what must not be told. Fischetti and Salazar, "Solving the
// cell suppression problem on tabular data with linear constraints" (2001), with several measures a cell and
// inequalities.
#pragma once

#include "core/pure.hpp"

#include <cstdint>
#include <vector>

namespace health_dp::suppression {

// Every measure is whole on a grid of its own: counts, or sums in grid units. An attacker knows the grid, so attacks
// are sought among whole numbers, and every claim about them is checked in exact arithmetic.
using Amount = std::int64_t;
constexpr Amount kLargestAmount = Amount{1} << 50U; // exact as a double, also the sums of many
constexpr Amount kUnbounded = Amount{1} << 60U;     // no bound is known; never a value

using CellNumber = std::uint32_t;
using QuantityNumber = std::uint32_t;
using RelationNumber = std::uint32_t;
using DemandNumber = std::uint32_t;
using InsiderNumber = std::uint32_t;
constexpr CellNumber kNoCell = ~CellNumber{0};
constexpr InsiderNumber kOutsider = ~InsiderNumber{0};

enum class Standing : std::uint8_t {
    optional,  // shown, or hidden to protect others, at its cost
    published, // shown whatever happens: zeros under a policy that shows them
    hidden,    // primary, or hidden by an earlier release
};

// A cell is hidden as a whole: every measure of it, under one marker.
struct Cell {
    Standing standing = Standing::optional;
    Amount cost = 1; // of hiding it; 0 or more
};

// A number of a cell. Of kNoCell: a sum that appears in no table, which nobody is ever shown.
struct Quantity {
    CellNumber cell = kNoCell;
    Amount value = 0;
    Amount lowest = 0; // what everybody knows, whatever is hidden
    Amount highest = kUnbounded;
};

struct Term {
    QuantityNumber quantity = 0;
    std::int32_t coefficient = 1;
};

// lowest ≤ sum of the terms ≤ highest, known to everybody: a total, or one side of max(children) ≤ parent ≤
// sum(children). Of such, the parent is the first term.
struct Relation {
    std::vector<Term> terms;
    Amount lowest = 0;
    Amount highest = 0;
};

// What an attacker must not come closer to: its attainable interval reaches down to value - below, up to value + above,
// and is at least width long. (Lower, upper and sliding protection levels.)
struct Demand {
    QuantityNumber quantity = 0;
    Amount below = 0;
    Amount above = 0;
    Amount width = 0;
};

// Somebody who knows hidden cells from himself: the only patient, or the only establishment, of them.
struct Insider {
    std::vector<CellNumber> knows;
    // Of these quantities no more than this must stay uncertain for him, because they are mostly his own. Each quantity
    // at most once, in ascending order.
    std::vector<Demand> enough{};
};

struct Problem {
    std::vector<Cell> cells;
    std::vector<Quantity> quantities;
    std::vector<Relation> relations;
    std::vector<Demand> demands;
    std::vector<Insider> insiders;
};

// Element i: cell i is hidden.
using Pattern = std::vector<bool>;

} // namespace health_dp::suppression
