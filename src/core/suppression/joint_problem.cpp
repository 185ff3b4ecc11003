#include "core/suppression/joint_problem.hpp"

#include "core/suppression/known_bounds.hpp"
#include "core/suppression/places.hpp"
#include "core/suppression/primary.hpp"

#include <algorithm>
#include <limits>
#include <utility>

namespace health_dp::suppression {

namespace {

constexpr QuantityNumber kNone = ~QuantityNumber{0};
// For each place, or none where the number is not known to the register.
using Numbers = std::vector<QuantityNumber>;
using ColumnNumbers = std::array<Numbers, kParts>;

// Of two numbers that are known to be one.
CellState either(CellState a, CellState b) {
    for (const CellState state : {CellState::shown, CellState::hidden, CellState::asked})
        if (a == state || b == state)
            return state;
    return CellState::unasked;
}

class Joining {
  public:
    Joining(const Publication& publication, const Policy& policy) : publication_(publication), policy_(policy) {}

    core::Result<JointProblem> run() {
        look_around();
        if (const core::Result<bool> proposed = propose_patients(); !proposed.ok())
            return proposed.error();
        for (CellNumber place = 0; place < cells_.size(); ++place)
            if (is_few_units(place))
                hide_few_units(place);
        place_rows();
        if (counts_rows_)
            add_rows();
        place_columns();
        for (const auto& [id, range] : publication_.ranges())
            add_column(id, range);
        name_insiders();
        tighten_bounds(joint_.problem);
        write_demands();
        for (const auto& [cell, standing] : standings_)
            joint_.problem.cells[cell].standing = standing;
        return std::move(joint_);
    }

  private:
    struct Wish {
        QuantityNumber quantity;
        Amount lowest;
        Amount highest;
        Amount width;
    };

    const PublishedCell& at(CellNumber place) const { return *cells_[place]; }
    bool has_reason(CellNumber place) const { return reasons_[place] != Reason::none; }

    void look_around() {
        bool sums = false;
        for (const auto& [place, cell] : publication_.cells()) {
            cells_.push_back(&cell);
            one_row_ = one_row_ && cell.patients == cell.rows;
            counts_rows_ = counts_rows_ || cell.row_state != CellState::unasked;
            for (const auto& [id, column] : cell.columns)
                sums = sums || column.sums != CellState::unasked || column.squares != CellState::unasked;
        }
        counts_rows_ = (counts_rows_ || sums) && !one_row_;
        for (const PublishedCell* cell : cells_)
            states_.push_back(one_row_ ? either(cell->state, cell->row_state) : cell->state);
        dark_.assign(cells_.size(), kNoCell);
        lit_.assign(cells_.size(), kNoCell);
    }

    core::Result<bool> propose_patients() {
        Policy policy = policy_;
        if (one_row_)
            policy.patients = std::max(policy.patients, policy.units);
        const Numbering numbering(publication_.cells());
        Tables tables;
        tables.dimensions = numbering.dimensions(policy.no_class_disclosure);
        tables.sums_are_known = true;
        tables.measures.push_back({.distinct = true});
        std::vector<Contents> contents(cells_.size());
        CellNumber number = 0;
        for (const auto& [place, cell] : publication_.cells()) {
            tables.entries.push_back({numbering.key(place), {cell.patients}});
            if (cell.patients == 1)
                contents[number].holder = cell.holder;
            ++number;
        }
        core::Result<Proposal> proposal = propose(tables, contents, {}, policy);
        if (!proposal.ok())
            return proposal.error();
        joint_.problem = std::move(proposal.value().problem);
        reasons_ = std::move(proposal.value().reasons);
        core::Result<std::vector<Line>> lines = lines_of(tables);
        if (!lines.ok())
            return lines.error();
        lines_ = std::move(lines).value();
        know_common_codes();
        watch_overlaps();
        for (CellNumber place = 0; place < cells_.size(); ++place)
            if (states_[place] == CellState::shown)
                standings_.emplace_back(place, Standing::published);
            else if (states_[place] != CellState::asked)
                standings_.emplace_back(place, Standing::hidden);
        return true;
    }

