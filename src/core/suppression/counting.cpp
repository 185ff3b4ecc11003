#include "core/suppression/counting.hpp"

#include "core/bounding/mixing.hpp"

#include <algorithm>
#include <cmath>
#include <tuple>
#include <utility>

namespace health_dp::suppression {

namespace {

// Visits of a partition that are kept before the same ones are put together.
constexpr std::size_t kFirstLimit = std::size_t{1} << 20U;
// Grid steps of a column's mean value, and of its root mean square: totals stay far from the limits of exact
// arithmetic, and a step is nothing beside what must stay uncertain.
constexpr std::uint64_t kMeanSteps = 256;
constexpr double kMeanRoots = 32;
// A column of no more values is a code. Cells remember as many, whatever the threshold is.
constexpr std::size_t kMostCodes = 12;

double as_double(core::Unsigned128 value) { return static_cast<double>(value); }

void choose_grid(const ExactSums& sums, ColumnGrid& grid) {
    grid.step = std::max<std::uint64_t>(static_cast<std::uint64_t>(sums.total / sums.values) / kMeanSteps, 1);
    const double squares =
        std::ldexp(as_double(sums.high), 64) + std::ldexp(as_double(sums.mixed), 33) + as_double(sums.low);
    const double mean = std::sqrt(squares / static_cast<double>(sums.values)) / static_cast<double>(grid.step);
    grid.ratio = static_cast<std::uint64_t>(std::max(mean / kMeanRoots, 1.0));
}

} // namespace

void ExactSums::add(std::uint64_t above) {
    const core::Unsigned128 upper = above >> 32U;
    const core::Unsigned128 lower = above & 0xffffffffU;
    ++values;
    total += above;
    high += upper * upper;
    mixed += upper * lower;
    low += lower * lower;
}

std::uint64_t ExactSums::digest() const {
    const auto square = static_cast<std::uint64_t>(low + (mixed << 33U));
    return bounding::mix(static_cast<std::uint64_t>(total) ^ bounding::kMixA, square ^ bounding::kMixB);
}

Counting::Counting(const bounding::RowLayout& layout, std::vector<CountedColumn> columns, const Policy& policy,
                   std::vector<std::uint32_t> cells, std::size_t sets, std::size_t cell_count)
    : layout_(layout), columns_(std::move(columns)), policy_(policy_for_sums(policy)), cells_(std::move(cells)),
      sets_(sets), surveyed_(columns_.size()), distinct_(columns_.size()), grids_(columns_.size()),
      tallies_(cell_count), limit_(kFirstLimit) {
    for (Tally& tally : tallies_)
        tally.columns.resize(columns_.size());
}

template <class Take>
void Counting::read(std::uint32_t partition, std::span<const bounding::Source> sources, Take&& take) {
    for (const bounding::Source& source : sources) {
        const auto rows = [&](const char* bytes, std::size_t count) {
            for (std::size_t i = 0; i < count; ++i, bytes += layout_.size())
                take(bytes, source.mapping());
        };
        if (source.memory() != nullptr)
            source.memory()->visit_memory(partition, rows);
        for (const bounding::SpilledChunk& chunk : source.chunks(partition)) {
            buffer_.resize(chunk.bytes);
            source.store().read(chunk.offset, buffer_.data(), chunk.bytes);
            rows(buffer_.data(), chunk.bytes / layout_.size());
        }
    }
}

std::uint64_t Counting::above(std::int64_t value, std::size_t column) const {
    return static_cast<std::uint64_t>(value) - static_cast<std::uint64_t>(columns_[column].lower);
}

std::uint32_t Counting::enough() const {
    return std::max(static_cast<std::uint32_t>(policy_.patients), static_cast<std::uint32_t>(kMostCodes));
}

void Counting::survey(std::uint32_t partition, std::span<const bounding::Source> sources) {
    if (columns_.empty())
        return;
    read(partition, sources, [this](const char* row, std::span<const std::uint32_t>) {
        for (std::size_t column = 0; column < columns_.size(); ++column)
            if ((layout_.mask(row) >> column & 1U) != 0) {
                const std::uint64_t value = above(layout_.value(row, static_cast<std::uint32_t>(column)), column);
                surveyed_[column].add(value);
                if (distinct_[column].size() <= kMostCodes)
                    distinct_[column].insert(value);
            }
    });
}

void Counting::choose_grids() {
    for (std::size_t column = 0; column < columns_.size(); ++column) {
        const ExactSums& sums = surveyed_[column];
        ColumnGrid& grid = grids_[column];
        if (sums.values > 0)
            choose_grid(sums, grid);
        grid.is_code = distinct_[column].size() <= kMostCodes;
        grid.highest = grid.value(above(columns_[column].upper, column));
    }
    has_grids_ = true;
}

void Counting::count(std::uint32_t partition, std::span<const bounding::Source> sources) {
    if (!has_grids_)
        choose_grids();
    visits_.clear();
    values_.clear();
    read(partition, sources, [this](const char* row, std::span<const std::uint32_t> mapping) {
        const std::uint32_t written = layout_.group(row);
        Visit visit{layout_.patient(row), mapping.empty() ? written : mapping[written], layout_.mask(row), 1,
                    values_.size()};
        for (std::size_t column = 0; column < columns_.size(); ++column)
            values_.push_back(layout_.value(row, static_cast<std::uint32_t>(column)));
        visits_.push_back(visit);
        if (columns_.empty() && visits_.size() > limit_)
            sort_visits();
    });
    sort_visits();
    for (std::size_t first = 0, end = 0; first < visits_.size(); first = end) {
        for (end = first + 1; end < visits_.size() && visits_[end].patient == visits_[first].patient; ++end) {
        }
        count_patient(first, end);
    }
}

// Without columns, a patient's rows in one group are put together.
void Counting::sort_visits() {
    const auto place = [](const Visit& visit) { return std::tie(visit.patient.low, visit.patient.high, visit.group); };
    std::sort(visits_.begin(), visits_.end(), [&place](const Visit& a, const Visit& b) { return place(a) < place(b); });
    if (!columns_.empty())
        return;
    std::size_t kept = 0;
    for (const Visit& visit : visits_)
        if (kept > 0 && place(visits_[kept - 1]) == place(visit))
            visits_[kept - 1].rows += visit.rows;
        else
            visits_[kept++] = visit;
    visits_.resize(kept);
    limit_ = std::max(kFirstLimit, 2 * kept);
}

void Counting::count_patient(std::size_t first, std::size_t end) {
    presences_.clear();
    for (std::size_t visit = first; visit < end; ++visit)
        for (std::size_t set = 0; set < sets_; ++set)
            presences_.push_back({cells_[visits_[visit].group * sets_ + set], static_cast<std::uint32_t>(visit)});
    if (end - first > 1)
        std::sort(presences_.begin(), presences_.end(), [](const Presence& a, const Presence& b) {
            return std::tie(a.cell, a.visit) < std::tie(b.cell, b.visit);
        });
    for (std::size_t from = 0, to = 0; from < presences_.size(); from = to) {
        for (to = from + 1; to < presences_.size() && presences_[to].cell == presences_[from].cell; ++to) {
        }
        count_in_cell(std::span(presences_).subspan(from, to - from));
    }
}

void Counting::count_in_cell(std::span<const Presence> presences) {
    Tally& tally = tallies_[presences.front().cell];
    std::uint64_t rows = 0;
    for (const Presence& presence : presences)
        rows += visits_[presence.visit].rows;
    ++tally.patients;
    tally.last = visits_[presences.front().visit].patient;
    tally.rows.rows += rows;
    tally.rows.largest.keep(static_cast<Amount>(rows), looked_at(policy_));
    const auto number = static_cast<std::int64_t>(rows);
    tally.rows.spread.add(std::span(&number, 1), enough());
    for (std::size_t column = 0; column < columns_.size(); ++column)
        count_column(tally.columns[column], column, presences);
}

void Counting::count_column(Column& counted, std::size_t column, std::span<const Presence> presences) {
    ColumnTally& tally = counted.tally;
    const ColumnGrid& grid = grids_[column];
    core::Signed128 total = 0;
    core::Signed128 squares = 0;
    seen_.clear();
    for (const Presence& presence : presences) {
        const Visit& visit = visits_[presence.visit];
        if ((visit.mask >> column & 1U) == 0)
            continue;
        const std::uint64_t value = above(values_[visit.values + column], column);
        const core::Signed128 root = grid.root(value);
        counted.exact.add(value);
        total += grid.value(value);
        tally.roots += root;
        squares += root * root;
        seen_.push_back(static_cast<std::int64_t>(value));
    }
    const std::size_t missing = presences.size() - seen_.size();
    tally.values += seen_.size();
    tally.missing += missing;
    tally.without += missing > 0 ? 1 : 0;
    if (seen_.empty())
        return;
    tally.total += total;
    tally.squares += squares;
    tally.largest.keep(static_cast<Amount>(std::min<core::Signed128>(total, kLargestAmount)), looked_at(policy_));
    tally.largest_squares.keep(static_cast<Amount>(std::min<core::Signed128>(squares, kLargestAmount)),
                               looked_at(policy_));
    std::sort(seen_.begin(), seen_.end());
    tally.lowest = std::min(tally.lowest, static_cast<std::uint64_t>(seen_.front()));
    tally.highest = std::max(tally.highest, static_cast<std::uint64_t>(seen_.back()));
    seen_.erase(std::unique(seen_.begin(), seen_.end()), seen_.end());
    tally.spread.add(seen_, enough());
}

ColumnRange Counting::range(std::size_t column) const {
    const CountedColumn& counted = columns_[column];
    const std::uint64_t width = above(counted.upper, column);
    return {grids_[column].highest, grids_[column].root(width), static_cast<Amount>(grids_[column].ratio),
            bounding::mix(static_cast<std::uint64_t>(counted.lower) ^ bounding::kMixA, width ^ bounding::kMixB)};
}

PublishedCell Counting::describe(std::size_t cell) const {
    const Tally& tally = tallies_[cell];
    PublishedCell result;
    result.patients = static_cast<Amount>(tally.patients);
    result.rows = static_cast<Amount>(tally.rows.rows);
    result.row_watches = what_rows_tell(policy_, result.patients, tally.rows);
    for (std::size_t column = 0; column < columns_.size(); ++column) {
        const ColumnTally& counted = tally.columns[column].tally;
        PublishedColumn described;
        // What is beyond exact arithmetic stays beyond it: no system takes it.
        const auto put = [&described](Part part, core::Signed128 amount) {
            described.amounts[static_cast<std::size_t>(part)] =
                static_cast<Amount>(std::min<core::Signed128>(amount, core::Signed128{kLargestAmount} + 1));
        };
        put(Part::values, static_cast<core::Signed128>(counted.values));
        put(Part::total, counted.total);
        put(Part::roots, counted.roots);
        put(Part::squares, counted.squares);
        if (counted.values > 0) {
            described.lowest = grids_[column].value(counted.lowest);
            described.highest = grids_[column].value(counted.highest);
        }
        described.exact = tally.columns[column].exact.digest();
        described.watches = what_sums_tell(policy_, result.patients, counted, grids_[column]);
        described.square_watches = what_squares_tell(policy_, result.patients, counted, grids_[column]);
        result.columns.emplace(columns_[column].id, std::move(described));
    }
    return result;
}

} // namespace health_dp::suppression
