// Places of published cells as text, and as keys of core's tables.
#pragma once

#include "core/pure.hpp"

#include "core/suppression/publication.hpp"
#include "core/suppression/tables.hpp"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace health_dp::suppression {

using PlaceCodes = std::vector<std::pair<DimensionId, std::string_view>>;

bool read_place(std::string_view place, PlaceCodes& codes);

// Which dimensions a place is split by.
std::string split_of(std::string_view place);

// Dimensions and their codes, numbered in the order of their bytes.
class Numbering {
  public:
    explicit Numbering(const Publication::Cells& cells);
    std::vector<Dimension> dimensions(bool revealing) const;
    std::vector<CodeNumber> key(std::string_view place) const;

  private:
    std::map<DimensionId, std::map<std::string, CodeNumber, std::less<>>> codes_;
    std::map<DimensionId, std::size_t> numbers_;
};

} // namespace health_dp::suppression
