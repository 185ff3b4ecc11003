#include "core/keys/store.hpp"

#include <gtest/gtest.h>

#include <sodium.h>

#include <algorithm>
#include <string>

namespace health_dp::core::keys {
namespace {

using Bytes = std::vector<std::uint8_t>;

RootKey root(std::uint8_t fill) {
    const Bytes bytes(kKeyBytes, fill);
    return RootKey::received(KeyView(bytes)).value();
}

KeyName name(std::string_view domain, Version version, std::uint8_t id = 1) {
    KeyName name{{}, Domain::parse(domain).value(), version};
    name.id.fill(id);
    return name;
}

constexpr Origins kAllNew{Origin::contributions, Origin::contributions, 0};

KeyStore with(const KeyStore& store, const KeyName& name, Slot slot, Party party, std::uint8_t fill) {
    const Bytes bytes(kKeyBytes, fill);
    return store.with_contribution(name, {slot, party}, KeyView(bytes), 1000).value();
}

KeyStore with_slot(const KeyStore& store, const KeyName& name, Slot slot, std::uint8_t fill) {
    return with(with(store, name, slot, Party::first, fill), name, slot, Party::second, fill + 1);
}

KeyStore made(std::uint8_t fill = 10) {
    const KeyStore store = with_slot(KeyStore::empty(), name("snds", 1), Slot::first, fill);
    return with_slot(store, name("snds", 1), Slot::second, fill + 2).with_slots(name("snds", 1), kAllNew, 2000).value();
}

Bytes derived(const KeyStore& store, const KeyName& name) {
    const auto key = store.derive(name, Purpose::pseudonym);
    EXPECT_TRUE(key.ok());
    return {key.value().bytes().begin(), key.value().bytes().end()};
}

bool refuses_contribution(const KeyStore& store, const KeyName& name) {
    const Bytes bytes(kKeyBytes, 3);
    return !store.with_contribution(name, {Slot::first, Party::first}, KeyView(bytes), 0).ok();
}

TEST(KeyStoreSlots, WaitsForAllFour) {
    const KeyName one = name("snds", 1);
    KeyStore store = KeyStore::empty();
    std::uint8_t fill = 1;
    for (const Slot slot : {Slot::first, Slot::second})
        for (const Party party : {Party::first, Party::second}) {
            EXPECT_EQ(store.with_slots(one, kAllNew, 0).error().code, ErrorCode::too_few);
            EXPECT_FALSE(store.contribution(one, {slot, party}).has_value());
            // As a restart would find it.
            store = KeyStore::open(with(store, one, slot, party, fill++).wrap(root(1)).value(), root(1)).value();
            EXPECT_TRUE(store.contribution(one, {slot, party}).has_value());
            EXPECT_FALSE(store.find(one).has_value());
            EXPECT_FALSE(store.derive(one, Purpose::pseudonym).ok());
            EXPECT_EQ(store.live_keys(), 0U);
        }
    const auto checks = store.contribution(one, {Slot::second, Party::first});
    store = store.with_slots(one, kAllNew, 2000).value();
    const KeyStore again = KeyStore::open(store.wrap(root(1)).value(), root(1)).value();
    EXPECT_EQ(again.live_keys(), 2U);
    EXPECT_EQ(again.find(one)->check, check_value(derived(again, one)));
    EXPECT_EQ(derived(again, one), derived(store, one));
    EXPECT_EQ(again.slot_checks(one), store.slot_checks(one));
    EXPECT_NE(again.slot_checks(one)->at(0), again.slot_checks(one)->at(1));
    EXPECT_EQ(again.contribution(one, {Slot::second, Party::first}), checks) << "what it was stays on record";
    EXPECT_FALSE(again.with_slots(one, kAllNew, 0).ok()) << "once";
    EXPECT_TRUE(refuses_contribution(again, one));
}

TEST(KeyStoreSlots, TheKeepersOwnBytesGoIn) {
    EXPECT_NE(made().slot_checks(name("snds", 1)), made().slot_checks(name("snds", 1)))
        << "the same four contributions do not fix a key";
}

TEST(KeyStoreSlots, AContributionMayBeReplacedUntilTheVersionIsMade) {
    const KeyName one = name("snds", 1);
    const KeyStore first = with(KeyStore::empty(), one, Slot::first, Party::first, 1);
    const KeyStore second = with(first, one, Slot::first, Party::first, 2);
    EXPECT_NE(first.contribution(one, {Slot::first, Party::first}),
              second.contribution(one, {Slot::first, Party::first}));
    EXPECT_EQ(first.wrap(root(1)).value().size(), second.wrap(root(1)).value().size());
}

TEST(KeyStoreSlots, OneSlotIsRenewedAlone) {
    const KeyStore before = made();
    const KeyName two = name("snds", 2);
    const KeyStore ready = with_slot(before, two, Slot::first, 50);
    EXPECT_FALSE(ready.with_slots(two, kAllNew, 0).ok());
    EXPECT_FALSE(ready.with_slots(two, {Origin::contributions, Origin::version_before, 7}, 0).ok());
    const KeyStore after = ready.with_slots(two, {Origin::contributions, Origin::version_before, 1}, 3000).value();
    EXPECT_EQ(after.slot_checks(two)->at(1), before.slot_checks(name("snds", 1))->at(1)) << "taken over";
    EXPECT_NE(after.slot_checks(two)->at(0), before.slot_checks(name("snds", 1))->at(0));
    EXPECT_NE(derived(after, two), derived(before, name("snds", 1)));
    EXPECT_EQ(derived(after, name("snds", 1)), derived(before, name("snds", 1))) << "stays readable";
    EXPECT_EQ(after.live_keys(), 4U);
}

TEST(KeyStoreSlots, DestroyedMeansBothGone) {
    const KeyName two = name("snds", 2);
    const KeyStore store = with_slot(made(), two, Slot::first, 50)
                               .with_slots(two, {Origin::contributions, Origin::version_before, 1}, 3000)
                               .value();
    Versions first;
    first.set(1);
    const KeyStore after = store.without_keys(two.id, first, 5000).value();
    EXPECT_FALSE(after.derive(name("snds", 1), Purpose::pseudonym).ok());
    EXPECT_EQ(after.find(name("snds", 1))->state, KeyState::destroyed);
    EXPECT_EQ(after.find(name("snds", 1))->check, store.find(name("snds", 1))->check);
    EXPECT_FALSE(after.slot_checks(name("snds", 1)).has_value());
    EXPECT_EQ(derived(after, two), derived(store, two)) << "with its copy of the other slot";
    EXPECT_EQ(after.live_keys(), 2U);
    EXPECT_TRUE(refuses_contribution(after, name("snds", 1))) << "a version is never given out twice";
    EXPECT_TRUE(KeyStore::open(after.wrap(root(2)).value(), root(2)).ok());
}

TEST(KeyStoreSlots, WithdrawnContributionsAreGone) {
    const KeyName one = name("snds", 1);
    const KeyStore store = with_slot(KeyStore::empty(), one, Slot::first, 1).without_contributions(one, 4000).value();
    EXPECT_FALSE(store.contribution(one, {Slot::first, Party::first}).has_value());
    EXPECT_TRUE(refuses_contribution(store, one));
    EXPECT_FALSE(refuses_contribution(store, name("snds", 2)));
    EXPECT_TRUE(KeyStore::open(store.wrap(root(1)).value(), root(1)).ok());
    EXPECT_FALSE(made().without_contributions(one, 0).ok()) << "what is made is destroyed, not withdrawn";
}

TEST(KeyStoreSlots, ADomainIsOfOneKind) {
    EXPECT_FALSE(made().with_key(name("snds", 2), 0).ok()) << "the keeper alone makes no version of it";
    const KeyStore whole = KeyStore::empty().with_key(name("emc2", 1), 0).value();
    EXPECT_TRUE(refuses_contribution(whole, name("emc2", 2)));
    EXPECT_TRUE(refuses_contribution(made(), name("other", 2)));
    EXPECT_TRUE(made().with_key(name("emc2", 1, 2), 0).ok());
}

// A file of format 1 as the version before wrote it, byte by byte.
FileBytes format_1(const RootKey& root, const Bytes& entries, std::string_view magic = "health_dp keys 1") {
    FileBytes file(60 + entries.size() + crypto_aead_xchacha20poly1305_ietf_ABYTES);
    std::ranges::copy(magic, file.begin());
    file[23] = 3;
    std::ranges::copy(root.check(), file.begin() + 24);
    file[59] = static_cast<std::uint8_t>(entries.size() / 146);
    crypto_aead_xchacha20poly1305_ietf_encrypt(file.data() + 60, nullptr, entries.data(), entries.size(), file.data(),
                                               60, nullptr, file.data() + 32,
                                               root.wrapping_key().value().bytes().data());
    return file;
}

Bytes entry_1(std::uint8_t state, Version version) {
    Bytes entry(146);
    entry[0] = state;
    std::fill_n(entry.begin() + 1, 16, 1);
    std::ranges::copy(std::string_view("emc2"), entry.begin() + 17);
    entry[81] = version;
    if (state == 1)
        std::fill_n(entry.begin() + 114, 32, version);
    return entry;
}

TEST(KeyStoreFormat, TheOneBeforeIsRead) {
    Bytes entries = entry_1(2, 1);
    for (const Version version : {2, 3})
        std::ranges::copy(entry_1(1, version), std::back_inserter(entries));
    const KeyStore store = KeyStore::open(format_1(root(1), entries), root(1)).value();
    EXPECT_EQ(store.epoch(), 3U);
    EXPECT_EQ(store.live_keys(), 2U);
    EXPECT_EQ(store.find(name("emc2", 1))->state, KeyState::destroyed);
    for (const Version version : {2, 3}) {
        const Bytes key(kKeyBytes, version);
        const auto expected = derive(KeyView(key), Purpose::pseudonym, "emc2", version).value();
        EXPECT_TRUE(std::ranges::equal(derived(store, name("emc2", version)), expected.bytes()));
    }
    const FileBytes written = store.wrap(root(1)).value();
    EXPECT_TRUE(std::ranges::equal(std::string_view("health_dp keys 2"), std::span(written).first(16)));
    EXPECT_EQ(derived(KeyStore::open(written, root(1)).value(), name("emc2", 3)), derived(store, name("emc2", 3)));
    EXPECT_TRUE(KeyStore::open(format_1(root(1), {}), root(1)).ok());
}

TEST(KeyStoreFormat, NoOtherIs) {
    EXPECT_FALSE(KeyStore::open(format_1(root(1), entry_1(1, 1), "health_dp keys 2"), root(1)).ok());
    EXPECT_FALSE(KeyStore::open(format_1(root(1), entry_1(1, 1), "health_dp keys 3"), root(1)).ok());
    EXPECT_FALSE(KeyStore::open(format_1(root(1), entry_1(3, 1)), root(1)).ok()) << "used is for contributions";
    FileBytes changed = format_1(root(1), entry_1(1, 1));
    changed[15] = '2'; // its own format is authenticated
    EXPECT_FALSE(KeyStore::open(changed, root(1)).ok());
}

} // namespace
} // namespace health_dp::core::keys
