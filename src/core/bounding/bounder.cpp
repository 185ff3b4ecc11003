#include "core/bounding/bounder.hpp"

#include <algorithm>
#include <bit>
#include <utility>

namespace health_dp::bounding {

namespace {
// More passes than this would only read the partition again and again: memory then grows instead.
constexpr std::uint64_t kMaxPasses = 1024;
} // namespace

Source::Source(const Scatter& scatter, SpillStore& store) : memory_(&scatter), store_(&store) {
    order(scatter.spilled());
}

Source::Source(std::span<const SpilledChunk> chunks, SpillStore& store, std::vector<std::uint32_t> mapping)
    : store_(&store), mapping_(std::move(mapping)) {
    order(chunks);
}

void Source::order(std::span<const SpilledChunk> chunks) {
    chunks_.assign(chunks.begin(), chunks.end());
    std::stable_sort(chunks_.begin(), chunks_.end(),
                     [](const SpilledChunk& a, const SpilledChunk& b) { return a.partition < b.partition; });
    starts_.assign(Scatter::kPartitions + 1, 0);
    for (const SpilledChunk& chunk : chunks_)
        ++starts_[chunk.partition + 1];
    for (std::uint32_t partition = 0; partition < Scatter::kPartitions; ++partition)
        starts_[partition + 1] += starts_[partition];
}

std::uint64_t Source::rows(std::uint32_t partition, const RowLayout& layout) const {
    std::uint64_t rows = memory_ != nullptr ? memory_->rows_in_memory(partition) : 0;
    for (const SpilledChunk& chunk : chunks(partition))
        rows += chunk.bytes / layout.size();
    return rows;
}

Bounder::Bounder(const Shape& shape, const RowLayout& layout, std::size_t memory, const ChoiceKey& key,
                 std::span<const GroupDigest> digests)
    : layout_(layout), memory_(memory), key_(key), digests_(digests), patients_(shape, layout) {}

void Bounder::bound(std::uint32_t partition, std::span<const Source> sources, Totals& totals) {
    std::uint64_t rows = 0;
    for (const Source& source : sources)
        rows += source.rows(partition, layout_);
    if (rows == 0)
        return;
    const std::uint64_t wanted = rows * patients_.bytes_per_entry() / std::max<std::size_t>(memory_, 1) + 1;
    const auto passes = static_cast<std::uint32_t>(std::bit_ceil(std::min(wanted, kMaxPasses)));
    for (std::uint32_t pass = 0; pass < passes; ++pass) {
        for (const Source& source : sources)
            read_source(source, partition, pass, passes - 1);
        patients_.finish(key_, digests_, totals);
    }
}

void Bounder::read_source(const Source& source, std::uint32_t partition, std::uint32_t pass, std::uint32_t pass_mask) {
    for (const SpilledChunk& chunk : source.chunks(partition)) {
        buffer_.resize(std::max<std::size_t>(buffer_.size(), chunk.bytes));
        source.store().read(chunk.offset, buffer_.data(), chunk.bytes);
        patients_.add(buffer_.data(), chunk.bytes / layout_.size(), source.mapping(), pass, pass_mask);
    }
    if (source.memory() != nullptr)
        source.memory()->visit_memory(partition, [&](const char* rows, std::size_t count) {
            patients_.add(rows, count, source.mapping(), pass, pass_mask);
        });
}

} // namespace health_dp::bounding
