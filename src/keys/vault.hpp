// What the keeper holds: the root key, the key store, and on the way to them what custodians bring. Lives in the keeper
// alone.
#pragma once

#include "core/keys/provider.hpp"
#include "core/keys/root_text.hpp"
#include "core/keys/unsealing.hpp"

#include "keys/mailbox.hpp"
#include "keys/store_file.hpp"

namespace health_dp::keys {

class Vault {
  public:
    Vault(core::keys::Provider provider, std::string directory)
        : provider_(std::move(provider)), directory_(std::move(directory)) {}

    // Gets the root key where nobody has to bring it, and opens the store; what goes wrong is in the status.
    void open();

    // What to publish; without pointers, and without secrets.
    Status status() const;

    // A refusal is thrown as postgres::SqlError; the store is then as it was. `secret` takes a derived key.
    Answer serve(const Question& question, std::span<std::uint8_t> secret);

  private:
    bool is_unsealed_by_custodians() const { return provider_.kind == core::keys::Provider::Kind::custodians; }
    void take_roots(core::keys::Roots roots);
    void enter_share(const char* sealed);
    void find_next_root();
    void write(const core::keys::KeyStore& store, const core::keys::RootKey& root) const;
    void keep(core::keys::KeyStore changed);
    const core::keys::KeyStore& store() const;

    Answer derive(const Question& question, std::span<std::uint8_t> secret) const;
    Answer describe(const Question& question) const;
    Answer create_store();
    Answer add_key(const Question& question);
    Answer destroy_keys(const Question& question);
    Answer renew_root();
    Answer enter_contribution(const Question& question);
    Answer withdraw(const Question& question);
    Answer move_to_next_root(core::keys::KeyStore store);

    core::keys::Provider provider_;
    std::string directory_;
    std::optional<StoreFile> file_;
    std::optional<core::keys::Unsealing> unsealing_;
    std::optional<core::keys::RootKey> root_;
    std::optional<core::keys::RootKey> next_root_;
    std::optional<core::keys::KeyStore> store_;
    Phase phase_ = Phase::starting;
    postgres::SqlError reason_{};
};

} // namespace health_dp::keys
