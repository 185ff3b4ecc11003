// How long tables of health-like counts take to protect and to audit: 100 to 50,000 cells, about a fifth of them
// primary, and one of 14,000 cells of which a third are. "safe" is what the audit says that starts from the pattern's
// own proofs.
// Columns: seconds of processor time for the rules, for a pattern, for its audit without any hint, and for the search
// of a cheaper one; what the latter won and what is still open, in % of the cost; the longest time between two looks at
// Patience, in ms.
//
// Usage: suppression_benchmark [largest number of cells [part of the name]]. The default leaves out the largest tables.
#include "core/suppression/audit.hpp"
#include "core/suppression/exact.hpp"
#include "core/suppression/heuristic.hpp"
#include "core/suppression/primary.hpp"
#include "core/suppression/protect.hpp"

#include "support/suppression.hpp"

#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <random>
#include <string>
#include <vector>

namespace {

using namespace health_dp;
using namespace health_dp::suppression;

// Processor time, so that other work on the machine does not count.
struct Clock {
    using duration = std::chrono::nanoseconds;
    using time_point = std::chrono::time_point<Clock, duration>;
    static time_point now() {
        timespec time{};
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
        return time_point(std::chrono::seconds(time.tv_sec) + duration(time.tv_nsec));
    }
};

double seconds_since(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

// Gives up after some time, where it is to; keeps the longest time between two looks.
class Calm final : public Patience {
  public:
    Verdict look() override {
        longest_ = std::max(longest_, seconds_since(last_));
        last_ = Clock::now();
        return seconds_since(start_) > limit_ ? Verdict::abandon : Verdict::go_on;
    }
    void begin(double limit) {
        start_ = last_ = Clock::now();
        limit_ = limit;
    }
    double longest_milliseconds() const { return longest_ * 1000; }

  private:
    Clock::time_point start_ = Clock::now();
    Clock::time_point last_ = start_;
    double limit_ = 1e9;
    double longest_ = 0;
};

constexpr double kAuditLimit = 300; // as health_dp.suppression_time_limit

double largest_megabytes() {
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    return static_cast<double>(usage.ru_maxrss) / 1024;
}

using test::Levels;

struct Shape {
    const char* name;
    std::vector<Levels> dimensions;
    double typical; // the median of a leaf; its logarithm's standard deviation is 1
};

Tables tables_of(const Shape& shape, std::uint64_t seed) {
    std::mt19937_64 random(seed);
    std::lognormal_distribution<> leaves(shape.typical, 1.0);
    Tables tables =
        test::random_tables(test::trees(shape.dimensions), [&] { return static_cast<Amount>(leaves(random)); });
    std::erase_if(tables.entries, [](const Entry& entry) { return entry.values[0] == 0; });
    return tables;
}

void measure(const Shape& shape) {
    const Policy& policy = *preset_policy("pcornet");
    const Tables tables = tables_of(shape, 20260101);
    auto start = Clock::now();
    core::Result<Proposal> proposal = propose(tables, {}, {}, policy);
    core::Result<System> built = System::create(std::move(proposal.value().problem));
    const double primary_seconds = seconds_since(start);
    const System& system = built.value();
    const Pattern primaries = system.primary_pattern();
    Calm calm;

    start = Clock::now();
    Heuristic heuristic(system, calm);
    const Persuaded persuaded = heuristic.run();
    const double pattern_seconds = seconds_since(start);
    start = Clock::now();
    calm.begin(kAuditLimit);
    const core::Result<Audit> audited = audit(system, heuristic.pattern(), calm);
    const double audit_seconds = seconds_since(start);
    calm.begin(1e9);
    const bool safe =
        persuaded == Persuaded::yes && audit(system, heuristic.pattern(), heuristic.proofs(), calm).value().safe;
    char audit_text[16] = "> 300"; // it gave up
    if (audited.ok() && audited.value().safe == safe)
        std::snprintf(audit_text, sizeof audit_text, "%.2f", audit_seconds);
    // How far from the cheapest pattern it may be, by what a short search for that one proves.
    start = Clock::now();
    const Amount cost = system.cost(heuristic.pattern());
    const Cheapest cheapest = cheapest_pattern(system, cost, kShortProof, calm);
    const double proof_seconds = seconds_since(start);
    const Amount best = cheapest.pattern.empty() ? cost : cheapest.cost;
    char gap[16] = "-"; // nothing was proved
    if (cheapest.lowest > 0 || best == 0)
        std::snprintf(gap, sizeof gap, "%.1f",
                      100 * static_cast<double>(best - cheapest.lowest) /
                          static_cast<double>(std::max<Amount>(best, 1)));
    const double saved = cost > 0 ? 100 * static_cast<double>(cost - best) / static_cast<double>(cost) : 0;

    const auto hidden = [](const Pattern& pattern) {
        return static_cast<long>(std::count(pattern.begin(), pattern.end(), true));
    };
    std::printf("| %-24s | %5zu | %5ld | %5ld | %5.2f | %7.2f | %6s | %6.2f | %4.1f | %4s | %4.0f | %4.0f | %s |\n",
                shape.name, system.cells().size(), hidden(primaries),
                persuaded == Persuaded::yes ? hidden(heuristic.pattern()) - hidden(primaries) : -1, primary_seconds,
                pattern_seconds, audit_text, proof_seconds, saved, gap, calm.longest_milliseconds(),
                largest_megabytes(), safe ? "yes" : "no");
    std::fflush(stdout);
}

} // namespace

int main(int argc, char** argv) {
    const std::size_t largest = argc > 1 ? std::strtoul(argv[1], nullptr, 10) : 15'000;
    const Shape shapes[] = {
        {"2 dimensions", {{7}, {8}}, 3.3},
        {"hierarchy", {{2, 3}, {7}}, 3.3},
        {"3 dimensions", {{4}, {4}, {3}}, 3.2},
        {"2 dimensions", {{4, 6}, {34}}, 3.3},
        {"hierarchies", {{3, 4}, {3, 3, 4}}, 3.3},
        {"3 dimensions", {{10}, {8}, {6}}, 3.2},
        {"4 dimensions", {{5}, {5}, {5}, {5}}, 3.2},
        {"2 dimensions", {{9, 10}, {98}}, 3.3},
        {"hierarchies", {{3, 4, 5}, {4, 5, 4}}, 3.3},
        {"3 dimensions", {{30}, {21}, {13}}, 3.2},
        {"3 dimensions, hierarchy", {{5, 6}, {20}, {13}}, 3.2},
        {"3 dimensions, a third", {{5, 6}, {22}, {16}}, 2.4},
        {"4 dimensions", {{9}, {9}, {9}, {9}}, 3.2},
        {"5 dimensions", {{5}, {2}, {4}, {3}, {5}}, 3.8},
        {"5 dimensions", {{13}, {2}, {10}, {5}, {9}}, 3.8},
        {"2 dimensions", {{14, 15}, {225}}, 3.3},
        {"hierarchies", {{5, 5, 8}, {4, 5, 8}}, 3.3},
        {"3 dimensions, hierarchy", {{6, 7}, {37}, {26}}, 3.2},
    };
    std::printf("| %-24s | %5s | %5s | %5s | %5s | %7s | %6s | %6s | %4s | %4s | %4s | %4s | %s |\n", "table", "cells",
                "prim.", "sec.", "rules", "pattern", "audit", "proof", "won", "gap", "look", "MB", "safe");
    std::printf("| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |\n");
    for (const Shape& shape : shapes) {
        if (argc > 2 && std::string(shape.name).find(argv[2]) == std::string::npos)
            continue;
        std::size_t cells = 1;
        for (const Levels& levels : shape.dimensions)
            cells *= test::tree(levels).parents.size();
        if (cells <= largest)
            measure(shape);
    }
    return 0;
}
