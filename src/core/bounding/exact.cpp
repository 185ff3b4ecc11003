#include "core/bounding/exact.hpp"

#include <algorithm>
#include <tuple>
#include <utility>

namespace health_dp::bounding {

namespace {
// Visits of a partition that are kept before the same ones are put together.
constexpr std::size_t kFirstLimit = std::size_t{1} << 20U;
} // namespace

ExactCounter::ExactCounter(const RowLayout& layout, std::size_t groups, std::vector<std::uint32_t> cells,
                           std::size_t sets, std::size_t cell_count)
    : layout_(layout), cells_(std::move(cells)), sets_(sets), rows_(groups, 0), sums_(groups * layout.values, 0),
      patients_(cell_count, 0), last_(cell_count), seen_by_(cell_count, 0), limit_(kFirstLimit) {}

void ExactCounter::add(const char* rows, std::size_t count, std::span<const std::uint32_t> mapping) {
    for (std::size_t i = 0; i < count; ++i) {
        const char* row = rows + i * layout_.size();
        const std::uint32_t written = layout_.group(row);
        const Visit visit{layout_.patient(row), mapping.empty() ? written : mapping[written]};
        ++rows_[visit.group];
        for (std::uint32_t value = 0; value < layout_.values; ++value)
            sums_[std::size_t{visit.group} * layout_.values + value] += layout_.value(row, value);
        if (visits_.empty() || visits_.back().group != visit.group || visits_.back().patient != visit.patient)
            visits_.push_back(visit);
    }
    if (visits_.size() > limit_)
        compact();
}

void ExactCounter::compact() {
    const auto order = [](const Visit& visit) { return std::tie(visit.patient.low, visit.patient.high, visit.group); };
    std::sort(visits_.begin(), visits_.end(), [&order](const Visit& a, const Visit& b) { return order(a) < order(b); });
    visits_.erase(std::unique(visits_.begin(), visits_.end(),
                              [&order](const Visit& a, const Visit& b) { return order(a) == order(b); }),
                  visits_.end());
    limit_ = std::max(kFirstLimit, 2 * visits_.size());
}

void ExactCounter::count(std::uint32_t partition, std::span<const Source> sources) {
    visits_.clear();
    for (const Source& source : sources) {
        if (source.memory() != nullptr)
            source.memory()->visit_memory(
                partition, [&](const char* rows, std::size_t rows_count) { add(rows, rows_count, source.mapping()); });
        for (const SpilledChunk& chunk : source.chunks(partition)) {
            buffer_.resize(chunk.bytes);
            source.store().read(chunk.offset, buffer_.data(), chunk.bytes);
            add(buffer_.data(), chunk.bytes / layout_.size(), source.mapping());
        }
    }
    compact();
    for (std::size_t i = 0; i < visits_.size(); ++i) {
        const Visit& visit = visits_[i];
        if (i == 0 || visits_[i - 1].patient != visit.patient)
            ++serial_;
        for (std::size_t set = 0; set < sets_; ++set) {
            const std::uint32_t cell = cells_[visit.group * sets_ + set];
            if (seen_by_[cell] == serial_)
                continue;
            seen_by_[cell] = serial_;
            ++patients_[cell];
            last_[cell] = visit.patient;
        }
    }
}

} // namespace health_dp::bounding
