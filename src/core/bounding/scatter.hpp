// Rows on their way to their patients: scattered into partitions by patient, so that each partition can then be bounded
// inside the processor's cache. Cache misses, not arithmetic, are the price of bounding per patient
// (docs/performance.md).
#pragma once

#include "core/pure.hpp"

#include "core/bounding/patient.hpp"
#include "core/bounding/spill_store.hpp"

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <vector>

namespace health_dp::bounding {

// One row: patient, group, the mask of inputs that count, and the values of the inputs that have one.
struct RowLayout {
    std::uint32_t patient_bytes = 8; // 8, or 16 where owners are digests
    std::uint32_t values = 0;

    std::size_t size() const { return patient_bytes + 8 + std::size_t{8} * values; }

    void write(char* row, const PatientKey& patient, std::uint32_t group, std::uint32_t mask,
               const std::int64_t* value) const {
        std::memcpy(row, &patient.low, 8);
        if (patient_bytes == 16)
            std::memcpy(row + 8, &patient.high, 8);
        std::memcpy(row + patient_bytes, &group, 4);
        std::memcpy(row + patient_bytes + 4, &mask, 4);
        if (values > 0) // a count alone has no values, and may then have no array
            std::memcpy(row + patient_bytes + 8, value, std::size_t{8} * values);
    }
    PatientKey patient(const char* row) const {
        PatientKey key;
        std::memcpy(&key.low, row, 8);
        if (patient_bytes == 16)
            std::memcpy(&key.high, row + 8, 8);
        return key;
    }
    std::uint32_t group(const char* row) const {
        std::uint32_t group = 0;
        std::memcpy(&group, row + patient_bytes, 4);
        return group;
    }
    std::uint32_t mask(const char* row) const {
        std::uint32_t mask = 0;
        std::memcpy(&mask, row + patient_bytes + 4, 4);
        return mask;
    }
    std::int64_t value(const char* row, std::uint32_t index) const {
        std::int64_t value = 0;
        std::memcpy(&value, row + patient_bytes + 8 + std::size_t{8} * index, 8);
        return value;
    }
};

// A run of rows of one partition in a SpillStore.
struct SpilledChunk {
    std::uint64_t offset;
    std::uint32_t bytes;
    std::uint32_t partition;
};

class Scatter {
  public:
    static constexpr std::uint32_t kPartitions = 256;
    static std::uint32_t partition_of(std::uint64_t spread) { return static_cast<std::uint32_t>(spread >> 56U); }

    // Keeps up to about `memory` bytes of rows (never less than the partitions' write buffers), the rest in `store`,
    // which must outlive this object.
    Scatter(const RowLayout& layout, std::size_t memory, SpillStore& store);

    void add(const PatientKey& patient, std::uint32_t group, std::uint32_t mask, const std::int64_t* values) {
        Buffer& buffer = open_[partition_of(patient.spread())];
        if (buffer.used == buffer.limit)
            turn_over(buffer);
        layout_.write(buffer.bytes.get() + buffer.used, patient, group, mask, values);
        buffer.used += row_size_;
    }

    // From now on keeps up to `memory` bytes only: spills full buffers until it does.
    void limit(std::size_t memory);

    // Writes everything still in memory to the store, for other processes to read.
    void spill_all();

    const std::vector<SpilledChunk>& spilled() const { return spilled_; }
    std::uint64_t spilled_bytes() const { return spilled_bytes_; }
    std::uint64_t rows_in_memory(std::uint32_t partition) const;

    // Calls visit(const char* rows, std::size_t count) for the rows of one partition that are still in memory.
    template <class Visit>
    void visit_memory(std::uint32_t partition, Visit&& visit) const {
        for (const Buffer& full : full_[partition])
            visit(full.bytes.get(), full.used / row_size_);
        if (open_[partition].used > 0)
            visit(open_[partition].bytes.get(), open_[partition].used / row_size_);
    }

  private:
    // Bytes beyond `used` are never touched: what a small release does not need, it does not pay for.
    struct Buffer {
        std::unique_ptr<char[]> bytes;
        std::size_t used = 0;
        std::size_t limit = 0; // a whole number of rows
    };
    void turn_over(Buffer& buffer);
    void grow(Buffer& buffer) const;
    void spill(const Buffer& buffer, std::uint32_t partition);

    RowLayout layout_;
    std::size_t row_size_;
    std::size_t chunk_bytes_;
    std::size_t memory_;
    std::size_t allocated_ = 0;
    SpillStore& store_;
    std::vector<Buffer> open_;
    std::vector<std::vector<Buffer>> full_;
    std::vector<SpilledChunk> spilled_;
    std::uint64_t spilled_bytes_ = 0;
};

} // namespace health_dp::bounding
