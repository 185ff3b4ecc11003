// Draws per second of what a release draws. Usage: noise_benchmark [seconds per line]
#include "core/grouping/partition_selection.hpp"
#include "core/noise/discrete_gaussian.hpp"
#include "core/noise/keyed_stream.hpp"

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace {

using namespace health_dp::core;
using Clock = std::chrono::steady_clock;

template <class Draw>
void measure(const char* what, double seconds, Draw&& draw) {
    constexpr int kBatch = 1000;
    const auto start = Clock::now();
    long draws = 0;
    Signed128 sum = 0;
    double elapsed = 0;
    do {
        for (int i = 0; i < kBatch; ++i)
            sum += draw();
        draws += kBatch;
        elapsed = std::chrono::duration<double>(Clock::now() - start).count();
    } while (elapsed < seconds);
    asm volatile("" : : "r"(static_cast<long>(sum))); // the sum counts as used
    std::printf("| %-52s | %10.0f | %6.0f |\n", what, static_cast<double>(draws) / elapsed,
                1e9 * elapsed / static_cast<double>(draws));
}

Rational decimal(const char* text) { return Rational::from(Decimal::parse(text).value()); }

} // namespace

int main(int argc, char** argv) {
    const double seconds = argc > 1 ? std::strtod(argv[1], nullptr) : 1;
    const ReleaseKey key = ReleaseKey::generate().value();
    KeyedStream random(key, {.purpose = Purpose::noise});
    std::printf("| %-52s | %10s | %6s |\n| --- | --- | --- |\n", "what", "per second", "ns");

    for (const char* scale : {"0.1", "2", "40", "133.37", "1000000", "1000000000000"}) {
        char what[64];
        std::snprintf(what, sizeof what, "discrete Laplace, scale %s", scale);
        const DiscreteLaplace laplace = DiscreteLaplace::create(decimal(scale)).value();
        measure(what, seconds, [&] { return laplace.draw(random); });
    }
    const Rational thousand_million = Rational::whole(1'000'000'000);
    for (const Rational& variance : {decimal("0.01"), decimal("4"), decimal("1600"), decimal("17787.5569"),
                                     decimal("1000000000000"), thousand_million.times(thousand_million).value(),
                                     Rational::whole(Unsigned128{1'000'000'000'000U} * 1'000'000'000'000U)}) {
        char what[64];
        std::snprintf(what, sizeof what, "discrete Gaussian, variance %g", variance.approximation());
        const DiscreteGaussian gaussian = DiscreteGaussian::create(variance).value();
        measure(what, seconds, [&] { return gaussian.draw(random); });
    }

    // As in a release: one stream a group.
    const DiscreteLaplace laplace = DiscreteLaplace::create(Rational::whole(40)).value();
    StreamName name{.purpose = Purpose::noise};
    std::uint64_t group = 0;
    measure("stream of a group, then discrete Laplace, scale 40", seconds, [&] {
        ++group;
        std::memcpy(name.group.data(), &group, sizeof group);
        KeyedStream stream(key, name);
        return laplace.draw(stream);
    });
    PartitionSelection selection =
        PartitionSelection::create(Epsilon::parse("0.1").value(), Delta::parse("1e-8").value(), 11).value();
    name.purpose = Purpose::partition_selection;
    measure("stream of a group, then partition selection", seconds, [&] {
        ++group;
        std::memcpy(name.group.data(), &group, sizeof group);
        KeyedStream stream(key, name);
        return Signed128{selection.keep(group % 500, stream) ? 1 : 0};
    });
    measure("release key", seconds, [] { return Signed128{ReleaseKey::generate().value().bytes()[0]}; });
    return 0;
}
