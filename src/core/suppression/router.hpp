// The cheapest way for one quantity to be another: the smallest change of hidden and, at a price, of shown cells that
// an attacker could not exclude.
#pragma once

#include "core/pure.hpp"

#include "core/suppression/linear_program.hpp"
#include "core/suppression/system.hpp"

#include <optional>
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

class Router {
  public:
    // Over these quantities; all others keep their values. At first every one is allowed and priced 1 a unit.
    Router(const System& system, std::span<const QuantityNumber> quantities, Patience& patience);

    void price(QuantityNumber quantity, double price);
    void allow(QuantityNumber quantity, bool allowed);
    bool holds(QuantityNumber quantity) const { return places_[quantity] >= 0; }
    bool allowed(QuantityNumber quantity) const { return allowed_[quantity]; }

    // `by` or more in its direction, checked in exact arithmetic against every bound and relation. In whole numbers,
    // or, where branching does not find such, in parts.
    Route cheapest(QuantityNumber quantity, Amount by, LinearProgram::Allowance& allowance);

  private:
    void set_bounds(QuantityNumber quantity);
    bool read(const std::vector<double>& solution, Amount parts, Witness& witness) const;

    const System& system_;
    std::vector<QuantityNumber> quantities_;
    std::vector<int> places_; // per quantity of the system, -1 where it has no columns
    std::vector<bool> allowed_;
    Pattern everything_;
    std::optional<LinearProgram> program_;
};

} // namespace health_dp::suppression
