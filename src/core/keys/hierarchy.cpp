#include "core/keys/hierarchy.hpp"

#include <sodium.h>

#include <algorithm>

namespace health_dp::core::keys {

namespace {

constexpr std::size_t kHashBytes = crypto_auth_hmacsha256_BYTES;
static_assert(2 * kHashBytes == kMaxDerivedBytes);

std::span<const std::uint8_t> bytes_of(std::string_view text) {
    return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

// "health_dp key 1", purpose, version, domain: fixed lengths before the one that varies.
constexpr std::string_view kDerivedLabel = "health_dp key 1";
constexpr std::string_view kCheckLabel = "health_dp key check 1";
constexpr std::string_view kRootCheckLabel = "health_dp root check 1";
constexpr std::string_view kWrapLabel = "health_dp key store 1";
constexpr std::size_t kMaxInfo = 128;

CheckValue check_of(std::span<const std::uint8_t> key, std::string_view label) {
    CheckValue check{};
    expand(key, bytes_of(label), check);
    return check;
}

} // namespace

void expand(std::span<const std::uint8_t> key, std::span<const std::uint8_t> info, std::span<std::uint8_t> output) {
    // libsodium keeps all of it in these two, on the stack, and wipes what it needs beside them.
    crypto_auth_hmacsha256_state state;
    std::array<std::uint8_t, kHashBytes> block{};
    std::uint8_t counter = 0;
    for (std::size_t done = 0; done < output.size();) {
        crypto_auth_hmacsha256_init(&state, key.data(), key.size());
        if (counter > 0)
            crypto_auth_hmacsha256_update(&state, block.data(), block.size());
        ++counter;
        crypto_auth_hmacsha256_update(&state, info.data(), info.size());
        crypto_auth_hmacsha256_update(&state, &counter, 1);
        crypto_auth_hmacsha256_final(&state, block.data());
        const std::size_t taken = std::min(block.size(), output.size() - done);
        std::copy_n(block.begin(), taken, output.begin() + static_cast<std::ptrdiff_t>(done));
        done += taken;
    }
    sodium_memzero(&state, sizeof(state));
    sodium_memzero(block.data(), block.size());
}

Result<SecretBytes> derive(KeyView domain_key, Purpose purpose, std::string_view domain, std::uint8_t version) {
    std::array<std::uint8_t, kMaxInfo> info{};
    if (kDerivedLabel.size() + 2 + domain.size() > info.size())
        return Error{ErrorCode::out_of_range, "the name of a domain is too long"};
    auto* end = std::ranges::copy(bytes_of(kDerivedLabel), info.begin()).out;
    *end++ = static_cast<std::uint8_t>(purpose);
    *end++ = version;
    end = std::ranges::copy(bytes_of(domain), end).out;
    Result<SecretBytes> derived = SecretBytes::allocate(derived_bytes(purpose));
    if (derived.ok())
        expand(domain_key, {info.begin(), end}, derived.value().bytes());
    return derived;
}

CheckValue check_value(std::span<const std::uint8_t> derived_for_pseudonyms) {
    return check_of(derived_for_pseudonyms, kCheckLabel);
}

Result<RootKey> RootKey::received(KeyView bytes) {
    Result<SecretBytes> secret = SecretBytes::copy_of(bytes);
    if (!secret.ok())
        return secret.error();
    const auto locked = secret.value().require_locked();
    if (!locked.ok())
        return locked.error();
    return RootKey(std::move(secret).value());
}

CheckValue RootKey::check() const { return check_of(secret_.bytes(), kRootCheckLabel); }

Result<SecretBytes> RootKey::wrapping_key() const {
    Result<SecretBytes> key = SecretBytes::allocate(kKeyBytes);
    if (key.ok())
        expand(secret_.bytes(), bytes_of(kWrapLabel), key.value().bytes());
    return key;
}

} // namespace health_dp::core::keys
