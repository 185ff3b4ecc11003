#include "core/pseudonym/ff1.hpp"
#include "core/pseudonym/rank_cipher.hpp"

#include "support/hexadecimal.hpp"

#include <gtest/gtest.h>

#include <cstring>
#include <random>
#include <set>
#include <string>
#include <vector>

namespace health_dp::core::pseudonym {
namespace {

using Digits = std::vector<std::uint16_t>;
using Bytes = std::vector<std::uint8_t>;

constexpr std::string_view kAlphabet = "0123456789abcdefghijklmnopqrstuvwxyz";

Digits digits_of(std::string_view text) {
    Digits digits;
    for (const char c : text)
        digits.push_back(static_cast<std::uint16_t>(kAlphabet.find(c)));
    return digits;
}

std::string text_of(const Digits& digits) {
    std::string text;
    for (const std::uint16_t digit : digits)
        text.push_back(kAlphabet[digit]);
    return text;
}

struct Known {
    const char* key;
    unsigned radix;
    const char* tweak;
    const char* plain;
    const char* encrypted;
};

// NIST's examples for SP 800-38G (FF1samples.pdf), 1 to 9.
constexpr Known kKnown[] = {
    {"2b7e151628aed2a6abf7158809cf4f3c", 10, "", "0123456789", "2433477484"},
    {"2b7e151628aed2a6abf7158809cf4f3c", 10, "39383736353433323130", "0123456789", "6124200773"},
    {"2b7e151628aed2a6abf7158809cf4f3c", 36, "3737373770717273373737", "0123456789abcdefghi", "a9tv40mll9kdu509eum"},
    {"2b7e151628aed2a6abf7158809cf4f3cef4359d8d580aa4f", 10, "", "0123456789", "2830668132"},
    {"2b7e151628aed2a6abf7158809cf4f3cef4359d8d580aa4f", 10, "39383736353433323130", "0123456789", "2496655549"},
    {"2b7e151628aed2a6abf7158809cf4f3cef4359d8d580aa4f", 36, "3737373770717273373737", "0123456789abcdefghi",
     "xbj3kv35jrawxv32ysr"},
    {"2b7e151628aed2a6abf7158809cf4f3cef4359d8d580aa4f7f036d6f04fc6a94", 10, "", "0123456789", "6657667009"},
    {"2b7e151628aed2a6abf7158809cf4f3cef4359d8d580aa4f7f036d6f04fc6a94", 10, "39383736353433323130", "0123456789",
     "1001623463"},
    {"2b7e151628aed2a6abf7158809cf4f3cef4359d8d580aa4f7f036d6f04fc6a94", 36, "3737373770717273373737",
     "0123456789abcdefghi", "xs8a0azh2avyalyzuwd"},
};

TEST(Ff1, GivesKnownAnswersBothWays) {
    for (const Known& known : kKnown) {
        const Ff1 ff1 =
            Ff1::create(test::from_hexadecimal(known.key), known.radix, static_cast<unsigned>(std::strlen(known.plain)),
                        test::from_hexadecimal(known.tweak))
                .value();
        Digits digits = digits_of(known.plain);
        ASSERT_TRUE(ff1.encrypt(digits).ok());
        EXPECT_EQ(text_of(digits), known.encrypted);
        ASSERT_TRUE(ff1.decrypt(digits).ok());
        EXPECT_EQ(text_of(digits), known.plain);
    }
}

Bytes key() { return Bytes(32, 0x5A); }

TEST(Ff1, ComesBackForEveryRadixLengthAndTweak) {
    std::mt19937_64 random(20261124);
    for (const unsigned radix : {2U, 3U, 10U, 36U, 255U, 256U, 1465U, 65535U, 65536U})
        for (unsigned length = 2; length <= 40; ++length)
            for (const std::size_t tweak_size : {0U, 1U, 8U, 11U, 12U, 15U, 16U, 33U}) {
                Bytes tweak(tweak_size);
                for (std::uint8_t& byte : tweak)
                    byte = static_cast<std::uint8_t>(random());
                const auto ff1 = Ff1::create(key(), radix, length, tweak);
                if (!ff1.ok())
                    continue;
                Digits plain(length);
                for (std::uint16_t& digit : plain)
                    digit = static_cast<std::uint16_t>(random() % radix);
                Digits digits = plain;
                ASSERT_TRUE(ff1.value().encrypt(digits).ok());
                for (const std::uint16_t digit : digits)
                    ASSERT_LT(digit, radix);
                ASSERT_NE(digits, plain) << "one in a million at most";
                ASSERT_TRUE(ff1.value().decrypt(digits).ok());
                ASSERT_EQ(digits, plain) << radix << " " << length << " " << tweak_size;
            }
}

TEST(Ff1, DependsOnKeyTweakRadixAndLength) {
    const Digits plain = digits_of("0123456789");
    std::set<Digits> seen;
    Bytes other_key = key();
    other_key[31] ^= 1U;
    Bytes long_tweak(40, 1);
    Bytes longer_tweak(41, 1);
    Bytes other_start = long_tweak;
    other_start[0] = 2;
    int made = 0;
    for (const Bytes& with : {key(), other_key, Bytes(16, 0x5A), Bytes(24, 0x5A)})
        for (const Bytes& tweak : {Bytes(), Bytes(1), Bytes(2), long_tweak, longer_tweak, other_start})
            for (const unsigned radix : {10U, 11U, 12U}) {
                Digits digits = plain;
                ASSERT_TRUE(Ff1::create(with, radix, 10, tweak).value().encrypt(digits).ok());
                seen.insert(digits);
                ++made;
            }
    EXPECT_EQ(seen.size(), static_cast<std::size_t>(made));
}

TEST(Ff1, RefusesWhatIsTooSmallOrTooLarge) {
    const auto possible = [](unsigned radix, unsigned length) { return Ff1::create(key(), radix, length, {}).ok(); };
    EXPECT_FALSE(possible(10, 5));
    EXPECT_TRUE(possible(10, 6));
    EXPECT_FALSE(possible(2, 19));
    EXPECT_TRUE(possible(2, 20));
    EXPECT_FALSE(possible(999, 2));
    EXPECT_TRUE(possible(1000, 2));
    EXPECT_FALSE(possible(1000, 1));
    EXPECT_FALSE(possible(1, 100));
    EXPECT_FALSE(possible(0, 100));
    EXPECT_FALSE(possible(65537, 4));
    EXPECT_TRUE(possible(10, 56));
    EXPECT_FALSE(possible(10, 57));
    EXPECT_TRUE(possible(2, 192));
    EXPECT_FALSE(possible(2, 193));
    EXPECT_FALSE(possible(10, 4'000'000'000U));
    EXPECT_FALSE(Ff1::create(Bytes(31), 10, 10, {}).ok());
    EXPECT_FALSE(Ff1::create(key(), 10, 10, Bytes(Ff1::kMaxTweakBytes + 1)).ok());
}

TEST(Ff1, RefusesDigitsOfAnotherForm) {
    const Ff1 ff1 = Ff1::create(key(), 10, 6, {}).value();
    for (Digits digits : {Digits{1, 2, 3, 4, 5}, Digits{1, 2, 3, 4, 5, 6, 7}, Digits{1, 2, 3, 4, 5, 10}, Digits{}}) {
        const Digits before = digits;
        EXPECT_FALSE(ff1.encrypt(digits).ok());
        EXPECT_FALSE(ff1.decrypt(digits).ok());
        EXPECT_EQ(digits, before);
    }
}

// All of a domain that four digits do not fill, so that many ranks need a second step: 32^4 is 4.9 % larger.
TEST(RankCipher, IsAPermutation) {
    constexpr std::uint64_t kSize = 1'000'003;
    const RankCipher cipher = RankCipher::create(key(), kSize, Bytes(3)).value();
    const Ff1 steps = Ff1::create(key(), 32, 4, Bytes(3)).value();
    std::vector<bool> hit(kSize);
    std::uint64_t walked = 0;
    for (std::uint64_t rank = 0; rank < kSize; ++rank) {
        const std::uint64_t encrypted = cipher.encrypt(rank);
        ASSERT_LT(encrypted, kSize);
        ASSERT_FALSE(hit[encrypted]) << rank;
        hit[encrypted] = true;
        if (rank % 16 == 0) {
            ASSERT_EQ(cipher.decrypt(encrypted), rank);
            const Halves step = steps.encrypt(Halves{rank / 1024, rank % 1024});
            walked += step.left * 1024 + step.right >= kSize ? 1 : 0;
        }
    }
    EXPECT_GT(walked, 1000U) << "or nothing has been shown about walking";
}

TEST(RankCipher, ComesBackForEverySize) {
    std::mt19937_64 random(20261124);
    for (const std::uint64_t size :
         {std::uint64_t{1'000'000}, std::uint64_t{4'595'573'426'400}, std::uint64_t{1} << 63U, ~std::uint64_t{0}}) {
        const RankCipher cipher = RankCipher::create(key(), size, {}).value();
        for (int i = 0; i < 1000; ++i) {
            const std::uint64_t rank = random() % size;
            const std::uint64_t encrypted = cipher.encrypt(rank);
            ASSERT_LT(encrypted, size);
            ASSERT_EQ(cipher.decrypt(encrypted), rank) << size;
        }
        ASSERT_EQ(cipher.decrypt(cipher.encrypt(size - 1)), size - 1);
    }
    EXPECT_FALSE(RankCipher::create(key(), 999'999, {}).ok());
}

} // namespace
} // namespace health_dp::core::pseudonym
