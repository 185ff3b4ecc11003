#include "core/suppression/heuristic.hpp"

#include "core/suppression/pruning.hpp"

#include <algorithm>
#include <numeric>

namespace health_dp::suppression {

namespace {

// What moving a hidden cell by one costs, beside 1 for the cheapest shown cell. Nearly nothing is best: every route
// then takes what is hidden already. But in dense systems such routes wind through hundreds of cells and split into
// fractions; as dear as a shown cell, they are short and found at once.
constexpr double kCheap = 0.05;
constexpr double kDear = 1;
constexpr LinearProgram::Allowance kCheapAllowance = 400;
constexpr LinearProgram::Allowance kLastAllowance = 400'000;

// For the routes of all demands: some minutes.
constexpr Work kAllRoutes = 20'000'000'000;

// Through a cell of a table of three dimensions lead three lines or more. The first route near it is found sooner than
// the cheapest one, and costs too much: patterns cost up to twice as much that way. In tables of two dimensions there
// is little between the two, and beyond so many quantities the whole takes too long.
constexpr std::size_t kManyLines = 3;
constexpr std::size_t kSearchedWhole = 3000;

bool is_searched_whole(const System& system, std::size_t movable) {
    return movable <= Router::kSmall || (movable <= kSearchedWhole && system.terms() >= kManyLines * movable);
}

// One attempt to route all demands.
class Routing {
  public:
    Routing(const System& system, std::span<const QuantityNumber> movable, Patience& patience, Evidence& evidence)
        : system_(system), movable_(movable), evidence_(evidence),
          router_(system, movable, Proofs::any, patience,
                  is_searched_whole(system, movable.size()) ? movable.size() : Router::kSmall),
          persuasion_(system, evidence, router_), pattern_(system.primary_pattern()) {
        Amount cheapest = kLargestAmount;
        for (const QuantityNumber quantity : movable)
            if (!system.unknown(quantity, pattern_))
                cheapest = std::min(cheapest, cost(quantity));
        unit_ = static_cast<double>(std::max<Amount>(cheapest, 1));
        router_.limit(kAllRoutes, kAllRoutes);
        persuasion_.on_witness([this](const Witness& witness) { hide(witness); });
    }

    // Cheap hidden cells first, then dear ones, then as long as it takes.
    Persuaded meet(DemandNumber demand) {
        Persuaded persuaded = Persuaded::unclear;
        if (given_up_ <= 8 + 2 * persuaded_) {
            persuaded = meet_at(demand, kCheap, kCheapAllowance);
            ++(persuaded == Persuaded::unclear ? given_up_ : persuaded_);
        }
        if (persuaded == Persuaded::unclear)
            persuaded = meet_at(demand, kDear, Persuasion::kOneRoute);
        if (persuaded == Persuaded::unclear)
            persuaded = meet_at(demand, 10 * kDear, kLastAllowance);
        return persuaded;
    }

    const Pattern& pattern() const { return pattern_; }

  private:
    Amount cost(QuantityNumber quantity) const { return system_.cells()[system_.quantities()[quantity].cell].cost; }

    Persuaded meet_at(DemandNumber demand, double hidden_price, LinearProgram::Allowance allowance) {
        if (hidden_price != hidden_price_) {
            hidden_price_ = hidden_price;
            for (const QuantityNumber quantity : movable_)
                reprice(quantity);
        }
        persuasion_.allow(allowance);
        return persuasion_.meet(demand, pattern_);
    }

    void reprice(QuantityNumber quantity) {
        if (!system_.unknown(quantity, pattern_)) {
            router_.price(quantity, std::max(static_cast<double>(cost(quantity)) / unit_, 1e-3));
            return;
        }
        const CellNumber cell = system_.quantities()[quantity].cell;
        const bool known = cell != kNoCell && !evidence_.knowers(cell).empty();
        router_.price(quantity, known ? 2 * hidden_price_ : hidden_price_);
    }

    void hide(const Witness& witness) {
        for (const Change& change : witness.changes) {
            const CellNumber cell = system_.quantities()[change.quantity].cell;
            if (cell == kNoCell || pattern_[cell])
                continue;
            pattern_[cell] = true;
            for (const QuantityNumber quantity : system_.quantities_of(cell))
                reprice(quantity);
        }
    }

    const System& system_;
    std::span<const QuantityNumber> movable_;
    Evidence& evidence_;
    Router router_;
    Persuasion persuasion_;
    Pattern pattern_;
    double unit_ = 1;
    double hidden_price_ = 0;
    int given_up_ = 0;
    int persuaded_ = 0;
};

// Orders that differ in which demand chooses first. The hardest first, the easiest first, then mixtures: multiples
// modulo a prime, the same on every machine.
std::vector<DemandNumber> order_of(const System& system, std::size_t attempt) {
    std::vector<DemandNumber> order(system.demands().size());
    std::iota(order.begin(), order.end(), DemandNumber{0});
    const auto need = [&system](DemandNumber number) {
        const Demand& demand = system.demands()[number];
        return std::max({demand.below, demand.above, demand.width});
    };
    const auto mixed = [attempt](DemandNumber number) {
        return (std::uint64_t{number} + 1) * (7919 + 104729 * attempt) % 1'000'003;
    };
    std::stable_sort(order.begin(), order.end(), [&](DemandNumber a, DemandNumber b) {
        if (attempt == 0)
            return need(a) > need(b);
        return attempt == 1 ? need(a) < need(b) : mixed(a) < mixed(b);
    });
    return order;
}

std::size_t attempts_for(const System& system, std::size_t movable) {
    if (system.terms() <= 2'000)
        return 6;
    // Searching the whole takes the time of a second order there, which would save a few parts of a hundred beside.
    if (movable > Router::kSmall && is_searched_whole(system, movable))
        return 1;
    return system.terms() <= 10'000 ? 2 : 1;
}

} // namespace

Heuristic::Heuristic(const System& system, Patience& patience)
    : system_(system), patience_(patience), movable_(system.movable()) {}

Persuaded Heuristic::run() {
    for (std::size_t attempt = 0; attempt < attempts_for(system_, movable_.size()); ++attempt) {
        const Persuaded persuaded = this->attempt(order_of(system_, attempt));
        if (persuaded != Persuaded::yes)
            return persuaded;
        if (patience_.look() == Patience::Verdict::finish)
            break;
    }
    return Persuaded::yes;
}

Persuaded Heuristic::attempt(std::span<const DemandNumber> order) {
    Evidence evidence(system_);
    Routing routing(system_, movable_, patience_, evidence);
    for (const DemandNumber demand : order) {
        const Persuaded persuaded = routing.meet(demand);
        if (persuaded != Persuaded::yes)
            return persuaded;
    }
    Pattern pattern = routing.pattern();
    if (!prune(system_, evidence, patience_, pattern))
        return Persuaded::interrupted;
    if (best_.empty() || system_.cost(pattern) < system_.cost(best_)) {
        best_ = std::move(pattern);
        proofs_ = evidence.witnesses();
    }
    return Persuaded::yes;
}

} // namespace health_dp::suppression
