#include "core/suppression/publication.hpp"

#include "core/suppression/joint_problem.hpp"
#include "core/suppression/places.hpp"
#include "core/suppression/protect.hpp"

#include <algorithm>

namespace health_dp::suppression {

const PublishedCell* Publication::find(std::string_view place) const {
    const auto found = cells_.find(place);
    return found == cells_.end() ? nullptr : &found->second;
}

namespace {

// What has been published stays as it is.
void keep(CellState& now, CellState before) {
    if (before != CellState::unasked)
        now = before;
}

} // namespace

void Publication::ask(const Question& question) {
    keys_.insert(question.keys.begin(), question.keys.end());
    for (const ColumnId& column : question.summed)
        summed_[column].insert(question.keys.begin(), question.keys.end());
    looked_at_.insert(question.looked_at.begin(), question.looked_at.end());
    ask_cells(question.cells);
}

void Publication::ask_cells(const AskedCells& cells) {
    for (const auto& [split, numbers] : cells) {
        AskedNumbers& asked = asked_[split];
        asked.patients |= numbers.patients;
        asked.rows |= numbers.rows;
        asked.sums.insert(numbers.sums.begin(), numbers.sums.end());
        asked.squares.insert(numbers.squares.begin(), numbers.squares.end());
    }
}

void Publication::ask_what_was_asked(const Publication& before) {
    keys_.insert(before.keys_.begin(), before.keys_.end());
    for (const auto& [column, keys] : before.summed_)
        summed_[column].insert(keys.begin(), keys.end());
    looked_at_.insert(before.looked_at_.begin(), before.looked_at_.end());
    ask_cells(before.asked_);
}

std::set<DimensionId> Publication::keys_of(const ColumnId& column) const {
    const auto found = summed_.find(column);
    return found == summed_.end() ? std::set<DimensionId>() : found->second;
}

bool Publication::sums_what_is_looked_at() const {
    return std::any_of(summed_.begin(), summed_.end(),
                       [this](const auto& named) { return looked_at_.contains(named.first); });
}

bool Publication::continue_from(const Publication& before) {
    ask_what_was_asked(before);
    for (const auto& [id, range] : before.ranges_) {
        const auto [here, added] = ranges_.emplace(id, range);
        if (!added && here->second != range)
            return false;
    }
    std::set<std::string> splits;
    for (const auto& [place, cell] : cells_)
        splits.insert(split_of(place));
    std::set<std::string> splits_before;
    for (const auto& [place, cell] : before.cells_) {
        const std::string split = split_of(place);
        splits_before.insert(split);
        const auto here = cells_.find(place);
        if (here == cells_.end()) {
            if (splits.contains(split) && cell.patients > 0)
                return false; // a cell that is empty now
            continue;
        }
        if (here->second.patients != cell.patients || here->second.rows != cell.rows)
            return false;
        for (const auto& [id, column] : cell.columns) {
            const auto now = here->second.columns.find(id);
            if (now != here->second.columns.end() &&
                (now->second.amounts != column.amounts || now->second.exact != column.exact))
                return false;
        }
    }
    for (const auto& [place, cell] : cells_)
        if (cell.patients > 0 && splits_before.contains(split_of(place)) && before.find(place) == nullptr)
            return false; // a cell that was empty then
    for (const auto& [place, cell] : before.cells_) {
        PublishedCell& here = cells_.emplace(place, cell).first->second;
        keep(here.state, cell.state);
        keep(here.row_state, cell.row_state);
        for (const auto& [id, column] : cell.columns) {
            PublishedColumn& now = here.columns.emplace(id, column).first->second;
            keep(now.sums, column.sums);
            keep(now.squares, column.squares);
        }
    }
    return true;
}

// Nothing breaks a rule, and nothing was hidden before: there is nothing that could be computed back. Every rule that
// hides a cell (Proposing::reason()) must be looked at here as well.
bool Publication::few_have_several_codes(Amount few) const {
    std::map<std::pair<std::string, DimensionId>, Amount> patients_of_codes;
    PlaceCodes codes;
    for (const auto& [place, cell] : cells_) {
        if (!read_place(place, codes))
            continue;
        for (std::size_t left_out = 0; left_out < codes.size(); ++left_out) {
            std::vector<std::pair<DimensionId, std::string>> others;
            for (std::size_t i = 0; i < codes.size(); ++i)
                if (i != left_out)
                    others.emplace_back(codes[i]);
            patients_of_codes[{cell_place(std::move(others)), codes[left_out].first}] += cell.patients;
        }
    }
    return std::any_of(patients_of_codes.begin(), patients_of_codes.end(), [&](const auto& sum) {
        const PublishedCell* total = find(sum.first.first);
        return total != nullptr && sum.second > total->patients && sum.second - total->patients < few;
    });
}

bool Publication::nothing_to_hide(const Policy& policy) const {
    if (policy.no_class_disclosure || few_have_several_codes(policy.patients))
        return false;
    return std::all_of(cells_.begin(), cells_.end(), [&policy](const auto& entry) {
        const PublishedCell& cell = entry.second;
        if (cell.patients == 0 ? policy.hides_zeros : cell.patients < policy.patients || cell.rows < policy.units)
            return false;
        if (cell.state == CellState::hidden || cell.row_state == CellState::hidden || !cell.row_watches.empty())
            return false;
        return std::all_of(cell.columns.begin(), cell.columns.end(), [](const auto& named) {
            const PublishedColumn& column = named.second;
            return column.sums != CellState::hidden && column.squares != CellState::hidden && column.watches.empty() &&
                   column.square_watches.empty();
        });
    });
}

core::Result<bool> Publication::decide(const Policy& policy, Patience& patience) {
    JointProblem::Placement placement;
    Pattern pattern;
    if (!nothing_to_hide(policy)) {
        if (cells_.size() > kMostCells)
            return core::Error{core::ErrorCode::too_costly, "the tables have too many cells"};
        core::Result<JointProblem> joint = JointProblem::create(*this, policy);
        if (!joint.ok())
            return joint.error();
        placement = std::move(joint.value().placement);
        const core::Result<System> system = System::create(std::move(joint.value().problem));
        if (!system.ok())
            return system.error();
        core::Result<Protection> protection = protect(system.value(), patience);
        if (!protection.ok())
            return protection.error();
        pattern = std::move(protection).value().pattern;
    }
    const auto settle = [&pattern](CellState& state, CellNumber cell) {
        if (state == CellState::asked)
            state = !pattern.empty() && pattern[cell] ? CellState::hidden : CellState::shown;
        return state == CellState::hidden;
    };
    CellNumber number = 0;
    bool any = false;
    for (auto& [place, cell] : cells_) {
        const bool placed = !pattern.empty();
        any |= settle(cell.state, number);
        any |= settle(cell.row_state, placed ? placement.rows[number] : 0);
        for (auto& [id, column] : cell.columns) {
            any |= settle(column.sums, placed ? placement.columns[number] : 0);
            any |= settle(column.squares, placed ? placement.columns[number] : 0);
        }
        ++number;
    }
    return any;
}

} // namespace health_dp::suppression
