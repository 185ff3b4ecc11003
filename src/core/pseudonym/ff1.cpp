#include "core/pseudonym/ff1.hpp"

#include <algorithm>
#include <optional>

namespace health_dp::core::pseudonym {

namespace {

constexpr unsigned kRounds = 10;
constexpr unsigned kMaxHalfBits = 96;

constexpr Error kDigits = {ErrorCode::out_of_range, "the digits are not of the form that FF1 was set up for"};

using Block = AesBlock::Block;

Block exclusive_or(const Block& a, const Block& b) {
    Block result{};
    std::transform(a.begin(), a.end(), b.begin(), result.begin(),
                   [](std::uint8_t x, std::uint8_t y) { return static_cast<std::uint8_t>(x ^ y); });
    return result;
}

void put_big_endian(std::span<std::uint8_t> place, Unsigned128 value) {
    for (std::size_t i = place.size(); i-- > 0; value >>= 8U)
        place[i] = static_cast<std::uint8_t>(value);
}

// Nothing when it does not fit kMaxHalfBits.
std::optional<Unsigned128> power(unsigned radix, unsigned exponent) {
    Unsigned128 result = 1;
    for (; exponent > 0; --exponent) {
        result *= radix; // below 2^96 times at most 2^16
        if (bit_length(result - 1) > kMaxHalfBits)
            return std::nullopt;
    }
    return result;
}

} // namespace

Result<Ff1> Ff1::create(std::span<const std::uint8_t> key, unsigned radix, unsigned length,
                        std::span<const std::uint8_t> tweak) {
    if (radix < 2 || radix > kMaxRadix || length < 2 || tweak.size() > kMaxTweakBytes)
        return Error{ErrorCode::out_of_range, "FF1 takes 2 digits or more of a radix from 2 to 65536"};
    const auto left_size = power(radix, length / 2);
    const auto right_size = power(radix, length - length / 2);
    if (!left_size || !right_size)
        return Error{ErrorCode::out_of_range, "FF1 is limited to halves of 96 bits"};
    // Both at least 10^6 make a product that need not fit.
    if (*right_size < kMinDomain && *left_size * *right_size < kMinDomain)
        return Error{ErrorCode::out_of_range, "FF1 is not secure below a million values"};
    auto aes = AesBlock::create(key);
    if (!aes.ok())
        return aes.error();
    Ff1 ff1(std::move(aes).value(), radix, length, *left_size, *right_size);
    ff1.absorb(tweak);
    return ff1;
}

Ff1::Ff1(AesBlock aes, unsigned radix, unsigned length, Unsigned128 left_size, Unsigned128 right_size)
    : aes_(std::move(aes)), radix_(radix), length_(length), left_size_(left_size), right_size_(right_size),
      number_bytes_((bit_length(right_size - 1) + 7) / 8), output_bytes_((number_bytes_ + 3) / 4 * 4 + 4) {}

// P and the part of Q that no round changes: the tweak, and zeros that put the round's byte and number at the end of a
// block (steps 5 and 6.i).
void Ff1::absorb(std::span<const std::uint8_t> tweak) {
    Block block{};
    block[0] = 1;
    block[1] = 2;
    block[2] = 1;
    put_big_endian(std::span(block).subspan<3, 3>(), radix_);
    block[6] = kRounds;
    block[7] = static_cast<std::uint8_t>(length_ / 2);
    put_big_endian(std::span(block).subspan<8, 4>(), length_);
    put_big_endian(std::span(block).subspan<12, 4>(), tweak.size());
    chained_ = aes_.encrypt(block);

    // As many whole blocks of tweak and zeros as leave the last block room for one byte and a number.
    const std::size_t blocks = (tweak.size() + 1 + number_bytes_ + AesBlock::kBytes - 1) / AesBlock::kBytes;
    for (std::size_t i = 0; i < blocks; ++i) {
        block = {};
        const std::size_t start = std::min(i * AesBlock::kBytes, tweak.size());
        const auto part = tweak.subspan(start, std::min(AesBlock::kBytes, tweak.size() - start));
        std::ranges::copy(part, block.begin());
        if (i + 1 == blocks)
            last_ = block;
        else
            chained_ = aes_.encrypt(exclusive_or(chained_, block));
    }
}

// y of steps 6.ii to 6.iv. The output is the first block, since d ≤ 16.
Unsigned128 Ff1::round_number(unsigned round, Unsigned128 half) const {
    Block block = last_;
    const auto number = std::span(block).last(number_bytes_);
    put_big_endian(number, half);
    block[AesBlock::kBytes - 1 - number_bytes_] = static_cast<std::uint8_t>(round);
    block = aes_.encrypt(exclusive_or(chained_, block));
    Unsigned128 value = 0;
    for (const std::uint8_t byte : std::span(block).first(output_bytes_))
        value = value << 8U | byte;
    return value;
}

Halves Ff1::encrypt(Halves halves) const {
    for (unsigned round = 0; round < kRounds; ++round) {
        const Unsigned128 size = modulus(round);
        const Unsigned128 sum = (halves.left + round_number(round, halves.right) % size) % size;
        halves = {halves.right, sum};
    }
    return halves;
}

Halves Ff1::decrypt(Halves halves) const {
    for (unsigned round = kRounds; round-- > 0;) {
        const Unsigned128 size = modulus(round);
        const Unsigned128 difference = (halves.right + size - round_number(round, halves.left) % size) % size;
        halves = {difference, halves.left};
    }
    return halves;
}

bool Ff1::has_form(std::span<const std::uint16_t> digits) const {
    return digits.size() == length_ && std::ranges::all_of(digits, [this](unsigned digit) { return digit < radix_; });
}

Halves Ff1::halves_of(std::span<const std::uint16_t> digits) const {
    const auto number = [this](std::span<const std::uint16_t> part) {
        Unsigned128 value = 0;
        for (const std::uint16_t digit : part)
            value = value * radix_ + digit;
        return value;
    };
    return {number(digits.first(length_ / 2)), number(digits.subspan(length_ / 2))};
}

void Ff1::write_digits(Halves halves, std::span<std::uint16_t> digits) const {
    const auto write = [this](Unsigned128 value, std::span<std::uint16_t> part) {
        for (std::size_t i = part.size(); i-- > 0; value /= radix_)
            part[i] = static_cast<std::uint16_t>(value % radix_);
    };
    write(halves.left, digits.first(length_ / 2));
    write(halves.right, digits.subspan(length_ / 2));
}

Result<std::monostate> Ff1::encrypt(std::span<std::uint16_t> digits) const {
    if (!has_form(digits))
        return kDigits;
    write_digits(encrypt(halves_of(digits)), digits);
    return std::monostate{};
}

Result<std::monostate> Ff1::decrypt(std::span<std::uint16_t> digits) const {
    if (!has_form(digits))
        return kDigits;
    write_digits(decrypt(halves_of(digits)), digits);
    return std::monostate{};
}

} // namespace health_dp::core::pseudonym
