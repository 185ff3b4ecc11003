#include "core/suppression/attacks.hpp"

#include <algorithm>
#include <cmath>

namespace health_dp::suppression {

namespace {

// Multipliers are rounded to fractions of this: what vertices of tables have are nearly always among them. Any
// multipliers give a valid bound, so rounding can only weaken a cut.
constexpr std::int64_t kScale = 5040;

// Without a bound of its own a quantity may move so far, in the program only: cuts count it as unbounded.
constexpr double kFar = 1e7;
constexpr double kViolated = 1e-5;

// What starting the solver costs, in iterations.
constexpr LinearProgram::Allowance kStart = 20;

} // namespace

Attacks::Attacks(const System& system, Patience& patience)
    : system_(system), quantities_(system.movable()), parts_(system.cells().size(), 1),
      program_(program_of(system, quantities_), patience) {}

// A row for every relation, a column for every quantity: its change.
SparseProgram Attacks::program_of(const System& system, const std::vector<QuantityNumber>& quantities) {
    SparseProgram program;
    for (RelationNumber number = 0; number < system.relations().size(); ++number) {
        const Relation& relation = system.relations()[number];
        program.row_lowest.push_back(-room(relation.lowest, system.activity(number)));
        program.row_highest.push_back(room(system.activity(number), relation.highest));
    }
    for (const QuantityNumber quantity : quantities) {
        for (const Incidence& incidence : system.incidences(quantity))
            program.entry(static_cast<int>(incidence.relation), incidence.coefficient);
        program.column(0, 0, 0);
    }
    return program;
}

void Attacks::set_bounds(std::size_t place, double part) {
    const Quantity& quantity = system_.quantities()[quantities_[place]];
    const double below = std::min(room(quantity.lowest, quantity.value), kFar);
    const double above = std::min(room(quantity.value, quantity.highest), kFar);
    program_.bound(static_cast<int>(place), -below * part, above * part);
}

void Attacks::hide(std::span<const double> parts) {
    parts_.assign(parts.begin(), parts.end());
    for (std::size_t place = 0; place < quantities_.size(); ++place) {
        const CellNumber cell = system_.quantities()[quantities_[place]].cell;
        set_bounds(place, cell == kNoCell ? 1 : parts_[cell]);
    }
}

bool Attacks::knows(InsiderNumber knower, CellNumber cell) const {
    if (knower == kOutsider || cell == kNoCell)
        return false;
    const std::vector<CellNumber>& known = system_.insiders()[knower].knows;
    return std::find(known.begin(), known.end(), cell) != known.end();
}

std::optional<Attacks::Bound> Attacks::bound(QuantityNumber target, bool up, InsiderNumber knower,
                                             LinearProgram::Allowance& allowance) {
    const auto place =
        static_cast<int>(std::lower_bound(quantities_.begin(), quantities_.end(), target) - quantities_.begin());
    program_.price(place, up ? -1 : 1);
    allowance -= kStart;
    outcome_ = program_.minimise(LinearProgram::Method::primal, allowance);
    Bound bound;
    if (outcome_ == Outcome::optimal) {
        bound.reached = -program_.objective();
        read(bound, target, up, knower);
    }
    program_.price(place, 0);
    if (outcome_ != Outcome::optimal)
        return std::nullopt;
    return bound;
}

// For multipliers y of the rows and a change d within the relations, d(target) = y M d + (e - y M) d: the first is at
// most what the rows' bounds allow, the second is a sum over quantities, each between its own bounds.
void Attacks::read(Bound& bound, QuantityNumber target, bool up, InsiderNumber knower) const {
    std::vector<std::int64_t> multipliers(system_.relations().size(), 0);
    const std::span<const double> prices = program_.row_prices();
    for (RelationNumber number = 0; number < multipliers.size(); ++number) {
        // Of a minimum of minus the change. Multipliers beyond any table's are taken as none.
        const double scaled = -prices[number] * static_cast<double>(kScale);
        if (std::fabs(scaled) < 1e12)
            multipliers[number] = std::llround(scaled);
        const Relation& relation = system_.relations()[number];
        const Amount side = multipliers[number] > 0 ? relation.highest : relation.lowest;
        if (side == kUnbounded || side == -kUnbounded)
            multipliers[number] = 0;
        else
            bound.fixed +=
                static_cast<double>(multipliers[number]) * static_cast<double>(side - system_.activity(number));
    }
    bound.capacities.assign(system_.cells().size(), 0);
    for (const QuantityNumber number : quantities_) {
        std::int64_t rest = number == target ? (up ? kScale : -kScale) : 0;
        for (const Incidence& incidence : system_.incidences(number))
            rest -= multipliers[incidence.relation] * incidence.coefficient;
        const Quantity& quantity = system_.quantities()[number];
        if (rest == 0 || knows(knower, quantity.cell))
            continue;
        const double far = rest > 0 ? room(quantity.value, quantity.highest) : room(quantity.lowest, quantity.value);
        const double capacity = far >= kInfinity ? kInfinity : std::fabs(static_cast<double>(rest)) * far;
        if (quantity.cell == kNoCell || system_.cells()[quantity.cell].standing == Standing::hidden)
            bound.fixed += capacity;
        else
            bound.capacities[quantity.cell] += capacity;
    }
}

std::optional<Cut> Attacks::cut_of(const std::vector<Bound>& bounds, Amount need) const {
    Cut cut;
    cut.least = static_cast<double>(need);
    for (const Bound& bound : bounds)
        cut.least -= bound.fixed / static_cast<double>(kScale);
    if (cut.least < kViolated)
        return std::nullopt;
    double hidden = 0;
    for (CellNumber cell = 0; cell < system_.cells().size(); ++cell) {
        double capacity = 0;
        for (const Bound& bound : bounds)
            capacity += bound.capacities[cell] / static_cast<double>(kScale);
        if (capacity == 0)
            continue;
        capacity = std::min(capacity, cut.least); // a pattern is whole: more than enough is enough
        cut.cells.push_back(cell);
        cut.coefficients.push_back(capacity / cut.least);
        hidden += capacity * parts_[cell];
    }
    const bool violated = hidden < cut.least * (1 - kViolated);
    cut.least = 1;
    return violated ? std::optional<Cut>(std::move(cut)) : std::nullopt;
}

std::optional<Cut> Attacks::cut(DemandNumber number, InsiderNumber knower, LinearProgram::Allowance& allowance) {
    const Demand demand = system_.wanted(number, knower);
    outcome_ = Outcome::optimal;
    if (!std::binary_search(quantities_.begin(), quantities_.end(), demand.quantity) ||
        knows(knower, system_.quantities()[demand.quantity].cell))
        return std::nullopt;
    for (std::size_t place = 0; knower != kOutsider && place < quantities_.size(); ++place)
        if (knows(knower, system_.quantities()[quantities_[place]].cell))
            set_bounds(place, 0);
    std::optional<Cut> found;
    std::vector<Bound> both;
    for (const bool up : {true, false}) {
        const Amount need = up ? demand.above : demand.below;
        if (found.has_value() || outcome_ != Outcome::optimal || (need == 0 && demand.width == 0))
            continue;
        std::optional<Bound> bound = this->bound(demand.quantity, up, knower, allowance);
        if (!bound.has_value())
            break;
        if (bound->reached < static_cast<double>(need) - kViolated)
            found = cut_of({*bound}, need);
        both.push_back(std::move(*bound));
    }
    if (!found.has_value() && both.size() == 2 &&
        both[0].reached + both[1].reached < static_cast<double>(demand.width) - kViolated)
        found = cut_of(both, demand.width);
    for (std::size_t place = 0; knower != kOutsider && place < quantities_.size(); ++place) {
        const CellNumber cell = system_.quantities()[quantities_[place]].cell;
        if (knows(knower, cell))
            set_bounds(place, parts_[cell]);
    }
    return found;
}

} // namespace health_dp::suppression
