// The verifiable oblivious pseudorandom function of RFC 9497 (mode 0x01, ristretto255-SHA512): a source learns
// F(key, identifier), the key's holder learns no identifier, nor the source the key, and a proof shows that the
// published key was used [C21, C22].
//
//   source:      blind(identifier, blind)           -> blinded element
//   key holder:  key.evaluate(blinded elements)     -> evaluated elements
//                prove(key, blinded, evaluated)     -> one proof for all of them (core/pseudonym/voprf_proof.hpp)
//   source:      Verified::check(...)               -> refuses, or finalise(identifier, blind) for each of them
#pragma once

#include "core/pure.hpp"

#include "core/pseudonym/hash_to_group.hpp"
#include "core/pseudonym/ristretto.hpp"
#include "core/secret_bytes.hpp"

#include <vector>

namespace health_dp::core::voprf {

using ristretto::Element;
using ristretto::Scalar;

// Its domain separation tags, as strings: "OPRFV1-" || mode || "-" || suite (RFC 9497, 3.1).
#define HDP_VOPRF_CONTEXT "OPRFV1-\x01-ristretto255-SHA512" // NOLINT(cppcoreguidelines-macro-usage): joined to literals

// Lengths are hashed in two bytes.
constexpr std::size_t kMaxInputBytes = 65535;
constexpr Error kInputTooLong = {ErrorCode::out_of_range, "an identifier has more than 65,535 bytes"};

using Output = std::array<std::uint8_t, 64>;

// The key holder's secret, in guarded memory, and the public key that proofs are checked against.
class KeyPair {
  public:
    static constexpr std::size_t kSeedBytes = 32;

    static Result<KeyPair> generate();

    // DeriveKeyPair of RFC 9497, 3.2.1: the same seed and info give the same key for ever. `info` is public.
    static Result<KeyPair> derive(std::span<const std::uint8_t, kSeedBytes> seed, ByteView info);

    // A key that comes out of storage, or out of its custodians' shares. Refuses zero and what is not below the order.
    static Result<KeyPair> received(std::span<const std::uint8_t, Scalar::kBytes> secret);

    const Scalar& secret() const { return *secret_; }
    const Element& public_key() const { return public_key_; }

    // BlindEvaluate without its proof: one scalar multiplication each.
    Result<std::vector<Element>> evaluate(std::span<const Element> blinded) const;

    // The same for encodings as they came in, one after the other, which are read on the way.
    struct Evaluated {
        std::vector<Element> blinded;
        std::vector<Element> evaluated;
    };
    Result<Evaluated> evaluate_encoded(ByteView encodings) const;

    // What blinding, evaluating and finalising come to, for whoever holds both the key and the input.
    Result<Output> evaluate_input(ByteView input) const;

  private:
    KeyPair(SecretBytes memory, const Scalar* secret, const Element& public_key)
        : memory_(std::move(memory)), secret_(secret), public_key_(public_key) {}
    static Result<KeyPair> hold(Scalar secret);

    SecretBytes memory_;
    const Scalar* secret_; // in memory_
    Element public_key_;
};

// What hides an input from the key holder: a scalar other than zero, one for each input, never used twice.
class Blind {
  public:
    // start_cryptography() comes first.
    static Blind random() { return Blind(Scalar::random()); }

    static Result<Blind> given(Scalar scalar);

    // A function of a secret and of a context that names the input's place, such as batch and row. So that a table of
    // blinds needs to be kept nowhere between blinding and finalising, and rows go to workers in any order.
    static constexpr std::size_t kSecretBytes = 32;
    static Result<Blind> derived(std::span<const std::uint8_t, kSecretBytes> secret, ByteView context);

    const Scalar& scalar() const { return scalar_; }

  private:
    explicit Blind(Scalar scalar) : scalar_(std::move(scalar)) {}

    Scalar scalar_;
};

// Refuses inputs beyond kMaxInputBytes.
Result<Element> blind(ByteView input, const Blind& blind);

// After secret scalars were multiplied: libsodium leaves their digits on the stack.
void wipe_stack();

// The last step on either side, once the element carries the key and no blind.
Output output_of(ByteView input, const Element& unblinded);

} // namespace health_dp::core::voprf
