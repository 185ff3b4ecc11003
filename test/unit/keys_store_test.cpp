#include "core/keys/store.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace health_dp::core::keys {
namespace {

RootKey root(std::uint8_t fill) {
    const std::vector<std::uint8_t> bytes(kKeyBytes, fill);
    return RootKey::received(KeyView(bytes)).value();
}

KeyName name(std::string_view domain, Version version, std::uint8_t id = 1) {
    KeyName name{{}, Domain::parse(domain).value(), version};
    name.id.fill(id);
    return name;
}

std::vector<std::uint8_t> derived(const KeyStore& store, const KeyName& name, Purpose purpose = Purpose::pseudonym) {
    const auto key = store.derive(name, purpose);
    EXPECT_TRUE(key.ok());
    const auto bytes = key.value().bytes();
    return {bytes.begin(), bytes.end()};
}

Versions only(std::initializer_list<Version> versions) {
    Versions set;
    for (const Version version : versions)
        set.set(version);
    return set;
}

// emc2 with two versions, a name beyond ASCII with one.
KeyStore sample() {
    KeyStore store = KeyStore::empty().with_key(name("emc2", 1), 1000).value();
    store = store.with_key(name("emc2", 2), 2000).value();
    return store.with_key(name("\xc3\x89tude", 1, 2), 3000).value();
}

TEST(KeyStore, StartsEmpty) {
    const auto file = KeyStore::empty().wrap(root(1));
    ASSERT_TRUE(file.ok());
    EXPECT_EQ(file.value().size(), 76U);
    const auto store = KeyStore::open(file.value(), root(1));
    ASSERT_TRUE(store.ok());
    EXPECT_EQ(store.value().epoch(), 1U);
    EXPECT_EQ(store.value().live_keys(), 0U);
}

TEST(KeyStore, ComesBackAsItWas) {
    const KeyStore store = sample();
    const FileBytes file = store.wrap(root(1)).value();
    EXPECT_NE(store.wrap(root(1)).value(), file) << "a new nonce each time";
    EXPECT_EQ(KeyStore::root_of(file).value(), root(1).check());
    const KeyStore again = KeyStore::open(file, root(1)).value();
    EXPECT_EQ(again.live_keys(), 3U);
    for (const KeyName& each : {name("emc2", 1), name("emc2", 2), name("\xc3\x89tude", 1, 2)}) {
        EXPECT_EQ(derived(again, each), derived(store, each));
        EXPECT_EQ(derived(again, each, Purpose::siv), derived(store, each, Purpose::siv));
        EXPECT_EQ(again.find(each)->check, check_value(derived(store, each)));
    }
    EXPECT_EQ(again.find(name("emc2", 2))->created, 2000);
    EXPECT_NE(derived(store, name("emc2", 1)), derived(store, name("emc2", 2)));
}

TEST(KeyStore, KnowsKeysByAllOfTheirName) {
    const KeyStore store = sample();
    for (const KeyName& other : {name("emc2", 3), name("emc2", 1, 2), name("\xc3\x89tude", 1), name("emc", 1)}) {
        EXPECT_FALSE(store.find(other).has_value());
        EXPECT_FALSE(store.derive(other, Purpose::pseudonym).ok());
    }
    EXPECT_FALSE(store.with_key(name("emc2", 2), 0).ok()) << "it has the version";
    EXPECT_FALSE(store.with_key(name("nancy", 3), 0).ok()) << "the identifier is another domain's";
    EXPECT_TRUE(store.with_key(name("emc2", 1, 3), 0).ok()) << "the same name in another database";
}

TEST(KeyStore, RefusesEveryChangedByteAndLength) {
    const FileBytes file = sample().wrap(root(1)).value();
    for (std::size_t i = 0; i < file.size(); ++i) {
        FileBytes changed = file;
        changed[i] ^= 1U;
        EXPECT_FALSE(KeyStore::open(changed, root(1)).ok()) << i;
        EXPECT_FALSE(KeyStore::open(FileView(file).first(i), root(1)).ok()) << i;
    }
    FileBytes longer = file;
    longer.push_back(0);
    EXPECT_FALSE(KeyStore::open(longer, root(1)).ok());
    EXPECT_FALSE(KeyStore::open(file, root(2)).ok());
}

TEST(KeyStore, HoldsNoKeyInTheClear) {
    const std::vector<std::uint8_t> key(kKeyBytes, 7);
    const FileBytes file = sample().wrap(RootKey::received(KeyView(key)).value()).value();
    const std::string_view domain = "emc2";
    EXPECT_TRUE(std::ranges::search(file, key).empty());
    EXPECT_TRUE(std::ranges::search(file, domain).empty());
}

TEST(KeyStore, DestroyedMeansGone) {
    const KeyStore before = sample();
    const FileBytes old_file = before.wrap(root(1)).value();
    const KeyStore after = before.without_keys(name("emc2", 1).id, only({1}), 5000).value();
    EXPECT_EQ(after.epoch(), 2U);
    EXPECT_EQ(after.live_keys(), 2U);
    const FileBytes file = after.wrap(root(2)).value();
    const KeyStore again = KeyStore::open(file, root(2)).value();
    EXPECT_FALSE(again.derive(name("emc2", 1), Purpose::pseudonym).ok());
    const auto facts = again.find(name("emc2", 1));
    ASSERT_TRUE(facts.has_value());
    EXPECT_EQ(facts->state, KeyState::destroyed);
    EXPECT_EQ(facts->destroyed, 5000);
    EXPECT_EQ(facts->epoch, 2U);
    EXPECT_EQ(facts->check, before.find(name("emc2", 1))->check);
    EXPECT_EQ(derived(again, name("emc2", 2)), derived(before, name("emc2", 2)));
    EXPECT_EQ(derived(again, name("\xc3\x89tude", 1, 2)), derived(before, name("\xc3\x89tude", 1, 2)));
    EXPECT_FALSE(again.with_key(name("emc2", 1), 6000).ok()) << "a version is never given out twice";
    EXPECT_FALSE(KeyStore::open(old_file, root(2)).ok()) << "the store of before does not open under the new root";
    EXPECT_EQ(before.live_keys(), 3U) << "a change that is not written leaves the store as it was";
}

TEST(KeyStore, DestroysOnceAndAllThatIsNamed) {
    const KeyStore once = sample().without_keys(name("emc2", 1).id, only({1}), 5000).value();
    const KeyStore twice = once.without_keys(name("emc2", 1).id, only({1, 2, 3}), 6000).value();
    EXPECT_EQ(twice.find(name("emc2", 1))->destroyed, 5000);
    EXPECT_EQ(twice.find(name("emc2", 2))->destroyed, 6000);
    EXPECT_EQ(twice.live_keys(), 1U);
    EXPECT_EQ(twice.renewed().value().epoch(), 4U);
    EXPECT_EQ(KeyStore::empty().renewed().value().epoch(), 2U);
}

TEST(KeyStore, HoldsThousandsOfKeysAndNoMoreThanItLocks) {
    KeyStore store = KeyStore::empty();
    std::size_t made = 0;
    for (std::uint8_t id = 0; id < 8; ++id)
        for (unsigned version = 1; version <= kMaxVersion; ++version, ++made)
            store = store.with_key(name("emc2", static_cast<Version>(version), id), 0).value();
    EXPECT_EQ(store.live_keys(), made);
    EXPECT_TRUE(KeyStore::open(store.wrap(root(1)).value(), root(1)).ok());
    FileBytes header = store.wrap(root(1)).value();
    header[56] = 0xff; // more entries than memory is locked for
    EXPECT_FALSE(KeyStore::root_of(header).ok());
}

TEST(KeyDomain, HasAVisibleName) {
    for (const std::string_view text : {"emc2", "Bleeding 2026", "\xc3\xa9tude", "a"})
        EXPECT_EQ(Domain::parse(text).value().name(), text);
    for (const std::string& text : {std::string(), std::string(" a"), std::string("a "), std::string("a\nb"),
                                    std::string("a\0b", 3), std::string("a\x7f"), std::string(64, 'a')})
        EXPECT_FALSE(Domain::parse(text).ok()) << text;
    EXPECT_TRUE(Domain::parse(std::string(63, 'a')).ok());
}

} // namespace
} // namespace health_dp::core::keys
