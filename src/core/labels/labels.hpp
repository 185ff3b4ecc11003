// The closed grammar of health_dp's security labels. Label text is parsed, never interpolated into SQL.
//
//   on tables    protected(patient_id)
//                protected via (stay_id) to care.stay(stay_id)
//                public
//   on columns   bounds [0, 120]
//                identifier
//                quasi-identifier
//
// Identifiers follow SQL: unquoted ones fold to lower case, quoted ones may hold anything, "" stands for one quote. The
// target of a link names its schema, so that no search_path decides what a label means. Words of the grammar are lower
// case. Bounds are plain decimals: no exponent, no NaN, no infinity, lower < upper.
#pragma once

#include "core/pure.hpp"

#include <array>
#include <string_view>
#include <type_traits>
#include <variant>

namespace health_dp::core::labels {

constexpr int kMaxLinkColumns = 16;

// Zero-terminated and of fixed size: everything here is trivially destructible, so that a caller may leave by longjmp.
using Identifier = std::array<char, 64>;   // PostgreSQL's NAMEDATALEN
using PlainDecimal = std::array<char, 48>; // room for 47 characters

struct ProtectedDirect {
    Identifier owner;
};

struct ProtectedVia {
    int columns; // 1 to kMaxLinkColumns, as many on both sides
    std::array<Identifier, kMaxLinkColumns> from;
    Identifier schema;
    Identifier table;
    std::array<Identifier, kMaxLinkColumns> to;
};

struct Public {};

struct Bounds {
    PlainDecimal lower;
    PlainDecimal upper;
};

struct DirectIdentifier {};
struct QuasiIdentifier {};

// What is wrong with the text; both strings are constants.
struct LabelError {
    const char* problem;
    const char* remedy;
};

using TableLabel = std::variant<LabelError, ProtectedDirect, ProtectedVia, Public>;
using ColumnLabel = std::variant<LabelError, Bounds, DirectIdentifier, QuasiIdentifier>;
static_assert(std::is_trivially_destructible_v<TableLabel> && std::is_trivially_destructible_v<ColumnLabel>);

TableLabel parse_table_label(std::string_view text);
ColumnLabel parse_column_label(std::string_view text);

} // namespace health_dp::core::labels
