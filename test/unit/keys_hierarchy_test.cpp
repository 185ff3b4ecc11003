#include "core/keys/hierarchy.hpp"
#include "core/keys/root_text.hpp"

#include <gtest/gtest.h>

#include <sodium.h>

#include <algorithm>
#include <set>
#include <string>
#include <vector>

namespace health_dp::core::keys {
namespace {

using Bytes = std::vector<std::uint8_t>;
using Version = std::uint8_t;

Bytes unhex(std::string_view text) {
    Bytes bytes(text.size() / 2);
    EXPECT_EQ(sodium_hex2bin(bytes.data(), bytes.size(), text.data(), text.size(), nullptr, nullptr, nullptr), 0);
    return bytes;
}

std::span<const std::uint8_t> view(std::string_view text) {
    return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

KeyView key_of(const Bytes& bytes) { return KeyView(bytes); }

// RFC 5869, appendix A, cases 1 and 3: from PRK to OKM.
TEST(KeyHierarchy, ExpandsAsTheStandardSays) {
    Bytes output(42);
    expand(unhex("077709362c2e32df0ddc3f0dc47bba6390b6c73bb50f9c3122ec844ad7c2b3e5"), unhex("f0f1f2f3f4f5f6f7f8f9"),
           output);
    EXPECT_EQ(output, unhex("3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865"));
    expand(unhex("19ef24a32c717b167f33a91d6f648bdf96596776afdb6377ac434c1c293ccb04"), {}, output);
    EXPECT_EQ(output, unhex("8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8"));
}

TEST(KeyHierarchy, EachPurposeDomainAndVersionHasItsOwnKey) {
    const Bytes key(kKeyBytes, 1);
    const Bytes other(kKeyBytes, 2);
    std::set<std::string> seen;
    std::size_t made = 0;
    const auto add = [&](const Bytes& from, Purpose purpose, std::string_view domain, Version version) {
        const auto derived = derive(key_of(from), purpose, domain, version);
        ASSERT_TRUE(derived.ok());
        EXPECT_EQ(derived.value().size(), purpose == Purpose::siv || purpose == Purpose::publication ? 64U : 32U);
        const auto bytes = std::as_const(derived.value()).bytes();
        seen.emplace(bytes.begin(), bytes.begin() + 32);
        ++made;
    };
    for (std::uint8_t purpose = 1; purpose <= kLastPurpose; ++purpose)
        for (const auto* domain : {"a", "b", "ab"})
            for (const Version version : {1, 2, 97, 255})
                add(key, static_cast<Purpose>(purpose), domain, version);
    add(other, Purpose::pseudonym, "a", 1);
    EXPECT_EQ(seen.size(), made);
    EXPECT_FALSE(derive(key_of(key), Purpose::siv, std::string(200, 'x'), 1).ok());
}

// What is stored today must be readable for ever.
TEST(KeyHierarchy, DerivationStays) {
    const Bytes key = unhex("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f");
    const auto derived = derive(key_of(key), Purpose::pseudonym, "emc2", 1);
    ASSERT_TRUE(derived.ok());
    // HMAC-SHA-256 of "health_dp key 1" 01 01 "emc2" 01.
    Bytes expected(32);
    const std::string info = "health_dp key 1\x01\x01"
                             "emc2\x01";
    crypto_auth_hmacsha256(expected.data(), view(info).data(), info.size(), key.data());
    EXPECT_TRUE(std::ranges::equal(derived.value().bytes(), expected));
}

const std::string kDigits = "6f1d3a5b00000000000000000000000000000000000000000000000000000001";
const std::string kLine = "health_dp-root-1 " + kDigits;
const std::string kOther = "health_dp-root-1 " + std::string(63, '0') + "2";

bool is_root(const std::string& text) { return parse_roots(view(text)).ok(); }

TEST(RootText, OneOrTwo) {
    const auto one = parse_roots(view(kLine + "\n"));
    ASSERT_TRUE(one.ok());
    EXPECT_FALSE(one.value().second.has_value());
    EXPECT_EQ(one.value().first.check(), RootKey::received(key_of(unhex(kDigits))).value().check());
    EXPECT_TRUE(is_root(kLine));
    const auto two = parse_roots(view(kLine + "\n" + kOther + "\n"));
    ASSERT_TRUE(two.ok());
    EXPECT_EQ(two.value().first.check(), one.value().first.check());
    ASSERT_TRUE(two.value().second.has_value());
    EXPECT_NE(two.value().second->check(), one.value().first.check());
}

TEST(RootText, NothingElse) {
    for (const std::string& text : {std::string(),
                                    std::string("\n"),
                                    kDigits,
                                    "\n" + kLine,
                                    " " + kLine,
                                    kLine + " ",
                                    kLine + "\r\n",
                                    kLine + "\n\n",
                                    kLine + "0",
                                    kLine.substr(0, kLine.size() - 1),
                                    kLine.substr(0, kLine.size() - 1) + "g",
                                    kLine.substr(0, kLine.size() - 1) + "A",
                                    kLine.substr(0, kLine.size() - 2) + ": ",
                                    "health_dp-root-2 " + kDigits,
                                    "HEALTH_DP-root-1 " + kDigits,
                                    "health_dp-root-1  " + kDigits,
                                    "health_dp-root-1 " + std::string(64, '0'),
                                    kLine + "\n" + kLine,
                                    kLine + kOther,
                                    kLine + "\n" + kOther + "\n" + kLine,
                                    kLine + "\n" + kOther.substr(1),
                                    kLine + std::string(1, '\0')})
        EXPECT_FALSE(is_root(text)) << text;
}

} // namespace
} // namespace health_dp::core::keys
