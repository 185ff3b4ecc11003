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

constexpr core::Error wrong(const char* message) { return {core::ErrorCode::out_of_range, message}; }
constexpr core::Error kTooMany{core::ErrorCode::too_costly, "the tables have more than 200000 cells"};

} // namespace

Position position_of(const Assembled& assembled, std::size_t dimension, const std::vector<CodeNumber>& key) {
    for (const std::size_t tree : assembled.trees[dimension])
        if (key[tree] != 0)
            return {tree, key[tree]};
    return {dimension, 0};
}

Assembly::Assembly(const Definition& definition) : definition_(definition), cells_(definition.tables.size()) {
    for (const DimensionSpec& dimension : definition.dimensions)
        codes_.emplace_back(dimension.hierarchies.size());
    has_total_.assign(codes_.size(), false);
}

core::Result<bool> Assembly::add_edge(std::size_t dimension, std::size_t hierarchy, std::string_view child,
                                      std::optional<std::string_view> parent) {
    complaint_ = {};
    const DimensionSpec& spec = definition_.dimensions[dimension];
    if (spec.total == child)
        return true;
    Label above;
    if (parent.has_value() && parent != spec.total && *parent != child)
        above.emplace(*parent);
    const core::Result<bool> added = codes_[dimension].add_edge(hierarchy, child, above);
    if (!added.ok() && added.error().code == core::ErrorCode::out_of_range) {
        const auto quoted = [](const Label& label) { return label.has_value() ? "\"" + *label + "\"" : "(all)"; };
        const std::string code(child);
        complaint_.about = "code \"" + code + "\", parents " + quoted(codes_[dimension].parent_of(hierarchy, code)) +
                           " and " + quoted(above);
        complaint_.advice = "Where codes are grouped in two ways, each is a hierarchy of its own: hierarchies => "
                            "'{\"ref.region, ref.territory\",NULL}', in suppress_tables() a list.";
    }
    return added;
}

core::Result<CodeNumber> Assembly::code_of(std::size_t dimension, const std::optional<std::string_view>& text,
                                           bool total) {
    const DimensionSpec& spec = definition_.dimensions[dimension];
    const bool is_total =
        spec.grouping.empty() ? (spec.total.has_value() ? text == spec.total : !text.has_value()) : total;
    if (is_total)
        return CodeNumber{0};
    const core::Result<CodeNumber> code =
        codes_[dimension].number_of(text.has_value() ? Label(std::string(*text)) : Label());
    if (code.ok())
        codes_[dimension].give(code.value());
    return code;
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
    return name_of_cell(definition_, [&](std::size_t dimension) {
        return key[dimension] == 0 ? std::string(kAllCodes) : codes_[dimension].label(key[dimension]).value_or("NULL");
    });
}

