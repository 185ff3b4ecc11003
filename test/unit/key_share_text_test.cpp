#include "core/pseudonym/key_share_text.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

namespace health_dp::core::key_shares {
namespace {

class KeyShareText : public ::testing::Test {
  protected:
    static Splitting split() {
        const auto started = start_cryptography();
        return Splitting::of(started.ok() ? Scalar::random() : Scalar::whole(0), 2, 3).value();
    }

    static std::string text(const Result<SecretText>& printed) { return std::string(printed.value().view()); }
    static bool equal(const Share& one, const Share& other) { return std::ranges::equal(one.bytes(), other.bytes()); }

    const Splitting splitting = split();
    const Share& share = splitting.shares[1];
};

TEST_F(KeyShareText, SharesComeBack) {
    const std::string printed = text(print(share));
    EXPECT_EQ(printed.rfind("HDPS1-", 0), 0U);
    EXPECT_EQ(printed.size(), 5U + 21 * 5 + 4) << "50 bytes and a check: 21 groups of four, one of three";
    EXPECT_TRUE(equal(read_share(printed).value(), share));
}

TEST_F(KeyShareText, RecordsComeBack) {
    const PublicRecord record = read_record(text(print(splitting.record))).value();
    EXPECT_EQ(record.bytes(), splitting.record.bytes());
    EXPECT_TRUE(record.verify(share).ok());
}

TEST_F(KeyShareText, NothingPassesForSomethingElse) {
    const SealingKey key = SealingKey::generate().value();
    const std::string texts[] = {text(print(share)), text(print(splitting.record)), text(print(key.public_key())),
                                 text(seal(share, key.public_key()))};
    for (std::size_t i = 0; i < std::size(texts); ++i) {
        EXPECT_EQ(read_share(texts[i]).ok(), i == 0);
        EXPECT_EQ(read_record(texts[i]).ok(), i == 1);
        EXPECT_EQ(read_sealing_key(texts[i]).ok(), i == 2);
        EXPECT_EQ(key.open(texts[i]).ok(), i == 3);
    }
    // Right tag and check, wrong contents.
    const std::array<std::uint8_t, Share::kBytes> zeros{};
    EXPECT_EQ(read_share(text(print_bytes("HDPS1", zeros))).error().code, ErrorCode::bad_syntax);
    EXPECT_EQ(read_share(text(print_bytes("HDPS1", share.bytes().first(49)))).error().code, ErrorCode::bad_syntax);
    EXPECT_EQ(read_record(text(print_bytes("HDPR1", zeros))).error().code, ErrorCode::bad_syntax);
    EXPECT_EQ(read_record(text(print_bytes("HDPR1", {}))).error().code, ErrorCode::bad_syntax);
    EXPECT_EQ(read_sealing_key(text(print_bytes("HDPE1", zeros))).error().code, ErrorCode::bad_syntax);
}

TEST_F(KeyShareText, OnlyTheServersKeyOpensASealedShare) {
    const SealingKey key = SealingKey::generate().value();
    const SealingKey other = SealingKey::generate().value();
    const SealingKey::Public read = read_sealing_key(text(print(key.public_key()))).value();
    const std::string sealed = text(seal(share, read));
    EXPECT_TRUE(equal(key.open(sealed).value(), share));
    EXPECT_EQ(other.open(sealed).error().code, ErrorCode::corrupted);
    EXPECT_NE(sealed, text(seal(share, read))) << "no two sealed texts are the same";
}

TEST_F(KeyShareText, SealedBytesAreNotChangedUnnoticed) {
    // Whoever changes a sealed share can make its printed check right again.
    const SealingKey key = SealingKey::generate().value();
    const std::string sealed = text(seal(share, key.public_key()));
    const SecretBytes bytes = read_printed("HDPX1", sealed).value();
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        SecretBytes changed = SecretBytes::copy_of(bytes.bytes()).value();
        changed.bytes()[i] ^= 1U;
        EXPECT_EQ(key.open(text(print_bytes("HDPX1", changed.bytes()))).error().code, ErrorCode::corrupted) << i;
    }
}

TEST_F(KeyShareText, NothingIsSealedToAWeakKey) {
    // Multiplied by anything it gives zero, and everybody could open what was sealed to it.
    EXPECT_EQ(seal(share, SealingKey::Public{}).error().code, ErrorCode::bad_element);
}

} // namespace
} // namespace health_dp::core::key_shares
