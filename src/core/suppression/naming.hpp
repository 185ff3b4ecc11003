// Cells in the user's words.
#pragma once

#include "core/pure.hpp"

#include "core/suppression/definition.hpp"
#include "core/suppression/tables.hpp"

#include <string>
#include <vector>

namespace health_dp::suppression {

// "region ARA, age (all)". `label_of`: the label of a dimension's code.
template <class LabelOf>
std::string name_of_cell(const Definition& definition, const std::vector<CodeNumber>& key, LabelOf&& label_of) {
    std::string name;
    for (std::size_t i = 0; i < key.size(); ++i)
        name += (i > 0 ? ", " : "") + definition.dimensions[i].name + " " +
                (key[i] == 0 ? "(all)" : label_of(i, key[i]).value_or("NULL"));
    return name;
}

} // namespace health_dp::suppression
