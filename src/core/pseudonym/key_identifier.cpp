#include "core/pseudonym/key_identifier.hpp"

#include <sodium.h>

namespace health_dp::core {

KeyIdentifier key_identifier(const ristretto::Element& public_key) {
    constexpr std::array<std::uint8_t, crypto_generichash_blake2b_PERSONALBYTES> kPersonalisation = {
        'h', 'e', 'a', 'l', 't', 'h', '_', 'd', 'p', ' ', 'k', 'e', 'y', ' ', ' ', ' '};
    KeyIdentifier identifier{};
    crypto_generichash_blake2b_salt_personal(identifier.data(), identifier.size(), public_key.bytes().data(),
                                             public_key.bytes().size(), nullptr, 0, nullptr, kPersonalisation.data());
    return identifier;
}

} // namespace health_dp::core
