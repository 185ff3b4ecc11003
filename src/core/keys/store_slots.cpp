// The key store's domains of two slots.
#include "core/keys/store_entry.hpp"

#include <algorithm>

namespace health_dp::core::keys {

namespace {

constexpr std::array kSlots = {Slot::first, Slot::second};
constexpr std::array kParties = {Party::first, Party::second};

constexpr Error kMissing{ErrorCode::too_few, "a contribution is missing in the key store"};
constexpr Error kNothingBefore{ErrorCode::out_of_range, "the key store does not hold the slot's key to take over"};
constexpr Error kAnotherKind{ErrorCode::out_of_range,
                             "the key store has the identifier under another name, or with keys that are not of slots"};
constexpr Error kMade{ErrorCode::duplicate, "the key store has this version already"};
constexpr Error kWithdrawn{ErrorCode::out_of_range, "this version was withdrawn"};

} // namespace

std::optional<SlotKeys> KeyStore::slot_keys(const KeyName& name) const {
    const auto first = place_of(name, {Slot::first, Party::none});
    const auto second = place_of(name, {Slot::second, Party::none});
    if (!first.has_value() || !second.has_value() || entry::state_of(entry(*first)) != KeyState::live ||
        entry::state_of(entry(*second)) != KeyState::live)
        return std::nullopt;
    return SlotKeys{entry::key_of(entry(*first)), entry::key_of(entry(*second))};
}

std::optional<SlotChecks> KeyStore::slot_checks(const KeyName& name) const {
    const auto both = slot_keys(name);
    if (!both.has_value())
        return std::nullopt;
    return SlotChecks{slot_check(both->first), slot_check(both->second)};
}

std::optional<CheckValue> KeyStore::contribution(const KeyName& name, Place place) const {
    const auto found = place_of(name, place);
    if (!found.has_value() || entry::state_of(entry(*found)) == KeyState::destroyed)
        return std::nullopt;
    return entry::facts_of(entry(*found)).check;
}

Result<KeyStore> KeyStore::with_contribution(const KeyName& name, Place place, KeyView contribution,
                                             Microseconds now) const {
    if (place_of(name).has_value())
        return kMade;
    if (is_another_kind(name, true))
        return kAnotherKind;
    for (std::size_t i = 0; i < count(); ++i)
        if (entry::is_of(entry(i), name) && entry::state_of(entry(i)) == KeyState::destroyed)
            return kWithdrawn;
    const auto before = place_of(name, place);
    Result<KeyStore> changed = copy(epoch_, before.has_value() ? 0 : 1);
    if (!changed.ok())
        return changed;
    const auto target = changed.value().entry(before.value_or(count()));
    entry::write(target, name, place, now, epoch_);
    std::ranges::copy(contribution, entry::key_in(target).begin());
    entry::write_check(target, contribution_check(contribution));
    return changed;
}

Result<SecretBytes> KeyStore::make_slot_key(const KeyName& name, Slot slot) const {
    std::array<std::optional<std::size_t>, 2> places{};
    for (std::size_t i = 0; i < kParties.size(); ++i) {
        places[i] = place_of(name, {slot, kParties[i]});
        if (!places[i].has_value() || entry::state_of(entry(*places[i])) != KeyState::live)
            return kMissing;
    }
    const Result<SecretBytes> salt = SecretBytes::generate(kKeyBytes);
    if (!salt.ok())
        return salt.error();
    return slot_key({entry::key_of(entry(*places[0])), entry::key_of(entry(*places[1]))},
                    salt.value().bytes().first<kKeyBytes>(), slot, name);
}

Result<KeyStore> KeyStore::with_slots(const KeyName& name, const Origins& origins, Microseconds now) const {
    if (place_of(name).has_value())
        return kMade;
    if (is_another_kind(name, true))
        return kAnotherKind;
    Result<KeyStore> changed = copy(epoch_, kSlots.size());
    if (!changed.ok())
        return changed;
    KeyStore& store = changed.value();
    for (std::size_t i = 0; i < kSlots.size(); ++i) {
        const auto target = store.entry(count() + i);
        entry::write(target, name, {kSlots[i], Party::none}, now, epoch_);
        if ((i == 0 ? origins.first : origins.second) == Origin::contributions) {
            const Result<SecretBytes> key = make_slot_key(name, kSlots[i]);
            if (!key.ok())
                return key.error();
            std::ranges::copy(key.value().bytes(), entry::key_in(target).begin());
            continue;
        }
        const auto before = place_of({name.id, name.domain, origins.before}, {kSlots[i], Party::none});
        if (!before.has_value() || entry::state_of(entry(*before)) != KeyState::live)
            return kNothingBefore;
        std::ranges::copy(entry::key_of(entry(*before)), entry::key_in(target).begin());
    }
    const auto derived = store.derive(name, Purpose::pseudonym);
    if (!derived.ok())
        return derived.error();
    for (std::size_t i = 0; i < kSlots.size(); ++i)
        entry::write_check(store.entry(count() + i), check_value(derived.value().bytes()));
    for (std::size_t i = 0; i < count(); ++i)
        if (entry::is_of(store.entry(i), name) && entry::party_of(store.entry(i)) != Party::none)
            entry::end(store.entry(i), KeyState::used, now, epoch_);
    return changed;
}

Result<KeyStore> KeyStore::without_contributions(const KeyName& name, Microseconds now) const {
    if (place_of(name).has_value())
        return kMade;
    Result<KeyStore> changed = copy(epoch_, 0);
    if (!changed.ok())
        return changed;
    for (std::size_t i = 0; i < count(); ++i)
        if (entry::is_of(changed.value().entry(i), name) && entry::state_of(changed.value().entry(i)) == KeyState::live)
            entry::end(changed.value().entry(i), KeyState::destroyed, now, epoch_);
    return changed;
}

} // namespace health_dp::core::keys
