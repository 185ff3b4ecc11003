#include "core/keys/store_entry.hpp"

#include <sodium.h>

#include <algorithm>
#include <cstring>

namespace health_dp::core::keys::entry {

namespace {

constexpr std::size_t kIdAt = 1;
constexpr std::size_t kDomainAt = 17;
constexpr std::size_t kVersionAt = 81;
constexpr std::size_t kCreatedAt = 82;
constexpr std::size_t kEndedAt = 90;
constexpr std::size_t kEpochAt = 98;
constexpr std::size_t kCheckAt = 106;
constexpr std::size_t kKeyAt = 114;
constexpr std::size_t kSlotAt = 146;
constexpr std::size_t kPartyAt = 147;
static_assert(kKeyAt + kKeyBytes == kBytesBefore && kSlotAt == kBytesBefore && kPartyAt + 1 == kBytes);

template <class Array>
Array get_array(View source, std::size_t at) {
    Array array{};
    std::copy_n(source.begin() + static_cast<std::ptrdiff_t>(at), array.size(), array.begin());
    return array;
}

} // namespace

void put_number(Target target, std::uint64_t value) {
    for (std::size_t i = target.size(); i-- > 0; value >>= 8U)
        target[i] = static_cast<std::uint8_t>(value);
}

std::uint64_t get_number(View source) {
    std::uint64_t value = 0;
    for (const std::uint8_t byte : source)
        value = value << 8U | byte;
    return value;
}

bool is_sound(View entry) {
    const auto domain = Domain::parse(domain_of(entry));
    const KeyView key = key_of(entry);
    const bool has_key = sodium_is_zero(key.data(), key.size()) == 0;
    const KeyState state = state_of(entry);
    const bool is_part = party_of(entry) != Party::none;
    return (state == KeyState::live || state == KeyState::destroyed || (state == KeyState::used && is_part)) &&
           has_key == (state == KeyState::live) && slot_of(entry) <= Slot::second && party_of(entry) <= Party::second &&
           !(is_part && slot_of(entry) == Slot::whole) && version_of(entry) > 0 && domain.ok() &&
           std::memcmp(domain.value().bytes().data(), entry.data() + kDomainAt, Domain::kBytes) == 0;
}

KeyState state_of(View entry) { return static_cast<KeyState>(entry[0]); }

KeyId id_of(View entry) { return get_array<KeyId>(entry, kIdAt); }

std::string_view domain_of(View entry) {
    const char* name = reinterpret_cast<const char*>(entry.data() + kDomainAt);
    return {name, static_cast<std::size_t>(std::find(name, name + Domain::kBytes, '\0') - name)};
}

Version version_of(View entry) { return entry[kVersionAt]; }

Slot slot_of(View entry) { return static_cast<Slot>(entry[kSlotAt]); }

Party party_of(View entry) { return static_cast<Party>(entry[kPartyAt]); }

KeyFacts facts_of(View entry) {
    return {state_of(entry), static_cast<Microseconds>(get_number(entry.subspan(kCreatedAt, 8))),
            static_cast<Microseconds>(get_number(entry.subspan(kEndedAt, 8))), get_number(entry.subspan(kEpochAt, 8)),
            get_array<CheckValue>(entry, kCheckAt)};
}

KeyView key_of(View entry) { return entry.subspan<kKeyAt, kKeyBytes>(); }

Target key_in(Target entry) { return entry.subspan(kKeyAt, kKeyBytes); }

void write(Target entry, const KeyName& name, Place place, Microseconds now, Epoch epoch) {
    entry[0] = static_cast<std::uint8_t>(KeyState::live);
    std::ranges::copy(name.id, entry.begin() + kIdAt);
    std::ranges::copy(name.domain.bytes(), entry.begin() + kDomainAt);
    entry[kVersionAt] = name.version;
    put_number(entry.subspan(kCreatedAt, 8), static_cast<std::uint64_t>(now));
    put_number(entry.subspan(kEpochAt, 8), epoch);
    entry[kSlotAt] = static_cast<std::uint8_t>(place.slot);
    entry[kPartyAt] = static_cast<std::uint8_t>(place.party);
}

void write_check(Target entry, const CheckValue& check) { std::ranges::copy(check, entry.begin() + kCheckAt); }

void end(Target entry, KeyState state, Microseconds now, Epoch epoch) {
    entry[0] = static_cast<std::uint8_t>(state);
    put_number(entry.subspan(kEndedAt, 8), static_cast<std::uint64_t>(now));
    put_number(entry.subspan(kEpochAt, 8), epoch);
    sodium_memzero(entry.data() + kKeyAt, kKeyBytes);
}

} // namespace health_dp::core::keys::entry
