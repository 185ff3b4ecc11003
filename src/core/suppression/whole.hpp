// Whole-number solutions of linear programs by branching, depth first: tables of counts are nearly always whole at
// once, and where they are not, a few branches do.
#pragma once

#include "core/pure.hpp"

#include "core/suppression/linear_program.hpp"

#include <limits>
#include <vector>

namespace health_dp::suppression {

constexpr double kWholeTolerance = 1e-6;

enum class Aim {
    any,  // the first whole solution, near the cheapest
    best, // the cheapest; stops early only where the allowance or the number of nodes does
};

struct WholeAnswer {
    Outcome outcome = Outcome::infeasible; // of the search: optimal once something whole was found
    bool complete = true;                  // nothing better was left unexplored
    double objective = std::numeric_limits<double>::infinity();
    double bound = -std::numeric_limits<double>::infinity(); // no solution, whole or not, is cheaper
    std::vector<double> solution;                            // rounded
    std::vector<double> relaxed;                             // the cheapest one, whole or not; empty if there is none
};

// Bounds of the program are as before when it returns. `step`: objectives of whole solutions are at least so far apart.
WholeAnswer minimise_whole(LinearProgram& program, LinearProgram::Method method, Aim aim, int most_nodes, double step,
                           LinearProgram::Allowance& allowance);

} // namespace health_dp::suppression
