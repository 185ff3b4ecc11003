// The arithmetic of a ring of bytes with one writer and one reader. Positions count all bytes ever written and read;
// the other side's position is read from shared memory and never trusted: whatever it says, a stretch lies in the ring.
#pragma once

#include "core/pure.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace health_dp::core::transport {

struct Stretch {
    std::size_t offset; // in the ring
    std::size_t bytes;  // contiguous; 0 when there is nothing to do, or the positions contradict each other
};

constexpr std::size_t bytes_in(std::size_t capacity, std::uint64_t written, std::uint64_t read) {
    const std::uint64_t filled = written - read;
    return filled <= capacity ? static_cast<std::size_t>(filled) : 0;
}

constexpr bool is_consistent(std::size_t capacity, std::uint64_t written, std::uint64_t read) {
    return written - read <= capacity;
}

// Where the next bytes go, at most `wanted`.
constexpr Stretch next_to_write(std::size_t capacity, std::uint64_t written, std::uint64_t read, std::size_t wanted) {
    const std::size_t offset = static_cast<std::size_t>(written % capacity);
    if (!is_consistent(capacity, written, read))
        return {offset, 0};
    return {offset, std::min({wanted, capacity - bytes_in(capacity, written, read), capacity - offset})};
}

// Where the next bytes come from, at most `wanted`.
constexpr Stretch next_to_read(std::size_t capacity, std::uint64_t written, std::uint64_t read, std::size_t wanted) {
    const std::size_t offset = static_cast<std::size_t>(read % capacity);
    return {offset, std::min({wanted, bytes_in(capacity, written, read), capacity - offset})};
}

} // namespace health_dp::core::transport
