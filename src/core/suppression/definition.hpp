// What a caller says about tables to be protected or audited together: where their cells come from, what their
// dimensions and measures are. Read from one JSON text with a closed grammar: what is not known is refused, because a
// misspelt "overlapping" would be a table that is protected less.
#pragma once

#include "core/pure.hpp"

#include "core/result.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace health_dp::suppression {

struct DimensionSpec {
    std::string name; // of the column
    // Relations of child and parent codes; without any, all codes are below the total. Several group the same codes in
    // ways that do not nest.
    std::vector<std::string> hierarchies;
    std::optional<std::string> total; // the code of the total; without one and without `grouping`, NULL is the total
    std::string grouping;             // a column that is not 0 where the row is a total, as grouping() gives it
    bool overlapping = false;
    bool revealing = false;
};

struct MeasureSpec {
    std::string name; // of the column
    bool units = false;
    bool distinct = false; // counts things once that an overlapping dimension has several times; patients always
    bool negative = false; // may be below 0
    std::uint32_t decimals = 0;
    std::vector<std::string> contributors; // columns: the largest contributions, largest first
    std::vector<std::string> weights{};    // columns: how many units of a sample each of them stands for; or none
};

struct TableSpec {
    std::string name;
    std::string query;
    std::vector<std::size_t> dimensions; // of the definition's
    bool builds_margins = false;         // the query gives inner cells only
    std::string hidden; // a boolean column: true where the table, being audited or published before, hides a cell
};

struct Definition {
    static constexpr std::size_t kMostDimensions = 16;
    static constexpr std::size_t kMostMeasures = 16;
    static constexpr std::size_t kMostTables = 64;
    static constexpr std::size_t kMostHierarchies = 4; // of a dimension
    static constexpr std::uint32_t kMostDecimals = 6;

    std::string policy;
    std::string project;
    std::vector<DimensionSpec> dimensions;
    std::vector<MeasureSpec> measures; // the first one counts distinct patients
    std::vector<TableSpec> tables;
};

// Whether a policy's rules are followed, or none are: rounding has a base, and that is all.
enum class Follows : std::uint8_t { policy, nothing };

// {"policy": "casd_health",
//  "dimensions": [{"name": "region", "hierarchy": "ref.region"}, {"name": "atc", "overlapping": true}],
//  "measures": [{"name": "patients"}, {"name": "stays", "units": true}],
//  "tables": [{"name": "by_region", "query": "SELECT ...", "dimensions": ["region"]}, ...]}
core::Result<Definition> parse_definition(std::string_view json, Follows follows = Follows::policy);

// What the grammar does not say: names are there once and are not empty, numbers keep their limits. For definitions
// made otherwise; parse_definition() has checked.
core::Result<bool> check_definition(const Definition& definition, Follows follows = Follows::policy);

} // namespace health_dp::suppression
