// How much more than the cheapest safe pattern the search costs: random tables small enough that the cheapest one is
// proved, or nearly. Costs are those of the policy, as the search minimises them: numbers of patients, totals dearer.
// Columns: tables with anything to hide for others' sake, and how many of them have a proved optimum; mean and largest
// ratio of the search's cost to it (to the proved bound where there is none), and of what protect() returns, which
// looks for a cheaper pattern for a short time; seconds of all searches. Then the ten worst tables.
//
// Usage: suppression_cost_benchmark [tables [part of a family's name]]
#include "core/suppression/exact.hpp"
#include "core/suppression/heuristic.hpp"
#include "core/suppression/primary.hpp"
#include "core/suppression/protect.hpp"

#include "support/suppression.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <string>
#include <vector>

namespace {

using namespace health_dp;
using namespace health_dp::suppression;
using Clock = std::chrono::steady_clock;

using test::Levels;
using Group = std::vector<std::size_t>; // of dimensions: those of one table

struct Family {
    const char* name;
    std::vector<Levels> dimensions;
    std::vector<Group> linked; // tables of so many dimensions each; none: one table of all
    double logarithm;          // of the median leaf
    Amount threshold;
};

const Family kFamilies[] = {
    {"2 dimensions", {{5}, {6}}, {}, 1.6, 4},
    {"2 dimensions, larger", {{8}, {9}}, {}, 2.0, 5},
    {"hierarchy", {{2, 3}, {5}}, {}, 1.8, 4},
    {"hierarchies", {{2, 2}, {2, 3}}, {}, 1.8, 4},
    {"3 dimensions", {{3}, {3}, {3}}, {}, 1.6, 4},
    {"3 dimensions, hierarchy", {{2, 2}, {3}, {2}}, {}, 1.8, 4},
    {"linked, a common margin", {{4}, {3}, {4}}, {{0, 1}, {0, 2}}, 1.0, 5},
    {"linked, hierarchy", {{2, 3}, {4}, {3}}, {{0, 1}, {0, 2}}, 1.0, 5},
};

class Searching final : public Patience {
  public:
    Verdict look() override { return Verdict::go_on; }
};

bool is_published(const Family& family, const std::vector<CodeNumber>& key) {
    return family.linked.empty() || std::any_of(family.linked.begin(), family.linked.end(), [&key](const Group& group) {
               for (std::size_t i = 0; i < key.size(); ++i)
                   if (key[i] != 0 && std::find(group.begin(), group.end(), i) == group.end())
                       return false;
               return true;
           });
}

// A quarter of the leaves is empty.
Tables random_tables_of(const Family& family, std::uint64_t seed) {
    std::mt19937_64 random(seed);
    std::lognormal_distribution<> leaves(family.logarithm, 1.0);
    Tables tables = test::random_tables(test::trees(family.dimensions), [&] {
        return random() % 4 == 0 ? Amount{0} : static_cast<Amount>(leaves(random));
    });
    std::erase_if(tables.entries,
                  [&family](const Entry& entry) { return entry.values[0] == 0 || !is_published(family, entry.key); });
    return tables;
}

struct Result {
    const char* family = "";
    std::uint64_t seed = 0;
    std::size_t cells = 0;
    Amount searched = 0; // the cost of the search's pattern
    Amount returned = 0; // of what protect() returns
    Amount lowest = 0;   // proved
    bool proved = false;
    double seconds = 0;

    double ratio() const { return static_cast<double>(searched) / static_cast<double>(lowest); }
    double returned_ratio() const { return static_cast<double>(returned) / static_cast<double>(lowest); }
};

// Nothing where nothing is to be hidden for others' sake, or the tables say too much together.
bool measure(const Family& family, std::uint64_t seed, Result& result) {
    constexpr Work kLongProof = 20 * kShortProof;
    const Policy policy{.name = "", .patients = family.threshold};
    core::Result<Proposal> proposal = propose(random_tables_of(family, seed), {}, {}, policy);
    const core::Result<System> system = System::create(std::move(proposal.value().problem));
    Searching patience;
    Heuristic heuristic(system.value(), patience);
    const auto start = Clock::now();
    const Persuaded persuaded = heuristic.run();
    result = {family.name, seed, system.value().cells().size(), 0, 0, 0, false, 0};
    result.seconds = std::chrono::duration<double>(Clock::now() - start).count();
    if (persuaded != Persuaded::yes)
        return false;
    result.searched = system.value().cost(heuristic.pattern());
    const Cheapest quick = cheapest_pattern(system.value(), result.searched, kShortProof, patience);
    result.returned = quick.pattern.empty() ? result.searched : quick.cost;
    const Cheapest best = cheapest_pattern(system.value(), result.returned, kLongProof, patience);
    result.lowest = best.lowest;
    result.proved = best.lowest == (best.pattern.empty() ? result.returned : best.cost);
    return result.lowest > 0;
}

void print(const char* name, const std::vector<Result>& results) {
    const auto count = static_cast<double>(std::max<std::size_t>(results.size(), 1));
    double searched = 0;
    double returned = 0;
    double most = 1;
    double most_returned = 1;
    double seconds = 0;
    for (const Result& result : results) {
        searched += result.ratio() / count;
        returned += result.returned_ratio() / count;
        most = std::max(most, result.ratio());
        most_returned = std::max(most_returned, result.returned_ratio());
        seconds += result.seconds;
    }
    const auto proved =
        std::count_if(results.begin(), results.end(), [](const Result& result) { return result.proved; });
    std::printf("| %-24s | %6zu | %6ld | %6.3f | %6.2f | %6.3f | %6.2f | %7.2f |\n", name, results.size(),
                static_cast<long>(proved), searched, most, returned, most_returned, seconds);
    std::fflush(stdout);
}

} // namespace

int main(int argc, char** argv) {
    const std::size_t wanted = argc > 1 ? std::strtoul(argv[1], nullptr, 10) : 500;
    const std::string part = argc > 2 ? argv[2] : "";
    std::vector<Family> families;
    for (const Family& family : kFamilies)
        if (std::string(family.name).find(part) != std::string::npos)
            families.push_back(family);
    std::printf("| %-24s | %6s | %6s | %6s | %6s | %6s | %6s | %7s |\n", "tables", "number", "proved", "search",
                "worst", "answer", "worst", "seconds");
    std::printf("| --- | --- | --- | --- | --- | --- | --- | --- |\n");
    std::vector<Result> all;
    for (std::size_t i = 0; i < families.size(); ++i) {
        std::vector<Result> results;
        const std::size_t share = (wanted + families.size() - 1 - i) / families.size();
        for (std::uint64_t seed = 1; results.size() < share && seed <= 20 * share; ++seed) {
            Result result;
            if (measure(families[i], seed, result))
                results.push_back(result);
        }
        print(families[i].name, results);
        all.insert(all.end(), results.begin(), results.end());
    }
    print("all", all);
    std::stable_sort(all.begin(), all.end(), [](const Result& a, const Result& b) { return a.ratio() > b.ratio(); });
    std::printf("\n| worst | seed | cells | search | answer | proved |\n| --- | --- | --- | --- | --- | --- |\n");
    for (std::size_t i = 0; i < std::min<std::size_t>(all.size(), 10); ++i)
        std::printf("| %s | %lu | %zu | %ld | %ld | %ld%s |\n", all[i].family, static_cast<unsigned long>(all[i].seed),
                    all[i].cells, static_cast<long>(all[i].searched), static_cast<long>(all[i].returned),
                    static_cast<long>(all[i].lowest), all[i].proved ? "" : " (a bound)");
    return 0;
}
