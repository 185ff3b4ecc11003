// Format-preserving encryption of whatever can be numbered from 0 on.
#pragma once

#include "core/pure.hpp"

#include "core/pseudonym/ff1.hpp"

namespace health_dp::core::pseudonym {

// A permutation of 0 to size - 1 for any size: FF1 over the closest four digits, again and again until the result is
// below size. This is cycle walking, which keeps it one to one and reversible.
class RankCipher {
  public:
    // A key of AES. out_of_range unless Ff1::kMinDomain ≤ size.
    static Result<RankCipher> create(std::span<const std::uint8_t> key, std::uint64_t size,
                                     std::span<const std::uint8_t> tweak);

    // rank < size. The walk takes 1.14 steps on average where size is just beyond the fourth power of 31, fewer for
    // larger ones: 1.002 for NIRs.
    std::uint64_t encrypt(std::uint64_t rank) const;
    std::uint64_t decrypt(std::uint64_t rank) const;

  private:
    RankCipher(Ff1 ff1, std::uint64_t size) : ff1_(std::move(ff1)), size_(size) {}
    Halves halves_of(Unsigned128 rank) const { return {rank / ff1_.right_size(), rank % ff1_.right_size()}; }
    Unsigned128 rank_of(const Halves& halves) const { return halves.left * ff1_.right_size() + halves.right; }

    Ff1 ff1_;
    std::uint64_t size_;
};

} // namespace health_dp::core::pseudonym