    // A code has rows of its own where at least so many patients have it: that it appears says so, whatever is hidden.
    void know_common_codes() {
        PlaceCodes codes;
        CellNumber number = 0;
        for (const auto& [place, cell] : publication_.cells()) {
            Quantity& patients = joint_.problem.quantities[number++];
            if (read_place(place, codes) && codes.size() == 1 && cell.patients >= policy_.patients)
                patients.lowest = std::max(patients.lowest, policy_.patients);
        }
    }

    // Where patients have several codes, all codes' patients less the total are how often: a number of few patients.
    void watch_overlaps() {
        // What releases of an earlier version have published is known, finer cells of it with it: no pattern takes that
        // back.
        for (const Line& line : lines_)
            if (is_few(overlap_of(line)) && is_out(line.total) &&
                std::all_of(line.parts.begin(), line.parts.end(), [this](CellNumber part) { return is_out(part); }))
                return;
        for (const Line& line : lines_) {
            const Amount overlap = overlap_of(line);
            if (!is_few(overlap))
                continue;
            Relation relation{{{line.total, -1}}, 0, 0};
            for (const CellNumber part : line.parts)
                relation.terms.push_back({part, 1});
            const QuantityNumber watched = add_quantity(kNoCell, overlap);
            relation.terms.push_back({watched, -1});
            joint_.problem.relations.push_back(std::move(relation));
            wish(watched, policy_.interval_lowest, policy_.patients - 1);
        }
    }
    Amount overlap_of(const Line& line) const {
        Amount overlap = -at(line.total).patients;
        for (const CellNumber part : line.parts)
            overlap += at(part).patients;
        return overlap;
    }
    bool is_few(Amount overlap) const { return overlap > 0 && overlap < policy_.patients; }
    bool is_out(CellNumber place) const { return states_[place] == CellState::shown || at(place).patients == 0; }

    bool is_few_units(CellNumber place) const {
        return !one_row_ && !has_reason(place) && at(place).patients > 0 && at(place).rows < policy_.units;
    }
    void hide_few_units(CellNumber place) {
        reasons_[place] = Reason::few_units;
        joint_.problem.cells[place].standing = Standing::hidden;
        wish_width(place, at(place).patients);
    }

    CellNumber new_cell(CellNumber like, Standing standing) {
        joint_.problem.cells.push_back({standing, joint_.problem.cells[like].cost});
        return static_cast<CellNumber>(joint_.problem.cells.size() - 1);
    }
    // Where what is never shown of a place stands, and where what was shown.
    CellNumber dark(CellNumber place) {
        if (states_[place] == CellState::unasked || states_[place] == CellState::hidden || at(place).patients == 0)
            return place;
        if (dark_[place] == kNoCell)
            dark_[place] = new_cell(place, Standing::hidden);
        return dark_[place];
    }
    CellNumber lit(CellNumber place) {
        if (states_[place] == CellState::shown || at(place).patients == 0)
            return place;
        if (lit_[place] == kNoCell) {
            lit_[place] = new_cell(place, Standing::optional);
            standings_.emplace_back(lit_[place], Standing::published);
        }
        return lit_[place];
    }
    // Where what is asked stands: with the patients, unless they are decided otherwise.
    CellNumber open(CellNumber place, bool alone) {
        if (at(place).patients == 0 || states_[place] == CellState::hidden ||
            (states_[place] == CellState::asked && !alone))
            return place;
        return new_cell(place, alone || has_reason(place) ? Standing::hidden : Standing::optional);
    }
    CellNumber cell_of(CellNumber place, CellState state, CellNumber asked) {
        switch (state) {
        case CellState::asked:
            return asked;
        case CellState::shown:
            return lit(place);
        default:
            return dark(place);
        }
    }

