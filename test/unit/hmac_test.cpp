#include "core/pseudonym/hmac.hpp"

#include "core/keys/hierarchy.hpp"
#include "support/hexadecimal.hpp"

#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <string>
#include <vector>

namespace health_dp::core::pseudonym {
namespace {

using test::from_hexadecimal;
using test::hexadecimal;
using Bytes = std::vector<std::uint8_t>;

Bytes bytes(const std::string& text) { return {text.begin(), text.end()}; }

std::string digest(const Bytes& key, const Bytes& message) {
    return hexadecimal(HmacSha256::create(key).value().digest(message));
}

// RFC 4231, test cases 1, 2, 3, 6 and 7.
TEST(Hmac, GivesKnownAnswers) {
    EXPECT_EQ(digest(Bytes(20, 0x0B), bytes("Hi There")),
              "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
    EXPECT_EQ(digest(bytes("Jefe"), bytes("what do ya want for nothing?")),
              "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    EXPECT_EQ(digest(Bytes(20, 0xAA), Bytes(50, 0xDD)),
              "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe");
    EXPECT_EQ(digest(Bytes(131, 0xAA), bytes("Test Using Larger Than Block-Size Key - Hash Key First")),
              "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
    EXPECT_EQ(digest(Bytes(131, 0xAA), bytes("This is a test using a larger than block-size key and a larger than "
                                             "block-size data. The key needs to be hashed before being used by the "
                                             "HMAC algorithm.")),
              "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2");
}

// Around every change of path: one padded block, two, more; keys below, at and beyond a block.
TEST(Hmac, AgreesWithOpenSslsAtEveryLength) {
    for (const std::size_t key_size : {0U, 1U, 32U, 63U, 64U, 65U, 200U}) {
        Bytes key(key_size);
        for (std::size_t i = 0; i < key_size; ++i)
            key[i] = static_cast<std::uint8_t>(7 * i + 1);
        const HmacSha256 hmac = HmacSha256::create(key).value();
        for (std::size_t size = 0; size <= 260; ++size) {
            Bytes message(size);
            for (std::size_t i = 0; i < size; ++i)
                message[i] = static_cast<std::uint8_t>(13 * i + size);
            Bytes expected(32);
            const std::uint8_t nothing = 0;
            ASSERT_NE(HMAC(EVP_sha256(), key.empty() ? &nothing : key.data(), static_cast<int>(key.size()),
                           message.data(), message.size(), expected.data(), nullptr),
                      nullptr);
            ASSERT_EQ(hexadecimal(hmac.digest(message)), hexadecimal(expected)) << key_size << " " << size;
        }
    }
}

// RFC 5869, appendix A, the cases with SHA-256: the first step is an HMAC, the second is what derives every key.
TEST(Hmac, ExtractsAndExpandsKeysAsKnown) {
    struct Case {
        const char* secret;
        const char* salt;
        const char* info;
        const char* extracted;
        const char* expanded;
    };
    constexpr Case kCases[] = {
        {"0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b", "000102030405060708090a0b0c", "f0f1f2f3f4f5f6f7f8f9",
         "077709362c2e32df0ddc3f0dc47bba6390b6c73bb50f9c3122ec844ad7c2b3e5",
         "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865"},
        {"000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f202122232425262728292a2b2c2d2e2f3031323334353"
         "63738393a3b3c3d3e3f404142434445464748494a4b4c4d4e4f",
         "606162636465666768696a6b6c6d6e6f707172737475767778797a7b7c7d7e7f808182838485868788898a8b8c8d8e8f9091929394959"
         "69798999a9b9c9d9e9fa0a1a2a3a4a5a6a7a8a9aaabacadaeaf",
         "b0b1b2b3b4b5b6b7b8b9babbbcbdbebfc0c1c2c3c4c5c6c7c8c9cacbcccdcecfd0d1d2d3d4d5d6d7d8d9dadbdcdddedfe0e1e2e3e4e5e"
         "6e7e8e9eaebecedeeeff0f1f2f3f4f5f6f7f8f9fafbfcfdfeff",
         "06a6b88c5853361a06104c9ceb35b45cef760014904671014a193f40c15fc244",
         "b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c59045a99cac7827271cb41c65e590e09da3275600c2f0"
         "9b8367793a9aca3db71cc30c58179ec3e87c14c01d5c1f3434f1d87"},
        {"0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b", "", "",
         "19ef24a32c717b167f33a91d6f648bdf96596776afdb6377ac434c1c293ccb04",
         "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8"},
    };
    for (const Case& known : kCases) {
        const auto extracted =
            HmacSha256::create(from_hexadecimal(known.salt)).value().digest(from_hexadecimal(known.secret));
        EXPECT_EQ(hexadecimal(extracted), known.extracted);
        Bytes expanded(from_hexadecimal(known.expanded).size());
        keys::expand(extracted, from_hexadecimal(known.info), expanded);
        EXPECT_EQ(hexadecimal(expanded), known.expanded);
    }
}

TEST(Hmac, StartsAfreshEachTime) {
    const HmacSha256 hmac = HmacSha256::create(bytes("key")).value();
    const auto first = hmac.digest(bytes("a"));
    EXPECT_NE(hmac.digest(bytes("b")), first);
    EXPECT_EQ(hmac.digest(bytes("a")), first);
}

} // namespace
} // namespace health_dp::core::pseudonym
