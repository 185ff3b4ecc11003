// The secret of one execution of one release [C8]: everything random in the release is a function of it.
#pragma once

#include "core/pure.hpp"

#include "core/result.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

namespace health_dp::core {

// Starts libsodium, as often as you like; keys do it themselves. Called after fork only, never from an initialiser.
Result<std::monostate> start_cryptography();

// 32 bytes between guard pages, locked into memory as far as the system's limit allows, excluded from core dumps and
// wiped at the end. Moves, never copies.
class ReleaseKey {
  public:
    static constexpr std::size_t kBytes = 32;

    // From the operating system's generator, asked anew each time: nothing is buffered that a fork could duplicate.
    static Result<ReleaseKey> generate();

    // The same execution's key on its way to a parallel worker. Never a way to choose a key [C7].
    static Result<ReleaseKey> received(std::span<const std::uint8_t, kBytes> bytes);

    std::span<const std::uint8_t, kBytes> bytes() const {
        return std::span<const std::uint8_t, kBytes>(storage_.get(), kBytes);
    }

  private:
    struct WipeAndFree {
        void operator()(std::uint8_t* bytes) const;
    };
    using Storage = std::unique_ptr<std::uint8_t, WipeAndFree>;

    explicit ReleaseKey(Storage storage) : storage_(std::move(storage)) {}
    static Result<ReleaseKey> allocate();

    Storage storage_;
};

} // namespace health_dp::core
