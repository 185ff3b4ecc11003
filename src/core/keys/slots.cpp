#include "core/keys/slots.hpp"

#include <sodium.h>

#include <algorithm>

namespace health_dp::core::keys {

namespace {

constexpr std::string_view kSlotLabel = "health_dp slot 1";
constexpr std::string_view kVersionLabel = "health_dp version 1";
constexpr std::string_view kSlotCheckLabel = "health_dp slot check 1";
constexpr std::string_view kContributionCheckLabel = "health_dp contribution check 1";

std::span<const std::uint8_t> bytes_of(std::string_view text) {
    return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

// Label, slot, version, domain: fixed lengths before the one that varies.
class Info {
  public:
    Info(std::string_view label, Slot slot, const KeyName& name) {
        auto* end = std::ranges::copy(bytes_of(label), bytes_.begin()).out;
        *end++ = static_cast<std::uint8_t>(slot);
        *end++ = name.version;
        end = std::ranges::copy(bytes_of(name.domain.name()), end).out;
        size_ = static_cast<std::size_t>(end - bytes_.begin());
    }
    std::span<const std::uint8_t> bytes() const { return std::span(bytes_).first(size_); }

  private:
    std::array<std::uint8_t, std::max(kSlotLabel.size(), kVersionLabel.size()) + 2 + Domain::kBytes> bytes_{};
    std::size_t size_ = 0;
};

CheckValue check_of(KeyView secret, std::string_view label) {
    CheckValue check{};
    expand(secret, bytes_of(label), check);
    return check;
}

} // namespace

Result<SecretBytes> slot_key(const Contributions& contributions, KeyView salt, Slot slot, const KeyName& name) {
    Result<SecretBytes> extracted = SecretBytes::allocate(crypto_auth_hmacsha256_BYTES);
    if (!extracted.ok())
        return extracted;
    crypto_auth_hmacsha256_state state;
    crypto_auth_hmacsha256_init(&state, salt.data(), salt.size());
    crypto_auth_hmacsha256_update(&state, contributions.first.data(), contributions.first.size());
    crypto_auth_hmacsha256_update(&state, contributions.second.data(), contributions.second.size());
    crypto_auth_hmacsha256_final(&state, extracted.value().bytes().data());
    sodium_memzero(&state, sizeof(state));
    Result<SecretBytes> key = SecretBytes::allocate(kKeyBytes);
    if (key.ok())
        expand(extracted.value().bytes(), Info(kSlotLabel, slot, name).bytes(), key.value().bytes());
    return key;
}

Result<SecretBytes> version_key(const SlotKeys& keys, const KeyName& name) {
    Result<SecretBytes> key = SecretBytes::allocate(kKeyBytes);
    Result<SecretBytes> mask = SecretBytes::allocate(kKeyBytes);
    if (!key.ok() || !mask.ok())
        return key.ok() ? mask.error() : key.error();
    expand(keys.first, Info(kVersionLabel, Slot::first, name).bytes(), key.value().bytes());
    expand(keys.second, Info(kVersionLabel, Slot::second, name).bytes(), mask.value().bytes());
    for (std::size_t i = 0; i < kKeyBytes; ++i)
        key.value().bytes()[i] ^= mask.value().bytes()[i];
    return key;
}

CheckValue slot_check(KeyView slot_key) { return check_of(slot_key, kSlotCheckLabel); }

CheckValue contribution_check(KeyView contribution) { return check_of(contribution, kContributionCheckLabel); }

} // namespace health_dp::core::keys
