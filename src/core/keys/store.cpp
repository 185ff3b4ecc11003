#include "core/keys/store.hpp"

#include "core/keys/store_entry.hpp"

#include <sodium.h>

#include <algorithm>
#include <string_view>

namespace health_dp::core::keys {

namespace {

constexpr std::string_view kMagic = "health_dp keys 2";
constexpr std::string_view kMagicBefore = "health_dp keys 1";
constexpr std::size_t kNonceBytes = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES;
constexpr std::size_t kTagBytes = crypto_aead_xchacha20poly1305_ietf_ABYTES;
static_assert(kKeyBytes == crypto_aead_xchacha20poly1305_ietf_KEYBYTES);

// Places in the file.
constexpr std::size_t kEpochAt = 16;
constexpr std::size_t kRootAt = 24;
constexpr std::size_t kNonceAt = 32;
constexpr std::size_t kCountAt = 56;
constexpr std::size_t kHeaderBytes = 60;
static_assert(kMagic.size() == kEpochAt && kMagicBefore.size() == kEpochAt);

constexpr Error kNoStore{ErrorCode::bad_syntax, "the file is no key store of this version"};
constexpr Error kBadEntry{ErrorCode::bad_syntax, "the key store holds what this version cannot have written"};

// How long the entries of the file are; 0 for what is no key store of ours.
std::size_t entry_bytes_of(FileView file) {
    if (file.size() < kHeaderBytes + kTagBytes)
        return 0;
    if (std::equal(kMagic.begin(), kMagic.end(), file.begin()))
        return entry::kBytes;
    return std::equal(kMagicBefore.begin(), kMagicBefore.end(), file.begin()) ? entry::kBytesBefore : 0;
}

} // namespace

Result<SecretBytes> KeyStore::allocate_entries(std::size_t bytes) {
    if (bytes > kMaxEntries * entry::kBytes)
        return Error{ErrorCode::too_costly, "the key store has no room for another key"};
    Result<SecretBytes> entries = SecretBytes::allocate(bytes);
    if (!entries.ok())
        return entries;
    const auto locked = entries.value().require_locked();
    if (!locked.ok())
        return locked.error();
    return entries;
}

std::size_t KeyStore::count() const { return entries_.has_value() ? entries_->size() / entry::kBytes : 0; }

std::span<const std::uint8_t> KeyStore::entry(std::size_t place) const {
    return std::as_const(*entries_).bytes().subspan(place * entry::kBytes, entry::kBytes);
}

std::span<std::uint8_t> KeyStore::entry(std::size_t place) {
    return entries_->bytes().subspan(place * entry::kBytes, entry::kBytes);
}

std::optional<std::size_t> KeyStore::place_of(const KeyName& name, Place place) const {
    for (std::size_t i = 0; i < count(); ++i)
        if (entry::is_of(entry(i), name) && entry::slot_of(entry(i)) == place.slot &&
            entry::party_of(entry(i)) == place.party)
            return i;
    return std::nullopt;
}

// Of the version's key, or of one of its two: they are made and destroyed together.
std::optional<std::size_t> KeyStore::place_of(const KeyName& name) const {
    const auto whole = place_of(name, {Slot::whole, Party::none});
    return whole.has_value() ? whole : place_of(name, {Slot::first, Party::none});
}

Result<CheckValue> KeyStore::root_of(FileView file) {
    const std::size_t entry_bytes = entry_bytes_of(file);
    if (entry_bytes == 0)
        return kNoStore;
    const std::uint64_t entries = entry::get_number(file.subspan(kCountAt, 4));
    if (entries > kMaxEntries || file.size() != kHeaderBytes + entries * entry_bytes + kTagBytes ||
        entry::get_number(file.subspan(kEpochAt, 8)) == 0)
        return kNoStore;
    CheckValue check{};
    std::ranges::copy(file.subspan(kRootAt, check.size()), check.begin());
    return check;
}

// What format 1 did not have is zero: no slot, no party.
Result<KeyStore> KeyStore::of_file(Epoch epoch, SecretBytes decrypted, std::size_t entry_bytes) {
    KeyStore store(epoch, std::nullopt);
    const std::size_t entries = decrypted.size() / entry_bytes;
    if (entry_bytes == entry::kBytes) {
        store.entries_.emplace(std::move(decrypted));
    } else {
        Result<SecretBytes> longer = allocate_entries(entries * entry::kBytes);
        if (!longer.ok())
            return longer.error();
        store.entries_.emplace(std::move(longer).value());
        for (std::size_t i = 0; i < entries; ++i)
            std::ranges::copy(std::as_const(decrypted).bytes().subspan(i * entry_bytes, entry_bytes),
                              store.entry(i).begin());
    }
    for (std::size_t i = 0; i < entries; ++i)
        if (!entry::is_sound(store.entry(i)))
            return kBadEntry;
    return store;
}

Result<KeyStore> KeyStore::open(FileView file, const RootKey& root) {
    const auto expected = root_of(file);
    if (!expected.ok())
        return expected.error();
    if (expected.value() != root.check())
        return Error{ErrorCode::out_of_range, "the key store is encrypted under another root key"};
    const auto wrapping = root.wrapping_key();
    if (!wrapping.ok())
        return wrapping.error();
    const auto sealed = file.subspan(kHeaderBytes);
    std::optional<SecretBytes> entries;
    if (sealed.size() > kTagBytes) {
        Result<SecretBytes> allocated = allocate_entries(sealed.size() - kTagBytes);
        if (!allocated.ok())
            return allocated.error();
        entries.emplace(std::move(allocated).value());
    }
    std::uint8_t* const target = entries.has_value() ? entries->bytes().data() : nullptr;
    if (crypto_aead_xchacha20poly1305_ietf_decrypt(target, nullptr, nullptr, sealed.data(), sealed.size(), file.data(),
                                                   kHeaderBytes, file.data() + kNonceAt,
                                                   wrapping.value().bytes().data()) != 0)
        return Error{ErrorCode::bad_syntax, "the key store has been changed or damaged"};
    const Epoch epoch = entry::get_number(file.subspan(kEpochAt, 8));
    if (!entries.has_value())
        return KeyStore(epoch, std::nullopt);
    return of_file(epoch, std::move(*entries), entry_bytes_of(file));
}

Result<FileBytes> KeyStore::wrap(const RootKey& root) const {
    const auto wrapping = root.wrapping_key();
    if (!wrapping.ok())
        return wrapping.error();
    const std::size_t body = count() * entry::kBytes;
    FileBytes file(kHeaderBytes + body + kTagBytes);
    const std::span<std::uint8_t> bytes(file);
    std::ranges::copy(kMagic, file.begin());
    entry::put_number(bytes.subspan(kEpochAt, 8), epoch_);
    std::ranges::copy(root.check(), bytes.subspan(kRootAt).begin());
    randombytes_buf(bytes.data() + kNonceAt, kNonceBytes);
    entry::put_number(bytes.subspan(kCountAt, 4), count());
    const std::uint8_t* const source = entries_.has_value() ? entries_->bytes().data() : nullptr;
    crypto_aead_xchacha20poly1305_ietf_encrypt(bytes.data() + kHeaderBytes, nullptr, source, body, bytes.data(),
                                               kHeaderBytes, nullptr, bytes.data() + kNonceAt,
                                               wrapping.value().bytes().data());
    return file;
}

std::size_t KeyStore::live_keys() const {
    std::size_t live = 0;
    for (std::size_t i = 0; i < count(); ++i)
        live += entry::state_of(entry(i)) == KeyState::live && entry::party_of(entry(i)) == Party::none ? 1 : 0;
    return live;
}

std::optional<KeyFacts> KeyStore::find(const KeyName& name) const {
    const auto place = place_of(name);
    return place.has_value() ? std::optional(entry::facts_of(entry(*place))) : std::nullopt;
}

Result<SecretBytes> KeyStore::derive(const KeyName& name, Purpose purpose) const {
    const auto place = place_of(name);
    if (!place.has_value() || entry::state_of(entry(*place)) != KeyState::live)
        return Error{ErrorCode::out_of_range, "the key store does not hold the key"};
    if (entry::slot_of(entry(*place)) == Slot::whole)
        return keys::derive(entry::key_of(entry(*place)), purpose, name.domain.name(), name.version);
    const auto both = slot_keys(name);
    if (!both.has_value())
        return kBadEntry;
    const auto key = version_key(*both, name);
    if (!key.ok())
        return key.error();
    return keys::derive(key.value().bytes().first<kKeyBytes>(), purpose, name.domain.name(), name.version);
}

Result<KeyStore> KeyStore::copy(Epoch epoch, std::size_t more_entries) const {
    const std::size_t entries = count() + more_entries;
    if (entries == 0)
        return KeyStore(epoch, std::nullopt);
    Result<SecretBytes> bytes = allocate_entries(entries * entry::kBytes);
    if (!bytes.ok())
        return bytes.error();
    if (entries_.has_value())
        std::ranges::copy(std::as_const(*entries_).bytes(), bytes.value().bytes().begin());
    return KeyStore(epoch, std::move(bytes).value());
}

// Whether the identifier is another domain's, or its keys are made the other way.
bool KeyStore::is_another_kind(const KeyName& name, bool of_slots) const {
    for (std::size_t i = 0; i < count(); ++i)
        if (entry::id_of(entry(i)) == name.id &&
            (entry::domain_of(entry(i)) != name.domain.name() || (entry::slot_of(entry(i)) != Slot::whole) != of_slots))
            return true;
    return false;
}

Result<KeyStore> KeyStore::with_key(const KeyName& name, Microseconds now) const {
    if (place_of(name).has_value() || is_another_kind(name, false))
        return Error{ErrorCode::out_of_range, "the key store has this version, or its identifier under another "
                                              "name or of slots"};
    Result<KeyStore> changed = copy(epoch_, 1);
    if (!changed.ok())
        return changed;
    const auto added = changed.value().entry(count());
    entry::write(added, name, {Slot::whole, Party::none}, now, epoch_);
    randombytes_buf(entry::key_in(added).data(), kKeyBytes);
    const auto derived = changed.value().derive(name, Purpose::pseudonym);
    if (!derived.ok())
        return derived.error();
    entry::write_check(added, check_value(derived.value().bytes()));
    return changed;
}

Result<KeyStore> KeyStore::without_keys(const KeyId& id, const Versions& versions, Microseconds now) const {
    Result<KeyStore> changed = copy(epoch_ + 1, 0);
    if (!changed.ok())
        return changed;
    for (std::size_t i = 0; i < count(); ++i) {
        const auto entry = changed.value().entry(i);
        if (entry::id_of(entry) == id && versions.test(entry::version_of(entry)) &&
            entry::state_of(entry) == KeyState::live && entry::party_of(entry) == Party::none)
            entry::end(entry, KeyState::destroyed, now, epoch_ + 1);
    }
    return changed;
}

Result<KeyStore> KeyStore::renewed() const { return copy(epoch_ + 1, 0); }

} // namespace health_dp::core::keys
