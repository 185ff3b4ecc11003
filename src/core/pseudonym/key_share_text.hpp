// What custodians hold in their hands, and what a server shows them, as printed text (core/pseudonym/printable.hpp).
//
//   HDPS1-...   a share: secret
//   HDPR1-...   the public record of a split key
//   HDPE1-...   the server's key that shares are sealed to: public, but whoever seals makes sure that it is the
//   server's HDPX1-...   a sealed share: only that server opens it
#pragma once

#include "core/pure.hpp"

#include "core/pseudonym/key_shares.hpp"
#include "core/pseudonym/printable.hpp"

namespace health_dp::core::key_shares {

Result<SecretText> print(const Share& share);
Result<Share> read_share(std::string_view text);

Result<SecretText> print(const PublicRecord& record);
Result<PublicRecord> read_record(std::string_view text);

// The key of one server process, made when it starts to take shares and gone with it, so that a sealed share that was
// recorded on its way is worth nothing afterwards.
class SealingKey {
  public:
    static constexpr std::size_t kBytes = 32;
    using Public = std::array<std::uint8_t, kBytes>;

    static Result<SealingKey> generate();

    const Public& public_key() const { return public_key_; }

    // The text of a share that seal() made for this key. corrupted: for another key, or changed on its way.
    Result<Share> open(std::string_view sealed) const;

    // Likewise what seal_bytes() made under this tag, of this size.
    Result<SecretBytes> open_bytes(std::string_view tag, std::string_view sealed, std::size_t size) const;

  private:
    SealingKey(SecretBytes secret, const Public& public_key) : secret_(std::move(secret)), public_key_(public_key) {}

    SecretBytes secret_;
    Public public_key_;
};

Result<SecretText> print(const SealingKey::Public& key);
Result<SealingKey::Public> read_sealing_key(std::string_view text);

Result<SecretText> seal(const Share& share, const SealingKey::Public& key);
Result<SecretText> seal_bytes(std::string_view tag, std::span<const std::uint8_t> bytes, const SealingKey::Public& key);

} // namespace health_dp::core::key_shares
