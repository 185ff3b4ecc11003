// A NIR that is accepted is read again from its own text, ranks below all there are, and comes back from its rank;
// every rank is that of a NIR.
#include "core/pseudonym/nir.hpp"
#include "fuzz/fuzzing.hpp"

#include <cstring>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace health_dp::core::pseudonym;
    using health_dp::fuzz::require;
    const auto text = health_dp::fuzz::text_of(data, size);
    const auto nir = Nir::parse_marked(text);
    require(!Nir::parse(text).ok() || nir.ok());
    if (nir.ok()) {
        require(Nir::parse_marked(nir.value().text()).value() == nir.value());
        require(nir.value().rank() < Nir::kCount);
        require(Nir::of_rank(nir.value().rank(), nir.value().key()).value() == nir.value());
        require(Nir::parse(text).ok() == (nir.value().key() == NirKey::right));
    }
    std::uint64_t rank = 0;
    if (size >= sizeof rank) {
        std::memcpy(&rank, data, sizeof rank);
        rank %= Nir::kCount;
        require(Nir::parse(Nir::of_rank(rank, NirKey::right).value().text()).value().rank() == rank);
    }
    return 0;
}
