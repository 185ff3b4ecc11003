// All that a project has published and is asked for, as one publication problem: patients, rows, and what columns add
// up to, cell by cell.
#pragma once

#include "core/pure.hpp"

#include "core/suppression/problem.hpp"
#include "core/suppression/publication.hpp"

#include <vector>

namespace health_dp::suppression {

struct JointProblem {
    // The cells of the problem that asked numbers of a place are shown or hidden with; patients are in the cell of the
    // place's own number. What a rule of its own hides is hidden alone, and so is what was asked later.
    struct Placement {
        std::vector<CellNumber> rows;
        std::vector<CellNumber> columns;
    };

    // Errors are those of propose().
    static core::Result<JointProblem> create(const Publication& publication, const Policy& policy);

    Problem problem;
    Placement placement;
};

} // namespace health_dp::suppression
