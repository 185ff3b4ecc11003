#include "core/pseudonym/hash_to_group.hpp"

#include <sodium.h>

#include <algorithm>

namespace health_dp::core {

namespace {

using Digest = std::array<std::uint8_t, crypto_hash_sha512_BYTES>;
constexpr std::size_t kBlockBytes = 128; // what SHA-512 takes at a time

const std::uint8_t* data_of(std::string_view text) {
    return reinterpret_cast<const std::uint8_t*>(text.data()); // bytes of a string are bytes
}

// SHA-512 step by step; what it has seen does not stay behind.
class Sha512 {
  public:
    Sha512() { crypto_hash_sha512_init(&state_); }
    Sha512(const Sha512&) = delete;
    Sha512& operator=(const Sha512&) = delete;
    Sha512(Sha512&&) = delete;
    Sha512& operator=(Sha512&&) = delete;
    ~Sha512() { sodium_memzero(&state_, sizeof state_); }

    Sha512& add(ByteView bytes) {
        crypto_hash_sha512_update(&state_, bytes.data(), bytes.size());
        return *this;
    }
    Sha512& add(std::uint8_t byte) { return add(ByteView(&byte, 1)); }

    // DST_prime of RFC 9380: the domain, then its length.
    Sha512& add_domain(std::string_view domain) {
        return add(ByteView(data_of(domain), domain.size())).add(static_cast<std::uint8_t>(domain.size()));
    }

    Digest digest() {
        Digest digest{};
        crypto_hash_sha512_final(&state_, digest.data());
        return digest;
    }

  private:
    crypto_hash_sha512_state state_{};
};

} // namespace

void expand_message_xmd(ByteView message, std::string_view domain, std::span<std::uint8_t> output) {
    constexpr std::array<std::uint8_t, kBlockBytes> kZeroPad{};
    Digest first = Sha512()
                       .add(kZeroPad)
                       .add(message)
                       .add(static_cast<std::uint8_t>(output.size() >> 8U))
                       .add(static_cast<std::uint8_t>(output.size()))
                       .add(0)
                       .add_domain(domain)
                       .digest();
    Digest block{};
    for (std::uint8_t counter = 1; !output.empty(); ++counter) {
        for (std::size_t i = 0; i < block.size(); ++i)
            block[i] ^= first[i];
        block = Sha512().add(block).add(counter).add_domain(domain).digest();
        const std::size_t taken = std::min(output.size(), block.size());
        std::copy_n(block.begin(), taken, output.begin());
        output = output.subspan(taken);
    }
    sodium_memzero(first.data(), first.size());
    sodium_memzero(block.data(), block.size());
}

Result<ristretto::Element> hash_to_group(ByteView message, std::string_view domain) {
    Digest uniform{};
    expand_message_xmd(message, domain, uniform);
    Result<ristretto::Element> element = ristretto::Element::from_uniform(uniform);
    sodium_memzero(uniform.data(), uniform.size());
    return element;
}

ristretto::Scalar hash_to_scalar(ByteView message, std::string_view domain) {
    Digest uniform{};
    expand_message_xmd(message, domain, uniform);
    ristretto::Scalar scalar = ristretto::Scalar::reduced(uniform);
    sodium_memzero(uniform.data(), uniform.size());
    return scalar;
}

Transcript::~Transcript() { sodium_memzero(bytes_.data(), bytes_.size()); }

Transcript& Transcript::number(std::size_t value) {
    bytes_.push_back(static_cast<std::uint8_t>(value >> 8U));
    bytes_.push_back(static_cast<std::uint8_t>(value));
    return *this;
}

Transcript& Transcript::raw(ByteView bytes) {
    bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
    return *this;
}

Transcript& Transcript::raw(std::string_view text) { return raw(ByteView(data_of(text), text.size())); }

Transcript& Transcript::field(ByteView bytes) { return number(bytes.size()).raw(bytes); }

} // namespace health_dp::core
