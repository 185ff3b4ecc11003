#include "core/suppression/router.hpp"

#include <algorithm>
#include <array>

namespace health_dp::suppression {

namespace {

// Boxes first, then longer ways. A box of d dimensions is closed after d - 1 rings of corners, and has so many cells
// that fewer beside the first must do in four dimensions and more.
constexpr std::size_t kFlat = 3;

std::array<Neighbourhood::Size, 2> sizes_for(std::size_t lines) {
    if (lines <= kFlat)
        return {{{6, 2, 2000}, {16, 3, 4000}}};
    if (lines == kFlat + 1)
        return {{{3, 3, 2000}, {6, 3, 4000}}};
    const int rings = static_cast<int>(lines) - 1;
    return {{{2, rings, 2000}, {3, rings, 4000}}};
}

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

Route Router::ask(RouteProgram& program, QuantityNumber quantity, Amount by, LinearProgram::Allowance& allowance) {
    const LinearProgram::Allowance before = allowance;
    Route route = program.cheapest(quantity, by, proofs_, allowance);
    work_left_ -= (before - allowance) * program.weight();
    return route;
}

Route Router::near(QuantityNumber quantity, Amount by, Neighbourhood::Size size, LinearProgram::Allowance& allowance) {
    std::vector<QuantityNumber> around = neighbourhood_.around(quantity, size);
    if (!std::binary_search(around.begin(), around.end(), quantity))
        return {};
    RouteProgram program(system_, around, patience_);
    for (const QuantityNumber near : around)
        program.price(near, choice_.prices[near]);
    return ask(program, quantity, by, allowance);
}

Route Router::cheapest(QuantityNumber quantity, Amount by, LinearProgram::Allowance& allowance) {
    const Quantity& known = system_.quantities()[quantity];
    if (!allowed(quantity) || (by > 0 ? known.highest < known.value + by : known.lowest > known.value + by))
        return {};
    if (work_left_ <= 0)
        return {Found::unclear, {}};
    if (quantities_.size() > small_)
        for (const Neighbourhood::Size& size : sizes_for(neighbourhood_.lines(quantity))) {
            LinearProgram::Allowance near_allowance = std::min(allowance, kNearAllowance);
            Route route = near(quantity, by, size, near_allowance);
            if (route.found == Found::yes || route.found == Found::interrupted)
                return route;
        }
    if (far_left_ <= 0)
        return {Found::unclear, {}};
    const Work before = work_left_;
    Route route = ask(whole(), quantity, by, allowance);
    far_left_ -= before - work_left_;
    return route;
}

} // namespace health_dp::suppression
