#include "core/pseudonym/siv.hpp"

#include <openssl/evp.h>

#include <algorithm>
#include <array>

namespace health_dp::core::pseudonym {

namespace {

constexpr Error kUnavailable = {ErrorCode::unavailable, "OpenSSL offers no AES-SIV"};
constexpr Error kNotAuthentic = {ErrorCode::unauthentic, "the sealed value does not open"};
constexpr Error kInput = {ErrorCode::out_of_range, "what is to be sealed, and its context, hold 1 byte to 1 GB"};

const char* cipher_name(std::size_t key_bytes) {
    switch (key_bytes) {
    case 32:
        return "AES-128-SIV";
    case 48:
        return "AES-192-SIV";
    case 64:
        return "AES-256-SIV";
    default:
        return nullptr;
    }
}

bool acceptable(Bytes bytes) { return !bytes.empty() && bytes.size() <= AesSiv::kMaxTextBytes; }

bool acceptable(std::span<const Bytes> associated) {
    return associated.size() <= AesSiv::kMaxAssociated &&
           std::ranges::all_of(associated, [](Bytes bytes) { return acceptable(bytes); });
}

bool absorb(EVP_CIPHER_CTX* context, std::span<const Bytes> associated) {
    int written = 0;
    return std::ranges::all_of(associated, [&](Bytes bytes) {
        return EVP_CipherUpdate(context, nullptr, &written, bytes.data(), static_cast<int>(bytes.size())) > 0;
    });
}

} // namespace

void AesSiv::Free::operator()(evp_cipher_st* cipher) const { EVP_CIPHER_free(cipher); }
void AesSiv::Free::operator()(evp_cipher_ctx_st* context) const { EVP_CIPHER_CTX_free(context); }

Result<AesSiv> AesSiv::create(Bytes key) {
    const char* name = cipher_name(key.size());
    if (name == nullptr)
        return Error{ErrorCode::bad_syntax, "a key of AES-SIV has 32, 48 or 64 bytes"};
    std::unique_ptr<evp_cipher_st, Free> cipher(EVP_CIPHER_fetch(nullptr, name, nullptr));
    if (cipher == nullptr)
        return kUnavailable;
    auto copy = SecretBytes::copy_of(key);
    if (!copy.ok())
        return copy.error();
    return AesSiv(std::move(cipher), std::move(copy).value());
}

// OpenSSL 3.0's contexts of this mode work once, and only setting the key makes them work again.
AesSiv::Context AesSiv::context(bool sealing) const {
    Context context(EVP_CIPHER_CTX_new());
    if (context != nullptr &&
        EVP_CipherInit_ex2(context.get(), cipher_.get(), key_.bytes().data(), nullptr, sealing ? 1 : 0, nullptr) <= 0)
        context.reset();
    return context;
}

Result<std::vector<std::uint8_t>> AesSiv::seal(std::span<const Bytes> associated, Bytes plaintext) const {
    if (!acceptable(associated) || !acceptable(plaintext))
        return kInput;
    const Context context = this->context(true);
    if (context == nullptr)
        return kUnavailable;
    std::vector<std::uint8_t> sealed(kTagBytes + plaintext.size());
    int written = 0;
    if (!absorb(context.get(), associated) ||
        EVP_CipherUpdate(context.get(), sealed.data() + kTagBytes, &written, plaintext.data(),
                         static_cast<int>(plaintext.size())) <= 0 ||
        EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_AEAD_GET_TAG, kTagBytes, sealed.data()) <= 0)
        return kUnavailable;
    return sealed;
}

Result<std::vector<std::uint8_t>> AesSiv::open(std::span<const Bytes> associated, Bytes sealed) const {
    if (!acceptable(associated) || sealed.size() <= kTagBytes || sealed.size() > kTagBytes + kMaxTextBytes)
        return kNotAuthentic;
    const Context context = this->context(false);
    if (context == nullptr)
        return kUnavailable;
    std::array<std::uint8_t, kTagBytes> tag{};
    std::copy_n(sealed.begin(), kTagBytes, tag.begin());
    const Bytes ciphertext = sealed.subspan(kTagBytes);
    std::vector<std::uint8_t> plaintext(ciphertext.size());
    int written = 0;
    if (EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_AEAD_SET_TAG, kTagBytes, tag.data()) <= 0 ||
        !absorb(context.get(), associated) ||
        EVP_CipherUpdate(context.get(), plaintext.data(), &written, ciphertext.data(),
                         static_cast<int>(ciphertext.size())) <= 0)
        return kNotAuthentic;
    return plaintext;
}

} // namespace health_dp::core::pseudonym
