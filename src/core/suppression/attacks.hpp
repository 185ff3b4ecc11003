// Attackers' linear programs as constraints on patterns: what each of them can reach is bounded by what is hidden, in a
// linear inequality that their dual solution gives. Fischetti and Salazar, "Models and algorithms for optimizing cell
// suppression in tabular data with linear constraints" (2000), capacity constraints.
#pragma once

#include "core/pure.hpp"

#include "core/suppression/evidence.hpp"
#include "core/suppression/linear_program.hpp"
#include "core/suppression/system.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace health_dp::suppression {

// Every safe pattern has sum of coefficients of its hidden optional cells ≥ least.
struct Cut {
    std::vector<CellNumber> cells;
    std::vector<double> coefficients;
    double least = 0;
};

class Attacks {
  public:
    Attacks(const System& system, Patience& patience);

    // From now on each cell is hidden to this part of it, from 0 to 1.
    void hide(std::span<const double> parts);

    // What is wanting, as this knower shows. Nothing where the demand is met, or, seldom, where no cut can be read from
    // the solution; or where outcome() is not optimal.
    std::optional<Cut> cut(DemandNumber number, InsiderNumber knower, LinearProgram::Allowance& allowance);
    Outcome outcome() const { return outcome_; }

  private:
    // A bound on how far an attacker gets on one side: sum of capacities of cells, exactly, in units of 1 / kScale.
    struct Bound {
        double reached = 0;
        std::vector<double> capacities; // of cells; kInfinity
        double fixed = 0;               // of what is hidden anyhow
    };

    static SparseProgram program_of(const System& system, const std::vector<QuantityNumber>& quantities);
    void set_bounds(std::size_t place, double part);
    std::optional<Bound> bound(QuantityNumber target, bool up, InsiderNumber knower,
                               LinearProgram::Allowance& allowance);
    void read(Bound& bound, QuantityNumber target, bool up, InsiderNumber knower) const;
    bool knows(InsiderNumber knower, CellNumber cell) const;
    std::optional<Cut> cut_of(const std::vector<Bound>& bounds, Amount need) const;

    const System& system_;
    std::vector<QuantityNumber> quantities_; // that may ever change
    std::vector<double> parts_;              // per cell
    LinearProgram program_;
    Outcome outcome_ = Outcome::optimal;
};

} // namespace health_dp::suppression
