#include "core/pseudonym/key_shares.hpp"

#include "support/statistics.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <random>

namespace health_dp::core::key_shares {
namespace {

class KeyShares : public ::testing::Test {
  protected:
    void SetUp() override { ASSERT_TRUE(start_cryptography().ok()); }

    static Share copy(const Share& share) { return Share::parse(share.bytes()).value(); }

    static std::vector<Share> chosen(const Splitting& splitting, const std::vector<std::size_t>& places) {
        std::vector<Share> shares;
        for (const std::size_t place : places)
            shares.push_back(copy(splitting.shares[place]));
        return shares;
    }

    // The same share with another value.
    static Share changed(const Share& share, const Scalar& value) {
        std::array<std::uint8_t, Share::kBytes> bytes{};
        std::ranges::copy(share.bytes(), bytes.begin());
        std::ranges::copy(value.bytes(), bytes.end() - Scalar::kBytes);
        return Share::parse(bytes).value();
    }

    static bool makes(const std::vector<Share>& shares, const Scalar& key) {
        const auto combined = combine(shares);
        return combined.ok() && std::ranges::equal(combined.value().bytes(), key.bytes());
    }
};

TEST_F(KeyShares, AnyThresholdOfThemMakesTheKey) {
    for (const auto& [threshold, count] : {std::pair(2U, 2U), {2U, 5U}, {3U, 5U}, {5U, 6U}, {6U, 6U}}) {
        const Scalar key = Scalar::random();
        const Splitting splitting = Splitting::of(key, threshold, count).value();
        ASSERT_EQ(splitting.shares.size(), count);
        for (unsigned subset = 0; subset < 1U << count; ++subset) {
            std::vector<std::size_t> places;
            for (std::size_t i = count; i-- > 0;)
                if ((subset >> i & 1U) != 0)
                    places.push_back(i);
            const std::vector<Share> shares = chosen(splitting, places);
            EXPECT_EQ(makes(shares, key), places.size() >= threshold) << subset;
            if (places.size() < threshold) {
                EXPECT_EQ(combine(shares).error().code, ErrorCode::too_few);
            }
        }
    }
}

TEST_F(KeyShares, AsManyAsAByteCounts) {
    const Scalar key = Scalar::random();
    const Splitting splitting = Splitting::of(key, 255, 255).value();
    EXPECT_TRUE(makes(chosen(splitting,
                             [] {
                                 std::vector<std::size_t> all(255);
                                 std::iota(all.rbegin(), all.rend(), std::size_t{0});
                                 return all;
                             }()),
                      key));
    EXPECT_TRUE(splitting.record.verify(splitting.shares[254]).ok());
    for (const auto& [threshold, count] : {std::pair(0U, 3U), {1U, 3U}, {4U, 3U}, {2U, 256U}, {256U, 256U}})
        EXPECT_EQ(Splitting::of(key, threshold, count).error().code, ErrorCode::out_of_range);
    EXPECT_EQ(Splitting::of(Scalar::whole(0), 2, 3).error().code, ErrorCode::out_of_range);
}

TEST_F(KeyShares, FewerMatchEveryKey) {
    // The structure of the secrecy: whatever threshold - 1 shares are known, each key is possible, with exactly one
    // value of a further share. So the known ones tell nothing that the key alone does not. Here for three keys.
    const Splitting splitting = Splitting::of(Scalar::random(), 3, 5).value();
    const Share& one = splitting.shares[0];
    const Share& other = splitting.shares[1];
    for (int i = 0; i < 3; ++i) {
        const Scalar key = Scalar::random();
        // key = f1 * one + f2 * other + f3 * further, solved for the third custodian's value.
        const std::vector<unsigned> indexes = {1, 2, 3};
        const Scalar known = one.value()
                                 .times(interpolation_factor(indexes, 0))
                                 .plus(other.value().times(interpolation_factor(indexes, 1)));
        const Scalar further = key.minus(known).times(interpolation_factor(indexes, 2).inverse());
        const Share third = changed(splitting.shares[2], further);
        Scalar made = Scalar::whole(0);
        const Share* const all[] = {&one, &other, &third};
        for (std::size_t j = 0; j < 3; ++j)
            made = made.plus(all[j]->value().times(interpolation_factor(indexes, j)));
        EXPECT_TRUE(made.equals(key));
    }
}

TEST_F(KeyShares, FewerAreUniform) {
    // Of one and the same key, two shares of three needed take all values: their leading three bits are a fair die of
    // 64 faces. (The order exceeds 2^252 by so little that the bits below that weight are uniform.)
    constexpr int kSplittings = 5120;
    const Scalar key = Scalar::whole(1);
    std::vector<std::uint64_t> seen(64);
    for (int i = 0; i < kSplittings; ++i) {
        const Splitting splitting = Splitting::of(key, 3, 3).value();
        const auto leading = [&](std::size_t place) { return splitting.shares[place].value().bytes()[31] >> 1U & 7U; };
        ++seen[leading(0) << 3U | leading(1)];
    }
    EXPECT_GT(test::chi_square_p_value(seen, std::vector<long double>(64, 1.0L / 64)), test::kFalseAlarm);
}

TEST_F(KeyShares, RefusesByName) {
    const Splitting splitting = Splitting::of(Scalar::random(), 3, 5).value();
    const Splitting other = Splitting::of(Scalar::random(), 3, 5).value();
    const auto error_of = [](const std::vector<Share>& shares) { return combine(shares).error().code; };
    EXPECT_EQ(error_of({}), ErrorCode::too_few);
    EXPECT_EQ(error_of(chosen(splitting, {0, 1})), ErrorCode::too_few);
    EXPECT_EQ(error_of(chosen(splitting, {0, 1, 0})), ErrorCode::duplicate);
    EXPECT_EQ(error_of(chosen(splitting, {0, 1, 2, 3, 3})), ErrorCode::duplicate);
    std::vector<Share> mixed = chosen(splitting, {0, 1});
    mixed.push_back(copy(other.shares[2]));
    EXPECT_EQ(error_of(mixed), ErrorCode::mixed);

    for (std::size_t place = 0; place < 4; ++place) { // also where more are given than needed
        std::vector<Share> wrong = chosen(splitting, {0, 1, 2, 3});
        wrong[place] = changed(wrong[place], wrong[place].value().plus(Scalar::whole(1)));
        EXPECT_EQ(error_of(wrong), ErrorCode::corrupted) << place;
    }
}

TEST_F(KeyShares, OfTwoSplittingsOfOneKeyDoNotMix) {
    const Scalar key = Scalar::random();
    const Splitting one = Splitting::of(key, 2, 3).value();
    const Splitting other = Splitting::of(key, 2, 3).value();
    const Splitting wider = Splitting::of(key, 3, 3).value();
    std::vector<Share> shares = chosen(one, {0});
    shares.push_back(copy(other.shares[1]));
    EXPECT_EQ(combine(shares).error().code, ErrorCode::corrupted);
    EXPECT_EQ(one.record.verify(other.shares[1]).error().code, ErrorCode::corrupted);
    shares[1] = copy(wider.shares[1]);
    EXPECT_EQ(combine(shares).error().code, ErrorCode::mixed);
    EXPECT_EQ(one.record.verify(wider.shares[1]).error().code, ErrorCode::mixed);
}

TEST_F(KeyShares, TheRecordTellsRightFromWrong) {
    const Splitting splitting = Splitting::of(Scalar::random(), 3, 5).value();
    const PublicRecord record = PublicRecord::parse(splitting.record.bytes()).value();
    EXPECT_EQ(record.threshold(), 3U);
    EXPECT_EQ(record.count(), 5U);
    EXPECT_EQ(record.key(), splitting.shares[0].key());
    for (const Share& share : splitting.shares) {
        EXPECT_TRUE(record.verify(share).ok()) << share.index();
        for (const Scalar& value : {share.value().plus(Scalar::whole(1)), Scalar::whole(0), Scalar::whole(1)})
            EXPECT_EQ(record.verify(changed(share, value)).error().code, ErrorCode::corrupted) << share.index();
        std::array<std::uint8_t, Share::kBytes> bytes{};
        std::ranges::copy(share.bytes(), bytes.begin());
        bytes[1] = static_cast<std::uint8_t>(share.index() % 5 + 1);
        EXPECT_EQ(record.verify(Share::parse(bytes).value()).error().code, ErrorCode::corrupted) << "another's index";
        bytes[1] = 6;
        EXPECT_EQ(record.verify(Share::parse(bytes).value()).error().code, ErrorCode::mixed) << "nobody's index";
    }
    const Splitting other = Splitting::of(Scalar::random(), 3, 5).value();
    EXPECT_EQ(record.verify(other.shares[0]).error().code, ErrorCode::mixed);
}

TEST_F(KeyShares, EvaluateTogetherWithoutTheKey) {
    // What the shares leave room for: each multiplies an element by a share of its own, and the weighted results add up
    // to the element times the key, which nobody has made.
    const Scalar key = Scalar::random();
    const Splitting splitting = Splitting::of(key, 3, 5).value();
    const Element blinded = Element::base_times(Scalar::random()).value();
    const std::vector<unsigned> indexes = {5, 1, 4};
    Result<Element> sum = blinded;
    for (std::size_t i = 0; i < indexes.size(); ++i) {
        const Element part = blinded.times(splitting.shares[indexes[i] - 1].value()).value();
        const Element weighted = part.times(interpolation_factor(indexes, i)).value();
        sum = i == 0 ? weighted : sum.value().plus(weighted);
    }
    EXPECT_EQ(sum.value(), blinded.times(key).value());
}

TEST_F(KeyShares, LieInGuardedMemory) {
    const std::uint8_t* bytes = nullptr;
    {
        const Splitting splitting = Splitting::of(Scalar::random(), 2, 2).value();
        bytes = splitting.shares[0].bytes().data();
    }
    const auto touch = [&] {
        const volatile std::uint8_t* place = bytes;
        [[maybe_unused]] const std::uint8_t value = *place;
    };
    EXPECT_DEATH(touch(), "");
}

TEST_F(KeyShares, AnyBytesAreReadOrRefused) {
    const Splitting splitting = Splitting::of(Scalar::random(), 3, 5).value();
    const std::vector<std::uint8_t> record = splitting.record.bytes();
    std::mt19937 random(20191121); // a fixed seed; the keys differ each time
    int accepted = 0;
    for (int i = 0; i < 20000; ++i) {
        std::array<std::uint8_t, Share::kBytes> share{};
        std::ranges::copy(splitting.shares[random() % 5].bytes(), share.begin());
        share[random() % share.size()] ^= static_cast<std::uint8_t>(random() % 4 == 0 ? 0 : random());
        const auto parsed = Share::parse(share);
        if (parsed.ok()) {
            ++accepted;
            EXPECT_TRUE(std::ranges::equal(parsed.value().bytes(), share));
            EXPECT_GE(parsed.value().threshold(), kMinThreshold);
            EXPECT_GE(parsed.value().index(), 1U);
        }
        std::vector<std::uint8_t> bytes = record;
        bytes[random() % bytes.size()] ^= static_cast<std::uint8_t>(random() % 4 == 0 ? 0 : random());
        if (random() % 4 == 0)
            bytes.resize(random() % 200);
        const auto read = PublicRecord::parse(bytes);
        if (read.ok()) {
            ++accepted;
            EXPECT_EQ(read.value().bytes(), bytes);
            EXPECT_LE(read.value().threshold(), read.value().count());
        }
    }
    EXPECT_GT(accepted, 5000);
}

} // namespace
} // namespace health_dp::core::key_shares
