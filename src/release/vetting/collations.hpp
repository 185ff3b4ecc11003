// Collations of a release.
#pragma once

#include "postgres/api.hpp"

namespace health_dp::release {

// Why a collation may stand nowhere in a release, and what to do; nulls where it may.
struct CollationProblem {
    const char* what;
    const char* hint;
};
CollationProblem collation_problem(Oid collation);

} // namespace health_dp::release
