#include "core/suppression/publication.hpp"

#include "core/suppression/primary.hpp"
#include "core/suppression/protect.hpp"
#include "core/suppression/system.hpp"
#include "core/suppression/tables.hpp"

#include <algorithm>
#include <cstring>

namespace health_dp::suppression {

namespace {

constexpr core::Error kMalformed{core::ErrorCode::out_of_range, "a record of published cells is malformed"};

template <class Number>
void append(std::string& bytes, Number number) {
    bytes.append(reinterpret_cast<const char*>(&number), sizeof(number));
}

class Reader {
  public:
    explicit Reader(std::string_view bytes) : rest_(bytes) {}
    template <class Number>
    bool read(Number& number) {
        if (rest_.size() < sizeof(number))
            return false;
        std::memcpy(&number, rest_.data(), sizeof(number));
        rest_.remove_prefix(sizeof(number));
        return true;
    }
    bool read(std::string_view& text) {
        std::uint32_t size = 0;
        if (!read(size) || rest_.size() < size)
            return false;
        text = rest_.substr(0, size);
        rest_.remove_prefix(size);
        return true;
    }
    bool done() const { return rest_.empty(); }

  private:
    std::string_view rest_;
};

using Codes = std::vector<std::pair<DimensionId, std::string_view>>;

bool read_place(std::string_view place, Codes& codes) {
    codes.clear();
    Reader reader(place);
    while (!reader.done()) {
        codes.emplace_back();
        if (!reader.read(codes.back().first) || !reader.read(codes.back().second))
            return false;
    }
    return true;
}

// Which dimensions a place is split by.
std::string split_of(std::string_view place) {
    Codes codes;
    std::string split;
    if (read_place(place, codes))
        for (const auto& [dimension, code] : codes)
            split.append(reinterpret_cast<const char*>(dimension.data()), dimension.size());
    return split;
}

// Cells as core's tables: dimensions and their codes numbered in the order of their bytes.
class Numbering {
  public:
    explicit Numbering(const Publication::Cells& cells) {
        Codes codes;
        for (const auto& [place, cell] : cells) {
            read_place(place, codes);
            for (const auto& [dimension, code] : codes)
                codes_[dimension].emplace(code, 0);
        }
        std::size_t number = 0;
        for (auto& [dimension, known] : codes_) {
            numbers_.emplace(dimension, number++);
            CodeNumber next = 1;
            for (auto& [code, assigned] : known)
                assigned = next++;
        }
    }

    std::vector<Dimension> dimensions(bool revealing) const {
        std::vector<Dimension> result;
        for (const auto& [dimension, known] : codes_) {
            // Whether a patient can have two of the codes is not known; see Tables::sums_are_known.
            Dimension tree{{kNoParent}, true, revealing};
            tree.parents.resize(known.size() + 1, 0);
            tree.parents[0] = kNoParent;
            result.push_back(std::move(tree));
        }
        return result;
    }

    std::vector<CodeNumber> key(std::string_view place) const {
        std::vector<CodeNumber> result(codes_.size(), 0);
        Codes codes;
        read_place(place, codes);
        for (const auto& [dimension, code] : codes)
            result[numbers_.at(dimension)] = codes_.at(dimension).find(code)->second;
        return result;
    }

