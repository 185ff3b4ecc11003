// A key in the hands of several custodians (Shamir 1979): any `threshold` of its shares make the key, fewer tell
// nothing about it; public commitments (Feldman 1987) show each custodian that a share is right before it is needed.
//
// A share is a value of a random polynomial over the scalars of ristretto255, whose value at 0 is the key; commitments
// are the generator times its coefficients. So custodians can also evaluate the VOPRF together without ever making the
// key: each multiplies by its share, and the results add up with the factors of interpolation_factor().
#pragma once

#include "core/pure.hpp"

#include "core/pseudonym/key_identifier.hpp"
#include "core/secret_bytes.hpp"

#include <vector>

namespace health_dp::core::key_shares {

using ristretto::Element;
using ristretto::Scalar;

// One custodian alone is never enough; indexes have one byte.
constexpr unsigned kMinThreshold = 2;
constexpr unsigned kMaxShares = 255;

// Its value lives in guarded memory.
class Share {
  public:
    // threshold, index, key's identifier, value
    static constexpr std::size_t kBytes = 1 + 1 + sizeof(KeyIdentifier) + Scalar::kBytes;

    static Result<Share> parse(std::span<const std::uint8_t, kBytes> bytes);

    unsigned threshold() const { return bytes()[0]; }
    unsigned index() const { return bytes()[1]; }
    KeyIdentifier key() const;
    Scalar value() const;

    std::span<const std::uint8_t, kBytes> bytes() const { return memory_.bytes().first<kBytes>(); }

  private:
    friend struct Splitting;
    explicit Share(SecretBytes memory) : memory_(std::move(memory)) {}

    SecretBytes memory_;
};

// What everybody may know about a key that was split.
class PublicRecord {
  public:
    // Number of shares, then each commitment; as many as the threshold.
    static Result<PublicRecord> parse(std::span<const std::uint8_t> bytes);
    std::vector<std::uint8_t> bytes() const;

    unsigned threshold() const { return static_cast<unsigned>(commitments_.size()); }
    unsigned count() const { return count_; }
    const Element& public_key() const { return commitments_.front(); }
    KeyIdentifier key() const { return key_identifier(public_key()); }

    // mixed: a share of another key or threshold. corrupted: its value is not what was split.
    Result<std::monostate> verify(const Share& share) const;

  private:
    friend struct Splitting;
    PublicRecord(unsigned count, std::vector<Element> commitments)
        : count_(count), commitments_(std::move(commitments)) {}

    unsigned count_;
    std::vector<Element> commitments_;
};

struct Splitting {
    std::vector<Share> shares;
    PublicRecord record;

    // kMinThreshold <= threshold <= count <= kMaxShares. The key is not zero; Scalar::random() gives a new one.
    static Result<Splitting> of(const Scalar& key, unsigned threshold, unsigned count);
};

// The key's bytes, a scalar's, from at least as many shares as the threshold, in any order. Refuses
//   too_few     fewer than the threshold
//   duplicate   a custodian's share given twice
//   mixed       shares of different keys or thresholds
//   corrupted   what they make is not the key that they name: one is wrong. PublicRecord::verify says which.
Result<SecretBytes> combine(std::span<const Share> shares);

// What the share of indexes[place] counts when the shares of all these indexes are added up (Lagrange, at 0). The
// indexes differ and none is 0.
Scalar interpolation_factor(std::span<const unsigned> indexes, std::size_t place);

} // namespace health_dp::core::key_shares
