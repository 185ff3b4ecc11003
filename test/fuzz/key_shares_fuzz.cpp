// What custodians type: a share, public record or sealing key that is accepted prints as a text that is accepted.
#include "core/pseudonym/key_share_text.hpp"
#include "fuzz/fuzzing.hpp"

#include <algorithm>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace health_dp::core::key_shares;
    using health_dp::fuzz::require;
    const auto text = health_dp::fuzz::text_of(data, size);
    const auto share = read_share(text);
    if (share.ok())
        require(
            std::ranges::equal(read_share(print(share.value()).value().view()).value().bytes(), share.value().bytes()));
    const auto record = read_record(text);
    if (record.ok())
        require(read_record(print(record.value()).value().view()).value().bytes() == record.value().bytes());
    const auto key = read_sealing_key(text);
    if (key.ok())
        require(read_sealing_key(print(key.value()).value().view()).value() == key.value());
    return 0;
}
