// The proof that a batch was evaluated with the published key (RFC 9497, 2.2: a proof that two logarithms are equal),
// and the only way to the outputs: past its verification.
#pragma once

#include "core/pure.hpp"

#include "core/pseudonym/voprf.hpp"

namespace health_dp::core::voprf {

// Elements are numbered in two bytes.
constexpr std::size_t kMaxBatch = 65535;

class Proof {
  public:
    static constexpr std::size_t kBytes = 2 * Scalar::kBytes;
    using Bytes = std::array<std::uint8_t, kBytes>;

    static Result<Proof> parse(std::span<const std::uint8_t, kBytes> bytes);
    Proof(Scalar challenge, Scalar response) : challenge_(std::move(challenge)), response_(std::move(response)) {}

    const Scalar& challenge() const { return challenge_; }
    const Scalar& response() const { return response_; }
    Bytes bytes() const;

  private:
    Scalar challenge_;
    Scalar response_;
};

// GenerateProof over 1 to kMaxBatch elements and what the key made of each.
Result<Proof> prove(const KeyPair& key, std::span<const Element> blinded, std::span<const Element> evaluated);

// With a nonce of the caller's, uniform and never used again: two proofs with one nonce give the key away.
Result<Proof> prove(const KeyPair& key, std::span<const Element> blinded, std::span<const Element> evaluated,
                    const Scalar& nonce);

// What a source got for its batch, once the proof holds.
class Verified {
  public:
    // bad_proof where anything was exchanged, left out, or made with another key.
    static Result<Verified> check(const Element& public_key, std::span<const Element> blinded,
                                  std::vector<Element> evaluated, const Proof& proof);

    std::size_t size() const { return evaluated_.size(); }

    // Finalize: the input's place in the batch, and the blind that it was given there.
    Result<Output> finalise(std::size_t place, ByteView input, const Blind& blind) const;

    // For the whole batch, which needs one inversion instead of one for each.
    Result<std::vector<Output>> finalise(std::span<const ByteView> inputs, std::span<const Blind> blinds) const;

  private:
    explicit Verified(std::vector<Element> evaluated) : evaluated_(std::move(evaluated)) {}

    std::vector<Element> evaluated_;
};

} // namespace health_dp::core::voprf
