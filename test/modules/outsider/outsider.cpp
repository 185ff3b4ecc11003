// outsider setup                             the SQL that problems need
// outsider ask KIND SEED COUNT [apart]       problems as SQL; apart: every table by itself, as if there were no others
// outsider judge KIND SEED COUNT [reveal]    reads what psql -At made of them; reveal: with one more cell shown at
// random
#include "asking.hpp"
#include "judge.hpp"

#include <cstdlib>
#include <iostream>

namespace outsider {
namespace {

std::uint64_t seed_of(Kind kind, std::uint64_t seed, int number) {
    return seed * 1'000'003 + static_cast<std::uint64_t>(kind) * 100'000'007 + static_cast<std::uint64_t>(number);
}

struct Given {
    Shown shown;
    std::set<Key> before;
    std::string refusal;
    std::set<std::size_t> refused; // of releases
    std::string fault;             // of what was shown before, and is not now
};

Given read(const Problem& problem, const std::vector<std::string>& lines) {
    Given given;
    std::map<std::string, Key> keys;
    for (std::size_t table = 0; table < problem.tables.size(); ++table)
        for (const Set& set : problem.tables[table])
            for (const Key& key : problem.keys_of(set)) {
                std::string name = "t" + std::to_string(table) + "|";
                for (const std::size_t i : dimensions_of(problem, problem.tables[table]))
                    name += (name.back() == '|' ? "" : " ") +
                            problem.dimensions[i].levels[key[i].first][key[i].second].name;
                keys[name] = key;
            }
    Shown first;
    for (std::string line : lines) {
        if (line[0] == '!') {
            given.refusal = line.substr(1);
            if (problem.kind == Kind::releases) {
                given.refused.insert(static_cast<std::size_t>(line[1] - '0'));
                given.refusal = line.substr(3);
            }
            continue;
        }
        const bool before = line.rfind("before|", 0) == 0;
        if (before)
            line = line.substr(7);
        const std::size_t bar = line.rfind('|');
        const auto key = keys.find(line.substr(0, bar));
        if (key == keys.end()) {
            given.fault = "a row that nobody asked for: " + line;
            continue;
        }
        std::optional<Number> number;
        if (bar + 1 < line.size())
            number = std::stoll(line.substr(bar + 1));
        if (number.has_value() && problem.kind != Kind::rounded && *number != problem.value(key->second))
            given.fault = "a wrong number: " + line;
        if (before)
            first[key->second] = number;
        auto& entry = given.shown[key->second];
        if (number.has_value())
            entry = number;
        if (before && !number.has_value())
            given.before.insert(key->second);
        if (!before && first.count(key->second) > 0 && first[key->second] != number && given.fault.empty())
            given.fault = "not as before: " + line;
    }
    return given;
}

struct Totals {
    long problems = 0, refused = 0, unsafe = 0, tried = 0, given_up = 0, hiding = 0, planted = 0, single = 0, gaps = 0,
         parts = 0;
    std::map<std::string, long> refusals;
};

void judge(Kind kind, const Problem& problem, const std::vector<std::string>& lines, bool reveal, int number,
           Totals& totals) {
    ++totals.problems;
    Given given = read(problem, lines);
    if (!given.refusal.empty()) {
        ++totals.refused;
        ++totals.refusals[given.refusal.substr(0, given.refusal.rfind("otherwise", 0) == 0 ? 15 : 5)];
        if (given.refused.size() == 0 || given.refused.size() == problem.tables.size())
            return;
    }
    Problem answered = problem;
    for (auto table = given.refused.rbegin(); table != given.refused.rend(); ++table)
        answered.tables.erase(answered.tables.begin() + static_cast<std::ptrdiff_t>(*table));
    std::vector<Key> others;
    bool hides = false;
    for (const auto& [key, shown] : given.shown)
        if (!shown.has_value()) {
            hides = true;
            if (problem.value(key) >= problem.policy.threshold)
                others.push_back(key);
        }
    totals.hiding += hides;
    if (reveal) {
        if (others.empty())
            return;
        ++totals.planted;
        const Key& key = others[static_cast<std::size_t>(number) % others.size()];
        given.shown[key] = problem.value(key);
    }
    Judge judge(answered, given.shown, given.before);
    Verdict verdict = kind == Kind::rounded ? judge.round() : judge.run();
    if (kind == Kind::rounded)
        totals.single += judge.narrowed_by_rounding();
    if (!given.fault.empty())
        verdict.unsafe.push_back(given.fault);
    totals.tried += verdict.tried;
    totals.given_up += verdict.given_up;
    totals.gaps += verdict.gaps;
    totals.parts += verdict.parts;
    if (verdict.unsafe.empty())
        return;
    ++totals.unsafe;
    if (!reveal)
        std::cout << "unsafe " << kKinds[static_cast<std::size_t>(kind)] << ' ' << number << " (" << given.shown.size()
                  << " cells, " << problem.policy.name << "): " << list(verdict.unsafe, "; ") << '\n';
}

int run(int count, char** words) {
    const std::string what = count > 1 ? words[1] : "";
    if (what == "setup") {
        setup();
        return 0;
    }
    if (count < 5)
        return 2;
    const auto kind = static_cast<Kind>(std::find(kKinds.begin(), kKinds.end(), words[2]) - kKinds.begin());
    const std::uint64_t seed = std::strtoull(words[3], nullptr, 10);
    const std::string word = count > 5 ? words[5] : "";
    const int problems = std::atoi(words[4]);
    // `word` may be the number of a single problem.
    const int only =
        word.empty() || std::isdigit(static_cast<unsigned char>(word[0])) == 0 ? -1 : std::atoi(word.c_str());
    Totals totals;
    std::string line;
    if (what == "judge")
        std::getline(std::cin, line);
    for (int number = 0; number < problems; ++number) {
        if (only >= 0 && number != only)
            continue;
        const Problem problem = Thinking(seed_of(kind, seed, number)).problem(kind);
        if (what == "ask") {
            std::cout << "\\echo '#" << number << "'\n";
            ask(problem, word == "apart", "p" + std::to_string(seed) + "_" + std::to_string(number));
            continue;
        }
        if (line != "#" + std::to_string(number)) {
            std::cout << "no answer to " << number << ", but " << line << '\n';
            return 1;
        }
        std::vector<std::string> lines;
        while (std::getline(std::cin, line) && line[0] != '#')
            lines.push_back(line);
        judge(kind, problem, lines, word == "reveal", number, totals);
    }
    if (what == "ask")
        return 0;
    std::cout << "problems " << totals.problems << " refused " << totals.refused << " hiding " << totals.hiding
              << " unsafe " << totals.unsafe << " planted " << totals.planted << " tried " << totals.tried
              << " given_up " << totals.given_up << " single " << totals.single << " gaps " << totals.gaps << " parts "
              << totals.parts;
    for (const auto& [state, times] : totals.refusals)
        std::cout << " [" << state << "] " << times;
    std::cout << '\n';
    return 0;
}

} // namespace
} // namespace outsider

int main(int count, char** words) { return outsider::run(count, words); }
