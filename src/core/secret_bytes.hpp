// Memory for keys and whatever gives keys away.
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

// Bytes between guard pages, locked into memory as far as the system's limit allows, excluded from core dumps and wiped
// at the end. Moves, never copies. Each takes some pages and some microseconds: for keys, not for every row.
class SecretBytes {
  public:
    // Zeros.
    static Result<SecretBytes> allocate(std::size_t size);

    // From the operating system's generator, asked anew each time: nothing is buffered that a fork could duplicate.
    static Result<SecretBytes> generate(std::size_t size);

    static Result<SecretBytes> copy_of(std::span<const std::uint8_t> bytes);

    // Refuses unless the memory is locked for certain: for keys that live longer than a statement.
    Result<std::monostate> require_locked();

    std::size_t size() const { return size_; }
    std::span<std::uint8_t> bytes() { return {storage_.get(), size_}; }
    std::span<const std::uint8_t> bytes() const { return {storage_.get(), size_}; }

  private:
    struct WipeAndFree {
        void operator()(std::uint8_t* bytes) const;
    };
    using Storage = std::unique_ptr<std::uint8_t, WipeAndFree>;

    SecretBytes(Storage storage, std::size_t size) : storage_(std::move(storage)), size_(size) {}

    Storage storage_;
    std::size_t size_;
};

} // namespace health_dp::core
