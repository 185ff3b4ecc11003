#include "core/noise/random_source.hpp"

#include <array>

namespace health_dp::core {

namespace {

// The attempts of uniform_below in a word just wide enough: small bounds are by far the most frequent.
template <class Word>
Word below(Word bound, unsigned bits, RandomSource& random) {
    const std::size_t bytes = (bits + 7) / 8;
    const Word mask = static_cast<Word>((Word{1} << (bits - 1)) - 1) << 1U | Word{1};
    std::array<std::uint8_t, sizeof(Word)> buffer{};
    for (;;) {
        random.fill(std::span(buffer).first(bytes));
        Word candidate = 0;
        for (std::size_t i = bytes; i-- > 0;)
            candidate = static_cast<Word>(candidate << 8U) | buffer[i];
        candidate &= mask;
        if (candidate < bound)
            return candidate;
    }
}

} // namespace

Unsigned128 RandomSource::uniform_below(Unsigned128 bound) {
    // The largest value wanted decides how many bits are drawn: a bound of 2^n takes exactly n and never rejects.
    const unsigned bits = bit_length(bound - 1);
    if (bits == 0)
        return 0;
    if (bits <= 64 && bound >> 64U == 0)
        return below(static_cast<std::uint64_t>(bound), bits, *this);
    return below(bound, bits, *this);
}

bool RandomSource::bernoulli(const Rational& probability) {
    return uniform_below(probability.denominator()) < probability.numerator();
}

} // namespace health_dp::core
