// Random bytes as a function of the release key and of what they are for [C8]: asking again gives the same bytes.
#pragma once

#include "core/pure.hpp"

#include "core/grouping/digest.hpp"
#include "core/noise/random_source.hpp"
#include "core/noise/release_key.hpp"

#include <array>
#include <cstddef>
#include <cstdint>

namespace health_dp::core {

// What a stream is for. The numbers are part of the derivation: append, never reuse.
enum class Purpose : std::uint8_t {
    noise = 1,
    partition_selection = 2,
    group_choice = 3, // the key of the hash that keeps M groups of each patient [C3]
    owner_digest = 4, // the key of the hash that identifies owners of more than 8 bytes
    group_digest = 5, // the key of the hash that stands for a group [C8]
};

// The name of a stream within its release. Where a part does not apply it is zero.
struct StreamName { // NOLINT(cppcoreguidelines-pro-type-member-init): whoever names a stream says what it is for
    Purpose purpose;
    std::uint32_t measurement = 0;
    std::uint32_t grouping_set = 0;
    GroupDigest group{};
};

// ChaCha20 under a key that keyed BLAKE2b derives from the release key and the name. Streams of different names are
// independent as long as BLAKE2b is a PRF and ChaCha20 a stream cipher. Wiped at the end.
class KeyedStream final : public RandomSource {
  public:
    KeyedStream(const ReleaseKey& key, const StreamName& name);
    KeyedStream(const KeyedStream&) = delete;
    KeyedStream& operator=(const KeyedStream&) = delete;
    KeyedStream(KeyedStream&&) = delete;
    KeyedStream& operator=(KeyedStream&&) = delete;
    ~KeyedStream() override;

    void fill(std::span<std::uint8_t> bytes) override;

  private:
    static constexpr std::size_t kBlockBytes = 64;
    static constexpr std::size_t kBlocks = 4; // enough for most draws, and what one SIMD pass produces

    void refill();

    std::array<std::uint8_t, 32> key_{};
    std::array<std::uint8_t, kBlockBytes * kBlocks> buffer_{};
    std::size_t used_ = buffer_.size();
    std::uint64_t next_block_ = 0;
};

} // namespace health_dp::core
