// Which groups appear [C10]: truncated geometric partition selection, optimal among all (ε, δ)-private rules.
// Desfontaines, Voss and Gipson, "Differentially private partition selection" (2020).
#pragma once

#include "core/pure.hpp"

#include "core/accounting/parameters.hpp"
#include "core/big_integer.hpp"
#include "core/noise/random_source.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace health_dp::core {

// A group of n patients is kept with probability π(max(0, n - k + 1)), k the minimum cell, where π(0) = 0 and
// π(n+1) = min(e^ε·π(n) + δ, 1 - e^-ε·(1 - π(n) - δ), 1). Private where one patient moves n by at most 1 (n counts a
// patient once), in one group; for M groups a patient, pass shares ε/M and δ/M.
class PartitionSelection {
  public:
    // The table of π grows with the largest group asked about, up to where π is 1. That is at most
    // min(1/δ, 4 + 2·ln(1/δ)/ε) entries of 32 bytes; parameters that could need more than this are too_costly.
    static constexpr std::uint64_t kLargestTable = std::uint64_t{1} << 20U; // 32 MiB

    // Above this ε, e^ε is taken for e^128: less than the analyst is entitled to, never more.
    static constexpr std::uint64_t kLargestEpsilon = 128;

    // One patient's ε and δ for one group. out_of_range unless min_cell ≥ 1: an empty group never appears.
    static Result<PartitionSelection> create(const Epsilon& epsilon, const Delta& delta, std::uint64_t min_cell);

    bool keep(std::uint64_t patients, RandomSource& random);

    // The probability that keep() uses, exactly: a fraction of 2^256, big-endian; nothing where it is 1.
    using Probability = std::array<std::uint8_t, 32>;
    std::optional<Probability> exact_probability(std::uint64_t patients);

    // The same rounded, for previews and tests.
    double probability(std::uint64_t patients);

  private:
    PartitionSelection(const Epsilon& epsilon, const Delta& delta, std::uint64_t min_cell);
    void append_next();

    std::uint64_t min_cell_;
    BigInteger growth_; // E ≤ e^ε, in units of 2^-256
    BigInteger decay_;  // at least 1/E, in units of 2^-256
    BigInteger delta_;  // at most δ, in units of 2^-256
    BigInteger last_;   // π of the last entry of table_, in units of 2^-256
    std::vector<Probability> table_;
    bool complete_ = false; // π is 1 beyond the table
};

} // namespace health_dp::core
