// No bytes open that were not sealed, and what was sealed opens to what it was.
#include "core/pseudonym/sealed.hpp"
#include "fuzz/fuzzing.hpp"

#include <algorithm>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace health_dp::core::pseudonym;
    namespace keys = health_dp::core::keys;
    using health_dp::fuzz::require;
    const std::vector<std::uint8_t> key(64, 1);
    const Sealer sealer = Sealer::create(key, keys::Domain::parse("fuzz").value(), "column", 1).value();
    const auto read = SealedIdentifier::from_bytes({data, size});
    if (read.ok()) {
        // By chance: once in 2^128.
        require(!sealer.open(read.value()).ok());
    }
    const auto sealed = sealer.seal(health_dp::fuzz::text_of(data, size));
    require(sealed.ok() == (size > 0 && size <= SealedIdentifier::kMaxIdentifierBytes));
    if (sealed.ok())
        require(std::ranges::equal(sealer.open(sealed.value()).value(), std::span(data, size)));
    return 0;
}
