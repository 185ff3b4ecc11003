#include "core/suppression/assembly.hpp"

#include "core/integers.hpp"
#include "core/suppression/amounts.hpp"
#include "core/suppression/naming.hpp"

#include <algorithm>
#include <functional>
#include <numeric>
#include <set>
#include <utility>

namespace health_dp::suppression {

namespace {

constexpr std::size_t kDeepest = 64; // levels of a hierarchy; beyond it is a circle

constexpr core::Error wrong(const char* message) { return {core::ErrorCode::out_of_range, message}; }
constexpr core::Error kTooMany{core::ErrorCode::too_costly, "the tables have more than 200000 cells"};

} // namespace

Assembly::Assembly(const Definition& definition)
    : definition_(definition), codes_(definition.dimensions.size()), cells_(definition.tables.size()) {}

core::Result<bool> Assembly::add_edge(std::size_t dimension, std::string_view child,
                                      std::optional<std::string_view> parent) {
    Codes& codes = codes_[dimension];
    const DimensionSpec& spec = definition_.dimensions[dimension];
    if (spec.total == child)
        return true;
    Label above;
    if (parent.has_value() && parent != spec.total && *parent != child)
        above.emplace(*parent);
    const auto [place, is_new] = codes.parents.emplace(std::string(child), above);
    if (!is_new && place->second != above)
        return wrong("a code has two parents in its hierarchy");
    if (codes.parents.size() > 10 * kMostCells)
        return core::Error{core::ErrorCode::too_costly, "a hierarchy has too many codes"};
    return true;
}

// `below`: how many levels have led here.
core::Result<CodeNumber> Assembly::number_of(std::size_t dimension, const Label& label, std::size_t below) {
    Codes& codes = codes_[dimension];
    const auto found = codes.numbers.find(label);
    if (found != codes.numbers.end())
        return found->second;
    constexpr core::Error kTooDeep = wrong("a hierarchy has more than 64 levels, or leads in a circle");
    if (below > kDeepest)
        return kTooDeep;
    CodeNumber above = 0;
    const auto edge = label.has_value() ? codes.parents.find(*label) : codes.parents.end();
    if (edge != codes.parents.end() && edge->second.has_value()) {
        const core::Result<CodeNumber> parent = number_of(dimension, edge->second, below + 1);
        if (!parent.ok())
            return parent.error();
        above = parent.value();
    }
    if (depth(dimension, above) >= kDeepest) // as levels may come one by one, from above
        return kTooDeep;
    const auto number = static_cast<CodeNumber>(codes.labels.size());
    codes.numbers.emplace(label, number);
    codes.labels.push_back(label);
    codes.ancestors.push_back(above);
    return number;
}

core::Result<CodeNumber> Assembly::code_of(std::size_t dimension, const std::optional<std::string_view>& text,
                                           bool total) {
    const DimensionSpec& spec = definition_.dimensions[dimension];
    const bool is_total =
        spec.grouping.empty() ? (spec.total.has_value() ? text == spec.total : !text.has_value()) : total;
    if (is_total)
        return CodeNumber{0};
    return number_of(dimension, text.has_value() ? Label(std::string(*text)) : Label(), 0);
}

core::Error Assembly::complain(const Key& key, const std::string& column, const core::Error& error,
                               const char* advice) {
    complaint_.about = "column \"" + column + "\" at " + words_for(key);
    complaint_.advice = advice;
    return error;
}

core::Result<Amount> Assembly::number_in(const Key& key, const std::string& column, std::string_view text,
                                         std::uint32_t decimals) {
    const core::Result<Amount> amount = parse_amount(text, decimals);
    if (!amount.ok())
        return complain(key, column, amount.error(), advice_on(text, decimals));
    return amount;
}

core::Result<Assembly::Cell> Assembly::cell_of(const Row& row, const Key& key) {
    Cell cell;
    cell.hidden = row.hidden;
    const std::size_t measures = definition_.measures.size();
    const auto missing = std::find(row.values.begin(), row.values.end(), std::nullopt);
    if (missing != row.values.end()) {
        if (!row.hidden)
            return complain(key, definition_.measures[static_cast<std::size_t>(missing - row.values.begin())].name,
                            wrong("a cell has no value"));
        cell.known = false;
        cell.values.assign(measures, 0);
        return cell;
    }
    for (std::size_t i = 0; i < measures; ++i) {
        const MeasureSpec& measure = definition_.measures[i];
        const core::Result<Amount> amount = number_in(key, measure.name, *row.values[i], measure.decimals);
        if (!amount.ok())
            return amount.error();
        if (amount.value() < 0 && !measure.negative)
            return complain(key, measure.name, wrong("a value is below 0"));
        cell.values.push_back(amount.value());
        if (measure.contributors.empty())
            continue;
        for (std::size_t j = 0; j < row.contributions.size(); ++j) {
            const core::Result<Amount> contribution =
                number_in(key, measure.contributors[j], row.contributions[j].value_or("0"), measure.decimals);
            if (!contribution.ok())
                return contribution.error();
            const core::Result<Amount> weight =
                row.weights.empty() ? core::Result<Amount>(1) : parse_amount(row.weights[j].value_or("1"), 0);
            if (!weight.ok() || weight.value() < 1)
                return complain(key, measure.weights[j], wrong("a contributor's weight is no whole number from 1"));
            if (contribution.value() < 0 ||
                core::Signed128{contribution.value()} * weight.value() > core::Signed128{amount.value()})
                return complain(key, measure.contributors[j], wrong("a contribution is below 0 or above its cell"));
            cell.contributions.push_back({contribution.value(), weight.value()});
        }
    }
    return cell;
}

std::string Assembly::words_for(const Key& key) const {
    return name_of_cell(definition_, key, [this](std::size_t dimension, CodeNumber code) -> const Label& {
        return codes_[dimension].labels[code];
    });
}

core::Result<bool> Assembly::add_row(std::size_t table, const Row& row) {
    const TableSpec& spec = definition_.tables[table];
    complaint_ = {};
    Key key(definition_.dimensions.size(), 0);
    for (std::size_t i = 0; i < spec.dimensions.size(); ++i) {
        const core::Result<CodeNumber> code = code_of(spec.dimensions[i], row.codes[i], row.totals[i]);
        if (!code.ok())
            return code.error();
        key[spec.dimensions[i]] = code.value();
        codes_[spec.dimensions[i]].has_total |= code.value() == 0 || spec.builds_margins;
    }
    core::Result<Cell> cell = cell_of(row, key);
    if (!cell.ok())
        return cell.error();
    if (!spec.hidden.empty()) {
        cell.value().hidden_before = row.hidden;
        cell.value().shown_before = !row.hidden;
    }
    if (spec.builds_margins)
        return add_margins(table, cell.value(), key);
    if (++count_ > kMostCells)
        return kTooMany;
    if (!cells_[table].emplace(key, std::move(cell).value()).second) {
        complaint_.about = words_for(key);
        return wrong("a cell is there twice; where NULL is a code as well as the total, name a grouping column");
    }
    return true;
}

core::Result<bool> Assembly::add_margins(std::size_t table, const Cell& cell, const Key& key) {
    const std::vector<std::size_t>& dimensions = definition_.tables[table].dimensions;
    for (const std::size_t dimension : dimensions) {
        if (key[dimension] == 0)
            return wrong("margins are to be built, but a row is one already");
        if (definition_.dimensions[dimension].overlapping)
            return wrong("margins cannot be built over a dimension that overlaps: distinct patients do not add up");
    }
    Key at = key;
    bool twice = false;
    const std::function<bool(std::size_t)> spread = [&](std::size_t i) {
        if (i < dimensions.size()) {
            const std::size_t dimension = dimensions[i];
            for (CodeNumber code = key[dimension]; code != kNoParent; code = codes_[dimension].ancestors[code]) {
                at[dimension] = code;
                if (!spread(i + 1))
                    return false;
            }
            return true;
        }
        const auto [place, is_new] = cells_[table].try_emplace(at);
        const bool given = at == key;
        if (is_new) {
            place->second = cell;
            place->second.given = given;
            return ++count_ <= kMostCells;
        }
        if (given || place->second.given) {
            twice = true;
            return false;
        }
        for (std::size_t measure = 0; measure < cell.values.size(); ++measure) {
            Amount& sum = place->second.values[measure];
            sum += cell.values[measure];
            if (sum > kLargestAmount || sum < -kLargestAmount)
                return false;
        }
        return true;
    };
    if (spread(0))
        return true;
    if (twice)
        return wrong("margins are to be built, but a cell is there twice, or lies above another one");
    return count_ > kMostCells ? core::Result<bool>(kTooMany) : wrong("a value is too large");
}

std::size_t Assembly::depth(std::size_t dimension, CodeNumber code) const {
    std::size_t depth = 0;
    for (; code != 0; code = codes_[dimension].ancestors[code])
        ++depth;
    return depth;
}

// The levels that a table has cells of stay those it has: region by age and region alone is no age alone.
core::Result<bool> Assembly::fill(std::size_t table) {
    const std::vector<std::size_t>& dimensions = definition_.tables[table].dimensions;
    std::set<std::vector<std::size_t>> levels;
    std::vector<std::map<std::size_t, std::set<CodeNumber>>> by_depth(dimensions.size());
    for (const auto& [key, cell] : cells_[table]) {
        std::vector<std::size_t> level;
        for (std::size_t i = 0; i < dimensions.size(); ++i) {
            const CodeNumber code = key[dimensions[i]];
            level.push_back(depth(dimensions[i], code));
            by_depth[i][level.back()].insert(code);
        }
        levels.insert(std::move(level));
    }
    Cell nothing;
    nothing.values.assign(definition_.measures.size(), 0);
    Key at(definition_.dimensions.size(), 0);
    const std::function<bool(const std::vector<std::size_t>&, std::size_t)> spread =
        [&](const std::vector<std::size_t>& level, std::size_t i) {
            if (i == dimensions.size())
                return !cells_[table].try_emplace(at, nothing).second || ++count_ <= kMostCells;
            for (const CodeNumber code : by_depth[i][level[i]]) {
                at[dimensions[i]] = code;
                if (!spread(level, i + 1))
                    return false;
            }
            return true;
        };
    for (const std::vector<std::size_t>& level : levels)
        if (!spread(level, 0))
            return kTooMany;
    return true;
}

// Depth first, by the codes' bytes: the same tables have the same numbers, whatever order their rows came in, and that
// order, which a query may take from hidden values, is gone.
void Assembly::renumber() {
    new_numbers_.clear();
    for (Codes& codes : codes_) {
        std::vector<std::vector<CodeNumber>> children(codes.labels.size());
        for (CodeNumber code = 1; code < codes.labels.size(); ++code)
            children[codes.ancestors[code]].push_back(code);
        std::vector<CodeNumber> numbers(codes.labels.size(), 0);
        CodeNumber next = 0;
        const std::function<void(CodeNumber)> visit = [&](CodeNumber code) {
            numbers[code] = next++;
            std::vector<CodeNumber>& below = children[code];
            std::sort(below.begin(), below.end(),
                      [&](CodeNumber a, CodeNumber b) { return codes.labels[a] < codes.labels[b]; });
            for (const CodeNumber child : below)
                visit(child);
        };
        visit(0);
        new_numbers_.push_back(std::move(numbers));
    }
}

Dimension Assembly::tree(std::size_t dimension) const {
    const Codes& codes = codes_[dimension];
    const std::vector<CodeNumber>& numbers = new_numbers_[dimension];
    Dimension tree;
    tree.parents.assign(codes.labels.size(), kNoParent);
    for (CodeNumber code = 1; code < codes.labels.size(); ++code)
        tree.parents[numbers[code]] = numbers[codes.ancestors[code]];
    tree.overlapping = definition_.dimensions[dimension].overlapping;
    tree.revealing = definition_.dimensions[dimension].revealing;
    return tree;
}

void Assembly::disagree(std::size_t table, const Cell& cell, std::size_t other, const Cell& other_cell,
                        const Key& key) {
    const auto [one, two] = std::mismatch(cell.values.begin(), cell.values.end(), other_cell.values.begin());
    const MeasureSpec& measure = definition_.measures[static_cast<std::size_t>(one - cell.values.begin())];
    complaint_.about = "measure \"" + measure.name + "\" is " + print_amount(*one, measure.decimals) + " in table \"" +
                       definition_.tables[table].name + "\" and " + print_amount(*two, measure.decimals) +
                       " in table \"" + definition_.tables[other].name + "\", at " + words_for(key);
}

core::Result<bool> Assembly::join(Assembled& assembled) {
    struct Place {
        CellNumber number = 0;
        std::size_t table = 0; // that has its values
        Cell cell;
    };
    std::map<Key, Place> joint;
    std::vector<std::vector<Key>> keys(cells_.size());
    for (std::size_t table = 0; table < cells_.size(); ++table)
        for (const auto& [key, cell] : cells_[table]) {
            Key numbered(key.size());
            for (std::size_t i = 0; i < key.size(); ++i)
                numbered[i] = new_numbers_[i][key[i]];
            keys[table].push_back(numbered);
            const auto [place, is_new] = joint.try_emplace(std::move(numbered), Place{0, table, cell});
            if (is_new)
                continue;
            Cell& before = place->second.cell;
            if (before.known && cell.known && before.values != cell.values) {
                disagree(place->second.table, before, table, cell, key);
                return wrong("two tables disagree about a cell they share");
            }
            if (!before.known) {
                before.values = cell.values;
                before.contributions = cell.contributions;
                before.known = cell.known;
                place->second.table = table;
            }
            before.hidden = before.hidden && cell.hidden;
            before.hidden_before = before.hidden_before || cell.hidden_before;
            before.shown_before = before.shown_before || cell.shown_before;
        }
    for (auto& [key, place] : joint) {
        place.number = static_cast<CellNumber>(assembled.tables.entries.size());
        assembled.tables.entries.push_back({key, place.cell.values});
        if (assembled.roles.dominance_measure.has_value())
            assembled.contents.push_back({place.cell.contributions, std::nullopt});
        assembled.hidden.push_back(place.cell.hidden);
        assembled.shown_before.push_back(place.cell.shown_before);
        assembled.hidden_before.push_back(place.cell.hidden_before && !place.cell.shown_before);
        assembled.known.push_back(place.cell.known);
    }
    for (std::vector<Key>& of_table : keys) {
        std::sort(of_table.begin(), of_table.end());
        std::vector<CellNumber>& shown = assembled.shown_in.emplace_back();
        for (const Key& key : of_table)
            shown.push_back(joint.at(key).number);
    }
    return true;
}

core::Result<Assembled> Assembly::finish(bool fills_zeros) {
    complaint_ = {};
    if (fills_zeros)
        for (std::size_t table = 0; table < cells_.size(); ++table) {
            const core::Result<bool> filled = fill(table);
            if (!filled.ok())
                return filled.error();
        }
    renumber();
    Assembled assembled;
    for (std::size_t i = 0; i < definition_.measures.size(); ++i) {
        const MeasureSpec& measure = definition_.measures[i];
        assembled.tables.measures.push_back(
            {measure.distinct || i == 0, measure.negative ? -kUnbounded : 0, kUnbounded});
        if (measure.units)
            assembled.roles.units.push_back(i);
        if (!measure.contributors.empty())
            assembled.roles.dominance_measure = i;
    }
    for (std::size_t i = 0; i < codes_.size(); ++i) {
        assembled.tables.dimensions.push_back(tree(i));
        std::vector<Label>& labels = assembled.labels.emplace_back(codes_[i].labels.size());
        for (CodeNumber code = 0; code < codes_[i].labels.size(); ++code)
            labels[new_numbers_[i][code]] = codes_[i].labels[code];
        labels[0] = definition_.dimensions[i].total;
        assembled.has_total.push_back(codes_[i].has_total);
    }
    const core::Result<bool> joined = join(assembled);
    if (!joined.ok())
        return joined.error();
    return assembled;
}

} // namespace health_dp::suppression
