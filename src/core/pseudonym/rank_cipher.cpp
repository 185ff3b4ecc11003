#include "core/pseudonym/rank_cipher.hpp"

#include <utility>

namespace health_dp::core::pseudonym {

namespace {

constexpr unsigned kDigits = 4;

// The smallest radix whose fourth power reaches size.
unsigned radix_for(std::uint64_t size) {
    unsigned radix = 2;
    while (Unsigned128{radix} * radix * radix * radix < size)
        ++radix;
    return radix;
}

} // namespace

Result<RankCipher> RankCipher::create(std::span<const std::uint8_t> key, std::uint64_t size,
                                      std::span<const std::uint8_t> tweak) {
    if (size < Ff1::kMinDomain)
        return Error{ErrorCode::out_of_range, "FF1 is not secure below a million values"};
    auto ff1 = Ff1::create(key, radix_for(size), kDigits, tweak);
    if (!ff1.ok())
        return ff1.error();
    return RankCipher(std::move(ff1).value(), size);
}

std::uint64_t RankCipher::encrypt(std::uint64_t rank) const {
    Unsigned128 walked = rank;
    do
        walked = rank_of(ff1_.encrypt(halves_of(walked)));
    while (walked >= size_);
    return static_cast<std::uint64_t>(walked);
}

std::uint64_t RankCipher::decrypt(std::uint64_t rank) const {
    Unsigned128 walked = rank;
    do
        walked = rank_of(ff1_.decrypt(halves_of(walked)));
    while (walked >= size_);
    return static_cast<std::uint64_t>(walked);
}

} // namespace health_dp::core::pseudonym
