// A definition that is accepted is complete: every table reads something, every dimension it names exists, and it
// passes the check of definitions that were made otherwise.
#include "core/suppression/definition.hpp"
#include "fuzz/fuzzing.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace health_dp::suppression;
    using health_dp::fuzz::require;
    const auto parsed = parse_definition(health_dp::fuzz::text_of(data, size));
    if (!parsed.ok())
        return 0;
    const Definition& definition = parsed.value();
    require(check_definition(definition).ok());
    require(!definition.measures.empty() && !definition.dimensions.empty() && !definition.tables.empty());
    for (const TableSpec& table : definition.tables) {
        require(!table.query.empty() && !table.name.empty());
        for (const std::size_t dimension : table.dimensions)
            require(dimension < definition.dimensions.size());
    }
    return 0;
}
