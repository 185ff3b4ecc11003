#include "core/noise/exponential_bernoulli.hpp"

#include <vector>

namespace health_dp::core {

namespace {

// Algorithm 1 for x in [0, 1]: the first k whose coin of probability x/k fails is odd with probability exp(-x), since
// it is beyond k with probability x^k/k!. A coin of x/k is a coin of 1/k and a coin of x: no product can overflow.
// Ends after fewer than e turns on average.
template <class CoinOfX>
bool exp_minus_at_most_one(CoinOfX&& coin_of_x, RandomSource& random) {
    for (std::uint64_t k = 1;; ++k)
        if (random.uniform_below(k) != 0 || !coin_of_x())
            return k % 2 == 1;
}

// exp(-turns): one coin of exp(-1) after the other. The first failure ends it, so it is short for any number of turns.
bool exp_minus_whole(Unsigned128 turns, RandomSource& random) {
    for (; turns > 0; --turns)
        if (!bernoulli_exp_minus_one(random))
            return false;
    return true;
}

BigInteger uniform_below(const BigInteger& bound, RandomSource& random) {
    const unsigned bits = bound.bits();
    std::vector<std::uint8_t> bytes((bits + 7) / 8);
    const unsigned surplus = static_cast<unsigned>(bytes.size()) * 8 - bits;
    for (;;) {
        random.fill(bytes);
        bytes.front() = static_cast<std::uint8_t>(bytes.front() & (0xFFU >> surplus));
        BigInteger candidate = BigInteger::from_big_endian(bytes);
        if (candidate < bound)
            return candidate;
    }
}

} // namespace

bool bernoulli_exp_minus_one(RandomSource& random) {
    return exp_minus_at_most_one([] { return true; }, random);
}

bool bernoulli_exp_minus(const Rational& x, RandomSource& random) {
    return bernoulli_exp_minus(x.numerator(), x.denominator(), random);
}

bool bernoulli_exp_minus(Unsigned128 numerator, Unsigned128 denominator, RandomSource& random) {
    if (numerator >= denominator) {
        if (!exp_minus_whole(numerator / denominator, random))
            return false;
        numerator %= denominator;
    }
    return exp_minus_at_most_one([&] { return random.uniform_below(denominator) < numerator; }, random);
}

bool bernoulli_exp_minus(const BigInteger& numerator, const BigInteger& denominator, RandomSource& random) {
    // A whole part beyond 64 bits is taken for 2^64 - 1: that many coins of exp(-1) never all succeed.
    if (!exp_minus_whole((numerator / denominator).clamped_to_64_bits(), random))
        return false;
    const BigInteger rest = numerator % denominator;
    return exp_minus_at_most_one([&] { return uniform_below(denominator, random) < rest; }, random);
}

} // namespace health_dp::core
