// A publication as bytes: what the register keeps.
#include "core/suppression/byte_reader.hpp"
#include "core/suppression/places.hpp"

namespace health_dp::suppression {

namespace {

// What numbers mean that are written: CellState and Part by their values, all parts of a column, machine byte order.
constexpr std::uint8_t kFormat = 1;

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

std::string Publication::serialise() const {
    std::string bytes;
    append(bytes, kFormat);
    append(bytes, static_cast<std::uint32_t>(ranges_.size()));
    for (const auto& [id, range] : ranges_) {
        append(bytes, id);
        append(bytes, range.highest);
        append(bytes, range.highest_root);
        append(bytes, range.ratio);
        append(bytes, range.bounds);
    }
    append(bytes, static_cast<std::uint32_t>(looked_at_.size()));
    for (const ColumnId& column : looked_at_)
        append(bytes, column);
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
    if (!reader.read(format) || format != kFormat)
        return kOtherFormat;
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
    std::uint32_t looked_at = 0;
    if (!reader.read(looked_at))
        return kMalformed;
    for (std::uint32_t i = 0; i < looked_at; ++i) {
        ColumnId id{};
        if (!reader.read(id))
            return kMalformed;
        publication.look_at(id);
    }
    PlaceCodes codes;
    while (!reader.done()) {
        std::string_view place;
        PublishedCell cell;
        if (!reader.read(place) || !read_place(place, codes) || !read_cell(reader, cell))
            return kMalformed;
        publication.add(std::string(place), cell);
    }
    return publication;
}

} // namespace health_dp::suppression
