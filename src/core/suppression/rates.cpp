#include "core/suppression/rates.hpp"

#include "core/integers.hpp"
#include "core/suppression/amounts.hpp"

#include <algorithm>
#include <map>
#include <vector>

namespace health_dp::suppression {

namespace {

using core::Signed128;
using Key = std::vector<CodeNumber>;

constexpr double kNoChance = 100;

class Looking {
  public:
    Looking(const Definition& definition, const Assembled& assembled, std::size_t measure)
        : assembled_(assembled), measure_(measure),
          one_(parse_amount("1", definition.measures[measure].decimals).value()) {}

    bool is_share_along(std::size_t dimension) const {
        std::map<Key, Line> lines;
        for (CellNumber cell = 0; cell < entries().size(); ++cell) {
            if (position_of(assembled_, dimension, entries()[cell].key).code == 0)
                continue;
            Key others = entries()[cell].key;
            for (const std::size_t tree : assembled_.trees[dimension])
                others[tree] = 0;
            Line& line = lines[others];
            line.sum += value(cell);
            ++line.parts;
            line.known = line.known && assembled_.known[cell] && value(cell) >= 0;
        }
        std::size_t shares = 0;
        for (const auto& [others, line] : lines) {
            if (!line.known || line.parts < 2 || line.sum == 0)
                continue;
            if (!is_near(line, Signed128{100} * one_) && !(one_ > 1 && is_near(line, one_)))
                return false;
            ++shares;
        }
        return shares >= 2;
    }

    bool is_rounded_multiple() const {
        CellNumber largest = 0;
        bool exact = true;
        double rarity = 1;
        std::vector<CellNumber> cells;
        for (CellNumber cell = 0; cell < entries().size(); ++cell) {
            if (!assembled_.known[cell] || (patients(cell) == 0 && value(cell) == 0))
                continue;
            if (patients(cell) <= 0 || value(cell) < 0)
                return false;
            cells.push_back(cell);
            largest = patients(cell) > patients(largest) ? cell : largest;
        }
        for (const CellNumber one : cells) {
            exact = exact && Signed128{value(one)} * patients(largest) == Signed128{value(largest)} * patients(one);
            if (one != largest && is_inner(one))
                rarity *= std::max(1.0, static_cast<double>(value(one)));
        }
        return cells.size() >= 3 && !exact && rarity >= kNoChance && fit_together(cells);
    }

  private:
    struct Line {
        Signed128 sum = 0;
        Amount parts = 0;
        bool known = true;
    };

    static bool is_near(const Line& line, Signed128 whole) {
        const Signed128 off = line.sum < whole ? whole - line.sum : line.sum - whole;
        return 2 * off <= line.parts;
    }

    // Of the fractions that round to each value, some are the same for all: the highest lower end is not above the
    // lowest upper one.
    bool fit_together(const std::vector<CellNumber>& cells) const {
        CellNumber lowest = cells.front();
        CellNumber highest = cells.front();
        for (const CellNumber cell : cells) {
            if ((Signed128{2} * value(cell) - 1) * patients(lowest) >
                (Signed128{2} * value(lowest) - 1) * patients(cell))
                lowest = cell;
            if ((Signed128{2} * value(cell) + 1) * patients(highest) <
                (Signed128{2} * value(highest) + 1) * patients(cell))
                highest = cell;
        }
        return (Signed128{2} * value(lowest) - 1) * patients(highest) <=
               (Signed128{2} * value(highest) + 1) * patients(lowest);
    }

    // At the total of nothing: what is one says the same once more.
    bool is_inner(CellNumber cell) const {
        for (std::size_t i = 0; i < assembled_.trees.size(); ++i)
            if (assembled_.has_total[i] && position_of(assembled_, i, entries()[cell].key).code == 0)
                return false;
        return true;
    }

    const std::vector<Entry>& entries() const { return assembled_.tables.entries; }
    Amount value(CellNumber cell) const { return entries()[cell].values[measure_]; }
    Amount patients(CellNumber cell) const { return entries()[cell].values[assembled_.roles.patients]; }

    const Assembled& assembled_;
    std::size_t measure_;
    Amount one_; // in units of the last decimal
};

} // namespace

std::optional<Rate> find_rate(const Definition& definition, const Assembled& assembled) {
    for (std::size_t measure = 1; measure < definition.measures.size(); ++measure) {
        if (definition.measures[measure].units)
            continue;
        const Looking looking(definition, assembled, measure);
        for (std::size_t dimension = 0; dimension < definition.dimensions.size(); ++dimension)
            if (looking.is_share_along(dimension))
                return Rate{Rate::Kind::share, measure, dimension};
        if (looking.is_rounded_multiple())
            return Rate{Rate::Kind::multiple, measure, 0};
    }
    return std::nullopt;
}

} // namespace health_dp::suppression
