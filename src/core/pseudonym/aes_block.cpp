#include "core/pseudonym/aes_block.hpp"

#include <openssl/evp.h>

#include <stdexcept>

namespace health_dp::core::pseudonym {

namespace {

const EVP_CIPHER* cipher_of(std::size_t key_bytes) {
    switch (key_bytes) {
    case 16:
        return EVP_aes_128_ecb();
    case 24:
        return EVP_aes_192_ecb();
    case 32:
        return EVP_aes_256_ecb();
    default:
        return nullptr;
    }
}

} // namespace

void AesBlock::Free::operator()(evp_cipher_ctx_st* context) const { EVP_CIPHER_CTX_free(context); }

Result<AesBlock> AesBlock::create(std::span<const std::uint8_t> key) {
    const EVP_CIPHER* cipher = cipher_of(key.size());
    if (cipher == nullptr)
        return Error{ErrorCode::bad_syntax, "a key of AES has 16, 24 or 32 bytes"};
    Context context(EVP_CIPHER_CTX_new());
    if (context == nullptr || EVP_EncryptInit_ex2(context.get(), cipher, key.data(), nullptr, nullptr) <= 0 ||
        EVP_CIPHER_CTX_set_padding(context.get(), 0) <= 0)
        return Error{ErrorCode::unavailable, "OpenSSL offers no AES"};
    return AesBlock(std::move(context));
}

AesBlock::Block AesBlock::encrypt(const Block& block) const {
    Block encrypted;
    int written = 0;
    // With a context in order this cannot fail; a block that was not encrypted must never pass for one that was.
    if (EVP_EncryptUpdate(context_.get(), encrypted.data(), &written, block.data(), kBytes) <= 0 || written != kBytes)
        throw std::runtime_error("AES does not encrypt");
    return encrypted;
}

} // namespace health_dp::core::pseudonym
