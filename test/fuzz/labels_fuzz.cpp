// A label that is accepted names what it protects, in identifiers that end within their room.
#include "core/labels/labels.hpp"
#include "fuzz/fuzzing.hpp"

#include <algorithm>

namespace {

using namespace health_dp::core::labels;
using health_dp::fuzz::require;

template <class Text>
void require_name(const Text& text) {
    require(text.front() != '\0' && text.back() == '\0');
}

void check(const TableLabel& label) {
    if (const auto* direct = std::get_if<ProtectedDirect>(&label))
        require_name(direct->owner);
    if (const auto* link = std::get_if<ProtectedVia>(&label)) {
        require(link->columns >= 1 && link->columns <= kMaxLinkColumns);
        require_name(link->schema);
        require_name(link->table);
        std::for_each(link->from.begin(), link->from.begin() + link->columns, require_name<Identifier>);
        std::for_each(link->to.begin(), link->to.begin() + link->columns, require_name<Identifier>);
    }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto text = health_dp::fuzz::text_of(data, size);
    check(parse_table_label(text));
    const ColumnLabel label = parse_column_label(text);
    if (const auto* bounds = std::get_if<Bounds>(&label)) {
        require_name(bounds->lower);
        require_name(bounds->upper);
        require(bounds->lower != bounds->upper);
    }
    return 0;
}
