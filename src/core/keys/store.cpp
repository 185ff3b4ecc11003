#include "core/keys/store.hpp"

#include <sodium.h>

#include <algorithm>
#include <cstring>
#include <string_view>

namespace health_dp::core::keys {

namespace {

constexpr std::string_view kMagic = "health_dp keys 1";
constexpr std::size_t kNonceBytes = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES;
constexpr std::size_t kTagBytes = crypto_aead_xchacha20poly1305_ietf_ABYTES;
static_assert(kKeyBytes == crypto_aead_xchacha20poly1305_ietf_KEYBYTES);

// Places in the file and in an entry.
constexpr std::size_t kEpochAt = 16;
constexpr std::size_t kRootAt = 24;
constexpr std::size_t kNonceAt = 32;
constexpr std::size_t kCountAt = 56;
constexpr std::size_t kHeaderBytes = 60;
constexpr std::size_t kIdAt = 1;
constexpr std::size_t kDomainAt = 17;
constexpr std::size_t kVersionAt = 81;
constexpr std::size_t kCreatedAt = 82;
constexpr std::size_t kDestroyedAt = 90;
constexpr std::size_t kEntryEpochAt = 98;
constexpr std::size_t kCheckAt = 106;
constexpr std::size_t kKeyAt = 114;
constexpr std::size_t kEntryBytes = 146;
static_assert(kMagic.size() == kEpochAt && kKeyAt + kKeyBytes == kEntryBytes);

constexpr Error kNoStore{ErrorCode::bad_syntax, "the file is no key store of this version"};
constexpr Error kBadEntry{ErrorCode::bad_syntax, "the key store holds what this version cannot have written"};

void put_number(std::span<std::uint8_t> target, std::uint64_t value) {
    for (std::size_t i = target.size(); i-- > 0; value >>= 8U)
        target[i] = static_cast<std::uint8_t>(value);
}

std::uint64_t get_number(std::span<const std::uint8_t> source) {
    std::uint64_t value = 0;
    for (const std::uint8_t byte : source)
        value = value << 8U | byte;
    return value;
}

template <class Array>
Array get_array(std::span<const std::uint8_t> source, std::size_t at) {
    Array array{};
    std::copy_n(source.begin() + static_cast<std::ptrdiff_t>(at), array.size(), array.begin());
    return array;
}

KeyState state_of(std::span<const std::uint8_t> entry) { return static_cast<KeyState>(entry[0]); }

std::string_view domain_of(std::span<const std::uint8_t> entry) {
    const char* name = reinterpret_cast<const char*>(entry.data() + kDomainAt);
    return {name, static_cast<std::size_t>(std::find(name, name + Domain::kBytes, '\0') - name)};
}

KeyFacts facts_of(std::span<const std::uint8_t> entry) {
    return {state_of(entry), static_cast<Microseconds>(get_number(entry.subspan(kCreatedAt, 8))),
            static_cast<Microseconds>(get_number(entry.subspan(kDestroyedAt, 8))),
            get_number(entry.subspan(kEntryEpochAt, 8)), get_array<CheckValue>(entry, kCheckAt)};
}

Result<SecretBytes> derive_from(std::span<const std::uint8_t> entry, Purpose purpose) {
    return derive(entry.subspan<kKeyAt, kKeyBytes>(), purpose, domain_of(entry), entry[kVersionAt]);
}

bool is_sound(std::span<const std::uint8_t> entry) {
    const auto domain = Domain::parse(domain_of(entry));
    const auto key = entry.subspan(kKeyAt, kKeyBytes);
    const bool has_key = sodium_is_zero(key.data(), key.size()) == 0;
    const KeyState state = state_of(entry);
    return (state == KeyState::live || state == KeyState::destroyed) && has_key == (state == KeyState::live) &&
           entry[kVersionAt] > 0 && domain.ok() &&
           std::memcmp(domain.value().bytes().data(), entry.data() + kDomainAt, Domain::kBytes) == 0;
}

} // namespace

Result<SecretBytes> KeyStore::allocate_entries(std::size_t bytes) {
    if (bytes > kMaxEntries * kEntryBytes)
        return Error{ErrorCode::too_costly, "the key store has no room for another key"};
    Result<SecretBytes> entries = SecretBytes::allocate(bytes);
    if (!entries.ok())
        return entries;
    const auto locked = entries.value().require_locked();
    if (!locked.ok())
        return locked.error();
    return entries;
}

std::size_t KeyStore::count() const { return entries_.has_value() ? entries_->size() / kEntryBytes : 0; }

std::span<const std::uint8_t> KeyStore::entry(std::size_t place) const {
    return std::as_const(*entries_).bytes().subspan(place * kEntryBytes, kEntryBytes);
}

std::optional<std::size_t> KeyStore::place_of(const KeyName& name) const {
    for (std::size_t i = 0; i < count(); ++i)
        if (entry(i)[kVersionAt] == name.version && get_array<KeyId>(entry(i), kIdAt) == name.id)
            return domain_of(entry(i)) == name.domain.name() ? std::optional(i) : std::nullopt;
    return std::nullopt;
}

Result<CheckValue> KeyStore::root_of(FileView file) {
    if (file.size() < kHeaderBytes + kTagBytes || !std::equal(kMagic.begin(), kMagic.end(), file.begin()))
        return kNoStore;
    const std::uint64_t entries = get_number(file.subspan(kCountAt, 4));
    if (entries > kMaxEntries || file.size() != kHeaderBytes + entries * kEntryBytes + kTagBytes ||
        get_number(file.subspan(kEpochAt, 8)) == 0)
        return kNoStore;
    return get_array<CheckValue>(file, kRootAt);
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
    KeyStore store(get_number(file.subspan(kEpochAt, 8)), std::nullopt);
    const auto sealed = file.subspan(kHeaderBytes);
    if (sealed.size() > kTagBytes) {
        Result<SecretBytes> entries = allocate_entries(sealed.size() - kTagBytes);
        if (!entries.ok())
            return entries.error();
        store.entries_.emplace(std::move(entries).value());
    }
    std::uint8_t* const target = store.entries_.has_value() ? store.entries_->bytes().data() : nullptr;
    if (crypto_aead_xchacha20poly1305_ietf_decrypt(target, nullptr, nullptr, sealed.data(), sealed.size(), file.data(),
                                                   kHeaderBytes, file.data() + kNonceAt,
                                                   wrapping.value().bytes().data()) != 0)
        return Error{ErrorCode::bad_syntax, "the key store has been changed or damaged"};
    for (std::size_t i = 0; i < store.count(); ++i)
        if (!is_sound(store.entry(i)))
            return kBadEntry;
    return store;
}

Result<FileBytes> KeyStore::wrap(const RootKey& root) const {
    const auto wrapping = root.wrapping_key();
    if (!wrapping.ok())
        return wrapping.error();
    const std::size_t body = count() * kEntryBytes;
    FileBytes file(kHeaderBytes + body + kTagBytes);
    const std::span<std::uint8_t> bytes(file);
    std::ranges::copy(kMagic, file.begin());
    put_number(bytes.subspan(kEpochAt, 8), epoch_);
    std::ranges::copy(root.check(), bytes.subspan(kRootAt).begin());
    randombytes_buf(bytes.data() + kNonceAt, kNonceBytes);
    put_number(bytes.subspan(kCountAt, 4), count());
    const std::uint8_t* const source = entries_.has_value() ? entries_->bytes().data() : nullptr;
    crypto_aead_xchacha20poly1305_ietf_encrypt(bytes.data() + kHeaderBytes, nullptr, source, body, bytes.data(),
                                               kHeaderBytes, nullptr, bytes.data() + kNonceAt,
                                               wrapping.value().bytes().data());
    return file;
}

std::size_t KeyStore::live_keys() const {
    std::size_t live = 0;
    for (std::size_t i = 0; i < count(); ++i)
        live += state_of(entry(i)) == KeyState::live ? 1 : 0;
    return live;
}

std::optional<KeyFacts> KeyStore::find(const KeyName& name) const {
    const auto place = place_of(name);
    return place.has_value() ? std::optional(facts_of(entry(*place))) : std::nullopt;
}

Result<SecretBytes> KeyStore::derive(const KeyName& name, Purpose purpose) const {
    const auto place = place_of(name);
    if (!place.has_value() || state_of(entry(*place)) != KeyState::live)
        return Error{ErrorCode::out_of_range, "the key store does not hold the key"};
    return derive_from(entry(*place), purpose);
}

Result<KeyStore> KeyStore::copy(Epoch epoch, std::size_t more_bytes) const {
    const std::size_t size = count() * kEntryBytes;
    if (size + more_bytes == 0)
        return KeyStore(epoch, std::nullopt);
    Result<SecretBytes> entries = allocate_entries(size + more_bytes);
    if (!entries.ok())
        return entries.error();
    if (entries_.has_value())
        std::ranges::copy(std::as_const(*entries_).bytes(), entries.value().bytes().begin());
    return KeyStore(epoch, std::move(entries).value());
}

Result<KeyStore> KeyStore::with_key(const KeyName& name, Microseconds now) const {
    for (std::size_t i = 0; i < count(); ++i)
        if (get_array<KeyId>(entry(i), kIdAt) == name.id &&
            (entry(i)[kVersionAt] == name.version || domain_of(entry(i)) != name.domain.name()))
            return Error{ErrorCode::out_of_range, "the key store has this version, or its identifier under another "
                                                  "name"};
    Result<KeyStore> changed = copy(epoch_, kEntryBytes);
    if (!changed.ok())
        return changed;
    const auto added = changed.value().entries_->bytes().last(kEntryBytes);
    added[0] = static_cast<std::uint8_t>(KeyState::live);
    std::ranges::copy(name.id, added.begin() + kIdAt);
    std::ranges::copy(name.domain.bytes(), added.begin() + kDomainAt);
    added[kVersionAt] = name.version;
    put_number(added.subspan(kCreatedAt, 8), static_cast<std::uint64_t>(now));
    put_number(added.subspan(kEntryEpochAt, 8), epoch_);
    randombytes_buf(added.data() + kKeyAt, kKeyBytes);
    const auto derived = derive_from(added, Purpose::pseudonym);
    if (!derived.ok())
        return derived.error();
    std::ranges::copy(check_value(derived.value().bytes()), added.begin() + kCheckAt);
    return changed;
}

Result<KeyStore> KeyStore::without_keys(const KeyId& id, const Versions& versions, Microseconds now) const {
    Result<KeyStore> changed = copy(epoch_ + 1, 0);
    if (!changed.ok())
        return changed;
    for (std::size_t i = 0; i < count(); ++i) {
        const auto entry = changed.value().entries_->bytes().subspan(i * kEntryBytes, kEntryBytes);
        if (get_array<KeyId>(entry, kIdAt) != id || !versions.test(entry[kVersionAt]) ||
            state_of(entry) != KeyState::live)
            continue;
        entry[0] = static_cast<std::uint8_t>(KeyState::destroyed);
        put_number(entry.subspan(kDestroyedAt, 8), static_cast<std::uint64_t>(now));
        put_number(entry.subspan(kEntryEpochAt, 8), epoch_ + 1);
        sodium_memzero(entry.data() + kKeyAt, kKeyBytes);
    }
    return changed;
}

Result<KeyStore> KeyStore::renewed() const { return copy(epoch_ + 1, 0); }

} // namespace health_dp::core::keys
