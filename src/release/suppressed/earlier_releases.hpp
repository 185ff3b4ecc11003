// What a project's earlier suppressed releases let a later one ask: that depends on the question and on what is
// published, and on nothing protected.
#pragma once

#include <set>

#include "core/suppression/publication.hpp"

#include "postgres/api.hpp"
#include "release/plan/plan.hpp"
#include "release/suppressed/publication_register.hpp"

namespace health_dp::release {

enum class Fit { well, other_population, other_keys, summed_key };

// Errors where the register is damaged.
Fit fit(const Registered& earlier, const SuppressedShape& shape);
// Errors kOtherPopulation, kOtherKeys, kSummedKey.
void refuse_misfit(Fit fit, const Registered& earlier);

// All of it for the releases of one statement, against what is registered now, and whether they can be registered. The
// register is locked.
void check_earlier_releases(int32 project, List* shapes); // of SuppressedShape*

// Throws where the register is damaged.
suppression::Publication parse_cells(const Registered& earlier);

suppression::ColumnId column_id(const SuppressedShape& shape, int output);

// `squared`: columns whose squares are added up, too.
suppression::Question question_of(const SuppressedShape& shape, const std::set<suppression::ColumnId>& squared);

} // namespace health_dp::release
