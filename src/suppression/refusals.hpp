// Refusals of tables whose numbers contradict each other, or say that something was called by another name: in the
// user's words, and with the caller's own numbers.
#pragma once

#include "core/suppression/assembly.hpp"
#include "core/suppression/system.hpp"

#include <optional>
#include <string>

namespace health_dp::suppression {

// `about`: cells, in words.
[[noreturn]] void refuse(const core::Error& error, const std::string& about = "");

// `breach`: a total, and what the other cells of its line make of it.
[[noreturn]] void refuse_values(const core::Error& error, const std::optional<Breach>& breach,
                                const Definition& definition, const Assembled& assembled);

// Names the cell, a table that has it, and the measure if there is one.
[[noreturn]] void refuse_cell(int sqlstate, const char* message, const char* hint, const Definition& definition,
                              const Assembled& assembled, CellNumber cell, const MeasureSpec* measure = nullptr);

// Taken for a sum, a share would tell what a line with hidden cells adds up to.
void look_for_rates(const Definition& definition, const Assembled& assembled);

// Taken for two dimensions, one would have its cells hidden along the one and shown along the other.
void look_for_twins(const Definition& definition, const Assembled& assembled);

// Taken for a code, a total would be hidden and shown without anybody looking at what it adds up.
void look_for_sum_codes(const Definition& definition, const Assembled& assembled);

} // namespace health_dp::suppression
