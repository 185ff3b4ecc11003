// OpenSSL 3 calls its SHA256_ functions deprecated and has nothing else that starts from a remembered state without
// allocating memory or copying through two layers. For 17 bytes, on one core with SHA-NI: SHA256_Transform twice 107
// ns; SHA256_Update and SHA256_Final 158; EVP_MD_CTX_copy_ex from two prepared contexts 249; EVP_MAC_init without a key
// 254; libsodium, which has no SHA-NI, 422; EVP_MAC_CTX_dup 704; HMAC() 1127. All of OpenSSL's run the same assembly
// code.
#define OPENSSL_SUPPRESS_DEPRECATED

#include "core/pseudonym/hmac.hpp"

#include <openssl/crypto.h>
#include <openssl/sha.h>

#include <algorithm>
#include <bit>
#include <cstring>
#include <iterator>
#include <new>

namespace health_dp::core::pseudonym {

namespace {

struct States {
    SHA256_CTX inner;
    SHA256_CTX outer;
};

constexpr std::uint8_t kInnerPad = 0x36;
constexpr std::uint8_t kOuterPad = 0x5C;

void absorb_padded(SHA256_CTX& state, std::span<const std::uint8_t, SHA256_CBLOCK> key, std::uint8_t pad) {
    std::array<std::uint8_t, SHA256_CBLOCK> block{};
    std::transform(key.begin(), key.end(), block.begin(),
                   [pad](std::uint8_t byte) { return static_cast<std::uint8_t>(byte ^ pad); });
    SHA256_Init(&state);
    SHA256_Update(&state, block.data(), block.size());
    OPENSSL_cleanse(block.data(), block.size());
}

// What fits one block of SHA-256 with the padding of FIPS 180-4 behind it.
constexpr std::size_t kMaxPadded = SHA256_CBLOCK - 1 - sizeof(std::uint64_t);

// The last block of a message that began with one of the keyed blocks. The message itself is all that OpenSSL's
// buffering would do for us, and it takes as long as both compressions.
void compress_padded(SHA256_CTX& state, std::span<const std::uint8_t> message) {
    std::array<std::uint8_t, SHA256_CBLOCK> block{};
    *std::ranges::copy(message, block.begin()).out = 0x80;
    const std::size_t bits = (SHA256_CBLOCK + message.size()) * 8; // fits two bytes
    block[SHA256_CBLOCK - 2] = static_cast<std::uint8_t>(bits >> 8U);
    block[SHA256_CBLOCK - 1] = static_cast<std::uint8_t>(bits);
    SHA256_Transform(&state, block.data());
}

HmacSha256::Digest digest_of(const SHA256_CTX& state) {
    HmacSha256::Digest digest;
    static_assert(sizeof state.h == sizeof digest);
    for (std::size_t i = 0; i < std::size(state.h); ++i) {
        const SHA_LONG big_endian =
            std::endian::native == std::endian::little ? __builtin_bswap32(state.h[i]) : state.h[i];
        std::memcpy(digest.data() + i * sizeof big_endian, &big_endian, sizeof big_endian);
    }
    return digest;
}

const States& states_in(std::span<const std::uint8_t> memory) {
    return *std::launder(reinterpret_cast<const States*>(memory.data()));
}

} // namespace

Result<HmacSha256> HmacSha256::create(std::span<const std::uint8_t> key) {
    auto padded = SecretBytes::allocate(SHA256_CBLOCK);
    if (!padded.ok())
        return padded.error();
    auto memory = SecretBytes::allocate(sizeof(States));
    if (!memory.ok())
        return memory.error();
    if (key.size() > SHA256_CBLOCK)
        SHA256(key.data(), key.size(), padded.value().bytes().data());
    else
        std::ranges::copy(key, padded.value().bytes().begin());
    // libsodium aligns what it allocates by the size, a multiple of the type's alignment.
    auto* states = new (memory.value().bytes().data()) States{};
    const std::span<const std::uint8_t, SHA256_CBLOCK> block(padded.value().bytes().data(), SHA256_CBLOCK);
    absorb_padded(states->inner, block, kInnerPad);
    absorb_padded(states->outer, block, kOuterPad);
    return HmacSha256(std::move(memory).value());
}

HmacSha256::Digest HmacSha256::digest(std::span<const std::uint8_t> message) const {
    const States& states = states_in(states_.bytes());
    SHA256_CTX state = states.inner;
    Digest inner_digest;
    if (message.size() <= kMaxPadded) {
        compress_padded(state, message);
        inner_digest = digest_of(state);
    } else {
        SHA256_Update(&state, message.data(), message.size());
        SHA256_Final(inner_digest.data(), &state);
    }
    state = states.outer;
    compress_padded(state, inner_digest);
    return digest_of(state);
}

} // namespace health_dp::core::pseudonym
