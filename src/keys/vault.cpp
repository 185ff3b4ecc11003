#include "keys/vault.hpp"

#include <chrono>

#include "keys/providers.hpp"
#include "keys/settings.hpp"
#include "postgres/errors.hpp"

namespace health_dp::keys {

namespace {

using core::keys::KeyState;
using core::keys::KeyStore;
using core::keys::RootKey;

// What the store's code refuses although its file was fine: no memory, no room.
template <class Value>
Value value_of(core::Result<Value> result, int sqlstate = sqlstate::kKeyStore, const char* hint = "") {
    if (!result.ok())
        postgres::throw_sql_error(sqlstate, result.error().message, hint);
    return std::move(result).value();
}

core::keys::Microseconds now() {
    const auto since_1970 = std::chrono::system_clock::now().time_since_epoch();
    return std::chrono::duration_cast<std::chrono::microseconds>(since_1970).count();
}

constexpr const char* kStoreHint =
    "Restore the key store that goes with the root key, or bring the root key that goes with the key store.";

Answer new_answer() {
    Answer answer;
    memset(static_cast<void*>(&answer), 0, sizeof(answer));
    return answer;
}

} // namespace

void Vault::open() {
    try {
        if (!file_.has_value())
            file_.emplace(StoreFile::lock(directory_));
        if (!unsealing_.has_value())
            unsealing_.emplace(value_of(core::keys::Unsealing::begin(), sqlstate::kKeyProvider));
        if (!is_unsealed_by_custodians())
            take_roots(read_roots(provider_));
        else
            phase_ = Phase::sealed;
    } catch (const postgres::SqlError& error) {
        phase_ = Phase::unavailable;
        reason_ = error;
    }
}

// The first of two is the root in use, the second one the next. Once the store has moved to the second, the first is no
// next one: with it, every old copy of the store would open again.
void Vault::take_roots(core::keys::Roots roots) {
    const auto bytes = file_->read();
    if (!bytes.has_value()) {
        root_.emplace(std::move(roots.first));
        next_root_ = std::move(roots.second);
        phase_ = Phase::no_store;
        return;
    }
    const auto expected = value_of(KeyStore::root_of(*bytes), sqlstate::kKeyStore, kStoreHint);
    const bool is_first = roots.first.check() == expected;
    if (!is_first && !(roots.second.has_value() && roots.second->check() == expected))
        postgres::throw_sql_error(sqlstate::kKeyStore, "the key store is encrypted under another root key", kStoreHint);
    RootKey& root = is_first ? roots.first : *roots.second;
    store_.emplace(value_of(KeyStore::open(*bytes, root), sqlstate::kKeyStore, kStoreHint));
    root_.emplace(std::move(root));
    next_root_.reset();
    if (is_first && roots.second.has_value())
        next_root_ = std::move(roots.second);
    phase_ = Phase::open;
}

Status Vault::status() const {
    Status status;
    memset(static_cast<void*>(&status), 0, sizeof(status));
    status.phase = phase_;
    status.reason = reason_;
    status.has_next_root = next_root_.has_value();
    if (root_.has_value())
        status.root = root_->check();
    if (store_.has_value()) {
        status.epoch = store_->epoch();
        status.live_keys = static_cast<int64>(store_->live_keys());
    }
    if (unsealing_.has_value()) {
        status.shares_in = static_cast<int>(unsealing_->shares_in());
        status.shares_needed = static_cast<int>(unsealing_->shares_needed());
        const auto key = unsealing_->public_key();
        if (key.ok() && key.value().view().size() < sizeof(status.public_key))
            memcpy(status.public_key, key.value().view().data(), key.value().view().size());
    }
    return status;
}

Answer Vault::serve(const Question& question, std::span<std::uint8_t> secret) {
    switch (question.task) {
    case Task::derive:
        return derive(question, secret);
    case Task::describe:
        return describe(question);
    case Task::create_store:
        return create_store();
    case Task::add_key:
        return add_key(question);
    case Task::destroy_keys:
        return destroy_keys(question);
    case Task::renew_root:
        return renew_root();
    case Task::enter_share:
        enter_share(question.sealed);
        return new_answer();
    case Task::enter_contribution:
        return enter_contribution(question);
    case Task::withdraw:
        return withdraw(question);
    }
    postgres::throw_sql_error(sqlstate::kKeysUnavailable, "the key keeper does not know this question");
}

// A session asks only when it saw the store open, but that may have been a moment ago, in another keeper's time.
const KeyStore& Vault::store() const {
    if (!store_.has_value())
        postgres::throw_sql_error(sqlstate::kKeysSealed, "the keys are sealed",
                                  "SELECT * FROM health_dp.key_status says what is missing.");
    return *store_;
}

Answer Vault::derive(const Question& question, std::span<std::uint8_t> secret) const {
    const auto facts = store().find(question.key);
    if (!facts.has_value())
        postgres::throw_sql_error(sqlstate::kKeyStore, "the key store does not have this key",
                                  "The key store is older than the database, or another server's: restore the one that "
                                  "goes with it.");
    if (facts->state == KeyState::destroyed)
        postgres::throw_sql_error(sqlstate::kKeyDestroyed, "the key was destroyed",
                                  "Nobody can bring it back. If the catalogue does not say so yet, a custodian calls "
                                  "health_dp.destroy_key() again.");
    const auto key = value_of(store().derive(question.key, question.purpose), sqlstate::kKeysUnavailable);
    std::copy(key.bytes().begin(), key.bytes().end(), secret.begin());
    Answer answer = new_answer();
    answer.facts = *facts;
    return answer;
}

Answer Vault::describe(const Question& question) const {
    Answer answer = new_answer();
    const auto facts = store().find(question.key);
    answer.found = facts.has_value();
    if (facts.has_value())
        answer.facts = *facts;
    answer.epoch = store().epoch();
    return answer;
}

void Vault::write(const KeyStore& store, const RootKey& root) const {
    file_->replace(value_of(store.wrap(root), sqlstate::kKeysUnavailable));
}

// On disk first: what is answered for survives the keeper.
void Vault::keep(KeyStore changed) {
    write(changed, *root_);
    store_.emplace(std::move(changed));
}

Answer Vault::create_store() {
    if (store_.has_value())
        postgres::throw_sql_error(sqlstate::kKeyStore, "there is a key store already",
                                  "SELECT * FROM health_dp.key_status shows it.");
    if (phase_ != Phase::no_store)
        (void)store();
    KeyStore store = KeyStore::empty();
    write(store, *root_);
    store_.emplace(std::move(store));
    phase_ = Phase::open;
    return new_answer();
}

// Asked again after a crash between the store and the catalogue, it gives the key that is there.
Answer Vault::add_key(const Question& question) {
    Answer answer = new_answer();
    auto facts = store().find(question.key);
    if (!facts.has_value()) {
        keep(value_of(store().with_key(question.key, now())));
        facts = store().find(question.key);
    }
    if (facts->state == KeyState::destroyed)
        postgres::throw_sql_error(sqlstate::kKeyDestroyed, "this version was destroyed before",
                                  "The catalogue is older than the key store: restore the backup that goes with it.");
    answer.facts = *facts;
    return answer;
}

Answer Vault::destroy_keys(const Question& question) {
    KeyStore changed = value_of(store().without_keys(question.key.id, question.versions, now()));
    if (changed.live_keys() == store().live_keys()) {
        // Done before, and the catalogue did not hear of it.
        Answer answer = new_answer();
        answer.epoch = store().epoch();
        return answer;
    }
    return move_to_next_root(std::move(changed));
}

Answer Vault::renew_root() { return move_to_next_root(value_of(store().renewed())); }

Answer Vault::move_to_next_root(KeyStore changed) {
    find_next_root();
    Answer answer = new_answer();
    answer.changed = true;
    answer.epoch = changed.epoch();
    answer.old_root = root_->check();
    answer.new_root = next_root_->check();
    write(changed, *next_root_);
    store_.emplace(std::move(changed));
    root_.emplace(std::move(*next_root_));
    next_root_.reset();
    return answer;
}

// Without another root, an old copy of the store would give back what is destroyed in the new one.
void Vault::find_next_root() {
    if (is_unsealed_by_custodians()) {
        if (!next_root_.has_value())
            postgres::throw_sql_error(sqlstate::kRootNotNew, "this needs a new root key",
                                      "Make one with health_dp_keys and have its custodians enter their shares of it: "
                                      "health_dp.enter_share(). Then try again.");
        return;
    }
    core::keys::Roots roots = read_roots(provider_);
    const auto current = root_->check();
    if (roots.first.check() == current && roots.second.has_value())
        next_root_ = std::move(roots.second);
    else if (roots.first.check() != current && !roots.second.has_value())
        next_root_.emplace(std::move(roots.first));
    else
        postgres::throw_sql_error(sqlstate::kRootNotNew, "this needs a new root key",
                                  "Let the key provider give two lines, the root key in use and then a new one; remove "
                                  "the old one for good when this is done.");
}

// Asked again after a crash or ROLLBACK between the store and the catalogue: a version that is made stays as it is, and
// one that waits takes the contribution in place of the one that is not on record.
Answer Vault::enter_contribution(const Question& question) {
    const KeyStore& before = store();
    const auto contribution = unsealing_->open(
        question.sealed, {question.key.domain, question.key.version, question.place.slot, question.organisation});
    if (!contribution.ok())
        postgres::throw_sql_error(
            sqlstate::kBadContribution, contribution.error().message,
            "Make another one with health_dp_keys contribute, for the version, slot and organisation that "
            "health_dp.key_slots names, to what health_dp.unsealing_key() says now.");
    if (!before.find(question.key).has_value()) {
        constexpr const char* kHint = "SELECT * FROM health_dp.key_slots; if the key store is older than the database, "
                                      "withdraw the version: health_dp.withdraw_key_slots().";
        auto changed =
            value_of(before.with_contribution(question.key, question.place,
                                              contribution.value().bytes().first<core::keys::kKeyBytes>(), now()),
                     sqlstate::kKeyStore, kHint);
        if (question.is_last)
            changed = value_of(changed.with_slots(question.key, question.origins, now()), sqlstate::kKeyStore, kHint);
        keep(std::move(changed));
    }
    Answer answer = describe(question);
    if (answer.found && answer.facts.state != KeyState::live)
        postgres::throw_sql_error(sqlstate::kKeyDestroyed, "this version was destroyed before",
                                  "The catalogue is older than the key store: restore the backup that goes with it.");
    const auto check = store().contribution(question.key, question.place);
    if (!check.has_value())
        postgres::throw_sql_error(sqlstate::kKeyStore, "the key store made this version of other contributions",
                                  "The database and the key store do not go together.");
    answer.contribution = *check;
    if (const auto slots = store().slot_checks(question.key); slots.has_value())
        answer.slots = *slots;
    return answer;
}

// No root key changes: with contributions that never made a key, nothing was ever computed.
Answer Vault::withdraw(const Question& question) {
    keep(value_of(
        store().without_contributions(question.key, now()), sqlstate::kKeyStore,
        "Whoever is still missing in the catalogue enters a contribution once more; the key is there and stays "
        "as it is."));
    return new_answer();
}

void Vault::enter_share(const char* sealed) {
    if (!is_unsealed_by_custodians() || !unsealing_.has_value())
        postgres::throw_sql_error(sqlstate::kBadShare, "the root key of this server is not made of shares",
                                  "health_dp.key_provider says where it comes from.");
    auto root = unsealing_->enter(sealed);
    if (!root.ok())
        postgres::throw_sql_error(
            sqlstate::kBadShare, root.error().message,
            "Seal the share anew with health_dp_keys, to what health_dp.unsealing_key() says now.");
    if (!root.value().has_value())
        return;
    if (!store_.has_value())
        take_roots({std::move(*root.value()), std::nullopt});
    else if (root.value()->check() != root_->check())
        next_root_ = std::move(root.value());
}

} // namespace health_dp::keys
