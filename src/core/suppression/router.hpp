// The cheapest way for one quantity to be another: the smallest change of hidden and, at a price, of shown cells that
// an attacker could not exclude.
#pragma once

#include "core/pure.hpp"

#include "core/suppression/neighbourhood.hpp"
#include "core/suppression/route_program.hpp"
#include "core/suppression/system.hpp"

#include <limits>
#include <optional>
#include <span>
#include <vector>

namespace health_dp::suppression {

class Router {
  public:
    // Up to here the whole system answers about as fast as a part of it.
    static constexpr std::size_t kSmall = 600;

    // Over these quantities; all others keep their values. At first every one is allowed and priced 1 a unit. Up to
    // `small` of them the whole system is asked at once: what is found is then the cheapest.
    Router(const System& system, std::span<const QuantityNumber> quantities, Proofs proofs, Patience& patience,
           std::size_t small = kSmall);

    void price(QuantityNumber quantity, double price);
    void allow(QuantityNumber quantity, bool allowed);
    bool holds(QuantityNumber quantity) const { return holds_[quantity]; }
    bool allowed(QuantityNumber quantity) const { return choice_.allowed[quantity]; }

    // As RouteProgram::cheapest(). In a large system it looks near the quantity first, where a route is found in a
    // small part of the time, if not always the cheapest of all.
    Route cheapest(QuantityNumber quantity, Amount by, LinearProgram::Allowance& allowance);

    // How much work may go into routes, and into those of them that are sought far from their quantities: afterwards,
    // answers are unclear. Without a limit, none.
    void limit(Work all, Work far) {
        work_left_ = all;
        far_left_ = far;
    }

  private:
    Route ask(RouteProgram& program, QuantityNumber quantity, Amount by, LinearProgram::Allowance& allowance);
    Route near(QuantityNumber quantity, Amount by, Neighbourhood::Size size, LinearProgram::Allowance& allowance);
    RouteProgram& whole();

    const System& system_;
    Proofs proofs_;
    Patience& patience_;
    std::size_t small_;
    std::vector<QuantityNumber> quantities_;
    std::vector<bool> holds_;
    Choice choice_;
    Neighbourhood neighbourhood_;
    Work work_left_ = std::numeric_limits<Work>::max();
    Work far_left_ = std::numeric_limits<Work>::max();
    std::optional<RouteProgram> whole_; // made when first needed
};

} // namespace health_dp::suppression
