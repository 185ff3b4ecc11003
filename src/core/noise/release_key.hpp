// The secret of one execution of one release [C8]: everything random in the release is a function of it.
#pragma once

#include "core/pure.hpp"

#include "core/secret_bytes.hpp"

namespace health_dp::core {

// 32 bytes of guarded memory.
class ReleaseKey {
  public:
    static constexpr std::size_t kBytes = 32;

    static Result<ReleaseKey> generate() { return held(SecretBytes::generate(kBytes)); }

    // The same execution's key on its way to a parallel worker. Never a way to choose a key [C7].
    static Result<ReleaseKey> received(std::span<const std::uint8_t, kBytes> bytes) {
        return held(SecretBytes::copy_of(bytes));
    }

    std::span<const std::uint8_t, kBytes> bytes() const { return secret_.bytes().first<kBytes>(); }

  private:
    explicit ReleaseKey(SecretBytes secret) : secret_(std::move(secret)) {}

    static Result<ReleaseKey> held(Result<SecretBytes> secret) {
        if (!secret.ok())
            return secret.error();
        return ReleaseKey(std::move(secret).value());
    }

    SecretBytes secret_;
};

} // namespace health_dp::core
