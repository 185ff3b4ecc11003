// [C10] How often groups appear, against the closed forms of truncated geometric partition selection.
//
// Power, with 10^6 groups of each size: at π = 1/2 a deviation of 0.4 percentage points is missed with probability
// below 10 %, of 0.5 below 10^-3; a table shifted by one patient is seen at once.
#include "core/grouping/partition_selection.hpp"
#include "core/noise/keyed_stream.hpp"

#include "support/numbers.hpp"
#include "support/statistics.hpp"

#include <algorithm>
#include <cstring>

namespace health_dp::core {
namespace {

constexpr std::uint64_t kGroups = 1'000'000;

// π by the closed forms of the paper (Theorem 1) rather than by the recursion.
long double pi(long double epsilon, long double delta, std::uint64_t n) {
    const long double crossing =
        1 + std::floor(std::log((std::exp(epsilon) + 2 * delta - 1) / ((std::exp(epsilon) + 1) * delta)) / epsilon);
    const auto rising = [&](long double m) { return delta * std::expm1(m * epsilon) / std::expm1(epsilon); };
    const auto size = static_cast<long double>(n);
    if (size <= crossing)
        return rising(size);
    const long double m = size - crossing;
    const long double start = rising(crossing);
    return std::min(1.0L,
                    (1 - std::exp(-m * epsilon)) * (1 + delta / std::expm1(epsilon)) + std::exp(-m * epsilon) * start);
}

struct Parameters {
    const char* epsilon;
    const char* delta;
    std::uint64_t min_cell;
    std::vector<std::uint64_t> sizes;
};

TEST(PartitionSelectionFrequency, FollowsTheClosedForm) {
    const std::vector<Parameters> parameters = {
        {"0.5", "0.02", 1, {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 1000}},
        {"0.1", "0.001", 11, {10, 11, 20, 40, 55, 60, 80, 200}},
        {"1.5", "0.000001", 11, {17, 18, 19, 20, 21, 25}},
    };
    const ReleaseKey key = ReleaseKey::generate().value();
    for (const Parameters& p : parameters) {
        PartitionSelection selection =
            PartitionSelection::create(Epsilon::parse(p.epsilon).value(), Delta::parse(p.delta).value(), p.min_cell)
                .value();
        for (const std::uint64_t size : p.sizes) {
            KeyedStream random(key, {.purpose = Purpose::partition_selection,
                                     .measurement = static_cast<std::uint32_t>(&p - parameters.data()),
                                     .grouping_set = static_cast<std::uint32_t>(size)});
            std::uint64_t kept = 0;
            for (std::uint64_t i = 0; i < kGroups; ++i)
                kept += selection.keep(size, random) ? 1 : 0;
            const std::uint64_t argument = size < p.min_cell ? 0 : size - p.min_cell + 1;
            const long double expected = pi(static_cast<long double>(test::decimal(p.epsilon).approximation()),
                                            static_cast<long double>(test::decimal(p.delta).approximation()), argument);
            EXPECT_TRUE(test::plausible_frequency(kept, kGroups, expected))
                << "epsilon " << p.epsilon << ", delta " << p.delta << ", " << size << " patients: " << kept;
        }
    }
}

// As a release decides: each group by the first bytes of its own stream.
TEST(PartitionSelectionFrequency, IsExactAcrossGroups) {
    PartitionSelection selection =
        PartitionSelection::create(Epsilon::parse("0.5").value(), Delta::parse("0.02").value(), 1).value();
    const ReleaseKey key = ReleaseKey::generate().value();
    StreamName name{.purpose = Purpose::partition_selection};
    std::uint64_t kept = 0;
    for (std::uint64_t group = 0; group < kGroups; ++group) {
        std::memcpy(name.group.data(), &group, sizeof group);
        KeyedStream random(key, name);
        kept += selection.keep(6, random) ? 1 : 0;
    }
    EXPECT_TRUE(test::plausible_frequency(kept, kGroups, 0.58840484458L)) << kept;
}

TEST(PartitionSelectionFrequency, TheTestNoticesOnePercent) {
    PartitionSelection broken =
        PartitionSelection::create(Epsilon::parse("0.505").value(), Delta::parse("0.02").value(), 1).value();
    const ReleaseKey key = ReleaseKey::generate().value();
    KeyedStream random(key, {.purpose = Purpose::partition_selection});
    std::uint64_t kept = 0;
    for (std::uint64_t i = 0; i < kGroups; ++i)
        kept += broken.keep(6, random) ? 1 : 0;
    EXPECT_FALSE(test::plausible_frequency(kept, kGroups, 0.58840484458L)) << kept;
}

} // namespace
} // namespace health_dp::core
