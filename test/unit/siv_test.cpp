#include "core/pseudonym/siv.hpp"

#include "support/hexadecimal.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace health_dp::core::pseudonym {
namespace {

using test::from_hexadecimal;
using test::hexadecimal;

struct Known {
    const char* key;
    std::vector<const char*> associated;
    const char* plaintext;
    const char* sealed;
};

// RFC 5297, A.1 and A.2 (AES-128), and the vectors of OpenSSL's tests for AES-192 and AES-256, which the RFC lacks.
const std::vector<Known>& known_answers() {
    static const std::vector<Known> kAnswers = {
        {"fffefdfcfbfaf9f8f7f6f5f4f3f2f1f0f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff",
         {"101112131415161718191a1b1c1d1e1f2021222324252627"},
         "112233445566778899aabbccddee",
         "85632d07c6e8f37f950acd320a2ecc93"
         "40c02b9690c4dc04daef7f6afe5c"},
        {"7f7e7d7c7b7a79787776757473727170404142434445464748494a4b4c4d4e4f",
         {"00112233445566778899aabbccddeeffdeaddadadeaddadaffeeddccbbaa99887766554433221100", "102030405060708090a0",
          "09f911029d74e35bd84156c5635688c0"},
         "7468697320697320736f6d6520706c61696e7465787420746f20656e6372797074207573696e67205349562d414553",
         "7bdb6e3b432667eb06f4d14bff2fbd0f"
         "cb900f2fddbe404326601965c889bf17dba77ceb094fa663b7a3f748ba8af829ea64ad544a272e9c485b62a3fd5c0d"},
        {"fffefdfcfbfaf9f8f7f6f5f4f3f2f1f0f0f1f2f3f4f5f6f7f8f9fafbfcfdfefffffefdfcfbfaf9f8f7f6f5f4f3f2f1f0",
         {"101112131415161718191a1b1c1d1e1f2021222324252627"},
         "112233445566778899aabbccddee",
         "89e869b93256785154f0963962fe0740"
         "eff356e42dec1f4febded36642f2"},
        {"fffefdfcfbfaf9f8f7f6f5f4f3f2f1f0f0f1f2f3f4f5f6f7f8f9fafbfcfdfefff0f1f2f3f4f5f6f7f8f9fafbfcfdfefffffefdfcfbfaf"
         "9f8"
         "f7f6f5f4f3f2f1f0",
         {"101112131415161718191a1b1c1d1e1f2021222324252627"},
         "112233445566778899aabbccddee",
         "724dfb2eaf94dbb19b0ba3a299a0801e"
         "f3b05a55498ec2552690b89810e4"},
    };
    return kAnswers;
}

std::vector<std::vector<std::uint8_t>> decoded(const std::vector<const char*>& strings) {
    std::vector<std::vector<std::uint8_t>> bytes;
    for (const char* string : strings)
        bytes.push_back(from_hexadecimal(string));
    return bytes;
}

TEST(AesSiv, GivesKnownAnswersBothWays) {
    for (const Known& known : known_answers()) {
        const AesSiv siv = AesSiv::create(from_hexadecimal(known.key)).value();
        const auto strings = decoded(known.associated);
        const std::vector<Bytes> associated(strings.begin(), strings.end());
        for (int again = 0; again < 2; ++again) {
            const auto sealed = siv.seal(associated, from_hexadecimal(known.plaintext));
            ASSERT_TRUE(sealed.ok()) << sealed.error().message;
            EXPECT_EQ(hexadecimal(sealed.value()), known.sealed);
            const auto opened = siv.open(associated, from_hexadecimal(known.sealed));
            ASSERT_TRUE(opened.ok()) << opened.error().message;
            EXPECT_EQ(hexadecimal(opened.value()), known.plaintext);
        }
    }
}

TEST(AesSiv, OpensNothingThatWasChanged) {
    const Known& known = known_answers().back();
    const AesSiv siv = AesSiv::create(from_hexadecimal(known.key)).value();
    const auto strings = decoded(known.associated);
    const std::vector<Bytes> associated(strings.begin(), strings.end());
    const auto right = from_hexadecimal(known.sealed);
    for (std::size_t bit = 0; bit < 8 * right.size(); ++bit) {
        auto wrong = right;
        wrong[bit / 8] ^= static_cast<std::uint8_t>(1U << bit % 8);
        const auto opened = siv.open(associated, wrong);
        ASSERT_FALSE(opened.ok());
        EXPECT_EQ(opened.error().code, ErrorCode::unauthentic);
    }
    for (std::size_t size = 0; size < right.size(); ++size)
        EXPECT_FALSE(siv.open(associated, Bytes(right).first(size)).ok()) << size;
    EXPECT_FALSE(siv.open({}, right).ok());
    auto key = from_hexadecimal(known.key);
    key[40] ^= 1U;
    EXPECT_FALSE(AesSiv::create(key).value().open(associated, right).ok());
}

TEST(AesSiv, TakesNoEmptyString) {
    const AesSiv siv = AesSiv::create(std::vector<std::uint8_t>(64, 7)).value();
    const std::vector<std::uint8_t> one = {1};
    const std::vector<Bytes> with_empty = {one, Bytes()};
    EXPECT_TRUE(siv.seal(std::vector<Bytes>{one}, one).ok());
    EXPECT_TRUE(siv.seal({}, one).ok());
    EXPECT_FALSE(siv.seal(with_empty, one).ok());
    EXPECT_FALSE(siv.seal(std::vector<Bytes>{one}, {}).ok());
    EXPECT_FALSE(siv.seal(std::vector<Bytes>(127, one), one).ok());
    EXPECT_TRUE(siv.seal(std::vector<Bytes>(126, one), one).ok());
    for (const std::size_t size : {0U, 16U, 33U, 63U, 65U, 128U})
        EXPECT_FALSE(AesSiv::create(std::vector<std::uint8_t>(size, 7)).ok()) << size;
}

} // namespace
} // namespace health_dp::core::pseudonym
