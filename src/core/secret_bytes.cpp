#include "core/secret_bytes.hpp"

#include <sodium.h>

#include <algorithm>

namespace health_dp::core {

Result<std::monostate> start_cryptography() {
    if (sodium_init() < 0)
        return Error{ErrorCode::unavailable, "libsodium does not start"};
    return std::monostate{};
}

void SecretBytes::WipeAndFree::operator()(std::uint8_t* bytes) const { sodium_free(bytes); }

Result<SecretBytes> SecretBytes::allocate(std::size_t size) {
    const auto started = start_cryptography();
    if (!started.ok())
        return started.error();
    Storage storage(static_cast<std::uint8_t*>(sodium_malloc(size)));
    if (storage == nullptr)
        return Error{ErrorCode::unavailable, "no guarded memory for a key"};
    sodium_memzero(storage.get(), size); // libsodium fills new memory with a pattern of its own
    return SecretBytes(std::move(storage), size);
}

Result<SecretBytes> SecretBytes::generate(std::size_t size) {
    Result<SecretBytes> secret = allocate(size);
    if (secret.ok())
        randombytes_buf(secret.value().bytes().data(), size);
    return secret;
}

Result<SecretBytes> SecretBytes::copy_of(std::span<const std::uint8_t> bytes) {
    Result<SecretBytes> secret = allocate(bytes.size());
    if (secret.ok())
        std::copy(bytes.begin(), bytes.end(), secret.value().bytes().begin());
    return secret;
}

Result<std::monostate> SecretBytes::require_locked() {
    // Once more, because sodium_malloc does not tell.
    if (sodium_mlock(storage_.get(), size_) != 0)
        return Error{ErrorCode::unavailable, "memory for keys cannot be locked"};
    return std::monostate{};
}

} // namespace health_dp::core
