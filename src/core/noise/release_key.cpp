#include "core/noise/release_key.hpp"

#include <sodium.h>

#include <algorithm>

namespace health_dp::core {

Result<std::monostate> start_cryptography() {
    if (sodium_init() < 0)
        return Error{ErrorCode::unavailable, "libsodium does not start"};
    return std::monostate{};
}

void ReleaseKey::WipeAndFree::operator()(std::uint8_t* bytes) const { sodium_free(bytes); }

Result<ReleaseKey> ReleaseKey::allocate() {
    const auto started = start_cryptography();
    if (!started.ok())
        return started.error();
    Storage storage(static_cast<std::uint8_t*>(sodium_malloc(kBytes)));
    if (storage == nullptr)
        return Error{ErrorCode::unavailable, "no guarded memory for a release key"};
    return ReleaseKey(std::move(storage));
}

Result<ReleaseKey> ReleaseKey::generate() {
    Result<ReleaseKey> key = allocate();
    if (key.ok())
        randombytes_buf(key.value().storage_.get(), kBytes);
    return key;
}

Result<ReleaseKey> ReleaseKey::received(std::span<const std::uint8_t, kBytes> bytes) {
    Result<ReleaseKey> key = allocate();
    if (key.ok())
        std::copy(bytes.begin(), bytes.end(), key.value().storage_.get());
    return key;
}

} // namespace health_dp::core
