#include "core/suppression/sum_codes.hpp"

#include "core/integers.hpp"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <map>
#include <set>
#include <string_view>
#include <utility>
#include <vector>

namespace health_dp::suppression {

namespace {

constexpr double kNoChance = 100;

using Key = std::vector<CodeNumber>;
// The cells that differ in one dimension's code alone: which entry has which code.
using CellsByCode = std::map<CodeNumber, CellNumber>;

// What is known of a code so far.
struct Tally {
    bool holds = true;
    std::size_t lines = 0; // in which it is the sum of the others
    std::size_t open = 0;  // in which it may be, for all that is known of the others
    double rarity = 1;
};

class Looking {
  public:
    Looking(const Assembled& assembled, std::size_t dimension)
        : tables_(assembled.tables), known_(assembled.known), dimension_(dimension),
          trees_(assembled.trees[dimension]) {
        for (std::size_t measure = 0; measure < tables_.measures.size(); ++measure)
            if (!tables_.measures[measure].distinct || !tables_.dimensions[dimension].overlapping)
                measures_.push_back(measure);
    }

    // Codes that are the sum of the others wherever they stand.
    std::map<CodeNumber, Tally> run() {
        if (measures_.empty())
            return {};
        std::map<Key, CellsByCode> cells;
        for (CellNumber cell = 0; cell < tables_.entries.size(); ++cell) {
            Key others = tables_.entries[cell].key;
            const CodeNumber code = std::exchange(others[dimension_], 0);
            for (const std::size_t tree : trees_)
                others[tree] = 0;
            if (code != 0)
                cells[std::move(others)].emplace(code, cell);
        }
        for (const auto& [others, by_code] : cells)
            lines_[set_of(others)].push_back(line_of(by_code));
        std::map<CodeNumber, Tally> tallies;
        for (const auto& [set, of_set] : lines_)
            look_at(of_set, tallies);
        std::erase_if(tallies, [](const auto& entry) { return !entry.second.holds; });
        return tallies;
    }

    bool has_two_others(CodeNumber code) const {
        std::set<CodeNumber> others;
        for (const auto& [set, of_set] : lines_)
            for (const Line& line : of_set)
                for (const auto& [other, cell] : line.cells)
                    if (other != code && (value(cell, measures_.front()) != 0 || !known_[cell]))
                        others.insert(other);
        return others.size() >= 2;
    }

  private:
    struct Line {
        std::vector<std::pair<CodeNumber, CellNumber>> cells; // of codes that no code of the line is above
        bool known = true;
    };
    using Set = std::vector<std::size_t>;

    Line line_of(const CellsByCode& by_code) const {
        const std::vector<CodeNumber>& parents = tables_.dimensions[dimension_].parents;
        Line line;
        for (const auto& [code, cell] : by_code) {
            CodeNumber above = parents[code];
            while (above != 0 && !by_code.contains(above))
                above = parents[above];
            if (above != 0)
                continue;
            line.cells.emplace_back(code, cell);
            line.known = line.known && known_[cell];
        }
        return line;
    }

    // As GROUPING SETS have sets: how far down each of the other dimensions the line lies.
    Set set_of(const Key& key) const {
        Set set;
        for (std::size_t i = 0; i < key.size(); ++i) {
            std::size_t depth = 0;
            for (CodeNumber code = key[i]; code != 0; code = tables_.dimensions[i].parents[code])
                ++depth;
            set.push_back(depth);
        }
        return set;
    }

    // A set without a code says nothing of it. In the others, where it is not there is nobody.
    void look_at(const std::vector<Line>& lines, std::map<CodeNumber, Tally>& tallies) const {
        std::map<CodeNumber, Tally> here;
        std::size_t counted = 0;
        for (const Line& line : lines) {
            const std::vector<core::Signed128> sums = sums_of(line);
            const bool counts = line.known && sums.front() != 0;
            counted += counts ? 1 : 0;
            for (const auto& [code, cell] : line.cells) {
                Tally& tally = here[code];
                if (counts && is_half(cell, sums)) {
                    ++tally.lines;
                    tally.rarity *= std::abs(static_cast<double>(value(cell, measures_.front())));
                } else if (!line.known && known_[cell] && never_negative()) {
                    const bool fits = core::Signed128{2} * value(cell, measures_.front()) >= sums.front();
                    tally.open += fits ? 1 : 0;
                    tally.holds = tally.holds && fits;
                }
            }
        }
        for (const auto& [code, tally] : here) {
            Tally& all = tallies[code];
            all.holds = all.holds && tally.holds && tally.lines == counted;
            all.lines += tally.lines;
            all.open += tally.open;
            all.rarity *= tally.rarity;
        }
    }

