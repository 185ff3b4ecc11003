#include "core/suppression/cell_keys.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace health_dp::suppression {

namespace {

// Of largest entropy under a mean and a variance is exp(a·d + b·d²), normalised. Its a and b minimise the convex
// function F = log(sum of exp(a·d + b·d²)) - b·variance, whose derivatives are the mean and the variance's excess.
struct Fit {
    double a = 0;
    double b = 0;
    double value = 0; // F
    double mean = 0;
    double second = 0; // moments
    double third = 0;
    double fourth = 0;
    std::vector<double> probabilities;
};

Fit evaluated(double a, double b, Amount lowest, std::size_t size, double variance) {
    Fit fit{a, b, 0, 0, 0, 0, 0, std::vector<double>(size)};
    double largest = -std::numeric_limits<double>::infinity();
    for (std::size_t i = 0; i < size; ++i) {
        const auto d = static_cast<double>(lowest + static_cast<Amount>(i));
        fit.probabilities[i] = a * d + b * d * d;
        largest = std::max(largest, fit.probabilities[i]);
    }
    double total = 0;
    for (double& probability : fit.probabilities) {
        probability = std::exp(probability - largest);
        total += probability;
    }
    for (std::size_t i = 0; i < size; ++i) {
        const auto d = static_cast<double>(lowest + static_cast<Amount>(i));
        const double probability = fit.probabilities[i] /= total;
        fit.mean += probability * d;
        fit.second += probability * d * d;
        fit.third += probability * d * d * d;
        fit.fourth += probability * d * d * d * d;
    }
    fit.value = largest + std::log(total) - b * variance;
    return fit;
}

} // namespace

core::Result<NoiseTable> NoiseTable::create(Amount deviation, double variance) {
    if (deviation < 1 || deviation > kLargestDeviation)
        return core::Error{core::ErrorCode::out_of_range, "the largest deviation must be from 1 to 100"};
    if (!(variance > 0 && variance < static_cast<double>(deviation)))
        return core::Error{core::ErrorCode::out_of_range,
                           "the variance must be above 0 and below the largest deviation"};
    std::vector<Row> rows;
    for (Amount count = 1; count <= deviation; ++count) {
        Row row;
        row.lowest = -count;
        row.probabilities.resize(static_cast<std::size_t>(deviation + count + 1));
        if (!fit(row, variance))
            return core::Error{core::ErrorCode::too_costly, "the variance is too near to the limits of the deviation"};
        rows.push_back(std::move(row));
    }
    return NoiseTable(std::move(rows));
}

// Newton's method, each step halved until F falls enough.
bool NoiseTable::fit(Row& row, double variance) {
    constexpr double kTolerance = 1e-10;
    const std::size_t size = row.probabilities.size();
    Fit at = evaluated(0, 0, row.lowest, size, variance);
    for (int step = 0; step < 500; ++step) {
        const double mean = at.mean;
        const double excess = at.second - variance;
        if (std::fabs(mean) < kTolerance && std::fabs(excess) < kTolerance)
            break;
        const double aa = at.second - mean * mean;
        const double ab = at.third - mean * at.second;
        const double bb = at.fourth - at.second * at.second;
        const double determinant = aa * bb - ab * ab;
        if (!(determinant > 0))
            return false;
        const double a = (ab * excess - bb * mean) / determinant;
        const double b = (ab * mean - aa * excess) / determinant;
        const double slope = a * mean + b * excess;
        double length = 1;
        Fit next = evaluated(at.a + a, at.b + b, row.lowest, size, variance);
        while (!(next.value <= at.value + 1e-4 * length * slope + 1e-15) && length > 1e-9) {
            length /= 2;
            next = evaluated(at.a + length * a, at.b + length * b, row.lowest, size, variance);
        }
        at = std::move(next);
    }
    if (std::fabs(at.mean) > 1e-8 || std::fabs(at.second - variance) > 1e-8)
        return false;
    double below = 0;
    for (const double probability : at.probabilities) {
        below += probability;
        row.limits.push_back(below >= 1 ? ~std::uint64_t{0} : static_cast<std::uint64_t>(std::ldexp(below, 64)));
    }
    row.limits.back() = ~std::uint64_t{0};
    row.probabilities = std::move(at.probabilities);
    return true;
}

const NoiseTable::Row& NoiseTable::row(Amount count) const {
    return rows_[std::min(static_cast<std::size_t>(count), rows_.size()) - 1];
}

Amount NoiseTable::noise(Amount count, CellKey key) const {
    if (count <= 0)
        return 0;
    const Row& row = this->row(count);
    const auto found = std::upper_bound(row.limits.begin(), row.limits.end() - 1, key.value());
    return row.lowest + static_cast<Amount>(found - row.limits.begin());
}

double NoiseTable::probability(Amount count, Amount deviation) const {
    if (count <= 0)
        return deviation == 0 ? 1 : 0;
    const Row& row = this->row(count);
    const Amount place = deviation - row.lowest;
    const bool inside = place >= 0 && place < static_cast<Amount>(row.probabilities.size());
    return inside ? row.probabilities[static_cast<std::size_t>(place)] : 0;
}

} // namespace health_dp::suppression
