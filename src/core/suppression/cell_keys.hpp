// Cell-key perturbation: small noise that is a function of a cell's patients alone, so that the same cell has the same
// noise in every query. Fraser and Wooton, "A proposed method for confidentialising tabular output" (2005); Giessing,
// "Computational issues in the design of transition probabilities" (2016).
#pragma once

#include "core/pure.hpp"

#include "core/result.hpp"
#include "core/suppression/problem.hpp"

#include <cstdint>
#include <utility>
#include <vector>

namespace health_dp::suppression {

// Of a cell: the sum of its distinct patients' keys modulo 2^64, in any order. Patients' keys are uniform and secret.
class CellKey {
  public:
    void add_patient(std::uint64_t key) { sum_ += key; }
    std::uint64_t value() const { return sum_; }

  private:
    std::uint64_t sum_ = 0;
};

// For each count the distribution of largest entropy among those with mean 0 and this variance, on whole deviations of
// at most `deviation` that leave no count negative. A count of 0 stays 0.
class NoiseTable {
  public:
    static constexpr Amount kLargestDeviation = 100;

    // out_of_range unless 1 ≤ deviation ≤ kLargestDeviation and 0 < variance < deviation: a count of 1 can fall by 1
    // only, and with mean 0 its variance stays below the deviation.
    static core::Result<NoiseTable> create(Amount deviation, double variance);

    Amount noise(Amount count, CellKey key) const;
    double probability(Amount count, Amount deviation) const;

  private:
    struct Row {
        Amount lowest = 0;
        std::vector<double> probabilities;
        std::vector<std::uint64_t> limits; // deviation `lowest + i` for keys from limits[i - 1] up to below limits[i]
    };

    explicit NoiseTable(std::vector<Row> rows) : rows_(std::move(rows)) {}
    static bool fit(Row& row, double variance);
    const Row& row(Amount count) const;

    std::vector<Row> rows_; // of counts 1, 2, ..., the last for all larger ones
};

} // namespace health_dp::suppression
