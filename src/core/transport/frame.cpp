#include "core/transport/frame.hpp"

#include <sodium.h>

#include <algorithm>

namespace health_dp::core::transport {

namespace {

constexpr std::array<std::uint8_t, 4> kMagic = {'H', 'D', 'P', 'R'};
constexpr std::uint8_t kVersion = 1;
constexpr std::size_t kKindAt = 5;
constexpr std::size_t kLengthAt = 8;
constexpr std::size_t kSequenceAt = 16;
constexpr std::size_t kCheckAt = kHeaderBytes - kCheckBytes;
using Front = std::array<std::uint8_t, kCheckAt>; // the header without its check value

void put(std::uint8_t* to, std::uint64_t number, std::size_t width) {
    for (std::size_t i = 0; i < width; i++)
        to[i] = static_cast<std::uint8_t>(number >> (8 * i));
}

std::uint64_t get(const std::uint8_t* from, std::size_t width) {
    std::uint64_t number = 0;
    for (std::size_t i = width; i-- > 0;)
        number = number << 8U | from[i];
    return number;
}

Front front_of(std::uint8_t kind, std::uint32_t length, std::uint64_t sequence) {
    Front front{};
    std::ranges::copy(kMagic, front.begin());
    front[kMagic.size()] = kVersion;
    front[kKindAt] = kind;
    put(front.data() + kLengthAt, length, 4);
    put(front.data() + kSequenceAt, sequence, 8);
    return front;
}

Check check_of(Key key, const Channel& channel, const Front& front, std::span<const std::uint8_t> payload) {
    std::array<std::uint8_t, 8 + 4 + 1> place{};
    put(place.data(), channel.visit, 8);
    put(place.data() + 8, channel.slot, 4);
    place[12] = channel.from_room ? 1 : 0;
    Check check{};
    crypto_generichash_state state;
    crypto_generichash_init(&state, key.data(), key.size(), check.size());
    crypto_generichash_update(&state, place.data(), place.size());
    crypto_generichash_update(&state, front.data(), front.size());
    crypto_generichash_update(&state, payload.data(), payload.size());
    crypto_generichash_final(&state, check.data(), check.size());
    return check;
}

} // namespace

Result<HeaderBytes> write_header(Key key, const Channel& channel, std::uint8_t kind, std::uint64_t sequence,
                                 std::span<const std::uint8_t> payload) {
    if (payload.size() > kMaxPayloadBytes)
        return Error{ErrorCode::too_costly, "the message is oversized"};
    const Front front = front_of(kind, static_cast<std::uint32_t>(payload.size()), sequence);
    const Check check = check_of(key, channel, front, payload);
    HeaderBytes bytes{};
    std::ranges::copy(front, bytes.begin());
    std::ranges::copy(check, bytes.begin() + kCheckAt);
    return bytes;
}

Result<Header> read_header(std::span<const std::uint8_t, kHeaderBytes> bytes, std::uint64_t expected_sequence) {
    Header header{};
    header.kind = bytes[kKindAt];
    const std::uint64_t length = get(bytes.data() + kLengthAt, 4);
    if (length > kMaxPayloadBytes)
        return Error{ErrorCode::too_costly, "the message is oversized"};
    header.length = static_cast<std::uint32_t>(length);
    header.sequence = get(bytes.data() + kSequenceAt, 8);
    // Everything that is not free to vary, byte by byte: magic, version, zeros.
    const Front front = front_of(header.kind, header.length, header.sequence);
    if (!std::equal(front.begin(), front.end(), bytes.begin()))
        return Error{ErrorCode::corrupted, "the message is damaged"};
    if (header.sequence != expected_sequence)
        return Error{ErrorCode::mixed, "the message is out of order"};
    std::copy(bytes.begin() + kCheckAt, bytes.end(), header.check.begin());
    return header;
}

bool is_authentic(Key key, const Channel& channel, const Header& header, std::span<const std::uint8_t> payload) {
    if (payload.size() != header.length)
        return false;
    const Check check = check_of(key, channel, front_of(header.kind, header.length, header.sequence), payload);
    return sodium_memcmp(check.data(), header.check.data(), check.size()) == 0;
}

} // namespace health_dp::core::transport
