// A linear program of changes to some quantities, all others keeping their values: the cheapest change that moves one
// of them by so much.
#pragma once

#include "core/pure.hpp"

#include "core/suppression/linear_program.hpp"
#include "core/suppression/system.hpp"

#include <span>
#include <vector>

namespace health_dp::suppression {

enum class Found {
    yes,
    no,          // no whole change of the allowed quantities does it
    unclear,     // neither a change nor its impossibility was found within the allowance
    interrupted, // abandoned
};

struct Route {
    Found found = Found::no;
    Witness witness;
};

// What proves that a quantity can be another: tables of whole numbers, or else of halves, thirds and so on as well. An
// attacker who reckons with what is whole, in all cells at once, might exclude the latter.
enum class Proofs : std::uint8_t { whole, any };

class RouteProgram {
  public:
    // At first every quantity is allowed and priced 1 a unit.
    RouteProgram(const System& system, std::vector<QuantityNumber> quantities, Patience& patience);

    // Of quantities that the program has.
    void price(QuantityNumber quantity, double price);
    void allow(QuantityNumber quantity, bool allowed);

    // `by` or more in its direction, checked in exact arithmetic against every bound and relation. In whole numbers,
    // or, where branching does not find such, in parts if that will do.
    Route cheapest(QuantityNumber quantity, Amount by, Proofs proofs, LinearProgram::Allowance& allowance);

    Work weight() const { return program_.weight(); }

  private:
    static SparseProgram program_of(const System& system, const std::vector<QuantityNumber>& quantities);
    bool read(const std::vector<double>& solution, Amount parts, Witness& witness) const;

    const System& system_;
    std::vector<QuantityNumber> quantities_;
    std::vector<int> places_; // per quantity of the system, -1 where it has no columns
    LinearProgram program_;
};

} // namespace health_dp::suppression
