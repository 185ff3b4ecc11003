#include "core/bounding/scatter.hpp"

#include <algorithm>
#include <utility>

namespace health_dp::bounding {

namespace {
// What a partition gets with its first row. Hundreds of partitions have one or two rows in a small release.
constexpr std::size_t kFirstBytes = 256;
} // namespace

Scatter::Scatter(const RowLayout& layout, std::size_t memory, SpillStore& store)
    : layout_(layout), row_size_(layout.size()), memory_(memory), store_(store), open_(kPartitions),
      full_(kPartitions) {
    // Half the memory for buffers being filled: large enough for sequential writing, small enough to stay in cache.
    const std::size_t wanted = std::clamp<std::size_t>(memory / (std::size_t{2} * kPartitions), 2048, 65536);
    chunk_bytes_ = std::max<std::size_t>(1, wanted / row_size_) * row_size_;
}

void Scatter::turn_over(Buffer& buffer) {
    const auto partition = static_cast<std::uint32_t>(&buffer - open_.data());
    if (buffer.limit == chunk_bytes_) {
        if (allocated_ + chunk_bytes_ > memory_) {
            spill(buffer, partition);
            buffer.used = 0;
            return;
        }
        full_[partition].push_back(std::exchange(buffer, Buffer{}));
        // One that was filled is likely to be filled again.
        buffer.bytes = std::make_unique_for_overwrite<char[]>(chunk_bytes_);
        buffer.limit = chunk_bytes_;
        allocated_ += chunk_bytes_;
        return;
    }
    // Counted whole from the first row on: where memory is short, does not depend on how buffers grow.
    if (buffer.limit == 0)
        allocated_ += chunk_bytes_;
    grow(buffer);
}

void Scatter::grow(Buffer& buffer) const {
    const std::size_t first = std::max<std::size_t>(1, kFirstBytes / row_size_) * row_size_;
    const std::size_t limit = std::min(std::max(first, 2 * buffer.limit), chunk_bytes_);
    auto larger = std::make_unique_for_overwrite<char[]>(limit);
    if (buffer.used > 0)
        std::memcpy(larger.get(), buffer.bytes.get(), buffer.used);
    buffer.bytes = std::move(larger);
    buffer.limit = limit;
}

void Scatter::spill(const Buffer& buffer, std::uint32_t partition) {
    const std::uint64_t offset = store_.append(buffer.bytes.get(), buffer.used);
    spilled_.push_back({offset, static_cast<std::uint32_t>(buffer.used), partition});
    spilled_bytes_ += buffer.used;
}

void Scatter::limit(std::size_t memory) {
    memory_ = memory;
    for (std::uint32_t partition = 0; partition < kPartitions && allocated_ > memory_; ++partition) {
        std::vector<Buffer>& full = full_[partition];
        for (; !full.empty() && allocated_ > memory_; full.pop_back(), allocated_ -= chunk_bytes_)
            spill(full.back(), partition);
    }
}

void Scatter::spill_all() {
    for (std::uint32_t partition = 0; partition < kPartitions; ++partition) {
        for (const Buffer& buffer : full_[partition])
            spill(buffer, partition);
        full_[partition].clear();
        Buffer& last = open_[partition];
        if (last.used > 0)
            spill(last, partition);
        last = Buffer{};
    }
    allocated_ = 0;
}

std::uint64_t Scatter::rows_in_memory(std::uint32_t partition) const {
    std::uint64_t rows = open_[partition].used / row_size_;
    for (const Buffer& buffer : full_[partition])
        rows += buffer.used / row_size_;
    return rows;
}

} // namespace health_dp::bounding
