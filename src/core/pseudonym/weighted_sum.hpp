// Sums of many public elements, each times a public scalar: what a proof is made of.
#pragma once

#include "core/pure.hpp"

#include "core/pseudonym/ristretto.hpp"

namespace health_dp::core::ristretto {

// As many factors as elements, at least one. Refuses to become the identity.
Result<Element> weighted_sum(std::span<const Scalar> factors, std::span<const Element> elements);

} // namespace health_dp::core::ristretto
