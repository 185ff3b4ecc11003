// Identifiers of every form: an encoding begins with its form and stays within its room, and white space around the
// text changes nothing.
#include "core/pseudonym/canonical.hpp"
#include "fuzz/fuzzing.hpp"

#include <algorithm>
#include <string>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace health_dp::core::pseudonym;
    using health_dp::fuzz::require;
    const std::string text(health_dp::fuzz::text_of(data, size));
    for (const Form form : {Form::text, Form::nir, Form::holder}) {
        const auto identifier = CanonicalIdentifier::of(form, text);
        const auto padded = CanonicalIdentifier::of(form, ' ' + text + '\n');
        require(identifier.ok() == padded.ok());
        if (!identifier.ok())
            continue;
        require(std::ranges::equal(identifier.value().bytes(), padded.value().bytes()));
        require(identifier.value().bytes().front() == static_cast<std::uint8_t>(form));
        require(identifier.value().bytes().size() <= CanonicalIdentifier::kMaxBytes);
    }
    return 0;
}
