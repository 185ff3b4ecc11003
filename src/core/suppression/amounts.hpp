// Numbers as a query's columns give them: texts to steps of 10^-decimals and back, and what to tell whoever wrote a
// text that is none.
#pragma once

#include "core/pure.hpp"

#include "core/result.hpp"
#include "core/suppression/problem.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace health_dp::suppression {

// Exactly, or not at all: a number that is read as another one would protect another table.
core::Result<Amount> parse_amount(std::string_view text, std::uint32_t decimals);

// What to write instead of a text that parse_amount() refuses.
const char* advice_on(std::string_view text, std::uint32_t decimals);

// As exactly as it was read.
std::string print_amount(Amount amount, std::uint32_t decimals);

} // namespace health_dp::suppression
