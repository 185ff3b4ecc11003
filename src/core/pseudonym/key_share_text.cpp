#include "core/pseudonym/key_share_text.hpp"

#include <sodium.h>

#include <algorithm>
#include <vector>

namespace health_dp::core::key_shares {

namespace {

constexpr std::string_view kShareTag = "HDPS1";
constexpr std::string_view kRecordTag = "HDPR1";
constexpr std::string_view kSealingKeyTag = "HDPE1";
constexpr std::string_view kSealedTag = "HDPX1";

static_assert(SealingKey::kBytes == crypto_box_PUBLICKEYBYTES);

constexpr Error kOtherLength = {ErrorCode::bad_syntax, "characters of the text are missing, or too many"};
constexpr Error kNotSealed = {ErrorCode::corrupted, "it was sealed to another key, or changed afterwards"};
constexpr Error kWeakKey = {ErrorCode::bad_element, "nothing can be sealed to this key"};

// Printed bytes of this length.
Result<SecretBytes> read_sized(std::string_view tag, std::string_view text, std::size_t size) {
    Result<SecretBytes> bytes = read_printed(tag, text);
    if (bytes.ok() && bytes.value().size() != size)
        return kOtherLength;
    return bytes;
}

} // namespace

Result<SecretText> print(const Share& share) { return print_bytes(kShareTag, share.bytes()); }

Result<Share> read_share(std::string_view text) {
    const Result<SecretBytes> bytes = read_sized(kShareTag, text, Share::kBytes);
    if (!bytes.ok())
        return bytes.error();
    return Share::parse(bytes.value().bytes().first<Share::kBytes>());
}

Result<SecretText> print(const PublicRecord& record) { return print_bytes(kRecordTag, record.bytes()); }

Result<PublicRecord> read_record(std::string_view text) {
    const Result<SecretBytes> bytes = read_printed(kRecordTag, text);
    if (!bytes.ok())
        return bytes.error();
    return PublicRecord::parse(bytes.value().bytes());
}

Result<SealingKey> SealingKey::generate() {
    Result<SecretBytes> secret = SecretBytes::allocate(crypto_box_SECRETKEYBYTES);
    if (!secret.ok())
        return secret.error();
    Public public_key{};
    crypto_box_keypair(public_key.data(), secret.value().bytes().data());
    return SealingKey(std::move(secret).value(), public_key);
}

Result<SecretBytes> SealingKey::open_bytes(std::string_view tag, std::string_view sealed, std::size_t size) const {
    const Result<SecretBytes> bytes = read_sized(tag, sealed, size + crypto_box_SEALBYTES);
    if (!bytes.ok())
        return bytes.error();
    Result<SecretBytes> opened = SecretBytes::allocate(size);
    if (!opened.ok())
        return opened;
    if (crypto_box_seal_open(opened.value().bytes().data(), bytes.value().bytes().data(), bytes.value().size(),
                             public_key_.data(), secret_.bytes().data()) != 0)
        return kNotSealed;
    return opened;
}

Result<Share> SealingKey::open(std::string_view sealed) const {
    const Result<SecretBytes> opened = open_bytes(kSealedTag, sealed, Share::kBytes);
    if (!opened.ok())
        return opened.error();
    return Share::parse(opened.value().bytes().first<Share::kBytes>());
}

Result<SecretText> print(const SealingKey::Public& key) { return print_bytes(kSealingKeyTag, key); }

Result<SealingKey::Public> read_sealing_key(std::string_view text) {
    const Result<SecretBytes> bytes = read_sized(kSealingKeyTag, text, SealingKey::kBytes);
    if (!bytes.ok())
        return bytes.error();
    SealingKey::Public key{};
    std::ranges::copy(bytes.value().bytes(), key.begin());
    return key;
}

Result<SecretText> seal_bytes(std::string_view tag, std::span<const std::uint8_t> bytes,
                              const SealingKey::Public& key) {
    const auto started = start_cryptography();
    if (!started.ok())
        return started.error();
    std::vector<std::uint8_t> sealed(bytes.size() + crypto_box_SEALBYTES);
    if (crypto_box_seal(sealed.data(), bytes.data(), bytes.size(), key.data()) != 0)
        return kWeakKey;
    return print_bytes(tag, sealed);
}

Result<SecretText> seal(const Share& share, const SealingKey::Public& key) {
    return seal_bytes(kSealedTag, share.bytes(), key);
}

} // namespace health_dp::core::key_shares
