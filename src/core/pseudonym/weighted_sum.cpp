#include "core/pseudonym/weighted_sum.hpp"

#include "core/pseudonym/public_point.hpp"

#include <algorithm>
#include <vector>

namespace health_dp::core::ristretto {

namespace {

constexpr unsigned kScalarBits = 253; // the order is below 2^253

// Below so many elements, doublings and buckets cost more than libsodium's multiplications: measured.
constexpr std::size_t kFewest = 8;

constexpr unsigned windows_of(unsigned bits) { return kScalarBits / bits + 1; } // with what the last digit carries

// The width of a digit for which fewest additions are needed: each window takes one for each element and two for each
// of its buckets, which there are for digits 1 to 2^(bits - 1), their negatives being subtracted.
unsigned best_width(std::size_t count) {
    constexpr unsigned kNarrowest = 3;
    constexpr unsigned kWidest = 14;
    const auto additions = [&](unsigned bits) { return windows_of(bits) * (count + (std::size_t{1} << bits)); };
    unsigned best = kNarrowest;
    for (unsigned bits = kNarrowest; bits <= kWidest; ++bits)
        best = additions(bits) < additions(best) ? bits : best;
    return best;
}

// The scalar in digits of so many bits, from the lowest one on, each in -2^(bits - 1) .. 2^(bits - 1).
void write_digits(const Scalar& scalar, unsigned bits, std::span<std::int16_t> digits) {
    const auto bytes = scalar.bytes();
    std::uint64_t pending = 0;
    unsigned pending_bits = 0;
    std::size_t next = 0;
    int carry = 0;
    for (std::int16_t& digit : digits) {
        while (pending_bits < bits && next < bytes.size()) {
            pending |= std::uint64_t{bytes[next++]} << pending_bits;
            pending_bits += 8;
        }
        int value = static_cast<int>(pending & ((1U << bits) - 1)) + carry;
        pending >>= bits;
        pending_bits = pending_bits > bits ? pending_bits - bits : 0;
        carry = value > 1 << (bits - 1) ? 1 : 0;
        value -= carry << bits;
        digit = static_cast<std::int16_t>(value);
    }
}

// Each bucket's sum times its digit, added up: the sums of the sums from the highest bucket down.
PublicPoint sum_of(std::span<const PublicPoint> buckets) {
    PublicPoint running;
    PublicPoint sum;
    for (std::size_t i = buckets.size(); i-- > 0;) {
        running = running.plus(buckets[i]);
        sum = sum.plus(running);
    }
    return sum;
}

// Pippenger 1976, as Bernstein, Doumen, Lange and Oosterwijk 2012 describe it for sums of many multiples.
PublicPoint pippenger(std::span<const Scalar> factors, std::span<const Element> elements) {
    const unsigned bits = best_width(elements.size());
    const std::size_t windows = windows_of(bits);
    std::vector<AddablePoint> points;
    points.reserve(elements.size());
    for (const Element& element : elements)
        points.push_back(decode_valid(element.bytes()));
    std::vector<std::int16_t> digits(windows * elements.size());
    for (std::size_t i = 0; i < factors.size(); ++i)
        write_digits(factors[i], bits, std::span(digits).subspan(i * windows, windows));

    PublicPoint sum;
    std::vector<PublicPoint> buckets;
    for (std::size_t window = windows; window-- > 0;) {
        for (unsigned i = 0; i < bits; ++i)
            sum = sum.twice();
        buckets.assign(std::size_t{1} << (bits - 1), PublicPoint());
        for (std::size_t i = 0; i < points.size(); ++i) {
            const int digit = digits[i * windows + window];
            if (digit > 0)
                buckets[digit - 1] = buckets[digit - 1].plus(points[i]);
            else if (digit < 0)
                buckets[-digit - 1] = buckets[-digit - 1].plus(points[i].negated());
        }
        sum = sum.plus(sum_of(buckets));
    }
    return sum;
}

Result<Element> one_by_one(std::span<const Scalar> factors, std::span<const Element> elements) {
    Result<Element> sum = elements.front().times(factors.front());
    for (std::size_t i = 1; sum.ok() && i < elements.size(); ++i) {
        const Result<Element> product = elements[i].times(factors[i]);
        if (!product.ok())
            return product.error();
        sum = sum.value().plus(product.value());
    }
    return sum;
}

} // namespace

Result<Element> weighted_sum(std::span<const Scalar> factors, std::span<const Element> elements) {
    if (elements.size() < kFewest)
        return one_by_one(factors, elements);
    // libsodium looks at the encoding once more: whatever arithmetic made it, it is an element.
    return Element::parse(pippenger(factors, elements).encode());
}

} // namespace health_dp::core::ristretto
