// What is published, as tables over dimensions with hierarchies, and the relations that everybody can add up from it.
#pragma once

#include "core/pure.hpp"

#include "core/result.hpp"
#include "core/suppression/problem.hpp"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace health_dp::suppression {

using CodeNumber = std::uint32_t;
constexpr CodeNumber kNoParent = ~CodeNumber{0};

// A dimension is a tree of codes. Code 0 is its total, the only one without a parent; parents come before their
// children.
struct Dimension {
    std::vector<CodeNumber> parents{kNoParent};
    // One patient can be under several codes (diagnoses, drugs): there, distinct patients do not add up.
    bool overlapping = false;
    // Belonging to a code says something about a person: neither everybody nor nobody of a group may visibly be in it.
    bool revealing = false;
};

struct Measure {
    bool distinct = false; // counts persons once: adds up only over dimensions that do not overlap
    Amount lowest = 0;     // what everybody knows of every cell
    Amount highest = kUnbounded;
};

struct Entry {
    std::vector<CodeNumber> key; // a code for every dimension
    std::vector<Amount> values;  // a value for every measure
};

// Linked tables are one set of entries over all their dimensions: a table that lacks a dimension stands at its total,
// and what two tables share is there once. A key without an entry is either nothing (and shown as that) or not
// published; both leave no trace in a sum.
struct Tables {
    std::vector<Dimension> dimensions;
    std::vector<Measure> measures;
    std::vector<Entry> entries;
    // Where distinct persons add up along a dimension that overlaps, somebody may know that they must: nobody there has
    // two of the codes. Then such a line is an equality. That is the cautious reading: whoever does not know it sees
    // every table that those see who do, and more.
    bool sums_are_known = false;
    // Keys that no table has, and everybody reasons over: see behind.hpp. They are numbered behind the entries, and
    // what their numbers are is not known here.
    std::vector<std::vector<CodeNumber>> unseen{};
    // Of the first keys that are unseen: the entry that each is, under another name. lines_of() gives the entry.
    std::vector<CellNumber> same_as{};

    std::size_t places() const { return entries.size() + unseen.size(); }
    bool is_unseen(std::size_t place) const { return place >= entries.size(); }
    const std::vector<CodeNumber>& key(std::size_t place) const {
        return is_unseen(place) ? unseen[place - entries.size()] : entries[place].key;
    }
    QuantityNumber quantity(std::size_t entry, std::size_t measure) const {
        return static_cast<QuantityNumber>(entry * measures.size() + measure);
    }
};

// One entry, or key that is unseen, and what it is the total of, along one dimension.
struct Line {
    std::size_t dimension = 0;
    CellNumber total = 0;
    std::vector<CellNumber> parts;
};

// All lines. Where a level between is not published, parts are the nearest published ones below. out_of_range when a
// dimension is no tree, or a key is malformed or there twice.
core::Result<std::vector<Line>> lines_of(const Tables& tables);

// Whether the line's total is the sum of its parts, as far as an attacker has to be credited with knowing.
bool adds_up(const Tables& tables, const Line& line, std::size_t measure);

// The relations of all measures over these lines: equalities, or max(parts) ≤ total ≤ sum(parts) for distinct persons
// along a dimension that overlaps. Quantities are numbered as by Tables::quantity().
std::vector<Relation> relations_of(const Tables& tables, const std::vector<Line>& lines);

} // namespace health_dp::suppression
