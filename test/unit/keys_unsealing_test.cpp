#include "core/keys/unsealing.hpp"

#include <gtest/gtest.h>

#include <string>

namespace health_dp::core::keys {
namespace {

using key_shares::SealingKey;
using key_shares::Share;
using key_shares::Splitting;

struct Custodians {
    ristretto::Scalar key;
    Splitting splitting;
};

Custodians split(unsigned threshold, unsigned count) {
    EXPECT_TRUE(start_cryptography().ok());
    ristretto::Scalar key = ristretto::Scalar::random();
    Splitting splitting = Splitting::of(key, threshold, count).value();
    return {std::move(key), std::move(splitting)};
}

std::string sealed(const Unsealing& unsealing, const Share& share) {
    const auto key = key_shares::read_sealing_key(unsealing.public_key().value().view()).value();
    return std::string(key_shares::seal(share, key).value().view());
}

std::optional<RootKey> entered(Unsealing& unsealing, const Share& share) {
    auto root = unsealing.enter(sealed(unsealing, share));
    EXPECT_TRUE(root.ok());
    return std::move(root).value();
}

ErrorCode refusal(Unsealing& unsealing, const std::string& text) { return unsealing.enter(text).error().code; }

TEST(Unsealing, AnyThreeOfFiveMakeTheRoot) {
    const Custodians custodians = split(3, 5);
    const CheckValue expected = RootKey::received(custodians.key.bytes()).value().check();
    for (const auto& chosen : {std::array{0U, 1U, 2U}, std::array{4U, 0U, 3U}}) {
        Unsealing unsealing = Unsealing::begin().value();
        EXPECT_EQ(unsealing.shares_needed(), 0U);
        EXPECT_FALSE(entered(unsealing, custodians.splitting.shares[chosen[0]]).has_value());
        EXPECT_FALSE(entered(unsealing, custodians.splitting.shares[chosen[1]]).has_value());
        EXPECT_EQ(unsealing.shares_in(), 2U);
        EXPECT_EQ(unsealing.shares_needed(), 3U);
        const auto root = entered(unsealing, custodians.splitting.shares[chosen[2]]);
        ASSERT_TRUE(root.has_value());
        EXPECT_EQ(root->check(), expected);
        EXPECT_EQ(unsealing.shares_in(), 0U) << "the shares are forgotten";
    }
}

TEST(Unsealing, RefusesWhatIsNoShareForItOrAgain) {
    const Custodians custodians = split(2, 3);
    Unsealing unsealing = Unsealing::begin().value();
    const Unsealing other = Unsealing::begin().value();
    EXPECT_EQ(refusal(unsealing, sealed(other, custodians.splitting.shares[0])), ErrorCode::corrupted);
    EXPECT_EQ(refusal(unsealing, "HDPX1-"), ErrorCode::bad_syntax);
    EXPECT_FALSE(unsealing.enter("").ok());
    const auto plain = key_shares::print(custodians.splitting.shares[0]).value();
    EXPECT_EQ(refusal(unsealing, std::string(plain.view())), ErrorCode::bad_syntax) << "never in the clear";
    EXPECT_EQ(unsealing.shares_in(), 0U);
    EXPECT_FALSE(entered(unsealing, custodians.splitting.shares[0]).has_value());
    EXPECT_EQ(refusal(unsealing, sealed(unsealing, custodians.splitting.shares[0])), ErrorCode::duplicate);
    EXPECT_EQ(unsealing.shares_in(), 1U);
    EXPECT_TRUE(entered(unsealing, custodians.splitting.shares[2]).has_value());
}

TEST(Unsealing, AShareOfAnotherKeyKeepsNobodyFromUnsealing) {
    const Custodians ours = split(2, 2);
    Unsealing unsealing = Unsealing::begin().value();
    for (int stray = 0; stray < 7; ++stray)
        EXPECT_FALSE(entered(unsealing, split(2, 2).splitting.shares[0]).has_value());
    EXPECT_FALSE(entered(unsealing, ours.splitting.shares[1]).has_value());
    EXPECT_EQ(refusal(unsealing, sealed(unsealing, split(2, 2).splitting.shares[0])), ErrorCode::mixed)
        << "but they do not fill its memory";
    EXPECT_TRUE(entered(unsealing, ours.splitting.shares[0]).has_value());
}

TEST(Unsealing, ForgetsASetThatMakesNoKey) {
    const Custodians custodians = split(2, 3);
    std::array<std::uint8_t, Share::kBytes> bytes{};
    std::ranges::copy(custodians.splitting.shares[1].bytes(), bytes.begin());
    bytes[Share::kBytes - ristretto::Scalar::kBytes] ^= 1U;
    const Share wrong = Share::parse(bytes).value();
    Unsealing unsealing = Unsealing::begin().value();
    EXPECT_FALSE(entered(unsealing, custodians.splitting.shares[0]).has_value());
    EXPECT_EQ(refusal(unsealing, sealed(unsealing, wrong)), ErrorCode::corrupted);
    EXPECT_EQ(unsealing.shares_in(), 0U);
    EXPECT_FALSE(entered(unsealing, custodians.splitting.shares[0]).has_value());
    EXPECT_TRUE(entered(unsealing, custodians.splitting.shares[1]).has_value());
}

} // namespace
} // namespace health_dp::core::keys
