// How long tables of health-like counts take to protect and to audit: 100 to 50,000 cells, a fifth of them primary.
// Usage: suppression_benchmark [largest number of cells]     the default leaves out the largest tables
#include "core/suppression/audit.hpp"
#include "core/suppression/heuristic.hpp"
#include "core/suppression/primary.hpp"
#include "core/suppression/protect.hpp"

#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <random>
#include <vector>

namespace {

using namespace health_dp;
using namespace health_dp::suppression;
using Clock = std::chrono::steady_clock;

class Calm final : public Patience {
  public:
    Verdict look() override { return Verdict::go_on; }
};

double seconds_since(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

double largest_megabytes() {
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    return static_cast<double>(usage.ru_maxrss) / 1024;
}

struct Shape {
    const char* name;
    std::vector<CodeNumber> codes; // below each total
    double typical;                // the median of a leaf
    double spread;                 // the logarithm's standard deviation
};

// Regions of a country over departments, as the first dimension: groups of about the square root of the codes.
Dimension grouped(CodeNumber codes) {
    Dimension dimension;
    const auto groups = std::max<CodeNumber>(1, static_cast<CodeNumber>(std::sqrt(static_cast<double>(codes))));
    for (CodeNumber group = 0; group < groups; ++group)
        dimension.parents.push_back(0);
    for (CodeNumber code = 0; code < codes; ++code)
        dimension.parents.push_back(1 + code % groups);
    return dimension;
}

Dimension flat(CodeNumber codes) {
    Dimension dimension;
    dimension.parents.resize(codes + 1, 0);
    dimension.parents[0] = kNoParent;
    return dimension;
}

class Cube {
  public:
    Cube(const Shape& shape, std::uint64_t seed) : random_(seed), leaves_(shape.typical, shape.spread) {
        for (std::size_t i = 0; i < shape.codes.size(); ++i)
            tables_.dimensions.push_back(i == 0 ? grouped(shape.codes[i]) : flat(shape.codes[i]));
        tables_.measures.emplace_back();
        std::vector<CodeNumber> leaf(shape.codes.size());
        visit(leaf, 0);
        for (const auto& [key, value] : sums_)
            if (value > 0)
                tables_.entries.push_back({key, {value}});
    }

    const Tables& tables() const { return tables_; }

  private:
    void visit(std::vector<CodeNumber>& leaf, std::size_t dimension) {
        if (dimension == leaf.size()) {
            std::vector<CodeNumber> key = leaf;
            spread(key, 0, static_cast<Amount>(leaves_(random_)));
            return;
        }
        const std::vector<CodeNumber>& parents = tables_.dimensions[dimension].parents;
        for (CodeNumber code = 1; code < parents.size(); ++code)
            if (std::find(parents.begin(), parents.end(), code) == parents.end()) {
                leaf[dimension] = code;
                visit(leaf, dimension + 1);
            }
    }

    void spread(std::vector<CodeNumber>& key, std::size_t dimension, Amount value) {
        if (dimension == key.size()) {
            sums_[key] += value;
            return;
        }
        const CodeNumber leaf = key[dimension];
        for (CodeNumber code = leaf; code != kNoParent; code = tables_.dimensions[dimension].parents[code]) {
            key[dimension] = code;
            spread(key, dimension + 1, value);
        }
        key[dimension] = leaf;
    }

    std::mt19937_64 random_;
    std::lognormal_distribution<> leaves_;
    Tables tables_;
    std::map<std::vector<CodeNumber>, Amount> sums_;
};

void measure(const Shape& shape) {
    const Policy& policy = *preset_policy("pcornet");
    const Cube cube(shape, 20260101);
    auto start = Clock::now();
    core::Result<Proposal> proposal = propose(cube.tables(), {}, {}, policy);
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
    const bool safe = persuaded == Persuaded::yes && audit(system, heuristic.pattern(), calm).value().safe;
    const double audit_seconds = seconds_since(start);
    const auto hidden = [](const Pattern& pattern) {
        return static_cast<long>(std::count(pattern.begin(), pattern.end(), true));
    };
    std::printf("| %-24s | %6zu | %6ld | %6ld | %7.2f | %8.2f | %7.2f | %5.0f | %s |\n", shape.name,
                system.cells().size(), hidden(primaries),
                persuaded == Persuaded::yes ? hidden(heuristic.pattern()) - hidden(primaries) : -1, primary_seconds,
                pattern_seconds, audit_seconds, largest_megabytes(), safe ? "yes" : "no");
    std::fflush(stdout);
}

} // namespace

int main(int argc, char** argv) {
    const std::size_t largest = argc > 1 ? std::strtoul(argv[1], nullptr, 10) : 9'500;
    const Shape shapes[] = {
        {"2 dimensions", {7, 8}, 3.3, 1.0},       {"2 dimensions", {24, 34}, 3.3, 1.0},
        {"3 dimensions", {10, 8, 6}, 3.2, 1.0},   {"2 dimensions", {88, 101}, 3.3, 1.0},
        {"3 dimensions", {30, 21, 15}, 3.2, 1.0}, {"2 dimensions", {206, 225}, 3.3, 1.0},
        {"3 dimensions", {40, 37, 26}, 3.2, 1.0},
    };
    std::printf("| %-24s | %6s | %6s | %6s | %7s | %8s | %7s | %5s | %s |\n", "table", "cells", "prim.", "sec.",
                "rules s", "pattern s", "audit s", "MB", "safe");
    std::printf("| --- | --- | --- | --- | --- | --- | --- | --- | --- |\n");
    for (const Shape& shape : shapes) {
        std::size_t cells = 1;
        for (const CodeNumber codes : shape.codes)
            cells *= codes + 1;
        if (cells <= largest)
            measure(shape);
    }
    return 0;
}