    // What rows tell beside patients matters where the patients are told.
    bool rows_tell(CellNumber place) const {
        return !at(place).row_watches.empty() &&
               (states_[place] == CellState::asked || states_[place] == CellState::shown);
    }

    void place_rows() {
        for (CellNumber place = 0; place < cells_.size(); ++place) {
            const bool asked = counts_rows_ && at(place).row_state == CellState::asked;
            joint_.placement.rows.push_back(asked ? open(place, rows_tell(place)) : place);
        }
    }

    // Columns may say the same in other words: what hides one at a place hides the others there.
    void place_columns() {
        for (CellNumber place = 0; place < cells_.size(); ++place) {
            bool asked = false;
            bool alone = rows_tell(place);
            for (const auto& [id, column] : at(place).columns) {
                asked = asked || column.sums == CellState::asked || column.squares == CellState::asked;
                alone = alone || column.sums == CellState::hidden || column.squares == CellState::hidden ||
                        (!is_unasked(column.sums) && !column.watches.empty()) ||
                        (!is_unasked(column.squares) && !column.square_watches.empty());
            }
            joint_.placement.columns.push_back(asked ? open(place, alone) : place);
        }
    }
    static bool is_unasked(CellState state) { return state == CellState::unasked; }

    QuantityNumber add_quantity(CellNumber cell, Amount value, Amount lowest = 0) {
        joint_.problem.quantities.push_back({cell, value, lowest, kUnbounded});
        return static_cast<QuantityNumber>(joint_.problem.quantities.size() - 1);
    }

    // Parts without a number are empty, or nothing is known of this line.
    void add_lines(const Numbers& numbers) {
        for (const Line& line : lines_) {
            if (numbers[line.total] == kNone)
                continue;
            Relation relation{{{numbers[line.total], -1}}, 0, 0};
            const bool known = std::all_of(line.parts.begin(), line.parts.end(), [&](CellNumber part) {
                if (numbers[part] != kNone)
                    relation.terms.push_back({numbers[part], 1});
                return numbers[part] != kNone || at(part).patients == 0;
            });
            if (known)
                joint_.problem.relations.push_back(std::move(relation));
        }
    }

    void wish(QuantityNumber quantity, Amount lowest, Amount highest) {
        wishes_.push_back({quantity, lowest, highest, 0});
    }
    void wish_width(QuantityNumber quantity, Amount value) {
        wishes_.push_back({quantity, value, value, least_width(value, policy_)});
    }

    void watch(const std::vector<Watch>& watches, CellNumber place, const ColumnNumbers* column) {
        for (const Watch& watch : watches) {
            Relation relation;
            Amount value = 0;
            for (const Watch::Factor& factor : watch.factors) {
                const QuantityNumber number = number_of(factor.part, place, column);
                value += factor.times * joint_.problem.quantities[number].value;
                // Rows and values, or rows and patients, can be one quantity.
                const auto same = std::find_if(relation.terms.begin(), relation.terms.end(),
                                               [number](const Term& term) { return term.quantity == number; });
                if (same == relation.terms.end())
                    relation.terms.push_back({number, factor.times});
                else
                    same->coefficient += factor.times;
            }
            std::erase_if(relation.terms, [](const Term& term) { return term.coefficient == 0; });
            if (relation.terms.empty())
                continue;
            QuantityNumber watched = relation.terms.front().quantity;
            if (relation.terms.size() > 1 || relation.terms.front().coefficient != 1) {
                watched = add_quantity(kNoCell, value, -kUnbounded);
                relation.terms.push_back({watched, -1});
                joint_.problem.relations.push_back(std::move(relation));
            }
            wish(watched, value - watch.below, value + watch.above);
        }
    }

    QuantityNumber number_of(Part part, CellNumber place, const ColumnNumbers* column) const {
        if (part == Part::patients)
            return place;
        return part == Part::rows ? rows_at(place) : (*column)[static_cast<std::size_t>(part)][place];
    }
    QuantityNumber rows_at(CellNumber place) const { return one_row_ ? place : rows_[place]; }

