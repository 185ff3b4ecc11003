// A text that is accepted names one pseudonym, whose own text names it too.
#include "core/pseudonym/pseudonym.hpp"
#include "fuzz/fuzzing.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace health_dp::core::pseudonym;
    using health_dp::fuzz::require;
    const auto pseudonym = Pseudonym::parse(health_dp::fuzz::text_of(data, size));
    if (pseudonym.ok()) {
        const auto text = pseudonym.value().text();
        require(Pseudonym::parse({text.data(), text.size()}).value() == pseudonym.value());
        require(Pseudonym::from_bytes(pseudonym.value().bytes()).ok());
    }
    return 0;
}
