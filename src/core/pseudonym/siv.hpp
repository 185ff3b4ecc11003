// AES-SIV (RFC 5297), OpenSSL's: encryption that needs no nonce. The same text under the same key and associated data
// is the same sealed text, so sealed columns still join; nothing else shows.
#pragma once

#include "core/pure.hpp"

#include "core/result.hpp"
#include "core/secret_bytes.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

struct evp_cipher_st;
struct evp_cipher_ctx_st;

namespace health_dp::core::pseudonym {

using Bytes = std::span<const std::uint8_t>;

class AesSiv {
  public:
    static constexpr std::size_t kTagBytes = 16;
    static constexpr std::size_t kMaxAssociated = 126; // RFC 5297, section 7: one of 127 strings is the plaintext
    static constexpr std::size_t kMaxTextBytes = std::size_t{1} << 30U;

    // 32, 48 or 64 bytes: two keys of AES-128, AES-192 or AES-256. bad_syntax otherwise.
    static Result<AesSiv> create(Bytes key);

    // The tag and then as many bytes as the plaintext has. The plaintext and each string of associated data hold at
    // least one byte: OpenSSL would silently skip an empty one, and so take two contexts for one.
    Result<std::vector<std::uint8_t>> seal(std::span<const Bytes> associated, Bytes plaintext) const;

    // unauthentic for anything else than what seal() made with this key and these strings, whatever is wrong.
    Result<std::vector<std::uint8_t>> open(std::span<const Bytes> associated, Bytes sealed) const;

  private:
    struct Free {
        void operator()(evp_cipher_st* cipher) const;
        void operator()(evp_cipher_ctx_st* context) const;
    };
    using Context = std::unique_ptr<evp_cipher_ctx_st, Free>;

    AesSiv(std::unique_ptr<evp_cipher_st, Free> cipher, SecretBytes key)
        : cipher_(std::move(cipher)), key_(std::move(key)) {}
    Context context(bool sealing) const;

    std::unique_ptr<evp_cipher_st, Free> cipher_;
    SecretBytes key_;
};

} // namespace health_dp::core::pseudonym