  private:
    std::map<DimensionId, std::map<std::string, CodeNumber, std::less<>>> codes_;
    std::map<DimensionId, std::size_t> numbers_;
};

// Everybody knows that a patient in a cell has a row there.
void tie_rows_to_patients(const Tables& tables, Problem& problem) {
    for (std::size_t entry = 0; entry < tables.entries.size(); ++entry)
        problem.relations.push_back({{{tables.quantity(entry, 0), -1}, {tables.quantity(entry, 1), 1}}, 0, kUnbounded});
}

} // namespace

std::string cell_place(std::vector<std::pair<DimensionId, std::string>> codes) {
    std::sort(codes.begin(), codes.end());
    std::string place;
    for (const auto& [dimension, code] : codes) {
        append(place, dimension);
        append(place, static_cast<std::uint32_t>(code.size()));
        place += code;
    }
    return place;
}

std::string Publication::serialise() const {
    std::string bytes;
    for (const auto& [place, cell] : cells_) {
        append(bytes, static_cast<std::uint32_t>(place.size()));
        bytes += place;
        append(bytes, cell.state);
        append(bytes, cell.patients);
        append(bytes, cell.rows);
        append(bytes, cell.holder);
    }
    return bytes;
}

core::Result<Publication> Publication::parse(std::span<const char> bytes) {
    Publication publication;
    Reader reader(std::string_view(bytes.data(), bytes.size()));
    Codes codes;
    while (!reader.done()) {
        std::string_view place;
        PublishedCell cell;
        std::uint8_t state = 0;
        if (!reader.read(place) || !read_place(place, codes) || !reader.read(state) || !reader.read(cell.patients) ||
            !reader.read(cell.rows) || !reader.read(cell.holder) ||
            state > static_cast<std::uint8_t>(CellState::hidden))
            return kMalformed;
        cell.state = static_cast<CellState>(state);
        publication.add(std::string(place), cell);
    }
    return publication;
}

const PublishedCell* Publication::find(std::string_view place) const {
    const auto found = cells_.find(place);
    return found == cells_.end() ? nullptr : &found->second;
}

std::set<DimensionId> Publication::dimensions() const {
    std::set<DimensionId> dimensions;
    Codes codes;
    for (const auto& [place, cell] : cells_) {
        read_place(place, codes);
        for (const auto& [dimension, code] : codes)
            dimensions.insert(dimension);
    }
    return dimensions;
}

bool Publication::continue_from(const Publication& before) {
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
    }
    for (const auto& [place, cell] : cells_)
        if (cell.patients > 0 && splits_before.contains(split_of(place)) && before.find(place) == nullptr)
            return false; // a cell that was empty then
    for (const auto& [place, cell] : before.cells_) {
        const auto [here, added] = cells_.emplace(place, cell);
        if (!added && cell.state != CellState::unasked)
            here->second.state = cell.state;
    }
    return true;
}

// Nothing breaks a rule, and nothing was hidden before: there is nothing that could be computed back.
bool Publication::nothing_to_hide(const Policy& policy) const {
    if (policy.no_class_disclosure)
        return false;
    return std::all_of(cells_.begin(), cells_.end(), [&policy](const auto& entry) {
        const PublishedCell& cell = entry.second;
        return cell.state != CellState::hidden &&
               (cell.patients == 0 ? !policy.hides_zeros
                                   : cell.patients >= policy.patients && cell.rows >= policy.units);
    });
}

core::Result<bool> Publication::decide(const Policy& given, Patience& patience) {
    Pattern pattern(cells_.size(), false);
    if (!nothing_to_hide(given)) {
        if (cells_.size() > kMostCells)
            return core::Error{core::ErrorCode::too_costly, "the tables have too many cells"};
        Policy policy = given;
        Tables tables;
        const Numbering numbering(cells_);
        tables.dimensions = numbering.dimensions(policy.no_class_disclosure);
        tables.sums_are_known = true;
        // One row a patient: then rows are patients, and one measure says both.
        const bool one_row = std::all_of(cells_.begin(), cells_.end(),
                                         [](const auto& entry) { return entry.second.patients == entry.second.rows; });
        tables.measures.push_back({.distinct = true});
        Roles roles;
        if (one_row)
            policy.patients = std::max(policy.patients, policy.units);
        else {
            tables.measures.push_back({});
            roles.units = {1};
        }
        std::vector<Contents> contents;
        for (const auto& [place, cell] : cells_) {
            tables.entries.push_back({numbering.key(place), {cell.patients}});
            if (!one_row)
                tables.entries.back().values.push_back(cell.rows);
            contents.emplace_back();
            if (cell.patients == 1)
                contents.back().holder = cell.holder;
        }
        core::Result<Proposal> proposal = propose(tables, contents, roles, policy);
        if (!proposal.ok())
            return proposal.error();
        Problem problem = std::move(proposal).value().problem;
        if (!one_row)
            tie_rows_to_patients(tables, problem);
        CellNumber number = 0;
        for (const auto& [place, cell] : cells_) {
            Standing& standing = problem.cells[number++].standing;
            if (cell.state == CellState::shown)
                standing = Standing::published;
            else if (cell.state != CellState::asked)
                standing = Standing::hidden;
        }
        const core::Result<System> system = System::create(std::move(problem));
        if (!system.ok())
            return system.error();
        core::Result<Protection> protection = protect(system.value(), patience);
        if (!protection.ok())
            return protection.error();
        pattern = std::move(protection).value().pattern;
    }
    std::size_t number = 0;
    bool any = false;
    for (auto& [place, cell] : cells_) {
        if (cell.state == CellState::asked)
            cell.state = pattern[number] ? CellState::hidden : CellState::shown;
        any |= cell.state == CellState::hidden;
        ++number;
    }
    return any;
}

} // namespace health_dp::suppression
