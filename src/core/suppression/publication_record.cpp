// A publication as bytes: what the register keeps.
#include "core/suppression/byte_reader.hpp"
#include "core/suppression/places.hpp"

namespace health_dp::suppression {

namespace {

// What numbers mean that are written: CellState and Part by their values, all parts of a column, machine byte order.
constexpr std::uint8_t kFormat = 2;
// Without the questions: keys and columns are those of its cells.
constexpr std::uint8_t kWithoutQuestions = 1;

constexpr core::Error kOtherFormat{core::ErrorCode::out_of_range,
                                   "a record of published cells was written by another version"};
constexpr core::Error kMalformed{core::ErrorCode::out_of_range, "a record of published cells is malformed"};

void append_watches(std::string& bytes, const std::vector<Watch>& watches) {
    append(bytes, static_cast<std::uint32_t>(watches.size()));
    for (const Watch& watch : watches) {
        append(bytes, static_cast<std::uint32_t>(watch.factors.size()));
        for (const Watch::Factor& factor : watch.factors) {
            append(bytes, factor.part);
            append(bytes, factor.times);
        }
        append(bytes, watch.below);
        append(bytes, watch.above);
    }
}

bool read_watches(ByteReader& reader, std::vector<Watch>& watches) {
    std::uint32_t count = 0;
    if (!reader.read(count))
        return false;
    for (std::uint32_t i = 0; i < count; ++i) {
        Watch watch;
        std::uint32_t factors = 0;
        if (!reader.read(factors))
            return false;
        for (std::uint32_t j = 0; j < factors; ++j) {
            std::uint8_t part = 0;
            Watch::Factor factor;
            if (!reader.read(part) || !reader.read(factor.times) || part >= kParts)
                return false;
            factor.part = static_cast<Part>(part);
            watch.factors.push_back(factor);
        }
        if (!reader.read(watch.below) || !reader.read(watch.above))
            return false;
        watches.push_back(std::move(watch));
    }
    return true;
}

template <class Id>
void append_ids(std::string& bytes, const std::set<Id>& ids) {
    append(bytes, static_cast<std::uint32_t>(ids.size()));
    for (const Id& id : ids)
        append(bytes, id);
}

template <class Id>
bool read_ids(ByteReader& reader, std::set<Id>& ids) {
    std::uint32_t count = 0;
    if (!reader.read(count))
        return false;
    for (std::uint32_t i = 0; i < count; ++i) {
        Id id{};
        if (!reader.read(id))
            return false;
        ids.insert(id);
    }
    return true;
}

bool read_summed(ByteReader& reader, std::map<ColumnId, std::set<DimensionId>>& summed) {
    std::uint32_t columns = 0;
    if (!reader.read(columns))
        return false;
    for (std::uint32_t i = 0; i < columns; ++i) {
        ColumnId column{};
        if (!reader.read(column) || !read_ids(reader, summed[column]))
            return false;
    }
    return true;
}

bool read_asked(ByteReader& reader, AskedCells& asked) {
    std::uint32_t splits = 0;
    if (!reader.read(splits))
        return false;
    for (std::uint32_t i = 0; i < splits; ++i) {
        std::set<DimensionId> split;
        AskedNumbers numbers;
        std::uint8_t patients = 0;
        std::uint8_t rows = 0;
        if (!read_ids(reader, split) || !reader.read(patients) || !reader.read(rows) ||
            !read_ids(reader, numbers.sums) || !read_ids(reader, numbers.squares))
            return false;
        numbers.patients = patients != 0;
        numbers.rows = rows != 0;
        asked.emplace(std::move(split), std::move(numbers));
    }
    return true;
}

bool read_state(ByteReader& reader, CellState& state) {
    std::uint8_t number = 0;
    if (!reader.read(number) || number > static_cast<std::uint8_t>(CellState::hidden))
        return false;
    state = static_cast<CellState>(number);
    return true;
}

bool read_column(ByteReader& reader, ColumnId& id, PublishedColumn& column) {
    return reader.read(id) && read_state(reader, column.sums) && read_state(reader, column.squares) &&
           reader.read(column.amounts) && reader.read(column.lowest) && reader.read(column.highest) &&
           reader.read(column.exact) && read_watches(reader, column.watches) &&
           read_watches(reader, column.square_watches);
}

bool read_cell(ByteReader& reader, PublishedCell& cell) {
    std::uint32_t columns = 0;
    if (!read_state(reader, cell.state) || !reader.read(cell.patients) || !reader.read(cell.rows) ||
        !reader.read(cell.holder) || !read_state(reader, cell.row_state) || !read_watches(reader, cell.row_watches) ||
        !reader.read(columns))
        return false;
    for (std::uint32_t i = 0; i < columns; ++i) {
        ColumnId id{};
        PublishedColumn column;
        if (!read_column(reader, id, column))
            return false;
        cell.columns.emplace(id, std::move(column));
    }
    return true;
}

} // namespace

void Publication::read_questions_off_cells() {
    PlaceCodes codes;
    for (const auto& [column, range] : ranges_)
        summed_[column];
    for (const auto& [place, cell] : cells_) {
        read_place(place, codes);
        for (const auto& [key, code] : codes) {
            keys_.insert(key);
            for (const auto& [column, published] : cell.columns)
                summed_[column].insert(key);
        }
    }
}

std::string Publication::serialise() const {
    std::string bytes;
    append(bytes, kFormat);
    append_ids(bytes, keys_);
    append(bytes, static_cast<std::uint32_t>(summed_.size()));
    for (const auto& [column, keys] : summed_) {
        append(bytes, column);
        append_ids(bytes, keys);
    }
    append(bytes, static_cast<std::uint32_t>(asked_.size()));
    for (const auto& [split, numbers] : asked_) {
        append_ids(bytes, split);
        append(bytes, static_cast<std::uint8_t>(numbers.patients));
        append(bytes, static_cast<std::uint8_t>(numbers.rows));
        append_ids(bytes, numbers.sums);
        append_ids(bytes, numbers.squares);
    }
    append(bytes, static_cast<std::uint32_t>(ranges_.size()));
    for (const auto& [id, range] : ranges_) {
        append(bytes, id);
        append(bytes, range.highest);
        append(bytes, range.highest_root);
        append(bytes, range.ratio);
        append(bytes, range.bounds);
    }
    append_ids(bytes, looked_at_);
    for (const auto& [place, cell] : cells_) {
        append(bytes, static_cast<std::uint32_t>(place.size()));
        bytes += place;
        append(bytes, cell.state);
        append(bytes, cell.patients);
        append(bytes, cell.rows);
        append(bytes, cell.holder);
        append(bytes, cell.row_state);
        append_watches(bytes, cell.row_watches);
        append(bytes, static_cast<std::uint32_t>(cell.columns.size()));
        for (const auto& [id, column] : cell.columns) {
            append(bytes, id);
            append(bytes, column.sums);
            append(bytes, column.squares);
            append(bytes, column.amounts);
            append(bytes, column.lowest);
            append(bytes, column.highest);
            append(bytes, column.exact);
            append_watches(bytes, column.watches);
            append_watches(bytes, column.square_watches);
        }
    }
    return bytes;
}

core::Result<Publication> Publication::parse(std::span<const char> bytes) {
    Publication publication;
    ByteReader reader(std::string_view(bytes.data(), bytes.size()));
    if (reader.done())
        return publication;
    std::uint8_t format = 0;
    if (!reader.read(format) || (format != kFormat && format != kWithoutQuestions))
        return kOtherFormat;
    if (format == kFormat && (!read_ids(reader, publication.keys_) || !read_summed(reader, publication.summed_) ||
                              !read_asked(reader, publication.asked_)))
        return kMalformed;
    std::uint32_t ranges = 0;
    if (!reader.read(ranges))
        return kMalformed;
    for (std::uint32_t i = 0; i < ranges; ++i) {
        ColumnId id{};
        ColumnRange range;
        if (!reader.read(id) || !reader.read(range.highest) || !reader.read(range.highest_root) ||
            !reader.read(range.ratio) || !reader.read(range.bounds))
            return kMalformed;
        publication.set_range(id, range);
    }
    if (!read_ids(reader, publication.looked_at_))
        return kMalformed;
    PlaceCodes codes;
    while (!reader.done()) {
        std::string_view place;
        PublishedCell cell;
        if (!reader.read(place) || !read_place(place, codes) || !read_cell(reader, cell))
            return kMalformed;
        publication.add(std::string(place), cell);
    }
    if (format == kWithoutQuestions)
        publication.read_questions_off_cells();
    return publication;
}

} // namespace health_dp::suppression
