#include "core/noise/keyed_stream.hpp"

#include <sodium.h>

#include <algorithm>

namespace health_dp::core {

namespace {

// BLAKE2b's personalisation keeps streams apart from every other use of the release key.
constexpr std::array<std::uint8_t, crypto_generichash_blake2b_PERSONALBYTES> kPersonalisation = {
    'h', 'e', 'a', 'l', 't', 'h', '_', 'd', 'p', ' ', 's', 't', 'r', 'e', 'a', 'm'};

// Every field has a fixed width and place, so that two names never have one encoding.
using EncodedName = std::array<std::uint8_t, 1 + 4 + 4 + std::tuple_size_v<GroupDigest>>;

std::uint8_t* put_big_endian(std::uint8_t* place, std::uint32_t value) {
    for (unsigned shift = 32; shift > 0;) {
        shift -= 8;
        *place++ = static_cast<std::uint8_t>(value >> shift);
    }
    return place;
}

EncodedName encode(const StreamName& name) {
    EncodedName encoded{};
    std::uint8_t* place = encoded.data();
    *place++ = static_cast<std::uint8_t>(name.purpose);
    place = put_big_endian(place, name.measurement);
    place = put_big_endian(place, name.grouping_set);
    std::copy(name.group.begin(), name.group.end(), place);
    return encoded;
}

} // namespace

KeyedStream::KeyedStream(const ReleaseKey& key, const StreamName& name) {
    const EncodedName encoded = encode(name);
    static_assert(std::tuple_size_v<decltype(key_)> == crypto_stream_chacha20_KEYBYTES);
    crypto_generichash_blake2b_salt_personal(key_.data(), key_.size(), encoded.data(), encoded.size(),
                                             key.bytes().data(), key.bytes().size(), nullptr, kPersonalisation.data());
}

KeyedStream::~KeyedStream() {
    sodium_memzero(key_.data(), key_.size());
    sodium_memzero(buffer_.data(), buffer_.size());
}

void KeyedStream::refill() {
    // The key belongs to this stream alone, so the nonce may be constant. 2^64 blocks are never used up.
    constexpr std::array<std::uint8_t, crypto_stream_chacha20_NONCEBYTES> kNonce{};
    buffer_.fill(0);
    crypto_stream_chacha20_xor_ic(buffer_.data(), buffer_.data(), buffer_.size(), kNonce.data(), next_block_,
                                  key_.data());
    next_block_ += kBlocks;
    used_ = 0;
}

void KeyedStream::fill(std::span<std::uint8_t> bytes) {
    while (!bytes.empty()) {
        if (used_ == buffer_.size())
            refill();
        const std::size_t taken = std::min(bytes.size(), buffer_.size() - used_);
        std::copy_n(buffer_.begin() + static_cast<std::ptrdiff_t>(used_), taken, bytes.begin());
        used_ += taken;
        bytes = bytes.subspan(taken);
    }
}

} // namespace health_dp::core
