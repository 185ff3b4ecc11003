// Bounds the patients of scattered rows, partition by partition, from one process's rows or from several processes'.
#pragma once

#include "core/pure.hpp"

#include "core/bounding/patients.hpp"
#include "core/bounding/scatter.hpp"
#include "core/bounding/shape.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace health_dp::bounding {

// The rows that one process scattered. Either part may be absent.
class Source {
  public:
    // Rows this process still holds in memory, and those it spilled.
    Source(const Scatter& scatter, SpillStore& store);
    // Rows another process spilled; `mapping` translates its group numbers to ours.
    Source(std::span<const SpilledChunk> chunks, SpillStore& store, std::vector<std::uint32_t> mapping);

    std::uint64_t rows(std::uint32_t partition, const RowLayout& layout) const;
    std::span<const SpilledChunk> chunks(std::uint32_t partition) const {
        return std::span(chunks_).subspan(starts_[partition], starts_[partition + 1] - starts_[partition]);
    }
    const Scatter* memory() const { return memory_; }
    SpillStore& store() const { return *store_; }
    std::span<const std::uint32_t> mapping() const { return mapping_; }

  private:
    void order(std::span<const SpilledChunk> chunks);

    const Scatter* memory_ = nullptr;
    SpillStore* store_;
    std::vector<SpilledChunk> chunks_; // by partition
    std::vector<std::size_t> starts_;  // kPartitions + 1
    std::vector<std::uint32_t> mapping_;
};

class Bounder {
  public:
    // Needs about `memory` bytes beside the totals: a partition that might need more is read in several passes, each
    // taking a share of its patients. `digests` has one element per group and must outlive this object.
    Bounder(const Shape& shape, const RowLayout& layout, std::size_t memory, const ChoiceKey& key,
            std::span<const GroupDigest> digests);

    // Adds the bounded contributions of every patient of the partition to `totals`.
    void bound(std::uint32_t partition, std::span<const Source> sources, Totals& totals);

  private:
    void read_source(const Source& source, std::uint32_t partition, std::uint32_t pass, std::uint32_t pass_mask);

    RowLayout layout_;
    std::size_t memory_;
    ChoiceKey key_;
    std::span<const GroupDigest> digests_;
    Patients patients_;
    std::vector<char> buffer_;
};

} // namespace health_dp::bounding
