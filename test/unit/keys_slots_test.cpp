#include "core/keys/contribution.hpp"
#include "core/keys/slots.hpp"

#include <gtest/gtest.h>

#include <sodium.h>

#include <algorithm>
#include <set>
#include <string>
#include <vector>

namespace health_dp::core::keys {
namespace {

using Bytes = std::vector<std::uint8_t>;
using key_shares::SealingKey;

Bytes counting(std::uint8_t from) {
    Bytes bytes(kKeyBytes);
    for (std::size_t i = 0; i < bytes.size(); ++i)
        bytes[i] = static_cast<std::uint8_t>(from + i);
    return bytes;
}

std::string hex(std::span<const std::uint8_t> bytes) {
    std::string text(2 * bytes.size() + 1, '\0');
    sodium_bin2hex(text.data(), text.size(), bytes.data(), bytes.size());
    text.pop_back();
    return text;
}

KeyName name(std::string_view domain, Version version) { return {{}, Domain::parse(domain).value(), version}; }

KeyView key_of(const Bytes& bytes) { return KeyView(bytes); }

KeyView key_of(const SecretBytes& bytes) { return bytes.bytes().first<kKeyBytes>(); }

SecretBytes slot(const Bytes& first, const Bytes& second, const Bytes& salt, Slot slot, const KeyName& name) {
    return slot_key({key_of(first), key_of(second)}, key_of(salt), slot, name).value();
}

// Computed on its own, with Python's hmac, from what core/keys/slots.hpp says:
//
//   H = lambda k, m: hmac.new(k, m, hashlib.sha256).digest()
//   expand = lambda k, info: H(k, info + b"\1")
//   a, b, salt = bytes(range(32)), bytes(range(32, 64)), bytes(range(64, 96))
//   slot_1 = expand(H(salt, a + b), b"health_dp slot 1\1\3snds")
//   slot_2 = expand(H(salt, b + a), b"health_dp slot 1\2\3snds")
//   halves = expand(slot_1, b"health_dp version 1\1\3snds"), expand(slot_2, b"health_dp version 1\2\3snds")
//   version = bytes(x ^ y for x, y in zip(*halves))
//   derived = expand(version, b"health_dp key 1\1\3snds")
//   checks = expand(slot_1, b"health_dp slot check 1")[:8], expand(a, b"health_dp contribution check 1")[:8]
TEST(KeySlots, DerivationStays) {
    const Bytes a = counting(0);
    const Bytes b = counting(32);
    const Bytes salt = counting(64);
    const SecretBytes first = slot(a, b, salt, Slot::first, name("snds", 3));
    const SecretBytes second = slot(b, a, salt, Slot::second, name("snds", 3));
    EXPECT_EQ(hex(first.bytes()), "fe81770cec3c0b634b0b1f21a3a1c806b6ff71f2287bc4456940f94387237a7a");
    EXPECT_EQ(hex(second.bytes()), "d537869c0542eae8e499503367b3c544deb527590b54079d12d4ddbdd6a1f31b");
    const SecretBytes key = version_key({key_of(first), key_of(second)}, name("snds", 3)).value();
    EXPECT_EQ(hex(key.bytes()), "fc023cebe48cbf6c0b1d9ac9c79bad0c3c4e8a77c58e3a6656091ecfadc3c388");
    const SecretBytes derived = derive(key_of(key), Purpose::pseudonym, "snds", 3).value();
    EXPECT_EQ(hex(derived.bytes()), "2cedaa1d4b3f7ead4bb4cd255d5f423bdd859794ffbf97e8396905eefa8e3581");
    EXPECT_EQ(hex(slot_check(key_of(first))), "290c0ab740bc56c6");
    EXPECT_EQ(hex(contribution_check(key_of(a))), "8b00e78b8af38d0a");
}

TEST(KeySlots, EverythingThatGoesInMatters) {
    std::set<std::string> seen;
    const Bytes a = counting(0);
    const Bytes b = counting(1);
    const Bytes salt = counting(2);
    for (const auto& [first, second, keepers, where, whose] :
         {std::tuple{a, b, salt, Slot::first, name("snds", 1)},
          std::tuple{counting(9), b, salt, Slot::first, name("snds", 1)},
          std::tuple{a, counting(9), salt, Slot::first, name("snds", 1)},
          std::tuple{b, a, salt, Slot::first, name("snds", 1)},
          std::tuple{a, b, counting(9), Slot::first, name("snds", 1)},
          std::tuple{a, b, salt, Slot::second, name("snds", 1)}, std::tuple{a, b, salt, Slot::first, name("snds", 2)},
          std::tuple{a, b, salt, Slot::first, name("snd", 1)}})
        seen.insert(hex(slot(first, second, keepers, where, whose).bytes()));
    EXPECT_EQ(seen.size(), 8U);
    seen.clear();
    for (const auto& [first, second, whose] :
         {std::tuple{a, b, name("snds", 1)}, std::tuple{b, a, name("snds", 1)}, std::tuple{a, a, name("snds", 1)},
          std::tuple{b, b, name("snds", 1)}, std::tuple{a, b, name("snds", 2)}, std::tuple{a, b, name("snd", 1)}})
        seen.insert(hex(version_key({key_of(first), key_of(second)}, whose).value().bytes()));
    EXPECT_EQ(seen.size(), 6U) << "each of the two, its slot, domain and version";
    EXPECT_FALSE(seen.contains(std::string(64, '0'))) << "equal keys do not cancel out";
}

ContributionPlace place(std::string_view domain, Version version, Slot slot, std::string_view organisation) {
    return {Domain::parse(domain).value(), version, slot, Organisation::parse(organisation).value()};
}

TEST(Contribution, OpensForItsPlaceAlone) {
    const SealingKey key = SealingKey::generate().value();
    const SealingKey other = SealingKey::generate().value();
    const Bytes bytes = counting(7);
    const auto here = place("snds", 1, Slot::first, "Cnam");
    const std::string sealed(seal_contribution(key_of(bytes), here, key.public_key()).value().view());
    EXPECT_TRUE(sealed.starts_with("HDPC1-"));
    const auto opened = open_contribution(sealed, here, key);
    ASSERT_TRUE(opened.ok());
    EXPECT_TRUE(std::ranges::equal(opened.value().bytes(), bytes));
    EXPECT_NE(std::string(seal_contribution(key_of(bytes), here, key.public_key()).value().view()), sealed);
    for (const auto& elsewhere : {place("snd", 1, Slot::first, "Cnam"), place("snds", 2, Slot::first, "Cnam"),
                                  place("snds", 1, Slot::second, "Cnam"), place("snds", 1, Slot::first, "CNAM"),
                                  place("snds", 1, Slot::first, "Third party")})
        EXPECT_EQ(open_contribution(sealed, elsewhere, key).error().code, ErrorCode::mixed);
    EXPECT_EQ(open_contribution(sealed, here, other).error().code, ErrorCode::corrupted);
}

TEST(Contribution, TakesNothingElse) {
    const SealingKey key = SealingKey::generate().value();
    const auto here = place("snds", 1, Slot::first, "Cnam");
    const Bytes bytes = counting(7);
    const std::string sealed(seal_contribution(key_of(bytes), here, key.public_key()).value().view());
    std::string share_like = sealed;
    share_like[3] = 'X';
    for (const std::string& text :
         {std::string(), std::string("HDPC1-"), sealed.substr(0, sealed.size() - 1), sealed + "0", share_like,
          std::string(key_shares::print(key.public_key()).value().view()),
          std::string(key_shares::seal_bytes("HDPC1", bytes, key.public_key()).value().view())})
        EXPECT_EQ(open_contribution(text, here, key).error().code, ErrorCode::bad_syntax) << text;
    std::string mistyped = sealed;
    mistyped[8] = mistyped[8] == '7' ? '8' : '7';
    EXPECT_EQ(open_contribution(mistyped, here, key).error().code, ErrorCode::corrupted);
    EXPECT_FALSE(key.open(sealed).ok()) << "no share";
}

TEST(Organisation, HasAVisibleName) {
    EXPECT_EQ(Organisation::parse("Hospices civils de Lyon").value().name(), "Hospices civils de Lyon");
    EXPECT_TRUE(Organisation::parse(std::string(127, 'a')).ok());
    for (const std::string& text : {std::string(), std::string(" a"), std::string("a "), std::string("a\nb"),
                                    std::string("a\0b", 3), std::string(128, 'a')})
        EXPECT_FALSE(Organisation::parse(text).ok()) << text;
}

} // namespace
} // namespace health_dp::core::keys
