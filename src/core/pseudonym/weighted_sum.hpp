// Sums of many public elements, each times a public scalar: what proofs are made of and checked with. libsodium has
// scalar multiplication only, in constant time, which costs a batch twice what its evaluation does; elements and
// factors are no secrets here (both sides see or compute them), so Pippenger's method may do it, in whatever time it
// takes.
#pragma once

#include "core/pure.hpp"

#include "core/pseudonym/ristretto.hpp"

namespace health_dp::core::ristretto {

// As many factors as elements, at least one. Refuses to become the identity. Never for a secret.
Result<Element> weighted_sum(std::span<const Scalar> factors, std::span<const Element> elements);

} // namespace health_dp::core::ristretto