core::Result<bool> Assembly::add_row(std::size_t table, const Row& row) {
    const TableSpec& spec = definition_.tables[table];
    complaint_ = {};
    Key key(definition_.dimensions.size(), 0);
    for (std::size_t i = 0; i < spec.dimensions.size(); ++i) {
        const core::Result<CodeNumber> code = code_of(spec.dimensions[i], row.codes[i], row.totals[i]);
        if (!code.ok()) {
            complaint_.about = "code \"" + std::string(row.codes[i].value_or("NULL")) + "\" of dimension \"" +
                               definition_.dimensions[spec.dimensions[i]].name + "\"";
            complaint_.advice =
                "Look where its parents lead: SELECT child, parent FROM the hierarchy. A code at the top has "
                "no row, or parent NULL.";
            return code.error();
        }
        key[spec.dimensions[i]] = code.value();
        if (code.value() == 0 || spec.builds_margins)
            has_total_[spec.dimensions[i]] = true;
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
        if (key[dimension] == 0) {
            complaint_ = {words_for(key), "Leave the totals out of the query, or build_margins."};
            return wrong("margins are to be built, but a row is one already");
        }
        complaint_.about = "dimension \"" + definition_.dimensions[dimension].name + "\"";
        if (definition_.dimensions[dimension].overlapping)
            return wrong("margins cannot be built over a dimension that overlaps: distinct patients do not add up");
    }
    std::vector<std::vector<CodeNumber>> above;
    for (const std::size_t dimension : dimensions) {
        above.push_back(codes_[dimension].with_all_above(key[dimension]));
        for (const CodeNumber code : above.back())
            codes_[dimension].give(code);
    }
    complaint_ = {};
    Key at = key;
    bool twice = false;
    const std::function<bool(std::size_t)> spread = [&](std::size_t i) {
        if (i < dimensions.size()) {
            const std::size_t dimension = dimensions[i];
            for (const CodeNumber code : above[i]) {
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
    if (twice) {
        complaint_ = {words_for(key),
                      "Give each cell once, and none that is above others: GROUP BY without ROLLUP or CUBE."};
        return wrong("margins are to be built, but a cell is there twice, or lies above another one");
    }
    if (count_ > kMostCells)
        return kTooMany;
    complaint_.about = "a margin of " + words_for(key);
    return wrong("a value is too large");
}

// The levels that a table has cells of stay those it has: region by age and region alone is no age alone.
core::Result<bool> Assembly::fill(std::size_t table) {
    const std::vector<std::size_t>& dimensions = definition_.tables[table].dimensions;
    using Level = std::vector<std::vector<std::size_t>>; // of each dimension, in each of its hierarchies
    std::set<Level> levels;
    std::vector<std::map<std::vector<std::size_t>, std::set<CodeNumber>>> by_depth(dimensions.size());
    std::vector<Level> levels_of_codes;
    levels_of_codes.reserve(dimensions.size());
    for (const std::size_t dimension : dimensions)
        levels_of_codes.push_back(codes_[dimension].levels());
    for (const auto& [key, cell] : cells_[table]) {
        Level level;
        for (std::size_t i = 0; i < dimensions.size(); ++i) {
            const CodeNumber code = key[dimensions[i]];
            level.push_back(levels_of_codes[i][code]);
            by_depth[i][level.back()].insert(code);
        }
        levels.insert(std::move(level));
    }
    Cell nothing;
    nothing.values.assign(definition_.measures.size(), 0);
    Key at(definition_.dimensions.size(), 0);
    const std::function<bool(const Level&, std::size_t)> spread = [&](const Level& level, std::size_t i) {
        if (i == dimensions.size())
            return !cells_[table].try_emplace(at, nothing).second || ++count_ <= kMostCells;
        for (const CodeNumber code : by_depth[i][level[i]]) {
            at[dimensions[i]] = code;
            if (!spread(level, i + 1))
                return false;
        }
        return true;
    };
    for (const Level& level : levels)
        if (!spread(level, 0))
            return kTooMany;
    return true;
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
            Key numbered(assembled.tables.dimensions.size());
            for (std::size_t i = 0; i < key.size(); ++i)
                for (std::size_t tree = 0; tree < codes_[i].trees(); ++tree)
                    numbered[assembled.trees[i][tree]] = codes_[i].renumbered(tree, key[i]);
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

// The definition's dimensions first, each with its first hierarchy; further hierarchies behind them all.
void Assembly::add_trees(Assembled& assembled) {
    const auto add = [&](std::size_t i, std::size_t tree) {
        const DimensionSpec& spec = definition_.dimensions[i];
        assembled.trees[i].push_back(assembled.tables.dimensions.size());
        assembled.tables.dimensions.push_back({codes_[i].parents(tree), spec.overlapping, spec.revealing});
        assembled.labels.push_back(codes_[i].labels(tree));
        assembled.labels.back()[0] = spec.total;
    };
    assembled.trees.resize(codes_.size());
    for (std::size_t i = 0; i < codes_.size(); ++i) {
        codes_[i].renumber();
        add(i, 0);
    }
    for (std::size_t i = 0; i < codes_.size(); ++i)
        for (std::size_t tree = 1; tree < codes_[i].trees(); ++tree)
            add(i, tree);
    assembled.has_total = has_total_;
}

// A code that stands in all hierarchies is the same in each of them alone: a part of what is above it there.
void Assembly::add_other_names(Assembled& assembled) {
    std::map<Key, CellNumber> names;
    for (CellNumber cell = 0; cell < assembled.tables.entries.size(); ++cell)
        names.emplace(assembled.tables.entries[cell].key, cell);
    for (const std::vector<std::size_t>& trees : assembled.trees) {
        if (trees.size() == 1)
            continue;
        const std::map<Key, CellNumber> before = names;
        for (const auto& [key, cell] : before) {
            if (std::count_if(trees.begin(), trees.end(), [&at = key](std::size_t tree) { return at[tree] != 0; }) < 2)
                continue;
            for (const std::size_t only : trees) {
                Key name = key;
                for (const std::size_t tree : trees)
                    if (tree != only)
                        name[tree] = 0;
                names.emplace(std::move(name), cell);
            }
        }
    }
    for (const Entry& entry : assembled.tables.entries)
        names.erase(entry.key);
    for (const auto& [name, cell] : names) {
        assembled.tables.unseen.push_back(name);
        assembled.tables.same_as.push_back(cell);
    }
}

core::Result<Assembled> Assembly::finish(bool fills_zeros) {
    complaint_ = {};
    if (fills_zeros)
        for (std::size_t table = 0; table < cells_.size(); ++table) {
            const core::Result<bool> filled = fill(table);
            if (!filled.ok())
                return filled.error();
        }
    for (std::size_t i = 0; i < codes_.size(); ++i)
        if (const std::optional<Codes::Misfit> misfit = codes_[i].misfit()) {
            complaint_.about = "dimension \"" + definition_.dimensions[i].name + "\", code \"" +
                               codes_[i].label(misfit->code).value_or("NULL") + "\"";
            complaint_.advice =
                "Several hierarchies begin at the same codes, the finest: have the query give those too, "
                "and leave out hierarchies that it shows nothing of.";
            return wrong(misfit->why);
        }
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
    add_trees(assembled);
    const core::Result<bool> joined = join(assembled);
    if (!joined.ok())
        return joined.error();
    add_other_names(assembled);
    return assembled;
}

} // namespace health_dp::suppression
