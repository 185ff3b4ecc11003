#include "core/suppression/router.hpp"

#include <algorithm>

namespace health_dp::suppression {

namespace {

// Boxes first, then longer ways. A box of four dimensions has a corner more to go around, and so many cells that fewer
// beside the first must do.
constexpr std::size_t kFlat = 3;
constexpr Neighbourhood::Size kSizes[] = {{6, 2, 2000}, {16, 3, 4000}};
constexpr Neighbourhood::Size kDeepSizes[] = {{3, 3, 2000}, {6, 3, 4000}};
constexpr LinearProgram::Allowance kNearAllowance = 600;

} // namespace

Router::Router(const System& system, std::span<const QuantityNumber> quantities, Proofs proofs, Patience& patience,
               std::size_t small)
    : system_(system), proofs_(proofs), patience_(patience), small_(small),
      quantities_(quantities.begin(), quantities.end()),
      holds_(system.quantities().size(), false), choice_{holds_, std::vector<double>(holds_.size(), 1)},
      neighbourhood_(system, choice_) {
    for (const QuantityNumber quantity : quantities_)
        holds_[quantity] = true;
    choice_.allowed = holds_;
}

void Router::price(QuantityNumber quantity, double price) {
    choice_.prices[quantity] = price;
    if (whole_.has_value())
        whole_->price(quantity, price);
}

void Router::allow(QuantityNumber quantity, bool allowed) {
    if (choice_.allowed[quantity] == allowed)
        return;
    choice_.allowed[quantity] = allowed;
    if (whole_.has_value())
        whole_->allow(quantity, allowed);
}

RouteProgram& Router::whole() {
    if (!whole_.has_value()) {
        whole_.emplace(system_, quantities_, patience_);
        for (const QuantityNumber quantity : quantities_) {
            whole_->price(quantity, choice_.prices[quantity]);
            whole_->allow(quantity, choice_.allowed[quantity]);
        }
    }
    return *whole_;
}

Route Router::near(QuantityNumber quantity, Amount by, Neighbourhood::Size size, LinearProgram::Allowance& allowance) {
    std::vector<QuantityNumber> around = neighbourhood_.around(quantity, size);
    if (!std::binary_search(around.begin(), around.end(), quantity))
        return {};
    RouteProgram program(system_, around, patience_);
    for (const QuantityNumber near : around)
        program.price(near, choice_.prices[near]);
    return program.cheapest(quantity, by, proofs_, allowance);
}

Route Router::cheapest(QuantityNumber quantity, Amount by, LinearProgram::Allowance& allowance) {
    const Quantity& known = system_.quantities()[quantity];
    if (!allowed(quantity) || (by > 0 ? known.highest < known.value + by : known.lowest > known.value + by))
        return {};
    if (quantities_.size() > small_)
        for (const Neighbourhood::Size& size : neighbourhood_.lines(quantity) > kFlat ? kDeepSizes : kSizes) {
            LinearProgram::Allowance near_allowance = std::min(allowance, kNearAllowance);
            Route route = near(quantity, by, size, near_allowance);
            if (route.found == Found::yes || route.found == Found::interrupted)
                return route;
        }
    if (far_left_ <= 0)
        return {Found::unclear, {}};
    const LinearProgram::Allowance before = allowance;
    Route route = whole().cheapest(quantity, by, proofs_, allowance);
    far_left_ -= before - allowance;
    return route;
}

} // namespace health_dp::suppression
