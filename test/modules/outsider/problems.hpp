// Random tables of one population, thought up again from a seed: who judges knows what was asked without being told.
#pragma once

#include "search.hpp"

#include <array>
#include <map>
#include <random>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace outsider {

enum class Kind : std::uint8_t { one, sets, hierarchies, tables, overlapping, before, rounded, releases, count };
constexpr std::array<std::string_view, 8> kKinds{"one",         "sets",   "hierarchies", "tables",
                                                 "overlapping", "before", "rounded",     "releases"};

struct Code {
    std::string name;
    std::uint64_t atoms; // of its dimension
};

// Level 0 is the total, the last one the finest codes; each has every atom, but those of an overlapping dimension.
struct Dimension {
    std::string name;
    std::size_t size = 0;  // finest codes
    std::size_t atoms = 0; // in an overlapping dimension the total is one of its own
    std::vector<std::vector<Code>> levels;
    std::vector<std::string> hierarchies; // names of tables, without the size
    bool overlapping = false;
};

using Set = std::vector<std::size_t>;                         // a level of each dimension
using Key = std::vector<std::pair<std::size_t, std::size_t>>; // of each dimension a level and a code

struct Policy {
    std::string name;
    Number threshold;
    bool zeros = false; // hides them: nobody knows that a hidden cell is 1 or more
    bool singletons = true;
};

inline const std::vector<Policy>& policies() {
    static const std::vector<Policy> all{
        {"few3", 3}, {"few4", 4}, {"few5", 5}, {"many", 11}, {"plain", 4, false, false}, {"zeros", 4, true}};
    return all;
}

struct Problem {
    Kind kind;
    Policy policy;
    std::vector<Dimension> dimensions;
    std::vector<std::vector<Set>> tables;
    std::vector<Number> population; // of each atom
    bool with_zeros = false;        // rows of nobody are there
    Number base = 0;                // of rounding

    std::size_t atoms() const { return population.size(); }

    std::uint64_t atoms_of(std::size_t dimension, std::size_t level, std::size_t code) const {
        return dimensions[dimension].levels[level][code].atoms;
    }
    std::vector<int> atoms_of(const Key& key) const {
        std::vector<int> all{0};
        for (std::size_t i = 0; i < key.size(); ++i) {
            std::vector<int> next;
            for (const int prefix : all)
                for (std::size_t atom = 0; atom < dimensions[i].atoms; ++atom)
                    if ((atoms_of(i, key[i].first, key[i].second) >> atom & 1) != 0)
                        next.push_back(prefix * static_cast<int>(dimensions[i].atoms) + static_cast<int>(atom));
            all = std::move(next);
        }
        return all;
    }
    Number value(const Key& key) const {
        Number sum = 0;
        for (const int atom : atoms_of(key))
            sum += population[atom];
        return sum;
    }
    std::vector<Key> keys_of(const Set& set) const {
        std::vector<Key> keys{{}};
        for (std::size_t i = 0; i < set.size(); ++i) {
            std::vector<Key> next;
            for (const Key& prefix : keys)
                for (std::size_t code = 0; code < dimensions[i].levels[set[i]].size(); ++code) {
                    next.push_back(prefix);
                    next.back().emplace_back(set[i], code);
                }
            keys = std::move(next);
        }
        return keys;
    }
    std::string name(const Key& key) const {
        std::string text;
        for (std::size_t i = 0; i < key.size(); ++i)
            text += (i == 0 ? "" : " ") + dimensions[i].levels[key[i].first][key[i].second].name;
        return text;
    }
};

inline constexpr std::size_t kLargestDimension = 6;
// Above the codes 1 to 6; the second one has two levels, the third one crosses both.
inline const std::map<std::string, std::vector<std::vector<int>>>& hierarchies() {
    static const std::map<std::string, std::vector<std::vector<int>>> all{
        {"r", {{1, 1, 2, 2, 3, 3}}}, {"u", {{1, 1, 2, 3, 3, 3}, {1, 1, 2}}}, {"s", {{1, 2, 2, 3, 3, 1}}}};
    return all;
}

inline std::string code_of(const std::string& hierarchy, std::size_t level, int number) {
    return hierarchy + (level == 0 ? "" : "v") + std::to_string(number);
}

inline Dimension make_dimension(std::string name, std::size_t size, std::vector<std::string> above, bool overlapping) {
    Dimension dimension{name, size, size + (overlapping ? 1 : 0), {}, std::move(above), overlapping};
    const std::uint64_t all = (std::uint64_t{1} << size) - 1;
    dimension.levels.push_back({{"-", overlapping ? std::uint64_t{1} << size : all}});
    for (const std::string& hierarchy : dimension.hierarchies) {
        std::vector<int> at(size);
        for (std::size_t i = 0; i < size; ++i)
            at[i] = static_cast<int>(i) + 1;
        for (std::size_t level = 0; level < hierarchies().at(hierarchy).size(); ++level) {
            std::map<int, std::uint64_t> groups;
            for (std::size_t i = 0; i < size; ++i) {
                at[i] = hierarchies().at(hierarchy)[level][at[i] - 1];
                groups[at[i]] |= std::uint64_t{1} << i;
            }
            dimension.levels.emplace_back();
            for (const auto& [number, atoms] : groups)
                dimension.levels.back().push_back({code_of(hierarchy, level, number), atoms});
        }
    }
    dimension.levels.emplace_back();
    for (std::size_t i = 0; i < size; ++i)
        dimension.levels.back().push_back({name + std::to_string(i + 1), std::uint64_t{1} << i});
    return dimension;
}

