// Where random bytes come from, and the exact choices that are built from bytes alone.
#pragma once

#include "core/pure.hpp"

#include "core/accounting/rational.hpp"
#include "core/integers.hpp"

#include <cstdint>
#include <span>

namespace health_dp::core {

// Independent, uniform bytes. The extension has one implementation, KeyedStream; fakes live in test/ only.
class RandomSource {
  public:
    RandomSource() = default;
    RandomSource(const RandomSource&) = delete;
    RandomSource& operator=(const RandomSource&) = delete;
    RandomSource(RandomSource&&) = delete;
    RandomSource& operator=(RandomSource&&) = delete;
    virtual ~RandomSource() = default;

    virtual void fill(std::span<std::uint8_t> bytes) = 0;

    // Uniform in 0 .. bound - 1, without modulo bias: by rejection, fewer than two attempts on average. bound > 0.
    Unsigned128 uniform_below(Unsigned128 bound);

    // True with exactly this probability; certain from 1 on.
    bool bernoulli(const Rational& probability);
};

} // namespace health_dp::core