    void add_rows() {
        for (CellNumber place = 0; place < cells_.size(); ++place) {
            const PublishedCell& cell = at(place);
            rows_.push_back(add_quantity(cell_of(place, cell.row_state, joint_.placement.rows[place]), cell.rows));
            // Everybody knows that a patient in a cell has a row there.
            joint_.problem.relations.push_back({{{place, -1}, {rows_[place], 1}}, 0, kUnbounded});
            if (reasons_[place] == Reason::few_units && cell.rows < policy_.units)
                wish(rows_[place], policy_.interval_lowest, policy_.units - 1);
            else if (has_reason(place))
                wish_width(rows_[place], cell.rows);
            watch(cell.row_watches, place, nullptr);
        }
        add_lines(rows_);
    }

    struct Use {
        bool sums = false;
        bool squares = false;
        bool some_missing = false; // a row without a value
    };
    Use use_of(const ColumnId& id) const {
        Use use;
        for (const PublishedCell* cell : cells_)
            if (const auto found = cell->columns.find(id); found != cell->columns.end()) {
                use.sums = use.sums || !is_unasked(found->second.sums);
                use.squares = use.squares || !is_unasked(found->second.squares);
                use.some_missing = use.some_missing || amount(found->second, Part::values) != cell->rows;
            }
        return use;
    }
    static Amount amount(const PublishedColumn& column, Part part) {
        return column.amounts[static_cast<std::size_t>(part)];
    }

    void add_column(const ColumnId& id, const ColumnRange& range) {
        const Use use = use_of(id);
        if (!use.sums && !use.squares)
            return;
        ColumnNumbers numbers;
        for (Numbers& part : numbers)
            part.assign(cells_.size(), kNone);
        for (CellNumber place = 0; place < cells_.size(); ++place) {
            const auto found = at(place).columns.find(id);
            if (found == at(place).columns.end())
                continue;
            add_sums(numbers, place, found->second, range, use);
            if (use.squares)
                add_squares(numbers, place, found->second, range);
        }
        for (const Part part : {Part::total, Part::roots, Part::squares})
            add_lines(numbers[static_cast<std::size_t>(part)]);
        if (use.some_missing)
            add_lines(numbers[static_cast<std::size_t>(Part::values)]);
    }

    QuantityNumber add_part(ColumnNumbers& numbers, Part part, CellNumber place, CellNumber cell, Amount value) {
        return numbers[static_cast<std::size_t>(part)][place] = add_quantity(cell, value);
    }
    // 0 ≤ times · large - small.
    void limit(QuantityNumber small, QuantityNumber large, Amount times) {
        if (times == 0)
            joint_.problem.quantities[small].highest = 0;
        else if (times <= std::numeric_limits<std::int32_t>::max())
            joint_.problem.relations.push_back(
                {{{small, -1}, {large, static_cast<std::int32_t>(times)}}, 0, kUnbounded});
    }

    void add_sums(ColumnNumbers& numbers, CellNumber place, const PublishedColumn& column, const ColumnRange& range,
                  const Use& use) {
        const CellNumber cell = cell_of(place, column.sums, joint_.placement.columns[place]);
        QuantityNumber& values = numbers[static_cast<std::size_t>(Part::values)][place];
        const QuantityNumber rows = rows_at(place);
        if (use.some_missing) {
            values = add_quantity(cell, amount(column, Part::values));
            limit(values, rows, 1);
        } else
            values = rows;
        const QuantityNumber total = add_part(numbers, Part::total, place, cell, amount(column, Part::total));
        limit(total, values, std::min(range.highest, column.highest));
        if (column.lowest > 0 && column.lowest <= std::numeric_limits<std::int32_t>::max())
            joint_.problem.relations.push_back(
                {{{total, 1}, {values, -static_cast<std::int32_t>(column.lowest)}}, 0, kUnbounded});
        if (has_reason(place)) {
            wish_width(total, amount(column, Part::total));
            if (use.some_missing)
                wish_width(values, amount(column, Part::values));
        }
        watch(column.watches, place, &numbers);
    }

