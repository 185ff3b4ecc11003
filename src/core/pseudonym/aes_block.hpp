// AES of one block, which the modes that OpenSSL lacks are built from.
#pragma once

#include "core/pure.hpp"

#include "core/result.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

struct evp_cipher_ctx_st;

namespace health_dp::core::pseudonym {

// OpenSSL keeps the expanded key in memory of its own, which it wipes when this ends.
class AesBlock {
  public:
    static constexpr std::size_t kBytes = 16;
    using Block = std::array<std::uint8_t, kBytes>;

    // 16, 24 or 32 bytes. bad_syntax otherwise.
    static Result<AesBlock> create(std::span<const std::uint8_t> key);

    Block encrypt(const Block& block) const;

  private:
    struct Free {
        void operator()(evp_cipher_ctx_st* context) const;
    };
    using Context = std::unique_ptr<evp_cipher_ctx_st, Free>;

    explicit AesBlock(Context context) : context_(std::move(context)) {}

    Context context_;
};

} // namespace health_dp::core::pseudonym
