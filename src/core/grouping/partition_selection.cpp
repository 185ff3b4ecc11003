#include "core/grouping/partition_selection.hpp"

#include <algorithm>

namespace health_dp::core {

namespace {

constexpr unsigned kFraction = 256; // bits after the point of every number of the recursion

BigInteger divided_rounding_up(const BigInteger& a, const BigInteger& b) { return (a + b - BigInteger(1)) / b; }

// floor(x·2^bits) for a rational x.
BigInteger fixed_point_below(const Rational& x, unsigned bits) {
    return (BigInteger(x.numerator()) << bits) / BigInteger(x.denominator());
}

// A lower bound of e^x in units of 2^-256, and at least 1. x ≤ kLargestEpsilon.
//
// e^x = (e^(x/2^h))^(2^h). The inner power is the sum of y^i/i! with every term rounded down and the rest of the
// series, which is positive, left out; squaring and rounding down keep it a lower bound. The first term is exactly 1
// and the others are not negative. With h = 16 and 384 bits the bound is within 2^-300 of e^x, relatively.
BigInteger exponential_below(const Rational& x) {
    constexpr unsigned kHalvings = 16;
    constexpr unsigned kWorking = 384;
    const BigInteger y = fixed_point_below(x, kWorking - kHalvings);
    BigInteger term = BigInteger::power_of_two(kWorking);
    BigInteger sum;
    for (Unsigned128 i = 1; term.bits() != 0; ++i) {
        sum = sum + term;
        term = ((term * y) >> kWorking) / BigInteger(i);
    }
    for (unsigned i = 0; i < kHalvings; ++i)
        sum = (sum * sum) >> kWorking;
    return sum >> (kWorking - kFraction);
}

// An upper bound of the number of entries before π is 1.
//
// Each step adds at least δ: so at most 1/δ steps. And while the first branch rules, π(n) ≥ δ·e^(ε(n-1)), which passes
// the crossing of the branches at (1-δ)/(1+e^ε) within 1 + ln(1/δ)/ε steps; from there 1 - π shrinks by e^-ε or more a
// step, and once it is δ the next step is 1: again at most 2 + ln(1/δ)/ε. Here ln(1/δ) ≤ 0.7·(bits of ⌊1/δ⌋), and
// 1/ε ≤ ⌊1/ε⌋ + 1. Quotients are cut off long before they overflow, and long after they are refused.
Unsigned128 largest_table(const Rational& epsilon, const Rational& delta) {
    constexpr Unsigned128 kMany = Unsigned128{1} << 64U;
    const Unsigned128 inverse_delta = delta.denominator() / delta.numerator();
    const Unsigned128 inverse_epsilon = epsilon.denominator() / epsilon.numerator();
    const Unsigned128 logarithm = bit_length(inverse_delta) * 7 / 10 + 1;
    const Unsigned128 by_delta = std::min(inverse_delta, kMany) + 1;
    return std::min(by_delta, 4 + 2 * logarithm * (std::min(inverse_epsilon, kMany) + 1));
}

} // namespace

Result<PartitionSelection> PartitionSelection::create(const Epsilon& epsilon, const Delta& delta,
                                                      std::uint64_t min_cell) {
    if (min_cell == 0)
        return Error{ErrorCode::out_of_range, "the minimum cell must be at least 1"};
    if (largest_table(epsilon.value(), delta.value()) > kLargestTable)
        return Error{ErrorCode::too_costly, "epsilon and delta of the selection of groups are too small to tabulate"};
    return PartitionSelection(epsilon, delta, min_cell);
}

PartitionSelection::PartitionSelection(const Epsilon& epsilon, const Delta& delta, std::uint64_t min_cell)
    : min_cell_(min_cell), growth_(exponential_below(std::min(epsilon.value(), Rational::whole(kLargestEpsilon)))),
      decay_(divided_rounding_up(BigInteger::power_of_two(2 * kFraction), growth_)),
      delta_(fixed_point_below(delta.value(), kFraction)), table_(1, Probability{}) {}

// One step of the recursion, rounded so that the table itself is (ε, δ)-private.
//
// Proof. Let E = growth_ ≤ e^ε, I = decay_ ≥ 1/E ≥ e^-ε and D = delta_ ≤ δ. Neighbours change n by at most 1, hence the
// argument of π by at most 1, also behind the minimum cell. What is seen is one bit, so privacy is, for p = π(n) and
// q = π(n+1): (1) q ≤ e^ε·p + δ, (2) 1-p ≤ e^ε·(1-q) + δ, (3) p ≤ e^ε·q + δ, (4) 1-q ≤ e^ε·(1-p) + δ.
//   q ≤ floor(E·p) + D, rounded down, gives (1).
//   q ≤ 1 - ceil(I·(1-p-D)), which means 1-q ≥ e^-ε·(1-p-D) ≥ e^-ε·(1-p-δ), gives (2); where p + D ≥ 1 the minimum with
//   1 applies and (2) reads 1-p ≤ δ.
//   q ≥ p gives (3) and (4): E ≥ 1 makes the first branch at least p, and I ≤ 1 the second at least p + D.
// keep() compares all 256 bits of a uniform number with the entry, so its probability is the entry, with no rounding.
void PartitionSelection::append_next() {
    const BigInteger one = BigInteger::power_of_two(kFraction);
    const BigInteger rising = ((growth_ * last_) >> kFraction) + delta_;
    BigInteger next = std::min(rising, one);
    if (last_ + delta_ < one) {
        const BigInteger missing = divided_rounding_up(decay_ * (one - last_ - delta_), one);
        next = std::min(next, one - missing);
    }
    if (next == one) {
        complete_ = true;
        return;
    }
    Probability entry;
    next.to_big_endian(entry);
    table_.push_back(entry);
    last_ = std::move(next);
}

std::optional<PartitionSelection::Probability> PartitionSelection::exact_probability(std::uint64_t patients) {
    const std::uint64_t argument = patients < min_cell_ ? 0 : patients - min_cell_ + 1;
    while (!complete_ && table_.size() <= argument)
        append_next();
    if (argument >= table_.size())
        return std::nullopt;
    return table_[argument];
}

bool PartitionSelection::keep(std::uint64_t patients, RandomSource& random) {
    const std::optional<Probability> probability = exact_probability(patients);
    if (!probability.has_value())
        return true;
    Probability uniform;
    random.fill(uniform);
    return uniform < *probability; // lexicographic order of big-endian bytes is the order of the numbers
}

double PartitionSelection::probability(std::uint64_t patients) {
    const std::optional<Probability> exact = exact_probability(patients);
    if (!exact.has_value())
        return 1;
    double value = 0;
    for (std::size_t i = exact->size(); i-- > 0;)
        value = (value + (*exact)[i]) / 256;
    return value;
}

} // namespace health_dp::core
