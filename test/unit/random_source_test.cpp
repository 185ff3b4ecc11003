#include "core/noise/random_source.hpp"

#include "support/numbers.hpp"
#include "support/random_fakes.hpp"

#include <gtest/gtest.h>

#include <array>
#include <map>

namespace health_dp::core {
namespace {

using test::power_of_two;
using test::ratio;
using test::ScriptedRandom;

TEST(UniformBelow, GivesEveryValueTheSameNumberOfBytes) {
    // All 256 first bytes: each value below the bound must come from equally many of them, whatever the bound.
    for (unsigned bound = 2; bound <= 256; ++bound) {
        std::map<std::uint64_t, int> counts;
        for (unsigned byte = 0; byte < 256; ++byte) {
            ScriptedRandom random{static_cast<std::uint8_t>(byte), 0};
            const auto value = static_cast<std::uint64_t>(random.uniform_below(bound));
            ASSERT_LT(value, bound);
            if (random.consumed() == 1)
                ++counts[value];
        }
        ASSERT_EQ(counts.size(), bound);
        for (const auto& [value, count] : counts)
            ASSERT_EQ(count, counts[0]) << "value " << value << " below " << bound;
    }
}

TEST(UniformBelow, RejectsInsteadOfReducing) {
    ScriptedRandom random{0xFF, 0x1A, 0x13}; // 31 and 26 after the mask, both beyond 19
    EXPECT_TRUE(random.uniform_below(20) == 19);
    EXPECT_EQ(random.consumed(), 3U);
}

TEST(UniformBelow, NeedsNothingForOneValue) {
    ScriptedRandom random{};
    EXPECT_TRUE(random.uniform_below(1) == 0);
}

TEST(UniformBelow, ReachesTheLargestValueOfEveryWidth) {
    for (unsigned bits = 1; bits <= 127; ++bits) {
        test::ConstantRandom random(0xFF);
        ASSERT_TRUE(random.uniform_below(power_of_two(bits)) == power_of_two(bits) - 1) << bits;
    }
    // All 128 bits: the largest 128-bit number is not below the bound, the next attempt is.
    ScriptedRandom random{0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF,
                          0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFE, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF,
                          0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF};
    EXPECT_TRUE(random.uniform_below(~Unsigned128{0}) == ~Unsigned128{0} - 1);
}

TEST(Bernoulli, HasExactlyItsProbability) {
    int successes = 0;
    for (unsigned byte = 0; byte < 8; ++byte) {
        ScriptedRandom random{static_cast<std::uint8_t>(byte)};
        successes += random.bernoulli(ratio(3, 8)) ? 1 : 0;
    }
    EXPECT_EQ(successes, 3);
    ScriptedRandom nothing{};
    EXPECT_FALSE(nothing.bernoulli(Rational{}));
    EXPECT_TRUE(nothing.bernoulli(Rational::whole(1)));
}

} // namespace
} // namespace health_dp::core
