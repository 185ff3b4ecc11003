// An entry of the key store where it lies, in memory and in the file; its format is in core/keys/store.hpp.
#pragma once

#include "core/pure.hpp"

#include "core/keys/store.hpp"

namespace health_dp::core::keys::entry {

constexpr std::size_t kBytes = 148;
constexpr std::size_t kBytesBefore = 146; // of format 1, which ends before the slot

using View = std::span<const std::uint8_t>;
using Target = std::span<std::uint8_t>;

void put_number(Target target, std::uint64_t value);
std::uint64_t get_number(View source);

// Of a file that may not be what it should be: the rest may be asked of sound entries only.
bool is_sound(View entry);

KeyState state_of(View entry);
KeyId id_of(View entry);
std::string_view domain_of(View entry);
Version version_of(View entry);
Slot slot_of(View entry);
Party party_of(View entry);
KeyFacts facts_of(View entry);
KeyView key_of(View entry);

inline bool is_of(View entry, const KeyName& name) {
    return version_of(entry) == name.version && id_of(entry) == name.id && domain_of(entry) == name.domain.name();
}

// Where the key goes: 32 bytes.
Target key_in(Target entry);

// All but the key and its check value, which stay as they are.
void write(Target entry, const KeyName& name, Place place, Microseconds now, Epoch epoch);
void write_check(Target entry, const CheckValue& check);

// Wipes the key. `state` says why.
void end(Target entry, KeyState state, Microseconds now, Epoch epoch);

} // namespace health_dp::core::keys::entry
