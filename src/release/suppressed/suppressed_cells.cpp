#include "release/suppressed/suppressed_cells.hpp"

#include "postgres/boundary.hpp"
#include "release/suppressed/earlier_releases.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <stdexcept>
#include <unordered_map>

namespace health_dp::release {

using suppression::Amount;
using suppression::CellState;
using suppression::PublishedCell;

namespace {

// Cancel is honoured between the solver's slices. No time limit: with one, the same data would give another pattern on
// a slower machine.
class Cancellable final : public suppression::Patience {
  public:
    Verdict look() override {
        postgres::call([] { CHECK_FOR_INTERRUPTS(); });
        return Verdict::go_on;
    }
};

suppression::DimensionId dimension_of(const SuppressedShape& shape, int key) {
    suppression::DimensionId id;
    memcpy(id.data(), shape.key[key], id.size());
    return id;
}

// What the register knows a code by. Values of an enum are OIDs, which a dump does not keep: their labels stand for
// them.
std::string lasting_code(const std::string& code, const KeyColumn& column) {
    char* label = nullptr;
    postgres::call([&] {
        Datum value = 0;
        bool is_null = false;
        if (type_is_enum(column.type) &&
            read_keys(code.data(), static_cast<int>(code.size()), &column, 1, &value, &is_null) && !is_null)
            label = DatumGetCString(DirectFunctionCall1(enum_out, value));
    });
    return label != nullptr ? std::string("enum ") + label : code;
}

// Codes are in memory several times over, and in the register: keys of more bytes than this make no table that anybody
// reads.
constexpr std::uint64_t kMostKeyBytes = std::uint64_t{32} << 20U;

bool has(std::uint32_t mask, int key) { return (mask >> static_cast<unsigned>(key) & 1U) != 0; }

} // namespace

void SuppressedCells::find_codes(const grouping::Dictionary& dictionary) {
    const auto keys = static_cast<std::size_t>(shape_.keys);
    std::vector<std::unordered_map<std::string, int>> numbers(keys);
    codes_.resize(keys);
    lasting_codes_.resize(keys);
    codes_of_group_.reserve(dictionary.size() * keys);
    std::string scratch;
    for (std::size_t group = 0; group < dictionary.size(); ++group) {
        std::string_view rest = dictionary.key(static_cast<grouping::GroupNumber>(group), scratch);
        for (std::size_t key = 0; key < keys; ++key) {
            const int size = first_key_size(rest.data(), static_cast<int>(rest.size()), keys_[key]);
            if (size < 0)
                throw std::length_error("malformed group key");
            const std::string code(rest.substr(0, static_cast<std::size_t>(size)));
            rest.remove_prefix(static_cast<std::size_t>(size));
            const auto [found, is_new] = numbers[key].emplace(code, static_cast<int>(codes_[key].size()));
            if (is_new) {
                codes_[key].push_back(code);
                lasting_codes_[key].push_back(lasting_code(code, keys_[key]));
            }
            codes_of_group_.push_back(found->second);
        }
    }
}

std::string SuppressedCells::place_of(std::uint32_t mask, const std::vector<int>& numbers) const {
    std::vector<std::pair<suppression::DimensionId, std::string>> codes;
    for (int key = 0; key < shape_.keys; ++key)
        if (has(mask, key)) {
            const auto index = static_cast<std::size_t>(key);
            codes.emplace_back(dimension_of(shape_, key),
                               lasting_codes_[index][static_cast<std::size_t>(numbers[index])]);
        }
    return suppression::cell_place(std::move(codes));
}

bool SuppressedCells::is_asked(std::uint32_t mask) const {
    return std::find(shape_.set, shape_.set + shape_.sets, mask) != shape_.set + shape_.sets;
}

// The cells that groups fall into, and for each group the numbers of its cells.
std::vector<std::uint32_t> SuppressedCells::find_cells(std::size_t groups) {
    // Every combination of keys, asked for or not. Two keys may say the same in other words, or one may be a level
    // above another: what they have in common shows in the cells that are split by both.
    for (std::uint32_t mask = 0; mask < 1U << static_cast<unsigned>(shape_.keys); ++mask)
        masks_.push_back(mask);
    const auto keys = static_cast<std::size_t>(shape_.keys);
    // The total is there whatever the rows are: SQL gives a row for GROUP BY () over nothing, too.
    cells_.push_back({0, std::vector<int>(keys, -1), {}});
    std::map<std::pair<std::uint32_t, std::vector<int>>, std::uint32_t> known;
    known.emplace(std::make_pair(0U, cells_.front().numbers), 0U);
    std::vector<std::uint32_t> cells_of_group;
    cells_of_group.reserve(groups * masks_.size());
    for (std::size_t group = 0; group < groups && cells_.size() <= suppression::Publication::kMostCells; ++group)
        for (const std::uint32_t mask : masks_) {
            std::vector<int> numbers(keys, -1);
            for (std::size_t key = 0; key < keys; ++key)
                if (has(mask, static_cast<int>(key)))
                    numbers[key] = codes_of_group_[group * keys + key];
            const auto [found, is_new] =
                known.emplace(std::make_pair(mask, numbers), static_cast<std::uint32_t>(cells_.size()));
            if (is_new)
                cells_.push_back({mask, numbers, place_of(mask, numbers)});
            cells_of_group.push_back(found->second);
        }
    return cells_of_group;
}

Suppression SuppressedCells::count(Collector& collector, const suppression::Policy& policy) {
    const std::size_t groups = collector.dictionary().size();
    bool too_many = groups > suppression::Publication::kMostCells || collector.dictionary().key_bytes() > kMostKeyBytes;
    std::vector<std::uint32_t> cells_of_group;
    if (!too_many) {
        find_codes(collector.dictionary());
        cells_of_group = find_cells(groups);
        too_many = cells_.size() > suppression::Publication::kMostCells;
    }
    if (too_many && public_keys_)
        return Suppression::public_cells;
    // Few patients are not to be told from nobody, who has no codes: the total alone says whether they are few, and
    // then it is all there is.
    if (too_many) {
        masks_ = {0};
        cells_ = {{0, std::vector<int>(static_cast<std::size_t>(shape_.keys), -1), {}}};
        cells_of_group.assign(groups, 0);
    }
    describe_cells(collector, policy, cells_of_group);
    return too_many && !few_ ? Suppression::unsafe : Suppression::done;
}

void SuppressedCells::describe_cells(Collector& collector, const suppression::Policy& policy,
                                     const std::vector<std::uint32_t>& cells_of_group) {
    std::vector<suppression::CountedColumn> columns;
    for (const AskedColumn& column : columns_)
        columns.push_back(column.counted);
    suppression::Counting counting(collector.layout(), columns, policy, cells_of_group, masks_.size(), cells_.size());
    std::vector<bounding::Source> sources;
    sources.emplace_back(collector.scatter(), collector.file());
    for (const bool survey : {true, false})
        for (std::uint32_t partition = 0; partition < bounding::Scatter::kPartitions; ++partition) {
            postgres::call([] { CHECK_FOR_INTERRUPTS(); });
            if (survey)
                counting.survey(partition, sources);
            else
                counting.count(partition, sources);
        }
    // The key is no secret from those who may read the register: they may read the rows as well.
    bounding::ChoiceKey key;
    memcpy(key.data(), shape_.population_bytes, key.size());
    for (std::size_t column = 0; column < columns.size(); ++column)
        publication_.set_range(columns[column].id, counting.range(column));
    std::vector<PublishedCell> described;
    for (std::size_t cell = 0; cell < cells_.size(); ++cell) {
        postgres::call([] { CHECK_FOR_INTERRUPTS(); });
        described.push_back(counting.describe(cell));
    }
    few_ = described.front().patients < policy.patients; // of the total
    narrow_by_codes(described, policy.hides_zeros || policy.no_class_disclosure);
    for (std::size_t cell = 0; cell < cells_.size(); ++cell) {
        PublishedCell& published = described[cell];
        if (published.patients == 1) {
            const bounding::PatientKey& patient = counting.last(cell);
            published.holder = bounding::digest_patient(key, &patient, sizeof(patient)).low;
        }
        ask(cells_[cell], published);
        // Everybody may ask how large the register is: few patients leave no more there than nobody does.
        if (!few_ || cells_[cell].mask == 0)
            publication_.add(cells_[cell].place, published);
        sums_.emplace_back();
        for (std::size_t column = 0; column < columns.size(); ++column)
            sums_.back().push_back(counting.sums(cell, column));
    }
}

// A key may say what a column's values are: an age band, a flag. What codes have of it each, somebody may know. Where
// one value that everybody has must stay in doubt, a code of one value is not taken to say so.
void SuppressedCells::narrow_by_codes(std::vector<PublishedCell>& described, bool doubts_uniform) const {
    std::map<std::pair<std::size_t, int>, std::size_t> cell_of_code;
    for (std::size_t cell = 0; cell < cells_.size(); ++cell)
        for (std::size_t key = 0; key < codes_.size(); ++key)
            if (cells_[cell].mask == 1U << key)
                cell_of_code.emplace(std::pair(key, cells_[cell].numbers[key]), cell);
    const std::vector<PublishedCell> codes = described;
    for (std::size_t cell = 0; cell < cells_.size(); ++cell)
        for (auto& [id, column] : described[cell].columns) {
            column.lowest = 0;
            column.highest = suppression::kLargestAmount;
            for (std::size_t key = 0; key < codes_.size(); ++key) {
                if (!has(cells_[cell].mask, static_cast<int>(key)))
                    continue;
                const suppression::PublishedColumn& code =
                    codes[cell_of_code.at({key, cells_[cell].numbers[key]})].columns.at(id);
                if (doubts_uniform && code.lowest == code.highest)
                    continue;
                column.lowest = std::max(column.lowest, code.lowest);
                column.highest = std::min(column.highest, code.highest);
            }
        }
}

void SuppressedCells::ask(const Cell& cell, PublishedCell& published) const {
    if (!is_asked(cell.mask))
        return;
    const CellState state = few_ ? CellState::hidden : CellState::asked;
    if (shape_.patients)
        published.state = state;
    if (shape_.rows)
        published.row_state = state;
    // A variance says the mean as well, to whoever knows what values there are.
    for (const AskedColumn& column : columns_)
        if (const auto found = published.columns.find(column.counted.id); found != published.columns.end()) {
            found->second.sums = state;
            if (column.variance)
                found->second.squares = state;
        }
}

// Where 0 % is not to be told from a little, combinations that nobody has are cells like the others. False when there
// are too many of them.
bool SuppressedCells::add_empty_cells() {
    for (const std::uint32_t mask : masks_) {
        std::size_t combinations = 1;
        for (int key = 0; key < shape_.keys; ++key)
            if (has(mask, key)) {
                combinations *= codes_[static_cast<std::size_t>(key)].size();
                if (combinations > suppression::Publication::kMostCells)
                    return false;
            }
        std::vector<int> numbers(static_cast<std::size_t>(shape_.keys), -1);
        for (std::size_t combination = 0; combination < combinations; ++combination) {
            std::size_t rest = combination;
            for (int key = 0; key < shape_.keys; ++key)
                if (has(mask, key)) {
                    const auto index = static_cast<std::size_t>(key);
                    numbers[index] = static_cast<int>(rest % codes_[index].size());
                    rest /= codes_[index].size();
                }
            std::string place = place_of(mask, numbers);
            if (publication_.find(place) != nullptr)
                continue;
            PublishedCell empty;
            for (const AskedColumn& column : columns_)
                empty.columns.emplace(column.counted.id, suppression::PublishedColumn());
            ask({mask, {}, {}}, empty);
            publication_.add(std::move(place), empty);
        }
    }
    return true;
}

Suppression SuppressedCells::decide(const suppression::Policy& policy, const suppression::Publication& before) {
    std::set<suppression::ColumnId> squared;
    for (const AskedColumn& column : columns_)
        if (column.variance)
            squared.insert(column.counted.id);
    const suppression::Question question = question_of(shape_, squared);
    const std::string whole = place_of(0, {});
    const PublishedCell* population_before = before.find(whole);
    if (population_before != nullptr && population_before->patients < policy.patients) {
        // Nothing of it was shown, and nothing will be, whatever became of it: whether it has changed would be news of
        // a few patients, or of one.
        // But what was asked is kept, as of any other population.
        publication_ = before;
        publication_.ask(question);
        few_ = true;
        return Suppression::done;
    }
    publication_.ask(question);
    if (!few_ && policy.no_class_disclosure && !add_empty_cells())
        return Suppression::unsafe;
    if (!publication_.continue_from(before))
        return Suppression::changed;
    // All of it is hidden. What it takes to hide it would tell of a few patients, who are not to be told from nobody.
    if (few_)
        return Suppression::done;
    Cancellable patience;
    return publication_.decide(policy, patience).ok() ? Suppression::done : Suppression::unsafe;
}

// A code that few patients have says something about them by its spelling alone: a free text, a rare diagnosis. And
// where codes are the user's own, an empty cell beside a hidden one would say whether that one patient is in it.
bool SuppressedCells::common_codes(const Cell& cell, Amount patients) const {
    for (int key = 0; key < shape_.keys; ++key)
        if (has(cell.mask, key)) {
            const PublishedCell* margin = publication_.find(place_of(1U << static_cast<unsigned>(key), cell.numbers));
            if (margin == nullptr || margin->patients < patients)
                return false;
        }
    return true;
}

// What was asked for and may be shown.
void SuppressedCells::fill(std::size_t cell, const suppression::Policy& policy, CellRow& row) const {
    const PublishedCell& published = *publication_.find(cells_[cell].place);
    if (published.state == CellState::shown)
        row.patients = suppression::rounded(published.patients, policy.rounding_base);
    if (published.row_state == CellState::shown)
        row.rows = suppression::rounded(published.rows, policy.rounding_base);
    for (std::size_t column = 0; column < columns_.size(); ++column) {
        const auto found = published.columns.find(columns_[column].counted.id);
        if (found != published.columns.end()) {
            ColumnNumbers& numbers = row.columns[column];
            numbers.sum = found->second.sums == CellState::shown;
            numbers.mean = numbers.sum && row.rows.has_value();
            numbers.variance = numbers.mean && found->second.squares == CellState::shown;
            numbers.sums = sums_[cell][column];
        }
    }
}

std::vector<CellRow> SuppressedCells::rows(const suppression::Policy& policy) const {
    // Where a hidden cell may be empty, a row without numbers would say that it is not, unless empty ones have a row
    // too.
    const bool may_be_empty = policy.hides_zeros || policy.no_class_disclosure;
    std::vector<CellRow> rows;
    for (int i = 0; i < shape_.sets; ++i)
        for (std::size_t number = 0; number < cells_.size(); ++number) {
            const Cell& cell = cells_[number];
            if (cell.mask != shape_.set[i])
                continue;
            // A code that few patients have, or none, looks the same whether they are there or not, and so does a
            // population of few or none.
            const bool rare = few_ || !common_codes(cell, policy.patients);
            CellRow row{cell.mask, {}, {}, {}, std::vector<ColumnNumbers>(columns_.size())};
            if (!rare)
                fill(number, policy, row);
            const bool nothing_shown =
                !row.patients.has_value() && !row.rows.has_value() &&
                std::none_of(row.columns.begin(), row.columns.end(), [](const auto& column) { return column.sum; });
            if (nothing_shown && cell.mask != 0 && !public_keys_ && (may_be_empty || rare))
                continue;
            for (int key = 0; key < shape_.keys; ++key) {
                const auto index = static_cast<std::size_t>(key);
                row.key += has(cell.mask, key) ? codes_[index][static_cast<std::size_t>(cell.numbers[index])]
                                               : std::string(1, '\0');
            }
            rows.push_back(std::move(row));
        }
    return rows;
}

} // namespace health_dp::release