    bool never_negative() const { return tables_.measures[measures_.front()].lowest >= 0; }

    // Of what is known: what is not has no value here.
    std::vector<core::Signed128> sums_of(const Line& line) const {
        std::vector<core::Signed128> sums(measures_.size(), 0);
        for (std::size_t i = 0; i < measures_.size(); ++i)
            for (const auto& [code, cell] : line.cells)
                sums[i] += value(cell, measures_[i]);
        return sums;
    }

    bool is_half(CellNumber cell, const std::vector<core::Signed128>& sums) const {
        for (std::size_t i = 0; i < measures_.size(); ++i)
            if (core::Signed128{2} * value(cell, measures_[i]) != sums[i])
                return false;
        return true;
    }

    Amount value(CellNumber cell, std::size_t measure) const { return tables_.entries[cell].values[measure]; }

    const Tables& tables_;
    const std::vector<bool>& known_;
    const std::size_t dimension_;
    const std::vector<std::size_t>& trees_; // the dimension in each of its hierarchies
    std::vector<std::size_t> measures_;     // that add up along the dimension
    std::map<Set, std::vector<Line>> lines_;
};

} // namespace

bool is_called_total(std::string_view code) {
    std::string word;
    for (const char c : code) {
        const bool upper = c >= 'A' && c <= 'Z';
        if (!upper && !(c >= 'a' && c <= 'z'))
            break;
        word += upper ? static_cast<char>(c - 'A' + 'a') : c;
    }
    constexpr std::string_view kWords[] = {"all",   "any",    "both",    "ensemble", "gesamt", "grand", "insgesamt",
                                           "sum",   "toplam", "total",   "totale",   "totals", "tous",  "tout",
                                           "toute", "toutes", "overall", "todas",    "todos",  "tutte", "tutti"};
    return std::find(std::begin(kWords), std::end(kWords), word) != std::end(kWords);
}

std::optional<SumCode> find_sum_code(const Definition& definition, const Assembled& assembled) {
    for (std::size_t i = 0; i < definition.dimensions.size(); ++i) {
        const DimensionSpec& spec = definition.dimensions[i];
        const std::vector<CodeNumber>& parents = assembled.tables.dimensions[i].parents;
        if (spec.total.has_value() || !spec.grouping.empty() || parents.size() < 4) // the total is one
            continue;
        Looking looking(assembled, i);
        for (const auto& [code, tally] : looking.run()) {
            const std::string label = assembled.labels[i][code].value_or("NULL");
            const bool is_one = is_called_total(label) ? tally.lines + tally.open > 0 : tally.rarity >= kNoChance;
            if (parents[code] == 0 && is_one && looking.has_two_others(code))
                return SumCode{i, label, tally.lines};
        }
    }
    return std::nullopt;
}

std::optional<Twins> find_twins(const Definition& definition, const Assembled& assembled) {
    const std::vector<Entry>& entries = assembled.tables.entries;
    std::vector<std::map<std::string, CellNumber>> alone(
        definition.dimensions.size()); // cells of one code, all else total
    for (CellNumber cell = 0; cell < entries.size(); ++cell) {
        std::vector<std::size_t> at;
        for (std::size_t i = 0; i < alone.size(); ++i)
            if (position_of(assembled, i, entries[cell].key).code != 0)
                at.push_back(i);
        if (at.size() != 1 || !assembled.known[cell])
            continue;
        const Position position = position_of(assembled, at.front(), entries[cell].key);
        if (const std::optional<std::string>& label = assembled.labels[position.dimension][position.code])
            alone[at.front()].emplace(*label, cell);
    }
    for (std::size_t one = 0; one < alone.size(); ++one)
        for (std::size_t other = one + 1; other < alone.size(); ++other) {
            std::size_t shared = 0;
            double rarity = 1;
            std::string code;
            for (const auto& [label, cell] : alone[one]) {
                const auto found = alone[other].find(label);
                if (found == alone[other].end())
                    continue;
                const std::vector<Amount>& values = entries[cell].values;
                rarity = values == entries[found->second].values ? rarity : 0;
                if (values.front() == 0)
                    continue;
                rarity *= std::abs(static_cast<double>(values.front()));
                code = code.empty() ? label : code;
                ++shared;
            }
            if (shared >= 2 && rarity >= kNoChance)
                return Twins{one, other, code};
        }
    return std::nullopt;
}

} // namespace health_dp::suppression
