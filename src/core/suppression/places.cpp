#include "core/suppression/places.hpp"

#include "core/suppression/byte_reader.hpp"

#include <algorithm>

namespace health_dp::suppression {

std::string cell_place(std::vector<std::pair<DimensionId, std::string>> codes) {
    std::sort(codes.begin(), codes.end());
    std::string place;
    for (const auto& [dimension, code] : codes) {
        append(place, dimension);
        append(place, static_cast<std::uint32_t>(code.size()));
        place += code;
    }
    return place;
}

bool read_place(std::string_view place, PlaceCodes& codes) {
    codes.clear();
    ByteReader reader(place);
    while (!reader.done()) {
        codes.emplace_back();
        if (!reader.read(codes.back().first) || !reader.read(codes.back().second))
            return false;
    }
    return true;
}

std::string split_of(std::string_view place) {
    PlaceCodes codes;
    std::string split;
    if (read_place(place, codes))
        for (const auto& [dimension, code] : codes)
            split.append(reinterpret_cast<const char*>(dimension.data()), dimension.size());
    return split;
}

Numbering::Numbering(const Publication::Cells& cells) {
    PlaceCodes codes;
    for (const auto& [place, cell] : cells) {
        read_place(place, codes);
        for (const auto& [dimension, code] : codes)
            codes_[dimension].emplace(code, 0);
    }
    std::size_t number = 0;
    for (auto& [dimension, known] : codes_) {
        numbers_.emplace(dimension, number++);
        CodeNumber next = 1;
        for (auto& [code, assigned] : known)
            assigned = next++;
    }
}

std::vector<Dimension> Numbering::dimensions(bool revealing) const {
    std::vector<Dimension> result;
    for (const auto& [dimension, known] : codes_) {
        // Whether a patient can have two of the codes is not known; see Tables::sums_are_known.
        Dimension tree{{kNoParent}, true, revealing};
        tree.parents.resize(known.size() + 1, 0);
        tree.parents[0] = kNoParent;
        result.push_back(std::move(tree));
    }
    return result;
}

std::vector<CodeNumber> Numbering::key(std::string_view place) const {
    std::vector<CodeNumber> result(codes_.size(), 0);
    PlaceCodes codes;
    read_place(place, codes);
    for (const auto& [dimension, code] : codes)
        result[numbers_.at(dimension)] = codes_.at(dimension).find(code)->second;
    return result;
}

} // namespace health_dp::suppression
