// Any 17 bytes but those of version 0 are a pseudonym, no others are, and its text reads back to them.
#include "core/pseudonym/pseudonym.hpp"
#include "fuzz/fuzzing.hpp"

#include <algorithm>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace health_dp::core::pseudonym;
    using health_dp::fuzz::require;
    const std::span bytes(data, size);
    const auto pseudonym = Pseudonym::from_bytes(bytes);
    require(pseudonym.ok() == (size == Pseudonym::kBytes && data[0] != 0));
    if (pseudonym.ok()) {
        require(std::ranges::equal(pseudonym.value().bytes(), bytes));
        const auto text = pseudonym.value().text();
        require(Pseudonym::parse({text.data(), text.size()}).value() == pseudonym.value());
    }
    return 0;
}
