// Meets one demand after the other with routes: the loop that the audit and the search for a pattern share.
#pragma once

#include "core/pure.hpp"

#include "core/suppression/evidence.hpp"
#include "core/suppression/router.hpp"

#include <functional>
#include <optional>
#include <vector>

namespace health_dp::suppression {

enum class Persuaded { yes, no, unclear, interrupted };

class Persuasion {
  public:
    // Simplex iterations of one route, so that one hard question cannot take all time.
    static constexpr LinearProgram::Allowance kOneRoute = 20'000;

    Persuasion(const System& system, Evidence& evidence, Router& router)
        : system_(system), evidence_(evidence), router_(router) {}

    // Called with each witness before it counts: to hide what it goes through.
    void on_witness(std::function<void(const Witness&)> use) { use_ = std::move(use); }

    void allow(LinearProgram::Allowance one_route) { allowance_ = one_route; }

    // Seeks witnesses until nobody is left who could tell more than the demand allows. `pattern` is what may change.
    Persuaded meet(DemandNumber demand, const Pattern& pattern);

    std::optional<InsiderNumber> last_knower() const { return last_knower_; }

  private:
    Route seek(DemandNumber demand, InsiderNumber knower);
    Route ask(QuantityNumber quantity, Amount by);
    void allow_known(InsiderNumber knower, bool allowed, std::vector<QuantityNumber>& switched);

    const System& system_;
    Evidence& evidence_;
    Router& router_;
    std::function<void(const Witness&)> use_;
    LinearProgram::Allowance allowance_ = kOneRoute;
    std::optional<InsiderNumber> last_knower_;
};

} // namespace health_dp::suppression