class Thinking {
  public:
    explicit Thinking(std::uint64_t seed) : random_(seed) {}

    Problem problem(Kind kind) {
        Problem problem{
            kind, policies()[any(policies().size())], {}, {}, {}, chance(30), Number(3 + any(8)),
        };
        if (kind == Kind::releases)
            problem.policy = policies()[any(4)];
        const bool wide = kind == Kind::hierarchies;
        std::vector<std::string> above;
        if (wide)
            above = chance(50)   ? std::vector<std::string>{"r", "s"}
                    : chance(50) ? std::vector<std::string>{"u", "s"}
                                 : std::vector<std::string>{"r", "u", "s"};
        else if (kind != Kind::overlapping && kind != Kind::releases && chance(50))
            above = {chance(50) ? "r" : "u"};
        const std::size_t count = kind == Kind::tables || kind == Kind::before ? 2 + any(2)
                                  : wide                                       ? 1 + any(2)
                                                                               : 1 + any(3);
        for (std::size_t i = 0; i < count; ++i)
            problem.dimensions.push_back(
                make_dimension(std::string(1, static_cast<char>('a' + i)),
                               i == 0 ? (above.empty() ? 2 + any(count == 1 ? 5 : 3) : 3 + any(count == 3 ? 2 : 4))
                                      : 2 + any(count == 2 ? 3 : 2),
                               i == 0 ? above : std::vector<std::string>{}, false));
        if (kind == Kind::overlapping) {
            problem.dimensions.resize(std::min<std::size_t>(count, 2), problem.dimensions[0]);
            problem.dimensions.push_back(make_dimension("d", 2 + any(3), {}, true));
        }
        populate(problem);
        const std::size_t tables = kind == Kind::tables                             ? 2 + any(3)
                                   : kind == Kind::before || kind == Kind::releases ? 2
                                   : kind == Kind::rounded                          ? 1 + any(2)
                                                                                    : 1;
        for (std::size_t i = 0; i < tables; ++i)
            problem.tables.push_back(kind == Kind::one ? cube(problem) : sets(problem));
        return problem;
    }

    std::size_t any(std::size_t below) { return random_() % below; }
    bool chance(std::size_t percent) { return any(100) < percent; }

  private:
    Number patients(const Problem& problem) {
        if (chance(25))
            return 0;
        if (problem.kind == Kind::releases)
            return chance(40) ? 12 + Number(any(30)) : 1 + Number(any(12));
        return chance(25) ? 10 + Number(any(25)) : 1 + Number(any(chance(30) ? 2 : 8));
    }

    void populate(Problem& problem) {
        std::size_t atoms = 1;
        for (const Dimension& dimension : problem.dimensions)
            atoms *= dimension.atoms;
        problem.population.assign(atoms, 0);
        const Dimension& last = problem.dimensions.back();
        for (std::size_t i = 0; i < atoms; i += last.overlapping ? last.atoms : 1) {
            const Number n = patients(problem);
            problem.population[i + (last.overlapping ? last.size : 0)] = n;
            for (Number patient = 0; last.overlapping && patient < n; ++patient)
                for (std::size_t has = 1 + any((1U << last.size) - 1), code = 0; code < last.size; ++code)
                    problem.population[i + code] += has >> code & 1;
        }
        if (std::all_of(problem.population.begin(), problem.population.end(), [](Number n) { return n == 0; })) {
            problem.population[0] = 5; // and of an overlapping dimension the total as well
            problem.population[last.overlapping ? last.size : 0] = 5;
        }
    }

    std::vector<Set> cube(const Problem& problem) {
        std::vector<Set> all{{}};
        for (const Dimension& dimension : problem.dimensions) {
            std::vector<Set> next;
            for (const Set& prefix : all)
                for (std::size_t level = 0; level < dimension.levels.size(); ++level) {
                    next.push_back(prefix);
                    next.back().push_back(level);
                }
            all = std::move(next);
        }
        return all;
    }

    // One to five of all sets that there are; more often than not the finest of them.
    std::vector<Set> sets(const Problem& problem) {
        const std::vector<Set> all = cube(problem);
        std::set<Set> chosen;
        if (problem.kind == Kind::hierarchies || chance(50))
            chosen.insert(all.back());
        for (std::size_t i = 0, count = 1 + any(5); i < count; ++i)
            chosen.insert(all[any(all.size())]);
        return {chosen.begin(), chosen.end()};
    }

    std::mt19937_64 random_;
};

// Rows that a GROUP BY gives, each key once though two sets may have it.
inline std::vector<Key> rows_of(const Problem& problem, const std::vector<Set>& sets) {
    std::vector<Key> rows;
    for (const Set& set : sets)
        for (const Key& key : problem.keys_of(set)) {
            const bool total = std::all_of(set.begin(), set.end(), [](std::size_t level) { return level == 0; });
            if (total || problem.with_zeros || problem.value(key) > 0)
                rows.push_back(key);
        }
    return rows;
}

} // namespace outsider
