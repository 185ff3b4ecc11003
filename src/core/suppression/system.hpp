// A publication problem as one joint linear system, checked and indexed both ways.
#pragma once

#include "core/pure.hpp"

#include "core/integers.hpp"
#include "core/result.hpp"
#include "core/suppression/problem.hpp"

#include <cstddef>
#include <optional>
#include <span>
#include <utility>
#include <vector>

namespace health_dp::suppression {

// One quantity of a table that an attacker cannot tell from the true one, against its true value.
struct Change {
    QuantityNumber quantity = 0;
    Amount by = 0;
};

// A possible table, as its differences from the true one: each quantity at most once, no zeros. Differences are `by` /
// `parts`: a table with parts above 1 is possible for whoever does not use that numbers are whole.
struct Witness {
    std::vector<Change> changes;
    Amount parts = 1;
};

struct Incidence {
    RelationNumber relation = 0;
    std::int32_t coefficient = 1;
};

// Values that break a relation: the total, which is its first term, and what its other terms make of it.
struct Breach {
    QuantityNumber total = 0;
    Amount value = 0;
    Amount others = 0;
};

constexpr const char* kBroken = "the tables' cells do not add up";

// Of a relation with such values, whose sum of terms is `activity`.
Breach breach_of(const Problem& problem, const Relation& relation, core::Signed128 activity);

class System {
  public:
    // A system beyond this takes gigabytes in the solver: too_costly.
    static constexpr std::size_t kMostTerms = std::size_t{1} << 23U;

    // out_of_range unless numbers exist, values keep their bounds and relations, amounts and costs are at most
    // kLargestAmount, levels are not negative, and a quantity stands once in a relation. `breach` says which relation
    // the values break, where that is what is wrong.
    static core::Result<System> create(Problem problem, std::optional<Breach>* breach = nullptr);

    const std::vector<Cell>& cells() const { return problem_.cells; }
    const std::vector<Quantity>& quantities() const { return problem_.quantities; }
    const std::vector<Relation>& relations() const { return problem_.relations; }
    const std::vector<Demand>& demands() const { return problem_.demands; }
    const std::vector<Insider>& insiders() const { return problem_.insiders; }

    // As far as the demand holds against this knower.
    Demand wanted(DemandNumber number, InsiderNumber knower) const;

    std::span<const Incidence> incidences(QuantityNumber quantity) const {
        return {incidences_.data() + starts_[quantity], starts_[quantity + 1] - starts_[quantity]};
    }
    std::span<const QuantityNumber> quantities_of(CellNumber cell) const {
        return {by_cell_.data() + cell_starts_[cell], cell_starts_[cell + 1] - cell_starts_[cell]};
    }
    // What can be unknown: all but numbers of cells that are shown whatever happens.
    std::vector<QuantityNumber> movable() const;
    Amount activity(RelationNumber relation) const { return activities_[relation]; }
    std::size_t terms() const { return incidences_.size(); }

    // What is hidden before anything is hidden for others' sake.
    Pattern primary_pattern() const;
    bool unknown(QuantityNumber quantity, const Pattern& pattern) const {
        const CellNumber cell = quantities()[quantity].cell;
        return cell == kNoCell || pattern[cell];
    }
    Amount cost(const Pattern& pattern) const; // of what is hidden beyond the primary pattern

    // Whether the witness is indeed a possible table for someone who sees the pattern. Exact: solvers only propose.
    bool possible(const Witness& witness, const Pattern& pattern) const;

  private:
    explicit System(Problem problem) : problem_(std::move(problem)) {}
    static const char* fault(const Problem& problem);
    const char* index(std::optional<Breach>& breach);
    void index_cells();

    Problem problem_;
    std::vector<std::size_t> starts_; // one more than there are quantities
    std::vector<Incidence> incidences_;
    std::vector<std::size_t> cell_starts_; // one more than there are cells
    std::vector<QuantityNumber> by_cell_;
    std::vector<Amount> activities_;
};

} // namespace health_dp::suppression
