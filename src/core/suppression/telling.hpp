// What exact sums over a cell tell of few of its patients, although the cell has many: rules on sums, whoever asks.
//
// Dominance and p % are the rules of statistical offices on magnitudes (Hundepool et al., "Statistical Disclosure
// Control", 2012, chapter 4). They know nothing of coded columns, whose sums are counts: there, patients beside the
// most common value must be many, or none.
#pragma once

#include "core/pure.hpp"

#include "core/integers.hpp"
#include "core/suppression/policy.hpp"
#include "core/suppression/publication.hpp"
#include "core/suppression/spread.hpp"

#include <algorithm>
#include <cstdint>
#include <vector>

namespace health_dp::suppression {

// The policy for sums: one contributor above 85 % is never shown, also where a policy has no rule on magnitudes.
Policy policy_for_sums(const Policy& policy);

// What single patients contribute to a sum, as far as rules look at it: the largest, in order.
class Largest {
  public:
    void keep(Amount contribution, std::size_t count);
    const std::vector<Amount>& amounts() const { return amounts_; }

  private:
    std::vector<Amount> amounts_;
};
std::size_t looked_at(const Policy& policy); // how many of them

struct RowTally {
    std::uint64_t rows = 0;
    Spread spread; // of the patients' numbers of rows
    Largest largest;
};

// The grids of a column: whole steps above its lower bound, and whole multiples of `ratio` steps.
struct ColumnGrid {
    std::uint64_t step = 1;
    std::uint64_t ratio = 1;
    Amount highest = 0;   // value, as everybody knows
    bool is_code = false; // the whole population has few values

    // As far as exact arithmetic goes: a total with larger ones is no number of a release.
    Amount value(std::uint64_t above) const { return bounded(above / step); }
    Amount root(std::uint64_t above) const { return bounded(above / step / ratio); }

  private:
    static Amount bounded(std::uint64_t steps) {
        return static_cast<Amount>(std::min(steps, static_cast<std::uint64_t>(kLargestAmount)));
    }
};

struct ColumnTally {
    std::uint64_t values = 0;
    std::uint64_t missing = 0; // rows without a value
    std::uint64_t without = 0; // patients who have one
    core::Signed128 total = 0; // on the grid, as are the next two
    core::Signed128 roots = 0;
    core::Signed128 squares = 0;
    std::uint64_t lowest = ~std::uint64_t{0}; // value above the lower bound, as are the next ones
    std::uint64_t highest = 0;
    Spread spread;
    Largest largest;
    Largest largest_squares;
};

// `policy` as policy_for_sums() gives it. None for cells of fewer patients than the policy shows: these are hidden
// anyway.
std::vector<Watch> what_rows_tell(const Policy& policy, Amount patients, const RowTally& tally);
std::vector<Watch> what_sums_tell(const Policy& policy, Amount patients, const ColumnTally& tally,
                                  const ColumnGrid& grid);
std::vector<Watch> what_squares_tell(const Policy& policy, Amount patients, const ColumnTally& tally,
                                     const ColumnGrid& grid);

} // namespace health_dp::suppression