    void add_squares(ColumnNumbers& numbers, CellNumber place, const PublishedColumn& column,
                     const ColumnRange& range) {
        const CellNumber cell = cell_of(place, column.squares, joint_.placement.columns[place]);
        const QuantityNumber total = numbers[static_cast<std::size_t>(Part::total)][place];
        const QuantityNumber values = numbers[static_cast<std::size_t>(Part::values)][place];
        const QuantityNumber roots = add_part(numbers, Part::roots, place, cell, amount(column, Part::roots));
        const QuantityNumber squares = add_part(numbers, Part::squares, place, cell, amount(column, Part::squares));
        limit(roots, squares, 1);
        limit(squares, roots, range.highest_root);
        // A value of the finer grid is ratio · root, and less than ratio more.
        limit_to_ratio(total, roots, values, range.ratio);
        if (has_reason(place))
            wish_width(squares, amount(column, Part::squares));
        watch(column.square_watches, place, &numbers);
    }
    void limit_to_ratio(QuantityNumber total, QuantityNumber roots, QuantityNumber values, Amount ratio) {
        if (ratio > std::numeric_limits<std::int32_t>::max())
            return;
        const auto times = static_cast<std::int32_t>(ratio);
        joint_.problem.relations.push_back({{{total, 1}, {roots, -times}}, 0, ratio == 1 ? 0 : kUnbounded});
        if (ratio > 1)
            joint_.problem.relations.push_back({{{total, -1}, {roots, times}, {values, times - 1}}, 0, kUnbounded});
    }

    // Whoever is alone in a cell knows all numbers of it.
    void name_insiders() {
        for (Insider& insider : joint_.problem.insiders) {
            std::vector<CellNumber> more;
            for (const CellNumber place : insider.knows)
                for (const CellNumber cell :
                     {dark_[place], joint_.placement.rows[place], joint_.placement.columns[place]})
                    if (cell != kNoCell && cell != place)
                        more.push_back(cell);
            insider.knows.insert(insider.knows.end(), more.begin(), more.end());
        }
    }

    // As far as what everybody knows leaves room for it.
    void write_demands() {
        for (const Wish& wish : wishes_) {
            const Quantity& quantity = joint_.problem.quantities[wish.quantity];
            Demand demand{wish.quantity, std::max<Amount>(quantity.value - std::max(wish.lowest, quantity.lowest), 0),
                          std::max<Amount>(std::min(wish.highest, quantity.highest) - quantity.value, 0), 0};
            if (quantity.highest == kUnbounded || quantity.lowest == -kUnbounded)
                demand.width = wish.width;
            else
                demand.width = std::min(wish.width, quantity.highest - quantity.lowest);
            if (demand.below > 0 || demand.above > 0 || demand.width > 0)
                joint_.problem.demands.push_back(demand);
        }
    }

    const Publication& publication_;
    const Policy& policy_;
    JointProblem joint_;
    std::vector<const PublishedCell*> cells_;
    std::vector<CellState> states_; // of patients
    std::vector<Reason> reasons_;
    std::vector<Line> lines_;
    bool one_row_ = true; // a patient: rows are patients
    bool counts_rows_ = false;
    Numbers rows_;
    std::vector<CellNumber> dark_;
    std::vector<CellNumber> lit_;
    std::vector<Wish> wishes_;
    std::vector<std::pair<CellNumber, Standing>> standings_; // for those who know what earlier releases showed
};

} // namespace

core::Result<JointProblem> JointProblem::create(const Publication& publication, const Policy& policy) {
    return Joining(publication, policy).run();
}

} // namespace health_dp::suppression
