// What travels between a session and a room: frames of a header and a payload. Both sides are the same binary on the
// same machine; the check value is there so that neither takes what it was not sent for a message: bytes of another
// visit or of the other direction, of a ring that somebody wrote over, or of a program at fault.
#pragma once

#include "core/pure.hpp"

#include "core/result.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace health_dp::core::transport {

constexpr std::size_t kCheckBytes = 16;
// Magic, version, kind, two zeros, length, zeros of the same width, sequence number, check value.
constexpr std::size_t kHeaderBytes = 4 + 1 + 1 + 2 + 4 + 4 + 8 + kCheckBytes;
constexpr std::uint32_t kMaxPayloadBytes = 8U * 1024 * 1024;
constexpr std::size_t kKeyBytes = 32;

using Key = std::span<const std::uint8_t, kKeyBytes>;
using HeaderBytes = std::array<std::uint8_t, kHeaderBytes>;
using Check = std::array<std::uint8_t, kCheckBytes>;

// Where a frame belongs; it does not travel, but the check value depends on it.
struct Channel {
    std::uint64_t visit;
    std::uint32_t slot;
    bool from_room;
};

struct Header {
    std::uint8_t kind;
    std::uint32_t length;   // of the payload
    std::uint64_t sequence; // the frames of a visit in one direction, from 1
    Check check;
};

// Refuses a payload beyond the limit ("too_costly").
Result<HeaderBytes> write_header(Key key, const Channel& channel, std::uint8_t kind, std::uint64_t sequence,
                                 std::span<const std::uint8_t> payload);

// What can be told from the header alone, before any room is made for a payload: its form, its length, its place.
Result<Header> read_header(std::span<const std::uint8_t, kHeaderBytes> bytes, std::uint64_t expected_sequence);

// True when header and payload are what was sent on this channel.
bool is_authentic(Key key, const Channel& channel, const Header& header, std::span<const std::uint8_t> payload);

} // namespace health_dp::core::transport
