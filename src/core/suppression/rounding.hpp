// Rounding to multiples of a base, the other way out beside suppression: cell by cell at random, or all cells of a
// publication together so that they still add up. Fellegi, "Controlled random rounding" (1975); Cox, "A constructive
// procedure for unbiased controlled rounding" (1987); Salazar, "Controlled rounding and cell perturbation" (2005).
#pragma once

#include "core/pure.hpp"

#include "core/result.hpp"
#include "core/suppression/cell_keys.hpp"
#include "core/suppression/linear_program.hpp"
#include "core/suppression/system.hpp"

#include <vector>

namespace health_dp::suppression {

constexpr Amount kLargestBase = 1'000'000;

// One of the two multiples around the value, the upper one with probability (value - lower) / base over uniform keys:
// unbiased. A function of the cell's patients, so that repeated queries agree; independent of NoiseTable's choice from
// the same key. Base from 1 to kLargestBase.
Amount round_by_key(Amount value, Amount base, CellKey key);

struct Rounded {
    std::vector<Amount> values;  // per quantity of the system, multiples of the base
    bool zero_restricted = true; // multiples stayed, and others went to one of their two neighbours
    bool nearest = false;        // proved: no rounding of this kind is nearer to the true values, in sum
};

// Every relation between quantities of cells holds between the rounded values, too. Where no zero-restricted rounding
// exists, others may move by one base more, but zeros stay. Deterministic: an attacker who knows that learns no more
// than that each value is less than base (or 2 base) away. `work` as of protect().
// Errors: out_of_range when the base is, or when there is no such rounding at all; too_costly when none was found
// within the work or in time; interrupted.
core::Result<Rounded> round_together(const System& system, Amount base, LinearProgram::Allowance work,
                                     Patience& patience);

} // namespace health_dp::suppression
