// Temporary storage, as core sees it.
#pragma once

#include "core/pure.hpp"

#include <cstddef>
#include <cstdint>

namespace health_dp::bounding {

// Where rows and keys go that memory cannot hold: append-only bytes on temporary storage. Implementations may throw.
class SpillStore {
  public:
    SpillStore() = default;
    SpillStore(const SpillStore&) = default;
    SpillStore& operator=(const SpillStore&) = default;
    SpillStore(SpillStore&&) = default;
    SpillStore& operator=(SpillStore&&) = default;
    virtual ~SpillStore() = default;
    // Returns the offset at which the bytes can be read back.
    virtual std::uint64_t append(const char* bytes, std::size_t size) = 0;
    virtual void read(std::uint64_t offset, char* bytes, std::size_t size) = 0;
};

} // namespace health_dp::bounding
