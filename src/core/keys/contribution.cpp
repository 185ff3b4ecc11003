#include "core/keys/contribution.hpp"

#include <sodium.h>

#include <algorithm>

namespace health_dp::core::keys {

namespace {

constexpr std::string_view kTag = "HDPC1";
constexpr std::string_view kLabel = "health_dp contribution 1";
using Binding = std::array<std::uint8_t, crypto_generichash_blake2b_BYTES>;
constexpr std::size_t kPlainBytes = kKeyBytes + std::tuple_size_v<Binding>;

// A digest of the place, all parts at their full lengths: no two places have the same input.
Binding binding_of(const ContributionPlace& place) {
    std::array<std::uint8_t, kLabel.size() + 2 + Domain::kBytes + Organisation::kBytes> input{};
    auto* end = std::ranges::copy(kLabel, input.begin()).out;
    *end++ = place.version;
    *end++ = static_cast<std::uint8_t>(place.slot);
    end = std::ranges::copy(place.domain.bytes(), end).out;
    std::ranges::copy(place.organisation.bytes(), end);
    Binding binding{};
    crypto_generichash_blake2b(binding.data(), binding.size(), input.data(), input.size(), nullptr, 0);
    return binding;
}

} // namespace

Result<SecretText> seal_contribution(KeyView contribution, const ContributionPlace& place,
                                     const key_shares::SealingKey::Public& key) {
    Result<SecretBytes> plain = SecretBytes::allocate(kPlainBytes);
    if (!plain.ok())
        return plain.error();
    std::ranges::copy(contribution, plain.value().bytes().begin());
    std::ranges::copy(binding_of(place), plain.value().bytes().subspan(kKeyBytes).begin());
    return key_shares::seal_bytes(kTag, plain.value().bytes(), key);
}

Result<SecretBytes> open_contribution(std::string_view sealed, const ContributionPlace& place,
                                      const key_shares::SealingKey& key) {
    const Result<SecretBytes> plain = key.open_bytes(kTag, sealed, kPlainBytes);
    if (!plain.ok())
        return plain.error();
    if (!std::ranges::equal(plain.value().bytes().subspan(kKeyBytes), binding_of(place)))
        return Error{ErrorCode::mixed, "the contribution was made for another domain, version, slot or organisation"};
    return SecretBytes::copy_of(plain.value().bytes().first(kKeyBytes));
}

} // namespace health_dp::core::keys
