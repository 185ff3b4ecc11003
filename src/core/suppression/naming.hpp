// Cells in the user's words.
#pragma once

#include "core/pure.hpp"

#include "core/suppression/definition.hpp"

#include <cstddef>
#include <string>

namespace health_dp::suppression {

constexpr const char* kAllCodes = "(all)";

// "region ARA, age (all)". `code_of`: the code along one of the definition's dimensions, or kAllCodes.
template <class CodeOf>
std::string name_of_cell(const Definition& definition, CodeOf&& code_of) {
    std::string name;
    for (std::size_t i = 0; i < definition.dimensions.size(); ++i)
        name += (i > 0 ? ", " : "") + definition.dimensions[i].name + " " + code_of(i);
    return name;
}

} // namespace health_dp::suppression
